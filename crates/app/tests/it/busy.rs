//! More is asked over HTTP than is done at once: every client hears that it shall try again, and what limit it met.

use std::{
    io::{BufRead, BufReader, Write},
    net::TcpStream,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::{
    http::{Gateway, initialize},
    narrows::Narrows,
};

/// A script that waits for longer than any test lasts.
const WAITS: &str = "await new Promise((done) => setTimeout(done, 50_000));";

/// No answer takes this long unless it never comes. A net, not a measurement.
const HANGS_AFTER: Duration = Duration::from_secs(60);

fn gateway(narrows: &Value) -> (Narrows, Gateway) {
    let narrows = Narrows::configured(&json!({"mcpServers": {}, "narrows": narrows}));
    let gateway = Gateway::start(&narrows, None);
    (narrows, gateway)
}

fn execute(code: &str, background: bool) -> Value {
    let arguments = json!({"code": code, "background": background});
    json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "execute_code", "arguments": arguments}})
}

/// Sends a request on a connection of its own, whose answer may never be read.
fn send(gateway: &Gateway, message: &Value) -> BufReader<TcpStream> {
    let body = message.to_string();
    let mut stream = TcpStream::connect(&gateway.address).expect("it listens");
    stream.set_read_timeout(Some(HANGS_AFTER)).expect("it can be set");
    let head = format!(
        "POST /mcp HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\n\
         Accept: application/json, text/event-stream\r\nContent-Length: {}\r\n\r\n",
        gateway.address,
        body.len()
    );
    stream.write_all(format!("{head}{body}").as_bytes()).expect("it reads");
    BufReader::new(stream)
}

/// The status line and the headers of an answer.
fn head(stream: BufReader<TcpStream>) -> Vec<String> {
    stream.lines().map_while(Result::ok).take_while(|line| !line.is_empty()).collect()
}

fn says_later(head: &[String]) -> bool {
    head[0].starts_with("HTTP/1.1 503 ")
        && head.iter().any(|line| line.eq_ignore_ascii_case("retry-after: 1"))
}

#[test]
fn a_full_queue_answers_503_and_goes_on_when_there_is_room() {
    let (_narrows, gateway) = gateway(&json!({"runs": {"at_once": 1, "queued": 1}}));
    let (_, first) = gateway.post(&[], &execute(WAITS, true));
    assert!(first.contains(" is running"), "{first}");
    let (_, second) = gateway.post(&[], &execute("return 2", true));
    assert!(second.contains(" is running"), "{second}");
    let (status, body) = gateway.post(&[], &execute("return 3", false));
    let answer: Value = serde_json::from_str(&body).expect("a message");
    assert_eq!(
        (status, answer["result"]["content"][0]["text"].as_str()),
        (
            503,
            Some(
                "Not run: the limit of queued runs of 1 was reached (`runs.queued`).\n  \
                 Hint: wait until some of the runs have ended, then send it again"
            )
        )
    );
    assert!(says_later(&head(send(&gateway, &execute("return 3", false)))));
    let (status, _) = gateway.post(&[], &initialize());
    assert_eq!(status, 200, "what needs no run is answered");
}

#[test]
fn a_client_that_finds_all_requests_waiting_for_runs_is_told_so() {
    let (_narrows, gateway) = gateway(&json!({"http": {"requests": 2}}));
    let waiting = [send(&gateway, &execute(WAITS, false)), send(&gateway, &execute(WAITS, false))];
    let until = Instant::now() + HANGS_AFTER;
    // The two were sent first; when they are taken up is the gateway's affair.
    let (status, body) = loop {
        let (status, body) = gateway.post(&[], &initialize());
        if status != 200 || Instant::now() > until {
            break (status, body);
        }
    };
    let detail = "the limit of requests at once of 2 was reached (`http.requests`); try again";
    let problem: Value = serde_json::from_str(&body).expect("JSON");
    assert_eq!((status, &problem["code"], &problem["detail"]), (503, &json!("busy"), &json!(detail)));
    assert!(says_later(&head(send(&gateway, &initialize()))));
    drop(waiting);
    // A client that leaves makes room, and its run is given up.
    while gateway.post(&[], &initialize()).0 != 200 {
        assert!(Instant::now() < until, "there is room again");
    }
}
