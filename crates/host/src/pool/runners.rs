//! All runner processes: each place is kept filled, each run goes to the one with the fewest runs.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use parking_lot::Mutex;
use tokio::{
    sync::{Notify, watch},
    time::timeout,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use wire::{RunNumber, Start, WallState};

use super::{
    runner::{Runner, Running},
    starter::Starter,
};

/// How long a run waits for a runner. Starting one takes milliseconds; a machine under load may need seconds.
const READY_MAX: Duration = Duration::from_secs(15);

/// A runner that lived shorter than this is not replaced at once, lest a broken program is started in a loop.
const SHORT_LIFE: Duration = Duration::from_secs(1);

/// The first wait after a short life; doubled each time, up to [`BACKOFF_MAX`].
const BACKOFF: Duration = Duration::from_millis(20);

/// The longest such wait.
const BACKOFF_MAX: Duration = Duration::from_secs(5);

/// Runners a run is offered to before it is given up.
const ATTEMPTS: usize = 3;

type Places = Vec<Option<Arc<Runner>>>;

/// All runners. Cheap to clone; they end with [`Self::shutdown`].
#[derive(Clone)]
pub(crate) struct Runners {
    shared: Arc<Shared>,
}

struct Shared {
    starter: Arc<Starter>,
    idle: Duration,
    places: watch::Sender<Places>,
    /// Told when a run has left a runner.
    left: Arc<Notify>,
    next_run: AtomicU64,
    replaced: AtomicU64,
    last_error: Mutex<Option<String>>,
    closing: CancellationToken,
    keepers: TaskTracker,
}

/// The runners at this moment.
pub(crate) struct RunnersStatus {
    pub(crate) ready: usize,
    pub(crate) runs: usize,
    pub(crate) replaced: u64,
    pub(crate) last_error: Option<String>,
    pub(crate) walls: Vec<WallState>,
}

impl Runners {
    /// Starts so many runners in the background. One that has carried a crowd, and nothing for so long, is replaced.
    pub(crate) fn new(starter: Arc<Starter>, count: usize, idle: Duration) -> Self {
        let count = count.max(1);
        let shared = Arc::new(Shared {
            starter,
            idle,
            places: watch::Sender::new(vec![None; count]),
            left: Arc::default(),
            next_run: AtomicU64::new(1),
            replaced: AtomicU64::new(0),
            last_error: Mutex::default(),
            closing: CancellationToken::new(),
            keepers: TaskTracker::new(),
        });
        for place in 0..count {
            shared.keepers.spawn(keep_filled(shared.clone(), place));
        }
        shared.keepers.close();
        Self { shared }
    }

    /// A run in the runner with the fewest that is still to be begun, where one can take it at once.
    pub(crate) fn try_reserve(&self) -> Option<Running> {
        let runner = least_loaded(&self.shared.places.borrow())?;
        runner.reserve(RunNumber(self.shared.next_run.fetch_add(1, Ordering::Relaxed)))
    }

    /// The same, waiting for a runner that can take it.
    pub(crate) async fn reserve(&self) -> Result<Running, String> {
        let mut places = self.shared.places.subscribe();
        loop {
            // Made before the look, so that none who leaves after it is missed.
            let left = self.shared.left.notified();
            if let Some(running) = self.try_reserve() {
                return Ok(running);
            }
            self.ready().await?;
            tokio::select! {
                () = left => {}
                _ = places.changed() => {}
            }
        }
    }

    /// Begins a run that was reserved; in another runner where its own has ended. `None` when it was cancelled before there
    /// was one.
    pub(crate) async fn begin(
        &self,
        mut running: Running,
        start: &Start,
        cancel: &CancellationToken,
    ) -> Result<Option<Running>, String> {
        let mut reason = String::new();
        for _ in 0..ATTEMPTS {
            match running.begin(Start { run: running.number(), ..start.clone() }).await {
                Ok(()) => return Ok(Some(running)),
                Err(error) => reason = error,
            }
            // Only the wait is given up: half a message would cost the runner.
            running = tokio::select! {
                running = self.reserve() => running?,
                () = cancel.cancelled() => return Ok(None),
            };
        }
        Err(reason)
    }

    /// Tells how many runs the runners can carry together, now and whenever that changes, for as long as they live. Before
    /// any has said so it is nothing; while all are being replaced it is what it was.
    pub(crate) async fn watch_capacity(&self, mut tell: impl FnMut(Option<usize>)) {
        let mut places = self.shared.places.subscribe();
        let mut last = None;
        loop {
            let capacity: usize =
                places.borrow_and_update().iter().flatten().map(|runner| runner.capacity()).sum();
            if capacity > 0 {
                last = Some(capacity);
                tell(last);
            } else if last.is_none() && self.shared.last_error().is_some() {
                tell(None);
            }
            if places.changed().await.is_err() {
                return;
            }
        }
    }

    /// The runners at this moment.
    pub(crate) fn status(&self) -> RunnersStatus {
        let places = self.shared.places.borrow();
        let ready: Vec<_> = places.iter().flatten().filter(|runner| runner.is_usable()).collect();
        RunnersStatus {
            ready: ready.len(),
            runs: ready.iter().map(|runner| runner.load()).sum(),
            replaced: self.shared.replaced.load(Ordering::Relaxed),
            last_error: self.shared.last_error(),
            walls: self.shared.starter.walls(),
        }
    }

    /// Ends all runners, begun without waiting for it.
    pub(crate) fn close(&self) {
        self.shared.closing.cancel();
    }

    /// Ends all runners and waits until they are gone.
    pub(crate) async fn shutdown(&self) {
        self.close();
        self.shared.keepers.wait().await;
    }

    /// Waits until some runner is ready, whether it can take a run or not.
    async fn ready(&self) -> Result<(), String> {
        let mut places = self.shared.places.subscribe();
        let found = timeout(READY_MAX, async {
            loop {
                if self.shared.closing.is_cancelled() {
                    return Err("Narrows is shutting down".to_owned());
                }
                if least_loaded(&places.borrow_and_update()).is_some() {
                    return Ok(());
                }
                if places.changed().await.is_err() {
                    return Err("Narrows is shutting down".to_owned());
                }
            }
        });
        tokio::select! {
            biased;
            found = found => found.unwrap_or_else(|_| {
                Err(self.shared.last_error().unwrap_or_else(|| "no worker is ready".to_owned()))
            }),
            reason = self.shared.starter.refused() => Err(reason),
        }
    }
}

impl Shared {
    fn last_error(&self) -> Option<String> {
        self.last_error.lock().clone()
    }

    fn note(&self, reason: String) {
        tracing::warn!("{reason}");
        *self.last_error.lock() = Some(reason);
    }

    fn put(&self, place: usize, runner: Option<Arc<Runner>>) {
        self.places.send_modify(|places| places[place] = runner);
    }
}

fn least_loaded(places: &Places) -> Option<Arc<Runner>> {
    let usable = places.iter().flatten().filter(|runner| runner.is_usable());
    usable.min_by_key(|runner| runner.load()).cloned()
}

/// Keeps one place filled until the host closes, or finds that no worker may be used on this machine.
async fn keep_filled(shared: Arc<Shared>, place: usize) {
    let mut backoff = BACKOFF;
    while !shared.closing.is_cancelled() && shared.starter.refusal().is_none() {
        let began = Instant::now();
        live(&shared, place).await;
        shared.put(place, None);
        if began.elapsed() > SHORT_LIFE {
            backoff = BACKOFF;
            continue;
        }
        tokio::select! {
            () = shared.closing.cancelled() => break,
            () = tokio::time::sleep(backoff) => backoff = (backoff * 2).min(BACKOFF_MAX),
        }
    }
}

/// The life of one runner process.
async fn live(shared: &Shared, place: usize) {
    let started = tokio::select! {
        () = shared.closing.cancelled() => return,
        started = Runner::start(&shared.starter, &shared.left) => started,
    };
    let (runner, body, output) = match started {
        Ok(started) => started,
        Err(reason) => return shared.note(reason),
    };
    shared.put(place, Some(runner.clone()));
    let life = runner.serve(body, output);
    tokio::pin!(life);
    tokio::select! {
        reason = &mut life => {
            shared.replaced.fetch_add(1, Ordering::Relaxed);
            shared.note(reason);
        }
        () = runner.is_spent(shared.idle) => {
            shared.replaced.fetch_add(1, Ordering::Relaxed);
            let reason = life.await;
            tracing::debug!(reason, "a worker is replaced");
        }
        () = shared.closing.cancelled() => {
            runner.condemn("Narrows is shutting down");
            life.await;
        }
    }
}
