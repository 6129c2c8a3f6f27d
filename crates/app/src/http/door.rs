//! What every request passes before a face answers it: credential, where it comes from and goes to, body, and a permit to
//! be answered.

use std::{net::SocketAddr, sync::Arc};

use axum::{
    http::{HeaderValue, Request, StatusCode, header},
    response::Response,
};
use host::Client;
use hyper::body::Incoming;
use tokio_util::sync::CancellationToken;

use super::{Route, body, credential::Credential, goes_on, later, places::Places, refusal, slots::Slot};
use crate::{gateway::Gateway, mcp};

/// The way to the faces.
pub(super) struct Door {
    credential: Option<Credential>,
    places: Places,
    /// What is said when too many requests are being answered.
    busy: String,
    mcp: mcp::McpRoute,
}

impl Door {
    /// The door of a server that listens at an address; after `hang_up` nothing more is waited for.
    pub(super) fn new(gateway: Arc<Gateway>, at: SocketAddr, hang_up: &CancellationToken) -> Self {
        let http = &gateway.config.http;
        Self {
            credential: http.token.as_ref().map(Credential::new),
            places: Places::new(at, &http.hosts, &http.origins),
            busy: format!(
                "the limit of requests at once of {} was reached (`http.requests`); try again\n",
                http.requests
            ),
            mcp: mcp::McpRoute::new(gateway, hang_up.clone()),
        }
    }

    /// The answer to a request.
    pub(super) async fn exchange(&self, request: Request<Incoming>, client: Client, slot: &Slot) -> Response {
        slot.waits();
        if let Some(refused) = self.refused(&request) {
            return refused;
        }
        match request.uri().path() {
            "/mcp" | "/mcp/" => self.through(&self.mcp, request, client, slot).await,
            _ => refusal(StatusCode::NOT_FOUND, "there is nothing here; MCP is served at `/mcp`\n"),
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
            Err(fault) => return route.unread(fault),
        };
        if !slot.works() {
            return later(refusal(StatusCode::SERVICE_UNAVAILABLE, self.busy.clone()));
        }
        let response = route.answer(request, client).await;
        if !goes_on(&response) {
            slot.waits();
        }
        response
    }

    /// The answer to a request that may not pass, by its head. Its connection is closed: what is left of it is not read.
    fn refused(&self, request: &Request<Incoming>) -> Option<Response> {
        let headers = request.headers();
        if self.credential.as_ref().is_some_and(|credential| !credential.is_in(headers)) {
            let mut refused =
                refusal(StatusCode::UNAUTHORIZED, "a valid `Authorization: Bearer` credential is needed\n");
            refused.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            return Some(refused);
        }
        let misplaced = self.places.admit(headers).err()?;
        Some(refusal(misplaced.status(), misplaced.reason()))
    }
}
