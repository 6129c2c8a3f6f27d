//! One client on stdin and stdout.

use std::{
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use rmcp::{
    ServiceExt,
    service::ServerInitializeError,
    transport::io::{StdioReader, StdioWriter, stdio_pipes},
};
use tokio::io::{AsyncRead, ReadBuf};
use tokio_util::sync::CancellationToken;

use super::{Face, lines::Lines, message_bytes_max};
use crate::{exit::Failed, gateway::Gateway};

/// How long runs may go on after the client has closed its end: a client that only pipes its requests in still
/// reads the answers, one that is gone waits for nothing.
const LAST_ANSWERS: Duration = Duration::from_secs(2);

/// Serves until the client closes its end or `stop` is cancelled. Then runs are ended, and every request is answered.
pub(crate) async fn serve(gateway: Arc<Gateway>, stop: CancellationToken) -> Result<(), Failed> {
    let (reader, writer) = stdio_pipes();
    let ended = CancellationToken::new();
    let reader = Watched { reader, ended: ended.clone() };
    let watch = tokio::spawn(end_runs_after(ended, gateway.clone()));
    let hang_up = CancellationToken::new();
    let stopping = tokio::spawn(hang_up_after_runs(stop, gateway.clone(), hang_up.clone()));
    let limit = message_bytes_max(&gateway);
    let served = converse(Face::new(gateway), Lines::new(reader, writer, limit), hang_up).await;
    watch.abort();
    stopping.abort();
    served
}

async fn converse(
    face: Face,
    lines: Lines<Watched, StdioWriter>,
    hang_up: CancellationToken,
) -> Result<(), Failed> {
    let running = match face.serve_with_ct(lines, hang_up).await {
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

/// Runs that end are answered in our words; a conversation that ends before them is not.
async fn hang_up_after_runs(stop: CancellationToken, gateway: Arc<Gateway>, hang_up: CancellationToken) {
    stop.cancelled().await;
    gateway.end_runs().await;
    hang_up.cancel();
}

async fn end_runs_after(ended: CancellationToken, gateway: Arc<Gateway>) {
    ended.cancelled().await;
    tokio::time::sleep(LAST_ANSWERS).await;
    gateway.host.shutdown().await;
}

/// Stdin that tells when it has ended.
struct Watched {
    reader: StdioReader,
    ended: CancellationToken,
}

impl AsyncRead for Watched {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = ready!(Pin::new(&mut self.reader).poll_read(context, buffer));
        if read.is_err() || buffer.filled().len() == before {
            self.ended.cancel();
        }
        Poll::Ready(read)
    }
}
