//! The key of a request that may be sent twice, in its header.

use axum::http::HeaderMap;

/// The header, as the draft of the IETF names it.
const HEADER: &str = "idempotency-key";

/// Whose keys those over HTTP are.
pub(crate) const SCOPE: &str = "http";

/// The key of the header: the text of the draft in its quotes, or without them as most clients write it.
pub(crate) fn idempotency_key(headers: &HeaderMap) -> Result<Option<&str>, String> {
    let mut all = headers.get_all(HEADER).iter();
    let Some(value) = all.next() else { return Ok(None) };
    let text = value.to_str().ok().filter(|_| all.next().is_none());
    let text = text.ok_or("`Idempotency-Key` must be given once, in plain ASCII")?.trim();
    Ok(Some(text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text)))
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn a_key_is_read_with_and_without_quotes() {
        let wrong = Err("`Idempotency-Key` must be given once, in plain ASCII".to_owned());
        for (values, expect) in [
            (&[] as &[&'static [u8]], Ok(None)),
            (&[b"abc"], Ok(Some("abc"))),
            (&[b" \"a b\" "], Ok(Some("a b"))),
            (&[b"\"a"], Ok(Some("\"a"))),
            (&[b"\"\""], Ok(Some(""))),
            (&[b"a", b"a"], wrong.clone()),
            (&[b"\xc3\xa4"], wrong),
        ] {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(HEADER, HeaderValue::from_bytes(value).expect("a value"));
            }
            assert_eq!(idempotency_key(&headers), expect, "{values:?}");
        }
    }
}
