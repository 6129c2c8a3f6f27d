//! The one walk over JSON text that all take who note what a value is like: each notes something else of it.
//!
//! Nothing is held of the text. One that is cut, or nests deeper than can be read, is walked as far as it goes.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// A value that holds no others.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Scalar<'t> {
    Null,
    Boolean,
    Number,
    /// An integer that a script sees as a `bigint`: beyond 2^53 - 1 not every one is a double.
    BigInt,
    Text(&'t str),
}

/// Where is noted what stands at one place of a value.
pub(crate) trait Place {
    /// The place of an element or a field.
    type Inner<'p>: Place
    where
        Self: 'p;

    fn scalar(&mut self, scalar: Scalar<'_>);

    /// A list stands here. Whether its elements are asked about.
    fn list(&mut self) -> bool;

    /// The next element, unless it is passed over.
    fn element(&mut self) -> Option<Self::Inner<'_>>;

    /// An object stands here. Whether its fields are asked about.
    fn object(&mut self) -> bool;

    /// The next field, unless it is passed over.
    fn field(&mut self, key: String) -> Option<Self::Inner<'_>>;

    /// All elements or fields were asked about.
    fn end(&mut self) {}
}

/// Walks over a text. An error where it is not JSON to its end; what comes before is noted.
pub(crate) fn walk(json: &str, place: impl Place) -> serde_json::Result<()> {
    Walk(place).deserialize(&mut serde_json::Deserializer::from_str(json))
}

struct Walk<P>(P);

impl<'de, P: Place> DeserializeSeed<'de> for Walk<P> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

/// A place that may be passed over.
struct Maybe<P>(Option<P>);

impl<'de, P: Place> DeserializeSeed<'de> for Maybe<P> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        match self.0 {
            Some(place) => Walk(place).deserialize(deserializer),
            None => deserializer.deserialize_ignored_any(IgnoredAny).map(drop),
        }
    }
}

/// An element; its place is asked for once it is known that there is one.
struct Next<'p, P>(&'p mut P);

impl<'de, P: Place> DeserializeSeed<'de> for Next<'_, P> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        Maybe(self.0.element()).deserialize(deserializer)
    }
}

impl<'de, P: Place> Visitor<'de> for Walk<P> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E: Error>(mut self) -> Result<(), E> {
        self.0.scalar(Scalar::Null);
        Ok(())
    }

    fn visit_bool<E: Error>(mut self, _: bool) -> Result<(), E> {
        self.0.scalar(Scalar::Boolean);
        Ok(())
    }

    fn visit_i64<E: Error>(mut self, value: i64) -> Result<(), E> {
        self.0.scalar(integer(value.unsigned_abs()));
        Ok(())
    }

    fn visit_u64<E: Error>(mut self, value: u64) -> Result<(), E> {
        self.0.scalar(integer(value));
        Ok(())
    }

    fn visit_f64<E: Error>(mut self, _: f64) -> Result<(), E> {
        self.0.scalar(Scalar::Number);
        Ok(())
    }

    fn visit_str<E: Error>(mut self, text: &str) -> Result<(), E> {
        self.0.scalar(Scalar::Text(text));
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut elements: A) -> Result<(), A::Error> {
        if !self.0.list() {
            return IgnoredAny.visit_seq(elements).map(drop);
        }
        while elements.next_element_seed(Next(&mut self.0))?.is_some() {}
        self.0.end();
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut fields: A) -> Result<(), A::Error> {
        if !self.0.object() {
            return IgnoredAny.visit_map(fields).map(drop);
        }
        while let Some(key) = fields.next_key::<String>()? {
            fields.next_value_seed(Maybe(self.0.field(key)))?;
        }
        self.0.end();
        Ok(())
    }
}

fn integer(size: u64) -> Scalar<'static> {
    if size < 1 << 53 { Scalar::Number } else { Scalar::BigInt }
}
