//! In which form a client takes its answer: as JSON, as events, or as either.
//!
//! The protocol asks clients to accept both. Many accept one, anything, or say nothing; a client that takes JSON is answered.

use axum::{
    body::{Body, Bytes},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::Response,
};
use http_body_util::{BodyExt, Collected};

use crate::http::EVENTS;

pub(super) const JSON: &str = "application/json";

/// What a client takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Accepted {
    /// JSON, or events where there is more to say than one answer.
    Both,
    /// One answer as JSON.
    Json,
    /// Events only.
    Events,
}

impl Accepted {
    /// `None` where a client takes neither.
    pub(super) fn of(headers: &HeaderMap) -> Option<Self> {
        let texts = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
        let mut types = texts.flat_map(|text| text.split(',')).filter_map(wanted).peekable();
        if types.peek().is_none() {
            return (!headers.contains_key(header::ACCEPT) || says_nothing(headers)).then_some(Self::Json);
        }
        let (mut json, mut events) = (false, false);
        for one in types {
            json |= [JSON, "application/*", "*/*"].iter().any(|form| one.eq_ignore_ascii_case(form));
            events |= one.eq_ignore_ascii_case(EVENTS);
        }
        match (json, events) {
            (true, true) => Some(Self::Both),
            (true, false) => Some(Self::Json),
            (false, true) => Some(Self::Events),
            (false, false) => None,
        }
    }

    /// Whether a client can be told something before its answer.
    pub(crate) fn takes_events(self) -> bool {
        self != Self::Json
    }

    /// The answer in the form that the client takes.
    pub(super) async fn form(self, response: Response) -> Response {
        let is_json = response.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind == JSON);
        if self != Self::Events || response.status() != StatusCode::OK || !is_json {
            return response;
        }
        let (mut head, body) = response.into_parts();
        // It is in memory, so it is there as a whole.
        let answer = body.collect().await.map(Collected::to_bytes).unwrap_or_default();
        head.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(EVENTS));
        head.headers.remove(header::CONTENT_LENGTH);
        let event = [b"event: message\ndata: ", &answer[..], b"\n\n"].concat();
        Response::from_parts(head, Body::from(Bytes::from(event)))
    }
}

/// The type that one part of an `Accept` header names; `None` where it is empty or its weight is nothing.
fn wanted(part: &str) -> Option<&str> {
    let mut parts = part.split(';').map(str::trim);
    let kind = parts.next().filter(|kind| !kind.is_empty())?;
    let weight = parts.find_map(|part| part.strip_prefix("q=")).and_then(|weight| weight.parse::<f32>().ok());
    (weight != Some(0.0)).then_some(kind)
}

fn says_nothing(headers: &HeaderMap) -> bool {
    headers.get_all(header::ACCEPT).iter().all(|value| value.as_bytes().trim_ascii().is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_that_takes_json_is_answered() {
        for (lines, expect) in [
            (&[][..], Some(Accepted::Json)),
            (&[""], Some(Accepted::Json)),
            (&["*/*"], Some(Accepted::Json)),
            (&["application/*;q=0.5, text/html"], Some(Accepted::Json)),
            (&["Application/JSON; charset=utf-8"], Some(Accepted::Json)),
            (&["application/json, text/event-stream"], Some(Accepted::Both)),
            (&["application/json", "text/event-stream"], Some(Accepted::Both)),
            (&["text/event-stream, */*"], Some(Accepted::Both)),
            (&["application/json, text/event-stream;q=0"], Some(Accepted::Json)),
            (&["text/event-stream"], Some(Accepted::Events)),
            (&["text/html"], None),
            (&["application/json;q=0"], None),
            (&["application/json;q=0.0, text/html"], None),
        ] {
            let values = lines.iter().map(|line| HeaderValue::from_str(line).expect("a value"));
            let headers = values.map(|value| (header::ACCEPT, value)).collect();
            assert_eq!(Accepted::of(&headers), expect, "{lines:?}");
        }
    }
}
