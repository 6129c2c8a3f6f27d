//! What a script is given in place of an answer that is not there: a value of the type that the tool declares, whose texts say
//! which call they stand for.

use serde_json::{Map, Value};

/// How deep a stand-in goes: types that contain themselves have no end.
const DEPTH_MAX: usize = 12;

/// Values in one stand-in. A schema of a stranger may name more than anybody can hold.
const VALUES_MAX: usize = 2_000;

/// The texts of stand-ins begin so; the number of the call follows.
const BEGINNING: &str = "<planned:";

/// A stand-in for what this call would have returned: the text alone where the tool does not declare what it returns.
pub(super) fn stand_in(schema: Option<&Value>, call: u32) -> Value {
    let marker = format!("{BEGINNING}{call}>");
    match schema {
        Some(root) => Making { root, marker: &marker, left: VALUES_MAX }.value(root, 0),
        None => Value::from(marker),
    }
}

/// The calls whose stand-ins a text holds, each once and in order.
pub(super) fn calls_in(text: &str) -> Vec<u32> {
    let ends = text.match_indices(BEGINNING).map(|(at, _)| &text[at + BEGINNING.len()..]);
    let mut calls: Vec<u32> =
        ends.filter_map(|rest| rest.split_once('>').and_then(|(number, _)| number.parse().ok())).collect();
    calls.sort_unstable();
    calls.dedup();
    calls
}

struct Making<'a> {
    root: &'a Value,
    marker: &'a str,
    left: usize,
}

impl Making<'_> {
    fn value(&mut self, schema: &Value, depth: usize) -> Value {
        let Some(left) = self.left.checked_sub(1).filter(|_| depth < DEPTH_MAX) else { return Value::Null };
        self.left = left;
        if let Some(value) = literal(schema) {
            return value;
        }
        if let Some(meant) = self.elsewhere(schema) {
            return self.value(&meant, depth + 1);
        }
        match kind(schema) {
            "object" => self.object(schema, depth),
            "array" => self.list(schema, depth),
            "integer" | "number" => lowest(schema),
            // What a script checks before it goes on.
            "boolean" => Value::Bool(true),
            "null" => Value::Null,
            _ => Value::from(self.marker),
        }
    }

    fn object(&mut self, schema: &Value, depth: usize) -> Value {
        let properties = schema["properties"].as_object();
        let fields = properties.into_iter().flatten();
        let fields = fields.map(|(name, schema)| (name.clone(), self.value(schema, depth + 1)));
        Value::Object(fields.collect::<Map<_, _>>())
    }

    /// One item, so that a script which takes the first finds it.
    fn list(&mut self, schema: &Value, depth: usize) -> Value {
        if let Some(tuple) = schema["prefixItems"].as_array() {
            return tuple.iter().map(|item| self.value(item, depth + 1)).collect();
        }
        match schema.get("items") {
            Some(item) if item.is_object() => Value::Array(vec![self.value(item, depth + 1)]),
            _ => Value::Array(Vec::new()),
        }
    }

    /// The schema that another one stands for: what it refers to, the first of its alternatives that is not `null`, all of its parts
    /// together.
    fn elsewhere(&self, schema: &Value) -> Option<Value> {
        if let Some(path) = schema["$ref"].as_str() {
            return Some(self.root.pointer(path.strip_prefix('#')?)?.clone());
        }
        for key in ["anyOf", "oneOf"] {
            if let Some(all) = schema[key].as_array() {
                return all.iter().find(|one| kind(one) != "null").cloned();
            }
        }
        let parts = schema["allOf"].as_array()?;
        let mut whole = schema.as_object()?.clone();
        whole.remove("allOf");
        parts.iter().for_each(|part| self.add(&mut whole, part));
        Some(Value::Object(whole))
    }

    fn add(&self, whole: &mut Map<String, Value>, part: &Value) {
        let part =
            part["$ref"].as_str().and_then(|path| self.root.pointer(path.strip_prefix('#')?)).unwrap_or(part);
        for (key, value) in part.as_object().into_iter().flatten() {
            match (whole.get_mut(key), value) {
                (Some(Value::Object(known)), Value::Object(more)) => {
                    known.extend(more.iter().map(|(key, value)| (key.clone(), value.clone())));
                }
                _ => drop(whole.insert(key.clone(), value.clone())),
            }
        }
    }
}

/// The value that a schema names.
fn literal(schema: &Value) -> Option<Value> {
    schema.get("const").or_else(|| schema["enum"].as_array()?.first()).cloned()
}

/// The type, by its name or by what else a schema says.
fn kind(schema: &Value) -> &str {
    let named = match &schema["type"] {
        Value::String(name) => Some(name.as_str()),
        Value::Array(names) => names.iter().filter_map(Value::as_str).find(|name| *name != "null"),
        _ => None,
    };
    named.unwrap_or(match (schema.get("properties"), schema.get("items")) {
        (Some(_), _) => "object",
        (None, Some(_)) => "array",
        (None, None) => "string",
    })
}

fn lowest(schema: &Value) -> Value {
    match &schema["minimum"] {
        Value::Number(minimum) if minimum.as_f64().is_some_and(|minimum| minimum > 0.0) => {
            minimum.clone().into()
        }
        _ => 0.into(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_stand_in_has_the_declared_type() {
        let text = "<planned:7>";
        for (schema, expect) in [
            (json!({"type": "string"}), json!(text)),
            (json!(true), json!(text)),
            (json!({"type": ["null", "integer"]}), json!(0)),
            (json!({"type": "number", "minimum": 1.5}), json!(1.5)),
            (json!({"enum": ["open", "closed"]}), json!("open")),
            (json!({"const": 3}), json!(3)),
            (
                json!({"properties": {"id": {"type": "string"}, "ok": {"type": "boolean"}, "no": {"type": "null"}}}),
                json!({"id": text, "ok": true, "no": null}),
            ),
            (
                json!({"type": "array", "items": {"type": "object", "properties": {"n": {"type": "number"}}}}),
                json!([{"n": 0}]),
            ),
            (json!({"type": "array"}), json!([])),
            (json!({"prefixItems": [{"type": "number"}, {}], "type": "array"}), json!([0, text])),
            (json!({"anyOf": [{"type": "null"}, {"type": "integer"}]}), json!(0)),
            (
                json!({"$ref": "#/$defs/a", "$defs": {"a": {"properties": {"next": {"type": "string"}}}}}),
                json!({"next": text}),
            ),
            (json!({"$ref": "https://example.com/a"}), json!(text)),
            (
                json!({
                    "allOf": [{"properties": {"a": {"type": "number"}}}, {"$ref": "#/$defs/b"}],
                    "properties": {"c": {"type": "string"}},
                    "$defs": {"b": {"properties": {"b": {"type": "boolean"}}}},
                }),
                json!({"a": 0, "b": true, "c": text}),
            ),
        ] {
            assert_eq!(stand_in(Some(&schema), 7), expect, "{schema}");
        }
        assert_eq!(stand_in(None, 7), json!(text));
    }

    #[test]
    fn hostile_schemas_end() {
        let endless = json!({"$ref": "#/properties/a", "properties": {"a": {"$ref": "#/properties/a"}}});
        assert_eq!(stand_in(Some(&endless), 1), Value::Null);
        let wide = json!({"items": {"$ref": "#"}, "properties": {
            "a": {"$ref": "#"}, "b": {"$ref": "#"}, "c": {"$ref": "#"}, "d": {"$ref": "#"},
        }});
        assert!(stand_in(Some(&wide), 1).to_string().len() < 64 * VALUES_MAX);
    }

    #[test]
    fn the_calls_that_a_text_stands_for_are_found() {
        let text = r#"{"a":"<planned:12>","b":["x <planned:3> y <planned:12>","<planned:","<planned:x>"]}"#;
        assert_eq!(calls_in(text), [3, 12]);
    }
}
