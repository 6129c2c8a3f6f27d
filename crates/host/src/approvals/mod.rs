//! Calls that wait for a person.
//!
//! The broker asks ([`Approvals::ask`]) before a call is sent; the call goes on when somebody has decided. Decisions come
//! from a face of this process ([`Approvals::decide`]), or from another process that shares the store, which is
//! watched while something waits. What waits is in the store under its run and its number, so a run that is taken up after a
//! restart finds its question, or the decision, again. Without a store that can be used, questions are kept in memory.
//!
//! No script and no model decides: nothing here is reachable from a tool of ours.

mod approval;
mod ask;
mod granted;
mod kept;

use std::{
    collections::{BTreeMap, HashSet},
    sync::Arc,
    time::Duration,
};

use parking_lot::Mutex;
use store::{Pending, Store, StoreError};
use tokio::{
    sync::{oneshot, watch},
    time::{sleep, timeout},
};
use tokio_util::sync::CancellationToken;

use approval::Resolution;
pub use approval::{Approval, ApprovalAbout, ApprovalId, ApprovalState, Approve, Decision, NotAnApprovalId};
use ask::WAITING_BYTES_MAX;
pub(crate) use ask::{ApprovalRequest, NotApproved};
use granted::{Grant, Granted};
pub use kept::ApprovalFilter;

use crate::{history::History, random, record::RunId, rules::now_ms};

/// How often the store is asked for decisions while something waits: soon enough for the one who decided and looks on.
const LOOKS_EVERY: Duration = Duration::from_millis(300);

/// What waits in this process.
pub(crate) struct Approvals {
    history: Option<History>,
    /// How long a person may take.
    wait: Duration,
    /// Cancelled when the host ends: what waits then waits on in the store.
    closing: CancellationToken,
    waiting: Mutex<BTreeMap<ApprovalId, Waiting>>,
    runs: Mutex<Granted>,
    changed: watch::Sender<()>,
    /// The last question that was withdrawn: when the store knows of it, it knows of those before.
    last_withdrawn: Mutex<Option<Pending<bool>>>,
}

struct Waiting {
    approval: Arc<Approval>,
    /// There when the store knows of it.
    store: Option<Store>,
    settled: oneshot::Sender<Resolution>,
    /// What it was shown under, once it was.
    shown: Option<ShownUnder>,
}

/// Names calls that were shown to a person together. Not guessable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownUnder(String);

impl ShownUnder {
    /// Takes a name as it came back from outside. An unknown one names nothing.
    pub fn new(name: impl Into<String>) -> Self {
        Self(name.into())
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Approvals {
    pub(crate) fn new(history: Option<History>, wait: Duration, closing: CancellationToken) -> Self {
        let (changed, _) = watch::channel(());
        Self {
            history,
            wait,
            closing,
            waiting: Mutex::default(),
            runs: Mutex::default(),
            changed,
            last_withdrawn: Mutex::default(),
        }
    }

    /// Asks a person about a call. `None` where that is approved already: before a restart, or for the whole run.
    pub(crate) async fn ask(&self, ask: ApprovalRequest<'_>) -> Result<Option<Asking<'_>>, NotApproved> {
        let store = self.store().await;
        let asked = self.approval(&ask);
        if let Some(run) = ask.run {
            self.recall(run, store.as_ref()).await;
            let mut runs = self.runs.lock();
            if runs.grants.contains(&Grant::of(&asked)) {
                return Ok(None);
            }
            if !runs.asked.insert(asked.id.clone()) {
                return Err(NotApproved::Withdrawn);
            }
            self.has_room(run, &asked)?;
        }
        let (approval, store) = match store {
            Some(store) => match noted(&store, &asked).await {
                Ok((_, Some(settled))) => return self.told(settled).map(|()| None),
                Ok((known, None)) => (known, Some(store)),
                Err(error) => (not_noted(asked, &error), None),
            },
            None => (asked, None),
        };
        let (id, expires_at_ms) = (approval.id.clone(), approval.expires_at_ms);
        let (settled, outcome) = oneshot::channel();
        let waiting = Waiting { approval: Arc::new(approval), store, settled, shown: None };
        self.waiting.lock().insert(id.clone(), waiting);
        self.changed.send_replace(());
        Ok(Some(Asking { approvals: self, id, expires_at_ms, outcome }))
    }

    /// Whether what waits of one run stays small enough to be kept.
    fn has_room(&self, run: &RunId, asked: &Approval) -> Result<(), NotApproved> {
        let bytes = |approval: &Approval| approval.arguments.get().len();
        let waiting: usize = self.of_run(run).iter().map(|waiting| bytes(waiting)).sum();
        if waiting.saturating_add(bytes(asked)) > WAITING_BYTES_MAX {
            return Err(NotApproved::TooMuch);
        }
        Ok(())
    }

    /// The calls of a run that wait here, in their order.
    pub(crate) fn of_run(&self, run: &RunId) -> Vec<Arc<Approval>> {
        let waiting = self.waiting.lock();
        let of_run = waiting.values().filter(|waiting| waiting.approval.id.run == *run);
        of_run.map(|waiting| waiting.approval.clone()).collect()
    }

    /// The same, of those that no face has shown yet; of all runs where none is named.
    pub(crate) fn not_shown(&self, run: Option<&RunId>) -> Vec<Arc<Approval>> {
        let waiting = self.waiting.lock();
        let is_meant = |waiting: &&Waiting| run.is_none_or(|run| waiting.approval.id.run == *run);
        let not_shown = waiting.values().filter(is_meant).filter(|waiting| waiting.shown.is_none());
        not_shown.map(|waiting| waiting.approval.clone()).collect()
    }

    /// A face shows these calls.
    pub(crate) fn show(&self, ids: &[ApprovalId]) -> ShownUnder {
        let shown = ShownUnder(format!("{:016x}{:016x}", random::number(), random::number()));
        let mut waiting = self.waiting.lock();
        for id in ids {
            if let Some(waiting) = waiting.get_mut(id) {
                waiting.shown = Some(shown.clone());
            }
        }
        shown
    }

    /// The calls that were shown together and still wait.
    pub(crate) fn shown(&self, under: &ShownUnder) -> Vec<ApprovalId> {
        let waiting = self.waiting.lock();
        let shown = waiting.iter().filter(|(_, waiting)| waiting.shown.as_ref() == Some(under));
        shown.map(|(id, _)| id.clone()).collect()
    }

    /// Changes whenever another call waits.
    pub(crate) fn changes(&self) -> watch::Receiver<()> {
        self.changed.subscribe()
    }

    /// Decides about calls that wait here. Those that somebody decided about before stay as they are.
    pub(crate) async fn decide(&self, ids: &[ApprovalId], decision: Decision, by: &str) {
        for id in ids {
            self.settle(id, Resolution::Decided(decision), by).await;
        }
    }

    /// Nothing of this run waits here any more. In the store it may: see [`Self::over`].
    pub(crate) async fn withdraw(&self, run: &RunId) {
        for approval in self.of_run(run) {
            self.settle_here(&approval.id, Resolution::Withdrawn, "").await;
        }
    }

    /// A run is over, and nobody will go on with it: what was approved for it is forgotten, and what still waits in the store
    /// is withdrawn.
    pub(crate) async fn over(&self, run: &RunId) {
        let has_asked = self.runs.lock().forget(run);
        if has_asked && let Some(store) = self.store().await {
            drop(store.decide_all(run.as_str(), kept::verdict(Resolution::Withdrawn, "")));
        }
    }

    /// Waits until the store knows of everything that was withdrawn.
    pub(crate) async fn shutdown(&self) {
        let Some(last) = self.last_withdrawn.lock().take() else { return };
        if let Err(error) = last.await {
            tracing::warn!(%error, "calls that waited are not marked as withdrawn");
        }
    }

    /// Watches the store for decisions of other processes while something waits.
    pub(crate) async fn watch(&self) {
        let mut changes = self.changes();
        let mut fails = false;
        loop {
            while !self.waiting.lock().is_empty() {
                sleep(LOOKS_EVERY).await;
                let failed = self.look().await.err();
                // Said once, however long it lasts.
                if let (Some(error), false) = (&failed, fails) {
                    tracing::warn!(%error, "it cannot be looked up what was decided about calls that wait");
                }
                fails = failed.is_some();
            }
            if changes.changed().await.is_err() {
                return;
            }
        }
    }

    async fn look(&self) -> Result<(), StoreError> {
        let kept: Vec<_> = {
            let waiting = self.waiting.lock();
            let kept = waiting.iter().filter_map(|(id, waiting)| Some((id.clone(), waiting.store.clone()?)));
            kept.collect()
        };
        let Some((_, store)) = kept.first() else { return Ok(()) };
        let still: HashSet<(String, i64)> = store.waiting().await?.into_iter().collect();
        for (id, store) in &kept {
            if still.contains(&(id.run.to_string(), id.call.into())) {
                continue;
            }
            let found = store.approval(id.run.as_str(), id.call.into()).await?;
            if let Some(verdict) = found.and_then(|found| found.verdict) {
                self.settle_here(id, Resolution::named(&verdict.word), &verdict.by).await;
            }
        }
        Ok(())
    }

    async fn store(&self) -> Option<Store> {
        let opened = self.history.as_ref()?.store().await;
        opened.inspect_err(|error| tracing::warn!(%error, "calls that wait are kept in memory")).ok()
    }

    fn approval(&self, ask: &ApprovalRequest<'_>) -> Approval {
        let run = ask.run.cloned();
        // A call from elsewhere is a run of its own, of one call.
        let run = run.unwrap_or_else(|| RunId::new(format!("call_{:016x}", random::number())));
        let asked_at_ms = now_ms();
        let wait = u64::try_from(self.wait.as_millis()).unwrap_or(u64::MAX);
        Approval {
            id: ApprovalId { run, call: ask.call.unwrap_or(0) },
            state: ApprovalState::Waiting,
            server: ask.tool.server.to_string(),
            tool: ask.tool.tool.to_string(),
            arguments: ask.arguments.to_owned(),
            is_kept: false,
            about: ApprovalAbout {
                rule: ask.question.rule.clone(),
                why: ask.question.why.clone(),
                client: ask.client.to_string(),
                line: ask.line,
            },
            asked_at_ms,
            expires_at_ms: asked_at_ms.saturating_add(wait),
            decided_at_ms: None,
            decided_by: None,
        }
    }

    /// Finds out what was approved for a run before a restart, once.
    async fn recall(&self, run: &RunId, store: Option<&Store>) {
        if !self.runs.lock().known.insert(run.clone()) {
            return;
        }
        let Some(store) = store else { return };
        let which = store::WhichApprovals { run: Some(run.to_string()), waiting: false, limit: u32::MAX };
        let Ok(kept) = store.approvals(which).await else { return };
        let for_run = Resolution::Decided(Decision::ApproveForRun).word();
        let granted =
            kept.into_iter().filter(|kept| kept.verdict.as_ref().is_some_and(|it| it.word == for_run));
        let granted = granted.filter_map(|kept| Approval::of_kept(kept).ok());
        self.runs.lock().grants.extend(granted.map(|approval| Grant::of(&approval)));
    }

    /// Notes in the store how a call stopped waiting, and lets it go on. What another process noted before stands.
    async fn settle(&self, id: &ApprovalId, settled: Resolution, by: &str) {
        let store = self.waiting.lock().get(id).map(|waiting| waiting.store.clone());
        let Some(store) = store else { return };
        let mut stands = (settled, by.to_owned());
        if let Some(store) = store {
            match decided(&store, id, settled, by).await {
                Ok(standing) => stands = standing,
                // Who decided here is heard all the same.
                Err(error) => tracing::warn!(%error, %id, "a decision is not kept"),
            }
        }
        self.settle_here(id, stands.0, &stands.1).await;
    }

    /// Lets a call go on, and those with it that were approved for the whole run.
    async fn settle_here(&self, id: &ApprovalId, settled: Resolution, by: &str) {
        let Some(Waiting { approval, settled: sender, .. }) = self.waiting.lock().remove(id) else { return };
        tracing::info!(%id, server = approval.server, tool = approval.tool, decision = settled.word(), by, "a call waits no more");
        let _ = sender.send(settled);
        if settled != Resolution::Decided(Decision::ApproveForRun) {
            return;
        }
        let grant = Grant::of(&approval);
        let others = self.of_run(&grant.run).into_iter().filter(|other| Grant::of(other) == grant);
        let others: Vec<_> = others.map(|other| other.id.clone()).collect();
        self.runs.lock().grants.insert(grant);
        for other in &others {
            Box::pin(self.settle(other, Resolution::Decided(Decision::Approve), by)).await;
        }
    }

    fn told(&self, settled: Resolution) -> Result<(), NotApproved> {
        match settled {
            Resolution::Decided(Decision::Approve | Decision::ApproveForRun) => Ok(()),
            Resolution::Decided(Decision::Refuse) => Err(NotApproved::Refused),
            Resolution::Expired => Err(NotApproved::Expired(self.wait)),
            Resolution::Withdrawn => Err(NotApproved::Withdrawn),
        }
    }
}

/// Notes a question. Gives it as it is known, and what was decided about it, where a run is taken up again.
async fn noted(store: &Store, asked: &Approval) -> Result<(Approval, Option<Resolution>), StoreError> {
    let kept = store.ask(asked.to_new()).await?;
    let settled = kept.verdict.as_ref().map(|verdict| Resolution::named(&verdict.word));
    Ok((Approval::of_kept(kept)?, settled))
}

fn not_noted(asked: Approval, error: &StoreError) -> Approval {
    tracing::warn!(%error, id = %asked.id, "a call that waits is kept in memory");
    asked
}

/// Notes how a call stopped waiting; gives what stands.
async fn decided(
    store: &Store,
    id: &ApprovalId,
    settled: Resolution,
    by: &str,
) -> Result<(Resolution, String), StoreError> {
    let (run, call) = (id.run.as_str(), i64::from(id.call));
    if store.decide(run, call, kept::verdict(settled, by)).await? {
        return Ok((settled, by.to_owned()));
    }
    let before = store.approval(run, call).await?.and_then(|found| found.verdict);
    Ok(before.map_or((settled, by.to_owned()), |before| (Resolution::named(&before.word), before.by)))
}

/// A question that a person was asked. Dropping it withdraws it.
pub(crate) struct Asking<'a> {
    approvals: &'a Approvals,
    id: ApprovalId,
    expires_at_ms: u64,
    outcome: oneshot::Receiver<Resolution>,
}

impl Asking<'_> {
    /// Waits until the person has approved the call.
    pub(crate) async fn approved(mut self) -> Result<(), NotApproved> {
        let left = Duration::from_millis(self.expires_at_ms.saturating_sub(now_ms()));
        let settled = match timeout(left, &mut self.outcome).await {
            Ok(settled) => settled.unwrap_or(Resolution::Withdrawn),
            Err(_) => {
                // Somebody may have decided at the last moment.
                self.approvals.settle(&self.id, Resolution::Expired, "").await;
                (&mut self.outcome).await.unwrap_or(Resolution::Expired)
            }
        };
        self.approvals.told(settled)
    }
}

impl Drop for Asking<'_> {
    fn drop(&mut self) {
        let Some(waiting) = self.approvals.waiting.lock().remove(&self.id) else { return };
        if let (Some(store), false) = (waiting.store, self.approvals.closing.is_cancelled()) {
            let (run, call) = (self.id.run.as_str(), i64::from(self.id.call));
            let withdrawn = store.decide(run, call, kept::verdict(Resolution::Withdrawn, ""));
            *self.approvals.last_withdrawn.lock() = Some(withdrawn);
        }
    }
}

#[cfg(test)]
mod tests;
