//! A small MCP client over stdio, for measurements: one thread writes, one reads, answers are matched by id.

use std::{
    collections::HashMap,
    io::{BufRead, BufReader, Write},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

/// A server process and the conversation with it.
pub(crate) struct Client {
    process: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    next: u64,
    early: HashMap<u64, Value>,
}

impl Client {
    /// Starts a server and greets it.
    pub(crate) fn start(command: &mut Command) -> Result<Self> {
        let mut process =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
        let input = process.stdin.take().context("no stdin")?;
        let output = BufReader::new(process.stdout.take().context("no stdout")?);
        let mut client = Self { process, input, output, next: 0, early: HashMap::new() };
        client.ask(
            "initialize",
            &json!({"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "bench", "version": "0"}}),
        )?;
        client.write(&json!({"jsonrpc": "2.0", "method": "notifications/initialized"}))?;
        Ok(client)
    }

    /// The process's id.
    pub(crate) fn pid(&self) -> u32 {
        self.process.id()
    }

    /// A request and its result.
    pub(crate) fn ask(&mut self, method: &str, params: &Value) -> Result<Value> {
        let id = self.send(method, params)?;
        self.wait(id)
    }

    /// Calls a tool.
    pub(crate) fn call(&mut self, tool: &str, arguments: &Value) -> Result<Value> {
        let id = self.send_call(tool, arguments)?;
        self.wait(id)
    }

    /// Begins a call; [`Client::wait`] ends it.
    pub(crate) fn send_call(&mut self, tool: &str, arguments: &Value) -> Result<u64> {
        self.send("tools/call", &json!({"name": tool, "arguments": arguments}))
    }

    /// Runs a script through Narrows' `execute_code`; an error when it did not return.
    pub(crate) fn run(&mut self, code: &str) -> Result<String> {
        let id = self.send_call("execute_code", &json!({"code": code}))?;
        self.text_of(id)
    }

    /// The text of a call that was begun.
    pub(crate) fn text_of(&mut self, id: u64) -> Result<String> {
        let result = self.wait(id)?;
        let text = result["content"][0]["text"].as_str().unwrap_or_default().to_owned();
        if result["isError"] == true {
            bail!("the script failed: {text}");
        }
        Ok(text)
    }

    /// The result of a request that was begun.
    pub(crate) fn wait(&mut self, id: u64) -> Result<Value> {
        let mut message = loop {
            if let Some(message) = self.early.remove(&id) {
                break message;
            }
            let message = self.read()?;
            if let Some(answered) = message["id"].as_u64() {
                self.early.insert(answered, message);
            }
        };
        if let Some(error) = message.get("error") {
            bail!("the server refused: {error}");
        }
        Ok(message["result"].take())
    }

    fn send(&mut self, method: &str, params: &Value) -> Result<u64> {
        self.next += 1;
        let id = self.next;
        self.write(&json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params}))?;
        Ok(id)
    }

    fn read(&mut self) -> Result<Value> {
        let mut line = String::new();
        if self.output.read_line(&mut line)? == 0 {
            bail!("the server ended");
        }
        Ok(serde_json::from_str(&line)?)
    }

    fn write(&mut self, message: &Value) -> Result<()> {
        self.input.write_all(format!("{message}\n").as_bytes())?;
        Ok(self.input.flush()?)
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
