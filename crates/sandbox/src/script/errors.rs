//! What the parser complains about, in words that say where and what to do.

use oxc_diagnostics::{Diagnostics, OxcDiagnostic};
use wire::ScriptError;

use super::lines::Lines;

/// More errors than these help nobody: they mostly follow from the first.
pub(super) const ERRORS_MAX: usize = 20;

/// The longest message, in characters: some quote the script.
const MESSAGE_MAX: usize = 300;

/// Fails with the errors among some diagnostics, if there are any.
pub(super) fn check(diagnostics: &Diagnostics, text: &str, lines: &Lines) -> Result<(), Vec<ScriptError>> {
    refuse(diagnostics.errors().map(|diagnostic| error(diagnostic, text, lines)).collect())
}

/// Fails with these errors, in the order of the script, if there are any.
pub(super) fn refuse(mut errors: Vec<ScriptError>) -> Result<(), Vec<ScriptError>> {
    if errors.is_empty() {
        return Ok(());
    }
    errors.sort_by_key(|error| error.at);
    errors.dedup();
    errors.truncate(ERRORS_MAX);
    Err(errors)
}

/// The one error of a script that holds JSX.
pub(super) fn jsx(text: &str, lines: &Lines) -> ScriptError {
    let tag = text.find("</").or_else(|| text.find("/>")).unwrap_or(0);
    let start = text[..tag].rfind('<').unwrap_or(tag);
    ScriptError {
        message: "JSX is not supported here".to_owned(),
        at: lines.place(start as u32),
        hint: Some("build text with template literals".to_owned()),
    }
}

fn error(diagnostic: &OxcDiagnostic, text: &str, lines: &Lines) -> ScriptError {
    let offset = diagnostic.labels.first().map_or(0, |label| label.offset() as u32);
    let message: String = diagnostic.message.chars().take(MESSAGE_MAX).collect();
    let known = hint(&message, text, lines.line(offset), offset as usize);
    let hint = known.map(str::to_owned).or_else(|| diagnostic.help.as_deref().map(str::to_owned));
    let message = message.trim_end_matches('.').to_owned();
    ScriptError { message, at: lines.place(offset), hint }
}

/// What is known to help, from the message and the line it is about.
fn hint(message: &str, text: &str, line: &str, offset: usize) -> Option<&'static str> {
    let line = line.trim();
    let starts = |words: &[&str]| words.iter().any(|word| line.starts_with(word));
    if starts(&["def ", "elif ", "except", "print ", "from ", "import "]) && !line.contains(['{', '"', '\'']) {
        return Some("this looks like Python: scripts are TypeScript");
    }
    if line.starts_with("#") && !line.starts_with("#!") {
        return Some("comments begin with `//`");
    }
    let here = text.get(offset..).unwrap_or_default();
    if here.starts_with(['“', '”', '‘', '’']) {
        return Some("use straight quotes: \" or '");
    }
    if here.starts_with("```") || line.starts_with("```") {
        return Some("submit one script, without Markdown around it");
    }
    let says = |words: &str| message.to_ascii_lowercase().contains(words);
    if says("unterminated string") {
        return Some("close the string on the line it begins on, or use a template literal (`…`) for several lines");
    }
    if says("unterminated template") || says("unterminated regular") {
        return Some("close it, or escape the character that was taken for its beginning");
    }
    if says("await") {
        return Some("make the function around it `async`");
    }
    if line.starts_with("import ") && says("top level") {
        return Some("move the import to the top level, or use `await import(…)`");
    }
    None
}
