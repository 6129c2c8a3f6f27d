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
    disk::{Disk, FOLDERS, Mode},
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
    /// Whether it is a link or a special file, which is never opened.
    pub is_special: bool,
}

/// A workspace that cannot be looked into.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UnusableWorkspace {
    /// Its name.
    pub name: String,
    /// Why.
    pub problem: String,
}

/// What was copied of a workspace.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Copied {
    /// Regular files.
    pub files: u64,
    /// What they take.
    pub bytes: u64,
    /// Links and special files, which are left out.
    pub skipped: Vec<String>,
}

/// A workspace that nobody else can open, as long as this lives.
pub struct HeldWorkspace<'s> {
    store: &'s WorkspaceStore,
    name: String,
    /// Holds the lock that shows that it is open.
    workspace: Arc<Workspace>,
}

/// Why nothing can be done with a workspace.
#[derive(Debug, thiserror::Error)]
pub enum WorkspaceError {
    /// There is none of this name.
    #[error("there is no workspace `{0}`")]
    Unknown(String),
    /// A link stands where a folder of it should.
    #[error("`{}` is a link, which is not followed", .0.display())]
    Link(PathBuf),
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

    /// All of them, by name, and those that cannot be looked into.
    pub fn list(&self) -> Result<(Vec<WorkspaceSummary>, Vec<UnusableWorkspace>), WorkspaceError> {
        let mut names: Vec<_> = self.entries().map_err(|source| self.system(source))?;
        names.sort();
        let (mut all, mut unusable) = (Vec::new(), Vec::new());
        for name in names {
            match self.summary(&name) {
                Ok(summary) => all.push(summary),
                // It was removed meanwhile.
                Err(WorkspaceError::Unknown(_)) => {}
                Err(error) => unusable.push(UnusableWorkspace { name, problem: error.to_string() }),
            }
        }
        Ok((all, unusable))
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
        let is_folder = |name: &String| {
            let found = self.folder.join(name).symlink_metadata();
            found.is_ok_and(|found| found.is_dir() || found.is_symlink())
        };
        name.as_ref().map_or(true, |name| is_name(name) && is_folder(name))
    }

    /// A link that somebody put where a workspace, or one of its folders, belongs.
    fn link(&self, name: &str) -> Option<PathBuf> {
        let folder = self.folder.join(name);
        let parts = FOLDERS.iter().map(|part| folder.join(part));
        let mut places = [folder.clone()].into_iter().chain(parts);
        places.find(|place| place.is_symlink())
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
                match kept::sizes(disk, kind) {
                    Ok(values) => {
                        all.extend(values.into_iter().map(|(key, bytes)| value(prefix, &key, bytes)));
                    }
                    Err(FileError::Forbidden(_)) => all.push(value(prefix, "", None)),
                    Err(error) => return Err(error),
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

    /// Puts another text in the place of a file's, named as for [`Self::read`].
    pub fn replace(&self, name: &str, path: &str, text: &str) -> Result<(), WorkspaceError> {
        self.with(name, |disk| {
            let value = KINDS.iter().find_map(|(prefix, kind)| Some((*kind, path.strip_prefix(prefix)?)));
            if let Some((kind, key)) = value {
                return kept::set(disk, kind, key, Some(text));
            }
            match place(path)? {
                Place::Own(path) => disk.write(&path, text.as_bytes(), Mode::Replace),
                Place::Root | Place::Tree(_) => Err(FileError::Outside(path.to_owned())),
            }
        })
    }

    /// Copies everything to a folder that is empty, or not there. Links and special files are left out.
    pub fn export(&self, name: &str, to: &Path) -> Result<Copied, WorkspaceError> {
        let failed = |source| WorkspaceError::System { path: to.to_owned(), source };
        self.with(name, |_| Ok(()))?;
        let target = Folder::named(to).map_err(failed)?.into_dir();
        if target.entries().map_err(failed)?.next().is_some() {
            return Err(WorkspaceError::NotEmpty(to.to_owned()));
        }
        let copied = self.with(name, |disk| {
            let mut copied = Copied::default();
            let all = PARTS.iter().try_for_each(|(part, below)| {
                match disk.stat(&OwnPath::of(below)) {
                    Ok(Some(stat)) if stat.is_dir => {}
                    Ok(None) => return Ok(()),
                    Ok(Some(_)) | Err(_) => {
                        copied.skipped.push((*part).to_owned());
                        return Ok(());
                    }
                }
                let Some(from) = disk.folder(&OwnPath::of(below))? else { return Ok(()) };
                target.create_dir(part)?;
                copy_folder(&from, &target.open_dir(part)?, part, &mut copied)
            });
            Ok(all.map(|()| copied))
        })?;
        copied.map_err(failed)
    }

    /// Keeps everybody else from one of them that no process has open. A link in its place, which leads elsewhere, is removed, and no more.
    pub fn hold(&self, name: &str) -> Result<Option<HeldWorkspace<'_>>, WorkspaceError> {
        let unknown = || WorkspaceError::Unknown(name.to_owned());
        while let Some(link) = self.link(name).filter(|_| is_name(name)) {
            std::fs::remove_file(&link).map_err(|source| WorkspaceError::System { path: link, source })?;
            if !self.is_there(&Ok(name.to_owned())) {
                return Ok(None);
            }
        }
        let workspace = self.workspaces.open(name).ok_or_else(unknown)?;
        let until = Instant::now() + CLOSES_WITHIN;
        loop {
            let alone = self.with(name, |disk| Ok(disk.is_alone()))?;
            match alone {
                Ok(true) => return Ok(Some(HeldWorkspace { store: self, name: name.to_owned(), workspace })),
                Ok(false) if Instant::now() < until => std::thread::sleep(LOOKS_EVERY),
                Ok(false) => return Err(WorkspaceError::Open(name.to_owned())),
                Err(source) => return Err(self.system(source)),
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
        if let Some(link) = self.link(name) {
            return Err(WorkspaceError::Link(link));
        }
        workspace.with(&self.limits, act).map_err(|error| WorkspaceError::File(error.told(&self.limits).1))
    }

    fn system(&self, source: io::Error) -> WorkspaceError {
        WorkspaceError::System { path: self.folder.clone(), source }
    }
}

impl HeldWorkspace<'_> {
    /// Removes it.
    pub fn remove(self) -> Result<(), WorkspaceError> {
        let folder = self.store.folder.join(&self.name);
        let removed = self.store.with(&self.name, |disk| Ok(disk.remove_all(&folder)));
        drop(self.workspace);
        removed?.map_err(|source| WorkspaceError::System { path: folder, source })
    }
}

/// What is at a path. A link, which no script sees, takes nothing.
fn entry(disk: &Disk, path: &OwnPath) -> WorkspaceEntry {
    let found = disk.stat(path);
    let is_special = found.is_err();
    let stat = found.ok().flatten();
    WorkspaceEntry {
        path: path.shown(),
        bytes: stat.map_or(0, |stat| stat.size),
        is_folder: stat.is_some_and(|stat| stat.is_dir),
        is_special,
    }
}

/// A value that is kept by name; without bytes it is a link or a special file.
fn value(prefix: &str, key: &str, bytes: Option<u64>) -> WorkspaceEntry {
    WorkspaceEntry {
        path: format!("{prefix}{key}"),
        bytes: bytes.unwrap_or(0),
        is_folder: false,
        is_special: bytes.is_none(),
    }
}
