//! What kind of text a string holds, where that is worth to be known.

use serde::{Deserialize, Serialize, de::IgnoredAny};

/// Lines that are looked at. A table shows in its first rows.
const LINES_MAX: usize = 20;

/// Rows of a table beside its head.
const ROWS_MIN: usize = 2;

/// What kind of text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Text {
    /// None at all.
    Empty,
    /// An object or array of JSON.
    Json,
    /// A table of Markdown.
    Markdown,
    /// Rows of as many cells, between commas.
    Commas,
    /// Rows of as many cells, between tabs.
    Tabs,
    /// Any other.
    Plain,
}

impl Text {
    /// The kind of one text.
    pub(super) fn of(text: &str) -> Self {
        let text = text.trim();
        if text.is_empty() {
            return Self::Empty;
        }
        if text.starts_with(['{', '[']) {
            let is_json = serde_json::from_str::<IgnoredAny>(text).is_ok();
            return if is_json { Self::Json } else { Self::Plain };
        }
        let lines: Vec<&str> = text.lines().take(LINES_MAX).collect();
        if is_markdown_table(&lines) {
            return Self::Markdown;
        }
        match (has_cells(&lines, '\t'), has_cells(&lines, ',')) {
            (true, _) => Self::Tabs,
            (false, true) => Self::Commas,
            (false, false) => Self::Plain,
        }
    }

    /// The kind of texts of both kinds.
    pub(super) fn or(self, other: Self) -> Self {
        match (self, other) {
            (one, Self::Empty) | (Self::Empty, one) => one,
            (one, other) if one == other => one,
            _ => Self::Plain,
        }
    }

    /// What a reader is told of it, if anything.
    pub(super) fn about(self) -> Option<&'static str> {
        match self {
            Self::Empty | Self::Plain => None,
            Self::Json => Some("JSON as text: JSON.parse gives the value"),
            Self::Markdown => Some("a Markdown table as text"),
            Self::Commas => Some("comma-separated rows as text"),
            Self::Tabs => Some("tab-separated rows as text"),
        }
    }
}

/// A head, the rule below it, and a row.
fn is_markdown_table(lines: &[&str]) -> bool {
    let cells = |line: &str| line.matches('|').count();
    let is_rule =
        |line: &str| line.contains("--") && line.chars().all(|c| matches!(c, '|' | '-' | ':' | ' '));
    matches!(lines, [head, rule, ..] if cells(head) > 1 && is_rule(rule.trim()) && cells(rule) == cells(head))
}

/// Whether all lines have as many cells, and more than one. Sentences rarely have as many commas each.
fn has_cells(lines: &[&str], between: char) -> bool {
    let mut counts = lines.iter().map(|line| line.matches(between).count());
    let first = counts.next().unwrap_or_default();
    first > 0 && lines.len() > ROWS_MIN && counts.all(|count| count == first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_told_apart() {
        for (text, expect) in [
            ("", Text::Empty),
            (" \n", Text::Empty),
            ("[1, 2]", Text::Json),
            ("{\"a\": 1}\n", Text::Json),
            ("[draft] a title", Text::Plain),
            ("12", Text::Plain),
            ("| a | b |\n|---|:--|\n| 1 | 2 |", Text::Markdown),
            ("a | b\nnothing", Text::Plain),
            ("id,name\n1,Ada\n2,Bob", Text::Commas),
            ("id\tname\n1\tAda, Countess\n2\tBob", Text::Tabs),
            ("Dear Ada,\nthank you,\nBob", Text::Plain),
            ("one, two", Text::Plain),
        ] {
            assert_eq!(Text::of(text), expect, "{text:?}");
        }
    }

    #[test]
    fn texts_of_two_kinds_are_plain() {
        assert_eq!(Text::Json.or(Text::Empty), Text::Json);
        assert_eq!(Text::Empty.or(Text::Tabs), Text::Tabs);
        assert_eq!(Text::Json.or(Text::Tabs), Text::Plain);
    }
}
