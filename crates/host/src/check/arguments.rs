//! Whether the arguments a script literally gives a tool can be right.

use std::cell::Cell;

use serde_json::{Map, Value};
use text::{named_first, nearest, slips};
use wire::{Call, Field, Literal, Position};

use super::{Findings, Found, schema};

/// How deep literals are followed. Deeper ones are the broker's to validate.
const DEPTH_MAX: usize = 12;

/// Names an unknown argument's hint lists at most.
const LISTED_MAX: usize = 12;

/// Holds the literal arguments of a call against the tool's schema.
pub(super) fn check(
    call: &Call,
    callee: &str,
    input_schema: &Value,
    steps: &Cell<u32>,
    findings: &mut Findings,
) {
    let nothing = Literal::Object { fields: Vec::new(), open: false };
    let arguments = match &call.arguments {
        None | Some(Literal::Undefined) => &nothing,
        Some(given) => given,
    };
    let mut checker = Checker { callee, root: input_schema, steps, found: Vec::new(), warnings: Vec::new() };
    match arguments {
        Literal::Unknown => {}
        Literal::Object { .. } => checker.value(arguments, input_schema, &Spot::call(call.at)),
        other => checker.not_an_object(other, call.at),
    }
    findings.problems.append(&mut checker.found);
    findings.warnings.append(&mut checker.warnings);
}

/// The longest arguments a hint writes out: longer ones are no line to write.
const WRITTEN_MAX: usize = 200;

struct Checker<'a> {
    callee: &'a str,
    root: &'a Value,
    /// Steps left.
    steps: &'a Cell<u32>,
    found: Vec<Found>,
    warnings: Vec<String>,
}

/// Where in the arguments a value stands.
#[derive(Clone)]
struct Spot {
    /// `records[0].email`; empty for the arguments themselves.
    path: String,
    at: Position,
    depth: usize,
    /// The schema here is a branch of `allOf`: other branches may declare more fields.
    is_part: bool,
}

impl Spot {
    fn call(at: Position) -> Self {
        Self { path: String::new(), at, depth: 0, is_part: false }
    }

    fn field(&self, field: &Field) -> Self {
        Self { path: self.path_of(&field.name), at: field.at, depth: self.depth + 1, is_part: false }
    }

    fn item(&self, index: usize) -> Self {
        let path = format!("{}[{index}]", self.path);
        Self { path, at: self.at, depth: self.depth + 1, is_part: false }
    }

    fn part(&self) -> Self {
        Self { depth: self.depth + 1, is_part: true, ..self.clone() }
    }

    fn path_of(&self, field: &str) -> String {
        if self.path.is_empty() { field.to_owned() } else { format!("{}.{field}", self.path) }
    }
}

impl Checker<'_> {
    fn value(&mut self, literal: &Literal, schema: &Value, spot: &Spot) {
        let left = self.steps.get();
        if left == 0 {
            return;
        }
        self.steps.set(left - 1);
        if spot.depth > DEPTH_MAX || matches!(literal, Literal::Unknown | Literal::Undefined) {
            return;
        }
        let Some(schema) = schema::object(schema, self.root) else { return };
        if matches!(literal, Literal::Null) && schema.get("nullable") == Some(&Value::Bool(true)) {
            return;
        }
        if self.has_wrong_type(literal, schema, spot) || self.is_not_listed(literal, schema, spot) {
            return;
        }
        for branches in schema::alternatives(schema) {
            self.one_of(literal, branches, spot);
        }
        for part in schema.get("allOf").and_then(Value::as_array).into_iter().flatten() {
            self.value(literal, part, &spot.part());
        }
        match literal {
            Literal::Rounded(digits) => self.rounded(digits, spot),
            Literal::Object { fields, open } => self.object(fields, *open, schema, spot),
            Literal::Array(items) => self.items(items, schema, spot),
            _ => {}
        }
    }

    fn has_wrong_type(&mut self, literal: &Literal, schema: &Map<String, Value>, spot: &Spot) -> bool {
        let Some(types) = schema::types(schema) else { return false };
        if types.is_empty() || types.iter().any(|kind| schema::fits(literal, kind)) {
            return false;
        }
        let (expected, given) = (schema::type_words(&types), schema::words(literal));
        self.wrong(spot, &format!("must be {expected}, not {given}"), None);
        true
    }

    /// An integer that would be sent as another one. Said once, however many branches of a schema look at it.
    fn rounded(&mut self, digits: &str, spot: &Spot) {
        if spot.is_part {
            return;
        }
        let hint = format!("write `{digits}n`: a `bigint` is sent with every digit");
        self.wrong(spot, &format!("is {digits}, which JavaScript rounds to another number"), Some(hint));
    }

    fn is_not_listed(&mut self, literal: &Literal, schema: &Map<String, Value>, spot: &Spot) -> bool {
        let Some(values) = schema::values(schema) else { return false };
        if values.is_empty() || values.iter().any(|value| schema::equals(literal, value) != Some(false)) {
            return false;
        }
        let expected = match values.len() {
            1 => format!("must be {}", text::named(&values)),
            _ => format!("must be one of {}", named_first(&values, LISTED_MAX)),
        };
        let hint = match literal {
            Literal::String(given) => nearest(given, values.iter().filter_map(|value| value.as_str()))
                .map(|close| format!("did you mean `\"{close}\"`?")),
            _ => None,
        };
        self.wrong(spot, &expected, hint);
        true
    }

    /// Wrong only when it is wrong for every branch.
    fn one_of(&mut self, literal: &Literal, branches: &[Value], spot: &Spot) {
        let mut close = Vec::new();
        for branch in branches {
            let mut alone = Checker { found: Vec::new(), warnings: Vec::new(), ..*self };
            alone.value(literal, branch, &spot.part());
            if alone.found.is_empty() {
                return;
            }
            if self.may_be_meant(literal, branch) {
                close.push(alone.found);
            }
        }
        match close.len() {
            _ if branches.is_empty() => {}
            1 => self.found.extend(close.into_iter().flatten()),
            _ => self.wrong(spot, "fits none of the forms it may have", None),
        }
    }

    fn may_be_meant(&self, literal: &Literal, branch: &Value) -> bool {
        let Some(branch) = schema::object(branch, self.root) else { return false };
        schema::types(branch).is_none_or(|types| types.iter().any(|kind| schema::fits(literal, kind)))
    }

    fn object(&mut self, fields: &[Field], open: bool, schema: &Map<String, Value>, spot: &Spot) {
        let none = Map::new();
        let declared = schema.get("properties").and_then(Value::as_object).unwrap_or(&none);
        let given: Vec<_> =
            fields.iter().filter(|field| !matches!(field.value, Literal::Undefined)).collect();
        let missing: Vec<_> = required(schema)
            .filter(|name| !open && !schema::has_default(schema, name))
            .filter(|name| !given.iter().any(|field| field.name == *name))
            .collect();
        for name in &missing {
            let misspelt = given
                .iter()
                .find(|field| !declared.contains_key(&field.name) && is_misspelling(&field.name, name));
            self.missing(name, declared.get(*name), misspelt.copied(), spot);
        }
        for field in given {
            match (declared.get(&field.name), schema.get("additionalProperties")) {
                (Some(declared), _) => self.value(&field.value, declared, &spot.field(field)),
                (None, Some(Value::Object(_))) if schema::is_plain(schema) => {
                    self.value(&field.value, &schema["additionalProperties"], &spot.field(field));
                }
                (None, _) if missing.iter().any(|name| is_misspelling(&field.name, name)) => {}
                (None, additional) => self.unknown(field, fields, declared, additional, schema, spot),
            }
        }
    }

    fn missing(&mut self, name: &str, declared: Option<&Value>, misspelt: Option<&Field>, spot: &Spot) {
        let path = spot.path_of(name);
        let found = match misspelt {
            Some(field) => {
                Found::new(field.at, format!("`{}` has no argument `{}`", self.callee, field.name))
                    .hint(format!("did you mean `{path}`?"))
            }
            None => {
                let found = Found::new(spot.at, format!("`{}` needs `{path}`", self.callee));
                let declared = declared.and_then(|declared| schema::object(declared, self.root));
                match declared.and_then(schema::types) {
                    Some(types) => found.hint(format!("`{path}` is {}", schema::type_words(&types))),
                    None => found,
                }
            }
        };
        self.found.push(found);
    }

    fn unknown(
        &mut self,
        field: &Field,
        given: &[Field],
        declared: &Map<String, Value>,
        additional: Option<&Value>,
        schema: &Map<String, Value>,
        spot: &Spot,
    ) {
        if spot.is_part || declared.is_empty() && additional.is_none() || !schema::is_plain(schema) {
            return;
        }
        let unused = || {
            let names = declared.keys().map(String::as_str);
            names.filter(|name| !given.iter().any(|field| field.name == *name))
        };
        let path = spot.path_of(&field.name);
        let message = format!("`{}` has no argument `{path}`", self.callee);
        if additional == Some(&Value::Bool(false)) {
            let found = Found::new(field.at, message);
            let found = match nearest(&field.name, unused()) {
                Some(close) => found.hint(format!("did you mean `{}`?", spot.path_of(close))),
                None if declared.is_empty() => found,
                None => found.hint(takes(declared)),
            };
            self.found.push(found);
        } else if additional.is_none() && spot.path.is_empty() {
            match unused().find(|name| is_misspelling(&field.name, name)) {
                Some(meant) => {
                    self.found.push(Found::new(field.at, message).hint(format!("did you mean `{meant}`?")));
                }
                None => self.warnings.push(format!("line {}: {message}; {}", field.at.line, takes(declared))),
            }
        }
    }

    fn items(&mut self, items: &[Option<Literal>], schema: &Map<String, Value>, spot: &Spot) {
        // Tuples (`items` as an array, `prefixItems`) are left to the broker.
        let Some(each @ Value::Object(_)) = schema.get("items") else { return };
        if schema.contains_key("prefixItems") {
            return;
        }
        // After a spread nobody knows the index, but every item still has to fit.
        for (index, item) in items.iter().enumerate() {
            if let Some(item) = item {
                self.value(item, each, &spot.item(index));
            }
        }
    }

    fn not_an_object(&mut self, given: &Literal, at: Position) {
        let example = required(self.root.as_object().unwrap_or(&Map::new()))
            .next()
            .map_or_else(|| "{}".to_owned(), |name| format!("{{ {name}: … }}"));
        let callee = self.callee;
        let message = format!("`{callee}` takes one object, not {}", schema::words(given));
        let meant = match given {
            Literal::String(json) => object_of(json),
            _ => None,
        };
        self.found
            .push(Found::new(at, message).hint(format!("write `{callee}({})`", meant.unwrap_or(example))));
    }

    fn wrong(&mut self, spot: &Spot, what: &str, hint: Option<String>) {
        let subject = match spot.path.as_str() {
            "" => format!("the arguments of `{}`", self.callee),
            path => format!("`{path}` of `{}`", self.callee),
        };
        let message = format!("{subject} {what}");
        self.found.push(Found { message, hint, refusal: None, at: spot.at });
    }
}

/// The object that a text is the JSON of, as a script writes it.
fn object_of(json: &str) -> Option<String> {
    let object: Map<String, Value> = serde_json::from_str(json).ok().filter(|_| json.len() <= WRITTEN_MAX)?;
    let is_plain = |name: &str| {
        name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
            && !name.starts_with(|c: char| c.is_ascii_digit())
    };
    let field = |(name, value): (&String, &Value)| match is_plain(name) && !name.is_empty() {
        true => format!("{name}: {value}"),
        false => format!("{}: {value}", Value::from(name.as_str())),
    };
    let fields: Vec<_> = object.iter().map(field).collect();
    Some(if fields.is_empty() { "{}".to_owned() } else { format!("{{ {} }}", fields.join(", ")) })
}

fn required(schema: &Map<String, Value>) -> impl Iterator<Item = &str> {
    schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
}

fn takes(declared: &Map<String, Value>) -> String {
    format!("it takes {}", named_first(declared.keys(), LISTED_MAX))
}

/// Whether one name is the other in another case, or a slip of the finger away. Short names differ by
/// chance, so they must agree but for case.
fn is_misspelling(given: &str, meant: &str) -> bool {
    let most = match meant.chars().filter(|c| !matches!(c, '_' | '-')).count() {
        0..5 => 0,
        5..9 => 1,
        _ => 2,
    };
    slips(given, meant) <= most
}
