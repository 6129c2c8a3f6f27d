//! Reading a JSON Schema as far as a literal can be held against it. What is not understood proves nothing.

use serde_json::{Map, Value};
use wire::Literal;

/// References followed in a row; real schemas use one or two, a loop uses all.
const REFERENCES_MAX: usize = 8;

/// Keywords that say more about an object's fields than `properties` does.
const COMPOSING: [&str; 10] = [
    "allOf",
    "anyOf",
    "oneOf",
    "if",
    "not",
    "$dynamicRef",
    "dependentSchemas",
    "dependencies",
    "patternProperties",
    "unevaluatedProperties",
];

/// The schema as an object, local references followed. `None` when nothing can be proved by it.
pub(super) fn object<'a>(schema: &'a Value, root: &'a Value) -> Option<&'a Map<String, Value>> {
    let mut schema = schema.as_object()?;
    for _ in 0..REFERENCES_MAX {
        let Some(reference) = schema.get("$ref") else { return Some(schema) };
        schema = root.pointer(reference.as_str()?.strip_prefix('#')?)?.as_object()?;
    }
    None
}

/// The types a schema allows, where it names any.
pub(super) fn types(schema: &Map<String, Value>) -> Option<Vec<&str>> {
    match schema.get("type")? {
        Value::String(one) => Some(vec![one]),
        Value::Array(several) => several.iter().map(Value::as_str).collect(),
        _ => None,
    }
}

/// The branches of `anyOf` and `oneOf`, each keyword by itself.
pub(super) fn alternatives(schema: &Map<String, Value>) -> impl Iterator<Item = &Vec<Value>> {
    ["anyOf", "oneOf"].into_iter().filter_map(|keyword| schema.get(keyword)?.as_array())
}

/// The values a schema allows, where it lists them.
pub(super) fn values(schema: &Map<String, Value>) -> Option<Vec<&Value>> {
    match (schema.get("const"), schema.get("enum")) {
        (Some(only), _) => Some(vec![only]),
        (None, Some(Value::Array(several))) => Some(several.iter().collect()),
        _ => None,
    }
}

/// Whether `properties` is the whole truth about an object's fields.
pub(super) fn is_plain(schema: &Map<String, Value>) -> bool {
    !COMPOSING.iter().any(|keyword| schema.contains_key(*keyword))
}

/// Whether a field that must be there has a value for when it is not.
pub(super) fn has_default(schema: &Map<String, Value>, field: &str) -> bool {
    schema.get("properties").and_then(|fields| fields.get(field)?.get("default")).is_some()
}

/// Whether a literal can be of a type. Unknown types fit everything.
pub(super) fn fits(literal: &Literal, kind: &str) -> bool {
    match kind {
        "string" => matches!(literal, Literal::String(_) | Literal::SomeString),
        "number" => matches!(literal, Literal::Number(_) | Literal::Rounded(_)),
        "integer" if matches!(literal, Literal::Rounded(_)) => true,
        "integer" => matches!(literal, Literal::Number(n) if !n.is_finite() || n.fract() == 0.0),
        "boolean" => matches!(literal, Literal::Bool(_)),
        "null" => matches!(literal, Literal::Null),
        "array" => matches!(literal, Literal::Array(_)),
        "object" => matches!(literal, Literal::Object { .. }),
        _ => true,
    }
}

/// A literal in words, as in "not a string".
pub(super) fn words(literal: &Literal) -> String {
    match literal {
        Literal::Unknown | Literal::Undefined => "undefined".to_owned(),
        Literal::Null => "null".to_owned(),
        Literal::Bool(value) => value.to_string(),
        Literal::Number(value) => format!("the number {value}"),
        Literal::Rounded(digits) => format!("the number {digits}"),
        Literal::String(_) | Literal::SomeString => "a string".to_owned(),
        Literal::Array(_) => "an array".to_owned(),
        Literal::Object { .. } => "an object".to_owned(),
    }
}

/// Types in words, as in "must be a string or null".
pub(super) fn type_words(types: &[&str]) -> String {
    let words: Vec<_> = types.iter().map(|kind| type_word(kind)).collect();
    words.join(" or ")
}

fn type_word(kind: &str) -> &str {
    match kind {
        "string" => "a string",
        "number" => "a number",
        "integer" => "an integer",
        "boolean" => "a boolean",
        "array" => "an array",
        "object" => "an object",
        other => other,
    }
}

/// Whether a scalar literal is this value. `None` when that is not known.
pub(super) fn equals(literal: &Literal, value: &Value) -> Option<bool> {
    Some(match literal {
        Literal::Null => value.is_null(),
        Literal::Bool(literal) => value.as_bool() == Some(*literal),
        Literal::Number(literal) => value.as_f64() == Some(*literal),
        Literal::String(literal) => value.as_str() == Some(literal),
        Literal::SomeString if !value.is_string() => false,
        Literal::Unknown
        | Literal::Undefined
        | Literal::Rounded(_)
        | Literal::SomeString
        | Literal::Array(_)
        | Literal::Object { .. } => return None,
    })
}
