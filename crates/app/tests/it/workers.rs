//! Worker processes that are killed: their runs go on in others, and the next runs work.

use std::{
    fs,
    path::Path,
    process::Command,
    thread,
    time::{Duration, Instant},
};

use serde_json::json;

use crate::{
    agent::Agent,
    narrows::Narrows,
    servers::{config, misbehave},
};

/// Nothing waited for here takes this long unless it never comes. A net, not a measurement.
const HANGS_AFTER: Duration = Duration::from_secs(180);

/// The worker processes of a gateway of one kind, `run` or `parse`.
pub(crate) fn workers(gateway: u32, kind: &str) -> Vec<u32> {
    let tasks = fs::read_dir(format!("/proc/{gateway}/task")).expect("the gateway runs");
    let lists = tasks.flatten().filter_map(|task| fs::read_to_string(task.path().join("children")).ok());
    let children: Vec<u32> = lists
        .flat_map(|list| list.split_whitespace().filter_map(|id| id.parse().ok()).collect::<Vec<_>>())
        .collect();
    let is_worker = |id: &u32| {
        let line = fs::read(format!("/proc/{id}/cmdline")).unwrap_or_default();
        let words: Vec<_> = line.split(|&byte| byte == 0).skip(1).take(2).collect();
        words == [b"worker".as_slice(), kind.as_bytes()]
    };
    children.into_iter().filter(is_worker).collect()
}

fn kill(ids: &[u32]) {
    assert!(!ids.is_empty(), "there are workers to kill");
    for id in ids {
        let status = Command::new("kill").args(["-9", &id.to_string()]).status().expect("kill starts");
        assert!(status.success());
    }
}

/// Waits until a script has written a file of this name, wherever its workspace is.
fn wait_for_file(folder: &Path, name: &str) {
    fn exists(folder: &Path, name: &str) -> bool {
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        entries
            .map(|entry| entry.path())
            .any(|path| path.ends_with(name) || (path.is_dir() && exists(&path, name)))
    }
    let until = Instant::now() + HANGS_AFTER;
    while !exists(folder, name) {
        assert!(Instant::now() < until, "{name} is never written");
        thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn a_run_outlives_its_worker() {
    let narrows = Narrows::configured(&config([("slow", misbehave("slow"))]));
    let (mut agent, _) = Agent::legacy(&narrows, &[]);
    let once = "import { wait } from './servers/slow';\nreturn await wait({ ms: 1 });";
    assert!(agent.run(once).contains("Result"));

    let code = "import { fs } from 'narrows';\nimport { wait } from './servers/slow';\n\
                await fs.writeFile('/workspace/started.txt', '');\nconst waiting = wait({ ms: 3000 });\n\
                for (const n of [1, 2, 3]) { await wait({ ms: n }); console.log(n); }\nreturn await waiting;";
    let (started, _) = agent.call("execute_code", json!({"code": code, "background": true}));
    let id = started.split_whitespace().find(|word| word.starts_with("run_")).expect("a run id").to_owned();
    wait_for_file(narrows.home(), "started.txt");
    kill(&workers(agent.pid(), "run"));

    let (ended, failed) = agent.call("get_run", json!({"run_id": id, "wait_seconds": 50}));
    assert!(!failed && ended.contains("\"waited\":3000") && ended.contains("1\n2\n3\n"), "{ended}");
    assert!(agent.run("return 2").contains("Result:\n2"));
}

/// The most memory a process ever held, in megabytes.
fn peak_mb(pid: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).expect("it lives");
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("Linux tells it");
    peak.trim().trim_end_matches(" kB").parse::<u64>().expect("a number") / 1024
}

#[test]
fn a_gateway_holds_few_of_the_files_that_a_script_reads_at_once() {
    let mut servers = config([]);
    servers["narrows"] = json!({"limits": {"cpu_seconds": 1}});
    let narrows = Narrows::configured(&servers);
    let (mut agent, _) = Agent::legacy(&narrows, &[]);
    let answer = agent.run(
        "import { fs } from 'narrows';\n\
         await fs.writeFile('/tmp/large', 'x'.repeat(10_000_000));\n\
         for (let n = 0; n < 150; n++) fs.readFile('/tmp/large').catch(() => {});\n\
         await new Promise((done) => setTimeout(done, 1));\n\
         for (;;);",
    );
    assert!(answer.contains("`limits.cpu_seconds`"), "{answer}");
    let peak = peak_mb(agent.pid());
    assert!(peak < 500, "{peak} MB for 1,500 MB of files");
}

#[test]
fn a_killed_parser_is_replaced() {
    let narrows = Narrows::configured(&config([]));
    let (mut agent, _) = Agent::legacy(&narrows, &[]);
    assert!(agent.run("return 1").contains("Result:\n1"));
    kill(&workers(agent.pid(), "parse"));
    // The death may be noticed by the first script only; it must not be by the second.
    agent.run("return 2");
    assert!(agent.run("return 3").contains("Result:\n3"));
}

#[test]
fn nothing_is_left_when_the_agent_goes() {
    let narrows = Narrows::configured(&config([("slow", misbehave("slow"))]));
    let (mut agent, _) = Agent::legacy(&narrows, &[]);
    let waits = "import { wait } from './servers/slow';\nreturn await wait({ ms: 1 });";
    assert!(agent.run(waits).contains("Result"));
    let all = [workers(agent.pid(), "run"), workers(agent.pid(), "parse")].concat();
    assert_eq!(agent.leave(), Some(0));
    for id in all {
        assert!(!fs::exists(format!("/proc/{id}/exe")).unwrap_or(false), "worker {id} is still there");
    }
}
