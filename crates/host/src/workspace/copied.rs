//! A workspace as it was, copied for a run whose changes are not to stay.
//!
//! The copy is made when the run first asks for a file: most never do. It lies beside the workspaces under the name of the run, so a
//! run that is taken up after a crash finds what it did to it, and it goes with the end of the run.

use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, SystemTime},
};

use cap_std::fs::Dir;
use files::Folder;
use wire::Limits;

use super::{
    Copied, FileError, Workspace, Workspaces,
    disk::{self, FOLDERS},
    unusable,
};

/// How long a copy is kept that nobody has used: that of a run which nobody went on with after a crash.
const KEPT_FOR: Duration = Duration::from_secs(30 * 86_400);

/// In a copy that is whole. One that was cut is made anew.
const WHOLE: &str = "whole";

impl Workspaces {
    /// The workspace of this name as it is now, for a run whose changes are not to stay. `None` when the name does not fit.
    pub(crate) fn copy_of(&self, name: &str, run: &str) -> Option<Arc<Workspace>> {
        let source = self.open(name)?;
        let folder = self.copies().join(files::name_for(run));
        Some(Arc::new(Workspace { folder, copied_from: Some(source), disk: parking_lot::Mutex::default() }))
    }

    fn copies(&self) -> PathBuf {
        self.folder.with_file_name("plans")
    }

    /// Removes copies that nobody has used for long.
    pub(crate) fn prune_copies(&self) -> io::Result<()> {
        let entries = match std::fs::read_dir(self.copies()) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            entries => entries?,
        };
        for entry in entries {
            let entry = entry?;
            let unused = SystemTime::now().duration_since(entry.metadata()?.modified()?).unwrap_or_default();
            if unused > KEPT_FOR {
                std::fs::remove_dir_all(entry.path())?;
            }
        }
        Ok(())
    }
}

impl Workspace {
    /// Makes the copy, where this is to be one and it is not there yet. Blocks.
    pub(super) fn copy(&self, limits: &Limits) -> Result<(), FileError> {
        let Some(source) = &self.copied_from else { return Ok(()) };
        // Under the lock of the source: of two processes with one run only the first makes the copy.
        source.with(limits, |_| match self.folder.join(WHOLE).exists() {
            true => Ok(()),
            false => self.copy_files(&source.folder).map_err(|error| unusable(&error)),
        })
    }

    fn copy_files(&self, source: &Path) -> io::Result<()> {
        remove(&self.folder)?;
        for name in FOLDERS {
            let from = Folder::make(&source.join(name))?;
            let to = Folder::make(&self.folder.join(name))?;
            copy_folder(&from.into_dir(), &to.into_dir(), name, &mut Copied::default())?;
        }
        Folder::make(&self.folder.join(WHOLE)).map(drop)
    }

    /// Removes the copy, where this is one: the run is over. Blocks.
    pub(crate) fn remove_copy(&self) {
        if self.copied_from.is_none() {
            return;
        }
        *self.disk.lock() = None;
        if let Err(error) = remove(&self.folder) {
            tracing::warn!(%error, "the copy of a workspace is not removed");
        }
    }
}

fn remove(folder: &Path) -> io::Result<()> {
    match std::fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Copies files and folders; links and special files, which no script sees, are left out. `path` is what the folder is called where that
/// is told.
pub(super) fn copy_folder(from: &Dir, to: &Dir, path: &str, copied: &mut Copied) -> io::Result<()> {
    for entry in from.entries()? {
        let entry = entry?;
        let (name, metadata) = (entry.file_name(), entry.metadata()?);
        let path = format!("{path}/{}", name.to_string_lossy());
        if metadata.is_dir() {
            to.create_dir(&name)?;
            copy_folder(&entry.open_dir()?, &to.open_dir(&name)?, &path, copied)?;
        } else if disk::is_plain(&metadata) {
            copied.bytes += io::copy(&mut entry.open()?, &mut to.create(&name)?)?;
            copied.files += 1;
        } else {
            copied.skipped.push(path);
        }
    }
    Ok(())
}
