//! What a script reads of results, held against what the tools declare to give back. Warnings, never problems: a server
//! may give more than it declares.

use serde_json::{Map, Value};
use text::nearest;
use wire::{Callee, Read, ReadKind, Step};

use super::schema;

/// Names a warning lists at most.
const LISTED_MAX: usize = 12;

/// What every object has.
const OF_OBJECTS: [&str; 8] = [
    "constructor",
    "hasOwnProperty",
    "isPrototypeOf",
    "propertyIsEnumerable",
    "toLocaleString",
    "toString",
    "valueOf",
    "toJSON",
];

/// What only lists have: a text with one of these is taken for rows.
const OF_LISTS: [&str; 24] = [
    "copyWithin",
    "entries",
    "every",
    "fill",
    "filter",
    "find",
    "findIndex",
    "findLast",
    "findLastIndex",
    "flat",
    "flatMap",
    "forEach",
    "join",
    "keys",
    "map",
    "pop",
    "push",
    "reduce",
    "reduceRight",
    "reverse",
    "shift",
    "some",
    "sort",
    "values",
];

/// What texts and lists both have.
const OF_BOTH: [&str; 8] =
    ["at", "concat", "includes", "indexOf", "lastIndexOf", "length", "slice", "toString"];

/// Fields of a result as MCP and its SDKs send it, before it is unwrapped.
const WRAPPERS: [&str; 4] = ["content", "structuredContent", "isError", "result"];

/// Fields that have the text of a result.
const TEXTS: [&str; 4] = ["content", "text", "result", "body"];

/// What else lists have.
const OF_LISTS_TOO: [&str; 7] =
    ["splice", "unshift", "toSorted", "toReversed", "toSpliced", "with", "toLocaleString"];

/// What is wrong with a read of a tool's result, if anything is known to be.
pub(super) fn wrong(read: &Read, tool: &str, call: &str, output: &Value) -> Option<String> {
    let place = at(output, &read.steps)?;
    let types: Vec<_> = schema::types(place)?.into_iter().filter(|kind| *kind != "null").collect();
    let said = match (types.as_slice(), &read.what) {
        (["object"], ReadKind::Property(name) | ReadKind::Method(name)) => of_object(place, name, read)?,
        (["object"], ReadKind::Elements) => not_a_list(place, read)?,
        (["object" | "array"], ReadKind::Parsed) => {
            format!("`{}` is parsed already; use it as it is, without `JSON.parse`", read.subject)
        }
        (["array"], ReadKind::Property(name) | ReadKind::Method(name)) if !is_of_lists(name) => {
            let elements = place.get("items").and_then(|items| schema::object(items, output));
            list(name, &elements.and_then(fields).unwrap_or_default(), read, call)
        }
        (["string"], ReadKind::Property(name) | ReadKind::Method(name)) if is_wrapper(name, read) => {
            format!("`{}` is text; {}", read.subject, unwrapped(read))
        }
        (["string"], ReadKind::Property(name) | ReadKind::Method(name)) if !is_of_texts(name) => {
            format!("`{}` is text, which has no `{name}`", read.subject)
        }
        (["string"], ReadKind::Elements) => {
            format!("`{}` is text: the loop goes over its characters", read.subject)
        }
        _ => return None,
    };
    Some(format!("line {}: by what `{tool}` declares to return, {said}", read.at.line))
}

/// A parameter of a tool that a result is handed to.
pub(super) struct Parameter<'a> {
    /// What the script calls the tool.
    pub(super) callee: &'a str,
    pub(super) name: &'a str,
    /// The schema of the tool's arguments.
    pub(super) input: &'a Value,
}

/// Why a result cannot be handed to a parameter, if both are known and have no type in common.
pub(super) fn misfit(read: &Read, tool: &str, output: &Value, parameter: &Parameter<'_>) -> Option<String> {
    let Parameter { callee, name, input } = parameter;
    let place = at(output, &read.steps)?;
    let declared = schema::object(input, input)?.get("properties")?.get(name)?;
    let wanted = schema::types(schema::object(declared, input).filter(|it| schema::is_plain(it))?)?;
    let given = schema::types(place)?;
    if given.is_empty() || wanted.is_empty() || has_common(&given, &wanted) {
        return None;
    }
    let fits = |field: &&&str| {
        let field = schema::object(&place["properties"][**field], output);
        field.and_then(schema::types).is_some_and(|types| has_common(&types, &wanted))
    };
    let fields = fields(place).unwrap_or_default();
    let subject = &read.subject;
    let of = if subject.starts_with("await ") { format!("({subject})") } else { subject.clone() };
    let fitting: Vec<_> = fields.iter().filter(fits).collect();
    let meant = match fitting[..] {
        [only] => Some(only),
        _ => fitting.into_iter().find(|field| TEXTS.contains(field)),
    };
    let instead = match meant {
        Some(field) => format!("; write `{of}.{field}`"),
        None if fields.is_empty() => String::new(),
        None => format!("; it has {}", listed(&fields)),
    };
    let (given, wanted) = (schema::type_words(&given), schema::type_words(&wanted));
    Some(format!(
        "line {}: by what `{tool}` declares to return, `{subject}` is {given}, and `{name}` of `{callee}` must be \
         {wanted}{instead}",
        read.at.line
    ))
}

fn has_common(given: &[&str], wanted: &[&str]) -> bool {
    let number = |kind: &str| if kind == "integer" { "number".to_owned() } else { kind.to_owned() };
    given.iter().any(|given| wanted.iter().any(|wanted| number(given) == number(wanted)))
}

fn is_wrapper(name: &str, read: &Read) -> bool {
    read.steps.is_empty() && !read.subject.is_empty() && WRAPPERS.contains(&name)
}

fn unwrapped(read: &Read) -> String {
    format!("results arrive unwrapped: use `{}` itself", read.subject)
}

/// Whether lists have it.
pub(crate) fn is_of_lists(name: &str) -> bool {
    [&OF_LISTS[..], &OF_BOTH, &OF_LISTS_TOO, &OF_OBJECTS].concat().contains(&name)
}

/// Whether every object has it.
pub(crate) fn is_of_objects(name: &str) -> bool {
    OF_OBJECTS.contains(&name)
}

/// Whether texts may have it: what lists alone have, and what results are wrapped in elsewhere, they have not.
pub(crate) fn is_of_texts(name: &str) -> bool {
    !is_only_of_lists(name) && !WRAPPERS.contains(&name)
}

fn is_only_of_lists(name: &str) -> bool {
    OF_LISTS.contains(&name) && name != "entries"
}

/// The schema of what a read is about; `None` where it is not known for sure.
fn at<'a>(output: &'a Value, steps: &[Step]) -> Option<&'a Map<String, Value>> {
    let mut place = schema::object(output, output).filter(|it| schema::is_plain(it))?;
    for step in steps {
        let next = match step {
            Step::Field(name) => place.get("properties")?.get(name)?,
            Step::Element => place.get("items")?,
        };
        place = schema::object(next, output).filter(|it| schema::is_plain(it))?;
    }
    Some(place)
}

fn fields(place: &Map<String, Value>) -> Option<Vec<&str>> {
    let open = matches!(place.get("additionalProperties"), Some(Value::Bool(true) | Value::Object(_)));
    let fields: Vec<_> = place.get("properties")?.as_object()?.keys().map(String::as_str).collect();
    (!open && !fields.is_empty()).then_some(fields)
}

fn of_object(place: &Map<String, Value>, name: &str, read: &Read) -> Option<String> {
    let fields = fields(place)?;
    if fields.contains(&name) || OF_OBJECTS.contains(&name) {
        return None;
    }
    let subject = if read.subject.is_empty() { "the result" } else { &read.subject };
    Some(format!("`{subject}` has no `{name}`; {}", instead(name, &fields, read)))
}

/// What is to be written instead of something that lists do not have, where the elements are known to have these fields.
/// `call` is the call that gave the list, as the script may write it.
pub(crate) fn list(name: &str, elements: &[&str], read: &Read, call: &str) -> String {
    let subject = match (read.subject.as_str(), read.steps.is_empty()) {
        ("", true) => format!("(await {call})"),
        (subject, _) => subject.to_owned(),
    };
    let this = match (read.subject.as_str(), read.steps.is_empty()) {
        ("", true) => "the result".to_owned(),
        ("", false) => "what is taken apart".to_owned(),
        (subject, _) => format!("`{subject}`"),
    };
    if is_wrapper(name, read) {
        return format!("{this} is a list; {}", unwrapped(read));
    }
    if elements.contains(&name) {
        return format!("{this} is a list, whose elements have that: `{subject}.map((one) => one.{name})`");
    }
    match &read.what {
        ReadKind::Property(_) if this == "the result" => {
            format!("{this} is the list itself: write `const {name} = await {call}`")
        }
        ReadKind::Property(_) if !subject.is_empty() => {
            format!("{this} is the list itself: write `{subject}` instead of `{subject}.{name}`")
        }
        _ => format!("{this} is a list, which has no `{name}`"),
    }
}

/// A call of a tool as a script writes it.
pub(crate) fn written(callee: &Callee) -> String {
    match callee {
        Callee::Imported { name, .. } => format!("{name}(…)"),
        Callee::Named { server: None, tool } => format!("callMCPTool('{tool}', …)"),
        Callee::Named { server: Some(server), tool } => format!("callMCPTool('{server}', '{tool}', …)"),
    }
}

/// What is to be written instead of a field that does not exist.
pub(crate) fn instead(name: &str, fields: &[&str], read: &Read) -> String {
    let subject = &read.subject;
    if let Some(close) = nearest(name, fields.iter().copied()) {
        return format!("did you mean `{close}`?");
    }
    if is_wrapper(name, read) {
        return format!("{}, which has {}", unwrapped(read), listed(fields));
    }
    let text = fields.iter().find(|field| TEXTS.contains(field) || fields.len() == 1);
    match text {
        Some(text) if matches!(read.what, ReadKind::Method(_)) && !subject.is_empty() => {
            format!("write `{subject}.{text}.{name}(…)`; it has {}", listed(fields))
        }
        _ => format!("it has {}", listed(fields)),
    }
}

fn listed(fields: &[&str]) -> String {
    text::named_first(fields, LISTED_MAX)
}

fn not_a_list(place: &Map<String, Value>, read: &Read) -> Option<String> {
    let fields = fields(place)?;
    let is_list = |field: &&&str| place["properties"][**field]["type"] == "array";
    let subject = &read.subject;
    Some(match fields.iter().filter(is_list).collect::<Vec<_>>()[..] {
        [only] => format!("`{subject}` is no list; did you mean `{subject}.{only}`?"),
        _ => format!("`{subject}` is no list; it has {}", listed(&fields)),
    })
}
