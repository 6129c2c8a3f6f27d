//! What a command reads from its person: scripts, arguments, answers. A pipe or a terminal may say nothing for ever, so every
//! read is given up when the process is asked to end.

use std::{
    fs::File,
    io::{self, Read, Write},
    path::Path,
    sync::mpsc::{RecvTimeoutError, channel},
    thread,
    time::Duration,
};

use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

use crate::exit::{Failed, Status};

/// The largest file or stdin a command reads.
const BYTES_MAX: u64 = 64 * 1024 * 1024;

/// How often it is looked whether the process was asked to end.
const LOOKS_AT_STOP: Duration = Duration::from_millis(50);

/// Reads a file, or stdin for `-`.
pub(super) fn read_input(path: &Path, stop: &CancellationToken) -> Result<String, Failed> {
    let name = if path == Path::new("-") { "stdin".to_owned() } else { format!("`{}`", path.display()) };
    let path = path.to_owned();
    let read = until_stopped(stop, move || {
        if path == Path::new("-") { bounded(io::stdin()) } else { bounded(File::open(path)?) }
    })?;
    read.map_err(|why| Failed::new(Status::Usage, format!("cannot read {name}: {why}")))
}

/// Does what may wait for ever, until the process is asked to end: then it is left behind.
pub(super) fn until_stopped<T: Send + 'static>(
    stop: &CancellationToken,
    read: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Failed> {
    let (sender, receiver) = channel();
    // Nobody listens when the process was asked to end.
    thread::spawn(move || sender.send(read()));
    loop {
        match receiver.recv_timeout(LOOKS_AT_STOP) {
            Ok(read) => return Ok(read),
            Err(RecvTimeoutError::Timeout) if !stop.is_cancelled() => {}
            Err(_) => return Err(Failed::new(Status::Interrupted, "interrupted")),
        }
    }
}

/// A line that the person types, for a command that has other things to do meanwhile.
pub(super) async fn answer(question: &str) -> String {
    let _ = write!(io::stderr().lock(), "{question}");
    let (sender, line) = oneshot::channel();
    // Nobody waits for this thread when the process ends before the line is typed.
    thread::spawn(move || {
        let mut line = String::new();
        let _ = io::stdin().read_line(&mut line);
        sender.send(line)
    });
    line.await.unwrap_or_default()
}

/// Unlike a configuration, a script may come through a pipe: `narrows run <(make-script)`.
fn bounded(input: impl Read) -> io::Result<String> {
    let mut bytes = Vec::new();
    input.take(BYTES_MAX + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > BYTES_MAX {
        return Err(io::Error::other(format!("it has more than {BYTES_MAX} bytes")));
    }
    files::text(bytes)
}
