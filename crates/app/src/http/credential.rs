//! The credential that a request must carry, where one is configured.

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// The credential a request must carry, as its hash.
pub(super) struct Credential([u8; 32]);

impl Credential {
    pub(super) fn new(token: &SecretString) -> Self {
        Self(hash(token.expose_secret().as_bytes()))
    }

    /// Whether a request carries it, and no other. The comparison takes the same time whatever was given.
    pub(super) fn is_in(&self, headers: &HeaderMap) -> bool {
        let given = headers.get(header::AUTHORIZATION).and_then(bearer).unwrap_or_default();
        let is_right: bool = hash(given).ct_eq(&self.0).into();
        is_right && !is_given_twice(headers, &header::AUTHORIZATION)
    }
}

/// Both sides become equally long, so not even the length can be told.
fn hash(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

fn bearer(value: &HeaderValue) -> Option<&[u8]> {
    let (scheme, rest) = value.as_bytes().split_at_checked(7)?;
    scheme.eq_ignore_ascii_case(b"bearer ").then(|| rest.trim_ascii())
}

/// Whether a header is given more than once: then programs differ about which one counts.
pub(super) fn is_given_twice(headers: &HeaderMap, name: &HeaderName) -> bool {
    headers.get_all(name).iter().nth(1).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_compared_as_wholes() {
        let credential = Credential::new(&SecretString::from("s3cret"));
        let check = |header: &str, expect: bool| {
            let value = HeaderValue::from_str(header).expect("it is a header");
            let headers = HeaderMap::from_iter([(header::AUTHORIZATION, value)]);
            assert_eq!(credential.is_in(&headers), expect, "{header}");
        };
        check("Bearer s3cret", true);
        check("bearer  s3cret ", true);
        check("Basic s3cret", false);
        check("Bearer", false);
        check("Bearer ", false);
        for wrong in ["s3creT", "s3cre", "s3crets", "s3cret s3cret"] {
            check(&format!("Bearer {wrong}"), false);
        }
        assert!(!credential.is_in(&HeaderMap::new()));
    }
}
