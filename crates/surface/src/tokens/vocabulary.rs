//! The o200k vocabulary, read from a table inside the program's own file: no load, no heap.

use super::hash::{EMPTY, GROUP, RANK_BITS, SLOT_BITS, place};

static TABLE: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/o200k.bin"));

/// No token of o200k is longer.
pub(super) const TOKEN_BYTES_MAX: usize = 128;

const SLOTS: usize = 4;
const GROUPS: usize = SLOTS + (4 << SLOT_BITS);

/// The rank of a token: lower ones were learned, and are merged, first.
pub(super) fn rank(bytes: &[u8]) -> Option<u32> {
    if bytes.len() > TOKEN_BYTES_MAX {
        return None;
    }
    let (mut at, tag) = place(bytes);
    loop {
        let slot = number(SLOTS + 4 * at);
        if slot == EMPTY {
            return None;
        }
        let rank = slot & ((1 << RANK_BITS) - 1);
        if slot & !((1 << RANK_BITS) - 1) == tag && token(rank) == bytes {
            return Some(rank);
        }
        at = (at + 1) & ((1 << SLOT_BITS) - 1);
    }
}

fn token(rank: u32) -> &'static [u8] {
    // The end has a place too.
    let count = number(0) as usize + 1;
    let places = GROUPS + 4 * count.div_ceil(GROUP);
    let begin = |rank: usize| {
        let place = places + 2 * rank;
        let in_group = u16::from_le_bytes([TABLE[place], TABLE[place + 1]]);
        places + 2 * count + number(GROUPS + 4 * (rank / GROUP)) as usize + usize::from(in_group)
    };
    let rank = rank as usize;
    &TABLE[begin(rank)..begin(rank + 1)]
}

fn number(at: usize) -> u32 {
    u32::from_le_bytes([TABLE[at], TABLE[at + 1], TABLE[at + 2], TABLE[at + 3]])
}

/// Reads the table once, page by page, so that the first count does not wait for the disk.
pub(super) fn touch() -> u8 {
    const PAGE: usize = 4096;
    TABLE.iter().step_by(PAGE).fold(0, |all, byte| all ^ byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_token_is_found_under_its_rank() {
        let count = number(0);
        assert_eq!(count, 199_998);
        for expect in 0..count {
            assert!(token(expect).len() <= TOKEN_BYTES_MAX);
            assert_eq!(rank(token(expect)), Some(expect));
        }
    }

    #[test]
    fn what_is_no_token_has_no_rank() {
        for bytes in [b"".as_slice(), b"qzxqzx", &[b'a'; 129]] {
            assert_eq!(rank(bytes), None);
        }
    }
}
