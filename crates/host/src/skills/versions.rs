//! What was saved of a skill: its versions, each named by the hash of its content.
//!
//! They lie in `.versions` beside the skills: `<name>.json` lists them, `<name>@<version>.json` is the content of one, which never
//! changes. The last of the list is what was agreed to; the files beside are compared with it.

use std::{
    io,
    time::{SystemTime, UNIX_EPOCH},
};

use files::{Folder, Locked};
use serde::{Deserialize, Serialize};

use super::{SkillContent, disk::optional};

/// The folder, beside the skills. It is there as soon as anything was saved.
pub(super) const FOLDER: &str = ".versions";

/// Versions of one skill that are kept.
const KEPT_MAX: usize = 20;

/// Bytes of all versions of one skill that are kept, beside the last.
const KEPT_BYTES_MAX: usize = 2 * 1024 * 1024;

/// The largest list that is read: that of [`KEPT_MAX`] versions with all the tools they may name.
const LIST_BYTES_MAX: u64 = 4 * 1024 * 1024;

/// The largest content that is read: a source and a `SKILL.md` at their largest, all of it spelt in escapes.
const CONTENT_BYTES_MAX: u64 = 8 * 1024 * 1024;

/// Who saved a version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "lowercase")]
pub enum SavedBy {
    /// A person, on the command line.
    Person,
    /// A script.
    Run {
        /// Its run.
        run: String,
        /// The workspace of the run.
        workspace: String,
    },
    /// It was there before versions were kept.
    Found,
}

/// What follows from the source of a skill.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SkillFacts {
    /// The tools it may call: `server/tool`, `server/*` or `*`.
    pub tools: Vec<String>,
    /// The names that it exports of its own.
    pub exports: Vec<String>,
}

/// A version of a skill.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SkillVersion {
    /// The hash of its content.
    pub version: String,
    /// When it was saved, in milliseconds since 1970.
    pub saved_at_ms: u64,
    /// By whom.
    #[serde(flatten)]
    pub saved_by: SavedBy,
    /// The tools its source may call: `server/tool`, `server/*` or `*`. Not known of what was there before versions were kept.
    #[serde(default)]
    pub tools: Option<Vec<String>>,
    /// The names that it exports, as far as they are known.
    #[serde(default)]
    pub exports: Vec<String>,
    /// Bytes of its content.
    pub bytes: usize,
}

impl SkillVersion {
    pub(super) fn new(content: &SkillContent, saved_by: SavedBy, facts: Option<SkillFacts>) -> Self {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let saved_at_ms = u64::try_from(now.as_millis()).unwrap_or(u64::MAX);
        let (tools, exports) = match facts {
            Some(SkillFacts { tools, exports }) => (Some(tools), exports),
            None => (None, Vec::new()),
        };
        Self { version: content.version(), saved_at_ms, saved_by, tools, exports, bytes: content.bytes() }
    }
}

/// The versions of a skill, the last saved last.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Versions {
    pub(super) all: Vec<SkillVersion>,
    /// The files of the last may not be written yet: a process that finds this under the lock writes them.
    #[serde(default)]
    pub(super) is_unwritten: bool,
}

impl Versions {
    /// `None` where nothing was ever saved of it.
    pub(super) fn read(folder: &Folder, name: &str) -> io::Result<Option<Self>> {
        let Some(bytes) = optional(folder.read(&list(name), LIST_BYTES_MAX))? else { return Ok(None) };
        let read: Self = serde_json::from_slice(&bytes).map_err(|error| {
            io::Error::new(io::ErrorKind::InvalidData, format!("`{}` cannot be read: {error}", list(name)))
        })?;
        Ok((!read.all.is_empty()).then_some(read))
    }

    pub(super) fn last(&self) -> Option<&SkillVersion> {
        self.all.last()
    }

    /// Adds a version as the last one, and forgets the oldest that are too many. What is forgotten is given.
    fn add(&mut self, version: SkillVersion) -> Vec<SkillVersion> {
        self.all.retain(|kept| kept.version != version.version);
        self.all.push(version);
        let bytes_before =
            |from: usize| self.all[from..].iter().rev().skip(1).map(|kept| kept.bytes).sum::<usize>();
        let is_kept =
            |from: &usize| self.all.len() - from <= KEPT_MAX && bytes_before(*from) <= KEPT_BYTES_MAX;
        let from = (0..self.all.len()).find(is_kept).unwrap_or(self.all.len() - 1);
        self.all.drain(..from).collect()
    }

    fn write(&self, locked: &Locked<'_>, name: &str) -> io::Result<()> {
        locked.replace(&list(name), &serde_json::to_vec(self)?)
    }

    /// Notes a version whose files are about to be written.
    pub(super) fn begin(
        &mut self,
        locked: &Locked<'_>,
        name: &str,
        content: &SkillContent,
        version: SkillVersion,
    ) -> io::Result<()> {
        locked.replace(&file(name, &version.version), &serde_json::to_vec(content)?)?;
        let forgotten = self.add(version);
        self.is_unwritten = true;
        self.write(locked, name)?;
        for version in forgotten {
            optional(locked.remove(&file(name, &version.version)))?;
        }
        Ok(())
    }

    /// Notes that the files of the last version are written.
    pub(super) fn settle(&mut self, locked: &Locked<'_>, name: &str) -> io::Result<()> {
        self.is_unwritten = false;
        self.write(locked, name)
    }

    /// Forgets all.
    pub(super) fn remove(&self, locked: &Locked<'_>, name: &str) -> io::Result<()> {
        optional(locked.remove(&list(name)))?;
        for version in &self.all {
            optional(locked.remove(&file(name, &version.version)))?;
        }
        Ok(())
    }
}

/// The content of a version that is kept.
pub(super) fn content(folder: &Folder, name: &str, version: &str) -> io::Result<SkillContent> {
    let bytes = folder.read(&file(name, version), CONTENT_BYTES_MAX)?;
    let content: SkillContent = serde_json::from_slice(&bytes)?;
    match content.version() == version {
        true => Ok(content),
        false => Err(io::Error::new(
            io::ErrorKind::InvalidData,
            format!("`{}` is not what was saved", file(name, version)),
        )),
    }
}

fn list(name: &str) -> String {
    format!("{FOLDER}/{name}.json")
}

fn file(name: &str, version: &str) -> String {
    format!("{FOLDER}/{name}@{version}.json")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(version: &str, bytes: usize) -> SkillVersion {
        SkillVersion {
            version: version.to_owned(),
            saved_at_ms: 0,
            saved_by: SavedBy::Found,
            tools: None,
            exports: Vec::new(),
            bytes,
        }
    }

    #[test]
    fn the_oldest_versions_are_forgotten_and_never_the_last() {
        let mut versions = Versions::default();
        let named = |all: &[SkillVersion]| all.iter().map(|kept| kept.version.clone()).collect::<Vec<_>>();
        for number in 0..KEPT_MAX {
            assert!(versions.add(version(&number.to_string(), 1)).is_empty());
        }
        assert_eq!(named(&versions.add(version("more", 1))), ["0"]);
        assert!(versions.add(version("3", 1)).is_empty(), "saved again");
        assert_eq!(versions.last().map(|last| &*last.version), Some("3"));
        assert_eq!(versions.add(version("large", 3 * KEPT_BYTES_MAX)).len(), 1, "one too many");
        assert_eq!(named(&versions.all).len(), KEPT_MAX);
        versions.add(version("after", 1));
        assert_eq!(named(&versions.all), ["after"]);
    }
}
