//! Base64 as programs write it into JSON: of either alphabet, filled up at its end or not, in one line or in many.

use std::borrow::Cow;

use base64::{
    Engine, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};

/// What is left over in the last letter is not looked at: some encoders leave something there.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::RequireNone)
        .with_decode_allow_trailing_bits(true),
);

/// The shortest line that encoders break at. A list of short words, one below the other, is no data.
const LINE_MIN: usize = 60;

/// The letters of the standard alphabet alone, of what stands between the quotes of a JSON string; `None` where that is no
/// Base64.
pub(super) fn letters(body: &str) -> Option<Cow<'_, str>> {
    let body = body.strip_suffix("\\n").unwrap_or(body);
    let plain = if body.contains('\\') { Cow::Owned(unbroken(body)?) } else { Cow::Borrowed(body) };
    let filled = plain.trim_end_matches('=').len();
    let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || b"+/-_".contains(&byte);
    if filled == 0 || plain.len() - filled > 2 || !plain.as_bytes()[..filled].iter().copied().all(is_letter) {
        return None;
    }
    Some(match plain {
        Cow::Borrowed(text) if !text.contains(['-', '_']) => Cow::Borrowed(&text[..filled]),
        text => Cow::Owned(text[..filled].replace('-', "+").replace('_', "/")),
    })
}

/// The data that letters stand for; `None` where there is one letter too many.
pub(super) fn decoded(letters: &str) -> Option<Vec<u8>> {
    LENIENT.decode(letters).ok()
}

/// Letters filled up to whole groups of four, as readers ask for it.
pub(super) fn filled(letters: &str) -> String {
    let missing = letters.len().next_multiple_of(4) - letters.len();
    letters.to_owned() + &"=="[..missing.min(2)]
}

/// Without its line breaks and with its slashes as they are; `None` where the lines are not those of an encoder.
fn unbroken(body: &str) -> Option<String> {
    let plain = body.replace("\\/", "/").replace("\\r\\n", "\\n");
    let mut lines: Vec<&str> = plain.split("\\n").collect();
    let last = lines.pop()?;
    let width = lines.first().map_or(last.len(), |first| first.len());
    let is_encoders = lines.iter().all(|line| line.len() == width) && last.len() <= width;
    (lines.is_empty() || (is_encoders && width >= LINE_MIN)).then(|| plain.replace("\\n", ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_recognised_as_programs_write_it() {
        let line = "Aa1+".repeat(19);
        for (body, expect) in [
            ("QUJD", Some("QUJD".to_owned())),
            ("QUI=", Some("QUI".to_owned())),
            ("QUI", Some("QUI".to_owned())),
            ("-_-_", Some("+/+/".to_owned())),
            ("a\\/b\\/", Some("a/b/".to_owned())),
            (&*format!("{line}\\n{line}\\nQUI=\\n"), Some(format!("{line}{line}QUI"))),
            (&*format!("{line}\\r\\n{line}"), Some(format!("{line}{line}"))),
            ("src/Main1\\nsrc/Test2\\nlib/Path3", None),
            (&*format!("{line}\\n{line}{line}"), None),
            ("QU=I", None),
            ("QUI===", None),
            ("not data", None),
            ("\\u0041", None),
            ("", None),
        ] {
            assert_eq!(letters(body).as_deref(), expect.as_deref(), "{body}");
        }
    }

    #[test]
    fn what_is_filled_up_stands_for_the_same() {
        for (letters, expect) in [("QUJD", "QUJD"), ("QUI", "QUI="), ("QQ", "QQ==")] {
            assert_eq!(filled(letters), expect);
            assert!(decoded(letters).is_some_and(|bytes| b"ABC".starts_with(&bytes) || bytes == b"A"));
        }
        assert_eq!(decoded("QUJDQ"), None, "one letter stands for nothing");
    }
}
