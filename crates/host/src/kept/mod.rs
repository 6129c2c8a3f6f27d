//! Finished runs and their values, kept for whoever asks later, the oldest forgotten first. Large values wait on the
//! disk and not in memory: most are never asked for again.

mod spilled;

use std::{
    collections::{BTreeMap, HashMap},
    path::PathBuf,
    sync::Arc,
};

use parking_lot::Mutex;
use spilled::Spilled;

use crate::{
    host::Page,
    record::{CallRecord, Failure, RunId, RunRecord},
};

/// A value of more bytes waits on the disk.
const IN_MEMORY_MAX: usize = 64 * 1024;

/// Records kept. An agent asks for its last few, or for all it has started in the background: as many as may be queued.
const RECORDS_MAX: usize = 10_000;

/// What a record takes beside its texts, about.
const RECORD_BYTES: usize = 800;

/// Bytes kept in all. A single larger record is kept until the next one comes.
const BYTES_MAX: usize = 64 * 1024 * 1024;

/// What a call's entry takes beside its texts, about.
const CALL_BYTES: usize = 300;

/// The finished runs.
pub(crate) struct Kept {
    records: Mutex<Records>,
    /// Where large values wait.
    folder: PathBuf,
}

#[derive(Default)]
struct Records {
    by_id: HashMap<RunId, Entry>,
    /// The record asked for longest ago first.
    by_age: BTreeMap<u64, RunId>,
    asked: u64,
    bytes: usize,
}

struct Entry {
    record: Arc<RunRecord>,
    /// The record's value, where it is not in the record.
    spilled: Option<Arc<Spilled>>,
    /// Its place in `by_age`.
    age: u64,
}

impl Kept {
    /// Keeps nothing yet; large values in this folder.
    pub(crate) fn new(folder: PathBuf) -> Self {
        Self { records: Mutex::default(), folder }
    }

    /// Keeps a record; older ones may go.
    pub(crate) fn add(&self, record: Arc<RunRecord>) {
        let mut records = self.records.lock();
        records.bytes += size_of(&record);
        let age = records.next_age();
        records.by_age.insert(age, record.id.clone());
        records.by_id.insert(record.id.clone(), Entry { record, spilled: None, age });
        while records.by_id.len() > 1 && (records.by_id.len() > RECORDS_MAX || records.bytes > BYTES_MAX) {
            records.forget_oldest();
        }
    }

    /// Puts the value of a run on the disk, where it is large. Blocks.
    pub(crate) fn spill(&self, record: &RunRecord) {
        let Some(value) = record.value.as_ref().filter(|_| record.value_bytes > IN_MEMORY_MAX) else {
            return;
        };
        match Spilled::write(&self.folder, value) {
            Ok(spilled) => {
                if let Some(entry) = self.records.lock().by_id.get_mut(&record.id) {
                    entry.record = Arc::new(RunRecord { value: None, ..record.clone() });
                    entry.spilled = Some(Arc::new(spilled));
                }
            }
            // It stays where it is.
            Err(error) => tracing::debug!(%error, "a large value cannot be put on the disk"),
        }
    }

    /// The record of a run. Asking keeps it longer.
    pub(crate) fn get(&self, id: &RunId) -> Option<Arc<RunRecord>> {
        let (record, spilled) = self.find(id)?;
        let Some(spilled) = spilled else { return Some(record) };
        let value =
            spilled.read().inspect_err(|error| tracing::error!(%error, "a kept value is lost")).ok()?;
        Some(Arc::new(RunRecord { value: Some(value), ..(*record).clone() }))
    }

    /// A part of the value of a run as [`RunRecord::text`] tells it, of at least one character.
    pub(crate) fn page(&self, id: &RunId, offset: usize, bytes: usize) -> Option<Page> {
        let (record, spilled) = self.find(id)?;
        let bytes = bytes.max(4);
        let (offset, text, total_bytes) = match (record.text(), spilled) {
            (Some(whole), _) => {
                let from = whole.floor_char_boundary(offset);
                let to = whole.floor_char_boundary(from.saturating_add(bytes));
                (from, whole[from..to].to_owned(), whole.len())
            }
            (None, Some(spilled)) => {
                let (from, text) = spilled.part(offset as u64, bytes as u64).ok()?;
                (from as usize, text, spilled.bytes as usize)
            }
            (None, None) => return None,
        };
        let to = offset + text.len();
        Some(Page { text, offset, next_offset: (to < total_bytes).then_some(to), total_bytes })
    }

    /// What is kept under a name. Asking keeps it longer.
    fn find(&self, id: &RunId) -> Option<(Arc<RunRecord>, Option<Arc<Spilled>>)> {
        let mut records = self.records.lock();
        let age = records.next_age();
        let entry = records.by_id.get_mut(id)?;
        let found = (entry.record.clone(), entry.spilled.clone());
        let last = std::mem::replace(&mut entry.age, age);
        if let Some(id) = records.by_age.remove(&last) {
            records.by_age.insert(age, id);
        }
        Some(found)
    }
}

impl Records {
    fn next_age(&mut self) -> u64 {
        self.asked += 1;
        self.asked
    }

    fn forget_oldest(&mut self) {
        let oldest = self.by_age.pop_first();
        if let Some(gone) = oldest.and_then(|(_, id)| self.by_id.remove(&id)) {
            self.bytes -= size_of(&gone.record);
        }
    }
}

fn size_of(record: &RunRecord) -> usize {
    let printed: usize = record.printed.iter().map(|printed| printed.text.len()).sum();
    let calls: usize = record.calls.iter().map(size_of_call).sum();
    let notes: usize = record.warnings.iter().chain(&record.repairs).map(String::len).sum();
    RECORD_BYTES
        + record.value_bytes
        + record.media.as_ref().map_or(0, |media| media.text.len())
        + printed
        + calls
        + notes
        + record.error.as_ref().map_or(0, size_of_failure)
}

fn size_of_call(call: &CallRecord) -> usize {
    CALL_BYTES + call.tool.len() + call.error.as_ref().map_or(0, String::len)
}

fn size_of_failure(failure: &Failure) -> usize {
    let stack: usize = failure.stack.iter().map(String::len).sum();
    failure.message.len() + stack + failure.data.as_ref().map_or(0, |data| data.get().len())
}

#[cfg(test)]
mod tests {
    use serde_json::value::RawValue;

    use super::*;

    #[test]
    fn a_large_value_is_the_same_on_the_disk_as_in_memory() {
        let folder = tempfile::tempdir().expect("a folder");
        let kept = Kept::new(folder.path().to_owned());
        let text = format!("\"{}\"", "ä\\n".repeat(IN_MEMORY_MAX));
        let value = RawValue::from_string(text.clone()).expect("JSON");
        let lost = RunRecord::lost(RunId::random());
        let record =
            Arc::new(RunRecord { value_bytes: text.len(), value: Some(value), shown_bytes: 10, ..lost });
        kept.add(record.clone());
        let ask = || [0, 1, 2, 70_001, text.len(), text.len() + 5].map(|at| kept.page(&record.id, at, 16));
        let in_memory = ask();
        kept.spill(&record);
        assert!(kept.records.lock().by_id[&record.id].record.value.is_none(), "it is not in memory any more");
        assert_eq!(ask(), in_memory);
        assert_eq!(
            in_memory[1].as_ref().map(|page| &*page.text),
            Some("ä\nä\nä\nä\nä\n"),
            "as a model reads it"
        );
        let again = kept.get(&record.id).expect("it is kept");
        assert_eq!(
            (again.value.as_ref().map(|value| value.get()), again.shown()),
            (Some(&*text), record.shown())
        );
    }

    #[test]
    fn records_of_long_names_and_errors_do_not_add_up_without_end() {
        let kept = Kept::new(PathBuf::new());
        let large = |call: CallRecord| CallRecord { error: Some("x".repeat(4 * 1024 * 1024)), ..call };
        let ids: Vec<_> = (0..20).map(|_| RunId::random()).collect();
        for (at, id) in ids.iter().enumerate() {
            let calls = match at % 2 {
                0 => vec![CallRecord::unknown(&"x".repeat(4 * 1024 * 1024))],
                _ => vec![large(CallRecord::unknown("x"))],
            };
            kept.add(Arc::new(RunRecord { calls, ..RunRecord::lost(id.clone()) }));
        }
        let left = ids.iter().filter(|id| kept.get(id).is_some()).count();
        assert_eq!(left, 15, "what fits into {BYTES_MAX} bytes");
    }
}
