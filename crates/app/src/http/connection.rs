//! One connection: its requests one after the other, each within its times and sizes.

use std::{convert::Infallible, sync::Arc, time::Duration};

use host::Client;
use hyper::{server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;

use super::{door::Door, patience::Patient, slots::Slot};

/// How long a client may take to send the head of a request, and to send nothing between two: more is a broken or
/// hostile client.
const HEAD_WITHIN: Duration = Duration::from_secs(10);

/// Bytes and fields of a request's head. Real ones have under 2 KB and 30 fields.
const HEAD_BYTES: usize = 32 * 1024;
const HEAD_FIELDS: usize = 64;

/// How long a client may take nothing of an answer that is being sent.
const TAKEN_WITHIN: Duration = Duration::from_secs(20);

/// Answers the requests of a connection until it ends, has to leave its slot, or the server stops.
pub(super) async fn connection(
    stream: TcpStream,
    slot: Arc<Slot>,
    client: Client,
    door: Arc<Door>,
    stop: CancellationToken,
) {
    // Answers are small and awaited.
    let _ = stream.set_nodelay(true);
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(HEAD_WITHIN);
    builder.max_buf_size(HEAD_BYTES).max_headers(HEAD_FIELDS);
    let own_slot = slot.clone();
    let service = service_fn(move |request| {
        let (door, slot, client) = (door.clone(), own_slot.clone(), client.clone());
        async move { Ok::<_, Infallible>(door.exchange(request, client, &slot).await) }
    });
    let stream = TokioIo::new(Patient::new(stream, TAKEN_WITHIN));
    let serving = builder.serve_connection(stream, service);
    let mut serving = std::pin::pin!(serving);
    let ended = tokio::select! {
        ended = serving.as_mut() => ended,
        () = slot.evicted() => return,
        () = stop.cancelled() => {
            serving.as_mut().graceful_shutdown();
            serving.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection failed");
    }
}
