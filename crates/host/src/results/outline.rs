//! What a large value looks like, in a line: keys, types and counts, as TypeScript. All of it is looked at, and none of its values
//! told.

use std::{cell::Cell, fmt};

use serde_json::value::RawValue;

use crate::json_walk::{Place, Scalar, walk};

/// Keys of one object that are told apart. One of more is taken for a table: its keys are data.
const KEYS_MAX: usize = 30;

/// How deep it is told: what lies deeper is seen in its beginning, or by a script.
const DEPTH_MAX: usize = 5;

/// Objects told apart, with their keys: a value of many megabytes may be nothing but keys.
const OBJECTS_MAX: usize = 500;

/// The longest outline: a model reads it with the answer.
const SHOWN_CHARS: usize = 1_500;

/// What was seen at one place of a value.
#[derive(Debug, Default, PartialEq)]
struct Seen {
    /// How often, of anything.
    times: usize,
    kinds: Vec<&'static str>,
    list: Option<Box<List>>,
    object: Option<Box<Object>>,
}

#[derive(Debug, Default, PartialEq)]
struct List {
    lists: usize,
    /// Elements of all of them.
    element: Seen,
}

#[derive(Debug, Default, PartialEq)]
struct Object {
    objects: usize,
    keys: Vec<(String, Seen)>,
    /// What lies under the keys, where they are too many to tell apart.
    table: Option<Table>,
}

#[derive(Debug, Default, PartialEq)]
struct Table {
    keys: usize,
    value: Seen,
}

/// What a value looks like.
pub(crate) fn outline(value: &RawValue) -> String {
    let mut seen = Seen::default();
    let left = Cell::new(OBJECTS_MAX);
    // A value that nests deeper than can be read is told as far as it was.
    let _ = walk(value.get(), Look { seen: &mut seen, depth: 0, left: &left });
    if seen.kinds == ["string"] && seen.times == 1 {
        return of_text(&crate::record::unquoted(value.get()));
    }
    text::cut(&seen.to_string(), SHOWN_CHARS)
}

fn of_text(text: &str) -> String {
    let (characters, lines) = (text.chars().count(), text.lines().count());
    format!("a text of {}, {}", text::counted(characters, "character"), text::counted(lines, "line"))
}

impl Seen {
    fn kind(&mut self, kind: &'static str) {
        self.times += 1;
        if !self.kinds.contains(&kind) {
            self.kinds.push(kind);
        }
    }

    fn list(&mut self) {
        self.times += 1;
        self.list.get_or_insert_default().lists += 1;
    }

    fn object(&mut self) {
        self.times += 1;
        self.object.get_or_insert_default().objects += 1;
    }

    /// Adds what was seen elsewhere.
    fn merge(&mut self, other: Self) {
        self.times += other.times;
        let unknown = |kind: &&'static str| !self.kinds.contains(kind);
        let kinds: Vec<_> = other.kinds.into_iter().filter(unknown).collect();
        self.kinds.extend(kinds);
        if let Some(list) = other.list {
            let own = self.list.get_or_insert_default();
            own.lists += list.lists;
            own.element.merge(list.element);
        }
        if let Some(object) = other.object {
            self.object.get_or_insert_default().merge(*object);
        }
    }

    /// How it is written within another type.
    fn in_list(&self) -> String {
        let several =
            self.kinds.len() + usize::from(self.list.is_some()) + usize::from(self.object.is_some()) > 1;
        if several { format!("({self})") } else { self.to_string() }
    }
}

impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let composed =
            [self.object.as_ref().map(ToString::to_string), self.list.as_ref().map(ToString::to_string)];
        let all = composed.into_iter().flatten().chain(self.kinds.iter().map(|kind| (*kind).to_owned()));
        let all: Vec<_> = all.collect();
        f.write_str(if all.is_empty() { "unknown" } else { "" })?;
        f.write_str(&all.join(" | "))
    }
}

impl fmt::Display for List {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.element.times;
        match (self.lists, count) {
            (_, 0) => f.write_str("[]"),
            (1, _) => write!(f, "{}[] /* {count} */", self.element.in_list()),
            (lists, _) => write!(f, "{}[] /* {count} in {lists} */", self.element.in_list()),
        }
    }
}

impl fmt::Display for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(Table { keys, value }) = &self.table {
            return write!(f, "{{ [key: string]: {value} }} /* {keys} keys */");
        }
        if self.keys.is_empty() {
            return f.write_str("{}");
        }
        let key = |(key, seen): &(String, Seen)| {
            let optional = if seen.times < self.objects { "?" } else { "" };
            format!("{}{optional}: {seen}", spelt(key))
        };
        write!(f, "{{ {} }}", self.keys.iter().map(key).collect::<Vec<_>>().join(", "))
    }
}

/// A key as it is written in an object of TypeScript.
fn spelt(key: &str) -> String {
    let is_word = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
    let is_plain = key.chars().all(is_word) && !key.starts_with(|c: char| c.is_numeric()) && !key.is_empty();
    if is_plain { key.to_owned() } else { serde_json::Value::from(key).to_string() }
}

impl Object {
    /// Where what lies under a key is noted.
    fn at(&mut self, key: String) -> &mut Seen {
        let known = self.keys.iter().position(|(known, _)| *known == key);
        if self.table.is_none() && known.is_none() && self.keys.len() == KEYS_MAX {
            self.become_table();
        }
        match (&mut self.table, known) {
            (Some(table), _) => {
                table.keys += 1;
                &mut table.value
            }
            (None, Some(at)) => &mut self.keys[at].1,
            (None, None) => {
                let at = self.keys.len();
                self.keys.push((key, Seen::default()));
                &mut self.keys[at].1
            }
        }
    }

    fn become_table(&mut self) {
        let mut table = Table::default();
        for (_, seen) in self.keys.drain(..) {
            table.keys += seen.times;
            table.value.merge(seen);
        }
        self.table = Some(table);
    }
}

impl Object {
    fn merge(&mut self, other: Self) {
        self.objects += other.objects;
        for (key, seen) in other.keys {
            self.at(key).merge(seen);
        }
        if let Some(table) = other.table {
            if self.table.is_none() {
                self.become_table();
            }
            let own = self.table.get_or_insert_default();
            own.keys += table.keys;
            own.value.merge(table.value);
        }
    }
}

struct Look<'s> {
    seen: &'s mut Seen,
    depth: usize,
    /// How many objects are still told apart.
    left: &'s Cell<usize>,
}

impl Look<'_> {
    /// Whether this object is told, and not only that it is one.
    fn tells_object(&self) -> bool {
        if self.seen.object.is_none() {
            let Some(left) = self.left.get().checked_sub(1) else { return false };
            self.left.set(left);
        }
        self.depth < DEPTH_MAX
    }
}

impl Place for Look<'_> {
    type Inner<'p>
        = Look<'p>
    where
        Self: 'p;

    fn scalar(&mut self, scalar: Scalar<'_>) {
        self.seen.kind(match scalar {
            Scalar::Null => "null",
            Scalar::Boolean => "boolean",
            Scalar::Number => "number",
            Scalar::BigInt => "bigint",
            Scalar::Text(_) => "string",
        });
    }

    fn list(&mut self) -> bool {
        let tells = self.depth < DEPTH_MAX;
        if tells {
            self.seen.list();
        } else {
            self.seen.kind("unknown[]");
        }
        tells
    }

    fn element(&mut self) -> Option<Look<'_>> {
        let list = self.seen.list.as_mut()?;
        Some(Look { seen: &mut list.element, depth: self.depth + 1, left: self.left })
    }

    fn object(&mut self) -> bool {
        let tells = self.tells_object();
        if tells {
            self.seen.object();
        } else {
            self.seen.kind("object");
        }
        tells
    }

    fn field(&mut self, key: String) -> Option<Look<'_>> {
        let object = self.seen.object.as_mut()?;
        Some(Look { seen: object.at(key), depth: self.depth + 1, left: self.left })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(json: &str) -> String {
        outline(&RawValue::from_string(json.to_owned()).expect("JSON"))
    }

    #[test]
    fn a_value_is_told_by_its_keys_types_and_counts() {
        let table = (0..40).map(|at| format!(r#""id {at}":{{"n":{at}}}"#)).collect::<Vec<_>>().join(",");
        for (json, expect) in [
            (
                r#"[{"id":1,"name":"a"},{"id":2,"tags":["x","y"]}]"#.to_owned(),
                "{ id: number, name?: string, tags?: string[] /* 2 */ }[] /* 2 */",
            ),
            (
                r#"{"rows":[[1,2],[3,"x"]],"total":2,"next":null}"#.to_owned(),
                "{ rows: (number | string)[] /* 4 in 2 */[] /* 2 */, total: number, next: null }",
            ),
            (format!("{{{table}}}"), "{ [key: string]: { n: number } } /* 40 keys */"),
            (format!("[{{{table}}},{{}}]"), "{ [key: string]: { n: number } } /* 40 keys */[] /* 2 */"),
            (
                r#"{"a b":1.5,"2":true,"ä":9007199254740993}"#.to_owned(),
                r#"{ "a b": number, "2": boolean, ä: bigint }"#,
            ),
            ("[[[[[[1]]]]]]".to_owned(), "unknown[][] /* 1 */[] /* 1 */[] /* 1 */[] /* 1 */[] /* 1 */"),
            (r#""ä\nb\n""#.to_owned(), "a text of 4 characters, 2 lines"),
            ("[]".to_owned(), "[]"),
            ("{}".to_owned(), "{}"),
        ] {
            assert_eq!(told(&json), expect, "{json}");
        }
    }

    #[test]
    fn an_outline_is_short_whatever_the_value() {
        let wide = |depth: usize| {
            (0..depth).fold("1".to_owned(), |value, _| {
                let keys =
                    (0..25).map(|at| format!(r#""a key of some length {at}":{value}"#)).collect::<Vec<_>>();
                format!("{{{}}}", keys.join(","))
            })
        };
        for json in [wide(3), "[".repeat(5_000) + &"]".repeat(5_000)] {
            assert!(told(&json).chars().count() <= SHOWN_CHARS + 1, "{}", told(&json));
        }
    }
}
