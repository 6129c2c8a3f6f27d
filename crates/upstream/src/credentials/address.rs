//! What may be a credential in the query and the fragment of an address: values that no name says are secret, but that
//! are no plain words either, and those of names that carry keys in addresses only.

use std::ops::Range;

use super::{Place, Sign, is_credential_name, is_reference, plain};

/// Names of parameters that carry a key. Elsewhere they are ordinary words.
const NAMES: [&str; 8] = ["code", "t", "k", "s", "sid", "session", "ticket", "state"];

/// The places in the addresses of a text.
pub(super) fn places(text: &str) -> Vec<Place> {
    let addresses = text.match_indices("://").map(|(at, _)| at..at + length(&text[at..]));
    let parts = addresses.flat_map(|address| {
        let fragment = text[address.clone()].find('#').map_or(address.end, |at| address.start + at);
        let query = text[address.start..fragment].find('?').map_or(fragment, |at| address.start + at);
        parameters(text, query..fragment).chain(parameters(text, fragment..address.end))
    });
    parts.map(|range| Place { range, sign: Sign::Likely }).collect()
}

fn length(address: &str) -> usize {
    let is_end = |c: char| c.is_whitespace() || "\"'`<>()|\\".contains(c);
    address.find(is_end).unwrap_or(address.len())
}

/// The values in a query or a fragment, with the sign before it, that may be credentials.
fn parameters(text: &str, part: Range<usize>) -> impl Iterator<Item = Range<usize>> + '_ {
    let mut start = part.start;
    let pieces = text[part].split_inclusive(['?', '#', '&', ';']);
    pieces.filter_map(move |piece| {
        let at = start;
        start += piece.len();
        let piece = piece.trim_end_matches(['?', '#', '&', ';']);
        let (name, value) = piece.split_once('=').unwrap_or(("", piece));
        let from = at + piece.len() - value.len();
        is_secret(name, value).then_some(from..at + piece.len())
    })
}

fn is_secret(name: &str, value: &str) -> bool {
    let is_version = value.trim_start_matches('v').split('.').all(|part| part.parse::<u32>().is_ok());
    let is_named = NAMES.contains(&name) || is_credential_name(name);
    !value.is_empty() && !is_reference(value) && (is_named || (!is_version && !plain::is_plain_part(value)))
}
