//! Servers that are played from a file: what they offered and answered in runs of the past, answered again.
//!
//! A recording makes a catalog and carries calls as [`crate::Upstream`] does, and starts and connects to nothing. What
//! stands in the file is as little trusted as what a server sends, and goes through the same decoding (`file`). Which
//! of its answers a call is given, `play` says.

mod file;
mod play;
#[cfg(test)]
mod tests;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
};

use parking_lot::Mutex;
use tools::{Answer, CallError, Catalog, Exchange, Method, Server, ToolId, canonical};

pub use file::recording_json;
use play::Played;

/// The largest recording that is read or written. All answers of one are held in memory, beside the text they are read from.
pub const RECORDING_BYTES_MAX: usize = 256 << 20;

/// Servers as they were recorded.
#[derive(Debug)]
pub struct Recording {
    catalog: Arc<Catalog>,
    recorded: BTreeMap<Asked, Recorded>,
    played: Mutex<Played>,
}

/// What makes two calls the same.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Asked {
    tool: ToolId,
    method: Method,
    /// In their canonical form.
    arguments: String,
}

/// What came of equal calls, in the order in which they were made.
#[derive(Debug)]
struct Recorded {
    /// Its number among all that is recorded.
    number: usize,
    outcomes: Vec<Result<Answer, CallError>>,
}

/// Why a file is no recording.
#[derive(Debug, thiserror::Error)]
#[error("`{}` cannot be used as a recording: {reason}", path.display())]
pub struct RecordingError {
    /// The file.
    pub path: PathBuf,
    /// What is wrong with it.
    pub reason: String,
}

impl Recording {
    /// A recording of these servers, which answer as they did.
    pub fn new(servers: impl IntoIterator<Item = Arc<Server>>, exchanges: Vec<Exchange>) -> Self {
        let mut recorded: BTreeMap<Asked, Recorded> = BTreeMap::new();
        for exchange in exchanges {
            let number = recorded.len();
            let asked = Asked::new(exchange.method, &exchange.tool, exchange.arguments.get());
            let equal = recorded.entry(asked).or_insert(Recorded { number, outcomes: Vec::new() });
            equal.outcomes.push(exchange.outcome);
        }
        Self { catalog: Arc::new(Catalog::new(servers)), recorded, played: Mutex::default() }
    }

    /// Reads a recording from a file.
    pub fn read(path: &Path) -> Result<Self, RecordingError> {
        let read = files::read(path, RECORDING_BYTES_MAX as u64).map_err(|error| error.to_string());
        match read.and_then(|bytes| file::decoded(&bytes)) {
            Ok((servers, exchanges)) => Ok(Self::new(servers, exchanges)),
            Err(reason) => Err(RecordingError { path: path.to_owned(), reason }),
        }
    }

    /// The servers, with the tools they had.
    pub fn catalog(&self) -> &Arc<Catalog> {
        &self.catalog
    }
}

impl Asked {
    fn new(method: Method, tool: &ToolId, arguments: &str) -> Self {
        Self { tool: tool.clone(), method, arguments: canonical(arguments.as_bytes()) }
    }

    /// Whether it asks the same tool.
    fn is_of_same_tool(&self, other: &Self) -> bool {
        (&self.tool, self.method) == (&other.tool, other.method)
    }
}
