//! One Deno: its start, what it uses, its end.

use std::{
    ffi::OsString,
    fs::File,
    io::{BufReader, Read, Write},
    os::unix::{fs::FileExt, process::ExitStatusExt},
    process::{self, ChildStderr, ChildStdin, ChildStdout, Command, ExitStatus, Stdio},
    sync::mpsc,
    thread,
};

use nix::{
    time::{ClockId, clock_getcpuclockid},
    unistd::Pid,
};
use parking_lot::Mutex;
use rustix::{
    param::page_size,
    process::{Resource, Rlimit, prlimit},
};
use wire::{FromRunner, WIRE_VERSION, WallState};

use super::{
    CHILD, ENGINE, PRELUDE, REALM,
    frames::{self, Said, Sizes},
    program::Program,
};

/// What Deno may have to say about its own death.
const LAST_WORDS_BYTES: u64 = 16 * 1024;

/// What V8, the allocators and Deno say when there is no memory left.
const NO_MEMORY: [&str; 4] = ["out of memory", "memory allocation of", "bad_alloc", "Cannot allocate memory"];

/// How a process is started.
pub(super) struct Recipe {
    /// The arguments that make this program the worker it is.
    pub(super) words: Vec<OsString>,
    /// Deno.
    pub(super) program: Program,
    /// The heap V8 gives a script, in megabytes.
    pub(super) heap_mb: OsString,
}

/// A process that waits for a script, or has one.
pub(super) struct Child {
    process: Mutex<process::Child>,
    clock: ClockId,
    statm: File,
    to: mpsc::Sender<Vec<u8>>,
}

/// The other half: what it says.
pub(super) struct Voice {
    frames: BufReader<ChildStdout>,
    last_words: ChildStderr,
}

/// What a process has used since it was started.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Usage {
    /// Time of all its threads on a processor, in microseconds.
    pub(super) cpu_us: u64,
    /// Memory it holds, in bytes.
    pub(super) resident: u64,
    /// Memory it may write to, whether it has or not, in bytes: what the kernel counts for its limit.
    writable: u64,
}

/// How it ended.
pub(super) enum Death {
    /// It had no memory left.
    Memory,
    /// Anything else, in words for the log.
    Other(String),
}

impl Child {
    /// Starts one and waits until it is ready. It dies with the calling thread.
    pub(super) fn start(recipe: &Recipe) -> Result<(Self, Voice, Vec<WallState>), String> {
        let mut process = Command::new("/proc/self/exe")
            .args(&recipe.words)
            .arg(CHILD)
            .arg(&recipe.program.path)
            .arg(&recipe.heap_mb)
            .args(&recipe.program.libraries)
            .env_clear()
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| format!("a process could not be started: {error}"))?;
        let (Some(stdin), Some(stdout), Some(last_words)) =
            (process.stdin.take(), process.stdout.take(), process.stderr.take())
        else {
            return Err("a process has no pipes".to_owned());
        };
        let mut voice = Voice { frames: BufReader::new(stdout), last_words };
        match first_words(&process, stdin, &mut voice) {
            Ok((clock, statm, to, walls)) => {
                Ok((Self { process: Mutex::new(process), clock, statm, to }, voice, walls))
            }
            Err(reason) => {
                let _ = process.kill();
                let _ = process.wait();
                let said = voice.last_words();
                let said =
                    said.lines().map(str::trim).find(|line| !line.is_empty() && !line.contains("===="));
                Err(said.map_or(reason, str::to_owned))
            }
        }
    }

    /// Sends a frame. What a process that is gone does not hear is no loss.
    pub(super) fn say(&self, frame: Vec<u8>) {
        let _ = self.to.send(frame);
    }

    /// What it has used; nothing new once it is gone.
    pub(super) fn usage(&self) -> Usage {
        let cpu_us = self.clock.now().map_or(0, |time| {
            let (seconds, nanos) = (time.tv_sec() as u64, time.tv_nsec() as u64);
            seconds * 1_000_000 + nanos / 1_000
        });
        let mut text = [0; 128];
        let length = self.statm.read_at(&mut text, 0).unwrap_or(0);
        let mut pages = text[..length].split(|byte| *byte == b' ').map(|number| {
            str::from_utf8(number).ok().and_then(|number| number.trim().parse().ok()).unwrap_or(0)
        });
        let mut bytes = |skipped| pages.nth(skipped).unwrap_or(0_u64) * page_size() as u64;
        // proc(5): size, resident, shared, text, lib, data.
        Usage { cpu_us, resident: bytes(1), writable: bytes(3) }
    }

    /// Makes the kernel refuse more memory than a script may have, and a tenth for what V8 needs around it.
    pub(super) fn limit_memory(&self, now: Usage, bytes: u64) {
        let most = Some(now.writable.saturating_add(bytes).saturating_add(bytes / 10));
        // What the kernel refuses to bound is bounded by being watched.
        let _ = prlimit(self.id(), Resource::Data, Rlimit { current: most, maximum: most });
    }

    /// Whether it is still there.
    pub(super) fn lives(&self) -> bool {
        matches!(self.process.lock().try_wait(), Ok(None))
    }

    /// Kills it. Its voice ends.
    pub(super) fn kill(&self) {
        let _ = self.process.lock().kill();
    }

    /// Kills it, waits, and says how it ended.
    pub(super) fn bury(&self, voice: &mut Voice) -> Death {
        let mut process = self.process.lock();
        let _ = process.kill();
        match process.wait() {
            Ok(status) => voice.cause(status),
            Err(error) => Death::Other(error.to_string()),
        }
    }

    fn id(&self) -> Option<rustix::process::Pid> {
        rustix::process::Pid::from_raw(i32::try_from(self.process.lock().id()).ok()?)
    }
}

type FirstWords = (ClockId, File, mpsc::Sender<Vec<u8>>, Vec<WallState>);

fn first_words(process: &process::Child, stdin: ChildStdin, voice: &mut Voice) -> Result<FirstWords, String> {
    let id = i32::try_from(process.id()).map_err(|error| error.to_string())?;
    let clock = clock_getcpuclockid(Pid::from_raw(id)).map_err(|error| format!("its clock: {error}"))?;
    let statm = File::open(format!("/proc/{id}/statm")).map_err(|error| format!("its memory: {error}"))?;
    let walls = match wire::read_frame(&mut voice.frames) {
        Ok(FromRunner::Ready { version: WIRE_VERSION, walls, .. }) => walls,
        _ => return Err("a process did not say that it is ready".to_owned()),
    };
    let to = writer(stdin)?;
    for text in [REALM, ENGINE, PRELUDE] {
        let _ = to.send(frames::source(text));
    }
    match voice.next(Sizes::NONE) {
        Ok(Said::Ready) => Ok((clock, statm, to, walls)),
        _ => Err("Deno did not say that it is ready".to_owned()),
    }
}

/// Writes on a thread of its own: a script that computes does not read, and nobody shall wait for it.
fn writer(mut stdin: ChildStdin) -> Result<mpsc::Sender<Vec<u8>>, String> {
    let (to, frames) = mpsc::channel::<Vec<u8>>();
    let writes = move || while frames.recv().is_ok_and(|frame| stdin.write_all(&frame).is_ok()) {};
    thread::Builder::new().name("writer".into()).spawn(writes).map_err(|error| error.to_string())?;
    Ok(to)
}

impl Voice {
    /// What it says next.
    pub(super) fn next(&mut self, sizes: Sizes) -> Result<Said, frames::Silence> {
        frames::read(&mut self.frames, sizes)
    }

    fn cause(&mut self, status: ExitStatus) -> Death {
        let said = self.last_words();
        // An allocation that fails where nobody may throw aborts without a word; everything else says why.
        let is_mute = status.signal() == Some(libc::SIGABRT) && said.trim().is_empty();
        if is_mute || status.signal().is_some() && NO_MEMORY.iter().any(|words| said.contains(words)) {
            return Death::Memory;
        }
        let last = said.lines().map(str::trim).rfind(|line| !line.is_empty()).unwrap_or_default();
        Death::Other(format!("Deno ended: {status} {last}"))
    }

    /// What a dead process left in its pipe.
    fn last_words(&mut self) -> String {
        let mut said = Vec::new();
        let _ = (&mut self.last_words).take(LAST_WORDS_BYTES).read_to_end(&mut said);
        String::from_utf8_lossy(&said).into_owned()
    }
}
