//! What lies beside the module of a skill that is a folder: tests, and recordings of the servers they run against.
//!
//! They are no part of a version: nobody who imports the skill runs them.

use std::{io, path::Path};

use cap_std::fs::Dir;
use files::{Folder, Locked, Temporary};

use super::{SOURCE_BYTES_MAX, disk::optional, is_name};

/// Tests, and recordings, that one skill has.
const FILES_MAX: usize = 50;

/// Bytes of all of them: recordings hold whole results.
const BYTES_MAX: usize = 64 * 1024 * 1024;

/// The folders, with the ending of what lies in them and how large one may be.
const KINDS: [(&str, &str, u64); 2] =
    [("tests", ".ts", SOURCE_BYTES_MAX), ("recordings", ".json", 16 * 1024 * 1024)];

/// A test or a recording.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SkillFile {
    /// Below the folder of the skill: `tests/one.ts`, `recordings/one.json`.
    pub path: String,
    /// Its content.
    pub bytes: Vec<u8>,
}

impl SkillFile {
    /// Reads those of a folder that a person names, sorted by path. Files of other kinds and names are passed over.
    pub fn read_all(path: &Path) -> io::Result<Vec<Self>> {
        read(&Folder::open(&path.canonicalize()?)?)
    }

    /// Its name without folder and ending, where it is a test.
    pub fn test(&self) -> Option<&str> {
        self.path.strip_prefix("tests/")?.strip_suffix(".ts")
    }

    /// Its name without folder and ending, where it is a recording.
    pub fn recording(&self) -> Option<&str> {
        self.path.strip_prefix("recordings/")?.strip_suffix(".json")
    }
}

pub(super) fn read(folder: &Folder) -> io::Result<Vec<SkillFile>> {
    let mut all = Vec::new();
    for (kind, ending, most) in KINDS {
        let Some(inner) = optional(Folder::open(&folder.path().join(kind)))? else { continue };
        for name in names(inner.dir(), ending)? {
            let named = |error: io::Error| io::Error::new(error.kind(), format!("`{kind}/{name}`: {error}"));
            let bytes = inner.read(&name, most).map_err(named)?;
            all.push(SkillFile { path: format!("{kind}/{name}"), bytes });
        }
    }
    match all.iter().map(|file| file.bytes.len()).sum::<usize>() > BYTES_MAX {
        true => {
            Err(io::Error::other(format!("its tests and recordings have more than {} MB", BYTES_MAX >> 20)))
        }
        false => Ok(all),
    }
}

fn names(dir: &Dir, ending: &str) -> io::Result<Vec<String>> {
    let names = dir.entries()?.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let mut names: Vec<_> = names.filter(|name| name.strip_suffix(ending).is_some_and(is_name)).collect();
    names.sort();
    match names.len() > FILES_MAX {
        true => Err(io::Error::other(format!("it has more than {FILES_MAX} files that end with `{ending}`"))),
        false => Ok(names),
    }
}

/// Puts these in the place of those a skill has.
pub(super) fn replace(folder: &Folder, locked: &Locked<'_>, name: &str, all: &[SkillFile]) -> io::Result<()> {
    for (kind, ..) in KINDS {
        optional(folder.dir().remove_dir_all(format!("{name}/{kind}")))?;
        if all.iter().any(|file| file.path.starts_with(kind)) {
            folder.dir().create_dir(format!("{name}/{kind}"))?;
        }
    }
    all.iter().try_for_each(|file| locked.replace(&format!("{name}/{}", file.path), &file.bytes))
}

/// Writes a skill into a folder that a person names, which is made for it.
pub(super) fn export(to: &Path, files: &[SkillFile]) -> io::Result<()> {
    std::fs::create_dir(to)?;
    let folder = Folder::open(&to.canonicalize()?)?;
    for (kind, ..) in KINDS {
        if files.iter().any(|file| file.path.starts_with(kind)) {
            folder.dir().create_dir(kind)?;
        }
    }
    files
        .iter()
        .try_for_each(|file| Temporary::write(folder.dir(), &file.bytes)?.place(folder.dir(), &file.path))
}
