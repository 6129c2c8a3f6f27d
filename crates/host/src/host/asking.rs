//! What the faces may ask about calls that wait for a person, and say of them.

use std::{sync::Arc, time::Duration};

use store::StoreError;

use super::Host;
use crate::{
    approvals::{Approval, ApprovalFilter, ApprovalId, Decision, ShownUnder},
    record::RunId,
};

/// How soon it is looked again whether a run that asks people something asks for more at the same moment.
const SETTLES_WITHIN: Duration = Duration::from_millis(10);

impl Host {
    /// Waits until a run does not go on before a person has decided about calls, and gives those that were not given
    /// before: all that wait at the same moment. Without a run, the same for whatever goes on here. Never ends where
    /// there are none.
    pub async fn asks(&self, id: Option<&RunId>) -> Vec<Arc<Approval>> {
        let approvals = &self.shared.parts.approvals;
        let mut changes = approvals.changes();
        loop {
            let asked = approvals.not_shown(id);
            if asked.is_empty() {
                if changes.changed().await.is_err() {
                    return std::future::pending().await;
                }
            } else if id.is_none_or(|id| self.is_settled(id)) {
                return asked;
            } else {
                tokio::time::sleep(SETTLES_WITHIN).await;
            }
        }
    }

    /// Notes that these calls were shown to somebody: [`Host::asks`] gives them no more.
    pub fn show(&self, ids: &[ApprovalId]) -> ShownUnder {
        self.shared.parts.approvals.show(ids)
    }

    /// The calls that were shown together and still wait.
    pub fn shown(&self, under: &ShownUnder) -> Vec<ApprovalId> {
        self.shared.parts.approvals.shown(under)
    }

    /// Decides about calls that wait. Those that somebody decided about before stay as they are.
    pub async fn decide(&self, ids: &[ApprovalId], decision: Decision, by: &str) {
        self.shared.parts.approvals.decide(ids, decision, by).await;
    }

    /// The calls of a run that wait for a person, here or, where they are kept, in another process.
    pub async fn waiting(&self, run: &RunId) -> Result<Vec<Arc<Approval>>, StoreError> {
        let here = self.shared.parts.approvals.of_run(run);
        match self.history().filter(|history| here.is_empty() && history.is_begun()) {
            None => Ok(here),
            Some(history) => {
                let of_run = ApprovalFilter { run: Some(run.clone()), waiting: true, limit: u32::MAX };
                Ok(history.approvals(of_run).await?.into_iter().map(Arc::new).collect())
            }
        }
    }

    /// Decides about one call, wherever it waits. False when it does not wait any more.
    pub async fn decide_one(
        &self,
        id: &ApprovalId,
        decision: Decision,
        by: &str,
    ) -> Result<bool, StoreError> {
        let approvals = &self.shared.parts.approvals;
        if approvals.of_run(&id.run).iter().any(|waiting| waiting.id == *id) {
            approvals.decide(std::slice::from_ref(id), decision, by).await;
            return Ok(true);
        }
        match self.history().filter(|history| history.is_begun()) {
            Some(history) => history.decide(id, decision, by).await,
            None => Ok(false),
        }
    }

    fn is_settled(&self, id: &RunId) -> bool {
        let progress = self.shared.active.lock().get(id).map(|run| run.progress.clone());
        progress.is_none_or(|progress| progress.is_settled())
    }
}
