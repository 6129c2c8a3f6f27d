//! What stands in a journal, entry by entry.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use wire::{Limits, Module, Settlement};

use crate::{
    approvals::Approve,
    record::{CallRecord, RunId},
    workspace::{FileState, changes_files},
};

/// Larger arguments of a request about files are not kept: the workspace has what was written.
const FILE_BYTES: usize = 4 * 1024;

/// The form of the entries. A journal of another form is not read.
pub(crate) const FORM: u32 = 3;

/// One thing that happened in a run. In this order they give the run again.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) enum Entry {
    /// What was asked for. The first entry.
    Asked(Box<AskedFor>),
    /// What is executed.
    Program(Box<Program>),
    /// The engine was started.
    Started(Started),
    /// The bytes of a call may have left from here on.
    Sent(Box<SentCall>),
    /// A change of a file may have been made from here on.
    Changing(Box<ChangingFile>),
    /// The script was handed an answer.
    Settled(Box<Settled>),
    /// An answer came after the script had ended.
    Left(Box<Settled>),
    /// What the run may take from the run it goes on from.
    Inherited(Box<Inherited>),
    /// The script was handed an answer of the run it goes on from.
    Taken(Taken),
    /// A change of a file was made, or was not because it failed.
    Changed { call: u32, is_made: bool },
    /// The run is one call and no script. The first entry, and all that is read of such a run: nobody goes on with it.
    Called,
}

/// What was asked for.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct AskedFor {
    pub(crate) form: u32,
    /// The script, as it was submitted.
    pub(crate) code: String,
    pub(crate) workspace: String,
    pub(crate) args: Option<Vec<String>>,
    pub(crate) limits: Limits,
    pub(crate) client: String,
    pub(crate) approve: Approve,
    pub(crate) started_at_ms: u64,
    /// The run it goes on from.
    pub(crate) origin: Option<OriginRun>,
}

/// The run that another goes on from, with what decided how it began.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct OriginRun {
    pub(crate) run: String,
    pub(crate) seed: u64,
    pub(crate) now_ms: f64,
}

/// What is executed: the script as JavaScript, with the modules it imports.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Program {
    pub(crate) javascript: String,
    pub(crate) modules: Vec<Module>,
}

/// What else decides how a run goes on.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Started {
    pub(crate) seed: u64,
    /// The clock of the first slice.
    pub(crate) now_ms: f64,
    /// The fingerprint of the engine; `None` where a run cannot be repeated.
    pub(crate) engine: Option<u64>,
}

/// An answer that the script was handed.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Settled {
    pub(crate) call: u32,
    pub(crate) request: Request,
    /// Nothing where it was the value of another run, which is kept with that.
    pub(crate) with: Settlement,
    /// That run.
    pub(crate) result: Option<RunId>,
    /// The clock of the slice in which it was asked for: what was handed over by then, the script knew.
    pub(crate) asked_ms: f64,
    /// The clock of the slice that followed.
    pub(crate) now_ms: f64,
    /// What is kept of the call of a tool.
    pub(crate) noted: Option<Noted>,
}

/// A call of a tool that may have been carried out.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct SentCall {
    pub(crate) call: u32,
    pub(crate) server: String,
    pub(crate) tool: String,
    /// JSON, as it was sent.
    #[serde(with = "serde_bytes")]
    pub(crate) arguments: Vec<u8>,
    /// The fingerprint of what it was sent to: the tool's definition, with what is behind the server's name.
    pub(crate) recipient: u64,
}

/// A change of a file that may have been made.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct ChangingFile {
    pub(crate) call: u32,
    pub(crate) request: Request,
    /// What was there before.
    pub(crate) before: FileState,
}

/// What a run may take from the run it goes on from.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) enum Inherited {
    /// An answer, with its place in the order in which they were handed over.
    Answer { rank: u32, settled: Settled },
    /// A call that was sent and not answered.
    Sent(SentCall),
    /// A change of a file that may have been made.
    Changing(ChangingFile),
    /// A change of a file that was made.
    Changed(ChangingFile),
}

/// An answer that was taken from the run before.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Taken {
    /// The call that it answers in this run.
    pub(crate) call: u32,
    /// Its place among what was inherited.
    pub(crate) inherited: u32,
    /// The clock of the slice in which it was asked for.
    pub(crate) asked_ms: f64,
    /// The clock of the slice that followed.
    pub(crate) now_ms: f64,
    /// The script had ended by then.
    pub(crate) is_left: bool,
}

/// What a script asked for.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Request {
    /// As a path: `servers/google-drive/getDocument`, `fs/readFile`, `timer`.
    pub(crate) name: String,
    /// JSON.
    #[serde(with = "serde_bytes")]
    pub(crate) arguments: Vec<u8>,
}

/// What a run's record is to say of a call.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Noted {
    /// The record of the call, as JSON: it holds what has no form of its own in these entries.
    record: String,
    /// The rules that counted it for the run.
    pub(crate) counted: Vec<String>,
    /// Warnings since the answer before.
    pub(crate) warnings: Vec<String>,
}

impl AskedFor {
    pub(crate) fn started_at(&self) -> SystemTime {
        UNIX_EPOCH.checked_add(Duration::from_millis(self.started_at_ms)).unwrap_or(UNIX_EPOCH)
    }
}

impl Request {
    /// The request as a journal has it. A hash stands for a large content of a file: it is enough to know the request again.
    pub(crate) fn noted(&self) -> Self {
        if self.arguments.len() <= FILE_BYTES || changes_files(&self.name).is_none() {
            return self.clone();
        }
        let hash = Sha256::digest(&self.arguments);
        Self { name: self.name.clone(), arguments: format!(r#"{{"sha256":"{hash:x}"}}"#).into_bytes() }
    }
}

impl Noted {
    pub(crate) fn new(record: &CallRecord, counted: Vec<String>, warnings: Vec<String>) -> Self {
        Self { record: serde_json::to_string(record).unwrap_or_default(), counted, warnings }
    }

    /// The record of the call. `None` where it cannot be read.
    pub(crate) fn record(&self) -> Option<CallRecord> {
        serde_json::from_str(&self.record).ok()
    }
}

impl Entry {
    pub(super) fn encoded(&self) -> Vec<u8> {
        // Every value of these types has an encoding.
        postcard::to_allocvec(self).unwrap_or_default()
    }

    pub(super) fn decoded(entry: &[u8]) -> Option<Self> {
        postcard::from_bytes(entry).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_content_of_a_file_is_known_again_by_its_hash() {
        let asked = |name: &str, content: &str| Request {
            name: name.to_owned(),
            arguments: format!(r#"{{"path":"/workspace/a","text":"{content}"}}"#).into_bytes(),
        };
        let (large, other) = ("a".repeat(FILE_BYTES), "b".repeat(FILE_BYTES));
        let noted = asked("fs/writeFile", &large).noted();
        assert!(noted.arguments.len() < 100 && noted.noted() == noted);
        assert_eq!(noted, asked("fs/writeFile", &large).noted());
        assert_ne!(noted, asked("fs/writeFile", &other).noted());
        assert_ne!(noted, asked("fs/appendFile", &large).noted());
        assert!(asked("checkpoint/set", &large).noted().arguments.len() < 100);
        for whole in [asked("fs/writeFile", "short"), asked("servers/crm/echo", &large)] {
            assert_eq!(whole.noted(), whole);
        }
    }
}
