//! Fields whose values are personal data because a configuration says so: names, addresses.

use std::collections::HashMap;

use crate::{
    json::What,
    kind::Kind,
    path::Path,
    place::{Found, Sort},
    reading::Reading,
};

/// A longer key is that of no field. Strangers' keys are as long as they like, and looked at for every key within them.
const KEY_BYTES_MAX: usize = 256;

/// Fields by their innermost key.
#[derive(Debug, Default)]
pub(crate) struct Fields {
    by_key: HashMap<String, Vec<Field>>,
}

#[derive(Debug)]
struct Field {
    /// The keys around, the innermost first.
    around: Vec<String>,
    kind: Kind,
}

/// Why something is no field.
pub(crate) struct FieldError(pub(crate) String);

impl Fields {
    /// Adds the field with this path.
    pub(crate) fn add(&mut self, path: &str, kind: &Kind) -> Result<(), FieldError> {
        let keys = path.trim_start_matches("$.").split('.').map(|part| part.trim_end_matches("[]"));
        let keys: Vec<String> = keys.map(plain).collect();
        match keys.split_last() {
            Some((key, around)) if keys.iter().all(|key| !key.is_empty()) => {
                let around = around.iter().rev().cloned().collect();
                self.by_key.entry(key.clone()).or_default().push(Field { around, kind: kind.clone() });
                Ok(())
            }
            _ => Err(FieldError(format!(
                "`{path}` has an empty key; write a key (`name`) or keys (`customer.name`)"
            ))),
        }
    }

    /// Everything that stands in one of the fields.
    pub(crate) fn find(&self, reading: &Reading<'_>) -> Vec<Found> {
        let mut found = Vec::new();
        if self.by_key.is_empty() {
            return found;
        }
        let (mut path, mut inside) = (Path::default(), None);
        for token in reading.tokens() {
            path.see(token);
            match (token.what, &inside) {
                (What::Key | What::Close, Some((depth, _))) if path.depth() > *depth => {}
                (What::Key, _) => inside = self.kind(&reading.text, &path).map(|kind| (path.depth(), kind)),
                (What::Close, Some((depth, _))) if path.depth() < *depth => inside = None,
                (What::String | What::Number, Some((_, kind))) => {
                    found.push(Found { range: token.range.clone(), kind: kind.clone(), sort: Sort::Field });
                }
                _ => {}
            }
        }
        found
    }

    /// The kind of the field that a path leads to.
    fn kind(&self, text: &str, path: &Path) -> Option<Kind> {
        let mut keys =
            path.keys().map(|key| &text[key]).map(|key| if key.len() > KEY_BYTES_MAX { "" } else { key });
        let candidates = self.by_key.get(&plain(keys.next()?))?;
        let around = candidates.iter().map(|field| field.around.len()).max().unwrap_or_default();
        let around: Vec<String> = keys.take(around).map(plain).collect();
        candidates.iter().find(|field| around.starts_with(&field.around)).map(|field| field.kind.clone())
    }
}

/// A key without what makes no difference.
fn plain(key: &str) -> String {
    key.chars().filter(|char| !matches!(char, '_' | '-' | ' ')).flat_map(char::to_lowercase).collect()
}
