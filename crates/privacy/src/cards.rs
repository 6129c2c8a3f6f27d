//! Payment cards, by the networks' prefixes and lengths and by their check digit.

use std::ops::Range;

use crate::bytes::{before, ends_there, grouped_digits, is_word};

/// The number that begins here.
pub(crate) fn card(text: &[u8], at: usize) -> Option<Range<usize>> {
    if before(text, at).is_some_and(|byte| is_word(byte) || matches!(byte, b'.' | b'-' | b'+')) {
        return None;
    }
    let (end, digits) = grouped_digits(text, at);
    let digits = digits.values();
    (is_of_a_network(digits) && ends_there(text, end) && passes_luhn(digits)).then_some(at..end)
}

/// Whether a network gives out numbers that begin so and are so long.
fn is_of_a_network(digits: &[u8]) -> bool {
    let first =
        |count: usize| digits.iter().take(count).fold(0_u32, |sum, digit| sum * 10 + u32::from(*digit));
    match digits.len() {
        12 => matches!(first(2), 50 | 56..=69),
        13 => first(1) == 4,
        14 => matches!(first(2), 36 | 38 | 39) || matches!(first(3), 300..=305),
        15 => matches!(first(2), 34 | 37) || matches!(first(4), 1800 | 2131),
        16 => {
            matches!(first(1), 4 | 6)
                || matches!(first(2), 35 | 50..=58 | 30 | 36 | 38 | 39)
                || matches!(first(4), 2221..=2720)
        }
        17..=19 => matches!(first(1), 4 | 6) || matches!(first(2), 50 | 56..=58),
        _ => false,
    }
}

/// The check digit of ISO/IEC 7812.
fn passes_luhn(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(at, digit)| match (at % 2, u32::from(*digit)) {
            (0, digit) => digit,
            (_, digit) if digit > 4 => digit * 2 - 9,
            (_, digit) => digit * 2,
        })
        .sum();
    sum.is_multiple_of(10) && digits.iter().any(|digit| *digit != 0)
}
