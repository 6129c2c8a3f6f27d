//! Looking at one value: its shape, in one pass over its JSON.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::{
    shape::{DEPTH_MAX, Field, Fields, Object, Shape, names_a_field},
    text::Text,
};

/// Fields that one value may add: a value made of nothing but new keys would take many times its size.
const NEW_FIELDS_MAX: usize = 5_000;

/// Adds what a value is to a shape.
pub(super) fn look_at(value: &RawValue, shape: &mut Shape) {
    let mut left = NEW_FIELDS_MAX;
    let mut json = serde_json::Deserializer::from_str(value.get());
    let looked = Look { shape, depth: 0, left: &mut left }.deserialize(&mut json);
    if let Err(error) = looked {
        tracing::debug!(%error, "a result is not looked at to its end");
    }
}

/// A place in a value, and the shape that it is a case of.
struct Look<'a> {
    shape: &'a mut Shape,
    depth: usize,
    left: &'a mut usize,
}

impl<'de> DeserializeSeed<'de> for Look<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        if self.depth > DEPTH_MAX {
            self.shape.any = true;
            return deserializer.deserialize_ignored_any(IgnoredAny).map(drop);
        }
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Look<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        self.shape.null = true;
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        self.shape.boolean = true;
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        self.shape.number = true;
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        self.shape.number = true;
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        self.shape.number = true;
        Ok(())
    }

    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        let kind = match self.shape.text {
            // Nothing can change it any more.
            Some(Text::Plain) => Text::Plain,
            Some(before) => before.or(Text::of(text)),
            None => Text::of(text),
        };
        self.shape.text = Some(kind);
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        let Self { shape, depth, left } = self;
        let items = shape.items.get_or_insert_default();
        while seq.next_element_seed(Look { shape: items, depth: depth + 1, left })?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Self { shape, depth, left } = self;
        let object = shape.object.get_or_insert_with(|| Object::Fields(Fields::default()));
        if let Object::Fields(fields) = object {
            fields.seen += 1;
        }
        while let Some(key) = map.next_key::<String>()? {
            let shape = under(object, key, left);
            map.next_value_seed(Look { shape, depth: depth + 1, left })?;
        }
        object.settle();
        Ok(())
    }
}

/// The shape of what is under a key of an object.
fn under<'o>(object: &'o mut Object, key: String, left: &mut usize) -> &'o mut Shape {
    let is_known = matches!(object, Object::Fields(fields) if fields.by_key.contains_key(&key));
    if !is_known {
        *left = left.saturating_sub(1);
        if *left == 0 || !names_a_field(&key) {
            return object.make_map();
        }
    }
    match object {
        Object::Map(values) => values,
        Object::Fields(fields) => {
            let field = fields.by_key.entry(key).or_insert_with(Field::default);
            // A key that an object has twice counts once.
            field.seen = (field.seen + 1).min(fields.seen);
            &mut field.shape
        }
    }
}
