//! Starting servers, calling tools, and saying what came back in one line.

use std::{env, path::PathBuf, sync::Arc, time::Duration};

use serde_json::{Value, value::RawValue};
use tools::{
    Answer, AnswerForm, Call, CallError, CallTool, Catalog, Method, READ_RESOURCE, ServerName, ServerState,
    ToolId,
};
use upstream::{ServerEntry, Settings, Transport, Upstream};

/// The misbehaving server of `examples/odd-server.rs`, which cargo builds beside the tests.
pub(crate) fn odd_program() -> String {
    let tests = env::current_exe().expect("the test's own path");
    let target = tests.parent().and_then(|deps| deps.parent()).expect("target/debug/deps");
    let program = target.join("examples/odd-server");
    assert!(program.exists(), "build the example first: `cargo build -p narrows-upstream --examples`");
    program.display().to_string()
}

pub(crate) fn odd(args: &[&str]) -> Transport {
    Transport::Stdio {
        command: odd_program(),
        args: args.iter().map(|arg| (*arg).to_owned()).collect(),
        env: Vec::new(),
        cwd: None,
    }
}

/// Nothing here ends by a time-out unless a test asks for it.
pub(crate) fn settings() -> Settings {
    Settings {
        start_timeout: Duration::from_secs(600),
        probe_timeout: Duration::from_secs(600),
        answer_bytes_max: 1 << 20,
        close_grace: Duration::from_secs(600),
        ..Settings::default()
    }
}

pub(crate) fn with_state(dir: &tempfile::TempDir) -> Settings {
    Settings { state_dir: Some(PathBuf::from(dir.path())), ..settings() }
}

/// One server, named `s`, that has become ready, stale or failed.
pub(crate) async fn start(transport: Transport, settings: Settings) -> Upstream {
    let upstream = Upstream::start(
        vec![ServerEntry { name: ServerName::new("s"), transport, credentials: Vec::new(), sign_in: None }],
        settings,
    );
    upstream.settled().await;
    upstream
}

pub(crate) async fn start_odd(args: &[&str]) -> Upstream {
    start(odd(args), settings()).await
}

pub(crate) fn call_of(tool: &str, arguments: &Value, deadline: Duration) -> Call {
    Call {
        method: Method::CallTool,
        form: AnswerForm::Value,
        respondent: None,
        tool: ToolId::new(ServerName::new("s"), tool),
        arguments: RawValue::from_string(arguments.to_string()).expect("JSON"),
        idempotency_key: None,
        series: None,
        deadline,
    }
}

/// `value` or `code: message`, as the script would see it.
pub(crate) async fn call(upstream: &Upstream, tool: &str, arguments: Value) -> String {
    call_within(upstream, tool, arguments, Duration::from_secs(600)).await
}

pub(crate) async fn call_within(
    upstream: &Upstream,
    tool: &str,
    arguments: Value,
    deadline: Duration,
) -> String {
    said(upstream.call(call_of(tool, &arguments, deadline)).await)
}

fn said(outcome: Result<Answer, CallError>) -> String {
    match outcome {
        Ok(answer) => answer.value.get().to_owned(),
        Err(error) => format!("{}: {}", error.kind, error.message),
    }
}

/// What reading a resource brings, as [`call`] says it.
pub(crate) async fn read(upstream: &Upstream, uri: &str) -> String {
    let call = call_of(READ_RESOURCE, &serde_json::json!({ "uri": uri }), Duration::from_secs(600));
    said(upstream.call(Call { method: Method::ReadResource, ..call }).await)
}

/// The state of server `s`, and its tools.
pub(crate) fn shown(catalog: &Catalog) -> String {
    let server = catalog.server(&ServerName::new("s")).expect("configured");
    let state = match &server.state {
        ServerState::Idle => "idle".to_owned(),
        ServerState::Starting => "starting".to_owned(),
        ServerState::Ready => "ready".to_owned(),
        ServerState::Stale { reason } => format!("stale ({reason})"),
        ServerState::Failed { reason } => format!("failed ({reason})"),
    };
    let tools: Vec<_> = server.tools.iter().map(|tool| &*tool.name).collect();
    format!("{state}: {}", tools.join(" "))
}

pub(crate) fn shown_now(upstream: &Upstream) -> String {
    shown(&upstream.catalog().borrow())
}

/// Waits until the catalog shows this.
pub(crate) async fn until(upstream: &Upstream, wanted: impl Fn(&str) -> bool) -> String {
    let mut catalog = upstream.catalog();
    let found = catalog.wait_for(|catalog: &Arc<Catalog>| wanted(&shown(catalog))).await;
    shown(&found.expect("the upstream lives"))
}
