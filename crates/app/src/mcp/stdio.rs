//! One client on stdin and stdout.

use std::sync::Arc;

use rmcp::{ServiceExt, service::ServerInitializeError, transport::io::stdio_pipes};
use tokio_util::sync::CancellationToken;

use super::Face;
use crate::{exit::Failed, gateway::Gateway};

/// Serves until the client closes its end or `stop` is cancelled. Answers that are under way are still sent.
pub(crate) async fn serve(gateway: Arc<Gateway>, stop: CancellationToken) -> Result<(), Failed> {
    let running = match Face::new(gateway).serve_with_ct(stdio_pipes(), stop).await {
        Ok(running) => running,
        // A client that leaves before it said anything, or a signal, is no failure.
        Err(ServerInitializeError::ConnectionClosed(_) | ServerInitializeError::Cancelled) => return Ok(()),
        Err(error) => return Err(Failed::internal("the client does not speak MCP", error)),
    };
    match running.waiting().await {
        Ok(reason) => tracing::info!(?reason, "the client left"),
        Err(error) => return Err(Failed::internal("the connection failed", error)),
    }
    Ok(())
}
