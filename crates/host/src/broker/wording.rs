//! What is wrong with arguments, in words a model can act on.

use jsonschema::{
    ValidationError,
    error::{TypeKind, ValidationErrorKind},
};
use serde_json::Value;

/// Faults told at once.
const FAULTS_MAX: usize = 3;

/// Values of an `enum` that are listed.
const VALUES_MAX: usize = 12;

/// How much of a fault's text is shown.
const FAULT_BYTES_MAX: usize = 400;

/// The faults as one sentence. `None` when none of them counts.
pub(super) fn faults<'a>(
    errors: impl Iterator<Item = ValidationError<'a>>,
    arguments: &Value,
    schema: &Value,
) -> Option<String> {
    let mut counting = errors.filter(|error| !has_default(error, schema));
    let shown: Vec<_> =
        counting.by_ref().take(FAULTS_MAX).map(|error| fault(&error, arguments, schema)).collect();
    if shown.is_empty() {
        return None;
    }
    let more = if counting.next().is_some() { "; and more" } else { "" };
    Some(format!("{}{more}", shown.join("; ")))
}

/// Generated schemas list fields as required that have a default; servers fill those in.
fn has_default(error: &ValidationError<'_>, schema: &Value) -> bool {
    let ValidationErrorKind::Required { property: Value::String(name) } = error.kind() else { return false };
    declared(error, schema).and_then(|fields| fields.get(name)?.get("default")).is_some()
}

/// The `properties` beside the keyword that failed.
fn declared<'a>(error: &ValidationError<'_>, schema: &'a Value) -> Option<&'a Value> {
    let (beside, _) = error.schema_path().as_str().rsplit_once('/')?;
    // Through a reference the path is not one of the document; then nothing is known.
    schema.pointer(beside)?.get("properties")
}

fn fault(error: &ValidationError<'_>, arguments: &Value, schema: &Value) -> String {
    let pointer = error.instance_path().as_str();
    let place = path(pointer);
    let subject = if place.is_empty() { "the object".to_owned() } else { format!("`{place}`") };
    let text = match error.kind() {
        ValidationErrorKind::Required { property } => {
            let name = property.as_str().unwrap_or_default();
            let given = arguments.pointer(pointer).and_then(Value::as_object);
            let unknown = given.into_iter().flat_map(|given| given.keys()).filter(|key| {
                declared(error, schema).is_none_or(|fields| fields.get(key.as_str()).is_none())
            });
            let hint = closest(name, unknown.map(String::as_str))
                .map(|given| format!(" (it says `{given}`)"))
                .unwrap_or_default();
            format!("`{}` is missing{hint}", join(&place, name))
        }
        ValidationErrorKind::AdditionalProperties { unexpected }
        | ValidationErrorKind::UnevaluatedProperties { unexpected } => {
            let names: Vec<_> = unexpected.iter().map(|name| join(&place, name)).collect();
            let fields = declared(error, schema).and_then(Value::as_object);
            let hint = unexpected
                .first()
                .and_then(|name| closest(name, fields?.keys().map(String::as_str)))
                .map(|close| format!("; did you mean `{}`?", join(&place, close)))
                .unwrap_or_default();
            format!("there is no `{}`{hint}", names.join("`, `"))
        }
        ValidationErrorKind::Type { kind } => {
            format!("{subject} must be {}, not {}", expected(kind), article(type_name(error.instance())))
        }
        ValidationErrorKind::Enum { options } => {
            let options = options.as_array().map(Vec::as_slice).unwrap_or_default();
            let shown: Vec<_> = options.iter().take(VALUES_MAX).map(|value| format!("`{value}`")).collect();
            let more = if options.len() > VALUES_MAX { ", …" } else { "" };
            let hint = error
                .instance()
                .as_str()
                .and_then(|given| closest(given, options.iter().filter_map(Value::as_str)))
                .map(|close| format!("; did you mean `\"{close}\"`?"))
                .unwrap_or_default();
            format!("{subject} must be one of {}{more}{hint}", shown.join(", "))
        }
        ValidationErrorKind::Constant { expected_value } => format!("{subject} must be `{expected_value}`"),
        ValidationErrorKind::AnyOf { .. } | ValidationErrorKind::OneOfNotValid { .. } => {
            format!("{subject} fits none of the forms it may have")
        }
        // The value itself may be large, and the script has it.
        _ => format!("{subject}: {}", error.masked_with("the value")),
    };
    text[..text.floor_char_boundary(FAULT_BYTES_MAX)].to_owned()
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

fn expected(kind: &TypeKind) -> String {
    match kind {
        TypeKind::Single(one) => article(one.as_str()),
        TypeKind::Multiple(several) => {
            let words: Vec<_> = several.iter().map(|one| article(one.as_str())).collect();
            words.join(" or ")
        }
    }
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

/// The most similar of some names, if one is similar at all.
fn closest<'a>(name: &str, among: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let plain = |name: &str| name.replace(['_', '-'], "").to_lowercase();
    let wanted = plain(name);
    among
        .map(|candidate| (strsim::jaro_winkler(&wanted, &plain(candidate)), candidate))
        .filter(|(similarity, _)| *similarity > 0.85)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate)
}
