//! The file of one server's pins: read whole, written whole or not at all, and never thrown away.

use std::{
    collections::BTreeMap,
    io,
    path::Path,
    time::{SystemTime, UNIX_EPOCH},
};

use files::{Folder, Locked};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tools::ServerName;

/// The largest file read or written. All 24 real servers tried have 556 KB of definitions together.
const FILE_BYTES_MAX: usize = 64 << 20;

/// The shape of the file.
const FORMAT: u32 = 1;

/// The pins of one server, by the names of its tools.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Pinned {
    format: u32,
    server: String,
    pub(super) tools: BTreeMap<String, Pin>,
}

/// A definition that was accepted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Pin {
    pub(super) hash: String,
    /// It came when the server was already known, and no person has looked at it yet.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) new: bool,
    /// When it was accepted, in milliseconds since 1970.
    pub(super) accepted_at_ms: u64,
    /// The definition itself: to show what changed.
    pub(super) definition: Value,
}

impl Pinned {
    pub(super) fn new(server: &ServerName) -> Self {
        Self { format: FORMAT, server: server.as_str().to_owned(), tools: BTreeMap::new() }
    }

    /// Reads a server's pins from this file; `None` when it was never seen.
    pub(super) fn read(folder: &Path, file: &str, server: &ServerName) -> Result<Option<Self>, String> {
        let read = Folder::open(folder).and_then(|folder| folder.read(file, FILE_BYTES_MAX as u64));
        let text = match read.and_then(files::text) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            text => text.map_err(|error| error.to_string())?,
        };
        let pinned: Self = serde_json::from_str(&text).map_err(|error| error.to_string())?;
        if pinned.format != FORMAT {
            return Err(format!("its format is {}, and this Narrows knows {FORMAT}", pinned.format));
        }
        // Names were kept as they are shown once, without their invisible characters.
        if ![server.as_str(), &server.to_string()].contains(&pinned.server.as_str()) {
            return Err(format!("it is about the server `{}`", ServerName::new(pinned.server)));
        }
        Ok(Some(Self { server: server.as_str().to_owned(), ..pinned }))
    }

    pub(super) fn write(&self, folder: &Locked<'_>, file: &str) -> io::Result<()> {
        let text = serde_json::to_string(self)?;
        if text.len() > FILE_BYTES_MAX {
            return Err(io::Error::other(format!(
                "its definitions are larger than {} MB",
                FILE_BYTES_MAX >> 20
            )));
        }
        folder.replace(file, text.as_bytes())
    }
}

/// Moves a file that cannot be read out of the way, and says what its name is.
pub(super) fn set_aside(folder: &Locked<'_>, name: &str) -> io::Result<String> {
    let aside = format!("{}.unreadable-{}", name.trim_end_matches(".json"), now_ms());
    folder.rename(name, &aside)?;
    Ok(aside)
}

/// The file of a server's pins: of its name, and of what is started or connected to under it.
pub(super) fn name(server: &ServerName, origin: &str) -> String {
    of(&format!("{}\n{origin}", server.as_str()))
}

/// The files that a server's pins were in before: that of its name as it is shown, and those of a name alone.
pub(super) fn earlier_names(server: &ServerName, origin: &str) -> [String; 3] {
    [of(&format!("{server}\n{origin}")), of(server.as_str()), of(&server.to_string())]
}

fn of(text: &str) -> String {
    files::name_for(text) + ".json"
}

pub(super) fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
