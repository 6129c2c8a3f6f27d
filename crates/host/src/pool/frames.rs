//! Frames on asynchronous pipes.

use std::{io, time::Duration};

use serde::{Serialize, de::DeserializeOwned};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use wire::{FrameError, HEADER_BYTES, decode, encode_into, frame_length};

/// Bytes asked of a pipe at once: what a Linux pipe holds.
const READ_BYTES: usize = 64 * 1024;

/// A reader that once held a large frame gives the memory back down to this.
const KEPT_BYTES: usize = 1024 * 1024;

/// A worker reads its pipe all the time; one that does not take a frame for so long has stopped.
const WRITE_MAX: Duration = Duration::from_secs(10);

/// Reads frames. A read that is given up loses nothing: what came so far waits here.
pub(super) struct FrameReader<R> {
    stream: R,
    buffer: Vec<u8>,
    /// Where the first unread frame begins.
    start: usize,
}

impl<R: AsyncRead + Unpin> FrameReader<R> {
    pub(super) fn new(stream: R) -> Self {
        Self { stream, buffer: Vec::new(), start: 0 }
    }

    /// The next message and the bytes it took.
    pub(super) async fn next<M: DeserializeOwned>(&mut self) -> Result<(M, usize), FrameError> {
        loop {
            let missing = match self.whole_frame()? {
                Ok(length) => return self.take(length),
                Err(missing) => missing,
            };
            self.read_more(missing).await?;
        }
    }

    /// The length of the message at `start` when all of it is here, else how many bytes are missing.
    fn whole_frame(&self) -> Result<Result<usize, usize>, FrameError> {
        let unread = &self.buffer[self.start..];
        let Some(header) = unread.first_chunk::<HEADER_BYTES>() else {
            return Ok(Err(HEADER_BYTES - unread.len()));
        };
        let length = frame_length(*header)?;
        let here = unread.len() - HEADER_BYTES;
        Ok(if here >= length { Ok(length) } else { Err(length - here) })
    }

    fn take<M: DeserializeOwned>(&mut self, length: usize) -> Result<(M, usize), FrameError> {
        let from = self.start + HEADER_BYTES;
        let message = decode(&self.buffer[from..from + length])?;
        self.start = from + length;
        if self.start == self.buffer.len() {
            self.start = 0;
            self.buffer.clear();
            self.buffer.shrink_to(KEPT_BYTES);
        }
        Ok((message, length))
    }

    async fn read_more(&mut self, missing: usize) -> Result<(), FrameError> {
        self.buffer.drain(..self.start);
        self.start = 0;
        // Grows with what came, not with what was claimed: a lying length costs nothing.
        let more = missing.clamp(READ_BYTES, READ_BYTES.max(self.buffer.len()));
        self.buffer.reserve(more);
        match self.stream.read_buf(&mut self.buffer).await? {
            0 if self.buffer.is_empty() => Err(FrameError::Closed),
            0 => Err(io::Error::from(io::ErrorKind::UnexpectedEof).into()),
            _ => Ok(()),
        }
    }
}

/// Writes encoded frames. A write that is given up half-way spoils the stream: the caller ends the worker then.
pub(super) async fn write(stream: &mut (impl AsyncWrite + Unpin), frames: &[u8]) -> Result<(), FrameError> {
    match tokio::time::timeout(WRITE_MAX, stream.write_all(frames)).await {
        Ok(written) => Ok(written?),
        Err(_) => Err(io::Error::from(io::ErrorKind::TimedOut).into()),
    }
}

/// One message as a frame.
pub(super) fn encode(message: &impl Serialize) -> Result<Vec<u8>, FrameError> {
    let mut frame = Vec::new();
    encode_into(message, &mut frame)?;
    Ok(frame)
}

#[cfg(test)]
mod tests {
    use wire::{RunNumber, Settlement, ToRunner};

    use super::*;

    fn settle(text: String) -> ToRunner {
        ToRunner::Settle { run: RunNumber(1), call: 2, with: Settlement::Text(text), now_ms: 0.0 }
    }

    #[tokio::test]
    async fn frames_come_out_however_the_bytes_were_cut() {
        let large = "x".repeat(300_000);
        let mut bytes = encode(&settle("first".into())).expect("encoded");
        bytes.extend(encode(&settle(large.clone())).expect("encoded"));
        bytes.extend(encode(&ToRunner::Cancel { run: RunNumber(9) }).expect("encoded"));
        for cut in [1, 3, 4, 5, 17, bytes.len() - 1] {
            let (near, mut far) = tokio::io::duplex(1024);
            let (head, tail) = (bytes[..cut].to_vec(), bytes[cut..].to_vec());
            let writer = tokio::spawn(async move {
                write(&mut far, &head).await.expect("written");
                write(&mut far, &tail).await.expect("written");
            });
            let mut reader = FrameReader::new(near);
            let (message, _) = reader.next::<ToRunner>().await.expect("first");
            assert!(
                matches!(message, ToRunner::Settle { with: Settlement::Text(text), .. } if text == "first")
            );
            let (message, length) = reader.next::<ToRunner>().await.expect("second");
            assert!(
                matches!(message, ToRunner::Settle { with: Settlement::Text(text), .. } if text == large)
            );
            assert!(length > 300_000);
            let (message, _) = reader.next::<ToRunner>().await.expect("third");
            assert!(matches!(message, ToRunner::Cancel { run: RunNumber(9) }));
            assert!(matches!(reader.next::<ToRunner>().await, Err(FrameError::Closed)));
            writer.await.expect("the writer ends");
        }
    }

    #[tokio::test]
    async fn a_lying_length_is_refused_at_once() {
        let mut reader = FrameReader::new(&[0xff_u8, 0xff, 0xff, 0xff, 1][..]);
        assert!(matches!(reader.next::<ToRunner>().await, Err(FrameError::TooLarge(_))));
    }

    #[tokio::test]
    async fn an_end_inside_a_frame_is_an_error_of_its_own() {
        let mut reader = FrameReader::new(&[9_u8, 0, 0, 0, 1][..]);
        assert!(matches!(reader.next::<ToRunner>().await, Err(FrameError::Io(_))));
    }
}
