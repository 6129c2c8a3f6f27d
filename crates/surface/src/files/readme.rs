//! `/servers/README.md`, and what is said of a server wherever it is mentioned.

use tools::{Catalog, Server, ServerState};

use crate::{
    tree::{Folder, Tree},
    types::comment,
};

/// Characters of a server's own words.
const ABOUT_CHARS_MAX: usize = 200;

/// Characters of the reason why a server cannot be reached.
const REASON_CHARS_MAX: usize = 200;

/// The list of servers.
pub(crate) fn readme(tree: &Tree, catalog: &Catalog) -> String {
    let mut text = "# Servers\n\n".to_owned();
    if let Some(place) = tree.places.first() {
        text.push_str(&format!(
            "One folder a server, one file a tool, all of a server's tools in its `index.ts`:\n\n\
             ```ts\nimport {{ {} }} from \"./{}\";\n```\n\n",
            place.identifier, place.path
        ));
    }
    for (folder, server) in tree.folders.iter().zip(catalog.servers()) {
        text.push_str(&line(folder, server));
    }
    if tree.folders.is_empty() {
        text.push_str("There are none.\n");
    }
    text
}

/// What a server says of itself and what has to be said of it.
pub(crate) fn about(server: &Server) -> Vec<String> {
    let mut lines = vec![format!("{}: {}", shown(title(server)), text::counted(server.tools.len(), "tool"))];
    lines.extend(words(server));
    lines.extend(note(server));
    if !server.dropped.is_empty() {
        let more = text::counted(server.dropped.len(), "more tool");
        lines.push(format!("{more} of this server could not be understood"));
    }
    lines
}

/// The first sentence of a text, on one line, cut at a number of characters.
pub(crate) fn first_sentence(text: &str, chars_max: usize) -> String {
    let paragraph = text.trim_start().split("\n\n").next().unwrap_or("");
    let line = paragraph.split_whitespace().collect::<Vec<_>>().join(" ");
    let end = line.match_indices(". ").map(|(at, _)| at + 1).find(|&end| !is_abbreviation(&line[..end]));
    comment::safe(&text::cut(&line[..end.unwrap_or(line.len())], chars_max))
}

/// `e.g.` and `i.e.` end no sentence.
fn is_abbreviation(text: &str) -> bool {
    ["e.g.", "i.e.", "etc.", "vs."].iter().any(|ending| text.ends_with(ending))
}

fn line(folder: &Folder, server: &Server) -> String {
    let title = match title(server) {
        title if title == folder.name => String::new(),
        title => format!(" {}", shown(title)),
    };
    let mut parts =
        vec![format!("- `{}`{title}: {}", folder.name, text::counted(server.tools.len(), "tool"))];
    parts.extend(note(server));
    parts.extend(words(server));
    parts.join("; ") + "\n"
}

fn title(server: &Server) -> &str {
    let title = server.title.as_deref().unwrap_or("").trim();
    if title.is_empty() { server.name.as_str() } else { title }
}

fn words(server: &Server) -> Option<String> {
    let words = first_sentence(server.instructions.as_deref().unwrap_or(""), ABOUT_CHARS_MAX);
    (!words.is_empty()).then_some(words)
}

/// Why a server that has no tools cannot be reached.
pub(crate) fn failure(server: &Server) -> Option<String> {
    match &server.state {
        ServerState::Failed { reason } => Some(shown_reason(reason)),
        _ => None,
    }
}

fn note(server: &Server) -> Option<String> {
    match &server.state {
        ServerState::Ready => None,
        ServerState::Idle => Some("not started yet, these are its tools of the last time".to_owned()),
        ServerState::Starting if server.is_unknown() => {
            Some("still starting, its tools are not known yet".to_owned())
        }
        ServerState::Starting => Some("still starting, these are its tools of the last time".to_owned()),
        ServerState::Stale { reason } => {
            Some(format!("not reachable now, these are its last known tools ({})", shown_reason(reason)))
        }
        ServerState::Failed { reason } => Some(format!("not reachable ({})", shown_reason(reason))),
    }
}

fn shown(title: &str) -> String {
    first_sentence(title, ABOUT_CHARS_MAX)
}

fn shown_reason(reason: &str) -> String {
    let line = reason.split_whitespace().collect::<Vec<_>>().join(" ");
    comment::safe(&text::cut(&line, REASON_CHARS_MAX))
}
