//! What a result looks like, in a line: `{ content: string }`, `{ id: number }[]`, `text: "…"`.
//!
//! Looks at the beginning of a result alone, so that its size costs nothing.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

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
    let mut deserializer = serde_json::Deserializer::from_str(json);
    // A beginning is no JSON: what was seen until its end counts.
    let _ = Look { shape: &mut shape, depth: 0 }.deserialize(&mut deserializer);
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
}

impl<'de> DeserializeSeed<'de> for Look<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Look<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<(), E> {
        self.scalar("boolean")
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<(), E> {
        self.scalar(integer(value.unsigned_abs()))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<(), E> {
        self.scalar(integer(value))
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<(), E> {
        self.scalar("number")
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<(), E> {
        self.scalar("string")
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        self.scalar("null")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        *self.shape = Shape::List(None);
        if self.depth == DEPTH_MAX {
            while list.next_element::<IgnoredAny>()?.is_some() {}
            return Ok(());
        }
        let mut element = Shape::Unknown;
        let first = list.next_element_seed(Look { shape: &mut element, depth: self.depth + 1 });
        if !matches!(first, Ok(None)) {
            *self.shape = Shape::List(Some(Box::new(element)));
        }
        first?;
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<(), A::Error> {
        if self.depth == DEPTH_MAX {
            while object.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
            return Ok(());
        }
        let mut fields = Vec::new();
        let read = read_fields(&mut object, &mut fields, self.depth + 1);
        *self.shape = Shape::Object(fields);
        read
    }
}

/// What an integer of this size is in a script: beyond 2^53 - 1 not every one is a double.
fn integer(size: u64) -> &'static str {
    if size < 1 << 53 { "number" } else { "bigint" }
}

impl Look<'_> {
    fn scalar<E>(self, kind: &'static str) -> Result<(), E> {
        *self.shape = Shape::Scalar(kind);
        Ok(())
    }
}

fn read_fields<'de, A: MapAccess<'de>>(
    object: &mut A,
    fields: &mut Vec<(String, Shape)>,
    depth: usize,
) -> Result<(), A::Error> {
    while let Some(name) = object.next_key::<String>()? {
        let mut shape = Shape::Unknown;
        let read = object.next_value_seed(Look { shape: &mut shape, depth });
        fields.push((name, shape));
        read?;
    }
    Ok(())
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
            (r#""never ends"#, "text: \"never ends\""),
            ("not json", "…"),
        ] {
            assert_eq!(words(json), expect, "{json}");
        }
        let long = format!("\"{}\"", "é".repeat(500));
        assert_eq!(words(&long), format!("text: \"{}…\"", "é".repeat(40)));
    }
}
