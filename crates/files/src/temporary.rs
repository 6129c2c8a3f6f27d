//! A file half written, beside those it will be one of.
//!
//! Its name is unique, so two writers never write into one file. The process that holds the folder's lock may remove all that
//! are there: their writers are dead, for a writer holds that lock too.

use std::{
    fs::Permissions,
    io::{self, Write},
    process,
    sync::atomic::{AtomicU64, Ordering},
};

use cap_std::fs::{Dir, File, OpenOptions, OpenOptionsExt};

const BEGINNING: &str = ".narrows-";
const ENDING: &str = ".tmp";

/// Names that are tried: another process may have the same id in a container of its own.
const NAMES_MAX: usize = 1_000;

/// A file that is whole and has no name of its own yet. It is removed when it gets none.
#[derive(Debug)]
pub struct Temporary<'d> {
    dir: &'d Dir,
    name: String,
    file: File,
    is_placed: bool,
}

impl<'d> Temporary<'d> {
    /// Writes the content into a new file of this folder, for its owner alone.
    pub fn write(dir: &'d Dir, content: &[u8]) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true).mode(0o600);
        for _ in 0..NAMES_MAX {
            let name = fresh_name();
            match dir.open_with(&name, &options) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
                Ok(file) => {
                    let mut temporary = Self { dir, name, file, is_placed: false };
                    temporary.file.write_all(content)?;
                    return Ok(temporary);
                }
            }
        }
        Err(io::ErrorKind::AlreadyExists.into())
    }

    /// Gives it the permissions of the file that it is to replace.
    pub(crate) fn permit(&self, permissions: Permissions) -> io::Result<()> {
        self.file.set_permissions(cap_std::fs::Permissions::from_std(permissions))
    }

    /// Waits until a power cut cannot take the content away.
    pub fn sync(&self) -> io::Result<()> {
        self.file.sync_all()
    }

    /// Puts it in the place of what is at this path, all at once. A link that is there is replaced, not followed.
    pub fn place(mut self, to: &Dir, path: &str) -> io::Result<()> {
        self.dir.rename(&self.name, to, path)?;
        self.is_placed = true;
        Ok(())
    }

    /// Puts it at this path, where nothing is yet. A link that is there, also one that leads nowhere, is something.
    pub fn place_new(self, to: &Dir, path: &str) -> io::Result<()> {
        match self.dir.hard_link(&self.name, to, path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(error),
            // Not every file system has hard links.
            Err(_) if to.symlink_metadata(path).is_err() => self.place(to, path),
            Err(_) => Err(io::ErrorKind::AlreadyExists.into()),
            Ok(()) => Ok(()),
        }
    }
}

impl Drop for Temporary<'_> {
    fn drop(&mut self) {
        if !self.is_placed {
            // What stays is removed by the next process that locks the folder.
            let _ = self.dir.remove_file(&self.name);
        }
    }
}

/// Removes what dead writers left half written. Only for a process that holds the lock that all writers of this folder take.
pub fn sweep(dir: &Dir) -> io::Result<()> {
    for entry in dir.entries()? {
        let name = entry?.file_name();
        let is_temporary = |name: &str| name.starts_with(BEGINNING) && name.ends_with(ENDING);
        if name.to_str().is_some_and(is_temporary) {
            dir.remove_file(&name)?;
        }
    }
    Ok(())
}

fn fresh_name() -> String {
    static COUNTER: AtomicU64 = AtomicU64::new(0);
    let count = COUNTER.fetch_add(1, Ordering::Relaxed);
    format!("{BEGINNING}{}-{count}{ENDING}", process::id())
}
