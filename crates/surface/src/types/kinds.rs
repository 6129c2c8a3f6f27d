//! The kinds of JSON values, and what a schema says by naming them.

use std::rc::Rc;

use serde_json::{Map, Value};

use super::{
    keywords::{forbidden, left_over},
    ty::{Literal, Ty},
};

/// The kinds of JSON values; integers are numbers here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Null,
    Boolean,
    Number,
    String,
    Array,
    Object,
}

/// What a schema's `type` allows.
pub(super) struct Kinds {
    pub(super) kinds: Vec<Kind>,
    /// Any kind.
    pub(super) any: bool,
    /// The kind was concluded from other keywords.
    pub(super) implied: bool,
    pub(super) reason: Option<String>,
}

impl Kinds {
    pub(super) fn of(map: &Map<String, Value>) -> Self {
        match map.get("type") {
            Some(Value::String(name)) => Self::named([name.as_str()].into_iter()),
            Some(Value::Array(names)) if !names.is_empty() => {
                Self::named(names.iter().map(|name| name.as_str().unwrap_or("?")))
            }
            _ => Self::implied(map),
        }
    }

    fn named<'n>(names: impl Iterator<Item = &'n str>) -> Self {
        let mut all = Self { kinds: Vec::new(), any: false, implied: false, reason: None };
        for name in names {
            match kind_named(name) {
                Some(kind) if all.kinds.contains(&kind) => {}
                Some(kind) => all.kinds.push(kind),
                None => {
                    all.any = true;
                    all.reason = (name != "any").then(|| format!("the schema's type is {name}"));
                }
            }
        }
        all
    }

    /// A schema without `type` that speaks of properties or items means an object or an array.
    fn implied(map: &Map<String, Value>) -> Self {
        let has = |keys: &[&str]| keys.iter().any(|key| map.contains_key(*key));
        let mut kinds = Vec::new();
        if has(&["properties", "additionalProperties", "patternProperties"])
            || map.get("required").is_some_and(Value::is_array)
            || left_over(map, "unevaluatedProperties").is_some()
            || forbidden(map).next().is_some()
        {
            kinds.push(Kind::Object);
        }
        if has(&["items", "prefixItems"]) || left_over(map, "unevaluatedItems").is_some() {
            kinds.push(Kind::Array);
        }
        Self { any: kinds.is_empty(), kinds, implied: true, reason: None }
    }

    /// Those of the values that have an allowed kind; all of them when none has, because then the author
    /// was wrong about the kind.
    pub(super) fn keep(&self, values: Vec<Ty>) -> Ty {
        if self.any || self.implied {
            return Ty::union(values);
        }
        let kept: Vec<Ty> = values
            .iter()
            .filter(|value| kind_of(value).is_some_and(|kind| self.kinds.contains(&kind)))
            .cloned()
            .collect();
        if kept.is_empty() { Ty::union(values) } else { Ty::union(kept) }
    }
}

/// The kind of a type's name: JSON Schema's seven, and what authors write in their place.
fn kind_named(name: &str) -> Option<Kind> {
    Some(match name {
        "null" | "none" | "None" => Kind::Null,
        "boolean" | "bool" | "Boolean" => Kind::Boolean,
        "number" | "integer" | "int" | "float" | "double" | "Number" | "Integer" => Kind::Number,
        "string" | "str" | "String" | "text" => Kind::String,
        "array" | "list" | "Array" => Kind::Array,
        "object" | "dict" | "Object" | "map" => Kind::Object,
        _ => return None,
    })
}

/// The type of the numbers a schema allows: with integers that a double would round where it says that there may be
/// some. They arrive as a `bigint` and are passed on as one.
pub(super) fn numbers(map: &Map<String, Value>) -> Ty {
    let is_wide =
        matches!(map.get("format").and_then(Value::as_str), Some("int64" | "uint64" | "int128" | "uint128"));
    let is_integer = map.get("type").is_some_and(|name| name.to_string().contains("\"integer\""));
    let bounds = ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"];
    let is_far = |key: &str| map.get(key).is_some_and(|bound| is_beyond_doubles(&bound.to_string()));
    if is_wide || is_integer && bounds.into_iter().any(is_far) {
        Ty::union([Ty::Number, Ty::BigInt])
    } else {
        Ty::Number
    }
}

/// Whether this is an integer beyond the 2^53 - 1 up to which every one is a double.
pub(super) fn is_beyond_doubles(number: &str) -> bool {
    const LARGEST: &str = "9007199254740991";
    let digits = number.strip_prefix('-').unwrap_or(number);
    digits.bytes().all(|byte| byte.is_ascii_digit()) && (digits.len(), digits) > (LARGEST.len(), LARGEST)
}

fn kind_of(ty: &Ty) -> Option<Kind> {
    Some(match ty {
        Ty::Null => Kind::Null,
        Ty::Literal(Literal::Boolean(_)) => Kind::Boolean,
        Ty::Literal(Literal::Number(_)) => Kind::Number,
        Ty::Literal(Literal::Text(_)) => Kind::String,
        Ty::Tuple(_) => Kind::Array,
        Ty::Object(_) => Kind::Object,
        _ => return None,
    })
}

/// What `oneOf` leaves when one of its branches takes anything: a value must not fit any other.
pub(super) fn outside_the_others(branches: &[Value]) -> Ty {
    let takes_all = |schema: &Value| match schema {
        Value::Bool(all) => *all,
        Value::Object(map) => map.is_empty(),
        _ => false,
    };
    let mut others = branches.iter().filter(|schema| !takes_all(schema) && **schema != Value::Bool(false));
    match (branches.iter().filter(|schema| takes_all(schema)).count(), others.next(), others.next()) {
        (2.., ..) => Ty::Never,
        (1, Some(other), None) => negated(other),
        _ => Ty::unknown(),
    }
}

/// What `not` leaves, where that can be said: nothing, or the kinds that are not named.
pub(super) fn negated(refused: &Value) -> Ty {
    match refused {
        Value::Bool(true) => Ty::Never,
        Value::Object(map) if map.is_empty() => Ty::Never,
        Value::Object(map) if map.len() == 1 && map.contains_key("type") => without_kinds(map),
        _ => Ty::unknown(),
    }
}

fn without_kinds(map: &Map<String, Value>) -> Ty {
    let refused = Kinds::of(map);
    if refused.any {
        return Ty::unknown();
    }
    let integers_only = match &map["type"] {
        Value::Array(names) => !names.iter().any(|name| name == "number"),
        name => name != "number",
    };
    let left =
        |kind: &(Kind, Ty)| !refused.kinds.contains(&kind.0) || (kind.0 == Kind::Number && integers_only);
    let all = [
        (Kind::String, Ty::String),
        (Kind::Number, Ty::Number),
        (Kind::Boolean, Ty::Boolean),
        (Kind::Null, Ty::Null),
        (Kind::Array, Ty::Array(Rc::new(Ty::unknown()))),
        (Kind::Object, Ty::any_object()),
    ];
    Ty::union(all.into_iter().filter(left).map(|(_, ty)| ty))
}
