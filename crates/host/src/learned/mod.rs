//! Types of results that no server declares, learned from the results: which keys and kinds, never which values.
//!
//! A result is noted when it arrives and looked at aside a moment later, with what came meanwhile. What was learned is in the
//! store, where other processes add to it; another definition of a tool starts afresh. Nothing is ever refused by it: it
//! tells what was seen, not what may come.

mod look;
mod schema;
mod shape;
mod text;

use std::{collections::HashMap, sync::Arc, time::Duration};

use parking_lot::Mutex;
use serde_json::value::RawValue;
use store::{LearnedOf, Store, StoreError};
use tokio::sync::{Notify, OnceCell, watch};
use tools::{Catalog, ObservedResult, ServerName, ToolId};

use crate::{definitions, history::History};
use shape::{DEPTH_MAX, Shape};

/// How long results are collected before they are looked at: a busy run makes one piece of work of hundreds.
const COLLECTED_FOR: Duration = Duration::from_millis(250);

/// Bytes of results that wait to be looked at. What comes beside them is not looked at.
const WAITING_BYTES_MAX: usize = 32 * 1024 * 1024;

/// Parts of one shape. More would tell a reader nothing and cost every model that reads it.
const SHAPE_SIZE_MAX: usize = 1_000;

/// How often another process may come first while one keeps what it learned.
const ATTEMPTS_MAX: usize = 20;

/// What the results of each tool were seen to be, by the definition that the tool had.
pub type Observations = HashMap<ToolId, HashMap<u64, Arc<ObservedResult>>>;

/// What is learned of the results of tools. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct LearnedTypes {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    history: Option<History>,
    noted: Mutex<Noted>,
    is_noted: Notify,
    known: tokio::sync::Mutex<HashMap<Key, Known>>,
    observed: watch::Sender<Arc<Observations>>,
    is_loaded: OnceCell<()>,
}

/// A tool, and the fingerprint of its definition.
type Key = (ToolId, u64);

#[derive(Debug, Default)]
struct Noted {
    results: Vec<(Key, Box<RawValue>)>,
    bytes: usize,
}

/// What results have in common.
#[derive(Debug, Clone, Default)]
struct Known {
    results: u64,
    shape: Shape,
}

impl LearnedTypes {
    /// Nothing yet. What is learned is kept where the history is, if there is one.
    pub fn new(history: Option<History>) -> Self {
        Self { shared: Arc::new(Shared { history, ..Shared::default() }) }
    }

    /// What was learned, whenever it changes.
    pub fn changes(&self) -> watch::Receiver<Arc<Observations>> {
        self.shared.observed.subscribe()
    }

    /// The catalog with what was learned of the tools that declare nothing.
    pub fn described(&self, catalog: &Catalog) -> Catalog {
        let observed = self.shared.observed.borrow().clone();
        let of_tool = |(server, tool): (&tools::Server, &Arc<tools::Tool>)| {
            let id = ToolId::new(server.name.clone(), tool.name.clone());
            let found = observed.get(&id)?.get(&definitions::fingerprint(tool))?.clone();
            tool.output_schema.is_none().then_some((id, found))
        };
        catalog.with_observed(catalog.tools().filter_map(of_tool).collect())
    }

    /// Waits until what was learned before is read.
    pub async fn loaded(&self) {
        self.shared.is_loaded.get_or_init(|| self.load()).await;
    }

    async fn load(&self) {
        let Some(history) = self.shared.history.as_ref().filter(|history| history.is_begun()) else { return };
        let stored = async { history.store().await?.learned().await };
        match stored.await {
            Ok(stored) => {
                let mut known = self.shared.known.lock().await;
                for (of, learned) in stored {
                    let key =
                        (ToolId::new(ServerName::new(of.server), of.tool), of.definition.cast_unsigned());
                    known.entry(key).or_insert_with(|| Known::of(&learned));
                }
                self.publish(&known);
            }
            Err(error) => tracing::debug!(%error, "what was learned of tools' results cannot be read"),
        }
    }

    /// Notes a result of a tool that was defined like this.
    pub(crate) fn note(&self, tool: &ToolId, definition: u64, result: &RawValue) {
        let bytes = result.get().len();
        let mut noted = self.shared.noted.lock();
        if noted.bytes + bytes <= WAITING_BYTES_MAX {
            noted.bytes += bytes;
            noted.results.push(((tool.clone(), definition), result.to_owned()));
            drop(noted);
            self.shared.is_noted.notify_one();
        }
    }

    /// Learns from what is noted, as long as it is polled.
    pub(crate) async fn keep_learning(self) {
        self.loaded().await;
        loop {
            self.shared.is_noted.notified().await;
            tokio::time::sleep(COLLECTED_FOR).await;
            self.learn().await;
        }
    }

    /// Learns from what is noted by now.
    pub(crate) async fn learn(&self) {
        let noted = std::mem::take(&mut *self.shared.noted.lock());
        if noted.results.is_empty() {
            return;
        }
        let mut known = self.shared.known.lock().await;
        let looked = tokio::task::spawn_blocking(|| looked_at(noted.results)).await.unwrap_or_default();
        for (key, new) in looked {
            let kept = self.keep(&key, &new).await.inspect_err(|error| {
                tracing::debug!(%error, tool = %key.0, "what was learned of a tool's results is not kept");
            });
            match kept {
                Ok(Some(all)) => drop(known.insert(key, all)),
                Ok(None) | Err(_) => known.entry(key).or_default().add(new),
            }
        }
        self.publish(&known);
    }

    /// Adds to what the store knows, and gives all of it. `None` where there is no store.
    async fn keep(&self, (tool, definition): &Key, new: &Known) -> Result<Option<Known>, StoreError> {
        let Some(history) = &self.shared.history else { return Ok(None) };
        let store: Store = history.store().await?;
        let of = LearnedOf {
            server: tool.server.as_str().to_owned(),
            tool: tool.tool.to_string(),
            definition: definition.cast_signed(),
        };
        for _ in 0..ATTEMPTS_MAX {
            let stored = store.learned_of(&of).await?;
            let mut all = stored.as_ref().map(Known::of).unwrap_or_default();
            let before = stored.map_or(0, |stored| stored.results);
            all.add(new.clone());
            if store.learn(of.clone(), before, all.stored()).await? {
                return Ok(Some(all));
            }
        }
        Ok(None)
    }

    /// Shows what is known, where it differs from what was shown.
    fn publish(&self, known: &HashMap<Key, Known>) {
        let mut all = Observations::new();
        for ((tool, definition), known) in known {
            let observed = ObservedResult { schema: schema::schema_of(&known.shape), results: known.results };
            all.entry(tool.clone()).or_default().insert(*definition, Arc::new(observed));
        }
        self.shared.observed.send_if_modified(|shown| {
            let differs = is_news(shown, &all);
            if differs {
                *shown = Arc::new(all);
            }
            differs
        });
    }
}

/// Whether a surface should be made anew: a type differs, or comes from twice as many results.
fn is_news(shown: &Observations, all: &Observations) -> bool {
    let known = |tool: &ToolId, definition: &u64| shown.get(tool).and_then(|of| of.get(definition));
    all.iter().flat_map(|(tool, of)| of.iter().map(move |(definition, new)| (tool, definition, new))).any(
        |(tool, definition, new)| {
            known(tool, definition)
                .is_none_or(|old| old.schema != new.schema || new.results >= old.results.saturating_mul(2))
        },
    )
}

/// What each tool's results have in common. Takes time.
fn looked_at(results: Vec<(Key, Box<RawValue>)>) -> HashMap<Key, Known> {
    let mut all: HashMap<Key, Known> = HashMap::new();
    for (key, result) in results {
        let known = all.entry(key).or_default();
        known.results += 1;
        look::look_at(&result, &mut known.shape);
    }
    all.values_mut().for_each(Known::bound);
    all
}

impl Known {
    /// What the store knows. What cannot be read is learned anew.
    fn of(stored: &store::Learned) -> Self {
        let shape = serde_json::from_slice(&stored.shape).unwrap_or_default();
        Self { results: stored.results.unsigned_abs(), shape }
    }

    fn stored(&self) -> store::Learned {
        // A shape has a form in JSON.
        let shape = serde_json::to_vec(&self.shape).unwrap_or_default();
        store::Learned { results: i64::try_from(self.results).unwrap_or(i64::MAX), shape }
    }

    fn add(&mut self, new: Self) {
        self.results += new.results;
        self.shape.add(new.shape);
        self.bound();
    }

    /// Leaves as many levels as a reader has use for.
    fn bound(&mut self) {
        let mut levels = DEPTH_MAX;
        while self.shape.size() > SHAPE_SIZE_MAX && levels > 0 {
            levels -= 1;
            self.shape.flatten(levels);
        }
    }
}

#[cfg(test)]
mod tests;
