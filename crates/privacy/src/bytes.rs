//! Looking at bytes around a place.

/// Whether a byte is part of a word: a letter or digit, `_`, or part of a character beyond ASCII.
pub(crate) fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

/// The byte before a place.
pub(crate) fn before(text: &[u8], at: usize) -> Option<u8> {
    text.get(at.checked_sub(1)?).copied()
}

/// Whether what ends at a place is whole: no word goes on, and no further group of digits follows.
pub(crate) fn ends_there(text: &[u8], at: usize) -> bool {
    match text.get(at) {
        Some(b'-' | b'.') => !text.get(at + 1).is_some_and(u8::is_ascii_digit),
        Some(byte) => !is_word(*byte),
        None => true,
    }
}

/// A few digits, without an allocation: they are looked at wherever a text has a number.
#[derive(Default)]
pub(crate) struct Digits {
    values: [u8; Self::MAX],
    count: usize,
}

impl Digits {
    /// As many as anything has that is recognised, and one more.
    pub(crate) const MAX: usize = 20;

    /// Adds one, by its character. False when there are too many.
    pub(crate) fn add(&mut self, character: u8) -> bool {
        let Some(place) = self.values.get_mut(self.count) else { return false };
        *place = character - b'0';
        self.count += 1;
        true
    }

    /// Their values, from 0 to 9.
    pub(crate) fn values(&self) -> &[u8] {
        &self.values[..self.count]
    }
}

/// Digits from a place on that stand alone or in groups, one space or hyphen between two: where they end, and the digits.
pub(crate) fn grouped_digits(text: &[u8], at: usize) -> (usize, Digits) {
    let mut digits = Digits::default();
    let (mut to, mut end) = (at, at);
    while let Some(byte) = text.get(to) {
        match byte {
            b'0'..=b'9' if digits.add(*byte) => end = to + 1,
            b' ' | b'-' if end == to && text.get(to + 1).is_some_and(u8::is_ascii_digit) => {}
            _ => break,
        }
        to += 1;
    }
    (end, digits)
}

/// Whether one of these words, in lower case, stands whole in the last `within` bytes before a place.
pub(crate) fn has_word_before(text: &[u8], at: usize, within: usize, words: &[&str]) -> bool {
    let near = &text[at.saturating_sub(within)..at];
    let is_letter = |at: usize| near.get(at).is_some_and(u8::is_ascii_alphabetic);
    let begins = |at: &usize| is_letter(*at) && !at.checked_sub(1).is_some_and(is_letter);
    let stands_at = |at: usize, word: &str| {
        let end = at + word.len();
        near.get(at..end).is_some_and(|found| found.eq_ignore_ascii_case(word.as_bytes())) && !is_letter(end)
    };
    (0..near.len()).filter(begins).any(|at| words.iter().any(|word| stands_at(at, word)))
}
