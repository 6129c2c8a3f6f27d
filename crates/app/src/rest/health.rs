//! Whether there is a server, and whether it takes requests: for what watches over processes. They are answered without a
//! credential.

use axum::{extract::State, response::Response};
use serde_json::json;

use super::{Rest, shapes, told};
use crate::http::Problem;

/// Whether the process answers.
#[utoipa::path(
    get,
    path = "/livez",
    tag = "health",
    security(()),
    responses(
        (status = 200, description = "It does.", body = shapes::Health),
        (status = "default", description = "The request is not carried out.", body = shapes::Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn livez() -> Result<Response, Problem> {
    told(&json!({"status": "alive"}))
}

/// Whether scripts can be run now.
#[utoipa::path(
    get,
    path = "/readyz",
    tag = "health",
    security(()),
    responses(
        (status = 200, description = "They can.", body = shapes::Health),
        (status = 503, description = "They cannot: workers still start, or the server stops.", body = shapes::Problem, content_type = "application/problem+json"),
        (status = "default", description = "The request is not carried out.", body = shapes::Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn readyz(State(rest): State<Rest>) -> Result<Response, Problem> {
    if rest.ending.stop.is_cancelled() {
        return Err(Problem::stopping());
    }
    let workers = rest.gateway.host.workers();
    if workers.runners == 0 || workers.parsers == 0 {
        return Err(Problem::busy("no worker is ready yet"));
    }
    told(&json!({"status": "ready"}))
}
