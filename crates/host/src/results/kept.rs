//! The runs that ended last, in memory, the one asked for longest ago forgotten first.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use parking_lot::Mutex;

use crate::record::{CallRecord, Failure, RunId, RunRecord};

/// Records kept. An agent asks for its last few, or for all it has started in the background: as many as may be queued.
const RECORDS_MAX: usize = 10_000;

/// What a record takes beside its texts, about.
const RECORD_BYTES: usize = 800;

/// Bytes kept in all. A single larger record is kept until the next one comes.
const BYTES_MAX: usize = 64 * 1024 * 1024;

/// What a call's entry takes beside its texts, about.
const CALL_BYTES: usize = 300;

/// The finished runs.
#[derive(Default)]
pub(super) struct Kept(Mutex<Records>);

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
    /// Its place in `by_age`.
    age: u64,
}

impl Kept {
    /// Keeps a record, in the place of one of the same run; older ones may go.
    pub(super) fn add(&self, record: Arc<RunRecord>) {
        let mut records = self.0.lock();
        records.forget(&record.id);
        records.bytes += size_of(&record);
        let age = records.next_age();
        records.by_age.insert(age, record.id.clone());
        records.by_id.insert(record.id.clone(), Entry { record, age });
        while records.by_id.len() > 1 && (records.by_id.len() > RECORDS_MAX || records.bytes > BYTES_MAX) {
            records.forget_oldest();
        }
    }

    /// The record of a run. Asking keeps it longer.
    pub(super) fn get(&self, id: &RunId) -> Option<Arc<RunRecord>> {
        let mut records = self.0.lock();
        let age = records.next_age();
        let entry = records.by_id.get_mut(id)?;
        let found = entry.record.clone();
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
        if let Some((_, id)) = self.by_age.pop_first() {
            self.forget(&id);
        }
    }

    fn forget(&mut self, id: &RunId) {
        if let Some(Entry { record, age }) = self.by_id.remove(id) {
            self.by_age.remove(&age);
            self.bytes -= size_of(&record);
        }
    }
}

fn size_of(record: &RunRecord) -> usize {
    let printed: usize = record.printed.iter().map(|printed| printed.text.len()).sum();
    let calls: usize = record.calls.iter().map(size_of_call).sum();
    let notes: usize = record.warnings.iter().chain(&record.repairs).map(String::len).sum();
    RECORD_BYTES
        + record.value.as_ref().map_or(0, |value| value.get().len())
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
    use super::*;

    #[test]
    fn records_of_long_names_and_errors_do_not_add_up_without_end() {
        let kept = Kept::default();
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
