//! Servers that misbehave, one way each: a call fails with an error that says so, and nothing else suffers.

use serde_json::json;

use crate::{
    agent::Agent,
    narrows::Narrows,
    servers::{config, demo, misbehave},
};

/// Calls the tool of a server that misbehaves, catches the error, then calls a healthy server.
const SCRIPT: &str = "
import { work } from './servers/bad';
import { listChannels } from './servers/slack';
let code = 'none', message = '';
try { await work(); } catch (e: any) { code = e.code; message = e.message; }
return { code, message, channels: (await listChannels()).length };
";

#[track_caller]
fn check(kind: &str, code: &str, message: &str) {
    let mut servers = config([("bad", misbehave(kind)), ("slack", demo("slack"))]);
    // Only where a call shall run out of time: on a slow machine 200 MB take longer than that.
    let call_seconds = if code == "timeout" { 3 } else { 60 };
    servers["narrows"] = json!({"limits": {"call_seconds": call_seconds}});
    let record = Narrows::configured(&servers).record(SCRIPT, &[]);
    assert_eq!(record["outcome"], "returned", "{record}");
    assert_eq!(record["value"]["code"], code, "{record}");
    let got = record["value"]["message"].as_str().unwrap_or_default();
    assert!(got.contains(message), "{got}");
    assert_eq!(record["value"]["channels"], 6, "{record}");
}

#[test]
fn a_server_that_never_answers_a_call_times_out() {
    check("mute", "timeout", "did not answer within 3s");
}

#[test]
fn a_server_that_dies_in_a_call_is_unavailable() {
    check("dies", "unavailable", "");
}

#[test]
fn an_answer_of_200_mb_is_refused() {
    check("huge", "too_large", "");
}

#[test]
fn an_answer_under_another_id_is_not_taken() {
    check("wrong-id", "timeout", "");
}

#[test]
fn an_answer_that_is_no_result_fails_at_once() {
    check("no-result", "bad_answer", "");
}

#[test]
fn lines_that_are_no_json_are_passed_over() {
    let servers = config([("bad", misbehave("chatty"))]);
    let record = Narrows::configured(&servers)
        .record("import { work } from './servers/bad';\nreturn await work();", &[]);
    assert_eq!(record["value"], "done", "{record}");
}

#[test]
fn one_odd_tool_does_not_hide_the_others() {
    let narrows = Narrows::configured(&config([("bad", misbehave("odd-list"))]));
    let record = narrows.record("import { fine } from './servers/bad';\nreturn await fine();", &[]);
    assert_eq!(record["value"], "done", "{record}");
    let doctor = narrows.output(&["doctor"]);
    assert!(doctor.stdout.contains("bad"), "{}", doctor.stdout);
}

#[test]
fn a_silent_server_does_not_stop_the_others() {
    let mut servers = config([("bad", misbehave("silent")), ("slack", demo("slack"))]);
    servers["narrows"] = json!({"start_timeout_seconds": 2});
    let narrows = Narrows::configured(&servers);
    let script = "import { listChannels } from './servers/slack';\nreturn (await listChannels()).length;";
    assert_eq!(narrows.record(script, &[])["value"], 6);
    let doctor = narrows.output(&["doctor"]);
    assert_ne!(doctor.code, Some(0), "{}", doctor.stdout);
    assert!(doctor.stdout.contains("bad"), "{}", doctor.stdout);
}

#[test]
fn a_server_that_cannot_be_started_is_named() {
    let missing = json!({"command": "no-such-program-anywhere"});
    let narrows = Narrows::configured(&config([("gone", missing), ("slack", demo("slack"))]));
    let tools = narrows.output(&["tools"]);
    assert_eq!(tools.code, Some(0), "{}", tools.stderr);
    assert!(tools.stdout.contains("slack"), "{}", tools.stdout);
    let doctor = narrows.output(&["doctor"]);
    assert!(doctor.stdout.contains("no-such-program-anywhere"), "{}", doctor.stdout);
}

#[test]
fn a_server_gets_no_variables_but_the_usual_ones_and_its_own() {
    let mut nosy = misbehave("nosy");
    nosy["env"] = json!({"OWN": "1"});
    let narrows = Narrows::configured(&config([("nosy", nosy)]));
    narrows.write("script.ts", "import { env } from './servers/nosy';\nreturn (await env()).names;");
    let mut command = narrows.command(&["run", "--json", "script.ts"]);
    let record = crate::narrows::finish(command.env("SOMEBODYS_SECRET", "1")).json();
    let names = record["value"].as_array().expect("names").clone();
    assert!(names.contains(&json!("OWN")) && names.contains(&json!("PATH")), "{record}");
    assert!(!names.contains(&json!("SOMEBODYS_SECRET")), "{record}");
}

#[test]
fn a_tool_that_appears_can_be_called_in_the_next_run() {
    let narrows = Narrows::configured(&config([("bad", misbehave("growing"))]));
    let (mut agent, _) = Agent::legacy(&narrows, &[]);
    assert!(agent.run("import { grow } from './servers/bad';\nreturn await grow();").contains("grown"));
    let found = agent.search_until("was added", |text| text.contains("servers/bad/grown"));
    assert!(found.contains("grown0"), "{found}");
}
