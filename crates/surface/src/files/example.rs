//! An argument made from a schema: what has to be there, with the values the schema itself suggests.

use serde_json::{Map, Value};

use crate::{
    names,
    types::{Document, json, reference},
};

/// Characters of the whole example; a longer one shows less than the type does.
const EXAMPLE_CHARS_MAX: usize = 300;

/// Characters of one suggested value.
const VALUE_CHARS_MAX: usize = 80;

/// Levels of objects and references that are followed.
const LEVELS_MAX: usize = 5;

/// The argument as TypeScript, empty when nothing has to be given. None: it would be too long.
pub(crate) fn argument(schema: &Value) -> Option<String> {
    let document = Document::new(schema);
    let text = value(schema, &document, LEVELS_MAX)?;
    let text = if text == "{}" { String::new() } else { text };
    (text.len() <= EXAMPLE_CHARS_MAX).then_some(text)
}

fn value(schema: &Value, document: &Document<'_>, levels: usize) -> Option<String> {
    let map = schema.as_object()?;
    let levels = levels.checked_sub(1)?;
    if let Some(suggested) = suggested(map) {
        let text = json::brief(suggested, VALUE_CHARS_MAX);
        // A value that was cut is none.
        return (!text.contains('…')).then_some(text);
    }
    if let Some(reference) = reference(map) {
        return value(document.find(reference, document.root()).ok()?.schema, document, levels);
    }
    match kind(map) {
        "object" => object(map, document, levels),
        "array" => array(map, document, levels),
        "number" | "integer" => Some(number(map)),
        "boolean" => Some("true".to_owned()),
        "null" => Some("null".to_owned()),
        "string" => Some(string(map).to_owned()),
        _ => branch(map, document, levels),
    }
}

fn suggested(map: &Map<String, Value>) -> Option<&Value> {
    let first = |key: &str| map.get(key).and_then(Value::as_array).and_then(|values| values.first());
    first("examples")
        .or_else(|| map.get("default").filter(|value| !value.is_null()))
        .or_else(|| map.get("const"))
        .or_else(|| first("enum"))
}

fn kind(map: &Map<String, Value>) -> &str {
    match map.get("type") {
        Some(Value::String(kind)) => kind,
        Some(Value::Array(kinds)) => {
            kinds.iter().filter_map(Value::as_str).find(|kind| *kind != "null").unwrap_or("")
        }
        _ if map.contains_key("properties") => "object",
        _ => "",
    }
}

fn object(map: &Map<String, Value>, document: &Document<'_>, levels: usize) -> Option<String> {
    let required = map.get("required").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let mut parts = Vec::new();
    let mut length = 0;
    for name in required.iter().filter_map(Value::as_str) {
        let schema =
            map.get("properties").and_then(|properties| properties.get(name)).unwrap_or(&Value::Bool(true));
        let text = value(schema, document, levels).unwrap_or_else(|| "…".to_owned());
        let name = if names::is_identifier(name) { name.to_owned() } else { names::string_literal(name) };
        length += name.len() + text.len();
        if length > EXAMPLE_CHARS_MAX {
            return None;
        }
        parts.push(format!("{name}: {text}"));
    }
    Some(if parts.is_empty() { "{}".to_owned() } else { format!("{{ {} }}", parts.join(", ")) })
}

fn array(map: &Map<String, Value>, document: &Document<'_>, levels: usize) -> Option<String> {
    let item = map.get("items").and_then(|items| value(items, document, levels));
    Some(item.map_or_else(|| "[]".to_owned(), |item| format!("[{item}]")))
}

fn number(map: &Map<String, Value>) -> String {
    let least = map.get("minimum").filter(|value| value.is_number());
    least.map_or_else(|| "1".to_owned(), ToString::to_string)
}

fn string(map: &Map<String, Value>) -> &'static str {
    match map.get("format").and_then(Value::as_str) {
        Some("date-time") => "\"2026-01-31T09:00:00Z\"",
        Some("date") => "\"2026-01-31\"",
        Some("time") => "\"09:00:00Z\"",
        Some("email") => "\"ada@example.com\"",
        Some("uri" | "url") => "\"https://example.com\"",
        _ => "\"…\"",
    }
}

fn branch(map: &Map<String, Value>, document: &Document<'_>, levels: usize) -> Option<String> {
    let branches = ["anyOf", "oneOf", "allOf"].iter().find_map(|key| map.get(*key)?.as_array())?;
    let is_null = |schema: &&Value| schema.get("type").is_some_and(|kind| kind == "null");
    value(branches.iter().find(|schema| !is_null(schema))?, document, levels)
}
