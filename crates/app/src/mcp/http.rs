//! Streamable HTTP: many clients, at `/mcp`.
//!
//! Stateless towards clients of both eras: no session is kept, so a client costs nothing between its requests.
//! `Host` and `Origin` are checked by the SDK against the lists made here; the credential before anything else.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use axum::{
    Router,
    extract::{Request, State},
    http::{HeaderValue, StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
};
use hyper::server::conn::http1;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use rmcp::transport::streamable_http_server::{
    StreamableHttpServerConfig, StreamableHttpService, session::never::NeverSessionManager,
};
use secrecy::{ExposeSecret, SecretString};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::Semaphore,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::Face;
use crate::{
    exit::{Failed, Status},
    gateway::Gateway,
    print,
};

/// Where the face listens when neither the command line nor the configuration says.
const ADDRESS: &str = "127.0.0.1:7227";

/// Connections at once; more wait in the system's queue. Each costs a few KB and one descriptor.
const CONNECTIONS: usize = 512;

/// How long a client may take to send the head of a request: more is a broken or hostile client.
const HEAD_WITHIN: Duration = Duration::from_secs(10);

/// Bytes and fields of a request's head. Real ones have under 2 KB and 30 fields.
const HEAD_BYTES: usize = 32 * 1024;
const HEAD_FIELDS: usize = 64;

/// The longest until an answer begins: a run is waited for at most 50 s, the rest is for a slow line.
const ANSWER_BEGINS_WITHIN: Duration = Duration::from_secs(90);

/// How long answers that are under way may take once the process is asked to end.
const DRAIN: Duration = Duration::from_secs(5);

/// Serves until `stop` is cancelled, then lets requests under way finish for a while.
pub(crate) async fn serve(
    gateway: Arc<Gateway>,
    address: &str,
    stop: CancellationToken,
) -> Result<(), Failed> {
    let listener = listen(&gateway, address).await?;
    let at = listener.local_addr().map_err(|error| Failed::internal("cannot tell the address", error))?;
    print::note(format_args!("listening on http://{at}/mcp"));

    let router = router(gateway, at, stop.child_token());
    let connections = TaskTracker::new();
    let permits = Arc::new(Semaphore::new(CONNECTIONS));
    while let Some((permit, stream)) = next(&listener, &permits, &stop).await {
        let (router, stop) = (router.clone(), stop.clone());
        connections.spawn(async move {
            connection(stream, router, stop).await;
            drop(permit);
        });
    }
    connections.close();
    if tokio::time::timeout(DRAIN, connections.wait()).await.is_err() {
        tracing::warn!("some answers were still under way");
    }
    Ok(())
}

async fn listen(gateway: &Gateway, address: &str) -> Result<TcpListener, Failed> {
    let http = &gateway.config.http;
    let address = match (address, &http.address) {
        ("", Some(configured)) => configured.as_str(),
        ("", None) => ADDRESS,
        (given, _) => given,
    };
    let listener = TcpListener::bind(address).await.map_err(|error| {
        let status = match error.kind() {
            std::io::ErrorKind::InvalidInput => Status::Config,
            _ => Status::Internal,
        };
        Failed::new(status, format!("cannot listen on `{address}`: {error}"))
            .hint("give an address and a port, as in `--http 127.0.0.1:7227`")
    })?;
    let at = listener.local_addr().map_err(|error| Failed::internal("cannot tell the address", error))?;
    if !at.ip().is_loopback() && http.token.is_none() {
        return Err(Failed::new(
            Status::Config,
            format!(
                "refusing to listen on `{address}`, which other machines can reach, without a credential"
            ),
        )
        .hint("set NARROWS_TOKEN or `narrows.http.token`, or listen on 127.0.0.1"));
    }
    Ok(listener)
}

/// The next connection, once there is room for it; `None` when it is time to stop.
async fn next(
    listener: &TcpListener,
    permits: &Arc<Semaphore>,
    stop: &CancellationToken,
) -> Option<(tokio::sync::OwnedSemaphorePermit, TcpStream)> {
    let accept = async {
        let permit = permits.clone().acquire_owned().await.ok()?;
        loop {
            match listener.accept().await {
                Ok((stream, _)) => return Some((permit, stream)),
                Err(error) => {
                    // Out of descriptors, mostly: others must end before it gets better.
                    tracing::warn!(%error, "cannot accept a connection");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            }
        }
    };
    tokio::select! {
        accepted = accept => accepted,
        () = stop.cancelled() => None,
    }
}

async fn connection(stream: TcpStream, router: Router, stop: CancellationToken) {
    // Answers are small and awaited.
    let _ = stream.set_nodelay(true);
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(HEAD_WITHIN);
    builder.max_buf_size(HEAD_BYTES).max_headers(HEAD_FIELDS);
    let serving = builder.serve_connection(TokioIo::new(stream), TowerToHyperService::new(router));
    let mut serving = std::pin::pin!(serving);
    let ended = tokio::select! {
        ended = serving.as_mut() => ended,
        () = stop.cancelled() => {
            serving.as_mut().graceful_shutdown();
            serving.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection failed");
    }
}

fn router(gateway: Arc<Gateway>, at: SocketAddr, stop: CancellationToken) -> Router {
    let http = &gateway.config.http;
    let token = http.token.clone().map(Arc::new);
    // Every character of a script may arrive as `\u1234`; the rest of a request is small.
    let body_bytes_max = gateway.config.limits.source_bytes as usize * 6 + 64 * 1024;
    let config = StreamableHttpServerConfig::default()
        .with_legacy_session_mode(false)
        .with_json_response(true)
        .with_allowed_hosts(hosts(at, &http.hosts))
        .with_allowed_origins(http.origins.clone())
        .enforce_origin_validation()
        .with_max_request_body_bytes(body_bytes_max)
        .with_cancellation_token(stop);
    let face = Face::new(gateway);
    let service = StreamableHttpService::new(
        move || Ok(face.clone()),
        Arc::new(NeverSessionManager::default()),
        config,
    );
    let router = Router::new().route_service("/mcp", service).layer(middleware::from_fn(in_time));
    match token {
        Some(token) => router.layer(middleware::from_fn_with_state(token, admit)),
        None => router,
    }
}

/// What a request's `Host` may be: the address, further names from the configuration and, on a loopback address,
/// the names of loopback. Anything else is a web page that had its name resolved to this machine.
fn hosts(at: SocketAddr, further: &[String]) -> Vec<String> {
    let own = at.ip().to_string();
    let loopback = ["localhost", "127.0.0.1", "::1"].map(str::to_owned);
    let here = if at.ip().is_loopback() || at.ip().is_unspecified() { loopback.to_vec() } else { Vec::new() };
    here.into_iter().chain([own]).chain(further.iter().cloned()).collect()
}

async fn admit(State(token): State<Arc<SecretString>>, request: Request, next: Next) -> Response {
    let given = request.headers().get(header::AUTHORIZATION).and_then(bearer).unwrap_or_default();
    if same(given, token.expose_secret().as_bytes()) {
        return next.run(request).await;
    }
    let challenge = [(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"))];
    (StatusCode::UNAUTHORIZED, challenge, "a valid `Authorization: Bearer` credential is needed\n")
        .into_response()
}

/// A request whose body does not arrive, or whose answer does not begin, ends here.
async fn in_time(request: Request, next: Next) -> Response {
    match tokio::time::timeout(ANSWER_BEGINS_WITHIN, next.run(request)).await {
        Ok(response) => response,
        Err(_) => StatusCode::REQUEST_TIMEOUT.into_response(),
    }
}

fn bearer(value: &HeaderValue) -> Option<&[u8]> {
    let (scheme, rest) = value.as_bytes().split_at_checked(7)?;
    scheme.eq_ignore_ascii_case(b"bearer ").then(|| rest.trim_ascii())
}

/// Compares in a time that tells nothing but the length.
fn same(given: &[u8], wanted: &[u8]) -> bool {
    if given.len() != wanted.len() {
        return false;
    }
    let difference = given.iter().zip(wanted).fold(0, |all, (a, b)| std::hint::black_box(all | (a ^ b)));
    difference == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_compared_as_wholes() {
        assert!(same(b"s3cret", b"s3cret"));
        for wrong in [&b"s3creT"[..], b"s3cre", b"s3cret ", b""] {
            assert!(!same(wrong, b"s3cret"), "{wrong:?}");
        }
    }

    #[test]
    fn the_scheme_is_read_in_any_case() {
        let check = |header: &str, expect: Option<&[u8]>| {
            assert_eq!(bearer(&HeaderValue::from_str(header).expect("it is a header")), expect, "{header}");
        };
        check("Bearer abc", Some(b"abc"));
        check("bearer  abc", Some(b"abc"));
        check("Basic abc", None);
        check("Bear", None);
    }

    #[test]
    fn hosts_are_those_of_the_address() {
        let at = |text: &str| text.parse().expect("it is an address");
        assert_eq!(hosts(at("127.0.0.1:1"), &[]), ["localhost", "127.0.0.1", "::1", "127.0.0.1"]);
        assert_eq!(hosts(at("10.0.0.5:1"), &["mcp.example.com".to_owned()]), ["10.0.0.5", "mcp.example.com"]);
    }
}
