//! A folder whose lock is held: the one way to write into it.

use std::{fs::File, io};

use crate::{
    folder::Folder,
    temporary::{Temporary, sweep},
};

/// The file that is locked. It is never removed: two processes would hold the locks of two files.
const LOCK: &str = ".lock";

/// A folder that nobody else changes meanwhile. What dead writers left half written is removed first.
#[derive(Debug)]
pub struct Locked<'f> {
    folder: &'f Folder,
    /// The system gives the lock back when this is closed, also of a process that was killed.
    _lock: File,
}

impl<'f> Locked<'f> {
    pub(crate) fn new(folder: &'f Folder) -> io::Result<Self> {
        let lock = folder.open_file(LOCK)?;
        lock.lock()?;
        sweep(folder.dir())?;
        Ok(Self { folder, _lock: lock })
    }

    /// Writes a file as a whole, or not at all, also when the power is cut.
    pub fn replace(&self, name: &str, content: &[u8]) -> io::Result<()> {
        let dir = self.folder.dir();
        let temporary = Temporary::write(dir, content)?;
        temporary.sync()?;
        temporary.place(dir, name)?;
        // The name itself is in the folder, which is written apart.
        dir.try_clone()?.into_std_file().sync_all()
    }

    /// Gives a file another name.
    pub fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        self.folder.dir().rename(from, self.folder.dir(), to)
    }

    /// Removes a file.
    pub fn remove(&self, name: &str) -> io::Result<()> {
        self.folder.dir().remove_file(name)
    }
}
