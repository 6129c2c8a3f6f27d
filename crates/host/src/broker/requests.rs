//! What servers are asked for beside calls of tools, defined as servers define their tools: so it is validated, judged and
//! recorded like them.

use std::sync::{Arc, LazyLock};

use serde_json::{Value, json};
use tools::{Annotations, Method, Tool};

/// The definition of a method. There is none of `tools/call`, which names a tool of its server.
pub(super) fn definition(method: Method) -> &'static Arc<Tool> {
    static READ: LazyLock<Arc<Tool>> =
        LazyLock::new(|| defined(Method::ReadResource, addressed(), Some(contents())));
    static RESOURCES: LazyLock<Arc<Tool>> = LazyLock::new(|| listing(Method::ListResources, "uri"));
    static TEMPLATES: LazyLock<Arc<Tool>> = LazyLock::new(|| listing(Method::ListTemplates, "uriTemplate"));
    static PROMPTS: LazyLock<Arc<Tool>> = LazyLock::new(|| listing(Method::ListPrompts, "name"));
    static PROMPT: LazyLock<Arc<Tool>> = LazyLock::new(|| defined(Method::GetPrompt, prompt(), None));
    static COMPLETION: LazyLock<Arc<Tool>> = LazyLock::new(|| defined(Method::Complete, completion(), None));
    static SUBSCRIPTION: LazyLock<Arc<Tool>> =
        LazyLock::new(|| defined(Method::Subscribe, addressed(), None));
    static NO_SUBSCRIPTION: LazyLock<Arc<Tool>> =
        LazyLock::new(|| defined(Method::Unsubscribe, addressed(), None));
    static LEVEL: LazyLock<Arc<Tool>> = LazyLock::new(|| defined(Method::SetLevel, level(), None));
    match method {
        Method::CallTool | Method::ReadResource => &READ,
        Method::ListResources => &RESOURCES,
        Method::ListTemplates => &TEMPLATES,
        Method::ListPrompts => &PROMPTS,
        Method::GetPrompt => &PROMPT,
        Method::Complete => &COMPLETION,
        Method::Subscribe => &SUBSCRIPTION,
        Method::Unsubscribe => &NO_SUBSCRIPTION,
        Method::SetLevel => &LEVEL,
    }
}

fn defined(method: Method, input_schema: Value, output_schema: Option<Value>) -> Arc<Tool> {
    Arc::new(Tool {
        name: method.name().into(),
        title: None,
        description: String::new(),
        input_schema,
        output_schema,
        annotations: Annotations { read_only: Some(true), ..Annotations::default() },
    })
}

fn listing(method: Method, key: &str) -> Arc<Tool> {
    let entry = json!({"type": "object", "properties": {key: {"type": "string"}}, "required": [key]});
    let nothing = json!({"type": "object", "properties": {}, "additionalProperties": false});
    defined(method, nothing, Some(json!({"type": "array", "items": entry})))
}

fn addressed() -> Value {
    json!({
        "type": "object",
        "properties": {"uri": {"type": "string", "minLength": 1}},
        "required": ["uri"],
    })
}

fn contents() -> Value {
    let members =
        ["uri", "mimeType", "text", "blob"].map(|name| (name.to_owned(), json!({"type": "string"})));
    let members = Value::Object(members.into_iter().collect());
    json!({"type": "array", "items": {"type": "object", "properties": members, "required": ["uri"]}})
}

fn prompt() -> Value {
    json!({
        "type": "object",
        "properties": {
            "name": {"type": "string", "minLength": 1},
            "arguments": {"type": "object", "additionalProperties": {"type": "string"}},
        },
        "required": ["name"],
        "additionalProperties": false,
    })
}

fn level() -> Value {
    json!({"type": "object", "properties": {"level": {"type": "string"}}, "required": ["level"]})
}

fn completion() -> Value {
    json!({
        "type": "object",
        "properties": {
            "ref": {"type": "object"},
            "argument": {"type": "object"},
            "context": {"type": "object"},
        },
        "required": ["ref", "argument"],
        "additionalProperties": false,
    })
}
