//! The TypeScript tree of a catalog: names, types, files, search, sizes.
//!
//! One catalog gives one surface, byte for byte: nothing here reads a file, a clock or the network. How a
//! tool is reached and what a run is are not known here. Everything in a catalog was written by strangers,
//! so names are made safe, text cannot leave its comment, and every walk over a schema has an end.
//!
//! Reading order: `names` → `tree` → `types` → `files` → `search`.

mod deprecated;
mod files;
mod hash;
mod names;
mod search;
mod stem;
mod surface;
mod tokens;
mod tree;
mod types;
mod unknown;

pub use files::{EDITOR_FILES, EditorFile, Owner};
pub use search::{
    Detail, Document, Found, Group, Hit, Index, LIMIT_MAX, SearchError, SearchRequest, SearchResult, eval,
};
pub use surface::{Impersonation, Module, Surface};
pub use tokens::{ENCODING, count_tokens, definition_tokens, warm_up};
pub use types::typescript_of_schema;
pub use unknown::Unknown;
