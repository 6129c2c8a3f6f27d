//! Workspaces as a person looks at them: which there are, what is in them, taken out, removed.

use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant, UNIX_EPOCH},
};

use files::Folder;
use serde::Serialize;
use wire::Limits;

use super::{
    FileError, Workspace, Workspaces,
    copied::copy_folder,
    disk::Disk,
    is_name,
    kept::{self, Kind},
    path::{OwnPath, Place, place},
};

/// A file that a person put here may be larger than a script may write.
const READ_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// A run that was answered a moment ago may not have closed its workspace yet.
const CLOSES_WITHIN: Duration = Duration::from_secs(1);

/// Between two looks whether it has.
const LOOKS_EVERY: Duration = Duration::from_millis(20);

/// The workspaces below a data folder.
pub struct WorkspaceStore {
    workspaces: Workspaces,
    folder: PathBuf,
    limits: Limits,
}

/// What a list shows of a workspace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WorkspaceSummary {
    /// Its name.
    pub name: String,
    /// Files and folders in it.
    pub files: u64,
    /// What the files take.
    pub bytes: u64,
    /// When something in it was changed last, in milliseconds since 1970.
    pub changed_at_ms: u64,
}

/// A file or a folder of a workspace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WorkspaceEntry {
    /// As scripts write it; `checkpoint/KEY` and `result/KEY` for values that scripts keep by name.
    pub path: String,
    /// Bytes of a file.
    pub bytes: u64,
    /// Whether it is a folder.
    pub is_folder: bool,
}

/// Why nothing can be done with a workspace.
#[derive(Debug, thiserror::Error)]
pub enum WorkspaceError {
    /// There is none of this name.
    #[error("there is no workspace `{0}`")]
    Unknown(String),
    /// Something in it is not as it should be.
    #[error("{0}")]
    File(String),
    /// The folder that it is to be copied to holds something.
    #[error("`{}` is not empty, and nothing in it is written over", .0.display())]
    NotEmpty(PathBuf),
    /// A run of some process uses it, or another command.
    #[error("`{0}` is used by a run, or by another command, at this moment")]
    Open(String),
    /// The system failed.
    #[error("`{}` cannot be used: {source}", path.display())]
    System {
        /// Where.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// The folders of a workspace, as they are called where it is copied to.
const PARTS: [(&str, &[&str]); 4] = [
    ("workspace", &["workspace"]),
    ("tmp", &["tmp"]),
    ("checkpoints", &["kept", "checkpoints"]),
    ("results", &["kept", "results"]),
];

/// Values that are kept by name, as paths of a list.
const KINDS: [(&str, Kind); 2] = [("checkpoint/", Kind::Checkpoint), ("result/", Kind::Result)];

impl WorkspaceStore {
    /// Those below this data folder. Nothing is made.
    pub fn new(data_dir: &Path, limits: &Limits) -> Self {
        let folder = super::folder(data_dir);
        let limits = Limits { file_bytes: limits.file_bytes.max(READ_BYTES_MAX), ..limits.clone() };
        Self { workspaces: Workspaces::new(folder.clone()), folder, limits }
    }

    /// All of them, by name.
    pub fn list(&self) -> Result<Vec<WorkspaceSummary>, WorkspaceError> {
        let mut names: Vec<_> = self.entries().map_err(|source| self.system(source))?;
        names.sort();
        names.iter().map(|name| self.summary(name)).collect()
    }

    fn entries(&self) -> io::Result<Vec<String>> {
        let entries = match std::fs::read_dir(&self.folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries?,
        };
        let name = |entry: std::fs::DirEntry| entry.file_name().into_string().ok();
        entries
            .map(|entry| entry.map(name))
            .filter_map(Result::transpose)
            .filter(|name| self.is_there(name))
            .collect()
    }

    fn is_there(&self, name: &io::Result<String>) -> bool {
        let is_folder =
            |name: &String| self.folder.join(name).symlink_metadata().is_ok_and(|found| found.is_dir());
        name.as_ref().map_or(true, |name| is_name(name) && is_folder(name))
    }

    fn summary(&self, name: &str) -> Result<WorkspaceSummary, WorkspaceError> {
        let (usage, changed) = self.with(name, |disk| Ok((disk.usage()?, disk.changed_at())))?;
        let since = changed.and_then(|at| at.duration_since(UNIX_EPOCH).ok()).unwrap_or_default();
        let changed_at_ms = u64::try_from(since.as_millis()).unwrap_or(u64::MAX);
        Ok(WorkspaceSummary { name: name.to_owned(), files: usage.files, bytes: usage.bytes, changed_at_ms })
    }

    /// Everything in one of them, by path.
    pub fn files(&self, name: &str) -> Result<Vec<WorkspaceEntry>, WorkspaceError> {
        self.with(name, |disk| {
            let mut all = Vec::new();
            for top in ["workspace", "tmp"] {
                let top = OwnPath::of(&[top]);
                for below in disk.list_all(&top)? {
                    all.push(entry(disk, &top.join(&below)));
                }
            }
            for (prefix, kind) in KINDS {
                for key in kept::keys(disk, kind)? {
                    let bytes = kept::get(disk, kind, &key)?.map_or(0, |json| json.len() as u64);
                    all.push(WorkspaceEntry { path: format!("{prefix}{key}"), bytes, is_folder: false });
                }
            }
            Ok(all)
        })
    }

    /// What is in a file: by its path, one of the workspace where it is relative, or as [`Self::files`] names it.
    pub fn read(&self, name: &str, path: &str) -> Result<Vec<u8>, WorkspaceError> {
        self.with(name, |disk| {
            let value = KINDS.iter().find_map(|(prefix, kind)| Some((*kind, path.strip_prefix(prefix)?)));
            if let Some((kind, key)) = value
                && let Some(json) = kept::get(disk, kind, key)?
            {
                return Ok(json);
            }
            let path = if path.starts_with('/') { path.to_owned() } else { format!("/workspace/{path}") };
            match place(&path)? {
                Place::Own(path) => disk.read(&path),
                Place::Root | Place::Tree(_) => Err(FileError::Outside(path)),
            }
        })
    }

    /// Copies everything to a folder that is empty, or not there. Links and special files are left out. How much that was.
    pub fn export(&self, name: &str, to: &Path) -> Result<WorkspaceSummary, WorkspaceError> {
        let failed = |source| WorkspaceError::System { path: to.to_owned(), source };
        let summary = self.summary(name)?;
        let target = Folder::named(to).map_err(failed)?.into_dir();
        if target.entries().map_err(failed)?.next().is_some() {
            return Err(WorkspaceError::NotEmpty(to.to_owned()));
        }
        let copied = self.with(name, |disk| {
            Ok(PARTS.iter().try_for_each(|(part, below)| {
                let Some(from) = disk.folder(&OwnPath::of(below))? else { return Ok(()) };
                target.create_dir(part)?;
                copy_folder(&from, &target.open_dir(part)?)
            }))
        })?;
        copied.map_err(failed)?;
        Ok(summary)
    }

    /// Removes one of them that no process has open.
    pub fn remove(&self, name: &str) -> Result<(), WorkspaceError> {
        let folder = self.folder.join(name);
        let until = Instant::now() + CLOSES_WITHIN;
        loop {
            let removed = self.with(name, |disk| Ok(remove_alone(disk, &folder)))?;
            match removed {
                Ok(true) => return Ok(()),
                Ok(false) if Instant::now() < until => std::thread::sleep(LOOKS_EVERY),
                Ok(false) => return Err(WorkspaceError::Open(name.to_owned())),
                Err(source) => return Err(WorkspaceError::System { path: folder, source }),
            }
        }
    }

    /// Does something with one that is there.
    fn with<T>(
        &self,
        name: &str,
        act: impl FnOnce(&mut Disk) -> Result<T, FileError>,
    ) -> Result<T, WorkspaceError> {
        let unknown = || WorkspaceError::Unknown(name.to_owned());
        let workspace: Arc<Workspace> = match self.is_there(&Ok(name.to_owned())) {
            true => self.workspaces.open(name).ok_or_else(unknown)?,
            false => return Err(unknown()),
        };
        workspace.with(&self.limits, act).map_err(|error| WorkspaceError::File(error.told(&self.limits).1))
    }

    fn system(&self, source: io::Error) -> WorkspaceError {
        WorkspaceError::System { path: self.folder.clone(), source }
    }
}

/// Removes all of a workspace, unless another process has it open. Whether it did.
fn remove_alone(disk: &Disk, folder: &Path) -> io::Result<bool> {
    let is_alone = disk.is_alone()?;
    if is_alone {
        disk.remove_all(folder)?;
    }
    Ok(is_alone)
}

/// What is at a path. A link, which no script sees, takes nothing.
fn entry(disk: &Disk, path: &OwnPath) -> WorkspaceEntry {
    let stat = disk.stat(path).ok().flatten();
    WorkspaceEntry {
        path: path.shown(),
        bytes: stat.map_or(0, |stat| stat.size),
        is_folder: stat.is_some_and(|stat| stat.is_dir),
    }
}
