//! Runs that another process left: found, taken over, and gone on with.
//!
//! Processes of one home go on with each other's runs. Where they share a file, each shows by a lock that it lives; else by a beat:
//! one whose beat has not changed for three of them is gone. Its runs are taken over, by one of the others alone.

use std::{
    collections::HashMap,
    sync::{Arc, Weak},
    time::{Duration, Instant},
};

use store::{Lease, Owner, Store, StoreError};

use crate::{
    admission::{Client, QueueFull, Urgency},
    history::{self, History},
    host::{Host, RunRequest, Shared, TakenUp},
    journal::{AskedFor, Journal, Past},
    record::{RunId, RunRecord},
    rules::now_ms,
    run::Then,
};

/// Beats after which a process that has not shown itself is gone.
const BEATS_MISSED: u32 = 3;

/// How often a run is taken over at most: one that ends every process it is in is given up.
const TAKEN_OVER_MAX: i64 = 10;

/// When each owner was first seen at its last beat.
type Seen = HashMap<String, (Option<i64>, Instant)>;

/// Shows that this process lives, and goes on with the runs of those that do not, until the host is gone.
pub(crate) async fn keep(host: Weak<Shared>, history: History, beat: Duration) {
    let mut seen = Seen::new();
    loop {
        let Some(host) = host.upgrade().map(Host::from) else { return };
        if let Err(error) = look(&host, &history, beat, &mut seen).await {
            tracing::debug!(%error, "the runs that others left cannot be looked for");
        }
        drop(host);
        tokio::time::sleep(beat).await;
    }
}

async fn look(host: &Host, history: &History, beat: Duration, seen: &mut Seen) -> Result<(), StoreError> {
    if !history.is_announced() && !host.takes_up() {
        return Ok(());
    }
    let store = history.store().await?;
    if history.is_announced() {
        drop(store.beat(history.owner()));
    }
    if !host.takes_up() {
        return Ok(());
    }
    let mut owners = store.owners(history.home()).await?;
    owners.retain(|owner| owner.name != history.owner());
    seen.retain(|name, _| owners.iter().any(|owner| owner.name == *name));
    for owner in owners {
        let is_gone = match store.is_gone(&owner) {
            Some(is_gone) => is_gone?,
            None => is_silent(&owner, beat, seen),
        };
        if is_gone {
            history.announce(&store);
            for lease in store.take_over(history.home(), owner, history.owner()).await? {
                go_on(host, history, &store, lease).await;
            }
        }
    }
    Ok(())
}

/// Whether an owner has shown nothing for so long that it is gone.
fn is_silent(owner: &Owner, beat: Duration, seen: &mut Seen) -> bool {
    let now = Instant::now();
    let (last, since) = seen.entry(owner.name.clone()).or_insert((owner.beat, now));
    if *last != owner.beat {
        (*last, *since) = (owner.beat, now);
    }
    owner.beat.is_none() || since.elapsed() >= beat * BEATS_MISSED
}

/// Goes on with a run that was taken over, or says how it ended.
async fn go_on(host: &Host, history: &History, store: &Store, lease: Lease) {
    let id = RunId::new(lease.run.clone());
    let resumed = async {
        let past = read(store, &lease).await?;
        refuse_old(&past, host.takes_up_within())?;
        resume(host, history, &lease, past)
    };
    if let Err(reason) = resumed.await {
        tracing::warn!(run = %id, reason, "a run cannot be taken up");
        give_up(store, &lease, id, &reason);
    }
}

/// Only who asks for a run by its name goes on with one that nobody expects any more.
fn refuse_old(past: &Past, within: Duration) -> Result<(), String> {
    let since = Duration::from_millis(now_ms().saturating_sub(past.active_ms()));
    if since <= within {
        return Ok(());
    }
    let days = since.as_secs() / (24 * 60 * 60);
    Err(format!(
        "it did something last {} ago",
        text::counted(usize::try_from(days).unwrap_or(usize::MAX), "day")
    ))
}

async fn read(store: &Store, lease: &Lease) -> Result<Past, String> {
    let entries = store.journal(&lease.run).await.map_err(|error| error.to_string())?;
    let without =
        if entries.is_empty() { "it had not begun" } else { "it was one call, which is not made again" };
    let past = Past::read(&lease.run, entries).map_err(|error| error.to_string())?;
    past.ok_or_else(|| without.to_owned())
}

fn resume(host: &Host, history: &History, lease: &Lease, past: Past) -> Result<(), String> {
    if lease.epoch > TAKEN_OVER_MAX {
        return Err(format!("it was taken up {TAKEN_OVER_MAX} times and never ended"));
    }
    let request = past.asked.request(&lease.run);
    let journal = Journal::taken_up(history.clone(), lease.clone(), past.entries);
    tracing::info!(run = lease.run, answers = past.settled.len(), "a run is taken up");
    let taken_up = TakenUp { journal: Some(journal), past, then: Then::GoOn };
    host.start(request, Some(taken_up)).map(drop).map_err(|full| full.to_string())
}

fn give_up(store: &Store, lease: &Lease, id: RunId, reason: &str) {
    let mut record = RunRecord::lost(id);
    if let Some(error) = &mut record.error {
        error.message =
            format!("Narrows was stopped while the run went on, and it cannot be taken up: {reason}");
    }
    let ended = move || history::ended(String::new(), &Client::local(), Arc::new(record));
    drop(store.end(lease, ended));
}

impl AskedFor {
    /// The same asked for again, under this name.
    pub(crate) fn request(&self, id: &str) -> RunRequest {
        RunRequest {
            workspace: self.workspace.clone(),
            limits: Some(self.limits.clone()),
            run_id: Some(RunId::new(id)),
            args: self.args.clone(),
            client: Client::new(&self.client),
            approve: self.approve.clone(),
            urgency: Urgency::Background,
            ..RunRequest::new(self.code.clone())
        }
    }
}

/// Why a run is not taken up, or not repeated.
#[derive(Debug, thiserror::Error)]
pub enum ResumeError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// There is no such run, or it has no journal (any more).
    #[error("there is no journal of a run `{0}`")]
    Unknown(RunId),
    /// It has ended.
    #[error("run `{0}` has ended")]
    Ended(RunId),
    /// It has not ended, or that is not written down yet.
    #[error("run `{0}` has not ended")]
    Unended(RunId),
    /// Another process has it.
    #[error("another Narrows goes on with run `{0}`")]
    Alive(RunId),
    /// It ran in another workspace, and what it did to files is there.
    #[error(
        "run `{run}` ran in the workspace `{workspace}`; say `\"workspace\": \"{workspace}\"` to go on from it"
    )]
    OtherWorkspace {
        /// The run.
        run: RunId,
        /// Its workspace.
        workspace: String,
    },
    /// There are too many runs.
    #[error(transparent)]
    Full(#[from] QueueFull),
    /// It cannot be begun now.
    #[error("{0}")]
    Refused(String),
}

/// The journal of a run that has ended.
pub(crate) async fn past(store: &Store, id: &RunId) -> Result<Past, ResumeError> {
    let unknown = || ResumeError::Unknown(id.clone());
    let listed = store.find(id.as_str()).await?.ok_or_else(unknown)?;
    if listed.ended_ms.is_none() {
        return Err(ResumeError::Unended(id.clone()));
    }
    Past::read(id.as_str(), store.journal(id.as_str()).await?)?.ok_or_else(unknown)
}

impl Host {
    /// Goes on with a run that another process left, once that process is known to be gone. Its end is waited for as that of
    /// any other run.
    pub async fn resume(&self, id: &RunId) -> Result<(), ResumeError> {
        let history = self.history().ok_or_else(|| ResumeError::Unknown(id.clone()))?;
        let store = history.store().await?;
        let Some(owner) = store.owner(id.as_str()).await? else {
            return Err(match store.find(id.as_str()).await? {
                Some(_) => ResumeError::Ended(id.clone()),
                None => ResumeError::Unknown(id.clone()),
            });
        };
        match store.is_gone(&owner).transpose()? {
            Some(false) => return Err(ResumeError::Alive(id.clone())),
            None if owner.beat.is_some() => tokio::time::sleep(self.beat() * BEATS_MISSED).await,
            Some(true) | None => {}
        }
        history.announce(&store);
        let lease = match store.take(id.as_str(), owner, history.owner()).await {
            Err(StoreError::TakenOver) => return Err(ResumeError::Alive(id.clone())),
            taken => taken?,
        };
        let past = read(&store, &lease).await;
        let resumed = past.and_then(|past| resume(self, history, &lease, past));
        resumed.map_err(|reason| {
            give_up(&store, &lease, id.clone(), &reason);
            ResumeError::Refused(reason)
        })
    }

    /// Runs a run again from its journal, and no further: no server is asked and no file is read or changed. The record
    /// of what happened then.
    pub async fn replay(&self, id: &RunId) -> Result<Arc<RunRecord>, ResumeError> {
        let history = self.history().ok_or_else(|| ResumeError::Unknown(id.clone()))?;
        let store = history.store().await?;
        let past = past(&store, id).await?;
        if past.begun.is_none() {
            return Err(ResumeError::Refused(format!("run `{id}` ended before its script was started")));
        }
        let request = RunRequest { run_id: None, ..past.asked.request(id.as_str()) };
        let taken_up = TakenUp { journal: Some(Journal::none()), past, then: Then::Stop };
        Ok(self.start(request, Some(taken_up))?.ended().await)
    }
}
