//! Which servers a command starts: those it needs.

use serde_json::{Value, json};

use crate::{
    narrows::Narrows,
    servers::{config, demo},
};

/// A server that notes its starts in a file of the home folder.
fn noting(file: &str, then: &Value) -> Value {
    let words = then["args"].as_array().into_iter().flatten().chain([&then["command"]]);
    let quoted: Vec<_> = words.map(|word| format!("'{}'", word.as_str().expect("text"))).collect();
    let (program, arguments) = quoted.split_last().expect("a command");
    json!({"command": "sh", "args": ["-c", format!("echo >> {file}; exec {program} {}", arguments.join(" "))]})
}

fn starts(narrows: &Narrows, file: &str) -> usize {
    std::fs::read_to_string(narrows.home().join(file)).unwrap_or_default().lines().count()
}

#[test]
fn a_command_about_one_server_starts_no_other() {
    let silent = noting("silent", &json!({"command": "sleep", "args": ["1000"]}));
    let narrows = Narrows::configured(&config([("silent", silent), ("my slack", demo("slack"))]));
    for arguments in [
        &["call", "my slack", "list_channels"][..],
        &["call", "my-slack", "list_channels"],
        &["tools", "my slack"],
        &["search", "channels", "--server", "my slack"],
        &["trust", "my slack"],
    ] {
        let output = narrows.output(arguments);
        assert_eq!(
            (output.code, output.stderr.contains("silent")),
            (Some(0), false),
            "{arguments:?}: {}",
            output.stderr
        );
    }
    for arguments in [&["call", "slakc", "x"][..], &["tools", "slakc"]] {
        assert_eq!(narrows.output(arguments).code, Some(2), "{arguments:?}");
    }
    assert_eq!(starts(&narrows, "silent"), 0);
}

#[test]
fn what_is_remembered_needs_no_start() {
    let narrows = Narrows::configured(&config([("slack", noting("slack", &demo("slack")))]));
    let first = narrows.output(&["tools"]);
    assert!(first.stdout.contains("ready"), "{}", first.stdout);
    assert_eq!(starts(&narrows, "slack"), 1);
    for arguments in [&["search", "channels"][..], &["tools"], &["types", "tree"]] {
        let output = narrows.output(arguments);
        let note =
            "note: not started, and shown as remembered: `slack`; `narrows doctor` starts every server\n";
        assert_eq!((output.code, output.stderr.as_str()), (Some(0), note), "{arguments:?}");
    }
    assert!(narrows.output(&["tools", "--quiet"]).stdout.contains("remembered"));
    assert!(narrows.output(&["search", "channels", "--quiet"]).stdout.contains("listChannels"));
    assert_eq!(starts(&narrows, "slack"), 1);
    assert_eq!(narrows.output(&["tools", "slack"]).code, Some(0));
    assert_eq!(starts(&narrows, "slack"), 2);
}

#[test]
fn a_script_that_searches_does_not_wait_for_the_slowest_server() {
    let silent = json!({"command": "sleep", "args": ["1000"]});
    let narrows = Narrows::configured(&config([("silent", silent), ("slack", demo("slack"))]));
    let record = narrows.record("return (await searchTools('list channels'))[0].tool;", &[]);
    assert_eq!(record["value"], "list_channels", "{record}");
    let missing = "tools of servers that are still starting cannot be found yet, run the script again for them: `silent`";
    assert_eq!(record["warnings"], json!([missing]), "{record}");
}

#[test]
fn what_needs_no_server_needs_no_configuration() {
    let narrows = Narrows::in_project();
    let ran = narrows.output(&["run", "-e", "return 1 + 1"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(0), "2\n"), "{}", ran.stderr);
    assert!(
        ran.stderr.starts_with("note: no configuration was found; the script has no servers\n"),
        "{}",
        ran.stderr
    );
    let runs = narrows.output(&["runs", "ls", "--json"]).json();
    let id = runs[0]["id"].as_str().unwrap_or_else(|| panic!("the run is kept: {runs}"));
    assert_eq!(narrows.output(&["runs", "replay", id]).code, Some(0));
    assert_eq!(narrows.output(&["approvals", "ls"]).code, Some(0));
    let listed = narrows.output(&["skill", "list"]);
    assert_eq!(
        (listed.code, listed.stderr.as_str()),
        (Some(0), "there are no skills; keep one with `narrows skill add NAME FILE`\n")
    );
    for arguments in [["skill", "show", "a"], ["skill", "remove", "a"]] {
        let output = narrows.output(&arguments);
        assert_eq!((output.code, output.stderr.as_str()), (Some(2), "error: there is no skill `a`\n"));
    }
    for arguments in [&["tools"][..], &["call", "a", "b"], &["run", "-e", "1", "--config", "none.json"]] {
        assert_eq!(narrows.output(arguments).code, Some(64), "{arguments:?}");
    }
}
