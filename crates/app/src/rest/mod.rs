//! The REST face: tools, runs and what waits for a person, for programs that speak HTTP and no MCP.
//!
//! A call goes through the same broker as a script's, and what is told of a run is what the command line tells. Routes and their
//! documentation are one (`openapi`), so neither is there without the other.

mod approvals;
mod calls;
mod catalog;
mod events;
mod extract;
mod health;
mod openapi;
mod runs;
mod shapes;

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    body::{Body, Bytes},
    http::{HeaderValue, Request, StatusCode, header},
    response::{IntoResponse, Response},
};
use host::Client;
use surface::Surface;
use tower::ServiceExt;

use crate::{
    gateway::Gateway,
    http::{Ending, Problem, Route},
    mcp::message_bytes_max,
};

/// The longest a request is kept waiting for a run: some clients and most proxies give up after 60 s.
const ANSWER_WITHIN: Duration = Duration::from_secs(50);

/// How long a look at what there is waits for servers that are still starting: most are there by then.
const KNOWN_WITHIN: Duration = Duration::from_secs(1);

/// REST over HTTP.
pub(crate) struct RestRoute {
    router: Router,
    body_bytes_max: usize,
    ending: Ending,
}

/// What the handlers share.
#[derive(Clone)]
struct Rest {
    gateway: Arc<Gateway>,
    ending: Ending,
}

impl Rest {
    /// The surface, with the tools of servers that are there soon.
    async fn known(&self) -> Arc<Surface> {
        self.gateway.settled_within(KNOWN_WITHIN).await;
        self.gateway.surface()
    }
}

impl RestRoute {
    /// The face of a gateway, until it ends.
    pub(crate) fn new(gateway: Arc<Gateway>, ending: Ending) -> Self {
        let body_bytes_max = message_bytes_max(&gateway);
        let (router, document) = openapi::router();
        let document = Arc::<str>::from(document);
        let router = router
            .route("/openapi.json", axum::routing::get(async move || json(document.to_string())))
            .fallback(elsewhere)
            .method_not_allowed_fallback(another_method)
            .with_state(Rest { gateway, ending: ending.clone() });
        Self { router, body_bytes_max, ending }
    }
}

impl Route for RestRoute {
    fn body_bytes_max(&self) -> usize {
        self.body_bytes_max
    }

    fn too_large(&self) -> Response {
        let detail = format!(
            "the body is larger than {} bytes, which follows from `narrows.limits.source_kb`",
            self.body_bytes_max
        );
        Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", detail).closing().into_response()
    }

    async fn answer(&self, request: Request<Bytes>, client: Client) -> Response {
        let mut request = request.map(Body::from);
        request.extensions_mut().insert(client);
        let answer = self.router.clone().oneshot(request);
        match self.ending.hang_up.run_until_cancelled(answer).await {
            Some(Ok(response)) => response,
            Some(Err(never)) => match never {},
            None => Problem::stopping().into_response(),
        }
    }
}

async fn elsewhere() -> Problem {
    Problem::not_found(
        "there is nothing here; `/openapi.json` says what there is, and MCP is served at `/mcp`",
    )
}

async fn another_method() -> Problem {
    let detail = "this is not a method of this address; `Allow` names those that are";
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", detail)
}

/// An answer that is JSON already.
fn json(text: impl Into<Body>) -> Response {
    ([(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))], text.into()).into_response()
}

/// An answer as JSON.
fn told(value: &impl serde::Serialize) -> Result<Response, Problem> {
    let text = serde_json::to_string(value);
    text.map(json).map_err(|error| Problem::internal(format!("the answer cannot be written: {error}")))
}
