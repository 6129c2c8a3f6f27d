//! The host's doors: what the faces may ask for. Plain structs in and out.

mod calls;
mod doors;
mod events;
mod once;
mod plans;
mod skills;

mod asking;

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use parking_lot::Mutex;
use surface::{SearchError, SearchRequest, Surface};
use tokio::{sync::watch, time::timeout};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tools::CallTool;
use wire::Limits;

pub use calls::DirectCall;
pub use doors::{CallFailure, CallOutcome, DEFAULT_WORKSPACE, Page, RunRequest, RunStatus, WorkersStatus};
use events::Unlisted;
pub use events::{RunEvent, RunWatch};
pub use once::SubmitError;
pub use plans::ApplyError;

use crate::{
    admission::{Admission, QueueFull, Queued, Urgency},
    approvals::Approvals,
    broker::Broker,
    definitions,
    history::{self, History, RunAbout},
    journal::{Journal, Past},
    learned::LearnedTypes,
    pool::{Parsers, Runners, Starter},
    private::Privacy,
    record::{Outcome, RunId, RunRecord},
    requests::Remembered,
    results::Results,
    rules::{Times, now_ms},
    run::{self, Order, Parts, Progress, RunProgress, Then},
    search::{self, Found},
    settings::{HostError, Settings},
    skills::SkillStore,
    takeover,
    workspace::{self, Workspaces},
};

/// How often it is looked whether a run that another process has was taken up or has ended.
const LOOKS_EVERY: Duration = Duration::from_millis(200);

/// What a run takes here while it goes on, beside what it carries, about.
const RUN_BYTES: usize = 16 * 1024;

/// Runs scripts. Cheap to clone; the workers end when the last clone is gone.
#[derive(Clone)]
pub struct Host {
    shared: Arc<Shared>,
}

pub(crate) struct Shared {
    surface: watch::Receiver<Arc<Surface>>,
    limits: Limits,
    admission: Arc<Admission>,
    parts: Arc<Parts>,
    active: Mutex<HashMap<RunId, Active>>,
    unlisted: Unlisted,
    history: Option<History>,
    learned: LearnedTypes,
    /// Requests under a key, where no store knows them.
    remembered: Remembered,
    /// Whether runs that processes like this one left are gone on with.
    takes_up: bool,
    takes_up_within: Duration,
    beat: Duration,
    /// The runs, with what is to be done after them.
    tasks: TaskTracker,
    after_work: fn(usize),
    starter: Arc<Starter>,
    closing: CancellationToken,
}

/// A run under way.
struct Active {
    cancel: CancellationToken,
    progress: Arc<Progress>,
    done: watch::Receiver<Option<Arc<RunRecord>>>,
    journal: Arc<Journal>,
    is_detached: Arc<AtomicBool>,
}

/// A run that is given answers of the past.
pub(crate) struct TakenUp {
    /// That of a run that was begun before; `None` for a new run.
    pub(crate) journal: Option<Journal>,
    pub(crate) past: Past,
    pub(crate) then: Then,
}

/// A run that has its place in the queue, and is yet to begin.
pub(crate) struct Waiting {
    order: Order,
    past: Option<(Past, Then)>,
    queued: Queued,
    finished: watch::Sender<Option<Arc<RunRecord>>>,
    /// Whether it goes on without a request that waits for it.
    is_detached: Arc<AtomicBool>,
}

impl Waiting {
    fn detached(self) -> Self {
        self.is_detached.store(true, Relaxed);
        self
    }
}

/// A run that was put into the queue.
pub(crate) struct Begun {
    id: RunId,
    done: watch::Receiver<Option<Arc<RunRecord>>>,
    cancel: CancellationToken,
}

impl Begun {
    /// What it is called.
    pub(crate) fn id(&self) -> &RunId {
        &self.id
    }

    /// Waits for the run's end; dropping the future cancels the run.
    pub(crate) async fn ended(mut self) -> Arc<RunRecord> {
        let guard = self.cancel.drop_guard();
        let record = self.done.wait_for(Option::is_some).await.ok().and_then(|record| record.clone());
        guard.disarm();
        // The task that makes the record ends only with it, or with the runtime.
        record.unwrap_or_else(|| Arc::new(RunRecord::lost(self.id)))
    }
}

impl From<Arc<Shared>> for Host {
    fn from(shared: Arc<Shared>) -> Self {
        Self { shared }
    }
}

impl Host {
    /// Starts the workers ahead of need. Needs a tokio runtime.
    pub fn new(
        settings: Settings,
        surface: watch::Receiver<Arc<Surface>>,
        tools: Arc<dyn CallTool>,
    ) -> Result<Self, HostError> {
        if tokio::runtime::Handle::try_current().is_err() {
            return Err(HostError::NoRuntime);
        }
        let starter = Starter::new(&settings);
        let path = settings.data_dir;
        if let Err(source) = std::fs::create_dir_all(&path) {
            return Err(HostError::DataDir { path, source });
        }
        let times = Times::new(path.join("rules"));
        if let Err(error) = times.prune() {
            tracing::warn!(%error, "the times of old calls cannot be removed");
        }
        let workspaces = Workspaces::new(workspace::folder(&path));
        if let Err(error) = workspaces.prune_copies() {
            tracing::warn!(%error, "the files of old plans cannot be removed");
        }
        let starter = Arc::new(starter);
        let closing = CancellationToken::new();
        let approvals =
            Arc::new(Approvals::new(settings.history.clone(), settings.approvals_within, closing.clone()));
        let parts = Parts {
            // The runner first: a run needs it last, but it takes longest to start.
            runners: Runners::new(starter.clone(), settings.runners, settings.hibernates_after),
            parsers: Parsers::new(starter.clone()),
            broker: Broker::new(
                tools,
                settings.rules.clone(),
                times,
                approvals.clone(),
                settings.learned.clone(),
                settings.server_fingerprints,
            ),
            approvals: approvals.clone(),
            skills: SkillStore::new(path.join("skills")),
            workspaces,
            privacy: (!settings.privacy.is_off())
                .then(|| Arc::new(Privacy::new(settings.privacy, settings.history.as_ref(), &path))),
            results: Results::new(settings.history.clone(), settings.limits.clone()),
            refused_patterns: settings.refused_patterns,
            rules: settings.rules,
            own_tool_tokens: settings.own_tool_tokens,
            hibernates_after: settings.hibernates_after,
            servers_within: settings.servers_within,
            started: Instant::now(),
        };
        let watching = async move { approvals.watch().await };
        tokio::spawn(closing.clone().run_until_cancelled_owned(watching));
        tokio::spawn(closing.clone().run_until_cancelled_owned(settings.learned.clone().keep_learning()));
        let counting = definitions::keep_counted(surface.clone());
        tokio::spawn(closing.clone().run_until_cancelled_owned(counting));
        let admission = Arc::new(Admission::new(&settings.queue));
        let (watched, resized) = (parts.runners.clone(), admission.clone());
        let watching = async move { watched.watch_capacity(|runs| resized.workers_carry(runs)).await };
        tokio::spawn(closing.clone().run_until_cancelled_owned(watching));
        let shared = Shared {
            surface,
            limits: settings.limits,
            admission,
            parts: Arc::new(parts),
            active: Mutex::default(),
            unlisted: Unlisted::default(),
            history: settings.history,
            learned: settings.learned,
            remembered: Remembered::default(),
            takes_up: settings.takes_up,
            takes_up_within: settings.takes_up_within,
            beat: settings.beat,
            tasks: TaskTracker::new(),
            after_work: settings.after_work,
            starter,
            closing,
        };
        let (shared, beat) = (Arc::new(shared), settings.beat);
        if let Some(history) = &shared.history {
            let keeping = takeover::keep(Arc::downgrade(&shared), history.clone(), beat);
            tokio::spawn(shared.closing.clone().run_until_cancelled_owned(keeping));
        }
        Ok(Self { shared })
    }

    /// The history, if one is kept.
    pub(crate) fn history(&self) -> Option<&History> {
        self.shared.history.as_ref()
    }

    /// Whether runs that processes like this one left are gone on with.
    pub(crate) fn takes_up(&self) -> bool {
        self.shared.takes_up
    }

    /// How long ago such a run may have done something last.
    pub(crate) fn takes_up_within(&self) -> Duration {
        self.shared.takes_up_within
    }

    /// Whether a run has ended in this process, as far as it is remembered.
    pub(crate) fn has_ended_here(&self, id: &RunId) -> bool {
        self.shared.parts.results.is_known(id)
    }

    /// How often a process shows that it lives.
    pub(crate) fn beat(&self) -> Duration {
        self.shared.beat
    }

    /// The surface of this moment.
    pub fn surface(&self) -> Arc<Surface> {
        self.shared.surface.borrow().clone()
    }

    /// Runs a script to its end. A record, whatever the end, unless it was turned away; dropping the future cancels
    /// the run.
    pub async fn run(&self, request: RunRequest) -> Result<Arc<RunRecord>, QueueFull> {
        Ok(self.start(request, None)?.ended().await)
    }

    /// Puts a run into the queue, from which it begins as soon as it may, and returns at once.
    pub fn submit(&self, request: RunRequest) -> Result<RunId, QueueFull> {
        Ok(self.start(request, None)?.id)
    }

    /// Lets a run go on without a request that waits for it: when this returns it is found after a crash, and where this host
    /// ends before it another one goes on with it.
    pub async fn detach(&self, id: &RunId) {
        let detach = |run: &Active| {
            run.is_detached.store(true, Relaxed);
            run.journal.clone()
        };
        let journal = self.shared.active.lock().get(id).map(detach);
        if let Some(journal) = journal {
            // A store that fails is told with the run's end.
            let _ = journal.durable().await;
        }
    }

    /// Waits for a run's end, at most so long. `None` when no such run is known (any more).
    pub async fn wait(&self, id: &RunId, at_most: Duration) -> Option<RunStatus> {
        let until = Instant::now().checked_add(at_most);
        let left = || until.map_or(Duration::MAX, |until| until.saturating_duration_since(Instant::now()));
        loop {
            if let Some(status) = self.wait_here(id, left()).await {
                return Some(status);
            }
            // One that another process left, or still has.
            if !self.shared.history.as_ref()?.is_under_way(id).await {
                return None;
            }
            if left().is_zero() {
                return Some(RunStatus::Running);
            }
            tokio::time::sleep(LOOKS_EVERY.min(left())).await;
        }
    }

    /// The same, of a run that is under way in this process, or has ended.
    async fn wait_here(&self, id: &RunId, at_most: Duration) -> Option<RunStatus> {
        let active = self.shared.active.lock().get(id).map(|active| active.done.clone());
        let Some(mut done) = active else {
            return self.shared.parts.results.record(id).await.map(RunStatus::Done);
        };
        match timeout(at_most, done.wait_for(Option::is_some)).await {
            Ok(Ok(record)) => record.clone().map(RunStatus::Done),
            Ok(Err(_)) => None,
            Err(_) => Some(RunStatus::Running),
        }
    }

    /// What a run has done so far. `None` when it is over or unknown.
    pub fn progress(&self, id: &RunId) -> Option<RunProgress> {
        let progress = self.shared.active.lock().get(id).map(|run| run.progress.clone());
        progress.map(|progress| progress.now(self.shared.parts.approvals.of_run(id)))
    }

    /// Cancels a run. False when it is over or unknown.
    pub fn cancel(&self, id: &RunId) -> bool {
        let active = self.shared.active.lock();
        active.get(id).inspect(|run| run.cancel.cancel()).is_some()
    }

    /// A part of a large value, by the handle of its record. `None` when it is not kept (any more).
    pub async fn page(&self, handle: &str, offset: usize, bytes: usize) -> Option<Page> {
        self.shared.parts.results.page(&RunId::new(handle), offset, bytes).await
    }

    /// What fits a request, of the tools of this moment and of the skills that runs of a workspace see.
    pub async fn search(&self, request: SearchRequest, workspace: &str) -> Result<Found, SearchError> {
        search::search(self.surface(), self.shared.parts.clone(), self.shelf(workspace), request).await
    }

    /// The worker processes at this moment.
    pub fn workers(&self) -> WorkersStatus {
        let runners = self.shared.parts.runners.status();
        let (parsers_replaced, parser_error) = self.shared.parts.parsers.replaced();
        WorkersStatus {
            parsers: self.shared.parts.parsers.ready(),
            runners: runners.ready,
            runs: runners.runs,
            replaced: runners.replaced + parsers_replaced,
            last_error: runners.last_error.or(parser_error),
            walls: runners.walls,
        }
    }

    /// Waits until workers are refused because a required wall does not stand here, and says which and why. Never
    /// ends where they all stand.
    pub async fn refused(&self) -> String {
        self.shared.starter.refused().await
    }

    /// Cancels all runs, waits for their records, and ends the workers.
    pub async fn shutdown(&self) {
        self.shared.closing.cancel();
        let runs: Vec<_> = self.shared.active.lock().values().map(|active| active.done.clone()).collect();
        for mut done in runs {
            let _ = done.wait_for(Option::is_some).await;
        }
        self.shared.tasks.close();
        self.shared.tasks.wait().await;
        self.shared.parts.approvals.shutdown().await;
        self.shared.parts.parsers.shutdown();
        self.shared.parts.runners.shutdown().await;
        self.shared.starter.shutdown().await;
        self.shared.learned.learn().await;
        self.shared.leave().await;
    }

    /// Puts a run into the queue; one that was begun before goes on from its journal.
    pub(crate) fn start(&self, request: RunRequest, taken_up: Option<TakenUp>) -> Result<Begun, QueueFull> {
        Ok(self.begin(self.enqueue(request, taken_up)?))
    }

    /// Gives a run its place in the queue, and its name.
    fn enqueue(&self, request: RunRequest, taken_up: Option<TakenUp>) -> Result<Waiting, QueueFull> {
        let shared = &self.shared;
        let (client, urgency) = (request.client, request.urgency);
        let code = request.code;
        let was_admitted = taken_up.as_ref().is_some_and(|taken_up| taken_up.journal.is_some());
        let queued = match was_admitted {
            true => shared.admission.enqueue_again(client.clone(), urgency),
            false => shared.admission.enqueue(client.clone(), urgency, code.len())?,
        };
        let cancel = shared.closing.child_token();
        let (finished, done) = watch::channel(None);
        let limits = request.limits.unwrap_or_else(|| shared.limits.clone());
        let progress = Arc::new(Progress::new(&limits));
        let (journal, past) = match taken_up {
            Some(TakenUp { journal, past, then }) => (journal, Some((past, then))),
            None => (None, None),
        };
        let is_new = journal.is_none();
        let about = RunAbout::begun(&code, &request.workspace, &client);
        let is_detached = Arc::new(AtomicBool::new(urgency == Urgency::Background));
        let (id, journal) = shared.admit(request.run_id, |id| {
            let new = || shared.new_journal(id, &about);
            let journal = Arc::new(journal.unwrap_or_else(new));
            Active {
                cancel: cancel.clone(),
                progress: progress.clone(),
                done,
                journal,
                is_detached: is_detached.clone(),
            }
        });
        shared.unlisted.begun(&id, about);
        let order = Order {
            id,
            client,
            approve: request.approve,
            code,
            call: request.call,
            respondent: request.respondent,
            workspace: request.workspace,
            args: request.args,
            definition_tokens: request.definition_tokens,
            limits,
            surfaces: shared.surface.clone(),
            cancel,
            closing: shared.closing.clone(),
            progress,
            journal,
        };
        if is_new {
            order.note_asked(now_ms(), past.as_ref().map(|(past, _)| past));
        }
        Ok(Waiting { order, past, queued, finished, is_detached })
    }

    /// Lets a run begin as soon as it may.
    fn begin(&self, waiting: Waiting) -> Begun {
        let Waiting { order, past, queued, finished, is_detached } = waiting;
        let begun = Begun { id: order.id.clone(), done: finished.subscribe(), cancel: order.cancel.clone() };
        let shared = self.shared.clone();
        self.shared.tasks.spawn(async move {
            let mut record = run::run(shared.parts.clone(), &order, past, queued).await;
            let not_kept = shared.not_kept(&order.journal);
            record.is_kept = order.journal.is_kept() && not_kept.is_none();
            record.warnings.extend(not_kept);
            let is_handed_on = is_detached.load(Relaxed) && shared.is_handed_on(&record);
            if !is_handed_on {
                shared.parts.approvals.over(&record.id).await;
            }
            let record = Arc::new(record);
            shared.parts.results.add(record.clone());
            shared.unlisted.ended(&record);
            // Kept before it is no longer active, so that it is found in one of the two.
            shared.active.lock().remove(&record.id);
            finished.send_replace(Some(record.clone()));
            let kept = if is_handed_on {
                order.journal.durable().await
            } else {
                let (code, client, ended) = (order.code.clone(), order.client.clone(), record.clone());
                let kept = order.journal.end(move || history::ended(code, &client, ended)).await;
                // Only now does nobody go on with it.
                order.tidy_up(&shared.parts).await;
                kept
            };
            match kept {
                Err(error) => tracing::warn!(%error, run = %record.id, "a run is not kept"),
                Ok(()) if record.is_kept && !is_handed_on => shared.parts.results.is_stored(&record),
                Ok(()) => {}
            }
            shared.unlisted.remove(&record.id);
            shared.put_away(record);
        });
        begun
    }
}

impl Shared {
    /// Enters a run under the name it was given, or under a new one when that is taken.
    fn admit(&self, wanted: Option<RunId>, run: impl FnOnce(&RunId) -> Active) -> (RunId, Arc<Journal>) {
        let mut active = self.active.lock();
        let is_free = |id: &RunId| !active.contains_key(id) && !self.parts.results.is_known(id);
        let id = wanted.filter(is_free).unwrap_or_else(RunId::random);
        let run = run(&id);
        let journal = run.journal.clone();
        active.insert(id.clone(), run);
        (id, journal)
    }

    /// The journal of a run that begins now.
    fn new_journal(&self, id: &RunId, about: &RunAbout) -> Journal {
        let Some(history) = &self.history else { return Journal::none() };
        Journal::new(history.clone(), history.new_run(id, about, now_ms()))
    }

    /// Whether another process goes on with a run that ended here with the host: nobody waits for it at this one's door.
    fn is_handed_on(&self, record: &RunRecord) -> bool {
        record.outcome == Outcome::Cancelled && self.closing.is_cancelled() && self.takes_up
    }

    /// Says in the store that this process goes: what it has not ended is free at once.
    async fn leave(&self) {
        if let Some(history) = self.history.as_ref().filter(|history| history.is_announced())
            && let Ok(store) = history.store().await
            && let Err(error) = store.leave(history.owner()).await
        {
            tracing::debug!(%error, "the store does not know that this process ends");
        }
    }

    /// What the author of a run should know of a store that cannot be used.
    fn not_kept(&self, journal: &Journal) -> Option<String> {
        let error = self.history.as_ref()?.failure().cloned().or_else(|| journal.failure())?;
        Some(format!("this run is kept no longer than Narrows runs: {error}"))
    }

    /// Gives back what a run took. It was answered before.
    fn put_away(&self, record: Arc<RunRecord>) {
        let carried = record.calls.iter().map(|call| call.argument_bytes + call.result_bytes);
        let bytes = carried.fold(record.value_bytes, usize::saturating_add);
        drop(record);
        (self.after_work)(bytes.saturating_add(RUN_BYTES));
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        self.closing.cancel();
        self.parts.parsers.shutdown();
        self.parts.runners.close();
    }
}
