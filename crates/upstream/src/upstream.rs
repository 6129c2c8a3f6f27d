//! All servers together.

use std::sync::Arc;

use tokio::sync::watch;
use tools::{AnswerFuture, Call, CallError, CallErrorKind, CallTool, Catalog, Server};

use crate::{ServerEntry, ServerHealth, Settings};

/// The connections to all configured servers.
pub struct Upstream {
    catalog: watch::Sender<Arc<Catalog>>,
}

impl Upstream {
    /// Begins connecting to all servers and returns at once. Must be called inside a tokio runtime.
    pub fn start(entries: Vec<ServerEntry>, _settings: Settings) -> Self {
        let servers = entries.into_iter().map(|entry| Arc::new(Server::starting(entry.name)));
        Self { catalog: watch::Sender::new(Arc::new(Catalog::new(servers))) }
    }

    /// The catalog, and its changes as servers come, go and change their lists.
    pub fn catalog(&self) -> watch::Receiver<Arc<Catalog>> {
        self.catalog.subscribe()
    }

    /// Waits until every server has become ready, stale or failed once.
    pub async fn settled(&self) {}

    /// What is known about each connection, in the order of the catalog.
    pub fn health(&self) -> Vec<ServerHealth> {
        Vec::new()
    }

    /// Ends all connections and the whole process trees behind them.
    pub async fn shutdown(&self) {}
}

impl CallTool for Upstream {
    fn call(&self, call: Call) -> AnswerFuture<'_> {
        Box::pin(async move {
            Err(CallError::new(CallErrorKind::UnknownTool, format!("there is no tool `{}`", call.tool)))
        })
    }
}
