//! Reading single keywords of a schema.

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::refs::Document;

/// Levels of combined schemas that are searched for conditions.
const CONDITION_LEVELS: usize = 8;

/// The reference of a schema. Recursive and dynamic ones lead, without a second document, where plain ones do.
pub(crate) fn reference(map: &Map<String, Value>) -> Option<&str> {
    ["$ref", "$dynamicRef", "$recursiveRef"].iter().find_map(|key| map.get(*key).and_then(Value::as_str))
}

pub(super) fn required(map: &Map<String, Value>) -> HashSet<&str> {
    match map.get("required") {
        Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).collect(),
        _ => HashSet::new(),
    }
}

/// Properties on which `false` depends: they can never be there.
pub(super) fn forbidden(map: &Map<String, Value>) -> impl Iterator<Item = &String> {
    let dependent = ["dependencies", "dependentSchemas"].iter().filter_map(|key| map.get(*key)?.as_object());
    dependent.flatten().filter(|(_, schema)| **schema == Value::Bool(false)).map(|(name, _)| name)
}

/// A keyword about what the other keywords leave, where no combined schema can have a say in that.
pub(super) fn left_over<'v>(map: &'v Map<String, Value>, key: &str) -> Option<&'v Value> {
    const COMBINING: [&str; 11] = [
        "allOf",
        "anyOf",
        "oneOf",
        "if",
        "not",
        "$ref",
        "$dynamicRef",
        "$recursiveRef",
        "dependentSchemas",
        "dependencies",
        "contains",
    ];
    let value = map.get(key)?;
    COMBINING.iter().all(|key| !map.contains_key(*key)).then_some(value)
}

/// Whether properties may be declared where they are not gathered: then an object cannot be closed.
pub(super) fn has_conditional_properties(map: &Map<String, Value>, document: &Document<'_>) -> bool {
    conditional_within(map, document, CONDITION_LEVELS)
}

fn conditional_within(map: &Map<String, Value>, document: &Document<'_>, levels: usize) -> bool {
    if levels == 0
        || ["if", "dependentSchemas", "dependencies", "$dynamicRef", "$recursiveRef"]
            .iter()
            .any(|key| map.contains_key(*key))
    {
        return true;
    }
    let target = reference(map).map(|reference| match document.find(reference, document.root()) {
        Ok(part) => part.schema,
        Err(_) => &Value::Null,
    });
    let parts = ["allOf", "anyOf", "oneOf"].iter().filter_map(|key| map.get(*key)?.as_array()).flatten();
    parts.chain(target).any(|schema| match schema {
        Value::Object(map) => {
            map.contains_key("unevaluatedProperties") || conditional_within(map, document, levels - 1)
        }
        Value::Bool(_) => false,
        _ => true,
    })
}
