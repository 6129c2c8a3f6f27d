//! What a run has done so far, for those who ask before it is over.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use parking_lot::{Mutex, MutexGuard};
use serde::{Serialize, Serializer};
use wire::Limits;

use crate::{
    approvals::Approval,
    broker::{CallNews, Ledger, SeenCalls},
    record::{CallRecord, Printed},
};

/// A run that is not over.
#[derive(Debug, Clone, Serialize)]
pub struct RunProgress {
    /// Since it was submitted; in JSON in milliseconds.
    #[serde(rename = "elapsed_ms", serialize_with = "in_ms")]
    pub elapsed: Duration,
    /// What it is doing.
    pub stage: Stage,
    /// What it has printed.
    pub printed: Vec<Printed>,
    /// The calls that are over.
    pub calls: Vec<CallRecord>,
    /// The calls without an answer; the script may wait for them.
    pub calls_under_way: Vec<CallRecord>,
    /// Those of them that wait for a person.
    pub approvals: Vec<Arc<Approval>>,
}

impl RunProgress {
    /// The same without what is for the person alone: why calls were not allowed.
    #[must_use]
    pub fn without_refusals(self) -> Self {
        let without = |calls: Vec<CallRecord>| calls.into_iter().map(CallRecord::without_refusal).collect();
        Self { calls: without(self.calls), calls_under_way: without(self.calls_under_way), ..self }
    }
}

/// What a run is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    /// It waits for other runs, before it begins or before it goes on.
    Queued,
    /// It has not begun: it is parsed and checked, and waits for servers that start and for a worker.
    Preparing,
    /// Its script computes.
    Computing,
    /// Its script waits: for calls, where some are under way, and else for a timer or a file.
    Waiting,
}

/// What the run itself writes down while it goes on.
pub(crate) struct Progress {
    began: Instant,
    pub(crate) ledger: Ledger,
    stage: Mutex<Stage>,
    printed: Mutex<Vec<Printed>>,
}

impl Progress {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            began: Instant::now(),
            ledger: Ledger::new(limits),
            stage: Mutex::new(Stage::Queued),
            printed: Mutex::default(),
        }
    }

    /// Whether the script has printed anything.
    pub(super) fn has_printed(&self) -> bool {
        !self.printed().is_empty()
    }

    /// Whether the script asks for nothing more before it gets an answer, and it is known of each of its calls whether it
    /// waits for a person.
    pub(crate) fn is_settled(&self) -> bool {
        *self.stage.lock() == Stage::Waiting && self.ledger.all_are_prepared()
    }

    /// Whether the script asks for nothing more before it gets an answer.
    pub(super) fn is_waiting(&self) -> bool {
        *self.stage.lock() == Stage::Waiting
    }

    /// What is so now, with the calls that wait for a person.
    pub(crate) fn now(&self, approvals: Vec<Arc<Approval>>) -> RunProgress {
        // The stage first: who waits for calls has noted them before.
        let stage = *self.stage.lock();
        let (calls, calls_under_way) = self.ledger.so_far();
        RunProgress {
            elapsed: self.began.elapsed(),
            stage,
            printed: self.printed().clone(),
            calls,
            calls_under_way,
            approvals,
        }
    }

    /// What it does now, what happened to its calls, and what it printed after so many lines.
    pub(crate) fn news(&self, printed: usize, calls: &mut SeenCalls) -> (Stage, Vec<CallNews>, Vec<Printed>) {
        let stage = *self.stage.lock();
        let calls = self.ledger.news(calls);
        (stage, calls, self.printed().get(printed..).unwrap_or_default().to_vec())
    }

    pub(super) fn is(&self, stage: Stage) {
        *self.stage.lock() = stage;
    }

    pub(super) fn printed(&self) -> MutexGuard<'_, Vec<Printed>> {
        self.printed.lock()
    }
}

fn in_ms<S: Serializer>(time: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(time.as_secs_f64() * 1e3)
}
