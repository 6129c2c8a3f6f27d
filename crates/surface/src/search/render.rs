//! Found tools as text for models, and as values for scripts.
//!
//! Descriptions are strangers' words: they come as one bounded line behind `//`, without control characters, so that
//! none can pass for a line of ours. Only `full` shows them whole, inside the comment of the tool's file.

use std::collections::HashSet;

use serde_json::{Value, json};
use tools::ToolId;

use super::{Detail, Group, Hit, SearchResult};
use crate::{Surface, deprecated, tree::shown};

/// Characters of a description's first sentence.
const SENTENCE_CHARS_MAX: usize = 160;

/// Servers named when nothing was found.
const SERVERS_MAX: usize = 20;

/// A search's result as compact text: of several queries, each with its tools behind it, a tool's text once.
pub(crate) fn render(surface: &Surface, result: &SearchResult, detail: Detail) -> String {
    if result.hits.is_empty() {
        return nothing_found(surface, result);
    }
    let mut text = match result.groups.as_slice() {
        [] | [_] => {
            let tools: Vec<String> = result.hits.iter().map(|hit| tool(surface, hit, detail)).collect();
            tools.join(between(detail))
        }
        groups => grouped(surface, result, groups, detail),
    };
    if result.left_out > 0 {
        let (shown, all) = (result.hits.len(), result.hits.len() + result.left_out);
        text.push_str(&format!("\n\n[{shown} of {all} tools; a query finds the others]"));
    }
    text.push('\n');
    text
}

fn grouped(surface: &Surface, result: &SearchResult, groups: &[Group], detail: Detail) -> String {
    let mut told = HashSet::new();
    let mut parts = Vec::new();
    for group in groups {
        let query = shown(&group.query);
        if group.hits.is_empty() {
            let why = if group.found_any { "the others take up the `limit`" } else { "nothing found" };
            parts.push(format!("For \"{query}\": {why}"));
            continue;
        }
        let tools = group.hits.iter().map(|&at| match told.insert(at) {
            true => tool(surface, &result.hits[at], detail),
            false => again(surface, &result.hits[at], detail),
        });
        let tools: Vec<String> = tools.collect();
        parts.push(format!("For \"{query}\":\n{}", tools.join(between(detail))));
    }
    parts.join("\n\n")
}

fn between(detail: Detail) -> &'static str {
    if detail == Detail::Names { "\n" } else { "\n\n" }
}

/// A tool that an earlier query found too.
fn again(surface: &Surface, hit: &Hit, detail: Detail) -> String {
    let path = surface.path_of(&hit.tool).unwrap_or_default();
    if detail == Detail::Names { path.to_owned() } else { format!("{path} (see above)") }
}

/// A tool as `searchTools` hands it to a script.
pub(crate) fn describe(surface: &Surface, tool: &ToolId, detail: Detail) -> Value {
    let mut value = json!({
        "server": tool.server.as_str(),
        "tool": &*tool.tool,
        "name": surface.identifier_of(tool),
        "path": surface.path_of(tool),
        "description": summary(surface, tool),
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
    let sentence = summary(surface, tool);
    let about = if sentence.is_empty() { String::new() } else { format!("\n// {sentence}") };
    format!("{}\n{signature}{about}", import(surface, tool, path))
}

fn summary(surface: &Surface, tool: &ToolId) -> String {
    let Some(tool) = surface.catalog().tool(tool) else { return String::new() };
    deprecated::summary(
        &tool.name,
        tool.title.as_deref().unwrap_or_default(),
        &tool.description,
        SENTENCE_CHARS_MAX,
    )
}

fn import(surface: &Surface, tool: &ToolId, path: &str) -> String {
    let name = surface.identifier_of(tool).unwrap_or_default();
    format!("import {{ {name} }} from './{path}'")
}

fn file(surface: &Surface, tool: &ToolId) -> Option<String> {
    surface.read_file(&format!("/{}.ts", surface.path_of(tool)?))
}

fn nothing_found(surface: &Surface, result: &SearchResult) -> String {
    let queries: Vec<String> =
        result.groups.iter().map(|group| format!("\"{}\"", shown(&group.query))).collect();
    if queries.is_empty() {
        return servers(surface);
    }
    format!(
        "nothing found for {}\nTry other words: a verb and what it acts on (\"list open issues\"), one query per step. \
         `server` without a query lists the tools of that server.\n{}",
        queries.join(", "),
        servers(surface)
    )
}

/// The servers there are, those with the most tools first.
pub(crate) fn servers(surface: &Surface) -> String {
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
