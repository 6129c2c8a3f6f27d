//! Finding tools by what they do.
//!
//! Lexical ranking over names, descriptions and parameters: no model, no network, the same answer every time, well
//! under a millisecond. Tools are found by the words of their definitions, so several short queries, one for each
//! step of a task, find more than one long sentence.
//!
//! Reading order: `document` (what is read) → `words` (how it is cut) → `index` → `named`, `query` (with `sentences`,
//! `synonyms`, `verbs`) → `rank` → `merge`; then `finder` (of a catalog), `render` (for models). `weights` holds every number.

mod common;
mod document;
pub mod eval;
mod finder;
mod index;
mod merge;
mod named;
mod query;
mod rank;
mod render;
mod sentences;
mod synonyms;
mod verbs;
mod weights;
mod words;

use std::{fmt, str::FromStr};

use tools::ToolId;

use crate::{Unknown, tree::shown};

pub use document::Document;
pub(crate) use finder::{Finder, folder_of, folders_of};
pub use index::Index;
pub use merge::Found;
pub(crate) use render::{describe, render};

/// Queries of one search, at most: more steps than that are several tasks.
const QUERIES_MAX: usize = 32;

/// Tools of an answer that does not say how many it wants.
const LIMIT: usize = 10;

/// Tools of one answer, at most: more than this are a list to read in the tree.
pub const LIMIT_MAX: usize = 100;

/// How much of a tool is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Detail {
    /// Names only.
    Names,
    /// One-line signatures and first sentences.
    #[default]
    Signatures,
    /// The whole TypeScript file.
    Full,
}

impl Detail {
    /// The level of this name: ours, or one of those that other code modes have for it.
    pub fn named(name: &str) -> Option<Self> {
        match name.trim().to_ascii_lowercase().replace(['-', ' '], "_").as_str() {
            "names" | "name" | "name_only" | "names_only" | "minimal" | "brief" => Some(Self::Names),
            "signatures"
            | "signature"
            | "summary"
            | "description"
            | "descriptions"
            | "name_and_description" => Some(Self::Signatures),
            "full" | "schema" | "full_schema" => Some(Self::Full),
            _ => None,
        }
    }
}

impl FromStr for Detail {
    type Err = SearchError;

    fn from_str(name: &str) -> Result<Self, SearchError> {
        Self::named(name).ok_or_else(|| SearchError::Detail(name.to_owned()))
    }
}

/// What to look for. The same request means the same at every door: of a script, of a client, of a person.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SearchRequest {
    /// One query per step of the task; blank ones are left out. None, with a server, lists that server's tools.
    pub queries: Vec<String>,
    /// Only tools of this server: its name in the configuration, or its folder's.
    pub server: Option<String>,
    /// At most this many tools: 10 when it does not say, all up to 100 for a list of a server's tools. More than 100
    /// are 100.
    pub limit: Option<usize>,
}

impl SearchRequest {
    /// The queries that ask for something.
    pub fn asked(&self) -> impl Iterator<Item = &str> {
        self.queries.iter().map(|query| query.trim()).filter(|query| !query.is_empty())
    }
}

/// Why a search cannot be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SearchError {
    /// There is no such level of detail.
    Detail(String),
    /// There are too many queries.
    Queries(usize),
    /// A limit of nothing.
    Limit,
    /// The server that was asked for does not exist.
    Server(Unknown),
}

impl fmt::Display for SearchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Detail(word) => {
                write!(f, "there is no detail level `{}`; use `names`, `signatures` or `full`", shown(word))
            }
            Self::Queries(count) => {
                write!(f, "a search takes at most {QUERIES_MAX} queries at once, not {count}")
            }
            Self::Limit => write!(f, "`limit` must be from 1 to {LIMIT_MAX}, not 0"),
            Self::Server(unknown) => unknown.fmt(f),
        }
    }
}

impl std::error::Error for SearchError {}

/// A found tool.
#[derive(Debug, Clone, PartialEq)]
pub struct Hit {
    /// Which tool.
    pub tool: ToolId,
    /// How well it fits, from 0 to 1; comparable within one result.
    pub score: f32,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SearchResult {
    /// Each tool once: the best of each query, then the second of each, and so on.
    pub hits: Vec<Hit>,
    /// The same by query, in the order of the queries; none for a list of a server's tools.
    pub groups: Vec<Group>,
    /// Tools of a list that the limit leaves out.
    pub left_out: usize,
}

/// What one query found.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    /// The query as it was asked.
    pub query: String,
    /// Its tools, best first, as places in [`SearchResult::hits`].
    pub hits: Vec<usize>,
    /// It found tools, though the limit may leave them all out.
    pub found_any: bool,
}
