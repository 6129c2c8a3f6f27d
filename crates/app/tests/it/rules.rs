//! Rules, from a configuration to every door.

use serde_json::{Value, json};

use crate::{
    agent::Agent,
    narrows::{Narrows, finish},
    servers::{config, demo},
};

/// Nobody reads the history, and messages go to two channels, three in a run.
fn ruled() -> Value {
    let mut all = config([("slack", demo("slack"))]);
    all["narrows"] = json!({"rules": [
        {"name": "no-reading-back", "action": "refuse", "server": "slack", "tool": "get_conversation_history"},
        {
            "name": "two-channels", "action": "refuse", "tool": "send_message",
            "arguments": {"channel": {"none_of": ["#general", "#random"]}},
        },
        {"name": "few-messages", "action": "allow", "tool": "send_message", "per_run": 3},
    ]});
    all
}

const SECRETS: [&str; 5] = ["no-reading-back", "two-channels", "few-messages", "narrows.json", "per_run"];

#[test]
fn a_script_is_held_to_the_rules_at_every_door() {
    let narrows = Narrows::configured(&ruled());
    narrows.write(
        "skill.ts",
        "import { sendMessage } from './servers/slack';\n\
         export async function shout(channel: string) { return await sendMessage({ channel, text: 'hi' }); }",
    );
    assert_eq!(narrows.output(&["skill", "save", "shout", "skill.ts"]).code, Some(0));
    let script = "import { sendMessage } from './servers/slack';\n\
        import { shout } from './skills/shout';\n\
        const tries = [\n\
            () => sendMessage({ channel: '#general', text: 'hi' }),\n\
            () => sendMessage({ channel: ['#sec', 'ret'].join(''), text: 'hi' }),\n\
            () => callMCPTool('slack/send_message', { channel: ['#sec', 'ret'].join(''), text: 'hi' }),\n\
            () => shout('#secret'),\n\
            () => callMCPTool(['slack', 'get_conversation_history'].join('__'), { channel: '#general' }),\n\
            () => shout('#random'),\n\
            () => sendMessage({ channel: '#general', text: 'hi' }),\n\
            () => sendMessage({ channel: '#general', text: 'one too many' }),\n\
        ];\n\
        const told = [];\n\
        for (const attempt of tries) {\n\
            try { await attempt(); told.push('sent'); } catch (error) { told.push(`${error.code}: ${error.message}`); }\n\
        }\n\
        return told;";
    let record = narrows.record(script, &[]);
    let no = "not_allowed: `slack/send_message` is not allowed";
    let no_history = "not_allowed: `slack/get_conversation_history` is not allowed";
    assert_eq!(record["value"], json!(["sent", no, no, no, no_history, "sent", "sent", no]), "{record}");
    let calls = record["calls"].as_array().expect("calls");
    let rules: Vec<_> = calls.iter().map(|call| call["refusal"]["rule"].as_str().unwrap_or("-")).collect();
    let two = "two-channels";
    assert_eq!(rules, ["-", two, two, two, "no-reading-back", "-", "-", "few-messages"]);
    let permit = calls[4]["refusal"]["permit"].as_str().expect("a person is told");
    assert!(
        permit.starts_with("remove the rule `no-reading-back` (")
            && permit.ends_with("), which is about nothing else"),
        "{permit}"
    );
    assert!(permit.contains("narrows.json:1:"), "{permit}");
    assert_eq!(calls[4]["outcome"], "not_allowed");

    let plain = narrows.output(&["run", "script.ts", "--quiet"]);
    assert!(!plain.stdout.contains("no-reading-back"), "{}", plain.stdout);
    assert_eq!(plain.stderr.matches("no-reading-back").count(), 2, "its name and its line: {}", plain.stderr);
}

#[test]
fn a_call_from_the_terminal_is_held_to_the_rules() {
    let narrows = Narrows::configured(&ruled());
    let send = |arguments: &str| narrows.output(&["call", "slack", "send_message", arguments]);
    let twice = send(r##"{"channel": "#secret", "channel": "#general", "text": "hi"}"##);
    assert_eq!(twice.code, Some(1));
    assert!(twice.stderr.contains("have a key twice"), "{}", twice.stderr);
    let refused = send(r##"{"channel": "#secret", "text": "hi"}"##);
    assert_eq!(refused.code, Some(1));
    assert!(refused.stderr.contains("`slack/send_message` is not allowed"), "{}", refused.stderr);
    assert!(
        refused.stderr.contains(
            r##"change `"channel": { "none_of": ["#general","#random"] }` so that it does not fit"##
        ),
        "{}",
        refused.stderr
    );
    assert_eq!(send(r##"{"channel": "#general", "text": "hi"}"##).code, Some(0));
}

#[test]
fn what_is_never_allowed_is_not_offered_and_a_person_sees_why() {
    let narrows = Narrows::configured(&ruled());
    let listed = narrows.output(&["tools", "slack", "--json"]).json();
    let listed: Vec<_> = listed
        .as_array()
        .expect("a list")
        .iter()
        .map(|tool| {
            (tool["withheld"].as_str().unwrap_or("-"), tool["refusal"]["rule"].as_str().unwrap_or("-"))
        })
        .collect();
    assert_eq!(
        listed.iter().filter(|tool| **tool == ("refused", "no-reading-back")).count(),
        1,
        "{listed:?}"
    );
    assert!(narrows.output(&["tools", "slack"]).stdout.contains("the rule `no-reading-back`"));
    let found = narrows.output(&["search", "history of a channel", "--json"]).stdout;
    assert!(!found.contains("get_conversation_history"), "{found}");
    let doctor = narrows.output(&["doctor", "--json"]).json();
    let about: Vec<_> = doctor["rules"].as_array().into_iter().flatten().map(|rule| &rule["tools"]).collect();
    assert_eq!(about, [1, 1, 1]);
    let tree = narrows.record("return await fs.readdir('/servers/slack')", &[]);
    assert!(!tree["value"].to_string().contains("getConversationHistory"), "{tree}");
}

#[test]
fn a_script_that_cannot_be_allowed_is_not_run_and_the_model_is_not_told_why() {
    let narrows = Narrows::configured(&ruled());
    let scripts = [
        "import { getConversationHistory } from './servers/slack/getConversationHistory';\nreturn await getConversationHistory({});",
        "import { getConversationHistory } from './servers/slack';\nreturn await getConversationHistory({});",
        "import { sendMessage } from './servers/slack';\nreturn await sendMessage({ channel: '#secret', text: 'hi' });",
        "return await callMCPTool('slack__get_conversation_history', { channel: '#general' });",
    ];
    for script in scripts {
        let record = narrows.record(script, &[]);
        assert_eq!(record["outcome"], "refused", "{record}");
        assert_eq!(record["calls"], json!([]));
        let problem = &record["error"]["problems"][0];
        assert!(
            problem["message"].as_str().is_some_and(|text| text.ends_with(" is not allowed")),
            "{record}"
        );
        assert!(problem["refusal"]["rule"].is_string(), "{record}");
    }
    // The log of a gateway is that of any command, told from warnings on.
    let logged = finish(narrows.command(&["run", "--json", "script.ts"]).env("NARROWS_LOG", "warn")).stderr;
    assert!(logged.contains("a script was refused") && logged.contains("no-reading-back"), "{logged}");
    let (mut agent, greeting) = Agent::legacy(&narrows, &[]);
    assert!(!greeting.to_string().contains("getConversationHistory"), "{greeting}");
    let computed =
        "return await callMCPTool(['slack', 'get_conversation_history'].join('/'), { channel: '#general' });";
    for script in scripts.into_iter().chain([computed]) {
        let text = agent.run(script);
        assert!(text.contains("is not allowed"), "{text}");
        for secret in SECRETS {
            assert!(!text.contains(secret), "{secret}: {text}");
        }
    }
    assert_eq!(agent.leave(), Some(0));
}

#[test]
fn nothing_is_allowed_that_no_rule_allows_where_that_is_the_default() {
    let mut all = config([("slack", demo("slack")), ("zendesk", demo("zendesk"))]);
    all["narrows"] = json!({"default_rule": "refuse", "rules": [
        {"name": "listing", "action": "allow", "server": "sl?ck", "tool": "list_*"},
    ]});
    let narrows = Narrows::configured(&all);
    let record = narrows.record(
        "return [...await fs.readdir('/servers/slack'), ...await fs.readdir('/servers/zendesk')]",
        &[],
    );
    let names = record["value"].to_string();
    assert!(names.contains("listChannels") && !names.contains("getTickets"), "{record}");
    let refused = narrows.output(&["call", "zendesk", "get_tickets", "{}"]);
    assert!(
        refused.stderr.contains(r#"`{ "name": "zendesk-get_tickets", "action": "allow", "server": "zendesk", "tool": "get_tickets" }`"#),
        "{}",
        refused.stderr
    );
}
