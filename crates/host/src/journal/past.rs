//! A journal that is read: what a run was, and what it was answered.

use std::collections::{HashMap, HashSet, VecDeque};

use store::StoreError;

use super::entry::{
    AskedFor, ChangingFile, Entry, FORM, Inherited, Program, SentCall, Settled, Started, Taken,
};

/// What is known of a run from its journal.
#[derive(Debug)]
pub(crate) struct Past {
    pub(crate) asked: AskedFor,
    /// What was executed; `None` where it had not come so far.
    pub(crate) begun: Option<(Program, Started)>,
    /// The answers the script was handed, in their order.
    pub(crate) settled: VecDeque<Settled>,
    /// The answers that came after the script had ended.
    pub(crate) left: Vec<Settled>,
    /// The calls whose bytes may have left, by their numbers.
    pub(crate) sent: HashMap<u32, SentCall>,
    /// The files that may have been changed, as they were before.
    pub(crate) changing: HashMap<u32, ChangingFile>,
    /// Those that were.
    pub(crate) changed: HashSet<u32>,
    /// What it may take from the run it goes on from.
    pub(crate) inherited: Vec<Inherited>,
    /// Which of that it has taken, by its place.
    pub(crate) taken: HashSet<usize>,
    /// Entries of the journal.
    pub(crate) entries: usize,
}

impl Past {
    /// When the run last began or was handed an answer, in milliseconds since 1970.
    pub(crate) fn active_ms(&self) -> u64 {
        let started = self.begun.as_ref().map(|(_, started)| started.now_ms);
        let last = self.settled.back().map(|settled| settled.now_ms).or(started);
        // A run that goes on from another begins with the clock of that.
        last.map_or(0, |ms| ms as u64).max(self.asked.started_at_ms)
    }

    /// The last thing that the script asked for, as far as that was answered, sent or begun.
    pub(crate) fn last_call(&self) -> Option<u32> {
        let answered = self.settled.iter().chain(&self.left).map(|settled| settled.call);
        answered.chain(self.sent.keys().copied()).chain(self.changing.keys().copied()).max()
    }

    /// Reads a journal. `None` when it has no entries: the run had ended before it was written.
    pub(crate) fn read(run: &str, entries: Vec<Vec<u8>>) -> Result<Option<Self>, StoreError> {
        let count = entries.len();
        let damaged = |at: usize| StoreError::Damaged(format!("entry {at} of the journal of `{run}`").into());
        let mut entries = entries.into_iter().enumerate();
        let Some((_, first)) = entries.next() else { return Ok(None) };
        let asked = match Entry::decoded(&first) {
            Some(Entry::Asked(asked)) => asked,
            Some(Entry::Called) => return Ok(None),
            _ => return Err(damaged(0)),
        };
        if asked.form != FORM {
            let message = format!("the journal of `{run}` was written by another version of Narrows");
            return Err(StoreError::Damaged(message.into()));
        }
        let mut past = Self::asked_for(*asked, count);
        let mut program = None;
        for (at, entry) in entries {
            let entry = Entry::decoded(&entry).ok_or_else(|| damaged(at))?;
            past.add(entry, &mut program).ok_or_else(|| damaged(at))?;
        }
        Ok(Some(past))
    }

    /// A run that is to go on from another, and may take this from it.
    pub(crate) fn of_another(asked: AskedFor, inherited: Vec<Inherited>) -> Self {
        Self { inherited, ..Self::asked_for(asked, 0) }
    }

    /// A run of which nothing is known but what was asked for.
    fn asked_for(asked: AskedFor, entries: usize) -> Self {
        Self {
            asked,
            begun: None,
            settled: VecDeque::new(),
            left: Vec::new(),
            sent: HashMap::new(),
            changing: HashMap::new(),
            changed: HashSet::new(),
            inherited: Vec::new(),
            taken: HashSet::new(),
            entries,
        }
    }

    /// Takes in one entry more. `None` where it does not fit those before.
    fn add(&mut self, entry: Entry, program: &mut Option<Program>) -> Option<()> {
        match entry {
            Entry::Asked(_) | Entry::Called => return None,
            Entry::Program(found) => *program = Some(*found),
            Entry::Started(started) => self.begun = program.take().map(|program| (program, started)),
            Entry::Sent(sent) => drop(self.sent.insert(sent.call, *sent)),
            Entry::Changing(changing) => drop(self.changing.insert(changing.call, *changing)),
            Entry::Settled(settled) => self.settled.push_back(*settled),
            Entry::Left(settled) => self.left.push(*settled),
            Entry::Inherited(inherited) => self.inherited.push(*inherited),
            Entry::Taken(taken) => self.take(taken)?,
            Entry::Changed { call, is_made: true } => drop(self.changed.insert(call)),
            Entry::Changed { call, is_made: false } => drop(self.changing.remove(&call)),
        }
        Some(())
    }

    /// An answer of the run before is one of this run.
    fn take(&mut self, taken: Taken) -> Option<()> {
        let at = usize::try_from(taken.inherited).ok()?;
        let Inherited::Answer { settled, .. } = self.inherited.get(at)? else { return None };
        self.taken.insert(at);
        let Taken { call, asked_ms, now_ms, .. } = taken;
        let settled = Settled { call, asked_ms, now_ms, ..settled.clone() };
        if taken.is_left {
            self.left.push(settled);
        } else {
            self.settled.push_back(settled);
        }
        Some(())
    }
}
