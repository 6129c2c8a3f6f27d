//! Programs: where they start, what they get of the environment, and keys that are nearly ours.

use super::*;

#[test]
fn home_is_put_in_and_variables_are_passed() {
    check_entry(
        r#"{"command": "~/bin/srv", "env": {"SET": "x"}, "env_pass": ["KEY", "SET", "NOT_SET"]}"#,
        r#"Stdio { command: "/home/ada/bin/srv", args: 0, env: ["SET", "KEY", "NARROWS_BEHIND"], cwd: Some("/project") }"#,
    );
    check_entry(
        r#"{"command": ["~/bin/srv", "~/x", "--dir=~/x"], "env_pass": "KEY"}"#,
        "/project/narrows.json:1:81: `env_pass` must be a list, not text",
    );
}

#[test]
fn programs_start_where_their_file_counts_paths_from() {
    let check = |file: &str, entry: &str, expect: (&str, Option<&str>)| {
        let text = format!("{{\"mcpServers\": {{\"x\": {entry}}}}}");
        let source = Source::new(Path::new(file), &text);
        let config =
            read(&source, &around()).map_err(|problem| source.error(problem)).expect("the file is fine");
        let Ok(Transport::Stdio { command, cwd, .. }) = &config.servers[0].transport else {
            panic!("a program")
        };
        assert_eq!((command.as_str(), cwd.as_deref().and_then(Path::to_str)), expect, "{file} {entry}");
    };
    check("/a/.mcp.json", r#"{"command": "./srv"}"#, ("./srv", Some("/a")));
    check("/a/.mcp.json", r#"{"command": "./srv", "cwd": "b"}"#, ("./srv", Some("/a/b")));
    let own = "/home/ada/.config/narrows/narrows.json";
    check(own, r#"{"command": "npx"}"#, ("npx", None));
    check(own, r#"{"command": "./srv"}"#, ("/home/ada/.config/narrows/./srv", None));
    check(own, r#"{"command": "srv", "cwd": "b"}"#, ("srv", Some("/home/ada/.config/narrows/b")));
}

#[test]
fn variables_are_passed_on_by_name() {
    let config = load(
        r#"{"narrows": {"env_pass": ["KEY"]}, "mcpServers": {"a": {"command": "x"}, "b": {"command": "x", "env": {"KEY": "own"}}}}"#,
    )
    .expect("the file is fine");
    let keys: Vec<_> = config
        .servers
        .iter()
        .map(|server| {
            let Ok(Transport::Stdio { env, .. }) = &server.transport else { panic!("a program") };
            let values = env.iter().filter(|(name, _)| name == "KEY").map(|(_, value)| value.expose_secret());
            values.map(str::to_owned).collect::<Vec<_>>()
        })
        .collect();
    assert_eq!(keys, [["hunter2"], ["own"]]);
}

#[test]
fn keys_that_miss_one_of_ours_by_a_letter_are_told() {
    check_entry(
        r#"{"comand": "npx"}"#,
        "/project/narrows.json:1:22: the entry has neither a `command` nor a `url`; did you mean `command` by `comand`?",
    );
    let entry =
        r#"{"command": "x", "arg": [], "ENV": {}, "dissabled": true, "tags": [], "description": "x"}"#;
    let warnings =
        load(&format!("{{\"mcpServers\": {{\"x\": {entry}}}}}")).expect("the file is fine").warnings;
    assert_eq!(
        warnings,
        [
            "/project/narrows.json:1:39: unknown key `arg`; did you mean `args`?",
            "/project/narrows.json:1:50: unknown key `ENV`; did you mean `env`?",
            "/project/narrows.json:1:61: unknown key `dissabled`; did you mean `disabled`?",
        ]
    );
}

#[test]
fn a_server_is_known_by_what_is_started_and_not_by_its_credentials() {
    let check = |file: &str, entry: &str, expect: &str| {
        let source = Source::new(Path::new(file), &format!("{{\"mcpServers\": {{\"x\": {entry}}}}}"));
        let config =
            read(&source, &around()).map_err(|problem| source.error(problem)).expect("the file is fine");
        assert_eq!(config.servers[0].origin(), expect, "{file} {entry}");
    };
    for file in ["/a/.mcp.json", "/b/.mcp.json"] {
        check(
            file,
            r#"{"command": "npx", "args": ["-y", "time", "--api-key=K"], "env": {"A": "1"}}"#,
            "npx -y time --api-key=[credential]",
        );
        check(
            file,
            r#"{"url": "https://u:p@e.com/mcp", "headers": {"Authorization": "Bearer K"}}"#,
            "https://e.com/mcp",
        );
    }
    check("/a/.mcp.json", r#"{"command": "bin/time"}"#, "bin/time\nin /a");
    check("/b/.mcp.json", r#"{"command": "node", "args": ["./time.js"]}"#, "node ./time.js\nin /b");
}
