//! What the host is told when it starts. Plain values: this room reads no file and no variable for them.

use std::{ffi::OsString, path::PathBuf, sync::Arc};

use wire::{Limits, SuspectKind, Wall};

use crate::rules::Rules;

/// How the host is set up.
#[derive(Debug, Clone)]
pub struct Settings {
    /// How worker processes are started.
    pub worker: WorkerCommand,
    /// The walls without which no worker is given a script. Any other that is missing is named in every record.
    pub required_walls: Vec<Wall>,
    /// How many runner processes there are; each carries many runs at once. At least 1.
    pub runners: usize,
    /// The limits of a run that names none.
    pub limits: Limits,
    /// The folder that holds `workspaces/` and `skills/`. Made when missing.
    pub data_dir: PathBuf,
    /// Model tokens of Narrows' own tool definitions, for the comparison in every record.
    pub own_tool_tokens: u64,
    /// Patterns a script is refused for. The others are only warned about.
    pub refused_patterns: Vec<SuspectKind>,
    /// Which calls may be made.
    pub rules: Arc<Rules>,
}

impl Settings {
    /// The usual settings: one runner, default limits, no wall required, nothing refused by rule.
    pub fn new(worker: WorkerCommand, data_dir: PathBuf) -> Self {
        Self {
            worker,
            required_walls: Vec::new(),
            runners: 1,
            limits: Limits::default(),
            data_dir,
            own_tool_tokens: 0,
            refused_patterns: Vec::new(),
            rules: Arc::default(),
        }
    }
}

/// The program that is both kinds of worker, and the arguments that make it one.
#[derive(Debug, Clone)]
pub struct WorkerCommand {
    /// An absolute path: a worker starts in `/` with an empty environment.
    pub program: PathBuf,
    /// The arguments that make it a parser.
    pub parse: Vec<OsString>,
    /// The arguments that make it a runner.
    pub run: Vec<OsString>,
}

/// Why the host cannot start.
#[derive(Debug, thiserror::Error)]
pub enum HostError {
    /// The data folder cannot be made or opened.
    #[error("cannot use the data folder `{}`: {source}", path.display())]
    DataDir {
        /// The folder.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The host was made outside of a tokio runtime.
    #[error("the host needs a running tokio runtime")]
    NoRuntime,
}
