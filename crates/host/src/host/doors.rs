//! What goes in and out at the host's doors.

use std::sync::Arc;

use serde_json::value::RawValue;
use tools::Respondent;
use wire::{Limits, WallState};

use super::DirectCall;
use crate::{
    admission::{Client, Urgency},
    approvals::Approve,
    definitions::DefinitionTokens,
    record::{CallRecord, Failure, RunId, RunRecord},
};

/// The workspace of runs that name none.
pub const DEFAULT_WORKSPACE: &str = "default";

/// A script to run.
#[derive(Debug, Clone)]
pub struct RunRequest {
    /// The script, TypeScript or JavaScript; of a run that is one call, what people are shown in its place.
    pub code: String,
    /// The call that is made in place of a script: see [`RunRequest::calling`].
    pub call: Option<DirectCall>,
    /// The workspace whose files it sees: `[A-Za-z0-9._-]{1,64}`, usually `default`.
    pub workspace: String,
    /// Limits other than the host's.
    pub limits: Option<Limits>,
    /// A name given from outside, unique; usually the host makes one.
    pub run_id: Option<RunId>,
    /// What the script finds in the global `args`; without any there is no such global.
    pub args: Option<Vec<String>>,
    /// Who asks.
    pub client: Client,
    /// Whether the client waits for it.
    pub urgency: Urgency,
    /// Whether its record waits for the tokens of all definitions.
    pub definition_tokens: DefinitionTokens,
    /// Which of its calls a person is asked about.
    pub approve: Approve,
    /// Who answers what servers ask in its calls.
    pub respondent: Option<Respondent>,
    /// The run that it goes on from: see [`crate::Host::submit_resuming`].
    pub resume: Option<RunId>,
}

impl RunRequest {
    /// A run in the default workspace with the host's limits, for somebody at this machine who waits for it.
    pub fn new(code: impl Into<String>) -> Self {
        Self {
            code: code.into(),
            call: None,
            workspace: DEFAULT_WORKSPACE.to_owned(),
            limits: None,
            run_id: None,
            args: None,
            client: Client::local(),
            urgency: Urgency::Awaited,
            definition_tokens: DefinitionTokens::IfCounted,
            approve: Approve::Ruled,
            respondent: None,
            resume: None,
        }
    }
}

/// How far a submitted run is.
#[derive(Debug, Clone)]
pub enum RunStatus {
    /// Not over.
    Running,
    /// Over.
    Done(Arc<RunRecord>),
}

/// A part of a large value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The part, of a text as it is and of everything else as JSON, cut between two characters.
    pub text: String,
    /// Where it begins, in bytes.
    pub offset: usize,
    /// Where the next part begins; `None` at the end.
    pub next_offset: Option<usize>,
    /// Bytes of the whole.
    pub total_bytes: usize,
}

/// A tool's answer to [`Host::call`].
#[derive(Debug, Clone)]
pub struct CallOutcome {
    /// The unwrapped value, with the content blocks beside it.
    pub value: Box<RawValue>,
    /// What is kept of the call.
    pub record: CallRecord,
}

/// Why [`Host::call`] has no answer.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{}", failure.message)]
pub struct CallFailure {
    /// The error a script would have seen.
    pub failure: Box<Failure>,
    /// What is kept of the call.
    pub record: Box<CallRecord>,
}

impl CallFailure {
    /// Of a call that was not made.
    pub(crate) fn of(name: &str, error: &dyn std::error::Error) -> Self {
        let failure =
            Failure { name: "ToolError".to_owned(), message: error.to_string(), ..Failure::default() };
        let record = CallRecord::unknown(name);
        Self { failure: Box::new(failure), record: Box::new(record) }
    }
}

/// The worker processes at this moment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WorkersStatus {
    /// Parsers that are ready.
    pub parsers: usize,
    /// Runners that are ready.
    pub runners: usize,
    /// Runs under way.
    pub runs: usize,
    /// Workers replaced because they died or were killed, or to give back the memory of many runs.
    pub replaced: u64,
    /// Why the last one was replaced or could not start.
    pub last_error: Option<String>,
    /// The walls around the workers, as the last one reported them; empty before the first.
    pub walls: Vec<WallState>,
}
