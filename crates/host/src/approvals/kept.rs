//! Calls that wait, in the store: found again after a restart, and decided by other processes.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use store::{KeptApproval, KeptDecision, NewApproval, StoreError, WhichApprovals};

use super::approval::{Approval, ApprovalAbout, ApprovalId, ApprovalState, Decision, Resolution};
use crate::{history::History, record::RunId, rules::now_ms};

/// Which calls a list shows.
#[derive(Debug, Clone, Default)]
pub struct ApprovalFilter {
    /// Those of this run.
    pub run: Option<RunId>,
    /// Those alone that wait.
    pub waiting: bool,
    /// At most so many, the latest first.
    pub limit: u32,
}

/// What makes two calls the same one.
#[derive(Serialize, Deserialize)]
struct Request {
    server: String,
    tool: String,
    arguments: Box<RawValue>,
}

impl History {
    /// Calls that people are, or were, asked about, the latest first.
    pub async fn approvals(&self, filter: ApprovalFilter) -> Result<Vec<Approval>, StoreError> {
        let ApprovalFilter { run, waiting, limit } = filter;
        let which = WhichApprovals { run: run.map(|run| run.to_string()), waiting, limit };
        let kept = self.store().await?.approvals(which).await?;
        let approvals = kept.into_iter().map(Approval::of_kept);
        // One that nobody waits for any more is not marked so before its run looks at it.
        approvals
            .filter(|one| !matches!(one, Ok(one) if waiting && one.state != ApprovalState::Waiting))
            .collect()
    }

    /// A call that a person is, or was, asked about.
    pub async fn approval(&self, id: &ApprovalId) -> Result<Option<Approval>, StoreError> {
        let kept = self.store().await?.approval(id.run.as_str(), id.call.into()).await?;
        kept.map(Approval::of_kept).transpose()
    }

    /// Notes what a person decided. The process that runs the call finds it. False when it does not wait any more.
    pub async fn decide(&self, id: &ApprovalId, decision: Decision, by: &str) -> Result<bool, StoreError> {
        let waits = self.approval(id).await?.is_some_and(|found| found.state == ApprovalState::Waiting);
        if !waits {
            return Ok(false);
        }
        let store = self.store().await?;
        store.decide(id.run.as_str(), id.call.into(), verdict(Resolution::Decided(decision), by)).await
    }
}

impl Approval {
    /// As the store is told of it.
    pub(super) fn to_new(&self) -> NewApproval {
        let request = Request {
            server: self.server.clone(),
            tool: self.tool.clone(),
            arguments: self.arguments.clone(),
        };
        NewApproval {
            run: self.id.run.to_string(),
            call: self.id.call.into(),
            // Neither has a form that JSON lacks.
            request: serde_json::to_vec(&request).unwrap_or_default(),
            about: serde_json::to_string(&self.about).unwrap_or_default(),
            asked_ms: signed(self.asked_at_ms),
            expires_ms: signed(self.expires_at_ms),
        }
    }

    /// As the store gives it back.
    pub(super) fn of_kept(kept: KeptApproval) -> Result<Self, StoreError> {
        let KeptApproval { asked, verdict } = kept;
        let damaged =
            |_| StoreError::Damaged(format!("call {} of `{}`, which waits", asked.call, asked.run).into());
        let Request { server, tool, arguments } = serde_json::from_slice(&asked.request).map_err(damaged)?;
        let about: ApprovalAbout = serde_json::from_str(&asked.about).map_err(damaged)?;
        let expires_at_ms = asked.expires_ms.unsigned_abs();
        let state = match &verdict {
            Some(verdict) => Resolution::named(&verdict.word).state(),
            None if expires_at_ms <= now_ms() => ApprovalState::Expired,
            None => ApprovalState::Waiting,
        };
        let call = u32::try_from(asked.call).unwrap_or(u32::MAX);
        Ok(Self {
            id: ApprovalId { run: RunId::new(asked.run), call },
            state,
            server,
            tool,
            arguments,
            is_kept: true,
            about,
            asked_at_ms: asked.asked_ms.unsigned_abs(),
            expires_at_ms,
            decided_at_ms: verdict.as_ref().map(|verdict| verdict.decided_ms.unsigned_abs()),
            decided_by: verdict.map(|verdict| verdict.by).filter(|by| !by.is_empty()),
        })
    }
}

pub(super) fn verdict(settled: Resolution, by: &str) -> KeptDecision {
    KeptDecision { word: settled.word().to_owned(), decided_ms: signed(now_ms()), by: by.to_owned() }
}

fn signed(ms: u64) -> i64 {
    i64::try_from(ms).unwrap_or(i64::MAX)
}
