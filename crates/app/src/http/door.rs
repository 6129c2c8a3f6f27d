//! What every request passes before a face answers it: credential, where it comes from and goes to, body, and a permit to
//! be answered.

use std::{net::SocketAddr, sync::Arc, time::Instant};

use axum::{
    http::{HeaderValue, Request, StatusCode, header},
    response::{IntoResponse, Response},
};
use host::Client;
use hyper::body::Incoming;
use tokio_util::sync::CancellationToken;

use super::{
    Problem, Route,
    body::{self, BodyFault},
    cors::{Cors, let_read},
    credential::Credential,
    goes_on,
    places::{Misplaced, Places},
    request_id::{self, RequestIds},
    slots::Slot,
};
use crate::{gateway::Gateway, mcp::McpRoute, rest::RestRoute};

/// What anybody may ask: they say whether there is a server, and nothing else.
const OPEN: [&str; 2] = ["/livez", "/readyz"];

/// The way to the faces.
pub(super) struct Door {
    credential: Option<Credential>,
    places: Places,
    cors: Cors,
    ids: RequestIds,
    /// What is said when too many requests are being answered.
    busy: String,
    mcp: McpRoute,
    rest: RestRoute,
}

/// When what is under way is to end.
#[derive(Clone)]
pub(crate) struct Ending {
    /// Nothing new begins, and nobody watches any longer.
    pub(crate) stop: CancellationToken,
    /// Nothing more is waited for.
    pub(crate) hang_up: CancellationToken,
}

impl Door {
    /// The door of a server that listens at an address.
    pub(super) fn new(gateway: Arc<Gateway>, at: SocketAddr, ending: &Ending) -> Self {
        let http = &gateway.config.http;
        Self {
            credential: http.token.as_ref().map(Credential::new),
            places: Places::new(at, &http.hosts, &http.origins),
            cors: Cors::new(&http.origins),
            ids: RequestIds::new(),
            busy: format!(
                "the limit of requests at once of {} was reached (`http.requests`); try again",
                http.requests
            ),
            mcp: McpRoute::new(gateway.clone(), ending.hang_up.clone()),
            rest: RestRoute::new(gateway, ending.clone()),
        }
    }

    /// The answer to a request, under its name and for those who may read it.
    pub(super) async fn exchange(&self, request: Request<Incoming>, client: Client, slot: &Slot) -> Response {
        slot.waits();
        let began = Instant::now();
        let (id, reader) = (self.ids.of(request.headers()), self.cors.reader(request.headers()));
        let shown = tracing::enabled!(tracing::Level::DEBUG)
            .then(|| (request.method().clone(), request.uri().path().to_owned()));
        let mut response = self.answer(request, client, slot).await;
        if let Some((method, path)) = shown {
            let (status, ms) = (response.status().as_u16(), began.elapsed().as_secs_f64() * 1e3);
            tracing::debug!(request = ?id, %method, path, status, ms, "a request is answered");
        }
        response.headers_mut().insert(request_id::HEADER, id);
        if let Some(reader) = reader {
            let_read(&mut response, reader);
        }
        response
    }

    async fn answer(&self, request: Request<Incoming>, client: Client, slot: &Slot) -> Response {
        let path = request.uri().path();
        if OPEN.contains(&path) {
            return self.through(&self.rest, request, client, slot).await;
        }
        let headers = request.headers();
        if let Err(misplaced) = self.places.admit(headers) {
            return refused(misplaced).into_response();
        }
        // A browser asks without a credential what a page may send.
        if let Some(told) = self.cors.preflight(request.method(), headers) {
            return told;
        }
        if self.credential.as_ref().is_some_and(|credential| !credential.is_in(headers)) {
            return unauthorized().into_response();
        }
        match path {
            "/mcp" | "/mcp/" => self.through(&self.mcp, request, client, slot).await,
            _ => self.through(&self.rest, request, client, slot).await,
        }
    }

    async fn through(
        &self,
        route: &impl Route,
        request: Request<Incoming>,
        client: Client,
        slot: &Slot,
    ) -> Response {
        let request = match body::whole(request, route.body_bytes_max()).await {
            Ok(request) => request,
            Err(BodyFault::TooLarge) => return route.too_large(),
            Err(fault) => return unread(fault).into_response(),
        };
        if !slot.works() {
            return Problem::busy(self.busy.clone()).closing().into_response();
        }
        let response = route.answer(request, client).await;
        if !goes_on(&response) {
            slot.waits();
        }
        response
    }
}

// A request that may not pass is refused by its head. Its connection is closed: what is left of it is not read.

fn unauthorized() -> Problem {
    let detail = "a valid `Authorization: Bearer` credential is needed";
    let problem = Problem::new(StatusCode::UNAUTHORIZED, "unauthorized", detail).closing();
    problem.with(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"))
}

fn refused(misplaced: Misplaced) -> Problem {
    match misplaced {
        Misplaced::NoHost => Problem::invalid(misplaced.reason()).closing(),
        _ => Problem::new(StatusCode::FORBIDDEN, "forbidden", misplaced.reason()).closing(),
    }
}

/// The answer to a request whose body did not come.
fn unread(fault: BodyFault) -> Problem {
    match fault {
        BodyFault::TooSlow => {
            let detail = "the request did not arrive in time";
            Problem::new(StatusCode::REQUEST_TIMEOUT, "request_timeout", detail).closing()
        }
        BodyFault::Broken | BodyFault::TooLarge => Problem::invalid("the request cannot be read").closing(),
    }
}
