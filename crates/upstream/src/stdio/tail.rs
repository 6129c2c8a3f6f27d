//! The last lines of what a server writes beside its messages.

use std::{collections::VecDeque, sync::Arc};

use parking_lot::Mutex;
use tokio::io::{AsyncRead, AsyncReadExt};

use crate::secrets::Secrets;

/// Lines kept: a stack trace and what came before it.
const LINES_MAX: usize = 60;
/// Bytes kept of one line.
const LINE_BYTES_MAX: usize = 500;
/// Bytes read of one line: a credential is only found where it stands whole.
const READ_BYTES_MAX: usize = 16 << 10;

/// Read at once: as much as a pipe holds.
const CHUNK_BYTES: usize = 64 << 10;

/// Where the last lines begin, more than are kept because some are empty: a flood costs no more than looking for them.
fn last_lines(chunk: &[u8]) -> usize {
    memchr::memrchr_iter(b'\n', chunk).nth(4 * LINES_MAX).map_or(0, |end| end + 1)
}

/// A ring of lines, without the server's credentials.
pub(crate) struct Tail {
    lines: Mutex<VecDeque<String>>,
    pub(crate) secrets: Arc<Secrets>,
}

impl Tail {
    pub(crate) fn new(secrets: Arc<Secrets>) -> Arc<Self> {
        Arc::new(Self { lines: Mutex::default(), secrets })
    }

    /// The lines kept, oldest first.
    pub(crate) fn lines(&self) -> Vec<String> {
        self.lines.lock().iter().cloned().collect()
    }

    /// Reads the stream to its end, whatever its size, keeping only the tail.
    pub(crate) async fn follow(self: Arc<Self>, mut stream: impl AsyncRead + Unpin) {
        let mut chunk = vec![0; CHUNK_BYTES];
        let mut line = Vec::new();
        while let Ok(read @ 1..) = stream.read(&mut chunk).await {
            let kept = last_lines(&chunk[..read]);
            if kept > 0 {
                line.clear();
            }
            for piece in chunk[kept..read].split_inclusive(|byte| *byte == b'\n') {
                let room = READ_BYTES_MAX.saturating_sub(line.len());
                line.extend_from_slice(&piece[..piece.len().min(room)]);
                if piece.ends_with(b"\n") {
                    self.push(&line);
                    line.clear();
                }
            }
        }
        self.push(&line);
    }

    /// Takes in one line.
    pub(crate) fn push(&self, line: &[u8]) {
        let text = self.secrets.hide_in_line(line, LINE_BYTES_MAX);
        if text.is_empty() {
            return;
        }
        let mut lines = self.lines.lock();
        if lines.len() == LINES_MAX {
            lines.pop_front();
        }
        lines.push_back(text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entry::Transport;

    fn empty() -> Arc<Tail> {
        let url = "https://a.example/?key=hunter2-hunter2".to_owned();
        Tail::new(Arc::new(Secrets::of(&Transport::Http { url, headers: Vec::new() })))
    }

    #[tokio::test]
    async fn only_the_tail_is_kept() {
        let text: String = (0..1000).map(|n| format!("line {n}\n\n")).collect();
        let tail = empty();
        Arc::clone(&tail).follow(text.as_bytes()).await;
        let lines = tail.lines();
        assert_eq!((lines.len(), lines[0].as_str()), (60, "line 940"));
        assert_eq!(tail.lines().last().map(String::as_str), Some("line 999"));
    }

    #[tokio::test]
    async fn long_lines_are_cut_and_the_unfinished_one_is_kept() {
        let tail = empty();
        let text = format!("{}\n{}hunter2-hunter2\nlast words", "x".repeat(100_000), "x".repeat(490));
        Arc::clone(&tail).follow(text.as_bytes()).await;
        assert_eq!(tail.lines()[0], format!("{}…", "x".repeat(LINE_BYTES_MAX)));
        assert_eq!(tail.lines()[1], format!("{}[credentia…", "x".repeat(490)));
        assert_eq!(tail.lines().last().map(String::as_str), Some("last words"));
    }
}
