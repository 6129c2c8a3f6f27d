//! Which definitions `narrows trust` has shown: only these can be accepted. Looking and accepting are two processes,
//! and a server may say something else to each of them.

use std::{collections::BTreeMap, fs, io, path::Path};

use super::{Waiting, file};

/// The file, beside the pins.
const NAME: &str = "shown";

/// The hashes last shown, by server and tool.
#[derive(Debug, Default)]
pub(super) struct Shown(BTreeMap<String, BTreeMap<String, String>>);

impl Shown {
    /// What is in the folder. A file that cannot be read means that nothing was shown.
    pub(super) fn read(folder: &Path) -> Self {
        let text = fs::read_to_string(folder.join(NAME)).unwrap_or_default();
        Self(serde_json::from_str(&text).unwrap_or_default())
    }

    /// Whether this very definition was shown.
    pub(super) fn holds(&self, waiting: &Waiting) -> bool {
        let hash = self.0.get(waiting.server.as_str()).and_then(|tools| tools.get(&waiting.tool));
        hash == Some(&waiting.hash)
    }

    /// Notes that it was shown.
    pub(super) fn add(&mut self, waiting: &Waiting) {
        let tools = self.0.entry(waiting.server.to_string()).or_default();
        tools.insert(waiting.tool.clone(), waiting.hash.clone());
    }

    pub(super) fn write(&self, folder: &Path) -> io::Result<()> {
        file::replace(&folder.join(NAME), &serde_json::to_string(&self.0)?)
    }
}
