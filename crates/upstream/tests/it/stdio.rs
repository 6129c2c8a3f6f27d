//! Servers that are processes.

use std::time::Duration;

use secrecy::SecretString;
use serde_json::{Value, json};
use tokio::{io::AsyncReadExt, net::TcpListener};
use tools::{Call, CallTool, ServerName, ServerState};
use upstream::{Era, ServerEntry, Settings, Transport, Upstream};

use crate::support::*;

async fn check_greeting(args: &[&str], era: Era, protocol: &str) {
    let upstream = start_odd(args).await;
    assert!(shown_now(&upstream).starts_with("ready: batch big"), "{args:?}: {}", shown_now(&upstream));
    let health = &upstream.health()[0];
    assert_eq!((health.era, health.protocol.as_deref()), (Some(era), Some(protocol)), "{args:?}");
    assert_eq!(call(&upstream, "echo", json!({"a": 1})).await, r#"{"a":1}"#, "{args:?}");
    upstream.shutdown().await;
}

#[tokio::test]
async fn each_era_is_found() {
    check_greeting(&["modern"], Era::Modern, "2026-07-28").await;
    check_greeting(&[], Era::Legacy, "2025-11-25").await;
    check_greeting(&["oldest"], Era::Legacy, "2024-11-05").await;
    check_greeting(&["modern-in-name"], Era::Legacy, "2025-11-25").await;
    check_greeting(&["dies-of-unknown"], Era::Legacy, "2025-11-25").await;
    check_greeting(&["noise"], Era::Legacy, "2025-11-25").await;
}

#[tokio::test]
async fn a_server_is_told_the_key_of_a_call_in_both_eras() {
    for args in [&[] as &[&str], &["modern"]] {
        let upstream = start_odd(args).await;
        for (key, expect) in [(None, json!(null)), (Some("run_1.3"), json!("run_1.3"))] {
            let call = Call {
                idempotency_key: key.map(str::to_owned),
                series: None,
                ..call_of("meta", &json!({}), Duration::from_secs(600))
            };
            let answer = upstream.call(call).await.expect("an answer");
            let seen: Value = serde_json::from_str(answer.value.get()).expect("JSON");
            assert_eq!(seen["meta"]["narrows/idempotencyKey"], expect, "{args:?}: {seen}");
        }
        upstream.shutdown().await;
    }
}

#[tokio::test]
async fn a_server_silent_to_the_probe_is_greeted_the_old_way() {
    let settings = Settings { probe_timeout: Duration::from_millis(50), ..settings() };
    let upstream = start(odd(&["ignores-unknown"]), settings).await;
    assert!(shown_now(&upstream).starts_with("ready"), "{}", shown_now(&upstream));
    assert_eq!(upstream.health()[0].era, Some(Era::Legacy));
    upstream.shutdown().await;
}

#[tokio::test]
async fn a_slow_server_is_not_taken_for_an_older_one() {
    let dir = tempfile::tempdir().expect("a folder");
    for _ in 0..2 {
        let settings = Settings { probe_timeout: Duration::from_millis(50), ..with_state(&dir) };
        let upstream = start(odd(&["slow", "modern"]), settings).await;
        assert!(shown_now(&upstream).starts_with("ready"), "{}", shown_now(&upstream));
        assert_eq!(upstream.health()[0].era, Some(Era::Modern));
        upstream.shutdown().await;
    }
}

#[tokio::test]
async fn the_era_is_remembered_and_a_wrong_memory_is_healed() {
    let dir = tempfile::tempdir().expect("a folder");
    let seen = |first: &'static str| {
        let dir = &dir;
        async move {
            let upstream = start(odd(&[]), with_state(dir)).await;
            assert!(shown_now(&upstream).starts_with("ready"));
            let seen = call(&upstream, "seen", json!({})).await;
            assert!(seen.starts_with(first), "{seen}");
            upstream.shutdown().await;
        }
    };
    seen(r#"{"seen":["server/discover","initialize""#).await;
    seen(r#"{"seen":["initialize","notifications/initialized","tools/list""#).await;

    let mut files = std::fs::read_dir(dir.path()).expect("a folder").map(|file| file.expect("a file").path());
    let file = files.find(|file| file.extension().is_some_and(|kind| kind == "json")).expect("a memory");
    let text = std::fs::read_to_string(&file).expect("text").replace(r#""legacy""#, r#""modern""#);
    std::fs::write(&file, text).expect("written");
    seen(r#"{"seen":["server/discover","tools/list","initialize""#).await;
}

#[tokio::test]
async fn a_server_that_is_gone_shows_its_last_tools() {
    let dir = tempfile::tempdir().expect("a folder");
    let entry = |program: &str| Transport::Stdio {
        command: program.to_owned(),
        args: vec!["modern".to_owned()],
        env: Vec::new(),
        cwd: Some(dir.path().to_owned()),
    };
    let link = dir.path().join("server");
    std::os::unix::fs::symlink(odd_program(), &link).expect("linked");
    let upstream = start(entry("./server"), with_state(&dir)).await;
    assert!(shown_now(&upstream).starts_with("ready: batch"), "{}", shown_now(&upstream));
    upstream.shutdown().await;

    std::fs::remove_file(&link).expect("removed");
    let upstream = start(entry("./server"), with_state(&dir)).await;
    let shown = shown_now(&upstream);
    let folder = dir.path().display();
    let expect = format!("stale (command `./server` does not exist in `{folder}`): batch");
    assert!(shown.starts_with(&expect), "{shown}");
    assert_eq!(
        call(&upstream, "echo", json!({})).await,
        format!(
            "unavailable: server `s` is not available: command `./server` does not exist in `…/{}`",
            dir.path().file_name().expect("a name").display()
        )
    );
    upstream.shutdown().await;
}

fn shell(script: &str) -> Transport {
    Transport::Stdio {
        command: "sh".to_owned(),
        args: vec!["-c".to_owned(), script.to_owned()],
        env: Vec::new(),
        cwd: None,
    }
}

#[tokio::test]
async fn a_server_that_closes_its_output_alone_is_lost_at_once() {
    // Answers the question of the newer handshake, the older handshake and the list; closes its output when it is called,
    // and never ends by itself.
    let upstream = start(
        shell(
            r#"say() { printf '{"jsonrpc":"2.0","id":%s,%s}\n' "$1" "$2"; }
            read -r _; say 1 '"error":{"code":-32601,"message":"no"}'
            read -r _; say 2 '"result":{"protocolVersion":"2025-11-25","capabilities":{"tools":{}}}'
            read -r _; read -r _; say 3 '"result":{"tools":[{"name":"echo"}]}'
            read -r _; exec >&-; while :; do sleep 1; done"#,
        ),
        settings(),
    )
    .await;
    assert_eq!(shown_now(&upstream), "ready: echo");
    let reason = "the server closed its standard output";
    let lost = call(&upstream, "echo", json!({})).await;
    assert_eq!(lost, format!("unavailable: server `s` is not available: {reason}"));
    // Not only once it has ended, for which it has ten minutes here.
    until(&upstream, |shown| shown == format!("stale ({reason}): echo")).await;
    upstream.shutdown().await;
}

async fn check_failed(transport: Transport, expect: &str) {
    let upstream = start(transport, settings()).await;
    assert_eq!(shown_now(&upstream), format!("failed ({expect}): "));
    upstream.shutdown().await;
}

#[tokio::test]
async fn the_reason_of_a_failed_start_is_clear() {
    let stdio = |command: &str, cwd: Option<&str>| Transport::Stdio {
        command: command.to_owned(),
        args: Vec::new(),
        env: Vec::new(),
        cwd: cwd.map(Into::into),
    };
    check_failed(stdio("no-such-command-here", None), "command `no-such-command-here` not found in PATH")
        .await;
    check_failed(stdio("/dev/null", None), "command `/dev/null` is not executable").await;
    check_failed(stdio("true", Some("/no/such")), "its working directory `/no/such` does not exist").await;
    check_failed(
        odd(&["fails-to-start"]),
        "the server ended with exit code 3; its log says: cannot find the database",
    )
    .await;
    check_failed(
        stdio("true --flag 'two words'", None),
        "command `true --flag 'two words'` not found in PATH; write `\"command\": \"true\", \"args\": [\"--flag\", \"two words\"]`",
    )
    .await;
    check_failed(stdio("no-such-command --flag", None), "command `no-such-command --flag` not found in PATH")
        .await;
    check_failed(
        shell("echo 'usage: prog FILE'"),
        "the server ended with exit code 0; its output says: usage: prog FILE",
    )
    .await;
    check_failed(
        shell("echo 'Error: no such file' >&2; echo '    at main' >&2; echo 'Node.js v20' >&2; exit 1"),
        "the server ended with exit code 1; its log says: Error: no such file",
    )
    .await;
    // Cargo sets this one for its tests.
    let missing = "echo 'Error: CARGO_PKG_NAME environment variable is not set' >&2; exit 1";
    check_failed(
        shell(missing),
        "the server ended with exit code 1; its log says: Error: CARGO_PKG_NAME environment variable is not set; \
         `CARGO_PKG_NAME` of Narrows' environment is not passed on to it: add `\"env\": {\"CARGO_PKG_NAME\": \
         \"${CARGO_PKG_NAME}\"}` to its entry, or `CARGO_PKG_NAME` to `narrows.env_pass`",
    )
    .await;
    check_failed(odd(&["no-list"]), "the server answered with an error: the list is broken").await;
    check_failed(odd(&["no-list", "modern"]), "the server answered with an error: the list is broken").await;
}

#[tokio::test]
async fn a_server_that_never_answers_costs_the_others_nothing() {
    let entry = |name: &str, transport| ServerEntry {
        name: ServerName::new(name),
        transport,
        credentials: Vec::new(),
        sign_in: None,
    };
    let entries = vec![entry("silent", odd(&["mute"])), entry("s", odd(&["modern"]))];
    let upstream = Upstream::start(entries, settings());
    until(&upstream, |shown| shown.starts_with("ready")).await;
    assert_eq!(call(&upstream, "echo", json!({})).await, "{}");
    let catalog = upstream.catalog().borrow().clone();
    assert_eq!(catalog.server(&ServerName::new("silent")).expect("configured").state, ServerState::Starting);
    // It does not read the end of its input while it is being started, so it is killed at once.
    drop(upstream);
}

#[tokio::test]
async fn a_start_that_takes_too_long_is_given_up() {
    let brief = Duration::from_millis(100);
    let settings = Settings { start_timeout: brief, probe_timeout: Duration::from_millis(20), ..settings() };
    let upstream = start(odd(&["mute"]), settings).await;
    assert_eq!(
        shown_now(&upstream),
        "failed (the server did not list its tools within 100ms (`narrows.start_timeout_seconds`)): "
    );
    upstream.shutdown().await;
}

#[tokio::test]
async fn lists_are_read_leniently() {
    let upstream = start_odd(&["odd-tools"]).await;
    assert_eq!(shown_now(&upstream), "ready: echo no-schema odd-hint true-schema");
    let dropped: Vec<_> =
        upstream.health()[0].dropped.iter().map(|tool| format!("{}: {}", tool.name, tool.reason)).collect();
    assert_eq!(dropped, ["bad: its inputSchema is not an object", "#6: it is not an object"]);
    upstream.shutdown().await;

    let upstream = start_odd(&["twice"]).await;
    assert_eq!(shown_now(&upstream), "ready: a echo");
    upstream.shutdown().await;
}

#[tokio::test]
async fn pages_are_followed_and_loops_are_not() {
    let upstream = start_odd(&["pages", "modern"]).await;
    assert_eq!(shown_now(&upstream), "ready: echo second");
    upstream.shutdown().await;

    for args in [&["empty-cursor"][..], &["empty-cursor", "modern"]] {
        let upstream = start_odd(args).await;
        assert_eq!(shown_now(&upstream), "ready: echo second", "{args:?}");
        upstream.shutdown().await;
    }

    let upstream = start_odd(&["looping-cursor"]).await;
    assert_eq!(shown_now(&upstream), "ready: echo");
    upstream.shutdown().await;
}

#[tokio::test]
async fn answers_are_told_apart_whatever_the_server_writes_around_them() {
    for args in [&["modern"][..], &[]] {
        let upstream = start_odd(args).await;
        let check = async |tool: &str, expect: &str| {
            let seen = call(&upstream, tool, json!({})).await;
            assert_eq!(seen.split(" at line").next(), Some(expect), "{tool}");
        };
        check("noisy", "{}").await;
        check("wrong-id", r#"{"wrong":false}"#).await;
        check("twice", r#"{"first":true}"#).await;
        check("batch", r#"{"batched":true}"#).await;
        check("fail", "tool_error: no such row").await;
        check("refuse", "-32602: unknown argument").await;
        check(
            "malformed",
            "bad_answer: `s/malformed`: the server's answer cannot be read: it has neither a result nor an error",
        )
        .await;
        check(
            "truncated",
            "bad_answer: `s/truncated`: the server's answer cannot be read: EOF while parsing a list",
        )
        .await;
        check("absent", "unknown_tool: server `s` has no tool `absent`").await;
        check(
            "ping",
            r#"{"answers":[{"jsonrpc":"2.0","id":"p1","result":{}},{"jsonrpc":"2.0","id":"p2","error":{"code":-32603,"message":"no client that can be asked waits for a call of this server"}}]}"#,
        )
        .await;
        assert_eq!(call(&upstream, "text", json!({"text": "{\"a\": [1]}"})).await, r#"{"a": [1]}"#);
        upstream.shutdown().await;
    }
}

#[tokio::test]
async fn a_resource_is_the_list_of_its_parts() {
    for args in [&["modern"][..], &[]] {
        let upstream = start_odd(args).await;
        for (uri, expect) in [
            ("odd://none", "[]"),
            ("odd://one", r#"[{"uri":"odd://one","text":"one"}]"#),
            ("odd://two", r#"[{"uri":"odd://two","text":"one"},{"uri":"odd://two","text":"two"}]"#),
            (r#"odd://"é" "#, r#"-32002: no resource odd://"é" "#),
            (
                "odd://no-list",
                "bad_answer: `s/resources/read`: the server's answer cannot be read: its `contents` is not an array",
            ),
            (
                "odd://nothing",
                "bad_answer: `s/resources/read`: the server's answer cannot be read: it has no `contents`",
            ),
        ] {
            let seen = read(&upstream, uri).await;
            assert!(seen == expect || seen.starts_with(&format!("{expect}: ")), "{seen}");
        }
        assert_eq!(
            call(&upstream, "resources/read", json!({"uri": "odd://one"})).await,
            "unknown_tool: server `s` has no tool `resources/read`"
        );
        upstream.shutdown().await;
    }
    let upstream = start_odd(&["no-resources"]).await;
    assert_eq!(
        read(&upstream, "odd://one").await,
        "-32601: the server has no resources to read: Method not found"
    );
    upstream.shutdown().await;
}

#[tokio::test]
async fn an_answer_over_the_budget_fails_its_call_and_no_other() {
    let upstream = start_odd(&[]).await;
    let too_large = |tool: &str| format!("too_large: `s/{tool}`: the answer is larger than 1048576 bytes");
    for tool in ["large", "large-id-last"] {
        let small = call(&upstream, tool, json!({"bytes": 3})).await;
        assert_eq!(small, r#""xxx""#);
        // 20 MB against a budget of 1 MiB: twenty times over, still one line.
        assert_eq!(call(&upstream, tool, json!({"bytes": 20_000_000})).await, too_large(tool));
        assert_eq!(call(&upstream, "echo", json!({"still": "here"})).await, r#"{"still":"here"}"#);
    }
    assert_eq!(upstream.health()[0].restarts, 0);
    upstream.shutdown().await;
}

#[tokio::test]
async fn a_server_that_writes_one_line_for_ever_is_started_again() {
    let upstream = start_odd(&[]).await;
    let endless = call(&upstream, "large-id-last", json!({"bytes": 200_000_000})).await;
    assert!(
        endless.starts_with("unavailable: server `s` is not available: the server's output cannot be read"),
        "{endless}"
    );
    assert_eq!(call(&upstream, "echo", json!({})).await, "{}");
    assert_eq!(upstream.health()[0].restarts, 1);
    upstream.shutdown().await;
}

#[tokio::test]
async fn many_calls_at_once_each_get_their_own_answer() {
    let upstream = start_odd(&["modern"]).await;
    let calls = (0..500).map(|n| {
        let upstream = &upstream;
        async move { assert_eq!(call(upstream, "echo", json!({"n": n})).await, format!("{{\"n\":{n}}}")) }
    });
    futures_util::future::join_all(calls).await;
    upstream.shutdown().await;
}

#[tokio::test]
async fn a_call_given_up_is_forgotten_and_the_server_told() {
    let upstream = start_odd(&[]).await;
    let brief = call_within(&upstream, "never", json!({}), Duration::from_millis(20)).await;
    assert_eq!(brief, "timeout: `s/never` did not answer within 20ms (`limits.call_seconds`)");
    let dropped = upstream.call(call_of("never", &json!({}), Duration::from_secs(600)));
    assert!(futures_util::poll!(dropped).is_pending());
    // Requests 1 to 3 were the greeting and the list.
    assert_eq!(call(&upstream, "cancelled", json!({})).await, r#"{"cancelled":[4,5]}"#);
    upstream.shutdown().await;
}

#[tokio::test]
async fn changed_tools_are_noticed() {
    for args in [&["modern"][..], &[]] {
        let upstream = start_odd(args).await;
        assert_eq!(call(&upstream, "change", json!({})).await, "{}");
        let shown = until(&upstream, |shown| shown.ends_with("extra")).await;
        assert_eq!(shown, "ready: change extra");
        upstream.shutdown().await;
    }
}

#[tokio::test]
async fn a_server_that_dies_fails_its_calls_and_comes_back() {
    let upstream = start_odd(&[]).await;
    let reason = "the server ended with exit code 7; its log says: out of memory";
    assert_eq!(
        call(&upstream, "die", json!({})).await,
        format!("unavailable: server `s` is not available: {reason}")
    );
    // A call asks for the next start and waits for it.
    assert_eq!(call(&upstream, "echo", json!({})).await, "{}");
    assert_eq!(upstream.health()[0].restarts, 1);
    upstream.shutdown().await;
}

#[tokio::test]
async fn standard_error_is_kept_and_bounded() {
    let upstream = start_odd(&["stderr-flood"]).await;
    let tail = upstream.health()[0].stderr_tail.clone();
    assert!(tail.len() <= 60, "{}", tail.len());
    assert!(tail.iter().all(|line| line.len() <= 500));
    upstream.shutdown().await;
}

#[tokio::test]
async fn a_server_sees_a_small_environment_and_its_own() {
    let transport = Transport::Stdio {
        command: odd_program(),
        args: Vec::new(),
        env: vec![("CRM_KEY".to_owned(), SecretString::from("hunter2"))],
        cwd: Some("/".into()),
    };
    let upstream = start(transport, settings()).await;
    let env = call(&upstream, "env", json!({})).await;
    assert!(env.contains("CRM_KEY") && env.contains("PATH"), "{env}");
    assert!(!env.contains("CARGO"), "{env}");
    assert!(env.ends_with(r#""cwd":"/"}"#), "{env}");
    upstream.shutdown().await;
}

/// Proof that a process is gone: the connection it held ends.
async fn grandchild() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("bound").to_string();
    (listener, address)
}

async fn ends(listener: TcpListener) {
    let (mut held, _) = listener.accept().await.expect("a connection");
    // The end and a reset both mean that nobody holds it any more.
    assert_eq!(held.read(&mut [0]).await.unwrap_or(0), 0);
}

#[tokio::test]
async fn shutting_down_ends_the_whole_tree() {
    let (listener, address) = grandchild().await;
    let settings = Settings { close_grace: Duration::from_millis(50), ..settings() };
    let upstream = start(odd(&["ignore-eof", "grandchild", &address]), settings).await;
    upstream.shutdown().await;
    ends(listener).await;
}

#[tokio::test]
async fn children_of_a_server_that_died_are_ended() {
    let (listener, address) = grandchild().await;
    let settings = Settings { close_grace: Duration::from_millis(50), ..settings() };
    let upstream = start(odd(&["grandchild", &address]), settings).await;
    assert!(call(&upstream, "die", json!({})).await.starts_with("unavailable"));
    ends(listener).await;
    upstream.shutdown().await;
}

#[tokio::test]
async fn dropping_everything_ends_the_whole_tree() {
    let (listener, address) = grandchild().await;
    let settings = Settings { close_grace: Duration::from_millis(50), ..settings() };
    let upstream = start(odd(&["ignore-eof", "grandchild", &address]), settings).await;
    drop(upstream);
    ends(listener).await;
}
