//! Calling every tool of one server once, as the protocol's conformance suite wants to see it done.

use std::{sync::Arc, time::Duration};

use serde_json::{Map, Value, json, value::RawValue};
use tools::{AnswerForm, Call, CallTool, Method, ServerName, ServerState, Tool, ToolId};

use crate::{
    entry::{ServerEntry, Settings, Transport},
    sign_in::SignIn,
    upstream::Upstream,
};

/// Time for one call; the suite gives a scenario 30 seconds.
const DEADLINE: Duration = Duration::from_secs(20);

/// Why a server could not be exercised.
#[derive(Debug, thiserror::Error)]
pub enum ExerciseError {
    /// It could not be reached or did not list its tools.
    #[error("server at {url}: {reason}")]
    Unreachable {
        /// Its URL, without secrets.
        url: String,
        /// Why, for a person.
        reason: String,
    },
    /// The context is not what the suite documents.
    #[error("the context cannot be read: {0}")]
    Context(String),
}

/// Connects to a streamable HTTP server, lists its tools, calls them and disconnects.
///
/// `context` is the JSON object the suite passes in `MCP_CONFORMANCE_CONTEXT`; where it has `toolCalls`, those
/// are made (`[{name, arguments}]`), else every tool is called once with arguments made from its schema.
/// Tools that answer with an error are no failure: many scenarios are about them. `sign_in` signs the requests.
pub async fn exercise(
    url: &str,
    context: Option<&str>,
    sign_in: Option<Arc<dyn SignIn>>,
) -> Result<(), ExerciseError> {
    let wanted = context.map(calls_of).transpose()?.flatten();
    let name = ServerName::new("server");
    let transport = Transport::Http { url: url.to_owned(), headers: Vec::new() };
    let upstream = Upstream::start(
        vec![ServerEntry { name: name.clone(), transport, credentials: Vec::new(), sign_in }],
        Settings::default(),
    );
    upstream.settled().await;
    let catalog = upstream.catalog().borrow().clone();
    let server = catalog.server(&name);
    let outcome = match server.map(|server| (&server.state, &server.tools)) {
        Some((ServerState::Ready, tools)) => {
            let calls = wanted.unwrap_or_else(|| tools.iter().map(|tool| plausible(tool)).collect());
            make(&upstream, &name, calls).await;
            Ok(())
        }
        Some((ServerState::Stale { reason } | ServerState::Failed { reason }, _)) => Err(reason.clone()),
        _ => Err("it is still being started".to_owned()),
    };
    upstream.shutdown().await;
    let url = crate::entry::printable_url(url);
    outcome.map_err(|reason| ExerciseError::Unreachable { url, reason })
}

async fn make(upstream: &Upstream, server: &ServerName, calls: Vec<(String, Value)>) {
    for (tool, arguments) in calls {
        let tool = ToolId::new(server.clone(), tool);
        let Ok(arguments) = RawValue::from_string(arguments.to_string()) else { continue };
        match upstream
            .call(Call {
                method: Method::CallTool,
                form: AnswerForm::Value,
                respondent: None,
                tool: tool.clone(),
                arguments,
                idempotency_key: None,
                series: None,
                deadline: DEADLINE,
            })
            .await
        {
            Ok(answer) => tracing::info!(%tool, bytes = answer.value.get().len(), "answered"),
            Err(error) => tracing::info!(%tool, code = %error.kind, %error, "no answer"),
        }
    }
}

fn calls_of(context: &str) -> Result<Option<Vec<(String, Value)>>, ExerciseError> {
    let context: Value =
        serde_json::from_str(context).map_err(|error| ExerciseError::Context(error.to_string()))?;
    let Some(calls) = context.get("toolCalls") else { return Ok(None) };
    let calls =
        calls.as_array().ok_or_else(|| ExerciseError::Context("`toolCalls` is no list".to_owned()))?;
    let call = |call: &Value| Some((call["name"].as_str()?.to_owned(), call["arguments"].clone()));
    Ok(Some(calls.iter().filter_map(call).collect()))
}

fn plausible(tool: &Tool) -> (String, Value) {
    (tool.name.to_string(), value_for(&tool.input_schema))
}

/// A value a schema describes, as far as its keywords say so plainly. Depth is that of the schema.
fn value_for(schema: &Value) -> Value {
    if let Some(value) = ["default", "const"].iter().find_map(|key| schema.get(key)) {
        return value.clone();
    }
    if let Some(value) = schema.get("enum").and_then(|values| values.get(0)) {
        return value.clone();
    }
    match schema.get("type").and_then(Value::as_str) {
        Some("string") => json!("text"),
        Some("integer" | "number") => json!(1),
        Some("boolean") => json!(true),
        Some("array") => json!([]),
        Some("null") => Value::Null,
        _ => {
            let properties = schema.get("properties").and_then(Value::as_object).into_iter().flatten();
            Value::Object(
                properties.map(|(name, schema)| (name.clone(), value_for(schema))).collect::<Map<_, _>>(),
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_made_from_the_schema() {
        let schema = json!({"type": "object", "properties": {
            "a": {"type": "number"}, "b": {"enum": ["x", "y"]}, "c": {"type": "string", "default": "d"},
            "e": {"properties": {"f": {"type": "boolean"}}},
        }});
        assert_eq!(value_for(&schema), json!({"a": 1, "b": "x", "c": "d", "e": {"f": true}}));
    }

    #[test]
    fn the_context_names_calls() {
        let calls = calls_of(r#"{"toolCalls":[{"name":"t","arguments":{"a":1}}]}"#).expect("JSON");
        assert_eq!(calls, Some(vec![("t".to_owned(), json!({"a": 1}))]));
        assert_eq!(calls_of("{}").expect("JSON"), None);
        assert!(calls_of("[").is_err());
    }
}
