//! Finished runs and their values, kept for whoever asks later, the oldest forgotten first.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use crate::record::{CallRecord, Failure, RunId, RunRecord};

/// Records kept. An agent asks for its last few.
const RECORDS_MAX: usize = 500;

/// Bytes kept in all. A single larger record is kept until the next one comes.
const BYTES_MAX: usize = 64 * 1024 * 1024;

/// What a call's entry takes beside its texts, about.
const CALL_BYTES: usize = 300;

/// The finished runs.
#[derive(Default)]
pub(crate) struct Kept {
    records: Mutex<Records>,
}

#[derive(Default)]
struct Records {
    by_id: HashMap<RunId, Arc<RunRecord>>,
    order: VecDeque<RunId>,
    bytes: usize,
}

impl Kept {
    /// Keeps a record; older ones may go.
    pub(crate) fn add(&self, record: Arc<RunRecord>) {
        let mut records = self.records();
        records.bytes += size_of(&record);
        records.order.push_back(record.id.clone());
        records.by_id.insert(record.id.clone(), record);
        while records.order.len() > 1 && (records.order.len() > RECORDS_MAX || records.bytes > BYTES_MAX) {
            let oldest = records.order.pop_front();
            if let Some(gone) = oldest.and_then(|id| records.by_id.remove(&id)) {
                records.bytes -= size_of(&gone);
            }
        }
    }

    /// The record of a run. Asking keeps it longer.
    pub(crate) fn get(&self, id: &RunId) -> Option<Arc<RunRecord>> {
        let mut records = self.records();
        let record = records.by_id.get(id)?.clone();
        records.order.retain(|known| known != id);
        records.order.push_back(id.clone());
        Some(record)
    }

    fn records(&self) -> MutexGuard<'_, Records> {
        self.records.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn size_of(record: &RunRecord) -> usize {
    let printed: usize = record.printed.iter().map(|printed| printed.text.len()).sum();
    let calls: usize = record.calls.iter().map(size_of_call).sum();
    let notes: usize = record.warnings.iter().chain(&record.repairs).map(String::len).sum();
    record.value_bytes + printed + calls + notes + record.error.as_ref().map_or(0, size_of_failure)
}

fn size_of_call(call: &CallRecord) -> usize {
    CALL_BYTES + call.tool.len() + call.error.as_ref().map_or(0, String::len)
}

fn size_of_failure(failure: &Failure) -> usize {
    let stack: usize = failure.stack.iter().map(String::len).sum();
    failure.message.len() + stack + failure.data.as_ref().map_or(0, |data| data.to_string().len())
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
