//! What reaches a terminal and a log: no credential, nothing a terminal obeys, and no result that is lost silently.

use std::{
    fs,
    process::{Command, Stdio},
};

use serde_json::{Value, json};

use crate::{
    narrows::{Narrows, Output, finish},
    servers::{config, demo},
};

/// Every command that starts or names servers.
const COMMANDS: [&[&str]; 14] = [
    &["doctor"],
    &["doctor", "--json"],
    &["tools"],
    &["tools", "--json"],
    &["tools", "bad"],
    &["tools", "bad", "--json"],
    &["search", "work"],
    &["search", "work", "--server", "bad", "--json"],
    &["call", "bad", "work"],
    &["call", "bad", "work", "--json"],
    &["run", "a.ts"],
    &["run", "a.ts", "--json"],
    &["trust"],
    &["types", "tree"],
];

/// A server that names its arguments and ends.
fn telling(arguments: &[&str]) -> Value {
    let script = "echo \"usage: $*\" >&2; exit 1";
    let words = [&["-c", script, "sh"], arguments].concat();
    json!({"command": "sh", "args": words})
}

#[test]
fn credentials_of_arguments_are_never_printed() {
    const SECRETS: [&str; 8] = [
        "K3Y-OF-OPTION",
        "K3Y-OF-EQUALS",
        "K3Y-OF-HEADER",
        "K3Y-OF-QUERY",
        "K3Y-OF-USER",
        "ghp_K3Yabcdefgh1234",
        "k3y-of-variable",
        "k3y-put-in",
    ];
    let mut server = telling(&[
        "--api-key",
        "K3Y-OF-OPTION",
        "--token=K3Y-OF-EQUALS",
        "--header",
        "Authorization: Bearer K3Y-OF-HEADER",
        "https://user:K3Y-OF-USER@e.example/mcp?api_key=K3Y-OF-QUERY",
        "ghp_K3Yabcdefgh1234",
        "k3y-of-variable",
        "${OWN_API_KEY}",
    ]);
    server["env"] = json!({"OWN_TOKEN": "k3y-of-variable"});
    let narrows = Narrows::configured(&config([("bad", server)]));
    narrows.write("a.ts", "import { work } from './servers/bad';\nreturn await work();");
    for arguments in COMMANDS {
        let mut command = narrows.command(arguments);
        command.env("OWN_API_KEY", "k3y-put-in").env("NARROWS_LOG", "trace");
        let output = finish(command.stdin(Stdio::null()));
        for secret in SECRETS {
            let shown = [&output.stdout, &output.stderr].into_iter().find(|text| text.contains(secret));
            assert!(shown.is_none(), "{arguments:?} prints {secret}: {}", shown.unwrap_or(&output.stdout));
        }
    }
    let mut doctor = narrows.command(&["doctor", "--json"]);
    let doctor = finish(doctor.env("OWN_API_KEY", "k3y-put-in").stdin(Stdio::null())).json();
    let command = doctor["servers"][0]["command"].as_str().unwrap_or_default();
    assert!(
        command.ends_with(
            "--api-key [credential] --token=[credential] --header Authorization: [credential] \
             https://[credential]@e.example/mcp?api_key=[credential] [credential] [credential] ${OWN_API_KEY}"
        ),
        "{command}"
    );
}

#[test]
fn a_line_of_the_configuration_is_shown_without_its_credentials() {
    let narrows = Narrows::new();
    narrows.write(
        "narrows.json",
        "{\"mcpServers\": {\"a\": {\"args\": [\"--api-key\", \"K3Y\"] \"command\": \"x\"}}}",
    );
    let output = narrows.output(&["tools"]);
    assert_eq!(output.code, Some(64));
    assert!(output.stderr.contains("--api-key") && !output.stderr.contains("K3Y"), "{}", output.stderr);
}

fn assert_plain(output: &Output, what: &[&str]) {
    for text in [&output.stdout, &output.stderr] {
        let odd =
            text.chars().find(|c| (*c != '\n' && c.is_control()) || matches!(c, '\u{202e}' | '\u{200b}'));
        assert_eq!(odd, None, "{what:?}: {}", text.escape_debug());
    }
}

#[test]
fn no_name_commands_the_terminal() {
    let name = "evil\nerror: none\u{1b}[2J\u{202e}\u{9b}2J\u{200b}";
    let narrows = Narrows::configured(&config([
        (name, telling(&["\u{1b}[2J\u{202e}"])),
        ("bad", json!({"command": "no-such\u{1b}[2J\nprogram"})),
        ("slack", demo("slack")),
    ]));
    narrows.write(
        "a.ts",
        "import { listChannels } from './servers/slack';\nreturn (await listChannels()).length;",
    );
    let named: [&[&str]; 5] = [
        &["tools", name],
        &["call", name, "x\u{1b}[2J"],
        &["search", "x", "--server", name],
        &["call", "slack", "x\u{1b}[2J\u{202e}"],
        &["skill", "show", "\u{1b}[2J"],
    ];
    for arguments in COMMANDS.into_iter().chain(named) {
        let output = narrows.output(arguments);
        assert_plain(&output, arguments);
        let forged = |text: &str| text.lines().any(|line| line.starts_with("error: none"));
        assert!(!forged(&output.stdout) && !forged(&output.stderr), "{arguments:?}: {}", output.stderr);
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_result_that_cannot_be_written_is_an_error() {
    let narrows = Narrows::configured(&config([]));
    narrows.write("a.ts", "return 1");
    for arguments in [
        &["run", "a.ts"][..],
        &["run", "a.ts", "--json"],
        &["tools"],
        &["completions", "zsh"],
        &["--help"],
        &["--version"],
    ] {
        let full = fs::OpenOptions::new().write(true).open("/dev/full").expect("Linux has it");
        let output = narrows.command(arguments).stdin(Stdio::null()).stdout(full).output().expect("it ends");
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(74), "{arguments:?}: {said}");
        assert!(said.contains("No space left on device"), "{arguments:?}: {said}");
    }
}

#[test]
fn a_reader_that_has_enough_is_no_error() {
    let narrows = Narrows::configured(&config([]));
    for arguments in [&["completions", "zsh"][..], &["--help"], &["doctor"]] {
        let mut command: Command = narrows.command(arguments);
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("it starts");
        drop(child.stdout.take());
        let output = child.wait_with_output().expect("it ends");
        assert_eq!(output.status.code(), Some(0), "{arguments:?}");
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{arguments:?}");
    }
}

#[test]
fn errors_are_json_too() {
    let narrows = Narrows::configured(&config([("slack", demo("slack"))]));
    narrows.write("bad.json", "{\"mcpServers\": ");
    narrows.write("throws.ts", "throw new Error('no')");
    for (arguments, code, word, message) in [
        (&["tools", "--config", "missing.json"][..], 64, "configuration", "missing.json"),
        (&["tools", "--config", "bad.json"], 64, "configuration", "bad.json:1:16"),
        (&["tools", "slak"], 2, "usage", "there is no server `slak`"),
        (&["call", "slak", "x"], 2, "unknown_tool", "there is no server `slak`"),
        (&["call", "slack", "send_mesage"], 2, "unknown_tool", "did you mean `slack/sendMessage`?"),
        (&["run", "missing.ts"], 2, "usage", "missing.ts"),
        (&["skill", "show", "missing"], 2, "usage", "missing"),
        (&["frobnicate"], 2, "usage", "frobnicate"),
        (&["search"], 2, "usage", "required arguments"),
        (&["run", "throws.ts"], 1, "", "no"),
    ] {
        let output = narrows.output(&[arguments, &["--json"]].concat());
        assert_eq!(output.code, Some(code), "{arguments:?}: {}", output.stderr);
        let error = &output.json()["error"];
        assert!(
            error["message"].as_str().is_some_and(|said| said.contains(message)),
            "{arguments:?}: {error}"
        );
        if !word.is_empty() {
            assert_eq!((&error["code"], &error["exit_code"]), (&json!(word), &json!(code)), "{arguments:?}");
        }
    }
}
