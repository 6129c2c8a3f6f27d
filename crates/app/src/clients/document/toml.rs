//! TOML, edited as `toml_edit` keeps it.

use serde_json::{Map, Value as Json};
use toml_edit::{Array, DocumentMut, InlineTable, Item, Table, TableLike, Value};

use super::{Tree, no_object};

pub(super) struct Toml {
    document: DocumentMut,
    /// Every line of the text ends as on Windows.
    is_windows: bool,
    /// What stood before the headers of tables that were taken out: the comments are the person's.
    comments: String,
}

impl Toml {
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let document = text.parse().map_err(|error: toml_edit::TomlError| said(text, &error))?;
        let breaks = text.matches('\n').count();
        let is_windows = breaks > 0 && text.matches("\r\n").count() == breaks;
        Ok(Self { document, is_windows, comments: String::new() })
    }

    fn table(&self, key: &[String]) -> Result<Option<&dyn TableLike>, String> {
        let mut table: &dyn TableLike = self.document.as_table();
        for (at, name) in key.iter().enumerate() {
            let Some(item) = table.get(name) else { return Ok(None) };
            table = item.as_table_like().ok_or_else(|| no_object(&key[..=at]))?;
        }
        Ok(Some(table))
    }

    fn table_mut(&mut self, key: &[String]) -> Option<&mut dyn TableLike> {
        let top: &mut dyn TableLike = self.document.as_table_mut();
        key.iter().try_fold(top, |table, name| table.get_mut(name)?.as_table_like_mut())
    }

    /// Makes what is missing on the way; no header of its own is written for it.
    fn make(&mut self, key: &[String]) {
        let mut table: &mut dyn TableLike = self.document.as_table_mut();
        for name in key {
            let item = table.entry(name).or_insert_with(|| {
                let mut table = Table::new();
                table.set_implicit(true);
                Item::Table(table)
            });
            match item.as_table_like_mut() {
                Some(inner) => table = inner,
                None => return,
            }
        }
    }
}

impl Tree for Toml {
    fn servers(&self, key: &[String]) -> Result<Option<Vec<(String, Json)>>, String> {
        let table = self.table(key)?;
        Ok(table.map(|table| table.iter().map(|(name, item)| (name.to_owned(), json(item))).collect()))
    }

    fn set(&mut self, key: &[String], name: &str, entry: &Json) -> Result<(), String> {
        self.table(key)?;
        let space = if self.document.is_empty() { "" } else { "\n" };
        let before = format!("{space}{}", std::mem::take(&mut self.comments));
        self.make(key);
        let Json::Object(entry) = entry else { return Err(no_object(key)) };
        let Some(servers) = self.table_mut(key) else { return Err(no_object(key)) };
        let item = match servers.get(name) {
            Some(Item::Value(_)) => Item::Value(Value::InlineTable(inline(entry))),
            _ => Item::Table(table_of(entry, &before)),
        };
        servers.insert(name, item);
        Ok(())
    }

    fn remove(&mut self, key: &[String], name: &str) {
        let removed = self.table_mut(key).and_then(|servers| servers.remove(name));
        if let Some(Item::Table(table)) = removed {
            let before = table.decor().prefix().and_then(|prefix| prefix.as_str()).unwrap_or_default();
            let comments = before.lines().filter(|line| line.trim_start().starts_with('#'));
            self.comments.extend(comments.map(|line| format!("{line}\n")));
        }
    }

    fn text(&self) -> String {
        let text = self.document.to_string();
        if self.is_windows { text.replace("\r\n", "\n").replace('\n', "\r\n") } else { text }
    }
}

/// A table with a header, those within it with headers of their own.
fn table_of(entry: &Map<String, Json>, before: &str) -> Table {
    let mut table = Table::new();
    table.decor_mut().set_prefix(before);
    for (name, value) in entry {
        let item = match value {
            Json::Object(object) => Item::Table(table_of(object, "\n")),
            other => Item::Value(plain(other)),
        };
        table.insert(name, item);
    }
    table
}

fn inline(entry: &Map<String, Json>) -> InlineTable {
    entry.iter().map(|(name, value)| (name.as_str(), plain(value))).collect()
}

fn plain(value: &Json) -> Value {
    match value {
        Json::Null => Value::from(""),
        Json::Bool(flag) => Value::from(*flag),
        Json::Number(number) => match number.as_i64() {
            Some(whole) => Value::from(whole),
            None => Value::from(number.as_f64().unwrap_or_default()),
        },
        Json::String(text) => Value::from(text.as_str()),
        Json::Array(list) => Value::Array(list.iter().map(plain).collect::<Array>()),
        Json::Object(object) => Value::InlineTable(inline(object)),
    }
}

fn json(item: &Item) -> Json {
    if let Some(table) = item.as_table_like() {
        return table.iter().map(|(name, item)| (name.to_owned(), json(item))).collect::<Map<_, _>>().into();
    }
    match item {
        Item::Value(value) => json_of(value),
        Item::ArrayOfTables(tables) => tables.iter().map(|table| json(&Item::Table(table.clone()))).collect(),
        _ => Json::Null,
    }
}

fn json_of(value: &Value) -> Json {
    match value {
        Value::String(text) => text.value().as_str().into(),
        Value::Integer(number) => (*number.value()).into(),
        Value::Float(number) => (*number.value()).into(),
        Value::Boolean(flag) => (*flag.value()).into(),
        Value::Datetime(time) => time.value().to_string().into(),
        Value::Array(list) => list.iter().map(json_of).collect(),
        Value::InlineTable(table) => json(&Item::Value(Value::InlineTable(table.clone()))),
    }
}

/// The first line of the message, which quotes nothing of the file, with its place.
fn said(text: &str, error: &toml_edit::TomlError) -> String {
    let at = error.span().map_or(0, |span| span.start);
    let line = text.get(..at).unwrap_or_default().matches('\n').count() + 1;
    let message = error.message();
    format!("line {line}: this is not TOML: {}", message.lines().next().unwrap_or_default())
}
