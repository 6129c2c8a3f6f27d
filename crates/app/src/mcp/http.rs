//! Streamable HTTP: many clients, at `/mcp`.
//!
//! Stateless towards clients of both eras: no session is kept, so a client costs nothing between its requests.
//! `Host` and `Origin` are checked by the SDK against the lists made here; the credential before anything else.

mod accept;
mod admit;
mod batch;
mod patience;
mod slots;

use std::{borrow::Cow, convert::Infallible, io, net::SocketAddr, sync::Arc, time::Duration};

use axum::{
    Router,
    body::{Body, Bytes},
    http::{HeaderMap, HeaderValue, Request, StatusCode, header},
    response::{IntoResponse, Response},
};
use host::Client;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::{
    body::{Body as _, Incoming},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::{TokioIo, TokioTimer};
use rmcp::transport::streamable_http_server::{
    StreamableHttpServerConfig, StreamableHttpService, session::never::NeverSessionManager,
};
use serde::Deserialize;
use serde_json::Value;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tower::ServiceExt;

pub(super) use self::accept::Accepted;
use self::{
    accept::{EVENTS, JSON},
    admit::Credential,
    patience::Patient,
    slots::{Slot, Slots},
};
use super::{
    Face, end_runs, incoming, message_bytes_max,
    refusals::{too_long, unfinished, unreadable},
    requester::Requester,
};
use crate::{
    exit::{Failed, Status},
    gateway::Gateway,
    print,
};

/// Where the face listens when neither the command line nor the configuration says.
const ADDRESS: &str = "127.0.0.1:7227";

/// Connections besides those on which a request is being answered: new ones find a free slot, and are answered on it that there
/// is too much to do.
const SPARE_CONNECTIONS: usize = 64;

/// How soon a client that was turned away may try again, in seconds: most runs end within one.
const RETRY_AFTER: HeaderValue = HeaderValue::from_static("1");

/// How long a client may take to send the head of a request, and to send nothing between two: more is a broken or
/// hostile client.
const HEAD_WITHIN: Duration = Duration::from_secs(10);

/// Bytes and fields of a request's head. Real ones have under 2 KB and 30 fields.
const HEAD_BYTES: usize = 32 * 1024;
const HEAD_FIELDS: usize = 64;

/// How long the body may take after the head: the largest is some megabytes.
const BODY_WITHIN: Duration = Duration::from_secs(20);

/// How long a client may take nothing of an answer that is being sent.
const TAKEN_WITHIN: Duration = Duration::from_secs(20);

/// The longest until an answer begins: a run is waited for at most 50 s, the rest is for a slow line.
const ANSWER_BEGINS_WITHIN: Duration = Duration::from_secs(90);

/// How long answers may take on their way once all runs have ended, and once there is no more to say.
const ANSWERS_WITHIN: Duration = Duration::from_secs(1);

/// Serves until `stop` is cancelled, then ends all runs and answers the requests that are under way.
pub(crate) async fn serve(
    gateway: Arc<Gateway>,
    address: &str,
    stop: CancellationToken,
) -> Result<(), Failed> {
    let listener = listen(&gateway, address).await?;
    let at = listener.local_addr().map_err(|error| Failed::internal("cannot tell the address", error))?;
    print::note(format_args!("listening on http://{at}/mcp"));

    let hang_up = CancellationToken::new();
    let door = Arc::new(Door::new(gateway.clone(), at, hang_up.clone()));
    let requests = gateway.config.http.requests;
    let connections = TaskTracker::new();
    let slots = Slots::new(requests + SPARE_CONNECTIONS, requests);
    for number in 0_u64.. {
        let Some((slot, stream)) = next(&listener, &slots, &stop).await else { break };
        let client = Client::new(&format!("http {number}"));
        connections.spawn(connection(stream, Arc::new(slot), client, door.clone(), stop.clone()));
    }
    connections.close();
    // Runs that end are answered in our words, and so is who waits for something else.
    end_runs(&gateway).await;
    if tokio::time::timeout(ANSWERS_WITHIN, connections.wait()).await.is_err() {
        hang_up.cancel();
        if tokio::time::timeout(ANSWERS_WITHIN, connections.wait()).await.is_err() {
            tracing::warn!("some answers were still under way");
        }
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
    let listener = TcpListener::bind(address).await.map_err(|error| not_listening(address, &error))?;
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

/// Why it cannot be listened there, and what to do.
fn not_listening(address: &str, error: &io::Error) -> Failed {
    let (status, why, hint) = match error.kind() {
        io::ErrorKind::AddrInUse => (
            Status::Unavailable,
            "another program listens there, perhaps another Narrows".to_owned(),
            "end that program, or choose another port, as in `--http 127.0.0.1:7228`; with port 0 the system chooses one",
        ),
        io::ErrorKind::AddrNotAvailable => (
            Status::Config,
            "this machine has no such address".to_owned(),
            "give an address of this machine and a port, as in `--http 127.0.0.1:7227`",
        ),
        io::ErrorKind::PermissionDenied => {
            (Status::Config, error.to_string(), "choose a port above 1023, as in `--http 127.0.0.1:7227`")
        }
        io::ErrorKind::InvalidInput => (Status::Config, error.to_string(), ADDRESS_HINT),
        _ => (Status::Internal, error.to_string(), ADDRESS_HINT),
    };
    Failed::new(status, format!("cannot listen on `{address}`: {why}")).hint(hint)
}

const ADDRESS_HINT: &str = "give an address and a port, as in `--http 127.0.0.1:7227`";

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

async fn connection(
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
        let (door, slot, requester) = (door.clone(), own_slot.clone(), Requester::new(client.clone()));
        async move { Ok::<_, Infallible>(door.exchange(request, requester, &slot).await) }
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

/// What every request passes: credential, address, body, answer, each within its time.
struct Door {
    credential: Option<Credential>,
    body_bytes_max: usize,
    /// What is said when too many requests are being answered.
    busy: String,
    router: Router,
    /// Nothing more is waited for.
    hang_up: CancellationToken,
}

impl Door {
    fn new(gateway: Arc<Gateway>, at: SocketAddr, hang_up: CancellationToken) -> Self {
        let http = &gateway.config.http;
        let credential = http.token.as_ref().map(Credential::new);
        let body_bytes_max = message_bytes_max(&gateway);
        let busy = format!(
            "the limit of requests at once of {} was reached (`http.requests`); try again\n",
            http.requests
        );
        let config = StreamableHttpServerConfig::default()
            .with_legacy_session_mode(false)
            .with_json_response(true)
            .with_allowed_hosts(admit::hosts(at, &http.hosts))
            .with_allowed_origins(admit::origins(at, &http.origins))
            .enforce_origin_validation()
            .with_max_request_body_bytes(body_bytes_max)
            .with_cancellation_token(hang_up.clone());
        let face = Face::new(gateway);
        let service = StreamableHttpService::new(
            move || Ok(face.clone()),
            Arc::new(NeverSessionManager::default()),
            config,
        );
        let router = Router::new().route_service("/mcp", service.clone()).route_service("/mcp/", service);
        Self { credential, body_bytes_max, busy, router: router.fallback(elsewhere), hang_up }
    }

    async fn exchange(&self, request: Request<Incoming>, requester: Requester, slot: &Slot) -> Response {
        slot.waits();
        let mut request = match self.admit(request).await {
            Ok(request) => request,
            Err(refused) => return refused,
        };
        let Some(accepted) = Accepted::of(request.headers()) else {
            let reason =
                "an answer is `application/json` or `text/event-stream`, and `Accept` takes neither\n";
            return refusal(StatusCode::NOT_ACCEPTABLE, reason);
        };
        request.extensions_mut().insert(accepted);
        // The SDK serves nobody who does not take both.
        request.headers_mut().insert(header::ACCEPT, BOTH);
        if !slot.works() {
            return later(refusal(StatusCode::SERVICE_UNAVAILABLE, self.busy.clone()));
        }
        request.extensions_mut().insert(requester.clone());
        let response = match incoming::batch(request.body()) {
            Some(messages) => batch::response(self, &request, messages).await,
            None => self.response(request).await,
        };
        // Events go on after the head; everything else is there as a whole.
        let goes_on = response.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind == EVENTS);
        let response = accepted.form(response).await;
        if !goes_on {
            slot.waits();
        }
        if requester.was_turned_away() { later(response) } else { response }
    }

    /// The answer to one message.
    async fn response(&self, request: Request<Bytes>) -> Response {
        let message = is_json(request.headers()).then(|| request.body().clone());
        let id = message.as_deref().map(id_of).unwrap_or_default();
        let answer = self.router.clone().oneshot(request.map(Body::from));
        let answer = tokio::time::timeout(ANSWER_BEGINS_WITHIN, answer);
        let Some(answer) = self.hang_up.run_until_cancelled(answer).await else {
            return answered(StatusCode::SERVICE_UNAVAILABLE, &unfinished(&id));
        };
        match answer {
            Ok(Ok(response)) => match message.and_then(|message| not_taken(&response, &message)) {
                Some(refused) => refused,
                None => response,
            },
            Ok(Err(never)) => match never {},
            Err(_) => StatusCode::REQUEST_TIMEOUT.into_response(),
        }
    }

    /// The whole request, if it may pass. The connection of one that may not is closed: what is left of it is not read.
    async fn admit(&self, request: Request<Incoming>) -> Result<Request<Bytes>, Response> {
        if self.credential.as_ref().is_some_and(|credential| !credential.is_in(request.headers())) {
            let mut refused =
                refusal(StatusCode::UNAUTHORIZED, "a valid `Authorization: Bearer` credential is needed\n");
            refused.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            return Err(refused);
        }
        if !admit::is_plain(request.headers()) {
            let reason =
                "`Host` must be a host and a port, and `Origin` a scheme, a host and a port, each once\n";
            return Err(refusal(StatusCode::FORBIDDEN, reason));
        }
        // Addresses are logged and kept everywhere; a credential in one would be as well.
        if request.uri().query().is_some() {
            let reason = "no query is understood; a credential goes into the `Authorization` header\n";
            return Err(refusal(StatusCode::BAD_REQUEST, reason));
        }
        let too_large = || {
            let said = too_long(self.body_bytes_max, &Value::Null);
            let mut refused = answered(StatusCode::PAYLOAD_TOO_LARGE, &said);
            refused.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
            refused
        };
        let (head, body) = request.into_parts();
        if body.size_hint().lower() > self.body_bytes_max as u64 {
            return Err(too_large());
        }
        let body = Limited::new(body, self.body_bytes_max);
        match tokio::time::timeout(BODY_WITHIN, body.collect()).await {
            Ok(Ok(body)) => {
                let body = body.to_bytes();
                let body = match incoming::text(&body) {
                    Cow::Borrowed(text) => body.slice_ref(text),
                    Cow::Owned(text) => text.into(),
                };
                match tools::is_deceptive(&body).then(|| unreadable(&body)).flatten() {
                    Some(said) => Err(answered(StatusCode::BAD_REQUEST, &said)),
                    None => Ok(Request::from_parts(head, body)),
                }
            }
            Ok(Err(error)) if error.is::<LengthLimitError>() => Err(too_large()),
            Ok(Err(_)) => Err(refusal(StatusCode::BAD_REQUEST, "the request cannot be read\n")),
            Err(_) => Err(refusal(StatusCode::REQUEST_TIMEOUT, "the request did not arrive in time\n")),
        }
    }
}

/// What a client takes that follows the protocol.
const BOTH: HeaderValue = HeaderValue::from_static("application/json, text/event-stream");

/// The SDK says of a body that it cannot decode that it was of the wrong type; what is wrong is known better here.
fn not_taken(response: &Response, message: &[u8]) -> Option<Response> {
    let undecoded = response.status() == StatusCode::UNSUPPORTED_MEDIA_TYPE;
    undecoded.then(|| unreadable(message)).flatten().map(|said| answered(StatusCode::BAD_REQUEST, &said))
}

/// An answer that is not the SDK's.
fn answered(status: StatusCode, said: &Value) -> Response {
    (status, [(header::CONTENT_TYPE, HeaderValue::from_static(JSON))], said.to_string()).into_response()
}

/// The id of a request; null where it has none.
fn id_of(message: &[u8]) -> Value {
    #[derive(Default, Deserialize)]
    struct Message {
        #[serde(default)]
        id: Value,
    }
    serde_json::from_slice::<Message>(message).unwrap_or_default().id
}

async fn elsewhere() -> Response {
    refusal(StatusCode::NOT_FOUND, "there is nothing here; MCP is served at `/mcp`\n")
}

fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).map(HeaderValue::as_bytes).unwrap_or_default();
    kind.starts_with(JSON.as_bytes())
}

/// Says that the client shall try again.
fn later(mut response: Response) -> Response {
    *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
    response.headers_mut().insert(header::RETRY_AFTER, RETRY_AFTER);
    response
}

fn refusal(status: StatusCode, reason: impl Into<Body>) -> Response {
    (status, [(header::CONNECTION, HeaderValue::from_static("close"))], reason.into()).into_response()
}
