//! Calls that must not be made twice: which they are, and what is noted and said of them.

use tools::{CallError, CallErrorKind, RawValue, ToolId};

use super::{Prepared, target::Target};
use crate::{
    approvals::ApprovalId,
    journal::{Entry as Noted, Journal, SentCall},
    random,
    record::RunId,
    rules,
};

impl Prepared<'_> {
    /// Whether the call does the same when it is made twice as when it is made once: by a rule, or by its tool's word.
    fn is_repeatable(&self) -> bool {
        let Target { method, definition, .. } = &self.target;
        method.only_reads() || self.repeatable.unwrap_or_else(|| rules::is_repeatable_by_hint(definition))
    }

    /// Whether its tool is marked as changing nothing.
    pub(super) fn is_read_only(&self) -> bool {
        self.target.is_read_only()
    }

    /// What its server can know the call by when it is made a second time.
    pub(super) fn idempotency_key(&self, run: Option<&RunId>) -> Option<String> {
        if self.is_read_only() {
            return None;
        }
        Some(match (run, self.from.call) {
            (Some(run), Some(call)) => ApprovalId { run: run.clone(), call }.to_string(),
            // Nobody goes on with a call from outside of a run.
            _ => format!("call_{:016x}", random::number()),
        })
    }

    /// Sees to it that a call which must not be made twice is found in the journal before its bytes leave.
    pub(super) async fn once(&self, journal: &Journal) -> Result<(), CallError> {
        let was_another = self.from.sent_as.is_some_and(|sent_as| sent_as != self.recipient);
        if self.is_repeatable() && !was_another {
            return Ok(());
        }
        if self.from.sent_as.is_some() {
            return Err(unknown_outcome(&self.target.id, &self.arguments, was_another));
        }
        let Some(call) = self.from.call else { return Ok(()) };
        let sent = SentCall {
            call,
            server: self.target.id.server.as_str().to_owned(),
            tool: self.target.id.tool.to_string(),
            arguments: self.arguments.get().as_bytes().to_vec(),
            recipient: self.recipient,
        };
        let lost = |error| CallError::new(CallErrorKind::Cancelled, format!("the call is not made: {error}"));
        journal.note(&Noted::Sent(Box::new(sent)));
        journal.durable().await.map_err(lost)
    }
}

fn unknown_outcome(id: &ToolId, arguments: &RawValue, was_another: bool) -> CallError {
    let changed = if was_another {
        "; its definition, or the configuration of its server, has changed since"
    } else {
        ""
    };
    let message = format!(
        "`{id}` was called before, and its answer was lost: whether the call was carried out is not known{changed}"
    );
    CallError { kind: CallErrorKind::UnknownOutcome, message, data: Some(arguments.to_owned()) }
}
