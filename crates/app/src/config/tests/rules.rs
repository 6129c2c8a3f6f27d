//! The rules of a file: what they become, and what is said of broken ones.

use super::*;

/// The message and the hint for a list of rules, without its place.
fn rules_error(rules: &str) -> String {
    let text = format!("{{\"narrows\": {{\"rules\": {rules}}}}}");
    let error = load(&text).err().expect("it is broken");
    let message = error.to_string();
    let first = message.lines().next().unwrap_or_default();
    let told = first.strip_prefix("/project/narrows.json:1:").unwrap_or(first);
    match error.hint() {
        Some(hint) => format!("{told} ({hint})"),
        None => told.to_owned(),
    }
}

#[test]
fn rules_become_rules() {
    let config = load(
        r#"{"narrows": {"default_rule": "refuse", "rules": [
            {"name": "inside", "action": "refuse", "server": "gmail", "tool": ["send_*", "!send_draft"],
             "arguments": {"to[*]": {"not_matches": "@corp\\.example$"}}},
            {"name": "few", "action": "allow", "destructive": false, "per_run": 5, "per_hour": 60},
            {"name": "mail", "action": "ask", "tool": "send_*", "per_run": 3},
            {"name": "notes", "action": "allow", "tool": "send_note", "unasked": true},
            {"name": "twice", "action": "ask", "tool": "put_*", "repeatable": true}
        ]}}"#,
    )
    .expect("the file is fine");
    assert_eq!(config.rules.otherwise(), host::Action::Refuse);
    let [inside, few, mail, notes, twice] = config.rules.list() else { panic!("there are five") };
    assert_eq!((inside.name.as_str(), inside.place.as_str()), ("inside", "/project/narrows.json:2:13"));
    assert_eq!(inside.action, host::Action::Refuse);
    assert!(inside.tools.take("send_mail") && !inside.tools.take("send_draft") && !inside.servers.take("x"));
    assert_eq!(inside.arguments[0].path.to_string(), "to[*]");
    assert_eq!((few.destructive, few.read_only), (Some(false), None));
    assert_eq!(few.counts, host::Counts { per_run: Some(5), per_hour: Some(60), ..host::Counts::default() });
    assert!(few.servers.take("anything"));
    assert_eq!((mail.action, mail.counts.per_run, mail.unasked), (host::Action::Ask, Some(3), false));
    assert_eq!((notes.action, notes.unasked), (host::Action::Allow, true));
    assert_eq!((notes.repeatable, twice.repeatable), (None, Some(true)));
}

#[test]
fn broken_rules_are_refused_at_start() {
    for (rules, expect) in [
        ("{}", "23: `narrows.rules` must be a list of rules, not an object"),
        (
            r#"[{"action": "refuse"}]"#,
            "24: the rule has no `name` (add a `name`: refusals name the rule by it)",
        ),
        (
            r#"[{"name": "a"}]"#,
            "24: the rule `a` has no `action` (write `\"action\": \"allow\"`, `\"action\": \"ask\"` or `\"action\": \"refuse\"`)",
        ),
        (
            r#"[{"name": "a", "action": "deny"}]"#,
            "48: `narrows.rules[0].action` is `deny` (known values are `allow`, `ask`, `refuse`)",
        ),
        (
            r#"[{"name": "a", "action": "refuse", "tols": "x"}]"#,
            "58: unknown key `tols` in `narrows.rules[0]` (did you mean `tool`?)",
        ),
        (
            r#"[{"name": "a", "action": "refuse", "tool": ["x", "[y]"]}]"#,
            "72: the glob `[y]` cannot be used: `[` has no meaning here; write several names as a list, or `\\[` for the sign itself",
        ),
        (
            r#"[{"name": "a", "action": "refuse", "tool": "!x"}]"#,
            "66: the glob `!x` cannot be used: it only leaves names out; say first what it is about, as in [\"*\", \"!x\"]",
        ),
        (
            r#"[{"name": "a", "action": "refuse", "arguments": {"a..b": {"present": true}}}]"#,
            "72: the path `a..b` cannot be used: a name is missing beside a dot",
        ),
        (
            r#"[{"name": "a", "action": "refuse", "arguments": {"$.path": {"present": true}}}]"#,
            "72: the path `$.path` cannot be used: it begins with `$`; write it from the argument's name on, as in `amount` or `to[*].email`, and a name that really has signs in it as `['$name']`",
        ),
        (
            r#"[{"name": "a", "action": "refuse", "arguments": {"a": {"match": "x"}}}]"#,
            "78: unknown key `match` in `narrows.rules[0].arguments.a` (did you mean `matches`?)",
        ),
        (
            r#"[{"name": "a", "action": "refuse", "arguments": {"a": {"matches": "a("}}}]"#,
            "89: the pattern cannot be used: unclosed group",
        ),
        (
            r#"[{"name": "a", "action": "refuse", "arguments": {"a": {}}}]"#,
            "72: the condition on `a` is empty (for example `{ \"one_of\": [\"a\", \"b\"] }`, or `{ \"present\": true }`)",
        ),
        (
            r#"[{"name": "a", "action": "refuse", "arguments": {"a": {"above": 5, "at_most": 5}}}]"#,
            "77: no number is in this range",
        ),
        (
            r#"[{"name": "a", "action": "refuse", "arguments": {"a": {"one_of": [null]}}}]"#,
            "89: `narrows.rules[0].arguments.a.one_of[0]` must be text, a number, `true` or `false`, not null",
        ),
        (
            r#"[{"name": "a", "action": "refuse", "per_run": 5}]"#,
            "69: a rule that refuses calls cannot count them (write `\"action\": \"allow\"`: calls over the count are refused; or `\"ask\"`: a person is asked about them)",
        ),
        (
            r#"[{"name": "a", "action": "ask", "unasked": true}]"#,
            "24: the rule `a` has `unasked` and does not allow (`\"unasked\": true` is for rules with `\"action\": \"allow\"`: what they fit is not asked about)",
        ),
        (
            r#"[{"name": "a", "action": "refuse", "repeatable": false}]"#,
            "24: the rule `a` has `repeatable` and refuses (`\"repeatable\"` is for rules with `\"action\": \"allow\"` or `\"ask\"`: it says whether a call that may have been made is made again)",
        ),
        (
            r#"[{"name": "a", "action": "allow", "per_run": 0}]"#,
            "68: `narrows.rules[0].per_run` must be a whole number from 1 to 100000, not 0",
        ),
        (
            r#"[{"name": "a", "action": "refuse", "read_only": true, "destructive": true}]"#,
            "24: the rule `a` can fit no tool: no tool is both `read_only` and `destructive`",
        ),
        (
            r#"[{"name": "a", "action": "refuse"}, {"name": "a", "action": "allow"}]"#,
            "68: another rule at /project/narrows.json:1:24 is named `a` too",
        ),
    ] {
        assert_eq!(rules_error(rules), expect, "{rules}");
    }
    let bad = load(r#"{"narrows": {"default_rule": "maybe"}}"#).err().expect("it is broken");
    assert_eq!(bad.hint(), Some("known values are `allow`, `ask`, `refuse`"));
}

#[test]
fn the_examples_of_the_manuals_are_read() {
    for (page, at_least) in [("rules.md", 5), ("approvals.md", 1)] {
        let manual = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs").join(page);
        let manual = std::fs::read_to_string(manual).expect("there is a manual");
        let examples = manual.split("```jsonc\n").skip(1);
        let examples: Vec<_> = examples.map(|rest| rest.split("```").next().unwrap_or_default()).collect();
        assert!(examples.len() >= at_least, "{} examples in {page}", examples.len());
        for example in examples {
            let config = load(example).unwrap_or_else(|error| panic!("{error}\n{example}"));
            assert!(!config.rules.list().is_empty(), "{example}");
        }
    }
}
