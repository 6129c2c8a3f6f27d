//! The walk over a text: from one byte that may belong to personal data to the next.

use std::ops::Range;

use crate::{
    accounts,
    bytes::{before, is_word},
    cards, internet,
    kind::Kind,
    mail, phones, ssn,
};

/// Personal data in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// Where, in bytes: at boundaries of characters.
    pub range: Range<usize>,
    /// What.
    pub kind: Kind,
}

/// A recogniser of what begins with a digit at this place, or just before it: where it is.
type Recogniser = fn(&[u8], usize) -> Option<Range<usize>>;

/// What digits may be that begin no account, those that prove themselves first.
const OF_DIGITS: [(Kind, Recogniser); 4] = [
    (Kind::Ip, internet::v4),
    (Kind::CreditCard, cards::card),
    (Kind::Ssn, ssn::ssn),
    (Kind::Phone, phones::phone),
];

/// Digits in a row of the shortest that has no others: a phone number.
const ALONE_MIN: usize = 7;

/// The personal data in a text, in order, none over another. Takes time by the length of the text alone.
pub fn find(text: &str) -> Vec<Span> {
    let bytes = text.as_bytes();
    let mut spans: Vec<Span> = Vec::new();
    let (mut at, mut from) = (0, 0);
    while let Some(trigger) = next_trigger(bytes, at) {
        at = trigger + 1;
        let found = match bytes[trigger] {
            b'@' => mail::address(bytes, trigger).map(|range| (Kind::Email, range)),
            b':' => internet::v6(bytes, trigger).map(|range| (Kind::Ip, range)),
            _ => {
                at = end_of_digits(bytes, trigger);
                of_digits(bytes, trigger..at)
            }
        };
        if let Some((kind, range)) = found.filter(|(_, range)| range.start >= from) {
            from = range.end;
            at = range.end;
            spans.push(Span { range, kind });
        }
    }
    spans
}

fn next_trigger(bytes: &[u8], at: usize) -> Option<usize> {
    let is_trigger = |byte: &u8| byte.is_ascii_digit() || matches!(byte, b'@' | b':');
    bytes[at..].iter().position(is_trigger).map(|found| at + found)
}

/// What stands where these digits are.
fn of_digits(bytes: &[u8], digits: Range<usize>) -> Option<(Kind, Range<usize>)> {
    let goes_on = || matches!(bytes.get(digits.end), Some(b' ' | b'-' | b'.' | b'/' | b'(' | b')'));
    match before(bytes, digits.start) {
        // Nothing else begins within a word.
        Some(byte) if is_word(byte) => accounts::iban(bytes, digits.start).map(|range| (Kind::Iban, range)),
        _ if digits.len() < ALONE_MIN && !goes_on() => None,
        _ => {
            OF_DIGITS.iter().find_map(|(kind, of)| of(bytes, digits.start).map(|range| (kind.clone(), range)))
        }
    }
}

fn end_of_digits(bytes: &[u8], at: usize) -> usize {
    bytes[at..].iter().position(|byte| !byte.is_ascii_digit()).map_or(bytes.len(), |length| at + length)
}
