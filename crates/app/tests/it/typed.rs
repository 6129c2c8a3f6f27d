//! What people type, and what they are shown for it.

use serde_json::json;

use crate::{
    narrows::Narrows,
    servers::{config, demo, misbehave},
};

#[test]
fn a_script_is_given_arguments() {
    let narrows = Narrows::configured(&config([]));
    narrows.write("a.ts", "import { fs } from 'narrows';\nreturn [args.length, ...args];");
    let check = |arguments: &[&str], expect: serde_json::Value| {
        let output = narrows.output(&[&["run", "--json"], arguments].concat());
        assert_eq!(output.json()["value"], expect, "{arguments:?}: {}", output.stderr);
    };
    check(&["a.ts", "--", "a", "--json", "it's \"é\u{2028}"], json!([3, "a", "--json", "it's \"é\u{2028}"]));
    check(&["a.ts"], json!([0]));
    check(&["-e", "return args.map(Number)", "--", "1", "2"], json!([1, 2]));
    check(&["-e", "export default async function main() { return args[0]; }", "--", "x"], json!("x"));
    check(&["--eval", "1 + 1; return 2"], json!(2));
    narrows.write("throws.ts", "const a: any = null;\n  a.x;\n");
    let thrown = narrows.output(&["run", "throws.ts", "--", "a"]);
    assert!(thrown.stderr.contains("--> throws.ts:2:"), "{}", thrown.stderr);
    assert_eq!(narrows.output(&["run"]).code, Some(2));
    assert_eq!(narrows.output(&["run", "a.ts", "-e", "return 1"]).code, Some(2));
}

#[test]
fn a_command_that_was_meant_is_named() {
    let output = Narrows::new().output(&["rnu", "a.ts"]);
    assert_eq!(output.code, Some(2));
    assert!(output.stderr.contains("tip: a similar subcommand exists: 'run'"), "{}", output.stderr);
}

#[test]
fn the_doctor_says_a_warning_once() {
    let mut servers = config([("slack", demo("slack"))]);
    servers["servers"] = json!({});
    let output = Narrows::configured(&servers).output(&["doctor"]);
    assert_eq!(output.stderr.matches("`servers` is not read").count(), 1, "{}", output.stderr);
}

#[test]
fn the_demo_shows_its_scripts() {
    let begun = Narrows::new().output(&["demo"]).stdout;
    assert!(begun.contains("             import { getDocument, listFiles }"), "{begun}");
    assert!(begun.contains("more lines"), "{begun}");
    let whole = Narrows::new().output(&["demo", "--scripts"]).stdout;
    assert!(whole.lines().count() > begun.lines().count() && !whole.contains("more lines"), "{whole}");
}

#[test]
fn trust_ends_with_1_while_something_waits() {
    let mut server = misbehave("described");
    server["env"] = json!({"DESCRIPTION": "Does the work"});
    let narrows = Narrows::configured(&config([("bad", server.clone())]));
    narrows.output(&["tools"]);
    assert_eq!(narrows.output(&["trust"]).code, Some(0));
    server["env"]["DESCRIPTION"] = "Does other work".into();
    narrows.write("narrows.json", &config([("bad", server)]).to_string());
    let waiting = narrows.output(&["trust", "--json"]);
    assert_eq!(waiting.code, Some(1));
    assert!(!waiting.stdout.contains("null"), "{}", waiting.stdout);
    assert_eq!(narrows.output(&["trust"]).code, Some(1));
    assert_eq!(narrows.output(&["trust", "bad"]).code, Some(0));
    assert_eq!(narrows.output(&["trust"]).code, Some(0));
}

#[test]
fn tools_that_are_switched_off_for_other_programs_are_not_offered() {
    let mut server = demo("slack");
    server["disabledTools"] = json!(["send_message"]);
    server["autoApprove"] = json!(["list_channels"]);
    let narrows = Narrows::configured(&config([("slack", server)]));
    let tools = narrows.output(&["tools", "slack"]);
    let line = tools.stdout.lines().find(|line| line.starts_with("send_message")).unwrap_or_default();
    assert!(line.contains("(refused)") && line.contains("`disabledTools of slack`"), "{}", tools.stdout);
    assert!(tools.stderr.contains("`autoApprove` of `slack` has no effect here"), "{}", tools.stderr);
    let called =
        narrows.output(&["call", "slack", "send_message", "{\"channel\": \"#a\", \"text\": \"hi\"}"]);
    assert_eq!(called.code, Some(1));
    assert!(called.stderr.contains("`disabledTools of slack`"), "{}", called.stderr);
    assert!(narrows.output(&["doctor"]).stdout.contains("disabledTools of slack"));
}
