//! A configuration file's text, and errors that point into it.

use std::{
    fmt,
    path::{Path, PathBuf},
};

use jsonc_parser::common::Range;
use upstream::{credential_places, is_credential_name};

use crate::excerpt::Excerpt;

/// A file as it was read.
pub(super) struct Source {
    pub(super) path: PathBuf,
    pub(super) text: String,
}

/// Something wrong at a place of the text, before it is known which file that is.
#[derive(Debug)]
pub(super) struct Problem {
    pub(super) message: String,
    pub(super) hint: Option<String>,
    pub(super) at: Range,
}

impl Problem {
    pub(super) fn new(at: Range, message: impl Into<String>) -> Self {
        Self { message: message.into(), hint: None, at }
    }

    pub(super) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

/// Why there is no usable configuration. `Display` is the whole story for a person but for the hint, which the
/// face prints apart.
#[derive(Debug)]
pub(crate) struct ConfigError {
    message: String,
    hint: Option<String>,
}

impl ConfigError {
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), hint: None }
    }

    pub(super) fn with_hint(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { message: message.into(), hint: Some(hint.into()) }
    }

    /// What to do about it.
    pub(crate) fn hint(&self) -> Option<&str> {
        self.hint.as_deref()
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for ConfigError {}

impl Source {
    pub(super) fn new(path: &Path, text: &str) -> Self {
        Self { path: path.to_owned(), text: text.to_owned() }
    }

    /// The whole text, with everything that may be a credential replaced by stars.
    pub(super) fn masked(&self) -> String {
        self.text.lines().map(|line| masked(line) + "\n").collect()
    }

    /// `file:line:column`, both from 1, the column in characters.
    pub(super) fn place(&self, at: Range) -> String {
        let (line, column) = self.line_and_column(at.start);
        format!("{}:{line}:{column}", self.path.display())
    }

    /// The problem with its place and its line, and a caret under what is meant.
    pub(super) fn error(&self, problem: Problem) -> ConfigError {
        let (line, column) = self.line_and_column(problem.at.start);
        let shown = masked(self.text.lines().nth(line - 1).unwrap_or_default());
        let Excerpt { text: shown, before } = Excerpt::new(&shown, column - 1);
        let length = self
            .text
            .get(problem.at.start..problem.at.end)
            .map_or(1, |part| part.lines().next().unwrap_or_default().chars().count().clamp(1, 60));
        let number = line.to_string();
        let pad = " ".repeat(number.len());
        let message = format!(
            "{place}: {message}\n{pad} |\n{number} | {shown}\n{pad} | {space}{carets}",
            place = self.place(problem.at),
            message = problem.message,
            space = " ".repeat(before),
            carets = "^".repeat(length),
        );
        ConfigError { message, hint: problem.hint }
    }

    fn line_and_column(&self, offset: usize) -> (usize, usize) {
        let before = &self.text[..floor_char_boundary(&self.text, offset)];
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        (line, column)
    }
}

fn floor_char_boundary(text: &str, offset: usize) -> usize {
    (0..=offset.min(text.len())).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0)
}

/// The line with tabs as blanks, and with everything that may be a credential replaced by stars of the same length:
/// agents keep what we print in their logs.
fn masked(line: &str) -> String {
    let mut shown = String::with_capacity(line.len());
    let mut is_secret = false;
    for (at, part) in line.split('"').enumerate() {
        if at > 0 {
            shown.push('"');
        }
        let part = part.replace('\t', " ");
        // Every second part stands within quotes; those between hold the commas.
        if at % 2 == 0 {
            shown.push_str(&starred(&part, credential_places(&part)));
            continue;
        }
        let is_value = is_secret && !part.starts_with("${");
        if is_value {
            shown.push_str(&stars(&part));
        } else {
            shown.push_str(&starred(&part, credential_places(&part)));
        }
        is_secret = !is_value && is_credential_name(&part);
    }
    shown
}

fn starred(text: &str, places: Vec<std::ops::Range<usize>>) -> String {
    let mut shown = text.to_owned();
    for place in places.into_iter().rev() {
        let stars = stars(&text[place.clone()]);
        shown.replace_range(place, &stars);
    }
    shown
}

fn stars(text: &str) -> String {
    "*".repeat(text.chars().count())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_shows_the_line_and_a_caret() {
        let source = Source::new(Path::new("narrows.json"), "{\n  \"é\": tru\n}");
        let error = source.error(Problem::new(Range::new(10, 13), "unexpected word"));
        assert_eq!(
            error.to_string(),
            "narrows.json:2:8: unexpected word\n  |\n2 |   \"é\": tru\n  |        ^^^"
        );
    }

    #[test]
    fn secrets_in_the_line_are_starred() {
        let line = r#""Authorization": "Bearer hunter2", "x": "npx", "y": "sk-1234567890abcdefghij", "--figma-api-key", "K""#;
        assert_eq!(
            masked(line),
            r#""Authorization": "**************", "x": "npx", "y": "***********************", "--figma-api-key", "*""#
        );
        assert_eq!(masked(r#""token": "${TOKEN}""#), r#""token": "${TOKEN}""#);
    }
}
