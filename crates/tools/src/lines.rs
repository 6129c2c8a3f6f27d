//! JSON as one line, whatever the reader takes for the end of a line.

use std::borrow::Cow;

use memchr::memchr2_iter;

/// JSON in which no string holds a line end of Unicode as it is (U+0085, U+2028, U+2029): they are escaped. Many readers,
/// like Python's `str.splitlines`, end a line there, and a message in two pieces is none. White space between the
/// tokens of JSON never holds them, and other line ends JSON does not allow in a string.
pub fn without_line_ends(json: &[u8]) -> Cow<'_, [u8]> {
    let mut out = Vec::new();
    let mut copied = 0;
    for at in memchr2_iter(0xc2, 0xe2, json) {
        let Some((escape, length)) = escape(&json[at..]) else { continue };
        out.extend_from_slice(&json[copied..at]);
        out.extend_from_slice(escape);
        copied = at + length;
    }
    if copied == 0 {
        return Cow::Borrowed(json);
    }
    out.extend_from_slice(&json[copied..]);
    Cow::Owned(out)
}

/// The escape of the line end that these bytes begin with, and the bytes it takes the place of.
fn escape(bytes: &[u8]) -> Option<(&'static [u8], usize)> {
    match bytes {
        [0xc2, 0x85, ..] => Some((br"\u0085", 2)),
        [0xe2, 0x80, 0xa8, ..] => Some((br"\u2028", 3)),
        [0xe2, 0x80, 0xa9, ..] => Some((br"\u2029", 3)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn line_ends_are_escaped_and_nothing_else() {
        let check = |json: &str, expect: &str| {
            let seen = without_line_ends(json.as_bytes());
            assert_eq!(std::str::from_utf8(&seen), Ok(expect));
            let value = |text: &[u8]| serde_json::from_slice::<Value>(text).expect("JSON");
            assert_eq!(value(&seen), value(json.as_bytes()), "{json:?}");
        };
        check("{\"a\u{2028}\": \"\u{85}b\u{2029}\"}", r#"{"a\u2028": "\u0085b\u2029"}"#);
        check("\"\u{2028}\u{2028}\"", r#""\u2028\u2028""#);
        check("\"é “quoted” Â \u{202a} 日本語\"", "\"é “quoted” Â \u{202a} 日本語\"");
        check("[1, 2]", "[1, 2]");
    }
}
