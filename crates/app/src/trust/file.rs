//! The file of one server's pins: read whole, written whole or not at all, and never thrown away.

use std::{
    collections::BTreeMap,
    fs, io,
    io::{Read, Write},
    path::{Path, PathBuf},
    time::{SystemTime, UNIX_EPOCH},
};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};
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
        Self { format: FORMAT, server: server.to_string(), tools: BTreeMap::new() }
    }

    /// Reads a server's pins; `None` when it was never seen.
    pub(super) fn read(path: &Path, server: &ServerName) -> Result<Option<Self>, String> {
        let mut text = String::new();
        match fs::File::open(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error.to_string()),
            Ok(file) => {
                let mut bounded = file.take(FILE_BYTES_MAX as u64 + 1);
                bounded.read_to_string(&mut text).map_err(|error| error.to_string())?
            }
        };
        if text.len() > FILE_BYTES_MAX {
            return Err(format!("it is larger than {} MB", FILE_BYTES_MAX >> 20));
        }
        let pinned: Self = serde_json::from_str(&text).map_err(|error| error.to_string())?;
        if pinned.format != FORMAT {
            return Err(format!("its format is {}, and this Narrows knows {FORMAT}", pinned.format));
        }
        if pinned.server != server.as_str() {
            return Err(format!("it is about the server `{}`", pinned.server));
        }
        Ok(Some(pinned))
    }

    pub(super) fn write(&self, path: &Path) -> io::Result<()> {
        let text = serde_json::to_string(self)?;
        if text.len() > FILE_BYTES_MAX {
            return Err(io::Error::other(format!(
                "its definitions are larger than {} MB",
                FILE_BYTES_MAX >> 20
            )));
        }
        replace(path, &text)
    }
}

/// Writes beside the file first and then over it, so that a reader sees the old or the new one, also after a fall of power.
pub(super) fn replace(path: &Path, text: &str) -> io::Result<()> {
    let beside = path.with_extension(format!("{}.tmp", std::process::id()));
    let mut out = private(&beside)?;
    out.write_all(text.as_bytes())?;
    out.sync_all()?;
    drop(out);
    fs::rename(&beside, path)
}

/// Takes the lock of a folder of pins: several Narrows may learn and accept at once. Held as long as the file lives.
pub(super) fn lock(folder: &Path) -> io::Result<fs::File> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)?;
    let file = private(&folder.join(".lock"))?;
    file.lock()?;
    Ok(file)
}

/// Moves a file that cannot be read out of the way, and says where it is.
pub(super) fn set_aside(path: &Path) -> io::Result<PathBuf> {
    let aside = path.with_extension(format!("unreadable-{}", now_ms()));
    fs::rename(path, &aside)?;
    Ok(aside)
}

/// Where a server's pins are: a readable part, and one that makes it unique whatever characters the name has.
pub(super) fn path(folder: &Path, server: &ServerName) -> PathBuf {
    let plain = |c: char| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' };
    let readable: String = server.as_str().chars().take(40).map(plain).collect();
    let digest = Sha256::digest(server.as_str());
    let mark: String = digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    folder.join(format!("{readable}-{mark}.json"))
}

pub(super) fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

/// A file for its owner alone: descriptions of private tools are nobody else's business.
fn private(path: &Path) -> io::Result<fs::File> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}
