//! What is kept of a server between starts: its tools, and the era it speaks.
//!
//! One JSON file per server, written whole or not at all. What is read back is as little trusted as what a
//! server sends, and goes through the same decoding. No file is ever needed: a lost one costs a round trip.

use std::{
    io,
    path::{Path, PathBuf},
};

use files::Folder;
use serde_json::{Map, Value, json, value::RawValue};
use sha2::{Digest, Sha256};
use tools::{ServerName, Tool};

use crate::{
    entry::{Transport, plain_url},
    health::Era,
    listing::Listing,
};

/// The largest file read back or written. The lists of all 24 real servers tried are 556 KB together.
const FILE_BYTES_MAX: usize = 32 << 20;
/// The shape of the file; others are not read.
const FORMAT: u64 = 1;

/// Where one server's memory is, and for which configuration it holds.
#[derive(Debug, Clone)]
pub(crate) struct Memory {
    place: Option<Place>,
    config: String,
}

/// A file of the folder that servers are remembered in.
#[derive(Debug, Clone)]
struct Place {
    folder: PathBuf,
    file: String,
}

/// What is known of a server from an earlier time.
#[derive(Debug, Default)]
pub(crate) struct Remembered {
    pub(crate) era: Option<Era>,
    /// The URL answered as HTTP+SSE, of a server that could have been either.
    pub(crate) is_sse: bool,
    pub(crate) title: Option<String>,
    pub(crate) instructions: Option<String>,
    pub(crate) listing: Listing,
}

impl Memory {
    /// The memory of a server, in this directory; without one nothing is remembered.
    pub(crate) fn new(dir: Option<&Path>, name: &ServerName, transport: &Transport) -> Self {
        let place = dir.map(|dir| Place { folder: dir.to_owned(), file: file_name(name) });
        Self { place, config: fingerprint(transport) }
    }

    /// Reads it back; nothing if it is missing, broken, or of another configuration.
    pub(crate) fn load(&self) -> Option<Remembered> {
        let text = self.place.as_ref()?.read().ok()?;
        let mut whole: Map<String, Value> = serde_json::from_str(&text).ok()?;
        let holds = whole.get("format").and_then(Value::as_u64) == Some(FORMAT)
            && whole.get("config").and_then(Value::as_str) == Some(&self.config);
        if !holds {
            return None;
        }
        let tools = RawValue::from_string(whole.remove("tools")?.to_string()).ok()?;
        let mut listing = Listing::default();
        listing.add_page(&tools).ok()?;
        let text = |key: &str| whole.get(key).and_then(Value::as_str).map(str::to_owned);
        let era = match whole.get("era").and_then(Value::as_str) {
            Some("modern") => Some(Era::Modern),
            Some("legacy") => Some(Era::Legacy),
            _ => None,
        };
        Some(Remembered {
            era,
            is_sse: whole.get("sse") == Some(&Value::Bool(true)),
            title: text("title"),
            instructions: text("instructions"),
            listing,
        })
    }

    /// Writes it. Failing costs the next start a round trip, so it is only logged.
    pub(crate) fn save(&self, remembered: &Remembered) {
        let Some(place) = &self.place else { return };
        let text = json!({
            "format": FORMAT,
            "config": self.config,
            "era": remembered.era.map(|era| if era == Era::Modern { "modern" } else { "legacy" }),
            "sse": remembered.is_sse,
            "title": remembered.title,
            "instructions": remembered.instructions,
            "tools": remembered.listing.tools.iter().map(|tool| definition_json(tool)).collect::<Vec<_>>(),
        })
        .to_string();
        if text.len() > FILE_BYTES_MAX {
            return;
        }
        if let Err(error) = place.write(&text) {
            tracing::warn!(folder = %place.folder.display(), %error, "the tools of a server cannot be remembered");
        }
    }
}

fn file_name(name: &ServerName) -> String {
    files::name_for(name.as_str()) + ".json"
}

impl Place {
    fn read(&self) -> io::Result<String> {
        files::text(Folder::open(&self.folder)?.read(&self.file, FILE_BYTES_MAX as u64)?)
    }

    /// Other processes may remember the same server at the same time: the last one counts.
    fn write(&self, text: &str) -> io::Result<()> {
        Folder::make(&self.folder)?.lock()?.replace(&self.file, text.as_bytes())
    }
}

/// A definition as its server sends it.
pub(crate) fn definition_json(tool: &Tool) -> Value {
    let hints = &tool.annotations;
    let mut json = json!({
        "name": &*tool.name,
        "description": tool.description,
        "inputSchema": tool.input_schema,
        "annotations": {
            "readOnlyHint": hints.read_only,
            "destructiveHint": hints.destructive,
            "idempotentHint": hints.idempotent,
            "openWorldHint": hints.open_world,
        },
    });
    if let Some(title) = &tool.title {
        json["title"] = title.as_str().into();
    }
    if let Some(schema) = &tool.output_schema {
        json["outputSchema"] = schema.clone();
    }
    json
}

/// What a server was when it was remembered. Secrets are not part of it: their names are.
fn fingerprint(transport: &Transport) -> String {
    let mut parts = Vec::new();
    match transport {
        Transport::Stdio { command, args, env, cwd } => {
            parts.extend(["stdio".to_owned(), command.clone()]);
            parts.extend(args.iter().cloned());
            parts.push(cwd.as_ref().map(|cwd| cwd.display().to_string()).unwrap_or_default());
            parts.extend(env.iter().map(|(name, _)| name.clone()));
        }
        Transport::Http { url, headers }
        | Transport::Auto { url, headers }
        | Transport::Sse { url, headers } => {
            parts.extend(["url".to_owned(), plain_url(url)]);
            parts.extend(headers.iter().map(|(name, _)| name.clone()));
        }
    }
    digest(parts.iter().map(String::as_str))
}

fn digest<'a>(parts: impl IntoIterator<Item = &'a str>) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stdio(command: &str) -> Transport {
        Transport::Stdio { command: command.to_owned(), args: Vec::new(), env: Vec::new(), cwd: None }
    }

    fn one_tool() -> Remembered {
        let mut listing = Listing::default();
        let page = r#"[{"name":"a","title":"A","description":"x","inputSchema":{"type":"object"},
            "outputSchema":{"type":"object"},"annotations":{"readOnlyHint":true}}]"#;
        listing.add_page(&RawValue::from_string(page.to_owned()).expect("JSON")).expect("an array");
        Remembered { era: Some(Era::Legacy), title: Some("T".to_owned()), listing, ..Remembered::default() }
    }

    #[test]
    fn what_was_saved_comes_back_for_the_same_configuration_only() {
        let dir = tempfile::tempdir().expect("a folder");
        let name = ServerName::new("../日本 語");
        let memory = Memory::new(Some(dir.path()), &name, &stdio("x"));
        assert!(memory.load().is_none());
        memory.save(&one_tool());
        let back = memory.load().expect("remembered");
        assert_eq!(back.listing.tools, one_tool().listing.tools);
        assert_eq!((back.era, back.title.as_deref()), (Some(Era::Legacy), Some("T")));
        assert!(Memory::new(Some(dir.path()), &name, &stdio("y")).load().is_none());
        assert_eq!(std::fs::read_dir(dir.path()).expect("a folder").count(), 2, "the file and the lock");
    }

    #[test]
    fn a_broken_file_is_no_memory() {
        let dir = tempfile::tempdir().expect("a folder");
        let memory = Memory::new(Some(dir.path()), &ServerName::new("a"), &stdio("x"));
        memory.save(&one_tool());
        let file = dir.path().join(file_name(&ServerName::new("a")));
        std::fs::write(file, "{\"format\":1,").expect("written");
        assert!(memory.load().is_none());
    }
}
