//! The walls hold: an attacker in a worker's place does nothing behind them, and the workers themselves are behind
//! them.

use std::{
    collections::BTreeMap,
    env, fs, io,
    os::unix::fs::PermissionsExt,
    process::{Command, Stdio},
};

use wire::{FromParser, Wall};

use crate::worker::{Worker, nobody, program, shown};

const P: Wall = Wall::Privileges;
const N: Wall = Wall::Namespaces;
const L: Wall = Wall::Files;
const R: Wall = Wall::Limits;
const C: Wall = Wall::Code;
const S: Wall = Wall::SystemCalls;

/// Who succeeds with an attempt where no wall stands, so that a refusal means something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Free {
    Everybody,
    /// Kernels and containers may be built or set up to refuse it themselves.
    Mostly,
    /// A root with all capabilities.
    Root,
}

use Free::{Everybody, Mostly, Root};

/// Every attempt, the walls each of which refuses it alone, and those that do so besides when Narrows runs as root.
const TABLE: &[(&str, Free, &[Wall], &[Wall])] = &[
    ("read a file", Everybody, &[N, L, S], &[]),
    ("read a file through a link", Everybody, &[N, L, S], &[]),
    ("read a file through its own root", Everybody, &[N, L, S], &[]),
    ("read a file through the host's root", Mostly, &[N, L, S], &[P]),
    ("read the host's environment", Mostly, &[N, L, S], &[P]),
    ("read what the host left open", Everybody, &[P], &[]),
    ("list a folder", Everybody, &[N, L, S], &[]),
    ("look at a file", Everybody, &[N, S], &[]),
    ("write to a file", Everybody, &[N, L, R, S], &[P]),
    ("make a file", Everybody, &[N, L, S], &[P]),
    ("make a folder", Everybody, &[N, L, S], &[P]),
    ("make a link", Everybody, &[N, L, S], &[P]),
    ("remove a file", Everybody, &[N, L, S], &[P]),
    ("change who may read a file", Everybody, &[N, S], &[P]),
    ("connect by TCP", Everybody, &[N, L, S], &[]),
    ("listen on TCP", Everybody, &[L, S], &[]),
    ("send by UDP", Everybody, &[N, S], &[]),
    ("connect to a Unix socket", Everybody, &[N, S], &[]),
    ("connect to a Unix socket without a file", Everybody, &[N, L, S], &[]),
    ("make a pair of sockets", Everybody, &[S], &[]),
    ("ask the kernel about the network", Everybody, &[S], &[]),
    ("read packets of others", Root, &[S], &[P]),
    ("run a program", Everybody, &[N, L, S], &[]),
    ("run a program made in memory", Mostly, &[R, S], &[]),
    ("become a process of its own", Everybody, &[S], &[]),
    ("become a process in a newer way", Mostly, &[S], &[]),
    ("signal the host", Everybody, &[L, S], &[P]),
    ("signal the host's thread", Everybody, &[L, S], &[P]),
    ("signal the host by a queue", Everybody, &[L, S], &[P]),
    ("signal the host by a handle", Mostly, &[L, S], &[P]),
    ("trace the host", Mostly, &[N, L, S], &[P]),
    ("read the host's memory", Mostly, &[N, L, S], &[P]),
    ("read the host's memory as a file", Mostly, &[N, L, S], &[P]),
    ("take a descriptor of the host's", Mostly, &[N, L, S], &[P]),
    ("change the host's limits", Everybody, &[S], &[P]),
    ("enter the host's namespaces", Root, &[N, L, S], &[P]),
    ("make memory to write and to run", Everybody, &[C, S], &[]),
    ("make what it wrote executable", Everybody, &[C, S], &[]),
    ("run a file made in memory as code", Mostly, &[R, S], &[]),
    ("set up io_uring", Mostly, &[S], &[]),
    ("handle its own page faults", Mostly, &[S], &[]),
    ("keep a key in the kernel", Mostly, &[S], &[]),
    ("make a map for kernel programs", Root, &[N, S], &[P]),
    ("measure the host", Mostly, &[N, S], &[P]),
    ("make namespaces", Mostly, &[N, S], &[]),
    ("mount a file system", Root, &[N, L, S], &[P]),
    ("change its root", Root, &[N, S], &[P]),
    ("become root", Root, &[P, N, S], &[]),
    ("let others look inside", Everybody, &[S], &[]),
];

/// Who starts the attacker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum User {
    /// The user that runs the tests.
    Own,
    /// For tests run as root: an ordinary user.
    Nobody,
}

/// What came of an attack.
struct Attack {
    /// The walls that stood.
    stood: Vec<Wall>,
    /// Every attempt, and its line in the report.
    attempts: BTreeMap<String, String>,
}

impl Attack {
    /// Attacks from behind all walls but these.
    fn behind(user: User, without: &[Wall]) -> Self {
        let place = Place::new();
        let mut command = place.command(user);
        command.arg("attack").args(without.iter().map(|wall| wall.name()));
        let output = command.output().expect("the attacker starts");
        let report = String::from_utf8(output.stdout).expect("UTF-8");
        let mut attack = Self { stood: Vec::new(), attempts: BTreeMap::new() };
        for line in report.lines() {
            if let Some((wall, state)) = line.strip_prefix("wall ").and_then(|rest| rest.split_once(": ")) {
                let wall = Wall::named(wall).expect("a wall");
                match state {
                    "stands" => attack.stood.push(wall),
                    "left out on request" => {}
                    reason => missing_here(wall, reason),
                }
            } else {
                let (_, rest) = line.split_once(' ').expect("a result");
                let name = rest.split(": ").next().unwrap_or(rest).to_owned();
                attack.attempts.insert(name, line.to_owned());
            }
        }
        let found: Vec<_> = attack.attempts.keys().cloned().collect();
        let mut expected = attempts();
        expected.sort_unstable();
        assert_eq!(found, expected, "the table has every attempt:\n{report}");
        attack
    }

    fn did(&self, name: &str) -> bool {
        self.attempts.get(name).is_some_and(|line| line.starts_with("DONE"))
    }
}

/// A wall this machine does not have: no reason to pass over it where everything is expected to be there.
fn missing_here(wall: Wall, reason: &str) {
    assert!(!Wall::EVERYWHERE.contains(&wall), "the wall {wall} must stand on every Linux: {reason}");
    assert!(env::var_os("CI").is_none(), "the wall {wall} cannot be tested: {reason}");
    eprintln!("the wall {wall} does not stand on this machine and was not tested: {reason}");
}

/// Every attempt, in the order they are made.
pub(crate) fn attempts() -> Vec<&'static str> {
    TABLE.iter().map(|(name, ..)| *name).filter(|name| is_possible(name)).collect()
}

/// The program made in memory is one for a single kind of processor.
fn is_possible(name: &str) -> bool {
    cfg!(target_arch = "x86_64") || name != "run a program made in memory"
}

/// The program where every user can reach it.
struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).expect("open to all");
        let path = folder.path().join("sandbox-worker");
        fs::copy(program(), &path).expect("a copy");
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("open to all");
        Self(folder)
    }

    fn command(&self, user: User) -> Command {
        let program = self.0.path().join("sandbox-worker");
        match user {
            User::Own => Command::new(program),
            User::Nobody => {
                let mut command = Command::new("setpriv");
                command.args(["--reuid", "65534", "--regid", "65534", "--clear-groups"]).arg(program);
                command
            }
        }
    }
}

/// Whether the tests run as a root who may do everything.
fn is_root() -> bool {
    const SYS_ADMIN: u64 = 1 << 21;
    let status = Status::of("self");
    let capabilities = u64::from_str_radix(&status.line("CapEff"), 16).expect("a number");
    status.line("Uid").starts_with("0\t") && capabilities & SYS_ADMIN != 0
}

fn users() -> Vec<User> {
    if is_root() { vec![User::Own, User::Nobody] } else { vec![User::Own] }
}

/// Fails for every attempt that got through although a wall that refuses it stood.
fn check(user: User, without: &[Wall]) {
    let attack = Attack::behind(user, without);
    let as_root = user == User::Own && is_root();
    let through = TABLE.iter().filter(|(name, _, always, with_root)| {
        let holds = |wall: &Wall| always.contains(wall) || (as_root && with_root.contains(wall));
        attack.did(name) && attack.stood.iter().any(holds)
    });
    let through: Vec<_> = through.map(|(name, ..)| *name).collect();
    assert!(through.is_empty(), "as {user:?}, behind {:?} alone, it could {through:?}", attack.stood);
}

fn all_but(stands: &[Wall]) -> Vec<Wall> {
    Wall::ALL.into_iter().filter(|wall| !stands.contains(wall)).collect()
}

#[test]
fn nothing_gets_through_all_walls() {
    for user in users() {
        let attack = Attack::behind(user, &[]);
        let done: Vec<_> = attack.attempts.values().filter(|line| !line.starts_with("refused")).collect();
        assert!(done.is_empty(), "as {user:?}: {done:#?}");
    }
}

#[test]
fn every_attempt_is_real() {
    for user in users() {
        let attack = Attack::behind(user, &Wall::ALL);
        let as_root = user == User::Own && is_root();
        for (name, free, ..) in TABLE.iter().filter(|(name, ..)| is_possible(name) && !attack.did(name)) {
            let line = &attack.attempts[*name];
            assert!(
                *free != Everybody && !(as_root && *free == Root),
                "as {user:?}, without any wall: {line}"
            );
            if *free == Mostly {
                eprintln!("this machine itself refuses it, so nothing is shown: {line}");
            }
        }
    }
}

#[test]
fn with_one_wall_removed_the_others_hold() {
    for user in users() {
        for wall in Wall::ALL {
            check(user, &[wall]);
        }
    }
}

#[test]
fn each_wall_holds_alone() {
    for user in users() {
        for wall in Wall::ALL {
            check(user, &all_but(&[wall]));
        }
    }
}

#[test]
fn all_but_one_attempt_is_refused_by_what_stands_everywhere() {
    // What was inherited is closed and not forbidden; everything else seccomp refuses by itself.
    let others: Vec<_> =
        TABLE.iter().filter(|(_, _, walls, _)| !walls.contains(&S)).map(|row| row.0).collect();
    assert_eq!(others, ["read what the host left open"]);
    for user in users() {
        check(user, &all_but(&Wall::EVERYWHERE));
    }
}

/// What the kernel says of a process.
struct Status(String);

impl Status {
    fn of(process: &str) -> Self {
        Self(fs::read_to_string(format!("/proc/{process}/status")).expect("its status"))
    }

    fn line(&self, name: &str) -> String {
        let line = self.0.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(":\t"));
        line.unwrap_or_else(|| panic!("no {name}: {}", self.0)).to_owned()
    }
}

/// The walls as they look from outside.
fn check_worker(kind: &str, process: u32) {
    let process = process.to_string();
    let status = Status::of(&process);
    for (name, expect) in [
        ("NoNewPrivs", "1"),
        ("Seccomp", "2"),
        ("CapPrm", "0000000000000000"),
        ("CapEff", "0000000000000000"),
        ("CapInh", "0000000000000000"),
        ("CapAmb", "0000000000000000"),
    ] {
        assert_eq!(status.line(name), expect, "{name} of the {kind}");
    }
    let limits = fs::read_to_string(format!("/proc/{process}/limits")).expect("its limits");
    for name in ["Max core file size", "Max file size", "Max locked memory", "Max msgqueue size"] {
        let line = limits.lines().find_map(|line| line.strip_prefix(name)).expect("a limit");
        assert_eq!(line.split_whitespace().take(2).collect::<Vec<_>>(), ["0", "0"], "{name} of the {kind}");
    }
    if is_root() {
        assert_eq!(status.line("Uid"), "65534\t65534\t65534\t65534", "of the {kind}");
        // Besides its pipes and stderr, however often, the engine's pristine memory, from which every instance is made.
        let open = open(&process);
        let is_known =
            |path: &str| path.starts_with("/memfd:wasm") || open[..3].iter().any(|(_, own)| own == path);
        let others: Vec<_> = open.iter().filter(|(_, path)| !is_known(path)).collect();
        assert!(others.is_empty(), "the {kind} holds {others:?}");
        // What it says on stderr goes wherever the tests say theirs.
        assert!(open[..2].iter().all(|(_, path)| path.starts_with("pipe:")), "the {kind} holds {open:?}");
        for space in ["mnt", "net", "ipc", "uts", "user"] {
            let of =
                |process: &str| fs::read_link(format!("/proc/{process}/ns/{space}")).expect("a namespace");
            assert_ne!(of(&process), of("self"), "the {kind} shares {space}");
        }
    } else {
        let refused = fs::read_dir(format!("/proc/{process}/fd")).map(drop).map_err(|error| error.kind());
        assert_eq!(refused, Err(io::ErrorKind::PermissionDenied), "the {kind} can be looked into");
    }
}

fn open(process: &str) -> Vec<(String, String)> {
    let entries = fs::read_dir(format!("/proc/{process}/fd")).expect("its descriptors");
    let mut open: Vec<_> = entries
        .flatten()
        .map(|entry| {
            let path = fs::read_link(entry.path()).unwrap_or_default();
            (entry.file_name().to_string_lossy().into_owned(), path.display().to_string())
        })
        .collect();
    open.sort_by_key(|(number, _)| number.parse::<u32>().ok());
    open
}

/// A worker started by a process that left a file open.
fn careless() -> Command {
    let mut shell = Command::new("/bin/sh");
    shell.args(["-c", "exec 8</etc/passwd 9</etc/passwd; exec \"$0\" \"$1\""]).arg(program());
    shell
}

#[test]
fn the_runner_is_behind_them() {
    let mut worker = Worker::of(&mut careless());
    check_worker("runner", worker.id());
    assert_eq!(shown(&worker.run("return 1", nobody).end), "returned 1");
}

#[test]
fn a_worker_is_the_first_to_go_when_memory_runs_out() {
    let worker = Worker::of(&mut careless());
    let score = std::fs::read_to_string(format!("/proc/{}/oom_score_adj", worker.id()));
    assert_eq!(score.expect("its score").trim(), "1000");
}

#[test]
fn the_parser_is_behind_them() {
    let mut parser = careless()
        .arg("parse")
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("a parser");
    let ready = wire::read_frame(parser.stdout.as_mut().expect("its stdout"));
    assert!(matches!(ready, Ok(FromParser::Ready { .. })), "{ready:?}");
    check_worker("parser", parser.id());
    drop(parser.stdin.take());
    assert!(parser.wait().expect("it ends").success());
}

#[test]
fn a_worker_needs_no_folder_of_processes() {
    // As in a container that mounts none. Where the tests may not change the root, the fallback is not reached.
    if !is_root() {
        return eprintln!("not tested: only root can take `/proc` away");
    }
    let command =
        "umount -l /proc 2>/dev/null; mount -t tmpfs none /proc && exec 9</etc/passwd && exec \"$0\" \"$1\"";
    let mut shell = Command::new("unshare");
    shell.args(["--mount", "/bin/sh", "-c", command]).arg(program());
    let mut worker = Worker::of(&mut shell);
    check_worker("runner", worker.id());
    assert_eq!(shown(&worker.run("return 1", nobody).end), "returned 1");
}

#[test]
fn the_attacker_leaves_nothing() {
    Attack::behind(User::Own, &Wall::ALL);
    let mounts = fs::read_to_string("/proc/self/mounts").expect("the mounts");
    assert!(!mounts.contains("/narrows-attack-"), "{mounts}");
}
