//! Reads the arguments of a tool of ours as models write them.
//!
//! Models send numbers and booleans as texts, lists as JSON texts, `3.0` for `3`, and `null` or an empty text for what
//! they leave out. What is meant is taken; what cannot be taken is refused by its name, with what came and what is
//! expected.

use rmcp::model::JsonObject;
use serde_json::Value;
use text::{cut, nearest};

/// Characters of a wrong text that an error repeats.
const SHOWN_CHARS: usize = 40;

/// The arguments of one call, each taken once.
pub(super) struct Arguments {
    tool: &'static str,
    /// What was not taken yet.
    given: JsonObject,
    /// Every name that was asked for, and whether it was there.
    known: Vec<(&'static str, bool)>,
}

impl Arguments {
    pub(super) fn new(tool: &'static str, given: Option<JsonObject>) -> Self {
        Self { tool, given: given.unwrap_or_default(), known: Vec::new() }
    }

    /// A text. Numbers are texts too: a workspace may be called `7`.
    pub(super) fn text(&mut self, name: &'static str) -> Result<Option<String>, String> {
        self.read(name, "a text", text)
    }

    /// A list of texts. One text stands for a list of one, and the JSON text of a list for that list.
    pub(super) fn texts(&mut self, name: &'static str) -> Result<Vec<String>, String> {
        let texts = self.read(name, "a list of texts", |value| match value {
            Value::Array(list) => texts(list),
            Value::String(one) => match list_in(one) {
                Some(list) => texts(&list),
                None => Some(vec![one.clone()]),
            },
            other => text(other).map(|one| vec![one]),
        });
        texts.map(Option::unwrap_or_default)
    }

    /// `true` or `false`.
    pub(super) fn flag(&mut self, name: &'static str) -> Result<Option<bool>, String> {
        self.read(name, "`true` or `false`", |value| match text(value) {
            Some(word) if word.eq_ignore_ascii_case("true") || word == "1" => Some(true),
            Some(word) if word.eq_ignore_ascii_case("false") || word == "0" => Some(false),
            _ => value.as_bool(),
        })
    }

    /// A whole number.
    pub(super) fn whole(&mut self, name: &'static str) -> Result<Option<u64>, String> {
        self.read(name, "a whole number of at least 0", |value| {
            // No count or offset comes near the numbers that a double does not hold.
            number(value).filter(|number| number.fract() == 0.0).map(|number| number as u64)
        })
    }

    /// A number of things that are wanted, which is at least one. More than `most` is read as that many are offered.
    pub(super) fn count(&mut self, name: &'static str, most: usize) -> Result<Option<usize>, String> {
        self.read(name, &format!("from 1 to {most}"), |value| {
            let whole = number(value).filter(|number| number.fract() == 0.0 && *number >= 1.0)?;
            Some(whole as usize)
        })
    }

    /// A number.
    pub(super) fn number(&mut self, name: &'static str) -> Result<Option<f64>, String> {
        self.read(name, "a number of at least 0", number)
    }

    /// One of some words.
    pub(super) fn word<T>(
        &mut self,
        name: &'static str,
        expected: &str,
        meaning: impl Fn(&str) -> Option<T>,
    ) -> Result<Option<T>, String> {
        self.read(name, expected, |value| meaning(value.as_str()?.trim()))
    }

    /// What is to be said of names that nobody asked for. One that is near a name that is missing is refused: it was
    /// surely meant to do something.
    pub(super) fn unknown(&self) -> Result<Vec<String>, String> {
        let missing: Vec<&str> =
            self.known.iter().filter(|(_, given)| !given).map(|(name, _)| *name).collect();
        let mut notes = Vec::new();
        for (name, value) in &self.given {
            let name = cut(name, SHOWN_CHARS);
            match nearest(&name, missing.iter().copied()) {
                Some(near) if !value.is_null() => {
                    return Err(format!("{}: unknown argument `{name}`; did you mean `{near}`?", self.tool));
                }
                _ => notes.push(format!("{} has no argument `{name}`; it was ignored", self.tool)),
            }
        }
        Ok(notes)
    }

    /// The error for an argument that must be there: it may have been given under a name that is not known.
    pub(super) fn missing(&self, what: &str) -> String {
        let instead = match self.given.is_empty() {
            true => String::new(),
            false => {
                format!("; there is {}", text::named(self.given.keys().map(|name| cut(name, SHOWN_CHARS))))
            }
        };
        format!("{}: {what}{instead}", self.tool)
    }

    /// Takes an argument as what it is read as.
    fn read<T>(
        &mut self,
        name: &'static str,
        expected: &str,
        read: impl Fn(&Value) -> Option<T>,
    ) -> Result<Option<T>, String> {
        let value = self.given.shift_remove(name).filter(|value| !is_left_out(value));
        self.known.push((name, value.is_some()));
        let Some(value) = value else { return Ok(None) };
        let wrong = || format!("{}: `{name}` must be {expected}, not {}", self.tool, shown(&value));
        read(&value).map(Some).ok_or_else(wrong)
    }
}

/// Clients that fill in every argument write these for what is left out.
fn is_left_out(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.trim().is_empty(),
        _ => false,
    }
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// The list that a text holds as JSON.
fn list_in(text: &str) -> Option<Vec<Value>> {
    let is_json = !tools::is_deceptive(text.as_bytes());
    is_json.then(|| serde_json::from_str(text).ok()).flatten()
}

fn texts(list: &[Value]) -> Option<Vec<String>> {
    list.iter().filter(|value| !is_left_out(value)).map(text).collect()
}

fn number(value: &Value) -> Option<f64> {
    let number = match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    number.filter(|number| number.is_finite() && *number >= 0.0)
}

/// What came instead, for a message.
pub(super) fn shown(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(flag) => format!("`{flag}`"),
        Value::Number(number) => format!("`{number}`"),
        Value::String(text) => format!("the text {}", Value::from(cut(text, SHOWN_CHARS))),
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "an object".to_owned(),
    }
}
