//! JSON Schema to TypeScript.
//!
//! Takes the dialects from draft 4 to 2020-12 as they are found in the wild. The promise: a value that the
//! schema accepts fits the type, and as many of the others as TypeScript can tell do not. What cannot be said
//! is `unknown`, with the reason, or stands in a comment. Any JSON is taken, hostile ones too: work, depth and
//! text are bounded, and nothing panics.
//!
//! Reading order: `ty` (what is between) → `refs` → `convert` → `values` → `meet` → `cycles` → `print`, `brief`.

use std::collections::HashSet;

use serde_json::Value;

use crate::names;

pub(crate) mod brief;
pub(crate) mod comment;
mod convert;
mod cycles;
pub(crate) mod doc;
pub(crate) mod json;
mod keywords;
mod kinds;
mod meet;
mod print;
mod refs;
mod ty;
mod values;

pub(crate) use convert::{Types, convert};
pub(crate) use keywords::reference;
pub(crate) use print::declarations;
pub(crate) use refs::Document;
pub(crate) use ty::{Rest, Ty};

/// Whether an object that says nothing of other properties shows that it allows them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Openness {
    /// As the schema has it: any other property is allowed.
    AsWritten,
    /// Only what is declared: shorter to read, and a misspelt name is an error.
    Declared,
}

/// A module that exports the type of a schema under this name (made a type's name where it is none).
pub fn typescript_of_schema(schema: &Value, name: &str) -> String {
    let mut taken = taken_names();
    let name = if names::is_identifier(name) { name.to_owned() } else { names::type_name(name) };
    declarations(&convert(schema, &name, &mut taken), Openness::AsWritten)
}

/// Names that mean something in every file.
pub(crate) fn taken_names() -> HashSet<String> {
    HashSet::from(["Promise".to_owned()])
}
