//! Requests that clients may send twice: the key they name one by, in `_meta` or in the header of HTTP.

use axum::http::{HeaderMap, request::Parts};
use host::RequestKey;
use rmcp::{RoleServer, service::RequestContext};
use tools::IDEMPOTENCY_KEY;

/// The header, as the draft of the IETF names it.
const HEADER: &str = "idempotency-key";

/// The key of a request, where it has one.
pub(super) fn key(context: &RequestContext<RoleServer>) -> Result<Option<RequestKey>, String> {
    let headers = context.extensions.get::<Parts>().map(|parts| &parts.headers);
    let in_meta = match context.meta.get(IDEMPOTENCY_KEY) {
        Some(key) => {
            Some(key.as_str().ok_or_else(|| format!("`{IDEMPOTENCY_KEY}` in `_meta` must be a text"))?)
        }
        None => None,
    };
    let in_header = headers.map(header).transpose()?.flatten();
    let key = match (in_meta, in_header) {
        (Some(one), Some(other)) if one != other => {
            return Err(format!("`Idempotency-Key` and `{IDEMPOTENCY_KEY}` in `_meta` are different keys"));
        }
        (one, other) => one.or(other),
    };
    let scope = if headers.is_some() { "http" } else { "local" };
    key.map(|key| RequestKey::new(scope, key)).transpose().map_err(|error| error.to_string())
}

/// The key of the header: the text of the draft in its quotes, or without them as most clients write it.
fn header(headers: &HeaderMap) -> Result<Option<&str>, String> {
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
            assert_eq!(header(&headers), expect, "{values:?}");
        }
    }
}
