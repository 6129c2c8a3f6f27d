//! Hostile scripts as files: every file under `tests/hostile/scripts` says in its first line how it must end, in its
//! second what limits it needs other than [`base`]'s.
//!
//! `returned JSON` · `threw NAME: MESSAGE` · `refused NAME: MESSAGE` · `exceeded KEY at LINE`: each may end after any
//! of its words, a message after any of its characters.

use std::{
    fs,
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

use parking_lot::Mutex;
use serde_json::{Map, Value, json};

use crate::{
    agent::Agent,
    leftovers::{assert_gone, assert_group_is_gone, assert_nothing_runs, files_below, open_files},
    narrows::{Narrows, Output, finish},
    servers::{config, demo},
    workers::workers,
};

/// Each script has a gateway of its own; more at once only wait for each other.
const AT_ONCE: usize = 4;

/// Scripts a gateway runs at the same time.
const TOGETHER: usize = 48;

/// Exit codes of `narrows run`, as its help documents them.
const RETURNED: i32 = 0;
const FAILED: i32 = 1;

/// Small limits: what never ends is over soon, what grows needs little to be too large.
fn base() -> Map<String, Value> {
    let limits = json!({
        "cpu_seconds": 0.3,
        "memory_mb": 32,
        "calls": 50,
        "workspace_files": 50,
        "workspace_mb": 2,
        "file_mb": 1,
        "value_kb": 1024,
        "argument_kb": 1024,
        "source_kb": 64,
    });
    limits.as_object().cloned().unwrap_or_default()
}

/// A script with what is said about it.
struct Case {
    name: String,
    code: String,
    /// `returned`, `threw`, `refused` or `exceeded`.
    outcome: String,
    /// What more is said of the end, possibly nothing.
    more: String,
    /// Limits of its own: key and value.
    limits: Vec<(String, Value)>,
}

#[test]
fn hostile_scripts_end_as_they_must() {
    let cases = cases();
    assert!(cases.len() >= 100, "{} scripts", cases.len());
    let (next, wrong) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if let Err(why) = check(case) {
                        wrong.lock().push(format!("{}: {why}", case.name));
                    }
                }
            });
        }
    });
    let wrong = wrong.into_inner();
    assert!(wrong.is_empty(), "{} of {} scripts:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

#[test]
fn one_gateway_outlives_all_hostile_scripts() {
    let narrows = configured(&base());
    let (mut agent, _) = Agent::legacy(&narrows, &[]);
    let ordinary = "import { listChannels } from './servers/slack';\nreturn (await listChannels()).length;";
    assert!(agent.run(ordinary).contains("Result:\n6"));
    let pid = agent.pid();
    let held = || (workers(pid, "run").len(), workers(pid, "parse").len(), open_files(pid));
    // The spare parser is started a moment after the first script.
    assert_gone(|| if held().1 == 2 { Vec::new() } else { vec!["one parser only".to_owned()] });
    let before = held();

    let cases: Vec<_> = cases().into_iter().filter(|case| !case.needs_its_own_time()).collect();
    for case in &cases {
        let (text, failed) = agent.call("execute_code", case.arguments("in a row"));
        assert!(case.agrees(&text, failed), "{}: {text}", case.name);
    }
    for together in cases.chunks(TOGETHER) {
        let asked: Vec<_> = together
            .iter()
            .map(|case| {
                let params = json!({"name": "execute_code", "arguments": case.arguments("together")});
                (case, agent.begin("tools/call", params))
            })
            .collect();
        for (case, id) in asked {
            let answer = agent.answer(id);
            let text = answer["result"]["content"][0]["text"].as_str().unwrap_or_default();
            let failed = answer["result"]["isError"] == true;
            assert!(case.agrees(text, failed), "{}: {answer}", case.name);
        }
    }

    assert!(agent.run(ordinary).contains("Result:\n6"));
    assert_gone(|| {
        let now = held();
        if now.0 == before.0 && now.1 == before.1 && now.2 <= before.2 {
            return Vec::new();
        }
        vec![format!("runners, parsers, descriptors: {before:?} became {now:?}")]
    });
    assert_eq!(agent.leave(), Some(0));
    assert_nothing_runs(narrows.home());
}

fn cases() -> Vec<Case> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/hostile/scripts");
    let mut files = files_below(&folder);
    files.sort();
    files.iter().map(|file| Case::read(&folder, file)).collect()
}

impl Case {
    fn read(folder: &Path, file: &Path) -> Self {
        let name = file.strip_prefix(folder).expect("it is in the folder").with_extension("");
        let name = name.display().to_string();
        let code = fs::read_to_string(file).expect("the script can be read");
        let mut lines = code.split('\n').map(|line| line.trim_end_matches('\r'));
        let expected = lines.next().and_then(|line| line.strip_prefix("// expect: "));
        let expected = expected.unwrap_or_else(|| panic!("{name} says in its first line how it ends"));
        let (outcome, more) = expected.split_once(' ').unwrap_or((expected, ""));
        let limits = lines.next().and_then(|line| line.strip_prefix("// limits: ")).unwrap_or_default();
        let limits = limits.split_whitespace().map(|limit| {
            let (key, value) = limit.split_once('=').expect("a limit is `key=value`");
            (key.to_owned(), serde_json::from_str(value).expect("a number"))
        });
        let (outcome, more, limits) = (outcome.to_owned(), more.to_owned(), limits.collect());
        Self { name, code, outcome, more, limits }
    }

    /// Whether it takes as long as a gateway's own limit, which is not worth waiting for.
    fn needs_its_own_time(&self) -> bool {
        self.limits.iter().any(|(key, _)| key == "wall_seconds")
    }

    /// As an agent submits it, in a workspace nobody else uses.
    fn arguments(&self, when: &str) -> Value {
        let workspace = format!("{}-{}", when.replace(' ', "-"), self.name.replace('/', "."));
        json!({"code": self.code, "workspace": workspace})
    }

    /// Whether the text an agent gets tells of the end there must be. Where a script has limits of its own, any
    /// limit may have ended it here.
    fn agrees(&self, text: &str, failed: bool) -> bool {
        let begins = match self.outcome.as_str() {
            "returned" => "Result:",
            "refused" => "Not run",
            _ => "Failed",
        };
        let limited = failed && text.contains("LimitError");
        let is_limit = self.outcome == "exceeded" || !self.limits.is_empty();
        if is_limit && limited {
            return true;
        }
        self.outcome != "exceeded" && text.starts_with(begins) && failed == (self.outcome != "returned")
    }

    /// Why the record is not that of the end there must be.
    fn compare(&self, record: &Value) -> Result<(), String> {
        let error = &record["error"];
        let message = error["message"].as_str().unwrap_or_default();
        let ended = || format!("{} {} {error}", record["outcome"], record["value"]);
        let agrees = record["outcome"] == *self.outcome
            && match self.outcome.as_str() {
                _ if self.more.is_empty() => true,
                "returned" => {
                    serde_json::from_str::<Value>(&self.more).ok().as_ref() == Some(&record["value"])
                }
                "exceeded" => {
                    let (key, line) = self.more.split_once(" at ").unwrap_or((&self.more, ""));
                    error["code"] == *key
                        && message.contains(&format!("`{key}`"))
                        && (line.is_empty() || error["line"].as_u64() == line.parse().ok())
                }
                _ => {
                    let (name, begins) = self.more.split_once(": ").unwrap_or((&self.more, ""));
                    error["name"] == *name && message.starts_with(begins)
                }
            };
        if agrees { Ok(()) } else { Err(format!("expected {} {}, got {}", self.outcome, self.more, ended())) }
    }
}

fn configured(limits: &Map<String, Value>) -> Narrows {
    let mut all = config([("slack", demo("slack"))]);
    all["narrows"] = json!({"limits": limits});
    Narrows::configured(&all)
}

/// Runs the script with a gateway of its own and looks at everything it leaves.
fn check(case: &Case) -> Result<(), String> {
    let mut limits = base();
    limits.extend(case.limits.iter().cloned());
    let narrows = configured(&limits);
    let script = narrows.write("script.ts", &case.code);
    let temporary = narrows.home().join("temporary");
    fs::create_dir(&temporary).expect("a folder");
    let (output, group) = run(&narrows, &script, &temporary);
    assert_group_is_gone(group);
    assert_nothing_runs(narrows.home());
    let left: Vec<_> = files_below(&temporary).into_iter().chain(half_written(narrows.home())).collect();
    if !left.is_empty() {
        return Err(format!("it left {left:?}"));
    }
    let record: Value = serde_json::from_str(&output.stdout)
        .map_err(|error| format!("no object ({error}): {}{}", output.stdout, output.stderr))?;
    shape(&record)?;
    let expected = if record["outcome"] == "returned" { RETURNED } else { FAILED };
    if output.code != Some(expected) {
        return Err(format!("it exited with {:?}: {}", output.code, record["outcome"]));
    }
    case.compare(&record)
}

/// Runs the script in a group of processes of its own, and gives what came of it and the group.
fn run(narrows: &Narrows, script: &Path, temporary: &Path) -> (Output, u32) {
    // The shell becomes the gateway, and says first which process that is. It may open as many files as usual.
    let mut command = Command::new("sh");
    let gateway = narrows.command(&[]);
    command.args(["-c", "echo $$ >&2; ulimit -S -n 1024; exec \"$@\"", "sh"]).arg(gateway.get_program());
    command.args(["run", "--json"]).arg(script).current_dir(narrows.home());
    for (name, value) in gateway.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    let output = finish(command.env("TMPDIR", temporary).stdin(Stdio::null()).process_group(0));
    let group = output.stderr.lines().next().and_then(|line| line.parse().ok()).expect("its process id");
    (output, group)
}

/// Files a workspace keeps while it writes.
fn half_written(home: &Path) -> impl Iterator<Item = PathBuf> {
    files_below(home).into_iter().filter(|path| path.ends_with("half-written"))
}

/// Whether the record has everything a reader may rely on.
fn shape(record: &Value) -> Result<(), String> {
    let wrong = |what: &str| Err(format!("{what}: {record}"));
    for key in ["printed", "calls", "warnings"] {
        if !record[key].is_array() {
            return wrong(key);
        }
    }
    let limit = |limit: &Value| limit["used"].is_u64() && limit["max"].is_u64();
    if !record["limits"].as_object().is_some_and(|limits| limits.len() >= 7 && limits.values().all(limit)) {
        return wrong("limits");
    }
    let error = &record["error"];
    let whole = |value: &Value| value.is_null() || value.as_u64().is_some_and(|line| line > 0);
    let told = error["name"].is_string()
        && error["message"].is_string()
        && error.get("line").is_some_and(whole)
        && error.get("column").is_some_and(whole);
    match record["outcome"].as_str() {
        Some("returned") if error.is_null() && record.get("value").is_some() => Ok(()),
        Some("threw" | "refused" | "exceeded") if told && record["value"].is_null() => Ok(()),
        _ => wrong("the end"),
    }
}
