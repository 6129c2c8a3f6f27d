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
            let note = note_at(description, at);
            let rest = first_sentence(&description[..at], chars_max);
            let rest = rest.trim_end_matches(|c: char| !c.is_alphanumeric() && !matches!(c, '.' | ')'));
            if rest.is_empty() { note } else { format!("{note} {rest}") }
        }
        None if is_deprecated(name, title, description) => format!("DEPRECATED. {sentence}"),
        None => sentence,
    }
}

/// What a description says of its being deprecated: usually the tool to use instead.
pub(crate) fn note(description: &str) -> String {
    place(description).map(|at| note_at(description, at)).unwrap_or_default()
}

fn note_at(description: &str, at: usize) -> String {
    text::cut(&first_sentence(&description[at..], NOTE_CHARS_MAX), NOTE_CHARS_MAX)
}

/// Where a description begins to say so. A tool may also speak of other things that are deprecated, or have it as the value
/// of a field: the word alone says nothing.
fn place(description: &str) -> Option<usize> {
    let text = &description[..description.floor_char_boundary(READ_BYTES_MAX)];
    let lower = text.to_ascii_lowercase();
    let mut places = lower.match_indices(WORD).map(|(at, _)| at);
    places.find_map(|at| marker(text, &lower, at).or_else(|| statement(&lower, at)))
}

const WORD: &str = "deprecated";

/// Where a mark begins that has the word at `at`: `@deprecated`, `[Deprecated]`, `DEPRECATED: …`, `Deprecated, use …`.
fn marker(text: &str, lower: &str, at: usize) -> Option<usize> {
    let (before, after) = (&text[..at], &lower[at + WORD.len()..]);
    if before.ends_with('@') || before.ends_with(['[', '(']) && !after.starts_with(", ") {
        return Some(at - 1);
    }
    if before.ends_with(".. ") && after.starts_with("::") {
        return Some(at - 3);
    }
    let said = text[at..].starts_with("DEPRECATED") || begins_sentence(before);
    (said && ends_mark(after) && !is_value(before)).then_some(at)
}

/// Whether what follows can stand behind a mark, and not behind an adjective: `Deprecated packages are …`.
fn ends_mark(after: &str) -> bool {
    const WORDS: [&str; 16] = [
        "use", "please", "since", "as", "in", "and", "by", "from", "alias", "tool", "function", "method",
        "endpoint", "version", "will", "see",
    ];
    let Some(next) = after.chars().next() else { return true };
    let word = after.trim_start().split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
    !(next.is_alphanumeric() || matches!(next, '_' | '`' | '\'' | '"' | '|' | '/'))
        && (!next.is_whitespace() || word.is_empty() || WORDS.contains(&word))
}

/// Whether the word is one of the values that stand before it: `ACTIVE, DEPRECATED`, `"DEPRECATED"`.
fn is_value(before: &str) -> bool {
    let before = before.trim_end();
    before.ends_with([',', '`', '\'', '"', '|', '/', '=', '_'])
        || before.ends_with(" or")
        || before.ends_with(" and")
}

fn begins_sentence(before: &str) -> bool {
    let line_ends = before.trim_end_matches(' ').ends_with('\n');
    let before =
        before.trim_end_matches(|c: char| !c.is_alphanumeric() && !matches!(c, '.' | '!' | '?' | ':'));
    before.is_empty() || line_ends || before.ends_with(['.', '!', '?', ':'])
}

/// Where a sentence begins that says it of the tool: `This tool is deprecated`, and not `whether it is deprecated`.
fn statement(lower: &str, at: usize) -> Option<usize> {
    const VERBS: [&str; 6] = ["is", "is now", "has been", "was", "is being", "are now"];
    const CONDITIONS: [&str; 10] =
        ["if", "whether", "that", "which", "when", "who", "where", "until", "unless", "because"];
    const SUBJECTS: [&str; 9] =
        ["tool", "function", "method", "endpoint", "api", "command", "operation", "action", "it"];
    let start = lower[..at].rfind(['.', '!', '?', '\n', ';', ':']).map_or(0, |end| end + 1);
    let said = lower[start..at].trim();
    let verb =
        VERBS.iter().filter(|verb| said.ends_with(&format!(" {verb}"))).max_by_key(|verb| verb.len())?;
    let subject: Vec<&str> = said[..said.len() - verb.len()].split_whitespace().collect();
    let of_the_tool = match subject[..] {
        ["this"] => true,
        [name] if name.contains('_') || name.contains('`') => true,
        _ => subject.last().is_some_and(|last| SUBJECTS.contains(last)),
    };
    let is_conditional = subject.iter().any(|word| CONDITIONS.contains(word));
    (of_the_tool && !is_conditional).then(|| at - lower[start..at].trim_start().len())
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
            ("Gets a. (deprecated)", "(deprecated) Gets a."),
            ("Gets a.\n\n@deprecated Use b.", "@deprecated Use b. Gets a."),
            ("Gets a.\nDeprecated: use b.", "Deprecated: use b. Gets a."),
            ("Gets a. Note: Deprecated, use b.", "Deprecated, use b. Gets a."),
            ("Gets a. [Deprecated] Use b.", "[Deprecated] Use b. Gets a."),
            ("Gets a. `get_a` is deprecated.", "`get_a` is deprecated. Gets a."),
            (
                "Gets a. It has been deprecated in favor of b.",
                "It has been deprecated in favor of b. Gets a.",
            ),
            ("", ""),
        ] {
            assert_eq!(summary("a", "", description, 80), expect, "{description}");
        }
        assert_eq!(summary("old_deprecated", "", "Gets a. And b.", 80), "DEPRECATED. Gets a.");
        assert!(is_deprecated("Sessions_DEPRECATED_stop", "", ""));
        assert!(is_deprecated("a", "Stop (deprecated)", ""));
        assert!(!is_deprecated("list_deprecated_items", "Deprecated items", "Lists deprecated items."));
        for prose in [
            "Deprecated packages are listed with their dates.",
            "Checks whether a package is deprecated and says what to use.",
            "Returns true if this method is deprecated.",
            "Sets the status: ACTIVE, DEPRECATED or GONE.",
            "Sets the status to `DEPRECATED`.",
            "Lists flags (active, deprecated, gone).",
            "Adds a column. The old column is deprecated then.",
        ] {
            assert!(!is_deprecated("a", "", prose), "{prose}");
        }
    }
}
