//! A shape as JSON Schema, which is what types are made of.

use serde_json::{Map, Value, json};

use super::shape::{Fields, Object, Shape};

/// The schema that all values of a shape fit.
pub(super) fn schema_of(shape: &Shape) -> Value {
    if shape.any {
        return json!({});
    }
    let mut kinds: Vec<Value> = [(shape.boolean, "boolean"), (shape.number, "number")]
        .into_iter()
        .filter(|(is_seen, _)| *is_seen)
        .map(|(_, kind)| json!({"type": kind}))
        .collect();
    kinds.extend(shape.text.map(|text| match text.about() {
        Some(about) => json!({"type": "string", "description": about}),
        None => json!({"type": "string"}),
    }));
    kinds.extend(shape.items.as_ref().map(|items| json!({"type": "array", "items": schema_of(items)})));
    kinds.extend(shape.object.as_ref().map(|object| match object {
        Object::Map(values) => json!({"type": "object", "additionalProperties": schema_of(values)}),
        Object::Fields(fields) => of_fields(fields),
    }));
    kinds.extend(shape.null.then(|| json!({"type": "null"})));
    match kinds.len() {
        0 => json!({}),
        1 => kinds.remove(0),
        _ => json!({"anyOf": kinds}),
    }
}

fn of_fields(fields: &Fields) -> Value {
    let properties: Map<String, Value> =
        fields.by_key.iter().map(|(key, field)| (key.clone(), schema_of(&field.shape))).collect();
    let always = fields.by_key.iter().filter(|(_, field)| field.seen == fields.seen);
    let required: Vec<&String> = always.map(|(key, _)| key).collect();
    json!({"type": "object", "properties": properties, "required": required})
}
