//! Taking a JSON array apart without building it, and without keeping more items than asked for.

use std::fmt;

use serde::{
    Deserializer,
    de::{IgnoredAny, SeqAccess, Visitor},
};
use serde_json::value::RawValue;

/// The first items of an array.
pub(crate) struct Items<'a> {
    /// The items, at most as many as asked for.
    pub(crate) items: Vec<&'a RawValue>,
    /// How many more there were.
    pub(crate) more: usize,
}

/// The first `max` items of the array in `json`.
pub(crate) fn items(json: &[u8], max: usize) -> Result<Items<'_>, serde_json::Error> {
    let mut reader = serde_json::Deserializer::from_slice(json);
    let items = reader.deserialize_seq(FirstItems { max })?;
    reader.end()?;
    Ok(items)
}

struct FirstItems {
    max: usize,
}

impl<'de> Visitor<'de> for FirstItems {
    type Value = Items<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut items = Vec::new();
        while items.len() < self.max {
            match seq.next_element()? {
                Some(item) => items.push(item),
                None => return Ok(Items { items, more: 0 }),
            }
        }
        let mut more = 0;
        while seq.next_element::<IgnoredAny>()?.is_some() {
            more += 1;
        }
        Ok(Items { items, more })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_first_items_are_kept() {
        let seen = items(b"[1, {\"a\":[]}, 3, 4]", 2).expect("an array");
        assert_eq!(seen.items.iter().map(|raw| raw.get()).collect::<Vec<_>>(), ["1", "{\"a\":[]}"]);
        assert_eq!(seen.more, 2);
        assert!(items(b"{}", 2).is_err());
        assert!(items(b"[1] x", 2).is_err());
    }
}
