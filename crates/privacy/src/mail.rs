//! Mail addresses, found by their `@`.

use std::ops::Range;

use crate::bytes::is_word;

/// The longest local part, in bytes: RFC 5321.
const LOCAL_BYTES_MAX: usize = 64;

/// The longest domain, in bytes: RFC 1035.
const DOMAIN_BYTES_MAX: usize = 253;

/// Users that programs log in as: `git@github.com:owner/repository` names no person.
const OF_PROGRAMS: [&[u8]; 2] = [b"git", b"hg"];

/// The address around an `@`.
pub(crate) fn address(text: &[u8], at: usize) -> Option<Range<usize>> {
    let start = start_of_local(text, at)?;
    let end = end_of_domain(text, at + 1)?;
    let is_of_a_program = OF_PROGRAMS.contains(&&text[start..at]) && text.get(end) == Some(&b':');
    (!is_of_a_program).then_some(start..end)
}

fn start_of_local(text: &[u8], at: usize) -> Option<usize> {
    let is_local = |byte: u8| is_word(byte) || matches!(byte, b'.' | b'+' | b'-' | b'%') || separates(byte);
    let begins = |byte: u8| is_word(byte);
    let before = text[at.saturating_sub(LOCAL_BYTES_MAX)..at].iter().rev();
    let length = before.take_while(|byte| is_local(**byte)).count();
    // What separates words in a text or address (`mailto=`, `a/b`, a quote) begins no address.
    let local = &text[at - length..at];
    let first = local.iter().rposition(|byte| separates(*byte)).map_or(0, |last| last + 1);
    let skipped = local[first..].iter().position(|byte| begins(*byte))?;
    let start = at - length + first + skipped;
    let is_whole = text[at - 1] != b'.' && start < at;
    is_whole.then(|| boundary(text, start))
}

/// Whether a byte may be of an address and separates words as well.
fn separates(byte: u8) -> bool {
    matches!(
        byte,
        b'\''
            | b'='
            | b'/'
            | b'?'
            | b'&'
            | b'`'
            | b'{'
            | b'|'
            | b'}'
            | b'!'
            | b'#'
            | b'$'
            | b'*'
            | b'^'
            | b'~'
    )
}

/// The beginning of the character that a byte is of.
fn boundary(text: &[u8], at: usize) -> usize {
    (at..text.len()).find(|&at| text[at] & 0b1100_0000 != 0b1000_0000).unwrap_or(at)
}

fn end_of_domain(text: &[u8], from: usize) -> Option<usize> {
    let is_domain = |byte: &u8| is_word(*byte) && *byte != b'_' || matches!(byte, b'.' | b'-');
    let rest = &text[from..text.len().min(from + DOMAIN_BYTES_MAX)];
    let length = rest.iter().take_while(|byte| is_domain(byte)).count();
    let domain = rest[..length].trim_ascii_end();
    let kept = domain.iter().rposition(|byte| is_word(*byte)).map_or(0, |last| last + 1);
    let mut domain = &domain[..kept];
    // A text may go on behind an address without a space: `a@b.de.2`. The last label that can end a domain ends it.
    loop {
        let (host, top) = domain.split_at(domain.iter().rposition(|byte| *byte == b'.')?);
        if is_top(&top[1..]) && host.split(|byte| *byte == b'.').all(is_label) {
            return Some(from + domain.len());
        }
        domain = host;
    }
}

fn is_label(label: &[u8]) -> bool {
    !label.is_empty() && label.first() != Some(&b'-') && label.last() != Some(&b'-')
}

fn is_top(top: &[u8]) -> bool {
    let is_plain = top.len() >= 2 && top.iter().all(|byte| byte.is_ascii_alphabetic() || *byte >= 0x80);
    is_plain || top.starts_with(b"xn--")
}
