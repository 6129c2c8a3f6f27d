//! Who has a workspace open: each holds a shared lock, which the system gives back when its process is gone. So it is known in
//! every process, also where no store knows the runs.

use std::{
    fs::{File, TryLockError},
    io,
    os::unix::fs::MetadataExt,
};

use files::Folder;

/// The file that is locked, beside the account.
pub(super) const FILE: &str = "open";

/// One that has a workspace open, until it is dropped.
pub(super) struct Presence {
    file: File,
}

impl Presence {
    /// Shows that the workspace is open. Waits while it is being removed.
    pub(super) fn show(folder: &Folder) -> io::Result<Self> {
        loop {
            let file = folder.open_file(FILE)?;
            file.lock_shared()?;
            // Who removed the workspace has removed this file: another takes its place.
            if file.metadata()?.nlink() > 0 {
                return Ok(Self { file });
            }
        }
    }

    /// Whether nobody else has it open. Nobody opens it from then on, as long as this lives.
    pub(super) fn is_alone(&self) -> io::Result<bool> {
        match self.file.try_lock() {
            Ok(()) => Ok(true),
            Err(TryLockError::WouldBlock) => {
                // The shared lock may have been lost by trying.
                self.file.lock_shared()?;
                Ok(false)
            }
            Err(TryLockError::Error(error)) => Err(error),
        }
    }
}
