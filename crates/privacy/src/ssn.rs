//! Social security numbers of the United States.

use std::ops::Range;

use crate::bytes::{before, ends_there, has_word_before, is_word};

/// How far before a number that is not written in its form a word says what it is, in bytes.
const WORDS_WITHIN: usize = 28;

const WORDS: [&str; 5] = ["ssn", "social security", "social_security", "socialsecurity", "itin"];

/// The number that begins here: `123-45-6789`, or otherwise written behind a word that says what it is.
pub(crate) fn ssn(text: &[u8], at: usize) -> Option<Range<usize>> {
    if before(text, at).is_some_and(|byte| is_word(byte) || matches!(byte, b'.' | b'-' | b'+' | b'/')) {
        return None;
    }
    let hyphens = form(text, at, Some(b'-'));
    let found = hyphens.or_else(|| {
        let end = form(text, at, Some(b' ')).or_else(|| form(text, at, None))?;
        has_word_before(text, at, WORDS_WITHIN, &WORDS).then_some(end)
    });
    let end = found.filter(|end| ends_there(text, *end))?;
    is_given_out(&text[at..at + 3]).then_some(at..end)
}

/// Where three, two and four digits end, with this between them.
fn form(text: &[u8], at: usize, between: Option<u8>) -> Option<usize> {
    let mut end = at;
    for (part, digits) in [3, 2, 4].into_iter().enumerate() {
        if let Some(between) = between.filter(|_| part > 0) {
            (text.get(end) == Some(&between)).then_some(())?;
            end += 1;
        }
        text.get(end..end + digits)?.iter().all(u8::is_ascii_digit).then_some(())?;
        end += digits;
    }
    Some(end)
}

/// Numbers that begin with 000, 666 or 9 were never given out.
fn is_given_out(area: &[u8]) -> bool {
    !matches!(area, b"000" | b"666" | [b'9', ..])
}
