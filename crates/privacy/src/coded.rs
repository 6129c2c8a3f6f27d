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
trait Code {
    /// Characters of the shortest run that is looked at.
    const MIN: usize;
    /// What a character stands for has so many bits.
    const BITS: usize;
    /// Characters that stand for whole bytes together.
    const GROUP: usize;

    /// What a character stands for, or something greater.
    fn value(byte: u8) -> u8;

    /// Whether a group may stand for letters, digits and the like of ASCII. Most that stand for something else do not.
    fn may_be_ascii(group: &[u8]) -> bool;

    fn has(byte: u8) -> bool {
        Self::value(byte) < 1 << Self::BITS
    }
}

struct Base64;

impl Code for Base64 {
    // They stand for seven bytes, as `a@x.com` has.
    const MIN: usize = 10;
    const BITS: usize = 6;
    const GROUP: usize = 4;

    fn value(byte: u8) -> u8 {
        SEXTETS[usize::from(byte)]
    }

    fn may_be_ascii(group: &[u8]) -> bool {
        (8..32).contains(&Self::value(group[0]))
            && (2..8).contains(&(Self::value(group[1]) & 15))
            && Self::value(group[2]) & 3 < 2
    }
}

struct Hex;

impl Code for Hex {
    const MIN: usize = 12;
    const BITS: usize = 4;
    const GROUP: usize = 2;

    fn value(byte: u8) -> u8 {
        match byte {
            b'0'..=b'9' => byte - b'0',
            b'a'..=b'f' => byte - b'a' + 10,
            b'A'..=b'F' => byte - b'A' + 10,
            _ => NONE,
        }
    }

    fn may_be_ascii(group: &[u8]) -> bool {
        matches!(group[0], b'2'..=b'7')
    }
}

/// Runs that stand for a text in which something is sought and found, each with that.
pub(crate) fn coded<T>(text: &str, mut seek: impl FnMut(&str) -> Option<T>) -> Vec<(Range<usize>, T)> {
    let bytes = text.as_bytes();
    let found = |range: Range<usize>| {
        let run = &bytes[range.clone()];
        // Hexadecimal digits are characters of Base64 too.
        let in_hex = runs::<Hex>(run).find_map(|digits| sought::<Hex, T>(&run[digits], &mut seek));
        let found = in_hex.or_else(|| sought::<Base64, T>(run, &mut seek))?;
        let padding = bytes[range.end..].iter().take(2).take_while(|byte| **byte == b'=').count();
        Some((range.start..range.end + padding, found))
    };
    runs::<Base64>(bytes).filter_map(found).collect()
}

/// Runs that are long enough.
fn runs<C: Code>(bytes: &[u8]) -> impl Iterator<Item = Range<usize>> {
    rows(bytes.len(), C::MIN, |at| C::has(bytes[at]))
}

/// Rows of at least so many neighbours among so many things.
fn rows(count: usize, min: usize, is_one: impl Fn(usize) -> bool) -> impl Iterator<Item = Range<usize>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        // Every row has one of its neighbours where the shortest would end.
        while at + min <= count {
            let probed = at + min - 1;
            if !is_one(probed) {
                at += min;
                continue;
            }
            let start = (at..probed).rev().take_while(|at| is_one(*at)).last().unwrap_or(probed);
            let end = (probed + 1..count).find(|at| !is_one(*at)).unwrap_or(count);
            at = end;
            if end - start >= min {
                return Some(start..end);
            }
        }
        None
    })
}

/// Seeks in what a run stands for.
fn sought<C: Code, T>(run: &[u8], seek: &mut impl FnMut(&str) -> Option<T>) -> Option<T> {
    if let Some(found) = whole::<C>(run).and_then(|text| seek(&text)) {
        return Some(found);
    }
    // What stands before a run may look like a part of it: `path/`.
    (0..C::GROUP).map(|skipped| &run[skipped..]).find_map(|run| {
        stretches::<C>(run).find_map(|stretch| in_bytes(&bytes::<C>(&run[stretch]).collect::<Vec<_>>(), seek))
    })
}

/// The text that all of a run stands for, in any script.
fn whole<C: Code>(run: &[u8]) -> Option<String> {
    let mut begin = [0; TEXT_BYTES_MIN];
    begin.iter_mut().zip(bytes::<C>(run)).for_each(|(byte, decoded)| *byte = decoded);
    let is_text = !begin.iter().any(u8::is_ascii_control)
        && std::str::from_utf8(&begin).map_or_else(|error| error.error_len().is_none(), |_| true);
    is_text.then(|| String::from_utf8(bytes::<C>(run).collect()).ok()).flatten()
}

/// Parts that stand for enough characters of ASCII in a row, with a group more on each side.
fn stretches<C: Code>(run: &[u8]) -> impl Iterator<Item = Range<usize>> {
    let min = TEXT_BYTES_MIN * 8 / (C::BITS * C::GROUP);
    let groups = rows(run.len() / C::GROUP, min, |group| C::may_be_ascii(&run[group * C::GROUP..]));
    groups.map(|groups| {
        let (start, end) = (groups.start.saturating_sub(1), groups.end + 1);
        start * C::GROUP..run.len().min(end * C::GROUP)
    })
}

/// The bytes that a run stands for.
fn bytes<C: Code>(run: &[u8]) -> impl Iterator<Item = u8> {
    let (mut kept, mut count) = (0_u32, 0);
    run.iter().filter_map(move |byte| {
        kept = kept << C::BITS | u32::from(C::value(*byte));
        count += C::BITS;
        count.checked_sub(8).map(|rest| {
            count = rest;
            (kept >> rest) as u8
        })
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
