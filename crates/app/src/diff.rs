//! What changed between two texts, line by line, for people.

use similar::TextDiff;

/// Lines around a change that are shown with it.
const CONTEXT: usize = 2;

/// The changed lines with those around them; empty when nothing changed.
pub(crate) fn lines(old: &str, new: &str) -> String {
    let diff = TextDiff::from_lines(old, new);
    let unified = diff.unified_diff().context_radius(CONTEXT).missing_newline_hint(false).to_string();
    let lines = unified.lines().enumerate().filter_map(|(at, line)| match line.starts_with("@@") {
        true => (at > 0).then_some("…"),
        false => Some(line),
    });
    lines.collect::<Vec<_>>().join("\n")
}
