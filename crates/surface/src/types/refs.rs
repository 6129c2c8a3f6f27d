//! Where a `$ref` leads within one document. Nothing is fetched: a reference that leads out stays unknown.
//!
//! A document may hold documents: a part with an `$id` of its own is the base of the references inside it.

use std::{cell::OnceCell, collections::HashMap};

use serde_json::{Map, Value};

/// Visited values when identifiers are gathered: more than any real schema has, and a bound on the walk.
const VISITED_MAX: usize = 2_000_000;

/// Longest reference that is looked at.
const REFERENCE_BYTES_MAX: usize = 2_000;

/// A schema with the names its parts give themselves.
#[derive(Debug)]
pub(crate) struct Document<'a> {
    root: &'a Value,
    /// Gathered when a reference asks for more than a pointer from the root.
    names: OnceCell<Names<'a>>,
}

/// A part of a document, and the part with an `$id` that it lies in.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Part<'a> {
    pub(crate) schema: &'a Value,
    pub(crate) base: &'a Value,
}

#[derive(Debug, Default)]
struct Names<'a> {
    by_uri: HashMap<String, &'a Value>,
    /// The absolute identifier of each part that has one.
    uris: HashMap<*const Value, String>,
    /// Anchors by the address of their base.
    anchors: HashMap<(*const Value, String), &'a Value>,
    /// How many parts answer to a dynamic anchor.
    dynamic: HashMap<String, usize>,
}

impl<'a> Document<'a> {
    pub(crate) fn new(root: &'a Value) -> Self {
        Self { root, names: OnceCell::new() }
    }

    pub(crate) fn root(&self) -> &'a Value {
        self.root
    }

    /// Whether `$ref` hides the keywords beside it, as it did up to draft 7.
    pub(crate) fn ref_stands_alone(&self) -> bool {
        let dialect = self.root.get("$schema").and_then(Value::as_str).unwrap_or("");
        ["draft-03", "draft-04", "draft-05", "draft-06", "draft-07"].iter().any(|old| dialect.contains(old))
    }

    /// Where a dynamic reference leads. With several candidates that depends on the way, which no type shows.
    pub(crate) fn find_dynamic(&self, reference: &str, base: &'a Value) -> Result<Part<'a>, String> {
        let anchor = reference.rsplit('#').next().unwrap_or("");
        match self.names().dynamic.get(anchor) {
            Some(2..) => Err(format!("{reference} depends on the way it is reached")),
            _ => self.find(reference, base),
        }
    }

    /// The part that a reference inside `base` leads to, or why it leads nowhere.
    pub(crate) fn find(&self, reference: &str, base: &'a Value) -> Result<Part<'a>, String> {
        if reference.len() > REFERENCE_BYTES_MAX {
            return Err("a reference of more than 2,000 bytes".to_owned());
        }
        let (uri, fragment) = reference.split_once('#').unwrap_or((reference, ""));
        let base = self.resource(uri, base).ok_or_else(|| format!("{reference} is in another document"))?;
        let fragment = percent_decoded(fragment);
        let found = match fragment.as_str() {
            "" => Some(Part { schema: base, base }),
            pointer if pointer.starts_with('/') => {
                // Tools that bundle schemas leave pointers from the root in parts with an `$id`.
                part_at(base, pointer).or_else(|| part_at(self.root, pointer))
            }
            anchor => self.anchored(base, anchor),
        };
        found.ok_or_else(|| format!("{reference} is not in the schema"))
    }

    fn resource(&self, uri: &str, base: &'a Value) -> Option<&'a Value> {
        if uri.is_empty() {
            return Some(base);
        }
        let names = self.names();
        let near = names.uris.get(&std::ptr::from_ref(base)).map_or("", String::as_str);
        names.by_uri.get(&joined(near, uri)).or_else(|| names.by_uri.get(uri)).copied()
    }

    fn anchored(&self, base: &'a Value, anchor: &str) -> Option<Part<'a>> {
        let anchors = &self.names().anchors;
        let schema = anchors.get(&(std::ptr::from_ref(base), anchor.to_owned()))?;
        Some(Part { schema, base })
    }

    fn names(&self) -> &Names<'a> {
        self.names.get_or_init(|| {
            let mut names = Names::default();
            let mut waiting = vec![Part { schema: self.root, base: self.root }];
            for _ in 0..VISITED_MAX {
                let Some(part) = waiting.pop() else { break };
                match part.schema {
                    Value::Object(map) => {
                        let base = names.gather(part, map);
                        let parts = map.iter().rev().filter(|(key, _)| !HOLDS_VALUES.contains(&key.as_str()));
                        waiting.extend(parts.map(|(_, schema)| Part { schema, base }));
                    }
                    Value::Array(items) => {
                        waiting.extend(items.iter().rev().map(|schema| Part { schema, base: part.base }));
                    }
                    _ => {}
                }
            }
            names
        })
    }
}

/// Keywords under which are values and no schemas.
const HOLDS_VALUES: [&str; 4] = ["enum", "const", "default", "examples"];

impl<'a> Names<'a> {
    /// Notes what a part calls itself; answers the base of what is inside it.
    fn gather(&mut self, part: Part<'a>, map: &Map<String, Value>) -> &'a Value {
        let base = if identifier(map).is_some() { part.schema } else { part.base };
        if let Some(id) = identifier(map) {
            let near = self.uris.get(&std::ptr::from_ref(part.base)).map_or("", String::as_str);
            let uri = joined(near, id.trim_end_matches('#'));
            self.by_uri.entry(uri.clone()).or_insert(part.schema);
            self.uris.insert(part.schema, uri);
        }
        let text = |key: &str| map.get(key).and_then(Value::as_str);
        let old = ["$id", "id"].iter().filter_map(|key| text(key)?.strip_prefix('#'));
        for anchor in old.chain(text("$anchor")).chain(text("$dynamicAnchor")) {
            self.anchors.entry((std::ptr::from_ref(base), anchor.to_owned())).or_insert(part.schema);
        }
        if let Some(anchor) = text("$dynamicAnchor") {
            *self.dynamic.entry(anchor.to_owned()).or_default() += 1;
        }
        base
    }
}

/// The identifier that makes a schema a base of its own.
pub(crate) fn identifier(map: &Map<String, Value>) -> Option<&str> {
    let id = map.get("$id").or_else(|| map.get("id"))?.as_str()?;
    (!id.is_empty() && !id.starts_with('#')).then_some(id)
}

/// Text with `%20` and the like turned back.
pub(super) fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let escaped = match tail {
            [high, low, ..] if *first == b'%' => hex(*high).zip(hex(*low)),
            _ => None,
        };
        bytes.push(escaped.map_or(*first, |(high, low)| high * 16 + low));
        rest = if escaped.is_some() { &tail[2..] } else { tail };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The part at a pointer, with the last base on the way to it.
fn part_at<'a>(base: &'a Value, pointer: &str) -> Option<Part<'a>> {
    let mut part = Part { schema: base, base };
    for step in pointer.split('/').skip(1) {
        let step = step.replace("~1", "/").replace("~0", "~");
        part.schema = match part.schema {
            Value::Object(map) => map.get(&step)?,
            Value::Array(items) => items.get(step.parse::<usize>().ok()?)?,
            _ => return None,
        };
        if part.schema.as_object().is_some_and(|map| identifier(map).is_some()) {
            part.base = part.schema;
        }
    }
    Some(part)
}

/// A reference made absolute. Steps upwards are not resolved: nobody writes them in schemas.
fn joined(base: &str, reference: &str) -> String {
    let origin_end = base.find("://").map_or(0, |at| at + 3);
    let origin = base[origin_end..].find('/').map_or(base, |at| &base[..origin_end + at]);
    let folder = base.rfind('/').map_or("", |at| &base[..=at]);
    match reference {
        _ if has_scheme(reference) => reference.to_owned(),
        _ if reference.starts_with('/') => format!("{origin}{reference}"),
        _ => format!("{folder}{reference}"),
    }
}

fn has_scheme(uri: &str) -> bool {
    let scheme = uri.split_once(':').map_or("", |(scheme, _)| scheme);
    scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}
