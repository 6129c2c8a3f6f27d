//! Workers in containers: the same answers, and nothing is left of any container, however its worker or the gateway
//! ends.

use std::{
    env, fs, io,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::{Value, json};

use crate::{
    agent::Agent,
    narrows::{Narrows, wait_until},
};

/// The runtimes of this machine that work here. Where `CI` is set there must be gVisor's and one more.
#[expect(clippy::print_stderr, reason = "a skipped test says why")]
fn runtimes() -> Vec<&'static str> {
    let found: Vec<_> = ["crun", "runc", "runsc"].into_iter().filter(|runtime| works(runtime)).collect();
    if found.len() < 2 || !found.contains(&"runsc") {
        assert!(
            env::var_os("CI").is_none(),
            "of crun, runc and runsc only {found:?} work; `.ci/run` installs them"
        );
        eprintln!("of crun, runc and runsc only {found:?} work here; Debian has packages of these names");
    }
    found
}

fn works(runtime: &str) -> bool {
    // crun refuses machines that have version 2 of the control groups beside version 1.
    let is_hybrid =
        fs::read_to_string("/proc/self/mounts").is_ok_and(|mounts| mounts.contains("/cgroup/unified "));
    let is_installed =
        Command::new(runtime).arg("--version").output().is_ok_and(|output| output.status.success());
    // gVisor's containers are tested as root alone.
    let may = runtime != "runsc" || fs::metadata("/proc/self").is_ok_and(|me| me.uid() == 0);
    is_installed && may && !(is_hybrid && runtime == "crun")
}

fn with(launcher: &str) -> Narrows {
    Narrows::configured(&json!({"mcpServers": {}, "narrows": {"sandbox": {"launcher": launcher}}}))
}

/// Where the containers of a home are written.
fn folder(narrows: &Narrows) -> PathBuf {
    narrows.home().join("data/narrows/containers")
}

/// What is in a folder, without the file that processes lock it by.
fn entries(folder: &Path) -> Vec<PathBuf> {
    let all = fs::read_dir(folder).into_iter().flatten().flatten();
    all.filter(|entry| entry.file_name() != ".lock").map(|entry| entry.path()).collect()
}

/// The processes in all containers of a home, by the runtime's own account.
fn inside(narrows: &Narrows, runtime: &str) -> Vec<u32> {
    let mut processes = Vec::new();
    for home in entries(&folder(narrows)) {
        for bundle in entries(&home.join("bundles")) {
            let id = bundle.file_name().expect("a name");
            let mut state = Command::new(runtime);
            state.arg("--root").arg(home.join("state")).arg("state").arg(id);
            let output = state.output().expect("the runtime starts");
            let state: Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
            let process = state["pid"].as_u64().and_then(|process| u32::try_from(process).ok());
            processes.extend(process.filter(|process| *process > 0));
        }
    }
    processes
}

/// Waits until no container is only half made: a runtime that is killed then leaves what it alone knows of.
fn all_are_made(narrows: &Narrows, runtime: &str) {
    wait_until("a runner and two parsers are ready", || {
        let made = inside(narrows, runtime).len();
        made >= 3 && made == ids(narrows).len()
    });
}

/// The runtime's own processes, which wait for the containers.
fn runtime_processes(gateway: u32) -> Vec<u32> {
    let tasks = fs::read_dir(format!("/proc/{gateway}/task")).expect("the gateway runs");
    let children = tasks.flatten().filter_map(|task| fs::read_to_string(task.path().join("children")).ok());
    children
        .flat_map(|list| list.split_whitespace().filter_map(|id| id.parse().ok()).collect::<Vec<_>>())
        .collect()
}

fn kill(process: u32) -> io::Result<()> {
    Command::new("kill").args(["-9", &process.to_string()]).status().map(drop)
}

/// The ids of all containers of a home at this moment.
fn ids(narrows: &Narrows) -> Vec<String> {
    let bundles = entries(&folder(narrows)).into_iter().flat_map(|home| entries(&home.join("bundles")));
    bundles.filter_map(|bundle| Some(bundle.file_name()?.to_str()?.to_owned())).collect()
}

/// Whether no control group of these containers is left, in either version's tree.
fn groups_are_gone(ids: &[String]) -> bool {
    let trees = entries(Path::new("/sys/fs/cgroup")).into_iter().flat_map(|tree| entries(&tree));
    let mut groups = trees.chain(entries(Path::new("/sys/fs/cgroup")));
    groups.all(|group| !ids.iter().any(|id| group.to_string_lossy().contains(id)))
}

fn are_gone(processes: &[u32]) -> bool {
    processes.iter().all(|process| !fs::exists(format!("/proc/{process}/cmdline")).unwrap_or(false))
}

#[test]
fn a_script_runs_in_a_container_behind_the_same_walls() {
    for runtime in runtimes() {
        let narrows = with(runtime);
        let record = narrows.record("return [1, 2].map((n) => n * 2)", &[]);
        assert_eq!(record["value"], json!([2, 4]), "{runtime}: {record}");
        assert!(entries(&folder(&narrows)).is_empty(), "{runtime} left something");

        let doctor = narrows.output(&["doctor", "--json"]).json();
        assert_eq!(doctor["workers"]["launcher"], json!(runtime));
        let walls = doctor["workers"]["walls"].as_array().expect("the walls");
        for required in walls.iter().filter(|wall| wall["required"] == json!(true)) {
            assert_eq!(required["stands"], json!(true), "{runtime}: {required}");
        }
        assert!(entries(&folder(&narrows)).is_empty(), "{runtime} left something");
    }
}

#[test]
fn nothing_is_left_of_containers_whose_processes_were_killed() {
    for runtime in runtimes() {
        let narrows = with(runtime);
        let (mut agent, _) = Agent::legacy(&narrows, &[]);
        assert!(agent.run("return 1").contains("Result:\n1"));
        all_are_made(&narrows, runtime);
        let (mut all, mut names) = (inside(&narrows, runtime), ids(&narrows));
        assert!(!all.is_empty(), "{runtime}: there are containers");
        // Without crun's process the worker goes on, without runc's it is lost; both are to be cleared away.
        for kind in ["runtime", "worker"] {
            let killed =
                if kind == "runtime" { runtime_processes(agent.pid()) } else { inside(&narrows, runtime) };
            for process in killed {
                kill(process).expect("it is killed");
            }
            // The death may be noticed by the first script only; it must not be by the second. Both are new, so that
            // they are parsed.
            agent.run(&format!("return '{kind} 1'"));
            assert!(agent.run(&format!("return '{kind} 2'")).contains(&format!("{kind} 2")), "{runtime}");
            all_are_made(&narrows, runtime);
            all.extend(inside(&narrows, runtime));
            names.extend(ids(&narrows));
        }
        assert_eq!(agent.leave(), Some(0));
        wait_until("the containers are gone", || are_gone(&all));
        wait_until("their control groups are gone", || groups_are_gone(&names));
        assert!(entries(&folder(&narrows)).is_empty(), "{runtime} left something");
    }
}

#[test]
fn nothing_is_left_of_a_gateway_that_was_killed() {
    for runtime in runtimes() {
        let narrows = with(runtime);
        let (mut agent, _) = Agent::legacy(&narrows, &[]);
        assert!(agent.run("return 1").contains("Result:\n1"));
        all_are_made(&narrows, runtime);
        let (processes, names) = (inside(&narrows, runtime), ids(&narrows));
        kill(agent.pid()).expect("it is killed");
        wait_until("the workers end with their input", || are_gone(&processes));
        // What it could not remove any more is removed by the next.
        assert_eq!(narrows.record("return 2", &[])["value"], json!(2));
        assert!(entries(&folder(&narrows)).is_empty(), "{runtime} left something");
        wait_until("their control groups are gone", || groups_are_gone(&names));
    }
}

#[test]
fn a_runtime_that_is_not_there_is_no_reason_to_do_without() {
    let record = with("/no/such/runtime").record("return 1", &[]);
    assert_eq!(record["outcome"], json!("crashed"));
    assert_eq!(
        record["error"]["message"],
        json!(
            "a worker could not be started: `/no/such/runtime`: No such file or directory (os error 2) \
             (workers are started as `narrows.sandbox.launcher` says)"
        )
    );
}
