//! The host's door to requests that may be sent twice.

use store::{KnownRequest, NewRequest};

use super::{Host, RunRequest};
use crate::{
    admission::QueueFull, journal::Journal, record::RunId, requests::RequestKey, takeover::ResumeError,
};

/// Why a request under a key begins no run, and is answered by none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SubmitError {
    /// There is no room for it now.
    #[error(transparent)]
    Full(#[from] QueueFull),
    /// The key was used for another request.
    #[error(
        "the idempotency key was used for another request, which began run `{0}`; send another key with another script"
    )]
    OtherRequest(RunId),
    /// The run cannot go on from the one it names.
    #[error("{0}")]
    NotResumed(String),
    /// The host ends.
    #[error("Narrows is being stopped")]
    Closing,
}

/// What became of a request under a key.
pub(super) enum Entered {
    /// It began this run.
    Begun(RunId),
    /// The key was used before.
    Known(KnownRequest),
}

impl From<ResumeError> for SubmitError {
    fn from(error: ResumeError) -> Self {
        match error {
            ResumeError::Full(full) => Self::Full(full),
            error => Self::NotResumed(error.to_string()),
        }
    }
}

impl Host {
    /// Puts a run into the queue that goes on from another where it names one, which is of the same client and workspace: what
    /// was answered then is answered from its journal, as long as it is asked for in the same words, and everything else is done.
    pub async fn submit_resuming(&self, request: RunRequest) -> Result<RunId, SubmitError> {
        let taken_up = self.resumed(&request).await?;
        Ok(self.start(request, taken_up)?.id)
    }

    /// Puts a run into the queue, or gives the one that the same request under the same key began before: under way, or
    /// over. A run that is begun so goes on when its host ends, as one in the background does: it will be asked for again.
    pub async fn submit_once(&self, request: RunRequest, key: &RequestKey) -> Result<RunId, SubmitError> {
        let home = self.history().map(|history| history.home().to_owned()).unwrap_or_default();
        let asked = key.of(&request, &home);
        let fingerprint = asked.fingerprint.clone();
        match self.begin_once(request, asked).await? {
            Entered::Begun(id) => Ok(id),
            Entered::Known(known) if known.fingerprint == fingerprint => Ok(RunId::new(known.run)),
            Entered::Known(known) => Err(SubmitError::OtherRequest(RunId::new(known.run))),
        }
    }

    /// Begins a run unless the key was used before.
    pub(super) async fn begin_once(
        &self,
        request: RunRequest,
        asked: NewRequest,
    ) -> Result<Entered, SubmitError> {
        let taken_up = self.resumed(&request).await?;
        let waiting = self.enqueue(request, taken_up)?.detached();
        let host = self.clone();
        // Who asked may be gone before the answer of the store comes: the run that is noted there begins all the same.
        let begin = self.shared.tasks.spawn(async move {
            match host.enter(asked, &waiting.order.journal, &waiting.order.id).await {
                None => Entered::Begun(host.begin(waiting).id),
                Some(known) => {
                    host.shared.active.lock().remove(&waiting.order.id);
                    Entered::Known(known)
                }
            }
        });
        begin.await.map_err(|_| SubmitError::Closing)
    }

    /// Notes that a request begins a run: with it in the store, or in memory where that cannot be used.
    async fn enter(&self, asked: NewRequest, journal: &Journal, run: &RunId) -> Option<KnownRequest> {
        match journal.begin_once(asked.clone()).await {
            Some(Ok(known)) => known,
            Some(Err(_)) | None => self.shared.remembered.enter(asked, run),
        }
    }
}
