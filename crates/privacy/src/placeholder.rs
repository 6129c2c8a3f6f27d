//! Placeholders: how they look.

use std::ops::Range;

use memchr::memchr_iter;

use crate::kind::{NAME_BYTES_MAX, is_name};

/// Digits of the greatest number.
const DIGITS_MAX: usize = 9;

/// What looks like a placeholder.
#[derive(Debug)]
pub(crate) struct Placeholder<'t> {
    pub(crate) range: Range<usize>,
    pub(crate) kind: &'t str,
    pub(crate) number: u32,
}

/// All that look like one, in order.
pub(crate) fn placeholders(text: &str) -> impl Iterator<Item = Placeholder<'_>> {
    memchr_iter(b'[', text.as_bytes()).filter_map(|at| placeholder(text, at))
}

fn placeholder(text: &str, at: usize) -> Option<Placeholder<'_>> {
    let rest = &text.as_bytes()[at + 1..];
    rest.first().filter(|first| first.is_ascii_uppercase())?;
    let length = rest.iter().take(NAME_BYTES_MAX + 1 + DIGITS_MAX + 1).position(|byte| *byte == b']')?;
    let (kind, number) = text.get(at + 1..at + 1 + length)?.rsplit_once('_')?;
    let is_number = number.len() <= DIGITS_MAX
        && !number.starts_with('0')
        && number.bytes().all(|byte| byte.is_ascii_digit());
    let number = number.parse().ok().filter(|_| is_number && is_name(kind))?;
    Some(Placeholder { range: at..at + length + 2, kind, number })
}
