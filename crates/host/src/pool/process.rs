//! One worker process: its start, its first word, its diagnostics, its end.

use std::{
    path::Path,
    process::{ExitStatus, Stdio},
    time::Duration,
};

use serde::de::DeserializeOwned;
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, BufReader},
    process::{Child, ChildStderr, ChildStdin, ChildStdout, Command},
    time::timeout,
};
use wire::{FromParser, FromRunner, WIRE_VERSION, WallState};

use super::frames::FrameReader;

/// A worker says it is ready after milliseconds; a machine under heavy load may need seconds.
const START_MAX: Duration = Duration::from_secs(10);

/// A process that closed its pipe or was killed is gone after microseconds.
const END_MAX: Duration = Duration::from_secs(2);

/// Lines of diagnostics that are logged of one worker: enough for a panic, too few to fill a disk.
const STDERR_LINES: usize = 200;

/// Bytes of one such line.
const STDERR_LINE_BYTES: u64 = 2_000;

/// A worker that has said it is ready.
pub(super) struct Process {
    pub(super) child: Child,
    pub(super) input: ChildStdin,
    pub(super) output: FrameReader<ChildStdout>,
    /// The walls it says it has raised around itself.
    pub(super) walls: Vec<WallState>,
}

/// The first frame of a worker's life.
pub(super) trait FirstFrame: DeserializeOwned {
    /// The version and the walls it names, when it is the frame that must come first.
    fn ready(self) -> Option<(u32, Vec<WallState>)>;
}

impl FirstFrame for FromParser {
    fn ready(self) -> Option<(u32, Vec<WallState>)> {
        if let Self::Ready { version, walls } = self { Some((version, walls)) } else { None }
    }
}

impl FirstFrame for FromRunner {
    fn ready(self) -> Option<(u32, Vec<WallState>)> {
        if let Self::Ready { version, walls } = self { Some((version, walls)) } else { None }
    }
}

/// Starts a worker and waits until it is ready. The process dies with what is returned. To be called by
/// [`super::starter::Starter`] alone, which looks at the walls.
pub(super) async fn start<First: FirstFrame>(
    program: &Path,
    arguments: &[std::ffi::OsString],
) -> Result<Process, String> {
    let mut child = Command::new(program)
        .args(arguments)
        .env_clear()
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| format!("a worker could not be started: {error}"))?;
    let (Some(input), Some(output), Some(diagnostics)) =
        (child.stdin.take(), child.stdout.take(), child.stderr.take())
    else {
        return Err("a worker has no pipes".to_owned());
    };
    tokio::spawn(log_diagnostics(diagnostics, child.id()));
    let mut output = FrameReader::new(output);
    let walls = match timeout(START_MAX, output.next::<First>()).await {
        Ok(Ok((first, _))) => check_version(first.ready())?,
        Ok(Err(error)) => {
            return Err(format!("a worker ended before it was ready: {error}; {}", end(&mut child).await));
        }
        Err(_) => return Err(format!("a worker was not ready after {} s", START_MAX.as_secs())),
    };
    Ok(Process { child, input, output, walls })
}

/// Kills a worker and says how it ended: by itself where it did before.
pub(super) async fn end(child: &mut Child) -> String {
    if let Ok(Some(status)) = child.try_wait() {
        return described(status);
    }
    // It closed its pipe a moment ago and is on its way out, or it must be killed.
    if let Ok(Ok(status)) = timeout(Duration::from_millis(100), child.wait()).await {
        return described(status);
    }
    kill(child).await
}

/// Kills a worker at once.
pub(super) async fn kill(child: &mut Child) -> String {
    let _ = child.start_kill();
    match timeout(END_MAX, child.wait()).await {
        Ok(Ok(_)) => "it was killed".to_owned(),
        _ => "it could not be killed".to_owned(),
    }
}

fn described(status: ExitStatus) -> String {
    status.to_string()
}

fn check_version(said: Option<(u32, Vec<WallState>)>) -> Result<Vec<WallState>, String> {
    match said {
        Some((WIRE_VERSION, walls)) => Ok(walls),
        Some((other, _)) => Err(format!("a worker speaks version {other} of the wire, not {WIRE_VERSION}")),
        None => Err("a worker did not say that it is ready".to_owned()),
    }
}

async fn log_diagnostics(stream: ChildStderr, process: Option<u32>) {
    let mut lines = BufReader::new(stream);
    for _ in 0..STDERR_LINES {
        let mut line = Vec::new();
        match (&mut lines).take(STDERR_LINE_BYTES).read_until(b'\n', &mut line).await {
            Ok(read) if read > 0 => {
                tracing::debug!(process, "worker: {}", String::from_utf8_lossy(&line).trim_end());
            }
            _ => return,
        }
    }
    // The rest is read and dropped, so that the worker never waits for a reader.
    let _ = tokio::io::copy(&mut lines, &mut tokio::io::sink()).await;
}
