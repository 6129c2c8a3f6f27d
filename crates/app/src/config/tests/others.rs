//! Files as other programs write them: read where their shape is clear, else named, and never empty without a word.

use super::*;

fn servers(text: &str) -> Vec<(String, String)> {
    let config = load(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    let one = |server: &ConfiguredServer| (server.name.to_string(), server.shown.clone());
    config.servers.iter().map(one).collect()
}

#[test]
fn the_servers_of_many_programs_are_read() {
    for text in [
        r#"{"mcpServers": {"a": {"command": "x", "args": ["y"]}}}"#,
        r#"{"servers": {"a": {"type": "stdio", "command": "x", "args": ["y"]}}, "inputs": []}"#,
        r#"{"mcp": {"servers": {"a": {"command": "x", "args": ["y"]}}}, "editor.fontSize": 12}"#,
        r#"{"context_servers": {"a": {"source": "custom", "command": "x", "args": ["y"], "env": {}}}}"#,
        r#"{"context_servers": {"a": {"command": {"path": "x", "args": ["y"], "env": null}, "settings": {}}}}"#,
        r#"{"mcp_servers": {"a": {"command": "x", "args": ["y"]}}}"#,
        r#"{"amp.mcpServers": {"a": {"command": "x", "args": ["y"]}}}"#,
        r#"{"$schema": "s", "mcp": {"a": {"type": "local", "command": ["x", "y"], "enabled": true}}}"#,
        r#"{"mcpServers": {}, "projects": {"/project": {"mcpServers": {"a": {"command": "x", "args": ["y"]}}}}}"#,
        r#"{"projects": {"/else": {"mcpServers": {"b": {"command": "z"}}}, "/project": {"mcpServers": {"a": {"command": "x", "args": ["y"]}}}}}"#,
    ] {
        assert_eq!(servers(text), [("a".to_owned(), "x y".to_owned())], "{text}");
    }
    let remote = r#"{"mcp": {"a": {"type": "remote", "url": "https://e.com/mcp", "enabled": true}}}"#;
    assert_eq!(servers(remote), [("a".to_owned(), "https://e.com/mcp".to_owned())]);
    check_entry(
        r#"{"type": "local", "command": ["x"], "environment": {"A": "1"}}"#,
        r#"Stdio { command: "x", args: 0, env: ["A", "NARROWS_BEHIND"], cwd: Some("/project") }"#,
    );
}

#[test]
fn a_file_without_servers_is_an_error_that_says_what_to_do() {
    let message = |text: &str| {
        let error = load(text).err().unwrap_or_else(|| panic!("{text}: it is broken"));
        let said = error.to_string().lines().next().unwrap_or_default().to_owned();
        (said, error.hint().unwrap_or_default().to_owned())
    };
    let at = |rest: &str| format!("/project/narrows.json:1:{rest}");
    for slip in ["mcpServer", "mcpservers", "MCPServers", "mcp-server", "mcpSevers"] {
        assert_eq!(
            message(&format!(r#"{{"{slip}": {{"a": {{"command": "x"}}}}}}"#)),
            (at(&format!("2: unknown key `{slip}`")), "did you mean `mcpServers`?".to_owned())
        );
    }
    assert_eq!(
        message(r#"{"files": {"command": "x"}}"#),
        (
            at("2: `files` is a server outside of `mcpServers`"),
            "put the servers below one key: { \"mcpServers\": { … } }".to_owned()
        )
    );
    assert_eq!(
        message(r#"{"projects": {"/else": {"mcpServers": {"b": {"command": "z"}}}}}"#),
        (
            at("15: the servers of this file belong to projects, and none of them is this folder"),
            "run Narrows in `/else`, or copy its `mcpServers` to a file of their own".to_owned()
        )
    );
    assert_eq!(message("{}").0, at("1: the file names no servers"));
    assert_eq!(message(r#"{"theme": "dark"}"#).0, at("1: the file names no servers"));
    for (name, text, kind) in [
        ("config.toml", "[mcp_servers.a]\ncommand = \"x\"\n", "TOML"),
        ("x.json", "# mine\n[mcp_servers.a]\ncommand = \"x\"\n", "TOML"),
        ("config.yaml", "extensions:\n  a:\n    cmd: x\n", "YAML"),
    ] {
        let error = load_as(name, text).err().expect("it is broken");
        assert_eq!(error.to_string(), format!("`{name}` is {kind}, and Narrows reads JSON"));
        assert!(error.hint().is_some_and(|hint| hint.contains("\"mcpServers\"")), "{:?}", error.hint());
    }
}

#[test]
fn tools_that_are_switched_off_elsewhere_are_refused() {
    let check = |keys: &str, refused: &[&str]| {
        let config = load(&format!(r#"{{"mcpServers": {{"orders": {{"command": "x", {keys}}}}}}}"#));
        let config = config.expect("the file is fine");
        let names = ["get_order", "cancel_order", "list[all]"];
        let is_refused = |name: &&&str| {
            let tool = tools::Tool {
                name: (**name).into(),
                title: None,
                description: String::new(),
                input_schema: serde_json::json!({}),
                output_schema: None,
                annotations: tools::Annotations::default(),
            };
            config.rules.refusal_of(&tools::ServerName::new("orders"), &tool).is_some()
        };
        assert_eq!(names.iter().filter(is_refused).copied().collect::<Vec<_>>(), refused, "{keys}");
    };
    check(r#""disabledTools": ["cancel_order"]"#, &["cancel_order"]);
    check(r#""excludeTools": ["list[all]", ""]"#, &["list[all]"]);
    check(r#""disabled_tools": ["cancel_*"]"#, &["cancel_order"]);
    check(r#""disabledTools": []"#, &[]);
    check(r#""disabledTools": null"#, &[]);
    check(r#""includeTools": ["get_order"]"#, &["cancel_order", "list[all]"]);
    check(
        r#""enabled_tools": ["get_order", "cancel_order"], "disabled_tools": ["cancel_order"]"#,
        &["cancel_order", "list[all]"],
    );
    check(r#""enabledTools": []"#, &["get_order", "cancel_order", "list[all]"]);
    let config =
        load(r#"{"mcpServers": {"a": {"command": "x", "disabledTools": ["b"]}}}"#).expect("the file is fine");
    let rules: Vec<_> =
        config.rules.list().iter().map(|rule| (rule.name.as_str(), rule.place.as_str())).collect();
    assert_eq!(rules, [("disabledTools of a", "/project/narrows.json:1:39")]);
    check_entry(
        r#"{"command": "x", "disabledTools": "b"}"#,
        "/project/narrows.json:1:56: `disabledTools` must be a list of names of tools, not text",
    );
}

#[test]
fn keys_that_do_nothing_here_are_named() {
    let config = load(
        r#"{"mcpServers": {
            "a": {"command": "x", "autoApprove": ["b"], "timeout": 5, "trust": false, "alwaysAllow": []},
            "b": {"command": "x", "autoApprove": ["c"]},
            "c": {"command": "x", "disabled": true, "oauth": {}}
        }}"#,
    );
    assert_eq!(
        config.expect("the file is fine").warnings,
        [
            "`autoApprove` of `a`, `b` has no effect here: a rule of `narrows.rules` with `\"action\": \"ask\"` says which calls wait for a person, and one with `\"unasked\": true` which of them do not (docs/approvals.md)",
            "`timeout` of `a` has no effect here: set `narrows.limits.call_seconds` and `narrows.start_timeout_seconds`, which hold for all servers",
        ]
    );
}

#[test]
fn keys_of_ours_beside_the_servers_are_refused() {
    for key in RawNarrows::KEYS.iter().filter(|key| !["sandbox", "approvals"].contains(key)) {
        let text = format!(r#"{{"mcpServers": {{}}, "{key}": 1}}"#);
        let error = load(&text).err().unwrap_or_else(|| panic!("{text}: it is broken"));
        let said = error.to_string();
        assert_eq!(
            (said.lines().next().unwrap_or_default(), error.hint().unwrap_or_default()),
            (
                format!("/project/narrows.json:1:20: `{key}` has no effect here: it belongs below `narrows`")
                    .as_str(),
                format!("write {{ \"mcpServers\": {{ … }}, \"narrows\": {{ \"{key}\": … }} }}").as_str()
            )
        );
    }
    let config = load(r#"{"mcpServers": {}, "sandbox": "docker", "approvals": {}, "theme": "dark"}"#);
    assert_eq!(
        config.expect("they may be others'").warnings,
        [
            "/project/narrows.json:1:20: `sandbox` is taken for a key of Gemini CLI and Claude Code; that of Narrows belongs below `narrows`",
            "/project/narrows.json:1:41: `approvals` is taken for a key of OpenClaw; that of Narrows belongs below `narrows`",
        ]
    );
}

#[test]
fn a_file_of_variables_is_read() {
    let folder = tempfile::tempdir().expect("a folder");
    let project = folder.path().join(".vscode");
    std::fs::create_dir(&project).expect("made");
    std::fs::write(folder.path().join(".env"), "A=of the file\nB=b\n").expect("written");
    let text = r#"{"servers": {
        "a": {"command": "x", "envFile": "${workspaceFolder}/.env", "env": {"A": "own"}},
        "b": {"command": "x", "envFile": "none.env"}
    }}"#;
    let source = Source::new(&project.join("mcp.json"), text);
    let config = read_source(&source, &around()).expect("the file is fine");
    let Ok(Transport::Stdio { env, .. }) = &config.servers[0].transport else { panic!("it is a program") };
    let env: Vec<_> = env.iter().map(|(name, value)| (name.as_str(), value.expose_secret())).collect();
    assert_eq!(env[..2], [("B", "b"), ("A", "own")]);
    let reason = config.servers[1].transport.as_ref().err().cloned().unwrap_or_default();
    assert!(reason.contains("`envFile`: cannot read `"), "{reason}");
}
