//! Paths into arguments, and what is seen there: in the JSON that will be sent, or in a script's own text.
//!
//! A small part of JSONPath: `amount`, `filter.owner.id`, `records[0].email`, `to[*]`, `headers[*]`, and
//! `["a.b"]` for keys with signs in them. `[*]` is every item of a list, and every value of an object. A name
//! outside brackets is a plain one: a rule about `$.path`, taken for a name, would never apply.

use std::{borrow::Cow, fmt};

use serde_json::{Number, Value};
use wire::Literal;

/// Steps of one path. Arguments nest at most as deep as `limits.depth`; nobody writes rules for such depths.
const STEPS_MAX: usize = 32;

/// A path into a tool's arguments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArgumentPath {
    written: String,
    steps: Vec<Step>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    Key(String),
    Item(usize),
    All,
}

/// Why a path cannot be used, for the one who wrote it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PathError {
    /// It names nothing.
    #[error("it is empty; write the argument's name, as in `amount` or `to[*].email`")]
    Empty,
    /// It begins as a path of JSONPath or a JSON Pointer does.
    #[error(
        "it begins with `{0}`; write it from the argument's name on, as in `amount` or `to[*].email`, \
         and a name that really has signs in it as `['$name']`"
    )]
    Root(char),
    /// A star outside brackets.
    #[error("`*` stands in brackets, as in `to[*].email`")]
    Star,
    /// A name with something else than letters, digits, `_` and `-`.
    #[error("`{0}` is no plain name; if an argument is really called so, write `{instead}`", instead = bracketed(.0))]
    Signs(String),
    /// A key is missing between two dots, or at an end.
    #[error("a name is missing beside a dot")]
    NoKey,
    /// Something else than a dot or a bracket stands behind a bracket.
    #[error("a dot is missing after a `]`")]
    NoDot,
    /// A bracket is closed that was never opened.
    #[error("a `[` is missing")]
    Closed,
    /// What stands in brackets is not understood.
    #[error("`[{0}]` is not understood; brackets hold a number, `*` or a name in quotes")]
    Brackets(String),
    /// A bracket is never closed.
    #[error("a `]` is missing")]
    Open,
    /// It is too long.
    #[error("it has more than {STEPS_MAX} steps")]
    Long,
}

/// The arguments of a call, as far as they are known.
#[derive(Debug, Clone, Copy)]
pub(super) enum Given<'a> {
    /// There is no call yet.
    Whatever,
    /// As a script says them.
    Literally(&'a Literal),
    /// As they will be sent.
    Sent(&'a Value),
}

/// What is seen at the end of a path.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Sight<'a> {
    /// Nothing, or `null`, which servers take for nothing.
    Missing,
    Bool(bool),
    Number(Number),
    Text(Cow<'a, str>),
    /// A list or an object.
    Composite,
    /// On the way stood another kind of value than the path expects.
    Elsewhere,
    /// The script computes it.
    Unknown,
}

impl ArgumentPath {
    /// Reads a path.
    pub fn new(text: &str) -> Result<Self, PathError> {
        if let Some(root) = text.chars().next().filter(|sign| ['$', '@', '/'].contains(sign)) {
            return Err(PathError::Root(root));
        }
        let mut steps = Vec::new();
        let mut rest = text;
        let mut after_dot = true;
        while !rest.is_empty() || after_dot {
            if let Some(inside) = rest.strip_prefix('[').filter(|_| !after_dot || steps.is_empty()) {
                let (step, left) = brackets(inside)?;
                steps.push(step);
                rest = left;
            } else {
                let end = rest.find(['.', '[', ']']).unwrap_or(rest.len());
                if text.is_empty() {
                    return Err(PathError::Empty);
                }
                steps.push(Step::Key(plain(&rest[..end])?));
                rest = &rest[end..];
            }
            after_dot = rest.starts_with('.');
            rest = rest.strip_prefix('.').unwrap_or(rest);
            if rest.starts_with(']') {
                return Err(PathError::Closed);
            }
            if !after_dot && !rest.is_empty() && !rest.starts_with('[') {
                return Err(PathError::NoDot);
            }
        }
        if steps.len() > STEPS_MAX {
            return Err(PathError::Long);
        }
        Ok(Self { written: text.to_owned(), steps })
    }

    /// What stands there in arguments, as far as they are known.
    pub(super) fn of<'a>(&self, arguments: Given<'a>) -> Vec<Sight<'a>> {
        let mut seen = Vec::new();
        match arguments {
            Given::Whatever => seen.push(Sight::Unknown),
            Given::Literally(arguments) => in_literal(&self.steps, arguments, &mut seen),
            Given::Sent(arguments) => in_json(&self.steps, arguments, &mut seen),
        }
        seen
    }
}

impl Sight<'_> {
    /// What kind of thing is seen, for people: never the value itself.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Bool(_) => "`true` or `false`",
            Self::Number(_) => "a number",
            Self::Text(_) => "text",
            Self::Composite => "a list or an object",
            Self::Elsewhere => "not where the path leads",
            Self::Unknown => "not known",
        }
    }
}

impl fmt::Display for ArgumentPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.written)
    }
}

/// A name outside brackets.
fn plain(name: &str) -> Result<String, PathError> {
    match name {
        "" => Err(PathError::NoKey),
        name if name.contains('*') => Err(PathError::Star),
        name if name.chars().all(|sign| sign.is_alphanumeric() || "_-".contains(sign)) => Ok(name.to_owned()),
        name => Err(PathError::Signs(name.to_owned())),
    }
}

/// A name as it is written in brackets.
fn bracketed(name: &str) -> String {
    let quote = if name.contains('\'') { '"' } else { '\'' };
    format!("[{quote}{name}{quote}]")
}

/// What stands in brackets, and what follows them.
fn brackets(inside: &str) -> Result<(Step, &str), PathError> {
    if let Some(quote) = inside.chars().next().filter(|sign| ['"', '\''].contains(sign)) {
        let text = &inside[1..];
        let end = text.find(quote).ok_or(PathError::Open)?;
        let rest = text[end + 1..].strip_prefix(']').ok_or(PathError::Open)?;
        return Ok((Step::Key(text[..end].to_owned()), rest));
    }
    let end = inside.find(']').ok_or(PathError::Open)?;
    let step = match &inside[..end] {
        "*" => Step::All,
        text => {
            let digits = Some(text).filter(|text| text.bytes().all(|digit| digit.is_ascii_digit()));
            let item = digits.and_then(|digits| digits.parse().ok());
            Step::Item(item.ok_or_else(|| PathError::Brackets(text.to_owned()))?)
        }
    };
    Ok((step, &inside[end + 1..]))
}

fn in_json<'a>(steps: &[Step], value: &'a Value, seen: &mut Vec<Sight<'a>>) {
    let Some((step, rest)) = steps.split_first() else {
        return seen.push(match value {
            Value::Null => Sight::Missing,
            Value::Bool(value) => Sight::Bool(*value),
            Value::Number(value) => Sight::Number(value.clone()),
            Value::String(value) => Sight::Text(value.into()),
            Value::Array(_) | Value::Object(_) => Sight::Composite,
        });
    };
    let inner = match (step, value) {
        (_, Value::Null) => None,
        (Step::Key(key), Value::Object(fields)) => fields.get(key),
        (Step::Item(at), Value::Array(items)) => items.get(*at),
        (Step::All, Value::Array(items)) => return items.iter().for_each(|item| in_json(rest, item, seen)),
        (Step::All, Value::Object(fields)) => {
            return fields.values().for_each(|item| in_json(rest, item, seen));
        }
        _ => return seen.push(Sight::Elsewhere),
    };
    match inner {
        Some(inner) => in_json(rest, inner, seen),
        None => seen.push(Sight::Missing),
    }
}

fn in_literal<'a>(steps: &[Step], literal: &'a Literal, seen: &mut Vec<Sight<'a>>) {
    let Some((step, rest)) = steps.split_first() else {
        return seen.push(match literal {
            Literal::Unknown | Literal::SomeString | Literal::Rounded(_) => Sight::Unknown,
            Literal::Undefined | Literal::Null => Sight::Missing,
            Literal::Bool(value) => Sight::Bool(*value),
            // What is no number in JSON is sent as `null`.
            Literal::Number(value) => Number::from_f64(*value).map_or(Sight::Missing, Sight::Number),
            Literal::String(value) => Sight::Text(value.into()),
            Literal::Object { .. } if has_own_json(literal) => Sight::Unknown,
            Literal::Array(_) | Literal::Object { .. } => Sight::Composite,
        });
    };
    let inner = match (step, literal) {
        (_, Literal::Unknown) => return seen.push(Sight::Unknown),
        (_, Literal::Object { .. }) if has_own_json(literal) => return seen.push(Sight::Unknown),
        (_, Literal::Undefined | Literal::Null) => None,
        (Step::Key(key), Literal::Object { fields, open }) => {
            let field = fields.iter().rfind(|field| field.name == *key);
            if field.is_none() && *open {
                return seen.push(Sight::Unknown);
            }
            field.map(|field| &field.value)
        }
        (Step::Item(at), Literal::Array(items)) => {
            // What follows a spread stands nobody knows where.
            if items.iter().take(at + 1).any(Option::is_none) {
                return seen.push(Sight::Unknown);
            }
            items.get(*at).and_then(Option::as_ref)
        }
        (Step::All, Literal::Array(items)) => {
            return items.iter().for_each(|item| match item {
                Some(item) => in_literal(rest, item, seen),
                None => seen.push(Sight::Unknown),
            });
        }
        (Step::All, Literal::Object { fields, open }) => {
            // A field that is `undefined` is not sent.
            let sent = fields.iter().filter(|field| field.value != Literal::Undefined);
            sent.for_each(|field| in_literal(rest, &field.value, seen));
            if *open {
                seen.push(Sight::Unknown);
            }
            return;
        }
        _ => return seen.push(Sight::Elsewhere),
    };
    match inner {
        Some(inner) => in_literal(rest, inner, seen),
        None => seen.push(Sight::Missing),
    }
}

/// Whether an object says itself what it is as JSON.
fn has_own_json(literal: &Literal) -> bool {
    matches!(literal, Literal::Object { fields, .. } if fields.iter().any(|field| field.name == "toJSON"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(path: &str, expect: &[&str]) {
        let arguments = json!({
            "a": 5, "b": {"c": ["x", {"d": true}]}, "no": null, "k.e": {"": "deep"}, "list": [1, 2], "none": [],
            "to-do_2": {"größe": false}, "$filter": {"/a ": 7},
        });
        let path = ArgumentPath::new(path).expect("a good path");
        let seen: Vec<_> =
            path.of(Given::Sent(&arguments)).iter().map(|sight| format!("{sight:?}")).collect();
        assert_eq!(seen, expect, "{path}");
    }

    #[test]
    fn paths_lead_to_values() {
        check("a", &["Number(Number(5))"]);
        check("b.c[0]", &["Text(\"x\")"]);
        check("b.c[1].d", &["Bool(true)"]);
        check("b.c[*].d", &["Elsewhere", "Bool(true)"]);
        check("b.c[7]", &["Missing"]);
        check("b", &["Composite"]);
        check("nope", &["Missing"]);
        check("nope.x[*]", &["Missing"]);
        check("no", &["Missing"]);
        check("no.x", &["Missing"]);
        check("a.x", &["Elsewhere"]);
        check("a[0]", &["Elsewhere"]);
        check("['k.e'][\"\"]", &["Text(\"deep\")"]);
        check("list[*]", &["Number(Number(1))", "Number(Number(2))"]);
        check("none[*]", &[]);
        check("b[*]", &["Composite"]);
        check("to-do_2.größe", &["Bool(false)"]);
        check("['$filter']['/a ']", &["Number(Number(7))"]);
    }

    #[test]
    fn bad_paths_are_refused() {
        for (path, says) in [
            ("", "it is empty; write the argument's name, as in `amount` or `to[*].email`"),
            ("a..b", "a name is missing beside a dot"),
            ("a.", "a name is missing beside a dot"),
            (".a", "a name is missing beside a dot"),
            ("a[", "a `]` is missing"),
            ("a['b", "a `]` is missing"),
            ("a[-1]", "`[-1]` is not understood; brackets hold a number, `*` or a name in quotes"),
            ("a[?(@.b)]", "`[?(@.b)]` is not understood; brackets hold a number, `*` or a name in quotes"),
            ("a[+1]", "`[+1]` is not understood; brackets hold a number, `*` or a name in quotes"),
            ("a[0]b", "a dot is missing after a `]`"),
            ("a]", "a `[` is missing"),
            ("a]b", "a `[` is missing"),
            ("a.[0]", "a name is missing beside a dot"),
            ("a..*", "a name is missing beside a dot"),
            ("*", "`*` stands in brackets, as in `to[*].email`"),
            ("path.*", "`*` stands in brackets, as in `to[*].email`"),
            ("path ", "`path ` is no plain name; if an argument is really called so, write `['path ']`"),
            ("a.\"b\"", "`\"b\"` is no plain name; if an argument is really called so, write `['\"b\"']`"),
            ("'b'", "`'b'` is no plain name; if an argument is really called so, write `[\"'b'\"]`"),
            ("a.$b", "`$b` is no plain name; if an argument is really called so, write `['$b']`"),
            ("a/b", "`a/b` is no plain name; if an argument is really called so, write `['a/b']`"),
        ] {
            assert_eq!(ArgumentPath::new(path).expect_err("a bad path").to_string(), says, "{path}");
        }
        for path in ["$.path", "$['path']", "$", "$..path", "@.path", "/path"] {
            let root = path.chars().next().unwrap_or_default();
            assert_eq!(ArgumentPath::new(path), Err(PathError::Root(root)), "{path}");
        }
        assert_eq!(ArgumentPath::new(&vec!["a"; 33].join(".")), Err(PathError::Long));
    }
}
