//! What a result looks like, in a line: `{ content: string }`, `{ id: number }[]`, `text: "…"`.
//!
//! Looks at the beginning of a result alone, so that its size costs nothing.

use std::fmt;

use crate::json_walk::{Place, Scalar, walk};

/// How much is shown of a text, how many fields of an object, and how deep.
const TEXT_BYTES: usize = 80;
const FIELDS_MAX: usize = 12;
const DEPTH_MAX: usize = 3;

/// What kind of value there is.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) enum Shape {
    /// Not known: it is too deep, or beyond what was looked at.
    #[default]
    Unknown,
    Scalar(&'static str),
    List(Option<Box<Shape>>),
    Object(Vec<(String, Shape)>),
}

/// The shape of a result, from its beginning.
pub(super) fn of(json: &str) -> Shape {
    let mut shape = Shape::Unknown;
    // A beginning is no JSON: what was seen until its end counts.
    let _ = walk(json, Look::at(&mut shape, 0));
    match shape {
        Shape::Unknown if json.starts_with('"') => Shape::Scalar("string"),
        shape => shape,
    }
}

/// A result in words: its shape, or the text it is.
pub(super) fn words(json: &str) -> String {
    match of(json) {
        Shape::Scalar("string") => {
            let text = json.trim_start_matches('"');
            let text = text.strip_suffix('"').unwrap_or(text);
            let shown = &text[..text.floor_char_boundary(TEXT_BYTES)];
            let more = if shown.len() < text.len() { "…" } else { "" };
            format!("text: \"{}{more}\"", shown.replace("\\\"", "'"))
        }
        Shape::Scalar("null") => "null".to_owned(),
        Shape::Scalar(_) => json.to_owned(),
        shape => shape.to_string(),
    }
}

impl Shape {
    /// The names of its fields.
    pub(super) fn fields(&self) -> Vec<&str> {
        match self {
            Self::Object(fields) => fields.iter().map(|(name, _)| name.as_str()).collect(),
            _ => Vec::new(),
        }
    }

    /// The shape of a field, or of the elements of a list.
    pub(super) fn step(&self, step: &wire::Step) -> Option<&Self> {
        match (self, step) {
            (Self::Object(fields), wire::Step::Field(wanted)) => {
                fields.iter().find(|(name, _)| name == wanted).map(|(_, shape)| shape)
            }
            (Self::List(element), wire::Step::Element) => element.as_deref(),
            _ => None,
        }
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown => f.write_str("…"),
            Self::Scalar(kind) => f.write_str(kind),
            Self::List(None) => f.write_str("[]"),
            Self::List(Some(element)) => write!(f, "{element}[]"),
            Self::Object(fields) if fields.is_empty() => f.write_str("{}"),
            Self::Object(fields) => {
                let shown = fields.iter().take(FIELDS_MAX).map(|(name, shape)| format!("{name}: {shape}"));
                let more = (fields.len() > FIELDS_MAX).then(|| "…".to_owned());
                write!(f, "{{ {} }}", shown.chain(more).collect::<Vec<_>>().join(", "))
            }
        }
    }
}

struct Look<'s> {
    shape: &'s mut Shape,
    depth: usize,
    /// An element of the list that stands here was seen.
    has_element: bool,
}

impl<'s> Look<'s> {
    fn at(shape: &'s mut Shape, depth: usize) -> Self {
        Self { shape, depth, has_element: false }
    }
}

impl Place for Look<'_> {
    type Inner<'p>
        = Look<'p>
    where
        Self: 'p;

    fn scalar(&mut self, scalar: Scalar<'_>) {
        *self.shape = Shape::Scalar(match scalar {
            Scalar::Null => "null",
            Scalar::Boolean => "boolean",
            Scalar::Number => "number",
            Scalar::BigInt => "bigint",
            Scalar::Text(_) => "string",
        });
    }

    fn list(&mut self) -> bool {
        let looks = self.depth < DEPTH_MAX;
        *self.shape = Shape::List(looks.then(Box::default));
        looks
    }

    /// The first one stands for all.
    fn element(&mut self) -> Option<Look<'_>> {
        let is_first = !std::mem::replace(&mut self.has_element, true);
        match self.shape {
            Shape::List(Some(element)) if is_first => Some(Look::at(element, self.depth + 1)),
            _ => None,
        }
    }

    fn object(&mut self) -> bool {
        let looks = self.depth < DEPTH_MAX;
        if looks {
            *self.shape = Shape::Object(Vec::new());
        }
        looks
    }

    fn field(&mut self, key: String) -> Option<Look<'_>> {
        let Shape::Object(fields) = self.shape else { return None };
        fields.push((key, Shape::Unknown));
        fields.last_mut().map(|(_, shape)| Look::at(shape, self.depth + 1))
    }

    fn end(&mut self) {
        if let Shape::List(element) = self.shape
            && !self.has_element
        {
            *element = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_are_told_in_a_line() {
        for (json, expect) in [
            (r#"{"content":"a\nb"}"#, "{ content: string }"),
            (
                r#"[{"id":1,"tags":["a"],"owner":{"a":{"b":{"c":1}}}}]"#,
                "{ id: number, tags: string[], owner: { a: … } }[]",
            ),
            (r#""[{'n': 3000}]""#, "text: \"[{'n': 3000}]\""),
            (r#""say \"a\"""#, "text: \"say 'a'\""),
            ("[]", "[]"),
            ("{}", "{}"),
            ("null", "null"),
            ("17", "17"),
            (r#"{"id":1915883588174806058,"n":-9007199254740992}"#, "{ id: bigint, n: bigint }"),
            (
                r#"{"id":9007199254740991,"n":-9007199254740991,"x":1e300}"#,
                "{ id: number, n: number, x: number }",
            ),
            // Cut in the middle.
            (r#"{"rows":[{"id":1,"name":"lon"#, "{ rows: { id: number, name: … }[] }"),
            (r#"{"rows":["#, "{ rows: …[] }"),
            (r#""never ends"#, "text: \"never ends\""),
            ("not json", "…"),
        ] {
            assert_eq!(words(json), expect, "{json}");
        }
        let long = format!("\"{}\"", "é".repeat(500));
        assert_eq!(words(&long), format!("text: \"{}…\"", "é".repeat(40)));
    }
}
