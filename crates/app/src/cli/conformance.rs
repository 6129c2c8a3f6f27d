//! `narrows conformance-client URL`: connects to the conformance suite's server as to any other, and calls each of
//! its tools once, so that the suite can look at what we send.

use serde_json::{Map, Value, json, value::RawValue};
use tools::{ServerName, ServerState, ToolId};
use upstream::Transport;

use super::Context;
use crate::{
    config::{Config, ConfiguredServer},
    exit::{Failed, Status},
    gateway::Gateway,
    mcp, print,
};

pub(super) async fn client(url: &str, context: &Context<'_>) -> Result<(), Failed> {
    let name = ServerName::new("suite");
    let mut config = Config::bare(context.around);
    config.data_dir = std::env::temp_dir().join(format!("narrows-conformance-{}", std::process::id()));
    config.servers.push(ConfiguredServer {
        name: name.clone(),
        shown: url.to_owned(),
        transport: Ok(Transport::Http { url: url.to_owned(), headers: Vec::new() }),
    });
    let folder = config.data_dir.clone();
    let gateway = Gateway::start(config, mcp::TOKENS)?;
    let called = context.with(&gateway, call_all(&gateway, &name)).await;
    // It holds nothing anyone needs; what cannot be removed is the system's to clean.
    let _ = std::fs::remove_dir_all(folder);
    called
}

async fn call_all(gateway: &Gateway, name: &ServerName) -> Result<(), Failed> {
    gateway.settled().await;
    let surface = gateway.surface();
    let server = surface.catalog().server(name);
    let server =
        server.ok_or_else(|| Failed::new(Status::Internal, "the suite's server is not in the catalog"))?;
    if let ServerState::Failed { reason } = &server.state {
        return Err(Failed::new(Status::Unavailable, format!("cannot connect: {reason}")));
    }
    for tool in &server.tools {
        let id = ToolId::new(name.clone(), tool.name.clone());
        let arguments = sample(&tool.input_schema, 0).to_string();
        let arguments = RawValue::from_string(arguments)
            .map_err(|error| Failed::internal("cannot make up arguments", error))?;
        match gateway.host.call(&id.to_string(), arguments).await {
            Ok(outcome) => print::note(format_args!("{id}: {}", outcome.value)),
            Err(failure) => print::note(format_args!("{id} failed: {failure}")),
        }
    }
    Ok(())
}

/// How deep made-up arguments go: schemas may refer to themselves.
const DEPTH_MAX: usize = 8;

/// A value that fits a simple schema: required properties alone, defaults and first choices where there are any.
fn sample(schema: &Value, depth: usize) -> Value {
    if depth > DEPTH_MAX {
        return Value::Null;
    }
    if let Some(given) = ["default", "const"].iter().find_map(|key| schema.get(key)) {
        return given.clone();
    }
    if let Some(first) = schema["enum"].get(0) {
        return first.clone();
    }
    let kind = schema["type"].as_str().or_else(|| schema["type"].get(0)?.as_str());
    match kind {
        Some("object") => {
            let required = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
            let fields =
                required.map(|name| (name.to_owned(), sample(&schema["properties"][name], depth + 1)));
            Value::Object(fields.collect::<Map<_, _>>())
        }
        Some("array") => json!([]),
        Some("number" | "integer") => json!(5),
        Some("boolean") => json!(true),
        Some("null") => Value::Null,
        _ => json!("test"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_fit_their_schemas() {
        let check = |schema: Value, expect: Value| assert_eq!(sample(&schema, 0), expect, "{schema}");
        check(
            json!({"type": "object", "properties": {"a": {"type": "number"}, "b": {}}, "required": ["a"]}),
            json!({"a": 5}),
        );
        check(json!({"enum": ["x", "y"]}), json!("x"));
        check(json!({"type": ["string", "null"]}), json!("test"));
        check(json!(true), json!("test"));
    }
}
