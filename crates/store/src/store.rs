//! The store as others use it.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    thread,
    time::{SystemTime, UNIX_EPOCH},
};

use futures_util::FutureExt;
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::{mpsc, oneshot};

use crate::{
    Ended, Keep, KeptApproval, KeptDecision, KnownRequest, Learned, LearnedOf, Lease, Listed, NewApproval,
    NewRequest, NewRun, Owner, Pending, Pruned, Restoration, StoreError, Sync, VaultPage, VaultState, Which,
    WhichApprovals, WhichRestorations, approvals,
    direct::Direct,
    entries, learned, owners,
    postgres::Postgres,
    presence::Presence,
    prune, requests, results, runs, schema,
    sqlite::Sqlite,
    vault,
    writer::{self, Task, Work},
};

/// Where the database is.
#[derive(Debug, Clone)]
pub enum Where {
    /// A file of SQLite, made when missing.
    File {
        /// Its path.
        path: PathBuf,
        /// What is durable when a change is said to be.
        sync: Sync,
    },
    /// A server of PostgreSQL.
    Server {
        /// `postgres://USER:PASSWORD@HOST/DATABASE`.
        url: SecretString,
    },
}

/// A database that is open. Cheap to clone; closed with the last clone, when all changes are made.
#[derive(Clone)]
pub struct Store {
    changes: Queue,
    questions: Queue,
    /// The short way to a file.
    direct: Option<Arc<Direct>>,
    /// Who lives, of those that share a file.
    presence: Option<Arc<Presence>>,
    /// After how many changes none is made any more.
    #[cfg(feature = "faults")]
    stop: Option<Arc<StopAfter>>,
}

/// Where a store stops as if its process were killed, or fails.
#[cfg(feature = "faults")]
#[derive(Debug)]
pub struct StopAfter {
    left: std::sync::atomic::AtomicUsize,
    /// Changes that fail then, before others are made again; none where the store stops.
    failing: Option<std::sync::atomic::AtomicUsize>,
    stopped: tokio::sync::watch::Sender<bool>,
}

#[cfg(feature = "faults")]
impl StopAfter {
    /// After so many changes.
    pub fn changes(count: usize) -> Arc<Self> {
        Arc::new(Self { left: count.into(), failing: None, stopped: tokio::sync::watch::Sender::new(false) })
    }

    /// After so many changes so many fail, as on a full disk.
    pub fn failing(count: usize, times: usize) -> Arc<Self> {
        let stopped = tokio::sync::watch::Sender::new(false);
        Arc::new(Self { left: count.into(), failing: Some(times.into()), stopped })
    }

    /// Waits until a change was asked for that is not made.
    pub async fn stopped(&self) {
        let _ = self.stopped.subscribe().wait_for(|stopped| *stopped).await;
    }

    /// What becomes of the next change: `None` when it is made, else its failure, if there is any answer.
    fn fault(&self) -> Option<Option<StoreError>> {
        if takes_one(&self.left) {
            return None;
        }
        match &self.failing {
            Some(failing) => takes_one(failing).then_some(Some(StoreError::Full)),
            None => {
                self.stopped.send_replace(true);
                Some(None)
            }
        }
    }
}

#[cfg(feature = "faults")]
fn takes_one(left: &std::sync::atomic::AtomicUsize) -> bool {
    use std::sync::atomic::Ordering::SeqCst;
    left.fetch_update(SeqCst, SeqCst, |left| left.checked_sub(1)).is_ok()
}

type Queue = mpsc::UnboundedSender<Box<dyn Task>>;

impl Store {
    /// Opens a database and brings its schema to the newest version. A server needs the tokio runtime this is called in.
    pub async fn open(place: Where) -> Result<Self, StoreError> {
        let (changes, to_make) = mpsc::unbounded_channel();
        let (questions, to_answer) = mpsc::unbounded_channel();
        let (direct, presence) = match place {
            Where::File { path, sync } => {
                let presence = Presence::beside(&path);
                (open_file(path.into(), sync, to_make, to_answer).await?, Some(presence))
            }
            Where::Server { url } => {
                let (writer, reader) =
                    (Postgres::open(url.expose_secret()).await?, Postgres::open(url.expose_secret()).await?);
                schema::migrate(&writer).await?;
                tokio::spawn(async move { writer::write(&writer, to_make).await });
                tokio::spawn(async move { writer::read(&reader, to_answer).await });
                (None, None)
            }
        };
        Ok(Self {
            changes,
            questions,
            direct: direct.map(Arc::new),
            presence: presence.map(Arc::new),
            #[cfg(feature = "faults")]
            stop: None,
        })
    }

    /// The same store, which stops as if its process were killed: what is asked of it from then on is never done, and
    /// never answered.
    #[cfg(feature = "faults")]
    #[must_use]
    pub fn stopping(self, stop: Arc<StopAfter>) -> Self {
        Self { stop: Some(stop), direct: None, ..self.unseen() }
    }

    /// The same store, of a process that others take for one that is gone.
    #[cfg(feature = "faults")]
    #[must_use]
    pub fn unseen(self) -> Self {
        Self { presence: None, ..self }
    }

    /// Notes a run that begins, with the first entries of its journal.
    pub fn begin(&self, run: NewRun, entries: Vec<Vec<u8>>) -> Pending<()> {
        if let Err(error) = self.hold(&run.owner) {
            return Pending::is_done(Err(error));
        }
        self.change(Box::new(|database| runs::begin(database, run, entries, now_ms()).boxed()))
    }

    /// The same for a run that a request under a key begins. Gives what is known where the key was used before: then no run
    /// is noted.
    pub fn begin_once(
        &self,
        request: NewRequest,
        run: NewRun,
        entries: Vec<Vec<u8>>,
    ) -> Pending<Option<KnownRequest>> {
        if let Err(error) = self.hold(&run.owner) {
            return Pending::is_done(Err(error));
        }
        self.change(Box::new(|database| {
            async move {
                let known = requests::enter(database, request, &run.run).await?;
                if known.is_none() {
                    runs::begin(database, run, entries, now_ms()).await?;
                }
                Ok(known)
            }
            .boxed()
        }))
    }

    /// Appends entries to the journal of a run, which has `first` of them by now.
    pub fn append(&self, lease: &Lease, first: i64, entries: Vec<Vec<u8>>) -> Pending<()> {
        let lease = lease.clone();
        self.change(Box::new(move |database| runs::append(database, lease, first, entries, now_ms()).boxed()))
    }

    /// Appends entries, as [`append`](Self::append) does, for a caller that waits until they are durable: at once, on this
    /// thread, where that is possible. All earlier changes of the run must be durable.
    pub fn append_now(&self, lease: &Lease, first: i64, entries: Vec<Vec<u8>>) -> Pending<()> {
        let Some(direct) = &self.direct else { return self.append(lease, first, entries) };
        let bytes = entries.iter().map(Vec::len).sum();
        let (own, copied) = (lease.clone(), entries.clone());
        let work: Work<()> =
            Box::new(move |database| runs::append(database, own, first, copied, now_ms()).boxed());
        match direct.change(&lease.run, bytes, work) {
            Some(appended) => Pending::is_done(appended),
            None => self.append(lease, first, entries),
        }
    }

    /// Notes how a run ended. What is noted is made on the store's side, not on the caller's.
    pub fn end(&self, lease: &Lease, make: impl FnOnce() -> Ended + Send + 'static) -> Pending<()> {
        let lease = lease.clone();
        self.change(Box::new(|database| async move { runs::end(database, lease, make()).await }.boxed()))
    }

    /// Forgets a run that has not ended, so that nobody takes it up.
    pub fn forget(&self, lease: &Lease) -> Pending<()> {
        let lease = lease.clone();
        self.change(Box::new(|database| async move { runs::forget(database, lease).await }.boxed()))
    }

    /// Shows that an owner lives. It is to be shown again and again where [`is_gone`](Self::is_gone) does not know.
    pub fn beat(&self, owner: &str) -> Pending<()> {
        match self.hold(owner) {
            // Its lock shows it from now on.
            Ok(false) => return Pending::is_done(Ok(())),
            Err(error) => return Pending::is_done(Err(error)),
            Ok(true) => {}
        }
        let owner = owner.to_owned();
        self.change(Box::new(|database| async move { owners::beat(database, &owner).await }.boxed()))
    }

    /// Says that an owner goes. What it has not ended is free at once.
    pub fn leave(&self, owner: &str) -> Pending<()> {
        if let Some(presence) = &self.presence {
            presence.leave(owner);
        }
        let owner = owner.to_owned();
        self.change(Box::new(|database| async move { owners::leave(database, &owner).await }.boxed()))
    }

    /// Whether an owner is known to be gone. `None` where only its beat tells.
    pub fn is_gone(&self, owner: &Owner) -> Option<Result<bool, StoreError>> {
        self.presence.as_ref().map(|presence| presence.is_gone(&owner.name))
    }

    /// Takes over the unfinished runs of an owner that is gone: that was seen at this beat, and has none since.
    pub fn take_over(&self, home: &str, gone: Owner, owner: &str) -> Pending<Vec<Lease>> {
        match self.may_take_from(&gone, owner) {
            Ok(true) => {}
            Ok(false) => return Pending::is_done(Ok(Vec::new())),
            Err(error) => return Pending::is_done(Err(error)),
        }
        let (home, owner) = (home.to_owned(), owner.to_owned());
        self.change(Box::new(|database| {
            async move { owners::take_over(database, &home, &gone, &owner).await }.boxed()
        }))
    }

    /// Takes over one run, under the same condition.
    pub fn take(&self, run: &str, gone: Owner, owner: &str) -> Pending<Lease> {
        match self.may_take_from(&gone, owner) {
            Ok(true) => {}
            Ok(false) => return Pending::is_done(Err(StoreError::TakenOver)),
            Err(error) => return Pending::is_done(Err(error)),
        }
        let (run, owner) = (run.to_owned(), owner.to_owned());
        self.change(Box::new(|database| {
            async move { owners::take(database, &run, &gone, &owner).await }.boxed()
        }))
    }

    /// Notes that a person is asked about a call, unless that is known; gives what is known of it.
    pub fn ask(&self, new: NewApproval) -> Pending<KeptApproval> {
        self.change(Box::new(|database| approvals::ask(database, new).boxed()))
    }

    /// Notes what was decided about a call. False when it had been decided before, or there is no such call.
    pub fn decide(&self, run: &str, call: i64, verdict: KeptDecision) -> Pending<bool> {
        let run = run.to_owned();
        self.change(Box::new(move |database| {
            async move { approvals::decide(database, &run, call, verdict).await }.boxed()
        }))
    }

    /// Notes the same about all calls of a run that wait.
    pub fn decide_all(&self, run: &str, verdict: KeptDecision) -> Pending<()> {
        let run = run.to_owned();
        self.change(Box::new(|database| {
            async move { approvals::decide_all(database, &run, verdict).await }.boxed()
        }))
    }

    /// Keeps what was learned of a tool's results, in place of what was learned of `before` of them. False when that is not
    /// what is kept: another process has learned something meanwhile.
    pub fn learn(&self, of: LearnedOf, before: i64, learned: Learned) -> Pending<bool> {
        self.change(Box::new(move |database| learned::learn(database, of, before, learned, now_ms()).boxed()))
    }

    /// Adds a page to the vault of a workspace. False when another process has added one under this number.
    pub fn add_vault_page(&self, workspace: &str, page: VaultPage) -> Pending<bool> {
        let workspace = workspace.to_owned();
        self.change(Box::new(move |database| {
            async move { vault::add(database, &workspace, page, now_ms()).await }.boxed()
        }))
    }

    /// Puts other content in the place of a page's. False when that is not of this version any more.
    pub fn replace_vault_page(&self, workspace: &str, page: VaultPage) -> Pending<bool> {
        let workspace = workspace.to_owned();
        self.change(Box::new(move |database| {
            async move { vault::replace(database, &workspace, page).await }.boxed()
        }))
    }

    /// Notes that values of a vault were given back.
    pub fn note_restorations(&self, notes: Vec<Restoration>) -> Pending<()> {
        self.change(Box::new(|database| vault::note(database, notes).boxed()))
    }

    /// The pages of a workspace's vault after this one, in order.
    pub fn vault_pages(&self, workspace: &str, after: i64) -> Pending<Vec<VaultPage>> {
        let workspace = workspace.to_owned();
        self.question(Box::new(move |database| {
            async move { vault::pages(database, &workspace, after).await }.boxed()
        }))
    }

    /// By what it is seen that the pages of a workspace's vault have changed.
    pub fn vault_state(&self, workspace: &str) -> Pending<VaultState> {
        let workspace = workspace.to_owned();
        self.question(Box::new(|database| async move { vault::state(database, &workspace).await }.boxed()))
    }

    /// The workspaces that have a vault.
    pub fn vaults(&self) -> Pending<Vec<String>> {
        self.question(Box::new(|database| vault::workspaces(database).boxed()))
    }

    /// When values of vaults were given back, the latest first.
    pub fn restorations(&self, which: WhichRestorations) -> Pending<Vec<Restoration>> {
        self.question(Box::new(|database| vault::restorations(database, which).boxed()))
    }

    /// Forgets some of the runs that are not to be kept: all of them are forgotten when it forgot none.
    pub fn prune(&self, keep: Keep) -> Pending<Pruned> {
        self.change(Box::new(move |database| prune::prune(database, keep, now_ms()).boxed()))
    }

    /// Forgets one run that has ended. False where no such run has ended.
    pub fn forget_ended(&self, run: &str) -> Pending<bool> {
        let run = run.to_owned();
        self.change(Box::new(|database| async move { prune::forget(database, &run).await }.boxed()))
    }

    /// Overwrites what was forgotten: writes a file anew, which takes as long as the file is large.
    pub fn overwrite_forgotten(&self) -> Pending<()> {
        self.question(Box::new(|database| async move { database.script(database.settle()).await }.boxed()))
    }

    /// The runs, the youngest first.
    pub fn list(&self, which: Which) -> Pending<Vec<Listed>> {
        self.question(Box::new(|database| runs::list(database, which).boxed()))
    }

    /// One run.
    pub fn find(&self, run: &str) -> Pending<Option<Listed>> {
        let run = run.to_owned();
        self.question(Box::new(|database| async move { runs::find(database, &run).await }.boxed()))
    }

    /// What was kept of a run when it ended.
    pub fn record(&self, run: &str) -> Pending<Option<Vec<u8>>> {
        let run = run.to_owned();
        self.question(Box::new(|database| async move { runs::record(database, &run).await }.boxed()))
    }

    /// Notes that a run read the result of another, which is kept until that run has ended.
    pub fn use_result(&self, run: &str, result: &str) -> Pending<()> {
        let (run, result) = (run.to_owned(), result.to_owned());
        self.change(Box::new(|database| {
            async move { results::note_use(database, &run, &result).await }.boxed()
        }))
    }

    /// What is known of the result of a run, where it is kept beside its record.
    pub fn result(&self, run: &str) -> Pending<Option<Vec<u8>>> {
        let run = run.to_owned();
        self.question(Box::new(|database| async move { results::about(database, &run).await }.boxed()))
    }

    /// So many bytes of that result from this one on; fewer where it ends before. `None` where it is not kept (any more).
    pub fn result_part(&self, run: &str, from: usize, bytes: usize) -> Pending<Option<Vec<u8>>> {
        let run = run.to_owned();
        self.question(Box::new(move |database| {
            async move { results::part(database, &run, from, bytes).await }.boxed()
        }))
    }

    /// The journal of a run.
    pub fn journal(&self, run: &str) -> Pending<Vec<Vec<u8>>> {
        let run = run.to_owned();
        self.question(Box::new(|database| async move { entries::of_journal(database, &run).await }.boxed()))
    }

    /// The run that a request under this key began.
    pub fn request(&self, scope: &str, key: &str) -> Pending<Option<String>> {
        let (scope, key) = (scope.to_owned(), key.to_owned());
        self.question(Box::new(|database| {
            async move { requests::find(database, &scope, &key).await }.boxed()
        }))
    }

    /// What was learned of a tool's results.
    pub fn learned_of(&self, of: &LearnedOf) -> Pending<Option<Learned>> {
        let of = of.clone();
        self.question(Box::new(|database| async move { learned::find(database, &of).await }.boxed()))
    }

    /// Everything that was learned of tools' results.
    pub fn learned(&self) -> Pending<Vec<(LearnedOf, Learned)>> {
        self.question(Box::new(|database| learned::all(database).boxed()))
    }

    /// The owners of a home's runs that have not ended.
    pub fn owners(&self, home: &str) -> Pending<Vec<Owner>> {
        let home = home.to_owned();
        self.question(Box::new(|database| {
            async move { owners::of_unfinished(database, &home).await }.boxed()
        }))
    }

    /// The owner of a run that has not ended.
    pub fn owner(&self, run: &str) -> Pending<Option<Owner>> {
        let run = run.to_owned();
        self.question(Box::new(|database| async move { owners::of(database, &run).await }.boxed()))
    }

    /// A call that a person is, or was, asked about.
    pub fn approval(&self, run: &str, call: i64) -> Pending<Option<KeptApproval>> {
        let run = run.to_owned();
        self.question(Box::new(move |database| {
            async move { approvals::find(database, &run, call).await }.boxed()
        }))
    }

    /// The runs and numbers of all calls that wait for a person.
    pub fn waiting(&self) -> Pending<Vec<(String, i64)>> {
        self.question(Box::new(|database| approvals::waiting(database).boxed()))
    }

    /// Calls that a person is, or was, asked about, the latest first.
    pub fn approvals(&self, which: WhichApprovals) -> Pending<Vec<KeptApproval>> {
        self.question(Box::new(|database| approvals::list(database, which).boxed()))
    }

    /// Shows that an owner lives, where a lock shows it. False when it was shown before.
    fn hold(&self, owner: &str) -> Result<bool, StoreError> {
        self.presence.as_ref().map_or(Ok(true), |presence| presence.hold(owner))
    }

    /// Whether an owner may take over what another left, which shows that it lives from here on.
    fn may_take_from(&self, gone: &Owner, owner: &str) -> Result<bool, StoreError> {
        self.hold(owner)?;
        self.is_gone(gone).unwrap_or(Ok(true))
    }

    fn change<T: Send + 'static>(&self, work: Work<T>) -> Pending<T> {
        #[cfg(feature = "faults")]
        match self.stop.as_ref().and_then(|stop| stop.fault()) {
            Some(Some(error)) => return Pending::is_done(Err(error)),
            Some(None) => {
                let (task, pending) = writer::task(work);
                std::mem::forget(task);
                return pending;
            }
            None => {}
        }
        queued(&self.changes, work)
    }

    fn question<T: Send + 'static>(&self, work: Work<T>) -> Pending<T> {
        queued(&self.questions, work)
    }
}

/// Puts work into a queue. Where nobody works off the queue any more, the asker is told.
fn queued<T: Send + 'static>(queue: &Queue, work: Work<T>) -> Pending<T> {
    let (task, pending) = writer::task(work);
    let _ = queue.send(task);
    pending
}

type Tasks = mpsc::UnboundedReceiver<Box<dyn Task>>;

/// Opens a file: for changes and for questions, each on a thread of its own, and for changes on their callers' threads.
async fn open_file(
    path: Arc<Path>,
    sync: Sync,
    to_make: Tasks,
    to_answer: Tasks,
) -> Result<Option<Direct>, StoreError> {
    let (opened, is_open) = oneshot::channel();
    let changed = path.clone();
    on_thread("store-writer", async move {
        let database = match Sqlite::open(&changed, sync) {
            Ok(database) => schema::migrate(&database).await.map(|()| database),
            Err(error) => Err(error),
        };
        match database {
            Ok(database) => {
                let _ = opened.send(Ok(()));
                writer::write(&database, to_make).await;
            }
            Err(error) => drop(opened.send(Err(error))),
        }
    })?;
    is_open.await.unwrap_or_else(|_| Err(StoreError::failed("its thread ended")))?;
    let direct = Direct::open(&path, sync)?;
    on_thread("store-reader", async move {
        match Sqlite::open(&path, sync) {
            Ok(database) => writer::read(&database, to_answer).await,
            Err(error) => tracing::error!(%error, "the store cannot be read"),
        }
    })?;
    Ok(direct)
}

/// Works on a thread of its own: a commit must hold up nobody else.
fn on_thread(name: &str, work: impl Future<Output = ()> + Send + 'static) -> Result<(), StoreError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .map_err(|error| StoreError::failed(error.to_string()))?;
    let thread = thread::Builder::new().name(name.to_owned());
    thread
        .spawn(move || runtime.block_on(work))
        .map(drop)
        .map_err(|error| StoreError::failed(error.to_string()))
}

fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
