//! The tools as `toolRegistry` looks through them: a file that scripts which use it are given.

use serde_json::json;
use surface::Surface;
use wire::Module;

/// A script that uses the registry gets so many tools of it; more are found with `searchTools`.
const TOOLS_MAX: usize = 2_000;

/// Its name.
pub(crate) const FILE: &str = "/narrows/registry.json";

/// The file.
pub(super) fn module(surface: &Surface) -> Module {
    let tools = surface.catalog().tools().take(TOOLS_MAX).filter_map(|(server, tool)| {
        let id = tools::ToolId::new(server.name.clone(), tool.name.clone());
        Some(json!({
            "name": surface.identifier_of(&id)?,
            "server": server.name.as_str(),
            "path": surface.path_of(&id)?,
            "description": first_sentence(&tool.description),
        }))
    });
    let javascript = serde_json::Value::from(tools.collect::<Vec<_>>()).to_string();
    Module { name: FILE.to_owned(), javascript }
}

fn first_sentence(text: &str) -> &str {
    let text = text.trim_start();
    let end = text.find(". ").or_else(|| text.find('\n')).unwrap_or(text.len());
    text[..text.floor_char_boundary(end.min(200))].trim_end()
}
