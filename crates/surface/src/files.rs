//! What is written in the files of the tree: TypeScript for models, JavaScript for the engine.

use tools::{Catalog, ServerState, Tool};

use crate::tree::{Folder, Place, Tree};

/// A tool's module as a model reads it.
pub(crate) fn tool_file(place: &Place, tool: &Tool) -> String {
    let _ = tool;
    format!("export declare function {}(input: any): Promise<any>;\n", place.identifier)
}

/// A server's index as a model reads it.
pub(crate) fn index_file(tree: &Tree, folder: usize, state: &ServerState) -> String {
    let mut text = String::new();
    if let Some(note) = state_note(state) {
        text.push_str(&format!("// {note}\n"));
    }
    for place in tree.places_in(folder) {
        text.push_str(&format!("export * from \"./{}.ts\";\n", place.identifier));
    }
    text
}

/// The list of servers.
pub(crate) fn readme(tree: &Tree, catalog: &Catalog) -> String {
    let mut text = "# Servers\n\n".to_owned();
    for (folder, server) in tree.folders.iter().zip(catalog.servers()) {
        text.push_str(&readme_line(folder, server.tools.len(), &server.state));
    }
    text
}

/// A tool's module as the engine runs it.
pub(crate) fn tool_javascript(place: &Place) -> String {
    format!("export const {} = __narrows.tool(\"{}\");", place.identifier, place.path)
}

/// A server's index as the engine runs it.
pub(crate) fn index_javascript(places: &[Place]) -> String {
    let lines = places.iter().map(|place| format!("export {{ {0} }} from \"./{0}.ts\";\n", place.identifier));
    lines.collect()
}

fn readme_line(folder: &Folder, tools: usize, state: &ServerState) -> String {
    let note = state_note(state).map(|note| format!(" ({note})")).unwrap_or_default();
    format!("- `{}`: {tools} tools{note}\n", folder.name)
}

fn state_note(state: &ServerState) -> Option<String> {
    match state {
        ServerState::Ready => None,
        ServerState::Starting => Some("still starting".to_owned()),
        ServerState::Stale { reason } => Some(format!("not reachable now: {reason}")),
        ServerState::Failed { reason } => Some(format!("failed to start: {reason}")),
    }
}
