//! Addresses of machines.

use std::{net::Ipv6Addr, ops::Range};

use crate::bytes::{before, is_word};

/// Bytes of the longest address of IPv6, with one of IPv4 at its end.
const V6_BYTES_MAX: usize = 45;

/// Digits that an address of IPv6 has at least: shorter ones are more often a path of a program (`a::b`) than of a machine.
const V6_DIGITS_MIN: usize = 3;

/// An address of IPv4 that begins here.
pub(crate) fn v4(text: &[u8], at: usize) -> Option<Range<usize>> {
    if before(text, at).is_some_and(|byte| is_word(byte) || matches!(byte, b'.' | b'-')) {
        return None;
    }
    let mut end = at;
    for part in 0..4 {
        if part > 0 {
            (text.get(end) == Some(&b'.')).then_some(())?;
            end += 1;
        }
        let digits = text[end..].iter().take(4).take_while(|byte| byte.is_ascii_digit()).count();
        let value = text[end..end + digits].iter().fold(0_u32, |sum, byte| sum * 10 + u32::from(byte - b'0'));
        let is_part = (1..=3).contains(&digits) && value < 256 && (digits == 1 || text[end] != b'0');
        is_part.then_some(())?;
        end += digits;
    }
    let goes_on = match text.get(end) {
        Some(b'.' | b'-') => text.get(end + 1).is_some_and(|byte| is_word(*byte)),
        Some(byte) => is_word(*byte),
        None => false,
    };
    (!goes_on).then_some(at..end)
}

/// An address of IPv6 whose first colon this is.
pub(crate) fn v6(text: &[u8], colon: usize) -> Option<Range<usize>> {
    let begins = text[colon.saturating_sub(5)..colon].iter().rev();
    let start = colon - begins.take_while(|byte| byte.is_ascii_hexdigit()).count();
    let follows = text.get(colon + 1)?;
    let is_possible = *follows == b':' || (follows.is_ascii_hexdigit() && start < colon);
    if !is_possible
        || colon - start > 4
        || before(text, start).is_some_and(|byte| is_word(byte) || byte == b':')
    {
        return None;
    }
    let rest = &text[start..text.len().min(start + V6_BYTES_MAX)];
    let is_part = |byte: &&u8| byte.is_ascii_hexdigit() || matches!(byte, b':' | b'.');
    let mut length = rest.iter().take_while(is_part).count();
    // A sentence ends with a point, and a line of a configuration with a colon.
    while length > 0 && matches!(rest[length - 1], b'.' | b':') && !rest[..length].ends_with(b"::") {
        length -= 1;
    }
    let address = std::str::from_utf8(&rest[..length]).ok()?;
    let digits = address.bytes().filter(u8::is_ascii_hexdigit).count();
    let goes_on = text.get(start + length).is_some_and(|byte| is_word(*byte));
    let is_one = digits >= V6_DIGITS_MIN && !goes_on && address.parse::<Ipv6Addr>().is_ok();
    is_one.then_some(start..start + length)
}
