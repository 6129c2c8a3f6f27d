use super::*;

#[track_caller]
fn check(text: &str, expect: &str) {
    let shown = replaced(text, &hidden(text), |_| "***".to_owned());
    assert_eq!(shown, expect, "{text}");
}

#[test]
fn it_does_not_matter_on_which_line_a_name_and_its_value_stand() {
    check(
        "{\"args\": [\n  \"--db-password\",\n  \"hunter2secret\",\n  \"-v\"\n]}",
        "{\"args\": [\n  \"--db-password\",\n  \"***\",\n  \"-v\"\n]}",
    );
    check("{\"FOO_PASS\":\n  \"hunter7secret\"}", "{\"FOO_PASS\":\n  \"***\"}");
    check("{\"API_KEY\": /* c */ \"hunter8secret\"}", "{\"API_KEY\": /* c */ \"***\"}");
    check("{\"args\": [\"--pin\", // mine\n 1234]}", "{\"args\": [\"--pin\", // mine\n ***]}");
    check("{\"args\": [\"-H\",\n\"X-Own: hunter2\"]}", "{\"args\": [\"-H\",\n\"X-Own: ***\"]}");
}

#[test]
fn escapes_and_json_within_a_string_hide_nothing_from_us() {
    check(r#"["a\"b", "--token", "x"]"#, r#"["a\"b", "--token", "***"]"#);
    check(r#"["--config={\"apiKey\":\"hunter3secret\"}"]"#, r#"["--config={\"apiKey\":\"***\"}"]"#);
    check(
        r#"["--config", "{\"args\": [\"--token\", \"hunter3\"], \"a\": \"b\"}"]"#,
        r#"["--config", "{\"args\": [\"--token\", \"***\"], \"a\": \"b\"}"]"#,
    );
    check(
        r#"["\u00e9\ud83d\ude00 --x", "--token=\u0068unter"]"#,
        r#"["\u00e9\ud83d\ude00 --x", "--token=***"]"#,
    );
    check(
        r#"["https://u:p\u0061ss@e.com/?api_key=k&page=2"]"#,
        r#"["https://***@e.com/?api_key=***&page=2"]"#,
    );
    check(
        r#"["sh", "-c", "curl -H 'Authorization: Bearer K' e.com"]"#,
        r#"["sh", "-c", "curl -H 'Authorization: ***' e.com"]"#,
    );
}

#[test]
fn what_an_argument_means_depends_on_what_is_before_it() {
    check(
        r#"{"command": "mysql", "args": ["-phunter2", "-u", "root:hunter2", "-P", "3306"]}"#,
        r#"{"command": "mysql", "args": ["-p***", "-u", "root:***", "-P", "3306"]}"#,
    );
    check(r#"{"command": "x", "args": ["-p8080:80"]}"#, r#"{"command": "x", "args": ["-p8080:80"]}"#);
    check(
        r#"["sh", "-c", "curl -H 'X-Own: v' -d '{\"token\": \"v\"}' x"]"#,
        r#"["sh", "-c", "curl -H 'X-Own: ***' -d '{\"token\": \"***\"}' x"]"#,
    );
    check(r#"{"url": "http://x/?code=K&page=2#K9k9k9"}"#, r#"{"url": "http://x/?code=***&page=2#***"}"#);
}

#[test]
fn values_of_variables_and_headers_are_hidden_whatever_their_names() {
    check(
        r#"{"mcpServers": {"a": {"command": "npx", "env": {"REGION": "eu", "N": 1, "T": "${T}"}, "env_pass": ["A", "B"]}}}"#,
        r#"{"mcpServers": {"a": {"command": "npx", "env": {"REGION": "***", "N": ***, "T": "${T}"}, "env_pass": ["A", "B"]}}}"#,
    );
    check(
        r#"{"headers": {"X": "Bearer ${T}", "Y": "v"}, "environment": {"Z": "v"}}"#,
        r#"{"headers": {"X": "Bearer ${T}", "Y": "***"}, "environment": {"Z": "***"}}"#,
    );
    check(
        r#"{"env": {"DB": "hunter2-secret"}, "args": ["db=hunter2-secret"]}"#,
        r#"{"env": {"DB": "***"}, "args": ["db=***"]}"#,
    );
}

#[test]
fn what_stands_below_a_secret_name_is_hidden_and_servers_are_not() {
    check(r#"{"auth": {"kind": "x", "list": ["y"]}}"#, r#"{"auth": {"kind": "***", "list": ["***"]}}"#);
    let servers = r#"{"mcpServers": {"auth": {"command": "npx"}, "env": {"command": "uvx"}}}"#;
    check(servers, servers);
}

#[test]
fn comments_hold_credentials_too() {
    check(
        "{ // \"--token\", \"hunter2\"\n /* TOKEN=hunter2 \"url\": \"x\" */ }",
        "{ // \"--token\", \"***\"\n /* TOKEN=*** \"url\": \"***\" */ }",
    );
}

#[test]
fn after_a_mistake_everything_but_keys_is_hidden() {
    check("{\"a\": \"x\" \"b\": \"y\", \"TOKEN\": \"z\"", "{\"a\": \"x\" \"b\": \"y\", \"TOKEN\": \"***\"");
    check(
        "{\"args\": [\"npx, \"--token\", \"hunter2\"], \"x\": tru}",
        "{\"args\": [\"npx, \"***\"***\"***\"***\"***\"***",
    );
    check("{\"KEY\": \"-----BEGIN\nMIIE\n-----END\"}", "{\"KEY\": \"***\n***\n***\"***");
    check("{\"TOKEN\" \"hunter2\"}", "{\"TOKEN\" \"***\"}");
    check("API_KEY: hunter2\n- token: \"hunter2\"\n", "API_KEY: ***\n- token: \"***\"\n");
    check("{\"é\": tru}", "{\"é\": tru}");
    check("api_key = \"hunter2\"\n", "*** *** \"***\"\n");
    check("{'token': 'hunter2'}", "{***: ***}");
    check(r#"{"cwd": "C:\Projects", "b": "x"}"#, r#"{"cwd": "***", "b": "***"}"#);
}

proptest::proptest! {
    /// Whatever a text is, it stays whole but for what is hidden, and no value of a secret name is shown.
    #[test]
    fn no_text_confuses_it(before in r#"[\[\]{}",:\\/ \na-c*é-]{0,30}"#, after in r#"[\[\]{}",:\\/ \na-c*é-]{0,30}"#) {
        let text = format!("{before}{after}");
        let shown = replaced(&text, &hidden(&text), |part| "*".repeat(part.chars().count()));
        proptest::prop_assert_eq!(shown.chars().count(), text.chars().count());
        let valid = format!("{{\"x\": [{}, \"--token\", \"hunter2\"]}}", serde_json::Value::from(before));
        proptest::prop_assert!(!replaced(&valid, &hidden(&valid), |_| String::new()).contains("hunter2"));
    }
}
