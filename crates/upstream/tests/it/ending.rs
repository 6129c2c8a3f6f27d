//! A streamable HTTP server that ends its connections while they are idle, or under a request.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::mpsc,
};
use upstream::Transport;

use crate::support::*;

/// When a connection ends.
#[derive(Clone, Copy, PartialEq)]
enum Ends {
    /// After an answer, while nothing is asked.
    Idle,
    /// When the second request has arrived, without an answer.
    UnderTheSecondRequest,
}

struct Server {
    url: String,
    calls: Arc<AtomicUsize>,
    /// A message for each connection that has ended.
    ended: mpsc::UnboundedReceiver<()>,
}

impl Server {
    async fn start(ends: Ends) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}/mcp", listener.local_addr().expect("bound"));
        let calls = Arc::new(AtomicUsize::new(0));
        let (has_ended, ended) = mpsc::unbounded_channel();
        let seen = Arc::clone(&calls);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (seen, has_ended) = (Arc::clone(&seen), has_ended.clone());
                tokio::spawn(async move {
                    converse(stream, ends, &seen).await;
                    // Nobody may listen any more.
                    let _ = has_ended.send(());
                });
            }
        });
        Self { url, calls, ended }
    }
}

async fn converse(mut stream: TcpStream, ends: Ends, calls: &AtomicUsize) {
    for at in 1.. {
        let Some(message) = read(&mut stream).await else { return };
        if message["method"] == "tools/call" {
            calls.fetch_add(1, Ordering::SeqCst);
        }
        if ends == Ends::UnderTheSecondRequest && at == 2 {
            return;
        }
        let (status, body) = match answer(&message) {
            Some(result) => {
                ("200 OK", json!({"jsonrpc": "2.0", "id": message["id"], "result": result}).to_string())
            }
            None => ("202 Accepted", String::new()),
        };
        let answer = format!(
            "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        let written = stream.write_all(answer.as_bytes()).await;
        if written.is_err() || ends == Ends::Idle {
            return;
        }
    }
}

async fn read(stream: &mut TcpStream) -> Option<Value> {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes).to_lowercase();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.split("content-length: ").nth(1).and_then(|rest| rest.split("\r\n").next());
            let length = length.map_or(0, |length| length.parse().expect("a length"));
            if body.len() >= length {
                let start = bytes.len() - body.len();
                return Some(serde_json::from_slice(&bytes[start..]).unwrap_or_default());
            }
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
}

fn answer(message: &Value) -> Option<Value> {
    message.get("id")?;
    Some(match message["method"].as_str()? {
        "server/discover" => {
            json!({"supportedVersions": ["2026-07-28"], "capabilities": {"tools": {}}, "resultType": "complete"})
        }
        "tools/list" => {
            json!({"tools": [{"name": "echo", "inputSchema": {"type": "object"}}], "resultType": "complete"})
        }
        _ => json!({"structuredContent": message["params"]["arguments"], "resultType": "complete"}),
    })
}

fn http(url: &str) -> Transport {
    Transport::Http { url: url.to_owned(), headers: Vec::new() }
}

#[tokio::test]
async fn a_connection_that_ended_while_idle_costs_nothing() {
    let mut server = Server::start(Ends::Idle).await;
    let upstream = start(http(&server.url), settings()).await;
    for at in 0..20 {
        // What came before has ended its connection by now.
        while server.ended.try_recv().is_ok() {}
        assert_eq!(call(&upstream, "echo", json!({"at": at})).await, format!("{{\"at\":{at}}}"));
        server.ended.recv().await.expect("it ends");
    }
    assert_eq!(server.calls.load(Ordering::SeqCst), 20);
    upstream.shutdown().await;
}

#[tokio::test]
async fn a_question_is_asked_again_and_a_call_never() {
    let server = Server::start(Ends::UnderTheSecondRequest).await;
    // The list is asked for on the connection of the greeting, if it is still there.
    let upstream = start(http(&server.url), settings()).await;
    assert_eq!(shown_now(&upstream), "ready: echo");
    let mut made = 0;
    let lost = loop {
        made += 1;
        let said = call(&upstream, "echo", json!({})).await;
        if said != "{}" {
            break said;
        }
    };
    let expect = format!("unavailable: server `s` is not available: no answer came from {}: ", server.url);
    assert!(lost.starts_with(&expect), "{lost}");
    assert_eq!(server.calls.load(Ordering::SeqCst), made, "none is made twice");
    upstream.shutdown().await;
}
