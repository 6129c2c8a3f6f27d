//! Walls that do not stand on a machine: a script is not run without those that are required.

use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::narrows::{Narrows, Output, finish};

/// Runs a command without input, as [`command`] does.
fn without_namespaces(narrows: &Narrows, arguments: &[&str]) -> Output {
    finish(command(narrows, arguments).stdin(Stdio::null()))
}

/// A command to be run where a worker cannot have namespaces of its own: in a user namespace that allows no more.
fn command(narrows: &Narrows, arguments: &[&str]) -> Command {
    let inside = narrows.command(arguments);
    let mut command = Command::new("unshare");
    command.args(["--user", "--map-root-user", "sh", "-c"]).arg(
        "echo 0 > /proc/sys/user/max_mnt_namespaces && echo 0 > /proc/sys/user/max_user_namespaces && exec \"$0\" \"$@\"",
    );
    command.arg(inside.get_program()).args(inside.get_args()).current_dir(narrows.home());
    for (name, value) in inside.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    command
}

fn requiring(walls: &Value) -> Narrows {
    let narrows = Narrows::configured(&json!({"mcpServers": {}, "narrows": {"sandbox": {"require": walls}}}));
    narrows.write("script.ts", "return 1");
    narrows
}

const REFUSED: &str = "no script is run without the wall `namespaces` (unshare: ENOSPC: No space left on device), which \
                       `narrows.sandbox.require` asks for";

#[test]
fn a_script_is_not_run_without_a_required_wall() {
    let narrows = requiring(&json!("all"));
    let run = without_namespaces(&narrows, &["run", "--json", "script.ts"]);
    let record = run.json();
    assert_eq!(
        (record["outcome"].as_str(), record["error"]["message"].as_str()),
        (Some("crashed"), Some(REFUSED))
    );
    let hint = "nothing was run; `narrows doctor` shows what works on this machine and what does not";
    assert_eq!(record["error"]["hint"].as_str(), Some(hint));
    assert_eq!(run.code, Some(70));

    let doctor = without_namespaces(&narrows, &["doctor"]);
    assert_eq!(doctor.code, Some(70), "{}", doctor.stderr);
    let line = "namespaces is missing (required): unshare: ENOSPC: No space left on device";
    assert!(doctor.stdout.contains(line), "{}", doctor.stdout);
}

#[test]
fn a_gateway_without_a_required_wall_ends_by_itself() {
    let narrows = requiring(&json!(["namespaces"]));
    // Its input stays open: nothing but the missing wall ends it.
    let serve = finish(command(&narrows, &["serve"]).stdin(Stdio::piped()));
    assert_eq!(serve.code, Some(70));
    assert!(serve.stderr.contains(&format!("error: {REFUSED}")), "{}", serve.stderr);
}

#[test]
fn a_wall_that_is_missing_and_not_required_is_named_to_the_person_once() {
    let narrows = requiring(&json!(["seccomp", "landlock"]));
    let run = without_namespaces(&narrows, &["run", "--json", "script.ts"]);
    let record = run.json();
    assert_eq!(record["value"], json!(1), "{record}");
    // A person reads it once; a model has no use for it.
    assert_eq!((&record["warnings"], &record["missing_walls"]), (&json!([]), &json!(["namespaces"])));
    let run = without_namespaces(&narrows, &["run", "script.ts"]);
    let warning = "warning: the script ran without `namespaces`; `narrows doctor` says why";
    assert_eq!(run.stderr.lines().filter(|line| *line == warning).count(), 1, "{}", run.stderr);
    let doctor = without_namespaces(&narrows, &["doctor", "--json"]).json();
    let walls = doctor["workers"]["walls"].as_array().expect("the walls");
    let namespaces = walls.iter().find(|wall| wall["wall"] == "namespaces").expect("it is named");
    assert_eq!(
        *namespaces,
        json!({
            "wall": "namespaces",
            "stands": false,
            "held_by": null,
            "missing": "unshare: ENOSPC: No space left on device",
            "required": false,
        })
    );
}
