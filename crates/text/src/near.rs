//! "Did you mean": existing names that look like one that does not exist.

/// More than three guesses are a list to read, not a hint.
const GUESSES_MAX: usize = 3;

/// Compared characters of the unknown name: the cost of a comparison grows with the product of both lengths,
/// and ten thousand comparisons must stay within milliseconds.
const COMPARED_CHARS_MAX: usize = 64;

/// Jaro-Winkler similarity from which two names count as alike; below it guesses of real misspellings are noise.
const ALIKE: f64 = 0.82;

/// Names with fewer characters differ in one of them by chance.
const SLIP_CHARS_MIN: usize = 3;

/// The letters and digits of a name in lower case: what stays of it, whichever way it is written.
pub fn loose(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// How many slips of the finger (a letter too many, missing, wrong, or changed with its neighbour) are between two
/// names, whatever their case and whether they are joined by `_`, `-` or nothing.
pub fn slips(name: &str, other: &str) -> usize {
    let plain = |name: &str| name.replace(['_', '-'], "").to_lowercase();
    strsim::osa_distance(&plain(name), &plain(other))
}

/// The name that looks most like `name`, if one does.
pub fn nearest<'a>(name: &str, among: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    alike(name, among.into_iter().map(|known| (known, known))).first().copied()
}

/// What the names that look most like `name` stand for, best first, at most three; equal ones in order. The pairs are a
/// name and what it stands for.
pub fn alike<'a>(name: &str, known: impl IntoIterator<Item = (&'a str, &'a str)>) -> Vec<&'a str> {
    let wanted: String = loose(name).chars().take(COMPARED_CHARS_MAX).collect();
    if wanted.is_empty() {
        return Vec::new();
    }
    let scored = known.into_iter().filter_map(|(name, what)| Some((likeness(&wanted, &loose(name))?, what)));
    let mut near: Vec<(f64, &str)> = scored.collect();
    near.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(b.1)));
    near.truncate(GUESSES_MAX);
    near.into_iter().map(|(_, what)| what).collect()
}

/// `did you mean` and the names, as a question; nothing where there are none.
pub fn did_you_mean<N: AsRef<str>>(names: &[N]) -> Option<String> {
    let names: Vec<_> = names.iter().map(|name| format!("`{}`", name.as_ref())).collect();
    (!names.is_empty()).then(|| format!("did you mean {}?", names.join(" or ")))
}

/// How much two loose names look alike, where they do at all. The same name is more alike than one that differs by a slip
/// of the finger, and that is more alike than any other.
fn likeness(wanted: &str, known: &str) -> Option<f64> {
    let similarity = strsim::jaro_winkler(wanted, known);
    match strsim::osa_distance(wanted, known) {
        0 => Some(2.0),
        1 if wanted.chars().count() >= SLIP_CHARS_MIN => Some(1.0 + similarity),
        _ => (similarity >= ALIKE).then_some(similarity),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: [&str; 7] =
        ["run", "runs", "search", "getDocument", "get_documents", "slack", "Google Drive"];

    #[test]
    fn the_name_that_was_meant_is_found() {
        for (name, expect) in [
            ("rnu", Some("run")),
            ("ran", Some("run")),
            ("serach", Some("search")),
            ("slak", Some("slack")),
            ("get_document", Some("getDocument")),
            ("GETDOCUMENTS", Some("get_documents")),
            ("google-drive", Some("Google Drive")),
            ("frobnicate", None),
            ("ru", Some("run")),
            ("x", None),
            ("", None),
            ("--", None),
        ] {
            assert_eq!(nearest(name, KNOWN), expect, "{name:?}");
        }
    }

    #[test]
    fn guesses_are_few_and_the_best_comes_first() {
        let names = ["read", "reads", "reader", "readers", "write"];
        assert_eq!(alike("raed", names.map(|name| (name, name))), ["read", "reads", "reader"]);
        assert_eq!(alike("reads", [("reads", "at/reads"), ("write", "at/write")]), ["at/reads"]);
    }

    #[test]
    fn slips_are_counted_however_a_name_is_written() {
        for (name, expect) in [("mcp_servers", 0), ("mcpServer", 1), ("mcpsevrers", 1), ("msServers", 2)] {
            assert_eq!(slips(name, "mcpServers"), expect, "{name}");
        }
    }

    #[test]
    fn a_question_names_all_guesses() {
        assert_eq!(did_you_mean(&["a", "b"]).as_deref(), Some("did you mean `a` or `b`?"));
        assert_eq!(did_you_mean::<&str>(&[]), None);
    }
}
