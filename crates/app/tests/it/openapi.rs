//! What is answered over HTTP, held against the committed document.

use std::{fs, path::Path, sync::LazyLock};

use serde_json::{Value, json};

use crate::{
    http::{Answered, Gateway},
    narrows::wait_until,
};

/// The document, with every object closed: then a member that it does not know is a fault.
static DOCUMENT: LazyLock<Value> = LazyLock::new(|| {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/openapi.json");
    let mut document = fs::read_to_string(page).expect("the document is committed");
    document = document.replace("#/components/schemas/", "#/$defs/");
    let mut document: Value = serde_json::from_str(&document).expect("it is JSON");
    for schema in document["components"]["schemas"].as_object_mut().expect("schemas").values_mut() {
        if schema["properties"].is_object() {
            schema["additionalProperties"] = false.into();
        }
    }
    document
});

/// A gateway whose every answer is held against the document.
pub(crate) struct Api<'a>(&'a Gateway);

impl<'a> Api<'a> {
    /// That of a gateway, once it runs scripts.
    pub(crate) fn ready(gateway: &'a Gateway) -> Self {
        wait_until("it is ready", || gateway.ask("GET", "/readyz", &[], "").status == 200);
        Self(gateway)
    }

    pub(crate) fn get(&self, path: &str) -> Answered {
        self.ask("GET", path, &[], "")
    }

    pub(crate) fn post(&self, path: &str, body: &Value) -> Answered {
        self.ask("POST", path, &[], &body.to_string())
    }

    pub(crate) fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answered {
        let answered = self.0.ask(method, path, headers, body);
        documented(method, path, &answered);
        answered
    }
}

/// Whether an answer is one that the document describes.
fn documented(method: &str, path: &str, answered: &Answered) {
    let Some(operation) = operation(method, path) else { return };
    let responses = &operation["responses"];
    let status = answered.status.to_string();
    let response = if responses[&status].is_object() { &responses[&status] } else { &responses["default"] };
    let kind = answered.header("content-type").unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default();
    let schema = &response["content"][kind]["schema"];
    assert!(schema.is_object(), "{method} {path}: {kind} is not documented: {answered:?}");
    if !kind.ends_with("json") {
        return;
    }
    let mut schema = schema.clone();
    schema["$defs"] = DOCUMENT["components"]["schemas"].clone();
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    let value = answered.json();
    let faults: Vec<_> = validator.iter_errors(&value).map(|fault| fault.to_string()).collect();
    assert_eq!(faults, Vec::<String>::new(), "{method} {path}: {answered:?}");
}

/// What the document says of a request.
fn operation(method: &str, path: &str) -> Option<&'static Value> {
    let path = path.split('?').next().unwrap_or_default();
    let (name, operations) =
        DOCUMENT["paths"].as_object().expect("paths").iter().find(|(name, _)| is_path(name, path))?;
    let operation = operations.get(method.to_ascii_lowercase())?;
    assert_ne!(operation["operationId"], json!(null), "{name}");
    Some(operation)
}

fn is_path(template: &str, path: &str) -> bool {
    let (mut wanted, mut given) = (template.split('/'), path.split('/'));
    loop {
        match (wanted.next(), given.next()) {
            (None, None) | (Some("{path}"), Some(_)) => return true,
            (Some(wanted), Some(given)) if wanted == given || wanted.starts_with('{') => {}
            _ => return false,
        }
    }
}
