//! JSON with comments, edited in its concrete syntax tree.

use jsonc_parser::{
    cst::{CstInputValue, CstObject, CstRootNode},
    parse_to_serde_value,
};
use serde_json::Value;

use super::{Tree, no_object};
use crate::config;

pub(super) struct Json {
    root: CstRootNode,
}

impl Json {
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        if text.trim().is_empty() {
            return Ok(Self { root: tree("{}\n")? });
        }
        config::check_json(text)?;
        let root = tree(text)?;
        match root.object_value() {
            Some(_) => Ok(Self { root }),
            None => Err("the file is not an object".to_owned()),
        }
    }

    fn object(&self, key: &[String]) -> Result<Option<CstObject>, String> {
        let mut object = self.root.object_value();
        for (at, name) in key.iter().enumerate() {
            let Some(property) = object.and_then(|object| object.get(name)) else { return Ok(None) };
            object = property.object_value();
            let is_null = || property.value().is_some_and(|value| value.as_null_keyword().is_some());
            if object.is_none() && !is_null() {
                return Err(no_object(&key[..=at]));
            }
        }
        Ok(object)
    }
}

impl Tree for Json {
    fn servers(&self, key: &[String]) -> Result<Option<Vec<(String, Value)>>, String> {
        let Some(object) = self.object(key)? else { return Ok(None) };
        let mut servers: Vec<(String, Value)> = Vec::new();
        for property in object.properties() {
            let (Some(name), Some(value)) = (property.decoded_name(), property.value()) else { continue };
            let value =
                parse_to_serde_value(&value.to_string(), &config::JSON).map_err(|it| it.to_string())?;
            // As every reader of JSON has it, the last one of a name counts.
            servers.retain(|(earlier, _)| *earlier != name);
            servers.push((name, value));
        }
        Ok(Some(servers))
    }

    fn set(&mut self, key: &[String], name: &str, entry: &Value) -> Result<(), String> {
        self.object(key)?;
        let way = |object: CstObject, name: &String| object.object_value_or_set(name);
        let object = key.iter().fold(self.root.object_value_or_set(), way);
        match object.get(name) {
            Some(property) => property.set_value(input(entry)),
            None => drop(object.append(name, input(entry))),
        }
        Ok(())
    }

    fn remove(&mut self, key: &[String], name: &str) {
        let Ok(Some(object)) = self.object(key) else { return };
        while let Some(property) = object.get(name) {
            property.remove();
        }
    }

    fn text(&self) -> String {
        self.root.to_string()
    }
}

fn tree(text: &str) -> Result<CstRootNode, String> {
    CstRootNode::parse(text, &config::JSON).map_err(|error| error.to_string())
}

fn input(value: &Value) -> CstInputValue {
    match value {
        Value::Null => CstInputValue::Null,
        Value::Bool(flag) => CstInputValue::Bool(*flag),
        Value::Number(number) => CstInputValue::Number(number.to_string()),
        Value::String(text) => CstInputValue::String(text.clone()),
        Value::Array(list) => CstInputValue::Array(list.iter().map(input).collect()),
        Value::Object(object) => {
            CstInputValue::Object(object.iter().map(|(name, value)| (name.clone(), input(value))).collect())
        }
    }
}
