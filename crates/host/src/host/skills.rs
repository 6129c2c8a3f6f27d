//! The host's doors to the skills.

use std::path::{Path, PathBuf};

use super::Host;
use crate::skills::{
    self, Kept, SavedBy, Shelf, Skill, SkillContent, SkillError, SkillFacts, SkillFile, SkillState,
    SkillStore, SkillVersion, UnreadableSkill, WaitingSkill,
};

impl Host {
    /// Keeps a skill, after it parsed. It becomes the last version of that name; where only a source is given, a `SKILL.md`
    /// that is there stays.
    pub async fn save_skill(
        &self,
        name: &str,
        content: impl Into<SkillContent>,
    ) -> Result<Skill, SkillError> {
        let mut content = content.into();
        let parts = &self.shared.parts;
        if content.about.is_none() {
            content.about = parts.skills.about(name)?;
        }
        let facts = self.check_skill(name, &content).await?;
        parts.skills.save(name, &content, SavedBy::Person, Some(facts))
    }

    /// Checks a skill as a script is before it runs; gives what follows from its source.
    pub async fn check_skill(&self, name: &str, content: &SkillContent) -> Result<SkillFacts, SkillError> {
        skills::admit(name, content)?;
        let shelf = Shelf::new(vec![self.shared.parts.skills.clone()]);
        skills::checked(name, content, &self.shared.parts, &shelf, &self.surface()).await
    }

    /// Skills that no person has agreed to as they are: what was changed by hand, and what scripts saved in their workspaces.
    pub fn waiting_skills(&self) -> Vec<WaitingSkill> {
        let changed = self.shared.parts.skills.list().into_iter();
        let changed = changed.filter(|kept| kept.state() != SkillState::Saved);
        let workspaces = self.shared.parts.workspaces.names().into_iter();
        let written = workspaces.flat_map(|workspace| self.store(Some(&workspace)).map(|store| store.list()));
        let all = changed.chain(written.flatten());
        all.map(|kept| WaitingSkill { skill: kept.skill(), content: kept.content }).collect()
    }

    /// Takes a skill that a person agreed to, if it still is what they were shown: all workspaces see it from then on.
    pub async fn accept_skill(&self, shown: &WaitingSkill) -> Result<Skill, SkillError> {
        let Skill { name, workspace, saved, .. } = &shown.skill;
        let facts = self.check_skill(name, &shown.content).await?;
        if !self.waiting_skills().contains(shown) {
            return Err(SkillError::Moved(name.clone()));
        }
        let by = match (workspace, saved) {
            (Some(_), Some(saved)) => saved.saved_by.clone(),
            _ => SavedBy::Person,
        };
        let accepted = self.shared.parts.skills.save(name, &shown.content, by, Some(facts))?;
        if workspace.is_some() {
            self.store(workspace.as_deref())?.remove_if(name, &shown.content)?;
        }
        Ok(accepted)
    }

    /// Removes a skill with all its versions: of all, or of one workspace.
    pub fn remove_skill(&self, name: &str, workspace: Option<&str>) -> Result<(), SkillError> {
        self.store(workspace)?.remove(name)
    }

    /// A skill as its files are now.
    pub fn skill(&self, name: &str, workspace: Option<&str>) -> Result<(Skill, SkillContent), SkillError> {
        let kept = self.store(workspace)?.kept(name)?;
        Ok((kept.skill(), kept.content))
    }

    /// The versions of a skill that are kept, the last saved last.
    pub fn skill_versions(
        &self,
        name: &str,
        workspace: Option<&str>,
    ) -> Result<Vec<SkillVersion>, SkillError> {
        Ok(self.store(workspace)?.kept(name)?.versions)
    }

    /// A version of a skill, by its name or the beginning of it.
    pub fn skill_version(
        &self,
        name: &str,
        workspace: Option<&str>,
        wanted: &str,
    ) -> Result<(SkillVersion, SkillContent), SkillError> {
        self.store(workspace)?.version(name, wanted)
    }

    /// The skills of all, or of one workspace.
    fn store(&self, workspace: Option<&str>) -> Result<SkillStore, SkillError> {
        let parts = &self.shared.parts;
        let Some(name) = workspace else { return Ok(parts.skills.clone()) };
        let folder =
            parts.workspaces.open(name).and_then(|workspace| workspace.skill_folders().into_iter().next());
        let folder = folder.ok_or_else(|| SkillError::UnknownWorkspace(text::cut(name, 64)))?;
        Ok(SkillStore::of_workspace(folder, name))
    }

    /// The tests and recordings of a skill.
    pub fn skill_files(&self, name: &str, workspace: Option<&str>) -> Result<Vec<SkillFile>, SkillError> {
        self.store(workspace)?.extras(name)
    }

    /// Where the files of a skill lie that is a folder.
    pub fn skill_folder(&self, name: &str, workspace: Option<&str>) -> Result<PathBuf, SkillError> {
        Ok(self.store(workspace)?.folder_of(name))
    }

    /// Keeps tests and recordings of a skill that is a folder, in the place of those it has.
    pub fn save_skill_files(&self, name: &str, files: &[SkillFile]) -> Result<(), SkillError> {
        self.shared.parts.skills.keep_extras(name, files)
    }

    /// Writes a skill as a folder in the open format, which is made for it.
    pub fn export_skill(&self, name: &str, to: &Path) -> Result<(), SkillError> {
        self.shared.parts.skills.export(name, to)
    }

    /// All skills, sorted by name.
    pub fn skills(&self) -> Vec<Skill> {
        self.shared.parts.skills.list().iter().map(Kept::skill).collect()
    }

    /// What lies in the folders of skills, that of all and those of workspaces, and cannot be read as a skill.
    pub fn unreadable_skills(&self) -> Result<Vec<UnreadableSkill>, SkillError> {
        let workspaces = self.shared.parts.workspaces.names();
        let own = workspaces.iter().map(|workspace| self.store(Some(workspace)));
        let mut all = Vec::new();
        for store in [Ok(self.shared.parts.skills.clone())].into_iter().chain(own) {
            all.extend(store?.unreadable()?);
        }
        Ok(all)
    }

    /// What the runs of a workspace see.
    pub(super) fn shelf(&self, workspace: &str) -> Shelf {
        let own = self.store(Some(workspace)).ok();
        Shelf::new(own.into_iter().chain([self.shared.parts.skills.clone()]).collect())
    }
}
