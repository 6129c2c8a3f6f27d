use serde_json::json;
use tools::{Annotations, ServerState};
use wire::{Field, Position};

use super::*;

mod repeating;

fn tool(name: &str, annotations: Annotations) -> Tool {
    Tool {
        name: name.into(),
        title: None,
        description: String::new(),
        input_schema: json!({"type": "object"}),
        output_schema: None,
        annotations,
    }
}

fn rule(action: Action, tools: &str, arguments: Vec<Condition>) -> Rule {
    Rule {
        name: format!("{action:?}-{tools}").to_lowercase(),
        place: "n.json:3:7".to_owned(),
        action,
        servers: Names::new(["slack"]).expect("a glob"),
        tools: Names::new([tools]).expect("a glob"),
        read_only: None,
        destructive: None,
        arguments,
        counts: Counts::default(),
        unasked: false,
        repeatable: None,
    }
}

fn when(path: &str, tests: Vec<Test>) -> Vec<Condition> {
    vec![Condition { path: ArgumentPath::new(path).expect("a path"), tests }]
}

fn matches(text: &str) -> Test {
    Test::Matches(pattern(text).expect("a pattern"))
}

fn not_matches(text: &str) -> Test {
    Test::NotMatches(pattern(text).expect("a pattern"))
}

/// For rules that do not count by time.
fn nowhere() -> Times {
    Times::new("/nowhere".into())
}

/// What the person is told of a call of `post`: why it is refused, and what would permit it.
fn told(rules: &Rules, arguments: &str) -> (String, String) {
    let (server, tool) = (ServerName::new("slack"), tool("post", Annotations::default()));
    let asked = rules.admit(&server, &tool, arguments, &RunCounts::default(), Some(&nowhere()));
    match asked {
        Ok(admitted) => (said(admitted.ruling), String::new()),
        Err(refusal) => (refusal.why, refusal.permit),
    }
}

/// `yes`, or why not.
fn ask(rules: &Rules, name: &str, arguments: &str) -> String {
    let (server, tool) = (ServerName::new("slack"), tool(name, Annotations::default()));
    match rules.admit(&server, &tool, arguments, &RunCounts::default(), Some(&nowhere())) {
        Ok(admitted) => said(admitted.ruling),
        Err(refusal) => refusal.why,
    }
}

/// `yes`, or why a person is asked.
fn said(ruling: Ruling) -> String {
    match ruling {
        Ruling::Allowed => "yes".to_owned(),
        Ruling::Asked(Question { why, .. }) => why,
    }
}

#[track_caller]
fn check(rules: &Rules, arguments: &str, allowed: bool) {
    assert_eq!(ask(rules, "post", arguments) == "yes", allowed, "{arguments}");
}

fn one(rule: Rule, otherwise: Action) -> Rules {
    Rules::new(vec![rule], otherwise, "n.json")
}

#[test]
fn the_strictest_rule_that_fits_decides() {
    let rules = Rules::new(
        vec![
            rule(Action::Allow, "post_*", Vec::new()),
            rule(Action::Refuse, "*_secret", Vec::new()),
            rule(Action::Allow, "post_secret", Vec::new()),
        ],
        Action::Refuse,
        "n.json",
    );
    assert_eq!(ask(&rules, "post_news", "{}"), "yes");
    assert_eq!(ask(&rules, "post_secret", "{}"), "the rule `refuse-*_secret` (n.json:3:7) refuses it");
    assert_eq!(ask(&rules, "read", "{}"), "no rule allows it, and `narrows.default_rule` is `refuse`");
    let none = Rules::default();
    assert_eq!(ask(&none, "post", "not even JSON"), "yes", "without rules nothing is looked at");
}

#[test]
fn a_rule_that_refuses_needs_one_value_that_is_so() {
    let rules =
        one(rule(Action::Refuse, "*", when("to[*]", vec![not_matches("@corp\\.example$")])), Action::Allow);
    check(&rules, r#"{"to":["a@corp.example"]}"#, true);
    check(&rules, r#"{"to":["a@corp.example","b@evil.example"]}"#, false);
    check(&rules, r#"{"to":[]}"#, true);
    // What cannot be judged counts against the call.
    check(&rules, r#"{"to":"b@evil.example"}"#, false);
    check(&rules, r#"{"to":[["b@evil.example"]]}"#, false);
    check(&rules, r#"{"to":[7]}"#, false);
    check(&rules, "{}", false);
    check(&rules, r#"{"to":null}"#, false);
    let positive =
        one(rule(Action::Refuse, "*", when("path", vec![matches("(^|/)\\.\\.(/|$)")])), Action::Allow);
    check(&positive, r#"{"path":"/data/../etc"}"#, false);
    check(&positive, r#"{"path":"/data/..x"}"#, true);
    check(&positive, "{}", true);
    check(&positive, r#"{"path":{"deep":"/.."}}"#, false);
}

#[test]
fn the_mail_rule_of_the_manual_is_about_whole_addresses() {
    let manual = include_str!("../../../../docs/rules.md");
    let pattern = manual.split("\"not_matches\": ").nth(1).and_then(|rest| rest.split(" }").next());
    let pattern: String = serde_json::from_str(pattern.expect("the example has one")).expect("JSON");
    let rules = one(rule(Action::Refuse, "*", when("to[*]", vec![not_matches(&pattern)])), Action::Allow);
    check(&rules, r#"{"to":["ada.l+x@corp.example"]}"#, true);
    for address in [
        "x@evil.example",
        "x@evil.example, y@corp.example",
        "x@evil.example\\ny@corp.example",
        "<x@evil.example> y@corp.example",
        "y@corp.example <x@evil.example>",
        "x@evil.example;y@corp.example",
        "x@evil-corp.example",
    ] {
        check(&rules, &format!(r#"{{"to":["{address}"]}}"#), false);
    }
}

#[test]
fn a_rule_that_allows_needs_all_values_to_be_so() {
    let rules =
        one(rule(Action::Allow, "*", when("to[*]", vec![matches("@corp\\.example$")])), Action::Refuse);
    check(&rules, r#"{"to":["a@corp.example"]}"#, true);
    check(&rules, r#"{"to":["a@corp.example","b@evil.example"]}"#, false);
    check(&rules, r#"{"to":[]}"#, false);
    check(&rules, r#"{"to":"a@corp.example"}"#, false);
    check(&rules, "{}", false);
    let negative =
        one(rule(Action::Allow, "*", when("region", vec![Test::NoneOf(vec![json!("eu")])])), Action::Refuse);
    check(&negative, r#"{"region":"us"}"#, true);
    check(&negative, r#"{"region":"eu"}"#, false);
    check(&negative, "{}", false);
}

#[test]
fn ranges_and_sets() {
    let above = one(rule(Action::Refuse, "*", when("amount", vec![Test::Above(100.0)])), Action::Allow);
    check(&above, r#"{"amount":100}"#, true);
    check(&above, r#"{"amount":100.5}"#, false);
    check(&above, r#"{"amount":1e2}"#, true);
    check(&above, r#"{"amount":"1000"}"#, false);
    check(&above, "{}", true);
    let between = vec![Test::AtLeast(1.0), Test::AtMost(10.0)];
    let between = one(rule(Action::Allow, "*", when("n", between)), Action::Refuse);
    check(&between, r#"{"n":1}"#, true);
    check(&between, r#"{"n":10.0}"#, true);
    check(&between, r#"{"n":0}"#, false);
    check(&between, r#"{"n":11}"#, false);
    let below = one(rule(Action::Refuse, "*", when("n", vec![Test::Below(0.0)])), Action::Allow);
    check(&below, r#"{"n":-1}"#, false);
    check(&below, r#"{"n":-0.0}"#, true);
    let set = vec![Test::OneOf(vec![json!("prod"), json!(7), json!(9_007_199_254_740_993_u64)])];
    let set = one(rule(Action::Refuse, "*", when("target", set)), Action::Allow);
    check(&set, r#"{"target":"prod"}"#, false);
    check(&set, r#"{"target":"pro\u0064"}"#, false);
    check(&set, r#"{"target":"test"}"#, true);
    check(&set, r#"{"target":7.0}"#, false);
    check(&set, r#"{"target":9007199254740992}"#, true);
    check(&set, r#"{"target":true}"#, false);
    let present = one(rule(Action::Refuse, "*", when("force", vec![Test::Present(true)])), Action::Allow);
    check(&present, r#"{"force":false}"#, false);
    check(&present, "{}", true);
    let absent = one(rule(Action::Refuse, "*", when("limit", vec![Test::Present(false)])), Action::Allow);
    check(&absent, r#"{"limit":5}"#, true);
    check(&absent, r#"{"limit":null}"#, false);
}

#[test]
fn arguments_that_mean_two_things_are_refused_where_a_rule_looks_at_them() {
    let rules = one(rule(Action::Refuse, "post", when("to", vec![matches("evil")])), Action::Allow);
    check(&rules, r#"{"to":"good"}"#, true);
    for twice in [
        r#"{"to":"good","to":"evil"}"#,
        r#"{"to":"evil","to":"good"}"#,
        r#"{"to":"good","t\u006f":"evil"}"#,
        r#"{"to":"good","x":{"y":1,"y":2}}"#,
    ] {
        assert_eq!(
            ask(&rules, "post", twice),
            "the rule `refuse-post` (n.json:3:7) looks at its arguments, and they cannot be read or have a key twice"
        );
        assert_eq!(ask(&rules, "read", twice), "yes", "no rule looks at the arguments of this one");
    }
}

#[test]
fn hints_of_servers_are_conditions() {
    let hints = |read_only, destructive| Annotations { read_only, destructive, ..Annotations::default() };
    let reads = Rule { read_only: Some(true), ..rule(Action::Allow, "*", Vec::new()) };
    let destroys = Rule { destructive: Some(true), ..rule(Action::Refuse, "*", Vec::new()) };
    let server = ServerName::new("slack");
    for (hints, is_read_only, is_destructive) in [
        (hints(None, None), false, true),
        (hints(Some(true), None), true, false),
        (hints(Some(true), Some(false)), true, false),
        (hints(Some(true), Some(true)), false, true),
        (hints(Some(false), Some(false)), false, false),
        (hints(Some(false), None), false, true),
    ] {
        let tool = tool("x", hints);
        assert_eq!(
            (reads.is_about(&server, &tool), destroys.is_about(&server, &tool)),
            (is_read_only, is_destructive),
            "{hints:?}"
        );
    }
}

#[test]
fn counts_are_kept_by_run() {
    let mut counted = rule(Action::Allow, "post", Vec::new());
    counted.counts.per_run = Some(2);
    let rules = one(counted, Action::Allow);
    let (server, post) = (ServerName::new("slack"), tool("post", Annotations::default()));
    let run = RunCounts::default();
    let ask = |run: &RunCounts| rules.admit(&server, &post, "{}", run, Some(&nowhere()));
    let counted = vec!["allow-post".to_owned()];
    let allowed = || Ok(Admitted { ruling: Ruling::Allowed, counted: counted.clone(), repeatable: None });
    assert_eq!((ask(&run), ask(&run)), (allowed(), allowed()));
    let refusal = ask(&run).expect_err("used up");
    assert_eq!(refusal.why, "the rule `allow-post` (n.json:3:7) has allowed 2 calls: `\"per_run\": 2`");
    assert_eq!(refusal.permit, "in the rule `allow-post` (n.json:3:7) write `\"per_run\": 3`");
    assert_eq!(ask(&RunCounts::default()), allowed(), "another run");
    let taken_up = RunCounts::default();
    rules.recount(&["allow-post".to_owned(), "gone".to_owned()], &taken_up);
    assert_eq!(ask(&taken_up), allowed());
    assert_eq!(ask(&taken_up), Err(refusal), "what was counted before the run was taken up counts");
}

#[test]
fn a_refusal_says_what_would_permit_it() {
    let (server, post) = (ServerName::new("my*server"), tool("post", Annotations::default()));
    let rules = Rules::new(
        vec![Rule { servers: Names::all(), ..rule(Action::Refuse, "p*", Vec::new()) }],
        Action::Refuse,
        "n.json",
    );
    let refusal = rules.refusal_of(&server, &post).expect("refused");
    assert_eq!(refusal.permit, "in the rule `refuse-p*` (n.json:3:7) write `\"tool\": [\"p*\", \"!post\"]`");
    let alone = one(rule(Action::Refuse, "post", Vec::new()), Action::Allow);
    assert_eq!(
        told(&alone, "{}").1,
        "remove the rule `refuse-post` (n.json:3:7), which is about nothing else"
    );
    let none = Rules::new(Vec::new(), Action::Refuse, "n.json");
    assert_eq!(
        none.refusal_of(&server, &post).expect("refused").permit,
        r#"add to `narrows.rules` in n.json: `{ "name": "my*server-post", "action": "allow", "server": "my\\*server", "tool": "post" }`"#
    );
}

#[test]
fn a_refusal_by_arguments_names_them_and_leaves_the_rule_in_force() {
    let corp = "@corp\\.example$";
    let inside = || vec![not_matches(corp)];
    let above = || vec![Test::AtLeast(0.5), Test::Above(3.0)];
    for (path, tests, arguments, why, permit) in [
        (
            "to[*]",
            inside(),
            r#"{"to":["a@corp.example","x@evil"]}"#,
            r#"`to[*]` is text and fits `"not_matches": "@corp\\.example$"`"#,
            r#"in R change `"to[*]": { "not_matches": "@corp\\.example$" }` so that it does not fit such a call"#,
        ),
        (
            "to[*]",
            inside(),
            r#"{"to":"x@evil"}"#,
            r#"`to[*]` is not where the path leads, which `"not_matches": "@corp\\.example$"` cannot judge"#,
            "give `to[*]` as text, or correct its path in R",
        ),
        (
            "path",
            inside(),
            "{}",
            r#"`path` is missing, which `"not_matches": "@corp\\.example$"` cannot judge"#,
            "give `path`, or name in R only tools that take it",
        ),
        (
            "n",
            above(),
            r#"{"n":4}"#,
            r#"`n` is a number and fits `"at_least": 0.5`"#,
            r#"in R change `"n": { "at_least": 0.5 }` so that it does not fit such a call"#,
        ),
        (
            "n",
            above(),
            r#"{"n":"4"}"#,
            r#"`n` is text, which `"at_least": 0.5` cannot judge"#,
            "give `n` as a number, or correct its path in R",
        ),
        (
            "n",
            vec![Test::OneOf(vec![json!(7), json!("all")])],
            r#"{"n":true}"#,
            r#"`n` is `true` or `false`, which `"one_of": [7,"all"]` cannot judge"#,
            "give `n` as a value of a kind that it lists, or correct its path in R",
        ),
        (
            "limit",
            vec![Test::Present(false)],
            "{}",
            r#"`limit` is missing and fits `"present": false`"#,
            r#"in R change `"limit": { "present": false }` so that it does not fit such a call"#,
        ),
    ] {
        let named = "the rule `refuse-post` (n.json:3:7)";
        let rules = one(rule(Action::Refuse, "post", when(path, tests)), Action::Allow);
        let expect = (format!("{named} refuses it: {why}"), permit.replace('R', named));
        assert_eq!(told(&rules, arguments), expect, "{path} {arguments}");
    }
    let long = vec![matches(&"x".repeat(1_000))];
    let rules = one(rule(Action::Refuse, "post", when("a", long)), Action::Allow);
    let (why, _) = told(&rules, &format!(r#"{{"a":"{}"}}"#, "x".repeat(1_000)));
    assert_eq!(why.chars().count(), 192, "{why}");
}

#[test]
fn where_only_conditions_kept_a_rule_from_allowing_they_are_named() {
    let none = "no rule allows it, and `narrows.default_rule` is `refuse`";
    let named = "the rule `allow-*` (n.json:3:7)";
    let rules = one(rule(Action::Allow, "*", when("to[*]", vec![matches("@corp")])), Action::Refuse);
    let does_not = format!("{none}; {named} does not: `to[*]` is");
    for (arguments, why, permit) in [
        (
            r#"{"to":["a@corp","b@evil"]}"#,
            r#"text and does not fit `"matches": "@corp"`"#,
            format!(r#"in {named} change `"to[*]": {{ "matches": "@corp" }}` so that it fits such a call"#),
        ),
        (r#"{"to":[]}"#, r#"missing, which `"matches": "@corp"` cannot judge"#, "give `to[*]`".to_owned()),
        ("{}", r#"missing, which `"matches": "@corp"` cannot judge"#, "give `to[*]`".to_owned()),
    ] {
        assert_eq!(told(&rules, arguments), (format!("{does_not} {why}"), permit), "{arguments}");
    }
}

#[test]
fn what_is_refused_whatever_the_arguments_is_not_offered() {
    let tools = ["post", "read", "search"].map(|name| Arc::new(tool(name, Annotations::default())));
    let slack = Server {
        tools: tools.to_vec(),
        state: ServerState::Ready,
        ..Server::starting(ServerName::new("slack"))
    };
    let catalog = Arc::new(Catalog::new([Arc::new(slack)]));
    let shown = |rules: &Rules| {
        let offered = rules.offered(&catalog);
        let server = &offered.servers()[0];
        let names = server.tools.iter().map(|tool| tool.name.to_string());
        let withheld = server.withheld.iter().map(|withheld| format!("-{}", withheld.tool.name));
        names.chain(withheld).collect::<Vec<_>>().join(" ")
    };
    let with_condition = || when("x", vec![Test::Present(true)]);
    assert_eq!(shown(&Rules::default()), "post read search");
    assert_eq!(shown(&one(rule(Action::Refuse, "post", Vec::new()), Action::Allow)), "read search -post");
    assert_eq!(
        shown(&one(rule(Action::Refuse, "post", with_condition()), Action::Allow)),
        "post read search"
    );
    assert_eq!(
        shown(&one(rule(Action::Allow, "read", with_condition()), Action::Refuse)),
        "read -post -search"
    );
    assert_eq!(shown(&Rules::new(Vec::new(), Action::Refuse, "")), "-post -read -search");
}

#[test]
fn only_what_literals_prove_is_refused_before_running() {
    let rules = one(rule(Action::Refuse, "post", when("to[*]", vec![matches("evil")])), Action::Allow);
    let at = Position { line: 1, column: 1 };
    let to = |value: Literal, open| Literal::Object {
        fields: vec![Field { name: "to".to_owned(), value, at }],
        open,
    };
    let text = |text: &str| Some(Literal::String(text.to_owned()));
    let (server, post) = (ServerName::new("slack"), tool("post", Annotations::default()));
    for (arguments, refused) in [
        (Literal::Unknown, false),
        (Literal::Object { fields: Vec::new(), open: true }, false),
        (Literal::Object { fields: Vec::new(), open: false }, false),
        (to(Literal::Unknown, false), false),
        (to(Literal::Array(vec![text("good"), None]), false), false),
        (to(Literal::Array(vec![Some(Literal::SomeString)]), false), false),
        (to(Literal::Array(vec![None, text("evil@x")]), true), true),
        (to(Literal::String("good".to_owned()), false), true),
        (to(Literal::Undefined, false), false),
    ] {
        let refusal = rules.refusal_of_literal(&server, &post, &arguments);
        assert_eq!(refusal.is_some(), refused, "{arguments:?}");
    }
    let allowing = one(rule(Action::Allow, "post", when("to", vec![matches("good")])), Action::Refuse);
    for (arguments, refused) in [
        (Literal::Unknown, false),
        (to(Literal::SomeString, false), false),
        (to(Literal::String("good".to_owned()), false), false),
        (to(Literal::String("evil".to_owned()), true), true),
        (Literal::Object { fields: Vec::new(), open: false }, true),
    ] {
        let refusal = allowing.refusal_of_literal(&server, &post, &arguments);
        assert_eq!(refusal.is_some(), refused, "{arguments:?}");
    }
}

#[test]
fn patterns_run_in_linear_time_or_are_refused() {
    assert_eq!(
        pattern("(?=a)b").expect_err("no look-ahead"),
        "look-around, including look-ahead and look-behind, is not supported"
    );
    assert_eq!(pattern("a(").expect_err("open"), "unclosed group");
    assert!(pattern("(a{1000}){1000}").is_err(), "its size is bounded");
    let rules = one(rule(Action::Refuse, "post", when("x", vec![matches("^(a+)+$")])), Action::Allow);
    check(&rules, &format!(r#"{{"x":"{}!"}}"#, "a".repeat(100_000)), true);
}

#[test]
fn a_rule_that_asks_stands_between_those_that_allow_and_those_that_refuse() {
    let asks = |arguments| rule(Action::Ask, "post", arguments);
    let evil = || when("to[*]", vec![not_matches("@corp\\.example$")]);
    let asked = "the rule `ask-post` (n.json:3:7) asks about it";
    let rules =
        Rules::new(vec![rule(Action::Allow, "*", Vec::new()), asks(evil())], Action::Refuse, "n.json");
    assert_eq!(ask(&rules, "post", r#"{"to":["a@corp.example"]}"#), "yes");
    let fits = r#"`"not_matches": "@corp\\.example$"`"#;
    let outside = format!("{asked}: `to[*]` is text and fits {fits}");
    assert_eq!(ask(&rules, "post", r#"{"to":["x@evil"]}"#), outside);
    let unclear = format!("{asked}: `to[*]` is not where the path leads, which {fits} cannot judge");
    assert_eq!(
        ask(&rules, "post", r#"{"to":"x@evil"}"#),
        unclear,
        "what cannot be judged counts against the call"
    );
    let strict =
        Rules::new(vec![asks(Vec::new()), rule(Action::Refuse, "p*", Vec::new())], Action::Allow, "n.json");
    assert_eq!(ask(&strict, "post", "{}"), "the rule `refuse-p*` (n.json:3:7) refuses it");
    let alone = one(asks(Vec::new()), Action::Refuse);
    assert_eq!(ask(&alone, "post", "{}"), asked, "a person may permit what no rule allows");
    assert_eq!(ask(&alone, "read", "{}"), "no rule allows it, and `narrows.default_rule` is `refuse`");
    let otherwise = one(rule(Action::Allow, "read", Vec::new()), Action::Ask);
    assert_eq!(ask(&otherwise, "post", "{}"), "no rule fits it, and `narrows.default_rule` is `ask`");
    assert_eq!(ask(&otherwise, "read", "{}"), "yes");
}

#[test]
fn what_a_person_was_asked_once_and_for_all_is_not_asked_again() {
    let unasked = Rule { unasked: true, ..rule(Action::Allow, "post", when("to", vec![matches("corp")])) };
    let asks = rule(Action::Ask, "*", Vec::new());
    let rules = Rules::new(vec![asks, unasked.clone()], Action::Ask, "n.json");
    assert_eq!(ask(&rules, "post", r#"{"to":"corp"}"#), "yes");
    assert_eq!(ask(&rules, "post", r#"{"to":"evil"}"#), "the rule `ask-*` (n.json:3:7) asks about it");
    assert_eq!(ask(&rules, "post", r#"{"to":7}"#), "the rule `ask-*` (n.json:3:7) asks about it");
    let refuses = rule(Action::Refuse, "*", when("to", vec![matches("rp")]));
    let strict = Rules::new(vec![unasked, refuses], Action::Allow, "n.json");
    assert_ne!(ask(&strict, "post", r#"{"to":"corp"}"#), "yes", "a rule that refuses still does");
}

#[test]
fn a_rule_that_asks_lets_as_many_calls_through_as_it_counts() {
    let mut asks = rule(Action::Ask, "post", Vec::new());
    asks.counts.per_run = Some(2);
    let mut allows = rule(Action::Allow, "*", Vec::new());
    allows.counts.per_run = Some(4);
    let rules = Rules::new(vec![asks, allows], Action::Ask, "n.json");
    let (server, post, run) =
        (ServerName::new("slack"), tool("post", Annotations::default()), RunCounts::default());
    let ask = || match rules.admit(&server, &post, "{}", &run, Some(&nowhere())) {
        Ok(admitted) => said(admitted.ruling),
        Err(refusal) => refusal.why,
    };
    let through = "the rule `ask-post` (n.json:3:7) has let 2 calls through without asking: `\"per_run\": 2`";
    let used_up = "the rule `allow-*` (n.json:3:7) has allowed 4 calls: `\"per_run\": 4`";
    let told: Vec<_> = (0..5).map(|_| ask()).collect();
    assert_eq!(told, ["yes", "yes", through, through, used_up]);
}

#[test]
fn what_is_asked_about_is_offered_and_no_script_is_refused_for_it() {
    let (server, post) = (ServerName::new("slack"), tool("post", Annotations::default()));
    for otherwise in [Action::Allow, Action::Ask, Action::Refuse] {
        for conditions in [Vec::new(), when("to", vec![matches("evil")])] {
            let rules = one(rule(Action::Ask, "post", conditions), otherwise);
            assert_eq!(rules.refusal_of(&server, &post), None);
            for literal in [Literal::Unknown, Literal::Object { fields: Vec::new(), open: true }] {
                assert_eq!(rules.refusal_of_literal(&server, &post, &literal), None);
            }
        }
    }
}

#[test]
fn a_call_is_explained_with_the_nearest_change() {
    let (server, post) = (ServerName::new("slack"), tool("post", Annotations::default()));
    let mut few = rule(Action::Allow, "p*", Vec::new());
    few.counts.per_day = Some(9);
    let rules = Rules::new(
        vec![
            few,
            rule(Action::Ask, "post", when("to", vec![matches("evil")])),
            rule(Action::Refuse, "post", when("to", vec![matches("worst")])),
        ],
        Action::Allow,
        "n.json",
    );
    let ask = "the rule `ask-post` (n.json:3:7)";
    for (arguments, action, rule, why, change) in [
        (
            r#"{"to":"evil"}"#,
            Action::Ask,
            "ask-post",
            format!("{ask} asks about it: `to` is text and fits `\"matches\": \"evil\"`"),
            format!("in {ask} change `\"to\": {{ \"matches\": \"evil\" }}` so that it does not fit such a call"),
        ),
        (
            r#"{"to":"good"}"#,
            Action::Allow,
            "allow-p*",
            "the rule `allow-p*` (n.json:3:7) allows it".to_owned(),
            format!("{ask} asks about calls with `\"to\": {{ \"matches\": \"evil\" }}`"),
        ),
        (
            r#"{"to":"worst"}"#,
            Action::Refuse,
            "refuse-post",
            "the rule `refuse-post` (n.json:3:7) refuses it: `to` is text and fits `\"matches\": \"worst\"`".to_owned(),
            "in the rule `refuse-post` (n.json:3:7) change `\"to\": { \"matches\": \"worst\" }` so that it does not fit such a call".to_owned(),
        ),
    ] {
        let explained = rules.explain(&server, &post, arguments);
        assert_eq!((explained.action, explained.rule.as_deref()), (action, Some(rule)), "{arguments}");
        assert_eq!((explained.why, explained.change), (why, change), "{arguments}");
        let counts: &[&str] = match action {
            Action::Refuse => &[],
            _ => &["`\"per_day\": 9` in the rule `allow-p*` (n.json:3:7)"],
        };
        assert_eq!(explained.counts, counts, "{arguments}");
    }
    let always = one(rule(Action::Ask, "*", Vec::new()), Action::Allow).explain(&server, &post, "{}");
    let unasked = r#"add to `narrows.rules` in n.json: `{ "name": "slack-post", "action": "allow", "server": "slack", "tool": "post", "unasked": true }`"#;
    assert_eq!(always.change, unasked);
    let unasked =
        Rule { unasked: true, name: "slack-post".to_owned(), ..rule(Action::Allow, "post", Vec::new()) };
    let rules = Rules::new(vec![rule(Action::Ask, "*", Vec::new()), unasked], Action::Allow, "n.json");
    let explained = rules.explain(&server, &post, "{}");
    assert_eq!((explained.action, explained.rule.as_deref()), (Action::Allow, Some("slack-post")));
    let leave =
        "leave `\"unasked\": true` out of the rule `slack-post` (n.json:3:7), so that rules can ask about it";
    assert_eq!(explained.change, leave);
    let line = rules.unasked_line("slack", "post");
    assert!(line.starts_with(r#"{ "name": "slack-post-2", "#), "{line}");
    let free = Rules::new(Vec::new(), Action::Allow, "n.json").explain(&server, &post, "{}");
    assert_eq!(free.why, "no rule fits it, and `narrows.default_rule` is `allow`");
    let asking = r#"add to `narrows.rules` in n.json: `{ "name": "slack-post", "action": "ask", "server": "slack", "tool": "post" }`"#;
    assert_eq!(free.change, asking);
    let otherwise = Rules::new(Vec::new(), Action::Ask, "n.json").explain(&server, &post, "{}");
    assert_eq!((otherwise.action, otherwise.rule), (Action::Ask, None));
}
