//! Places of personal data in a text, and the text with placeholders there.

use std::{borrow::Cow, ops::Range};

use crate::{
    escapes::{UNREADABLE, escaped, needs_escapes},
    json::{What, may_be_json},
    kind::Kind,
    reading::{Reading, Token},
};

/// Personal data as it stands in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place<'a> {
    /// Where, in bytes of the raw text.
    pub range: Range<usize>,
    /// What.
    pub kind: Kind,
    /// Itself, as `form` says.
    pub value: Cow<'a, str>,
    /// How it is written.
    pub form: Form,
    /// How often it is escaped in the raw text.
    depth: u8,
}

/// How personal data is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Form {
    /// As characters. The value has all escapes resolved, and escaping it for its place gives what stood there.
    Text,
    /// Escaped in another way than usual. The value is what stands in the outermost string.
    Spelled,
    /// As a number of JSON. The value is what stands in the outermost string, or in no string.
    Number,
    /// It only looks like a placeholder. The value is what stands in the outermost string.
    LookAlike,
}

/// A piece of a reading that is to be hidden.
#[derive(Debug, Clone)]
pub(crate) struct Found {
    pub(crate) range: Range<usize>,
    pub(crate) kind: Kind,
    pub(crate) sort: Sort,
}

/// Why it is hidden. Where two overlap, the first says what both are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Sort {
    /// It is the value of a field.
    Field,
    /// It is recognised.
    Plain,
    /// It looks like a placeholder.
    LookAlike,
}

impl Place<'_> {
    /// The same, without the text it was found in.
    #[must_use]
    pub fn into_owned(self) -> Place<'static> {
        let Self { range, kind, value, form, depth } = self;
        Place { range, kind, value: Cow::Owned(value.into_owned()), form, depth }
    }
}

/// The places of what was found in a reading, without these ranges, which are in order.
pub(crate) fn places<'a>(
    reading: &Reading<'a>,
    found: Vec<Found>,
    spared: &[Range<usize>],
) -> Vec<Place<'a>> {
    let mut places: Vec<Place<'a>> = Vec::new();
    if found.is_empty() {
        return places;
    }
    let mut tokens = reading.tokens();
    for found in merged(found) {
        let passed = tokens.iter().take_while(|token| token.range.end <= found.range.start).count();
        tokens = &tokens[passed..];
        for token in tokens.iter().take_while(|token| token.range.start < found.range.end) {
            match token.what {
                What::Number => {
                    let place = number(reading, token, &found.kind);
                    if places.last().is_none_or(|last| last.range != place.range) {
                        places.push(place);
                    }
                }
                What::String | What::Key => {
                    let start = found.range.start.max(token.range.start);
                    let end = found.range.end.min(token.range.end);
                    let pieces = pieces(&reading.text, start..end, spared);
                    places.extend(pieces.into_iter().map(|range| written(reading, token, &found, range)));
                }
                What::Array | What::Object | What::Close => {}
            }
        }
    }
    places
}

/// In order, and one in place of several that overlap.
fn merged(mut found: Vec<Found>) -> Vec<Found> {
    found.sort_by(|one, other| one.range.start.cmp(&other.range.start).then(one.sort.cmp(&other.sort)));
    let mut merged: Vec<Found> = Vec::with_capacity(found.len());
    for found in found {
        match merged.last_mut() {
            Some(last) if found.range.start < last.range.end => {
                last.range.end = last.range.end.max(found.range.end);
                if found.sort < last.sort {
                    (last.kind, last.sort) = (found.kind, found.sort);
                }
            }
            _ => merged.push(found),
        }
    }
    merged
}

/// What is left of a range without those that are spared and what no text can hold, as far as it says anything.
fn pieces(text: &str, range: Range<usize>, spared: &[Range<usize>]) -> Vec<Range<usize>> {
    let first = spared.partition_point(|spared| spared.end <= range.start);
    let inside = spared[first..].iter().take_while(|spared| spared.start < range.end);
    let (mut between, mut from) = (Vec::new(), range.start);
    for spared in inside {
        between.push(from..spared.start.max(from));
        from = spared.end.min(range.end);
    }
    between.push(from..range.end);
    let readable = between.into_iter().flat_map(|range| {
        let parts = text[range.clone()].split(UNREADABLE);
        parts.scan(range.start, |from, part| {
            let start = *from;
            *from += part.len() + UNREADABLE.len_utf8();
            Some(start..start + part.len())
        })
    });
    readable.filter(|range| text[range.clone()].contains(char::is_alphanumeric)).collect()
}

fn number<'a>(reading: &Reading<'a>, token: &Token, kind: &Kind) -> Place<'a> {
    let range = reading.raw_range(&token.range);
    let value = reading.outermost(&range);
    Place { range, kind: kind.clone(), value, form: Form::Number, depth: token.depth }
}

fn written<'a>(reading: &Reading<'a>, token: &Token, found: &Found, range: Range<usize>) -> Place<'a> {
    let raw = reading.raw_range(&range);
    let place =
        |value, form| Place { range: raw.clone(), kind: found.kind.clone(), value, form, depth: token.depth };
    if found.sort == Sort::LookAlike {
        return place(reading.outermost(&raw), Form::LookAlike);
    }
    let value = reading.slice(range);
    if !needs_escapes(&value) && value == reading.raw[raw.clone()] {
        return place(value, Form::Text);
    }
    // What is usual at depth one means the same there, however it is written.
    let is_usual =
        token.depth <= reading.base || reading.outermost(&raw) == escaped(&value, token.depth - reading.base);
    // Placeholders can make JSON of a text that is nearly such, and it is then escaped for another depth.
    let is_shaky = needs_escapes(&value) && may_be_json(&reading.text[token.range.clone()]);
    if is_usual && !is_shaky {
        place(value, Form::Text)
    } else {
        place(reading.outermost(&raw), Form::Spelled)
    }
}

/// The text with placeholders at the places: `placeholder` gives that of each by its position among them. A number of JSON becomes a string.
pub fn hidden<S: AsRef<str>>(
    raw: &str,
    places: &[Place<'_>],
    mut placeholder: impl FnMut(usize) -> S,
) -> String {
    let mut hidden = String::with_capacity(raw.len());
    let mut from = 0;
    for (at, place) in places.iter().enumerate() {
        let quote = if place.form == Form::Number { escaped("\"", place.depth) } else { Cow::Borrowed("") };
        hidden.push_str(&raw[from..place.range.start]);
        hidden.push_str(&quote);
        hidden.push_str(placeholder(at).as_ref());
        hidden.push_str(&quote);
        from = place.range.end;
    }
    hidden.push_str(&raw[from..]);
    hidden
}
