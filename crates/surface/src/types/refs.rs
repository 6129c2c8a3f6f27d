//! Where a `$ref` leads within one document. Nothing is fetched: a reference that leads out stays unknown.

use std::{cell::OnceCell, collections::HashMap};

use serde_json::Value;

/// Visited values when anchors are gathered: more than any real schema has, and a bound on the walk.
const VISITED_MAX: usize = 2_000_000;

/// Longest reference that is looked at.
const REFERENCE_BYTES_MAX: usize = 2_000;

/// A schema with its anchors and embedded identifiers.
#[derive(Debug)]
pub(crate) struct Document<'a> {
    root: &'a Value,
    /// Gathered when a reference asks for more than a pointer from the root.
    places: OnceCell<HashMap<String, &'a Value>>,
}

impl<'a> Document<'a> {
    pub(crate) fn new(root: &'a Value) -> Self {
        Self { root, places: OnceCell::new() }
    }

    /// Whether `$ref` hides the keywords beside it, as it did up to draft 7.
    pub(crate) fn ref_stands_alone(&self) -> bool {
        let dialect = self.root.get("$schema").and_then(Value::as_str).unwrap_or("");
        ["draft-03", "draft-04", "draft-05", "draft-06", "draft-07"].iter().any(|old| dialect.contains(old))
    }

    /// The schema a reference leads to, or why it leads nowhere.
    pub(crate) fn find(&self, reference: &str) -> Result<&'a Value, String> {
        if reference.len() > REFERENCE_BYTES_MAX {
            return Err("a reference of more than 2,000 bytes".to_owned());
        }
        let (uri, fragment) = reference.split_once('#').unwrap_or((reference, ""));
        let base = self.resource(uri).ok_or_else(|| format!("{reference} is in another document"))?;
        if fragment.is_empty() {
            return Ok(base);
        }
        let fragment = percent_decoded(fragment);
        let found = match fragment.starts_with('/') {
            true => base.pointer(&fragment),
            false => self.places().get(&format!("#{fragment}")).copied(),
        };
        found.ok_or_else(|| format!("{reference} is not in the schema"))
    }

    fn resource(&self, uri: &str) -> Option<&'a Value> {
        if uri.is_empty() {
            return Some(self.root);
        }
        let places = self.places();
        if let Some(found) = places.get(uri) {
            return Some(found);
        }
        let base = self.root.get("$id").or_else(|| self.root.get("id")).and_then(Value::as_str)?;
        let folder = base.rsplit_once('/').map_or("", |(folder, _)| folder);
        places.get(&format!("{folder}/{uri}")).or_else(|| places.get(&format!("{folder}{uri}"))).copied()
    }

    /// Every `$anchor` as `#name`, every `$id` as written.
    fn places(&self) -> &HashMap<String, &'a Value> {
        self.places.get_or_init(|| {
            let mut places = HashMap::new();
            let mut waiting = vec![self.root];
            let mut visited = 0;
            while let Some(value) = waiting.pop().filter(|_| visited < VISITED_MAX) {
                visited += 1;
                match value {
                    Value::Object(map) => {
                        gather(value, map, &mut places);
                        waiting.extend(map.values().rev());
                    }
                    Value::Array(items) => waiting.extend(items.iter().rev()),
                    _ => {}
                }
            }
            places
        })
    }
}

fn gather<'a>(
    value: &'a Value,
    map: &serde_json::Map<String, Value>,
    places: &mut HashMap<String, &'a Value>,
) {
    for key in ["$anchor", "$dynamicAnchor"] {
        if let Some(Value::String(anchor)) = map.get(key) {
            places.entry(format!("#{anchor}")).or_insert(value);
        }
    }
    for key in ["$id", "id"] {
        if let Some(Value::String(id)) = map.get(key) {
            places.entry(id.trim_end_matches('#').to_owned()).or_insert(value);
        }
    }
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

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}
