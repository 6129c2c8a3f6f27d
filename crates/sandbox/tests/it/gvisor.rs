//! The attacker inside gVisor: what its kernel cannot raise as a wall, the others and gVisor itself refuse.

use std::{
    env, fs,
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Command, Output, Stdio},
};

use serde_json::json;
use wire::Wall;

use crate::{walls::attempts, worker::program};

/// Where the attacker and what it is linked with are, and nothing else.
fn root(folder: &Path) {
    for mounted in ["proc", "dev", "sys", "tmp"] {
        fs::create_dir_all(folder.join(mounted)).expect("a folder");
    }
    fs::copy(program(), folder.join("sandbox-worker")).expect("a copy");
    let linked = Command::new("ldd").arg(program()).output().expect("ldd");
    let linked = String::from_utf8(linked.stdout).expect("UTF-8");
    for library in linked.split_whitespace().filter(|word| word.starts_with('/')) {
        let copy = folder.join(&library[1..]);
        fs::create_dir_all(copy.parent().expect("a folder")).expect("a folder");
        fs::copy(library, copy).expect("a copy");
    }
    fs::set_permissions(folder, fs::Permissions::from_mode(0o755)).expect("open to all");
}

/// Attacks as the root of a container, who may do more than the user that a worker is.
fn attack() -> Output {
    let home = tempfile::tempdir().expect("a folder");
    root(&home.path().join("root"));
    let mount = |over: &str, kind: &str| json!({ "destination": over, "type": kind, "source": kind });
    let config = json!({
        "ociVersion": "1.0.2",
        "process": {
            "user": { "uid": 0, "gid": 0 },
            "args": ["/sandbox-worker", "attack"],
            "env": [],
            "cwd": "/",
            // The limits of a worker's container that gVisor does not let the worker itself set.
            "rlimits": [{ "type": "RLIMIT_MSGQUEUE", "soft": 0, "hard": 0 }],
        },
        "root": { "path": "root", "readonly": true },
        "mounts": [mount("/proc", "proc"), mount("/dev", "tmpfs"), mount("/tmp", "tmpfs")],
        "linux": { "namespaces": [{ "type": "pid" }, { "type": "network" }, { "type": "mount" }] },
    });
    fs::write(home.path().join("config.json"), config.to_string()).expect("written");
    Command::new("runsc")
        .arg("--root")
        .arg(home.path().join("state"))
        .args(["--network", "none", "--ignore-cgroups", "run", "--bundle"])
        .arg(home.path())
        .arg(format!("narrows-attack-{}", std::process::id()))
        .stdin(Stdio::null())
        .output()
        .expect("runsc starts")
}

#[test]
fn nothing_gets_through_the_walls_that_stand_in_gvisor() {
    let is_root = rustix::process::geteuid().is_root();
    if !(is_root && Command::new("runsc").arg("--version").output().is_ok()) {
        assert!(env::var_os("CI").is_none(), "needs root and runsc; `.ci/run` installs it");
        eprintln!("skipped: needs root and runsc; Debian has a package of that name");
        return;
    }
    let output = attack();
    let report = String::from_utf8(output.stdout).expect("UTF-8");
    let walls = report.lines().filter_map(|line| line.strip_prefix("wall ")?.split_once(": "));
    let stood: Vec<_> = walls.filter(|(_, how)| *how == "stands").map(|(wall, _)| wall).collect();
    for wall in Wall::EVERYWHERE {
        assert!(stood.contains(&wall.name()), "{wall} does not stand in gVisor:\n{report}");
    }
    let refused: Vec<_> = report
        .lines()
        .filter_map(|line| Some(line.strip_prefix("refused ")?.split(": ").next().unwrap_or_default()))
        .collect();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(refused, attempts(), "{report}{errors}");
}
