//! Reads objects whose keys are all known: every unknown key and every wrong type is an error at its place.
//!
//! A section is a struct declared with `section!`; its field names are the keys and its doc comments the manual
//! (`docs/config.md` is written from them).

use jsonc_parser::{
    ast::{ObjectProp, Value},
    common::{Range, Ranged},
};

use super::text::Problem;

/// A kind of value.
pub(super) trait Setting: Sized {
    /// Reads it, or says what is wrong; `key` is the path from the top, as in `narrows.limits.calls`.
    fn read(value: &Value<'_>, key: &str) -> Result<Self, Problem>;

    /// Appends what is documented and in force below `key`.
    fn rows(value: Option<&Self>, key: &str, about: &str, rows: &mut Vec<Row>);
}

/// One documented key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Row {
    /// The path below `narrows`.
    pub(crate) key: String,
    /// What kind of value it takes.
    pub(crate) kind: &'static str,
    /// The value, as it would stand in the file.
    pub(crate) value: Option<String>,
    /// What it means.
    pub(crate) about: String,
}

/// Declares a section: a struct of optional fields, and how it is read and documented.
macro_rules! section {
    ($(#[doc = $about:literal])+ $name:ident { $($(#[doc = $doc:literal])+ $field:ident: $kind:ty,)+ }) => {
        $(#[doc = $about])+
        #[derive(Debug, Default)]
        pub(super) struct $name { $($(#[doc = $doc])+ pub(super) $field: Option<$kind>,)+ }

        impl $name {
            /// The names of its keys.
            pub(super) const KEYS: &'static [&'static str] = &[$(stringify!($field)),+];
        }

        impl $crate::config::keys::Setting for $name {
            fn read(
                value: &jsonc_parser::ast::Value<'_>,
                key: &str,
            ) -> Result<Self, $crate::config::text::Problem> {
                let mut section = Self::default();
                for property in $crate::config::keys::properties(value, key)? {
                    let name = property.name.as_str();
                    let path = format!("{key}.{name}");
                    match name {
                        $(stringify!($field) => {
                            section.$field =
                                Some(<$kind as $crate::config::keys::Setting>::read(&property.value, &path)?);
                        })+
                        _ => return Err($crate::config::keys::unknown(property, key, Self::KEYS)),
                    }
                }
                Ok(section)
            }

            fn rows(value: Option<&Self>, key: &str, _about: &str, rows: &mut Vec<$crate::config::keys::Row>) {
                $({
                    let path = $crate::config::keys::join(key, stringify!($field));
                    let about = concat!($($doc),+).trim();
                    let field = value.and_then(|section| section.$field.as_ref());
                    <$kind as $crate::config::keys::Setting>::rows(field, &path, about, rows);
                })+
            }
        }
    };
}
pub(super) use section;

/// The properties of an object, none of them twice.
pub(super) fn properties<'v, 'a>(value: &'v Value<'a>, key: &str) -> Result<&'v [ObjectProp<'a>], Problem> {
    let Value::Object(object) = value else { return Err(wrong_kind(value, key, "an object")) };
    none_twice(&object.properties, |_| true, |name| join(key, name))?;
    Ok(&object.properties)
}

/// Refuses a second property of one name, among the names that are ours.
pub(super) fn none_twice(
    properties: &[ObjectProp<'_>],
    is_ours: impl Fn(&str) -> bool,
    path: impl Fn(&str) -> String,
) -> Result<(), Problem> {
    for (at, property) in properties.iter().enumerate() {
        let name = property.name.as_str();
        if is_ours(name) && properties[..at].iter().any(|earlier| earlier.name.as_str() == name) {
            let message = format!("`{}` is written a second time", path(name));
            return Err(Problem::new(name_range(property), message));
        }
    }
    Ok(())
}

/// Refuses a property whose name misses `known` by a letter: beside other programs' keys it would be passed over, and
/// everything below it with it.
pub(super) fn no_slip(properties: &[ObjectProp<'_>], known: &str) -> Result<(), Problem> {
    let is_slip = |name: &str| name != known && text::slips(name, known) <= 1;
    match properties.iter().find(|property| is_slip(property.name.as_str())) {
        None => Ok(()),
        Some(slip) => {
            let message = format!("unknown key `{}`", slip.name.as_str());
            Err(Problem::new(name_range(slip), message).hint(format!("did you mean `{known}`?")))
        }
    }
}

/// The error for a key that is not one of `known`.
pub(super) fn unknown(property: &ObjectProp<'_>, key: &str, known: &[&str]) -> Problem {
    let name = property.name.as_str();
    let problem = Problem::new(name_range(property), format!("unknown key `{name}` in `{key}`"));
    match text::nearest(name, known.iter().copied()) {
        Some(near) => problem.hint(format!("did you mean `{near}`?")),
        None => problem.hint(format!("`{key}` knows {}", text::named(known))),
    }
}

/// The error for a value of another kind than `wanted`.
pub(super) fn wrong_kind(value: &Value<'_>, key: &str, wanted: &str) -> Problem {
    not_a(value, &format!("`{key}`"), wanted)
}

/// The same for a value that has no key.
pub(super) fn not_a(value: &Value<'_>, what: &str, wanted: &str) -> Problem {
    Problem::new(value.range(), format!("{what} must be {wanted}, not {}", kind_of(value)))
}

pub(super) fn name_range(property: &ObjectProp<'_>) -> Range {
    property.name.range()
}

pub(super) fn join(key: &str, name: &str) -> String {
    if key.is_empty() { name.to_owned() } else { format!("{key}.{name}") }
}

fn kind_of(value: &Value<'_>) -> &'static str {
    match value {
        Value::StringLit(_) => "text",
        Value::NumberLit(_) => "a number",
        Value::BooleanLit(_) => "true or false",
        Value::Object(_) => "an object",
        Value::Array(_) => "a list",
        Value::NullKeyword(_) => "null",
    }
}

/// Declares a whole number of something, from a least to a largest value.
macro_rules! whole {
    ($(#[doc = $doc:literal])+ $name:ident, $min:literal, $max:literal, $kind:literal) => {
        $(#[doc = $doc])+
        #[derive(Debug, Clone, Copy)]
        pub(super) struct $name(pub(super) u64);

        impl $name {
            const RANGE: &'static str = concat!($kind, " from ", $min, " to ", $max);
        }

        impl Setting for $name {
            fn read(value: &Value<'_>, key: &str) -> Result<Self, Problem> {
                let Value::NumberLit(number) = value else { return Err(wrong_kind(value, key, $kind)) };
                match number.value.parse() {
                    Ok(whole @ $min..=$max) => Ok(Self(whole)),
                    _ => Err(Problem::new(
                        value.range(),
                        format!("`{key}` must be {}, not {}", Self::RANGE, number.value),
                    )),
                }
            }

            fn rows(value: Option<&Self>, key: &str, about: &str, rows: &mut Vec<Row>) {
                rows.push(row(key, Self::RANGE, value.map(|value| value.0.to_string()), about));
            }
        }
    };
}

whole! {
    /// How many. A million of anything in one run is a mistake.
    Count, 1, 1_000_000, "a whole number"
}
whole! {
    /// Model tokens, where none is an answer too.
    Tokens, 0, 1_000_000, "a whole number"
}
whole! {
    /// Images in one answer, where none is an answer too. No model takes more.
    Images, 0, 100, "a whole number"
}
whole! {
    /// Seconds that a person may take: nobody remembers a question for longer than a month.
    PersonSeconds, 1, 2_592_000, "a whole number of seconds"
}
whole! {
    /// Processes of one kind: more than this many only wait for processors.
    Processes, 1, 64, "a whole number"
}
whole! {
    /// Kilobytes of something that travels to or from a worker in one frame of at most 96 MB.
    Kilobytes, 1, 65_536, "a whole number of KB"
}
whole! {
    /// Megabytes of an engine's memory, which has addresses for 4 GB. It takes nearly two itself.
    EngineMegabytes, 4, 4_096, "a whole number of MB"
}
whole! {
    /// Megabytes of this machine's memory.
    MemoryMegabytes, 1, 1_048_576, "a whole number of MB"
}
whole! {
    /// Megabytes of one file, which travels in one frame.
    FileMegabytes, 1, 64, "a whole number of MB"
}
whole! {
    /// Days that something is kept: none, or at most a century.
    Days, 0, 36_500, "a whole number of days"
}
whole! {
    /// Megabytes on a disk.
    DiskMegabytes, 1, 1_048_576, "a whole number of MB"
}

impl Count {
    pub(super) fn as_usize(self) -> usize {
        // A million at most.
        self.0 as usize
    }
}

/// A time, more than nothing and at most a day.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seconds(pub(super) f64);

impl Seconds {
    const RANGE: &'static str = "a number of seconds above 0 and up to 86400";

    pub(super) fn from_ms(ms: u64) -> Self {
        Self(ms as f64 / 1000.0)
    }

    pub(super) fn ms(self) -> u64 {
        (self.0 * 1000.0).ceil() as u64
    }
}

impl Setting for Seconds {
    fn read(value: &Value<'_>, key: &str) -> Result<Self, Problem> {
        let Value::NumberLit(number) = value else {
            return Err(wrong_kind(value, key, "a number of seconds"));
        };
        let seconds = number.value.parse().unwrap_or(0.0);
        if seconds > 0.0 && seconds <= 86_400.0 {
            return Ok(Self(seconds));
        }
        let message = format!("`{key}` must be {}, not {}", Self::RANGE, number.value);
        Err(Problem::new(value.range(), message))
    }

    fn rows(value: Option<&Self>, key: &str, about: &str, rows: &mut Vec<Row>) {
        rows.push(row(key, Self::RANGE, value.map(|value| value.0.to_string()), about));
    }
}

/// Text as written, its variables not yet put in.
#[derive(Debug, Clone)]
pub(super) struct Text {
    pub(super) raw: String,
    pub(super) at: Range,
}

impl Setting for Text {
    fn read(value: &Value<'_>, key: &str) -> Result<Self, Problem> {
        let Value::StringLit(text) = value else { return Err(wrong_kind(value, key, "text")) };
        Ok(Self { raw: text.value.to_string(), at: value.range() })
    }

    fn rows(value: Option<&Self>, key: &str, about: &str, rows: &mut Vec<Row>) {
        rows.push(row(key, "text", value.map(|value| format!("\"{}\"", value.raw)), about));
    }
}

/// Text that is never shown.
#[derive(Debug, Clone)]
pub(super) struct SecretText {
    pub(super) raw: secrecy::SecretString,
    pub(super) at: Range,
}

impl Setting for SecretText {
    fn read(value: &Value<'_>, key: &str) -> Result<Self, Problem> {
        let Value::StringLit(text) = value else { return Err(wrong_kind(value, key, "text")) };
        Ok(Self { raw: text.value.to_string().into(), at: value.range() })
    }

    fn rows(value: Option<&Self>, key: &str, about: &str, rows: &mut Vec<Row>) {
        rows.push(row(key, "text", value.map(|_| "(hidden)".to_owned()), about));
    }
}

/// True or false.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Flag(pub(super) bool);

impl Setting for Flag {
    fn read(value: &Value<'_>, key: &str) -> Result<Self, Problem> {
        match value {
            Value::BooleanLit(flag) => Ok(Self(flag.value)),
            other => Err(wrong_kind(other, key, "true or false")),
        }
    }

    fn rows(value: Option<&Self>, key: &str, about: &str, rows: &mut Vec<Row>) {
        rows.push(row(key, "true or false", value.map(|flag| flag.0.to_string()), about));
    }
}

/// A list of texts.
#[derive(Debug, Clone)]
pub(super) struct Texts(pub(super) Vec<Text>);

impl Setting for Texts {
    fn read(value: &Value<'_>, key: &str) -> Result<Self, Problem> {
        let Value::Array(list) = value else { return Err(wrong_kind(value, key, "a list of texts")) };
        let texts =
            list.elements.iter().enumerate().map(|(at, item)| Text::read(item, &format!("{key}[{at}]")));
        Ok(Self(texts.collect::<Result<_, _>>()?))
    }

    fn rows(value: Option<&Self>, key: &str, about: &str, rows: &mut Vec<Row>) {
        let shown = value.map(|texts| {
            let texts: Vec<_> = texts.0.iter().map(|text| format!("\"{}\"", text.raw)).collect();
            format!("[{}]", texts.join(", "))
        });
        rows.push(row(key, "a list of texts", shown, about));
    }
}

pub(super) fn row(key: &str, kind: &'static str, value: Option<String>, about: &str) -> Row {
    Row { key: key.to_owned(), kind, value, about: about.to_owned() }
}
