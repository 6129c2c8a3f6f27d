//! What was approved for whole runs.

use std::collections::HashSet;

use super::approval::{Approval, ApprovalId};
use crate::record::RunId;

/// What was approved for whole runs.
#[derive(Default)]
pub(super) struct Granted {
    pub(super) grants: HashSet<Grant>,
    /// Runs of which the store was asked what was approved before.
    pub(super) known: HashSet<RunId>,
    /// What was asked about. A worker that numbers two calls alike does not get both made for one approval.
    pub(super) asked: HashSet<ApprovalId>,
}

/// Calls of a tool that one rule asks about in one run.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Grant {
    pub(super) run: RunId,
    server: String,
    tool: String,
    rule: Option<String>,
}

impl Grant {
    pub(super) fn of(approval: &Approval) -> Self {
        Self {
            run: approval.id.run.clone(),
            server: approval.server.clone(),
            tool: approval.tool.clone(),
            rule: approval.about.rule.clone(),
        }
    }
}

impl Granted {
    /// Forgets a run. False when it was not known.
    pub(super) fn forget(&mut self, run: &RunId) -> bool {
        if !self.known.remove(run) {
            return false;
        }
        self.grants.retain(|grant| grant.run != *run);
        self.asked.retain(|asked| asked.run != *run);
        true
    }
}
