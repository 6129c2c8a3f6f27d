//! A tool as its server declares it, and the arguments of a call.

use serde::Serialize;
use serde_json::{
    Map, Value, json,
    value::{RawValue, to_raw_value},
};

/// What a call gives: JSON, or a sentence that says what was wrong.
pub(crate) type Reply = Result<Box<RawValue>, String>;

/// What calling a tool does to the company.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effect {
    /// Nothing changes.
    Reads,
    /// Something is added; calling twice adds two.
    Adds,
    /// Something takes the value given; calling twice is calling once.
    Sets,
    /// Something goes away.
    Removes,
}

/// A tool's definition.
pub(crate) struct Tool {
    name: &'static str,
    title: &'static str,
    description: &'static str,
    effect: Effect,
    input: Value,
    output: Option<Value>,
}

impl Tool {
    /// A tool that takes no arguments and says nothing of its result.
    pub(crate) fn new(
        effect: Effect,
        name: &'static str,
        title: &'static str,
        description: &'static str,
    ) -> Self {
        Self { name, title, description, effect, input: object(&[], json!({})), output: None }
    }

    /// The arguments: their schemas by name, and which are required.
    pub(crate) fn takes(mut self, required: &[&str], properties: Value) -> Self {
        self.input = object(required, properties);
        self
    }

    /// Of these arguments at least one is required.
    pub(crate) fn takes_one_of(mut self, names: &[&str]) -> Self {
        self.input["anyOf"] = names.iter().map(|name| json!({"required": [name]})).collect();
        self
    }

    /// The schema of the result.
    pub(crate) fn gives(mut self, schema: Value) -> Self {
        self.output = Some(schema);
        self
    }

    pub(crate) fn name(&self) -> &'static str {
        self.name
    }

    pub(crate) fn effect(&self) -> Effect {
        self.effect
    }

    /// The definition as `tools/list` shows it. Before 2026-07-28 only objects can have a schema as results.
    pub(crate) fn definition(&self, any_output: AnyOutput) -> Value {
        let mut shown = json!({
            "name": self.name,
            "title": self.title,
            "description": self.description,
            "inputSchema": self.input,
            "annotations": {
                "readOnlyHint": self.effect == Effect::Reads,
                "destructiveHint": self.effect == Effect::Removes,
                "idempotentHint": matches!(self.effect, Effect::Reads | Effect::Sets),
                "openWorldHint": false,
            },
        });
        if let Some(output) = &self.output
            && (any_output == AnyOutput::Allowed || output["type"] == "object")
        {
            shown["outputSchema"] = output.clone();
        }
        shown
    }

    /// Refuses arguments the schema does not know, or a required one that is missing.
    pub(crate) fn check(&self, arguments: &Arguments) -> Result<(), String> {
        let known = self.input["properties"].as_object();
        let unknown = arguments.0.keys().find(|name| !known.is_some_and(|known| known.contains_key(*name)));
        if let Some(name) = unknown {
            return Err(format!("{} has no argument \"{name}\"", self.name));
        }
        let required = self.input["required"].as_array().into_iter().flatten();
        match required.filter_map(Value::as_str).find(|name| !arguments.0.contains_key(*name)) {
            Some(name) => Err(format!("{} needs the argument \"{name}\"", self.name)),
            None => Ok(()),
        }
    }
}

/// Whether a result that is no object may have a schema, and be structured content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AnyOutput {
    Allowed,
    ObjectsOnly,
}

/// The schema of an object with these properties and no others.
pub(crate) fn object(required: &[&str], properties: Value) -> Value {
    let mut schema =
        json!({"type": "object", "properties": null, "required": required, "additionalProperties": false});
    schema["properties"] = properties;
    schema
}

/// The schema of an array of objects that have these properties, and perhaps others.
pub(crate) fn rows(required: &[&str], properties: Value) -> Value {
    let mut schema =
        json!({"type": "array", "items": {"type": "object", "properties": null, "required": required}});
    schema["items"]["properties"] = properties;
    schema
}

/// A result as JSON.
pub(crate) fn reply(value: &impl Serialize) -> Reply {
    to_raw_value(value).map_err(|error| error.to_string())
}

/// The arguments of a call.
pub(crate) struct Arguments(pub(crate) Map<String, Value>);

impl Arguments {
    /// The argument, where it is given and not null.
    pub(crate) fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name).filter(|value| !value.is_null())
    }

    /// A text that must be given, and not be empty.
    pub(crate) fn text(&self, name: &str) -> Result<&str, String> {
        match self.get(name).map(|value| value.as_str().filter(|text| !text.is_empty())) {
            Some(Some(text)) => Ok(text),
            Some(None) => Err(format!("\"{name}\" must be a text that is not empty")),
            None => Err(format!("\"{name}\" is missing")),
        }
    }

    /// A text that may be left out.
    pub(crate) fn text_or<'a>(&'a self, name: &str, otherwise: &'a str) -> Result<&'a str, String> {
        if self.get(name).is_none() { Ok(otherwise) } else { self.text(name) }
    }

    /// One text or several: a list of them.
    pub(crate) fn texts(&self, name: &str) -> Result<Vec<String>, String> {
        let wrong = || format!("\"{name}\" must be a text or a list of texts");
        match self.get(name) {
            None => Ok(Vec::new()),
            Some(Value::String(one)) => Ok(vec![one.clone()]),
            Some(Value::Array(many)) => {
                many.iter().map(|text| text.as_str().map(str::to_owned).ok_or_else(wrong)).collect()
            }
            Some(_) => Err(wrong()),
        }
    }

    /// A whole number that is not negative and may be left out.
    pub(crate) fn number(&self, name: &str) -> Result<Option<u64>, String> {
        match self.get(name) {
            None => Ok(None),
            Some(value) => value
                .as_u64()
                .or_else(|| value.as_str()?.parse().ok())
                .map(Some)
                .ok_or_else(|| format!("\"{name}\" must be a whole number")),
        }
    }

    /// At most how many results are wanted: all when it is left out.
    pub(crate) fn limit(&self) -> Result<usize, String> {
        let limit = self.number("limit")?;
        Ok(limit.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(usize::MAX))
    }

    /// An object that may be left out.
    pub(crate) fn fields(&self, name: &str) -> Result<Option<&Map<String, Value>>, String> {
        match self.get(name) {
            None => Ok(None),
            Some(Value::Object(fields)) => Ok(Some(fields)),
            Some(_) => Err(format!("\"{name}\" must be an object")),
        }
    }
}

/// The named fields of a record; all of them when none is named. A field it does not have is null.
pub(crate) fn pick_fields(record: &Map<String, Value>, names: &[String]) -> Map<String, Value> {
    if names.is_empty() {
        return record.clone();
    }
    names.iter().map(|name| (name.clone(), record.get(name).cloned().unwrap_or(Value::Null))).collect()
}
