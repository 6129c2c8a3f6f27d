//! A stdio MCP server that misbehaves on request, for the tests of this crate.
//!
//! Its arguments say how it greets and lists; its tools say how they answer. It is no example of a good
//! server: see the functions of the same names.

use std::{
    env,
    io::{self, BufRead, Write},
    net::TcpStream,
    process::{Command, Stdio, exit},
    thread,
    time::Duration,
};

use serde_json::{Value, json};

fn main() -> io::Result<()> {
    let args: Vec<String> = env::args().skip(1).collect();
    if let [mode, address] = args.as_slice()
        && mode == "hold"
    {
        return hold(address);
    }
    let mut server = Odd {
        args,
        out: io::stdout(),
        cancelled: Vec::new(),
        extra_tool: false,
        seen: Vec::new(),
        late: None,
        asking: None,
        answers: Vec::new(),
    };
    server.before_greeting()?;
    for line in io::stdin().lock().lines() {
        server.receive(&line?)?;
    }
    if server.is("ignore-eof") {
        forever();
    }
    Ok(())
}

/// Keeps a connection open until killed: the client sees its end.
fn hold(address: &str) -> io::Result<()> {
    let _connection = TcpStream::connect(address)?;
    forever()
}

fn forever() -> ! {
    loop {
        thread::sleep(Duration::from_secs(1000));
    }
}

struct Odd {
    args: Vec<String>,
    out: io::Stdout,
    cancelled: Vec<Value>,
    extra_tool: bool,
    seen: Vec<String>,
    /// A question that was not answered at once.
    late: Option<Value>,
    /// The call that waits until two requests of ours are answered, and the answers.
    asking: Option<Value>,
    answers: Vec<Value>,
}

impl Odd {
    fn is(&self, arg: &str) -> bool {
        self.args.iter().any(|given| given == arg)
    }

    fn before_greeting(&mut self) -> io::Result<()> {
        if self.is("fails-to-start") {
            writeln!(io::stderr(), "cannot find the database")?;
            exit(3);
        }
        if self.is("stderr-flood") {
            let mut err = io::stderr().lock();
            (0..20_000).try_for_each(|n| writeln!(err, "line {n} {}", "x".repeat(200)))?;
        }
        if self.is("noise") {
            self.line("Server listening on stdio")?;
        }
        if let Some(at) = self.args.iter().position(|arg| arg == "grandchild") {
            let address = self.args[at + 1].clone();
            Command::new(env::current_exe()?).args(["hold", &address]).stdin(Stdio::null()).spawn()?;
        }
        Ok(())
    }

    fn line(&mut self, text: &str) -> io::Result<()> {
        self.out.write_all(text.as_bytes())?;
        self.out.write_all(b"\n")?;
        self.out.flush()
    }

    fn say(&mut self, message: &Value) -> io::Result<()> {
        self.line(&message.to_string())
    }

    fn result(&mut self, id: &Value, mut result: Value) -> io::Result<()> {
        if self.is("modern") {
            result["resultType"] = "complete".into();
        }
        self.say(&json!({"jsonrpc": "2.0", "id": id, "result": result}))
    }

    fn error(&mut self, id: &Value, code: i64, message: &str) -> io::Result<()> {
        self.say(&json!({"jsonrpc": "2.0", "id": id, "error": {"code": code, "message": message}}))
    }

    fn receive(&mut self, line: &str) -> io::Result<()> {
        let message: Value = serde_json::from_str(line)?;
        let (id, method) = (message["id"].clone(), message["method"].as_str().unwrap_or_default().to_owned());
        let params = &message["params"];
        self.seen.push(method.clone());
        match method.as_str() {
            _ if self.is("mute") => Ok(()),
            "" => self.take_answer(message),
            // Busy: it reads the question, and answers when the next one has come too.
            "server/discover" if self.is("slow") => {
                self.late = Some(message);
                Ok(())
            }
            "initialize" if self.is("slow") => {
                if let Some(late) = self.late.take() {
                    self.discover(&late["id"], &late["params"])?;
                }
                self.initialize(&id, params)
            }
            "server/discover" if self.is("modern") => self.discover(&id, params),
            "server/discover" if self.is("modern-in-name") => {
                self.result(&id, json!({"supportedVersions": ["2025-11-25"], "capabilities": {"tools": {}}}))
            }
            "server/discover" if self.is("ignores-unknown") => Ok(()),
            "server/discover" if self.is("dies-of-unknown") => exit(1),
            "server/discover" => self.error(&id, -32601, "Method not found"),
            "initialize" if self.is("modern") => self.error(&id, -32601, "Method not found"),
            "initialize" => self.initialize(&id, params),
            "tools/list" => self.list(&id, params),
            "tools/call" => self.call(&id, params),
            "resources/read" if self.is("no-resources") => self.error(&id, -32601, "Method not found"),
            "resources/read" => self.resource(&id, &params["uri"]),
            "subscriptions/listen" => self.say(&json!({
                "jsonrpc": "2.0", "method": "notifications/subscriptions/acknowledged",
                "params": {"notifications": {"toolsListChanged": true}},
            })),
            "notifications/cancelled" => {
                self.cancelled.push(params["requestId"].clone());
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn take_answer(&mut self, answer: Value) -> io::Result<()> {
        self.answers.push(answer);
        match self.asking.take_if(|_| self.answers.len() == 2) {
            Some(id) => self.result(&id, json!({"structuredContent": {"answers": self.answers}})),
            None => Ok(()),
        }
    }

    fn discover(&mut self, id: &Value, params: &Value) -> io::Result<()> {
        assert_eq!(params["_meta"]["io.modelcontextprotocol/protocolVersion"], "2026-07-28");
        self.result(id, json!({
            "supportedVersions": ["2026-07-28"],
            "capabilities": {"tools": {"listChanged": true}},
            "instructions": "be modern",
            "_meta": {"io.modelcontextprotocol/serverInfo": {"name": "odd", "title": "Odd modern", "version": "1"}},
        }))
    }

    fn initialize(&mut self, id: &Value, params: &Value) -> io::Result<()> {
        let version = if self.is("oldest") { "2024-11-05".into() } else { params["protocolVersion"].clone() };
        self.result(
            id,
            json!({
                "protocolVersion": version,
                "capabilities": {"tools": {"listChanged": true}},
                "serverInfo": {"name": "odd", "version": "1"},
            }),
        )
    }

    fn list(&mut self, id: &Value, params: &Value) -> io::Result<()> {
        if self.is("no-list") {
            return self.error(id, -32603, "the list is broken");
        }
        let tool = |name: &str| json!({"name": name, "description": name, "inputSchema": {"type": "object"}});
        let cursor = params["cursor"].as_str();
        let result = match cursor {
            _ if self.is("looping-cursor") => json!({"tools": [tool("echo")], "nextCursor": "again"}),
            None if self.is("pages") => json!({"tools": [tool("echo")], "nextCursor": "2"}),
            None if self.is("empty-cursor") => json!({"tools": [tool("echo")], "nextCursor": ""}),
            Some("2" | "") => json!({"tools": [tool("second")]}),
            _ if self.is("odd-tools") => json!({"tools": [
                tool("echo"), {"name": "no-schema"}, {"name": "true-schema", "inputSchema": true},
                {"name": "odd-hint", "inputSchema": {"type": "object"}, "annotations": {"readOnlyHint": "yes"}},
                {"name": "bad", "inputSchema": 5}, 7,
            ]}),
            _ if self.is("twice") => json!({"tools": [tool("echo"), tool("echo"), tool("a")]}),
            _ if self.extra_tool => json!({"tools": [tool("change"), tool("extra")]}),
            _ => {
                let names = [
                    "change",
                    "die",
                    "env",
                    "never",
                    "noisy",
                    "large",
                    "large-id-last",
                    "malformed",
                    "truncated",
                    "echo",
                    "meta",
                    "wrong-id",
                    "twice",
                    "ping",
                    "batch",
                    "fail",
                    "refuse",
                    "text",
                    "cancelled",
                    "seen",
                    "big",
                ];
                json!({"tools": names.map(tool)})
            }
        };
        self.result(id, result)
    }

    fn call(&mut self, id: &Value, params: &Value) -> io::Result<()> {
        let arguments = params["arguments"].clone();
        match params["name"].as_str().unwrap_or_default() {
            "echo" => self.result(id, json!({"structuredContent": arguments})),
            "meta" => self.result(id, json!({"structuredContent": {"meta": params["_meta"]}})),
            "text" => self.result(id, json!({"content": [{"type": "text", "text": arguments["text"]}]})),
            "big" => {
                let row = json!({"name": "x".repeat(80), "n": 1});
                let rows = vec![row; arguments["rows"].as_u64().unwrap_or_default() as usize];
                self.result(id, json!({"structuredContent": {"rows": rows}}))
            }
            "env" => {
                let names: Vec<_> = env::vars().map(|(name, _)| name).collect();
                self.result(id, json!({"structuredContent": {"names": names, "cwd": env::current_dir()?}}))
            }
            "never" => Ok(()),
            "die" => {
                writeln!(io::stderr(), "out of memory")?;
                exit(7)
            }
            "noisy" => {
                self.line("a debug line")?;
                self.line("{\"jsonrpc\":\"2.0\",\"id\":424242,\"result\":{}}")?;
                self.line("")?;
                self.line("[]")?;
                self.result(id, json!({"structuredContent": {}}))
            }
            "large" => self.large(id, &arguments, false),
            "large-id-last" => self.large(id, &arguments, true),
            "malformed" => self.say(&json!({"jsonrpc": "2.0", "id": id})),
            "truncated" => {
                self.line(&format!("{{\"jsonrpc\":\"2.0\",\"id\":{id},\"result\":{{\"content\":["))
            }
            "wrong-id" => {
                self.result(&json!("nobody's"), json!({"structuredContent": {"wrong": true}}))?;
                self.result(id, json!({"structuredContent": {"wrong": false}}))
            }
            "twice" => {
                self.result(id, json!({"structuredContent": {"first": true}}))?;
                self.result(id, json!({"structuredContent": {"first": false}}))
            }
            "ping" => {
                self.say(&json!({"jsonrpc": "2.0", "id": "p1", "method": "ping"}))?;
                self.say(
                    &json!({"jsonrpc": "2.0", "id": "p2", "method": "sampling/createMessage", "params": {}}),
                )?;
                self.asking = Some(id.clone());
                Ok(())
            }
            "batch" => {
                let answer =
                    json!({"jsonrpc": "2.0", "id": id, "result": {"structuredContent": {"batched": true}}});
                self.say(&json!([{"jsonrpc": "2.0", "method": "notifications/message"}, answer]))
            }
            "fail" => self
                .result(id, json!({"isError": true, "content": [{"type": "text", "text": "no such row"}]})),
            "refuse" => self.error(id, -32602, "unknown argument"),
            "cancelled" => {
                let cancelled = std::mem::take(&mut self.cancelled);
                self.result(id, json!({"structuredContent": {"cancelled": cancelled}}))
            }
            "seen" => {
                let seen = self.seen.clone();
                self.result(id, json!({"structuredContent": {"seen": seen}}))
            }
            "change" => {
                self.extra_tool = true;
                self.result(id, json!({"structuredContent": {}}))?;
                self.say(&json!({"jsonrpc": "2.0", "method": "notifications/tools/list_changed"}))
            }
            other => self.error(id, -32602, &format!("no tool {other}")),
        }
    }

    /// The parts of a resource are what its address says.
    fn resource(&mut self, id: &Value, uri: &Value) -> io::Result<()> {
        let part = |text: &str| json!({"uri": uri, "text": text, "_meta": {"size": 1}});
        match uri.as_str().unwrap_or_default() {
            "odd://none" => self.result(id, json!({"contents": []})),
            "odd://one" => self.result(id, json!({"contents": [part("one")]})),
            "odd://two" => self.result(id, json!({"contents": [part("one"), part("two")]})),
            "odd://no-list" => self.result(id, json!({"contents": {"text": "one"}})),
            "odd://nothing" => self.result(id, json!({})),
            other => self.error(id, -32002, &format!("no resource {other}")),
        }
    }

    /// An answer of so many bytes, streamed.
    fn large(&mut self, id: &Value, arguments: &Value, id_last: bool) -> io::Result<()> {
        let bytes = arguments["bytes"].as_u64().unwrap_or_default();
        let (head, tail) = if id_last {
            (String::new(), format!(",\"id\":{id}"))
        } else {
            (format!("\"id\":{id},"), String::new())
        };
        write!(
            self.out,
            "{{\"jsonrpc\":\"2.0\",{head}\"result\":{{\"content\":[{{\"type\":\"text\",\"text\":\""
        )?;
        let chunk = vec![b'x'; 1 << 20];
        let mut left = bytes;
        while left > 0 {
            let part = left.min(chunk.len() as u64);
            self.out.write_all(&chunk[..part as usize])?;
            left -= part;
        }
        self.line(&format!("\"}}]}}{tail}}}"))
    }
}
