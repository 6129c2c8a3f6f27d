//! Credentials in the syntax tree of a configuration.

use std::ops::Range;

use jsonc_parser::{
    CollectOptions,
    ast::{Array, Object, ObjectProp, ObjectPropName, StringLit, Value},
    common::Ranged,
    errors::ParseError,
    parse_to_ast,
};
use memchr::memmem;
use upstream::{credential_places_in_words, is_credential_name, is_credential_reference, is_plain_value};

use super::{
    options,
    strings::{Unescaped, in_comment, in_string},
};
use crate::config::shapes;

/// Objects whose values are never shown, whatever their names.
const VALUES: [&str; 3] = ["env", "environment", "headers"];
/// A list of names of variables: its own name says `pass`.
const NAMES: &str = "env_pass";
/// A shorter value stands elsewhere by chance.
const REPEATED_BYTES_MIN: usize = 8;
/// Values that are looked for in the whole text. No configuration has so many, and each is a search.
const REPEATED_MAX: usize = 256;

/// Collects the places of a text.
pub(super) struct TreeMask<'t> {
    text: &'t str,
    places: Vec<Range<usize>>,
    /// Hidden values as they are spelt, to find them where they stand a second time.
    values: Vec<&'t str>,
    /// The `command` of the object that is read: what an argument means depends on the program.
    program: String,
}

impl<'t> TreeMask<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self { text, places: Vec::new(), values: Vec::new(), program: String::new() }
    }

    /// Reads a text that begins as this one does.
    pub(super) fn read(&mut self, text: &str) -> Result<(), ParseError> {
        let parsed = parse_to_ast(text, &CollectOptions::default(), &options())?;
        if let Some(value) = &parsed.value {
            self.value(value, false);
        }
        Ok(())
    }

    pub(super) fn comment(&mut self, comment: Range<usize>) {
        let places = in_comment(&self.text[comment.clone()]);
        self.places.extend(places.into_iter().map(|place| shifted(&place, comment.start)));
    }

    /// All that were found, and what they hold wherever it is repeated.
    pub(super) fn places(mut self) -> Vec<Range<usize>> {
        self.values.sort_unstable();
        self.values.dedup();
        for value in self.values.iter().take(REPEATED_MAX) {
            let found = memmem::find_iter(self.text.as_bytes(), value.as_bytes());
            self.places.extend(found.map(|at| at..at + value.len()));
        }
        self.places
    }

    fn value(&mut self, value: &Value<'_>, is_secret: bool) {
        match value {
            Value::StringLit(literal) if is_secret => self.whole(literal),
            Value::StringLit(literal) => self.parts(literal),
            Value::Array(list) => self.list(list, is_secret),
            Value::Object(object) => self.object(object, is_secret),
            Value::NumberLit(_) | Value::BooleanLit(_) if is_secret => self.places.push(range(value)),
            Value::NumberLit(_) | Value::BooleanLit(_) | Value::NullKeyword(_) => {}
        }
    }

    fn object(&mut self, object: &Object<'_>, is_secret: bool) {
        let program = object.get_string("command").map(|program| program.value.to_string());
        let outer = std::mem::replace(&mut self.program, program.unwrap_or_default());
        for property in &object.properties {
            if let ObjectPropName::String(name) = &property.name {
                self.parts(name);
            }
            self.property(property, is_secret);
        }
        self.program = outer;
    }

    fn property(&mut self, property: &ObjectProp<'_>, is_secret: bool) {
        let name = property.name.as_str();
        match &property.value {
            // The names in it are those of servers.
            Value::Object(list) if shapes::is_list(name) => list.properties.iter().for_each(|server| {
                if let ObjectPropName::String(name) = &server.name {
                    self.parts(name);
                }
                self.value(&server.value, false);
            }),
            value => {
                let is_named = VALUES.contains(&name) || (name != NAMES && is_credential_name(name));
                self.value(value, is_secret || is_named);
            }
        }
    }

    fn list(&mut self, list: &Array<'_>, is_secret: bool) {
        list.elements.iter().for_each(|item| self.value(item, is_secret));
        let words: Vec<_> =
            std::iter::once(self.program.clone()).chain(list.elements.iter().map(word)).collect();
        let places = credential_places_in_words(&words).into_iter().skip(1);
        for (item, places) in list.elements.iter().zip(places) {
            match item {
                Value::StringLit(literal) => self.inside(literal, &places),
                item if !places.is_empty() => self.places.push(range(item)),
                _ => {}
            }
        }
    }

    fn whole(&mut self, literal: &StringLit<'_>) {
        if is_credential_reference(&literal.value) {
            return;
        }
        let place = literal.range.start + 1..literal.range.end - 1;
        let is_repeated = place.len() >= REPEATED_BYTES_MIN && !is_plain_value(&literal.value);
        self.values.extend(self.text.get(place.clone()).filter(|_| is_repeated));
        self.places.push(place);
    }

    fn parts(&mut self, literal: &StringLit<'_>) {
        self.inside(literal, &in_string(&literal.value));
    }

    /// Adds places of a string's value.
    fn inside(&mut self, literal: &StringLit<'_>, places: &[Range<usize>]) {
        let start = literal.range.start + 1;
        let Some(written) = self.text.get(start..literal.range.end - 1).filter(|_| !places.is_empty()) else {
            return;
        };
        let unescaped = Unescaped::new(written);
        self.places.extend(places.iter().map(|place| shifted(&unescaped.written(place), start)));
    }
}

fn range(value: &Value<'_>) -> Range<usize> {
    let range = value.range();
    range.start..range.end
}

fn shifted(place: &Range<usize>, by: usize) -> Range<usize> {
    place.start + by..place.end + by
}

/// An item of a command line as it is read.
fn word(item: &Value<'_>) -> String {
    match item {
        Value::StringLit(literal) => literal.value.to_string(),
        Value::NumberLit(number) => number.value.to_owned(),
        _ => String::new(),
    }
}
