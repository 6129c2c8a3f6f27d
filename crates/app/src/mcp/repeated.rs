//! Requests that clients may send twice: the key they name one by, in `_meta` or in the header of HTTP.

use axum::http::request::Parts;
use host::RequestKey;
use rmcp::{RoleServer, service::RequestContext};
use tools::IDEMPOTENCY_KEY;

use crate::http::{SCOPE, idempotency_key};

/// The key of a request, where it has one.
pub(super) fn key(context: &RequestContext<RoleServer>) -> Result<Option<RequestKey>, String> {
    let headers = context.extensions.get::<Parts>().map(|parts| &parts.headers);
    let in_meta = match context.meta.get(IDEMPOTENCY_KEY) {
        Some(key) => {
            Some(key.as_str().ok_or_else(|| format!("`{IDEMPOTENCY_KEY}` in `_meta` must be a text"))?)
        }
        None => None,
    };
    let in_header = headers.map(idempotency_key).transpose()?.flatten();
    let key = match (in_meta, in_header) {
        (Some(one), Some(other)) if one != other => {
            return Err(format!("`Idempotency-Key` and `{IDEMPOTENCY_KEY}` in `_meta` are different keys"));
        }
        (one, other) => one.or(other),
    };
    let scope = if headers.is_some() { SCOPE } else { "local" };
    key.map(|key| RequestKey::new(scope, key)).transpose().map_err(|error| error.to_string())
}
