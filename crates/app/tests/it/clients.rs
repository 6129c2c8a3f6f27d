//! What clients and models do that no specification asks of them, and what must be there when they first look.

use std::{fs, process::Command};

use serde_json::{Value, json};

use crate::{
    agent::Agent,
    http::{Gateway, initialize},
    narrows::{Narrows, wait_until},
    servers::{config, demo, misbehave},
};

/// A server of the demo company that hangs as soon as a file is there.
fn hangs_when_there_is(file: &str) -> Value {
    let script =
        format!("test -e {file} && exec sleep 300; exec {} demo-server slack", env!("CARGO_BIN_EXE_narrows"));
    json!({"command": "sh", "args": ["-c", script]})
}

fn instructions(greeting: &Value) -> &str {
    greeting["instructions"].as_str().unwrap_or_default()
}

#[test]
fn remembered_tools_are_there_before_the_first_answer() {
    let narrows = Narrows::new();
    let file = narrows.home().join("hang").display().to_string();
    narrows.write("narrows.json", &config([("slack", hangs_when_there_is(&file))]).to_string());
    let (mut agent, _) = Agent::legacy(&narrows, &[]);
    agent.search_until("send a message", |text| text.contains("servers/slack/sendMessage"));
    let kept = narrows.home().join("data/narrows/upstream");
    wait_until("the tools are remembered", || {
        fs::read_dir(&kept).is_ok_and(|mut files| files.next().is_some())
    });
    assert_eq!(agent.leave(), Some(0));
    fs::write(&file, "").expect("it is written");
    let (_agent, greeting) = Agent::legacy(&narrows, &[]);
    let text = instructions(&greeting);
    assert!(text.contains("All tools:") && text.contains("sendMessage("), "{text}");
    assert!(!text.contains("still connecting"), "{text}");
    let discovered = Agent::modern(&narrows, &[]).ask("server/discover", json!({}));
    assert_eq!(instructions(&discovered), text);
}

/// On a busy machine a server may take longer than is waited for it: one good start of some counts.
#[test]
fn tools_of_a_first_start_are_there_before_the_first_answer() {
    let configured = config([("slack", demo("slack"))]);
    let shows_tools = |_: &usize| {
        let narrows = Narrows::configured(&configured);
        let (_agent, greeting) = Agent::legacy(&narrows, &[]);
        instructions(&greeting).contains("sendMessage(")
    };
    assert!((0..5).any(|at| shows_tools(&at)));
}

#[test]
fn what_is_not_known_at_the_start_is_not_said_to_stay_so() {
    let never = json!({"command": "sleep", "args": ["300"]});
    let narrows = Narrows::configured(&config([("never", never)]));
    let (_agent, greeting) = Agent::legacy(&narrows, &[]);
    let text = instructions(&greeting);
    let end = "Servers:\n- never: still connecting\n\
               This was so at the start; search_tools tells what is there now.";
    assert!(text.ends_with(end), "{text}");
}

#[test]
fn a_client_that_begins_with_a_notification_is_answered() {
    let narrows = Narrows::configured(&config([]));
    let mut agent = Agent::modern(&narrows, &[]);
    agent.write(&json!({"jsonrpc": "2.0", "method": "notifications/initialized"}));
    assert_eq!(agent.run("return 1"), "Result:\n1");
}

#[test]
fn what_no_server_has_is_asked_for_without_an_error() {
    let narrows = Narrows::configured(&config([]));
    let (mut legacy, greeting) = Agent::legacy(&narrows, &[]);
    let offered = json!({
        "tools": {}, "resources": {"subscribe": true, "listChanged": true}, "prompts": {"listChanged": true},
        "completions": {}, "logging": {},
    });
    assert_eq!(greeting["capabilities"], offered);
    let mut modern = Agent::modern(&narrows, &[]);
    for (method, params, key, expect) in [
        ("prompts/list", json!({}), "prompts", json!([])),
        ("resources/list", json!({"cursor": "x"}), "resources", json!([])),
        ("resources/templates/list", json!({}), "resourceTemplates", json!([])),
    ] {
        assert_eq!(legacy.ask(method, params.clone()), json!({ key: expect }), "{method}");
        let answer = modern.ask(method, params);
        assert_eq!(
            (&answer[key], &answer["resultType"]),
            (&expect, &json!("complete")),
            "{method}: {answer}"
        );
    }
    assert_eq!(legacy.ask("ping", json!({})), json!({}));
    assert_eq!(legacy.ask("logging/setLevel", json!({"level": "debug"})), json!({}));
    assert_eq!(legacy.ask("resources/unsubscribe", json!({"uri": "a://b"})), json!({}));
    // What the newer era has done away with.
    for (method, params) in [
        ("ping", json!({})),
        ("logging/setLevel", json!({"level": "debug"})),
        ("logging/setLevel", json!({})),
        ("resources/subscribe", json!({})),
        ("resources/unsubscribe", json!({})),
    ] {
        let id = modern.begin(method, params);
        assert_eq!(modern.answer(id)["error"]["code"], -32601, "{method}");
    }
    for (method, params, code) in [
        ("resources/read", json!({"uri": "a://b"}), -32002),
        ("resources/subscribe", json!({"uri": "a://b"}), -32002),
        ("prompts/get", json!({"name": "x"}), -32602),
        ("roots/list", json!({}), -32601),
    ] {
        let id = legacy.begin(method, params);
        let error = &legacy.answer(id)["error"];
        assert_eq!(error["code"], code, "{method}: {error}");
        assert!(
            error["message"].as_str().is_some_and(|text| text.contains("there is no ")),
            "{method}: {error}"
        );
    }
}

#[test]
fn arguments_are_taken_as_clients_write_them() {
    let narrows = Narrows::configured(&config([]));
    let (mut legacy, _) = Agent::legacy(&narrows, &[]);
    let mut modern = Agent::modern(&narrows, &[]);
    for arguments in [json!({"code": "return 6 * 7"}), json!("{\"code\": \"return 6 * 7\"}")] {
        let params = json!({"name": "execute_code", "arguments": arguments});
        for (era, agent) in [("legacy", &mut legacy), ("modern", &mut modern)] {
            let result = agent.ask("tools/call", params.clone());
            assert_eq!(result["content"][0]["text"], "Result:\n42", "{era} {params}: {result}");
            assert_eq!(result.get("resultType").is_some(), era == "modern", "{result}");
        }
    }
    let (listed, failed) = legacy.call("search_tools", json!([]));
    assert!(!failed, "{listed}");
    let (said, failed) = legacy.call("execute_code", json!({"code": "return 1", "lang": "ts"}));
    let note = "Result:\n1\nNote: execute_code has no argument `lang`; it was ignored";
    assert_eq!((said.as_str(), failed), (note, false));
    let (said, _) = legacy.call("execute_code", json!({"code": "return 1", "background": "false"}));
    assert!(said.starts_with("Result:\n1\nRun: run_"), "{said}");
    let (said, failed) = legacy.call("execute_code", json!({"code": "return 1", "backgroud": true}));
    assert_eq!(
        (said.as_str(), failed),
        ("execute_code: unknown argument `backgroud`; did you mean `background`?", true)
    );
}

/// A script that waits for a tool so long.
fn waits(ms: u32) -> String {
    format!("import {{ wait }} from './servers/slow';\nawait wait({{ ms: {ms} }});\nreturn 'over';")
}

fn execute_with_token(code: &str) -> Value {
    json!({"name": "execute_code", "arguments": {"code": code}, "_meta": {"progressToken": "t"}})
}

#[test]
fn progress_reaches_clients_that_ask_for_it() {
    let narrows = Narrows::configured(&config([("slow", misbehave("slow"))]));
    for mut agent in [Agent::legacy(&narrows, &[]).0, Agent::modern(&narrows, &[])] {
        let id = agent.begin("tools/call", execute_with_token(&waits(3_500)));
        let mut messages = agent.until_answer(id);
        let answer = messages.pop().expect("an answer");
        assert!(
            answer["result"]["content"][0]["text"].as_str().is_some_and(|text| text.contains("over")),
            "{answer}"
        );
        let progress: Vec<_> = messages.iter().map(|message| &message["params"]).collect();
        assert!(progress.iter().all(|one| one["progressToken"] == "t"), "{messages:?}");
        let values: Vec<_> = progress.iter().filter_map(|one| one["progress"].as_f64()).collect();
        assert!(values.len() >= 2 && values.is_sorted_by(|a, b| a < b), "{messages:?}");
        assert_eq!(progress.last().expect("some")["message"], "waiting for slow/wait ×1");
    }
}

#[test]
fn progress_reaches_clients_over_http_where_they_take_events() {
    let narrows = Narrows::configured(&config([("slow", misbehave("slow"))]));
    let gateway = Gateway::start(&narrows, None);
    let request = json!({"jsonrpc": "2.0", "id": 5, "method": "tools/call", "params": execute_with_token(&waits(2_500))});
    let (status, body) = gateway.post(&[], &request);
    assert!(
        status == 200 && body.contains("waiting for slow/wait ×1") && body.contains("over"),
        "{status} {body}"
    );
    let (status, body) = gateway.post(&[("Accept", "application/json")], &request);
    let answer: Value = serde_json::from_str(&body).unwrap_or_else(|_| panic!("{status} {body}"));
    assert_eq!((status, &answer["id"]), (200, &json!(5)));
}

#[test]
fn a_run_that_goes_on_says_what_it_did_and_waits_for() {
    let narrows = Narrows::configured(&config([("slow", misbehave("slow"))]));
    let (mut agent, _) = Agent::legacy(&narrows, &[]);
    let code = "import { wait } from './servers/slow';\nconsole.log('one');\nawait wait({ ms: 1 });\n\
                console.log('two');\nawait wait({ ms: 100000 });";
    let (started, _) = agent.call("execute_code", json!({"code": code, "background": true}));
    let id = started.split_whitespace().nth(1).expect("the run's id").to_owned();
    let mut text = String::new();
    wait_until("the second call is under way", || {
        text = agent.call("get_run", json!({"run_id": id})).0;
        text.contains("waiting for slow/wait ×1\nCalls: slow/wait ×1\n")
    });
    let end = format!(
        "\nPrinted so far:\none\ntwo\nFor its result: get_run {{\"run_id\":\"{id}\",\"wait_seconds\":50}}"
    );
    assert!(text.starts_with(&format!("Run {id} is running since ")) && text.ends_with(&end), "{text}");
}

#[test]
fn a_request_that_is_too_long_is_answered_with_its_id() {
    let mut small = config([]);
    small["narrows"] = json!({"limits": {"source_kb": 1}});
    let narrows = Narrows::configured(&small);
    let (mut agent, _) = Agent::legacy(&narrows, &[]);
    let long = "x".repeat(1_000_000);
    for message in [
        format!(r#"{{"jsonrpc":"2.0","id":"a","method":"tools/call","params":{{"name":"{long}"}}}}"#),
        format!(r#"{{"method":"tools/call","params":{{"name":"{long}","id":1}},"jsonrpc":"2.0","id":"a"}}"#),
    ] {
        agent.write_line(&message);
        let answer = agent.next();
        assert_eq!((&answer["id"], &answer["error"]["code"]), (&json!("a"), &json!(-32600)), "{answer}");
        assert!(
            answer["error"]["message"].as_str().is_some_and(|text| text.contains("limits.source_kb")),
            "{answer}"
        );
    }
    assert_eq!(agent.run("return 1"), "Result:\n1");
}

#[test]
fn clients_that_take_json_are_served_however_they_say_so() {
    let narrows = Narrows::configured(&config([]));
    let gateway = Gateway::start(&narrows, None);
    let message = initialize().to_string();
    for (path, accept) in [
        ("/mcp", "application/json"),
        ("/mcp", "*/*"),
        ("/mcp", "application/*;q=0.9, text/html"),
        ("/mcp", ""),
        ("/mcp/", "application/json, text/event-stream"),
        ("/mcp/", "*/*"),
    ] {
        let (status, body) = gateway.post_to(path, &[("Accept", accept)], &message);
        let answer: Value =
            serde_json::from_str(&body).unwrap_or_else(|_| panic!("{path} {accept}: {status} {body}"));
        assert_eq!(
            (status, &answer["result"]["serverInfo"]["name"]),
            (200, &json!("narrows")),
            "{path} {accept}"
        );
    }
    let (status, body) = gateway.post_to("/mcp", &[("Accept", "text/event-stream")], &message);
    let event = body.split_once("event: message\ndata: ").map(|(_, data)| data.trim_end());
    assert!(status == 200 && event.is_some_and(|data| data.contains("serverInfo")), "{status} {body}");
    let (status, body) = gateway.post_to("/mcp", &[("Accept", "text/html")], &message);
    assert!(status == 406 && body.contains("`Accept` takes neither"), "{status} {body}");
    let (status, body) = gateway.post_to("/", &[], &message);
    assert!(status == 404 && body.contains("`/mcp`"), "{status} {body}");
}

/// A script that goes on until it is ended, and what it leaves for us to see that it has begun.
const ENDLESS: &str =
    "await fs.writeFile('/workspace/begun', '');\nawait new Promise(done => setTimeout(done, 600000));";

fn has_begun(narrows: &Narrows) -> bool {
    fn is_below(folder: &std::path::Path) -> bool {
        let files = fs::read_dir(folder).into_iter().flatten().flatten();
        files.map(|file| file.path()).any(|path| path.ends_with("begun") || is_below(&path))
    }
    is_below(&narrows.home().join("data"))
}

fn terminate(pid: u32) {
    let status = Command::new("kill").args(["-TERM", &pid.to_string()]).status().expect("kill starts");
    assert!(status.success(), "it is there");
}

const STOPPED: &str = "Cancelled: CancelledError: Narrows was stopped before the script had ended";

#[test]
fn who_waits_when_narrows_is_stopped_is_answered() {
    let narrows = Narrows::configured(&config([]));
    let (mut agent, _) = Agent::legacy(&narrows, &[]);
    let id = agent.begin("tools/call", json!({"name": "execute_code", "arguments": {"code": ENDLESS}}));
    wait_until("the script has begun", || has_begun(&narrows));
    terminate(agent.pid());
    let result = &agent.answer(id)["result"];
    assert_eq!(
        (&result["content"][0]["text"], &result["isError"]),
        (&json!(STOPPED), &json!(true)),
        "{result}"
    );
    assert_eq!(result["_meta"]["narrows/run"]["outcome"], "cancelled");
}

#[test]
fn who_waits_over_http_when_narrows_is_stopped_is_answered() {
    for accept in ["application/json", "application/json, text/event-stream"] {
        let narrows = Narrows::configured(&config([]));
        let gateway = Gateway::start(&narrows, None);
        let request =
            json!({"jsonrpc": "2.0", "id": 5, "method": "tools/call", "params": execute_with_token(ENDLESS)});
        let (status, body) = std::thread::scope(|scope| {
            let waiting = scope.spawn(|| gateway.post(&[("Accept", accept)], &request));
            wait_until("the script has begun", || has_begun(&narrows));
            terminate(gateway.pid());
            waiting.join().expect("it is answered")
        });
        assert!(
            status == 200 && body.contains(STOPPED) && body.contains("\"id\":5"),
            "{accept}: {status} {body}"
        );
    }
}
