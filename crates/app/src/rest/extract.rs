//! The parts of a request, each decoded as a whole or refused by name.

use axum::{
    body::Bytes,
    extract::{FromRequest, FromRequestParts, Path, Query, Request},
    http::{HeaderMap, HeaderValue, StatusCode, header, request::Parts},
};
use host::RequestKey;
use serde::de::DeserializeOwned;

use crate::http::{Problem, SCOPE, idempotency_key};

/// What stands in the address.
pub(super) struct At<T>(pub(super) T);

/// What stands behind the `?`.
pub(super) struct Asked<T>(pub(super) T);

/// A body that is one JSON object.
pub(super) struct Body(pub(super) Bytes);

/// The key of a request that may be sent twice.
pub(super) struct Key(pub(super) Option<RequestKey>);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for At<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let path = Path::from_request_parts(parts, state).await;
        path.map(|Path(at)| Self(at)).map_err(|wrong| Problem::invalid(wrong.body_text()))
    }
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Asked<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        let query = Query::try_from_uri(&parts.uri);
        query.map(|Query(asked)| Self(asked)).map_err(|wrong| Problem::invalid(wrong.body_text()))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Key {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        let key = idempotency_key(&parts.headers).map_err(Problem::invalid)?;
        let key = key.map(|key| RequestKey::new(SCOPE, key)).transpose();
        key.map(Self).map_err(|wrong| Problem::invalid(wrong.to_string()))
    }
}

impl<S: Send + Sync> FromRequest<S> for Body {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let is_json = is_json(request.headers());
        let body = Bytes::from_request(request, state).await;
        let body = body.map_err(|wrong| Problem::invalid(wrong.body_text()))?;
        if body.is_empty() || is_json {
            return Ok(Self(body));
        }
        let detail = "a body is JSON, and `Content-Type` says so: `application/json`";
        Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", detail))
    }
}

impl Body {
    /// What the JSON says.
    pub(super) fn decoded<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        if tools::is_deceptive(&self.0) {
            return Err(Problem::invalid(format!("the body holds {}", tools::DECEPTIVE_KEY)));
        }
        serde_json::from_slice(&self.0).map_err(|wrong| Problem::invalid(format!("the body: {wrong}")))
    }

    /// The same, of a body that may be left out, or be `null`.
    pub(super) fn decoded_or_default<T: DeserializeOwned + Default>(&self) -> Result<T, Problem> {
        if self.0.is_empty() {
            return Ok(T::default());
        }
        self.decoded::<Option<T>>().map(Option::unwrap_or_default)
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).map(HeaderValue::as_bytes).unwrap_or_default();
    let kind = kind.split(|byte| *byte == b';').next().unwrap_or_default();
    kind.trim_ascii().eq_ignore_ascii_case(b"application/json")
}
