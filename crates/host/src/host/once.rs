//! The host's door to requests that may be sent twice.

use store::{KnownRequest, NewRequest, StoreError};

use super::{Host, RunRequest};
use crate::{
    admission::QueueFull, journal::Journal, record::RunId, requests::RequestKey, takeover::ResumeError,
};

/// Why a request under a key begins no run, and is answered by none.
#[derive(Debug, Clone, thiserror::Error)]
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
    /// It begins only where it is kept, and the store failed.
    #[error(transparent)]
    NotKept(StoreError),
    /// The host ends.
    #[error("Narrows is being stopped")]
    Closing,
}

/// What becomes of a request where the store cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum WithoutStore {
    /// It is known as long as this process lives.
    Remember,
    /// It begins nothing.
    Refuse,
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
        match self.begin_once(request, asked, WithoutStore::Remember).await? {
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
        without_store: WithoutStore,
    ) -> Result<Entered, SubmitError> {
        let taken_up = self.resumed(&request).await?;
        let waiting = self.enqueue(request, taken_up)?.detached();
        let host = self.clone();
        // Who asked may be gone before the answer of the store comes: the run that is noted there begins all the same.
        let begin = self.shared.tasks.spawn(async move {
            let entered = host.enter(asked, &waiting.order.journal, &waiting.order.id, without_store).await;
            if let Ok(None) = entered {
                return Ok(Entered::Begun(host.begin(waiting).id));
            }
            host.shared.active.lock().remove(&waiting.order.id);
            host.shared.unlisted.remove(&waiting.order.id);
            entered?.map(Entered::Known).ok_or(SubmitError::Closing)
        });
        begin.await.unwrap_or(Err(SubmitError::Closing))
    }

    /// Notes that a request begins a run: with it in the store, or in memory where that cannot be used.
    async fn enter(
        &self,
        asked: NewRequest,
        journal: &Journal,
        run: &RunId,
        without_store: WithoutStore,
    ) -> Result<Option<KnownRequest>, SubmitError> {
        match (journal.begin_once(asked.clone()).await, without_store) {
            (Some(Ok(known)), _) => Ok(known),
            (_, WithoutStore::Remember) => Ok(self.shared.remembered.enter(asked, run)),
            (Some(Err(error)), WithoutStore::Refuse) => Err(SubmitError::NotKept(error)),
            (None, WithoutStore::Refuse) => Err(SubmitError::Closing),
        }
    }
}
