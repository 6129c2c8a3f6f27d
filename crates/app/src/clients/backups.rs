//! Files as they were before Narrows changed them, and the way back.
//!
//! Every change of several files is kept under a number: a list of the files with their hashes before and after, and their old content.
//! It is written before the first of the files is changed, so a change that is interrupted can be taken back as well as a whole one.
//! Taking back goes one number at a time. A file that nobody changed since gets its old bytes; of a client's file that was changed
//! meanwhile only our entry is taken out and the servers that we took are put back.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use files::{Folder, Locked};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{
    document::Document,
    entry::{is_narrows, taken},
    table::{CLIENTS, Client},
};

/// The shape of the lists.
const FORMAT: u32 = 1;

/// The largest file kept, as large as the largest that is edited, and some for our entry.
const FILE_BYTES_MAX: u64 = 65 << 20;

const ENDING: &str = ".json";

/// A file that is to be written.
#[derive(Debug, Clone)]
pub(crate) struct Change {
    pub(crate) path: PathBuf,
    /// Its text as it was planned on; `None` where there was no file.
    before: Option<String>,
    after: String,
    /// The clients whose servers it holds; none for the configuration of Narrows.
    clients: Vec<&'static str>,
}

/// What became of a file that was taken back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Undone {
    /// It is as it was, byte for byte.
    Restored,
    /// It was not there before, and is not any more.
    Removed,
    /// Something else changed it since: only what we had changed was taken back.
    Merged,
    /// It was changed since, and stays.
    Kept,
    /// It could not be taken back, and why.
    Failed(String),
}

/// The folder of backups.
pub(crate) struct Backups {
    folder: PathBuf,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct List {
    format: u32,
    /// The folder it was done in: some servers belong to it.
    cwd: PathBuf,
    files: Vec<Kept>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kept {
    path: PathBuf,
    clients: Vec<String>,
    /// The hash and the file of its old content; `None` where it was not there.
    before: Option<(String, String)>,
    after_sha256: String,
}

impl Change {
    /// The change of a file, where it is one.
    pub(super) fn new(
        path: &Path,
        before: Option<&str>,
        after: String,
        clients: Vec<&'static str>,
    ) -> Option<Self> {
        let is_change = before.unwrap_or_default() != after;
        is_change.then(|| Self { path: path.to_owned(), before: before.map(str::to_owned), after, clients })
    }

    pub(super) fn write(&self) -> io::Result<()> {
        if self.before.as_ref().map(String::as_bytes) != current(&self.path)?.as_deref() {
            return Err(io::Error::other("it was changed meanwhile; try again"));
        }
        put(&self.path, self.after.as_bytes())
    }
}

impl Backups {
    pub(crate) fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// Where they are.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Keeps others from changing anything while `work` is done.
    pub(crate) fn locked<T>(&self, work: impl FnOnce(&Held<'_>) -> T) -> io::Result<T> {
        let folder = Folder::make(&self.folder)?;
        let held = Held { folder: &folder, lock: folder.lock()? };
        Ok(work(&held))
    }
}

/// The folder, while nobody else changes it.
pub(crate) struct Held<'f> {
    folder: &'f Folder,
    lock: Locked<'f>,
}

impl Held<'_> {
    /// Keeps the old content of all files, and then writes them.
    pub(crate) fn write(&self, changes: &[Change], cwd: &Path) -> Result<(), String> {
        let number = self.numbers().map_err(|error| error.to_string())?.last().map_or(1, |last| last + 1);
        self.keep(number, changes, cwd).map_err(|error| format!("the backup cannot be written: {error}"))?;
        for change in changes {
            change
                .write()
                .map_err(|error| format!("`{}` cannot be written: {error}", change.path.display()))?;
        }
        Ok(())
    }

    fn keep(&self, number: u32, changes: &[Change], cwd: &Path) -> io::Result<()> {
        let mut files = Vec::new();
        for change in changes {
            let before = change.before.as_ref().map(|text| {
                let name = format!("{number:04}-{}", files::name_for(&change.path.display().to_string()));
                self.lock.replace(&name, text.as_bytes()).map(|()| (hash(text.as_bytes()), name))
            });
            files.push(Kept {
                path: change.path.clone(),
                clients: change.clients.iter().map(|&name| name.to_owned()).collect(),
                before: before.transpose()?,
                after_sha256: hash(change.after.as_bytes()),
            });
        }
        let list = List { format: FORMAT, cwd: cwd.to_owned(), files };
        self.lock.replace(&name_of(number), &serde_json::to_vec_pretty(&list)?)
    }

    /// Takes the last change back; `None` where there is none. Its backup is removed once nothing of it is left to do.
    pub(crate) fn undo(&self) -> Result<Option<Vec<(PathBuf, Undone)>>, String> {
        let said = |error: io::Error| {
            format!("the backups in `{}` cannot be used: {error}", self.folder.path().display())
        };
        let Some(number) = self.numbers().map_err(said)?.pop() else { return Ok(None) };
        let list = self.list(number).map_err(said)?;
        let mut undone = Vec::new();
        // The clients first: none is left pointing at a configuration that is gone.
        for kept in list.files.iter().rev() {
            let end = self.back(kept, &list.cwd).unwrap_or_else(|error| Undone::Failed(error.to_string()));
            undone.push((kept.path.clone(), end));
        }
        if undone.iter().all(|(_, end)| !matches!(end, Undone::Failed(_))) {
            self.forget(number, &list).map_err(said)?;
        }
        Ok(Some(undone))
    }

    /// The text of a client's file without Narrows, and with the servers that were ever taken from it, as they were last.
    pub(super) fn apart(
        &self,
        client: &Client,
        path: &Path,
        cwd: &Path,
        now: &str,
    ) -> Result<String, String> {
        let mut text = back_in(client, cwd, "", now)?;
        for number in self.numbers().map_err(|error| error.to_string())?.into_iter().rev() {
            let list = self.list(number).map_err(|error| error.to_string())?;
            let is_meant =
                |kept: &&Kept| kept.path == path && kept.clients.iter().any(|name| name == client.name);
            for (_, name) in list.files.iter().filter(is_meant).filter_map(|kept| kept.before.as_ref()) {
                let old = self.folder.read(name, FILE_BYTES_MAX).and_then(files::text);
                text = back_in(client, cwd, &old.map_err(|error| error.to_string())?, &text)?;
            }
        }
        Ok(text)
    }

    /// How many changes can be taken back.
    pub(crate) fn count(&self) -> usize {
        self.numbers().map_or(0, |numbers| numbers.len())
    }

    fn back(&self, kept: &Kept, cwd: &Path) -> io::Result<Undone> {
        let before = match &kept.before {
            Some((sum, name)) => Some((sum, self.folder.read(name, FILE_BYTES_MAX)?)),
            None => None,
        };
        let current = current(&kept.path)?;
        let sum = current.as_deref().map(hash);
        match (current, before) {
            (None, None) => Ok(Undone::Removed),
            (Some(_), None) if sum.as_ref() == Some(&kept.after_sha256) => {
                fs::remove_file(&kept.path).map(|()| Undone::Removed)
            }
            (Some(_), Some((old, _))) if sum.as_ref() == Some(old) => Ok(Undone::Restored),
            (Some(_), Some((_, old))) if sum.as_ref() == Some(&kept.after_sha256) => {
                put(&kept.path, &old).map(|()| Undone::Restored)
            }
            (None, Some(_)) => Ok(Undone::Kept),
            (Some(_), _) if kept.clients.is_empty() => Ok(Undone::Kept),
            (Some(now), before) => {
                let old = before.map(|(_, old)| old).unwrap_or_default();
                let merged =
                    merged(kept, cwd, &files::text(old)?, &files::text(now)?).map_err(io::Error::other)?;
                put(&kept.path, merged.as_bytes()).map(|()| Undone::Merged)
            }
        }
    }

    fn forget(&self, number: u32, list: &List) -> io::Result<()> {
        self.lock.remove(&name_of(number))?;
        let mut kept = list.files.iter().filter_map(|kept| kept.before.as_ref());
        kept.try_for_each(|(_, name)| self.lock.remove(name))
    }

    fn list(&self, number: u32) -> io::Result<List> {
        let list: List = serde_json::from_slice(&self.folder.read(&name_of(number), FILE_BYTES_MAX)?)?;
        match list.format {
            FORMAT => Ok(list),
            other => Err(io::Error::other(format!(
                "`{}` has the format {other} of another version",
                name_of(number)
            ))),
        }
    }

    fn numbers(&self) -> io::Result<Vec<u32>> {
        let mut numbers = Vec::new();
        for entry in self.folder.dir().entries()? {
            let name = entry?.file_name().to_string_lossy().into_owned();
            numbers.extend(name.strip_suffix(ENDING).and_then(|number| number.parse::<u32>().ok()));
        }
        numbers.sort_unstable();
        Ok(numbers)
    }
}

/// A file of a client, changed since, without Narrows and with the servers that were taken from it.
fn merged(kept: &Kept, cwd: &Path, before: &str, now: &str) -> Result<String, String> {
    let clients = kept.clients.iter().filter_map(|name| CLIENTS.iter().find(|client| client.name == *name));
    clients.into_iter().try_fold(now.to_owned(), |now, client| back_in(client, cwd, before, &now))
}

/// The same for one client.
pub(super) fn back_in(client: &Client, cwd: &Path, before: &str, now: &str) -> Result<String, String> {
    let key = client.key(cwd);
    let old = Document::parse(client.format, before)?.servers(&key)?;
    let mut document = Document::parse(client.format, now)?;
    let there = document.servers(&key)?;
    for (name, _) in there.iter().filter(|(_, value)| is_narrows(value)) {
        document.remove(&key, name);
    }
    let was_taken = |value| taken(client, value, cwd).is_ok();
    for (name, value) in old.iter().filter(|(_, value)| was_taken(value)) {
        let is_there = there.iter().any(|(other, now)| other == name && !is_narrows(now));
        if !is_there {
            document.set(&key, name, value)?;
        }
    }
    Ok(document.text())
}

/// The content of a file now.
fn current(path: &Path) -> io::Result<Option<Vec<u8>>> {
    match files::read(path, FILE_BYTES_MAX) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        read => read.map(Some),
    }
}

/// Writes a file as a whole: with the permissions it has, or a new one for its owner alone.
fn put(path: &Path, content: &[u8]) -> io::Result<()> {
    if path.symlink_metadata().is_ok() {
        return files::rewrite(path, content);
    }
    if let Some(above) = path.parent() {
        Folder::named(above)?;
    }
    files::write_private(path, content)
}

fn hash(content: &[u8]) -> String {
    Sha256::digest(content).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn name_of(number: u32) -> String {
    format!("{number:04}{ENDING}")
}
