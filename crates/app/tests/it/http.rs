//! The HTTP face: who may speak to it, and that it answers.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    process::{Child, Command, Stdio},
};

use serde_json::{Value, json};

use crate::{
    mcp::WRONG_MESSAGES,
    narrows::{Narrows, finish},
    servers::{config, demo},
};

/// A gateway that serves HTTP on a free port.
pub(crate) struct Gateway {
    process: Child,
    pub(crate) address: String,
}

impl Gateway {
    pub(crate) fn start(narrows: &Narrows, token: Option<&str>) -> Self {
        let mut command = narrows.command(&["serve", "--http", "127.0.0.1:0"]);
        if let Some(token) = token {
            command.env("NARROWS_TOKEN", token);
        }
        let mut process = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the gateway starts");
        let mut lines = BufReader::new(process.stderr.take().expect("stderr is a pipe")).lines();
        let address = lines
            .by_ref()
            .map_while(Result::ok)
            .find_map(|line| Some(line.split("http://").nth(1)?.split('/').next()?.to_owned()))
            .expect("it says where it listens");
        // The test must go on reading, or the program would wait for that one day.
        std::thread::spawn(move || lines.for_each(drop));
        Self { process, address }
    }

    /// Posts a message to `/mcp` with further headers: the status and the body.
    pub(crate) fn post(&self, headers: &[(&str, &str)], message: &Value) -> (u16, String) {
        self.post_text(headers, &message.to_string())
    }

    /// Posts a text, whatever it is.
    fn post_text(&self, headers: &[(&str, &str)], body: &str) -> (u16, String) {
        self.post_to("/mcp", headers, body)
    }

    /// Posts a text to some path. Of the usual headers only those are sent that are not given; `Accept` can be given
    /// as nothing.
    pub(crate) fn post_to(&self, path: &str, headers: &[(&str, &str)], body: &str) -> (u16, String) {
        let Answered { status, body, .. } = self.ask("POST", path, headers, body);
        (status, body)
    }

    /// Sends a request, and reads all that is answered.
    pub(crate) fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answered {
        let mut stream = self.begin(method, path, headers, body);
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("it answers");
        let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
        Answered { status, head: head.to_ascii_lowercase(), body: body.to_owned() }
    }

    /// Sends a request.
    pub(crate) fn begin(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> TcpStream {
        let mut head =
            format!("{method} {path} HTTP/1.1\r\nContent-Length: {}\r\nConnection: close\r\n", body.len());
        let is_given = |name| headers.iter().any(|(given, _)| *given == name);
        if !is_given("Host") {
            head.push_str(&format!("Host: {}\r\n", self.address));
        }
        if !is_given("Content-Type") {
            head.push_str("Content-Type: application/json\r\n");
        }
        if !is_given("Accept") {
            head.push_str("Accept: application/json, text/event-stream\r\n");
        }
        for (name, value) in headers.iter().filter(|(_, value)| !value.is_empty()) {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        let mut stream = TcpStream::connect(&self.address).expect("it listens");
        stream.write_all(format!("{head}\r\n{body}").as_bytes()).expect("it reads");
        stream
    }
}

/// What is answered to a request.
#[derive(Debug)]
pub(crate) struct Answered {
    pub(crate) status: u16,
    /// The status line and the headers, in small letters.
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Answered {
    /// The body, as JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The value of a header.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    }
}

impl Gateway {
    /// The process id.
    pub(crate) fn pid(&self) -> u32 {
        self.process.id()
    }

    /// Asks the process to end.
    pub(crate) fn stop(&self) {
        let stopped = Command::new("kill").arg(self.pid().to_string()).status().expect("kill starts");
        assert!(stopped.success(), "it is told");
    }

    /// Waits for the end of the process.
    pub(crate) fn ended(mut self) -> Option<i32> {
        self.process.wait().expect("it can be waited for").code()
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        // It may be gone already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

pub(crate) fn initialize() -> Value {
    let client = json!({"name": "test", "version": "0"});
    json!({
        "jsonrpc": "2.0", "id": 1, "method": "initialize",
        "params": {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": client},
    })
}

fn narrows() -> Narrows {
    Narrows::configured(&config([("slack", demo("slack"))]))
}

#[test]
fn a_port_in_use_is_said_to_be_another_programs() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("an address").to_string();
    let output = Narrows::new().output(&["serve", "--demo", "--http", &address]);
    let expect = format!(
        "error: cannot listen on `{address}`: another program listens there, perhaps another Narrows\nhint: end that program, or \
         choose another port, as in `--http 127.0.0.1:7228`; with port 0 the system chooses one\n"
    );
    assert_eq!((output.code, output.stderr), (Some(69), expect));
}

#[test]
fn it_answers_agents_of_both_eras() {
    let (narrows, modern) = (narrows(), "2026-07-28");
    let gateway = Gateway::start(&narrows, None);
    let (status, body) = gateway.post(&[], &initialize());
    assert!(status == 200 && body.contains("\"narrows\""), "{status} {body}");
    let call = json!({
        "jsonrpc": "2.0", "id": 2, "method": "tools/call",
        "params": {
            "name": "execute_code",
            "arguments": {"code": "import { listChannels } from './servers/slack';\nreturn (await listChannels()).length;"},
            "_meta": {
                "io.modelcontextprotocol/protocolVersion": modern,
                "io.modelcontextprotocol/clientInfo": {"name": "test", "version": "0"},
                "io.modelcontextprotocol/clientCapabilities": {},
            },
        },
    });
    let headers =
        [("MCP-Protocol-Version", modern), ("Mcp-Method", "tools/call"), ("Mcp-Name", "execute_code")];
    let (status, body) = gateway.post(&headers, &call);
    assert!(status == 200 && body.contains("Result:\\n6"), "{status} {body}");
}

#[test]
fn what_is_no_request_is_answered_with_its_id() {
    let narrows = narrows();
    let gateway = Gateway::start(&narrows, None);
    for (text, expect) in WRONG_MESSAGES {
        let (status, body) = gateway.post_text(&[], text);
        let answer: Value = serde_json::from_str(&body).unwrap_or_else(|_| panic!("{text}: {status} {body}"));
        let error = &answer["error"];
        assert_eq!(format!("{} {}", answer["id"], error["code"]), expect, "{text}: {status} {body}");
    }
}

#[test]
fn a_batch_is_answered_message_by_message() {
    let narrows = narrows();
    let gateway = Gateway::start(&narrows, None);
    let ping = |id: u64| json!({"jsonrpc": "2.0", "id": id, "method": "ping"});
    let told = json!({"jsonrpc": "2.0", "method": "notifications/initialized"});
    let batch = json!([ping(1), told, {"id": 3}, ping(2)]);
    let (status, body) = gateway.post(&[], &batch);
    let answers: Value = serde_json::from_str(&body).unwrap_or_else(|_| panic!("{status} {body}"));
    let ids: Vec<_> = answers.as_array().expect("a list").iter().map(|it| &it["id"]).collect();
    assert_eq!((status, ids), (200, vec![&json!(1), &json!(3), &json!(2)]), "{body}");
    assert_eq!(answers[1]["error"]["code"], -32600, "{body}");
    assert_eq!(answers[2]["result"], json!({}), "{body}");
    assert_eq!(gateway.post(&[], &json!([told])).0, 202);
    let (status, body) = gateway.post(&[], &json!([]));
    assert!(status == 400 && body.contains("a batch holds 1 to 100 messages"), "{status} {body}");
}

#[test]
fn texts_are_read_as_other_readers_take_them() {
    let narrows = narrows();
    let gateway = Gateway::start(&narrows, None);
    let call = r#"{"jsonrpc":"2.0","id":4,"method":"tools/call","params":{"name":"execute_code","arguments":{"code":"return 'cut \ud83d'"}}}"#;
    let (status, body) = gateway.post_text(&[], &format!("\u{feff}{call}"));
    assert!(status == 200 && body.contains("cut \u{fffd}"), "{status} {body}");
}

#[test]
fn strangers_are_turned_away() {
    let narrows = narrows();
    let gateway = Gateway::start(&narrows, None);
    for (name, value) in [
        ("Host", "evil.example"),
        ("Host", "evil.example:80"),
        ("Host", "[::1].evil.example"),
        ("Host", "evil.example:80@localhost"),
        ("Host", "localhost\r\nHost: evil.example"),
        ("Origin", "http://localhost\r\nOrigin: http://evil.example"),
        ("Origin", "http://[::1].evil.example"),
        ("Origin", "http://evil.example:80@localhost"),
        ("Origin", "https://evil.example"),
        ("Origin", "null"),
    ] {
        let (status, body) = gateway.post(&[(name, value)], &initialize());
        assert_eq!(status, 403, "{name}: {value}: {body}");
    }
}

#[test]
fn pages_of_this_machine_may_speak_on_loopback() {
    let narrows = narrows();
    let gateway = Gateway::start(&narrows, None);
    for origin in ["http://localhost:6274", "http://127.0.0.1:3000", "http://localhost", "https://[::1]:8443"]
    {
        let (status, body) = gateway.post(&[("Origin", origin)], &initialize());
        assert_eq!(status, 200, "{origin}: {body}");
    }
    for origin in ["http://localhost.evil.example", "http://evil.example:80", "file://", "http://10.0.0.1"] {
        let (status, body) = gateway.post(&[("Origin", origin)], &initialize());
        assert_eq!(status, 403, "{origin}: {body}");
    }
}

#[test]
fn a_credential_is_asked_for_where_one_is_set() {
    let narrows = narrows();
    let gateway = Gateway::start(&narrows, Some("open-sesame"));
    let status = |headers: &[(&str, &str)]| gateway.post(headers, &initialize()).0;
    assert_eq!(status(&[]), 401);
    let long = format!("Bearer {}", "open-sesame".repeat(1000));
    for wrong in ["Bearer wrong", "Bearer ", "Bearer open-sesam", "open-sesame", "Basic open-sesame", &long] {
        assert_eq!(status(&[("Authorization", wrong)]), 401, "{wrong}");
    }
    let right = ("Authorization", "Bearer open-sesame");
    assert_eq!(status(&[right]), 200);
    assert_eq!(status(&[right, ("Authorization", "Bearer wrong")]), 401);
}

#[test]
fn an_open_address_needs_a_credential() {
    let narrows = narrows();
    let output = finish(narrows.command(&["serve", "--http", "0.0.0.0:0"]).stdin(Stdio::null()));
    assert_eq!(output.code, Some(64), "{}", output.stderr);
    assert!(output.stderr.contains("NARROWS_TOKEN"), "{}", output.stderr);
}
