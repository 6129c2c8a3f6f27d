//! The MCP face on stdio, as agents of both eras see it.

use serde_json::{Value, json};

use crate::{
    agent::Agent,
    narrows::Narrows,
    servers::{company, config, demo, misbehave},
};

const TOOLS: [&str; 3] = ["search_tools", "execute_code", "get_run"];

fn names(list: &Value) -> Vec<&str> {
    list["tools"].as_array().into_iter().flatten().filter_map(|tool| tool["name"].as_str()).collect()
}

#[test]
fn an_agent_with_a_handshake_sees_three_small_tools() {
    let narrows = Narrows::configured(&config([("slack", demo("slack"))]));
    let (mut agent, greeting) = Agent::legacy(&narrows, &[]);
    assert_eq!(greeting["protocolVersion"], "2025-06-18");
    assert_eq!(greeting["serverInfo"]["name"], "narrows");
    let list = agent.ask("tools/list", json!({}));
    assert_eq!(names(&list), TOOLS);
    assert!(list["tools"].to_string().len() <= 2_048, "{} bytes", list["tools"].to_string().len());
    for word in ["resultType", "ttlMs", "cacheScope"] {
        assert!(list.get(word).is_none(), "{word} is of the other era");
    }
    assert_eq!(agent.leave(), Some(0));
}

#[test]
fn an_agent_without_a_handshake_gets_what_its_era_needs() {
    let narrows = Narrows::configured(&config([("slack", demo("slack"))]));
    let mut agent = Agent::modern(&narrows, &[]);
    let discovered = agent.ask("server/discover", json!({}));
    let versions = discovered["supportedVersions"].as_array().expect("versions");
    assert!(versions.contains(&json!("2026-07-28")), "{discovered}");
    let list = agent.ask("tools/list", json!({}));
    assert_eq!(names(&list), TOOLS);
    assert_eq!(list["resultType"], "complete");
    assert!(list["ttlMs"].is_u64() && list["cacheScope"].is_string(), "{list}");
    let called =
        agent.ask("tools/call", json!({"name": "execute_code", "arguments": {"code": "return 6 * 7"}}));
    assert_eq!(called["resultType"], "complete");
    assert!(
        called["content"][0]["text"].as_str().is_some_and(|text| text.starts_with("Result:\n42")),
        "{called}"
    );
}

#[test]
fn a_task_is_searched_written_and_run() {
    let narrows = Narrows::new();
    let (mut agent, greeting) = Agent::legacy(&narrows, &["--demo"]);
    let instructions = greeting["instructions"].as_str().unwrap_or_default();
    assert!(instructions.contains("execute_code"), "{instructions}");
    agent.search_until("anything", |text| !text.contains("Still connecting"));
    let queries = json!({"queries": ["read a document", "send a chat message"], "detail": "signatures"});
    let (found, failed) = agent.call("search_tools", queries);
    assert!(!failed, "{found}");
    for path in ["servers/google-drive/getDocument", "servers/slack/sendMessage"] {
        assert!(found.contains(path), "{path}: {found}");
    }
    let result = agent.execute(
        "import { getDocument } from './servers/google-drive/getDocument';\n\
         import { sendMessage } from './servers/slack/sendMessage';\n\
         const { content } = await getDocument({ id: 'doc-123' });\n\
         const actions = content.split('\\n').filter(line => line.startsWith('ACTION'));\n\
         await sendMessage({ channel: '#general', text: actions.join('\\n') });\n\
         return actions.length;",
    );
    let said = result["content"][0]["text"].as_str().unwrap_or_default();
    assert_eq!(said, "Result:\n8\nCalls: google-drive/get_document ×1, slack/send_message ×1");
    let about = &result["_meta"]["narrows/run"];
    assert!(about["tokens"]["with_narrows"].is_u64() && about["id"].is_string(), "{result}");
    // Counted beside the first runs.
    let counted = agent.execute_until("return 1", |result| {
        result["_meta"]["narrows/run"]["tokens"]["without_narrows"].is_u64()
    });
    assert_eq!(counted["content"][0]["text"], "Result:\n1");
}

#[test]
fn two_runs_go_on_at_once() {
    let narrows = Narrows::configured(&config([("slow", misbehave("slow"))]));
    let (mut agent, _) = Agent::legacy(&narrows, &[]);
    let waits = |ms: u32| {
        let code =
            format!("import {{ wait }} from './servers/slow';\nawait wait({{ ms: {ms} }});\nreturn {ms};");
        json!({"name": "execute_code", "arguments": {"code": code}})
    };
    agent.ask("tools/call", waits(1));
    let long = agent.begin("tools/call", waits(30_000));
    let short = agent.ask("tools/call", waits(2));
    assert!(
        short["content"][0]["text"].as_str().is_some_and(|text| text.starts_with("Result:\n2\n")),
        "{short}"
    );
    agent.write(
        &json!({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": long}}),
    );
}

#[test]
fn a_run_in_the_background_is_asked_for_later() {
    let narrows = Narrows::configured(&config([]));
    let (mut agent, _) = Agent::legacy(&narrows, &[]);
    let code = "await new Promise(done => setTimeout(done, 50));\nreturn 'later';";
    let (started, failed) = agent.call("execute_code", json!({"code": code, "background": true}));
    assert!(!failed && started.contains("is running"), "{started}");
    let id = started.split_whitespace().nth(1).expect("the run's id").to_owned();
    let (said, failed) = agent.call("get_run", json!({"run_id": id, "wait_seconds": 50}));
    assert!(!failed && said == "Result:\nlater", "{said}");
}

#[test]
fn a_text_is_shown_as_the_text_it_is() {
    let narrows = Narrows::configured(&config([]));
    let (mut agent, _) = Agent::legacy(&narrows, &[]);
    for (code, expect) in [
        (r#"return "say \"hi\"\nto C:\\all""#, "Result:\nsay \"hi\"\nto C:\\all"),
        ("return ''", "Result: \"\""),
        ("return [1, 'two']", "Result:\n[1,\"two\"]"),
        ("return undefined", "Result: undefined"),
        ("return null", "Result:\nnull"),
    ] {
        assert_eq!(agent.run(code), expect, "{code}");
    }
}

#[test]
fn what_is_printed_and_returned_is_shown_once() {
    let narrows = Narrows::configured(&config([]));
    let (mut agent, _) = Agent::legacy(&narrows, &[]);
    let rows = "const rows = Array.from({ length: 40 }, (_, id) => ({ id, n: 1.50 }));";
    let text = "const text = 'line '.repeat(60);";
    for (code, printed) in [
        (format!("{rows} console.log(JSON.stringify(rows, null, 2)); return rows;"), true),
        (format!("{rows} console.log(JSON.stringify(rows)); return rows;"), true),
        (format!("{text} console.log(text); return text;"), true),
        (format!("{rows} console.log(JSON.stringify(rows)); return rows.slice(1);"), false),
        ("console.log('short'); return 'short';".to_owned(), false),
    ] {
        let answer = agent.run(&code);
        assert_eq!(answer.ends_with("\nPrinted:\n[the result, as above]"), printed, "{code}: {answer}");
    }
}

#[test]
fn a_large_value_is_read_by_pages_of_one_layout() {
    let narrows = Narrows::configured(&config([]));
    let (mut agent, _) = Agent::legacy(&narrows, &[]);
    let first = agent.run("return 'é'.repeat(30000)");
    let (first, about) = first.rsplit_once("\nShape: ").expect("a shape");
    let (shape, handle) = about.split_once("\nIn a script: await results.get('").expect("a handle");
    assert_eq!(shape, "a text of 30000 characters, 1 line");
    assert!(first.len() < 2_200 && first.contains(handle.trim_end_matches("')")), "{first}");
    let mut page = first.to_owned();
    let mut got = String::new();
    loop {
        let (text, rest) =
            page.strip_prefix("Result:\n").and_then(|page| page.split_once("\n[bytes ")).expect("a page");
        let place = format!("{} to {} of 60000", got.len(), got.len() + text.len());
        got.push_str(text);
        if rest == format!("{place}]") {
            break;
        }
        let more = rest.strip_prefix(&format!("{place}; more: get_run ")).expect("more");
        let arguments = serde_json::from_str(more.trim_end_matches(']')).expect("arguments");
        page = agent.call("get_run", arguments).0;
    }
    assert!(got == "é".repeat(30_000), "{} bytes", got.len());
}

#[test]
fn what_is_no_request_is_answered_with_its_id() {
    let narrows = Narrows::configured(&config([]));
    let (mut agent, _) = Agent::legacy(&narrows, &[]);
    for (line, expect) in WRONG_MESSAGES {
        agent.write_line(line);
        let answer = agent.next();
        let error = &answer["error"];
        assert_eq!(format!("{} {}", answer["id"], error["code"]), expect, "{line}: {answer}");
        assert!(error["message"].as_str().is_some_and(|text| text.contains(' ')), "{line}: {answer}");
    }
    assert!(agent.run("return 1").starts_with("Result:\n1"));
}

/// Messages that are wrong in some way, and the id and the code of the answer.
pub(crate) const WRONG_MESSAGES: [(&str, &str); 7] = [
    ("garbage", "null -32700"),
    ("[]", "null -32600"),
    (
        r#"{"jsonrpc":"2.0","id":9,"method":"ping","params":{"$serde_json::private::RawValue":"[1]"}}"#,
        "9 -32600",
    ),
    (r#"{"id":9,"method":"ping"}"#, "9 -32600"),
    (r#"{"jsonrpc":"2.0","id":9}"#, "9 -32600"),
    (r#"{"jsonrpc":"2.0","id":9,"method":"tools/call"}"#, "9 -32602"),
    (r#"{"jsonrpc":"2.0","id":9,"method":"tools/call","params":{}}"#, "9 -32602"),
];

#[test]
fn mistakes_of_an_agent_are_answered_and_cost_nothing() {
    let narrows = Narrows::configured(&company());
    let (mut agent, _) = Agent::legacy(&narrows, &[]);
    for (tool, arguments) in [
        ("execute_code", json!({})),
        ("execute_code", json!({"code": [5]})),
        ("get_run", json!({})),
        ("get_run", json!({"run_id": "run_nobody_knows"})),
        ("get_run", json!({"handle": "nothing"})),
    ] {
        let (said, failed) = agent.call(tool, arguments.clone());
        assert!(failed && !said.is_empty(), "{tool} {arguments}: {said}");
    }
    let id = agent.begin("tools/call", json!({"name": "no_such_tool", "arguments": {}}));
    assert!(agent.answer(id)["error"]["message"].is_string());
    for code in [
        "return (",
        "import { x } from './servers/nobody';\nx();",
        "throw new Error('no')",
        "while (true) eval('')",
    ] {
        let (said, failed) = agent.call("execute_code", json!({"code": code}));
        assert!(failed && !said.is_empty(), "{code}: {said}");
        if code.starts_with("while") {
            assert!(said.contains("limits.cpu_seconds"), "{said}");
        }
    }
    assert!(agent.run("return 1").starts_with("Result:\n1"));
}
