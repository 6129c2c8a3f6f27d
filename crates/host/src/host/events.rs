//! The host's doors to its runs as a list, and to one of them as the events of its life.

use std::{
    borrow::Cow,
    collections::{HashMap, HashSet, VecDeque},
    sync::Arc,
    time::Duration,
};

use parking_lot::Mutex;
use serde::Serialize;
use store::StoreError;

use super::{Host, RunStatus};
use crate::{
    approvals::{Approval, ApprovalId},
    broker::{CallNews, SeenCalls},
    history::{HistoryFilter, RunAbout, RunSummary},
    record::{CallRecord, Printed, RunId, RunRecord},
    rules::now_ms,
    run::{Progress, Stage},
};

/// How often it is looked what a run that is watched has done: who watches sees it at once, and the run pays nothing for it.
const LOOKS_EVERY: Duration = Duration::from_millis(100);

/// The runs of this process that the store may not know yet, or not with their end, as a list shows them.
#[derive(Debug, Default)]
pub(crate) struct Unlisted(Mutex<HashMap<RunId, RunSummary>>);

impl Unlisted {
    /// A run was put into the queue.
    pub(super) fn begun(&self, id: &RunId, about: RunAbout) {
        let id = id.clone();
        let begun =
            RunSummary { id: id.clone(), outcome: None, started_at_ms: now_ms(), about, stored_bytes: 0 };
        self.0.lock().insert(id, begun);
    }

    /// It is over; the store is yet to be told.
    pub(super) fn ended(&self, record: &RunRecord) {
        if let Some(run) = self.0.lock().get_mut(&record.id) {
            run.outcome = Some(record.outcome);
            run.started_at_ms = record.started_at_ms;
            run.about = std::mem::take(&mut run.about).ended(record);
        }
    }

    /// The store knows everything of it, or nothing is to be known.
    pub(super) fn remove(&self, id: &RunId) {
        self.0.lock().remove(id);
    }

    /// Those that a list shows.
    fn chosen(&self, filter: &HistoryFilter) -> Vec<RunSummary> {
        let is_meant = |run: &&RunSummary| filter.outcome.is_none() || run.outcome == filter.outcome;
        self.0.lock().values().filter(is_meant).cloned().collect()
    }
}

/// What happens in a run.
#[derive(Debug, Clone, Serialize)]
#[serde(untagged)]
pub enum RunEvent {
    /// It does something else now.
    Stage {
        /// What it does.
        stage: Stage,
    },
    /// It printed a line.
    Printed(Printed),
    /// It asked for a call, which has no answer yet.
    Called(CallRecord),
    /// A call is over.
    Answered(CallRecord),
    /// A call waits for a person.
    Waits(Arc<Approval>),
    /// It is over.
    Ended(Arc<RunRecord>),
}

impl RunEvent {
    /// What happened, in a word.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Stage { .. } => "stage",
            Self::Printed(_) => "printed",
            Self::Called(_) => "called",
            Self::Answered(_) => "answered",
            Self::Waits(_) => "waits",
            Self::Ended(_) => "ended",
        }
    }
}

impl RunEvent {
    /// The same without what is for the person alone: why calls were not allowed.
    #[must_use]
    pub fn without_refusals(self) -> Self {
        match self {
            Self::Answered(call) => Self::Answered(call.without_refusal()),
            Self::Called(call) => Self::Called(call.without_refusal()),
            Self::Ended(record) => Self::Ended(match record.without_refusals() {
                Cow::Borrowed(_) => record,
                Cow::Owned(record) => Arc::new(record),
            }),
            other => other,
        }
    }
}

/// Somebody who watches a run: all its events from its beginning, and then as they come. Of a run that another process has only
/// its end is seen.
pub struct RunWatch {
    host: Host,
    id: RunId,
    seen: Seen,
    events: VecDeque<RunEvent>,
    is_over: bool,
}

/// What was told of a run.
#[derive(Default)]
struct Seen {
    stage: Option<Stage>,
    printed: usize,
    calls: SeenCalls,
    answered: HashSet<Option<u32>>,
    asked: HashSet<ApprovalId>,
}

impl Host {
    /// The runs under way here and those that are kept, the youngest first. Where no runs are kept, those under way alone.
    pub async fn runs(&self, filter: &HistoryFilter) -> Result<Vec<RunSummary>, StoreError> {
        let mut runs = self.shared.unlisted.chosen(filter);
        if let Some(history) = self.history().filter(|history| history.is_begun()) {
            let here: HashSet<_> = runs.iter().map(|run| run.id.clone()).collect();
            let kept = history.list(filter).await?;
            runs.extend(kept.into_iter().filter(|run| !here.contains(&run.id)));
        }
        runs.sort_by(|one, other| (other.started_at_ms, &other.id).cmp(&(one.started_at_ms, &one.id)));
        runs.truncate(usize::try_from(filter.limit).unwrap_or(usize::MAX));
        Ok(runs)
    }

    /// Watches a run. `None` when no such run is known (any more).
    pub async fn watch(&self, id: &RunId) -> Option<RunWatch> {
        self.wait(id, Duration::ZERO).await?;
        let events = VecDeque::new();
        Some(RunWatch { host: self.clone(), id: id.clone(), seen: Seen::default(), events, is_over: false })
    }
}

impl RunWatch {
    /// The next event; `None` after the last.
    pub async fn next(&mut self) -> Option<RunEvent> {
        while self.events.is_empty() && !self.is_over {
            self.look().await;
        }
        self.events.pop_front()
    }

    /// Looks what is new, and waits where nothing is.
    async fn look(&mut self) {
        let active = self.host.shared.active.lock().get(&self.id).map(|run| run.progress.clone());
        if let Some(progress) = active {
            let waiting = self.host.shared.parts.approvals.of_run(&self.id);
            self.events.extend(self.seen.news(&progress, waiting));
        }
        if !self.events.is_empty() {
            return;
        }
        match self.host.wait(&self.id, LOOKS_EVERY).await {
            Some(RunStatus::Running) => {}
            Some(RunStatus::Done(record)) => {
                self.events.extend(self.seen.rest(&record));
                self.events.push_back(RunEvent::Ended(record));
                self.is_over = true;
            }
            None => self.is_over = true,
        }
    }
}

impl Seen {
    /// What a run that goes on did since it was last looked at.
    fn news(&mut self, progress: &Progress, waiting: Vec<Arc<Approval>>) -> Vec<RunEvent> {
        let mut events = Vec::new();
        let (stage, calls, printed) = progress.news(self.printed, &mut self.calls);
        if self.stage.replace(stage) != Some(stage) {
            events.push(RunEvent::Stage { stage });
        }
        self.printed += printed.len();
        events.extend(printed.into_iter().map(RunEvent::Printed));
        for news in calls {
            events.push(match news {
                CallNews::Began(call) => RunEvent::Called(call),
                CallNews::Ended(call) => {
                    self.answered.insert(call.number);
                    RunEvent::Answered(call)
                }
            });
        }
        let asked = waiting.into_iter().filter(|call| self.asked.insert(call.id.clone()));
        events.extend(asked.map(RunEvent::Waits));
        events
    }

    /// What a run that is over did since.
    fn rest(&mut self, record: &RunRecord) -> Vec<RunEvent> {
        let printed = record.printed.get(self.printed..).unwrap_or_default();
        let calls = record.calls.iter().filter(|call| !self.answered.contains(&call.number));
        let printed = printed.iter().cloned().map(RunEvent::Printed);
        printed.chain(calls.cloned().map(RunEvent::Answered)).collect()
    }
}
