//! Skills: scripts kept as modules, imported as `./skills/<name>`.
//!
//! A skill is one file of TypeScript, or a folder in the open Agent Skills format: `SKILL.md`, which says what it is for, and `index.ts`.
//! `store` keeps a folder of them with their versions, `shelf` is what one run sees of several such folders.

mod checked;
mod content;
mod disk;
mod extras;
mod found;
pub(crate) mod inherited;
mod manifest;
mod shelf;
mod store;
pub(crate) mod tools;
mod unreadable;
mod versions;

use std::io;

use serde::Serialize;

use crate::{record::Problem, rules::Refusal};
pub(crate) use checked::checked;
pub use content::SkillContent;
pub(crate) use disk::{ABOUT, Form, MODULE};
pub use extras::SkillFile;
pub(crate) use found::FoundSkill;
pub(crate) use shelf::Shelf;
pub(crate) use store::{Kept, SkillStore};
pub use unreadable::UnreadableSkill;
pub use versions::{SavedBy, SkillFacts, SkillVersion};

/// The longest name.
const NAME_MAX: usize = 64;

/// A skill may be as large as a script of ordinary limits.
const SOURCE_BYTES_MAX: u64 = 1024 * 1024;

/// The largest `SKILL.md`: models read it whole.
const ABOUT_BYTES_MAX: u64 = 64 * 1024;

/// Skills that are listed. A folder with more was not filled by skills.
const LISTED_MAX: usize = 10_000;

/// A skill, as lists show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Skill {
    /// The name: `[A-Za-z0-9_-]{1,64}`.
    pub name: String,
    /// The place of its module in the tree: `/skills/<name>.ts` or `/skills/<name>/index.ts`.
    pub path: String,
    /// The description in its `SKILL.md`, or the first comment of its source: one line.
    pub description: String,
    /// Bytes of its source.
    pub source_bytes: usize,
    /// Whether its files are what was saved.
    pub state: SkillState,
    /// The hash of what was saved last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Versions that are kept.
    pub versions: usize,
    /// What is known of the last version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub saved: Option<SkillVersion>,
    /// The workspace whose runs alone see it; `None` where all see it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workspace: Option<String>,
}

/// Whether the files of a skill are what was saved of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum SkillState {
    /// They are.
    Saved,
    /// They were changed since.
    Changed,
    /// Nothing was saved of it: the files were put there.
    New,
}

/// Why a skill cannot be kept or read.
#[derive(Debug, thiserror::Error)]
pub enum SkillError {
    /// The name does not fit.
    #[error("`{0}` is not a name for a skill; use 1 to 64 letters, digits, `_` and `-`")]
    BadName(String),
    /// It does not parse, or imports what does not exist.
    #[error("the skill was not saved: {}", .0.first().map_or("it does not parse", |first| &first.message))]
    Problems(Vec<Problem>),
    /// It exports nothing, so nothing could be imported from it.
    #[error("the skill exports nothing; write `export` before what others may import")]
    NoExports,
    /// It is larger than a script may be.
    #[error("the skill has {0} bytes; at most {SOURCE_BYTES_MAX} are kept")]
    TooLarge(usize),
    /// Its `SKILL.md` cannot be used.
    #[error("`SKILL.md` cannot be used: {0}")]
    BadManifest(String),
    /// The comment that a skill of one file begins with cannot be used.
    #[error("the first comment cannot be used: {0}")]
    BadComment(String),
    /// There is no such skill.
    #[error("there is no skill `{0}`")]
    Unknown(String),
    /// There is no such version of it.
    #[error("no version of the skill `{name}` begins with `{version}`; there are {}", text::named(known))]
    UnknownVersion {
        /// Which skill.
        name: String,
        /// What was asked for.
        version: String,
        /// The versions that are kept.
        known: Vec<String>,
    },
    /// There can be no workspace of this name.
    #[error("`{0}` is not a name for a workspace")]
    UnknownWorkspace(String),
    /// Only a folder has tests.
    #[error("the skill `{0}` is one file: give it a `SKILL.md`, so that its tests lie beside it")]
    NoFolder(String),
    /// It is no longer what was shown.
    #[error("the skill `{0}` changed meanwhile; look at it again")]
    Moved(String),
    /// Its files are not what was saved.
    #[error("the skill `{name}` {}, and is not used before a person accepts it", match state {
        SkillState::New => "was put into the folder by hand",
        SkillState::Saved | SkillState::Changed => "was changed since it was saved",
    })]
    Unsaved {
        /// Which.
        name: String,
        /// In which way.
        state: SkillState,
    },
    /// Its file cannot be read.
    #[error("the skill `{name}` cannot be read: {source}")]
    Unreadable {
        /// Which.
        name: String,
        /// Why.
        source: io::Error,
    },
    /// The skills folder failed.
    #[error("the skills folder cannot be used: {0}")]
    Io(#[from] io::Error),
    /// The parser could not be reached.
    #[error("{0}")]
    Parser(String),
}

/// A skill that no person has agreed to as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaitingSkill {
    /// The skill; its version is what was saved last, if anything was.
    pub skill: Skill,
    /// What it is now.
    pub content: SkillContent,
}

impl WaitingSkill {
    /// The version that is accepted with it.
    pub fn version(&self) -> String {
        self.content.version()
    }
}

impl SkillError {
    /// What the person may do about a skill that is not used.
    pub(crate) fn refusal(&self) -> Option<Refusal> {
        let Self::Unsaved { name, .. } = self else { return None };
        Some(Refusal {
            rule: None,
            why: "its files are not what was saved".to_owned(),
            permit: format!("`narrows skill accept {name}` shows what they are now and accepts it"),
        })
    }
}

/// Refuses what cannot be a skill before it is parsed.
pub(crate) fn admit(name: &str, content: &SkillContent) -> Result<(), SkillError> {
    admit_name(name)?;
    let about_bytes = content.about.as_ref().map_or(0, String::len);
    if content.source.len() as u64 > SOURCE_BYTES_MAX {
        return Err(SkillError::TooLarge(content.source.len()));
    }
    if about_bytes as u64 > ABOUT_BYTES_MAX {
        let reason = format!("it has {about_bytes} bytes; at most {ABOUT_BYTES_MAX} are kept");
        return Err(SkillError::BadManifest(reason));
    }
    content.admit_about(name)
}

fn admit_name(name: &str) -> Result<(), SkillError> {
    if is_name(name) { Ok(()) } else { Err(SkillError::BadName(text::cut(name, NAME_MAX))) }
}

fn is_name(name: &str) -> bool {
    (1..=NAME_MAX).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-')
}

#[cfg(test)]
mod tests;
