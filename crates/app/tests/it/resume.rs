//! Runs that go on from a failed one: what an agent reads after a failure, and what is not done again.

use serde_json::{Value, json};

use crate::{
    agent::Agent,
    narrows::{CONFIG, Narrows},
    servers::{company, config, demo},
};

/// Sends three messages and fails after them.
const FAILING: &str = "import { sendMessage } from './servers/slack';
for (const text of ['one', 'two', 'three']) await sendMessage({ channel: '#general', text });
undefined.oops;";

const CORRECTED: &str = "import { sendMessage, getConversationHistory } from './servers/slack';
for (const text of ['one', 'two', 'three', 'four']) await sendMessage({ channel: '#general', text });
const messages = await getConversationHistory({ channel: '#general', limit: 100 });
return ['one', 'two', 'three', 'four'].map(text => messages.filter(m => m.text === text).length);";

fn id(result: &Value) -> String {
    result["_meta"]["narrows/run"]["id"].as_str().expect("an id").to_owned()
}

fn text(result: &Value) -> &str {
    result["content"][0]["text"].as_str().expect("a text")
}

#[test]
fn a_failure_says_what_was_applied_and_how_to_go_on() {
    let narrows = Narrows::configured(&config([("slack", demo("slack"))]));
    let (mut agent, _) = Agent::legacy(&narrows, &[]);
    let failed = agent.execute(FAILING);
    let run = id(&failed);
    let end = format!(
        "Already applied: slack/send_message {{\"channel\":\"#general\",\"text\":\"one\"}}; \
         slack/send_message {{\"channel\":\"#general\",\"text\":\"two\"}}; \
         slack/send_message {{\"channel\":\"#general\",\"text\":\"three\"}}\n\
         To go on with corrected code: execute_code {{\"resume\":\"{run}\",\"code\":…}}; answered calls are not repeated"
    );
    assert!(text(&failed).ends_with(&end), "{}", text(&failed));

    let (answer, is_error) = agent.call("execute_code", json!({"code": CORRECTED, "resume": run}));
    assert!(!is_error, "{answer}");
    let note = format!("Note: 3 calls were answered from {run} and not made again");
    assert!(answer.starts_with("Result:\n[1,1,1,1]\n") && answer.contains(&note), "{answer}");
}

#[test]
fn a_run_that_cannot_be_gone_on_from_is_named() {
    let narrows = Narrows::configured(&config([]));
    let (mut agent, _) = Agent::legacy(&narrows, &[]);
    let (answer, is_error) = agent.call("execute_code", json!({"code": "return 1", "resume": "run_0"}));
    assert_eq!((&*answer, is_error), ("execute_code: there is no journal of a run `run_0`", true));
    let run = id(&agent.execute("return 1"));
    let arguments = json!({"code": "return 1", "resume": run, "workspace": "mine"});
    let (answer, is_error) = agent.call("execute_code", arguments);
    let expect = format!(
        "execute_code: run `{run}` ran in the workspace `default`; say `\"workspace\": \"default\"` to go on from it"
    );
    assert_eq!((answer, is_error), (expect, true));
}

#[test]
fn a_server_of_another_command_line_is_told() {
    let narrows = Narrows::configured(&config([("slack", demo("slack"))]));
    let failed = narrows.record(FAILING, &[]);
    let run = failed["id"].as_str().expect("an id");
    let fork =
        || narrows.output(&["runs", "fork", run, "--at", "3", "--json"]).json()["warnings"].to_string();
    let told =
        "the configuration of the server `slack` has changed since the answers of this run were recorded";
    let unchanged = fork();
    assert!(!unchanged.contains(told), "{unchanged}");

    let mut other = demo("slack");
    other["args"] = json!(["demo-server", "slack", "--state", narrows.home().join("state")]);
    narrows.write(CONFIG, &config([("slack", other)]).to_string());
    let changed = fork();
    assert_eq!(changed.matches(told).count(), 1, "{changed}");
}

#[test]
fn a_script_is_tried_on_recorded_answers_and_gone_on_with_from_a_point() {
    let narrows = Narrows::configured(&config([("slack", demo("slack"))]));
    let failed = narrows.record(FAILING, &[]);
    let id = failed["id"].as_str().expect("an id");

    let fixed = narrows.write("fixed.ts", &FAILING.replace("undefined.oops", "return 'sent'"));
    let fixed = fixed.to_str().expect("a path");
    let tried = narrows.output(&["runs", "replay", id, "--script", fixed]);
    assert_eq!((tried.code, &*tried.stdout), (Some(0), "\"sent\"\n"), "{}", tried.stderr);

    let other = narrows.write("other.ts", &FAILING.replace("'two'", "'zwei'"));
    let other = other.to_str().expect("a path");
    let stopped = narrows.output(&["runs", "replay", id, "--script", other, "--json"]);
    let error = &stopped.json()["error"];
    assert_eq!(stopped.code, Some(1), "{}", stopped.stderr);
    assert_eq!(
        error["message"],
        "the script asks for `slack/send_message` with {\"channel\":\"#general\",\"text\":\"zwei\"}, for which there is no \
         recorded answer; of the nearest call that was recorded it differs: `text` is \"zwei\", not \"two\""
    );
    assert_eq!((&error["name"], &error["line"]), (&json!("NotRecordedError"), &json!(2)));

    let beyond = narrows.output(&["runs", "fork", id, "--at", "99"]);
    let says = format!("the last call of run `{id}` is ");
    assert!(beyond.code == Some(2) && beyond.stderr.contains(&says), "{}", beyond.stderr);
    assert!(beyond.stderr.contains("; there is no call 99\n"), "{}", beyond.stderr);
    let forked = narrows.output(&["runs", "fork", id, "--at", "2", "--script", fixed, "--json"]).json();
    assert_eq!((&forked["outcome"], &forked["value"]), (&json!("returned"), &json!("sent")));
    assert_eq!(forked["warnings"], json!([format!("2 calls were answered from {id} and not made again")]));
    let again = narrows.output(&["runs", "replay", forked["id"].as_str().expect("an id")]);
    assert_eq!(again.stdout, "the run ended as it did: returned, 3 calls\n", "{}", again.stderr);
}

#[test]
fn the_scripts_of_the_demo_are_repeated_with_no_server() {
    let narrows = Narrows::configured(&company());
    let ids: Vec<_> = demo::USE_CASES.iter().map(|case| narrows.record(case.script, &[])).collect();
    assert_eq!(ids.len(), demo::USE_CASES.len());
    // There is none to be started any more.
    narrows.write("narrows.json", &config([]).to_string());
    for record in ids {
        let again =
            narrows.output(&["runs", "replay", record["id"].as_str().expect("an id"), "--json"]).json();
        assert_eq!((&again["same"], &again["differences"]), (&json!(true), &json!([])), "{again}");
        assert_eq!(again["record"]["value"], record["value"]);
    }
}

#[test]
fn a_call_is_shown_with_the_answers_that_its_arguments_may_come_from() {
    let narrows = Narrows::configured(&config([("slack", demo("slack"))]));
    let script = "import { listChannels, sendMessage } from './servers/slack';
const first = (await listChannels())[0].name;
await new Promise(done => setTimeout(done, 1));
await sendMessage({ channel: first, text: 'hello' });";
    let record = narrows.record(script, &[]);
    let id = record["id"].as_str().expect("an id");
    let numbers: Vec<_> =
        record["calls"].as_array().expect("a list").iter().map(|call| &call["number"]).collect();
    assert_eq!(numbers, [&json!(1), &json!(3)], "the timer is the second");

    let call = narrows.output(&["runs", "show", id, "--call", "3", "--json"]).json();
    let channel = &call["arguments"]["channel"];
    assert_eq!((&call["answer"]["channel"], &call["is_error"]), (channel, &json!(false)), "{call}");
    assert_eq!(
        call["in_reach"],
        json!([
            {"number": 2, "name": "timer", "in_arguments": []},
            {"number": 1, "name": "servers/slack/listChannels", "in_arguments": [channel]},
        ])
    );
    let first = narrows.output(&["runs", "show", id, "--call", "1", "--json"]).json();
    assert_eq!(first["in_reach"], json!([]), "nothing was answered before");
    let shown = narrows.output(&["runs", "show", id, "--call", "3"]).stdout;
    assert!(
        shown.starts_with("call 3: servers/slack/sendMessage\nslack/send_message: answered in "),
        "{shown}"
    );
    let unknown = narrows.output(&["runs", "show", id, "--call", "9"]);
    assert_eq!(unknown.code, Some(2));
    assert!(unknown.stderr.contains("was answered no call 9"), "{}", unknown.stderr);
}
