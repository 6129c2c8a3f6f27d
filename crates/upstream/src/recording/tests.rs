use std::{fs, time::Duration};

use futures_util::FutureExt;
use serde_json::value::RawValue;
use tools::{AnswerForm, Call, CallErrorKind, CallTool, Content, READ_RESOURCE, ServerName};

use super::*;

/// A server with a tool that reads and one that may change something.
const CRM: &str = r#"{
    "name": "crm",
    "title": "CRM",
    "tools": [
        {"name": "get", "inputSchema": {"type": "object"}, "annotations": {"readOnlyHint": true}},
        {"name": "send", "inputSchema": {"type": "object"}}
    ],
    "calls": CALLS
}"#;

fn crm(calls: &str) -> String {
    format!(r#"{{"narrows_recording": 1, "servers": [{}]}}"#, CRM.replace("CALLS", calls))
}

fn recording(calls: &str) -> Recording {
    let (servers, exchanges) = file::decoded(crm(calls).as_bytes()).expect("a recording");
    Recording::new(servers, exchanges)
}

fn raw(json: &str) -> Box<RawValue> {
    RawValue::from_string(json.to_owned()).expect("JSON")
}

fn call(tool: &str, arguments: &str, run: Option<&str>) -> Call {
    Call {
        form: AnswerForm::Value,
        respondent: None,
        method: if tool == READ_RESOURCE { Method::ReadResource } else { Method::CallTool },
        tool: ToolId::new(ServerName::new("crm"), tool),
        arguments: raw(arguments),
        idempotency_key: None,
        series: run.map(str::to_owned),
        deadline: Duration::from_secs(60),
    }
}

/// What a call is answered: the value, or the code and the message of the error.
fn said(recording: &Recording, tool: &str, arguments: &str, run: Option<&str>) -> Result<String, String> {
    let outcome = recording.call(call(tool, arguments, run)).now_or_never().expect("it is there");
    outcome.map(|answer| answer.value.get().to_owned()).map_err(|error| format!("{}: {error}", error.kind))
}

const POLLED: &str = r#"[
    {"tool": "get", "arguments": {"id": 1, "of": "x"}, "answer": "pending"},
    {"tool": "send", "arguments": {"to": "ann"}, "answer": {"sent": 1}},
    {"tool": "get", "arguments": {"of": "x", "id": 1}, "answer": "done"},
    {"tool": "send", "arguments": {"to": "ann"}, "answer": {"sent": 2}},
    {"arguments": {"uri": "crm://1"}, "answer": [{"text": "a"}]}
]"#;

#[test]
fn equal_calls_of_a_run_are_answered_in_the_recorded_order() {
    let recording = recording(POLLED);
    let get = |run| said(&recording, "get", r#"{"id":1,"of":"x"}"#, run);
    let (pending, done) = (Ok(r#""pending""#.to_owned()), Ok(r#""done""#.to_owned()));
    assert_eq!(
        [get(Some("a")), get(Some("b")), get(Some("a"))],
        [pending.clone(), pending.clone(), done.clone()]
    );
    assert_eq!(
        [get(Some("a")), get(Some("b"))],
        [done.clone(), done],
        "the last answer to what only reads stays"
    );
    assert_eq!([get(None), get(None)], [pending.clone(), pending], "a call of no run is given the first");

    let send = |run| said(&recording, "send", r#"{"to":"ann"}"#, Some(run));
    assert_eq!(
        [send("a"), send("b"), send("a")].map(|sent| sent.expect("an answer")),
        ["{\"sent\": 1}", "{\"sent\": 1}", "{\"sent\": 2}"]
    );
    assert_eq!(
        send("a"),
        Err("not_recorded: the recording has 2 answers to this call of `crm/send`, and no more; to record it, run the script with the real servers and export that run too, with `narrows runs export RUN… --mock`".to_owned())
    );
    for _ in 0..2 {
        let read = said(&recording, READ_RESOURCE, r#"{"uri":"crm://1"}"#, Some("a"));
        assert_eq!(read.as_deref(), Ok(r#"[{"text": "a"}]"#));
    }
}

#[test]
fn of_many_runs_the_oldest_begins_anew() {
    let recording = recording(POLLED);
    let send = |run: usize| said(&recording, "send", r#"{"to":"ann"}"#, Some(&run.to_string()));
    for run in (0..=1_000).chain([1_000, 0]) {
        assert!(send(run).is_ok(), "{run}");
    }
    assert_eq!(send(1_000).map_err(|error| error.starts_with("not_recorded")), Err(true));
    assert_eq!(send(0).as_deref(), Ok("{\"sent\": 2}"));
}

#[test]
fn a_call_that_was_not_recorded_is_told_with_what_differs() {
    let recording = recording(POLLED);
    for (tool, arguments, expect) in [
        (
            "get",
            r#"{"id":2,"of":"x"}"#,
            "no call of `crm/get` with these arguments is recorded; compared with the nearest one that is, `id` is 2, not 1",
        ),
        ("delete", "{}", "no call of `crm/delete` is recorded"),
        // A tool of this name is no resource.
        (
            READ_RESOURCE,
            r#"{"uri":"crm://2"}"#,
            "no call of `crm/resources/read` with these arguments is recorded; compared with the nearest one that is, `uri` is \"crm://2\", not \"crm://1\"",
        ),
    ] {
        let error = said(&recording, tool, arguments, None).expect_err("it is not recorded");
        let expect = format!(
            "not_recorded: {expect}; to record it, run the script with the real servers and export that run too, with `narrows runs export RUN… --mock`"
        );
        assert_eq!(error, expect);
    }
}

#[test]
fn what_is_written_is_read_again() {
    let exchange = |tool: &str, outcome| {
        let Call { method, tool, arguments, .. } = call(tool, r#"{"n":12345678901234567890}"#, None);
        Exchange { method, tool, arguments, outcome }
    };
    let content = Content {
        blocks: Some(raw(r#"[{"type":"image","data":"AA=="}]"#)),
        beside: vec![0],
        is_only_item: true,
    };
    let bare = Content { blocks: None, beside: Vec::new(), is_only_item: false };
    let error =
        CallError { kind: CallErrorKind::Tool, message: "no\n such".to_owned(), data: Some(raw("[1.0]")) };
    let large = format!("\"{}\"", "x".repeat(3 << 20));
    let exchanges = [
        exchange("get", Ok(Answer { value: raw(r#"{"a":1.10}"#), content: Some(content) })),
        exchange("get", Ok(Answer { value: raw("[]"), content: Some(bare) })),
        exchange("get", Ok(Answer::from(raw("null")))),
        exchange("get", Ok(Answer::from(raw(&large)))),
        exchange("get", Err(error)),
        exchange("get", Err(CallError::new(CallErrorKind::Protocol(-32602), "x"))),
        exchange(READ_RESOURCE, Ok(Answer::from(raw("[]")))),
    ];
    let servers = recording("[]").catalog().servers().to_vec();
    let json = recording_json(&servers, &exchanges).expect("it is not too large");
    let (read_servers, read) = file::decoded(json.as_bytes()).expect("a recording");
    assert_eq!(read_servers, servers);
    // What stands in a value and what is raw is compared as it is shown.
    assert_eq!(format!("{read:?}"), format!("{exchanges:?}"));
}

#[test]
fn a_file_that_is_no_recording_is_refused_with_the_place() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("crm.json");
    let whole = crm(POLLED);
    let deep = format!(
        r#"[{{"tool": "get", "arguments": {{"a": {}1{}}}, "answer": 1}}]"#,
        "[".repeat(1_000_000),
        "]".repeat(1_000_000)
    );
    let twice = format!(r#"{{"narrows_recording": 1, "servers": [{0}, {0}]}}"#, CRM.replace("CALLS", "[]"));
    for (text, reason) in [
        (whole[..whole.len() / 2].to_owned(), "it cannot be read: EOF while parsing"),
        (String::new(), "it cannot be read: EOF while parsing a value at line 1 column 0"),
        ("{}".to_owned(), "it has no `narrows_recording`, the version that a recording has"),
        (
            r#"{"narrows_recording": 2}"#.to_owned(),
            "it has version 2, and this Narrows reads version 1: export the runs again",
        ),
        (
            r#"{"narrows_recording": 1}"#.to_owned(),
            "it cannot be read: missing field `servers` at line 1 column 24",
        ),
        (crm(r#"[{"tool": "get", "argument": {}}]"#), "it cannot be read: unknown field `argument`"),
        (
            crm(r#"[{"tool": "get", "arguments": {}}]"#),
            "call 1 of `crm`: it has to have either an `answer` or an `error`",
        ),
        (
            crm(r#"[{"tool": "get", "arguments": [], "answer": 1}]"#),
            "call 1 of `crm`: its `arguments` are not an object that can be read: invalid type: sequence",
        ),
        (
            crm(&deep),
            "call 1 of `crm`: its `arguments` are not an object that can be read: recursion limit exceeded",
        ),
        (
            crm(r#"[{"tool": "get", "arguments": {}, "error": {"code": "sad", "message": ""}}]"#),
            "call 1 of `crm`: there is no code of errors `sad`",
        ),
        (
            crm(r#"[{"tool": "get", "arguments": {}, "answer": {"$serde_json::private::RawValue": "1"}}]"#),
            "it holds the reserved key",
        ),
        (twice, "it has two servers `crm`"),
        ("\u{0}\u{1}".repeat(1_000), "it cannot be read: expected value at line 1 column 1"),
    ] {
        fs::write(&path, &text).expect("written");
        let error = Recording::read(&path).expect_err("it is refused").to_string();
        let expect = format!("`{}` cannot be used as a recording: {reason}", path.display());
        assert!(error.starts_with(&expect), "{error}\nnot {expect}");
    }
    for end in 0..whole.len() {
        assert!(file::decoded(&whole.as_bytes()[..end]).is_err(), "cut at {end}");
    }
    for (path, reason) in [
        (folder.path().to_owned(), "it is a folder, not a regular file"),
        (folder.path().join("none"), "No such file"),
    ] {
        let error = Recording::read(&path).expect_err("it is refused");
        assert!(error.reason.starts_with(reason), "{error}");
    }
}

#[test]
fn definitions_are_decoded_as_those_of_servers() {
    let text = crm("[]").replace(r#"{"name": "send", "#, r#"{"name": "s\u0000", "#);
    let (servers, _) = file::decoded(text.as_bytes()).expect("a recording");
    assert_eq!(servers[0].tools.len(), 1);
    assert_eq!(servers[0].dropped[0].reason, "its name has control or invisible characters");
}
