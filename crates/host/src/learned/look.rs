//! Looking at one value: its shape, in one pass over its JSON.

use serde_json::value::RawValue;

use super::{
    shape::{DEPTH_MAX, Field, Fields, Object, Shape, names_a_field},
    text::Text,
};
use crate::json_walk::{Place, Scalar, walk};

/// Fields that one value may add: a value made of nothing but new keys would take many times its size.
const NEW_FIELDS_MAX: usize = 5_000;

/// Adds what a value is to a shape.
pub(super) fn look_at(value: &RawValue, shape: &mut Shape) {
    let mut left = NEW_FIELDS_MAX;
    let looked = walk(value.get(), Look { shape, depth: 0, left: &mut left });
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

impl<'a> Look<'a> {
    /// A place within, unless it is too deep to be looked at.
    fn within(shape: &'a mut Shape, depth: usize, left: &'a mut usize) -> Option<Self> {
        let depth = depth + 1;
        if depth > DEPTH_MAX {
            shape.any = true;
            return None;
        }
        Some(Self { shape, depth, left })
    }
}

impl Place for Look<'_> {
    type Inner<'p>
        = Look<'p>
    where
        Self: 'p;

    fn scalar(&mut self, scalar: Scalar<'_>) {
        let shape = &mut *self.shape;
        match scalar {
            Scalar::Null => shape.null = true,
            Scalar::Boolean => shape.boolean = true,
            Scalar::Number | Scalar::BigInt => shape.number = true,
            Scalar::Text(text) => {
                shape.text = Some(match shape.text {
                    // Nothing can change it any more.
                    Some(Text::Plain) => Text::Plain,
                    Some(before) => before.or(Text::of(text)),
                    None => Text::of(text),
                });
            }
        }
    }

    fn list(&mut self) -> bool {
        self.shape.items.get_or_insert_default();
        true
    }

    fn element(&mut self) -> Option<Look<'_>> {
        Look::within(self.shape.items.get_or_insert_default(), self.depth, self.left)
    }

    fn object(&mut self) -> bool {
        let object = self.shape.object.get_or_insert_with(|| Object::Fields(Fields::default()));
        if let Object::Fields(fields) = object {
            fields.seen += 1;
        }
        true
    }

    fn field(&mut self, key: String) -> Option<Look<'_>> {
        let shape = under(self.shape.object.as_mut()?, key, self.left);
        Look::within(shape, self.depth, self.left)
    }

    fn end(&mut self) {
        if let Some(object) = &mut self.shape.object {
            object.settle();
        }
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
