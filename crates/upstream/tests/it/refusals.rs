//! Servers, and gateways before them, that say in different ways that they do not know a method or a session.

use std::{
    panic::resume_unwind,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::State,
    http::{HeaderMap, Method, Response, StatusCode, Uri, header::CONTENT_TYPE},
    response::IntoResponse,
};
use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use upstream::{Era, Transport};

use crate::support::*;

/// How something is refused.
#[derive(Debug, Clone, Copy)]
enum No {
    Status(u16),
    /// A JSON-RPC error with this HTTP status and code; it answers the request.
    Rpc(u16, i64),
    /// The same, naming no request.
    Nameless(u16, i64),
    Page,
    Empty,
    /// The connection ends without an answer.
    Closes,
}

/// Every way to say no, and whether a call that was refused so in a forgotten session was surely not taken.
const ALL: [(No, bool); 18] = [
    (No::Status(400), true),
    (No::Status(401), true),
    (No::Status(403), true),
    (No::Status(404), true),
    (No::Status(405), true),
    (No::Status(406), true),
    (No::Status(410), true),
    (No::Status(500), false),
    (No::Status(502), false),
    (No::Rpc(200, -32600), true),
    (No::Rpc(200, -32000), true),
    (No::Rpc(404, -32001), true),
    (No::Rpc(400, -32602), true),
    (No::Nameless(400, -32000), true),
    (No::Nameless(405, -32000), true),
    (No::Page, false),
    (No::Empty, false),
    (No::Closes, false),
];

impl No {
    fn say(self, id: &Value) -> Response<Body> {
        let rpc = |status, id: &Value, code| {
            let error = json!({"jsonrpc": "2.0", "id": id, "error": {"code": code, "message": "refused"}});
            let status = StatusCode::from_u16(status).expect("a status");
            (status, [(CONTENT_TYPE, "application/json")], error.to_string()).into_response()
        };
        match self {
            Self::Status(status) => StatusCode::from_u16(status).expect("a status").into_response(),
            Self::Rpc(status, code) => rpc(status, id, code),
            Self::Nameless(status, code) => rpc(status, &Value::Null, code),
            Self::Page => ([(CONTENT_TYPE, "text/html")], "<html>sign in</html>").into_response(),
            Self::Empty => StatusCode::OK.into_response(),
            // Ends the task of the connection, without the message of a panic.
            Self::Closes => resume_unwind(Box::new(())),
        }
    }
}

/// What is refused.
#[derive(Debug, Clone, Copy, PartialEq)]
enum What {
    /// `server/discover`.
    TheProbe,
    /// Everything in a session that was forgotten.
    OldSessions,
    /// `tools/call`, in any session.
    Calls,
}

struct Fake {
    what: What,
    no: No,
    session: Mutex<u32>,
    /// The methods that came, the refused ones with a `!`.
    seen: Mutex<Vec<String>>,
}

impl Fake {
    async fn start(what: What, no: No) -> (Arc<Self>, String) {
        let fake = Arc::new(Self { what, no, session: Mutex::new(1), seen: Mutex::default() });
        let url = serve(Router::new().fallback(answer).with_state(Arc::clone(&fake))).await;
        (fake, format!("{url}/mcp"))
    }

    fn forget_sessions(&self) {
        *self.session.lock() += 1;
        self.seen.lock().clear();
    }

    fn count(&self, what: &str) -> usize {
        self.seen.lock().iter().filter(|seen| *seen == what).count()
    }

    fn refuses(&self, method: &str, session: Option<&str>) -> bool {
        let current = self.session.lock().to_string();
        match self.what {
            What::TheProbe => method == "server/discover",
            What::OldSessions => session.is_some_and(|session| session != current),
            What::Calls => method == "tools/call",
        }
    }
}

async fn serve(router: Router) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("bound"));
    tokio::spawn(async move { axum::serve(listener, router).await });
    url
}

async fn answer(
    State(fake): State<Arc<Fake>>,
    method: Method,
    headers: HeaderMap,
    body: Bytes,
) -> Response<Body> {
    if method != Method::POST {
        return StatusCode::METHOD_NOT_ALLOWED.into_response();
    }
    let message: Value = serde_json::from_slice(&body).expect("JSON");
    let (name, id) = (message["method"].as_str().expect("a method"), &message["id"]);
    let refused = fake.refuses(name, headers.get("mcp-session-id").and_then(|id| id.to_str().ok()));
    fake.seen.lock().push(format!("{name}{}", if refused { "!" } else { "" }));
    if refused {
        return fake.no.say(id);
    }
    let Some(result) = result(name, &message) else { return StatusCode::ACCEPTED.into_response() };
    let answer = json!({"jsonrpc": "2.0", "id": id, "result": result}).to_string();
    let session = fake.session.lock().to_string();
    ([("content-type", "application/json".to_owned()), ("mcp-session-id", session)], answer).into_response()
}

fn result(method: &str, message: &Value) -> Option<Value> {
    Some(match method {
        "initialize" => json!({"protocolVersion": "2025-11-25", "capabilities": {"tools": {}}}),
        "tools/list" => json!({"tools": [{"name": "echo", "inputSchema": {"type": "object"}}]}),
        "tools/call" => json!({"structuredContent": message["params"]["arguments"]}),
        "ping" | "server/discover" => json!({}),
        _ => return None,
    })
}

fn http(url: &str) -> Transport {
    Transport::Http { url: url.to_owned(), headers: Vec::new() }
}

fn auto(url: String) -> Transport {
    Transport::Auto { url, headers: Vec::new() }
}

#[tokio::test]
async fn after_a_refused_probe_the_older_way_is_tried_once() {
    for (no, _) in ALL {
        let (fake, url) = Fake::start(What::TheProbe, no).await;
        let upstream = start(auto(url), settings()).await;
        assert_eq!(shown_now(&upstream), "ready: echo", "{no:?}");
        assert_eq!(upstream.health()[0].era, Some(Era::Legacy), "{no:?}");
        assert_eq!(fake.count("initialize"), 1, "{no:?}");
        // What only asks may be repeated where its connection ended.
        let most = if matches!(no, No::Closes) { 2 } else { 1 };
        assert!(fake.count("server/discover!") <= most, "{no:?}");
        assert_eq!(call(&upstream, "echo", json!({"a": 1})).await, r#"{"a":1}"#, "{no:?}");
        upstream.shutdown().await;
    }
}

#[tokio::test]
async fn a_forgotten_session_is_opened_anew_and_no_call_is_made_twice() {
    for (no, surely_not_taken) in ALL {
        let (fake, url) = Fake::start(What::OldSessions, no).await;
        let upstream = start(http(&url), settings()).await;
        fake.forget_sessions();
        let first = call(&upstream, "echo", json!({"n": 1})).await;
        assert_eq!(fake.count("initialize"), 1, "{no:?}");
        assert_eq!(fake.count("tools/call!"), 1, "{no:?}");
        if surely_not_taken {
            assert_eq!((first.as_str(), fake.count("tools/call")), (r#"{"n":1}"#, 1), "{no:?}");
        } else {
            assert_eq!((first == r#"{"n":1}"#, fake.count("tools/call")), (false, 0), "{no:?}: {first}");
        }
        assert_eq!(call(&upstream, "echo", json!({"n": 2})).await, r#"{"n":2}"#, "{no:?}");
        assert_eq!(fake.count("initialize"), 1, "{no:?}");
        assert_eq!(upstream.health()[0].restarts, 0, "{no:?}");
        upstream.shutdown().await;
    }
}

#[tokio::test]
async fn many_calls_that_meet_a_forgotten_session_open_one_new_one() {
    let (fake, url) = Fake::start(What::OldSessions, No::Status(400)).await;
    let upstream = start(http(&url), settings()).await;
    fake.forget_sessions();
    let calls = (0..20).map(|n| call(&upstream, "echo", json!({"n": n})));
    let answers = futures_util::future::join_all(calls).await;
    assert_eq!(answers[19], r#"{"n":19}"#);
    assert_eq!((fake.count("initialize"), fake.count("tools/call")), (1, 20));
    upstream.shutdown().await;
}

#[tokio::test]
async fn a_call_refused_in_a_session_that_lives_is_made_once() {
    for (no, _) in ALL {
        let (fake, url) = Fake::start(What::Calls, no).await;
        let upstream = start(http(&url), settings()).await;
        fake.seen.lock().clear();
        call(&upstream, "echo", json!({})).await;
        // HTTP 404 in a session is how the protocol says that the session is forgotten.
        let times = if matches!(no, No::Status(404) | No::Rpc(404, _)) { 2 } else { 1 };
        assert_eq!(fake.count("tools/call!"), times, "{no:?}");
        assert_eq!(fake.count("initialize"), times - 1, "{no:?}");
        upstream.shutdown().await;
    }
}

async fn check_failed(transport: Transport, expect: &str) {
    let upstream = start(transport, settings()).await;
    assert_eq!(shown_now(&upstream), format!("failed ({expect}): "));
    upstream.shutdown().await;
}

#[tokio::test]
async fn what_each_way_was_answered_with_is_said() {
    let refuse = |status: fn(&str) -> u16| {
        let router = Router::new().fallback(move |method: Method, body: Bytes| async move {
            let message: Value = serde_json::from_slice(&body).unwrap_or_default();
            let what = message["method"].as_str().unwrap_or(method.as_str()).to_owned();
            StatusCode::from_u16(status(&what)).expect("a status")
        });
        serve(router)
    };
    let url = refuse(|_| 403).await;
    check_failed(
        auto(url.clone()),
        &format!("{url}/ does not allow this; check the rights of the credential (HTTP 403)"),
    )
    .await;
    let says = Router::new().fallback(|| async { (StatusCode::FORBIDDEN, "the scope `write` is missing") });
    let url = serve(says).await;
    check_failed(
        auto(url.clone()),
        &format!(
            "{url}/ does not allow this; check the rights of the credential (HTTP 403): the scope `write` is missing"
        ),
    )
    .await;
    let url = refuse(|what| if what == "server/discover" { 401 } else { 405 }).await;
    let denied = format!("{url}/ wants a credential; add an `Authorization` header to its entry (HTTP 401)");
    let both = format!("`initialize`: the server answered HTTP 405; `server/discover`: {denied}");
    check_failed(http(&url), &both).await;
    let sse = "HTTP+SSE: the server answered HTTP 405 to GET instead of a stream of events";
    check_failed(auto(url), &format!("streamable HTTP: {both}; {sse}")).await;
    let url = refuse(|what| if what == "GET" { 502 } else { 405 }).await;
    let sse = sse.replace("405", "502");
    check_failed(auto(url), &format!("streamable HTTP: the server answered HTTP 405; {sse}")).await;
}

/// An HTTP+SSE server on the path `/team/sse` that names `endpoint` and takes messages at `taken` alone.
async fn sse_server(endpoint: &'static str, taken: &'static str) -> String {
    forgetful_sse_server(endpoint, taken, Arc::default()).await
}

/// The same, which has forgotten the sessions (streams, counted from 0) below `oldest`.
async fn forgetful_sse_server(
    endpoint: &'static str,
    taken: &'static str,
    oldest: Arc<AtomicUsize>,
) -> String {
    let opened = Arc::new(AtomicUsize::new(0));
    let (stream, _) = tokio::sync::broadcast::channel::<String>(16);
    let router = Router::new().fallback(move |method: Method, uri: Uri, body: Bytes| {
        let (stream, opened, oldest) = (stream.clone(), Arc::clone(&opened), Arc::clone(&oldest));
        async move {
            let session = uri.query().and_then(|query| query.rsplit('=').next()?.parse().ok());
            let is_forgotten = session.is_some_and(|session: usize| session < oldest.load(Ordering::SeqCst));
            match (method, uri.path()) {
                (Method::GET, "/team/sse") => {
                    let sign = if endpoint.contains('?') { '&' } else { '?' };
                    let session = opened.fetch_add(1, Ordering::SeqCst);
                    let first = format!("event: endpoint\ndata: {endpoint}{sign}session={session}\n\n");
                    let events = futures_util::stream::unfold(
                        (Some(first), stream.subscribe()),
                        |(first, mut receiver)| async {
                            let text = match first {
                                Some(first) => first,
                                None => receiver.recv().await.ok()?,
                            };
                            Some((Ok::<_, std::convert::Infallible>(text), (None, receiver)))
                        },
                    );
                    ([(CONTENT_TYPE, "text/event-stream")], Body::from_stream(events)).into_response()
                }
                (Method::POST, "/team/sse") => StatusCode::METHOD_NOT_ALLOWED.into_response(),
                (Method::POST, path) if path == taken && !is_forgotten => {
                    let message: Value = serde_json::from_slice(&body).expect("JSON");
                    if let Some(result) = result(message["method"].as_str().unwrap_or_default(), &message) {
                        let answer = json!({"jsonrpc": "2.0", "id": message["id"], "result": result});
                        stream.send(format!("data: {answer}\n\n")).expect("a stream");
                    }
                    StatusCode::ACCEPTED.into_response()
                }
                _ => (StatusCode::NOT_FOUND, "no such page").into_response(),
            }
        }
    });
    serve(router).await + "/team/sse"
}

#[tokio::test]
async fn an_event_stream_behind_a_proxy_is_spoken_to_where_it_takes_messages() {
    for endpoint in ["/messages?sid=1", "/team/messages", "messages?sid=1", "https://10.0.0.5/messages"] {
        let url = sse_server(endpoint, "/team/messages").await;
        let upstream = start(auto(url), settings()).await;
        assert_eq!(shown_now(&upstream), "ready: echo", "{endpoint}");
        assert_eq!(call(&upstream, "echo", json!({"a": 1})).await, r#"{"a":1}"#, "{endpoint}");
        upstream.shutdown().await;
    }
}

#[tokio::test]
async fn an_event_stream_whose_session_was_forgotten_is_opened_again() {
    let oldest = Arc::new(AtomicUsize::new(0));
    let url = forgetful_sse_server("/team/messages", "/team/messages", Arc::clone(&oldest)).await;
    let upstream = start(auto(url), settings()).await;
    assert_eq!(call(&upstream, "echo", json!({"n": 1})).await, r#"{"n":1}"#);
    oldest.store(1, Ordering::SeqCst);
    let refused = "the server answered HTTP 404 to POST …/messages: no such page";
    assert_eq!(
        call(&upstream, "echo", json!({"n": 2})).await,
        format!("unavailable: server `s` is not available: {refused}")
    );
    assert_eq!(call(&upstream, "echo", json!({"n": 3})).await, r#"{"n":3}"#);
    upstream.shutdown().await;
}

#[tokio::test]
async fn an_event_stream_that_takes_no_messages_says_where_they_were_sent() {
    let nowhere = "the server answered HTTP 404 to POST /messages: no such page; \
                   the server answered HTTP 404 to POST /team/messages: no such page";
    let url = sse_server("/messages", "/nowhere").await;
    let transport = Transport::Sse { url: url.clone(), headers: Vec::new() };
    check_failed(transport, nowhere).await;
    let post = "streamable HTTP: the server answered HTTP 405; HTTP+SSE:";
    check_failed(auto(url), &format!("{post} {nowhere}")).await;
    let url = sse_server("http://b.example/messages", "/nowhere").await;
    let elsewhere = "it names an address on another host for messages, http://b.example/messages, \
                     and on its own host";
    check_failed(auto(url), &format!("{post} {elsewhere} {nowhere}")).await;
}
