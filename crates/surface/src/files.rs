//! What is written in the files of the tree: TypeScript for models, JavaScript for the engine.
//!
//! Texts only; where a file stands is the business of `tree`.

mod editor;
mod example;
mod inline;
mod readme;
mod tool;

pub use editor::{EDITOR_FILES, EditorFile, Owner};
pub(crate) use inline::inline_signatures;
pub(crate) use readme::{failure, first_sentence, readme};
pub(crate) use tool::{Described, signature, tool_file};

use tools::Server;

use crate::{
    names,
    tree::{Place, Tree},
    types::comment,
};

/// A server's index as a model reads it.
pub(crate) fn index_file(tree: &Tree, folder: usize, server: &Server) -> String {
    let places = tree.places_in(folder);
    let mut text = String::new();
    comment::block(&readme::about(server), "", &mut text);
    let exported: std::collections::HashSet<&str> = places.iter().map(|place| &*place.identifier).collect();
    for place in places {
        let types = [names::input_type(&place.identifier), names::output_type(&place.identifier)];
        let types: String = types
            .iter()
            .filter(|name| !exported.contains(name.as_str()))
            .map(|name| format!(", type {name}"))
            .collect();
        text.push_str(&format!("export {{ {0}{types} }} from \"./{0}\";\n", place.identifier));
    }
    if places.is_empty() {
        text.push_str("export {};\n");
    }
    text
}

/// A tool's module as the engine runs it.
pub(crate) fn tool_javascript(place: &Place) -> String {
    format!("export const {} = __narrows.tool(\"{}\");", place.identifier, place.path)
}

/// A server's index as the engine runs it.
pub(crate) fn index_javascript(places: &[Place]) -> String {
    places.iter().map(|place| format!("export {{ {0} }} from \"./{0}.ts\";\n", place.identifier)).collect()
}
