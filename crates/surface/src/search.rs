//! Finding tools by what they do.
//!
//! Lexical ranking over names, descriptions and parameters: no model, no network, the same answer every time, well
//! under a millisecond. Tools are found by the words of their definitions, so several short queries, one for each
//! step of a task, find more than one long sentence.
//!
//! Reading order: `document` (what is read) → `words` (how it is cut) → `index` → `query` → `rank` → `merge`;
//! then `finder` (of a catalog), `render` (for models). `weights` holds every number.

mod common;
mod document;
pub mod eval;
mod finder;
mod index;
mod merge;
mod query;
mod rank;
mod render;
mod weights;
mod words;

use tools::ToolId;

use crate::Unknown;

pub use document::Document;
pub(crate) use finder::Finder;
pub use index::Index;
pub use merge::Found;
pub(crate) use render::{describe, render};

/// Queries of one search, at most: more steps than that are several tasks.
pub const QUERIES_MAX: usize = 32;

/// How much of a tool is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detail {
    /// Names only.
    Names,
    /// One-line signatures and first sentences.
    Signatures,
    /// The whole TypeScript file.
    Full,
}

impl Detail {
    /// The level of this name: ours, or one of those that other code modes have for it.
    pub fn named(name: &str) -> Option<Self> {
        match name.to_ascii_lowercase().as_str() {
            "names" | "name" | "name-only" => Some(Self::Names),
            "signatures" | "signature" | "description" | "descriptions" | "summary" => Some(Self::Signatures),
            "full" | "schema" => Some(Self::Full),
            _ => None,
        }
    }
}

/// What to look for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchRequest {
    /// One query per step of the task. An empty one, with a server, lists that server's tools.
    pub queries: Vec<String>,
    /// Only tools of this server: its name in the configuration, or its folder's.
    pub server: Option<String>,
    /// At most this many hits.
    pub limit: usize,
}

/// A found tool.
#[derive(Debug, Clone, PartialEq)]
pub struct Hit {
    /// Which tool.
    pub tool: ToolId,
    /// How well it fits, from 0 to 1; comparable within one result.
    pub score: f32,
}

/// What was found, best first: the best of each query, then the second of each, and so on.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SearchResult {
    /// The tools.
    pub hits: Vec<Hit>,
    /// Queries that found nothing, as they were asked.
    pub missed: Vec<String>,
    /// What is wrong with the server that was asked for.
    pub unknown_server: Option<Unknown>,
}
