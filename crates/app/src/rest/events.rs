//! What happens in a run, as it happens: server-sent events.

use std::convert::Infallible;

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{
        IntoResponse, Response,
        sse::{Event, KeepAlive, Sse},
    },
};
use futures_util::{Stream, StreamExt, stream};
use host::{RunEvent, RunId, RunWatch};

use super::{Rest, extract::At, shapes};
use crate::http::Problem;

/// The id of the last event. Who comes back after it has seen all.
const LAST: &str = "ended";

/// The events of a run, from its beginning to its end.
///
/// `stage`, `printed`, `called`, `answered`, `waits` and at last `ended`, each with JSON. Who connects again gets them from the
/// beginning, and nothing (204) after `ended`.
#[utoipa::path(
    get,
    operation_id = "watchRun",
    path = "/runs/{id}/events",
    tag = "runs",
    params(
        ("id" = String, Path, description = "The run."),
        ("Last-Event-ID" = Option<String>, Header, description = "The id of the last event that was seen."),
    ),
    responses(
        (status = 200, description = "The events.", body = shapes::StreamedEvent, content_type = "text/event-stream"),
        (status = 204, description = "All events were seen."),
        (status = "default", description = "The request is not carried out.", body = shapes::Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn events(
    State(rest): State<Rest>,
    At(id): At<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    if headers.get("last-event-id").is_some_and(|seen| seen == LAST) {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    let watch = rest.gateway.host.watch(&RunId::new(&*id)).await;
    let watch = watch
        .ok_or_else(|| Problem::not_found(format!("there is no run `{}` (any more)", text::cut(&id, 64))))?;
    let until = rest.ending.stop.clone().cancelled_owned();
    let events = of(watch).take_until(until).map(Ok::<_, Infallible>);
    Ok(Sse::new(events).keep_alive(KeepAlive::default()).into_response())
}

fn of(watch: RunWatch) -> impl Stream<Item = Event> {
    stream::unfold(watch, async |mut watch| {
        let event = watch.next().await?.without_refusals();
        // Nothing that is told has a form that JSON lacks.
        let data = serde_json::to_string(&event).unwrap_or_default();
        let told = Event::default().event(event.name()).data(data);
        let told = if matches!(event, RunEvent::Ended(_)) { told.id(LAST) } else { told };
        Some((told, watch))
    })
}
