//! The personal data of one call: given back to its server, and hidden in what comes from there.

use std::sync::{Arc, OnceLock};

use tools::{Answer, CallError, CallErrorKind, RawValue, ToolId};

use super::{Caller, ledger::Entry};
use crate::private::{NotRestored, PrivacyError, PrivateData, Restored};

/// What hides the personal data of a call, where any is hidden.
pub(super) struct Personal<'a> {
    private: Option<&'a Arc<PrivateData>>,
    restored: OnceLock<Restored>,
}

impl<'a> Personal<'a> {
    pub(super) fn of(run: &Caller<'a>) -> Self {
        Self { private: run.private, restored: OnceLock::new() }
    }

    /// Looks up what stands for values in the arguments, and whether the tool may receive them.
    pub(super) async fn restore(
        &self,
        id: &ToolId,
        arguments: &RawValue,
        entry: &Entry<'_>,
    ) -> Result<(), CallError> {
        let Some(private) = self.private else { return Ok(()) };
        match private.restored(id, arguments).await {
            Ok(restored) => {
                let _ = self.restored.set(restored);
                Ok(())
            }
            Err(NotRestored::Refused(message, refusal)) => {
                entry.refused(id, refusal);
                Err(CallError::new(CallErrorKind::Refused, message))
            }
            Err(NotRestored::Failed(error)) => Err(failed(&error)),
        }
    }

    /// The arguments as the server is sent them.
    pub(super) fn sent<'s>(&'s self, arguments: &'s RawValue) -> &'s RawValue {
        self.restored.get().and_then(|restored| restored.arguments.as_deref()).unwrap_or(arguments)
    }

    /// Notes what is given back, before it leaves.
    pub(super) async fn account(&self, run: &Caller<'_>) -> Result<(), CallError> {
        match self.known() {
            Some((private, restored)) => {
                private.account(run.run, restored).await.map_err(|error| failed(&error))
            }
            None => Ok(()),
        }
    }

    /// An answer as everything but its server sees it.
    pub(super) async fn answer(&self, id: &ToolId, answer: Answer) -> Result<Answer, CallError> {
        match self.known() {
            Some((private, restored)) => {
                private.answer(id, restored, answer).await.map_err(|error| failed(&error))
            }
            None => Ok(answer),
        }
    }

    /// A text about what was sent and answered.
    pub(super) async fn text(&self, id: &ToolId, text: String) -> Result<String, CallError> {
        match self.known() {
            Some((private, restored)) => {
                private.text(id, restored, text).await.map_err(|error| failed(&error))
            }
            None => Ok(text),
        }
    }

    /// An error as everything but its server sees it. One of a call that was never prepared repeats what the script said.
    pub(super) async fn error(&self, id: &ToolId, error: CallError) -> CallError {
        match self.known() {
            Some((private, restored)) => private.error(id, restored, error).await,
            None => error,
        }
    }

    fn known(&self) -> Option<(&'a Arc<PrivateData>, &Restored)> {
        Some((self.private?, self.restored.get()?))
    }
}

fn failed(error: &PrivacyError) -> CallError {
    CallError::new(CallErrorKind::Unavailable, error.to_string())
}
