//! Frames between the supervisor and one Deno: a length of four bytes, little-endian, a kind, and its bytes. The
//! numbers and texts in them are those of the guest's boundary.

use std::io::{self, Read};

use wire::{End, Limit, Position, PrintLevel, Settlement, Start};

use crate::engine::{
    DESCRIPTION_BYTES_MAX, Dishonest, NAME_BYTES_MAX, decoded_end, encoded_settlement, encoded_start,
};

/// Bytes of a frame beside the largest thing the limits of a run allow in one.
const FRAME_EXTRA: u64 = 4096;

/// What Deno's side says.
pub(super) enum Said {
    /// It waits for a script.
    Ready,
    Call {
        call: u32,
        at: Option<Position>,
        name: String,
        arguments: Vec<u8>,
    },
    Print {
        level: PrintLevel,
        text: String,
    },
    /// The script's end; what it left behind may still speak.
    End(End),
    /// It wants more than a limit allows.
    Exceeded(Limit),
    /// It came to rest after one message.
    Idle,
    /// Nothing is left of the script.
    Over,
}

/// Why nothing more can be read.
#[derive(Debug, thiserror::Error)]
pub(super) enum Silence {
    /// The process is gone, or going.
    #[error("it ended")]
    Ended,
    /// It said what no honest process says.
    #[error(transparent)]
    Dishonest(#[from] Dishonest),
}

impl From<io::Error> for Silence {
    fn from(_: io::Error) -> Self {
        Self::Ended
    }
}

/// The largest sizes a run may speak of.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sizes {
    pub(super) value: u64,
    pub(super) frame: u64,
}

impl Sizes {
    /// Before there is a script.
    pub(super) const NONE: Self = Self { value: 0, frame: FRAME_EXTRA };

    pub(super) fn of(limits: &wire::Limits) -> Self {
        let largest = limits
            .value_bytes
            .max(limits.argument_bytes)
            .max(limits.printed_bytes)
            .max(DESCRIPTION_BYTES_MAX);
        Self { value: limits.value_bytes, frame: largest + FRAME_EXTRA }
    }
}

/// Reads the next frame.
pub(super) fn read(stream: &mut impl Read, sizes: Sizes) -> Result<Said, Silence> {
    let mut header = [0; 4];
    stream.read_exact(&mut header)?;
    let length = u64::from(u32::from_le_bytes(header));
    if length > sizes.frame {
        return Err(Dishonest::Malformed.into());
    }
    // Grows as the bytes come.
    let mut frame = Vec::new();
    if stream.take(length).read_to_end(&mut frame)? as u64 != length {
        return Err(Silence::Ended);
    }
    Ok(decode(&frame, sizes)?)
}

fn decode(frame: &[u8], sizes: Sizes) -> Result<Said, Dishonest> {
    let (kind, rest) = frame.split_first().ok_or(Dishonest::Malformed)?;
    match kind {
        0 => Ok(Said::Ready),
        1 => call(rest).ok_or(Dishonest::Malformed),
        2 => {
            let (level, text) = number(rest).ok_or(Dishonest::Malformed)?;
            let level = match level {
                0 => PrintLevel::Log,
                1 => PrintLevel::Warn,
                _ => PrintLevel::Error,
            };
            Ok(Said::Print { level, text: String::from_utf8_lossy(text).into_owned() })
        }
        3 => {
            let (kind, said) = number(rest).ok_or(Dishonest::Malformed)?;
            let most = if kind == 0 { sizes.value } else { DESCRIPTION_BYTES_MAX };
            if said.len() as u64 > most {
                return Ok(Said::Exceeded(Limit::Value));
            }
            decoded_end(kind, said).map(Said::End)
        }
        4 => Ok(Said::Idle),
        5 => Ok(Said::Over),
        _ => Err(Dishonest::Malformed),
    }
}

fn call(bytes: &[u8]) -> Option<Said> {
    let (call, bytes) = number(bytes)?;
    let (line, bytes) = number(bytes)?;
    let (column, bytes) = number(bytes)?;
    let (length, bytes) = number(bytes)?;
    let (name, arguments) = bytes.split_at_checked(length as usize)?;
    let name = Some(name).filter(|name| name.len() <= NAME_BYTES_MAX)?;
    let at = (line > 0).then_some(Position { line, column });
    Some(Said::Call { call, at, name: str::from_utf8(name).ok()?.to_owned(), arguments: arguments.to_vec() })
}

fn number(bytes: &[u8]) -> Option<(u32, &[u8])> {
    let (number, rest) = bytes.split_first_chunk()?;
    Some((u32::from_le_bytes(*number), rest))
}

/// A source for the loader.
pub(super) fn source(text: &str) -> Vec<u8> {
    framed(&[text.as_bytes()])
}

/// The beginning of a run.
pub(super) fn start(start: &Start) -> Vec<u8> {
    framed(&[&[0], &encoded_start(start)])
}

/// The answer to a call, and the clock of the slice it begins.
pub(super) fn settle(call: u32, with: Settlement, now_ms: f64) -> Vec<u8> {
    let (kind, bytes) = encoded_settlement(with);
    framed(&[&[1], &call.to_le_bytes(), &kind.to_le_bytes(), &now_ms.to_le_bytes(), &bytes])
}

fn framed(parts: &[&[u8]]) -> Vec<u8> {
    let length: usize = parts.iter().map(|part| part.len()).sum();
    let mut frame = Vec::with_capacity(4 + length);
    frame.extend_from_slice(&(length as u32).to_le_bytes());
    parts.iter().for_each(|part| frame.extend_from_slice(part));
    frame
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(bytes: &[u8]) -> String {
        match read(&mut &bytes[..], Sizes { value: 3, frame: 64 }) {
            Ok(Said::Ready) => "ready".to_owned(),
            Ok(Said::Call { call, at, name, arguments }) => {
                let at = at.map(|at| (at.line, at.column));
                format!("call {call} {at:?} {name} {}", String::from_utf8_lossy(&arguments))
            }
            Ok(Said::Print { level, text }) => format!("print {level:?} {text}"),
            Ok(Said::End(end)) => format!("{end:?}"),
            Ok(Said::Exceeded(limit)) => format!("exceeded {limit:?}"),
            Ok(Said::Idle) => "idle".to_owned(),
            Ok(Said::Over) => "over".to_owned(),
            Err(silence) => silence.to_string(),
        }
    }

    #[test]
    fn a_frame_is_decoded_or_dishonest() {
        let malformed = "the guest sent something that cannot be decoded";
        let call = |length: u8| {
            let numbers = [7, 0, 0, 0, 2, 0, 0, 0, 5, 0, 0, 0, length, 0, 0, 0];
            framed(&[&[1], &numbers, b"fs/readFile{}"])
        };
        let cases: [(Vec<u8>, &str); 12] = [
            (framed(&[&[0], b"2.9.6"]), "ready"),
            (call(11), "call 7 Some((2, 5)) fs/readFile {}"),
            (call(14), malformed),
            (framed(&[&[1, 7, 0]]), malformed),
            (framed(&[&[2, 1, 0, 0, 0], b"hi"]), "print Warn hi"),
            (framed(&[&[3, 0, 0, 0, 0], b"[1]"]), "Returned(Some([91, 49, 93]))"),
            (framed(&[&[3, 0, 0, 0, 0], b"[12]"]), "exceeded Value"),
            (framed(&[&[3, 9, 0, 0, 0]]), malformed),
            (framed(&[&[4]]), "idle"),
            (framed(&[&[]]), malformed),
            (vec![255, 255, 255, 255, 0], malformed),
            (vec![4, 0, 0, 0, 2], "it ended"),
        ];
        for (bytes, expected) in cases {
            assert_eq!(shown(&bytes), expected, "{bytes:?}");
        }
    }
}
