//! The limits of a run, as types. Each error names the limit, its value and its key.

use serde::{Deserialize, Serialize};

/// Calls of any kind that may wait for an answer at once: timers and files besides tools. Each costs the host
/// some hundred bytes for as long as it waits.
pub const OUTSTANDING_MAX: u64 = 20_000;

/// Everything a run may use. The defaults are the documented ones (`docs/config.md`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Time the script itself computes, in milliseconds. A model's script does seconds of work at most.
    pub cpu_ms: u64,
    /// Time from start to end in milliseconds, not counting time spent waiting for tools or people.
    pub wall_ms: u64,
    /// Memory of the script, in bytes: the whole linear memory of its engine instance.
    pub memory_bytes: u64,
    /// Size of the script's source, in bytes.
    pub source_bytes: u64,
    /// Tool calls a run may make.
    pub calls: u64,
    /// Tool calls that may be under way at once; more wait their turn.
    pub in_flight: u64,
    /// Printed text, in bytes of UTF-8.
    pub printed_bytes: u64,
    /// The returned value as JSON, in bytes: what the host keeps, not what the model is shown at once.
    pub value_bytes: u64,
    /// The arguments of one call as JSON, in bytes.
    pub argument_bytes: u64,
    /// The largest value the model is shown whole, in bytes, and the size of a page of a larger one, which is kept by handle.
    pub shown_bytes: u64,
    /// Images of the value the model is shown at once; further ones are kept by handle. Clients drop answers that are
    /// larger than a model takes.
    pub shown_images: u64,
    /// These images together, in bytes of Base64: what the interfaces of models take for one.
    pub shown_image_bytes: u64,
    /// Time one tool call may take, in milliseconds.
    pub call_ms: u64,
    /// Everything in a workspace together, in bytes.
    pub workspace_bytes: u64,
    /// Files and folders in a workspace.
    pub workspace_files: u64,
    /// One file, in bytes.
    pub file_bytes: u64,
    /// How deep arguments and values may nest.
    pub depth: u64,
}

impl Default for Limits {
    fn default() -> Self {
        const KB: u64 = 1024;
        const MB: u64 = 1024 * KB;
        Self {
            cpu_ms: 10_000,
            wall_ms: 60_000,
            memory_bytes: 512 * MB,
            source_bytes: MB,
            calls: 5_000,
            in_flight: 64,
            printed_bytes: 64 * KB,
            value_bytes: 16 * MB,
            argument_bytes: 16 * MB,
            shown_bytes: 24 * KB,
            shown_images: 8,
            shown_image_bytes: 5 * MB,
            call_ms: 60_000,
            workspace_bytes: 100 * MB,
            workspace_files: 10_000,
            file_bytes: 10 * MB,
            depth: 200,
        }
    }
}

/// Which limit was reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Limit {
    /// [`Limits::cpu_ms`].
    Cpu,
    /// [`Limits::wall_ms`].
    Wall,
    /// [`Limits::memory_bytes`].
    Memory,
    /// [`Limits::source_bytes`].
    Source,
    /// [`Limits::calls`].
    Calls,
    /// [`Limits::printed_bytes`].
    Printed,
    /// [`Limits::value_bytes`].
    Value,
    /// [`Limits::argument_bytes`].
    Arguments,
    /// [`Limits::workspace_bytes`].
    WorkspaceBytes,
    /// [`Limits::workspace_files`].
    WorkspaceFiles,
    /// [`Limits::file_bytes`].
    File,
    /// [`Limits::depth`].
    Depth,
}

impl Limit {
    /// Every limit, for tables and tests.
    pub const ALL: [Self; 12] = [
        Self::Cpu,
        Self::Wall,
        Self::Memory,
        Self::Source,
        Self::Calls,
        Self::Printed,
        Self::Value,
        Self::Arguments,
        Self::WorkspaceBytes,
        Self::WorkspaceFiles,
        Self::File,
        Self::Depth,
    ];

    /// The limit in words, as in "the CPU time limit of 10 s was reached".
    pub fn words(self) -> &'static str {
        match self {
            Self::Cpu => "CPU time limit",
            Self::Wall => "time limit",
            Self::Memory => "memory limit",
            Self::Source => "source size limit",
            Self::Calls => "limit of tool calls",
            Self::Printed => "limit of printed text",
            Self::Value => "size limit of the returned value",
            Self::Arguments => "size limit of a call's arguments",
            Self::WorkspaceBytes => "workspace size limit",
            Self::WorkspaceFiles => "limit of files in the workspace",
            Self::File => "file size limit",
            Self::Depth => "nesting limit",
        }
    }

    /// The key in the configuration that changes it, below `narrows`.
    pub fn key(self) -> &'static str {
        match self {
            Self::Cpu => "limits.cpu_seconds",
            Self::Wall => "limits.wall_seconds",
            Self::Memory => "limits.memory_mb",
            Self::Source => "limits.source_kb",
            Self::Calls => "limits.calls",
            Self::Printed => "limits.printed_kb",
            Self::Value => "limits.value_kb",
            Self::Arguments => "limits.argument_kb",
            Self::WorkspaceBytes => "limits.workspace_mb",
            Self::WorkspaceFiles => "limits.workspace_files",
            Self::File => "limits.file_mb",
            Self::Depth => "limits.depth",
        }
    }

    /// The value in force, with its unit.
    pub fn shown(self, limits: &Limits) -> String {
        const KB: u64 = 1024;
        match self {
            Self::Cpu => seconds(limits.cpu_ms),
            Self::Wall => seconds(limits.wall_ms),
            Self::Memory => format!("{} MB", limits.memory_bytes / KB / KB),
            Self::Source => format!("{} KB", limits.source_bytes / KB),
            Self::Calls => limits.calls.to_string(),
            Self::Printed => format!("{} KB", limits.printed_bytes / KB),
            Self::Value => format!("{} KB", limits.value_bytes / KB),
            Self::Arguments => format!("{} KB", limits.argument_bytes / KB),
            Self::WorkspaceBytes => format!("{} MB", limits.workspace_bytes / KB / KB),
            Self::WorkspaceFiles => limits.workspace_files.to_string(),
            Self::File => format!("{} MB", limits.file_bytes / KB / KB),
            Self::Depth => limits.depth.to_string(),
        }
    }

    /// The sentence a person or a model reads.
    pub fn sentence(self, limits: &Limits) -> String {
        format!("the {} of {} was reached (`{}`)", self.words(), self.shown(limits), self.key())
    }
}

fn seconds(ms: u64) -> String {
    if ms.is_multiple_of(1000) { format!("{} s", ms / 1000) } else { format!("{} s", ms as f64 / 1000.0) }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_limit_has_its_own_words_and_key() {
        let words: HashSet<_> = Limit::ALL.iter().map(|limit| limit.words()).collect();
        let keys: HashSet<_> = Limit::ALL.iter().map(|limit| limit.key()).collect();
        assert_eq!((words.len(), keys.len()), (Limit::ALL.len(), Limit::ALL.len()));
    }

    #[test]
    fn a_limit_says_its_value_and_key() {
        let limits = Limits { cpu_ms: 1500, ..Limits::default() };
        assert_eq!(
            Limit::Cpu.sentence(&limits),
            "the CPU time limit of 1.5 s was reached (`limits.cpu_seconds`)"
        );
    }
}
