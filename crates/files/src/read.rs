//! Reads of files that another user may have put there: of regular files only, and of no more than the caller has use for.

use std::{
    fs::{File, FileType, OpenOptions},
    io::{self, Read},
    os::unix::fs::{FileTypeExt, OpenOptionsExt},
    path::Path,
};

use rustix::fs::OFlags;

/// Opening a named pipe waits for a writer without this, and may make a terminal the process's own.
pub(crate) const OPEN_FLAGS: i32 = OFlags::NONBLOCK.union(OFlags::NOCTTY).bits().cast_signed();

/// Reads a file that a person named, of at most so many bytes. Links are followed: where it is, the person says.
pub fn read(path: &Path, bytes_max: u64) -> io::Result<Vec<u8>> {
    read_opened(OpenOptions::new().read(true).custom_flags(OPEN_FLAGS).open(path)?, bytes_max)
}

/// Reads what was opened, when it is a regular file of at most so many bytes.
pub fn read_opened(file: File, bytes_max: u64) -> io::Result<Vec<u8>> {
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        let kind = kind_of(metadata.file_type());
        return Err(io::Error::new(io::ErrorKind::InvalidInput, format!("it is {kind}, not a regular file")));
    }
    let too_large =
        || io::Error::new(io::ErrorKind::FileTooLarge, format!("it has more than {bytes_max} bytes"));
    if metadata.len() > bytes_max {
        return Err(too_large());
    }
    let mut bytes = Vec::with_capacity(usize::try_from(metadata.len()).unwrap_or_default());
    // Another process may make it longer meanwhile.
    file.take(bytes_max.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > bytes_max { Err(too_large()) } else { Ok(bytes) }
}

/// The bytes as text.
pub fn text(bytes: Vec<u8>) -> io::Result<String> {
    String::from_utf8(bytes).map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "it is not UTF-8 text"))
}

fn kind_of(kind: FileType) -> &'static str {
    if kind.is_dir() {
        "a folder"
    } else if kind.is_fifo() {
        "a named pipe"
    } else if kind.is_socket() {
        "a socket"
    } else if kind.is_char_device() || kind.is_block_device() {
        "a device"
    } else {
        "a link"
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, process::Command};

    use super::*;

    #[test]
    fn only_regular_files_of_a_bounded_size_are_read() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = |name: &str| folder.path().join(name);
        fs::write(path("five"), "12345").expect("written");
        std::os::unix::fs::symlink("five", path("link")).expect("linked");
        assert!(Command::new("mkfifo").arg(path("pipe")).status().expect("mkfifo starts").success());
        let said = |path: &Path, max| read(path, max).map_err(|error| error.to_string());
        assert_eq!(said(&path("five"), 5), Ok(b"12345".to_vec()));
        assert_eq!(said(&path("link"), 5), Ok(b"12345".to_vec()));
        for (path, says) in [
            (path("five"), "it has more than 4 bytes"),
            (path("pipe"), "it is a named pipe, not a regular file"),
            (folder.path().to_owned(), "it is a folder, not a regular file"),
            ("/dev/zero".into(), "it is a device, not a regular file"),
        ] {
            assert_eq!(said(&path, 4), Err(says.to_owned()), "{}", path.display());
        }
    }
}
