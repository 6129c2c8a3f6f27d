//! A batch of messages, as the protocol of 2025-03-26 knows: each is answered as if it had come alone.

use axum::{
    body::Bytes,
    http::{Request, StatusCode},
    response::{IntoResponse, Response},
};
use futures_util::{StreamExt, stream};
use http_body_util::{BodyExt, Collected};
use serde_json::{Value, value::RawValue};

use super::{Accepted, McpRoute, answered, id_of};
use crate::mcp::refusals::unanswered;

/// Messages of a batch that are answered at the same time: a batch is one request of the many that there may be.
const AT_ONCE: usize = 4;

/// The answers to all messages of a batch that a client waits for, in their order.
pub(super) async fn response(
    route: &McpRoute,
    request: &Request<Bytes>,
    messages: Result<Vec<&RawValue>, Value>,
) -> Response {
    let messages = match messages {
        Ok(messages) => messages,
        Err(said) => return answered(StatusCode::BAD_REQUEST, &said),
    };
    let requests: Vec<_> = messages.into_iter().map(|message| alone(request, message)).collect();
    let answers = stream::iter(requests).map(|request| answer(route, request)).buffered(AT_ONCE);
    let answers: Vec<Value> = answers.filter_map(std::future::ready).collect().await;
    match answers.is_empty() {
        true => StatusCode::ACCEPTED.into_response(),
        false => answered(StatusCode::OK, &answers.into()),
    }
}

/// One message as a request of its own, which is answered with JSON.
fn alone(request: &Request<Bytes>, message: &RawValue) -> Request<Bytes> {
    let mut alone = request.clone().map(|_| Bytes::copy_from_slice(message.get().as_bytes()));
    alone.extensions_mut().insert(Accepted::Json);
    alone
}

/// `None` where nobody waits for an answer.
async fn answer(route: &McpRoute, request: Request<Bytes>) -> Option<Value> {
    let id = id_of(request.body());
    let response = route.response(request).await;
    let status = response.status();
    // It is in memory, so it is there as a whole.
    let body = response.into_body().collect().await.map(Collected::to_bytes).unwrap_or_default();
    let said = serde_json::from_slice(&body).ok();
    said.or_else(|| (!status.is_success()).then(|| unanswered(&id, &String::from_utf8_lossy(&body))))
}
