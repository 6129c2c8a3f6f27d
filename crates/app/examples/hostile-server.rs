//! A server that does what a file says: `hostile-server FILE`. For tests; see `tests/hostile/servers/README.md`.
//!
//! It is a well-behaved MCP server of 2025-06-18 with one tool, `work`, in everything the file does not say
//! otherwise. Over HTTP it prints its port first and takes one request per connection.
#![expect(clippy::print_stdout, reason = "a program of its own")]

use std::{
    collections::HashMap,
    env, fs,
    io::{self, BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    process::{self, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

use flate2::{Compression, write::GzEncoder};
use parking_lot::Mutex;
use serde_json::Value;

/// What carries the messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Over {
    Stdio,
    Http,
    Sse,
}

/// A file, read.
struct Script {
    over: Over,
    stays: bool,
    blocks: HashMap<String, Block>,
}

#[derive(Default)]
struct Block {
    played: AtomicUsize,
    actions: Vec<(String, String)>,
}

/// Who asked, and where answers go.
struct Turn<'a> {
    over: Over,
    id: String,
    method: &'a str,
    authorization: &'a str,
    port: u16,
    output: &'a mut dyn Write,
}

fn main() -> io::Result<()> {
    let path = env::args().nth(1).ok_or_else(|| io::Error::other("which file to play?"))?;
    let script = Arc::new(read_script(&fs::read_to_string(path)?)?);
    match script.over {
        Over::Stdio => serve_lines(&script),
        Over::Http | Over::Sse => serve_http(&script),
    }
}

fn read_script(text: &str) -> io::Result<Script> {
    let mut script = Script { over: Over::Stdio, stays: false, blocks: HashMap::new() };
    let mut current = String::new();
    for line in text.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty()) {
        let is_action = line.starts_with("  ");
        let (word, rest) = line.trim_start().split_once(' ').unwrap_or((line.trim_start(), ""));
        match (is_action, word, rest) {
            (true, ..) => {
                let block = script.blocks.entry(current.clone()).or_default();
                block.actions.push((word.to_owned(), rest.to_owned()));
            }
            (false, "over", "http") => script.over = Over::Http,
            (false, "over", "sse") => script.over = Over::Sse,
            (false, "stay", "") => script.stays = true,
            // For the test that starts this program.
            (false, "with" | "first", _) => {}
            (false, "on", method) => {
                method.clone_into(&mut current);
                script.blocks.entry(current.clone()).or_default();
            }
            _ => return Err(io::Error::other(format!("cannot read the line: {line}"))),
        }
    }
    Ok(script)
}

fn serve_lines(script: &Script) -> io::Result<()> {
    let mut output = io::stdout();
    let mut turn = |id: String, method: &str| {
        let turn = Turn { over: Over::Stdio, id, method, authorization: "", port: 0, output: &mut output };
        answer(script, turn)
    };
    turn(String::new(), "start")?;
    for line in io::stdin().lock().lines() {
        let Ok(message) = serde_json::from_str::<Value>(&line?) else { continue };
        if let Some(method) = message["method"].as_str() {
            turn(message.get("id").map(ToString::to_string).unwrap_or_default(), method)?;
        }
    }
    if script.stays { stay() } else { Ok(()) }
}

/// Plays what the file says for a message, or answers it well.
fn answer(script: &Script, mut turn: Turn<'_>) -> io::Result<()> {
    match script.blocks.get(turn.method) {
        Some(block) => play(block, &mut turn),
        None => behave(&mut turn),
    }
}

fn behave(turn: &mut Turn<'_>) -> io::Result<()> {
    let result = match turn.method {
        "initialize" => {
            r#""result":{"protocolVersion":"2025-06-18","capabilities":{"tools":{"listChanged":true}},"serverInfo":{"name":"hostile","version":"1"}}"#
        }
        "tools/list" => {
            r#""result":{"tools":[{"name":"work","description":"Does the work","inputSchema":{"type":"object"}}]}"#
        }
        "tools/call" => r#""result":{"content":[{"type":"text","text":"done"}]}"#,
        "ping" => r#""result":{}"#,
        "GET" if turn.over == Over::Sse => {
            let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n";
            return write!(turn.output, "{head}event: endpoint\ndata: /messages\n\n");
        }
        "GET" => {
            return turn
                .output
                .write_all(b"HTTP/1.1 405 No\r\nconnection: close\r\ncontent-length: 0\r\n\r\n");
        }
        _ if turn.id.is_empty() => {
            let accepted = b"HTTP/1.1 202 Accepted\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";
            return if turn.over == Over::Http { turn.output.write_all(accepted) } else { Ok(()) };
        }
        _ => r#""error":{"code":-32601,"message":"no such method"}"#,
    };
    let message = format!(r#"{{"jsonrpc":"2.0","id":{},{result}}}"#, turn.id);
    send(turn, message.as_bytes())
}

/// Sends a whole message as the transport carries it.
fn send(turn: &mut Turn<'_>, message: &[u8]) -> io::Result<()> {
    let (before, after) = match turn.over {
        Over::Stdio => (String::new(), "\n"),
        Over::Sse => ("data: ".to_owned(), "\n\n"),
        Over::Http => {
            let kind = "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-type: application/json\r\n";
            (format!("{kind}content-length: {}\r\n\r\n", message.len()), "")
        }
    };
    turn.output.write_all(&[before.as_bytes(), message, after.as_bytes()].concat())?;
    turn.output.flush()
}

fn play(block: &Block, turn: &mut Turn<'_>) -> io::Result<()> {
    let nth = block.played.fetch_add(1, Ordering::Relaxed);
    for (action, rest) in &block.actions {
        act(action, rest, turn, nth)?;
        turn.output.flush()?;
    }
    Ok(())
}

fn act(action: &str, rest: &str, turn: &mut Turn<'_>, nth: usize) -> io::Result<()> {
    match action {
        "answer" => behave(turn),
        "send" => {
            let message = text(rest, turn, nth);
            send(turn, &message)
        }
        "bytes" => {
            let bytes = text(rest, turn, nth);
            turn.output.write_all(&bytes)
        }
        "times" => {
            let (count, rest) = counted(rest)?;
            let parts: Vec<Vec<u8>> = rest.split("$i").map(|part| text(part, turn, nth)).collect();
            let mut all = io::BufWriter::new(&mut *turn.output);
            (0..count).try_for_each(|i| all.write_all(&parts.join(i.to_string().as_bytes())))
        }
        "fill" => {
            let (count, rest) = counted(rest)?;
            let bytes = text(rest, turn, nth);
            fill(&mut *turn.output, count, &bytes)
        }
        "gzip" => {
            let (count, rest) = counted(rest)?;
            let bytes = text(rest, turn, nth);
            let mut packed = GzEncoder::new(&mut *turn.output, Compression::fast());
            fill(&mut packed, count, &bytes)?;
            packed.finish().map(drop)
        }
        "stderr" => io::stderr().write_all(&[&text(rest, turn, nth)[..], b"\n"].concat()),
        "fill-stderr" => {
            let (count, rest) = counted(rest)?;
            fill(io::stderr(), count, &text(rest, turn, nth))
        }
        "spawn" => Command::new("sh").args(["-c", rest]).stdin(Stdio::null()).spawn().map(drop),
        "pause" => {
            thread::sleep(Duration::from_millis(counted(rest)?.0 as u64));
            Ok(())
        }
        "hang" => stay(),
        "exit" => {
            turn.output.flush()?;
            process::exit(rest.parse().unwrap_or(1));
        }
        "nothing" => Ok(()),
        _ => Err(io::Error::other(format!("unknown action: {action}"))),
    }
}

fn stay() -> ! {
    loop {
        thread::park();
    }
}

fn fill(mut output: impl Write, count: usize, bytes: &[u8]) -> io::Result<()> {
    let block = bytes.repeat((64 << 10) / bytes.len().max(1) + 1);
    let mut left = count;
    while left > 0 {
        let now = left.min(block.len());
        output.write_all(&block[..now])?;
        left -= now;
    }
    output.flush()
}

fn counted(rest: &str) -> io::Result<(usize, &str)> {
    let (count, rest) = rest.split_once(' ').unwrap_or((rest, ""));
    let count = count.parse().map_err(|_| io::Error::other(format!("a number is missing: {count}")))?;
    Ok((count, rest))
}

/// Text with its variables and escapes: `$id`, `$n`, `$port`, `$authorization`, `$key`; `\n \r \0 \e \\ \xFF`.
fn text(raw: &str, turn: &Turn<'_>, nth: usize) -> Vec<u8> {
    let filled = raw
        .replace("$id", &turn.id)
        .replace("$n", &nth.to_string())
        .replace("$port", &turn.port.to_string())
        .replace("$authorization", turn.authorization)
        .replace("$key", &env::var("API_KEY").unwrap_or_default());
    let mut out = Vec::new();
    let mut chars = filled.chars();
    while let Some(c) = chars.next() {
        let escaped = if c == '\\' { chars.next() } else { None };
        match escaped {
            Some('n') => out.push(b'\n'),
            Some('r') => out.push(b'\r'),
            Some('0') => out.push(0),
            Some('e') => out.push(0x1b),
            Some('x') => {
                let digits: String = chars.by_ref().take(2).collect();
                out.push(u8::from_str_radix(&digits, 16).unwrap_or(b'?'));
            }
            // As JSON spells it.
            Some(other @ ('"' | 'u')) => out.extend([b'\\', other as u8]),
            Some(other) => out.extend(other.to_string().bytes()),
            None => out.extend(c.to_string().bytes()),
        }
    }
    out
}

fn serve_http(script: &Arc<Script>) -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let port = listener.local_addr()?.port();
    println!("{port}");
    // The stream on which an SSE server says everything.
    let standing: Arc<Mutex<Option<TcpStream>>> = Arc::default();
    for stream in listener.incoming() {
        let (script, standing, stream) = (Arc::clone(script), Arc::clone(&standing), stream?);
        thread::spawn(move || {
            // Who went away does not read what is said.
            let _ = exchange(&script, &standing, stream, port);
        });
    }
    Ok(())
}

fn exchange(
    script: &Script,
    standing: &Mutex<Option<TcpStream>>,
    mut stream: TcpStream,
    port: u16,
) -> io::Result<()> {
    let (verb, authorization, body) = read_request(&stream)?;
    let message: Value = serde_json::from_slice(&body).unwrap_or_default();
    let method = if verb == "POST" { message["method"].as_str().unwrap_or_default() } else { &verb };
    let id = message.get("id").map(ToString::to_string).unwrap_or_default();
    let mut turn =
        Turn { over: script.over, id, method, authorization: &authorization, port, output: &mut stream };
    if script.over == Over::Http {
        return answer(script, turn);
    }
    if verb == "GET" {
        // A client that has the address has to find the stream.
        let mut standing = standing.lock();
        answer(script, turn)?;
        *standing = Some(stream);
        return Ok(());
    }
    turn.output.write_all(b"HTTP/1.1 202 Accepted\r\nconnection: close\r\ncontent-length: 0\r\n\r\n")?;
    let mut said = standing.lock();
    let Some(said) = said.as_mut() else { return Ok(()) };
    turn.output = said;
    answer(script, turn)
}

/// The verb, the `Authorization` header and the body.
fn read_request(stream: &TcpStream) -> io::Result<(String, String, Vec<u8>)> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let verb = line.split(' ').next().unwrap_or_default().to_owned();
    let (mut authorization, mut length) = (String::new(), 0);
    loop {
        line.clear();
        if reader.read_line(&mut line)? == 0 || line.trim().is_empty() {
            break;
        }
        let (name, value) = line.trim().split_once(": ").unwrap_or((line.trim(), ""));
        match name.to_ascii_lowercase().as_str() {
            "authorization" => value.clone_into(&mut authorization),
            "content-length" => length = value.parse().unwrap_or(0),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    Ok((verb, authorization, body))
}
