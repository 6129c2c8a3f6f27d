//! A text as it is meant: JSON with the escapes of its strings resolved, and so on for JSON text in its strings. Beside it is kept
//! where everything stands in the raw text.
//!
//! What is looked for is looked for once, in the whole of it: a recogniser sees the key before a value, as a reader does.

use std::{borrow::Cow, cell::OnceCell, ops::Range};

use memchr::memchr;

use crate::{
    escapes::ESCAPES,
    json::{Invalid, Lexer, What, may_be_json},
    layer::{Layer, Piece, Run, raw_range},
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
    /// Looked for when they are needed: in most texts nothing is found.
    tokens: OnceCell<Vec<Token>>,
    /// Where pieces of the text stand in the raw one. Empty where both are the same.
    runs: Vec<Run>,
    /// How often a text is escaped that stands right in the raw one: once in JSON.
    pub(crate) base: u8,
}

impl<'a> Reading<'a> {
    /// Of JSON. What is no JSON is read as a text.
    pub(crate) fn of_json(raw: &'a str) -> Self {
        if memchr(b'\\', raw.as_bytes()).is_some() {
            return Self::resolved(raw, 1).unwrap_or_else(|_| Self::plain(raw));
        }
        Self { raw, text: Cow::Borrowed(raw), tokens: OnceCell::new(), runs: Vec::new(), base: 1 }
    }

    /// Of a text, which may be JSON too.
    pub(crate) fn of_text(raw: &'a str) -> Self {
        let resolved = may_be_json(raw).then(|| Self::resolved(raw, 0).ok()).flatten();
        resolved.unwrap_or_else(|| Self::plain(raw))
    }

    fn plain(raw: &'a str) -> Self {
        let tokens = OnceCell::from(vec![Token::whole(raw)]);
        Self { raw, text: Cow::Borrowed(raw), tokens, runs: Vec::new(), base: 0 }
    }

    fn resolved(raw: &'a str, base: u8) -> Result<Self, Invalid> {
        let mut reader = Reader::default();
        reader.read.text.reserve(raw.len());
        reader.json(&Piece::whole(raw, None), 0)?;
        let Reader { read: Layer { text, runs }, tokens, .. } = reader;
        Ok(Self { raw, text: Cow::Owned(text), tokens: OnceCell::from(tokens), runs, base })
    }

    /// Strings, numbers and brackets; of a text that is no JSON, itself as one string.
    pub(crate) fn tokens(&self) -> &[Token] {
        self.tokens.get_or_init(|| {
            let read = Self::resolved(self.raw, self.base).ok().and_then(|read| read.tokens.into_inner());
            read.unwrap_or_else(|| vec![Token::whole(self.raw)])
        })
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
        raw_range(&self.runs, range)
    }
}

impl Token {
    fn whole(text: &str) -> Self {
        Self { what: What::String, range: 0..text.len(), depth: 0 }
    }
}

#[derive(Default)]
struct Reader {
    read: Layer,
    tokens: Vec<Token>,
}

impl Reader {
    /// Reads JSON text that stands in so many strings.
    fn json(&mut self, piece: &Piece<'_>, level: u8) -> Result<(), Invalid> {
        let mut lexer = Lexer::new(piece.text);
        // What is as it stands here is copied in long pieces.
        let (mut rest, mut copied) = (*piece, 0);
        while let Some((what, range)) = lexer.next()? {
            let is_string = matches!(what, What::String | What::Key);
            if is_string && may_mean_more(what, &piece.text[range.clone()]) {
                self.read.copy(&rest.to(range.start - copied));
                rest = rest.from(range.start - copied);
                self.string(&rest.to(range.len()), what, level + 1);
                rest = rest.from(range.len());
                copied = range.end;
            } else {
                let at = self.read.text.len() + range.start - copied;
                self.tokens.push(Token {
                    what,
                    range: at..at + range.len(),
                    depth: level + u8::from(is_string),
                });
            }
        }
        self.read.copy(&rest);
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
            let before = (self.read.text.len(), self.read.runs.len(), self.tokens.len());
            if self.json(piece, level).is_ok() {
                return;
            }
            self.read.text.truncate(before.0);
            self.read.runs.truncate(before.1);
            self.tokens.truncate(before.2);
        }
        let at = self.read.text.len();
        self.tokens.push(Token { what, range: at..at + piece.text.len(), depth: level });
        self.read.copy(piece);
    }
}

/// Whether a string may hold escapes or JSON text.
fn may_mean_more(what: What, content: &str) -> bool {
    memchr(b'\\', content.as_bytes()).is_some() || what == What::String && may_be_json(content)
}
