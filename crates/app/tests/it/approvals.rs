//! Calls that wait for a person: at every door, decided from the terminal and by the forms of a client.

use std::{
    fs,
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::{
    agent::Agent,
    http::Gateway,
    narrows::{CONFIG, Narrows},
    servers::{config, demo},
};

/// No call is asked about later than this unless it never is. A net, not a measurement.
const HANGS_AFTER: Duration = Duration::from_secs(60);

/// A person is asked about messages.
fn asking() -> Value {
    let mut all = config([("slack", demo("slack"))]);
    all["narrows"] = json!({"rules": [{"name": "messages", "action": "ask", "tool": "send_message"}]});
    all
}

/// Sends these texts at once, says what became of each, and how many messages there are.
fn sending(texts: &[&str]) -> String {
    format!(
        "import {{ sendMessage, getConversationHistory }} from './servers/slack';\n\
         const sent = await Promise.all({}.map((text) =>\n\
           sendMessage({{ channel: '#sales', text }}).then(() => 'sent', (error) => `${{error.code}}: ${{error.message}}`)));\n\
         return [...sent, (await getConversationHistory({{}})).length];",
        json!(texts)
    )
}

fn waiting(narrows: &Narrows) -> Vec<Value> {
    narrows.output(&["approvals", "ls", "--json"]).json().as_array().expect("a list").clone()
}

/// The calls that wait, once there are so many.
fn until_waiting(narrows: &Narrows, count: usize) -> Vec<Value> {
    let until = Instant::now() + HANGS_AFTER;
    loop {
        let calls = waiting(narrows);
        if calls.len() == count {
            return calls;
        }
        assert!(Instant::now() < until, "never {count}: {calls:?}");
        thread::sleep(Duration::from_millis(20));
    }
}

fn run_of(text: &str) -> &str {
    let at = text.find("run_").expect("a run is named");
    text[at..].split(|c: char| c != '_' && !c.is_ascii_alphanumeric()).next().expect("its name")
}

#[test]
fn a_call_waits_until_a_person_decides_in_a_terminal() {
    let narrows = Narrows::configured(&asking());
    let (mut agent, _) = Agent::legacy(&narrows, &[]);
    let (text, failed) =
        agent.call("execute_code", json!({"code": sending(&["secret one", "two", "three"])}));
    assert!(
        !failed && text.contains("\nState: waiting_for_approval. A person, not you, decides about:\n"),
        "{text}"
    );
    assert_eq!(text.matches("- slack/send_message (run_").count(), 3, "one batch: {text}");
    assert!(!text.contains("secret one") && !text.contains("messages` ("), "a model learns neither: {text}");
    let run = run_of(&text).to_owned();
    assert!(text.contains(&format!("`narrows approvals approve {run}`")), "{text}");

    let calls = waiting(&narrows);
    let mut arguments: Vec<_> = calls.iter().map(|call| call["arguments"]["text"].as_str()).collect();
    arguments.sort_unstable();
    assert_eq!(arguments, [Some("secret one"), Some("three"), Some("two")]);
    let first = calls.iter().find(|call| call["arguments"]["text"] == "secret one").expect("it waits");
    assert_eq!(
        (&first["rule"], &first["state"], &first["line"]),
        (&json!("messages"), &json!("waiting"), &json!(3))
    );
    let id = first["id"].as_str().expect("an id");
    let shown = narrows.output(&["approvals", "show", id]).stdout;
    let exact =
        "\n{\n  \"channel\": \"#sales\",\n  \"text\": \"secret one\"\n}\nasked because the rule `messages` (";
    assert!(shown.starts_with(&format!("{id}: slack/send_message, line 3 of its script")), "{shown}");
    assert!(shown.contains(exact), "{shown}");

    let (still, _) = agent.call("get_run", json!({"run_id": run}));
    assert!(still.contains("waiting for approval of 3 calls"), "{still}");
    assert_eq!(
        narrows.output(&["approvals", "refuse", id]).stdout,
        format!("refused {id}: slack/send_message\n")
    );
    let approved = narrows.output(&["approvals", "approve", &run, "--json"]).json();
    assert_eq!(approved.as_array().expect("a list").len(), 2, "{approved}");
    let (text, failed) = agent.call("get_run", json!({"run_id": run, "wait_seconds": 50}));
    assert!(!failed, "{text}");
    let refused = "refused: a person refused this call of `slack/send_message`";
    assert!(text.contains(&json!([refused, "sent", "sent", 2]).to_string()), "{text}");

    assert!(waiting(&narrows).is_empty());
    let late = narrows.output(&["approvals", "approve", id]);
    assert_eq!(
        (late.code, late.stderr.contains(" did not wait any more")),
        (Some(1), true),
        "{}",
        late.stderr
    );
    let unknown = narrows.output(&["approvals", "approve", "run_x.1"]);
    assert_eq!(unknown.code, Some(2), "{}", unknown.stderr);
    let all = narrows.output(&["approvals", "ls", "--all", "--json"]).json();
    let states: Vec<_> = all.as_array().into_iter().flatten().map(|call| call["state"].as_str()).collect();
    assert_eq!(states.iter().filter(|state| **state == Some("approved")).count(), 2, "{all}");
}

#[test]
fn one_approval_holds_for_a_run() {
    let narrows = Narrows::configured(&asking());
    let (mut agent, _) = Agent::legacy(&narrows, &[]);
    let code = "import { sendMessage } from './servers/slack';\n\
        for (const text of ['a', 'b', 'c']) await sendMessage({ channel: '#sales', text });\nreturn 'all';";
    let text = agent.run(code);
    let run = run_of(&text).to_owned();
    assert_eq!(until_waiting(&narrows, 1).len(), 1);
    assert_eq!(narrows.output(&["approvals", "approve", &run, "--for-run"]).code, Some(0));
    let (text, _) = agent.call("get_run", json!({"run_id": run, "wait_seconds": 50}));
    assert!(text.contains("Result:\nall"), "{text}");
}

#[test]
fn writing_calls_of_a_run_are_held_where_it_asks_for_that() {
    let narrows = Narrows::configured(&config([("slack", demo("slack"))]));
    let (mut agent, _) = Agent::legacy(&narrows, &[]);
    let code = sending(&["a"]);
    let (text, _) = agent.call("execute_code", json!({"code": code, "approve": "writes"}));
    let calls = until_waiting(&narrows, 1);
    assert_eq!(calls[0]["why"], "its run holds calls of tools that are not marked as read-only");
    let run = run_of(&text).to_owned();
    let always = narrows.output(&["approvals", "approve", &run, "--always"]);
    assert!(always.stderr.contains("no rule asks about"), "{}", always.stderr);
    narrows.output(&["approvals", "approve", &run]);
    let (text, _) = agent.call("get_run", json!({"run_id": run, "wait_seconds": 50}));
    assert!(text.contains(r#"["sent",1]"#), "{text}");
    let (wrong, failed) = agent.call("execute_code", json!({"code": code, "approve": "reads"}));
    assert!(failed && wrong.contains("`approve` must be `writes`, not the text \"reads\""), "{wrong}");
}

#[test]
fn nobody_decides_in_time() {
    let mut all = asking();
    all["narrows"]["approvals"] = json!({"wait_seconds": 1});
    let narrows = Narrows::configured(&all);
    let record = narrows.record(&sending(&["a"]), &[]);
    let told = "refused: nobody decided about this call of `slack/send_message` within 1 s (`approvals.wait_seconds`)";
    assert_eq!(record["value"], json!([told, 0]), "{record}");
    assert_eq!(record["calls"][0]["outcome"], "refused");
    let all = narrows.output(&["approvals", "ls", "--all", "--json"]).json();
    assert_eq!(all[0]["state"], "expired", "{all}");
}

/// A command that waits, and the first line it says on stderr.
fn begun(narrows: &Narrows, arguments: &[&str]) -> (Child, String) {
    let mut command = narrows.command(arguments);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut process = command.spawn().expect("it starts");
    let stderr = process.stderr.take().expect("a pipe");
    let mut lines = BufReader::new(stderr).lines().map_while(Result::ok);
    let told = lines.find(|line| line.contains("waits for your approval")).expect("it says what waits");
    thread::spawn(move || lines.for_each(drop));
    (process, told)
}

#[test]
fn the_command_line_waits_too() {
    let narrows = Narrows::configured(&asking());
    narrows.write("script.ts", &sending(&["a"]));
    let send = r##"{"channel": "#sales", "text": "hi"}"##;
    for arguments in [&["run", "script.ts"][..], &["call", "slack", "send_message", send]] {
        let (process, told) = begun(&narrows, arguments);
        let id = told.split_whitespace().next().expect("an id").to_owned();
        assert_eq!(told, format!("{id} waits for your approval: slack/send_message"));
        assert_eq!(
            narrows.output(&["approvals", "approve", "--all"]).stdout,
            format!("approved {id}: slack/send_message\n")
        );
        let output = process.wait_with_output().expect("it ends");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    }
}

#[test]
fn what_a_person_always_approves_stands_in_the_configuration() {
    let narrows = Narrows::new();
    let commented = asking().to_string().replacen('{', "{ // mine\n", 1);
    let file = narrows.write(CONFIG, &commented);
    narrows.write("script.ts", &sending(&["a", "b"]));
    let (process, told) = begun(&narrows, &["run", "--json", "script.ts"]);
    let id = told.split_whitespace().next().expect("an id").to_owned();
    let approved = narrows.output(&["approvals", "approve", &id, "--always"]);
    assert_eq!(approved.code, Some(0), "{}", approved.stderr);
    let output = process.wait_with_output().expect("it ends");
    let record: Value = serde_json::from_slice(&output.stdout).expect("a record");
    assert_eq!(record["value"], json!(["sent", "sent", 2]), "the rest of the run is approved too: {record}");
    let text = fs::read_to_string(&file).expect("the file");
    let rule = r#"{ "name": "slack-send_message", "action": "allow", "server": "slack", "tool": "send_message", "unasked": true }"#;
    assert!(text.starts_with("{ // mine\n") && text.contains(rule), "{text}");
    assert_eq!(
        narrows.record(&sending(&["c"]), &[])["value"],
        json!(["sent", 1]),
        "nobody is asked any more"
    );
}

#[test]
fn arguments_are_shown_safely() {
    let narrows = Narrows::configured(&asking());
    let text = format!("\u{1b}[2Jclear\u{202e}txt{}", "x".repeat(200_000));
    let code = format!(
        "import {{ sendMessage }} from './servers/slack';\nreturn (await sendMessage({{ channel: '#sales', text: {} }})).ok;",
        json!(text)
    );
    narrows.write("script.ts", &code);
    let (process, told) = begun(&narrows, &["run", "script.ts"]);
    let id = told.split_whitespace().next().expect("an id").to_owned();
    let shown = narrows.output(&["approvals", "show", &id]).stdout;
    assert!(shown.contains(r"\u001b[2Jclear\u202etxt"), "{}", &shown[..500]);
    assert!(!shown.contains(['\u{1b}', '\u{202e}']) && shown.len() < 70_000, "{} bytes", shown.len());
    assert!(shown.contains(" bytes more are not shown; `--json` prints all]"), "it is said what is left out");
    let whole = narrows.output(&["approvals", "show", &id, "--json"]).json();
    assert_eq!(whole[0]["arguments"]["text"], text);
    let listed = narrows.output(&["approvals", "ls"]).stdout;
    assert!(!listed.contains('\u{1b}') && listed.lines().count() == 2, "{listed}");
    narrows.output(&["approvals", "refuse", "--all"]);
    assert_eq!(process.wait_with_output().expect("it ends").status.code(), Some(1));
}

fn elicitation() -> Value {
    json!({"elicitation": {}})
}

#[test]
fn a_client_with_a_handshake_asks_its_person_by_a_form() {
    let narrows = Narrows::configured(&asking());
    let (mut agent, _) = Agent::legacy_that_can(&narrows, &[], &elicitation());
    let refused = "refused: a person refused this call of `slack/send_message`";
    let approve = json!({"action": "accept", "content": {"decision": "approve"}});
    for (answer, expect) in [
        (approve, json!(["sent", "sent", 2])),
        (json!({"action": "accept", "content": {"decision": "refuse"}}), json!([refused, refused, 2])),
        (json!({"action": "decline"}), json!([refused, refused, 2])),
    ] {
        let id = agent.begin(
            "tools/call",
            json!({"name": "execute_code", "arguments": {"code": sending(&["a", "b"])}}),
        );
        let form = agent.asked();
        assert_eq!(form["method"], "elicitation/create");
        let message = form["params"]["message"].as_str().expect("a message");
        assert!(
            message.starts_with("A script asks to make these 2 calls. Exactly this will be sent:\n"),
            "{message}"
        );
        assert!(message.contains("\n  \"text\": \"a\"\n"), "{message}");
        let choices = json!(["approve", "approve for this run", "refuse"]);
        assert_eq!(form["params"]["requestedSchema"]["properties"]["decision"]["enum"], choices);
        agent.write(&json!({"jsonrpc": "2.0", "id": form["id"], "result": answer}));
        let result = agent.answer(id)["result"].to_string();
        assert!(result.contains(&expect.to_string().replace('"', "\\\"")), "{result}");
    }
    let all = narrows.output(&["approvals", "ls", "--all", "--json"]).json();
    assert_eq!(all[0]["decided_by"], "the user of test", "{all}");

    let id =
        agent.begin("tools/call", json!({"name": "execute_code", "arguments": {"code": sending(&["a"])}}));
    let form = agent.asked();
    agent.write(&json!({"jsonrpc": "2.0", "id": form["id"], "result": {"action": "cancel"}}));
    let result = agent.answer(id)["result"].to_string();
    assert!(result.contains("waiting_for_approval"), "a form that is closed decides nothing: {result}");
    let run = run_of(&result).to_owned();
    assert_eq!(narrows.output(&["approvals", "approve", &run]).code, Some(0));
    let (text, _) = agent.call("get_run", json!({"run_id": run, "wait_seconds": 50}));
    assert!(text.contains("\"sent\""), "{text}");
}

#[test]
fn a_client_without_a_handshake_gets_the_form_as_a_result() {
    let narrows = Narrows::configured(&asking());
    let mut agent = Agent::modern_that_can(&narrows, &[], elicitation());
    let request = json!({"name": "execute_code", "arguments": {"code": sending(&["a", "b"])}});
    let asked = agent.ask("tools/call", request.clone());
    assert_eq!(asked["resultType"], "input_required", "{asked}");
    let question = &asked["inputRequests"]["approval"];
    assert_eq!(question["method"], "elicitation/create", "{asked}");
    assert!(
        question["params"]["message"].as_str().is_some_and(|text| text.contains("\"text\": \"a\"")),
        "{asked}"
    );

    let forged = {
        let mut forged = request.clone();
        let run = run_of(asked["requestState"].as_str().expect("a state"));
        forged["requestState"] = json!(format!("{run}/0123456789abcdef"));
        forged["inputResponses"] = json!({"approval": {"action": "cancel"}});
        forged
    };
    let still = agent.ask("tools/call", forged);
    assert!(
        still.to_string().contains("waiting_for_approval"),
        "a form that is closed decides nothing: {still}"
    );
    assert_eq!(waiting(&narrows).len(), 2, "nothing is decided by a name that was made up");

    let mut again = request;
    again["requestState"] = asked["requestState"].clone();
    again["inputResponses"] = json!({"approval": {"action": "accept", "content": {"decision": "approve"}}});
    let done = agent.ask("tools/call", again).to_string();
    assert!(done.contains(r#"[\"sent\",\"sent\",2]"#), "the script ran once: {done}");

    let mut unable = Agent::modern(&narrows, &[]);
    let text = unable.run(&sending(&["a"]));
    assert!(text.contains("waiting_for_approval"), "{text}");
}

#[test]
fn a_call_that_was_cancelled_does_not_wait() {
    let narrows = Narrows::configured(&asking());
    let (mut agent, _) = Agent::legacy_that_can(&narrows, &[], &elicitation());
    let id =
        agent.begin("tools/call", json!({"name": "execute_code", "arguments": {"code": sending(&["a"])}}));
    agent.asked();
    until_waiting(&narrows, 1);
    agent.write(&json!({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": id}}));
    until_waiting(&narrows, 0);
    let all = narrows.output(&["approvals", "ls", "--all", "--json"]).json();
    assert_eq!(all[0]["state"], "withdrawn", "{all}");
}

#[test]
fn a_command_that_is_interrupted_withdraws_what_it_asked() {
    let narrows = Narrows::configured(&asking());
    narrows.write("script.ts", &sending(&["a"]));
    let send = r##"{"channel": "#sales", "text": "hi"}"##;
    for arguments in [&["run", "script.ts"][..], &["call", "slack", "send_message", send]] {
        let (mut process, _) = begun(&narrows, arguments);
        let told = Command::new("kill").args(["-INT", &process.id().to_string()]).status();
        assert!(told.expect("there is `kill`").success());
        assert_eq!(process.wait().expect("it ends").code(), Some(130));
        assert!(waiting(&narrows).is_empty(), "{arguments:?}");
    }
}

#[test]
fn where_nothing_is_kept_that_is_said() {
    let mut all = asking();
    all["narrows"]["store"] = json!({"keep_days": 0});
    let narrows = Narrows::configured(&all);
    let told = narrows.output(&["approvals", "ls"]);
    assert_eq!(told.code, Some(2));
    assert!(
        told.stderr.contains("calls that wait are kept in the memory of the Narrows that runs them"),
        "{}",
        told.stderr
    );
    let (mut unable, _) = Agent::legacy(&narrows, &[]);
    let text = unable.run(&sending(&["a"]));
    assert!(
        text.contains("They are in memory alone, so they can be decided in a client that shows forms"),
        "{text}"
    );
    let (mut agent, _) = Agent::legacy_that_can(&narrows, &[], &elicitation());
    let id =
        agent.begin("tools/call", json!({"name": "execute_code", "arguments": {"code": sending(&["a"])}}));
    let form = agent.asked();
    let answer = json!({"action": "accept", "content": {"decision": "approve"}});
    agent.write(&json!({"jsonrpc": "2.0", "id": form["id"], "result": answer}));
    let result = agent.answer(id)["result"].to_string();
    assert!(result.contains(r#"[\"sent\",1]"#), "{result}");
}

#[test]
fn a_call_is_explained() {
    let narrows = Narrows::configured(&asking());
    let explain = |tool: &str, arguments: &str, more: &[&str]| {
        narrows.output(&[&["rules", "explain", "slack", tool, arguments], more].concat())
    };
    let asked = explain("sendMessage", r##"{"channel": "#sales", "text": "hi"}"##, &[]).stdout;
    assert!(
        asked.starts_with("a call of `slack/send_message` with these arguments waits until you approve it: the rule `messages` ("),
        "{asked}"
    );
    assert!(asked.contains("to change that: add to `narrows.rules` in "), "{asked}");
    let allowed = explain("list_channels", "{}", &["--json"]).json();
    assert_eq!(allowed["action"], "allow", "{allowed}");
    assert_eq!(allowed["why"], "no rule fits it, and `narrows.default_rule` is `allow`");
    assert_eq!(
        allowed["repeatable"],
        serde_json::json!({"is": true, "why": "its tool is marked as read-only"})
    );
    let unknown = explain("no_such_tool", "{}", &[]);
    assert_eq!(
        (unknown.code, unknown.stderr.contains("there is no tool `slack/no_such_tool`")),
        (Some(2), true)
    );
    assert_eq!(explain("list_channels", "[]", &[]).code, Some(2));
}

#[test]
fn no_time_limit_counts_the_wait_and_parallel_calls_go_on() {
    let mut all = asking();
    all["narrows"]["limits"] = json!({"wall_seconds": 1, "call_seconds": 1});
    let narrows = Narrows::configured(&all);
    let (mut agent, _) = Agent::legacy(&narrows, &[]);
    let code = "import { sendMessage, listChannels } from './servers/slack';\n\
        const [sent, channels] = await Promise.all([\n\
          sendMessage({ channel: '#sales', text: 'a' }),\n\
          listChannels().then((list) => { console.log('listed'); return list; }),\n\
        ]);\n\
        sendMessage({ channel: '#sales', text: 'not awaited' });\n\
        return [sent.ok, channels.length > 0];";
    let run = run_of(&agent.run(code)).to_owned();
    let until = Instant::now() + HANGS_AFTER;
    while !agent.call("get_run", json!({"run_id": run})).0.contains("Printed so far:\nlisted") {
        assert!(Instant::now() < until, "the other call does not go on");
        thread::sleep(Duration::from_millis(20));
    }
    for _ in 0..2 {
        let first = until_waiting(&narrows, 1);
        // Longer than either limit.
        thread::sleep(Duration::from_millis(1_500));
        let id = first[0]["id"].as_str().expect("an id");
        assert_eq!(narrows.output(&["approvals", "approve", id]).code, Some(0));
        until_waiting_differs(&narrows, id);
    }
    let (text, failed) = agent.call("get_run", json!({"run_id": run, "wait_seconds": 50}));
    assert!(!failed && text.contains("[true,true]") && text.contains("slack/send_message ×2"), "{text}");
    assert!(!text.contains("timeout") && !text.contains("cancelled"), "{text}");
}

/// Waits until this call does not wait any more.
fn until_waiting_differs(narrows: &Narrows, id: &str) {
    let until = Instant::now() + HANGS_AFTER;
    while waiting(narrows).iter().any(|call| call["id"] == id) {
        assert!(Instant::now() < until, "it waits on");
        thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_run_that_fails_asks_nothing_more() {
    let narrows = Narrows::configured(&asking());
    let record = narrows.record(
        "import { sendMessage, listChannels } from './servers/slack';\n\
         const asked = sendMessage({ channel: '#sales', text: 'a' });\n\
         await listChannels();\nawait Promise.all([asked, Promise.reject(new Error('no'))]);",
        &[],
    );
    assert_eq!(
        (&record["outcome"], &record["error"]["message"]),
        (&json!("threw"), &json!("no")),
        "{record}"
    );
    assert_eq!(record["calls"][0]["outcome"], "cancelled", "{record}");
    assert!(waiting(&narrows).is_empty());
    let all = narrows.output(&["approvals", "ls", "--all", "--json"]).json();
    assert_eq!(all[0]["state"], "withdrawn", "{all}");
}

#[test]
fn a_client_of_http_gets_the_form_as_a_result() {
    let narrows = Narrows::configured(&asking());
    let gateway = Gateway::start(&narrows, None);
    let meta = json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientInfo": {"name": "test", "version": "0"},
        "io.modelcontextprotocol/clientCapabilities": elicitation(),
    });
    let mut params = json!({"name": "execute_code", "arguments": {"code": sending(&["a"])}, "_meta": meta});
    let headers = [
        ("MCP-Protocol-Version", "2026-07-28"),
        ("Mcp-Method", "tools/call"),
        ("Mcp-Name", "execute_code"),
        ("Accept", "application/json"),
    ];
    let ask = |params: &Value| -> Value {
        let request = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params});
        let (status, body) = gateway.post(&headers, &request);
        assert_eq!(status, 200, "{body}");
        serde_json::from_str::<Value>(&body).unwrap_or_else(|_| panic!("no JSON: {body}"))["result"].take()
    };
    let asked = ask(&params);
    assert_eq!(asked["resultType"], "input_required", "{asked}");
    params["requestState"] = asked["requestState"].clone();
    params["inputResponses"] = json!({"approval": {"action": "accept", "content": {"decision": "approve"}}});
    let done = ask(&params).to_string();
    assert!(done.contains(r#"[\"sent\",1]"#), "{done}");
}

/// A person at a terminal who is asked and types this; what the terminal shows.
#[cfg(target_os = "linux")]
fn typed(narrows: &Narrows, answer: &str) -> String {
    use std::io::{Read, Write};
    let program = env!("CARGO_BIN_EXE_narrows");
    let command = narrows.command(&[]);
    let mut terminal = Command::new("script");
    terminal.args(["-qec", &format!("'{program}' run script.ts"), "/dev/null"]).current_dir(narrows.folder());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => terminal.env(name, value),
            None => terminal.env_remove(name),
        };
    }
    terminal.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut process = terminal.spawn().expect("`script` gives a terminal");
    until_waiting(narrows, 2);
    let mut input = process.stdin.take().expect("a pipe");
    input.write_all(format!("{answer}\n").as_bytes()).expect("typed");
    let mut shown = String::new();
    process.stdout.take().expect("a pipe").read_to_string(&mut shown).expect("text");
    process.wait().expect("it ends");
    shown
}

#[test]
#[cfg(target_os = "linux")]
fn a_person_at_a_terminal_is_asked_there() {
    let narrows = Narrows::configured(&asking());
    narrows.write("script.ts", &sending(&["a", "b"]));
    for (answer, expect) in [("y", "\"sent\""), ("r", "\"sent\""), ("", "refused: a person refused")] {
        let shown = typed(&narrows, answer);
        let question = "Send these 2 calls? [y]es, and others like this in this [r]un, [N]o: ";
        assert!(shown.contains(question) && shown.contains("\"text\": \"b\""), "{shown}");
        assert_eq!(shown.matches(expect).count(), 2, "{answer}: {shown}");
    }
    assert!(waiting(&narrows).is_empty());
}

#[test]
fn what_waits_is_decided_while_no_gateway_runs() {
    let background = json!({"code": sending(&["a", "b"]), "background": true});
    decided_meanwhile(&background, |mut agent| agent.kill());
    // An agent that got the answer that the call waits asks for the run again, also after its client has ended.
    let awaited = json!({"code": sending(&["a", "b"])});
    decided_meanwhile(&awaited, |agent| assert_eq!(agent.leave(), Some(0)));
}

fn decided_meanwhile(arguments: &Value, ends: impl FnOnce(Agent)) {
    let narrows = Narrows::configured(&asking());
    let (mut agent, _) = Agent::legacy(&narrows, &[]);
    let run = run_of(&agent.call("execute_code", arguments.clone()).0).to_owned();
    let calls = until_waiting(&narrows, 2);
    let shown = narrows.output(&["runs", "show", &run]);
    assert_eq!(shown.code, Some(2));
    assert!(shown.stderr.starts_with(&format!("error: run `{run}` has not ended\n")), "{}", shown.stderr);
    ends(agent);
    assert_eq!(
        narrows.output(&["approvals", "approve", calls[0]["id"].as_str().expect("an id")]).code,
        Some(0)
    );
    let (mut agent, _) = Agent::legacy(&narrows, &[]);
    assert_eq!(
        narrows.output(&["approvals", "refuse", calls[1]["id"].as_str().expect("an id")]).code,
        Some(0)
    );
    let until = Instant::now() + HANGS_AFTER;
    let text = loop {
        let (text, _) = agent.call("get_run", json!({"run_id": run, "wait_seconds": 5}));
        if text.contains("Result:") {
            break text;
        }
        assert!(Instant::now() < until, "it does not go on: {text}");
        thread::sleep(Duration::from_millis(20));
    };
    let refused = "refused: a person refused this call of `slack/send_message`";
    assert!(text.contains("\"sent\"") && text.contains(refused), "{text}");
}
