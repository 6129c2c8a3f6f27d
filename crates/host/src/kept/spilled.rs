//! A large value that waits on the disk: in a file without a name, which ends with this.

use std::{
    fs::File,
    io::{self, Write},
    os::unix::fs::FileExt,
    path::Path,
};

use serde_json::value::{RawValue, to_raw_value};

use crate::record::unquoted;

/// The longest character, in bytes.
const CHARACTER_BYTES: u64 = 4;

/// A value in a file.
pub(super) struct Spilled {
    file: File,
    pub(super) bytes: u64,
    /// It is a JSON string, kept as the text it stands for.
    is_text: bool,
}

impl Spilled {
    /// Writes a value into a file in this folder, as a model reads it: see [`unquoted`]. Blocks.
    pub(super) fn write(folder: &Path, value: &RawValue) -> io::Result<Self> {
        let text = unquoted(value.get());
        let mut file = nameless(folder)?;
        file.write_all(text.as_bytes())?;
        Ok(Self { file, bytes: text.len() as u64, is_text: text != value.get() })
    }

    /// The whole value.
    pub(super) fn read(&self) -> io::Result<Box<RawValue>> {
        let text = self.text(0, self.bytes)?;
        let value = if self.is_text { to_raw_value(&text) } else { RawValue::from_string(text) };
        value.map_err(io::Error::other)
    }

    /// The part from `offset` on, of at most so many bytes, and where it begins: cut between two characters, as
    /// [`str::floor_char_boundary`] does it.
    pub(super) fn part(&self, offset: u64, bytes: u64) -> io::Result<(u64, String)> {
        let from = self.boundary(offset)?;
        Ok((from, self.text(from, self.boundary(from.saturating_add(bytes))?)?))
    }

    fn text(&self, from: u64, to: u64) -> io::Result<String> {
        let mut text = vec![0; usize::try_from(to - from).map_err(io::Error::other)?];
        self.file.read_exact_at(&mut text, from)?;
        String::from_utf8(text).map_err(io::Error::other)
    }

    /// The last place between two characters up to this one.
    fn boundary(&self, at: u64) -> io::Result<u64> {
        if at >= self.bytes {
            return Ok(self.bytes);
        }
        let from = at.saturating_sub(CHARACTER_BYTES - 1);
        let mut before = vec![0; (at - from + 1) as usize];
        self.file.read_exact_at(&mut before, from)?;
        let is_first = |byte: &u8| byte & 0b1100_0000 != 0b1000_0000;
        Ok(from + before.iter().rposition(is_first).unwrap_or(0) as u64)
    }
}

#[cfg(target_os = "linux")]
fn nameless(folder: &Path) -> io::Result<File> {
    use rustix::fs::{Mode, OFlags, open};

    let flags = OFlags::TMPFILE | OFlags::RDWR | OFlags::CLOEXEC;
    Ok(open(folder, flags, Mode::RUSR | Mode::WUSR)?.into())
}

/// Elsewhere values stay in memory.
#[cfg(not(target_os = "linux"))]
fn nameless(_folder: &Path) -> io::Result<File> {
    Err(io::ErrorKind::Unsupported.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_cut_as_those_of_a_text() {
        let folder = tempfile::tempdir().expect("a folder");
        let text = "aä€\n😀z";
        let value = to_raw_value(text).expect("JSON");
        let spilled = Spilled::write(folder.path(), &value).expect("it is written");
        assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 0, "it has no name");
        for offset in 0..text.len() + 2 {
            for bytes in 4..8 {
                let from = text.floor_char_boundary(offset);
                let to = text.floor_char_boundary(from + bytes);
                let expect = (from as u64, text[from..to].to_owned());
                assert_eq!(spilled.part(offset as u64, bytes as u64).expect("it is read"), expect);
            }
        }
        assert_eq!(spilled.read().expect("it is read").get(), value.get());
    }
}
