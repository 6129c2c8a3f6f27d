//! The files a script sees: `/workspace` and `/tmp`, kept by name, and the readable trees beside them.
//!
//! Knows folders, paths and quotas; never tools or runs. Every path is taken apart here and opened below the
//! workspace's own folder handle, so nothing outside can be named; links and special files are refused.
//! Messages show the script's paths, never the host's. Several processes may use one workspace at once: everything that is
//! done to its files is done under a lock of its own. Read `path`, then `account`, `disk` and `requests`; `repeat`
//! says whether a change that may have been made was made.

mod account;
mod copied;
mod disk;
mod error;
mod kept;
mod managed;
mod path;
mod presence;
mod repeat;
mod requests;
mod skill_change;

use std::{
    collections::HashMap,
    io,
    path::{Path, PathBuf},
    sync::{Arc, Weak},
};

use parking_lot::Mutex;
use wire::Limits;

use disk::Disk;
pub(crate) use error::FileError;
pub use managed::{
    Copied, HeldWorkspace, UnusableWorkspace, WorkspaceEntry, WorkspaceError, WorkspaceStore,
    WorkspaceSummary,
};
pub(crate) use path::is_name;
pub(crate) use repeat::FileState;
pub(crate) use requests::{ReadOnly, Request, changes_files};
pub(crate) use skill_change::SkillChange;

/// Where the workspaces of a data folder are.
pub(crate) fn folder(data_dir: &Path) -> PathBuf {
    data_dir.join("workspaces")
}

/// All workspaces below one folder.
pub(crate) struct Workspaces {
    folder: PathBuf,
    open: Mutex<HashMap<String, Weak<Workspace>>>,
}

/// One workspace. All runs in it share this value, and so one account of what it holds.
pub(crate) struct Workspace {
    folder: PathBuf,
    /// What this is a copy of, where it is one.
    copied_from: Option<Arc<Self>>,
    disk: Mutex<Option<Disk>>,
}

impl Workspaces {
    pub(crate) fn new(folder: PathBuf) -> Self {
        Self { folder, open: Mutex::default() }
    }

    /// The names of the workspaces that are there, sorted.
    pub(crate) fn names(&self) -> Vec<String> {
        let Ok(entries) = std::fs::read_dir(&self.folder) else { return Vec::new() };
        // Not what a link leads to.
        let folders = entries.flatten().filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()));
        let names = folders.filter_map(|entry| entry.file_name().into_string().ok());
        let mut names: Vec<_> = names.filter(|name| is_name(name)).collect();
        names.sort();
        names
    }

    /// The workspace of this name; nothing is made on disk until a file is asked for. `None` when the name
    /// does not fit.
    pub(crate) fn open(&self, name: &str) -> Option<Arc<Workspace>> {
        if !is_name(name) {
            return None;
        }
        let mut open = self.open.lock();
        if let Some(workspace) = open.get(name).and_then(Weak::upgrade) {
            return Some(workspace);
        }
        open.retain(|_, workspace| workspace.strong_count() > 0);
        let workspace =
            Workspace { folder: self.folder.join(name), copied_from: None, disk: Mutex::default() };
        let workspace = Arc::new(workspace);
        open.insert(name.to_owned(), Arc::downgrade(&workspace));
        Some(workspace)
    }
}

/// How often a workspace is opened again that a person removed while it was opened.
const OPENS_AGAIN: usize = 10;

/// The folder of the skills that the scripts of a workspace saved, beside its files.
const SKILLS: &str = "skills";

impl Workspace {
    /// Where the skills of this workspace lie, the first those that may be changed here: of a copy, then of what it is a copy of.
    pub(crate) fn skill_folders(&self) -> Vec<PathBuf> {
        let source = self.copied_from.as_ref().map(|source| source.folder.join(SKILLS));
        [self.folder.join(SKILLS)].into_iter().chain(source).collect()
    }

    /// Makes the folders of the workspace, where they are not there yet. Blocks.
    pub(crate) fn open_files(&self, limits: &Limits) -> Result<(), FileError> {
        self.with(limits, |_| Ok(()))
    }

    /// Does something with the files; everyone else waits, in this process and in others. Blocks.
    fn with<T>(
        &self,
        limits: &Limits,
        act: impl FnOnce(&mut Disk) -> Result<T, FileError>,
    ) -> Result<T, FileError> {
        let mut open = self.disk.lock();
        let mut again = OPENS_AGAIN;
        loop {
            let disk = match &mut *open {
                Some(disk) => disk,
                none => {
                    self.copy(limits)?;
                    match Disk::open(&self.folder) {
                        Ok(disk) => none.insert(disk),
                        // A person removed it meanwhile.
                        Err(error) if error.kind() == io::ErrorKind::NotFound && again > 0 => {
                            again -= 1;
                            continue;
                        }
                        Err(error) => return Err(unusable(&error)),
                    }
                }
            };
            disk.set_limits(limits);
            let lock = disk.lock().map_err(|error| unusable(&error))?;
            // A person may have removed it since it was opened.
            if !disk.is_removed() {
                return act(disk);
            }
            drop(lock);
            *open = None;
        }
    }
}

fn unusable(error: &io::Error) -> FileError {
    tracing::error!("a workspace cannot be used: {error}");
    FileError::system("EIO", "the workspace cannot be used")
}

#[cfg(test)]
mod tests;
