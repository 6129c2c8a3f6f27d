//! What the parser complains about, in words that say where and what to do.

use oxc_diagnostics::{Diagnostics, OxcDiagnostic};
use wire::ScriptError;

use super::{characters, escaped, lines::Lines};

/// More errors than these help nobody: they mostly follow from the first.
pub(super) const ERRORS_MAX: usize = 20;

/// The longest message, in characters: some quote the script.
const MESSAGE_MAX: usize = 300;

/// The errors among some diagnostics.
pub(super) fn of(diagnostics: &Diagnostics, text: &str, lines: &Lines) -> Vec<ScriptError> {
    diagnostics.errors().map(|diagnostic| error(diagnostic, text, lines)).collect()
}

/// Fails with these errors, if there are any.
pub(super) fn refuse(errors: Vec<ScriptError>) -> Result<(), Vec<ScriptError>> {
    if errors.is_empty() { Ok(()) } else { Err(first(errors)) }
}

/// The first of these errors, in the order of the script.
pub(super) fn first(mut errors: Vec<ScriptError>) -> Vec<ScriptError> {
    // Where a character is no part of the language, the rest mostly follows from that.
    let is_of_a_character = |error: &ScriptError| error.message.starts_with("Invalid Character");
    if errors.iter().any(is_of_a_character) {
        errors.retain(is_of_a_character);
    }
    errors.sort_by_key(|error| error.at);
    errors.dedup();
    errors.truncate(ERRORS_MAX);
    errors
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
    // Of a name declared twice, the second place is the one to mend.
    let twice = diagnostic.message.contains("already been declared");
    let label = if twice { diagnostic.labels.last() } else { diagnostic.labels.first() };
    let offset = label.map_or(0, |label| label.offset());
    let message = message(diagnostic, text.get(offset as usize..).unwrap_or_default());
    let known = hint(&message, text, lines.line(offset), offset as usize).map(str::to_owned);
    let written = || characters::instead_of(text.get(offset as usize..)?.chars().next()?);
    let opened = || {
        let opened = diagnostic
            .labels
            .get(1)
            .filter(|label| label.label().is_some_and(|says| says.contains("pened")))?;
        let at = lines.place(opened.offset());
        let bracket = text.get(opened.offset() as usize..)?.chars().next()?;
        Some(format!("`{bracket}` was opened on line {}, column {}", at.line, at.column))
    };
    let first = || {
        let first = diagnostic.labels.first().filter(|_| twice)?;
        Some(format!("it is declared on line {} as well", lines.place(first.offset()).line))
    };
    let hint = known
        .or_else(written)
        .or_else(first)
        .or_else(opened)
        .or_else(|| diagnostic.help.as_deref().map(str::to_owned));
    ScriptError { message, at: lines.place(offset), hint }
}

/// The parser's message, with what was found where it does not say it.
fn message(diagnostic: &OxcDiagnostic, here: &str) -> String {
    let message: String = diagnostic.message.chars().take(MESSAGE_MAX).collect();
    let message = message.trim_end_matches('.').replace("`EOF`", "the end of the script");
    if message != "Unexpected token" {
        return message;
    }
    match here.trim_start().chars().next() {
        None => "Unexpected end of the script".to_owned(),
        Some(first) => {
            let is_word = |c: &char| c.is_alphanumeric() || *c == '_' || *c == '$';
            let word: String = here.trim_start().chars().take(40).take_while(is_word).collect();
            if word.is_empty() { format!("Unexpected `{first}`") } else { format!("Unexpected `{word}`") }
        }
    }
}

/// Whether a line that does not parse is Python.
fn is_python(line: &str) -> bool {
    const STATEMENTS: [&str; 5] = ["elif ", "except", "print ", "from ", "import "];
    const BLOCKS: [&str; 7] = ["if ", "for ", "while ", "with ", "try", "else", "class "];
    const ALONE: [&str; 4] = ["def ", "async def ", "\"\"\"", "'''"];
    let starts = |words: &[&str]| words.iter().any(|word| line.starts_with(word));
    let is_plain = !line.contains(['{', '"', '\'']);
    let has_text_of_format =
        |quote: char| [" f", "=f", "(f"].iter().any(|f| line.contains(&format!("{f}{quote}")));
    starts(&ALONE)
        || is_comprehension(line)
        || starts(&STATEMENTS) && is_plain
        || starts(&BLOCKS) && line.ends_with(':')
        || ['"', '\''].into_iter().any(has_text_of_format)
}

/// `[x for x in xs]`, outside of a text.
fn is_comprehension(line: &str) -> bool {
    let bare = line.split(['"', '\'', '`']).step_by(2).collect::<String>();
    bare.split_once(" for ").is_some_and(|(before, after)| {
        before.contains(['[', '{', '(']) && !after.starts_with('(') && after.contains(" in ")
    })
}

/// Whether a line is neither empty nor a comment of either language.
fn is_code(line: &&str) -> bool {
    !line.is_empty() && !line.starts_with(['#', '/', '*'])
}

/// What is known to help, from the message and the line it is about.
fn hint(message: &str, text: &str, line: &str, offset: usize) -> Option<&'static str> {
    let line = line.trim();
    let first = text.lines().map(str::trim).find(is_code);
    if is_python(line) || first.is_some_and(is_python) {
        return Some(
            "this looks like Python: scripts are TypeScript; begin with `import { tool } from './servers/server';` and end with \
             `return await tool({ … });`",
        );
    }
    if line.starts_with("#") && !line.starts_with("#!") {
        return Some("comments begin with `//`");
    }
    let here = text.get(offset..).unwrap_or_default();
    if here.starts_with("```") || line.starts_with("```") {
        return Some("submit one script, without Markdown around it");
    }
    if here.starts_with('\\') || message.contains("escape") && escaped::has_escapes(line) {
        return Some(
            "this looks escaped twice: send line ends and quotes as they are, not as `\\n` and `\\\"`",
        );
    }
    if escaped::has_entities(line) {
        return Some("this looks escaped for HTML: send `>` and `&` as they are, not as `&gt;` and `&amp;`");
    }
    let says = |words: &str| message.to_ascii_lowercase().contains(words);
    if says("unterminated string") && here.starts_with('`') {
        return Some("close the template literal with a back tick, and escape those inside it: \\`");
    }
    if says("unterminated string") {
        return Some(
            "close the string on the line it begins on, or use a template literal (`…`) for several lines",
        );
    }
    if says("unterminated template") || says("unterminated regular") {
        return Some("close it, or escape the character that was taken for its beginning");
    }
    if says("`await` is only allowed") {
        return Some("make the function around it `async`");
    }
    None
}
