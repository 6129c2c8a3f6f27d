//! Every end a run can have leaves one record.

use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use host::{DefinitionTokens, Outcome, Page, Printed, RunRecord, RunRequest, RunStatus, SkillError, Stage};
use serde_json::{Value, json};
use surface::Surface;
use tools::{Catalog, Server, ServerName};
use wire::{Limits, PrintLevel};

use crate::fixture::Fixture;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_end_has_its_outcome() {
    let fixture = Fixture::new();
    let cases = [
        ("return 1", "returned 1"),
        ("print hello", "returned"),
        ("throw TypeError x is undefined", "threw TypeError: x is undefined"),
        ("exceed", "exceeded LimitError: the memory limit of 512 MB was reached (`limits.memory_mb`)"),
        ("deadlock", "threw DeadlockError: the script waits for a promise that nothing will ever settle"),
        ("engine-fails", "crashed WorkerError: the engine failed on this script"),
        ("parser: syntax", "refused SyntaxError: unexpected (and 1 more)"),
        ("import x from axios", "refused CheckError: `axios` does not exist here"),
        ("call servers/crm/echo {\"id\":1}\nwait\nreturn-answers", r#"returned [{"id":1}]"#),
        (
            "call call {\"name\":\"crm__echo\",\"input\":{\"id\":2}}\nwait\nreturn-answers",
            r#"returned [{"id":2}]"#,
        ),
        ("call timer {\"ms\":1}\nwait\nreturn-answers", r#"returned ["undefined"]"#),
        (
            "call fs/writeFile {\"path\":\"/tmp/a\",\"text\":\"A\"}\nwait\ncall fs/readFile {\"path\":\"/tmp/a\",\"encoding\":\"utf-8\"}\nwait\nreturn-answers",
            r#"returned ["undefined","A"]"#,
        ),
        (
            "call fs/readdir {\"path\":\"/servers/crm\"}\nwait\nreturn-answers",
            r#"returned [["book.ts","echo.ts","fail.ts","held.ts","index.ts","look.ts","never.ts"]]"#,
        ),
        (
            "call module {\"specifier\":\"./servers/crm/echo\",\"from\":\"/main.js\"}\nwait\nreturn-answers",
            r#"returned [["/servers/crm/echo.ts"]]"#,
        ),
        (
            "call nonsense\nwait\nreturn-answers",
            r#"returned [{"rejected":{"name":"TypeError","message":"there is no `nonsense`"}}]"#,
        ),
        ("import echo from ./servers/crm/echo\nreturn-modules", r#"returned ["/servers/crm/echo.ts"]"#),
    ];
    for (script, expect) in cases {
        assert_eq!(fixture.told(script).await, expect, "{script}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_record_tells_what_happened() {
    let fixture = Fixture::with(|settings| settings.own_tool_tokens = 100);
    let script = "print hello\ncall servers/crm/echo {\"id\":1}\ncall servers/crm/fail\nwait\nreturn 5";
    let request = RunRequest { definition_tokens: DefinitionTokens::Awaited, ..RunRequest::new(script) };
    let record = fixture.host.run(request).await.expect("it is admitted");
    let mut told = serde_json::to_value(&*record).expect("it serialises");
    for call in told["calls"].as_array_mut().expect("calls") {
        for time in ["started_ms", "duration_ms"] {
            assert!(call[time].take().is_f64());
        }
        assert_eq!(call["definition"].take().as_str().map(str::len), Some(16), "a fingerprint");
    }
    assert_eq!(
        told["calls"],
        json!([
            {"server": "crm", "tool": "echo", "argument_bytes": 8, "result_bytes": 8, "started_ms": null, "duration_ms": null, "outcome": "answered", "line": 1, "number": 1, "wrote": "{\"id\":1}", "definition": null},
            {"server": "crm", "tool": "fail", "argument_bytes": 2, "result_bytes": 0, "started_ms": null, "duration_ms": null, "outcome": "tool_error", "error": "no such customer", "line": 1, "number": 2, "wrote": "{}", "definition": null},
        ])
    );
    assert_eq!(told["printed"], json!([{"level": "log", "text": "hello"}]));
    assert_eq!(told["outcome"], "returned");
    assert_eq!(told["value"], 5);
    assert_eq!(told["error"], Value::Null);
    assert_eq!(told["limits"]["cpu_ms"], json!({"used": 2, "max": 10_000}));
    assert_eq!(told["limits"]["calls"], json!({"used": 2, "max": 5_000}));
    assert_eq!(told["tokens"]["encoding"], "o200k_base");
    let with = told["tokens"]["with_narrows"].as_u64().expect("counted");
    assert!((120..200).contains(&with), "{with}");
    assert!(told["tokens"]["without_narrows"].as_u64().expect("counted") > 30);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_compared_while_tools_are_not_known() {
    let crm = Server::starting(ServerName::new("crm"));
    let record = Fixture::on(Surface::new(Arc::new(Catalog::new([Arc::new(crm)])))).run("return 1").await;
    assert_eq!(record.tokens.without_narrows, None);
}

/// What counts is a blocking thread, and the test holds the only one.
#[test]
fn no_run_waits_until_the_definitions_are_counted() {
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    let runtime = runtime.worker_threads(2).max_blocking_threads(1).enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let (let_go, held) = std::sync::mpsc::channel::<()>();
        let holder = tokio::task::spawn_blocking(move || held.recv().is_err());
        let fixture = Fixture::new();
        let first = fixture.run("return 1").await;
        assert_eq!((first.outcome, first.tokens.without_narrows), (Outcome::Returned, None));
        drop(let_go);
        assert!(holder.await.expect("it ends"));
        let next = RunRequest { definition_tokens: DefinitionTokens::Awaited, ..RunRequest::new("return 1") };
        let next = fixture.host.run(next).await.expect("it is admitted");
        assert!(next.tokens.without_narrows > Some(0), "{:?}", next.tokens);
        assert_eq!(fixture.run("return 1").await.tokens, next.tokens, "it is counted");
    });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn errors_stand_in_the_lines_of_the_script() {
    let record = Fixture::new().run("print 1\nthrow Error no").await;
    let error = record.error.as_ref().expect("an error");
    assert_eq!((error.line, error.column), (Some(2), Some(1)));
    assert_eq!(error.stack, ["main (script.ts:2:1)", "script.ts:1:1"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tools_error_reaches_the_script_with_its_details() {
    let answers =
        Fixture::new().told("call servers/crm/fail\nwait\ncall servers/crm/gone\nwait\nreturn-answers").await;
    let answers: Value = serde_json::from_str(answers.trim_start_matches("returned ")).expect("JSON");
    assert_eq!(
        answers,
        json!([
            {"rejected": {"name": "ToolError", "message": "no such customer", "code": "tool_error", "server": "crm", "tool": "fail", "data": {"id": 7}}},
            {"rejected": {"name": "ToolError", "message": "there is no tool at `/servers/crm/gone.ts` now", "code": "unknown_tool"}},
        ])
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_not_awaited_is_finished_and_warned_about() {
    let record = Fixture::new()
        .run("call servers/crm/echo\ncall fs/writeFile {\"path\":\"/tmp/x\",\"text\":\"\"}\nreturn 1")
        .await;
    assert_eq!(record.calls[0].outcome.to_string(), "answered");
    assert_eq!(
        record.warnings,
        ["1 call was not awaited; write `await`, or `await Promise.all(…)` for several"]
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_wall_clock_stands_still_for_tools_and_runs_for_timers() {
    let fixture = Fixture::with(|settings| {
        settings.limits = Limits { wall_ms: 50, call_ms: 200, ..Limits::default() };
    });
    let waited = fixture.told("call servers/crm/never\nwait\nreturn-answers").await;
    assert!(
        waited.starts_with("returned [{\"rejected\":{\"name\":\"ToolError\"") && waited.contains("timeout"),
        "{waited}"
    );
    let slept = fixture.told("call timer {\"ms\":600000}\nwait\nreturn 1").await;
    assert_eq!(slept, "exceeded LimitError: the time limit of 0.05 s was reached (`limits.wall_seconds`)");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_can_be_cancelled_by_name_and_by_leaving() {
    let fixture = Fixture::new();
    let script = "call servers/crm/never\nwait\nreturn 1";
    let id = fixture.host.submit(RunRequest::new(script)).expect("it is admitted");
    while fixture.tools.under_way.load(Ordering::SeqCst) < 1 {
        tokio::task::yield_now().await;
    }
    assert!(matches!(fixture.host.wait(&id, Duration::ZERO).await, Some(RunStatus::Running)));
    assert!(fixture.host.cancel(&id));
    let Some(RunStatus::Done(record)) = fixture.host.wait(&id, Duration::from_secs(30)).await else {
        panic!("it is over")
    };
    assert_eq!((record.outcome, &*record.calls[0].outcome.to_string()), (Outcome::Cancelled, "cancelled"));
    assert!(!fixture.host.cancel(&id));

    let mut left = Box::pin(fixture.host.run(RunRequest::new(script)));
    while fixture.tools.under_way.load(Ordering::SeqCst) < 2 {
        let _ = tokio::time::timeout(Duration::from_millis(1), &mut left).await;
    }
    drop(left);
    while fixture.tools.given_up.load(Ordering::SeqCst) < 2 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_large_value_is_kept_by_handle_and_paged() {
    let fixture = Fixture::with(|settings| settings.limits.shown_bytes = 10);
    let small = fixture.run("return \"12345678\"").await;
    let shown = |record: &RunRecord| record.shown().expect("a value").into_owned();
    assert_eq!((small.handle.as_deref(), shown(&small)), (None, "12345678".to_owned()));
    let fits = fixture.run("return \"1234567890\"").await;
    assert_eq!((fits.handle.as_deref(), shown(&fits)), (None, "1234567890".to_owned()));
    let large = fixture.run("return-large 20").await;
    assert_eq!((large.value_bytes, shown(&large)), (42, "äääää".to_owned()));
    let handle = large.handle.as_deref().expect("a handle");
    let mut whole = String::new();
    let mut offset = Some(0);
    while let Some(from) = offset {
        let page = fixture.host.page(handle, from, 16).await.expect("a page");
        assert_eq!(page.total_bytes, 40);
        whole.push_str(&page.text);
        offset = page.next_offset;
    }
    assert_eq!(Some(whole.as_str()), large.text().as_deref());
    assert_eq!(
        fixture.host.page(handle, 1000, 16).await,
        Some(Page { text: String::new(), offset: 40, next_offset: None, total_bytes: 40 })
    );
    assert_eq!(fixture.host.page("run_unknown", 0, 16).await, None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_does_not_fit_is_refused_before_it_is_parsed() {
    let fixture = Fixture::with(|settings| settings.limits.source_bytes = 1024);
    assert_eq!(
        fixture.told(&"x".repeat(1025)).await,
        "exceeded LimitError: the source size limit of 1 KB was reached (`limits.source_kb`)"
    );
    let request = RunRequest { workspace: "../x".into(), ..RunRequest::new("return 1") };
    let record = fixture.host.run(request).await.expect("it is admitted");
    assert_eq!(record.outcome, Outcome::Refused);
    assert!(!fixture.folder.join("data/workspaces").exists(), "nothing is made for what is refused");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_over_the_limit_ends_the_run_whatever_the_script_does_with_errors() {
    let fixture = Fixture::with(|settings| settings.limits.calls = 1);
    let record =
        fixture.run("call servers/crm/echo\nwait\ncall servers/crm/echo\nwait\nreturn-answers").await;
    assert_eq!(record.outcome, Outcome::Exceeded);
    let error = record.error.as_ref().expect("an error");
    assert_eq!(error.message, "the limit of tool calls of 1 was reached (`limits.calls`)");
    assert_eq!((error.code.as_deref(), error.line), (Some("limits.calls"), Some(1)));
    let outcomes: Vec<_> = record.calls.iter().map(|call| call.outcome.to_string()).collect();
    assert_eq!(outcomes, ["answered"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_that_does_not_count_what_is_printed_does_not_print_more() {
    let fixture = Fixture::with(|settings| settings.limits.printed_bytes = 1024);
    let line = format!("print {}\n", "x".repeat(1000));
    let record = fixture.run(&format!("{line}{line}return 1")).await;
    let error = record.error.as_ref().expect("an error");
    assert_eq!(error.message, "the limit of printed text of 1 KB was reached (`limits.printed_kb`)");
    assert_eq!(record.printed.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn skills_are_saved_listed_imported_and_removed() {
    let fixture = Fixture::new();
    let host = &fixture.host;
    let source = "import echo from ./servers/crm/echo\nimport other from ./skills/other\nexport const a = 1";
    let missing = host.save_skill("report", source).await.expect_err("`other` is missing");
    assert!(
        matches!(missing, SkillError::Problems(problems) if problems[0].message.contains("no skill `other`"))
    );
    host.save_skill("other", "// Helps\nimport fail from ./servers/crm/fail\nexport const b = 1")
        .await
        .expect("saved");
    host.save_skill("report", source).await.expect("saved");
    assert!(matches!(host.save_skill("x", "return 1").await, Err(SkillError::NoExports)));
    let names: Vec<_> = host.skills().into_iter().map(|skill| (skill.name, skill.description)).collect();
    assert_eq!(names, [("other".into(), "Helps".into()), ("report".into(), String::new())]);
    assert_eq!(
        fixture.told("import a from ./skills/report\nreturn-modules").await,
        "returned [\"/accepted/skills/report.ts\",\"/skills/report\",\"/servers/crm/echo.ts\",\
         \"/accepted/skills/servers/crm/echo\",\"/accepted/skills/other.ts\",\"/accepted/skills/skills/other\",\
         \"/servers/crm/fail.ts\",\"/accepted/skills/servers/crm/fail\"]"
    );
    let circle = "import a from ./report\nexport const b = 1";
    host.save_skill("other", circle).await.expect("saved");
    assert_eq!(
        fixture.told("import b from ./skills/other\nreturn-modules").await,
        "returned [\"/accepted/skills/other.ts\",\"/skills/other\",\"/accepted/skills/report.ts\",\"/servers/crm/echo.ts\",\
         \"/accepted/skills/servers/crm/echo\",\"/accepted/skills/skills/other\"]"
    );
    host.remove_skill("other", None).expect("removed");
    assert_eq!(
        fixture.told("import a from ./skills/report\nreturn 1").await,
        "refused CheckError: there is no skill `other` (`./skills/other`)"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_tool_can_be_called_without_a_script() {
    let fixture = Fixture::new();
    let raw = |text: &str| tools::RawValue::from_string(text.to_owned()).expect("JSON");
    let answer = fixture.host.call("crm", "echo", raw(r#"{"id": 3}"#)).await.expect("answered");
    assert_eq!((answer.value.get(), &*answer.record.outcome.to_string()), (r#"{"id": 3}"#, "answered"));
    let failure = fixture.host.call("crm", "echo", raw(r#"{"id": "3"}"#)).await.expect_err("wrong");
    assert_eq!(failure.to_string(), "wrong arguments for `crm/echo`: `id` must be an integer, not a string");
    assert_eq!(failure.record.outcome.to_string(), "invalid_arguments");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn shutdown_ends_runs_and_workers() {
    let fixture = Fixture::new();
    let id = fixture.host.submit(RunRequest::new("call servers/crm/never\nwait")).expect("it is admitted");
    while fixture.tools.under_way.load(Ordering::SeqCst) < 1 {
        tokio::task::yield_now().await;
    }
    fixture.host.shutdown().await;
    let Some(RunStatus::Done(record)) = fixture.host.wait(&id, Duration::ZERO).await else {
        panic!("it is over")
    };
    assert_eq!(record.outcome, Outcome::Cancelled);
    assert_eq!(fixture.host.workers().runners, 0);
    let stopped = "cancelled CancelledError: Narrows was stopped before the script had ended";
    assert_eq!(fixture.told("return 1").await, stopped);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_that_goes_on_tells_what_it_did() {
    let fixture = Fixture::new();
    let id = fixture
        .host
        .submit(RunRequest::new("print hello\ncall servers/crm/never\nwait"))
        .expect("it is admitted");
    let progress = loop {
        let progress = fixture.host.progress(&id).expect("it goes on");
        // Until a call's tool is found, it goes by the path it was asked for by; and the worker may not have said yet that
        // the slice is over.
        let is_called = progress.calls_under_way.iter().any(|call| call.tool == "never");
        if is_called && progress.stage == Stage::Waiting {
            break progress;
        }
        tokio::task::yield_now().await;
    };
    assert_eq!(progress.printed, [Printed { level: PrintLevel::Log, text: "hello".to_owned() }]);
    assert_eq!((progress.calls.len(), progress.calls_under_way.len()), (0, 1));
    fixture.host.cancel(&id);
    fixture.host.wait(&id, Duration::from_secs(60)).await;
    assert!(fixture.host.progress(&id).is_none(), "it is over");
}
