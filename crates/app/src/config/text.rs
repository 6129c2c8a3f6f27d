//! A configuration file's text, and errors that point into it.

use std::{
    fmt,
    path::{Path, PathBuf},
};

use jsonc_parser::common::Range;

use super::mask::{hidden, replaced};
use crate::excerpt::Excerpt;

/// What stands for a credential in what is kept: its length says something about it.
const STARS: &str = "***";

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
        replaced(&self.text, &hidden(&self.text), |_| STARS.to_owned())
    }

    /// `file:line:column`, both from 1, the column in characters.
    pub(super) fn place(&self, at: Range) -> String {
        let (line, column) = self.line_and_column(at.start);
        format!("{}:{line}:{column}", self.path.display())
    }

    /// The problem with its place and its line, and a caret under what is meant.
    pub(super) fn error(&self, problem: Problem) -> ConfigError {
        let (line, column) = self.line_and_column(problem.at.start);
        // As many stars as characters, for the carets below.
        let masked = replaced(&self.text, &hidden(&self.text), |part| "*".repeat(part.chars().count()));
        let shown = masked.lines().nth(line - 1).unwrap_or_default().replace('\t', " ");
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

    /// Both from 1, the column in characters.
    pub(super) fn line_and_column(&self, offset: usize) -> (usize, usize) {
        let before = &self.text[..floor_char_boundary(&self.text, offset)];
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        (line, column)
    }
}

fn floor_char_boundary(text: &str, offset: usize) -> usize {
    (0..=offset.min(text.len())).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0)
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
}
