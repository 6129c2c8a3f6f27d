//! Found tools as text for models, and as values for scripts.
//!
//! Descriptions are strangers' words: they come as one bounded line behind `//`, without control characters, so that
//! none can pass for a line of ours. Only `full` shows them whole, inside the comment of the tool's file.

use serde_json::{Value, json};
use tools::ToolId;

use super::{Detail, Hit, SearchResult, finder::shown};
use crate::{Surface, files::first_sentence};

/// Characters of a description's first sentence.
const SENTENCE_CHARS_MAX: usize = 160;

/// Servers named when nothing was found.
const SERVERS_MAX: usize = 20;

/// A search's result as compact text.
pub(crate) fn render(surface: &Surface, result: &SearchResult, detail: Detail) -> String {
    if let Some(unknown) = &result.unknown_server {
        return format!("{unknown}\n{}", servers(surface));
    }
    let tools = result.hits.iter().map(|hit| tool(surface, hit, detail)).collect::<Vec<_>>();
    let between = if detail == Detail::Names { "\n" } else { "\n\n" };
    let mut text = tools.join(between);
    if !text.is_empty() {
        text.push('\n');
    }
    if !result.missed.is_empty() || result.hits.is_empty() {
        text.push_str(&nothing_found(surface, result));
    }
    text
}

/// A tool as `searchTools` hands it to a script.
pub(crate) fn describe(surface: &Surface, tool: &ToolId, detail: Detail) -> Value {
    let description = surface.catalog().tool(tool).map(|tool| tool.description.as_str()).unwrap_or_default();
    let mut value = json!({
        "server": tool.server.as_str(),
        "tool": &*tool.tool,
        "name": surface.identifier_of(tool),
        "path": surface.path_of(tool),
        "description": first_sentence(description, SENTENCE_CHARS_MAX),
    });
    match detail {
        Detail::Names => {}
        Detail::Signatures => value["signature"] = surface.signature(tool).into(),
        Detail::Full => {
            value["signature"] = surface.signature(tool).into();
            value["typescript"] = file(surface, tool).into();
        }
    }
    value
}

fn tool(surface: &Surface, hit: &Hit, detail: Detail) -> String {
    let path = surface.path_of(&hit.tool).unwrap_or_default();
    match detail {
        Detail::Names => path.to_owned(),
        Detail::Signatures => in_brief(surface, &hit.tool, path),
        Detail::Full => {
            let file = file(surface, &hit.tool).unwrap_or_default();
            format!("{}\n{}", import(surface, &hit.tool, path), file.trim_end())
        }
    }
}

fn in_brief(surface: &Surface, tool: &ToolId, path: &str) -> String {
    let signature = surface.signature(tool).unwrap_or_default();
    let description = surface.catalog().tool(tool).map(|tool| tool.description.as_str()).unwrap_or_default();
    let sentence = first_sentence(description, SENTENCE_CHARS_MAX);
    let about = if sentence.is_empty() { String::new() } else { format!("\n// {sentence}") };
    format!("{}\n{signature}{about}", import(surface, tool, path))
}

fn import(surface: &Surface, tool: &ToolId, path: &str) -> String {
    let name = surface.identifier_of(tool).unwrap_or_default();
    format!("import {{ {name} }} from './{path}'")
}

fn file(surface: &Surface, tool: &ToolId) -> Option<String> {
    surface.read_file(&format!("/{}.ts", surface.path_of(tool)?))
}

fn nothing_found(surface: &Surface, result: &SearchResult) -> String {
    let queries = result.missed.iter().map(|query| format!("\"{}\"", shown(query))).collect::<Vec<_>>();
    let what = match queries.as_slice() {
        [] => "nothing was looked for: give at least one query".to_owned(),
        queries => format!("nothing found for {}", queries.join(", ")),
    };
    if !result.hits.is_empty() {
        return format!("\n{what}\n");
    }
    format!(
        "{what}\nTry other words: a verb and what it acts on (\"list open issues\"), one query per step. \
         `server` with an empty query lists all tools of that server.\n{}",
        servers(surface)
    )
}

/// The servers there are, those with the most tools first.
fn servers(surface: &Surface) -> String {
    let mut all: Vec<(&str, usize)> = surface.folders().collect();
    if all.is_empty() {
        return "There are no servers yet\n".to_owned();
    }
    all.sort_by_key(|&(name, tools)| (std::cmp::Reverse(tools), name));
    let more = all.len().saturating_sub(SERVERS_MAX);
    let mut named: Vec<String> =
        all.iter().take(SERVERS_MAX).map(|(name, tools)| format!("{} ({tools})", shown(name))).collect();
    if more > 0 {
        named.push(format!("{more} more"));
    }
    format!("Servers and how many tools each has: {}\n", named.join(", "))
}
