//! The process between Narrows and a server of its own: it ends whatever the server leaves behind.
//!
//! Children of a server that lose their parent, also those that left the server's session and process group on
//! purpose, become children of the reaper, because it is their subreaper. When the server has ended, when Narrows
//! asks, or when Narrows is gone (however it went), the reaper ends them all and then itself. It carries no data: the
//! server has Narrows' pipes directly.
//!
//! | signal | meaning |
//! |---|---|
//! | TERM | passed on to the server and all it started |
//! | INT | end them all, now |
//! | HUP | the parent is gone: as INT |

use std::{
    ffi::OsString,
    fs,
    io::{self, Write},
    os::unix::process::ExitStatusExt,
    process::ExitStatus,
    time::Duration,
};

use rustix::process::{
    Pid, Signal, WaitOptions, getpid, getppid, kill_process, set_child_subreaper,
    set_parent_process_death_signal, waitpid,
};
use tokio::{
    process::{Child, Command},
    signal::unix::{SignalKind, signal},
    time::{Instant, sleep},
};

/// How long what a server leaves behind may stay, to say its last words.
const LAST_WORDS: Duration = Duration::from_millis(500);
/// Between two looks at who is still there.
const POLL: Duration = Duration::from_millis(5);
/// A process that has not ended by then never will: it waits inside the kernel, or belongs to another user.
const GIVE_UP: Duration = Duration::from_secs(5);
/// The server could not be started, as shells say it.
const NOT_STARTED: u8 = 127;

/// Runs a server as its reaper; the exit code to end with, which is the server's (or 128 and its signal).
///
/// For a process of its own that was started with the server's standard streams, environment and directory.
pub fn reap(command: &OsString, args: &[OsString]) -> u8 {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let outcome = runtime.and_then(|runtime| runtime.block_on(watch(command, args)));
    outcome.unwrap_or_else(|error| {
        // Where this cannot be written nobody reads it either.
        let _ = writeln!(io::stderr(), "`{}` cannot be started: {error}", command.display());
        NOT_STARTED
    })
}

async fn watch(command: &OsString, args: &[OsString]) -> io::Result<u8> {
    let parent = getppid();
    set_child_subreaper(Some(getpid()))?;
    let mut pass_on = signal(SignalKind::terminate())?;
    let mut end = signal(SignalKind::interrupt())?;
    let mut orphaned = signal(SignalKind::hangup())?;
    let mut child_ended = signal(SignalKind::child())?;
    set_parent_process_death_signal(Some(Signal::HUP))?;
    // It may have gone before it could be asked to tell.
    let is_orphan = || getppid() != parent;
    if is_orphan() {
        return Ok(NOT_STARTED);
    }
    let mut server = Command::new(command).args(args).process_group(0).spawn()?;
    let leader = server.id();
    let_go_of_streams()?;
    let ended = loop {
        tokio::select! {
            ended = server.wait() => break Some(ended?),
            _ = end.recv() => break None,
            // Also sent when only the thread that started us ends.
            _ = orphaned.recv() => if is_orphan() { break None },
            _ = pass_on.recv() => signal_all(Signal::TERM),
            _ = child_ended.recv() => bury(leader),
        }
    };
    if ended.is_some() && !descendants().is_empty() {
        tokio::select! {
            () = sleep(LAST_WORDS) => {}
            _ = end.recv() => {}
        }
    }
    end_all(&mut server).await;
    Ok(ended.map_or(NOT_STARTED, code_of))
}

/// The server alone holds its streams, so that their ends are seen when it closes them.
fn let_go_of_streams() -> io::Result<()> {
    let nothing = fs::OpenOptions::new().read(true).write(true).open("/dev/null")?;
    nix::unistd::dup2_stdin(&nothing)?;
    nix::unistd::dup2_stdout(&nothing)?;
    nix::unistd::dup2_stderr(&nothing)?;
    Ok(())
}

async fn end_all(server: &mut Child) {
    let until = Instant::now() + GIVE_UP;
    loop {
        signal_all(Signal::KILL);
        let server_ended = server.try_wait().is_ok_and(|ended| ended.is_some());
        bury(server.id());
        if (server_ended && descendants().is_empty()) || Instant::now() > until {
            return;
        }
        sleep(POLL).await;
    }
}

fn signal_all(signal: Signal) {
    for pid in descendants() {
        // It may have ended in this moment.
        let _ = kill_process(pid, signal);
    }
}

/// Takes note of the end of those who came to us; the server's own end is waited for elsewhere.
fn bury(server: Option<u32>) {
    let me = getpid();
    for one in processes().into_iter().filter(|one| one.parent == me && one.is_dead) {
        if server != Some(one.pid.as_raw_pid().cast_unsigned()) {
            let _ = waitpid(Some(one.pid), WaitOptions::NOHANG);
        }
    }
}

struct Seen {
    pid: Pid,
    parent: Pid,
    is_dead: bool,
}

/// All processes that are ours through any number of parents, and alive.
fn descendants() -> Vec<Pid> {
    let all = processes();
    let mut found = vec![getpid()];
    let mut at = 0;
    while let Some(&parent) = found.get(at) {
        let children = all.iter().filter(|one| one.parent == parent).map(|one| one.pid);
        found.extend(children.collect::<Vec<_>>());
        at += 1;
    }
    let dead = |pid: &Pid| all.iter().any(|one| one.pid == *pid && one.is_dead);
    found.split_off(1).into_iter().filter(|pid| !dead(pid)).collect()
}

/// Who runs on this machine, as far as we may see.
fn processes() -> Vec<Seen> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(|entry| read_stat(&fs::read_to_string(entry.path().join("stat")).ok()?)).collect()
}

/// Reads `pid (name) state parent …`; the name may hold anything.
fn read_stat(stat: &str) -> Option<Seen> {
    let (pid, rest) = stat.split_once(" (")?;
    let (_, rest) = rest.rsplit_once(") ")?;
    let mut fields = rest.split(' ');
    let state = fields.next()?;
    let number = |text: &str| text.parse().ok().and_then(Pid::from_raw);
    Some(Seen { pid: number(pid)?, parent: number(fields.next()?)?, is_dead: matches!(state, "Z" | "X") })
}

fn code_of(status: ExitStatus) -> u8 {
    let code = status.code().or_else(|| status.signal().map(|signal| 128 + signal));
    code.and_then(|code| u8::try_from(code).ok()).unwrap_or(u8::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_processes_may_hold_anything() {
        let seen = read_stat("12 (a) Z 1 (b) ) S 7 12 12 0").expect("a process");
        assert_eq!((seen.pid.as_raw_pid(), seen.parent.as_raw_pid(), seen.is_dead), (12, 7, false));
        assert!(read_stat("1 (init) S 0 1").is_none(), "nobody's child is not ours");
        assert!(read_stat("").is_none());
    }

    #[test]
    fn codes_are_those_of_shells() {
        assert_eq!(code_of(ExitStatus::from_raw(3 << 8)), 3);
        assert_eq!(code_of(ExitStatus::from_raw(9)), 137);
    }
}
