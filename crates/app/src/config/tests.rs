//! Whole files: what they become, and what is said of broken ones.

mod file_variables;
mod oauth;
mod others;
mod paths;
mod programs;
mod rules;

use std::path::{Path, PathBuf};

use upstream::Transport;

use super::*;

fn around() -> Surroundings {
    let variable = |name: &str| match name {
        "HOME" => Some("/home/ada".to_owned()),
        "KEY" => Some("hunter2".to_owned()),
        _ => None,
    };
    Surroundings { variable: Box::new(variable), cwd: PathBuf::from("/project") }
}

fn load(text: &str) -> Result<Config, ConfigError> {
    load_as("/project/narrows.json", text)
}

fn load_as(path: &str, text: &str) -> Result<Config, ConfigError> {
    read_source(&Source::new(Path::new(path), text), &around())
}

fn check_error(text: &str, expect: &str, hint: &str) {
    let error = load(text).err().expect("it is broken");
    assert_eq!((error.to_string().as_str(), error.hint()), (expect, Some(hint)), "{text}");
}

/// The transport of the one entry, as `Debug` of `upstream` shows it, or the reason it fails.
fn check_entry(entry: &str, expect: &str) {
    let config = load(&format!("{{\"mcpServers\": {{\"x\": {entry}}}}}")).expect("the file is fine");
    let got = match &config.servers[0].transport {
        Ok(transport) => format!("{transport:?}"),
        Err(reason) => reason.clone(),
    };
    assert_eq!(got, expect, "{entry}");
}

#[test]
fn entries_of_many_programs() {
    check_entry(
        r#"{"command": "npx", "args": ["-y", "srv", 8080], "env": {"API": "${KEY}", "NO": null}, "cwd": "sub"}"#,
        r#"Stdio { command: "npx", args: 3, env: ["API", "NARROWS_BEHIND"], cwd: Some("/project/sub") }"#,
    );
    check_entry(r#"{"url": "https://e.com/mcp"}"#, r#"Auto { url: "https://e.com/mcp", headers: [] }"#);
    check_entry(r#"{"serverUrl": "https://e.com/mcp"}"#, r#"Auto { url: "https://e.com/mcp", headers: [] }"#);
    check_entry(
        r#"{"httpUrl": "https://e.com/mcp", "headers": {"Authorization": "Bearer ${env:KEY}"}, "trust": true}"#,
        r#"Http { url: "https://e.com/mcp", headers: ["Authorization"] }"#,
    );
    check_entry(
        r#"{"type": "streamable-http", "url": "https://e.com/"}"#,
        r#"Http { url: "https://e.com/", headers: [] }"#,
    );
    check_entry(
        r#"{"type": "sse", "url": "https://e.com/"}"#,
        r#"Sse { url: "https://e.com/", headers: [] }"#,
    );
    check_entry(
        r#"{"type": "stdio", "command": "${NO:-srv}", "cwd": "~/x", "disabled": null}"#,
        r#"Stdio { command: "srv", args: 0, env: ["NARROWS_BEHIND"], cwd: Some("/home/ada/x") }"#,
    );
}

#[test]
fn what_is_wrong_with_an_entry_fails_that_server_alone() {
    check_entry(
        r#"{"command": "x", "env": {"A": "${NOPE}"}}"#,
        "/project/narrows.json:1:52: `env.A`: the environment variable `NOPE` is not set, and `${NOPE}` gives no default",
    );
    check_entry(
        r#"{"command": 5, "args": {}}"#,
        "/project/narrows.json:1:45: `args` must be a list, not an object",
    );
    check_entry("{}", "/project/narrows.json:1:22: the entry has neither a `command` nor a `url`");
    check_entry("5", "/project/narrows.json:1:22: the entry must be an object, not a number");
    check_entry(
        r#"{"type": "ws", "url": "x"}"#,
        "/project/narrows.json:1:31: `type` is `ws`; known are `stdio`, `http`, `streamable-http` and `sse`",
    );
    check_entry(
        r#"{"url": "${KEY}"}"#,
        "/project/narrows.json:1:23: `url` must begin with `http://` or `https://`",
    );
    check_entry(
        r#"{"command": "x", "disabled": "yes"}"#,
        "/project/narrows.json:1:51: `disabled` must be true or false, not text",
    );
    check_entry(
        r#"{"command": "x", "enabled": 0}"#,
        "/project/narrows.json:1:50: `enabled` must be true or false, not a number",
    );
    check_entry(r#"{"command": ""}"#, "/project/narrows.json:1:34: `command` is empty");
    check_entry(
        r#"{"command": "x", "args": ["${unclosed"]}"#,
        "/project/narrows.json:1:48: `args[0]`: a `${` is not closed by a `}`",
    );
    check_entry(
        r#"{"type": "http", "command": "x"}"#,
        "/project/narrows.json:1:22: the entry has a `command` and no `url`, and its `type` needs one",
    );
    check_entry(
        r#"{"command": "x", "serverUrl": "https://e.com"}"#,
        "/project/narrows.json:1:39: the entry has a `command` and a `serverUrl`; say with `type` which counts",
    );
}

#[test]
fn names_are_kept_and_disabled_servers_left_out() {
    let config = load(
        r#"{
            // comments are welcome
            "servers": {
                "größe 1/2": { "command": "a", "args": ["--key", "${KEY}"] },
                "keys": { "command": "a", "args": ["--api-key", "K", "own-value"], "env": { "A": "own-value" } },
                "off": { "command": "b", "disabled": true },
                "off2": { "command": "b", "enabled": false },
                "narrows": { "command": "/usr/bin/narrows", "args": ["serve"] },
                "chain": { "command": "narrows", "args": ["--config", "b.json", "serve"] },
                "twice": { "command": "a" },
                "twice": { "url": "https://u:p@e.com/mcp?key=1" },
                "": { "command": "a" },
            },
            "inputs": [],
        }"#,
    )
    .expect("the file is fine");
    let servers: Vec<_> = config.servers.iter().map(|s| (s.name.as_str(), s.shown.as_str())).collect();
    assert_eq!(
        servers,
        [
            ("größe 1/2", "a --key ${KEY}"),
            ("keys", "a --api-key [credential] [credential]"),
            ("chain", "narrows --config b.json serve"),
            ("twice", "https://e.com/mcp"),
        ]
    );
    assert_eq!(
        config.warnings,
        [
            "`narrows` is Narrows itself with this same configuration; it is left out",
            "/project/narrows.json:11:17: a second `twice`; the last one counts",
            "/project/narrows.json:12:17: a server without a name; it is left out",
        ]
    );
    let Ok(Transport::Stdio { args, .. }) = &config.servers[0].transport else { panic!("it is a program") };
    assert_eq!(args, &["--key", "hunter2"]);
}

#[test]
fn narrows_does_not_start_itself_without_end() {
    let is_left_out = |entry: &str| {
        let config = load(&format!("{{\"mcpServers\": {{\"x\": {entry}}}}}")).expect("the file is fine");
        config.servers.is_empty()
    };
    for (entry, expect) in [
        (r#"{"command": "narrows", "args": ["serve"]}"#, true),
        (r#"{"command": "narrows", "args": ["--config", "/project/narrows.json", "serve"]}"#, true),
        (r#"{"command": "/bin/narrows", "args": ["--config=narrows.json", "serve"]}"#, true),
        (r#"{"command": "narrows", "args": ["-q", "serve", "--config", "${NO:-narrows.json}"]}"#, true),
        (r#"{"command": "narrows", "args": ["--config", "narrows.json", "serve"], "cwd": "/other"}"#, false),
        (r#"{"command": "narrows", "args": ["--config", "other.json", "serve"]}"#, false),
        (r#"{"command": "narrows", "args": ["serve", "--demo"]}"#, false),
        (r#"{"command": "narrows", "args": ["demo-server", "slack"]}"#, false),
        (r#"{"command": "sh", "args": ["-c", "narrows serve"]}"#, false),
    ] {
        assert_eq!(is_left_out(entry), expect, "{entry}");
    }
}

#[test]
fn a_configuration_is_not_used_behind_itself() {
    let behind = |files: &'static str| {
        let variable = move |name: &str| (name == "NARROWS_BEHIND").then(|| files.to_owned());
        let around = Surroundings { variable: Box::new(variable), cwd: PathBuf::from("/project") };
        itself::refuse_again(Path::new("/project/a.json"), &around).map_err(|error| error.to_string())
    };
    assert_eq!(behind(""), Ok(()));
    assert_eq!(behind("/project/b.json"), Ok(()));
    let refused = "a server of `/project/a.json` starts Narrows with this same configuration again";
    assert_eq!(behind("/project/a.json\n/project/b.json"), Err(refused.to_owned()));
    assert_eq!(itself::behind(Path::new("/project/a.json"), &around()), "/project/a.json");
}

#[test]
fn what_stands_at_the_top_is_not_lost() {
    let message =
        |text: &str| load(text).err().map(|error| error.to_string().lines().next().map(str::to_owned));
    let at = |rest: &str| Some(Some(format!("/project/narrows.json:1:{rest}")));
    assert_eq!(message(r#"{"narrows": {}, "narrows": {}}"#), at("17: `narrows` is written a second time"));
    assert_eq!(
        message(r#"{"mcpServers": {}, "mcpServers": {}}"#),
        at("20: `mcpServers` is written a second time")
    );
    assert_eq!(message(r#"{"mcpServers": {}, "narrow": {}}"#), at("20: unknown key `narrow`"));
    assert_eq!(message(r#"{"mcpServers": {}, "x": 1, "x": 2}"#), None);
    let warnings = |text: &str| load(text).expect("the file is fine").warnings;
    assert_eq!(
        warnings(r#"{"servers": {}, "mcpServers": {}}"#),
        [
            "/project/narrows.json:1:2: `servers` is not read: the servers of this file are those of `mcpServers`"
        ]
    );
    assert_eq!(warnings(r#"{"narrows": {}}"#), ["/project/narrows.json has no `mcpServers`"]);
    let rules = |tool: &str| {
        warnings(&format!(
            r#"{{"mcpServers": {{"crm": {{"command": "x"}}}}, "narrows": {{"rules": [{{"name": "d", "action": "ask", "tool": "{tool}"}}]}}}}"#
        ))
    };
    assert_eq!(
        rules("crm/drop"),
        [
            r#"/project/narrows.json:1:104: `tool` is the name of a tool alone; write `"server": "crm", "tool": "drop"`"#
        ]
    );
    assert_eq!(rules("resources/read"), [""; 0]);
}

#[test]
fn a_key_of_an_entry_that_is_written_twice_is_an_error() {
    let reason = |entry: &str| {
        let config = load(&format!(r#"{{"mcpServers": {{"a": {entry}, "b": {{"command": "x"}}}}}}"#))
            .expect("the file is fine");
        assert!(config.servers.iter().any(|server| server.name.as_str() == "b" && server.transport.is_ok()));
        let server = config.servers.iter().find(|server| server.name.as_str() == "a").expect("it is listed");
        let Err(reason) = &server.transport else { panic!("{entry} is refused") };
        reason.split_once(": ").map(|(_, reason)| reason.to_owned()).unwrap_or_default()
    };
    for (entry, key) in [
        (r#"{"command": "x", "disabled": true, "disabled": false}"#, "disabled"),
        (r#"{"command": "x", "command": "y"}"#, "command"),
        (r#"{"command": "x", "env": {"A": "1", "A": "2"}}"#, "env.A"),
        (r#"{"url": "https://e.example", "headers": {"A": "1", "A": "2"}}"#, "headers.A"),
        (r#"{"command": {"path": "x", "path": "y"}}"#, "command.path"),
    ] {
        assert_eq!(reason(entry), format!("`{key}` is written a second time"), "{entry}");
    }
}

#[test]
fn our_keys() {
    let config = load(
        r#"{"mcpServers": {}, "narrows": {
            "limits": {"cpu_seconds": 1.5, "calls": 7, "shown_kb": 1, "shown_images": 0, "shown_images_kb": 2},
            "start_timeout_seconds": 5, "inline_tokens": 0, "data_dir": "state", "runners": 2, "script": {"refuse": ["eval"]},
            "http": {"address": "127.0.0.1:9000", "token": "${KEY}", "hosts": ["mcp.example.com"]}
        }}"#,
    )
    .expect("the file is fine");
    let (shown_bytes, shown_images, shown_image_bytes) = (1024, 0, 2048);
    let limits =
        Limits { cpu_ms: 1500, calls: 7, shown_bytes, shown_images, shown_image_bytes, ..Limits::default() };
    assert_eq!(config.limits, limits);
    assert_eq!(config.start_timeout, Duration::from_secs(5));
    assert_eq!(config.data_dir, Path::new("/project/state"));
    assert_eq!((config.runners, config.inline_tokens), (2, 0));
    assert_eq!(config.refuse, [SuspectKind::Eval]);
    assert_eq!(config.http.token.expect("there is one").expose_secret(), "hunter2");
    assert_eq!(config.http.hosts, ["mcp.example.com"]);
}

#[test]
fn defaults() {
    let config = load(r#"{"mcpServers": {}}"#).expect("the file is fine");
    assert_eq!(config.limits, Limits::default());
    assert_eq!(config.data_dir, Path::new("/home/ada/.local/share/narrows"));
    assert!(config.http.token.is_none());
}

#[test]
fn every_limit_has_a_key_that_is_read() {
    let known: Vec<_> =
        Config::bare("/data".into(), &around()).limit_rows().into_iter().map(|row| row.key).collect();
    for limit in wire::Limit::ALL {
        assert!(known.iter().any(|key| key == limit.key()), "{} is not read", limit.key());
    }
}

#[test]
fn errors_name_the_place_and_the_way_out() {
    check_error(
        "{\n  \"narrows\": {\n    \"limts\": {}\n  }\n}",
        "/project/narrows.json:3:5: unknown key `limts` in `narrows`\n  |\n3 |     \"limts\": {}\n  |     ^^^^^^^",
        "did you mean `limits`?",
    );
    check_error(
        r#"{"narrows": {"limits": {"memory": 5}}}"#,
        "/project/narrows.json:1:25: unknown key `memory` in `narrows.limits`\n  |\n1 | {\"narrows\": {\"limits\": {\"memory\": 5}}}\n  |                         ^^^^^^^^",
        "did you mean `memory_mb`?",
    );
    check_error(
        "{\n  \"mcpServers\": {\n    \"a\": { \"command\": \"x\" }\n    \"b\": {}\n  }\n}",
        "/project/narrows.json:3:28: this is not JSON: expected comma\n  |\n3 |     \"a\": { \"command\": \"x\" }\n  |                            ^",
        "a comma is missing here",
    );
    check_error(
        "[]",
        "/project/narrows.json:1:1: the file must be an object, not a list\n  |\n1 | []\n  | ^^",
        "it must hold an object with `mcpServers`",
    );
    check_error(
        "",
        "/project/narrows.json:1:1: the file is empty\n  |\n1 | \n  | ^",
        "it must hold an object with `mcpServers`",
    );
}

#[test]
fn wrong_kinds_are_errors() {
    let message = |text: &str| {
        let error = load(text).err().expect("it is broken").to_string();
        error.lines().next().unwrap_or_default().to_owned()
    };
    assert_eq!(
        message(r#"{"narrows": {"limits": {"calls": "many"}}}"#),
        "/project/narrows.json:1:34: `narrows.limits.calls` must be a whole number, not text"
    );
    assert_eq!(
        message(r#"{"narrows": {"limits": {"memory_mb": 9000}}}"#),
        "/project/narrows.json:1:38: `narrows.limits.memory_mb` must be a whole number of MB from 4 to 4096, not 9000"
    );
    assert_eq!(
        message(r#"{"narrows": {"limits": {"cpu_seconds": 0}}}"#),
        "/project/narrows.json:1:40: `narrows.limits.cpu_seconds` must be a number of seconds above 0 and up to 86400, not 0"
    );
    assert_eq!(
        message(r#"{"mcpServers": []}"#),
        "/project/narrows.json:1:16: `mcpServers` must be an object, not a list"
    );
    assert_eq!(
        message(r#"{"narrows": {"runners": 1, "runners": 2}}"#),
        "/project/narrows.json:1:28: `narrows.runners` is written a second time"
    );
    assert_eq!(
        message(r#"{"narrows": {"data_dir": ""}}"#),
        "/project/narrows.json:1:26: `narrows.data_dir` is empty"
    );
    assert_eq!(
        message(r#"{"narrows": {"http": {"address": "x"}}}"#),
        "/project/narrows.json:1:34: `narrows.http.address`: `x` is not an address and a port, as in `127.0.0.1:7227`"
    );
}

#[test]
fn required_walls() {
    use wire::Wall;
    let required = |value: &str| {
        load(&format!(r#"{{"narrows": {{"sandbox": {{"require": {value}}}}}}}"#))
            .map(|config| config.sandbox.required)
    };
    assert_eq!(required(r#""all""#).ok(), Some(Wall::ALL.to_vec()));
    assert_eq!(required(r#""none""#).ok(), Some(Vec::new()));
    assert_eq!(required(r#"["landlock", "seccomp"]"#).ok(), Some(vec![Wall::Files, Wall::SystemCalls]));
    let usual = load(r#"{"narrows": {"sandbox": {}}}"#).expect("the file is fine");
    assert_eq!(usual.sandbox, Sandbox::default());
    let known =
        "the walls are `no-new-privileges`, `namespaces`, `landlock`, `rlimits`, `no-new-code`, `seccomp`";
    let broken = |value: &str| {
        let error = required(value).expect_err("it is broken");
        (error.to_string().lines().next().unwrap_or_default().to_owned(), error.hint().map(str::to_owned))
    };
    assert_eq!(
        broken(r#"["landlok"]"#),
        (
            "/project/narrows.json:1:38: `narrows.sandbox.require[0]`: there is no wall `landlok`".to_owned(),
            Some(known.to_owned())
        )
    );
    assert_eq!(
        broken(r#""seccomp""#),
        (
            "/project/narrows.json:1:37: `narrows.sandbox.require` must be `\"all\"`, `\"none\"` or a list of walls, not `seccomp`"
                .to_owned(),
            Some("did you mean `[\"seccomp\"]`?".to_owned())
        )
    );
    assert_eq!(
        broken("true").0,
        "/project/narrows.json:1:37: `narrows.sandbox.require` must be `\"all\"`, `\"none\"` or a list of walls, not true or false"
    );
}

#[test]
fn launchers() {
    use host::{ContainerRuntime, Launcher};
    let launcher = |value: &str| {
        load(&format!(r#"{{"narrows": {{"sandbox": {{"launcher": {value}}}}}}}"#))
            .map(|config| config.sandbox.launcher)
    };
    let environment = vec![("HOME".into(), "/home/ada".into())];
    let usual = |command: &str| ContainerRuntime::new(command.into(), environment.clone());
    assert_eq!(launcher(r#""native""#).ok(), Some(Launcher::Native));
    assert_eq!(launcher(r#""crun""#).ok(), Some(Launcher::Container(usual("crun"))));
    assert_eq!(launcher(r#""./bin/runc""#).ok(), Some(Launcher::Container(usual("/project/bin/runc"))));
    let own = ContainerRuntime {
        arguments: vec!["--debug".into()],
        delete: vec!["rm".into(), "{id}".into()],
        ..usual("kata")
    };
    assert_eq!(
        launcher(r#"{"command": "kata", "args": ["--debug"], "delete": ["rm", "{id}"]}"#).ok(),
        Some(Launcher::Container(own))
    );
    let broken = |value: &str| {
        let error = launcher(value).expect_err("it is broken").to_string();
        error.lines().next().unwrap_or_default().to_owned()
    };
    assert_eq!(broken("{}"), "/project/narrows.json:1:38: `narrows.sandbox.launcher` names no command");
    assert_eq!(
        broken(r#"{"comand": "crun"}"#),
        "/project/narrows.json:1:39: unknown key `comand` in `narrows.sandbox.launcher`"
    );
    assert_eq!(
        broken("true"),
        "/project/narrows.json:1:38: `narrows.sandbox.launcher` must be `\"native\"`, the name or path of a runtime, or an object, not true or false"
    );
}

#[test]
fn nothing_makes_the_reader_panic() {
    let deep = "[".repeat(100_000);
    for text in ["{\"a\":\"\\", "{\"é", "\u{feff}", "{", "}", "\"", "{\"mcpServers\":{\"\":{}}}", "/*", &deep]
    {
        let _ = load(text);
    }
}

#[test]
fn without_a_file_it_says_where_it_looked() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let around = Surroundings { variable: Box::new(|_| None), cwd: folder.path().to_owned() };
    let error = Config::load(None, &around).err().expect("there is none");
    let here = folder.path().display();
    assert_eq!(
        error.to_string(),
        format!("found no configuration; looked for\n  {here}/narrows.json\n  {here}/.mcp.json")
    );
    assert!(error.hint().is_some_and(|hint| hint.contains("\"mcpServers\"")));
}

#[test]
fn engines() {
    let engine = |sandbox: &str| {
        let load = load(&format!(r#"{{"mcpServers": {{}}, "narrows": {{"sandbox": {sandbox}}}}}"#));
        load.map(|config| config.sandbox.engine)
            .map_err(|error| error.to_string().lines().next().unwrap_or_default().to_owned())
    };
    assert_eq!(engine("{}"), Ok(Engine::QuickJs));
    assert_eq!(engine(r#"{"engine": "quickjs", "deno": "/nowhere"}"#), Ok(Engine::QuickJs));
    // Any file will do: only the worker looks into it.
    let here = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
    assert_eq!(engine(&format!(r#"{{"engine": "deno", "deno": "{here}"}}"#)), Ok(Engine::Deno(here.into())));
    let at = "/project/narrows.json:1:54: ";
    let cases = [
        (r#"{"engine": "v8"}"#, "`narrows.sandbox.engine` must be `\"quickjs\"` or `\"deno\"`, not `v8`"),
        (
            r#"{"engine": true}"#,
            "`narrows.sandbox.engine` must be `\"quickjs\"` or `\"deno\"`, not true or false",
        ),
        (r#"{"engine": "deno"}"#, "the engine is `deno`, and there is no program of this name on the `PATH`"),
        (
            r#"{"engine": "deno", "launcher": "crun"}"#,
            "the engine `deno` cannot be run in a container of `launcher`",
        ),
    ];
    for (sandbox, expected) in cases {
        assert_eq!(engine(sandbox), Err(format!("{at}{expected}")), "{sandbox}");
    }
    assert_eq!(
        engine(r#"{"engine": "deno", "deno": "~/none"}"#),
        Err("/project/narrows.json:1:70: `narrows.sandbox.deno`: there is no program `/home/ada/none`"
            .to_owned())
    );
}

/// Pieces of a configuration, the odd ones among them.
const PIECES: [&str; 44] = [
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "\"mcpServers\":",
    "\"narrows\":",
    "\"a\":",
    "\"command\":",
    "\"npx\"",
    "\"args\":",
    "\"env\":",
    "\"url\":",
    "\"https://e.com\"",
    "\"http://[\"",
    "\"headers\":",
    "\"${KEY}\"",
    "\"${NO:-${\"",
    "\"limits\":",
    "\"cpu_ms\":",
    "\"memory_mb\":",
    "\"rules\":",
    "\"name\":",
    "\"action\":",
    "\"allow\"",
    "\"tool\":",
    "\"[*](\"",
    "\"arguments\":",
    "\"matches\":",
    "\"sandbox\":",
    "\"require\":",
    "\"all\"",
    "// c\n",
    "/*",
    "\n",
    "1",
    "-1",
    "1e999",
    "true",
    "null",
    "\u{feff}",
    "é𝒳",
    "\"\\ud800\"",
];

proptest::proptest! {
    /// Whatever the file holds, it is read or refused at a place in it, and never with a credential's value.
    #[test]
    fn any_file_is_read_or_refused(pieces in proptest::collection::vec(0..PIECES.len(), 0..40)) {
        let text: String = pieces.into_iter().map(|piece| PIECES[piece]).collect();
        match load(&text) {
            Ok(config) => assert!(!format!("{:?}", config.warnings).contains("hunter2"), "{text:?}"),
            Err(error) => {
                let said = error.to_string();
                let place = said.strip_prefix("/project/narrows.json:").and_then(|rest| rest.split(':').next());
                let line: usize = place.and_then(|line| line.parse().ok()).unwrap_or_else(|| panic!("{said}"));
                assert!((1..=text.lines().count().max(1) + 1).contains(&line), "{said}: {text:?}");
                assert!(!said.contains("hunter2"), "{said}");
            }
        }
    }
}
