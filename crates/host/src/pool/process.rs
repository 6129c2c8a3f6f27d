//! One worker process: its start, its first word, its diagnostics, its end.

use std::{
    io,
    os::unix::process::ExitStatusExt,
    process::{ExitStatus, Stdio},
    time::Duration,
};

use rustix::process::Signal;
use serde::de::DeserializeOwned;
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, BufReader},
    process::{Child, ChildStderr, ChildStdin, ChildStdout, Command},
    time::timeout,
};
use wire::{FromParser, FromRunner, WIRE_VERSION, WallState};

use super::{container::Container, frames::FrameReader};

/// A worker says it is ready after milliseconds; a machine under heavy load may need seconds.
const START_MAX: Duration = Duration::from_secs(10);

/// A process that closed its pipe or was killed is gone after microseconds.
const END_MAX: Duration = Duration::from_secs(2);

/// How long a worker that closed its pipe may take to end by itself, so that it can be said how.
const LEAVE_MAX: Duration = Duration::from_millis(100);

/// The same for a container: its runtime tidies up after it.
const LEAVE_CONTAINER_MAX: Duration = END_MAX;

/// Lines of diagnostics that are logged of one worker: enough for a panic, too few to fill a disk.
const STDERR_LINES: usize = 200;

/// Bytes of one such line.
const STDERR_LINE_BYTES: u64 = 2_000;

/// A worker that has said it is ready.
pub(super) struct Process {
    pub(super) body: Body,
    pub(super) input: ChildStdin,
    pub(super) output: FrameReader<ChildStdout>,
    /// The walls it says it has raised around itself.
    pub(super) walls: Vec<WallState>,
    /// How many scripts it can carry at once.
    pub(super) capacity: usize,
    /// The fingerprint of its engine, where a run in it can be repeated.
    pub(super) engine: Option<u64>,
}

/// A worker's process, or that of the runtime which holds its container. Ended when dropped.
pub(super) struct Body {
    /// Taken when this is dropped, never before.
    child: Option<Child>,
    container: Option<Container>,
}

/// How a worker ended.
pub(super) struct Ending {
    /// In words.
    pub(super) told: String,
    /// Somebody else ended it: a person, or a machine that ran out of memory.
    pub(super) by_others: bool,
}

/// Signals that a process does not earn by a fault of its own.
const SIGNALS_OF_OTHERS: [Signal; 4] = [Signal::KILL, Signal::TERM, Signal::INT, Signal::HUP];

/// How a runtime says that what ran in its container was killed.
const CONTAINER_KILLED: i32 = 128 + 9;

/// What a worker says first.
pub(super) struct Ready {
    version: u32,
    walls: Vec<WallState>,
    capacity: u32,
    engine: Option<u64>,
}

/// The first frame of a worker's life.
pub(super) trait FirstFrame: DeserializeOwned {
    /// What it says of its worker, when it is the frame that must come first.
    fn ready(self) -> Option<Ready>;
}

impl FirstFrame for FromParser {
    fn ready(self) -> Option<Ready> {
        match self {
            Self::Ready { version, walls } => Some(Ready { version, walls, capacity: 1, engine: None }),
            Self::Parsed { .. } => None,
        }
    }
}

impl FirstFrame for FromRunner {
    fn ready(self) -> Option<Ready> {
        match self {
            Self::Ready { version, walls, capacity, engine } => {
                Some(Ready { version, walls, capacity, engine })
            }
            _ => None,
        }
    }
}

/// Starts a worker and waits until it is ready. The process dies with what is returned. To be called by
/// [`super::starter::Starter`] alone, which looks at the walls.
pub(super) async fn start<First: FirstFrame>(
    mut command: Command,
    container: Option<Container>,
) -> Result<Process, String> {
    let mut child = command
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        // A runtime is never killed while it makes a container: half of one would be left.
        .kill_on_drop(container.is_none())
        .spawn()
        .map_err(|error| {
            let program = command.as_std().get_program().to_string_lossy();
            format!("a worker could not be started: `{program}`: {error}")
        })?;
    let (Some(input), Some(output), Some(diagnostics)) =
        (child.stdin.take(), child.stdout.take(), child.stderr.take())
    else {
        return Err("a worker has no pipes".to_owned());
    };
    let diagnostics = tokio::spawn(log_diagnostics(diagnostics, child.id()));
    let mut body = Body { child: Some(child), container };
    let mut output = FrameReader::new(output);
    let Ready { walls, capacity, engine, .. } = match timeout(START_MAX, output.next::<First>()).await {
        Ok(Ok((first, _))) => check_version(first.ready())?,
        Ok(Err(error)) => {
            let end = body.end().await.told;
            let said = timeout(END_MAX, diagnostics).await.ok().and_then(Result::ok).unwrap_or_default();
            let said = if said.is_empty() { said } else { format!("; its last words: {said}") };
            return Err(format!("a worker ended before it was ready: {error}; {end}{said}"));
        }
        Err(_) => return Err(format!("a worker was not ready after {} s", START_MAX.as_secs())),
    };
    Ok(Process { body, input, output, walls, capacity: capacity.max(1) as usize, engine })
}

impl Body {
    /// How it ended, if it did.
    pub(super) fn try_wait(&mut self) -> io::Result<Option<ExitStatus>> {
        self.child.as_mut().map_or(Ok(None), Child::try_wait)
    }

    /// Kills a worker and says how it ended: by itself where it did before.
    pub(super) async fn end(&mut self) -> Ending {
        let leave = if self.container.is_some() { LEAVE_CONTAINER_MAX } else { LEAVE_MAX };
        // It closed its pipe a moment ago and is on its way out, or it must be killed.
        match self.wait(leave).await {
            Some(status) => {
                let by_others = self.was_ended_by_others(status);
                self.clear_away().await;
                Ending { told: status.to_string(), by_others }
            }
            None => self.kill().await,
        }
    }

    fn was_ended_by_others(&self, status: ExitStatus) -> bool {
        let signal = status.signal().and_then(Signal::from_named_raw);
        signal.is_some_and(|signal| SIGNALS_OF_OTHERS.contains(&signal))
            || self.container.is_some() && status.code() == Some(CONTAINER_KILLED)
    }

    /// Kills a worker at once.
    pub(super) async fn kill(&mut self) -> Ending {
        // The worker first, without which its runtime ends; the other way round it would live on.
        if let Some(container) = &self.container {
            container.kill().await;
            self.wait(END_MAX).await;
        }
        if let Some(child) = &mut self.child {
            let _ = child.start_kill();
        }
        let ended = self.wait(END_MAX).await;
        self.clear_away().await;
        let told = if ended.is_some() { "it was killed" } else { "it could not be killed" };
        Ending { told: told.to_owned(), by_others: false }
    }

    async fn wait(&mut self, at_most: Duration) -> Option<ExitStatus> {
        timeout(at_most, self.child.as_mut()?.wait()).await.ok()?.ok()
    }

    /// Removes what is left of the container.
    async fn clear_away(&mut self) {
        if let Some(container) = self.container.take() {
            container.delete().await;
            container.forget();
        }
    }
}

impl Drop for Body {
    /// Its input is closed too: a worker that is well ends with it, also one that is only being started, and its
    /// runtime tidies up. One that is not is killed.
    fn drop(&mut self) {
        let (Some(child), Some(container)) = (self.child.take(), self.container.take()) else { return };
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            let mut body = Self { child: Some(child), container: Some(container) };
            runtime.spawn(async move {
                body.wait(START_MAX).await;
                body.kill().await;
            });
        }
    }
}

fn check_version(said: Option<Ready>) -> Result<Ready, String> {
    match said {
        Some(ready @ Ready { version: WIRE_VERSION, .. }) => Ok(ready),
        Some(Ready { version, .. }) => {
            Err(format!("a worker speaks version {version} of the wire, not {WIRE_VERSION}"))
        }
        None => Err("a worker did not say that it is ready".to_owned()),
    }
}

/// Logs what a worker says beside its frames, and gives its last line.
async fn log_diagnostics(stream: ChildStderr, process: Option<u32>) -> String {
    let mut last = String::new();
    let mut lines = BufReader::new(stream);
    for _ in 0..STDERR_LINES {
        let mut line = Vec::new();
        match (&mut lines).take(STDERR_LINE_BYTES).read_until(b'\n', &mut line).await {
            Ok(read) if read > 0 => {
                String::from_utf8_lossy(&line).trim_end().clone_into(&mut last);
                tracing::debug!(process, "worker: {last}");
            }
            _ => return last,
        }
    }
    // The rest is read and dropped, so that the worker never waits for a reader.
    let _ = tokio::io::copy(&mut lines, &mut tokio::io::sink()).await;
    last
}
