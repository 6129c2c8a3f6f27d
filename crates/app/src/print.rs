//! Everything that reaches the terminal: data on stdout, all else on stderr. Colours only where a person reads
//! them; without colours the text says the same.
//!
//! Texts of servers, scripts and files may hold what a terminal obeys. So nothing is written but through here, where
//! hidden characters become U+FFFD; styles are asked for by [`Line`] and never written into a text.

use std::{
    fmt::Display,
    io::{self, IsTerminal, Write},
    sync::OnceLock,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use comfy_table::{ContentArrangement, Table, presets};
use indicatif::HumanDuration;
use serde::Serialize;

/// Characters of the names of a table. Real ones have at most 64; a longer one would pad all rows.
const NAME_CHARS_MAX: usize = 72;

/// The first failure to write to stdout. What comes after it is lost, so no more is tried.
static UNWRITTEN: OnceLock<io::Error> = OnceLock::new();

/// Prints lines of data.
pub(crate) fn out(line: impl Into<Line>) {
    if UNWRITTEN.get().is_some() {
        return;
    }
    let line = line.into().shown(io::stdout().is_terminal());
    if let Err(error) = writeln!(io::stdout().lock(), "{line}") {
        // Only fails when there is an earlier one.
        let _ = UNWRITTEN.set(error);
    }
}

/// Writes what is left, and says why data was lost. A reader that had enough (`| head`) is no failure.
pub(crate) fn finish() -> Result<(), String> {
    let flushed = io::stdout().flush();
    let failed = UNWRITTEN.get().or(flushed.as_ref().err());
    match failed {
        Some(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.to_string()),
        _ => Ok(()),
    }
}

/// Prints data as JSON, one line, with hidden characters escaped.
pub(crate) fn json(value: &impl Serialize) {
    match serde_json::to_string(value) {
        Ok(text) => out(json_printable(&text)),
        Err(why) => error(format!("cannot write the result as JSON: {why}")),
    }
}

/// Prints an error.
pub(crate) fn error(message: impl Display) {
    labelled(Style::Red, "error", message);
}

/// Prints a warning.
pub(crate) fn warning(message: impl Display) {
    labelled(Style::Yellow, "warning", message);
}

/// Prints what to do about the error before it.
pub(crate) fn hint(message: impl Display) {
    labelled(Style::Cyan, "hint", message);
}

/// Prints a line for a person that is not data.
pub(crate) fn note(line: impl Display) {
    let _ = writeln!(io::stderr().lock(), "{}", printable(&line.to_string()));
}

/// How a part of a line is to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    Bold = 1,
    Red = 31,
    Green = 32,
    Yellow = 33,
    Cyan = 36,
}

/// Data for stdout, in parts that each may have a style.
#[derive(Debug, Default)]
pub(crate) struct Line(Vec<(Option<Style>, String)>);

impl Line {
    /// The line with more of it.
    pub(crate) fn plain(mut self, text: impl Display) -> Self {
        self.0.push((None, text.to_string()));
        self
    }

    /// The line with more of it, in a style where stdout is read by a person.
    pub(crate) fn styled(mut self, style: Style, text: impl Display) -> Self {
        self.0.push((Some(style), text.to_string()));
        self
    }

    fn shown(&self, terminal: bool) -> String {
        let one = |(style, text): &(Option<Style>, String)| match style {
            Some(style) => paint(terminal, *style, &printable(text)),
            None => printable(text),
        };
        self.0.iter().map(one).collect()
    }
}

impl<T: Display> From<T> for Line {
    fn from(text: T) -> Self {
        Self::default().plain(text)
    }
}

/// A line in a style.
pub(crate) fn styled(style: Style, text: impl Display) -> Line {
    Line::default().styled(style, text)
}

/// How long ago a time was, in milliseconds since 1970: `3 minutes ago`.
pub(crate) fn ago(at_ms: u64) -> String {
    let since = SystemTime::now().duration_since(UNIX_EPOCH + Duration::from_millis(at_ms));
    format!("{} ago", HumanDuration(since.unwrap_or_default()))
}

/// A table without lines, made to fit the terminal.
/// Its first column holds names.
pub(crate) fn table(head: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let mut table = Table::new();
    table.load_preset(presets::NOTHING).set_header(head.iter().map(|name| name.to_uppercase()));
    match width() {
        Some(width) => table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width),
        None => table.set_content_arrangement(ContentArrangement::Disabled),
    };
    for row in rows {
        let cells = row.iter().enumerate().map(|(at, cell)| match at {
            0 => text::cut(&one_line(cell), NAME_CHARS_MAX),
            _ => one_line(cell),
        });
        table.add_row(cells);
    }
    if let Some(first) = table.column_mut(0) {
        first.set_padding((0, 1));
    }
    table.lines().map(|line| line.trim_end().to_owned()).collect::<Vec<_>>().join("\n")
}

/// Text of a stranger without hidden characters: a terminal obeys some of them, and a person does not see the others.
pub(crate) fn printable(text: &str) -> String {
    text.chars().map(|c| if is_shown(c) { c } else { '\u{fffd}' }).collect()
}

/// The same on one line: in headings, tables and lists a line break would begin another entry.
pub(crate) fn one_line(text: &str) -> String {
    printable(text).replace(['\n', '\t'], " ")
}

/// JSON in which strings spell hidden characters as escapes: the same JSON, and safe to show.
pub(crate) fn json_printable(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        if is_shown(c) {
            out.push(c);
        } else {
            c.encode_utf16(&mut [0; 2]).iter().for_each(|unit| out.push_str(&format!("\\u{unit:04x}")));
        }
    }
    out
}

/// JSON with line breaks, for people, and safe to show.
pub(crate) fn json_indented(value: &serde_json::value::RawValue) -> String {
    json_printable(&crate::layout::indented(value.get()))
}

fn is_shown(c: char) -> bool {
    !tools::is_hidden(c) || matches!(c, '\n' | '\t' | '\u{FE0E}' | '\u{FE0F}')
}

/// What is said of a mistake may quote it.
fn labelled(style: Style, label: &str, message: impl Display) {
    let label = paint(io::stderr().is_terminal(), style, label);
    let message = printable(&message.to_string());
    let _ = writeln!(io::stderr().lock(), "{label}: {message}");
}

fn paint(terminal: bool, style: Style, text: &str) -> String {
    if terminal && colours_wanted() {
        format!("\u{1b}[{}m{text}\u{1b}[0m", style as u8)
    } else {
        text.to_owned()
    }
}

fn colours_wanted() -> bool {
    std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

/// The columns of the terminal that stdout is.
fn width() -> Option<u16> {
    let stdout = console::Term::stdout();
    if stdout.is_term() { stdout.size_checked().map(|(_, width)| width) } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_styles_command_the_terminal() {
        let hostile = "a\u{1b}[31mb\u{202e}c\u{9b}2J";
        let shown = "a\u{FFFD}[31mb\u{FFFD}c\u{FFFD}2J";
        assert_eq!(Line::from(hostile).shown(true), shown);
        assert_eq!(styled(Style::Bold, hostile).plain(hostile).shown(false), format!("{shown}{shown}"));
        let row = table(&["name"], [vec!["x\ny\u{1b}[2J".to_owned()]]);
        assert_eq!(row, "NAME\nx y\u{FFFD}[2J");
        let long =
            table(&["name", "x"], ["n".repeat(300), "m".to_owned()].map(|name| vec![name, "y".to_owned()]));
        let lines: Vec<_> = long.lines().map(|line| line.chars().count()).collect();
        assert!(lines.iter().all(|chars| *chars <= NAME_CHARS_MAX + 10), "{long}");
    }
}
