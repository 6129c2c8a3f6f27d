//! Streamable HTTP in both eras, and HTTP+SSE, against servers on loopback.

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::State,
    http::{HeaderMap, Method, Response, StatusCode, Uri},
    response::IntoResponse,
};
use parking_lot::Mutex;
use secrecy::SecretString;
use serde_json::{Value, json};
use tokio::{net::TcpListener, sync::mpsc};
use tools::{CallTool, ServerState};
use upstream::{Era, Settings, Transport, Upstream};

use crate::support::*;

/// How a fake server behaves.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Kind {
    Modern,
    /// Answers as a stream of events, with a notification and a request before the answer.
    ModernStream,
    /// Sessions; refuses what it does not know with 400.
    Legacy,
    /// Sessions, and answers as streams that break off once.
    LegacyStream,
    /// No POST; a stream that names an address for messages.
    Sse,
    Unauthorized,
    /// Sends everyone elsewhere.
    Moved,
    /// Answers everything with a page.
    Page,
}

struct Fake {
    kind: Kind,
    session: Mutex<u32>,
    seen: Mutex<Vec<String>>,
    standing: Mutex<Vec<mpsc::UnboundedSender<String>>>,
    unanswered: Mutex<Option<Value>>,
    elsewhere: Mutex<String>,
    extra_tool: Mutex<bool>,
}

impl Fake {
    async fn start(kind: Kind) -> (Arc<Self>, String) {
        let fake = Arc::new(Self {
            kind,
            session: Mutex::new(1),
            seen: Mutex::default(),
            standing: Mutex::default(),
            unanswered: Mutex::default(),
            elsewhere: Mutex::default(),
            extra_tool: Mutex::default(),
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}/mcp", listener.local_addr().expect("bound"));
        let router = Router::new().fallback(serve).with_state(Arc::clone(&fake));
        tokio::spawn(async move { axum::serve(listener, router).await });
        (fake, url)
    }

    fn saw(&self, what: &str) -> bool {
        self.seen.lock().iter().any(|seen| seen == what)
    }

    fn session(&self) -> String {
        format!("session-{}", self.session.lock())
    }
}

async fn serve(
    State(fake): State<Arc<Fake>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response<Body> {
    let message: Value = serde_json::from_slice(&body).unwrap_or_default();
    let header = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or("?").to_owned());
    let name = message["method"].as_str().unwrap_or("answer");
    let seen = if method == Method::POST { format!("POST {name}") } else { method.to_string() };
    fake.seen.lock().push(seen);
    match (fake.kind, method) {
        (Kind::Unauthorized, _) => StatusCode::UNAUTHORIZED.into_response(),
        (Kind::Moved, _) => {
            let to = fake.elsewhere.lock().clone();
            (StatusCode::TEMPORARY_REDIRECT, [("location", to)]).into_response()
        }
        (Kind::Page, _) => ([("content-type", "text/html")], "<html>hello</html>").into_response(),
        (Kind::Sse, Method::GET) => standing(&fake, Some("event: endpoint\ndata: /messages?session=1\n\n")),
        (Kind::Sse, Method::POST) if uri.path() == "/messages" => {
            if let Some(answer) = answer(&fake, &message) {
                send_standing(&fake, &format!("data: {answer}\n\n"));
            }
            StatusCode::ACCEPTED.into_response()
        }
        (Kind::Modern | Kind::ModernStream, Method::POST) => modern(&fake, &message, &header),
        (Kind::Legacy | Kind::LegacyStream, Method::POST) => legacy(&fake, &message, &header),
        (Kind::LegacyStream, Method::GET)
            if header("last-event-id").as_deref() == Some("before-the-answer") =>
        {
            let answer = fake.unanswered.lock().take();
            events(&format!("id: after\ndata: {}\n\n", answer.unwrap_or_default()))
        }
        (Kind::Legacy | Kind::LegacyStream, Method::GET) => standing(&fake, None),
        (Kind::Legacy | Kind::LegacyStream, Method::DELETE) => StatusCode::NO_CONTENT.into_response(),
        _ => StatusCode::METHOD_NOT_ALLOWED.into_response(),
    }
}

fn modern(fake: &Fake, message: &Value, header: &dyn Fn(&str) -> Option<String>) -> Response<Body> {
    let method = message["method"].as_str().unwrap_or("answer");
    let ours = message["params"]["_meta"]["io.modelcontextprotocol/protocolVersion"].as_str();
    if method != "answer" {
        let params = &message["params"];
        let named = params["name"].as_str().or(params["uri"].as_str()).map(str::to_owned);
        let matches = header("mcp-method").as_deref() == Some(method)
            && header("mcp-name") == named
            && header("mcp-protocol-version").as_deref() == ours
            && header("mcp-session-id").is_none();
        if !matches {
            let error = json!({"jsonrpc": "2.0", "id": message["id"], "error": {"code": -32020, "message": "headers"}});
            return (StatusCode::BAD_REQUEST, [("content-type", "application/json")], error.to_string())
                .into_response();
        }
    }
    if method == "tools/call" && message["params"]["name"] == "region" {
        let header = header("mcp-param-region");
        let result = json!({"structuredContent": {"header": header}, "resultType": "complete"});
        return json_answer(&json!({"jsonrpc": "2.0", "id": message["id"], "result": result}));
    }
    match answer(fake, message) {
        None if method == "subscriptions/listen" => standing(fake, None),
        None => StatusCode::ACCEPTED.into_response(),
        Some(answer) if fake.kind == Kind::ModernStream => events(&format!(
            ": hello\n\nevent: message\ndata: {}\n\ndata: {}\n\ndata: {answer}\n\n",
            json!({"jsonrpc": "2.0", "method": "notifications/progress", "params": {}}),
            json!({"jsonrpc": "2.0", "id": "s", "method": "ping"}),
        )),
        Some(answer) => json_answer(&answer),
    }
}

fn legacy(fake: &Fake, message: &Value, header: &dyn Fn(&str) -> Option<String>) -> Response<Body> {
    let method = message["method"].as_str().unwrap_or("answer");
    if method == "initialize" {
        let answer = answer(fake, message).expect("a request").to_string();
        let headers = [("content-type", "application/json".to_owned()), ("mcp-session-id", fake.session())];
        return (headers, answer).into_response();
    }
    let Some(session) = header("mcp-session-id") else {
        let error =
            json!({"jsonrpc": "2.0", "id": null, "error": {"code": -32000, "message": "not initialized"}});
        return (StatusCode::BAD_REQUEST, [("content-type", "application/json")], error.to_string())
            .into_response();
    };
    if session != fake.session() {
        return StatusCode::NOT_FOUND.into_response();
    }
    assert_eq!(header("mcp-protocol-version").as_deref(), Some("2025-11-25"));
    match answer(fake, message) {
        None => StatusCode::ACCEPTED.into_response(),
        Some(answer) if method == "tools/call" && fake.kind == Kind::LegacyStream => {
            *fake.unanswered.lock() = Some(answer);
            events("id: before-the-answer\nretry: 1\ndata: \n\n")
        }
        Some(answer) => json_answer(&answer),
    }
}

/// The answer of a well-behaved server, whatever carries it.
fn answer(fake: &Fake, message: &Value) -> Option<Value> {
    let id = message.get("id").filter(|_| message.get("method").is_some())?;
    let is_modern = matches!(fake.kind, Kind::Modern | Kind::ModernStream);
    let tools = json!({"tools": {"listChanged": true}});
    let arguments = &message["params"]["arguments"];
    let result = match message["method"].as_str().unwrap_or_default() {
        "server/discover" if is_modern => json!({"supportedVersions": ["2026-07-28"], "capabilities": tools}),
        "initialize" if !is_modern => {
            json!({"protocolVersion": message["params"]["protocolVersion"], "capabilities": tools})
        }
        "tools/list" => {
            let mut names = vec!["big", "change", "echo", "forget", "never", "other-id"];
            if *fake.extra_tool.lock() {
                names.push("extra");
            }
            let tool = |name: &str| json!({"name": name, "inputSchema": {"type": "object"}});
            let mut tools: Vec<_> = names.into_iter().map(tool).collect();
            if is_modern {
                let region =
                    |kind: &str| json!({"properties": {"region": {"type": kind, "x-mcp-header": "Region"}}});
                tools.push(json!({"name": "region", "inputSchema": region("string")}));
                tools.push(json!({"name": "unusable", "inputSchema": region("object")}));
            }
            json!({"tools": tools})
        }
        "resources/read" => json!({"contents": [{"uri": message["params"]["uri"]}]}),
        "tools/call" => match message["params"]["name"].as_str().unwrap_or_default() {
            "big" => {
                json!({"structuredContent": {"x": "x".repeat(arguments["bytes"].as_u64().unwrap_or(0) as usize)}})
            }
            "forget" => {
                *fake.session.lock() += 1;
                json!({"structuredContent": {}})
            }
            "change" => {
                *fake.extra_tool.lock() = true;
                let changed = json!({"jsonrpc": "2.0", "method": "notifications/tools/list_changed"});
                send_standing(fake, &format!("data: {changed}\n\n"));
                json!({"structuredContent": {}})
            }
            "other-id" => return Some(json!({"jsonrpc": "2.0", "id": 999, "result": {}})),
            _ => json!({"structuredContent": arguments}),
        },
        "subscriptions/listen" if is_modern => return None,
        _ => {
            return Some(
                json!({"jsonrpc": "2.0", "id": id, "error": {"code": -32601, "message": "Method not found"}}),
            );
        }
    };
    let mut result = result;
    if is_modern {
        result["resultType"] = "complete".into();
    }
    Some(json!({"jsonrpc": "2.0", "id": id, "result": result}))
}

fn json_answer(answer: &Value) -> Response<Body> {
    ([("content-type", "application/json; charset=utf-8")], answer.to_string()).into_response()
}

fn events(text: &str) -> Response<Body> {
    ([("content-type", "text/event-stream")], text.to_owned()).into_response()
}

/// A stream that stays open.
fn standing(fake: &Fake, first: Option<&str>) -> Response<Body> {
    let (sender, receiver) = mpsc::unbounded_channel::<String>();
    first.into_iter().for_each(|text| sender.send(text.to_owned()).expect("open"));
    fake.standing.lock().push(sender);
    let stream = futures_util::stream::unfold(receiver, |mut receiver| async {
        let text = receiver.recv().await?;
        Some((Ok::<_, std::convert::Infallible>(text), receiver))
    });
    ([("content-type", "text/event-stream")], Body::from_stream(stream)).into_response()
}

fn send_standing(fake: &Fake, text: &str) {
    fake.standing.lock().retain(|sender| sender.send(text.to_owned()).is_ok());
}

fn http(url: &str) -> Transport {
    Transport::Http { url: url.to_owned(), headers: Vec::new() }
}

fn auto(url: &str) -> Transport {
    Transport::Auto { url: url.to_owned(), headers: Vec::new() }
}

const TOOLS: &str = "big change echo forget never other-id";

async fn check_works(upstream: &Upstream, era: Era, protocol: &str) {
    assert!(shown_now(upstream).starts_with(&format!("ready: {TOOLS}")), "{}", shown_now(upstream));
    let health = &upstream.health()[0];
    assert_eq!((health.era, health.protocol.as_deref()), (Some(era), Some(protocol)));
    assert_eq!(call(upstream, "echo", json!({"a": [1]})).await, r#"{"a":[1]}"#);
    assert_eq!(read(upstream, "odd://1").await, r#"[{"uri":"odd://1"}]"#);
    let many = (0..50).map(|n| async move {
        assert_eq!(call(upstream, "echo", json!({"n": n})).await, format!("{{\"n\":{n}}}"));
    });
    futures_util::future::join_all(many).await;
}

#[tokio::test]
async fn modern_servers_are_spoken_to_without_a_session() {
    for kind in [Kind::Modern, Kind::ModernStream] {
        let (fake, url) = Fake::start(kind).await;
        let upstream = start(auto(&url), settings()).await;
        check_works(&upstream, Era::Modern, "2026-07-28").await;
        assert!(!fake.saw("POST initialize") && !fake.saw("GET"));
        upstream.shutdown().await;
        assert!(!fake.saw("DELETE"));
    }
}

#[tokio::test]
async fn arguments_travel_in_headers_where_a_tool_asks_for_it() {
    let (_fake, url) = Fake::start(Kind::Modern).await;
    let upstream = start(http(&url), settings()).await;
    assert_eq!(shown_now(&upstream), format!("ready: {TOOLS} region"));
    assert_eq!(upstream.health()[0].dropped[0].name, "unusable");
    assert_eq!(call(&upstream, "region", json!({"region": "eu west"})).await, r#"{"header":"eu west"}"#);
    upstream.shutdown().await;
}

#[tokio::test]
async fn older_servers_get_their_handshake_and_their_session_is_ended() {
    for kind in [Kind::Legacy, Kind::LegacyStream] {
        let (fake, url) = Fake::start(kind).await;
        let upstream = start(http(&url), settings()).await;
        assert!(shown_now(&upstream).starts_with("ready"), "{}", shown_now(&upstream));
        assert_eq!(call(&upstream, "echo", json!({"a": 1})).await, r#"{"a":1}"#);
        assert!(fake.saw("POST initialize") && fake.saw("POST notifications/initialized"));
        upstream.shutdown().await;
        assert!(fake.saw("DELETE"));
    }
    let (_fake, url) = Fake::start(Kind::Legacy).await;
    let upstream = start(auto(&url), settings()).await;
    check_works(&upstream, Era::Legacy, "2025-11-25").await;
    upstream.shutdown().await;
}

#[tokio::test]
async fn a_lost_session_is_opened_again_without_the_caller_noticing() {
    let (_fake, url) = Fake::start(Kind::Legacy).await;
    let upstream = start(http(&url), settings()).await;
    assert_eq!(call(&upstream, "forget", json!({})).await, "{}");
    let calls = (0..8).map(|n| call(&upstream, "echo", json!({"n": n})));
    let answers = futures_util::future::join_all(calls).await;
    assert_eq!(answers[7], r#"{"n":7}"#);
    assert_eq!(upstream.health()[0].restarts, 0);
    upstream.shutdown().await;
}

#[tokio::test]
async fn the_oldest_transport_is_found_and_remembered() {
    let dir = tempfile::tempdir().expect("a folder");
    let (fake, url) = Fake::start(Kind::Sse).await;
    for transport in [Transport::Sse { url: url.clone(), headers: Vec::new() }, auto(&url), auto(&url)] {
        fake.seen.lock().clear();
        let upstream = start(transport, with_state(&dir)).await;
        check_works(&upstream, Era::Legacy, "2025-11-25").await;
        upstream.shutdown().await;
    }
    assert!(!fake.saw("POST server/discover"), "the second time it is known");
}

#[tokio::test]
async fn changed_tools_are_noticed() {
    for kind in [Kind::Modern, Kind::Legacy, Kind::Sse] {
        let (fake, url) = Fake::start(kind).await;
        let upstream = start(auto(&url), settings()).await;
        // The standing stream is opened beside everything else: the message goes to those that listen by then.
        while fake.standing.lock().is_empty() {
            tokio::task::yield_now().await;
        }
        assert_eq!(call(&upstream, "change", json!({})).await, "{}");
        let shown = until(&upstream, |shown| shown.contains("extra")).await;
        assert!(shown.starts_with("ready: big change echo extra"), "{kind:?}: {shown}");
        upstream.shutdown().await;
    }
}

#[tokio::test]
async fn answers_are_judged() {
    let (_fake, url) = Fake::start(Kind::Modern).await;
    let upstream = start(http(&url), settings()).await;
    assert_eq!(
        call(&upstream, "other-id", json!({})).await,
        "bad_answer: `s/other-id`: the server's answer cannot be read: it answers another request"
    );
    assert_eq!(
        call(&upstream, "big", json!({"bytes": 2_000_000})).await,
        "too_large: `s/big`: the answer is larger than 1048576 bytes"
    );
    assert_eq!(call(&upstream, "echo", json!({})).await, "{}");
    upstream.shutdown().await;

    let (_fake, url) = Fake::start(Kind::ModernStream).await;
    let upstream = start(http(&url), settings()).await;
    assert_eq!(
        call(&upstream, "big", json!({"bytes": 2_000_000})).await,
        "too_large: `s/big`: the answer is larger than 1048576 bytes"
    );
    upstream.shutdown().await;
}

async fn check_failed(transport: Transport, expect: &str) {
    let upstream = start(transport, settings()).await;
    assert_eq!(shown_now(&upstream), format!("failed ({expect}): "));
    upstream.shutdown().await;
}

#[tokio::test]
async fn the_reason_of_a_failed_start_is_clear_and_keeps_secrets() {
    let (_fake, url) = Fake::start(Kind::Unauthorized).await;
    check_failed(
        http(&format!("{url}?key=hunter2")),
        &format!("{url} wants a credential; add an `Authorization` header to its entry (HTTP 401)"),
    )
    .await;
    let headers = vec![("Authorization".to_owned(), SecretString::from("Bearer hunter2"))];
    check_failed(
        Transport::Auto { url: url.clone(), headers },
        &format!("{url} does not accept the `Authorization` header of its entry; renew it (HTTP 401)"),
    )
    .await;

    let (page, url) = Fake::start(Kind::Page).await;
    check_failed(http(&url), "the server's answer cannot be read: it is of type `text/html`").await;
    assert!(page.saw("POST initialize"));

    let closed = TcpListener::bind("127.0.0.1:0").await.expect("a port").local_addr().expect("bound");
    let url = format!("http://u:hunter2@{closed}/mcp");
    check_failed(http(&url), &format!("cannot reach http://{closed}/mcp: Connection refused (os error 111)"))
        .await;
}

#[tokio::test]
async fn credentials_do_not_follow_a_redirect_to_another_origin() {
    let (other, other_url) = Fake::start(Kind::Modern).await;
    let (fake, url) = Fake::start(Kind::Moved).await;
    *fake.elsewhere.lock() = other_url.clone();
    let expect = format!(
        "the server answered HTTP 307 and sends us to {other_url}; if that is right, set it as the server's `url`"
    );
    check_failed(http(&url), &expect).await;
    assert!(other.seen.lock().is_empty());
}

#[tokio::test]
async fn a_call_given_up_ends_by_its_own_deadline() {
    let (_fake, url) = Fake::start(Kind::Sse).await;
    let upstream = start(auto(&url), settings()).await;
    let waiting = upstream.call(call_of("other-id", &json!({}), Duration::from_secs(600)));
    assert!(futures_util::poll!(waiting).is_pending());
    let brief = call_within(&upstream, "other-id", json!({}), Duration::from_millis(20)).await;
    assert_eq!(brief, "timeout: `s/other-id` did not answer within 20ms (`limits.call_seconds`)");
    assert_eq!(call(&upstream, "echo", json!({})).await, "{}");
    upstream.shutdown().await;
}

#[tokio::test]
async fn a_server_that_went_away_is_shown_so_and_found_again() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("bound");
    let fake = |listener: TcpListener| {
        let fake = Arc::new(Fake {
            kind: Kind::Legacy,
            session: Mutex::new(1),
            seen: Mutex::default(),
            standing: Mutex::default(),
            unanswered: Mutex::default(),
            elsewhere: Mutex::default(),
            extra_tool: Mutex::default(),
        });
        let router = Router::new().fallback(serve).with_state(fake);
        tokio::spawn(async move { axum::serve(listener, router).await })
    };
    let first = fake(listener);
    let upstream = start(http(&format!("http://{address}/mcp")), settings()).await;
    first.abort();
    drop(first.await);
    let mut gone = String::new();
    // Connections that are still open may serve some calls; then nobody is there.
    while !gone.starts_with("unavailable") {
        gone = call(&upstream, "echo", json!({})).await;
    }
    let shown = until(&upstream, |shown| shown.starts_with("stale")).await;
    assert!(shown.ends_with(TOOLS), "{shown}");
    let listener = TcpListener::bind(address).await.expect("the same port");
    let _second = fake(listener);
    until(&upstream, |shown| shown.starts_with("ready")).await;
    assert!(matches!(upstream.health()[0].state, ServerState::Ready));
    upstream.shutdown().await;
}

#[tokio::test]
async fn silence_on_the_probe_is_bounded() {
    // A listener that accepts and never answers.
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}/mcp", listener.local_addr().expect("bound"));
    let brief = Duration::from_millis(50);
    let settings = Settings { start_timeout: brief * 2, probe_timeout: brief, ..settings() };
    let upstream = start(http(&url), settings).await;
    assert_eq!(
        shown_now(&upstream),
        "failed (the server did not list its tools within 100ms (`narrows.start_timeout_seconds`)): "
    );
    upstream.shutdown().await;
}
