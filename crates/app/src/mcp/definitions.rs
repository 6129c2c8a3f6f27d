//! The three tools an agent sees. Their text is paid for in every conversation: at most 2 KB together.

use std::sync::{Arc, LazyLock};

use rmcp::model::{JsonObject, Tool, ToolAnnotations};
use serde_json::{Value, json};

/// Model tokens (o200k) of the definitions. Counting loads a vocabulary of megabytes, so it is done in a test.
pub(crate) const TOKENS: u64 = 445;

/// The definitions, always in this order.
pub(super) fn definitions() -> Vec<Tool> {
    static TOOLS: LazyLock<Vec<Tool>> = LazyLock::new(|| vec![search_tools(), execute_code(), get_run()]);
    TOOLS.clone()
}

fn search_tools() -> Tool {
    let about = "Find tools of the connected servers, to call them from execute_code. Gives import lines and \
                 signatures. Ask one query per step of the task; no query lists the servers.";
    let schema = json!({
        "type": "object",
        "properties": {
            "queries": {"type": "array", "items": {"type": "string"}},
            "detail": {"enum": ["names", "signatures", "full"], "default": "signatures"},
            "server": {"type": "string"},
            "limit": {"type": "integer", "minimum": 1, "maximum": 100, "default": 10}
        }
    });
    let hints = ToolAnnotations::new().read_only(true).open_world(false);
    Tool::new("search_tools", about, object(schema)).with_annotations(hints)
}

fn execute_code() -> Tool {
    let about = "Run TypeScript in a sandbox. Tools are modules: `import { getDocument } from \
                 './servers/google-drive/getDocument'`, called with one object and awaited; Promise.all runs \
                 calls in parallel. Results arrive parsed and unwrapped: use them as they are. Only the \
                 value you `return` and console output come back, so filter and sum up in code. A tool's \
                 failure throws ToolError {server, tool, code, message}. There is no network, and files of \
                 the machine are reached through tools; `import { fs } from 'narrows'` keeps files in \
                 /workspace. A run of more than 50 s answers with its run_id.";
    let schema = json!({
        "type": "object",
        "properties": {
            "code": {"type": "string"},
            "workspace": {"type": "string", "description": "whose files the run sees", "default": "default"},
            "background": {"type": "boolean", "description": "answer at once with a run_id"},
            "approve": {"enum": ["writes"], "description": "the user approves each writing call"},
            "resume": {"type": "string", "description": "a failed run's run_id: calls it had answered are not repeated"},
            "mode": {"enum": ["plan"], "description": "only list the writing calls"}
        },
        "required": ["code"]
    });
    Tool::new("execute_code", about, object(schema))
}

fn get_run() -> Tool {
    let about = "Wait for a run by its run_id, or read on in a large result by its handle.";
    let schema = json!({
        "type": "object",
        "properties": {
            "run_id": {"type": "string"},
            "wait_seconds": {"type": "number", "minimum": 0, "maximum": 50},
            "handle": {"type": "string"},
            "offset": {"type": "integer", "minimum": 0}
        }
    });
    let hints = ToolAnnotations::new().read_only(true).open_world(false);
    Tool::new("get_run", about, object(schema)).with_annotations(hints)
}

fn object(schema: Value) -> Arc<JsonObject> {
    match schema {
        Value::Object(object) => Arc::new(object),
        _ => Arc::default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_definitions_stay_within_their_budget() {
        let text = serde_json::to_string(&definitions()).expect("they are JSON");
        assert!(text.len() <= 2048, "{} bytes", text.len());
    }

    #[test]
    fn the_stated_tokens_are_the_counted_ones() {
        let count = |tool: &Tool| {
            let own = json!({
                "name": tool.name, "description": tool.description, "input_schema": *tool.input_schema
            });
            surface::count_tokens(&own.to_string())
        };
        assert_eq!(definitions().iter().map(count).sum::<u64>(), TOKENS);
    }
}
