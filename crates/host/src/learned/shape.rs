//! What JSON values have in common: their kinds and the keys of their objects, and never a value.
//!
//! A shape only grows: what fitted it before fits it after. Keys that look like data (addresses, numbers, names beyond
//! count) are not kept either: such an object is a map.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::text::Text;

/// Levels that are told apart. What lies deeper is anything.
pub(super) const DEPTH_MAX: usize = 10;

/// Keys of one object. A type with more is a map, or of no use to a reader.
const KEYS_MAX: usize = 100;

/// Keys of an object none of which is always there: with more of them they are taken for data.
const LOOSE_KEYS_MAX: usize = 12;

/// Bytes of a key that names a field.
const KEY_BYTES_MAX: usize = 64;

/// Words of a key that names a field, where they are written apart. Sentences have more.
const KEY_WORDS_MAX: usize = 3;

/// Digits in a key that names a field: `address_line_2`, `sha256`. Identifiers and dates have more.
const KEY_DIGITS_MAX: usize = 3;

/// What values were seen to be: none of these before the first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Shape {
    #[serde(skip_serializing_if = "is_false")]
    pub(super) null: bool,
    #[serde(skip_serializing_if = "is_false")]
    pub(super) boolean: bool,
    #[serde(skip_serializing_if = "is_false")]
    pub(super) number: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) text: Option<Text>,
    /// The items of arrays.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) items: Option<Box<Shape>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) object: Option<Object>,
    /// Anything: some were not looked at.
    #[serde(skip_serializing_if = "is_false")]
    pub(super) any: bool,
}

/// What objects were seen to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Object {
    /// Objects with these keys.
    Fields(Fields),
    /// Objects whose keys are data, and what their values are.
    Map(Box<Shape>),
}

/// The keys of objects.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Fields {
    /// Objects that were seen.
    pub(super) seen: u64,
    pub(super) by_key: BTreeMap<String, Field>,
}

/// The values under one key.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Field {
    /// Objects that had it.
    pub(super) seen: u64,
    pub(super) shape: Shape,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
fn is_false(value: &bool) -> bool {
    !value
}

impl Shape {
    /// Adds what other values were seen to be.
    pub(super) fn add(&mut self, other: Self) {
        self.null |= other.null;
        self.boolean |= other.boolean;
        self.number |= other.number;
        self.any |= other.any;
        self.text = match (self.text, other.text) {
            (Some(one), Some(other)) => Some(one.or(other)),
            (one, other) => one.or(other),
        };
        if let Some(items) = other.items {
            self.items.get_or_insert_default().add(*items);
        }
        if let Some(object) = other.object {
            match &mut self.object {
                Some(own) => own.add(object),
                None => self.object = Some(object),
            }
        }
    }

    /// The fields of what was always an object with fields.
    fn only_fields(&self) -> Option<&Fields> {
        match self {
            Self {
                null: false,
                boolean: false,
                number: false,
                any: false,
                text: None,
                items: None,
                object: Some(Object::Fields(fields)),
            } => Some(fields),
            _ => None,
        }
    }

    /// How many shapes there are in it, itself included.
    pub(super) fn size(&self) -> usize {
        let items = self.items.as_ref().map_or(0, |items| items.size());
        let object = match &self.object {
            None => 0,
            Some(Object::Map(values)) => values.size(),
            Some(Object::Fields(fields)) => fields.by_key.values().map(|field| field.shape.size()).sum(),
        };
        1 + items + object
    }

    /// Leaves so many levels.
    pub(super) fn flatten(&mut self, levels: usize) {
        let Some(below) = levels.checked_sub(1) else {
            let has_parts = self.items.is_some() || self.object.is_some();
            if has_parts {
                *self = Self { any: true, ..Self::default() };
            }
            return;
        };
        if let Some(items) = &mut self.items {
            items.flatten(below);
        }
        match &mut self.object {
            None => {}
            Some(Object::Map(values)) => values.flatten(below),
            Some(Object::Fields(fields)) => {
                fields.by_key.values_mut().for_each(|field| field.shape.flatten(below));
            }
        }
    }
}

impl Object {
    fn add(&mut self, other: Self) {
        match (&mut *self, other) {
            (Self::Fields(own), Self::Fields(other)) => {
                own.add(other);
                self.settle();
            }
            (Self::Map(values), other) => values.add(other.into_values()),
            (Self::Fields(_), Self::Map(mut values)) => {
                let own = std::mem::replace(self, Self::Map(Box::default()));
                values.add(own.into_values());
                *self = Self::Map(values);
            }
        }
    }

    /// Makes it a map where its keys are taken for data, and gives what is then under all of them.
    pub(super) fn make_map(&mut self) -> &mut Shape {
        if let Self::Fields(_) = self {
            let own = std::mem::replace(self, Self::Map(Box::default()));
            *self = Self::Map(Box::new(own.into_values()));
        }
        match self {
            Self::Map(values) => values,
            Self::Fields(_) => unreachable!("it was made a map"),
        }
    }

    /// Makes it a map where it has too many keys for an object that somebody declared.
    pub(super) fn settle(&mut self) {
        let Self::Fields(fields) = self else { return };
        let is_loose = fields.by_key.values().all(|field| field.seen < fields.seen);
        let is_beyond_names =
            fields.by_key.len() > KEYS_MAX || (is_loose && fields.by_key.len() > LOOSE_KEYS_MAX);
        if is_beyond_names || fields.are_siblings() {
            self.make_map();
        }
    }

    fn into_values(self) -> Shape {
        match self {
            Self::Map(values) => *values,
            Self::Fields(fields) => {
                let mut values = Shape::default();
                fields.by_key.into_values().for_each(|field| values.add(field.shape));
                values
            }
        }
    }
}

impl Fields {
    /// Whether under all keys, of which there are several, are objects with the same keys: then these are more often data, as
    /// names of people are, than names of fields.
    fn are_siblings(&self) -> bool {
        let mut inner = self.by_key.values().map(|field| field.shape.only_fields());
        let Some(Some(first)) = inner.next() else { return false };
        let is_like_first =
            |other: Option<&Self>| other.is_some_and(|other| other.by_key.keys().eq(first.by_key.keys()));
        self.by_key.len() > 1 && !first.by_key.is_empty() && inner.all(is_like_first)
    }

    fn add(&mut self, other: Self) {
        self.seen += other.seen;
        for (key, field) in other.by_key {
            let own = self.by_key.entry(key).or_default();
            own.seen += field.seen;
            own.shape.add(field.shape);
        }
    }
}

/// Whether a key may be the name of a field. Others are data.
pub(super) fn names_a_field(key: &str) -> bool {
    let mut chars = key.chars();
    let begins = chars.next().is_some_and(|first| first.is_alphabetic() || matches!(first, '_' | '$' | '@'));
    let goes_on = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | ':' | '$' | ' ');
    let digits = key.chars().filter(|c| c.is_numeric()).count();
    let words = key.split(' ').count();
    begins
        && chars.all(goes_on)
        && key.len() <= KEY_BYTES_MAX
        && words <= KEY_WORDS_MAX
        && digits <= KEY_DIGITS_MAX
}
