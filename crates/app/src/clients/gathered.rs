//! The configuration that the servers of all clients are gathered in. What stands in it stays as it is written.

use std::{
    io::ErrorKind,
    path::{Path, PathBuf},
};

use serde_json::Value;

use super::{
    backups::Change,
    document::Document,
    entry::{of_own, reach},
    found::text_of,
    table::Format,
};
use crate::config::SERVER_LISTS;

/// A configuration of Narrows that is edited.
pub(crate) struct Gathered {
    path: PathBuf,
    /// Its text, where it was there.
    before: Option<String>,
    document: Document,
    key: Vec<String>,
    servers: Vec<(String, Value)>,
}

/// The name that a server has in the configuration, and whether it is new there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Named {
    pub(crate) name: String,
    pub(crate) is_new: bool,
}

impl Gathered {
    /// Reads the configuration at a place, also where there is none.
    pub(crate) fn read(path: &Path) -> Result<Self, String> {
        let said = |why| format!("`{}`: {why}", path.display());
        let before = match path.symlink_metadata() {
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            _ => Some(text_of(path).map_err(said)?),
        };
        let text = before.as_deref().unwrap_or_default();
        let document = Document::parse(Format::Json, text).map_err(said)?;
        let owned = |key: &[&str]| key.iter().map(|&word| word.to_owned()).collect::<Vec<_>>();
        let mut lists = SERVER_LISTS.iter().map(|key| owned(key));
        let key = lists.find(|key| document.has(key)).unwrap_or_else(|| owned(SERVER_LISTS[0]));
        let servers = document.servers(&key).map_err(said)?;
        Ok(Self { path: path.to_owned(), before, document, key, servers })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn before(&self) -> Option<&str> {
        self.before.as_deref()
    }

    pub(crate) fn text(&self) -> String {
        self.document.text()
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> + Clone {
        self.servers.iter().map(|(name, _)| name.as_str())
    }

    /// Takes a server in: the same one as another of its name is that one, a different one gets the name of its client too.
    pub(super) fn take(&mut self, name: &str, client: &str, entry: &Value) -> Result<Named, String> {
        let beside = format!("{name}-{client}");
        let numbered = (2..).map(|number| format!("{beside}-{number}"));
        for name in [name.to_owned(), beside.clone()].into_iter().chain(numbered) {
            match self.servers.iter().find(|(taken, _)| *taken == name) {
                None => return self.put(&name, entry).map(|()| Named { name, is_new: true }),
                Some((_, there)) if reach(&of_own(there)) == reach(entry) => {
                    return Ok(Named { name, is_new: false });
                }
                Some(_) => {}
            }
        }
        Err("no name is left".to_owned())
    }

    /// Puts a server in, or in the place of the one with its name.
    pub(crate) fn put(&mut self, name: &str, entry: &Value) -> Result<(), String> {
        self.document.set(&self.key, name, entry)?;
        self.servers.retain(|(earlier, _)| earlier != name);
        self.servers.push((name.to_owned(), entry.clone()));
        Ok(())
    }

    /// Takes a server out.
    pub(crate) fn remove(&mut self, name: &str) {
        self.document.remove(&self.key, name);
        self.servers.retain(|(earlier, _)| earlier != name);
    }

    /// Writes it, where it is another than was read. Nothing is lost of what another process wrote meanwhile: then it is an error.
    pub(crate) fn write(&self) -> Result<(), String> {
        let change = Change::new(&self.path, self.before(), self.text(), Vec::new());
        let written = change.map_or(Ok(()), |change| change.write());
        written.map_err(|error| format!("`{}` cannot be written: {error}", self.path.display()))
    }
}
