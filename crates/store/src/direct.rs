//! The short way to a file: a change that its caller waits for is made on the caller's own thread.
//!
//! To wake the writer and to be woken by it costs several times as much as a small change itself. So a change is made
//! directly where one run alone makes some, nothing has to reach the disk, and it is small. Everything else is the
//! writer's: also every so many-th change, since only the writer moves what is in the log to the database.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use futures_util::FutureExt;
use parking_lot::Mutex;

use crate::{
    StoreError, Sync,
    sqlite::Sqlite,
    writer::{self, Work},
};

/// Direct changes until one is left to the writer. The log grows by some three pages with each, and is moved to the
/// database when it has 1,000.
const IN_A_ROW: u32 = 256;

/// More than this is written by the writer: the caller's thread has other things to do.
const BYTES_MAX: usize = 64 * 1024;

/// Runs that make changes within this time of each other share the writer's commits.
const ALONE: Duration = Duration::from_millis(1);

/// A connection of its own to a file.
pub(crate) struct Direct(Mutex<State>);

struct State {
    database: Sqlite,
    /// The run that came last, and when.
    last: Option<(String, Instant)>,
    in_a_row: u32,
}

impl Direct {
    /// Opens a file that the writer has opened before. `None` where a change has to reach the disk.
    pub(crate) fn open(path: &Path, sync: Sync) -> Result<Option<Self>, StoreError> {
        if sync == Sync::Full {
            return Ok(None);
        }
        let database = Sqlite::open_direct(path, sync)?;
        Ok(Some(Self(Mutex::new(State { database, last: None, in_a_row: 0 }))))
    }

    /// Makes a change of so many bytes for a run. `None` where the writer has to make it: also when the database failed, which
    /// the writer will find out too.
    pub(crate) fn change<T>(&self, run: &str, bytes: usize, work: Work<T>) -> Option<Result<T, StoreError>> {
        let mut state = self.0.try_lock()?;
        if !state.takes(run, bytes) {
            return None;
        }
        // This driver never waits.
        let changed = writer::transaction(&state.database, work(&state.database)).now_or_never()?;
        match changed {
            Err(error) if !error.is_of_one_change() => None,
            changed => Some(changed),
        }
    }
}

impl State {
    fn takes(&mut self, run: &str, bytes: usize) -> bool {
        let is_alone = self.last.as_ref().is_none_or(|(last, at)| last == run || at.elapsed() >= ALONE);
        self.last = Some((run.to_owned(), Instant::now()));
        self.in_a_row = (self.in_a_row + 1) % IN_A_ROW;
        is_alone && bytes <= BYTES_MAX && self.in_a_row != 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_writer_makes_large_changes_and_some_of_a_row() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("narrows.db");
        assert!(Direct::open(&path, Sync::Full).expect("no file").is_none());
        let direct = Direct::open(&path, Sync::Normal).expect("a file").expect("a connection");
        let is_made = |bytes| direct.change("run", bytes, Box::new(|_| async { Ok(()) }.boxed())).is_some();
        let made = (0..2 * IN_A_ROW).filter(|_| is_made(9)).count();
        assert_eq!(made, 2 * (IN_A_ROW as usize - 1));
        assert!(!is_made(BYTES_MAX + 1));
    }
}
