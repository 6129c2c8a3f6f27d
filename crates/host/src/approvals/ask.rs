//! What a person is asked, and why a call that waited is not made.

use std::time::Duration;

use serde_json::value::RawValue;
use tools::{CallErrorKind, ToolId};

use crate::{admission::Client, record::RunId, rules::Question};

/// Arguments of the calls of one run that wait at the same time, in bytes: they are kept in the store, and no person reads
/// as much.
pub(super) const WAITING_BYTES_MAX: usize = 16 * 1024 * 1024;

/// A question to a person.
pub(crate) struct ApprovalRequest<'a> {
    /// `None` outside of any run.
    pub(crate) run: Option<&'a RunId>,
    pub(crate) call: Option<u32>,
    pub(crate) line: Option<u32>,
    pub(crate) client: &'a Client,
    pub(crate) tool: &'a ToolId,
    pub(crate) arguments: &'a RawValue,
    pub(crate) question: &'a Question,
}

/// Why a call that waited is not made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NotApproved {
    /// A person refused it.
    Refused,
    /// Nobody decided within this time.
    Expired(Duration),
    /// Its run is over.
    Withdrawn,
    /// More of its run waits than is kept.
    TooMuch,
}

impl NotApproved {
    pub(crate) fn kind(self) -> CallErrorKind {
        match self {
            Self::Refused | Self::Expired(_) => CallErrorKind::NotApproved,
            Self::Withdrawn => CallErrorKind::Cancelled,
            Self::TooMuch => CallErrorKind::Limit,
        }
    }

    /// For the script.
    pub(crate) fn told(self, tool: &ToolId) -> String {
        match self {
            Self::Refused => format!("a person refused this call of `{tool}`"),
            Self::Expired(wait) => format!(
                "nobody decided about this call of `{tool}` within {} s (`approvals.wait_seconds`)",
                wait.as_secs_f64()
            ),
            Self::Withdrawn => "the run is over".to_owned(),
            Self::TooMuch => format!(
                "this call of `{tool}` cannot wait for a person: the arguments of all calls of a run that wait must not be \
                 larger than {} MB together",
                WAITING_BYTES_MAX / (1024 * 1024)
            ),
        }
    }
}
