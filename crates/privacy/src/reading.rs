//! A text as it is meant: JSON with the escapes of its strings resolved, and so on for JSON text in its strings. Beside it is kept
//! where everything stands in the raw text.
//!
//! What is looked for is looked for once, in the whole of it: a recogniser sees the key before a value, as a reader does.

use std::{borrow::Cow, ops::Range};

use memchr::memchr;

use crate::{
    escapes::ESCAPES,
    json::{Invalid, Lexer, What, may_be_json},
    layer::{Layer, Piece, Run, raw_of},
};

/// JSON text in JSON text in JSON text. With every level an escape doubles in length, so nothing honest is deeper.
const LEVELS_MAX: u8 = 6;

/// A part of a reading.
#[derive(Debug)]
pub(crate) struct Token {
    pub(crate) what: What,
    /// Where in the reading; of a string what is between its quotes.
    pub(crate) range: Range<usize>,
    /// How often what stands here is escaped in the raw text.
    pub(crate) depth: u8,
}

pub(crate) struct Reading<'a> {
    pub(crate) raw: &'a str,
    pub(crate) text: Cow<'a, str>,
    /// Strings, numbers and brackets; of a text that is no JSON, itself as one string.
    pub(crate) tokens: Vec<Token>,
    /// Where pieces of the text stand in the raw one. Empty where both are the same.
    runs: Vec<Run>,
    /// How often a text is escaped that stands right in the raw one: once in JSON.
    pub(crate) base: u8,
}

impl<'a> Reading<'a> {
    /// Of JSON. What is no JSON is read as a text.
    pub(crate) fn of_json(raw: &'a str) -> Self {
        Self::structured(raw, 1).unwrap_or_else(|_| Self::plain(raw))
    }

    /// Of a text, which may be JSON too.
    pub(crate) fn of_text(raw: &'a str) -> Self {
        let structured = may_be_json(raw).then(|| Self::structured(raw, 0).ok()).flatten();
        structured.unwrap_or_else(|| Self::plain(raw))
    }

    fn plain(raw: &'a str) -> Self {
        let whole = Token { what: What::String, range: 0..raw.len(), depth: 0 };
        Self { raw, text: Cow::Borrowed(raw), tokens: vec![whole], runs: Vec::new(), base: 0 }
    }

    fn structured(raw: &'a str, base: u8) -> Result<Self, Invalid> {
        let is_escaped = memchr(b'\\', raw.as_bytes()).is_some();
        let mut reader = Reader { read: Layer::default(), is_escaped, length: 0, tokens: Vec::new() };
        reader.json(&Piece::whole(raw, None), 0)?;
        let Reader { read: Layer { text, runs }, tokens, .. } = reader;
        let text = if is_escaped { Cow::Owned(text) } else { Cow::Borrowed(raw) };
        Ok(Self { raw, text, tokens, runs, base })
    }

    /// A part of the text.
    pub(crate) fn slice(&self, range: Range<usize>) -> Cow<'a, str> {
        match &self.text {
            Cow::Borrowed(text) => Cow::Borrowed(&text[range]),
            Cow::Owned(text) => Cow::Owned(text[range].to_owned()),
        }
    }

    /// What a range of the raw text means in the outermost string, or is as it is where the raw text is no JSON.
    pub(crate) fn outermost(&self, raw: &Range<usize>) -> Cow<'a, str> {
        let text = &self.raw[raw.clone()];
        if self.base == 0 || memchr(b'\\', text.as_bytes()).is_none() {
            return Cow::Borrowed(text);
        }
        let mut layer = Layer::default();
        layer.resolve(&Piece::whole(text, None), &ESCAPES);
        Cow::Owned(layer.text)
    }

    /// Where a range of the text, between characters, stands in the raw one.
    pub(crate) fn raw_range(&self, range: &Range<usize>) -> Range<usize> {
        raw_of(&self.runs, range.start)..raw_of(&self.runs, range.end)
    }
}

struct Reader {
    read: Layer,
    /// Whether anything is: else the text is the raw one, and only its length is kept.
    is_escaped: bool,
    length: usize,
    tokens: Vec<Token>,
}

impl Reader {
    /// Reads JSON text that stands in so many strings.
    fn json(&mut self, piece: &Piece<'_>, level: u8) -> Result<(), Invalid> {
        let mut lexer = Lexer::new(piece.text);
        let mut from = 0;
        while let Some((what, range)) = lexer.next()? {
            self.copy(&piece.part(&(from..range.start)));
            from = range.end;
            let part = piece.part(&range);
            match what {
                What::String | What::Key => self.string(&part, what, level + 1),
                _ => {
                    self.token(what, range.len(), level);
                    self.copy(&part);
                }
            }
        }
        self.copy(&piece.part(&(from..piece.text.len())));
        Ok(())
    }

    /// Reads what stands between two quotes.
    fn string(&mut self, piece: &Piece<'_>, what: What, level: u8) {
        if memchr(b'\\', piece.text.as_bytes()).is_none() {
            return self.content(piece, what, level);
        }
        let mut layer = Layer::default();
        layer.resolve(piece, &ESCAPES);
        self.content(&Piece::whole(&layer.text, Some(&layer)), what, level);
    }

    fn content(&mut self, piece: &Piece<'_>, what: What, level: u8) {
        if what == What::String && level < LEVELS_MAX && may_be_json(piece.text) {
            let before = (self.length, self.read.text.len(), self.read.runs.len(), self.tokens.len());
            if self.json(piece, level).is_ok() {
                return;
            }
            self.length = before.0;
            self.read.text.truncate(before.1);
            self.read.runs.truncate(before.2);
            self.tokens.truncate(before.3);
        }
        self.token(what, piece.text.len(), level);
        self.copy(piece);
    }

    fn token(&mut self, what: What, length: usize, depth: u8) {
        self.tokens.push(Token { what, range: self.length..self.length + length, depth });
    }

    fn copy(&mut self, piece: &Piece<'_>) {
        self.length += piece.text.len();
        if self.is_escaped && !piece.text.is_empty() {
            self.read.copy(piece);
        }
    }
}
