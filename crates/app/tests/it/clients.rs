//! What clients and models do that no specification asks of them, and what must be there when they first look.

use std::fs;

use serde_json::{Value, json};

use crate::{
    agent::Agent,
    narrows::{Narrows, wait_until},
    servers::{config, demo},
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
        let (_agent, greeting) = Agent::legacy(&Narrows::configured(&configured), &[]);
        instructions(&greeting).contains("sendMessage(")
    };
    assert!((0..5).any(|at| shows_tools(&at)));
}

#[test]
fn what_is_not_known_at_the_start_is_not_said_to_stay_so() {
    let never = json!({"command": "sleep", "args": ["300"]});
    let (_agent, greeting) = Agent::legacy(&Narrows::configured(&config([("never", never)])), &[]);
    let text = instructions(&greeting);
    let end = "Servers:\n- never: still connecting\n\
               This was so at the start; search_tools tells what is there now.";
    assert!(text.ends_with(end), "{text}");
}

#[test]
fn what_is_not_offered_is_asked_for_without_an_error() {
    let narrows = Narrows::configured(&config([]));
    let (mut legacy, greeting) = Agent::legacy(&narrows, &[]);
    assert_eq!(greeting["capabilities"], json!({"tools": {}}), "what is not offered is not promised");
    let mut modern = Agent::modern(&narrows, &[]);
    let complete =
        json!({"ref": {"type": "ref/prompt", "name": "x"}, "argument": {"name": "a", "value": "b"}});
    for (method, params, key, expect) in [
        ("prompts/list", json!({}), "prompts", json!([])),
        ("resources/list", json!({"cursor": "x"}), "resources", json!([])),
        ("resources/templates/list", json!({}), "resourceTemplates", json!([])),
        ("completion/complete", complete, "completion", json!({"values": []})),
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
    for (method, params) in [("ping", json!({})), ("logging/setLevel", json!({"level": "debug"}))] {
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
