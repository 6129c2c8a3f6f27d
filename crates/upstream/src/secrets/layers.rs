//! Finds values in a text in whatever way it escapes them. The text is read as it stands, then with its escapes resolved, and so
//! again for a text in a text; each of these also with its percent-encoding resolved. So it does not matter which characters a
//! program chose to escape, and in which of the many ways.

use std::ops::Range;

use memchr::{memchr, memmem};
use secrecy::{ExposeSecret, SecretString};

/// A text in JSON in JSON in JSON. Every layer is one more pass over the text, and only over one that has escapes left.
const ESCAPES_MAX: usize = 4;
/// The bytes that one escape stands for, at most: a character.
type Bytes = ([u8; 4], usize);

/// A way to write a character in others.
#[derive(Clone, Copy)]
struct Coding {
    /// What begins such a character.
    sign: u8,
    /// How long it is, and what it stands for.
    read: fn(&[u8]) -> Option<(usize, Bytes)>,
}

const ESCAPES: Coding = Coding { sign: b'\\', read: escape };
const PERCENT: Coding = Coding { sign: b'%', read: percent };

/// Where values stand in a text, in order, none within another.
pub(super) fn find(text: &str, values: &[SecretString]) -> Vec<Range<usize>> {
    let mut search = LayerSearch { values, places: Vec::new() };
    if !values.is_empty() {
        search.layer(text.as_bytes(), &[], ESCAPES_MAX);
    }
    merged(search.places)
}

struct LayerSearch<'s> {
    values: &'s [SecretString],
    places: Vec<Range<usize>>,
}

/// A text, and how the next was read from it.
type Outer<'t> = (&'t [u8], Coding);

impl LayerSearch<'_> {
    /// Searches a text that was read from those around it, the outermost first, and what can be read from it.
    fn layer(&mut self, text: &[u8], outer: &[Outer<'_>], escapes: usize) {
        self.text(text, outer);
        let inner = |coding| [outer, &[(text, coding)]].concat();
        if let Some(decoded) = decoded(text, PERCENT) {
            self.text(&decoded, &inner(PERCENT));
        }
        if escapes > 0
            && let Some(decoded) = decoded(text, ESCAPES)
        {
            self.layer(&decoded, &inner(ESCAPES), escapes - 1);
        }
    }

    fn text(&mut self, text: &[u8], outer: &[Outer<'_>]) {
        let finds = |value: &SecretString| {
            let value = value.expose_secret().as_bytes();
            memmem::find_iter(text, value).map(|at| at..at + value.len()).collect::<Vec<_>>()
        };
        let found = merged(self.values.iter().flat_map(finds).collect());
        if !found.is_empty() {
            self.places.extend(
                outer.iter().rev().fold(found, |places, (text, coding)| written(text, *coding, &places)),
            );
        }
    }
}

/// A part of a text: characters that stand for themselves, or one that is written in others.
struct CodedPiece {
    written: Range<usize>,
    /// What the escape stands for, if it is one.
    meant: Option<Bytes>,
}

impl CodedPiece {
    fn bytes<'p>(&'p self, text: &'p [u8]) -> &'p [u8] {
        match &self.meant {
            Some((bytes, count)) => &bytes[..*count],
            None => &text[self.written.clone()],
        }
    }
}

fn pieces(text: &[u8], coding: Coding) -> impl Iterator<Item = CodedPiece> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let rest = text.get(at..).filter(|rest| !rest.is_empty())?;
        let piece = match (coding.read)(rest).filter(|_| rest[0] == coding.sign) {
            Some((length, meant)) => CodedPiece { written: at..at + length, meant: Some(meant) },
            None => {
                let length = memchr(coding.sign, &rest[1..]).map_or(rest.len(), |next| next + 1);
                CodedPiece { written: at..at + length, meant: None }
            }
        };
        at = piece.written.end;
        Some(piece)
    })
}

/// The text that is meant, where that is another.
fn decoded(text: &[u8], coding: Coding) -> Option<Vec<u8>> {
    memchr(coding.sign, text)?;
    let mut decoded = Vec::with_capacity(text.len());
    pieces(text, coding).for_each(|piece| decoded.extend_from_slice(piece.bytes(text)));
    (decoded != text).then_some(decoded)
}

/// Where places of the decoded text are written, with whole characters at both ends. The places are in order.
fn written(text: &[u8], coding: Coding, places: &[Range<usize>]) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = places.iter().map(|_| text.len()..text.len()).collect();
    let (mut starts, mut ends, mut before) = (0, 0, 0);
    for piece in pieces(text, coding) {
        let after = before + piece.bytes(text).len();
        while let Some(place) = places.get(starts).filter(|place| place.start < after) {
            let into = if piece.meant.is_some() { 0 } else { place.start - before };
            found[starts].start = piece.written.start + into;
            starts += 1;
        }
        while let Some(place) = places.get(ends).filter(|place| place.end <= after) {
            let left = if piece.meant.is_some() { 0 } else { after - place.end };
            found[ends].end = piece.written.end - left;
            ends += 1;
        }
        before = after;
    }
    found
}

fn merged(mut places: Vec<Range<usize>>) -> Vec<Range<usize>> {
    places.sort_by_key(|place| place.start);
    let mut merged: Vec<Range<usize>> = Vec::with_capacity(places.len());
    for place in places {
        match merged.last_mut() {
            Some(last) if place.start < last.end => last.end = last.end.max(place.end),
            _ => merged.push(place),
        }
    }
    merged
}

/// The escapes of JSON, and those of the languages that print a text as a literal.
fn escape(text: &[u8]) -> Option<(usize, Bytes)> {
    let is = |char| Some((2, utf8(char)));
    match text.get(1)? {
        b'n' => is('\n'),
        b'r' => is('\r'),
        b't' => is('\t'),
        b'b' => is('\u{8}'),
        b'f' => is('\u{c}'),
        b'x' => code(text, 2..4),
        b'U' => code(text, 2..10),
        b'u' if text.get(2) == Some(&b'{') => {
            let end = 3 + memchr(b'}', text.get(3..10.min(text.len()))?)?;
            code(text, 3..end).map(|(length, bytes)| (length + 1, bytes))
        }
        b'u' => pair(text).or_else(|| code(text, 2..6)),
        byte if byte.is_ascii_punctuation() => is(char::from(*byte)),
        _ => None,
    }
}

/// Two escapes that are the halves of one character.
fn pair(text: &[u8]) -> Option<(usize, Bytes)> {
    let (high, low) = (number(text, 2..6)?, number(text, 8..12)?);
    let is_pair =
        text.get(6..8)? == b"\\u" && (0xd800..0xdc00).contains(&high) && (0xdc00..0xe000).contains(&low);
    let char = char::from_u32(0x10000 + ((high.checked_sub(0xd800)?) << 10) + low.checked_sub(0xdc00)?)?;
    is_pair.then(|| (12, utf8(char)))
}

fn code(text: &[u8], digits: Range<usize>) -> Option<(usize, Bytes)> {
    let end = digits.end;
    let char = char::from_u32(number(text, digits)?)?;
    Some((end, utf8(char)))
}

fn percent(text: &[u8]) -> Option<(usize, Bytes)> {
    let byte = u8::try_from(number(text, 1..3)?).ok()?;
    Some((3, ([byte, 0, 0, 0], 1)))
}

fn number(text: &[u8], digits: Range<usize>) -> Option<u32> {
    let digits = text.get(digits).filter(|digits| digits.iter().all(u8::is_ascii_hexdigit))?;
    u32::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

fn utf8(char: char) -> Bytes {
    let mut bytes = [0; 4];
    let length = char.encode_utf8(&mut bytes).len();
    (bytes, length)
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        /// Whatever a text holds, places lie in it, in order and between characters, and an escaped value is found among it.
        #[test]
        fn places_lie_in_the_text(text in r#"[abé\\u%{}x0-9C3A"]{0,40}"#) {
            let values = ["abé", "é", "\\u", "a\"b"].map(SecretString::from);
            let places = find(&text, &values);
            proptest::prop_assert!(places.windows(2).all(|pair| pair[0].end <= pair[1].start));
            proptest::prop_assert!(places.iter().all(|place| text.get(place.clone()).is_some()));
            let around = format!("{text} {}", r#"{"x": "a\"b"}"#);
            proptest::prop_assert!(find(&around, &values).iter().any(|place| place.start > text.len()));
        }
    }
}
