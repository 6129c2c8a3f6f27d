//! Values that are clearly no credentials, whatever their names: what a person may be shown of variables.

use super::{in_words, is_credential_reference, places};

/// More letters in one piece are no word of a setting.
const WORD_CHARS_MAX: usize = 16;
/// More digits in one piece are an account, a card or a key.
const DIGITS_MAX: usize = 8;
/// More parts are a sentence or a passphrase.
const PARTS_MAX: usize = 4;

/// Whether a value is nothing but paths, options, numbers and short plain words (`--require ./x.js`, `8080`,
/// `eu-central-1`), or names another variable.
pub fn is_plain_value(value: &str) -> bool {
    let parts: Vec<_> = value.split_whitespace().map(str::to_owned).collect();
    let is_plain =
        |parts: &[String]| parts.len() <= PARTS_MAX && parts.iter().all(|part| is_plain_part(part));
    let holds_none = |parts| places(value).is_empty() && in_words(parts).iter().all(Vec::is_empty);
    is_credential_reference(value) || (is_plain(&parts) && holds_none(&parts))
}

/// The same of one word, whatever is before it and within it.
pub(super) fn is_plain_part(part: &str) -> bool {
    let is_path = ["/", "./", "../", "~/"].iter().any(|start| part.starts_with(start));
    let is_known = |c: char| c.is_ascii_alphanumeric() || "-_./,:=@".contains(c);
    let mut pieces = part.trim_start_matches('~').split(|c: char| !c.is_ascii_alphanumeric());
    part.trim_start_matches('~').chars().all(is_known) && pieces.all(|piece| is_plain_piece(piece, is_path))
}

/// A word, or a number; of a path also a word with a version, as in `python3`.
fn is_plain_piece(piece: &str, is_path: bool) -> bool {
    let digits = piece.bytes().filter(u8::is_ascii_digit).count();
    let word = if is_path { piece.trim_end_matches(|c: char| c.is_ascii_digit()) } else { piece };
    match digits == piece.len() {
        true => digits <= DIGITS_MAX,
        false => digits <= 3 && is_word(word),
    }
}

fn is_word(piece: &str) -> bool {
    let rest = piece.get(1..).unwrap_or_default();
    piece.len() <= WORD_CHARS_MAX
        && piece.bytes().all(|byte| byte.is_ascii_alphabetic())
        && (rest.bytes().all(|byte| byte.is_ascii_lowercase())
            || piece.bytes().all(|byte| byte.is_ascii_uppercase()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_clearly_no_credential_is_plain() {
        for plain in [
            "",
            "true",
            "8080",
            "-1",
            "1.5",
            "production",
            "eu-central-1",
            "en_US.UTF-8",
            "/usr/lib/python3/site",
            "~/notes",
            "../x",
            "--require ./evil.js",
            "info,debug",
            "127.0.0.1:80",
            "${TOKEN}",
            "/bin:/usr/bin",
        ] {
            assert!(is_plain_value(plain), "{plain}");
        }
        for other in [
            "hunter2",
            "hunter2secret",
            "4111111111111111",
            "ghp_abcdefgh12345678",
            "correct horse battery staple now",
            "aB3/xY9+zz==",
            "Tr0ub4dor",
            "https://u:p@e.com",
            "TOKEN=abc",
            "--api-key abc",
            "pässword",
            "${TOKEN:-hunter2}",
            "qWeRtYuIoP",
        ] {
            assert!(!is_plain_value(other), "{other}");
        }
    }
}
