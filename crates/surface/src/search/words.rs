//! From text to terms: the one way words are cut, folded and stemmed, for documents and for queries alike.
//!
//! Names are cut at case and punctuation (`getDocumentById` → get, document, by, id). Letters are lower-cased,
//! compatibility forms and diacritics folded. Scripts written without spaces give pairs of characters.

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

use super::common::is_stop_word;
use crate::stem::stem;

/// Longer words are cut: nobody searches for them, and a hostile one must not fill the index.
const WORD_CHARS_MAX: usize = 40;

/// What a term was made from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A word, or a part of a name.
    Word,
    /// Two neighbouring parts of one camel-case word written together, so that `GitHub` meets `github`.
    Joined,
}

/// Calls `emit` with every term of `text`, in order; stop words are left out.
pub(super) fn terms(text: &str, mut emit: impl FnMut(&str, Kind)) {
    let folded = fold(text);
    let mut previous_part = String::new();
    for run in folded.split(|c: char| !c.is_alphanumeric()).filter(|run| !run.is_empty()) {
        previous_part.clear();
        for part in camel_parts(run) {
            let word = shortened(&part.to_lowercase());
            emit_word(&word, &mut emit);
            if !previous_part.is_empty() {
                previous_part.push_str(&word);
                emit(&stem(&previous_part), Kind::Joined);
            }
            previous_part = word;
        }
    }
}

fn emit_word(word: &str, emit: &mut impl FnMut(&str, Kind)) {
    if word.chars().any(is_unspaced) {
        emit_pairs(word, emit);
    } else if !is_stop_word(word) {
        emit(&stem(word), Kind::Word);
    }
}

/// Pairs of neighbouring characters: the usual stand-in for words where writing has no spaces.
fn emit_pairs(word: &str, emit: &mut impl FnMut(&str, Kind)) {
    let starts: Vec<usize> = word.char_indices().map(|(at, _)| at).chain([word.len()]).collect();
    if starts.len() <= 3 {
        return emit(word, Kind::Word);
    }
    for window in starts.windows(3) {
        emit(&word[window[0]..window[2]], Kind::Word);
    }
}

/// Compatibility forms unified (full width, ligatures), diacritics dropped, Hangul left in syllables. Case is kept.
fn fold(text: &str) -> std::borrow::Cow<'_, str> {
    if text.is_ascii() {
        return text.into();
    }
    text.nfkd().filter(|&c| !is_combining_mark(c)).nfc().collect::<String>().into()
}

fn shortened(word: &str) -> String {
    match word.char_indices().nth(WORD_CHARS_MAX) {
        Some((at, _)) => word[..at].to_owned(),
        None => word.to_owned(),
    }
}

/// Cuts `getHTTPUrl` into get, HTTP, Url. Digits stay with what they follow.
fn camel_parts(run: &str) -> impl Iterator<Item = &str> {
    let mut rest = run;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let (part, after) = rest.split_at(camel_cut(rest));
        rest = after;
        Some(part)
    })
}

fn camel_cut(text: &str) -> usize {
    let mut chars = text.char_indices().peekable();
    let mut previous: Option<char> = None;
    while let Some((at, c)) = chars.next() {
        if let Some(before) = previous {
            let rises = !before.is_uppercase() && c.is_uppercase();
            let acronym_ends = before.is_uppercase()
                && c.is_uppercase()
                && chars.peek().is_some_and(|&(_, next)| next.is_lowercase());
            if rises || acronym_ends {
                return at;
            }
        }
        previous = Some(c);
    }
    text.len()
}

/// Han, kana, Hangul, Thai, Lao, Khmer, Myanmar.
fn is_unspaced(c: char) -> bool {
    matches!(c,
        '\u{0e00}'..='\u{0eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}' | '\u{3040}'..='\u{30ff}'
        | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}' | '\u{f900}'..='\u{faff}'
        | '\u{20000}'..='\u{3ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_becomes_terms() {
        let cases: [(&str, &[&str]); 11] = [
            ("getDocumentById", &["get", "document", "getdocu", "documentbi", "id", "byid"]),
            ("list_all-open.issues", &["list", "open", "issu"]),
            ("GitHub", &["git", "hub", "github"]),
            ("HTTPServer v2", &["http", "server", "httpserver", "v2"]),
            ("What is the weather?", &["weather"]),
            ("Café Zürich", &["cafe", "zurich"]),
            ("ﬁle Ｆｕｌｌ", &["file", "full"]),
            ("查询天气", &["查询", "询天", "天气"]),
            ("天气", &["天气"]),
            ("", &[]),
            ("日 x", &["日", "x"]),
        ];
        for (text, expect) in cases {
            let mut found = Vec::new();
            terms(text, |term, _| found.push(term.to_owned()));
            assert_eq!(found, expect, "{text}");
        }
    }

    #[test]
    fn an_endless_word_is_cut() {
        terms(&"x".repeat(100_000), |term, _| assert!(term.len() <= WORD_CHARS_MAX));
    }
}
