//! The host's doors: what the faces may ask for. Plain structs in and out.

use std::{sync::Arc, time::Duration};

use serde_json::value::RawValue;
use surface::Surface;
use tokio::sync::watch;
use tools::CallTool;
use wire::Limits;

use crate::{
    record::{CallRecord, Failure, RunId, RunRecord},
    settings::{HostError, Settings},
    skills::{Skill, SkillError},
};

/// A script to run.
#[derive(Debug, Clone)]
pub struct RunRequest {
    /// The script, TypeScript or JavaScript.
    pub code: String,
    /// The workspace whose files it sees: `[A-Za-z0-9._-]{1,64}`, usually `default`.
    pub workspace: String,
    /// Limits other than the host's.
    pub limits: Option<Limits>,
    /// A name given from outside, unique; usually the host makes one.
    pub run_id: Option<RunId>,
}

impl RunRequest {
    /// A run in the default workspace with the host's limits.
    pub fn new(code: impl Into<String>) -> Self {
        Self { code: code.into(), workspace: "default".to_owned(), limits: None, run_id: None }
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
    /// The part: JSON text, cut between two characters.
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
    /// The unwrapped value.
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

/// The worker processes at this moment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WorkersStatus {
    /// Parsers that are ready.
    pub parsers: usize,
    /// Runners that are ready.
    pub runners: usize,
    /// Runs under way.
    pub runs: usize,
    /// Workers replaced because they died or were killed.
    pub replaced: u64,
    /// Why the last one was replaced or could not start.
    pub last_error: Option<String>,
}

/// Runs scripts. Cheap to clone; the workers end when the last clone is gone.
#[derive(Clone)]
pub struct Host {
    surface: watch::Receiver<Arc<Surface>>,
}

impl Host {
    /// Starts the workers ahead of need. Needs a tokio runtime.
    pub fn new(
        settings: Settings,
        surface: watch::Receiver<Arc<Surface>>,
        tools: Arc<dyn CallTool>,
    ) -> Result<Self, HostError> {
        let _ = (settings, tools);
        Ok(Self { surface })
    }

    /// The surface of this moment.
    pub fn surface(&self) -> Arc<Surface> {
        self.surface.borrow().clone()
    }

    /// Runs a script to its end. Always a record, whatever the end; dropping the future cancels the run.
    pub async fn run(&self, request: RunRequest) -> Arc<RunRecord> {
        Arc::new(RunRecord::without_workers(&request))
    }

    /// Begins a run and returns at once.
    pub fn submit(&self, request: RunRequest) -> RunId {
        RunRecord::without_workers(&request).id
    }

    /// Waits for a run's end, at most so long. `None` when no such run is known (any more).
    pub async fn wait(&self, id: &RunId, at_most: Duration) -> Option<RunStatus> {
        let _ = (id, at_most);
        None
    }

    /// Cancels a run. False when it is over or unknown.
    pub fn cancel(&self, id: &RunId) -> bool {
        let _ = id;
        false
    }

    /// A part of a large value, by the handle of its record. `None` when it is not kept (any more).
    pub fn page(&self, handle: &str, offset: usize, bytes: usize) -> Option<Page> {
        let _ = (handle, offset, bytes);
        None
    }

    /// Calls one tool, outside of any script, through the same broker.
    pub async fn call(&self, tool: &str, arguments: Box<RawValue>) -> Result<CallOutcome, CallFailure> {
        let record = CallRecord::not_made(tool, arguments.get().len());
        let failure = Box::new(Failure {
            name: "ToolError".into(),
            message: "no broker yet".into(),
            ..Failure::default()
        });
        Err(CallFailure { failure, record: Box::new(record) })
    }

    /// Keeps a script as a skill, after it parsed. An older one of this name is replaced.
    pub async fn save_skill(&self, name: &str, source: &str) -> Result<Skill, SkillError> {
        let _ = source;
        Err(SkillError::Unknown(name.to_owned()))
    }

    /// Removes a skill.
    pub fn remove_skill(&self, name: &str) -> Result<(), SkillError> {
        Err(SkillError::Unknown(name.to_owned()))
    }

    /// The source of a skill.
    pub fn skill_source(&self, name: &str) -> Result<String, SkillError> {
        Err(SkillError::Unknown(name.to_owned()))
    }

    /// All skills, sorted by name.
    pub fn skills(&self) -> Vec<Skill> {
        Vec::new()
    }

    /// The worker processes at this moment.
    pub fn workers(&self) -> WorkersStatus {
        WorkersStatus::default()
    }

    /// Cancels all runs and ends the workers.
    pub async fn shutdown(&self) {}
}
