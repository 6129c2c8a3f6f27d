//! Why a run ended without a value.

use super::failure;
use crate::{
    private::PrivacyError,
    record::{Failure, Outcome},
};

/// How a run ended without a value.
pub(super) struct Stop {
    pub(super) outcome: Outcome,
    pub(super) failure: Box<Failure>,
}

impl Stop {
    pub(super) fn new(outcome: Outcome, failure: Failure) -> Self {
        Self { outcome, failure: Box::new(failure) }
    }

    pub(super) fn cancelled() -> Self {
        Self::new(Outcome::Cancelled, failure::plain("CancelledError", "the run was cancelled"))
    }

    pub(super) fn crashed(message: impl Into<String>) -> Self {
        Self::without_worker(message, "run it again; calls already made are listed and have happened")
    }

    /// There was no worker to run it. Trying again would not help where a wall or a program is missing.
    pub(super) fn unavailable(message: impl Into<String>) -> Self {
        Self::without_worker(
            message,
            "nothing was run; `narrows doctor` shows what works on this machine and what does not",
        )
    }

    /// What it said could not be searched for personal data.
    pub(super) fn not_private(error: &PrivacyError) -> Self {
        let failure = failure::plain("PrivacyError", error.to_string());
        let hint =
            Some("run it again when the vault can be used; calls already made have happened".to_owned());
        Self::new(Outcome::Crashed, Failure { hint, ..failure })
    }

    /// It could not be taken up, or repeated.
    pub(super) fn interrupted(message: impl Into<String>) -> Self {
        Self::without_worker(message, "run the script again; calls already made are listed and have happened")
    }

    fn without_worker(message: impl Into<String>, hint: &str) -> Self {
        let failure = Failure { hint: Some(hint.to_owned()), ..failure::plain("WorkerError", message) };
        Self::new(Outcome::Crashed, failure)
    }
}
