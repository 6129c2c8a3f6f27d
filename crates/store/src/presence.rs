//! Which owners live, of those that share a file: each holds the lock of a file of its own, which the system gives back
//! when the process ends, however it ends. A process that is slow, or waits for a disk, is not taken for one that is gone.

use std::{
    collections::HashMap,
    fs::{File, TryLockError},
    io,
    path::{Path, PathBuf},
    time::{Duration, Instant, SystemTime},
};

use files::Folder;
use parking_lot::Mutex;

use crate::StoreError;

/// What killed processes left here is removed when it is so old. A process that has just made its file, and is yet to lock it, is
/// younger.
const LEFT_OVER: Duration = Duration::from_secs(24 * 60 * 60);

/// Others hold a lock for the moment in which they look who lives.
const LOOKED_AT: Duration = Duration::from_secs(1);

/// Between two tries to get a lock that is looked at.
const AGAIN: Duration = Duration::from_millis(1);

/// The locks of this process, and the folder with those of all.
pub(crate) struct Presence {
    folder: PathBuf,
    held: Mutex<HashMap<String, File>>,
}

impl Presence {
    /// For a database: the folder is made beside it.
    pub(crate) fn beside(database: &Path) -> Self {
        let mut folder = database.as_os_str().to_owned();
        folder.push(".owners");
        Self { folder: folder.into(), held: Mutex::default() }
    }

    /// Shows that an owner lives from here on. False when that was shown before.
    pub(crate) fn hold(&self, owner: &str) -> Result<bool, StoreError> {
        let mut held = self.held.lock();
        if held.contains_key(owner) {
            return Ok(false);
        }
        let file = self.lock(owner).map_err(|error| self.failed(&error))?;
        held.insert(owner.to_owned(), file);
        Ok(true)
    }

    /// Shows that an owner goes.
    pub(crate) fn leave(&self, owner: &str) {
        if let Some(file) = self.held.lock().remove(owner) {
            if let Ok(folder) = Folder::open(&self.folder) {
                // One that stays is removed when it is old.
                let _ = folder.dir().remove_file(files::name_for(owner));
            }
            drop(file);
        }
    }

    /// Whether no process is this owner.
    pub(crate) fn is_gone(&self, owner: &str) -> Result<bool, StoreError> {
        let found = File::open(self.folder.join(files::name_for(owner)));
        match found {
            Ok(file) => is_free(&file).map_err(|error| self.failed(&error)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(true),
            Err(error) => Err(self.failed(&error)),
        }
    }

    fn lock(&self, owner: &str) -> io::Result<File> {
        let folder = Folder::make(&self.folder)?;
        self.sweep()?;
        let file = folder.open_file(&files::name_for(owner))?;
        let until = Instant::now() + LOOKED_AT;
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(file),
                Err(TryLockError::WouldBlock) if Instant::now() < until => std::thread::sleep(AGAIN),
                Err(error) => return Err(error.into()),
            }
        }
    }

    fn sweep(&self) -> io::Result<()> {
        for entry in self.folder.read_dir()? {
            let entry = entry?;
            let made = entry.metadata().and_then(|metadata| metadata.modified());
            let age = made.map(|made| SystemTime::now().duration_since(made).unwrap_or_default());
            let is_left_over = |file: &File| is_free(file).unwrap_or(false);
            if age.is_ok_and(|age| age > LEFT_OVER)
                && File::open(entry.path()).is_ok_and(|file| is_left_over(&file))
            {
                // Another process may have removed it.
                let _ = std::fs::remove_file(entry.path());
            }
        }
        Ok(())
    }

    fn failed(&self, error: &io::Error) -> StoreError {
        StoreError::failed(format!("`{}`: {error}", self.folder.display()))
    }
}

/// Whether nobody holds a file's lock.
fn is_free(file: &File) -> io::Result<bool> {
    match file.try_lock_shared() {
        Ok(()) => Ok(true),
        Err(TryLockError::WouldBlock) => Ok(false),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_owner_lives_as_long_as_its_process_holds_its_lock() {
        let folder = tempfile::tempdir().expect("a folder");
        let database = folder.path().join("narrows.db");
        let (mine, others) = (Presence::beside(&database), Presence::beside(&database));
        let is_gone = |owner| others.is_gone(owner).expect("an answer");
        assert!(is_gone("me"), "nobody has been it");
        assert_eq!((mine.hold("me").expect("held"), mine.hold("me").expect("held")), (true, false));
        assert!(!is_gone("me"));
        mine.hold("it").expect("held");
        mine.leave("it");
        assert!(is_gone("it") && !is_gone("me"));
        drop(mine);
        assert!(is_gone("me"), "as after a kill");
        let left =
            File::open(database.with_extension("db.owners").join(files::name_for("me"))).expect("its file");
        left.set_modified(SystemTime::now() - 2 * LEFT_OVER).expect("an old file");
        others.hold("you").expect("held");
        let names: Vec<_> =
            others.folder.read_dir().expect("a folder").flatten().map(|it| it.file_name()).collect();
        assert_eq!(names, [files::name_for("you").as_str()]);
    }
}
