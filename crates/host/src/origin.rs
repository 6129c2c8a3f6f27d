//! Runs that go on from another run: with its answers, and with the same script or another.

use std::{
    sync::Arc,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use store::Store;

use crate::{
    host::{Host, RunRequest, TakenUp},
    journal::{AskedFor, Journal, OriginRun, Past},
    record::{RunId, RunRecord},
    run::{Share, Then},
    takeover::{ResumeError, past},
};

/// How long a run that has just ended here is waited for in the store: it is answered before it is written down.
const WRITTEN_WITHIN: Duration = Duration::from_secs(5);

/// How often it is looked.
const LOOKS_EVERY: Duration = Duration::from_millis(5);

impl Host {
    /// What a run may take from the one that it goes on from, where it names one.
    pub(crate) async fn resumed(&self, request: &RunRequest) -> Result<Option<TakenUp>, ResumeError> {
        let Some(id) = &request.resume else { return Ok(None) };
        let past = self.ended(id).await?;
        if past.asked.client != request.client.to_string() {
            return Err(ResumeError::Unknown(id.clone()));
        }
        refuse_plan(id, &past)?;
        if past.asked.workspace != request.workspace {
            return Err(ResumeError::OtherWorkspace { run: id.clone(), workspace: past.asked.workspace });
        }
        let past = of_another(id, past, request, Share::Successes);
        Ok(Some(TakenUp { journal: None, past, then: Then::GoOn }))
    }

    /// Puts a run into the queue that goes on from what another had been answered up to this call, in its own script or in
    /// this one.
    pub async fn fork(&self, id: &RunId, call: u32, code: Option<String>) -> Result<RunId, ResumeError> {
        let past = self.ended(id).await?;
        refuse_plan(id, &past)?;
        refuse_beyond(id, &past, call)?;
        let asked = &past.asked;
        let request = RunRequest {
            workspace: asked.workspace.clone(),
            args: asked.args.clone(),
            approve: asked.approve.of_another_run(),
            ..RunRequest::new(code.unwrap_or_else(|| asked.code.clone()))
        };
        let past = of_another(id, past, &request, Share::UpTo(call));
        let begun = self.start(request, Some(TakenUp { journal: None, past, then: Then::GoOn }))?;
        Ok(begun.id().clone())
    }

    /// Runs a script with all answers of a run, and no further: no server is asked and no file is read or changed. The record of
    /// what happened then.
    pub async fn replay_with(&self, id: &RunId, code: String) -> Result<Arc<RunRecord>, ResumeError> {
        let past = self.ended(id).await?;
        let request = RunRequest { code, run_id: None, ..past.asked.request(id.as_str()) };
        let past = of_another(id, past, &request, Share::All);
        let taken_up = TakenUp { journal: Some(Journal::none()), past, then: Then::Stop };
        let begun = self.start(request, Some(taken_up));
        Ok(begun?.ended().await)
    }

    /// The journal of a run that has ended.
    async fn ended(&self, id: &RunId) -> Result<Past, ResumeError> {
        let history = self.history().ok_or_else(|| ResumeError::Unknown(id.clone()))?;
        let store: Store = history.store().await?;
        let until = Instant::now() + WRITTEN_WITHIN;
        loop {
            match past(&store, id).await {
                Err(ResumeError::Unknown(_) | ResumeError::Unended(_))
                    if self.has_ended_here(id) && Instant::now() < until =>
                {
                    tokio::time::sleep(LOOKS_EVERY).await;
                }
                read => return read,
            }
        }
    }
}

/// What a plan was answered was not so: its calls were not made, and its files were a copy.
fn refuse_plan(id: &RunId, past: &Past) -> Result<(), ResumeError> {
    if past.asked.approve.is_planned() {
        return Err(ResumeError::Refused(format!(
            "run `{id}` was a plan: nothing can go on from what it did"
        )));
    }
    Ok(())
}

/// Nothing is known of a call that was never asked for.
fn refuse_beyond(id: &RunId, past: &Past, call: u32) -> Result<(), ResumeError> {
    match past.last_call() {
        _ if call == 0 => Ok(()),
        Some(last) if call <= last => Ok(()),
        Some(last) => Err(ResumeError::Refused(format!(
            "the last call of run `{id}` is {last}; there is no call {call}"
        ))),
        None => Err(ResumeError::Refused(format!("run `{id}` made no call; `--at 0` begins anew"))),
    }
}

/// A run that is yet to begin, with what it may take from this one.
fn of_another(id: &RunId, past: Past, request: &RunRequest, share: Share) -> Past {
    let run = id.to_string();
    let origin = match (&past.begun, &past.asked.origin) {
        (Some((_, started)), _) => Some(OriginRun { run, seed: started.seed, now_ms: started.now_ms }),
        (None, Some(before)) => Some(OriginRun { run, ..before.clone() }),
        (None, None) => None,
    };
    let asked =
        AskedFor { code: request.code.clone(), started_at_ms: now_ms(), origin, ..past.asked.clone() };
    Past::of_another(asked, past.shared(share))
}

fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
