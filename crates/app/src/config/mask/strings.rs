//! Credentials within one string or comment.

use std::ops::Range;

use upstream::credential_places;

use super::{hidden, rest};

/// The places in a string's value: what says by itself that it is secret, and what does so in JSON that the string holds.
pub(super) fn in_string(value: &str) -> Vec<Range<usize>> {
    let mut places = credential_places(value);
    let json = value.find(['{', '[']).zip(value.rfind(['}', ']'])).filter(|(start, end)| start < end);
    if let Some((start, end)) = json
        // A value without a string in it has no credential that is not found above.
        && value[start..end].contains('"')
    {
        let nested = hidden(&value[start..=end]);
        places.extend(nested.into_iter().map(|place| place.start + start..place.end + start));
    }
    places
}

/// The places in a comment, which may hold what was taken out of the file: every string in it that is no key.
pub(super) fn in_comment(comment: &str) -> Vec<Range<usize>> {
    let mut places = credential_places(comment);
    places.extend(rest::quoted(comment));
    places
}

/// A string as it is written, and what stands where in its value.
pub(super) struct Unescaped {
    /// The place in the text of every byte of the value, and its end.
    at: Vec<usize>,
}

impl Unescaped {
    /// Of a valid string, without its quotes.
    pub(super) fn new(written: &str) -> Self {
        let (mut at, mut from) = (Vec::with_capacity(written.len() + 1), 0);
        while let Some(sign) = written[from..].chars().next() {
            let (bytes, length) =
                if sign == '\\' { escape(&written[from..]) } else { (sign.len_utf8(), sign.len_utf8()) };
            at.extend((0..bytes).map(|byte| if sign == '\\' { from } else { from + byte }));
            from = (from + length).min(written.len());
        }
        at.push(written.len());
        Self { at }
    }

    /// Where a part of the value is written.
    pub(super) fn written(&self, place: &Range<usize>) -> Range<usize> {
        let end = self.at.last().copied().unwrap_or_default();
        let at = |byte: usize| self.at.get(byte).copied().unwrap_or(end);
        at(place.start)..at(place.end)
    }
}

/// How many bytes an escape stands for, and how long it is.
fn escape(text: &str) -> (usize, usize) {
    let unit =
        |from: usize| text.get(from..from + 6)?.strip_prefix("\\u").map(|code| u32::from_str_radix(code, 16));
    match unit(0) {
        Some(Ok(0xd800..0xdc00)) => (4, 12),
        Some(Ok(code)) => (char::from_u32(code).map_or(3, char::len_utf8), 6),
        _ => (1, 2),
    }
}
