//! What is answered to messages that are none, and to requests whose parameters do not fit.
//!
//! The SDK says nothing to what it cannot decode, or does not say to what its answer belongs; a client then waits.

use rmcp::{
    ErrorData,
    model::{CustomRequest, ErrorCode},
};
use serde_json::{Map, Value, json};
use tools::{DECEPTIVE_KEY, is_deceptive};

use super::{arguments::shown, lines::skipped::Skipped};

/// The methods that are served beside `tools/call`.
const METHODS: [&str; 14] = [
    "initialize",
    "ping",
    "server/discover",
    "tools/list",
    "prompts/list",
    "prompts/get",
    "resources/list",
    "resources/templates/list",
    "resources/read",
    "resources/subscribe",
    "resources/unsubscribe",
    "completion/complete",
    "logging/setLevel",
    "subscriptions/listen",
];

/// Those that the newer era has done away with: it knows them as little with parameters that do not fit.
pub(super) const REMOVED: [&str; 4] =
    ["ping", "logging/setLevel", "resources/subscribe", "resources/unsubscribe"];

/// The answer to bytes that are no message. `None` where nobody waits for one: they are a notification or an answer
/// of a form we do not know.
pub(super) fn unreadable(bytes: &[u8]) -> Option<Value> {
    if is_deceptive(bytes) {
        return Some(invalid(&id_in(bytes), &format!("it holds {DECEPTIVE_KEY}")));
    }
    let message: Value = match serde_json::from_slice(bytes) {
        Ok(message) => message,
        Err(error) => {
            return Some(answer(&id_in(bytes), ErrorCode::PARSE_ERROR, &format!("this is no JSON: {error}")));
        }
    };
    let Some(message) = message.as_object() else {
        return Some(invalid(&Value::Null, "a message is one JSON object"));
    };
    let has = |key| message.contains_key(key);
    let is_answer = !has("method") && (has("result") || has("error"));
    let is_notification = has("method") && !has("id");
    if is_answer || is_notification {
        return None;
    }
    let id = message.get("id").filter(|id| is_id(id)).unwrap_or(&Value::Null);
    Some(invalid(id, wrong_in(message)))
}

/// The id of a message that cannot be decoded; null where none can be told. The client waits for the answer to it.
fn id_in(bytes: &[u8]) -> Value {
    let mut skipped = Skipped::default();
    skipped.pass(bytes);
    skipped.id().clone()
}

/// The answer to a message that is not read.
pub(super) fn too_long(limit: usize, id: &Value) -> Value {
    let reason =
        format!("the message is larger than {limit} bytes, which follows from `narrows.limits.source_kb`");
    invalid(id, &reason)
}

/// The answer to a list that is empty or too long to be taken apart.
pub(super) fn not_a_batch(limit: usize) -> Value {
    invalid(&Value::Null, &format!("a batch holds 1 to {limit} messages"))
}

/// The answer to a message of a batch that was refused in words alone.
pub(super) fn unanswered(id: &Value, why: &str) -> Value {
    invalid(id, why.trim_end())
}

/// The answer to a request that was read and not carried out to its end.
pub(super) fn unfinished(id: &Value) -> Value {
    answer(id, ErrorCode(-32000), "Narrows was stopped before the request was carried out to its end")
}

/// The error of a request that fits no form the SDK knows. A method that is served is one whose parameters are wrong.
pub(super) fn misfit(request: CustomRequest) -> ErrorData {
    let CustomRequest { method, params, .. } = request;
    let reason = match method.as_str() {
        "tools/call" => wrong_in_call(&params.unwrap_or_default()),
        method if METHODS.contains(&method) => {
            format!("the `params` of `{method}` are not those of this method")
        }
        _ => return no_method(&method),
    };
    ErrorData::invalid_params(reason, None)
}

fn wrong_in_call(params: &Value) -> String {
    match &params["name"] {
        Value::Null => "`tools/call`: `name` is missing".to_owned(),
        Value::String(_) => {
            format!("`tools/call`: `arguments` must be an object, not {}", shown(&params["arguments"]))
        }
        other => format!("`tools/call`: `name` must be a text, not {}", shown(other)),
    }
}

/// A tool of a server is not a tool of ours: models that know the server's own names try.
pub(super) fn no_tool(name: &str) -> ErrorData {
    let message = format!(
        "unknown tool `{name}`; there are search_tools, execute_code and get_run, and tools of servers are called \
         inside execute_code"
    );
    ErrorData::invalid_params(message, None)
}

/// The error of a method that is not served.
pub(super) fn no_method(method: &str) -> ErrorData {
    ErrorData::new(ErrorCode::METHOD_NOT_FOUND, format!("there is no method `{method}`"), None)
}

fn wrong_in(message: &Map<String, Value>) -> &'static str {
    let of = |key| message.get(key);
    if of("jsonrpc").and_then(Value::as_str) != Some("2.0") {
        "`jsonrpc` must be `\"2.0\"`"
    } else if of("id").is_some_and(|id| !is_id(id)) {
        "`id` must be a string or a whole number"
    } else if of("method").is_none() {
        "`method` is missing"
    } else if !of("method").is_some_and(Value::is_string) {
        "`method` must be a string"
    } else {
        "this is no request"
    }
}

pub(super) fn is_id(value: &Value) -> bool {
    value.is_string() || value.is_i64() || value.is_u64()
}

fn invalid(id: &Value, reason: &str) -> Value {
    answer(id, ErrorCode::INVALID_REQUEST, reason)
}

fn answer(id: &Value, code: ErrorCode, message: &str) -> Value {
    json!({"jsonrpc": "2.0", "id": id, "error": {"code": code.0, "message": message}})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_waits_for_an_answer_gets_one_with_its_id() {
        let cases = [
            ("garbage", "null -32700 this is no JSON: expected value at line 1 column 1"),
            ("", "null -32700 this is no JSON: EOF while parsing a value at line 1 column 0"),
            (
                r#"{"id":1,"\u0024serde_json::private::RawValue":"[1]"}"#,
                "1 -32600 it holds the reserved key `$serde_json::private::RawValue`",
            ),
            ("[]", "null -32600 a message is one JSON object"),
            ("7", "null -32600 a message is one JSON object"),
            ("{}", "null -32600 `jsonrpc` must be `\"2.0\"`"),
            (r#"{"id":9,"method":"ping"}"#, "9 -32600 `jsonrpc` must be `\"2.0\"`"),
            (r#"{"jsonrpc":"2.0","id":9}"#, "9 -32600 `method` is missing"),
            (r#"{"jsonrpc":"2.0","id":"a","method":5}"#, "\"a\" -32600 `method` must be a string"),
            (
                r#"{"jsonrpc":"2.0","id":[9],"method":"ping"}"#,
                "null -32600 `id` must be a string or a whole number",
            ),
            (
                r#"{"jsonrpc":"2.0","id":null,"method":"ping"}"#,
                "null -32600 `id` must be a string or a whole number",
            ),
            (r#"{"jsonrpc":"2.0","id":9,"method":"ping","result":1}"#, "9 -32600 this is no request"),
            (r#"{"jsonrpc":"2.0","method":"notifications/x","params":5}"#, "nothing"),
            (r#"{"jsonrpc":"2.0","id":9,"result":5}"#, "nothing"),
            (r#"{"jsonrpc":"2.0","id":9,"error":5}"#, "nothing"),
        ];
        for (sent, expect) in cases {
            let said = unreadable(sent.as_bytes()).map_or_else(
                || "nothing".to_owned(),
                |said| {
                    let error = &said["error"];
                    format!("{} {} {}", said["id"], error["code"], error["message"].as_str().unwrap_or("?"))
                },
            );
            assert_eq!(said, expect, "{sent}");
        }
    }

    #[test]
    fn what_cannot_be_decoded_is_answered_under_its_id() {
        let around = |params: &[u8]| {
            [br#"{"jsonrpc":"2.0","params":{"code":"#, params, br#"},"method":"tools/call","id":7}"#].concat()
        };
        let deep = ["[".repeat(200), "]".repeat(200)].concat();
        for params in [&b"\"\xff\""[..], br#""\ud83d""#, br#""\ude00 \ud83d a""#, br#""\q""#, deep.as_bytes()]
        {
            let said = unreadable(&around(params)).expect("it is answered");
            assert_eq!((&said["id"], &said["error"]["code"]), (&json!(7), &json!(-32700)), "{said}");
        }
    }

    #[test]
    fn parameters_that_do_not_fit_are_no_unknown_method() {
        let cases = [
            ("tools/call", None, "-32602 `tools/call`: `name` is missing"),
            ("tools/call", Some(json!({})), "-32602 `tools/call`: `name` is missing"),
            ("tools/call", Some(json!({"name": 5})), "-32602 `tools/call`: `name` must be a text, not `5`"),
            (
                "tools/call",
                Some(json!({"name": "x", "arguments": 5})),
                "-32602 `tools/call`: `arguments` must be an object, not `5`",
            ),
            (
                "initialize",
                Some(json!({})),
                "-32602 the `params` of `initialize` are not those of this method",
            ),
            (
                "prompts/get",
                Some(json!({})),
                "-32602 the `params` of `prompts/get` are not those of this method",
            ),
            ("tools/cal", None, "-32601 there is no method `tools/cal`"),
        ];
        for (method, params, expect) in cases {
            let error = misfit(CustomRequest::new(method, params));
            assert_eq!(format!("{} {}", error.code.0, error.message), expect);
        }
    }
}
