//! Frames: a length of four bytes, little-endian, then one message in postcard's encoding.

use std::io::{self, Read, Write};

use serde::{Serialize, de::DeserializeOwned};

/// The largest frame. Larger than the largest single thing a message may carry (a tool's answer, 64 MiB by
/// default), small enough that a lying length cannot exhaust the host.
pub const FRAME_BYTES_MAX: usize = 96 * 1024 * 1024;

/// Bytes before the message.
pub const HEADER_BYTES: usize = 4;

/// Why a frame could not be read or written. After any of these the stream is not to be used again.
#[derive(Debug, thiserror::Error)]
pub enum FrameError {
    /// The stream ended between two frames.
    #[error("the stream is closed")]
    Closed,
    /// The stream failed, or ended inside a frame.
    #[error("the stream failed: {0}")]
    Io(#[from] io::Error),
    /// The frame says it is larger than [`FRAME_BYTES_MAX`], or a message to be sent is.
    #[error("a frame of {0} bytes is over the budget of {FRAME_BYTES_MAX}")]
    TooLarge(usize),
    /// The bytes are not a message of the expected kind.
    #[error("a frame holds no message: {0}")]
    Malformed(#[from] postcard::Error),
}

/// The length of the message behind a header, checked against the budget.
pub fn frame_length(header: [u8; HEADER_BYTES]) -> Result<usize, FrameError> {
    let length = u32::from_le_bytes(header) as usize;
    if length > FRAME_BYTES_MAX { Err(FrameError::TooLarge(length)) } else { Ok(length) }
}

/// Decodes one message; bytes left over make it malformed.
pub fn decode<M: DeserializeOwned>(message: &[u8]) -> Result<M, FrameError> {
    let (message, rest) = postcard::take_from_bytes(message)?;
    if rest.is_empty() { Ok(message) } else { Err(postcard::Error::DeserializeBadEncoding.into()) }
}

/// Appends one frame to `buffer`, so that several can be written at once. On an error `buffer` is as before.
pub fn encode_into<M: Serialize>(message: &M, buffer: &mut Vec<u8>) -> Result<(), FrameError> {
    let start = buffer.len();
    buffer.extend_from_slice(&[0; HEADER_BYTES]);
    let encoded = postcard::to_io(message, &mut *buffer).map(drop);
    let length = buffer.len() - start - HEADER_BYTES;
    let checked = match encoded {
        Ok(()) if length > FRAME_BYTES_MAX => Err(FrameError::TooLarge(length)),
        other => other.map_err(FrameError::from),
    };
    match checked {
        Ok(()) => buffer[start..start + HEADER_BYTES].copy_from_slice(&(length as u32).to_le_bytes()),
        Err(_) => buffer.truncate(start),
    }
    checked
}

/// Reads one message from a blocking stream.
pub fn read_frame<M: DeserializeOwned>(stream: &mut impl Read) -> Result<M, FrameError> {
    let mut header = [0; HEADER_BYTES];
    let first = loop {
        match stream.read(&mut header) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            read => break read?,
        }
    };
    if first == 0 {
        return Err(FrameError::Closed);
    }
    stream.read_exact(&mut header[first..])?;
    let length = frame_length(header)?;
    // Grows as the bytes come, so a lying length costs what was sent, not what was claimed.
    let mut message = Vec::with_capacity(length.min(64 * 1024));
    let read = stream.take(length as u64).read_to_end(&mut message)?;
    if read < length {
        return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
    }
    decode(&message)
}

/// Writes one message to a blocking stream and flushes it.
pub fn write_frame<M: Serialize>(message: &M, stream: &mut impl Write) -> Result<(), FrameError> {
    let mut buffer = Vec::new();
    encode_into(message, &mut buffer)?;
    stream.write_all(&buffer)?;
    stream.flush()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{FromParser, FromRunner, RunNumber, Settlement, ToRunner};

    fn settle() -> ToRunner {
        ToRunner::Settle { run: RunNumber(7), call: 3, with: Settlement::Text("ok".into()), now_ms: 1.5 }
    }

    #[test]
    fn several_frames_follow_each_other() {
        let mut bytes = Vec::new();
        write_frame(&settle(), &mut bytes).expect("written");
        write_frame(&ToRunner::Cancel { run: RunNumber(8) }, &mut bytes).expect("written");
        let mut stream = bytes.as_slice();
        assert!(matches!(read_frame(&mut stream), Ok(ToRunner::Settle { run: RunNumber(7), call: 3, .. })));
        assert!(matches!(read_frame(&mut stream), Ok(ToRunner::Cancel { run: RunNumber(8) })));
        assert!(matches!(read_frame::<ToRunner>(&mut stream), Err(FrameError::Closed)));
    }

    #[test]
    fn a_lying_length_is_refused_before_anything_is_read() {
        let mut stream: &[u8] = &[0xff, 0xff, 0xff, 0xff, 1];
        assert!(matches!(read_frame::<ToRunner>(&mut stream), Err(FrameError::TooLarge(_))));
    }

    #[test]
    fn a_cut_frame_is_an_io_error() {
        let mut bytes = Vec::new();
        write_frame(&settle(), &mut bytes).expect("written");
        for cut in 1..bytes.len() {
            let result = read_frame::<ToRunner>(&mut &bytes[..cut]);
            assert!(matches!(result, Err(FrameError::Io(_))), "cut at {cut}: {result:?}");
        }
    }

    #[test]
    fn bytes_left_over_make_a_message_malformed() {
        let mut bytes = Vec::new();
        encode_into(&settle(), &mut bytes).expect("encoded");
        bytes.push(0);
        assert!(matches!(decode::<ToRunner>(&bytes[HEADER_BYTES..]), Err(FrameError::Malformed(_))));
    }

    proptest! {
        #[test]
        fn no_bytes_make_decoding_panic(bytes in proptest::collection::vec(any::<u8>(), 0..512)) {
            let _ = decode::<FromRunner>(&bytes);
            let _ = decode::<FromParser>(&bytes);
            let _ = read_frame::<ToRunner>(&mut bytes.as_slice());
        }
    }
}
