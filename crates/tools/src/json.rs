//! JSON that is not what it seems.

use std::borrow::Cow;

use memchr::{memchr_iter, memmem};

/// The key under which `serde_json` hands raw values to itself. It decodes what a stranger puts there as JSON of
/// its own, and counts its depth anew: so nested often enough, a short text uses up the stack of its decoder.
const RAW_VALUE: &[u8] = b"$serde_json::private::RawValue";

/// What such JSON holds, in words for its sender: it follows "holds" in a sentence.
pub const DECEPTIVE_KEY: &str = "the reserved key `$serde_json::private::RawValue`";

/// What stands in the place of half a character.
const REPLACEMENT: &[u8] = br"\ufffd";

/// How every escape of one of its characters begins.
const ESCAPE: &[u8] = br"\u00";

/// Whether JSON must not be decoded to a [`serde_json::Value`]: a string in it, of whatever spelling, is a word that
/// the decoder takes for its own. To be asked of every text that comes from outside, also of one found inside a
/// string of another.
pub fn is_deceptive(json: &[u8]) -> bool {
    let may_be = memmem::find(json, RAW_VALUE).is_some() || memmem::find(json, ESCAPE).is_some();
    may_be && memchr_iter(b'"', json).any(|quote| is_raw_value(&json[quote + 1..]))
}

/// Whether this is the key and the quote after it.
fn is_raw_value(mut rest: &[u8]) -> bool {
    for wanted in RAW_VALUE {
        let length = match rest {
            [byte, ..] if byte == wanted => 1,
            [b'\\', b'u', b'0', b'0', high, low, ..] if hex(*high) * 16 + hex(*low) == u32::from(*wanted) => {
                6
            }
            _ => return false,
        };
        rest = &rest[length..];
    }
    rest.first() == Some(&b'"')
}

/// JSON in which a half of a character beyond U+FFFF that stands alone (`"\ud83d"`) is U+FFFD. Programs write such halves where they cut
/// a text, and no other reader of JSON refuses the whole of it for one.
pub fn without_lone_surrogates(json: &[u8]) -> Cow<'_, [u8]> {
    let (mut out, mut copied, mut at) = (Vec::new(), 0, 0);
    while let Some(found) = memchr::memchr(b'\\', &json[at..]) {
        at += found;
        let (length, is_lone) = escape(&json[at..]);
        if is_lone {
            out.extend_from_slice(&json[copied..at]);
            out.extend_from_slice(REPLACEMENT);
            copied = at + length;
        }
        at = (at + length).min(json.len());
    }
    if copied == 0 {
        return Cow::Borrowed(json);
    }
    out.extend_from_slice(&json[copied..]);
    Cow::Owned(out)
}

/// How long the escape at the beginning is, with the other half of its character, and whether it is a half that stands alone.
fn escape(json: &[u8]) -> (usize, bool) {
    match (unit(json), json.get(6..).and_then(unit)) {
        (None, _) => (2, false),
        (Some(0xd800..0xdc00), Some(0xdc00..0xe000)) => (12, false),
        (Some(unit), _) => (6, (0xd800..0xe000).contains(&unit)),
    }
}

/// The number of a `\uXXXX` at the beginning.
fn unit(json: &[u8]) -> Option<u32> {
    let digits = json.strip_prefix(br"\u")?.get(..4)?;
    let number = digits.iter().fold(0, |number, digit| number * 16 + hex(*digit));
    digits.iter().all(u8::is_ascii_hexdigit).then_some(number)
}

/// A hexadecimal digit's value; more than any character's for what is none.
fn hex(digit: u8) -> u32 {
    char::from(digit).to_digit(16).unwrap_or(0x1000)
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn the_decoders_own_word_is_found_in_every_spelling() {
        let escaped: String = RAW_VALUE.iter().map(|byte| format!("\\u{byte:04X}")).collect();
        let partly = r"\u0024serde_json::private::Raw\u0056alue";
        for word in ["$serde_json::private::RawValue", &escaped, partly] {
            let json = format!(r#"{{"a":["{{}}"],"b":{{"{word}":"[1]"}}}}"#);
            // What makes it dangerous: the string is decoded as JSON.
            let decoded: Value = serde_json::from_str(&json).expect("JSON");
            assert_eq!(decoded["b"].to_string(), "[1]", "{json}");
            assert!(is_deceptive(json.as_bytes()), "{json}");
        }
    }

    #[test]
    fn half_a_character_is_replaced() {
        for (json, expect) in [
            (r#"{"a":"cut \ud83d"}"#, r#"{"a":"cut \ufffd"}"#),
            (
                r#"["\uDE00\ud83d","\ud83d\ud83d\ude00\ude00"]"#,
                r#"["\ufffd\ufffd","\ufffd\ud83d\ude00\ufffd"]"#,
            ),
            (r#"["\ud83d\\ude00","\\ud83d","\u00e9\n"]"#, r#"["\ufffd\\ude00","\\ud83d","\u00e9\n"]"#),
            (r#""\ud83"#, r#""\ud83"#),
            (r#""\"#, r#""\"#),
            (r#""\ud83d"#, r#""\ufffd"#),
        ] {
            assert_eq!(without_lone_surrogates(json.as_bytes()), expect.as_bytes(), "{json}");
        }
        let whole = r#"{"a":"\ud83d\ude00"}"#;
        assert!(matches!(without_lone_surrogates(whole.as_bytes()), Cow::Borrowed(_)));
    }

    #[test]
    fn other_json_is_what_it_seems() {
        for json in [
            r#"{"a":"the key $serde_json::private::RawValue is serde's"}"#,
            r#"{"a":"\"$serde_json::private::RawValue\""}"#,
            r#"{"\u0024serde_json::private::RawValues":1,"\u00e9":"\u0024","x":"\u00"#,
            r#"{"$serde_json::private::Number":"1"}"#,
            "\"",
            "",
        ] {
            assert!(!is_deceptive(json.as_bytes()), "{json}");
        }
    }
}
