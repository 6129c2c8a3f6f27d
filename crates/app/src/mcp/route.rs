//! Streamable HTTP: many clients, at `/mcp`.
//!
//! Stateless towards clients of both eras: no session is kept. Who may speak, and how much, is the server's to know
//! (`crate::http`); here a body becomes messages, and messages are answered in the form that their client takes.

mod accept;
mod batch;

use std::{borrow::Cow, sync::Arc, time::Duration};

use axum::{
    body::{Body, Bytes},
    http::{HeaderMap, HeaderValue, Request, StatusCode, header},
    response::{IntoResponse, Response},
};
use host::Client;
use rmcp::transport::streamable_http_server::{
    StreamableHttpServerConfig, StreamableHttpService, session::never::NeverSessionManager,
};
use serde::Deserialize;
use serde_json::Value;
use tokio_util::sync::CancellationToken;

pub(crate) use self::accept::Accepted;
use self::accept::JSON;
use super::{
    Face, incoming, message_bytes_max,
    refusals::{too_long, unfinished, unreadable},
    requester::Requester,
};
use crate::{
    gateway::Gateway,
    http::{Problem, RETRY_AFTER, Route},
};

/// The longest until an answer begins: a run is waited for at most 50 s, the rest is for a slow line.
const ANSWER_BEGINS_WITHIN: Duration = Duration::from_secs(90);

/// What a client takes that follows the protocol.
const BOTH: HeaderValue = HeaderValue::from_static("application/json, text/event-stream");

/// MCP over HTTP.
pub(crate) struct McpRoute {
    body_bytes_max: usize,
    service: StreamableHttpService<Face, NeverSessionManager>,
    /// Nothing more is waited for.
    hang_up: CancellationToken,
}

impl McpRoute {
    /// The face of a gateway; after `hang_up` nothing more is waited for.
    pub(crate) fn new(gateway: Arc<Gateway>, hang_up: CancellationToken) -> Self {
        let body_bytes_max = message_bytes_max(&gateway);
        let config = StreamableHttpServerConfig::default()
            .with_legacy_session_mode(false)
            .with_json_response(true)
            // The server looked at both before.
            .disable_allowed_hosts()
            .disable_allowed_origins()
            .with_max_request_body_bytes(body_bytes_max)
            .with_cancellation_token(hang_up.clone());
        let face = Face::new(gateway);
        let sessions = Arc::new(NeverSessionManager::default());
        let service = StreamableHttpService::new(move || Ok(face.clone()), sessions, config);
        Self { body_bytes_max, service, hang_up }
    }

    /// The answer to one message.
    async fn response(&self, request: Request<Bytes>) -> Response {
        let message = is_json(request.headers()).then(|| request.body().clone());
        let id = message.as_deref().map(id_of).unwrap_or_default();
        let answer = self.service.handle(request.map(Body::from));
        let answer = tokio::time::timeout(ANSWER_BEGINS_WITHIN, answer);
        let Some(answer) = self.hang_up.run_until_cancelled(answer).await else {
            return answered(StatusCode::SERVICE_UNAVAILABLE, &unfinished(&id));
        };
        match answer {
            Ok(response) => {
                let response = response.map(Body::new);
                message.and_then(|message| not_taken(&response, &message)).unwrap_or(response)
            }
            Err(_) => StatusCode::REQUEST_TIMEOUT.into_response(),
        }
    }
}

impl Route for McpRoute {
    fn body_bytes_max(&self) -> usize {
        self.body_bytes_max
    }

    fn too_large(&self) -> Response {
        let said = too_long(self.body_bytes_max, &Value::Null);
        let mut refused = answered(StatusCode::PAYLOAD_TOO_LARGE, &said);
        refused.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        refused
    }

    async fn answer(&self, request: Request<Bytes>, client: Client) -> Response {
        // Addresses are logged and kept everywhere; a credential in one would be as well.
        if request.uri().query().is_some() {
            let reason = "no query is understood; a credential goes into the `Authorization` header";
            return Problem::invalid(reason).into_response();
        }
        let mut request = request.map(|body| text_of(&body));
        let deceptive = tools::is_deceptive(request.body()).then(|| unreadable(request.body())).flatten();
        if let Some(said) = deceptive {
            return answered(StatusCode::BAD_REQUEST, &said);
        }
        let Some(accepted) = Accepted::of(request.headers()) else {
            let reason = "an answer is `application/json` or `text/event-stream`, and `Accept` takes neither";
            return Problem::new(StatusCode::NOT_ACCEPTABLE, "not_acceptable", reason).into_response();
        };
        // The SDK serves nobody who does not take both.
        request.headers_mut().insert(header::ACCEPT, BOTH);
        let requester = Requester::new(client);
        request.extensions_mut().insert(accepted);
        request.extensions_mut().insert(requester.clone());
        let response = match incoming::batch(request.body()) {
            Some(messages) => batch::response(self, &request, messages).await,
            None => self.response(request).await,
        };
        let response = accepted.form(response).await;
        if requester.was_turned_away() { later(response) } else { response }
    }
}

/// Says that the client shall try again.
fn later(mut response: Response) -> Response {
    *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
    response.headers_mut().insert(header::RETRY_AFTER, RETRY_AFTER);
    response
}

/// The text of a body, as every reader of JSON takes it.
fn text_of(body: &Bytes) -> Bytes {
    match incoming::text(body) {
        Cow::Borrowed(text) => body.slice_ref(text),
        Cow::Owned(text) => text.into(),
    }
}

/// The SDK says of a body that it cannot decode that it was of the wrong type; what is wrong is known better here.
fn not_taken(response: &Response, message: &[u8]) -> Option<Response> {
    let undecoded = response.status() == StatusCode::UNSUPPORTED_MEDIA_TYPE;
    undecoded.then(|| unreadable(message)).flatten().map(|said| answered(StatusCode::BAD_REQUEST, &said))
}

/// An answer that is not the SDK's.
fn answered(status: StatusCode, said: &Value) -> Response {
    (status, [(header::CONTENT_TYPE, HeaderValue::from_static(JSON))], said.to_string()).into_response()
}

/// The id of a request; null where it has none.
fn id_of(message: &[u8]) -> Value {
    #[derive(Default, Deserialize)]
    struct Message {
        #[serde(default)]
        id: Value,
    }
    serde_json::from_slice::<Message>(message).unwrap_or_default().id
}

fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).map(HeaderValue::as_bytes).unwrap_or_default();
    kind.starts_with(JSON.as_bytes())
}
