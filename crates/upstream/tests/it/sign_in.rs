//! Requests that are signed: tokens that change, are refused, are missing, and come while the server waits for them.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::State,
    http::{HeaderMap, Response, StatusCode},
    response::IntoResponse,
};
use parking_lot::Mutex;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use tokio::{net::TcpListener, sync::Notify};
use tools::ServerName;
use upstream::{Refusal, ServerEntry, SignIn, SignInError, TokenFuture, Transport, Upstream};

use crate::support::*;

const LOGIN: &str = "it wants you to sign in: run `narrows login s`";

fn needs_login() -> String {
    format!("needs_login: server `s` is not available: {LOGIN}")
}

/// A server that takes one token, and says it in its answers.
struct Fake {
    takes: Mutex<&'static str>,
    asked: AtomicUsize,
}

async fn serve(State(fake): State<Arc<Fake>>, headers: HeaderMap, body: Bytes) -> Response<Body> {
    fake.asked.fetch_add(1, Ordering::Relaxed);
    let message: Value = serde_json::from_slice(&body).unwrap_or_default();
    let token = headers.get("authorization").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let takes = *fake.takes.lock();
    if token != format!("Bearer {takes}") {
        let challenge = [("www-authenticate", "Bearer error=\"invalid_token\"")];
        return (StatusCode::UNAUTHORIZED, challenge).into_response();
    }
    let result = match message["method"].as_str() {
        Some("server/discover") => json!({
            "resultType": "complete", "supportedVersions": ["2026-07-28"], "capabilities": {"tools": {}},
        }),
        Some("tools/list") => json!({
            "resultType": "complete", "tools": [{"name": "echo", "inputSchema": {"type": "object"}}],
        }),
        _ => json!({"resultType": "complete", "content": [{"type": "text", "text": format!("saw {takes}")}]}),
    };
    let answer = json!({"jsonrpc": "2.0", "id": message["id"], "result": result});
    ([("content-type", "application/json")], answer.to_string()).into_response()
}

/// A person's credentials, as this test sets them.
#[derive(Default)]
struct Person {
    token: Mutex<Option<&'static str>>,
    /// What a refused token is renewed to.
    next: Mutex<Option<&'static str>>,
    refused: Mutex<Vec<String>>,
    came: Notify,
}

impl SignIn for Person {
    fn token(&self) -> TokenFuture<'_> {
        Box::pin(async { Ok(self.token.lock().map(SecretString::from)) })
    }

    fn renewed(&self, refusal: Refusal) -> TokenFuture<'_> {
        let token = refusal.token.as_ref().map_or("none", |token| token.expose_secret());
        let said = format!("{} {token}: {}", refusal.status, refusal.challenge.unwrap_or_default());
        self.refused.lock().push(said);
        Box::pin(async {
            let next = self.next.lock().take();
            *self.token.lock() = next;
            let missing = || SignInError::NeedsLogin(LOGIN.to_owned());
            next.map(|token| Some(token.into())).ok_or_else(missing)
        })
    }

    fn changed(&self) -> std::pin::Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(self.came.notified())
    }
}

async fn start(takes: &'static str, person: Person) -> (Arc<Fake>, Arc<Person>, Upstream) {
    let fake = Arc::new(Fake { takes: Mutex::new(takes), asked: AtomicUsize::new(0) });
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}/mcp", listener.local_addr().expect("bound"));
    let router = Router::new().fallback(serve).with_state(Arc::clone(&fake));
    tokio::spawn(async move { axum::serve(listener, router).await });
    let person = Arc::new(person);
    let entry = ServerEntry {
        name: ServerName::new("s"),
        transport: Transport::Auto { url, headers: Vec::new() },
        credentials: Vec::new(),
        sign_in: Some(person.clone()),
    };
    let upstream = Upstream::start(vec![entry], settings());
    upstream.settled().await;
    (fake, person, upstream)
}

#[tokio::test]
async fn a_server_without_a_login_is_asked_once_and_connected_when_the_person_has_signed_in() {
    let (fake, person, upstream) = start("fresh-token-1", Person::default()).await;
    assert_eq!(shown_now(&upstream), format!("failed ({LOGIN}): "));
    let call_now = || call(&upstream, "echo", json!({}));
    assert_eq!(call_now().await, needs_login());
    assert_eq!(call_now().await, needs_login());
    assert_eq!(fake.asked.load(Ordering::Relaxed), 1, "nobody asks again and again");
    *person.token.lock() = Some("fresh-token-1");
    person.came.notify_one();
    until(&upstream, |shown| shown == "ready: echo").await;
    assert_eq!(call_now().await, "\"saw [credential]\"", "a token is hidden from the moment it is used");
    upstream.shutdown().await;
}

#[tokio::test]
async fn a_token_that_is_refused_during_a_call_is_renewed_and_the_call_made() {
    let person = Person { token: Mutex::new(Some("first-token-1")), ..Person::default() };
    let (fake, person, upstream) = start("first-token-1", person).await;
    assert_eq!(call(&upstream, "echo", json!({})).await, "\"saw [credential]\"");
    *fake.takes.lock() = "later-token-2";
    *person.next.lock() = Some("later-token-2");
    assert_eq!(call(&upstream, "echo", json!({})).await, "\"saw [credential]\"");
    assert_eq!(*person.refused.lock(), ["401 first-token-1: Bearer error=\"invalid_token\""]);
    *fake.takes.lock() = "third-token-3";
    assert_eq!(call(&upstream, "echo", json!({})).await, needs_login());
    assert_eq!(shown_now(&upstream), "ready: echo", "the connection stays");
    *person.token.lock() = Some("third-token-3");
    assert_eq!(call(&upstream, "echo", json!({})).await, "\"saw [credential]\"", "and is used again");
    upstream.shutdown().await;
}

#[tokio::test]
async fn a_server_that_refuses_every_token_is_not_asked_for_ever() {
    /// Has another token each time.
    struct Eager(AtomicUsize);
    impl SignIn for Eager {
        fn token(&self) -> TokenFuture<'_> {
            Box::pin(async { Ok(None) })
        }
        fn renewed(&self, _: Refusal) -> TokenFuture<'_> {
            let count = self.0.fetch_add(1, Ordering::Relaxed);
            Box::pin(async move { Ok(Some(format!("token-number-{count}").into())) })
        }
        fn changed(&self) -> std::pin::Pin<Box<dyn Future<Output = ()> + Send + '_>> {
            Box::pin(std::future::pending())
        }
    }
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}/mcp", listener.local_addr().expect("bound"));
    let router = Router::new().fallback(|| async { StatusCode::FORBIDDEN });
    tokio::spawn(async move { axum::serve(listener, router).await });
    let eager = Arc::new(Eager(AtomicUsize::new(0)));
    let entry = ServerEntry {
        name: ServerName::new("s"),
        transport: Transport::Http { url: url.clone(), headers: Vec::new() },
        credentials: Vec::new(),
        sign_in: Some(eager.clone()),
    };
    let upstream = Upstream::start(vec![entry], settings());
    upstream.settled().await;
    let reason = format!("{url} does not allow this; check the rights of the credential (HTTP 403)");
    assert_eq!(shown_now(&upstream), format!("failed ({reason}): "));
    // Two ways to greet it, and three further tokens for each.
    assert_eq!(eager.0.load(Ordering::Relaxed), 6);
    upstream.shutdown().await;
}
