//! Who sent a request, as far as runs are shared out between clients.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use axum::http::request::Parts;
use host::Client;
use rmcp::{RoleServer, service::RequestContext};

/// The sender of one request. The HTTP face sends it along with the request, and hears through it that the request was
/// turned away.
#[derive(Clone)]
pub(super) struct Requester {
    client: Client,
    is_over_http: bool,
    turned_away: Arc<AtomicBool>,
}

impl Requester {
    /// One over HTTP.
    pub(super) fn new(client: Client) -> Self {
        Self { client, is_over_http: true, turned_away: Arc::default() }
    }

    /// The sender of a request; over the standard streams there is only one.
    pub(super) fn of(context: &RequestContext<RoleServer>) -> Self {
        let sent_along = context.extensions.get::<Parts>().and_then(|parts| parts.extensions.get::<Self>());
        sent_along.cloned().unwrap_or_else(|| Self { is_over_http: false, ..Self::new(Client::local()) })
    }

    pub(super) fn client(&self) -> Client {
        self.client.clone()
    }

    /// Whether its connection may be lost while its request goes on.
    pub(super) fn is_over_http(&self) -> bool {
        self.is_over_http
    }

    /// There was no room for what was asked.
    pub(super) fn turn_away(&self) {
        self.turned_away.store(true, Ordering::Relaxed);
    }

    pub(super) fn was_turned_away(&self) -> bool {
        self.turned_away.load(Ordering::Relaxed)
    }
}
