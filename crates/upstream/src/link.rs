//! One connection, whatever carries it.

use std::{sync::Arc, time::Duration};

use crate::{
    failure::Failure,
    http::{LegacySse, Remote, Streamable},
    message::{Reply, Request},
    peer::Peer,
    secrets::Secrets,
    stdio::{Log, Stdio},
};

/// The transports. They differ in how bytes travel; who waits for what is the peer's.
pub(crate) enum Link {
    Stdio(Stdio),
    Http(Streamable),
    Sse(LegacySse),
}

impl Link {
    /// Sends a request and waits for its answer, in which the server says of itself what may be seen; dropping
    /// the future gives it up and tells the server.
    pub(crate) async fn request(&self, request: &Request, meta: Option<&str>) -> Result<Reply, Failure> {
        let reply = match self {
            Self::Stdio(link) => link.request(request, meta).await,
            Self::Http(link) => link.request(request, meta).await,
            Self::Sse(link) => link.request(request).await,
        };
        reply.map(|reply| reply.without(self.secrets()))
    }

    /// Sends a notification.
    pub(crate) async fn notify(&self, method: &'static str, meta: Option<&str>) -> Result<(), Failure> {
        match self {
            Self::Stdio(link) => link.notify(method, meta),
            Self::Http(link) => link.notify(method, meta).await,
            Self::Sse(link) => link.notify(method).await,
        }
    }

    /// The requests that wait on it.
    pub(crate) fn peer(&self) -> &Arc<Peer> {
        match self {
            Self::Stdio(link) => &link.peer,
            Self::Http(link) => &link.peer,
            Self::Sse(link) => &link.peer,
        }
    }

    fn secrets(&self) -> &Secrets {
        match self {
            Self::Stdio(link) => link.secrets(),
            Self::Http(link) => link.secrets(),
            Self::Sse(link) => link.secrets(),
        }
    }

    /// The version both sides agreed on, which HTTP repeats in a header.
    pub(crate) fn agree(&self, protocol: &str) {
        if let Self::Http(link) = self {
            link.agree(protocol);
        }
    }

    /// Whether the server gave a session that it may forget while the connection lasts.
    pub(crate) fn gave_session(&self) -> bool {
        matches!(self, Self::Http(link) if link.gave_session())
    }

    /// Whether answers may come in another order than the questions of one client were read.
    pub(crate) fn has_no_order(&self) -> bool {
        matches!(self, Self::Http(_))
    }

    /// What the server says beside its messages, where it can.
    pub(crate) fn log(&self) -> Option<Arc<Log>> {
        match self {
            Self::Stdio(link) => Some(link.log()),
            Self::Http(_) | Self::Sse(_) => None,
        }
    }

    /// Ends the connection in good order.
    pub(crate) async fn close(&self, grace: Duration) {
        match self {
            Self::Stdio(link) => link.close(grace).await,
            Self::Http(link) => link.close(grace).await,
            Self::Sse(link) => link.close(),
        }
    }
}

/// Opens streamable HTTP. Nothing is said to the server yet.
pub(crate) fn http(remote: Remote) -> Link {
    Link::Http(Streamable::new(remote))
}
