//! Base64 and hexadecimal digits that may stand for a text.

use std::ops::Range;

/// Characters of the shortest run that is looked at: they stand for seven bytes, as `a@x.com` has.
const RUN_MIN: usize = 10;

/// Characters of the shortest hexadecimal one, for six bytes.
const HEX_MIN: usize = 12;

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

/// Runs that stand for a text in which something is sought and found, each with that.
pub(crate) fn coded<T>(text: &str, mut seek: impl FnMut(&str) -> Option<T>) -> Vec<(Range<usize>, T)> {
    let bytes = text.as_bytes();
    let found = |run: Range<usize>| {
        let found =
            in_hex(&bytes[run.clone()], &mut seek).or_else(|| in_base64(&bytes[run.clone()], &mut seek))?;
        let padding = bytes[run.end..].iter().take(2).take_while(|byte| **byte == b'=').count();
        Some((run.start..run.end + padding, found))
    };
    runs(bytes).filter_map(found).collect()
}

/// All runs of characters of Base64, among which hexadecimal digits are.
fn runs(bytes: &[u8]) -> impl Iterator<Item = Range<usize>> {
    let is_one = |byte: &u8| SEXTETS[usize::from(*byte)] != NONE;
    let mut at = 0;
    std::iter::from_fn(move || {
        // A run that is long enough has one of its characters so far on.
        while let Some(probed) = bytes.get(at + RUN_MIN - 1) {
            if !is_one(probed) {
                at += RUN_MIN;
                continue;
            }
            let before = bytes[at..at + RUN_MIN - 1].iter().rev().take_while(|byte| is_one(byte)).count();
            let start = at + RUN_MIN - 1 - before;
            let end = at + RUN_MIN + bytes[at + RUN_MIN..].iter().take_while(|byte| is_one(byte)).count();
            at = end;
            if end - start >= RUN_MIN {
                return Some(start..end);
            }
        }
        None
    })
}

fn in_base64<T>(run: &[u8], seek: &mut impl FnMut(&str) -> Option<T>) -> Option<T> {
    // What stands before a run may look like a part of it: `path/`.
    (0..4).find_map(|skipped| {
        let sextets = run[skipped..].iter().map(|byte| SEXTETS[usize::from(*byte)]);
        let bytes = packed(sextets, 6, run.len() * 3 / 4);
        in_bytes(&bytes, seek)
    })
}

fn in_hex<T>(run: &[u8], seek: &mut impl FnMut(&str) -> Option<T>) -> Option<T> {
    let stretches = run.chunk_by(|one, other| one.is_ascii_hexdigit() == other.is_ascii_hexdigit());
    let long = stretches.filter(|stretch| stretch.len() >= HEX_MIN && stretch[0].is_ascii_hexdigit());
    long.flat_map(|stretch| [stretch, &stretch[1..]]).find_map(|digits| {
        let nibbles =
            digits.iter().filter_map(|digit| char::from(*digit).to_digit(16)).map(|digit| digit as u8);
        in_bytes(&packed(nibbles, 4, digits.len() / 2), seek)
    })
}

/// The bytes that such small numbers are parts of.
fn packed(parts: impl Iterator<Item = u8>, bits: u32, capacity: usize) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(capacity);
    let (mut kept, mut count) = (0_u32, 0);
    for part in parts {
        kept = kept << bits | u32::from(part);
        count += bits;
        if count >= 8 {
            count -= 8;
            bytes.push((kept >> count) as u8);
        }
    }
    bytes
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
