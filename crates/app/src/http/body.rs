//! The body of a request, read as a whole within a size and a time.

use std::time::Duration;

use axum::{body::Bytes, http::Request};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::{Body, Incoming};

/// How long the body may take after the head: the largest is some megabytes.
const BODY_WITHIN: Duration = Duration::from_secs(20);

/// Why a body was not read to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BodyFault {
    /// It is larger than it may be.
    TooLarge,
    /// It did not arrive in time.
    TooSlow,
    /// It is not HTTP, or ended before its end.
    Broken,
}

/// The request with its whole body, of at most so many bytes.
pub(super) async fn whole(request: Request<Incoming>, bytes_max: usize) -> Result<Request<Bytes>, BodyFault> {
    let (head, body) = request.into_parts();
    if body.size_hint().lower() > bytes_max as u64 {
        return Err(BodyFault::TooLarge);
    }
    let body = Limited::new(body, bytes_max);
    match tokio::time::timeout(BODY_WITHIN, body.collect()).await {
        Ok(Ok(body)) => Ok(Request::from_parts(head, body.to_bytes())),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(BodyFault::TooLarge),
        Ok(Err(_)) => Err(BodyFault::Broken),
        Err(_) => Err(BodyFault::TooSlow),
    }
}
