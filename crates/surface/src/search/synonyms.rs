//! Words of the trade that mean the same: a person says `history`, a tool says `log`.
//!
//! Only asked about words that tools do not have, or hardly: always on, they find more of what is not meant than of what
//! is.

/// Words that tools use where a person uses another, as stems.
pub(super) fn of(stem: &str) -> &'static [&'static str] {
    let found = SYNONYMS.binary_search_by(|(word, _)| word.cmp(&stem));
    found.map_or(&[], |at| SYNONYMS[at].1)
}

/// Sorted by the first.
#[rustfmt::skip]
const SYNONYMS: &[(&str, &[&str])] = &[
    ("append", &["add", "insert"]),
    ("book", &["reserv", "creat"]),
    ("bug", &["issu"]),
    ("chang", &["edit", "updat", "diff"]),
    ("chat", &["messag", "channel"]),
    ("contact", &["user", "person"]),
    ("dir", &["directori"]),
    ("directori", &["folder"]),
    ("download", &["fetch", "get"]),
    ("edit", &["updat", "write"]),
    ("email", &["mail", "messag"]),
    ("execut", &["run", "queri"]),
    ("fact", &["observ", "entiti", "knowledg"]),
    ("folder", &["directori"]),
    ("histori", &["log", "commit"]),
    ("imag", &["pictur", "photo", "screenshot"]),
    ("insert", &["add", "append"]),
    ("internet", &["web", "url"]),
    ("mail", &["email", "messag"]),
    ("memor", &["memori", "observ"]),
    ("memori", &["knowledg", "graph", "entiti"]),
    ("modifi", &["edit", "updat"]),
    ("note", &["observ", "page"]),
    ("person", &["user", "peopl"]),
    ("photo", &["imag", "pictur"]),
    ("pictur", &["imag", "photo", "screenshot"]),
    ("post", &["send", "creat", "messag"]),
    ("pr", &["pull", "request"]),
    ("recal", &["search", "read", "memori"]),
    ("rememb", &["observ", "entiti", "memori", "knowledg"]),
    ("renam", &["move"]),
    ("repo", &["repositori"]),
    ("rout", &["direct"]),
    ("run", &["execut"]),
    ("scrape", &["extract", "crawl"]),
    ("sheet", &["worksheet", "spreadsheet"]),
    ("sql", &["queri", "select", "databas", "sqlite"]),
    ("store", &["save", "set", "creat"]),
    ("sum", &["add", "total"]),
    ("tabl", &["worksheet", "collect"]),
    ("ticket", &["issu"]),
    ("webpag", &["web", "page", "url"]),
    ("websit", &["web", "url", "page"]),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stem::stem;

    #[test]
    fn the_words_are_sorted_stems() {
        assert!(SYNONYMS.is_sorted());
        for word in SYNONYMS.iter().flat_map(|(word, others)| others.iter().chain([word])) {
            let is_stem = |ending| stem(&format!("{word}{ending}")) == *word;
            assert!(["", "e", "y"].into_iter().any(is_stem), "{word}");
        }
    }

    #[test]
    fn a_word_is_no_synonym_of_itself() {
        assert_eq!(of("sql")[0], "queri");
        assert_eq!(of("xylophon"), [""; 0]);
        assert!(SYNONYMS.iter().all(|(word, others)| !others.contains(word)));
    }
}
