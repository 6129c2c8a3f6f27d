//! Paths as they are written: a Windows path with single backslashes is JSON, of another path.
//!
//! `"C:\new\tools"` is `C:`, a line break, `ew`, a tab, `ools`. What JSON does not know as an escape fails the whole
//! file (see `syntax`); what it does know is found here, in the texts that are paths and in those that look like one.

use std::path::{Path, PathBuf};

use jsonc_parser::{ast::StringLit, common::Range};

use super::text::{Problem, Source};

/// A path of the configuration: `~/` is the home folder, a relative path counts from the file's folder.
pub(super) fn absolute(path: &str, source: &Source, home: Option<&Path>) -> PathBuf {
    match (path.strip_prefix("~/"), home) {
        (Some(below), Some(home)) => home.join(below),
        _ => source.path.parent().unwrap_or(Path::new("/")).join(path),
    }
}

/// Refuses a path that holds what no path holds.
pub(super) fn check_path(literal: &StringLit<'_>, key: &str, source: &Source) -> Result<(), Problem> {
    check_path_at(literal.range, &literal.value, key, source)
}

/// The same for a text that was read already.
pub(super) fn check_path_at(at: Range, value: &str, key: &str, source: &Source) -> Result<(), Problem> {
    if value.contains(char::is_control) { Err(swallowed(at, value, key, source)) } else { Ok(()) }
}

/// Refuses a text that begins like a path and holds what no path holds; others may hold line breaks and tabs.
pub(super) fn check_argument(literal: &StringLit<'_>, key: &str, source: &Source) -> Result<(), Problem> {
    let looks_like_a_path = literal
        .value
        .split(['=', ',', ';', '"', '\''])
        .any(|part| part.contains(char::is_control) && begins_like_a_path(part));
    match looks_like_a_path {
        true => Err(swallowed(literal.range, &literal.value, key, source)),
        false => Ok(()),
    }
}

/// `C:⏎`, `..⇥`, `~⏎`, `%APPDATA%⏎`, `\server⏎`: the control character stands where a backslash was meant.
fn begins_like_a_path(text: &str) -> bool {
    let front = &text[..text.find(|c: char| c.is_control() || c == '\\').unwrap_or(text.len())];
    let is_drive =
        front.len() == 2 && front.ends_with(':') && front.starts_with(|c: char| c.is_ascii_alphabetic());
    let is_variable = front.len() > 2 && front.starts_with('%') && front.ends_with('%');
    is_drive || is_variable || matches!(front, "." | ".." | "~") || text.starts_with('\\')
}

fn swallowed(at: Range, value: &str, key: &str, source: &Source) -> Problem {
    let written = source.text.get(at.start + 1..at.end.saturating_sub(1)).unwrap_or_default();
    let what = value.chars().find(|c| c.is_control()).map_or("a control character", spelt);
    Problem::new(at, format!("`{key}` holds {what}: a backslash in JSON text must be written twice")).hint(
        format!("write \"{}\" or \"{}\"", doubled(written), written.replace("\\\\", "/").replace('\\', "/")),
    )
}

fn spelt(control: char) -> &'static str {
    match control {
        '\n' => "a line break (`\\n`)",
        '\t' => "a tab (`\\t`)",
        '\r' => "a carriage return (`\\r`)",
        '\u{8}' => "a backspace (`\\b`)",
        '\u{c}' => "a form feed (`\\f`)",
        _ => "a control character",
    }
}

/// The text with every single backslash twice.
fn doubled(written: &str) -> String {
    written.replace("\\\\", "\\").replace('\\', "\\\\")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_begins_like_a_path() {
        for (text, expect) in [
            ("C:\new\tools", true),
            ("..\tools", true),
            (".\new", true),
            ("~\t", true),
            ("%APPDATA%\npm", true),
            ("\\server\new", true),
            ("be brief.\nBe right", false),
            ("Note:\n- one", false),
            ("a\tb", false),
        ] {
            assert_eq!(begins_like_a_path(text), expect, "{text:?}");
        }
    }
}
