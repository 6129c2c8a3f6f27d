//! What is wrong with arguments or a result, in words a model can act on.

use jsonschema::{
    JsonType, ValidationError,
    error::{TypeKind, ValidationErrorKind},
};
use serde_json::Value;
use text::nearest;

/// Faults told at once.
const FAULTS_MAX: usize = 3;

/// Values of an `enum` that are listed.
const VALUES_MAX: usize = 12;

/// How much of a fault's text is shown.
const FAULT_BYTES_MAX: usize = 400;

/// Whose value it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sender {
    /// The arguments of a script.
    Script,
    /// The result of a tool.
    Server,
}

/// A value that does not fit its schema.
pub(super) struct Wording<'a> {
    pub(super) value: &'a Value,
    pub(super) schema: &'a Value,
    pub(super) sender: Sender,
}

impl Wording<'_> {
    /// The faults as one sentence. `None` when none of them counts.
    pub(super) fn faults<'e>(&self, errors: impl Iterator<Item = ValidationError<'e>>) -> Option<String> {
        let mut counting = errors.filter(|error| !self.is_filled_in(error));
        let shown: Vec<_> = counting.by_ref().take(FAULTS_MAX).map(|error| self.fault(&error)).collect();
        if shown.is_empty() {
            return None;
        }
        let more = if counting.next().is_some() { "; and more" } else { "" };
        Some(format!("{}{more}", shown.join("; ")))
    }

    /// Generated schemas list fields as required that have a default; servers fill those in.
    fn is_filled_in(&self, error: &ValidationError<'_>) -> bool {
        let ValidationErrorKind::Required { property: Value::String(name) } = error.kind() else {
            return false;
        };
        let has_default =
            || self.declared(error).and_then(|fields| fields.get(name)?.get("default")).is_some();
        self.sender == Sender::Script && has_default()
    }

    /// The `properties` beside the keyword that failed.
    fn declared(&self, error: &ValidationError<'_>) -> Option<&Value> {
        let (beside, _) = error.schema_path().as_str().rsplit_once('/')?;
        // Through a reference the path is not one of the document; then nothing is known.
        self.schema.pointer(beside)?.get("properties")
    }

    fn fault(&self, error: &ValidationError<'_>) -> String {
        let place = path(error.instance_path().as_str());
        let subject = match (place.as_str(), self.sender) {
            ("", Sender::Script) => "the object".to_owned(),
            ("", Sender::Server) => "the result".to_owned(),
            (place, _) => format!("`{place}`"),
        };
        let text = match error.kind() {
            ValidationErrorKind::Required { property } => {
                self.missing(error, &place, property.as_str().unwrap_or_default())
            }
            ValidationErrorKind::AdditionalProperties { unexpected }
            | ValidationErrorKind::UnevaluatedProperties { unexpected } => {
                self.undeclared(error, &place, unexpected)
            }
            ValidationErrorKind::Type { kind } => {
                of_another_type(&subject, type_names(kind), error.instance())
            }
            // The schema of the field is `false`: it says that there is none.
            ValidationErrorKind::FalseSchema if !place.is_empty() => match self.sender {
                Sender::Script => format!("there is no {subject}"),
                Sender::Server => format!("{subject} is not declared"),
            },
            ValidationErrorKind::Enum { options } => not_listed(&subject, options, error.instance()),
            ValidationErrorKind::Constant { expected_value } => {
                format!("{subject} must be `{expected_value}`")
            }
            ValidationErrorKind::AnyOf { context } | ValidationErrorKind::OneOfNotValid { context } => {
                match types_of_branches(context) {
                    Some(types) => of_another_type(&subject, types, error.instance()),
                    None => format!("{subject} fits none of the forms it may have"),
                }
            }
            // The value itself may be large, and the script has it.
            _ => format!("{subject}: {}", error.masked_with("the value")),
        };
        text::beginning(&text, FAULT_BYTES_MAX).to_owned()
    }

    fn missing(&self, error: &ValidationError<'_>, place: &str, name: &str) -> String {
        let given = self.value.pointer(error.instance_path().as_str()).and_then(Value::as_object);
        let fields = self.declared(error);
        let unknown = given
            .into_iter()
            .flat_map(|given| given.keys())
            .filter(|key| fields.is_none_or(|fields| fields.get(key.as_str()).is_none()));
        let hint = nearest(name, unknown.map(String::as_str))
            .map(|given| format!(" (it says `{given}`)"))
            .unwrap_or_default();
        format!("`{}` is missing{hint}", join(place, name))
    }

    fn undeclared(&self, error: &ValidationError<'_>, place: &str, unexpected: &[String]) -> String {
        let names: Vec<_> = unexpected.iter().map(|name| join(place, name)).collect();
        let names = names.join("`, `");
        if self.sender == Sender::Server {
            return format!("`{names}` is not declared");
        }
        let fields = self.declared(error).and_then(Value::as_object);
        let hint = unexpected
            .first()
            .and_then(|name| nearest(name, fields?.keys().map(String::as_str)))
            .map(|close| format!("; did you mean `{}`?", join(place, close)))
            .unwrap_or_default();
        format!("there is no `{names}`{hint}")
    }
}

fn of_another_type(subject: &str, expected: Vec<&str>, value: &Value) -> String {
    let expected: Vec<_> = expected.into_iter().map(article).collect();
    format!("{subject} must be {}, not {}", expected.join(" or "), article(type_name(value)))
}

fn not_listed(subject: &str, options: &Value, value: &Value) -> String {
    let options = options.as_array().map(Vec::as_slice).unwrap_or_default();
    let shown = text::named_first(options, VALUES_MAX);
    let hint = value
        .as_str()
        .and_then(|given| nearest(given, options.iter().filter_map(Value::as_str)))
        .map(|close| format!("; did you mean `\"{close}\"`?"))
        .unwrap_or_default();
    format!("{subject} must be one of {shown}{hint}")
}

/// The types of branches that ask nothing but a type: `string | null`, as generators write it.
fn types_of_branches<'a>(branches: &'a [Vec<ValidationError<'_>>]) -> Option<Vec<&'a str>> {
    let mut types = Vec::new();
    for branch in branches {
        let [error] = branch.as_slice() else { return None };
        let ValidationErrorKind::Type { kind } = error.kind() else { return None };
        types.extend(type_names(kind));
    }
    Some(types)
}

fn type_names(kind: &TypeKind) -> Vec<&str> {
    match kind {
        TypeKind::Single(one) => vec![one.as_str()],
        TypeKind::Multiple(several) => several.iter().map(JsonType::as_str).collect(),
    }
}

fn join(place: &str, name: &str) -> String {
    if place.is_empty() { name.to_owned() } else { format!("{place}.{name}") }
}

/// `/records/0/email` as `records[0].email`.
fn path(pointer: &str) -> String {
    pointer.split('/').skip(1).fold(String::new(), |path, part| {
        let part = part.replace("~1", "/").replace("~0", "~");
        match part.parse::<usize>() {
            Ok(index) if !path.is_empty() => format!("{path}[{index}]"),
            _ => join(&path, &part),
        }
    })
}

fn article(kind: &str) -> String {
    match kind {
        "null" => "null".to_owned(),
        "array" | "object" | "integer" => format!("an {kind}"),
        other => format!("a {other}"),
    }
}

fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}
