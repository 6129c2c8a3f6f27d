//! A run that is repeated from its journal before it goes on.
//!
//! The script is handed the answers it was handed then, in the same order and at the same times, so it does what it
//! did. What it asks for beyond them waits until all of them are handed over. A script that asks for something else
//! than it did then is not the same run: that ends it.

use std::collections::{HashMap, HashSet, VecDeque};

use wire::Position;

use crate::{
    journal::{Past, Request, Settled},
    workspace::FileState,
};

/// What a script asked for.
pub(super) struct Ask {
    pub(super) call: u32,
    pub(super) request: Request,
    pub(super) at: Option<Position>,
    /// The clock of the slice in which it was asked for, in milliseconds since 1970.
    pub(super) slice_ms: f64,
    /// How long a timer still has to run, in milliseconds, where that is not what was asked for.
    pub(super) rest_ms: Option<f64>,
}

/// What is known of something a script asks for from the time before a crash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Before {
    /// Nothing was done.
    Nothing,
    /// Its bytes may have left.
    Sent,
    /// The file may have been changed, which was like this before.
    Changing(FileState),
}

/// What becomes of a run when its journal has no more answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Then {
    /// It goes on.
    GoOn,
    /// It stops.
    Stop,
}

/// The answers of a journal, as they are handed over again.
pub(super) struct Replay {
    settled: VecDeque<Settled>,
    sent: HashSet<u32>,
    changing: HashMap<u32, FileState>,
    /// What has an answer to come in the journal, by call.
    expected: HashSet<u32>,
    /// What the script has asked for and is yet to be answered from the journal.
    asked: HashMap<u32, Request>,
    /// What it has asked for beyond that.
    held: Vec<Ask>,
    then: Then,
}

impl Replay {
    /// The answers of this journal.
    pub(super) fn new(past: Past, then: Then) -> Self {
        let expected = past.settled.iter().map(|settled| settled.call).collect();
        let Past { settled, sent, changing, .. } = past;
        Self { settled, sent, changing, expected, asked: HashMap::new(), held: Vec::new(), then }
    }

    /// Whether answers are yet to be handed over.
    pub(super) fn is_under_way(&self) -> bool {
        !self.settled.is_empty()
    }

    /// Takes in what the script asks for.
    pub(super) fn take(&mut self, ask: Ask) {
        if self.expected.contains(&ask.call) {
            self.asked.insert(ask.call, ask.request);
        } else if !self.stops() {
            self.held.push(ask);
        }
    }

    /// The next answer, when the script waits; how the script differs from what it was, when it does.
    pub(super) fn next(&mut self) -> Result<Settled, String> {
        let Some(settled) = self.settled.pop_front() else {
            return Err("there are no more answers".to_owned());
        };
        match self.asked.remove(&settled.call) {
            Some(request) if request == settled.request => Ok(settled),
            Some(request) => Err(format!(
                "it asked for `{}`{} where it had asked for `{}`",
                request.name,
                if request.name == settled.request.name { " with other arguments" } else { "" },
                settled.request.name,
            )),
            None => Err(format!("it did not ask for `{}` again", settled.request.name)),
        }
    }

    /// What is yet to be done, once all answers are handed over. Nothing where the run only goes so far.
    pub(super) fn held(&mut self) -> Vec<Ask> {
        std::mem::take(&mut self.held)
    }

    /// Whether the run goes no further than its journal.
    pub(super) fn stops(&self) -> bool {
        self.then == Then::Stop
    }

    /// What is known of a call without an answer.
    pub(super) fn before(&self, call: u32) -> Before {
        match self.changing.get(&call) {
            Some(state) => Before::Changing(*state),
            None if self.sent.contains(&call) => Before::Sent,
            None => Before::Nothing,
        }
    }
}
