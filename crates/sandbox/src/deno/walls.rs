//! The walls around one Deno, raised by the process that is about to become it.
//!
//! They differ from those around the other workers where V8 needs it: it makes machine code while it runs, starts
//! threads, and is loaded from files. What it may read is those very files and nothing else; what it may run is
//! itself.

use std::{
    ffi::OsStr,
    fs, io,
    os::unix::{fs::symlink, process::CommandExt},
    path::{Path, PathBuf},
    process::Command,
};

use landlock::{
    ABI, Access, AccessFs, AccessNet, CompatLevel, Compatible, PathBeneath, PathFd, Ruleset, RulesetAttr,
    RulesetCreatedAttr, RulesetStatus, Scope,
};
use nix::{
    mount::{MntFlags, MsFlags, mount, umount2},
    sched::{CloneFlags, unshare},
    unistd::{chdir, getegid, geteuid, pivot_root},
};
use rustix::{
    fs::{StatVfsMountFlags, statvfs},
    process::{Resource, Signal, set_parent_process_death_signal},
};
use wire::{FromRunner, WIRE_VERSION, Wall, WallState};

use super::{program::Program, syscalls};
use crate::walls::{limits, privileges};

/// Everything Deno is started with: no permission, no question, no configuration, no download.
const ARGUMENTS: [&str; 8] = [
    "run",
    "--quiet",
    "--no-prompt",
    "--no-remote",
    "--no-npm",
    "--no-config",
    "--cached-only",
    "--no-code-cache",
];

/// The program Deno runs; it reads the rest from stdin.
const LOADER: &str = include_str!("js/loader.js");

/// Deno's whole environment: no place for a cache, no colours, no time zone.
const ENVIRONMENT: [(&str, &str); 4] =
    [("DENO_DIR", "/dev/null/none"), ("DENO_NO_UPDATE_CHECK", "1"), ("NO_COLOR", "1"), ("TZ", "UTC")];

/// A folder that exists on every Linux; the new root is built over it before it becomes the root.
const STEPPING_STONE: &str = "/proc";

/// Deno's name in its own root. It asks there for its name, where there is no `/proc`.
const IN_ROOT: &str = "/deno";
const ITS_NAME: &str = "proc/self/exe";

/// Descriptors Deno may hold: pipes, an event queue, and the files it is loaded from.
const DESCRIPTORS: u64 = 64;

/// Raises all walls that can be raised, says so, and becomes Deno. Only comes back when it cannot.
pub(super) fn become_deno(program: &Program, heap_mb: &OsStr) -> Result<(), String> {
    let mut states = Vec::new();
    let mut stands = |wall, raised: Result<(), String>| {
        let stands = raised.is_ok();
        states.push(WallState::new(wall, raised));
        stands
    };
    let has_root = stands(Wall::Namespaces, own_root(program));
    let program = if has_root {
        &Program { path: IN_ROOT.into(), libraries: program.libraries.clone() }
    } else {
        program
    };
    stands(Wall::Limits, kernel_limits(heap_mb));
    // Whose memory may be looked into is forgotten when Deno begins; the rest stays.
    stands(Wall::Privileges, privileges::become_nobody().and_then(|()| privileges::give_up()));
    stands(Wall::Files, only_these(program));
    // A change of privileges takes this back, so it comes after all of those.
    set_parent_process_death_signal(Some(Signal::KILL)).map_err(|error| format!("death signal: {error}"))?;
    stands(Wall::SystemCalls, syscalls::raise());
    let ready = FromRunner::Ready { version: WIRE_VERSION, walls: states, capacity: 1, engine: None };
    wire::write_frame(&ready, &mut io::stdout()).map_err(|error| error.to_string())?;
    let mut heap = std::ffi::OsString::from("--v8-flags=--max-old-space-size=");
    heap.push(heap_mb);
    let error = Command::new(&program.path)
        .args(ARGUMENTS)
        .arg(heap)
        .arg(as_address(LOADER))
        .env_clear()
        .envs(ENVIRONMENT)
        .exec();
    Err(format!("`{}` cannot be started: {error}", program.path.display()))
}

/// A program as an address: everything but letters and digits encoded.
fn as_address(program: &str) -> String {
    let encoded = program.bytes().map(|byte| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => char::from(byte).to_string(),
        other => format!("%{other:02X}"),
    });
    format!("data:application/javascript,{}", encoded.collect::<String>())
}

/// Leaves for namespaces without a network, with a root that holds the program and its libraries, read-only.
fn own_root(program: &Program) -> Result<(), String> {
    let own = CloneFlags::CLONE_NEWNS
        | CloneFlags::CLONE_NEWNET
        | CloneFlags::CLONE_NEWIPC
        | CloneFlags::CLONE_NEWUTS;
    // Root needs no leave, and can become another user afterwards.
    if !geteuid().is_root() || unshare(own).is_err() {
        own_users(own)?;
    }
    build_root(program).map_err(|(step, error)| format!("{step}: {error}"))?;
    enter_root().map_err(|(step, error)| format!("{step}: {error}"))
}

/// Leaves with a namespace of users, too, where an ordinary user may do what is done next.
fn own_users(own: CloneFlags) -> Result<(), String> {
    let (user, group) = (geteuid(), getegid());
    unshare(own | CloneFlags::CLONE_NEWUSER).map_err(|error| format!("unshare: {error}"))?;
    // Files can only be made by a user the namespace knows.
    let maps = [
        ("setgroups", "deny".to_owned()),
        ("uid_map", format!("{user} {user} 1")),
        ("gid_map", format!("{group} {group} 1")),
    ];
    for (file, text) in maps {
        fs::write(Path::new("/proc/self").join(file), text).map_err(|error| format!("{file}: {error}"))?;
    }
    Ok(())
}

type Step<E> = Result<(), (&'static str, E)>;

const NONE: Option<&str> = None;
const QUIET: MsFlags = MsFlags::MS_NOSUID.union(MsFlags::MS_NODEV);

fn build_root(program: &Program) -> Step<io::Error> {
    let mounted = |step| move |error: nix::Error| (step, io::Error::from(error));
    mount(NONE, "/", NONE, MsFlags::MS_REC | MsFlags::MS_PRIVATE, NONE).map_err(mounted("private mounts"))?;
    // Found before the new root hides what they may be links through.
    let mut files = vec![(program.path.clone(), PathBuf::from(IN_ROOT))];
    for library in &program.libraries {
        let source = library.canonicalize().map_err(|error| ("library", error))?;
        files.push((source, library.clone()));
    }
    let size = Some("size=64k,nr_inodes=64,mode=755");
    mount(Some("none"), STEPPING_STONE, Some("tmpfs"), QUIET, size).map_err(mounted("own root"))?;
    let root = Path::new(STEPPING_STONE);
    for (source, place) in files {
        let target = root.join(place.strip_prefix("/").unwrap_or(&place));
        fs::create_dir_all(target.parent().unwrap_or(root)).map_err(|error| ("folder", error))?;
        fs::write(&target, "").map_err(|error| ("file", error))?;
        show_read_only(&source, &target).map_err(mounted("bind"))?;
    }
    let name = root.join(ITS_NAME);
    fs::create_dir_all(name.parent().unwrap_or(root)).map_err(|error| ("folder", error))?;
    symlink(IN_ROOT, name).map_err(|error| ("name", error))
}

/// One file of the machine, in its place in the new root.
fn show_read_only(source: &Path, target: &Path) -> nix::Result<()> {
    mount(Some(source), target, NONE, MsFlags::MS_BIND, NONE)?;
    // What the machine forbids on this mount, nobody below may allow again.
    let found = statvfs(target).map_err(|error| nix::Error::from_raw(error.raw_os_error()))?.f_flag;
    let kept = [
        (StatVfsMountFlags::NOSUID, MsFlags::MS_NOSUID),
        (StatVfsMountFlags::NODEV, MsFlags::MS_NODEV),
        (StatVfsMountFlags::NOATIME, MsFlags::MS_NOATIME),
        (StatVfsMountFlags::NODIRATIME, MsFlags::MS_NODIRATIME),
        (StatVfsMountFlags::RELATIME, MsFlags::MS_RELATIME),
    ];
    let kept = kept.into_iter().filter(|(flag, _)| found.contains(*flag));
    let flags = kept.fold(MsFlags::MS_RDONLY | QUIET, |flags, (_, flag)| flags | flag);
    mount(NONE, target, NONE, MsFlags::MS_BIND | MsFlags::MS_REMOUNT | flags, NONE)
}

fn enter_root() -> Step<nix::Error> {
    chdir(STEPPING_STONE).map_err(|error| ("chdir", error))?;
    // The new root over the old one, then the old one away: no folder for it is needed (pivot_root(2), NOTES).
    pivot_root(".", ".").map_err(|error| ("pivot_root", error))?;
    umount2(".", MntFlags::MNT_DETACH).map_err(|error| ("old root", error))?;
    chdir("/").map_err(|error| ("chdir /", error))?;
    mount(NONE, "/", NONE, QUIET | MsFlags::MS_REMOUNT | MsFlags::MS_RDONLY, NONE)
        .map_err(|error| ("read-only", error))
}

/// The least of Landlock that counts as a wall, and all that is asked for: as around the other workers.
const LEAST: ABI = ABI::V3;
const MOST: ABI = ABI::V6;

/// Landlock: the program and its libraries may be read and run, and nothing else touched.
fn only_these(program: &Program) -> Result<(), String> {
    let status = restrict(program).map_err(|error| error.to_string())?;
    match status {
        RulesetStatus::NotEnforced => Err("this kernel has no Landlock, or it is switched off".to_owned()),
        RulesetStatus::FullyEnforced | RulesetStatus::PartiallyEnforced => Ok(()),
    }
}

fn restrict(program: &Program) -> Result<RulesetStatus, Box<dyn std::error::Error>> {
    let mut rules = Ruleset::default()
        .set_compatibility(CompatLevel::HardRequirement)
        .handle_access(AccessFs::from_all(LEAST))?
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(AccessFs::from_all(MOST))?
        .handle_access(AccessNet::from_all(MOST))?
        .scope(Scope::from_all(MOST))?
        .create()?;
    for file in program.libraries.iter().chain([&program.path]) {
        let may = AccessFs::ReadFile | AccessFs::Execute;
        rules = rules.add_rule(PathBeneath::new(PathFd::new(file)?, may))?;
    }
    Ok(rules.restrict_self()?.ruleset)
}

/// Memory that Deno may write to before it has a script, whether it does or not: some 600 MB on a small machine, more
/// where there are more threads.
const BASE_BYTES: u64 = 2 * 1024 * 1024 * 1024;

/// No core files, no file may grow, no message queues, few descriptors; and a limit of memory for where the supervisor
/// may not set a tighter one when it knows the run's: see `child`.
fn kernel_limits(heap_mb: &OsStr) -> Result<(), String> {
    let heap_mb: u64 =
        heap_mb.to_str().and_then(|number| number.parse().ok()).ok_or("the heap has no size")?;
    let data = BASE_BYTES + 2 * heap_mb * 1024 * 1024;
    limits::keep_to(&[(Resource::Data, data), (Resource::Nofile, DESCRIPTORS)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_becomes_an_address() {
        assert_eq!(as_address("f(1);\n"), "data:application/javascript,f%281%29%3B%0A");
    }
}
