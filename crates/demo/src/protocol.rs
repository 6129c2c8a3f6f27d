//! The server's side of MCP over lines of JSON, in both eras: `initialize` from 2024-11-05 to 2025-11-25, and
//! 2026-07-28 without it. Requests are answered one after another, in the order they came.

use std::{
    io::{self, BufRead, Read, Write},
    path::Path,
};

use serde::Deserialize;
use serde_json::{Map, Value, json, value::RawValue};

use crate::{
    journal::Journal,
    servers::{self, SERVERS, Server},
    tool::{AnyOutput, Arguments, Effect, Reply, Tool},
};

/// The stateless revision.
const MODERN: &str = "2026-07-28";
/// Revisions with a handshake, the newest first.
const LEGACY: [&str; 4] = ["2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"];
const VERSION_KEY: &str = "io.modelcontextprotocol/protocolVersion";
/// How long a client may keep a list: the company's tools never change.
const LIST_TTL_MS: u64 = 3_600_000;
/// The longest request that is read: inserting every row of the large sheet at once is a tenth of it.
const LINE_BYTES_MAX: u64 = 64 * 1024 * 1024;
/// Structured results up to this size are also sent as text, for clients that read only that.
const TEXT_TOO_BYTES: usize = 256 * 1024;

const INVALID_REQUEST: i64 = -32_600;
const METHOD_NOT_FOUND: i64 = -32_601;
const INVALID_PARAMS: i64 = -32_602;
const PARSE_ERROR: i64 = -32_700;
const UNSUPPORTED_VERSION: i64 = -32_022;

/// Serves one of [`SERVERS`] until the input ends. With a folder, what calls change is kept there and is seen
/// by every process that serves the same server on the same folder; without one it is forgotten at the end.
///
/// Fails when there is no such server, when the folder cannot be used, or when input or output break.
pub fn serve(
    server: &str,
    mut input: impl BufRead,
    mut output: impl Write,
    state_dir: Option<&Path>,
) -> io::Result<()> {
    let mut service = Service::open(server, state_dir)?;
    let mut line = Vec::new();
    loop {
        line.clear();
        if (&mut input).take(LINE_BYTES_MAX).read_until(b'\n', &mut line)? == 0 {
            return Ok(());
        }
        if line.len() as u64 == LINE_BYTES_MAX {
            let reason = format!("a request has more than {LINE_BYTES_MAX} bytes");
            return Err(io::Error::new(io::ErrorKind::InvalidData, reason));
        }
        if let Some(answer) = service.answer(line.trim_ascii()) {
            output.write_all(answer.as_bytes())?;
            output.write_all(b"\n")?;
            output.flush()?;
        }
    }
}

/// One server with its tools, and where it keeps its changes.
struct Service {
    name: &'static str,
    server: Box<dyn Server>,
    tools: Vec<Tool>,
    journal: Option<Journal>,
}

/// A request or a notification, as far as it can be told before its method is known.
#[derive(Deserialize)]
struct Message {
    id: Option<Value>,
    method: Option<String>,
    #[serde(default)]
    params: Map<String, Value>,
}

/// Which revisions a request speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Era {
    Legacy,
    Modern,
}

/// An answer that is an error of the protocol.
struct Refusal {
    code: i64,
    message: String,
    data: Option<Value>,
}

impl Refusal {
    fn new(code: i64, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), data: None }
    }
}

impl Service {
    fn open(name: &str, state_dir: Option<&Path>) -> io::Result<Self> {
        let unknown = || {
            let reason = format!("no server \"{name}\" in the demo company; there is {}", SERVERS.join(", "));
            io::Error::new(io::ErrorKind::InvalidInput, reason)
        };
        let name = *SERVERS.iter().find(|known| **known == name).ok_or_else(unknown)?;
        let server = servers::open(name).ok_or_else(unknown)?;
        let journal = state_dir.map(|folder| Journal::open(folder, name)).transpose()?;
        Ok(Self { name, tools: server.tools(), server, journal })
    }

    /// The answer to a line, where one is due.
    fn answer(&mut self, line: &[u8]) -> Option<String> {
        if line.is_empty() {
            return None;
        }
        let message: Message = match serde_json::from_slice(line) {
            Ok(message) => message,
            Err(error) if error.is_syntax() || error.is_eof() => {
                return Some(refused(&Value::Null, &Refusal::new(PARSE_ERROR, format!("no JSON: {error}"))));
            }
            Err(error) => {
                return Some(refused(&Value::Null, &Refusal::new(INVALID_REQUEST, error.to_string())));
            }
        };
        // Without an id it is a notification, without a method an answer to something never asked.
        let (id, method) = (message.id?, message.method?);
        Some(match self.result(&method, message.params) {
            Ok(result) => format!(r#"{{"jsonrpc":"2.0","id":{id},"result":{result}}}"#),
            Err(refusal) => refused(&id, &refusal),
        })
    }

    fn result(&mut self, method: &str, params: Map<String, Value>) -> Result<String, Refusal> {
        let era = era(&params)?;
        match method {
            "initialize" => Ok(self.initialize(&params).to_string()),
            "server/discover" => Ok(self.discover().to_string()),
            "ping" => Ok(complete(json!({}), era).to_string()),
            "tools/list" => Ok(self.list(era).to_string()),
            "tools/call" => self.call(params, era),
            _ => Err(Refusal::new(METHOD_NOT_FOUND, format!("no method \"{method}\""))),
        }
    }

    fn initialize(&self, params: &Map<String, Value>) -> Value {
        let wanted = params.get("protocolVersion").and_then(Value::as_str).unwrap_or_default();
        let version = LEGACY.iter().find(|known| **known == wanted).unwrap_or(&LEGACY[0]);
        json!({
            "protocolVersion": version,
            "capabilities": {"tools": {}},
            "serverInfo": self.info(),
            "instructions": self.server.about(),
        })
    }

    fn discover(&self) -> Value {
        let mut versions = vec![MODERN];
        versions.extend(LEGACY);
        json!({
            "resultType": "complete",
            "supportedVersions": versions,
            "capabilities": {"tools": {}},
            "instructions": self.server.about(),
            "ttlMs": LIST_TTL_MS,
            "cacheScope": "public",
            "_meta": {"io.modelcontextprotocol/serverInfo": self.info()},
        })
    }

    fn info(&self) -> Value {
        json!({"name": format!("demo-{}", self.name), "version": env!("CARGO_PKG_VERSION")})
    }

    fn list(&self, era: Era) -> Value {
        let tools: Vec<_> = self.tools.iter().map(|tool| tool.definition(era.outputs())).collect();
        let mut result = complete(json!({"tools": tools}), era);
        if era == Era::Modern {
            result["ttlMs"] = LIST_TTL_MS.into();
            result["cacheScope"] = "public".into();
        }
        result
    }

    fn call(&mut self, mut params: Map<String, Value>, era: Era) -> Result<String, Refusal> {
        let Some(Value::String(name)) = params.remove("name") else {
            return Err(Refusal::new(INVALID_PARAMS, "the name of the tool is missing"));
        };
        let arguments = match params.remove("arguments") {
            None | Some(Value::Null) => Map::new(),
            Some(Value::Object(arguments)) => arguments,
            Some(_) => return Err(Refusal::new(INVALID_PARAMS, "arguments must be an object")),
        };
        let Some(tool) = self.tools.iter().find(|tool| tool.name() == name) else {
            let known: Vec<_> = self.tools.iter().map(Tool::name).collect();
            let message = format!("{} has no tool \"{name}\"; it has {}", self.name, known.join(", "));
            return Err(Refusal::new(INVALID_PARAMS, message));
        };
        let arguments = Arguments(arguments);
        let effect = tool.effect();
        let reply = tool.check(&arguments).and_then(|()| self.reply(&name, effect, &arguments));
        Ok(called(&reply, era))
    }

    /// Makes a call, after everything others have changed in the meantime.
    fn reply(&mut self, tool: &str, effect: Effect, arguments: &Arguments) -> Reply {
        let kept = |error: io::Error| format!("the demo's folder cannot be used: {error}");
        let Some(journal) = &mut self.journal else { return self.server.call(tool, arguments) };
        let own = match effect {
            Effect::Reads => None,
            _ => Some(journal.write(tool, &arguments.0).map_err(kept)?),
        };
        let mut own_reply = Err("the change was lost from the demo's folder".to_owned());
        for change in journal.news().map_err(kept)? {
            let reply = self.server.call(&change.tool, &Arguments(change.arguments));
            if own.as_ref() == Some(&change.by) {
                own_reply = reply;
            }
        }
        if effect == Effect::Reads { self.server.call(tool, arguments) } else { own_reply }
    }
}

impl Era {
    fn outputs(self) -> AnyOutput {
        if self == Self::Modern { AnyOutput::Allowed } else { AnyOutput::ObjectsOnly }
    }
}

/// A request that names its revision speaks the modern era.
fn era(params: &Map<String, Value>) -> Result<Era, Refusal> {
    match params.get("_meta").and_then(|meta| meta.get(VERSION_KEY)) {
        None => Ok(Era::Legacy),
        Some(Value::String(version)) if version == MODERN => Ok(Era::Modern),
        // A client may ask what is spoken here in a revision of its own, older or newer.
        Some(Value::String(version)) if LEGACY.contains(&version.as_str()) => Ok(Era::Legacy),
        Some(version) => Err(Refusal {
            data: Some(json!({"supported": [MODERN], "requested": version})),
            ..Refusal::new(UNSUPPORTED_VERSION, format!("protocol version {version} is not supported"))
        }),
    }
}

fn complete(mut result: Value, era: Era) -> Value {
    if era == Era::Modern {
        result["resultType"] = "complete".into();
    }
    result
}

/// The result of `tools/call`. Written by hand, so that a large value is copied and not taken apart.
fn called(reply: &Reply, era: Era) -> String {
    let result_type = if era == Era::Modern { r#""resultType":"complete","# } else { "" };
    match reply {
        Err(message) => {
            let text = json!(message);
            format!(r#"{{{result_type}"content":[{{"type":"text","text":{text}}}],"isError":true}}"#)
        }
        Ok(value) => {
            let structured = era == Era::Modern || value.get().starts_with('{');
            let text = if structured && value.get().len() > TEXT_TOO_BYTES {
                json!(format!("{} bytes of JSON, see structuredContent", value.get().len()))
            } else {
                json!(value.get())
            };
            let structured = if structured { structured_content(value) } else { String::new() };
            format!(
                r#"{{{result_type}"content":[{{"type":"text","text":{text}}}]{structured},"isError":false}}"#
            )
        }
    }
}

fn structured_content(value: &RawValue) -> String {
    format!(r#","structuredContent":{value}"#)
}

fn refused(id: &Value, refusal: &Refusal) -> String {
    let mut error = json!({"code": refusal.code, "message": refusal.message});
    if let Some(data) = &refusal.data {
        error["data"] = data.clone();
    }
    json!({"jsonrpc": "2.0", "id": id, "error": error}).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn talk(server: &str, lines: &[Value], state_dir: Option<&Path>) -> Vec<Value> {
        let input: String = lines.iter().map(|line| format!("{line}\n")).collect();
        let mut output = Vec::new();
        serve(server, input.as_bytes(), &mut output, state_dir).expect("serves");
        output.split(|&byte| byte == b'\n').filter_map(|line| serde_json::from_slice(line).ok()).collect()
    }

    fn request(method: &str, params: Value) -> Value {
        let mut request = json!({"jsonrpc": "2.0", "id": 1, "method": method});
        request["params"] = params;
        request
    }

    fn modern(method: &str, mut params: Value) -> Value {
        params["_meta"] = json!({VERSION_KEY: MODERN});
        request(method, params)
    }

    #[test]
    fn the_old_handshake_answers_in_the_version_asked_for() {
        for (asked, answered) in
            [("2024-11-05", "2024-11-05"), ("2025-06-18", "2025-06-18"), ("1999", "2025-11-25")]
        {
            let answers = talk("slack", &[request("initialize", json!({"protocolVersion": asked}))], None);
            assert_eq!(answers[0]["result"]["protocolVersion"], answered);
            assert_eq!(answers[0]["result"]["serverInfo"]["name"], "demo-slack");
        }
    }

    #[test]
    fn only_the_modern_era_has_types_and_times_on_its_lists() {
        let answers =
            talk("google-sheets", &[request("tools/list", json!({})), modern("tools/list", json!({}))], None);
        let (old, new) = (&answers[0]["result"], &answers[1]["result"]);
        assert_eq!((&old["resultType"], &old["ttlMs"]), (&Value::Null, &Value::Null));
        assert_eq!(old["tools"][0]["outputSchema"], Value::Null);
        assert_eq!((&new["resultType"], &new["cacheScope"]), (&json!("complete"), &json!("public")));
        assert_eq!(new["tools"][0]["outputSchema"]["type"], "array");
    }

    #[test]
    fn an_array_is_structured_content_only_in_the_modern_era() {
        let call = json!({"name": "get_values", "arguments": {"spreadsheetId": "abc", "range": "A1:B1"}});
        let answers =
            talk("google-sheets", &[request("tools/call", call.clone()), modern("tools/call", call)], None);
        let text = json!({"type": "text", "text": r#"[["FirstName","LastName"]]"#});
        assert_eq!(answers[0]["result"], json!({"content": [text], "isError": false}));
        assert_eq!(answers[1]["result"]["structuredContent"], json!([["FirstName", "LastName"]]));
    }

    #[test]
    fn mistakes_are_answered_in_their_own_way() {
        let answers = talk(
            "slack",
            &[
                request("tools/call", json!({"name": "send", "arguments": {}})),
                request("tools/call", json!({"name": "send_message", "arguments": {"channel": "#sales"}})),
                request("tools/call", json!({"name": "send_message", "arguments": {"chanel": "#sales"}})),
                request("resources/list", json!({})),
                request("tools/list", json!({"_meta": {VERSION_KEY: "2031-01-01"}})),
                json!({"jsonrpc": "2.0", "method": "notifications/initialized"}),
                json!([]),
            ],
            None,
        );
        let expect = [
            (
                -32_602,
                "slack has no tool \"send\"; it has send_message, list_channels, get_conversation_history",
            ),
            (0, "send_message needs the argument \"text\""),
            (0, "send_message has no argument \"chanel\""),
            (-32_601, "no method \"resources/list\""),
            (-32_022, "protocol version \"2031-01-01\" is not supported"),
        ];
        assert_eq!(answers.len(), expect.len() + 1);
        for (answer, (code, message)) in answers.iter().zip(expect) {
            if code == 0 {
                assert_eq!(answer["result"]["isError"], true);
                assert_eq!(answer["result"]["content"][0]["text"], message);
            } else {
                assert_eq!(
                    (&answer["error"]["code"], &answer["error"]["message"]),
                    (&json!(code), &json!(message))
                );
            }
        }
        assert_eq!(answers[5]["error"]["code"], INVALID_REQUEST);
    }

    #[test]
    fn what_is_sent_is_still_there_in_the_next_process() {
        let folder = std::env::temp_dir().join(format!("demo-state-{}", std::process::id()));
        let send = json!({"name": "send_message", "arguments": {"channel": "#sales", "text": "hello"}});
        talk("slack", &[request("tools/call", send)], Some(&folder));
        let read = json!({"name": "get_conversation_history", "arguments": {"channel": "#sales"}});
        let answers = talk("slack", &[modern("tools/call", read)], Some(&folder));
        assert_eq!(answers[0]["result"]["structuredContent"][0]["text"], "hello");
        std::fs::remove_dir_all(&folder).expect("goes away");
    }

    #[test]
    fn a_server_that_does_not_exist_is_named() {
        let error = serve("payroll", &b""[..], Vec::new(), None).expect_err("there is none");
        assert!(
            error.to_string().starts_with("no server \"payroll\" in the demo company; there is github, ")
        );
    }
}
