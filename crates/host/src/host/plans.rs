//! The host's door to plans: what a run would send, and the run that sends it with a person's word.

use std::sync::Arc;

use store::{NewRequest, StoreError};

use super::{
    Host, RunRequest, SubmitError,
    once::{Entered, WithoutStore},
};
use crate::{
    admission::{Client, QueueFull, Urgency},
    approvals::Approve,
    history::PastRun,
    journal::Past,
    record::RunId,
};

/// Whose keys those are under which plans are applied: no client's.
const SCOPE: &str = "apply";

/// Why a plan is not applied.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// The store failed. Without it nobody would know that the plan was applied.
    #[error("a plan is applied where runs are kept alone: {0}")]
    Store(#[from] StoreError),
    /// No runs are kept.
    #[error("a plan is applied where runs are kept alone: `narrows.store.keep_days` is 0")]
    NothingKept,
    /// There is no such run that has ended (any more).
    #[error("there is no run `{0}` that has ended")]
    Unknown(RunId),
    /// It was no plan.
    #[error("run `{0}` was not a plan")]
    NotAPlan(RunId),
    /// It has nothing to send.
    #[error("the plan `{0}` lists no call")]
    Empty(RunId),
    /// It was applied.
    #[error("the plan `{plan}` was applied by run `{run}`; a plan is applied once")]
    Applied {
        /// The plan.
        plan: RunId,
        /// The run that applied it.
        run: RunId,
    },
    /// There is no room for it now.
    #[error(transparent)]
    Full(#[from] QueueFull),
    /// The host ends.
    #[error("Narrows is being stopped")]
    Closing,
}

impl Host {
    /// A planned run, if it can be applied.
    pub async fn plan(&self, id: &RunId) -> Result<PastRun, ApplyError> {
        let history = self.history().ok_or(ApplyError::NothingKept)?;
        history.plan(id).await
    }

    /// Runs the script of a planned run again, with the word of a person for the calls that it listed: those are sent, and a person
    /// is asked about all others that may change something. Once: which run it was is noted together with it.
    pub async fn apply(&self, id: &RunId) -> Result<RunId, ApplyError> {
        let planned = self.plan(id).await?;
        let history = self.history().ok_or(ApplyError::NothingKept)?;
        let entries = history.store().await?.journal(id.as_str()).await?;
        let past = Past::read(id.as_str(), entries)?.ok_or_else(|| ApplyError::Unknown(id.clone()))?;
        let plan = planned.record.plan.as_ref().ok_or_else(|| ApplyError::NotAPlan(id.clone()))?;
        let (_, started) = past.begun.as_ref().ok_or_else(|| ApplyError::Empty(id.clone()))?;
        let request = RunRequest {
            run_id: None,
            client: Client::local(),
            urgency: Urgency::Awaited,
            approve: Approve::Listed(Arc::new(plan.approved(id.clone(), started.seed))),
            ..past.asked.request(id.as_str())
        };
        let once = NewRequest { scope: SCOPE.to_owned(), key: id.to_string(), fingerprint: Vec::new() };
        match self.begin_once(request, once, WithoutStore::Refuse).await {
            Ok(Entered::Begun(run)) => Ok(run),
            Ok(Entered::Known(known)) => {
                Err(ApplyError::Applied { plan: id.clone(), run: RunId::new(known.run) })
            }
            Err(SubmitError::Full(full)) => Err(full.into()),
            Err(SubmitError::NotKept(error)) => Err(error.into()),
            Err(SubmitError::OtherRequest(_) | SubmitError::NotResumed(_) | SubmitError::Closing) => {
                Err(ApplyError::Closing)
            }
        }
    }
}

impl crate::history::History {
    /// A planned run, if it can be applied.
    pub async fn plan(&self, id: &RunId) -> Result<PastRun, ApplyError> {
        let planned = self.find(id).await?.ok_or_else(|| ApplyError::Unknown(id.clone()))?;
        let plan = planned.record.plan.as_ref().ok_or_else(|| ApplyError::NotAPlan(id.clone()))?;
        if plan.calls.is_empty() {
            return Err(ApplyError::Empty(id.clone()));
        }
        match self.store().await?.request(SCOPE, id.as_str()).await? {
            Some(run) => Err(ApplyError::Applied { plan: id.clone(), run: RunId::new(run) }),
            None => Ok(planned),
        }
    }
}
