//! An MCP server that misbehaves in one chosen way, for tests: `misbehave KIND`. It speaks 2025-06-18 over
//! lines of JSON, and is well-behaved in everything but the way that was chosen.

use std::{
    env,
    fs::{self, OpenOptions},
    io::{self, BufRead, Write},
    process,
    sync::Arc,
    thread,
    time::Duration,
};

use parking_lot::Mutex;
use serde_json::{Value, json};

/// More than any answer may have.
const HUGE_BYTES: usize = 200 * 1024 * 1024;

/// An integer that no double holds.
const LARGE: &str = "123456789012345678901234567890";

/// How long a counting server takes to answer.
const ANSWER_MS: u64 = 5;

/// How it misbehaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Not at all: its tool `wait` takes the time it is told to, many calls at once.
    Slow,
    /// It never says anything.
    Silent,
    /// It never answers a call.
    Mute,
    /// It ends in the middle of a call.
    Dies,
    /// It answers a call with 200 MB.
    Huge,
    /// It answers a call under an id nobody used.
    WrongId,
    /// It prints what is no JSON between its answers.
    Chatty,
    /// One of its tools has a definition nobody can read.
    OddList,
    /// It answers a call with what is no result.
    NoResult,
    /// Its tool `grow` adds a tool and tells so.
    Growing,
    /// Its tool `turn` changes its own description and tells so.
    Turning,
    /// Its tool `work` says of itself what the second argument says.
    Described,
    /// Its tool `env` gives the names of its environment variables.
    Nosy,
    /// Its tool `work` links to a resource, and returns another type than it declares; `number` and `refuse` give a large
    /// integer.
    Linking,
    /// Not at all: its tools are called as the arguments from the third on say, and answer with the second argument and
    /// their own name. Where its id is a number, an answer writes it with a fraction.
    Named,
    /// Not at all: its tool `write` appends its number to the file that the second argument names, `read` changes nothing. Both answer with
    /// the double after some milliseconds, many calls at once.
    Counting,
    /// Not at all: what its tools answer stands by their names in the file that the second argument names, as `result` or
    /// `error`; with `log`, which it prints on standard error, and `notices`, which it sends before.
    Telling,
}

const KINDS: [(&str, Kind); 17] = [
    ("slow", Kind::Slow),
    ("silent", Kind::Silent),
    ("mute", Kind::Mute),
    ("dies", Kind::Dies),
    ("huge", Kind::Huge),
    ("wrong-id", Kind::WrongId),
    ("chatty", Kind::Chatty),
    ("odd-list", Kind::OddList),
    ("no-result", Kind::NoResult),
    ("growing", Kind::Growing),
    ("turning", Kind::Turning),
    ("described", Kind::Described),
    ("nosy", Kind::Nosy),
    ("linking", Kind::Linking),
    ("named", Kind::Named),
    ("counting", Kind::Counting),
    ("telling", Kind::Telling),
];

/// Answers come from several threads, one line at a time.
type Output = Arc<Mutex<io::Stdout>>;

fn main() -> io::Result<()> {
    let name = env::var("KIND").ok().or(env::args().nth(1)).unwrap_or_default();
    let Some((_, kind)) = KINDS.into_iter().find(|(known, _)| *known == name) else {
        let known: Vec<_> = KINDS.iter().map(|(name, _)| *name).collect();
        return Err(io::Error::other(format!("which way to misbehave? one of {}", known.join(", "))));
    };
    let output = Arc::new(Mutex::new(io::stdout()));
    let mut grown = 0;
    for line in io::stdin().lock().lines() {
        let Ok(message) = serde_json::from_str::<Value>(&line?) else { continue };
        let (Some(id), Some(method)) = (message.get("id"), message["method"].as_str()) else { continue };
        if kind == Kind::Silent {
            continue;
        }
        if kind == Kind::Chatty {
            write_line(&output, "INFO  now answering a request\n")?;
        }
        match method {
            "initialize" => say(&output, id, "result", &greeting())?,
            "ping" => say(&output, id, "result", &json!({}))?,
            "tools/list" => say(&output, id, "result", &json!({"tools": tools(kind, grown)}))?,
            "tools/call" => {
                grown += usize::from(["grow", "turn"].iter().any(|name| message["params"]["name"] == *name));
                called(kind, &output, id, &message["params"])?;
            }
            "resources/read" if kind == Kind::Telling => tell(&output, id, "resource")?,
            "resources/read" if kind == Kind::Linking => {
                say(&output, id, "result", &resource(&message["params"]["uri"]))?;
            }
            _ => say(&output, id, "error", &json!({"code": -32601, "message": "no such method"}))?,
        }
    }
    Ok(())
}

fn greeting() -> Value {
    json!({
        "protocolVersion": "2025-06-18",
        "capabilities": {"tools": {"listChanged": true}},
        "serverInfo": {"name": "misbehave", "version": "1"},
    })
}

fn tools(kind: Kind, grown: usize) -> Vec<Value> {
    let tool = |name: &str, description: &str| json!({"name": name, "description": description, "inputSchema": {"type": "object"}});
    match kind {
        Kind::Slow => vec![json!({
            "name": "wait",
            "description": "Waits and then says how long it did",
            "inputSchema": {
                "type": "object",
                "properties": {"ms": {"type": "integer"}},
                "required": ["ms"],
                "additionalProperties": false,
            },
            "annotations": {"readOnlyHint": true},
        })],
        Kind::Counting => [("write", false), ("read", true)]
            .map(|(name, reads)| {
                let mut tool = tool(name, "Takes a number and gives its double");
                tool["inputSchema"]["properties"] = json!({"n": {"type": "integer"}});
                tool["annotations"] = json!({"readOnlyHint": reads});
                tool
            })
            .to_vec(),
        Kind::OddList => vec![
            tool("fine", "Works"),
            json!({"name": "odd", "description": 7, "inputSchema": "yes", "annotations": {"readOnlyHint": "maybe"}}),
            json!(["not", "a", "tool"]),
        ],
        Kind::Growing => {
            let mut all = vec![tool("grow", "Adds a tool")];
            all.extend((0..grown).map(|number| tool(&format!("grown_{number}"), "Was added")));
            all
        }
        Kind::Turning => vec![tool("turn", &format!("Has turned {grown} times"))],
        Kind::Described => vec![tool("work", &env::var("DESCRIPTION").unwrap_or_default())],
        Kind::Linking => {
            let mut work = tool("work", "Gives a book");
            work["outputSchema"] = json!({
                "type": "object",
                "properties": {"title": {"type": "string"}, "pages": {"type": "integer"}},
                "required": ["title", "pages"],
            });
            let number = tool("number", "Gives a large number");
            vec![work, number, tool("refuse", "Gives it in an error"), tool("picture", "Gives a picture")]
        }
        Kind::Named => env::args().skip(3).map(|name| tool(&name, "Says its name")).collect(),
        Kind::Telling => {
            let told = told().ok();
            let names = told.iter().flat_map(|told| told.keys());
            names.map(|name| tool(name, "Answers what it is told to")).collect()
        }
        Kind::Nosy => vec![tool("env", "Gives the names of the environment variables")],
        _ => vec![tool("work", "Does the work")],
    }
}

/// The third chapter of a book, and its picture.
fn resource(uri: &Value) -> Value {
    json!({"contents": [
        {"uri": uri, "mimeType": "text/plain", "text": "Chapter three"},
        {"uri": uri, "mimeType": "image/png", "blob": "iVBORw0KGgo="},
    ]})
}

fn called(kind: Kind, output: &Output, id: &Value, params: &Value) -> io::Result<()> {
    let text = |text: &str| json!({"content": [{"type": "text", "text": text}]});
    match kind {
        Kind::Mute | Kind::Silent => Ok(()),
        Kind::Dies => {
            io::stderr().write_all(b"the printer is out of ink\n")?;
            process::exit(3);
        }
        Kind::Huge => say(output, id, "result", &text(&"x".repeat(HUGE_BYTES))),
        Kind::WrongId => say(output, &json!("nobody"), "result", &text("done")),
        Kind::NoResult => say(output, id, "result", &json!("done")),
        Kind::Growing | Kind::Turning => {
            say(output, id, "result", &text("grown"))?;
            write_line(output, "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/tools/list_changed\"}\n")
        }
        Kind::Named => {
            let said = format!(
                "{}: {}",
                env::args().nth(2).unwrap_or_default(),
                params["name"].as_str().unwrap_or("?")
            );
            let id = id.as_f64().map_or_else(|| id.clone(), Value::from);
            say(output, &id, "result", &text(&said))
        }
        Kind::Nosy => {
            let mut names: Vec<_> =
                env::vars_os().map(|(name, _)| name.to_string_lossy().into_owned()).collect();
            names.sort();
            say(output, id, "result", &json!({"content": [], "structuredContent": {"names": names}}))
        }
        // As texts: a tree would round them.
        Kind::Linking if params["name"] == "number" => {
            let result = format!("{{\"structuredContent\":{{\"n\":{LARGE}}}}}");
            write_line(output, &format!("{{\"jsonrpc\":\"2.0\",\"id\":{id},\"result\":{result}}}\n"))
        }
        Kind::Linking if params["name"] == "refuse" => {
            let error = format!("{{\"code\":-32000,\"message\":\"no\",\"data\":{{\"n\":{LARGE}}}}}");
            write_line(output, &format!("{{\"jsonrpc\":\"2.0\",\"id\":{id},\"error\":{error}}}\n"))
        }
        Kind::Linking if params["name"] == "picture" => {
            let picture = json!({"type": "image", "mimeType": "image/png", "data": "iVBORw0KGgo="});
            say(output, id, "result", &json!({"content": [picture]}))
        }
        Kind::Linking => {
            let link = json!({"type": "resource_link", "uri": "book://1/3", "name": "chapter 3"});
            let book = json!({"title": "Narrows", "pages": "some"});
            say(output, id, "result", &json!({"content": [link], "structuredContent": book}))
        }
        Kind::Counting => {
            let n = params["arguments"]["n"].as_u64().unwrap_or(0);
            if params["name"] == "write" {
                let path = env::args().nth(2).unwrap_or_default();
                // One write of a line: a killed process has made it or not.
                OpenOptions::new()
                    .create(true)
                    .append(true)
                    .open(path)?
                    .write_all(format!("{n}\n").as_bytes())?;
            }
            later(output, id, ANSWER_MS, json!({"n": n, "double": 2 * n}));
            Ok(())
        }
        Kind::Telling => tell(output, id, params["name"].as_str().unwrap_or_default()),
        Kind::Slow => {
            let ms = params["arguments"]["ms"].as_u64().unwrap_or(0);
            later(output, id, ms, json!({"waited": ms}));
            Ok(())
        }
        Kind::Chatty | Kind::OddList | Kind::Described => say(output, id, "result", &text("done")),
    }
}

/// What the tools of a telling server answer.
fn told() -> io::Result<serde_json::Map<String, Value>> {
    let file = env::args().nth(2).unwrap_or_default();
    Ok(serde_json::from_str(&fs::read_to_string(file)?)?)
}

fn tell(output: &Output, id: &Value, name: &str) -> io::Result<()> {
    let told = told()?;
    let answer = &told[name];
    if let Some(log) = answer["log"].as_str() {
        writeln!(io::stderr(), "{log}")?;
    }
    for notice in answer["notices"].as_array().into_iter().flatten() {
        write_line(output, &format!("{notice}\n"))?;
    }
    match answer.get("error") {
        Some(error) => say(output, id, "error", error),
        None => say(output, id, "result", &answer["result"]),
    }
}

/// Answers after some time, while other calls are taken in.
fn later(output: &Output, id: &Value, ms: u64, value: Value) {
    let (output, id) = (output.clone(), id.clone());
    thread::spawn(move || {
        thread::sleep(Duration::from_millis(ms));
        let result = json!({"content": [], "structuredContent": value});
        // Nobody listens any more when this fails.
        let _ = say(&output, &id, "result", &result);
    });
}

fn say(output: &Output, id: &Value, kind: &str, body: &Value) -> io::Result<()> {
    write_line(output, &format!("{}\n", json!({"jsonrpc": "2.0", "id": id, kind: body})))
}

fn write_line(output: &Output, line: &str) -> io::Result<()> {
    let mut output = output.lock();
    output.write_all(line.as_bytes())?;
    output.flush()
}
