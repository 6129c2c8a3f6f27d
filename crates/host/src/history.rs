//! The runs that were, kept in the store: found again after a restart, and by other processes. Those that have not ended
//! are there by their journals (`journal`).

use std::{
    fmt,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use futures_util::{
    FutureExt,
    future::{BoxFuture, Shared},
};
use serde::{Deserialize, Serialize};
use store::{Ended, Keep, Listed, NewRun, Pruned, Store, StoreError, Where, Which};

use crate::{
    admission::Client,
    random,
    record::{CallEnd, Outcome, RunId, RunRecord},
    results,
};

/// Characters of a script's first line that a list shows.
const TITLE_CHARS: usize = 80;

/// So many runs that have not ended are looked at: more than a machine carries.
const UNDER_WAY_MAX: u32 = 100_000;

/// The runs that were. Cheap to clone.
#[derive(Clone)]
pub struct History {
    /// Opened when it is first needed: most commands never do.
    store: Shared<BoxFuture<'static, Result<Store, StoreError>>>,
    /// What this process is called among those that share the store.
    owner: Arc<str>,
    /// Who goes on with its runs when it is gone: processes of the same home.
    home: Arc<str>,
    /// The store's file, where it is one.
    file: Option<Arc<Path>>,
    /// Whether the store knows the owner.
    announced: Arc<AtomicBool>,
}

/// Which runs a list shows.
#[derive(Debug, Clone)]
pub struct HistoryFilter {
    /// At most so many, the youngest first.
    pub limit: u32,
    /// Those that ended like this.
    pub outcome: Option<Outcome>,
}

/// A run as a list shows it.
#[derive(Debug, Clone, Serialize)]
pub struct RunSummary {
    /// The run.
    pub id: RunId,
    /// How it ended; `None` while it has not.
    pub outcome: Option<Outcome>,
    /// When it was submitted, in milliseconds since 1970.
    pub started_at_ms: u64,
    /// What its keeper wrote.
    #[serde(flatten)]
    pub about: RunAbout,
    /// What it takes in the store, in bytes.
    pub stored_bytes: u64,
}

/// What a list shows of a run beside how it ended.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct RunAbout {
    /// The beginning of its script.
    pub title: String,
    /// The workspace it ran in.
    pub workspace: String,
    /// Who asked for it.
    pub client: String,
    /// From submission to its end, in milliseconds.
    pub duration_ms: f64,
    /// The tool calls it made.
    pub calls: usize,
    /// How many of them were not answered.
    pub failed_calls: usize,
    /// The calls that it lists, where it is a plan.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub planned: Option<usize>,
    /// What went wrong, in a line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// Everything that is kept of a run that has ended.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PastRun {
    /// The script, as it was submitted.
    pub code: String,
    /// Who asked for it.
    pub client: String,
    /// Its record.
    pub record: Arc<RunRecord>,
}

/// What is kept, and how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HistoryLimits {
    /// For so long.
    pub age: Duration,
    /// At most so many bytes.
    pub bytes: u64,
}

impl Default for HistoryLimits {
    /// A month, and what a disk hardly notices.
    fn default() -> Self {
        Self { age: Duration::from_secs(30 * 86_400), bytes: 1024 * 1024 * 1024 }
    }
}

impl History {
    /// The history in a store, which is opened, and made when missing, when it is first needed.
    ///
    /// `home` names the processes that go on with each other's runs: those with the same data folder and the same servers.
    pub fn new(place: Where, home: &str) -> Self {
        let file = match &place {
            Where::File { path, .. } => Some(path.as_path().into()),
            Where::Server { .. } => None,
        };
        Self { file, ..Self::over(Store::open(place), home) }
    }

    /// The same in a store that is being opened.
    pub fn over(store: impl Future<Output = Result<Store, StoreError>> + Send + 'static, home: &str) -> Self {
        Self {
            store: store.boxed().shared(),
            owner: format!("{:016x}", random::number()).into(),
            home: home.into(),
            file: None,
            announced: Arc::default(),
        }
    }

    /// Whether there may be something in it: a file that is not there is made when the first run begins.
    pub(crate) fn is_begun(&self) -> bool {
        self.file.as_deref().is_none_or(Path::exists)
    }

    /// What this process is called in the store.
    pub(crate) fn owner(&self) -> &str {
        &self.owner
    }

    /// Who goes on with its runs.
    pub(crate) fn home(&self) -> &str {
        &self.home
    }

    /// Makes the store know this process before its first run. It is to be called before a run begins.
    pub(crate) fn announce(&self, store: &Store) {
        if !self.announced.swap(true, Ordering::Relaxed) {
            drop(store.beat(&self.owner));
        }
    }

    /// Whether the store knows this process.
    pub(crate) fn is_announced(&self) -> bool {
        self.announced.load(Ordering::Relaxed)
    }

    /// A run of this process, as the store is told that it begins.
    pub(crate) fn new_run(&self, id: &RunId, about: &RunAbout, started_at_ms: u64) -> NewRun {
        NewRun {
            run: id.to_string(),
            home: self.home.to_string(),
            owner: self.owner.to_string(),
            about: json(about),
            started_ms: signed(started_at_ms),
        }
    }

    /// The store, once it is open.
    pub(crate) async fn store(&self) -> Result<Store, StoreError> {
        self.store.clone().await
    }

    /// Why nothing is kept, as far as it is known by now.
    pub(crate) fn failure(&self) -> Option<&StoreError> {
        self.store.peek()?.as_ref().err()
    }

    /// The runs that were, the youngest first.
    pub async fn list(&self, filter: &HistoryFilter) -> Result<Vec<RunSummary>, StoreError> {
        let outcome = filter.outcome.map(|outcome| Some(outcome.to_string()));
        let which = Which { limit: filter.limit, before_ms: None, outcome };
        let listed = self.store().await?.list(which).await?;
        Ok(listed.into_iter().map(RunSummary::of).collect())
    }

    /// The same, of a large value only how large it is.
    pub(crate) async fn find_without_value(&self, id: &RunId) -> Result<Option<PastRun>, StoreError> {
        let record = self.store().await?.record(id.as_str()).await?;
        let damaged = |error| StoreError::Damaged(format!("the record of `{id}`: {error}").into());
        record.map(|record| serde_json::from_slice(&record).map_err(damaged)).transpose()
    }

    /// The runs that have not ended, of every process: under way, waiting, or left by a process that is gone.
    pub async fn under_way(&self) -> Result<Vec<RunSummary>, StoreError> {
        let which = Which { limit: UNDER_WAY_MAX, before_ms: None, outcome: Some(None) };
        let listed = self.store().await?.list(which).await?;
        Ok(listed.into_iter().map(RunSummary::of).collect())
    }

    /// Whether a run is known that has not ended.
    pub async fn is_under_way(&self, id: &RunId) -> bool {
        let found = async { self.store().await?.find(id.as_str()).await };
        found.await.is_ok_and(|found| found.is_some_and(|run| run.ended_ms.is_none()))
    }

    /// Forgets what is not to be kept.
    pub async fn prune(&self, limits: HistoryLimits) -> Result<Pruned, StoreError> {
        let since = SystemTime::now().checked_sub(limits.age).unwrap_or(UNIX_EPOCH);
        let since = since.duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
        let keep = Keep {
            since_ms: i64::try_from(since).unwrap_or(i64::MAX),
            bytes: i64::try_from(limits.bytes).unwrap_or(i64::MAX),
        };
        let store = self.store().await?;
        let mut all = Pruned::default();
        loop {
            let some = store.prune(keep).await?;
            if some.runs == 0 {
                return Ok(all);
            }
            all = Pruned { runs: all.runs + some.runs, bytes: all.bytes + some.bytes };
        }
    }
}

/// What is kept of a run that has ended.
pub(crate) fn ended(code: String, client: &Client, record: Arc<RunRecord>) -> Ended {
    let about = RunAbout::begun(&code, &record.workspace, client).ended(&record);
    let result = record.has_value_beside().then(|| results::lay_out(&record)).flatten();
    Ended {
        ended_ms: signed(record.started_at_ms).saturating_add(record.duration_ms as i64),
        outcome: record.outcome.to_string(),
        about: json(&about),
        record: json(&PastRun { code, client: client.to_string(), record: kept(record, result.is_some()) })
            .into_bytes(),
        result,
    }
}

/// A record as it is kept, its value beside it or in it.
fn kept(record: Arc<RunRecord>, is_beside: bool) -> Arc<RunRecord> {
    if is_beside { Arc::new(record.without_large_value()) } else { record }
}

impl fmt::Debug for History {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("History").finish_non_exhaustive()
    }
}

impl RunAbout {
    /// What is known of a run that begins.
    pub(crate) fn begun(code: &str, workspace: &str, client: &Client) -> Self {
        let first = code.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
        Self {
            title: first.chars().take(TITLE_CHARS).collect(),
            workspace: workspace.to_owned(),
            client: client.to_string(),
            ..Self::default()
        }
    }

    /// The same of a run that has ended.
    pub(crate) fn ended(self, record: &RunRecord) -> Self {
        Self {
            duration_ms: record.duration_ms,
            calls: record.calls.len(),
            failed_calls: record
                .calls
                .iter()
                .filter(|call| matches!(call.outcome, CallEnd::Failed(_)))
                .count(),
            planned: record.plan.as_ref().map(|plan| plan.calls.len()),
            error: record.error.as_ref().map(|error| format!("{}: {}", error.name, error.message)),
            ..self
        }
    }
}

impl RunSummary {
    fn of(listed: Listed) -> Self {
        let outcome = listed.outcome.map(serde_json::Value::from);
        Self {
            id: RunId::new(listed.run),
            outcome: outcome.and_then(|word| serde_json::from_value(word).ok()),
            started_at_ms: listed.started_ms.unsigned_abs(),
            // One that cannot be read is shown with what is known of it.
            about: serde_json::from_str(&listed.about).unwrap_or_default(),
            stored_bytes: listed.bytes.unsigned_abs(),
        }
    }
}

/// Nothing that is kept has a form that JSON lacks.
fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

fn signed(ms: u64) -> i64 {
    i64::try_from(ms).unwrap_or(i64::MAX)
}
