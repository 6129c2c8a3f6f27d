//! Skills: scripts kept as modules, imported as `./skills/<name>`.

use serde::Serialize;

use crate::record::Problem;

/// A skill, as lists show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Skill {
    /// The name: `[A-Za-z0-9_-]{1,64}`.
    pub name: String,
    /// Its place in the tree: `/skills/<name>.ts`.
    pub path: String,
    /// The first comment of its source, one line.
    pub description: String,
    /// Bytes of its source.
    pub source_bytes: usize,
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
    #[error("{0}")]
    TooLarge(String),
    /// There is no such skill.
    #[error("there is no skill `{0}`")]
    Unknown(String),
    /// The skills folder failed.
    #[error("the skills folder cannot be used: {0}")]
    Io(std::io::Error),
    /// The parser could not be reached.
    #[error("{0}")]
    Parser(String),
}
