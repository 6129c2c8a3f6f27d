//! The runs that ended, and what they returned: for whoever asks later, in parts, and for later scripts.
//!
//! A value is in memory until the store has it. From then on a large one is there alone (`laid`), beside the record of its run,
//! and goes with it. Without a store the latest are kept in memory as long as the process lives (`kept`).

mod kept;
mod laid;
mod outline;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use serde_json::value::RawValue;
use store::{Store, StoreError};
use wire::Limits;

pub(crate) use laid::lay_out;
pub(crate) use outline::outline;

use crate::{
    history::{History, PastRun},
    host::Page,
    record::{RunId, RunRecord},
};
use kept::Kept;
use laid::Laid;

/// A larger value is kept beside its record: who looks at a run mostly wants to know how it ended.
pub(crate) const IN_RECORD_BYTES: usize = 16 * 1024;

/// The longest character, in bytes.
const CHARACTER_BYTES: usize = 4;

/// So much of a large value is read in one go: what others ask of the store waits for it.
const READ_AT_ONCE: usize = 4 * 1024 * 1024;

/// How long a value that was returned just now is waited for in the store: its run was answered before it was written down.
const WRITTEN_WITHIN: Duration = Duration::from_secs(5);

/// How often it is looked.
const LOOKS_EVERY: Duration = Duration::from_millis(5);

/// The runs that ended.
pub(crate) struct Results {
    kept: Kept,
    history: Option<History>,
    limits: Limits,
}

/// A value that a script reads.
pub(crate) struct Fetched {
    pub(crate) json: String,
    /// It can be read again from the store, so a journal needs no more than its name.
    pub(crate) is_stored: bool,
}

impl RunRecord {
    /// Whether its value is kept beside it.
    pub(crate) fn has_value_beside(&self) -> bool {
        self.value_bytes > IN_RECORD_BYTES
    }

    /// The same with its value kept beside it.
    pub(crate) fn without_large_value(&self) -> Self {
        match self.has_value_beside() {
            true => Self { value: None, media: None, ..self.clone() },
            false => self.clone(),
        }
    }

    fn lacks_value(&self) -> bool {
        self.value.is_none() && self.has_value_beside()
    }
}

impl Results {
    pub(crate) fn new(history: Option<History>, limits: Limits) -> Self {
        Self { kept: Kept::default(), history, limits }
    }

    /// Keeps a run that has ended.
    pub(crate) fn add(&self, record: Arc<RunRecord>) {
        self.kept.add(record);
    }

    /// A run that has ended is in the store now: its value takes no memory any more.
    pub(crate) fn is_stored(&self, record: &RunRecord) {
        if record.has_value_beside() {
            self.kept.add(Arc::new(record.without_large_value()));
        }
    }

    /// Whether a run has ended in this process, as far as it is remembered.
    pub(crate) fn is_known(&self, id: &RunId) -> bool {
        self.kept.get(id).is_some()
    }

    /// The record of a run that has ended, also before a restart or in another process, with its value.
    pub(crate) async fn record(&self, id: &RunId) -> Option<Arc<RunRecord>> {
        if let Some(record) = self.kept.get(id).filter(|record| !record.lacks_value()) {
            return Some(record);
        }
        let found = self.history.as_ref()?.find(id).await;
        let past = found.inspect_err(|error| tracing::warn!(%error, "a run cannot be looked up")).ok()??;
        let record = Arc::unwrap_or_clone(past.record).read_back(&self.limits);
        self.kept.add(Arc::new(record.without_large_value()));
        Some(Arc::new(record))
    }

    /// A part of the value of a run as [`RunRecord::text`] tells it, of at least one character.
    pub(crate) async fn page(&self, id: &RunId, offset: usize, bytes: usize) -> Option<Page> {
        let bytes = bytes.max(CHARACTER_BYTES);
        if let Some(page) = self.kept.get(id).and_then(|record| page_of(&record, offset, bytes)) {
            return Some(page);
        }
        let stored = self.stored_page(id, offset, bytes).await;
        match stored.inspect_err(|error| tracing::warn!(%error, "a result cannot be read")).ok()? {
            Some(page) => Some(page),
            None => page_of(&*self.record(id).await?, offset, bytes),
        }
    }

    async fn stored_page(&self, id: &RunId, offset: usize, bytes: usize) -> Result<Option<Page>, StoreError> {
        let Some(history) = &self.history else { return Ok(None) };
        let store = history.store().await?;
        let Some(laid) = laid(&store, id).await? else { return Ok(None) };
        let total_bytes = laid.text_bytes;
        let offset = offset.min(total_bytes);
        // From where a character may begin to the byte that shows whether one ends.
        let from = offset.saturating_sub(CHARACTER_BYTES - 1);
        let to = offset.saturating_add(bytes).saturating_add(1).min(total_bytes);
        let Some(part) = store.result_part(id.as_str(), from, to - from).await? else { return Ok(None) };
        let begin = boundary(&part, offset - from);
        let end = boundary(&part, begin + bytes);
        let text = String::from_utf8(part[begin..end].to_vec()).map_err(|_| damaged(id))?;
        Ok(Some(page(text, from + begin, total_bytes)))
    }

    /// What a run of this workspace returned, for a run that goes on: it is kept until that has ended. `None` where there is no
    /// such value (any more).
    pub(crate) async fn fetch(
        &self,
        id: &RunId,
        workspace: &str,
        by: &RunId,
    ) -> Result<Option<Fetched>, StoreError> {
        self.until_stored(id).await;
        if let Some(history) = &self.history {
            let store = history.store().await?;
            if let Some(laid) = laid(&store, id).await?.filter(|laid| laid.workspace == workspace) {
                store.use_result(by.as_str(), id.as_str()).await?;
                let json = json(&store, id, &laid).await?;
                return Ok(json.map(|json| Fetched { json, is_stored: true }));
            }
        }
        let record = self.record(id).await.filter(|record| record.workspace == workspace);
        let value = record.and_then(|record| record.value.clone());
        Ok(value.map(|value| Fetched { json: value.get().to_owned(), is_stored: false }))
    }

    /// Waits until a large value is in the store, where it is to be.
    async fn until_stored(&self, id: &RunId) {
        let until = Instant::now() + WRITTEN_WITHIN;
        let is_on_its_way = || {
            let record = self.kept.get(id);
            record.is_some_and(|record| record.is_kept && record.has_value_beside() && !record.lacks_value())
        };
        while self.history.is_some() && is_on_its_way() && Instant::now() < until {
            tokio::time::sleep(LOOKS_EVERY).await;
        }
    }
}

impl History {
    /// Everything that is kept of a run. `None` when it is not known (any more), or has not ended.
    pub async fn find(&self, id: &RunId) -> Result<Option<PastRun>, StoreError> {
        let Some(mut past) = self.find_without_value(id).await? else { return Ok(None) };
        if past.record.lacks_value() {
            let store = self.store().await?;
            let json = match laid(&store, id).await? {
                Some(laid) => json(&store, id, &laid).await?,
                None => None,
            };
            let value = json.map(RawValue::from_string).transpose().map_err(|_| damaged(id))?;
            past.record =
                Arc::new(RunRecord { value: value.map(Arc::from), ..Arc::unwrap_or_clone(past.record) });
        }
        Ok(Some(past))
    }
}

async fn laid(store: &Store, id: &RunId) -> Result<Option<Laid>, StoreError> {
    let about = store.result(id.as_str()).await?;
    about.map(|about| Laid::read(&about).ok_or_else(|| damaged(id))).transpose()
}

/// A value that is laid out, as JSON, from the store. `None` when it was forgotten meanwhile.
async fn json(store: &Store, id: &RunId, laid: &Laid) -> Result<Option<String>, StoreError> {
    let mut content = Vec::with_capacity(laid.bytes());
    while content.len() < laid.bytes() {
        let Some(part) = store.result_part(id.as_str(), content.len(), READ_AT_ONCE).await? else {
            return Ok(None);
        };
        content.extend(part);
    }
    laid.json(content).map(Some).ok_or_else(|| damaged(id))
}

fn damaged(id: &RunId) -> StoreError {
    StoreError::Damaged(format!("the result of `{id}`").into())
}

/// The last place between two characters of a text up to this one.
fn boundary(text: &[u8], at: usize) -> usize {
    let is_first = |at: &usize| text[*at] & 0b1100_0000 != 0b1000_0000;
    if at >= text.len() { text.len() } else { (0..=at).rev().find(is_first).unwrap_or(0) }
}

fn page_of(record: &RunRecord, offset: usize, bytes: usize) -> Option<Page> {
    let whole = record.text()?;
    let from = whole.floor_char_boundary(offset);
    let to = whole.floor_char_boundary(from.saturating_add(bytes));
    Some(page(whole[from..to].to_owned(), from, whole.len()))
}

fn page(text: String, offset: usize, total_bytes: usize) -> Page {
    let to = offset + text.len();
    Page { text, offset, next_offset: (to < total_bytes).then_some(to), total_bytes }
}

#[cfg(test)]
mod tests {
    use store::{Sync, Where};

    use super::*;
    use crate::{
        admission::Client,
        history,
        journal::{Entry, Journal, Taken},
        record::Outcome,
    };

    /// A run that returned this text, kept in a store; and what knows of it: the process that ran it, and another one.
    async fn returned(folder: &std::path::Path, text: &str) -> (RunRecord, Results, Results) {
        let results = || {
            let place = Where::File { path: folder.join("narrows.db"), sync: Sync::Normal };
            Results::new(Some(History::new(place, "home")), Limits::default())
        };
        let (here, elsewhere) = (results(), results());
        let value: Arc<RawValue> = serde_json::value::to_raw_value(text).expect("JSON").into();
        let lost = RunRecord::lost(RunId::random());
        let mut record = RunRecord {
            outcome: Outcome::Returned,
            workspace: "mine".to_owned(),
            value_bytes: value.get().len(),
            value: Some(value),
            ..lost
        };
        record.is_kept = true;
        let history = here.history.clone().expect("a history");
        let about = history::RunAbout::default();
        let journal = Journal::new(history.clone(), history.new_run(&record.id, &about, 1));
        let kept = Arc::new(record.clone());
        here.add(kept.clone());
        journal.note(&Entry::Taken(Taken {
            call: 1,
            inherited: 0,
            asked_ms: 0.0,
            now_ms: 0.0,
            is_left: false,
        }));
        journal.end(move || history::ended(String::new(), &Client::local(), kept)).await.expect("kept");
        (record, here, elsewhere)
    }

    #[tokio::test]
    async fn a_part_is_the_same_from_memory_and_from_the_store() {
        let folder = tempfile::tempdir().expect("a folder");
        let text = "aä€\n😀".repeat(IN_RECORD_BYTES);
        let (record, here, elsewhere) = returned(folder.path(), &text).await;
        let offsets = (0..12).chain(65_530..65_542).chain(text.len() - 9..text.len() + 2);
        for (offset, bytes) in offsets.flat_map(|offset| (0..8).map(move |bytes| (offset, bytes))) {
            let expect = here.page(&record.id, offset, bytes).await;
            assert!(expect.is_some(), "{offset}");
            assert_eq!(elsewhere.page(&record.id, offset, bytes).await, expect, "{offset} {bytes}");
        }
        assert!(elsewhere.kept.get(&record.id).is_none(), "a part is read without the whole");
        here.is_stored(&record);
        assert!(here.kept.get(&record.id).is_some_and(|kept| kept.lacks_value()), "it takes no memory");
        for results in [here, elsewhere] {
            let again = results.record(&record.id).await.expect("it is kept");
            assert_eq!(
                again.value.as_ref().map(|value| value.get()),
                record.value.as_ref().map(|value| value.get())
            );
        }
    }

    #[tokio::test]
    async fn a_value_is_found_from_its_own_workspace() {
        let folder = tempfile::tempdir().expect("a folder");
        for text in ["short".to_owned(), "long ".repeat(IN_RECORD_BYTES)] {
            let (record, here, elsewhere) = returned(folder.path(), &text).await;
            here.is_stored(&record);
            for results in [here, elsewhere] {
                let by = RunId::random();
                let found =
                    results.fetch(&record.id, "mine", &by).await.expect("an answer").expect("a value");
                assert_eq!(found.json, record.value.as_ref().expect("a value").get());
                assert_eq!(found.is_stored, record.has_value_beside());
                assert!(results.fetch(&record.id, "other", &by).await.expect("an answer").is_none());
                assert!(results.fetch(&by, "mine", &by).await.expect("an answer").is_none());
            }
        }
    }
}
