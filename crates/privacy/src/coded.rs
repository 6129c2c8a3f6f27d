//! Base64 and hexadecimal digits that may stand for a text.

use std::ops::Range;

/// The shortest text that is looked for in what bytes stand for. Shorter ones come about by chance.
const TEXT_BYTES_MIN: usize = 6;

/// The same where it is only a part of what is written.
const PART_BYTES_MIN: usize = 8;

/// What each character stands for in Base64, of either alphabet; this for all others.
const NONE: u8 = 0xff;
const SEXTETS: [u8; 256] = sextets();

const fn sextets() -> [u8; 256] {
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut sextets = [NONE; 256];
    let mut at = 0;
    while at < alphabet.len() {
        sextets[alphabet[at] as usize] = at as u8;
        at += 1;
    }
    sextets[b'-' as usize] = 62;
    sextets[b'_' as usize] = 63;
    sextets
}

/// A way to write bytes in characters.
struct Code {
    /// Whether it uses a character.
    has: fn(u8) -> bool,
    /// Characters of the shortest run that is looked at.
    min: usize,
    /// What a character stands for, and in how many bits.
    value: fn(u8) -> u8,
    bits: u32,
    /// Characters that stand for whole bytes together.
    group: usize,
    /// Whether a group may stand for letters, digits and the like of ASCII. Most that stand for something else do not.
    may_be_ascii: fn(&[u8]) -> bool,
}

const BASE64: Code = Code {
    has: |byte| SEXTETS[usize::from(byte)] != NONE,
    // They stand for seven bytes, as `a@x.com` has.
    min: 10,
    value: |byte| SEXTETS[usize::from(byte)],
    bits: 6,
    group: 4,
    may_be_ascii: |group| {
        let sextet = |at: usize| SEXTETS[usize::from(group[at])];
        (8..32).contains(&sextet(0)) && (2..8).contains(&(sextet(1) & 15)) && sextet(2) & 3 < 2
    },
};

const HEX: Code = Code {
    has: |byte| byte.is_ascii_hexdigit(),
    min: 12,
    value: |byte| char::from(byte).to_digit(16).map_or(0, |digit| digit as u8),
    bits: 4,
    group: 2,
    may_be_ascii: |group| matches!(group[0], b'2'..=b'7'),
};

/// Runs that stand for a text in which something is sought and found, each with that.
pub(crate) fn coded<T>(text: &str, mut seek: impl FnMut(&str) -> Option<T>) -> Vec<(Range<usize>, T)> {
    let bytes = text.as_bytes();
    let found = |run: Range<usize>| {
        // Hexadecimal digits are characters of Base64 too.
        let found =
            HEX.runs(&bytes[run.clone()]).find_map(|digits| HEX.seek(&bytes[run.clone()][digits], &mut seek));
        let found = found.or_else(|| BASE64.seek(&bytes[run.clone()], &mut seek))?;
        let padding = bytes[run.end..].iter().take(2).take_while(|byte| **byte == b'=').count();
        Some((run.start..run.end + padding, found))
    };
    BASE64.runs(bytes).filter_map(found).collect()
}

impl Code {
    fn runs(&self, bytes: &[u8]) -> impl Iterator<Item = Range<usize>> {
        runs(bytes, self.min, self.has)
    }

    /// Seeks in what a run stands for.
    fn seek<T>(&self, run: &[u8], seek: &mut impl FnMut(&str) -> Option<T>) -> Option<T> {
        if let Some(found) = self.whole(run).and_then(|text| seek(&text)) {
            return Some(found);
        }
        // What stands before a run may look like a part of it: `path/`.
        (0..self.group).map(|skipped| &run[skipped..]).find_map(|run| {
            self.stretches(run).find_map(|stretch| in_bytes(&self.decoded(&run[stretch]), seek))
        })
    }

    /// The text that all of a run stands for, in any script.
    fn whole(&self, run: &[u8]) -> Option<String> {
        let begin = self.decoded(&run[..run.len().min(self.group * 2)]);
        let is_text = !begin.iter().any(u8::is_ascii_control)
            && std::str::from_utf8(&begin).map_or_else(|error| error.error_len().is_none(), |_| true);
        is_text.then(|| String::from_utf8(self.decoded(run)).ok()).flatten()
    }

    /// Parts that stand for enough characters of ASCII in a row, with a group more on each side.
    fn stretches<'r>(&self, run: &'r [u8]) -> impl Iterator<Item = Range<usize>> + use<'r> {
        let (group, may_be_ascii) = (self.group, self.may_be_ascii);
        let min = TEXT_BYTES_MIN * 8 / (self.bits as usize * group);
        let mut at = 0;
        std::iter::from_fn(move || {
            loop {
                let others = run[at..].chunks_exact(group).take_while(|group| !may_be_ascii(group)).count();
                let start = at + others * group;
                let count = run[start..].chunks_exact(group).take_while(|group| may_be_ascii(group)).count();
                at = start + count * group;
                match count {
                    0 => return None,
                    count if count >= min => {
                        return Some(start.saturating_sub(group)..run.len().min(at + group));
                    }
                    _ => {}
                }
            }
        })
    }

    fn decoded(&self, run: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(run.len());
        let (mut kept, mut count) = (0_u32, 0);
        for byte in run {
            kept = kept << self.bits | u32::from((self.value)(*byte));
            count += self.bits;
            if count >= 8 {
                count -= 8;
                bytes.push((kept >> count) as u8);
            }
        }
        bytes
    }
}

/// Runs of so many of these characters at least.
fn runs(bytes: &[u8], min: usize, is_one: fn(u8) -> bool) -> impl Iterator<Item = Range<usize>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        // A run that is long enough has one of its characters so far on.
        while let Some(probed) = bytes.get(at + min - 1) {
            if !is_one(*probed) {
                at += min;
                continue;
            }
            let before = bytes[at..at + min - 1].iter().rev().take_while(|byte| is_one(**byte)).count();
            let start = at + min - 1 - before;
            let end = at + min + bytes[at + min..].iter().take_while(|byte| is_one(**byte)).count();
            at = end;
            if end - start >= min {
                return Some(start..end);
            }
        }
        None
    })
}

/// Seeks in the texts among bytes.
fn in_bytes<T>(bytes: &[u8], seek: &mut impl FnMut(&str) -> Option<T>) -> Option<T> {
    let is_text = |byte: u8| byte >= b' ' && byte != 0x7f || matches!(byte, b'\t' | b'\n' | b'\r');
    let stretches = bytes.chunk_by(|one, other| is_text(*one) == is_text(*other));
    let min = |stretch: &[u8]| if stretch.len() == bytes.len() { TEXT_BYTES_MIN } else { PART_BYTES_MIN };
    let long = stretches.filter(|stretch| stretch.len() >= min(stretch) && is_text(stretch[0]));
    long.flat_map(|stretch| stretch.utf8_chunks())
        .filter(|chunk| chunk.valid().len() >= TEXT_BYTES_MIN)
        .find_map(|chunk| seek(chunk.valid()))
}
