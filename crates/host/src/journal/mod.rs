//! What a run did, written down while it goes on, so that it can go on after a crash and be repeated.
//!
//! The engine is deterministic: its start and the answers it was handed, in their order, give the run again. Those are
//! the entries (`entry`). They are queued as they come and cost the run nothing; only what leaves waits for the
//! disk: before the bytes of a call that changes something leave, and before a file is changed, everything noted so far
//! is durable ([`Journal::durable`]). So a run that is lost has done nothing that its journal does not know of.
//!
//! A run that ends soon without an effect is written down once, when it has ended.

mod entry;
mod past;

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use futures_util::{FutureExt, future::Shared};
use parking_lot::Mutex;
use store::{Ended, KnownRequest, Lease, NewRequest, NewRun, Pending, Store, StoreError};
use tokio::task::yield_now;

pub(crate) use entry::{
    AskedFor, ChangingFile, Entry, FORM, Inherited, Noted, OriginRun, Program, Request, SentCall, Settled,
    Started, Taken,
};
pub(crate) use past::Past;

use crate::history::History;

/// How long entries wait for others at most before they are written. A run that is over by then costs one write.
const GATHER: Duration = Duration::from_millis(50);

/// So many bytes of entries do not wait longer.
const GATHER_BYTES: usize = 256 * 1024;

/// More than this of one run is not on its way to the disk: a script that reads large files reads faster than they are written.
const ON_ITS_WAY_BYTES: usize = 64 * 1024 * 1024;

/// How entries are handed to the store: into its queue, or at once for a caller that waits.
type Append = fn(&Store, &Lease, i64, Vec<Vec<u8>>) -> Pending<()>;

/// The journal of one run.
pub(crate) struct Journal {
    history: Option<History>,
    state: Mutex<State>,
}

struct State {
    /// The run, until it is written down that it begins.
    unbegun: Option<NewRun>,
    lease: Lease,
    /// Entries that are queued for the disk, or there.
    written: i64,
    gathered: Vec<Vec<u8>>,
    gathered_bytes: usize,
    /// Since when.
    since: Option<Instant>,
    /// What is not known to be durable, in order.
    pending: VecDeque<Change>,
    /// Whether the store has something of the run, or may have: then it would be taken up after a restart.
    is_stored: bool,
    failure: Option<StoreError>,
}

/// What was handed to the store.
#[derive(Clone)]
struct Change {
    bytes: usize,
    made: Shared<Pending<()>>,
}

impl Journal {
    /// The journal of a run that begins.
    pub(crate) fn new(history: History, run: NewRun) -> Self {
        let lease = run.lease();
        Self::with(Some(history), Some(run), lease, 0)
    }

    /// The journal of a run that was taken up, which has so many entries.
    pub(crate) fn taken_up(history: History, lease: Lease, entries: usize) -> Self {
        Self::with(Some(history), None, lease, i64::try_from(entries).unwrap_or(i64::MAX))
    }

    /// A journal that is not written.
    pub(crate) fn none() -> Self {
        let lease = Lease { run: String::new(), epoch: 0 };
        Self::with(None, None, lease, 0)
    }

    fn with(history: Option<History>, unbegun: Option<NewRun>, lease: Lease, written: i64) -> Self {
        let state = State {
            is_stored: unbegun.is_none(),
            unbegun,
            lease,
            written,
            gathered: Vec::new(),
            gathered_bytes: 0,
            since: None,
            pending: VecDeque::new(),
            failure: None,
        };
        Self { history, state: Mutex::new(state) }
    }

    /// Whether anything is written.
    pub(crate) fn is_kept(&self) -> bool {
        self.history.is_some()
    }

    /// Notes what happened.
    pub(crate) fn note(&self, entry: &Entry) {
        if self.history.is_none() {
            return;
        }
        let entry = entry.encoded();
        let mut state = self.state.lock();
        if state.failure.is_some() {
            return;
        }
        state.gathered_bytes += entry.len();
        state.gathered.push(entry);
        state.since.get_or_insert_with(Instant::now);
    }

    /// Writes that the run begins, with what was noted, unless this request's key was used before: then the journal is that of no
    /// run. `None` where nothing is written.
    pub(crate) async fn begin_once(
        &self,
        request: NewRequest,
    ) -> Option<Result<Option<KnownRequest>, StoreError>> {
        let history = self.history.as_ref()?;
        let store = match history.store().await {
            Ok(store) => store,
            Err(error) => return Some(Err(error)),
        };
        let pending = self.state.lock().begin_once(&store, history, request)?;
        let begun = pending.await;
        self.state.lock().is_made(begun.as_ref().map(drop).map_err(Clone::clone));
        Some(begun)
    }

    /// When what was noted is to be written at the latest.
    pub(crate) fn due(&self) -> Option<Instant> {
        let state = self.state.lock();
        let since = state.since?;
        Some(if state.gathered_bytes < GATHER_BYTES { since + GATHER } else { since })
    }

    /// Writes what was noted, without waiting until it is durable.
    pub(crate) async fn write(&self) {
        self.hand_over(Store::append).await;
    }

    async fn hand_over(&self, append: Append) {
        let Some(history) = &self.history else { return };
        match history.store().await {
            Ok(store) => self.state.lock().hand_over(&store, history, append),
            Err(error) => self.state.lock().fail(error),
        }
    }

    /// Waits until everything that was noted is durable: to be called before an effect. An error means that the effect must not
    /// be: the run is another process's by now, or would be taken up after a restart without knowing of it. Where the store
    /// has failed and nothing takes the run up, it goes on without a journal.
    pub(crate) async fn durable(&self) -> Result<(), StoreError> {
        // What is asked for at the same moment is written together.
        yield_now().await;
        self.hand_over(Store::append_now).await;
        // Each who waits has its own handle: one that is not polled holds up no other.
        let pending = self.state.lock().pending.clone();
        for change in pending {
            drop(change.made.await);
        }
        self.state.lock().drop_finished();
        match self.failure() {
            None => Ok(()),
            Some(error @ StoreError::TakenOver) => Err(error),
            Some(_) => self.forget().await,
        }
    }

    /// What was noted so far, as who takes the run up would read it.
    pub(crate) async fn read_back(&self) -> Result<Past, StoreError> {
        self.durable().await?;
        if let Some(error) = self.failure() {
            return Err(error);
        }
        let none = || StoreError::Failed("no journal is kept".into());
        let store = self.history.as_ref().ok_or_else(none)?.store().await?;
        let run = self.state.lock().lease.run.clone();
        let entries = store.journal(&run).await?;
        Past::read(&run, entries)?.ok_or_else(none)
    }

    /// Waits where so much is on its way to the disk that it would fill the memory.
    pub(crate) async fn keep_up(&self) {
        let is_behind = {
            let state = self.state.lock();
            let on_its_way: usize = state.pending.iter().map(|change| change.bytes).sum();
            on_its_way + state.gathered_bytes > ON_ITS_WAY_BYTES
        };
        if is_behind {
            // The next effect of the run meets the same error, and says so.
            let _ = self.durable().await;
        }
    }

    /// Sees to it that nobody takes up a run that is not written down any more.
    async fn forget(&self) -> Result<(), StoreError> {
        let lease = {
            let state = self.state.lock();
            if !state.is_stored {
                return Ok(());
            }
            state.lease.clone()
        };
        let Some(history) = &self.history else { return Ok(()) };
        history.store().await?.forget(&lease).await?;
        self.state.lock().is_stored = false;
        Ok(())
    }

    /// Why the run is not written down any more.
    pub(crate) fn failure(&self) -> Option<StoreError> {
        self.state.lock().failure.clone()
    }

    /// Notes how the run ended, and writes everything. `make` is called on the store's side.
    pub(crate) async fn end(&self, make: impl FnOnce() -> Ended + Send + 'static) -> Result<(), StoreError> {
        let Some(history) = &self.history else { return Ok(()) };
        let store = history.store().await?;
        let ended = {
            let mut state = self.state.lock();
            state.hand_over(&store, history, Store::append);
            match &state.failure {
                Some(error) if !state.is_stored => return Err(error.clone()),
                // The end is tried all the same, so that nobody takes the run up.
                Some(_) | None => store.end(&state.lease, make),
            }
        };
        ended.await
    }
}

impl State {
    /// Hands what was gathered to the store.
    fn hand_over(&mut self, store: &Store, history: &History, append: Append) {
        self.drop_finished();
        let entries = self.taken();
        let bytes = entries.iter().map(Vec::len).sum();
        if entries.is_empty() || self.failure.is_some() {
            return;
        }
        let count = i64::try_from(entries.len()).unwrap_or(i64::MAX);
        let made = match self.unbegun.take() {
            Some(run) => {
                history.announce(store);
                store.begin(run, entries)
            }
            // Nothing overtakes what is in the queue.
            None if self.pending.is_empty() => append(store, &self.lease, self.written, entries),
            None => store.append(&self.lease, self.written, entries),
        };
        self.pending.push_back(Change { bytes, made: made.shared() });
        self.written += count;
    }

    fn begin_once(
        &mut self,
        store: &Store,
        history: &History,
        request: NewRequest,
    ) -> Option<Pending<Option<KnownRequest>>> {
        let (run, entries) = (self.unbegun.take()?, self.taken());
        history.announce(store);
        self.written += i64::try_from(entries.len()).unwrap_or(i64::MAX);
        Some(store.begin_once(request, run, entries))
    }

    /// What was gathered, which is gathered no more.
    fn taken(&mut self) -> Vec<Vec<u8>> {
        self.since = None;
        self.gathered_bytes = 0;
        std::mem::take(&mut self.gathered)
    }

    /// Drops the changes that are durable by now: a run that only reads never waits for them.
    fn drop_finished(&mut self) {
        while let Some(done) = self.pending.front().and_then(|first| first.made.clone().now_or_never()) {
            self.pending.pop_front();
            self.is_made(done);
        }
    }

    /// Takes in how a change ended. The first one begins the run in the store.
    fn is_made(&mut self, made: Result<(), StoreError>) {
        // Whether a change was made whose database failed is not known.
        self.is_stored |= matches!(made, Ok(()) | Err(StoreError::Failed(_)));
        if let Err(error) = made {
            self.fail(error);
        }
    }

    /// Nothing is written from here on. The first reason is the one that counts.
    fn fail(&mut self, error: StoreError) {
        drop(self.taken());
        self.failure.get_or_insert(error);
    }
}

#[cfg(test)]
mod tests {
    use store::Where;

    use super::*;

    #[tokio::test]
    async fn writes_that_are_finished_do_not_pile_up_in_a_run_that_waits_for_none() {
        let folder = tempfile::tempdir().expect("a folder");
        let place = Where::File { path: folder.path().join("store"), sync: store::Sync::Normal };
        let history = History::new(place, "home");
        let run = NewRun {
            run: "run".to_owned(),
            home: "home".to_owned(),
            owner: "me".to_owned(),
            about: String::new(),
            started_ms: 1,
        };
        let journal = Journal::new(history.clone(), run);
        let store = history.store().await.expect("a store");
        for call in 0..20 {
            journal.note(&Entry::Started(Started { seed: call, now_ms: 0.0, engine: None }));
            journal.write().await;
            // Changes are made in their order: the one before is durable by then.
            store.leave("nobody").await.expect("a change");
            assert_eq!(
                journal.state.lock().pending.len(),
                1,
                "before call {call} only its own write is pending"
            );
        }
        journal.durable().await.expect("it is durable");
        assert_eq!(store.journal("run").await.expect("a journal").len(), 20);
    }
}
