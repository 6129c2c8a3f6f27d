//! A container's bundle: the one file that tells an OCI runtime what a worker may have, which is next to nothing.

use std::{
    ffi::OsString,
    fs::{self, DirBuilder},
    io,
    os::unix::fs::DirBuilderExt,
    path::Path,
};

use rustix::process::{getegid, geteuid};
use serde_json::{Value, json};

use super::root;

/// The user that owns nothing.
const NOBODY: u32 = 65534;

/// Descriptors before the worker's own limit, which is far lower: its pipes, its libraries, the engine's memory.
const DESCRIPTORS: u64 = 256;

/// Processes and threads: a runner has at most 128 threads that compute, and a few.
const THREADS: u64 = 256;

/// Who the container's user is outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outside {
    /// Root started Narrows: the worker is a user who owns nothing.
    Root,
    /// An ordinary user did: the worker is the only user of a user namespace, and is them.
    User { user: u32, group: u32 },
}

/// Writes the bundle of a worker with these arguments.
pub(super) fn write(folder: &Path, root: &Path, arguments: &[OsString]) -> io::Result<()> {
    DirBuilder::new().mode(0o700).create(folder)?;
    let outside = if geteuid().is_root() {
        Outside::Root
    } else {
        Outside::User { user: geteuid().as_raw(), group: getegid().as_raw() }
    };
    fs::write(folder.join("config.json"), config(root, arguments, outside).to_string())
}

fn config(root: &Path, arguments: &[OsString], outside: Outside) -> Value {
    let mut command = vec![root::PROGRAM.to_owned()];
    command.extend(arguments.iter().map(|argument| argument.to_string_lossy().into_owned()));
    let inside = if outside == Outside::Root { NOBODY } else { 0 };
    json!({
        "ociVersion": "1.0.2",
        "process": {
            "terminal": false,
            "user": { "uid": inside, "gid": inside },
            "args": command,
            "env": [],
            "cwd": "/",
            "capabilities": { "bounding": [], "effective": [], "inheritable": [], "permitted": [], "ambient": [] },
            "noNewPrivileges": true,
            "rlimits": [
                limit("RLIMIT_CORE", 0),
                limit("RLIMIT_MEMLOCK", 0),
                limit("RLIMIT_MSGQUEUE", 0),
                limit("RLIMIT_NOFILE", DESCRIPTORS),
            ],
        },
        "root": { "path": root, "readonly": true },
        "hostname": "worker",
        // What runtimes need themselves to start a program; the worker leaves both behind.
        "mounts": [
            mount("/proc", "proc", &["nosuid", "noexec", "nodev"]),
            mount("/dev", "tmpfs", &["nosuid", "noexec", "mode=755", "size=64k"]),
        ],
        "linux": linux(outside),
    })
}

fn limit(kind: &str, most: u64) -> Value {
    json!({ "type": kind, "soft": most, "hard": most })
}

fn mount(over: &str, kind: &str, options: &[&str]) -> Value {
    json!({ "destination": over, "type": kind, "source": kind, "options": options })
}

fn linux(outside: Outside) -> Value {
    let mut spaces = vec!["pid", "network", "ipc", "uts", "mount"];
    let mut linux = json!({
        "maskedPaths": ["/proc/kcore", "/proc/keys", "/proc/timer_list", "/proc/sched_debug"],
        "readonlyPaths": ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"],
    });
    match outside {
        Outside::Root => linux["resources"] = json!({ "pids": { "limit": THREADS } }),
        // Control groups are rarely delegated to ordinary users.
        Outside::User { user, group } => {
            spaces.push("user");
            let only = |id: u32| json!([{ "containerID": 0, "hostID": id, "size": 1 }]);
            linux["uidMappings"] = only(user);
            linux["gidMappings"] = only(group);
        }
    }
    linux["namespaces"] = spaces.into_iter().map(|kind| json!({ "type": kind })).collect();
    linux
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_worker_gets_next_to_nothing() {
        let arguments = ["worker", "run"].map(OsString::from);
        let of = |outside| config(Path::new("/root"), &arguments, outside);
        for (outside, user, spaces) in
            [(Outside::Root, 65534, 5), (Outside::User { user: 1000, group: 100 }, 0, 6)]
        {
            let config = of(outside);
            let process = &config["process"];
            assert_eq!(process["args"], json!(["/narrows", "worker", "run"]));
            assert_eq!(process["user"]["uid"], user);
            assert_eq!((&process["env"], &process["noNewPrivileges"]), (&json!([]), &json!(true)));
            let capabilities = process["capabilities"].as_object().expect("all five sets");
            assert!(capabilities.len() == 5 && capabilities.values().all(|set| *set == json!([])));
            assert_eq!(config["root"], json!({"path": "/root", "readonly": true}));
            assert_eq!(config["linux"]["resources"]["pids"]["limit"].is_u64(), outside == Outside::Root);
            assert_eq!(config["linux"]["namespaces"].as_array().map(Vec::len), Some(spaces));
        }
        let mapped = of(Outside::User { user: 1000, group: 100 });
        assert_eq!(mapped["linux"]["gidMappings"], json!([{"containerID": 0, "hostID": 100, "size": 1}]));
    }
}
