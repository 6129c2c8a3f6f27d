//! Values that a script was given, and how they are found again when it writes them in another way.
//!
//! Letters and digits alone are compared, in lower case, over the strings of a text one after the other: so it makes no difference how a
//! value is spaced or punctuated, and over which neighbouring strings it is split. Each is known reversed too.

use std::{
    collections::HashMap,
    hash::{BuildHasher, RandomState},
    ops::Range,
};

use crate::kind::Kind;

/// Letters and digits by which values are looked up. With fewer, values are words and numbers that stand everywhere: these are
/// found only where they are the whole of a string.
const HEAD_BYTES: usize = 8;

/// With fewer letters and digits nothing is known: `US` or `42` stands for many things.
const SHORT_MIN: usize = 4;

/// The longest of these in bytes: each letter may have four.
const SHORT_BYTES_MAX: usize = (HEAD_BYTES - 1) * 4;

/// Letters and digits of a value that are compared. So many in a row are no accident.
const COMPARED_BYTES_MAX: usize = 64;

/// Bits of the filter: some dozens for each of the values of a large sheet, and they fit a processor's cache.
const FILTER_BITS: u32 = 20;

/// Values a script has been given.
#[derive(Debug, Default)]
pub struct Known {
    hasher: RandomState,
    /// Which heads there may be. Most of a text is passed by a look here.
    filter: Vec<u64>,
    /// How long the values are that begin so: a bit for each length.
    lengths: HashMap<u64, u64>,
    /// Values by their hash: they stand nowhere else.
    kinds: HashMap<u64, Kind>,
    /// The same of those that are looked for as the whole of a string.
    short: HashMap<u64, Kind>,
}

impl Known {
    /// Adds one.
    pub fn add(&mut self, kind: &Kind, value: &str) {
        let mut plain = Vec::with_capacity(value.len());
        letters(value, |byte, _| plain.push(byte));
        let text = String::from_utf8_lossy(&plain);
        let count = text.chars().count();
        if count >= HEAD_BYTES {
            self.add_plain(kind, &plain);
            self.add_plain(kind, text.chars().rev().collect::<String>().as_bytes());
        } else if count >= SHORT_MIN {
            self.short.insert(self.hasher.hash_one(&plain[..]), kind.clone());
        }
    }

    fn add_plain(&mut self, kind: &Kind, plain: &[u8]) {
        let compared = &plain[..plain.len().min(COMPARED_BYTES_MAX)];
        let Some(head) = compared.first_chunk::<HEAD_BYTES>().map(|head| u64::from_be_bytes(*head)) else {
            return;
        };
        self.filter.resize(1 << (FILTER_BITS - 6), 0);
        let bit = filter_bit(head);
        self.filter[bit / 64] |= 1 << (bit % 64);
        *self.lengths.entry(head).or_default() |= 1 << (compared.len() - HEAD_BYTES);
        self.kinds.entry(self.hasher.hash_one(compared)).or_insert_with(|| kind.clone());
    }

    /// Whether there are any.
    pub fn is_empty(&self) -> bool {
        self.kinds.is_empty() && self.short.is_empty()
    }

    /// The kind of one that stands in a text.
    pub(crate) fn kind_in(&self, text: &str) -> Option<Kind> {
        let whole = 0..text.len();
        self.find(text, &[whole]).into_iter().next().map(|(_, kind)| kind)
    }

    /// Where they stand in these parts of a text, which are in order.
    pub(crate) fn find(&self, text: &str, parts: &[Range<usize>]) -> Vec<(Range<usize>, Kind)> {
        if self.is_empty() {
            return Vec::new();
        }
        let mut plain = Vec::new();
        let mut found = Vec::new();
        for part in parts {
            let start = plain.len();
            letters(&text[part.clone()], |byte, _| plain.push(byte));
            found.extend(self.short(&plain[start..]).map(|kind| (part.clone(), kind)));
        }
        let matches = self.matches(&plain);
        if !matches.is_empty() {
            found.extend(placed(text, parts, plain.len(), matches));
        }
        found
    }

    fn short(&self, plain: &[u8]) -> Option<Kind> {
        let may_be = !self.short.is_empty() && (SHORT_MIN..=SHORT_BYTES_MAX).contains(&plain.len());
        may_be.then(|| self.short.get(&self.hasher.hash_one(plain)).cloned()).flatten()
    }

    /// Where they stand in letters and digits.
    fn matches(&self, plain: &[u8]) -> Vec<(Range<usize>, Kind)> {
        let mut matches = Vec::new();
        if self.filter.is_empty() {
            return matches;
        }
        for (at, head) in plain.windows(HEAD_BYTES).enumerate() {
            let head = head.iter().fold(0, |head, byte| head << 8 | u64::from(*byte));
            let bit = filter_bit(head);
            if self.filter[bit / 64] & 1 << (bit % 64) != 0 {
                matches
                    .extend(self.longest(head, &plain[at..]).map(|(length, kind)| (at..at + length, kind)));
            }
        }
        matches
    }

    fn longest(&self, head: u64, plain: &[u8]) -> Option<(usize, Kind)> {
        let mut lengths = *self.lengths.get(&head)?;
        while lengths != 0 {
            let highest = lengths.ilog2();
            lengths ^= 1 << highest;
            let length = HEAD_BYTES + highest as usize;
            let known = plain.get(..length).and_then(|plain| self.kinds.get(&self.hasher.hash_one(plain)));
            if let Some(kind) = known {
                return Some((length, kind.clone()));
            }
        }
        None
    }
}

fn filter_bit(head: u64) -> usize {
    // The golden ratio spreads what differs in a few bits over all of them.
    (head.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (64 - FILTER_BITS)) as usize
}

/// The letters and digits of a text in lower case, byte by byte, each with where its character stands.
fn letters(text: &str, mut take: impl FnMut(u8, usize)) {
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let start = at;
        if byte.is_ascii() {
            at += 1;
            if byte.is_ascii_alphanumeric() {
                take(byte.to_ascii_lowercase(), start);
            }
            continue;
        }
        let Some(char) = text[start..].chars().next() else { return };
        at += char.len_utf8();
        for lower in char.to_lowercase().filter(|_| char.is_alphanumeric()) {
            lower.encode_utf8(&mut [0; 4]).bytes().for_each(|byte| take(byte, start));
        }
    }
}

/// Where matches stand in the parts of a text, one place for each part.
fn placed(
    text: &str,
    parts: &[Range<usize>],
    length: usize,
    matches: Vec<(Range<usize>, Kind)>,
) -> Vec<(Range<usize>, Kind)> {
    let mut origins = Vec::with_capacity(length);
    for part in parts {
        letters(&text[part.clone()], |_, at| origins.push(part.start + at));
    }
    let mut placed = Vec::new();
    for (range, kind) in matches {
        let (start, last) = (origins[range.start], origins[range.end - 1]);
        let end = last + text[last..].chars().next().map_or(0, char::len_utf8);
        if cuts_number(text, start) || cuts_number(text, end) {
            continue;
        }
        let first = parts.partition_point(|part| part.end <= start);
        let parts = parts[first..].iter().take_while(|part| part.start < end);
        placed.extend(parts.map(|part| (part.start.max(start)..part.end.min(end), kind.clone())));
    }
    placed
}

/// Whether digits stand on both sides: a part of a longer number is another number.
fn cuts_number(text: &str, at: usize) -> bool {
    let is_digit = |at: usize| text.as_bytes().get(at).is_some_and(u8::is_ascii_digit);
    is_digit(at) && at.checked_sub(1).is_some_and(is_digit)
}
