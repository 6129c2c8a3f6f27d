//! Where placeholders stand in a text, and the text with values in their places.

use std::{borrow::Cow, ops::Range};

use crate::{
    escapes::escaped,
    json::What,
    path::Path,
    place::Form,
    placeholder::{Placeholder, placeholders},
    reading::{Reading, Token},
};

/// A placeholder in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slot<'a> {
    /// Where, in bytes of the raw text.
    pub range: Range<usize>,
    /// The name of its kind.
    pub kind: &'a str,
    /// Its number.
    pub number: u32,
    /// The field it stands in: `to`, `messages[].to[].email`. Of a text that is no JSON, nothing.
    pub field: String,
    /// How often it is escaped in the raw text.
    depth: u8,
    /// The same for what stands in the outermost string.
    base: u8,
    /// The string that it is the whole of, with its quotes.
    quoted: Option<Range<usize>>,
}

/// The placeholders in the strings and keys of JSON, and of JSON in these.
pub fn slots(json: &str) -> Vec<Slot<'_>> {
    slots_of(&Reading::of_json(json))
}

/// The placeholders in a text, which may be JSON too.
pub fn slots_in_text(text: &str) -> Vec<Slot<'_>> {
    slots_of(&Reading::of_text(text))
}

fn slots_of<'a>(reading: &Reading<'a>) -> Vec<Slot<'a>> {
    let mut path = Path::default();
    let mut found = placeholders(&reading.text).peekable();
    let mut slots = Vec::new();
    if found.peek().is_none() {
        return slots;
    }
    for token in reading.tokens() {
        path.see(token);
        while let Some(placeholder) = found.next_if(|placeholder| placeholder.range.start < token.range.end) {
            slots.extend(slot(reading, token, &path, &placeholder));
        }
    }
    slots
}

/// Only as it is usually written: in other letters it is none.
fn slot<'a>(reading: &Reading<'a>, token: &Token, path: &Path, found: &Placeholder<'_>) -> Option<Slot<'a>> {
    let range = reading.raw_range(&found.range);
    let written = &reading.raw[range.clone()];
    let is_inside = token.range.start <= found.range.start && found.range.end <= token.range.end;
    (is_inside && written == &reading.text[found.range.clone()]).then_some(())?;
    let is_whole = token.what == What::String && token.range == found.range && token.depth > 0;
    Some(Slot {
        kind: &written[1..=found.kind.len()],
        number: found.number,
        field: path.written(&reading.text),
        depth: token.depth,
        base: reading.base,
        quoted: is_whole.then(|| reading.raw_range(&(found.range.start - 1..found.range.end + 1))),
        range,
    })
}

/// The text with values in place of placeholders: `value` gives that of each by its position among them, or none where it stays.
pub fn filled<'v>(
    raw: &str,
    slots: &[Slot<'_>],
    mut value: impl FnMut(usize) -> Option<(Form, &'v str)>,
) -> String {
    let mut filled = String::with_capacity(raw.len());
    let mut from = 0;
    for (at, slot) in slots.iter().enumerate() {
        let Some((form, value)) = value(at) else { continue };
        let (range, value) = slot.written(form, value);
        filled.push_str(&raw[from..range.start]);
        filled.push_str(&value);
        from = range.end;
    }
    filled.push_str(&raw[from..]);
    filled
}

impl Slot<'_> {
    /// What of the raw text a value takes the place of, and how it is written there.
    fn written<'v>(&self, form: Form, value: &'v str) -> (Range<usize>, Cow<'v, str>) {
        match (form, &self.quoted) {
            (Form::Number, Some(quoted)) => (quoted.clone(), escaped(value, self.base.min(self.depth))),
            (Form::Text | Form::Number, None) | (Form::Text, Some(_)) => {
                (self.range.clone(), escaped(value, self.depth))
            }
            (Form::Spelled | Form::LookAlike, _) => {
                (self.range.clone(), escaped(value, self.base.min(self.depth)))
            }
        }
    }
}
