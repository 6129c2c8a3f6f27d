//! `x-mcp-header`: arguments of a tool that modern HTTP repeats as `Mcp-Param-…` headers (SEP-2243). Pure.
//!
//! A server refuses a call whose headers do not match its body, so a tool whose annotations cannot be
//! followed is left out of the list.

use std::collections::HashSet;

use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Value, value::RawValue};

const ANNOTATION: &str = "x-mcp-header";
/// Headers one tool may ask for; servers and proxies allow about a hundred in all.
const HEADERS_MAX: usize = 32;

/// Whether the annotations of a schema can be followed; the reason if not.
pub(crate) fn check(schema: &Value) -> Result<(), String> {
    let mut found = Vec::new();
    collect(schema, &mut Vec::new(), &mut found);
    if count(schema) != found.len() {
        return Err(format!("its schema has `{ANNOTATION}` where no argument is"));
    }
    if found.len() > HEADERS_MAX {
        return Err(format!("its schema asks for more than {HEADERS_MAX} headers"));
    }
    let mut seen = HashSet::new();
    for Annotated { path, schema, header } in &found {
        let at = path.join(".");
        let Some(header) = header.as_str().filter(|header| is_token(header)) else {
            return Err(format!("its argument `{at}` has an `{ANNOTATION}` that is no header name"));
        };
        if !seen.insert(header.to_ascii_lowercase()) {
            return Err(format!("its schema has the header `{header}` twice"));
        }
        if !matches!(schema.get("type").and_then(Value::as_str), Some("string" | "integer" | "boolean")) {
            return Err(format!("its argument `{at}` has an `{ANNOTATION}` but is not a plain value"));
        }
    }
    Ok(())
}

/// The headers a call with these arguments needs: full names and encoded values.
pub(crate) fn of_arguments(schema: &Value, arguments: &RawValue) -> Vec<(String, String)> {
    let mut found = Vec::new();
    collect(schema, &mut Vec::new(), &mut found);
    if found.is_empty() {
        return Vec::new();
    }
    let Ok(arguments) = serde_json::from_str::<Value>(arguments.get()) else { return Vec::new() };
    let header = |annotated: &Annotated<'_>| {
        let value = annotated.path.iter().try_fold(&arguments, |value, key| value.get(key))?;
        let text = match value {
            Value::String(text) => text.clone(),
            Value::Bool(_) | Value::Number(_) => value.to_string(),
            _ => return None,
        };
        Some((format!("Mcp-Param-{}", annotated.header.as_str()?), encode(&text)))
    };
    found.iter().filter_map(header).collect()
}

/// A value as a header carries it: as it is, or in Base64 where a header would change it.
pub(crate) fn encode(text: &str) -> String {
    let plain = text.bytes().all(|byte| (0x20..0x7f).contains(&byte)) && text.trim() == text;
    let looks_encoded = text.starts_with("=?base64?") && text.ends_with("?=");
    if plain && !looks_encoded {
        return text.to_owned();
    }
    format!("=?base64?{}?=", BASE64_STANDARD.encode(text))
}

struct Annotated<'a> {
    path: Vec<&'a str>,
    schema: &'a Value,
    header: &'a Value,
}

/// Annotations on arguments: those reached from the root through `properties` alone.
fn collect<'a>(schema: &'a Value, path: &mut Vec<&'a str>, found: &mut Vec<Annotated<'a>>) {
    for (name, property) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
        path.push(name);
        if let Some(header) = property.get(ANNOTATION) {
            found.push(Annotated { path: path.clone(), schema: property, header });
        }
        collect(property, path, found);
        path.pop();
    }
}

/// Annotations anywhere in a schema, except where the words are data.
fn count(schema: &Value) -> usize {
    match schema {
        Value::Object(members) => members
            .iter()
            .map(|(key, value)| match key.as_str() {
                ANNOTATION => 1,
                "default" | "const" | "enum" | "examples" | "required" | "dependentRequired" => 0,
                "properties" | "$defs" | "definitions" | "patternProperties" | "dependentSchemas" => {
                    value.as_object().into_iter().flatten().map(|(_, schema)| count(schema)).sum()
                }
                _ => count(value),
            })
            .sum(),
        Value::Array(items) => items.iter().map(count).sum(),
        _ => 0,
    }
}

fn is_token(text: &str) -> bool {
    !text.is_empty()
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn annotations_become_headers() {
        let schema = json!({"properties": {
            "region": {"type": "string", "x-mcp-header": "Region"},
            "deep": {"properties": {"n": {"type": "integer", "x-mcp-header": "Count"}}},
            "absent": {"type": "string", "x-mcp-header": "Absent"},
            "x-mcp-header": {"type": "string"},
        }});
        assert_eq!(check(&schema), Ok(()));
        let arguments =
            RawValue::from_string(r#"{"region":"Zürich","deep":{"n":5}}"#.to_owned()).expect("JSON");
        assert_eq!(
            of_arguments(&schema, &arguments),
            [
                ("Mcp-Param-Region".to_owned(), "=?base64?WsO8cmljaA==?=".to_owned()),
                ("Mcp-Param-Count".to_owned(), "5".to_owned()),
            ]
        );
    }

    #[test]
    fn annotations_that_cannot_be_followed_are_said() {
        let check_schema = |properties: Value, expect: &str| {
            assert_eq!(check(&json!({"properties": properties})), Err(expect.to_owned()));
        };
        check_schema(
            json!({"a": {"type": "string", "x-mcp-header": "no space"}}),
            "its argument `a` has an `x-mcp-header` that is no header name",
        );
        check_schema(
            json!({"a": {"type": "object", "x-mcp-header": "A"}}),
            "its argument `a` has an `x-mcp-header` but is not a plain value",
        );
        check_schema(
            json!({"a": {"type": "string", "x-mcp-header": "A"}, "b": {"type": "string", "x-mcp-header": "a"}}),
            "its schema has the header `a` twice",
        );
        check_schema(
            json!({"a": {"items": {"type": "string", "x-mcp-header": "A"}}}),
            "its schema has `x-mcp-header` where no argument is",
        );
    }

    #[test]
    fn values_are_encoded_only_where_a_header_would_change_them() {
        assert_eq!(encode("plain text"), "plain text");
        assert_eq!(encode(""), "");
        assert_eq!(encode(" x"), "=?base64?IHg=?=");
        assert_eq!(encode("=?base64?x?="), "=?base64?PT9iYXNlNjQ/eD89?=");
    }
}
