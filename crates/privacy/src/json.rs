//! The walk over JSON text: from one string, number or bracket to the next, without recursion, and without values made of them.
//!
//! Brackets, commas and numbers are held to the grammar; what stands between two quotes is anything.

use std::ops::Range;

use memchr::memchr2;

/// What stands at a place of JSON text. `true`, `false` and `null` are passed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum What {
    /// The beginning of an array.
    Array,
    /// The beginning of an object.
    Object,
    /// The end of either.
    Close,
    Key,
    String,
    Number,
}

/// That it is no JSON.
#[derive(Debug)]
pub(crate) struct Invalid;

/// What may come next.
#[derive(Clone, Copy, PartialEq)]
enum Expected {
    Value,
    ValueOrClose,
    Key,
    KeyOrClose,
    Colon,
    CommaOrClose,
    End,
}

pub(crate) struct Lexer<'t> {
    text: &'t [u8],
    at: usize,
    /// The arrays and objects that are open, by their brackets.
    open: Vec<u8>,
    expected: Expected,
}

impl<'t> Lexer<'t> {
    pub(crate) fn new(text: &'t str) -> Self {
        Self { text: text.as_bytes(), at: 0, open: Vec::new(), expected: Expected::Value }
    }

    /// What comes next, and where: of strings what is between the quotes. None at the end.
    pub(crate) fn next(&mut self) -> Result<Option<(What, Range<usize>)>, Invalid> {
        loop {
            while matches!(self.text.get(self.at), Some(b' ' | b'\t' | b'\n' | b'\r')) {
                self.at += 1;
            }
            let Some(byte) = self.text.get(self.at) else {
                return if self.expected == Expected::End { Ok(None) } else { Err(Invalid) };
            };
            if let Some(found) = self.step(*byte)? {
                return Ok(Some(found));
            }
        }
    }

    fn step(&mut self, byte: u8) -> Result<Option<(What, Range<usize>)>, Invalid> {
        use Expected::{Colon, CommaOrClose, Key, KeyOrClose, Value, ValueOrClose};
        let is_in_object = self.open.last() == Some(&b'{');
        match (self.expected, byte) {
            (Value | ValueOrClose, b'"') => self.string(What::String).map(Some),
            (Value | ValueOrClose, b'[' | b'{') => Ok(Some(self.opened(byte))),
            (Value | ValueOrClose, b'-' | b'0'..=b'9') => self.number().map(Some),
            (Value | ValueOrClose, b't' | b'f' | b'n') => self.literal(),
            (Key | KeyOrClose, b'"') => self.string(What::Key).map(Some),
            (Colon, b':') => self.pass(Value),
            (CommaOrClose, b',') => self.pass(if is_in_object { Key } else { Value }),
            (CommaOrClose | ValueOrClose, b']') if !is_in_object => Ok(Some(self.closed())),
            (CommaOrClose | KeyOrClose, b'}') if is_in_object => Ok(Some(self.closed())),
            _ => Err(Invalid),
        }
    }

    fn pass(&mut self, expected: Expected) -> Result<Option<(What, Range<usize>)>, Invalid> {
        self.at += 1;
        self.expected = expected;
        Ok(None)
    }

    fn opened(&mut self, bracket: u8) -> (What, Range<usize>) {
        self.open.push(bracket);
        let (what, expected) = match bracket {
            b'[' => (What::Array, Expected::ValueOrClose),
            _ => (What::Object, Expected::KeyOrClose),
        };
        self.expected = expected;
        self.at += 1;
        (what, self.at - 1..self.at)
    }

    fn closed(&mut self) -> (What, Range<usize>) {
        self.open.pop();
        self.at += 1;
        self.value_ended();
        (What::Close, self.at - 1..self.at)
    }

    fn value_ended(&mut self) {
        self.expected = if self.open.is_empty() { Expected::End } else { Expected::CommaOrClose };
    }

    fn string(&mut self, what: What) -> Result<(What, Range<usize>), Invalid> {
        let start = self.at + 1;
        let end = end_of_string(self.text, start).ok_or(Invalid)?;
        self.at = end + 1;
        match what {
            What::Key => self.expected = Expected::Colon,
            _ => self.value_ended(),
        }
        Ok((what, start..end))
    }

    fn number(&mut self) -> Result<(What, Range<usize>), Invalid> {
        let rest = &self.text[self.at..];
        let is_part = |byte: &&u8| matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E');
        let length = rest.iter().take_while(is_part).count();
        if !is_number(&rest[..length]) {
            return Err(Invalid);
        }
        let start = self.at;
        self.at += length;
        self.value_ended();
        Ok((What::Number, start..self.at))
    }

    fn literal(&mut self) -> Result<Option<(What, Range<usize>)>, Invalid> {
        let rest = &self.text[self.at..];
        let literals: [&[u8]; 3] = [b"true", b"false", b"null"];
        let literal = literals.into_iter().find(|literal| rest.starts_with(literal)).ok_or(Invalid)?;
        self.at += literal.len();
        self.value_ended();
        Ok(None)
    }
}

/// Where the quote is that ends a string.
fn end_of_string(text: &[u8], mut at: usize) -> Option<usize> {
    loop {
        at += memchr2(b'"', b'\\', text.get(at..)?)?;
        if text[at] == b'"' {
            return Some(at);
        }
        at += 2;
    }
}

/// Whether it is a number as JSON writes them.
fn is_number(text: &[u8]) -> bool {
    let text = text.strip_prefix(b"-").unwrap_or(text);
    let (whole, rest) = text.split_at(digits(text));
    let is_whole = whole == b"0" || whole.first().is_some_and(|first| *first != b'0');
    let rest = match rest.strip_prefix(b".") {
        Some(fraction) if digits(fraction) > 0 => &fraction[digits(fraction)..],
        Some(_) => return false,
        None => rest,
    };
    is_whole && (rest.is_empty() || is_exponent(rest))
}

fn is_exponent(text: &[u8]) -> bool {
    let [b'e' | b'E', rest @ ..] = text else { return false };
    let rest = match rest {
        [b'+' | b'-', rest @ ..] => rest,
        _ => rest,
    };
    !rest.is_empty() && digits(rest) == rest.len()
}

fn digits(text: &[u8]) -> usize {
    text.iter().take_while(|byte| byte.is_ascii_digit()).count()
}

/// Whether a text may be JSON that is worth a look: an array, object or string.
pub(crate) fn may_be_json(text: &str) -> bool {
    let trimmed = text.trim_ascii();
    matches!(
        (trimmed.as_bytes().first(), trimmed.as_bytes().last()),
        (Some(b'{'), Some(b'}')) | (Some(b'['), Some(b']')) | (Some(b'"'), Some(b'"'))
    )
}
