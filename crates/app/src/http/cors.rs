//! Which web pages may read answers: those whose origin the configuration names, and no others.

use std::collections::HashSet;

use axum::{
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Response},
};

/// What pages may send.
const METHODS: HeaderValue = HeaderValue::from_static("GET, POST");
const HEADERS: HeaderValue = HeaderValue::from_static(
    "authorization, content-type, idempotency-key, last-event-id, x-request-id, \
     mcp-protocol-version, mcp-method, mcp-name, mcp-session-id",
);

/// What of an answer's head they may read.
const EXPOSED: HeaderValue = HeaderValue::from_static("location, retry-after, x-request-id");

/// How long a browser may remember what it was told, in seconds: longer than it takes to change a configuration is of no use.
const MAX_AGE: HeaderValue = HeaderValue::from_static("600");

/// The pages that may read answers.
pub(super) struct Cors(HashSet<HeaderValue>);

impl Cors {
    /// Pages of these origins.
    pub(super) fn new(origins: &[String]) -> Self {
        Self(origins.iter().filter_map(|origin| origin.trim().parse().ok()).collect())
    }

    /// The origin of a request from a page that may read its answer.
    pub(super) fn reader(&self, headers: &HeaderMap) -> Option<HeaderValue> {
        headers.get(header::ORIGIN).filter(|origin| self.0.contains(*origin)).cloned()
    }

    /// The answer to a browser that asks what such a page may send. It carries no credential, so it is answered before one is
    /// asked for.
    pub(super) fn preflight(&self, method: &Method, headers: &HeaderMap) -> Option<Response> {
        let asks = method == Method::OPTIONS && headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
        let reader = self.reader(headers).filter(|_| asks)?;
        let told = [
            (header::ACCESS_CONTROL_ALLOW_METHODS, METHODS),
            (header::ACCESS_CONTROL_ALLOW_HEADERS, HEADERS),
            (header::ACCESS_CONTROL_MAX_AGE, MAX_AGE),
        ];
        let mut response = (StatusCode::NO_CONTENT, told).into_response();
        let_read(&mut response, reader);
        Some(response)
    }
}

/// Lets a page read an answer.
pub(super) fn let_read(response: &mut Response, reader: HeaderValue) {
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, reader);
    headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
    headers.append(header::VARY, HeaderValue::from_static("origin"));
}
