//! The name of a request, in its answer and in the log: the client's own, or one that is made here.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::{SystemTime, UNIX_EPOCH},
};

use axum::http::{HeaderMap, HeaderName, HeaderValue};

/// The header that carries it both ways.
pub(super) const HEADER: HeaderName = HeaderName::from_static("x-request-id");

/// The longest that is taken from a client: a UUID has 36 characters, and the log is to stay readable.
const BYTES_MAX: usize = 128;

/// Makes names.
pub(super) struct RequestIds {
    /// Tells those of this start of the program from those of others.
    start: u64,
    next: AtomicU64,
}

impl RequestIds {
    pub(super) fn new() -> Self {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self { start: u64::try_from(now.as_millis()).unwrap_or(u64::MAX), next: AtomicU64::new(1) }
    }

    /// The name of a request with these headers.
    pub(super) fn of(&self, headers: &HeaderMap) -> HeaderValue {
        let given = headers.get(HEADER).filter(|given| is_plain(given.as_bytes()));
        given.cloned().unwrap_or_else(|| self.made())
    }

    fn made(&self) -> HeaderValue {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        // Digits and letters are always a value.
        HeaderValue::try_from(format!("{:x}-{number}", self.start)).unwrap_or(HeaderValue::from_static("-"))
    }
}

fn is_plain(given: &[u8]) -> bool {
    (1..=BYTES_MAX).contains(&given.len()) && given.iter().all(u8::is_ascii_graphic)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clients_own_name_is_kept_where_it_is_plain() {
        let ids = RequestIds::new();
        let of = |given: &[u8]| {
            let value = HeaderValue::from_bytes(given).expect("a value");
            ids.of(&HeaderMap::from_iter([(HEADER, value)]))
        };
        assert_eq!(of(b"abc-1"), "abc-1");
        let long = "x".repeat(129);
        for odd in [&b""[..], b"a b", b"\xc3\xa4", long.as_bytes()] {
            assert_ne!(of(odd).as_bytes(), odd);
        }
        assert_ne!(ids.of(&HeaderMap::new()), ids.of(&HeaderMap::new()));
    }
}
