//! The escapes of JSON strings, read and written.

use std::borrow::Cow;

use memchr::memchr;

use crate::layer::Spelling;

/// The escapes of JSON.
pub(crate) const ESCAPES: Spelling = Spelling { next: |text| memchr(b'\\', text), read: escape };

/// Stands in a text for half a surrogate pair, which no text can hold. Nothing that holds it is taken out of a text.
pub(crate) const UNREADABLE: char = '\0';

/// The character that an escape at the beginning of a text stands for, and how long the escape is.
pub(crate) fn escape(text: &[u8]) -> Option<(char, usize)> {
    let character = match text.get(1)? {
        byte @ (b'"' | b'\\' | b'/') => char::from(*byte),
        b'n' => '\n',
        b'r' => '\r',
        b't' => '\t',
        b'b' => '\u{8}',
        b'f' => '\u{c}',
        b'u' => return unicode(text),
        _ => return None,
    };
    Some((character, 2))
}

fn unicode(text: &[u8]) -> Option<(char, usize)> {
    let first = unit(text)?;
    if let Some(character) = char::from_u32(first) {
        return Some((character, 6));
    }
    let second = if text.get(6) == Some(&b'\\') { unit(&text[6..]) } else { None };
    match second {
        Some(second) if first < 0xdc00 && (0xdc00..0xe000).contains(&second) => {
            let code = 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
            Some((char::from_u32(code)?, 12))
        }
        _ => Some((UNREADABLE, 6)),
    }
}

/// `\u0040`
fn unit(text: &[u8]) -> Option<u32> {
    (text.get(1) == Some(&b'u')).then_some(())?;
    text.get(2..6)?.iter().try_fold(0, |sum, digit| Some(sum * 16 + char::from(*digit).to_digit(16)?))
}

/// The text as it stands in a string, in a string in a string, and so on.
pub(crate) fn escaped(text: &str, depth: u8) -> Cow<'_, str> {
    if depth == 0 || !needs_escapes(text) {
        return Cow::Borrowed(text);
    }
    (1..depth).fold(Cow::Owned(once(text)), |text, _| Cow::Owned(once(&text)))
}

/// Whether a text stands otherwise in a string.
pub(crate) fn needs_escapes(text: &str) -> bool {
    text.bytes().any(|byte| byte < 0x20 || matches!(byte, b'"' | b'\\'))
}

fn once(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        match character {
            '"' | '\\' => escaped.extend(['\\', character]),
            '\n' => escaped.push_str("\\n"),
            '\r' => escaped.push_str("\\r"),
            '\t' => escaped.push_str("\\t"),
            '\u{8}' => escaped.push_str("\\b"),
            '\u{c}' => escaped.push_str("\\f"),
            '\0'..='\x1f' => escaped.push_str(&format!("\\u{:04x}", u32::from(character))),
            _ => escaped.push(character),
        }
    }
    escaped
}
