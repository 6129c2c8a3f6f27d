//! `narrows workspace`: what scripts keep, listed, printed, copied and removed by a person.

use std::{fs, os::unix::fs::symlink};

use serde_json::{Value, json};

use crate::{
    agent::Agent,
    narrows::{Narrows, wait_until},
    servers::config,
};

const WRITES: &str = "await fs.mkdir('/workspace/out');
await fs.writeFile('/workspace/out/a.txt', 'äb');
await fs.writeFile('/tmp/b', new Uint8Array([0, 255]));
await checkpoint.set('sync/1', { done: 2 });
await results.save('report', [1]);";

/// One with the workspace `mine` and files in it.
fn kept() -> Narrows {
    let narrows = Narrows::configured(&config([]));
    assert_eq!(narrows.record(WRITES, &["--workspace", "mine"])["outcome"], "returned");
    narrows
}

fn listed(narrows: &Narrows, arguments: &[&str]) -> Vec<Value> {
    let listed = narrows.output(&[&["workspace", "ls", "--json"], arguments].concat()).json();
    listed.as_array().expect("a list").clone()
}

#[test]
fn workspaces_and_their_files_are_listed_and_printed() {
    let narrows = kept();
    let [mine] = &*listed(&narrows, &[]) else { panic!("there is one") };
    assert_eq!(
        json!([
            mine["name"],
            mine["files"],
            mine["bytes"],
            mine["max_bytes"],
            mine["max_files"],
            mine["runs"]
        ]),
        json!(["mine", 7, 3 + 2 + 10 + 3, 100 * 1024 * 1024, 10_000, []])
    );
    assert_eq!(listed(&narrows, &[])[0], *mine, "looking changes nothing");
    let files: Vec<_> =
        listed(&narrows, &["mine"]).iter().map(|file| json!([file["path"], file["bytes"]])).collect();
    assert_eq!(
        files,
        [
            json!(["/workspace/out", 0]),
            json!(["/workspace/out/a.txt", 3]),
            json!(["/tmp/b", 2]),
            json!(["checkpoint/sync/1", 10]),
            json!(["result/report", 3])
        ]
    );
    for (path, expect) in [
        ("out/a.txt", "äb"),
        ("/workspace/out/a.txt", "äb"),
        ("checkpoint/sync/1", "{\"done\":2}"),
        ("result/report", "[1]"),
    ] {
        assert_eq!(narrows.output(&["workspace", "cat", "mine", path]).stdout, expect, "{path}");
    }
    for (arguments, expect) in [
        (&["cat", "mine", "none"][..], "ENOENT: no such file or directory, '/workspace/none'"),
        (&["cat", "mine", "../../account"], "outside of what a script can reach"),
        (&["cat", "mine", "/etc/passwd"], "outside of what a script can reach"),
        (&["cat", "other", "a"], "there is no workspace `other`"),
        (&["ls", ".."], "there is no workspace `..`"),
        (&["rm", "../mine", "--yes"], "there is no workspace `../mine`"),
    ] {
        let said = narrows.output(&[&["workspace"], arguments].concat());
        assert!(said.code == Some(2) && said.stderr.contains(expect), "{arguments:?}: {}", said.stderr);
    }
    let elsewhere = Narrows::new();
    assert_eq!(listed(&elsewhere, &[]), Vec::<Value>::new(), "without a configuration");
}

#[test]
fn a_workspace_is_copied_without_links_and_over_nothing() {
    let narrows = kept();
    let own = narrows.home().join("data/narrows/workspaces/mine/workspace");
    symlink("/etc/passwd", own.join("link")).expect("linked");
    let target = narrows.home().join("copy");
    let to = target.to_str().expect("a path");
    let said = narrows.output(&["workspace", "export", "mine", to]);
    assert_eq!(said.code, Some(0), "{}", said.stderr);
    assert_eq!(fs::read(target.join("workspace/out/a.txt")).expect("a file"), "äb".as_bytes());
    assert_eq!(fs::read(target.join("tmp/b")).expect("a file"), [0, 255]);
    assert_eq!(fs::read(target.join("checkpoints/sync%2F1.json")).expect("a file"), b"{\"done\":2}");
    assert!(target.join("workspace/link").symlink_metadata().is_err(), "a link is left out");
    assert_eq!(said.stdout, format!("copied 4 files, 18 bytes, to {to}\n"));
    assert_eq!(said.stderr, "warning: links and special files are left out: `workspace/link`\n");
    let again = narrows.output(&["workspace", "export", "mine", to]);
    assert!(again.code == Some(2) && again.stderr.contains("is not empty"), "{}", again.stderr);
}

#[test]
fn planted_links_are_named_and_never_followed() {
    let narrows = kept();
    let (all, secret) = (narrows.home().join("data/narrows/workspaces"), narrows.home().join("secret"));
    fs::create_dir_all(secret.join("checkpoints")).expect("made");
    fs::write(secret.join("checkpoints/a.json"), "1").expect("written");
    fs::write(secret.join("b.json"), "22").expect("written");
    let mine = all.join("mine");
    symlink("/etc/passwd", mine.join("workspace/link")).expect("linked");
    symlink(secret.join("b.json"), mine.join("kept/checkpoints/b.json")).expect("linked");
    fs::hard_link(secret.join("b.json"), mine.join("tmp/hard")).expect("linked");
    fs::remove_dir_all(mine.join("kept/results")).expect("removed");
    symlink(secret.join("checkpoints"), mine.join("kept/results")).expect("linked");
    let special: Vec<_> = listed(&narrows, &["mine"])
        .iter()
        .filter(|file| file["is_special"] == json!(true))
        .map(|file| json!([file["path"], file["bytes"]]))
        .collect();
    let named = ["/workspace/link", "/tmp/hard", "checkpoint/b", "result/"].map(|path| json!([path, 0]));
    assert_eq!(special, named);
    for path in ["link", "/tmp/hard", "checkpoint/b", "result/a"] {
        let said = narrows.output(&["workspace", "cat", "mine", path]);
        assert!(said.code == Some(2) && said.stdout.is_empty(), "{path}: {}", said.stderr);
    }
    let target = narrows.home().join("copy").display().to_string();
    let copied = narrows.output(&["workspace", "export", "mine", &target, "--json"]).json();
    assert_eq!((&copied["files"], &copied["bytes"]), (&json!(3), &json!(15)), "{copied}");
    let mut skipped: Vec<_> =
        copied["skipped"].as_array().expect("a list").iter().map(Value::to_string).collect();
    skipped.sort();
    assert_eq!(skipped.join(" "), r#""checkpoints/b.json" "results" "tmp/hard" "workspace/link""#);

    // In the place of a workspace, and of a folder of one.
    symlink(&secret, all.join("evil")).expect("linked");
    assert_eq!(
        narrows.record("await fs.writeFile('a', 'x');", &["--workspace", "torn"])["outcome"],
        "returned"
    );
    fs::remove_dir_all(all.join("torn/tmp")).expect("removed");
    symlink(&secret, all.join("torn/tmp")).expect("linked");
    let said = narrows.output(&["workspace", "ls", "--json"]);
    assert_eq!(said.json().as_array().map(Vec::len), Some(1), "{}", said.stdout);
    for (name, link) in [("evil", all.join("evil")), ("torn", all.join("torn/tmp"))] {
        let left =
            format!("warning: `{name}` is left out: `{}` is a link, which is not followed\n", link.display());
        assert!(said.stderr.contains(&left), "{}", said.stderr);
        let looked = narrows.output(&["workspace", "ls", name]);
        assert!(
            looked.code == Some(2) && looked.stderr.contains("which is not followed"),
            "{}",
            looked.stderr
        );
    }
    for name in ["evil", "torn", "mine"] {
        let removed = narrows.output(&["workspace", "rm", name, "--yes"]);
        assert_eq!(
            (removed.code, all.join(name).symlink_metadata().is_err()),
            (Some(0), true),
            "{}",
            removed.stderr
        );
    }
    assert_eq!(fs::read(secret.join("checkpoints/a.json")).expect("it stays"), b"1");
}

#[test]
fn a_workspace_that_a_run_has_open_is_kept_also_where_no_store_knows_the_run() {
    let narrows = Narrows::configured(&json!({"mcpServers": {}, "narrows": {"store": {"keep_days": 0}}}));
    let (mut agent, _) = Agent::legacy(&narrows, &[]);
    let code = "await fs.writeFile('a', 'x'); console.log('written'); await new Promise(done => setTimeout(done, 3_600_000));";
    agent.call("execute_code", json!({"code": code, "workspace": "mine", "background": true}));
    wait_until("the file is there", || narrows.output(&["workspace", "cat", "mine", "a"]).stdout == "x");
    let refused = narrows.output(&["workspace", "rm", "mine", "--yes"]);
    assert_eq!(refused.code, Some(2), "{}", refused.stderr);
    assert!(refused.stderr.contains("`mine` is used by a run"), "{}", refused.stderr);
    assert_eq!(narrows.output(&["workspace", "cat", "mine", "a"]).stdout, "x");
    drop(agent);
    wait_until("the run is over", || narrows.output(&["workspace", "rm", "mine", "--yes"]).code == Some(0));
}

#[test]
fn a_workspace_is_removed_when_no_run_needs_it() {
    let narrows = kept();
    let (mut agent, _) = Agent::legacy(&narrows, &[]);
    let code = "await fs.writeFile('a', 'x'); await new Promise(done => setTimeout(done, 3_600_000));";
    agent.call("execute_code", json!({"code": code, "workspace": "mine", "background": true}));
    wait_until("the run waits", || listed(&narrows, &[])[0]["runs"] != json!([]));
    let refused = narrows.output(&["workspace", "rm", "mine", "--yes"]);
    assert!(refused.code == Some(2), "{}", refused.stderr);
    assert!(
        refused.stderr.contains("`mine` is needed by 1 run that has not ended: `run_"),
        "{}",
        refused.stderr
    );
    agent.run("await fs.writeFile('b', 'x');");

    let asked = narrows.output(&["workspace", "rm", "default"]);
    assert!(asked.code == Some(2) && asked.stderr.contains("nobody can be asked here"), "{}", asked.stderr);
    assert_eq!(narrows.output(&["workspace", "rm", "default", "--yes"]).stdout, "removed `default`\n");
    let names: Vec<_> = listed(&narrows, &[]).iter().map(|listed| listed["name"].clone()).collect();
    assert_eq!(names, ["mine"]);
    // A process that had it open finds an empty one.
    let code = "await fs.appendFile('c', 'y'); return await fs.readdir('/workspace');";
    assert_eq!(agent.run(code), "Result:\n[\"c\"]");
}
