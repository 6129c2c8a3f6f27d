//! Phone numbers: by an international prefix, the form of North America, or a word beside them that says what they are.

use std::ops::Range;

use crate::bytes::{Digits, before, has_word_before, is_word};

/// Bytes of the longest number without its extension.
const BYTES_MAX: usize = 26;

/// Digits of the shortest number.
const DIGITS_MIN: usize = 6;

/// Groups of the longest number.
const GROUPS_MAX: usize = 8;

/// How far before a number a word says what it is, in bytes.
const WORDS_WITHIN: usize = 36;

/// The same for a number without any grouping, which many other things look like.
const WORDS_NEAR: usize = 16;

const WORDS: [&str; 27] = [
    "phone",
    "phones",
    "telephone",
    "telefon",
    "telefone",
    "tel",
    "mobile",
    "mobil",
    "cell",
    "cellular",
    "handy",
    "fax",
    "call",
    "call back",
    "callback",
    "dial",
    "ring",
    "reach",
    "answering",
    "whatsapp",
    "sms",
    "msisdn",
    "contact number",
    "my number",
    "number",
    "phonenumber",
    "phone_number",
];

const WORDS_BEHIND: [&str; 8] = ["office", "fax", "mobile", "cell", "home", "work", "tel", "phone"];

/// A text that may be a number.
struct Candidate<'t> {
    start: usize,
    end: usize,
    /// How many digits each group has.
    groups: [usize; GROUPS_MAX],
    group_count: usize,
    digits: Digits,
    /// As it is written, without an extension.
    written: &'t [u8],
}

/// The number whose first digit is here.
pub(crate) fn phone(text: &[u8], at: usize) -> Option<Range<usize>> {
    let start = start_of(text, at)?;
    let candidate = Candidate::read(text, start)?;
    if !candidate.is_one(text) {
        return None;
    }
    let end = end_of_extension(text, candidate.end);
    is_whole(text, end).then_some(start..end)
}

/// Where a number with this first digit begins: at the digit, or a `+` or `(` before it.
fn start_of(text: &[u8], at: usize) -> Option<usize> {
    let mut start = at;
    if before(text, start) == Some(b'(') {
        start -= 1;
    }
    let plus = text[..start].strip_suffix(b" ").unwrap_or(&text[..start]);
    if plus.ends_with(b"+") {
        start = plus.len() - 1;
    }
    let is_inside = before(text, start).is_some_and(|byte| is_word(byte) || b".+-/:#@=$".contains(&byte));
    // A word that says `tel:` may stand right before it.
    let is_named = before(text, start).is_some_and(|byte| matches!(byte, b':' | b'='))
        && has_word_before(text, start - 1, WORDS_NEAR, &WORDS);
    (!is_inside || is_named).then_some(start)
}

impl<'t> Candidate<'t> {
    /// Digits from here on, in groups, with up to two characters between two groups.
    fn read(text: &'t [u8], start: usize) -> Option<Self> {
        let (mut groups, mut group_count, mut digits) = ([0; GROUPS_MAX], 0, Digits::default());
        let (mut end, mut open) = (start, 0_i32);
        for (at, byte) in text.iter().enumerate().skip(start).take(BYTES_MAX) {
            match byte {
                b'0'..=b'9' => {
                    if group_count == 0 || end != at {
                        group_count += 1;
                    }
                    *groups.get_mut(group_count - 1)? += 1;
                    digits.add(*byte).then_some(())?;
                    end = at + 1;
                }
                b'+' if at == start => {}
                b'(' if open == 0 => open = 1,
                b')' if open == 1 => open = -1,
                b' ' | b'-' | b'.' | b'/' => {}
                _ => break,
            }
            if at + 1 - end > 2 && group_count > 0 {
                break;
            }
        }
        let written = &text[start..end];
        let is_balanced = written.contains(&b'(') == written.contains(&b')');
        let is_possible = is_balanced && digits.values().len() >= DIGITS_MIN;
        is_possible.then_some(Self { start, end, groups, group_count, digits, written })
    }

    fn is_one(&self, text: &[u8]) -> bool {
        let digits = self.digits.values();
        let count = digits.len();
        if self.written.first() == Some(&b'+') {
            return (8..=15).contains(&count);
        }
        if self.is_of_another_form() {
            return false;
        }
        let is_dialled_abroad = digits.starts_with(&[0, 0]) && count >= 10 && self.group_count > 1;
        match &self.groups[..self.group_count] {
            [3, 3, 4] => true,
            [1, 3, 3, 4] => digits[0] == 1,
            _ if is_dialled_abroad => true,
            [_] => (7..=13).contains(&count) && self.is_named(text, WORDS_NEAR),
            _ => (6..=13).contains(&count) && self.is_named(text, WORDS_WITHIN),
        }
    }

    /// Dates, addresses of machines, social security numbers.
    fn is_of_another_form(&self) -> bool {
        let is_century = |at: usize| matches!(self.digits.values().get(at..at + 2), Some([1, 9] | [2, 0]));
        match &self.groups[..self.group_count] {
            [4, 1..=2, 1..=2] => is_century(0),
            [one @ 1..=2, two @ 1..=2, 4] => is_century(one + two),
            [1..=3, 1..=3, 1..=3, 1..=3] => self.written.iter().filter(|byte| **byte == b'.').count() == 3,
            [3, 2, 4] => true,
            _ => false,
        }
    }

    fn is_named(&self, text: &[u8], within: usize) -> bool {
        has_word_before(text, self.start, within, &WORDS) || is_named_behind(text, self.end)
    }
}

/// `042 078 6381 office`, `24 428557-Office`
fn is_named_behind(text: &[u8], end: usize) -> bool {
    let rest = &text[end..text.len().min(end + 12)];
    let skipped = rest.iter().take(3).take_while(|byte| b" \t\n-,(".contains(byte)).count();
    let word = rest[skipped..].split(|byte| !byte.is_ascii_alphabetic()).next().unwrap_or_default();
    WORDS_BEHIND.iter().any(|known| known.as_bytes().eq_ignore_ascii_case(word))
}

/// Where an extension ends, if there is one: `x123`, ` ext. 12`.
fn end_of_extension(text: &[u8], end: usize) -> usize {
    let rest = &text[end..text.len().min(end + 12)];
    let rest_trimmed = rest.strip_prefix(b" ").unwrap_or(rest);
    let marks: [&[u8]; 4] = [b"ext. ", b"ext.", b"ext ", b"x"];
    let Some(number) = marks.iter().find_map(|mark| rest_trimmed.strip_prefix(*mark)) else { return end };
    let digits = number.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let length = rest.len() - number.len() + digits;
    if (1..=6).contains(&digits) { end + length } else { end }
}

fn is_whole(text: &[u8], end: usize) -> bool {
    match text.get(end) {
        Some(b'@') => false,
        Some(b'.' | b'-' | b'/' | b':') => !text.get(end + 1).is_some_and(u8::is_ascii_digit),
        Some(byte) => !is_word(*byte),
        None => true,
    }
}
