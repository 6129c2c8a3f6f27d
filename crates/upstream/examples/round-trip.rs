//! Measures one call, from `Upstream::call` to the value, against a process that answers at once.
//!
//! Run with `--release`. Without arguments it starts itself as the server.

use std::{
    env,
    io::{self, BufRead, Write},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use serde_json::value::RawValue;
use tools::{AnswerForm, Call, CallTool, Method, ServerName, ToolId};
use upstream::{ServerEntry, Settings, Transport, Upstream};

/// The same server without anything between: a blocking write, a blocking read, no parsing.
fn measure_raw() -> io::Result<()> {
    let mut command = Command::new(env::current_exe()?);
    let mut child = command.arg("serve").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    let (Some(mut input), Some(output)) = (child.stdin.take(), child.stdout.take()) else { return Ok(()) };
    let mut output = io::BufReader::with_capacity(1 << 16, output);
    let mut line = String::new();
    for (tool, times) in [("echo", 20_000), ("rows", 100)] {
        let mut took = Vec::with_capacity(times);
        for id in 0..times {
            let start = Instant::now();
            let params = format!(r#"{{"name":"{tool}","arguments":{{"a":1}}}}"#);
            writeln!(input, r#"{{"jsonrpc":"2.0","id":{id},"method":"tools/call","params":{params}}}"#)?;
            line.clear();
            output.read_line(&mut line)?;
            took.push(start.elapsed());
        }
        report(&format!("raw {tool}"), line.len(), &mut took)?;
    }
    drop(input);
    child.wait().map(drop)
}

fn report(what: &str, bytes: usize, took: &mut [Duration]) -> io::Result<()> {
    took.sort();
    let at = |percent: usize| took[took.len() * percent / 100];
    writeln!(io::stdout(), "{what}: {bytes} bytes, p50 {:?}, p90 {:?}, p99 {:?}", at(50), at(90), at(99))
}

fn main() -> io::Result<()> {
    if env::args().nth(1).as_deref() == Some("serve") {
        return serve();
    }
    measure_raw()?;
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(async {
        // A call is made by a task of the runtime, as the broker does.
        let measured = tokio::spawn(measure()).await;
        measured.unwrap_or_else(|error| Err(io::Error::other(error)))
    })
}

/// The smallest honest server: no parsing beyond finding the id.
fn serve() -> io::Result<()> {
    let mut out = io::stdout().lock();
    let rows = format!(
        "[{}]",
        vec![r#"{"id":12345,"name":"Ada Lovelace","mail":"ada@example.com","paid":true}"#; 35_000].join(",")
    );
    for line in io::stdin().lock().lines() {
        let line = line?;
        let id = line.split("\"id\":").nth(1).and_then(|rest| rest.split(',').next()).unwrap_or("0");
        let result = if line.contains("server/discover") {
            r#"{"supportedVersions":["2026-07-28"],"capabilities":{"tools":{}}}"#.to_owned()
        } else if line.contains("tools/list") {
            r#"{"tools":[{"name":"echo"},{"name":"rows"}]}"#.to_owned()
        } else if line.contains("\"name\":\"rows\"") {
            format!("{{\"structuredContent\":{{\"rows\":{rows}}}}}")
        } else {
            r#"{"content":[{"type":"text","text":"{\"a\":1}"}],"structuredContent":{"a":1}}"#.to_owned()
        };
        if line.contains("\"id\":") {
            out.write_all(format!("{{\"jsonrpc\":\"2.0\",\"id\":{id},\"result\":{result}}}\n").as_bytes())?;
            out.flush()?;
        }
    }
    Ok(())
}

async fn measure() -> io::Result<()> {
    let transport = Transport::Stdio {
        command: env::current_exe()?.display().to_string(),
        args: vec!["serve".to_owned()],
        env: Vec::new(),
        cwd: None,
    };
    let name = ServerName::new("s");
    let upstream = Upstream::start(
        vec![ServerEntry { name: name.clone(), transport, credentials: Vec::new(), sign_in: None }],
        Settings::default(),
    );
    upstream.settled().await;
    let call = |tool: &str| Call {
        method: Method::CallTool,
        form: AnswerForm::Value,
        respondent: None,
        tool: ToolId::new(name.clone(), tool),
        arguments: RawValue::from_string("{\"a\":1}".to_owned()).unwrap_or_default(),
        idempotency_key: None,
        series: None,
        deadline: Duration::from_secs(10),
    };
    for (tool, times) in [("echo", 20_000), ("rows", 100)] {
        let mut took = Vec::with_capacity(times);
        let mut bytes = 0;
        for _ in 0..times {
            let start = Instant::now();
            let answer = upstream.call(call(tool)).await.map_err(io::Error::other)?;
            took.push(start.elapsed());
            bytes = answer.value.get().len();
        }
        report(tool, bytes, &mut took)?;
    }
    let start = Instant::now();
    let all = futures_util::future::join_all((0..1_000).map(|_| upstream.call(call("echo")))).await;
    let failed = all.iter().filter(|outcome| outcome.is_err()).count();
    writeln!(io::stdout(), "1,000 at once: {:?}, {failed} failed", start.elapsed())?;
    upstream.shutdown().await;
    Ok(())
}
