//! The skills that one run sees: those of its workspace before those of all.

use super::{Kept, Skill, SkillContent, SkillError, SkillStore};

/// Folders of skills, the first first. One that has a skill of a name hides those after it.
#[derive(Debug, Clone)]
pub(crate) struct Shelf {
    stores: Vec<SkillStore>,
}

impl Shelf {
    pub(crate) fn new(stores: Vec<SkillStore>) -> Self {
        Self { stores }
    }

    /// Those of the workspace, which its scripts may change.
    pub(crate) fn own(&self) -> Option<&SkillStore> {
        self.stores.first().filter(|store| store.workspace().is_some())
    }

    /// Those that all see, alone.
    pub(crate) fn accepted(&self) -> Self {
        let shared = self.stores.iter().filter(|store| store.workspace().is_none());
        Self { stores: shared.cloned().collect() }
    }

    /// The names of all skills, sorted.
    pub(crate) fn names(&self) -> Vec<String> {
        let mut names: Vec<_> = self.stores.iter().flat_map(SkillStore::names).collect();
        names.sort();
        names.dedup();
        names
    }

    /// A skill that is what was saved.
    pub(crate) fn saved(&self, name: &str) -> Result<Kept, SkillError> {
        self.first(name, SkillStore::saved)
    }

    /// A skill as it is.
    pub(crate) fn kept(&self, name: &str) -> Result<Kept, SkillError> {
        self.first(name, SkillStore::kept)
    }

    fn first(
        &self,
        name: &str,
        read: impl Fn(&SkillStore, &str) -> Result<Kept, SkillError>,
    ) -> Result<Kept, SkillError> {
        let mut found = Err(SkillError::Unknown(name.to_owned()));
        for store in &self.stores {
            found = read(store, name);
            if !matches!(found, Err(SkillError::Unknown(_))) {
                break;
            }
        }
        found
    }

    /// All skills that can be read, sorted by name.
    pub(crate) fn list(&self) -> Vec<Kept> {
        self.names().into_iter().filter_map(|name| self.kept(&name).ok()).collect()
    }

    /// Those that share a word with a query, by name, description or exports; sorted by name.
    pub(crate) fn find(&self, queries: &[String]) -> Vec<(Skill, SkillContent)> {
        let wanted: Vec<String> = queries.iter().flat_map(|query| words(query)).collect();
        if wanted.is_empty() {
            return Vec::new();
        }
        let all = self.names().into_iter().filter_map(|name| self.saved(&name).ok());
        let all = all.map(|kept| (kept.skill(), kept.content));
        all.filter(|(skill, _)| words_of(skill).iter().any(|word| wanted.contains(word))).collect()
    }
}

fn words(text: &str) -> Vec<String> {
    let split = text.split(|c: char| !c.is_alphanumeric());
    split.filter(|word| word.len() > 2).map(str::to_lowercase).collect()
}

fn words_of(skill: &Skill) -> Vec<String> {
    let exports = skill.saved.iter().flat_map(|saved| &saved.exports);
    let names = exports.fold(skill.name.clone(), |names, export| names + " " + export);
    let mut spaced = String::new();
    for c in names.chars() {
        if c.is_uppercase() {
            spaced.push(' ');
        }
        spaced.push(c);
    }
    spaced.push(' ');
    words(&(spaced + &skill.description))
}
