//! Everything that reaches the terminal: data on stdout, all else on stderr. Colours only where a person reads
//! them; without colours the text says the same.

use std::{
    fmt::Display,
    io::{IsTerminal, Write},
};

use comfy_table::{ContentArrangement, Table, presets};
use serde::Serialize;

/// Prints a line of data. A reader that has gone away is not an error of ours.
pub(crate) fn out(line: impl Display) {
    let _ = writeln!(std::io::stdout().lock(), "{line}");
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
    labelled(Colour::Red, "error", message);
}

/// Prints a warning.
pub(crate) fn warning(message: impl Display) {
    labelled(Colour::Yellow, "warning", message);
}

/// Prints what to do about the error before it.
pub(crate) fn hint(message: impl Display) {
    labelled(Colour::Cyan, "hint", message);
}

/// Prints a line for a person that is not data.
pub(crate) fn note(line: impl Display) {
    let _ = writeln!(std::io::stderr().lock(), "{}", printable(&line.to_string()));
}

/// The few colours we use.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Colour {
    Red = 31,
    Green = 32,
    Yellow = 33,
    Cyan = 36,
}

/// Text for stdout, in colour where stdout is read by a person.
pub(crate) fn painted(colour: Colour, text: &str) -> String {
    paint(std::io::stdout().is_terminal(), colour, text)
}

/// Whether a person reads what is printed on stdout.
pub(crate) fn is_read_by_a_person() -> bool {
    std::io::stdout().is_terminal()
}

/// Text for stdout, bold where stdout is read by a person.
pub(crate) fn bold(text: &str) -> String {
    if colours_wanted() && std::io::stdout().is_terminal() {
        format!("\u{1b}[1m{text}\u{1b}[0m")
    } else {
        text.to_owned()
    }
}

/// A table without lines, made to fit the terminal.
pub(crate) fn table(head: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let mut table = Table::new();
    table.load_preset(presets::NOTHING).set_header(head.iter().map(|name| name.to_uppercase()));
    match terminal_width() {
        Some(width) => table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width),
        None => table.set_content_arrangement(ContentArrangement::Disabled),
    };
    for row in rows {
        table.add_row(row.iter().map(|cell| printable(cell)));
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

fn is_shown(c: char) -> bool {
    !tools::is_hidden(c) || matches!(c, '\n' | '\t' | '\u{FE0E}' | '\u{FE0F}')
}

/// What is said of a mistake may quote it.
fn labelled(colour: Colour, label: &str, message: impl Display) {
    let label = paint(std::io::stderr().is_terminal(), colour, label);
    let message = printable(&message.to_string());
    let _ = writeln!(std::io::stderr().lock(), "{label}: {message}");
}

fn paint(terminal: bool, colour: Colour, text: &str) -> String {
    if terminal && colours_wanted() {
        format!("\u{1b}[{}m{text}\u{1b}[0m", colour as u8)
    } else {
        text.to_owned()
    }
}

fn colours_wanted() -> bool {
    std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

fn terminal_width() -> Option<u16> {
    let stdout = console::Term::stdout();
    if stdout.is_term() { stdout.size_checked().map(|(_, width)| width) } else { None }
}
