//! The HTTP server: who may speak, how much and how slowly, and to which face a request goes.
//!
//! It keeps nothing of a client between its requests, so an idle one costs a connection and no more. What every request
//! passes is here, once for all faces (`door`); a face ([`Route`]) answers whole requests of clients that may speak.

mod body;
mod connection;
mod cors;
mod credential;
mod door;
mod idempotency;
mod listen;
mod patience;
mod places;
mod problem;
mod request_id;
mod slots;

use std::{sync::Arc, time::Duration};

use axum::{
    body::Bytes,
    http::{Request, header},
    response::Response,
};
use host::Client;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use connection::connection;
use door::Door;
pub(crate) use door::Ending;
pub(crate) use idempotency::{SCOPE, idempotency_key};
use listen::listen;
pub(crate) use problem::{Problem, RETRY_AFTER};
use slots::{Slot, Slots};

use crate::{exit::Failed, gateway::Gateway, print};

/// Connections besides those on which a request is being answered: new ones find a free slot, and are answered on it that there
/// is too much to do.
const SPARE_CONNECTIONS: usize = 64;

/// How long answers may take on their way once all runs have ended, and once there is no more to say.
const ANSWERS_WITHIN: Duration = Duration::from_secs(1);

/// A face, as the server knows it.
pub(crate) trait Route: Send + Sync {
    /// Bytes of the largest body of a request that is read.
    fn body_bytes_max(&self) -> usize;

    /// The answer to a request whose body is larger than that.
    fn too_large(&self) -> Response;

    /// The answer to a request.
    fn answer(&self, request: Request<Bytes>, client: Client) -> impl Future<Output = Response> + Send;
}

/// Serves until `stop` is cancelled, then ends all runs and answers the requests that are under way.
pub(crate) async fn serve(
    gateway: Arc<Gateway>,
    address: &str,
    stop: CancellationToken,
) -> Result<(), Failed> {
    let listener = listen(&gateway.config.http, address).await?;
    let at = listener.local_addr().map_err(|error| Failed::internal("cannot tell the address", error))?;
    print::note(format_args!("listening on http://{at}/mcp"));

    let ending = Ending { stop: stop.clone(), hang_up: CancellationToken::new() };
    let door = Arc::new(Door::new(gateway.clone(), at, &ending));
    let requests = gateway.config.http.requests;
    let connections = TaskTracker::new();
    let slots = Slots::new(requests + SPARE_CONNECTIONS, requests);
    for number in 0_u64.. {
        let Some((slot, stream)) = next(&listener, &slots, &stop).await else { break };
        let client = Client::new(&format!("http {number}"));
        connections.spawn(connection(stream, Arc::new(slot), client, door.clone(), stop.clone()));
    }
    connections.close();
    // What ends by itself soon is answered; then runs end, or go on elsewhere, and are answered in our words; and so is who waits
    // for something else.
    if tokio::time::timeout(gateway.config.http.drain, connections.wait()).await.is_ok() {
        return Ok(());
    }
    gateway.end_runs().await;
    if tokio::time::timeout(ANSWERS_WITHIN, connections.wait()).await.is_err() {
        ending.hang_up.cancel();
        if tokio::time::timeout(ANSWERS_WITHIN, connections.wait()).await.is_err() {
            tracing::warn!("some answers were still under way");
        }
    }
    Ok(())
}

/// The next connection and its slot; `None` when it is time to stop.
async fn next(
    listener: &TcpListener,
    slots: &Arc<Slots>,
    stop: &CancellationToken,
) -> Option<(Slot, TcpStream)> {
    let accept = async {
        loop {
            match listener.accept().await {
                Ok((stream, _)) => return (slots.take().await, stream),
                Err(error) => {
                    // Out of descriptors, mostly: others must end before it gets better.
                    tracing::warn!(%error, "cannot accept a connection");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            }
        }
    };
    tokio::select! {
        accepted = accept => Some(accepted),
        () = stop.cancelled() => None,
    }
}

/// Whether an answer goes on after its head: events do, and everything else is there as a whole.
fn goes_on(response: &Response) -> bool {
    let kind = response.headers().get(header::CONTENT_TYPE);
    kind.is_some_and(|kind| kind.as_bytes().starts_with(EVENTS.as_bytes()))
}

/// The type of an answer that goes on.
pub(crate) const EVENTS: &str = "text/event-stream";
