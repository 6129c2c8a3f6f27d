//! Which calls rules let be made again.

use super::*;

#[test]
fn a_rule_says_whether_a_call_may_be_repeated_and_the_strictest_counts() {
    let says = |action, arguments, repeatable| Rule { repeatable, ..rule(action, "post", arguments) };
    let to = || when("to", vec![matches("x")]);
    let hinted = |read_only, idempotent| Annotations { read_only, idempotent, ..Annotations::default() };
    let neither = "neither its tool nor a rule says that twice is the same as once";
    let by_rule =
        |action: &str, is| format!("the rule `{action}-post` (n.json:3:7) says `\"repeatable\": {is}`");
    for (rules, hints, ruled, is, why) in [
        (vec![], hinted(None, None), None, false, neither.to_owned()),
        (vec![], hinted(None, Some(true)), None, true, "its tool is marked as idempotent".to_owned()),
        (vec![], hinted(Some(true), None), None, true, "its tool is marked as read-only".to_owned()),
        (vec![says(Action::Allow, vec![], None)], hinted(None, None), None, false, neither.to_owned()),
        (
            vec![says(Action::Allow, vec![], Some(true))],
            hinted(None, None),
            Some(true),
            true,
            by_rule("allow", true),
        ),
        (
            vec![says(Action::Allow, vec![], Some(true)), says(Action::Ask, to(), Some(false))],
            hinted(Some(true), None),
            Some(false),
            false,
            by_rule("ask", false),
        ),
        (
            vec![says(Action::Allow, when("to", vec![matches("y")]), Some(true))],
            hinted(None, None),
            None,
            false,
            neither.to_owned(),
        ),
    ] {
        let rules = Rules::new(rules, Action::Allow, "n.json");
        let (server, post) = (ServerName::new("slack"), tool("post", hints));
        let sent = r#"{"to":"x"}"#;
        let admitted =
            rules.admit(&server, &post, sent, &RunCounts::default(), Some(&nowhere())).expect("admitted");
        assert_eq!(admitted.repeatable, ruled, "{why}");
        let explained = rules.explain(&server, &post, sent).repeatable.expect("it is not refused");
        assert_eq!((explained.is, explained.why), (is, why));
    }
}
