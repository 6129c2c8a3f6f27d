//! Several processes on one data folder: nothing swapped, nothing lost, nothing failed, and every quota exact.
//!
//! `NARROWS_SHARED_SECONDS=60 cargo test -p narrows --test it shared` works for a minute instead of a moment.

use std::{
    env, fs,
    path::Path,
    process::{Child, Stdio},
    thread,
};

use serde_json::{Value, json};

use crate::{
    narrows::{Narrows, finish, wait_until},
    servers::{config, demo},
};

/// Writes, appends, renames, removes and remembers, and looks at once whether it is so.
const WORKER: &str = r#"
    const wrong: string[] = [], failed: string[] = [];
    const until = Date.now() + SECONDS * 1000;
    let rounds = 0;
    const check = (what: string, got: unknown, want: unknown) => {
        if (JSON.stringify(got) !== JSON.stringify(want)) wrong.push(`${what}: ${JSON.stringify(got)?.slice(0, 80)}`);
    };
    while (Date.now() < until || rounds < 10) {
        const text = `ME:${rounds}:`.repeat(1 + (rounds * 37) % 4000);
        const file = `/workspace/ME-${rounds % 5}`, moved = `/workspace/deep/ME/${rounds % 3}`;
        try {
            await fs.writeFile(file, text);
            check('written', await fs.readFile(file, 'utf-8'), text);
            await fs.appendFile('/workspace/log', `ME:${rounds};`);
            await fs.rename(file, moved);
            check('moved', await fs.readFile(moved, 'utf-8'), text);
            await checkpoint.set('ME', { round: rounds, text });
            check('kept', await checkpoint.get('ME'), { round: rounds, text });
            await fs.rm(moved);
            check('removed', await fs.exists(moved), false);
        } catch (error) {
            failed.push(String(error));
        }
        rounds++;
    }
    return { rounds, wrong, failed };
"#;

/// Writes files and a checkpoint of which each byte says whose they are, and appends lines, until it is killed.
const VICTIM: &str = r#"
    for (let round = 0; ; round++) {
        await fs.writeFile(`/workspace/ME-${round % 3}`, String(round % 10).repeat(3_000_000));
        await fs.appendFile('/workspace/log', 'x'.repeat(2_000_000) + '\n');
        await checkpoint('ME', { round, text: String(round % 10).repeat(2_000_000) });
        if (round % 5 === 4) await fs.rm('/workspace/log');
    }
"#;

/// Fills the workspace file by file, until it is full.
const GREEDY: &str = r#"
    for (let at = 0; ; at++) {
        try {
            await fs.writeFile(`/workspace/ME-${at}`, 'x'.repeat(1000));
        } catch (error) {
            return { written: at, code: (error as any).code };
        }
    }
"#;

fn narrows(limits: &Value) -> Narrows {
    Narrows::configured(&json!({"mcpServers": {}, "narrows": {"limits": limits}}))
}

/// One process a name, all at once, each with a script of its own; gives what the scripts returned.
fn all_at_once(narrows: &Narrows, names: &[&str], script: &str) -> Vec<Value> {
    thread::scope(|scope| {
        let running: Vec<_> = names.iter().map(|name| scope.spawn(|| run(narrows, name, script))).collect();
        running.into_iter().map(|one| one.join().expect("it ends")).collect()
    })
}

fn run(narrows: &Narrows, name: &str, script: &str) -> Value {
    let file = format!("{name}.ts");
    narrows.write(&file, &script.replace("ME", name));
    let record = finish(narrows.command(&["run", "--json", &file]).stdin(Stdio::null())).json();
    assert_eq!(record["outcome"], "returned", "{record}");
    record["value"].clone()
}

fn start(narrows: &Narrows, name: &str, script: &str) -> Child {
    let file = format!("{name}.ts");
    narrows.write(&file, &script.replace("ME", name));
    let mut command = narrows.command(&["run", "--json", &file]);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it starts")
}

fn workspace(narrows: &Narrows) -> std::path::PathBuf {
    narrows.home().join("data/narrows/workspaces/default")
}

/// The bytes and the number of what is below the folders whose files count.
fn taken(workspace: &Path) -> (u64, u64) {
    let mut taken = (0, 0);
    let mut folders: Vec<_> = ["workspace", "tmp", "kept"].map(|name| workspace.join(name)).into();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("it can be listed").flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            assert!(!name.starts_with('.'), "half written and left behind: {name} in {}", folder.display());
            let metadata = entry.metadata().expect("it is there");
            taken.1 += 1;
            if metadata.is_dir() {
                folders.push(entry.path());
            } else {
                taken.0 += metadata.len();
            }
        }
    }
    taken
}

/// What the processes themselves hold that the files take.
fn accounted(workspace: &Path) -> (u64, u64) {
    let record = fs::read_to_string(workspace.join("account")).expect("there is an account");
    let json = record.lines().next().and_then(|line| line.split_once(' ')).expect("a record").1;
    let record: Value = serde_json::from_str(json).expect("JSON");
    let number =
        |key: &str| record["Settled"][key].as_u64().unwrap_or_else(|| panic!("not settled: {record}"));
    (number("bytes"), number("files"))
}

/// Every line that a worker appended is there once, in its order.
fn assert_log_is_whole(workspace: &Path, names: &[&str], values: &[Value]) {
    let log = fs::read_to_string(workspace.join("workspace/log")).expect("there is a log");
    for (name, value) in names.iter().zip(values) {
        let own: Vec<_> = log.split(';').filter_map(|line| line.strip_prefix(&format!("{name}:"))).collect();
        let rounds = value["rounds"].as_u64().expect("a number");
        let expect: Vec<_> = (0..rounds).map(|round| round.to_string()).collect();
        assert_eq!(own, expect, "lines of {name}");
    }
}

fn share(names: &[&str]) {
    let seconds = env::var("NARROWS_SHARED_SECONDS").unwrap_or_else(|_| "1".to_owned());
    let narrows = narrows(&json!({"cpu_seconds": 600, "wall_seconds": 600}));
    let values = all_at_once(&narrows, names, &WORKER.replace("SECONDS", &seconds));
    for value in &values {
        assert_eq!((&value["wrong"], &value["failed"]), (&json!([]), &json!([])));
    }
    let workspace = workspace(&narrows);
    assert_log_is_whole(&workspace, names, &values);
    assert_eq!(accounted(&workspace), taken(&workspace));
}

#[test]
fn two_processes_share_a_workspace() {
    share(&["a", "b"]);
}

#[test]
fn eight_processes_share_a_workspace() {
    share(&["a", "b", "c", "d", "e", "f", "g", "h"]);
}

#[test]
fn the_quota_of_a_workspace_is_one_for_all_processes() {
    let narrows = narrows(&json!({"workspace_mb": 1}));
    let values = all_at_once(&narrows, &["a", "b", "c"], GREEDY);
    let written: u64 = values.iter().filter_map(|value| value["written"].as_u64()).sum();
    assert!(values.iter().all(|value| value["code"] == "limits.workspace_mb"), "{values:?}");
    assert_eq!(written, 1024 * 1024 / 1000, "{values:?}");
    assert_eq!(taken(&workspace(&narrows)), (written * 1000, written));
}

#[test]
fn nothing_half_written_is_seen_after_a_kill() {
    let narrows = narrows(&json!({"wall_seconds": 600, "cpu_seconds": 600}));
    let workspace = workspace(&narrows);
    let log = workspace.join("workspace/log");
    for round in 0..8 {
        let mut victim = start(&narrows, "v", VICTIM);
        // At a moment of its own in each round.
        wait_until("it writes", || fs::metadata(&log).is_ok_and(|log| log.len() > round * 1_000_000));
        victim.kill().expect("it is killed");
        victim.wait().expect("it ended");
        let seen = run(
            &narrows,
            "w",
            r"const odd: string[] = [];
            for (const name of await fs.readdir('/workspace')) {
                const text = await fs.readFile(`/workspace/${name}`, 'utf-8');
                const whole = name === 'log'
                    ? text.split('\n').every(line => line.length === 0 || line.length === 2_000_000) && text.endsWith('\n')
                    : text.length === 3_000_000 && text === text[0].repeat(3_000_000);
                if (!whole) odd.push(`${name}: ${text.length}`);
            }
            const saved = await checkpoint('v');
            if (saved && saved.text !== String(saved.round % 10).repeat(2_000_000)) odd.push('checkpoint');
            await fs.writeFile('/tmp/last', 'x');
            return odd;",
        );
        assert_eq!(seen, json!([]), "round {round}");
        assert_eq!(accounted(&workspace), taken(&workspace), "round {round}");
    }
}

#[test]
fn the_count_of_a_rule_is_one_for_all_processes() {
    let mut config = config([("slack", demo("slack"))]);
    config["narrows"]["rules"] = json!([{"name": "few", "action": "allow", "server": "slack", "tool": "list_channels", "per_day": 10}]);
    let narrows = Narrows::configured(&config);
    let script = r"let made = 0, refused = 0;
        for (let at = 0; at < 8; at++) {
            try { await callMCPTool('slack/listChannels', {}); made++; }
            catch (error) { if ((error as any).code !== 'not_allowed') throw error; refused++; }
        }
        return { made, refused };";
    let values = all_at_once(&narrows, &["a", "b", "c"], script);
    let sum = |key: &str| values.iter().filter_map(|value| value[key].as_u64()).sum::<u64>();
    assert_eq!((sum("made"), sum("refused")), (10, 14), "{values:?}");
}
