//! One folder of skills, which several processes use: what was saved is noted first, then the files are written, and what is read is
//! compared with what was saved.

use std::{
    io,
    path::{Path, PathBuf},
};

use files::{Folder, Locked};

use super::{
    LISTED_MAX, SavedBy, Skill, SkillContent, SkillError, SkillFacts, SkillState, SkillVersion, admit_name,
    disk::{self, Form, optional},
    extras::{self, SkillFile},
    versions::{self, Versions},
};

/// A folder of skills.
#[derive(Debug, Clone)]
pub(crate) struct SkillStore {
    folder: PathBuf,
    /// The workspace whose skills these are; `None` for those of all.
    workspace: Option<String>,
}

/// A skill as it lies in its folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Kept {
    pub(crate) name: String,
    pub(crate) form: Form,
    pub(crate) content: SkillContent,
    /// The last saved last.
    pub(crate) versions: Vec<SkillVersion>,
    pub(crate) workspace: Option<String>,
}

impl Kept {
    /// Whether its files are what was saved.
    pub(crate) fn state(&self) -> SkillState {
        match self.versions.last() {
            None => SkillState::New,
            Some(last) if last.version == self.content.version() => SkillState::Saved,
            Some(_) => SkillState::Changed,
        }
    }

    /// Whether its files are what was saved, with nothing else known of its tools.
    fn is_saved_with(&self, facts: Option<&SkillFacts>) -> bool {
        let tools = self.versions.last().and_then(|last| last.tools.as_ref());
        self.state() == SkillState::Saved && facts.is_none_or(|facts| Some(&facts.tools) == tools)
    }

    /// Its name in a listing of the folder of all.
    pub(crate) fn entry(&self) -> String {
        match self.form {
            Form::File => format!("{}{}", self.name, disk::ENDING),
            Form::Folder => self.name.clone(),
        }
    }

    /// As lists show it.
    pub(crate) fn skill(&self) -> Skill {
        let last = self.versions.last();
        Skill {
            name: self.name.clone(),
            path: self.form.path(&self.name),
            description: self.content.description(),
            source_bytes: self.content.source.len(),
            state: self.state(),
            version: last.map(|last| last.version.clone()),
            versions: self.versions.len(),
            saved: last.cloned(),
            workspace: self.workspace.clone(),
        }
    }
}

impl SkillStore {
    /// The skills of everybody. The folder is made when the first is saved.
    pub(crate) fn new(folder: PathBuf) -> Self {
        Self { folder, workspace: None }
    }

    /// The skills of one workspace.
    pub(crate) fn of_workspace(folder: PathBuf, workspace: &str) -> Self {
        Self { folder, workspace: Some(workspace.to_owned()) }
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Whether these are the skills of one workspace.
    pub(crate) fn workspace(&self) -> Option<&str> {
        self.workspace.as_deref()
    }

    /// The names of all skills, sorted.
    pub(crate) fn names(&self) -> Vec<String> {
        Folder::open(&self.folder).map_or_else(|_| Vec::new(), |folder| names(&folder))
    }

    /// All skills, sorted by name. Those that cannot be read are left out: see [`Self::unreadable`].
    pub(crate) fn list(&self) -> Vec<Kept> {
        self.names().into_iter().filter_map(|name| self.kept(&name).ok()).collect()
    }

    /// A skill as it is.
    pub(crate) fn kept(&self, name: &str) -> Result<Kept, SkillError> {
        admit_name(name)?;
        let unknown = || SkillError::Unknown(name.to_owned());
        let folder = optional(Folder::open(&self.folder))?.ok_or_else(unknown)?;
        match self.look(&folder, name) {
            Ok((None, false)) => Err(unknown()),
            Ok((Some(seen), false)) if seen.state() == SkillState::Saved => Ok(seen),
            // Another process may just be saving it, or was killed while it did.
            _ => self.locked(name, |folder, _| self.look(folder, name))?.0.ok_or_else(unknown),
        }
    }

    /// A skill that is what was saved.
    pub(crate) fn saved(&self, name: &str) -> Result<Kept, SkillError> {
        let kept = self.kept(name)?;
        match kept.state() {
            SkillState::Saved => Ok(kept),
            state => Err(SkillError::Unsaved { name: name.to_owned(), state }),
        }
    }

    /// The `SKILL.md` that is there for a skill, also before its module is.
    pub(crate) fn about(&self, name: &str) -> Result<Option<String>, SkillError> {
        admit_name(name)?;
        match optional(Folder::open(&self.folder))? {
            Some(folder) => Ok(disk::about(&folder, name)?),
            None => Ok(None),
        }
    }

    /// A version that is kept, by its name or the beginning of it.
    pub(crate) fn version(
        &self,
        name: &str,
        wanted: &str,
    ) -> Result<(SkillVersion, SkillContent), SkillError> {
        let kept = self.kept(name)?;
        let fits = |version: &&SkillVersion| !wanted.is_empty() && version.version.starts_with(wanted);
        let mut fitting = kept.versions.iter().filter(fits);
        let (Some(version), None) = (fitting.next(), fitting.next()) else {
            return Err(SkillError::UnknownVersion {
                name: name.to_owned(),
                version: text::cut(wanted, 64),
                known: kept.versions.into_iter().map(|version| version.version).collect(),
            });
        };
        let folder = Folder::open(&self.folder)?;
        Ok((version.clone(), versions::content(&folder, name, &version.version)?))
    }

    /// Keeps a content as the last version of a skill: as a whole, or not at all. One that is the last already stays as it is, unless
    /// it may call other tools now.
    pub(crate) fn save(
        &self,
        name: &str,
        content: &SkillContent,
        by: SavedBy,
        facts: Option<SkillFacts>,
    ) -> Result<Skill, SkillError> {
        admit_name(name)?;
        self.locked(name, |folder, locked| {
            let before = self.look(folder, name)?.0;
            let replaced = match before {
                Some(same) if same.content == *content && same.is_saved_with(facts.as_ref()) => {
                    return Ok(same.skill());
                }
                Some(kept) if kept.content != *content && kept.state() != SkillState::Saved => {
                    Some(kept.content)
                }
                _ => None,
            };
            let mut versions = Versions::read(folder, name)?.unwrap_or_default();
            // What a person wrote there stays as a version, which was never used.
            if let Some(by_hand) = replaced {
                versions.begin(locked, name, &by_hand, SkillVersion::new(&by_hand, SavedBy::Found, None))?;
            }
            versions.begin(locked, name, content, SkillVersion::new(content, by, facts))?;
            disk::write(folder, locked, name, content)?;
            versions.settle(locked, name)?;
            let saved = self.look(folder, name)?.0;
            saved.map(|saved| saved.skill()).ok_or_else(|| SkillError::Unknown(name.to_owned()))
        })
    }

    /// Keeps the `SKILL.md` of a skill whose module is still to come.
    pub(crate) fn save_about(&self, name: &str, about: &str) -> Result<(), SkillError> {
        admit_name(name)?;
        self.locked(name, |folder, locked| Ok(disk::write_about(folder, locked, name, about)?))
    }

    /// Where the files of a skill lie that is a folder.
    pub(crate) fn folder_of(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// The tests and recordings of a skill.
    pub(crate) fn extras(&self, name: &str) -> Result<Vec<SkillFile>, SkillError> {
        match self.kept(name)?.form {
            Form::File => Ok(Vec::new()),
            Form::Folder => {
                let read = Folder::open(&self.folder.join(name)).and_then(|folder| extras::read(&folder));
                read.map_err(|source| unreadable(name, source))
            }
        }
    }

    /// Keeps tests and recordings, in the place of those a skill has.
    pub(crate) fn keep_extras(&self, name: &str, all: &[SkillFile]) -> Result<(), SkillError> {
        if self.kept(name)?.form == Form::File {
            return if all.is_empty() { Ok(()) } else { Err(SkillError::NoFolder(name.to_owned())) };
        }
        self.locked(name, |folder, locked| Ok(extras::replace(folder, locked, name, all)?))
    }

    /// Writes a skill with its tests into a folder that is made for it, in the open format.
    pub(crate) fn export(&self, name: &str, to: &Path) -> Result<(), SkillError> {
        let content = self.saved(name)?.content;
        let about = content.about_or_made(name);
        let own = [(disk::ABOUT, about), (disk::MODULE, content.source)];
        let own = own.map(|(path, text)| SkillFile { path: path.to_owned(), bytes: text.into_bytes() });
        let all: Vec<_> = own.into_iter().chain(self.extras(name)?).collect();
        Ok(extras::export(to, &all)?)
    }

    /// Removes a skill with all its versions.
    pub(crate) fn remove(&self, name: &str) -> Result<(), SkillError> {
        admit_name(name)?;
        self.locked(name, |folder, locked| {
            // The files first: without its versions what is left of them would be new, and not used.
            let is_removed = disk::remove(folder, locked, name)?;
            match Versions::read(folder, name)? {
                Some(versions) => versions.remove(locked, name)?,
                None if !is_removed => return Err(SkillError::Unknown(name.to_owned())),
                None => {}
            }
            Ok(())
        })
    }

    /// Removes a skill, if it still is this content.
    pub(crate) fn remove_if(&self, name: &str, content: &SkillContent) -> Result<(), SkillError> {
        match self.kept(name)?.content == *content {
            true => self.remove(name),
            false => Ok(()),
        }
    }

    /// What is there of a skill, and whether its files may not be written yet.
    fn look(&self, folder: &Folder, name: &str) -> Result<(Option<Kept>, bool), SkillError> {
        let versions = Versions::read(folder, name).map_err(|source| unreadable(name, source))?;
        let versions = versions.unwrap_or_default();
        let kept = disk::read(folder, name)?.map(|(form, content)| Kept {
            name: name.to_owned(),
            form,
            content,
            versions: versions.all,
            workspace: self.workspace.clone(),
        });
        Ok((kept, versions.is_unwritten))
    }

    /// Does something while nobody else changes the folder, after what a killed process left is put right.
    fn locked<T>(
        &self,
        name: &str,
        act: impl FnOnce(&Folder, &Locked<'_>) -> Result<T, SkillError>,
    ) -> Result<T, SkillError> {
        let folder = Folder::make(&self.folder)?;
        let locked = folder.lock()?;
        adopt(&folder, &locked)?;
        finish(&folder, &locked, name).map_err(|source| unreadable(name, source))?;
        act(&folder, &locked)
    }
}

fn unreadable(name: &str, source: io::Error) -> SkillError {
    SkillError::Unreadable { name: name.to_owned(), source }
}

/// Takes skills that were there before versions were kept as they are, once: when the folder of versions is made.
fn adopt(folder: &Folder, locked: &Locked<'_>) -> Result<(), SkillError> {
    if folder.dir().is_dir(versions::FOLDER) {
        return Ok(());
    }
    let found = names(folder).into_iter().filter_map(|name| Some((disk::read(folder, &name).ok()??.1, name)));
    let found: Vec<_> = found.collect();
    folder.dir().create_dir(versions::FOLDER)?;
    for (content, name) in found {
        let mut versions = Versions::default();
        versions.begin(locked, &name, &content, SkillVersion::new(&content, SavedBy::Found, None))?;
        versions.settle(locked, &name)?;
    }
    Ok(())
}

/// Writes the files of what a process that was killed had begun to save.
fn finish(folder: &Folder, locked: &Locked<'_>, name: &str) -> io::Result<()> {
    let Some(mut versions) = Versions::read(folder, name)?.filter(|versions| versions.is_unwritten) else {
        return Ok(());
    };
    if let Some(last) = versions.last() {
        disk::write(folder, locked, name, &versions::content(folder, name, &last.version)?)?;
    }
    versions.settle(locked, name)
}

fn names(folder: &Folder) -> Vec<String> {
    let Ok(entries) = folder.dir().entries() else { return Vec::new() };
    let names = entries.take(LISTED_MAX).filter_map(|entry| {
        let name = entry.ok()?.file_name().into_string().ok()?;
        let name = name.strip_suffix(disk::ENDING).unwrap_or(&name).to_owned();
        (admit_name(&name).is_ok() && disk::form(folder, &name).is_ok_and(|form| form.is_some()))
            .then_some(name)
    });
    let mut names: Vec<_> = names.collect();
    names.sort();
    names.dedup();
    names
}
