//! Finding tools.

use std::sync::Arc;

use serde_json::{Value, json};
use tools::{Catalog, ToolId};

use crate::Surface;

/// How much of a tool is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detail {
    /// Names and first sentences.
    Names,
    /// One-line signatures too.
    Signatures,
    /// The whole TypeScript file.
    Full,
}

/// What to look for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchRequest {
    /// One query per step of the task.
    pub queries: Vec<String>,
    /// Only tools of this server.
    pub server: Option<String>,
    /// At most this many hits.
    pub limit: usize,
}

/// A found tool.
#[derive(Debug, Clone, PartialEq)]
pub struct Hit {
    /// Which tool.
    pub tool: ToolId,
    /// How well it fits; comparable within one result.
    pub score: f32,
}

/// What was found, best first.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SearchResult {
    /// The tools.
    pub hits: Vec<Hit>,
}

/// What is searched.
#[derive(Debug)]
pub(crate) struct Index {
    texts: Vec<(ToolId, String)>,
}

impl Index {
    pub(crate) fn new(catalog: &Arc<Catalog>) -> Self {
        let text = |tool: &tools::Tool| format!("{} {}", tool.name, tool.description).to_lowercase();
        let tools = catalog.tools();
        let texts =
            tools.map(|(server, tool)| (ToolId::new(server.name.clone(), tool.name.clone()), text(tool)));
        Self { texts: texts.collect() }
    }

    pub(crate) fn search(&self, request: &SearchRequest) -> SearchResult {
        let words: Vec<String> = request
            .queries
            .iter()
            .flat_map(|query| query.split_whitespace())
            .map(str::to_lowercase)
            .collect();
        let mut hits: Vec<Hit> = Vec::new();
        for (tool, text) in &self.texts {
            let score = words.iter().filter(|word| text.contains(word.as_str())).count();
            let of_server = request.server.as_deref().is_none_or(|server| server == tool.server.as_str());
            if score > 0 && of_server {
                hits.push(Hit { tool: tool.clone(), score: score as f32 });
            }
        }
        hits.sort_by(|a, b| b.score.total_cmp(&a.score));
        hits.truncate(request.limit);
        SearchResult { hits }
    }
}

pub(crate) fn render(surface: &Surface, result: &SearchResult, detail: Detail) -> String {
    let lines = result.hits.iter().map(|hit| format!("{}\n", describe(surface, &hit.tool, detail)));
    lines.collect()
}

pub(crate) fn describe(surface: &Surface, tool: &ToolId, detail: Detail) -> Value {
    let description = surface.catalog().tool(tool).map(|tool| tool.description.as_str());
    let mut value = json!({
        "server": tool.server.as_str(),
        "tool": &*tool.tool,
        "name": surface.identifier_of(tool),
        "path": surface.path_of(tool),
        "description": description,
    });
    if detail == Detail::Signatures {
        value["signature"] = surface.signature(tool).into();
    }
    if detail == Detail::Full {
        let file = surface.path_of(tool).and_then(|path| surface.read_file(&format!("/{path}.ts")));
        value["typescript"] = file.into();
    }
    value
}
