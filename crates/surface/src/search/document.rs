//! What is searched of a tool: its texts, field by field.

use serde_json::{Map, Value};
use text::beginning;

/// A tool as the index takes it.
#[derive(Debug, Clone, Copy)]
pub struct Document<'a> {
    /// Tools with the same server belong together; also what a search can be narrowed to.
    pub server: &'a str,
    /// What the server calls itself, or nothing.
    pub server_title: &'a str,
    /// The tool's name on the wire.
    pub name: &'a str,
    /// The tool's title, or nothing.
    pub title: &'a str,
    /// What the tool does.
    pub description: &'a str,
    /// JSON Schema of its arguments.
    pub schema: &'a Value,
}

/// How many fields a document has.
pub(super) const FIELDS: usize = 7;

/// The tool's name.
pub(super) const NAME: usize = 1;

/// The tool's description.
pub(super) const DESCRIPTION: usize = 3;

/// Longer descriptions are read this far; the longest of 14,000 real ones that say something new beyond it are
/// manuals, whose words would match everything.
const DESCRIPTION_BYTES_MAX: usize = 3000;

/// Read of each name and title.
const NAME_BYTES_MAX: usize = 200;

/// Read of each parameter's description: its first sentences; the rest is formats and examples.
const PARAMETER_BYTES_MAX: usize = 200;

/// Read of each choice (`enum` value).
const CHOICE_BYTES_MAX: usize = 40;

/// Choices read of each parameter: lists of countries and time zones would drown the rest.
const CHOICES_MAX: usize = 20;

/// Levels of nesting; real schemas end at five.
const DEPTH_MAX: usize = 5;

/// Parameters of one tool, at all levels; the largest real tool has about 400.
const PARAMETERS_MAX: usize = 500;

impl Document<'_> {
    /// The texts in the order of the weights: server, name, title, description, names of parameters, what is said of
    /// them, their choices.
    pub(super) fn fields(&self) -> [String; FIELDS] {
        let mut texts = Texts::default();
        texts.read(self.schema, 0);
        [
            self.server_names(),
            beginning(self.name, NAME_BYTES_MAX).to_owned(),
            beginning(self.title, NAME_BYTES_MAX).to_owned(),
            beginning(self.description, DESCRIPTION_BYTES_MAX).to_owned(),
            texts.names,
            texts.descriptions,
            texts.choices,
        ]
    }

    /// The name in the configuration, which the user chose, and what the server calls itself.
    fn server_names(&self) -> String {
        let (name, title) =
            (beginning(self.server, NAME_BYTES_MAX), beginning(self.server_title, NAME_BYTES_MAX));
        if name == title { name.to_owned() } else { format!("{name} {title}").trim_end().to_owned() }
    }
}

/// The words of a schema.
#[derive(Debug, Default)]
struct Texts {
    names: String,
    descriptions: String,
    choices: String,
    parameters: usize,
}

impl Texts {
    fn read(&mut self, schema: &Value, depth: usize) {
        let Some(schema) = schema.as_object().filter(|_| depth < DEPTH_MAX) else { return };
        for (name, parameter) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
            if self.parameters == PARAMETERS_MAX {
                return;
            }
            self.parameters += 1;
            self.add(name, parameter);
            self.read(parameter, depth + 1);
        }
        for inner in inner_schemas(schema) {
            self.read(inner, depth + 1);
        }
    }

    fn add(&mut self, name: &str, parameter: &Value) {
        push(&mut self.names, beginning(name, NAME_BYTES_MAX));
        if let Some(description) = parameter.get("description").and_then(Value::as_str) {
            push(&mut self.descriptions, beginning(description, PARAMETER_BYTES_MAX));
        }
        let choices = parameter.get("enum").and_then(Value::as_array).into_iter().flatten();
        for choice in choices.take(CHOICES_MAX).filter_map(Value::as_str) {
            push(&mut self.choices, beginning(choice, CHOICE_BYTES_MAX));
        }
    }
}

fn inner_schemas(schema: &Map<String, Value>) -> impl Iterator<Item = &Value> {
    let variants = ["anyOf", "oneOf", "allOf"].into_iter().filter_map(|key| schema.get(key)?.as_array());
    schema.get("items").into_iter().chain(variants.flatten().take(CHOICES_MAX))
}

fn push(all: &mut String, text: &str) {
    all.push_str(text);
    all.push('\n');
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn nested_parameters_and_their_choices_are_read() {
        let schema = json!({"properties": {
            "filter": {"description": "What to keep", "properties": {"colour": {"enum": ["red", 3, "green"]}}},
            "rows": {"items": {"anyOf": [{"properties": {"cell": {}}}]}},
        }});
        let document = Document {
            server: "s",
            server_title: "",
            name: "n",
            title: "",
            description: "d",
            schema: &schema,
        };
        let [server, .., names, descriptions, choices] = document.fields();
        assert_eq!(server, "s");
        assert_eq!(names, "filter\ncolour\nrows\ncell\n");
        assert_eq!(descriptions, "What to keep\n");
        assert_eq!(choices, "red\ngreen\n");
    }

    #[test]
    fn hostile_schemas_end() {
        let mut deep = json!({});
        for _ in 0..100 {
            deep = json!({"properties": {"x": deep}});
        }
        let wide: Map<String, Value> = (0..10_000).map(|at| (format!("p{at}"), json!({}))).collect();
        for (schema, expect) in [(deep, DEPTH_MAX), (json!({"properties": wide}), PARAMETERS_MAX)] {
            let mut texts = Texts::default();
            texts.read(&schema, 0);
            assert_eq!(texts.parameters, expect);
        }
    }
}
