//! The host's doors to the skills.

use super::Host;
use crate::{
    check::{self, Known},
    pool::ParseFailure,
    record::Problem,
    skills::{self, Skill, SkillError},
};

impl Host {
    /// Keeps a script as a skill, after it parsed. An older one of this name is replaced.
    pub async fn save_skill(&self, name: &str, source: &str) -> Result<Skill, SkillError> {
        skills::admit(name, source)?;
        let parts = &self.shared.parts;
        let parsed = parts.parsers.parse(source).await.map_err(|error| match error {
            ParseFailure::Syntax(errors) => SkillError::Problems(
                errors
                    .into_iter()
                    .map(|error| Problem {
                        message: error.message,
                        line: error.at.line,
                        column: error.at.column,
                        hint: error.hint,
                        refusal: None,
                    })
                    .collect(),
            ),
            ParseFailure::Hostile(reason) | ParseFailure::Unavailable(reason) => SkillError::Parser(reason),
        })?;
        let surface = self.surface();
        let known = Known {
            surface: &surface,
            skills: &parts.skills.names(),
            from: &format!("/skills/{name}.ts"),
            refused_patterns: &parts.refused_patterns,
            rules: &parts.rules,
        };
        let found = check::check(&parsed.facts, &known).problems;
        if !found.is_empty() {
            return Err(SkillError::Problems(found.into_iter().map(check::Found::into_problem).collect()));
        }
        if !skills::has_exports(&parsed.javascript) {
            return Err(SkillError::NoExports);
        }
        parts.skills.save(name, source)
    }

    /// Removes a skill.
    pub fn remove_skill(&self, name: &str) -> Result<(), SkillError> {
        self.shared.parts.skills.remove(name)
    }

    /// The source of a skill.
    pub fn skill_source(&self, name: &str) -> Result<String, SkillError> {
        self.shared.parts.skills.source(name)
    }

    /// All skills, sorted by name.
    pub fn skills(&self) -> Vec<Skill> {
        self.shared.parts.skills.list()
    }
}
