//! The workspace's own files, below one folder handle, with an exact account of what they take.

use std::{
    io::{self, Write},
    path::Path,
    time::{SystemTime, UNIX_EPOCH},
};

use cap_std::fs::{Dir, Metadata, OpenOptions};
use files::{Folder, Temporary};
use wire::{Limit, Limits};

use super::{
    FileError, SKILLS,
    account::{self, Account, Lock, Record, Usage},
    path::OwnPath,
    presence::{self, Presence},
};

/// The folders a script sees, and the one it does not: values kept by name, files half written.
pub(super) const FOLDERS: [&str; 3] = ["workspace", "tmp", "kept"];

/// The one of them where files are written before they replace the old ones, so that a crash leaves the old or the new.
const HALF_WRITTEN: &str = "kept";

/// Names one listing gives at most; a person may have put more files here than the quota allows.
const LISTED_MAX: usize = 100_000;

/// An open workspace.
pub(super) struct Disk {
    root: Dir,
    /// Where files are half written.
    beside: Dir,
    account: Account,
    presence: Presence,
    limits: Limits,
    /// What the files take, while the lock is held; `None` when it must be counted.
    usage: Option<Usage>,
    /// Whether everything was counted since the workspace was opened.
    is_counted: bool,
}

/// What is known of a file or folder.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Stat {
    pub(super) size: u64,
    pub(super) is_dir: bool,
    pub(super) modified_ms: f64,
}

/// What becomes of a file's old content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    Replace,
    Append,
}

impl Disk {
    /// Opens a workspace's folder, made when missing.
    pub(super) fn open(folder: &Path) -> io::Result<Self> {
        let root = Folder::make(folder)?;
        for name in FOLDERS {
            Folder::make(&folder.join(name))?;
        }
        let presence = Presence::show(&root)?;
        let (account, root) = (Account::open(&root)?, root.into_dir());
        let beside = root.open_dir(HALF_WRITTEN)?;
        Ok(Self {
            root,
            beside,
            account,
            presence,
            limits: Limits::default(),
            usage: None,
            is_counted: false,
        })
    }

    /// The limits of whoever acts next.
    pub(super) fn set_limits(&mut self, limits: &Limits) {
        self.limits.clone_from(limits);
    }

    /// Waits until the workspace is this process's alone, and puts right what a process left that was killed.
    pub(super) fn lock(&mut self) -> io::Result<Lock> {
        let lock = self.account.lock()?;
        let record = self.account.record()?;
        if let Some(Record::Appending { path, bytes }) = &record {
            if let Err(error) = self.undo_append(path, *bytes) {
                tracing::warn!(path, %error, "an append that was cut cannot be undone");
            }
            self.account.note(&Record::Changing)?;
        }
        self.usage = match record {
            Some(Record::Settled(usage)) if self.is_counted => Some(usage),
            _ => None,
        };
        Ok(lock)
    }

    /// Whether the workspace was removed since it was opened.
    pub(super) fn is_removed(&self) -> bool {
        self.account.is_removed()
    }

    /// Whether no other process has the workspace open. None opens it from then on, as long as this lives.
    pub(super) fn is_alone(&self) -> io::Result<bool> {
        self.presence.is_alone()
    }

    /// When something was changed last.
    pub(super) fn changed_at(&self) -> Option<SystemTime> {
        self.account.changed_at()
    }

    /// A folder of the workspace, where it is there.
    pub(super) fn folder(&self, path: &OwnPath) -> io::Result<Option<Dir>> {
        match self.root.open_dir(path.on_disk()) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            opened => opened.map(Some),
        }
    }

    /// Removes everything, and the folder: the account last, so that what is left after a crash is counted again.
    pub(super) fn remove_all(&self, folder: &Path) -> io::Result<()> {
        self.account.note(&Record::Changing)?;
        for name in FOLDERS {
            self.root.remove_dir_all(name)?;
        }
        match self.root.remove_dir_all(SKILLS) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        self.root.remove_file(presence::FILE)?;
        self.root.remove_file(account::FILE)?;
        match std::fs::remove_dir(folder) {
            // A process has begun another one of this name meanwhile.
            Err(error) if error.kind() == io::ErrorKind::DirectoryNotEmpty => Ok(()),
            removed => removed,
        }
    }

    fn undo_append(&self, path: &str, bytes: Option<u64>) -> io::Result<()> {
        let Some(bytes) = bytes else {
            return match self.root.remove_file(path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
                _ => Ok(()),
            };
        };
        let file = self.root.open_with(path, OpenOptions::new().write(true))?;
        // A person may have made it shorter meanwhile.
        file.set_len(bytes.min(file.metadata()?.len()))
    }

    pub(super) fn read(&self, path: &OwnPath) -> Result<Vec<u8>, FileError> {
        let stat = self.existing(path)?;
        if stat.is_dir {
            return Err(is_a_directory(path));
        }
        if stat.size > self.limits.file_bytes {
            return Err(FileError::Limit(Limit::File));
        }
        let failed = |error| FileError::io(&error, &path.shown());
        let file = self.root.open(path.on_disk()).map_err(failed)?;
        files::read_opened(file.into_std(), self.limits.file_bytes).map_err(failed)
    }

    pub(super) fn write(&mut self, path: &OwnPath, content: &[u8], mode: Mode) -> Result<(), FileError> {
        let old = match self.stat(path)? {
            Some(stat) if stat.is_dir => return Err(is_a_directory(path)),
            other => other,
        };
        let old_bytes = old.map(|stat| stat.size);
        let kept = if mode == Mode::Append { old_bytes.unwrap_or(0) } else { 0 };
        let size = kept + content.len() as u64;
        if size > self.limits.file_bytes {
            return Err(FileError::Limit(Limit::File));
        }
        let before = Usage { bytes: old_bytes.unwrap_or(0), files: u64::from(old.is_some()) };
        let missing = self.missing_parents(path)?;
        let after = Usage { bytes: size, files: 1 + missing.len() as u64 };
        let noted = match mode {
            Mode::Replace => Record::Changing,
            Mode::Append => Record::Appending { path: path.on_disk(), bytes: old_bytes },
        };
        self.change(&noted, before, after, &path.shown(), |disk| {
            disk.make_all(&missing)?;
            match mode {
                Mode::Replace => Temporary::write(&disk.beside, content)?.place(&disk.root, &path.on_disk()),
                Mode::Append => {
                    let mut options = OpenOptions::new();
                    disk.root.open_with(path.on_disk(), options.append(true).create(true))?.write_all(content)
                }
            }
        })
    }

    pub(super) fn list(&self, path: &OwnPath) -> Result<Vec<(String, bool)>, FileError> {
        if !self.existing(path)?.is_dir {
            return Err(FileError::system("ENOTDIR", format!("not a directory, '{}'", path.shown())));
        }
        let failed = |error| FileError::io(&error, &path.shown());
        let mut names = Vec::new();
        for entry in self.root.read_dir(path.on_disk()).map_err(failed)?.take(LISTED_MAX) {
            let entry = entry.map_err(failed)?;
            let is_dir = entry.file_type().map_err(failed)?.is_dir();
            names.push((entry.file_name().to_string_lossy().into_owned(), is_dir));
        }
        names.sort();
        Ok(names)
    }

    /// Names below a folder, as paths relative to it.
    pub(super) fn list_all(&self, path: &OwnPath) -> Result<Vec<String>, FileError> {
        let mut found = Vec::new();
        let mut folders = vec![String::new()];
        while let Some(folder) = folders.pop() {
            let below = if folder.is_empty() { path.clone() } else { path.join(&folder) };
            for (name, is_dir) in self.list(&below)? {
                let name = if folder.is_empty() { name } else { format!("{folder}/{name}") };
                if is_dir {
                    folders.push(name.clone());
                }
                found.push(name);
            }
            if found.len() > LISTED_MAX {
                return Err(FileError::system("EFBIG", format!("too many files below '{}'", path.shown())));
            }
        }
        found.sort();
        Ok(found)
    }

    /// What is there, if anything. Links and special files are refused, also on the way.
    pub(super) fn stat(&self, path: &OwnPath) -> Result<Option<Stat>, FileError> {
        for parent in path.parents() {
            match self.look(&parent)? {
                None => return Ok(None),
                Some(stat) if !stat.is_dir => {
                    return Err(FileError::system("ENOTDIR", format!("not a directory, '{}'", path.shown())));
                }
                Some(_) => {}
            }
        }
        self.look(path)
    }

    pub(super) fn make_dir(&mut self, path: &OwnPath, recursive: bool) -> Result<(), FileError> {
        match self.stat(path)? {
            Some(stat) if stat.is_dir && recursive => return Ok(()),
            Some(_) => return Err(FileError::io(&io::ErrorKind::AlreadyExists.into(), &path.shown())),
            None => {}
        }
        let mut missing = self.missing_parents(path)?;
        if !missing.is_empty() && !recursive {
            return Err(FileError::missing(&path.shown()));
        }
        missing.push(path.clone());
        let after = Usage { bytes: 0, files: missing.len() as u64 };
        self.change(&Record::Changing, Usage::default(), after, &path.shown(), |disk| disk.make_all(&missing))
    }

    /// Removes a file, or with `recursive` a folder and what is in it.
    pub(super) fn remove(&mut self, path: &OwnPath, recursive: bool) -> Result<(), FileError> {
        refuse_top(path)?;
        let stat = self.existing(path)?;
        if !stat.is_dir {
            let before = Usage { bytes: stat.size, files: 1 };
            let remove = |disk: &Self| disk.root.remove_file(path.on_disk());
            return self.change(&Record::Changing, before, Usage::default(), &path.shown(), remove);
        }
        if !recursive {
            let message = format!("'{}' is a directory; remove it with `recursive: true`", path.shown());
            return Err(FileError::system("EISDIR", message));
        }
        let failed = |error| FileError::io(&error, &path.shown());
        let (before, _) =
            self.root.open_dir(path.on_disk()).and_then(|folder| count(&folder)).map_err(failed)?;
        let before = Usage { files: before.files + 1, ..before };
        let remove = |disk: &Self| disk.root.remove_dir_all(path.on_disk());
        self.change(&Record::Changing, before, Usage::default(), &path.shown(), remove)
    }

    pub(super) fn rename(&mut self, from: &OwnPath, to: &OwnPath) -> Result<(), FileError> {
        refuse_top(from)?;
        refuse_top(to)?;
        if self.existing(from)?.is_dir {
            let failed = |error| FileError::io(&error, &from.shown());
            let counted = self.root.open_dir(from.on_disk()).and_then(|folder| count(&folder));
            to.hold(counted.map_err(failed)?.1)?;
        }
        let old = self.stat(to)?;
        let missing = self.missing_parents(to)?;
        let before = match old {
            Some(stat) if !stat.is_dir => Usage { bytes: stat.size, files: 1 },
            Some(_) => Usage { bytes: 0, files: 1 },
            None => Usage::default(),
        };
        let after = Usage { bytes: 0, files: missing.len() as u64 };
        // Over itself nothing changes.
        let before = if from == to { Usage::default() } else { before };
        self.change(&Record::Changing, before, after, &from.shown(), |disk| {
            disk.make_all(&missing)?;
            disk.root.rename(from.on_disk(), &disk.root, to.on_disk())
        })
    }

    /// Carries out a change, when what it leaves fits the quotas, and keeps the account; `noted` is what others need to
    /// know if this process is killed in its midst.
    fn change(
        &mut self,
        noted: &Record,
        before: Usage,
        after: Usage,
        shown: &str,
        act: impl FnOnce(&Self) -> io::Result<()>,
    ) -> Result<(), FileError> {
        let usage = self.usage()?;
        let then = Usage {
            bytes: (usage.bytes + after.bytes).saturating_sub(before.bytes),
            files: (usage.files + after.files).saturating_sub(before.files),
        };
        if then.bytes > self.limits.workspace_bytes && after.bytes > before.bytes {
            return Err(FileError::Limit(Limit::WorkspaceBytes));
        }
        if then.files > self.limits.workspace_files && after.files > before.files {
            return Err(FileError::Limit(Limit::WorkspaceFiles));
        }
        let failed = |error| FileError::io(&error, shown);
        // A change that fails half-way leaves an unknown state, which is put right and counted again.
        self.usage = None;
        self.account.note(noted).map_err(failed)?;
        act(self).map_err(failed)?;
        self.account.note(&Record::Settled(then)).map_err(failed)?;
        self.usage = Some(then);
        Ok(())
    }

    fn make_all(&self, folders: &[OwnPath]) -> io::Result<()> {
        folders.iter().try_for_each(|folder| self.root.create_dir(folder.on_disk()))
    }

    /// What everything takes.
    pub(super) fn usage(&mut self) -> Result<Usage, FileError> {
        if let Some(usage) = self.usage {
            return Ok(usage);
        }
        let usage = self.count().map_err(|error| FileError::io(&error, "/"))?;
        self.is_counted = true;
        Ok(*self.usage.insert(usage))
    }

    fn count(&self) -> io::Result<Usage> {
        files::sweep(&self.beside)?;
        let mut usage = Usage::default();
        for name in FOLDERS {
            let (counted, _) = count(&self.root.open_dir(name)?)?;
            usage = Usage { bytes: usage.bytes + counted.bytes, files: usage.files + counted.files };
        }
        let counted = Record::Settled(usage);
        // Its time says when something was changed last, not when it was looked at.
        if self.account.record()?.as_ref() != Some(&counted) {
            self.account.note(&counted)?;
        }
        Ok(usage)
    }

    fn existing(&self, path: &OwnPath) -> Result<Stat, FileError> {
        self.stat(path)?.ok_or_else(|| FileError::missing(&path.shown()))
    }

    fn look(&self, path: &OwnPath) -> Result<Option<Stat>, FileError> {
        match self.root.symlink_metadata(path.on_disk()) {
            Ok(metadata) => stat_of(&metadata, path).map(Some),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(FileError::io(&error, &path.shown())),
        }
    }

    fn missing_parents(&self, path: &OwnPath) -> Result<Vec<OwnPath>, FileError> {
        let mut missing = Vec::new();
        for parent in path.parents() {
            if self.look(&parent)?.is_none() {
                missing.push(parent);
            }
        }
        Ok(missing)
    }
}

fn stat_of(metadata: &Metadata, path: &OwnPath) -> Result<Stat, FileError> {
    if !metadata.is_dir() && !is_plain(metadata) {
        let message = format!("'{}' is a link or a special file, which a script cannot use", path.shown());
        return Err(FileError::Forbidden(message));
    }
    let modified = metadata.modified().ok().map(cap_std::time::SystemTime::into_std);
    let modified = modified.and_then(|at| at.duration_since(UNIX_EPOCH).ok());
    Ok(Stat {
        size: if metadata.is_dir() { 0 } else { metadata.len() },
        is_dir: metadata.is_dir(),
        modified_ms: modified.map_or(0.0, |at| (at.as_secs_f64() * 1e3).floor()),
    })
}

/// Whether it is a file that scripts can use.
pub(super) fn is_plain(metadata: &Metadata) -> bool {
    metadata.is_file() && !is_linked(metadata)
}

/// Whether the file has a second name, which may be anywhere. Scripts make no links.
#[cfg(unix)]
fn is_linked(metadata: &Metadata) -> bool {
    cap_std::fs::MetadataExt::nlink(metadata) > 1
}

#[cfg(not(unix))]
fn is_linked(_: &Metadata) -> bool {
    false
}

/// What everything below a folder takes, the folder itself left out, and how many names its longest path has.
fn count(folder: &Dir) -> io::Result<(Usage, usize)> {
    let (mut usage, mut depth) = (Usage::default(), 0);
    // Those inside each other only are open at once: of those side by side there may be more than a process can open.
    let mut open = vec![folder.entries()?];
    while let Some(folder) = open.last_mut() {
        let Some(entry) = folder.next() else {
            open.pop();
            continue;
        };
        let entry = entry?;
        let metadata = entry.metadata()?;
        usage.files += 1;
        depth = depth.max(open.len());
        if metadata.is_dir() {
            open.push(entry.open_dir()?.entries()?);
        } else {
            usage.bytes += metadata.len();
        }
    }
    Ok((usage, depth))
}

fn refuse_top(path: &OwnPath) -> Result<(), FileError> {
    if path.is_top() {
        return Err(FileError::Forbidden(format!("'{}' itself cannot be moved or removed", path.shown())));
    }
    Ok(())
}

fn is_a_directory(path: &OwnPath) -> FileError {
    FileError::io(&io::ErrorKind::IsADirectory.into(), &path.shown())
}
