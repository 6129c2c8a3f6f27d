//! How many tokens one piece becomes: the two neighbours whose union has the lowest rank are joined, again and
//! again, until no union is a token.

use std::{cmp::Reverse, collections::BinaryHeap};

use super::vocabulary::{TOKEN_BYTES_MAX, rank};

/// Up to this length the lowest rank is looked for by going over all parts: no heap, no allocation to speak of.
const SHORT_BYTES_MAX: usize = 64;

/// Longer pieces are merged in slices of this size, so that memory and time stay small whatever is sent. A piece of
/// this length is a run of letters (or of signs) without a single space, digit or change of case: no language has
/// it. Each cut costs at most a token or two out of hundreds.
const SLICE_BYTES_MAX: usize = 16 * 1024;

/// No union, or none that is a token.
const NONE: u32 = u32::MAX;

pub(super) fn count(piece: &str) -> u64 {
    if piece.len() <= 1 || rank(piece.as_bytes()).is_some() {
        return 1;
    }
    if piece.len() <= SHORT_BYTES_MAX {
        return merge_short(piece.as_bytes()) as u64;
    }
    count_slices(piece)
}

/// A slice like the one before costs only the comparison: the longest runs are repetitions.
fn count_slices(piece: &str) -> u64 {
    let (mut total, mut before, mut before_count) = (0, "", 0);
    let mut rest = piece;
    while !rest.is_empty() {
        let (slice, after) = rest.split_at(rest.floor_char_boundary(SLICE_BYTES_MAX));
        if slice != before {
            (before, before_count) = (slice, merge_long(slice.as_bytes()) as u64);
        }
        total += before_count;
        rest = after;
    }
    total
}

fn merge_short(bytes: &[u8]) -> usize {
    let mut starts: [u8; SHORT_BYTES_MAX + 1] = std::array::from_fn(|at| at as u8);
    let mut unions = [NONE; SHORT_BYTES_MAX];
    let mut parts = bytes.len();
    let union = |starts: &[u8], at: usize, parts: usize| {
        if at + 2 > parts {
            return NONE;
        }
        rank(&bytes[usize::from(starts[at])..usize::from(starts[at + 2])]).unwrap_or(NONE)
    };
    for (at, first) in unions.iter_mut().enumerate().take(parts) {
        *first = union(&starts, at, parts);
    }
    loop {
        let Some((at, &lowest)) = unions[..parts].iter().enumerate().min_by_key(|(_, union)| **union) else {
            return parts;
        };
        if lowest == NONE {
            return parts;
        }
        starts.copy_within(at + 2..=parts, at + 1);
        unions.copy_within(at + 1..parts, at);
        parts -= 1;
        unions[at] = union(&starts, at, parts);
        if at > 0 {
            unions[at - 1] = union(&starts, at - 1, parts);
        }
    }
}

/// A part of a long piece: where the parts beside it begin, and the rank of its union with the next.
#[derive(Clone, Copy)]
struct Part {
    previous: u32,
    next: u32,
    union: u32,
}

fn merge_long(bytes: &[u8]) -> usize {
    let length = bytes.len();
    let mut parts: Vec<Part> = (0..length as u32)
        .map(|at| Part { previous: at.wrapping_sub(1), next: at + 1, union: NONE })
        .collect();
    let mut queue = BinaryHeap::with_capacity(length);
    for at in 0..length {
        offer(bytes, &mut parts, &mut queue, at);
    }
    let mut count = length;
    while let Some(Reverse((union, at))) = queue.pop() {
        let part = parts[at as usize];
        if part.union != union {
            continue; // Its union changed since it was offered.
        }
        parts[part.next as usize].union = NONE;
        let next = parts[part.next as usize].next;
        parts[at as usize].next = next;
        if (next as usize) < length {
            parts[next as usize].previous = at;
        }
        count -= 1;
        offer(bytes, &mut parts, &mut queue, at as usize);
        if part.previous != NONE {
            offer(bytes, &mut parts, &mut queue, part.previous as usize);
        }
    }
    count
}

/// Computes the union of a part with the next one, and puts it into the queue if it is a token.
fn offer(bytes: &[u8], parts: &mut [Part], queue: &mut BinaryHeap<Reverse<(u32, u32)>>, at: usize) {
    let next = parts[at].next as usize;
    let end = if next < bytes.len() { parts[next].next as usize } else { usize::MAX };
    let union = match bytes.get(at..end) {
        Some(bytes) if bytes.len() <= TOKEN_BYTES_MAX => rank(bytes).unwrap_or(NONE),
        _ => NONE,
    };
    parts[at].union = union;
    if union != NONE {
        queue.push(Reverse((union, at as u32)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways_of_merging_agree() {
        for piece in
            ["antidisestablishmentarianism", "zzzzzzzzzzzzzzzzzz", "天气预报查询接口", "=>=>=><==!!??"]
        {
            assert_eq!(merge_short(piece.as_bytes()), merge_long(piece.as_bytes()), "{piece}");
        }
    }

    #[test]
    fn a_token_is_one() {
        assert_eq!(count("hello"), 1);
        assert_eq!(count("a"), 1);
    }
}
