//! When the rules that count by time let calls through, for all processes on one data folder together.
//!
//! One small file a rule: how many calls there were, and the times of the last of them, in a ring. Asking and counting are a
//! few reads and writes of eight bytes under the lock of the folder. A call is counted by its number, which is written
//! last: a process that is killed has counted it or not.

use std::{
    fs::File,
    io,
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
    time::{SystemTime, UNIX_EPOCH},
};

use files::{Folder, Locked};

use super::counts::COUNT_MAX;

/// How long the folder's files are of use: the longest time that is counted over.
const FORGOTTEN_AFTER_MS: u64 = 24 * 60 * 60 * 1000;

const ENDING: &str = ".times";

/// The size of a number in a file.
const WORD: u64 = 8;

/// Where the times are.
#[derive(Debug)]
pub(crate) struct Times {
    folder: PathBuf,
}

/// The times while nobody else looks at them.
pub(super) struct Held<'f> {
    folder: &'f Folder,
    _locked: Locked<'f>,
}

/// The calls that one rule let through.
pub(super) struct Ring {
    file: File,
    count: u64,
}

/// Milliseconds since 1970. The clock of the wall, because processes begin and end.
pub(crate) fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

impl Times {
    /// The times in a folder, which is made when there is something to count.
    pub(crate) fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// Where they are.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Does something with the times, while nobody else does.
    pub(super) fn with<T>(&self, act: impl FnOnce(&Held<'_>) -> io::Result<T>) -> io::Result<T> {
        let folder = Folder::make(&self.folder)?;
        act(&Held { folder: &folder, _locked: folder.lock()? })
    }

    /// Removes the files of rules that have let nothing through for so long that nobody asks.
    pub(crate) fn prune(&self) -> io::Result<()> {
        let Ok(folder) = Folder::open(&self.folder) else { return Ok(()) };
        let locked = folder.lock()?;
        for entry in folder.dir().entries()? {
            let entry = entry?;
            let modified = entry.metadata()?.modified()?.into_std();
            let age = SystemTime::now().duration_since(modified).unwrap_or_default();
            if let Some(name) = entry.file_name().to_str().filter(|name| name.ends_with(ENDING))
                && age.as_millis() > u128::from(FORGOTTEN_AFTER_MS)
            {
                locked.remove(name)?;
            }
        }
        Ok(())
    }
}

impl Held<'_> {
    /// The calls of a rule, by a name that no other rule has.
    pub(super) fn ring(&self, rule: &str) -> io::Result<Ring> {
        let file = self.folder.open_file(&(files::name_for(rule) + ENDING))?;
        let count = if file.metadata()?.len() == 0 { 0 } else { word(&file, 0)? };
        Ok(Ring { file, count })
    }
}

impl Ring {
    /// Whether so many calls, or more, were let through since `window_ms` ago.
    pub(super) fn is_full(&self, count: u64, window_ms: u64, now: u64) -> io::Result<bool> {
        let Some(at) = self.count.checked_sub(count) else { return Ok(false) };
        let then = word(&self.file, place(at))?;
        // A clock that was put back makes times of the past lie ahead: those of this window still count.
        Ok(then > now.saturating_sub(window_ms) && then < now.saturating_add(window_ms))
    }

    /// Counts one more.
    pub(super) fn push(&mut self, now: u64) -> io::Result<()> {
        self.file.write_all_at(&now.to_le_bytes(), place(self.count))?;
        self.count += 1;
        self.file.write_all_at(&self.count.to_le_bytes(), 0)
    }
}

/// Where the time of a call is: behind the number of all.
fn place(call: u64) -> u64 {
    WORD + (call % COUNT_MAX) * WORD
}

fn word(file: &File, at: u64) -> io::Result<u64> {
    let mut bytes = [0; WORD as usize];
    file.read_exact_at(&mut bytes, at)?;
    Ok(u64::from_le_bytes(bytes))
}
