//! What a schema says for people: descriptions, and limits that a type cannot express.
//!
//! Makes raw lines; `comment` makes them safe to stand in a file.

use serde_json::{Map, Value};

use super::{json, keywords, refs::Document};

/// Characters of a property's description. Longer ones are manuals; the first part says what it is.
const DESCRIPTION_CHARS_MAX: usize = 1_000;

/// Characters of a default, an example or a condition.
const VALUE_CHARS_MAX: usize = 120;

/// Characters of a pattern or a format.
const PATTERN_CHARS_MAX: usize = 160;

/// Branches of an alternative whose descriptions are listed.
const BRANCHES_MAX: usize = 40;

/// The lines about a schema: its description, then its limits on one line.
pub(crate) fn of_schema(schema: &Value, document: &Document<'_>) -> Vec<String> {
    let Value::Object(map) = schema else { return Vec::new() };
    let inner = only_branch(map).filter(|inner| keywords::reference(inner).is_none());
    let mut lines = Vec::new();
    if let Some(text) = description(map).or_else(|| description(inner?)) {
        lines.extend(text.lines().map(str::to_owned));
    }
    lines.extend(branches(map, document));
    let mut facts = facts(map);
    facts.extend(inner.map(self::facts).unwrap_or_default());
    match (facts.is_empty(), lines.as_mut_slice()) {
        (true, _) => {}
        (false, [line]) => line.push_str(&format!(" ({})", facts.join(", "))),
        (false, _) => lines.push(format!("({})", facts.join(", "))),
    }
    lines.extend(items(map));
    if map.get("deprecated") == Some(&Value::Bool(true)) {
        lines.push("@deprecated".to_owned());
    }
    lines
}

fn description(map: &Map<String, Value>) -> Option<String> {
    let text = map.get("description").and_then(Value::as_str)?.trim();
    (!text.is_empty()).then(|| text::cut(text, DESCRIPTION_CHARS_MAX))
}

/// The one branch that is not `null` of a schema that says "this or null".
fn only_branch(map: &Map<String, Value>) -> Option<&Map<String, Value>> {
    let branches = ["anyOf", "oneOf", "allOf"].iter().find_map(|key| map.get(*key)?.as_array())?;
    let is_null = |schema: &&Value| schema.get("type").is_some_and(|name| name == "null");
    let mut rest = branches.iter().filter(|schema| !is_null(schema));
    let first = rest.next()?.as_object()?;
    rest.next().is_none().then_some(first)
}

/// What the alternatives of a fixed value mean: `"fast": Less exact`.
fn branches(map: &Map<String, Value>, document: &Document<'_>) -> Vec<String> {
    let Some(branches) = ["oneOf", "anyOf"].iter().find_map(|key| map.get(*key)?.as_array()) else {
        return Vec::new();
    };
    let line = |schema: &Value| {
        let map = match schema.get("$ref").and_then(Value::as_str) {
            Some(reference) => document.find(reference, document.root()).ok()?.schema.as_object()?,
            None => schema.as_object()?,
        };
        let value = map.get("const").map(|value| json::brief(value, VALUE_CHARS_MAX))?;
        let text = map.get("description").or_else(|| map.get("title"))?.as_str()?;
        Some(format!("{value}: {}", text::cut(text.lines().next()?, VALUE_CHARS_MAX)))
    };
    branches.iter().take(BRANCHES_MAX).filter_map(line).collect()
}

/// What is said of an array's items, where they have no place of their own in the text.
fn items(map: &Map<String, Value>) -> Option<String> {
    let items = map.get("items")?.as_object()?;
    if items.contains_key("properties") {
        return None;
    }
    let facts = facts(items);
    let facts = if facts.is_empty() { String::new() } else { format!(" ({})", facts.join(", ")) };
    let text = description(items).unwrap_or_default();
    let line = format!("{}{facts}", text::cut(text.lines().next().unwrap_or(""), DESCRIPTION_CHARS_MAX));
    (!line.is_empty()).then(|| format!("Each: {}", line.trim_start()))
}

fn facts(map: &Map<String, Value>) -> Vec<String> {
    let mut facts = Vec::new();
    if is_integer(map) {
        facts.push("integer".to_owned());
    }
    let number = |key: &str| map.get(key).filter(|value| value.is_number());
    for (key, sign) in
        [("minimum", ">="), ("exclusiveMinimum", ">"), ("maximum", "<="), ("exclusiveMaximum", "<")]
    {
        facts.extend(number(key).map(|value| format!("{sign} {value}")));
    }
    facts.extend(number("multipleOf").map(|value| format!("multiple of {value}")));
    for (what, least, most) in [
        ("characters", "minLength", "maxLength"),
        ("items", "minItems", "maxItems"),
        ("properties", "minProperties", "maxProperties"),
    ] {
        facts.extend(range(what, number(least), number(most)));
    }
    if map.get("uniqueItems") == Some(&Value::Bool(true)) {
        facts.push("no duplicates".to_owned());
    }
    let text =
        |key: &str| map.get(key).and_then(Value::as_str).map(|text| text::cut(text, PATTERN_CHARS_MAX));
    facts.extend(text("format").map(|format| format!("format {format}")));
    facts.extend(text("pattern").map(|pattern| format!("pattern {pattern}")));
    facts.extend(text("contentEncoding").map(|encoding| format!("{encoding} encoded")));
    facts.extend(text("contentMediaType").map(|kind| format!("holds {kind}")));
    facts.extend(dependencies(map));
    facts.extend(
        map.get("not")
            .filter(|value| value.is_object())
            .map(|value| format!("not {}", json::brief(value, VALUE_CHARS_MAX))),
    );
    if map.contains_key("if") && (map.contains_key("then") || map.contains_key("else")) {
        facts.push(conditions(map));
    }
    facts.extend(
        map.get("default")
            .filter(|value| !value.is_null())
            .map(|value| format!("default {}", json::brief(value, VALUE_CHARS_MAX))),
    );
    facts.extend(example(map).map(|value| format!("e.g. {}", json::brief(value, VALUE_CHARS_MAX))));
    facts
}

fn is_integer(map: &Map<String, Value>) -> bool {
    match map.get("type") {
        Some(Value::String(name)) => name == "integer",
        Some(Value::Array(names)) => {
            names.iter().any(|name| name == "integer") && !names.iter().any(|name| name == "number")
        }
        _ => false,
    }
}

fn range(what: &str, least: Option<&Value>, most: Option<&Value>) -> Option<String> {
    match (least, most) {
        (Some(least), Some(most)) if least == most => Some(counted(least, what)),
        (Some(least), Some(most)) => Some(format!("{least} to {}", counted(most, what))),
        (Some(least), None) if least.as_f64() == Some(0.0) => None,
        (Some(least), None) => Some(format!("at least {}", counted(least, what))),
        (None, Some(most)) => Some(format!("at most {}", counted(most, what))),
        (None, None) => None,
    }
}

fn counted(count: &Value, what: &str) -> String {
    match (count.as_u64(), what) {
        (Some(1), "properties") => "1 property".to_owned(),
        (Some(1), what) => format!("1 {}", what.trim_end_matches('s')),
        _ => format!("{count} {what}"),
    }
}

fn dependencies(map: &Map<String, Value>) -> Vec<String> {
    let maps = ["dependentRequired", "dependencies"].iter().filter_map(|key| map.get(*key)?.as_object());
    let needs = |(name, needed): (&String, &Value)| {
        let needed: Vec<&str> = needed.as_array()?.iter().filter_map(Value::as_str).collect();
        (!needed.is_empty())
            .then(|| text::cut(&format!("{name} needs {}", needed.join(" and ")), VALUE_CHARS_MAX))
    };
    maps.flatten().take(BRANCHES_MAX).filter_map(needs).collect()
}

fn conditions(map: &Map<String, Value>) -> String {
    let part = |key: &str| map.get(key).map(|value| format!("{key} {}", json::brief(value, VALUE_CHARS_MAX)));
    ["if", "then", "else"].iter().filter_map(|key| part(key)).collect::<Vec<_>>().join(" ")
}

fn example(map: &Map<String, Value>) -> Option<&Value> {
    match map.get("examples") {
        Some(Value::Array(examples)) => examples.first(),
        Some(Value::Object(_) | Value::Null) | None => map.get("example"),
        Some(value) => Some(value),
    }
}
