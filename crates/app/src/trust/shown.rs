//! Which definitions `narrows trust` has shown: only these can be accepted. Looking and accepting are two processes,
//! and a server may say something else to each of them.

use std::{collections::BTreeMap, io, path::Path};

use files::{Folder, Locked};

use super::Waiting;

/// The file, beside the pins.
const NAME: &str = "shown";

/// The largest file read. A hash takes a hundred bytes, and nobody is shown a hundred thousand tools.
const FILE_BYTES_MAX: u64 = 16 << 20;

/// The hashes last shown, by server and tool.
#[derive(Debug, Default)]
pub(super) struct Shown(BTreeMap<String, BTreeMap<String, String>>);

impl Shown {
    /// What is in the folder. A file that cannot be read means that nothing was shown.
    pub(super) fn read(folder: &Path) -> Self {
        let read = Folder::open(folder).and_then(|folder| folder.read(NAME, FILE_BYTES_MAX));
        Self(serde_json::from_slice(&read.unwrap_or_default()).unwrap_or_default())
    }

    /// Whether this very definition was shown.
    pub(super) fn holds(&self, waiting: &Waiting) -> bool {
        let hash = self.0.get(waiting.server.as_str()).and_then(|tools| tools.get(&waiting.tool));
        hash == Some(&waiting.hash)
    }

    /// Notes that it was shown.
    pub(super) fn add(&mut self, waiting: &Waiting) {
        let tools = self.0.entry(waiting.server.as_str().to_owned()).or_default();
        tools.insert(waiting.tool.clone(), waiting.hash.clone());
    }

    pub(super) fn write(&self, folder: &Locked<'_>) -> io::Result<()> {
        folder.replace(NAME, &serde_json::to_vec(&self.0)?)
    }
}
