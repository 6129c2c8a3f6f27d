//! An agent: an MCP client over stdio, of either era.

use std::{
    collections::HashMap,
    io::{BufRead, BufReader, Write},
    process::{Child, ChildStdin, Stdio},
    sync::mpsc::{Receiver, channel},
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::narrows::Narrows;

/// No answer takes this long unless it never comes. A net, not a measurement.
const HANGS_AFTER: Duration = Duration::from_secs(180);

/// A gateway that serves on stdio, and the conversation with it.
pub(crate) struct Agent {
    process: Child,
    input: Option<ChildStdin>,
    lines: Receiver<Value>,
    early: HashMap<u64, Value>,
    next: u64,
    modern: bool,
    /// What it says it can.
    can: Value,
}

impl Agent {
    /// An agent of the era with a handshake; gives the answer to it too.
    pub(crate) fn legacy(narrows: &Narrows, arguments: &[&str]) -> (Self, Value) {
        Self::legacy_that_can(narrows, arguments, &json!({}))
    }

    /// The same with these capabilities.
    pub(crate) fn legacy_that_can(narrows: &Narrows, arguments: &[&str], can: &Value) -> (Self, Value) {
        let mut agent = Self::connect(narrows, arguments, false);
        let hello = json!({
            "protocolVersion": "2025-06-18",
            "capabilities": can,
            "clientInfo": {"name": "test", "version": "0"},
        });
        let greeting = agent.ask("initialize", hello);
        agent.write(&json!({"jsonrpc": "2.0", "method": "notifications/initialized"}));
        (agent, greeting)
    }

    /// An agent of the stateless era.
    pub(crate) fn modern(narrows: &Narrows, arguments: &[&str]) -> Self {
        Self::connect(narrows, arguments, true)
    }

    /// The same with these capabilities.
    pub(crate) fn modern_that_can(narrows: &Narrows, arguments: &[&str], can: Value) -> Self {
        let mut agent = Self::connect(narrows, arguments, true);
        agent.can = can;
        agent
    }

    fn connect(narrows: &Narrows, arguments: &[&str], modern: bool) -> Self {
        let mut process = narrows
            .command(&[&["serve"], arguments].concat())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the gateway starts");
        let input = process.stdin.take();
        let output = process.stdout.take().expect("stdout is a pipe");
        let (sender, lines) = channel();
        thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                let message =
                    serde_json::from_str(&line).unwrap_or_else(|_| panic!("no JSON on stdout: {line}"));
                if sender.send(message).is_err() {
                    return;
                }
            }
        });
        Self { process, input, lines, early: HashMap::new(), next: 0, modern, can: json!({}) }
    }

    /// The process id of the gateway.
    pub(crate) fn pid(&self) -> u32 {
        self.process.id()
    }

    /// Ends the gateway without giving it a chance to end anything itself.
    pub(crate) fn kill(&mut self) {
        self.process.kill().expect("it is killed");
        self.process.wait().expect("it ends");
    }

    /// A request, and its result; panics on an error of the protocol.
    pub(crate) fn ask(&mut self, method: &str, params: Value) -> Value {
        let id = self.begin(method, params);
        let mut answer = self.answer(id);
        assert!(answer.get("error").is_none(), "{method}: {answer}");
        answer["result"].take()
    }

    /// Sends a request; [`Agent::answer`] waits for it.
    pub(crate) fn begin(&mut self, method: &str, mut params: Value) -> u64 {
        if self.modern {
            let meta = &mut params["_meta"];
            meta["io.modelcontextprotocol/protocolVersion"] = json!("2026-07-28");
            meta["io.modelcontextprotocol/clientInfo"] = json!({"name": "test", "version": "0"});
            meta["io.modelcontextprotocol/clientCapabilities"] = self.can.clone();
        }
        self.next += 1;
        let id = self.next;
        let mut request = json!({"jsonrpc": "2.0", "id": id, "method": method});
        request["params"] = params;
        self.write(&request);
        id
    }

    /// The answer to a request, whatever comes before it.
    pub(crate) fn answer(&mut self, id: u64) -> Value {
        loop {
            if let Some(answer) = self.early.remove(&id) {
                return answer;
            }
            let message = self.lines.recv_timeout(HANGS_AFTER).expect("an answer comes");
            if let Some(answered) = message["id"].as_u64().filter(|_| message.get("method").is_none()) {
                self.early.insert(answered, message);
            }
        }
    }

    /// The next request that the gateway makes; answers on the way are kept.
    pub(crate) fn asked(&mut self) -> Value {
        loop {
            let message = self.lines.recv_timeout(HANGS_AFTER).expect("a request comes");
            match (message["id"].as_u64(), message.get("method").is_some()) {
                (Some(answered), false) => drop(self.early.insert(answered, message)),
                (Some(_), true) => return message,
                (None, _) => {}
            }
        }
    }

    /// All messages up to the answer to a request, which is the last.
    pub(crate) fn until_answer(&mut self, id: u64) -> Vec<Value> {
        let mut messages: Vec<Value> = Vec::new();
        while messages.last().is_none_or(|last| last["id"] != id) {
            messages.push(self.next());
        }
        messages
    }

    /// Calls a tool: its text, and whether it is an error.
    pub(crate) fn call(&mut self, tool: &str, arguments: Value) -> (String, bool) {
        let mut params = json!({"name": tool});
        params["arguments"] = arguments;
        let result = self.ask("tools/call", params);
        let texts: Vec<_> = result["content"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|block| block["text"].as_str())
            .collect();
        (texts.join("\n"), result["isError"] == true)
    }

    /// Runs a script and gives the whole result of the tool.
    pub(crate) fn execute(&mut self, code: &str) -> Value {
        self.ask("tools/call", json!({"name": "execute_code", "arguments": {"code": code}}))
    }

    /// Runs a script and gives the text of its answer.
    pub(crate) fn run(&mut self, code: &str) -> String {
        self.call("execute_code", json!({"code": code})).0
    }

    /// Runs a script again and again until its result is as wanted: some is got ready in the background.
    pub(crate) fn execute_until(&mut self, code: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let until = Instant::now() + HANGS_AFTER;
        loop {
            let result = self.execute(code);
            if wanted(&result) {
                return result;
            }
            assert!(Instant::now() < until, "it never changes: {result}");
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// Searches again and again until the answer is as wanted: lists change in the background.
    pub(crate) fn search_until(&mut self, query: &str, wanted: impl Fn(&str) -> bool) -> String {
        let until = Instant::now() + HANGS_AFTER;
        loop {
            let (text, _) = self.call("search_tools", json!({"queries": [query]}));
            if wanted(&text) {
                return text;
            }
            assert!(Instant::now() < until, "it never changes: {text}");
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// Sends a message.
    pub(crate) fn write(&mut self, message: &Value) {
        self.write_line(&message.to_string());
    }

    /// The next message, whatever it answers.
    pub(crate) fn next(&mut self) -> Value {
        self.lines.recv_timeout(HANGS_AFTER).expect("an answer comes")
    }

    /// Sends one line as it is.
    pub(crate) fn write_line(&mut self, line: &str) {
        let input = self.input.as_mut().expect("the conversation goes on");
        input.write_all(format!("{line}\n").as_bytes()).expect("the gateway listens");
    }

    /// Ends the conversation and waits for the gateway to go.
    pub(crate) fn leave(mut self) -> Option<i32> {
        drop(self.input.take());
        self.process.wait().expect("the gateway ends").code()
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        // It may be gone already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
