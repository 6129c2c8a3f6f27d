//! Tools whose definitions say that they should not be used any more.

use crate::files::first_sentence;

/// Characters of what is said about it: usually the tool to use instead.
const NOTE_CHARS_MAX: usize = 120;

/// Read of a description; what is deprecated says so early.
const READ_BYTES_MAX: usize = 2_000;

/// Whether a tool's definition says that it is deprecated.
pub(crate) fn is_deprecated(name: &str, title: &str, description: &str) -> bool {
    [name, title].iter().any(|text| is_said(text)) || place(description).is_some()
}

/// What a tool does, in one line: that it is deprecated, where it is, then the first sentence.
pub(crate) fn summary(name: &str, title: &str, description: &str, chars_max: usize) -> String {
    let sentence = first_sentence(description, chars_max);
    match place(description) {
        Some(at) => {
            let note = text::cut(&first_sentence(&description[at..], NOTE_CHARS_MAX), NOTE_CHARS_MAX);
            let rest = first_sentence(&description[..at], chars_max);
            let rest = rest.trim_end_matches(|c: char| !c.is_alphanumeric() && !matches!(c, '.' | ')'));
            if rest.is_empty() { note } else { format!("{note} {rest}") }
        }
        None if is_deprecated(name, title, description) => format!("DEPRECATED. {sentence}"),
        None => sentence,
    }
}

/// Where a description begins to say so. A tool may also list deprecated things: the word alone says nothing.
fn place(description: &str) -> Option<usize> {
    let text = &description[..description.floor_char_boundary(READ_BYTES_MAX)];
    if let Some(at) = text.find("DEPRECATED") {
        return Some(if text[..at].ends_with(['[', '(']) { at - 1 } else { at });
    }
    let lower = text.to_ascii_lowercase();
    let start = lower.find(|c: char| c.is_alphanumeric()).unwrap_or(0);
    if lower[start..].starts_with("deprecated") {
        return Some(start);
    }
    const PHRASES: [&str; 7] = [
        "@deprecated",
        "(deprecated",
        "[deprecated",
        ".. deprecated::",
        "this tool is deprecated",
        "is deprecated and",
        "has been deprecated",
    ];
    PHRASES.iter().filter_map(|phrase| lower.find(phrase)).min()
}

/// Whether a name or a title says it.
fn is_said(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    let words: Vec<&str> =
        lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    words.last() == Some(&"deprecated") || text.contains("DEPRECATED")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_deprecated_is_said_first() {
        for (description, expect) in [
            (
                "Read the complete contents of a file as text. DEPRECATED: Use read_text_file instead.",
                "DEPRECATED: Use read_text_file instead. Read the complete contents of a file as text.",
            ),
            ("⚠️ DEPRECATED: Use `b` instead. Gets a.", "DEPRECATED: Use `b` instead."),
            ("Deprecated, please use browser. It opens pages.", "Deprecated, please use browser."),
            ("[DEPRECATED] Gets a.", "[DEPRECATED] Gets a."),
            ("Lists deprecated packages. And more.", "Lists deprecated packages."),
            ("Gets a. This tool is deprecated; use b.", "This tool is deprecated; use b. Gets a."),
            ("", ""),
        ] {
            assert_eq!(summary("a", "", description, 80), expect, "{description}");
        }
        assert_eq!(summary("old_deprecated", "", "Gets a. And b.", 80), "DEPRECATED. Gets a.");
        assert!(is_deprecated("Sessions_DEPRECATED_stop", "", ""));
        assert!(is_deprecated("a", "Stop (deprecated)", ""));
        assert!(!is_deprecated("list_deprecated_items", "Deprecated items", "Lists deprecated items."));
    }
}
