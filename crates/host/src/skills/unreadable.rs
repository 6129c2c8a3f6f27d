//! What lies in a folder of skills and cannot be used as one, for the person who put it there.

use std::io;

use cap_std::fs::DirEntry;
use files::Folder;
use serde::Serialize;

use super::{
    LISTED_MAX, SkillError, SkillStore, admit_name,
    disk::{self, ENDING, MODULE, optional},
};

/// A skill that is there and cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UnreadableSkill {
    /// The name that its file or folder has.
    pub name: String,
    /// What is wrong with it.
    pub problem: String,
    /// The workspace in whose folder it lies; `None` where it is that of all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workspace: Option<String>,
}

impl SkillStore {
    /// All that is meant to be a skill and cannot be read, sorted by name.
    pub(crate) fn unreadable(&self) -> Result<Vec<UnreadableSkill>, SkillError> {
        let Some(folder) = optional(Folder::open(self.folder()))? else { return Ok(Vec::new()) };
        let entries: Vec<_> = folder.dir().entries()?.take(LISTED_MAX).collect::<io::Result<_>>()?;
        let mut names: Vec<_> = entries.iter().filter_map(|entry| meant(&folder, entry)).collect();
        names.sort();
        names.dedup();
        let problem = |name: String| {
            let problem = self.problem(&folder, &name)?;
            Some(UnreadableSkill { name, problem, workspace: self.workspace().map(str::to_owned) })
        };
        Ok(names.into_iter().filter_map(problem).collect())
    }

    fn problem(&self, folder: &Folder, name: &str) -> Option<String> {
        if let Err(bad_name) = admit_name(name) {
            return Some(bad_name.to_string());
        }
        if matches!(disk::form(folder, name), Ok(None)) {
            return Some(format!("its folder has no `{MODULE}`"));
        }
        match self.kept(name) {
            // It was removed meanwhile.
            Ok(_) | Err(SkillError::Unknown(_)) => None,
            Err(SkillError::Unreadable { source, .. }) => Some(source.to_string()),
            Err(error) => Some(error.to_string()),
        }
    }
}

/// The name of the skill that an entry is meant to be: a `.ts` file or a folder.
fn meant(folder: &Folder, entry: &DirEntry) -> Option<String> {
    let name = entry.file_name().to_string_lossy().into_owned();
    match name.strip_suffix(ENDING) {
        _ if name.starts_with('.') => None,
        Some(name) => Some(name.to_owned()),
        None => folder.dir().is_dir(&name).then_some(name),
    }
}
