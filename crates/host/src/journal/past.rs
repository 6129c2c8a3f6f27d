//! A journal that is read: what a run was, and what it was answered.

use std::collections::{HashMap, HashSet, VecDeque};

use store::StoreError;

use super::entry::{AskedFor, Entry, FORM, Program, Settled, Started};
use crate::workspace::FileState;

/// What is known of a run from its journal.
#[derive(Debug)]
pub(crate) struct Past {
    pub(crate) asked: AskedFor,
    /// What was executed; `None` where it had not come so far.
    pub(crate) begun: Option<(Program, Started)>,
    /// The answers the script was handed, in their order.
    pub(crate) settled: VecDeque<Settled>,
    /// The calls whose bytes may have left.
    pub(crate) sent: HashSet<u32>,
    /// The files that may have been changed, as they were before.
    pub(crate) changing: HashMap<u32, FileState>,
    /// Entries of the journal.
    pub(crate) entries: usize,
}

impl Past {
    /// When the run last began or was handed an answer, in milliseconds since 1970.
    pub(crate) fn active_ms(&self) -> u64 {
        let started = self.begun.as_ref().map(|(_, started)| started.now_ms);
        let last = self.settled.back().map(|settled| settled.now_ms).or(started);
        last.map_or(self.asked.started_at_ms, |ms| ms as u64)
    }

    /// Reads a journal. `None` when it has no entries: the run had ended before it was written.
    pub(crate) fn read(run: &str, entries: Vec<Vec<u8>>) -> Result<Option<Self>, StoreError> {
        let count = entries.len();
        let damaged = |at: usize| StoreError::Damaged(format!("entry {at} of the journal of `{run}`").into());
        let mut entries = entries.into_iter().enumerate();
        let Some((_, first)) = entries.next() else { return Ok(None) };
        let Some(Entry::Asked(asked)) = Entry::decoded(&first) else { return Err(damaged(0)) };
        if asked.form != FORM {
            let message = format!("the journal of `{run}` was written by another version of Narrows");
            return Err(StoreError::Damaged(message.into()));
        }
        let mut past = Self {
            asked: *asked,
            begun: None,
            settled: VecDeque::new(),
            sent: HashSet::new(),
            changing: HashMap::new(),
            entries: count,
        };
        let mut program = None;
        for (at, entry) in entries {
            match Entry::decoded(&entry).ok_or_else(|| damaged(at))? {
                Entry::Program(found) => program = Some(*found),
                Entry::Started(started) => past.begun = program.take().map(|program| (program, started)),
                Entry::Sent(call) => drop(past.sent.insert(call)),
                Entry::Changing(call, before) => drop(past.changing.insert(call, before)),
                Entry::Settled(settled) => past.settled.push_back(*settled),
                Entry::Asked(_) => return Err(damaged(at)),
            }
        }
        Ok(Some(past))
    }
}
