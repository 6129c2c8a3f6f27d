//! An MCP server that has all that a server can have beside tools, for tests: `offers [modern]`. It speaks 2025-11-25, or
//! 2026-07-28 where that is asked for, over lines of JSON.
//!
//! What its client answered to a request of its own stands in the result of the tool that made it.

use std::{
    collections::BTreeSet,
    env,
    io::{self, BufRead, Lines, StdinLock, Write},
};

use serde_json::{Value, json};

fn main() -> io::Result<()> {
    let is_modern = env::args().nth(1).is_some_and(|era| era == "modern");
    let mut server = Server {
        is_modern,
        lines: io::stdin().lock().lines(),
        asked: 0,
        grown: 0,
        subscribed: BTreeSet::new(),
    };
    while let Some(message) = server.next()? {
        server.take(&message)?;
    }
    Ok(())
}

struct Server {
    is_modern: bool,
    lines: Lines<StdinLock<'static>>,
    /// Requests of its own.
    asked: u64,
    /// Resources that were added.
    grown: u64,
    subscribed: BTreeSet<String>,
}

impl Server {
    fn next(&mut self) -> io::Result<Option<Value>> {
        let Some(line) = self.lines.next() else { return Ok(None) };
        serde_json::from_str(&line?).map(Some).map_err(io::Error::other)
    }

    fn take(&mut self, message: &Value) -> io::Result<()> {
        let (Some(id), Some(method)) = (message.get("id"), message["method"].as_str()) else { return Ok(()) };
        let params = &message["params"];
        if method == "subscriptions/listen" && self.is_modern {
            let wanted = params["notifications"]["resourceSubscriptions"].as_array();
            self.subscribed = wanted.into_iter().flatten().map(text).collect();
            return Ok(());
        }
        let outcome = match (method, self.is_modern) {
            ("initialize", false) => Ok(greeting()),
            ("server/discover", true) => Ok(discovered()),
            ("ping", false) => Ok(json!({})),
            ("tools/list", _) => Ok(json!({ "tools": tools() })),
            ("tools/call", _) => self.called(params)?,
            ("resources/list", _) => Ok(self.resources(&params["cursor"])),
            ("resources/templates/list", _) => Ok(templates()),
            ("resources/read", _) => read(&params["uri"]),
            ("resources/subscribe", false) => {
                self.subscribed.insert(text(&params["uri"]));
                Ok(json!({}))
            }
            ("resources/unsubscribe", false) => {
                self.subscribed.remove(&text(&params["uri"]));
                Ok(json!({}))
            }
            ("prompts/list", _) => Ok(prompts()),
            ("prompts/get", _) => prompt(params),
            ("completion/complete", _) => Ok(completed(params)),
            ("logging/setLevel", false) => {
                self.log(&format!("the level is {}", text(&params["level"])))?;
                Ok(json!({}))
            }
            _ => Err((-32601, "no such method".to_owned())),
        };
        match outcome {
            Ok(mut result) => {
                if self.is_modern && result.get("resultType").is_none() {
                    result["resultType"] = json!("complete");
                }
                say(&json!({"jsonrpc": "2.0", "id": id, "result": result}))
            }
            Err((code, message)) => {
                say(&json!({"jsonrpc": "2.0", "id": id, "error": {"code": code, "message": message}}))
            }
        }
    }

    /// Two pages: the client asks for the second.
    fn resources(&self, cursor: &Value) -> Value {
        let book = |number: u64| {
            json!({
                "uri": format!("book://{number}"), "name": format!("book-{number}"), "title": "A book",
                "mimeType": "text/plain", "size": 7, "annotations": {"audience": ["user"], "priority": 0.5},
                "_meta": {"shelf": number},
            })
        };
        if cursor == "more" {
            json!({"resources": (2..=2 + self.grown).map(book).collect::<Vec<_>>()})
        } else {
            json!({"resources": [book(1), {"uri": 7}], "nextCursor": "more"})
        }
    }

    fn called(&mut self, params: &Value) -> io::Result<Result<Value, (i64, String)>> {
        let arguments = &params["arguments"];
        let said = |text: &str| json!({"content": [{"type": "text", "text": text}]});
        Ok(Ok(match params["name"].as_str().unwrap_or_default() {
            "everything" => json!({
                "content": [
                    {"type": "text", "text": "seen", "annotations": {"audience": ["user"]}, "_meta": {"block": 1}},
                    {"type": "resource_link", "uri": "book://1", "name": "book-1"},
                    {"type": "resource", "resource": {"uri": "book://2", "text": "Book 2", "_meta": {"inner": 1}}},
                ],
                "structuredContent": {"n": 7},
                "_meta": {"ui": {"resourceUri": "ui://app"}},
            }),
            "refuse" => {
                json!({"content": [{"type": "text", "text": "not today"}], "isError": true, "_meta": {"why": 1}})
            }
            "grow" => {
                self.grown += 1;
                for what in ["resources", "prompts"] {
                    notify(&format!("notifications/{what}/list_changed"), &json!({}))?;
                }
                said("grown")
            }
            "touch" => {
                let uri = text(&arguments["uri"]);
                if self.subscribed.contains(&uri) {
                    notify("notifications/resources/updated", &json!({ "uri": uri }))?;
                }
                said("touched")
            }
            "log" => {
                self.log("something happened")?;
                said("logged")
            }
            "work" => {
                let token = &params["_meta"]["progressToken"];
                for step in 1..=3 {
                    if !token.is_null() {
                        let step = json!({"progressToken": token, "progress": step, "total": 3, "message": format!("step {step}")});
                        notify("notifications/progress", &step)?;
                    }
                }
                said("worked")
            }
            "ask" => return self.ask(params).map(Ok),
            _ => return Ok(Err((-32602, "no such tool".to_owned()))),
        }))
    }

    /// Asks the client, in the way of the era, and gives what it answered.
    fn ask(&mut self, params: &Value) -> io::Result<Value> {
        let question = question(&text(&params["arguments"]["what"]));
        let answered = if self.is_modern {
            let Some(answer) = params["inputResponses"].get("q") else {
                return Ok(
                    json!({"resultType": "input_required", "inputRequests": {"q": question}, "requestState": "s1"}),
                );
            };
            json!({ "answer": answer, "state": params["requestState"] })
        } else {
            self.asked += 1;
            let id = format!("q{}", self.asked);
            let mut request = question;
            request["jsonrpc"] = json!("2.0");
            request["id"] = json!(id);
            say(&request)?;
            self.answer_to(&id)?
        };
        Ok(json!({"content": [], "structuredContent": answered}))
    }

    /// What is answered to its own request; what comes before is taken in.
    fn answer_to(&mut self, id: &str) -> io::Result<Value> {
        while let Some(message) = self.next()? {
            if message["id"] == id && message.get("method").is_none() {
                let kind = if message.get("error").is_some() { "error" } else { "answer" };
                let body = if kind == "error" { &message["error"] } else { &message["result"] };
                return Ok(json!({ kind: body }));
            }
            self.take(&message)?;
        }
        Ok(Value::Null)
    }

    fn log(&self, what: &str) -> io::Result<()> {
        notify(
            "notifications/message",
            &json!({"level": "warning", "logger": "books", "data": {"what": what}}),
        )
    }
}

fn question(what: &str) -> Value {
    match what {
        "url" => json!({"method": "elicitation/create", "params": {
            "mode": "url", "message": "Sign in", "url": "https://example.com/sign-in", "elicitationId": "e1",
        }}),
        "sampling" => json!({"method": "sampling/createMessage", "params": {
            "messages": [{"role": "user", "content": {"type": "text", "text": "Say hi"}}], "maxTokens": 10,
        }}),
        "roots" => json!({"method": "roots/list", "params": {}}),
        _ => json!({"method": "elicitation/create", "params": {
            "mode": "form", "message": "Which shelf?",
            "requestedSchema": {"type": "object", "properties": {"shelf": {"type": "string"}}, "required": ["shelf"]},
        }}),
    }
}

fn capabilities() -> Value {
    json!({
        "tools": {"listChanged": true}, "resources": {"subscribe": true, "listChanged": true},
        "prompts": {"listChanged": true}, "completions": {}, "logging": {},
    })
}

fn greeting() -> Value {
    json!({
        "protocolVersion": "2025-11-25", "capabilities": capabilities(),
        "serverInfo": {"name": "offers", "version": "1"}, "instructions": "Books, and what is beside them.",
    })
}

fn discovered() -> Value {
    json!({
        "supportedVersions": ["2026-07-28"], "capabilities": capabilities(), "ttlMs": 0, "cacheScope": "private",
        "_meta": {"io.modelcontextprotocol/serverInfo": {"name": "offers", "version": "1"}},
    })
}

fn tools() -> Value {
    let reads = ["everything", "refuse", "touch", "log", "work"];
    let names = ["everything", "refuse", "grow", "touch", "log", "work", "ask"];
    let tool = |name: &str| {
        json!({
            "name": name, "title": format!("The tool {name}"), "description": format!("Does {name}"),
            "inputSchema": {"type": "object", "properties": {"what": {"type": "string"}, "uri": {"type": "string"}}},
            "annotations": {"readOnlyHint": reads.contains(&name)}, "_meta": {"ui": {"resourceUri": "ui://app"}},
            "icons": [{"src": "data:image/png;base64,iVBORw0KGgo=", "mimeType": "image/png"}],
        })
    };
    Value::from_iter(names.map(tool))
}

fn templates() -> Value {
    json!({"resourceTemplates": [{"uriTemplate": "book://{number}", "name": "books", "mimeType": "text/plain"}]})
}

fn read(uri: &Value) -> Result<Value, (i64, String)> {
    let uri = text(uri);
    let Some(number) = uri.strip_prefix("book://") else { return Err((-32002, format!("no book at {uri}"))) };
    let text = format!("Book {number}");
    Ok(
        json!({"contents": [{"uri": uri, "mimeType": "text/plain", "text": text, "_meta": {"page": 1}}], "_meta": {"read": true}}),
    )
}

fn prompts() -> Value {
    json!({"prompts": [{
        "name": "review", "title": "Review a book", "description": "Asks for a review",
        "arguments": [{"name": "book", "description": "Which one", "required": true}],
    }]})
}

fn prompt(params: &Value) -> Result<Value, (i64, String)> {
    if params["name"] != "review" {
        return Err((-32602, format!("no prompt {}", params["name"])));
    }
    let book = text(&params["arguments"]["book"]);
    Ok(json!({
        "description": "A review",
        "messages": [
            {"role": "user", "content": {"type": "text", "text": format!("Review {book}")}},
            {"role": "user", "content": {"type": "resource", "resource": {"uri": "book://1", "text": "Book 1"}}},
        ],
        "_meta": {"prompt": 1},
    }))
}

fn completed(params: &Value) -> Value {
    let by = params["ref"].get("name").or(params["ref"].get("uri"));
    let values = [text(by.unwrap_or(&Value::Null)), text(&params["argument"]["value"])];
    json!({"completion": {"values": values, "total": 2, "hasMore": false}})
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn notify(method: &str, params: &Value) -> io::Result<()> {
    say(&json!({"jsonrpc": "2.0", "method": method, "params": params}))
}

fn say(message: &Value) -> io::Result<()> {
    let mut output = io::stdout().lock();
    writeln!(output, "{message}")?;
    output.flush()
}
