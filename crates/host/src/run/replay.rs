//! A run that is given answers of the past before it goes on.
//!
//! From its own journal (`ordered`) a script is handed the answers it was handed then, in the same order and at the same times,
//! so it does what it did. From another run (`recorded`) it is handed the answer to each request that is the same, whatever
//! its script has become. What it asks for beyond them waits until all that can be handed over is handed over; then the run
//! goes on for real, or stops.

mod inherit;
mod key;
mod ordered;
mod recorded;

use wire::Position;

use crate::{
    journal::{OriginRun, Past, Request, Settled, Taken},
    workspace::FileState,
};
pub(crate) use inherit::Share;
pub(super) use key::{Asking, MatchKey};
use ordered::Ordered;
use recorded::{Found, Recorded};

/// What a script asked for.
#[derive(Debug)]
pub(super) struct Ask {
    pub(super) call: u32,
    pub(super) request: Request,
    pub(super) at: Option<Position>,
    /// The clock of the slice in which it was asked for, in milliseconds since 1970.
    pub(super) slice_ms: f64,
    /// How long a timer still has to run, in milliseconds, where that is not what was asked for.
    pub(super) rest_ms: Option<f64>,
}

/// What is known of something a script asks for from the time before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Before {
    /// Nothing was done.
    Nothing,
    /// Its bytes may have left, to what has this fingerprint.
    Sent(u64),
    /// The file may have been changed, which was like this before.
    Changing(FileState),
    /// The file was changed.
    Changed,
}

impl Before {
    /// The fingerprint of what it was sent to, where the call may have reached its server.
    pub(super) fn sent_as(self) -> Option<u64> {
        match self {
            Self::Sent(recipient) => Some(recipient),
            Self::Nothing | Self::Changing(_) | Self::Changed => None,
        }
    }
}

/// What becomes of a run when there are no more answers for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Then {
    /// It goes on.
    GoOn,
    /// It stops.
    Stop,
}

/// An answer that is handed over again.
pub(super) struct Answer {
    pub(super) settled: Settled,
    /// Where the script asked for it.
    pub(super) at: Option<Position>,
    /// What its journal is to say of it, where it is another run's.
    pub(super) taken: Option<Taken>,
}

/// The answers of the past, as they are handed over again.
pub(super) struct Replay {
    ordered: Ordered,
    recorded: Recorded,
    /// What the script has asked for beyond them.
    held: Vec<(Ask, Before)>,
    /// Whether the script has waited for what it was not answered in the past.
    is_live: bool,
    /// How the run began that another goes on from.
    pub(super) origin: Option<OriginRun>,
    /// When the run was asked for, in milliseconds since 1970.
    pub(super) since_ms: f64,
    then: Then,
}

impl Replay {
    /// The answers of this journal.
    pub(super) fn new(past: Past, then: Then) -> Self {
        Self {
            origin: past.asked.origin.clone(),
            since_ms: past.asked.started_at_ms as f64,
            recorded: Recorded::new(past.inherited, then),
            ordered: Ordered::new(past.settled, past.left, past.sent, past.changing, past.changed),
            held: Vec::new(),
            is_live: false,
            then,
        }
    }

    /// Whether an answer can be handed over.
    pub(super) fn has_answer(&self) -> bool {
        !self.ordered.is_over() || self.recorded.has_answer()
    }

    /// Whether all that the script asks for is done as it is asked for.
    pub(super) fn is_over(&self) -> bool {
        // What a slice of the past asks for is held until its end: its timers began then.
        self.is_live
            && !self.has_answer()
            && self.recorded.is_empty()
            && self.held.is_empty()
            && !self.stops()
    }

    /// What is known of a call that is asked for when all is handed over.
    pub(super) fn before(&self, call: u32) -> Before {
        self.ordered.before(call)
    }

    /// Takes in what the script asks for; `asking` is what is known of it from the tools of this moment.
    pub(super) fn take(&mut self, ask: Ask, asking: impl FnOnce(&Request) -> Asking) {
        let found = self.find(&ask.request, asking);
        if self.ordered.expects(&ask) {
            self.ordered.take(ask);
            return;
        }
        match (self.ordered.before(ask.call), found) {
            (Before::Nothing, Found::Answer(place)) => self.recorded.take(ask, place),
            (Before::Nothing, Found::Unanswered(before)) | (before, _) => self.held.push((ask, before)),
        }
    }

    /// Takes in that the script asks again for what is under way. What another run left for the request is used up.
    pub(super) fn pass(&mut self, request: &Request, asking: impl FnOnce(&Request) -> Asking) {
        self.find(request, asking);
    }

    /// What another run left for a request. It is no other's from then on.
    fn find(&mut self, request: &Request, asking: impl FnOnce(&Request) -> Asking) -> Found {
        if self.recorded.is_empty() { Found::Nothing } else { self.recorded.find(&asking(request)) }
    }

    /// The next answer, when the script waits; how the script differs from what it was, when it does.
    pub(super) fn next(&mut self, slice_ms: f64) -> Result<Answer, String> {
        if self.ordered.is_over() {
            self.recorded.next(slice_ms).ok_or_else(|| "there are no more answers".to_owned())
        } else {
            self.ordered.next()
        }
    }

    /// What is yet to be done, once all that can be handed over is. Nothing where the run only goes so far.
    pub(super) fn held(&mut self) -> Vec<(Ask, Before)> {
        if self.stops() {
            return Vec::new();
        }
        self.is_live = true;
        std::mem::take(&mut self.held)
    }

    /// The first of what was asked for that no recorded answer is for: the request, where it was asked, and what of it differs
    /// from the nearest one that was recorded.
    pub(super) fn unrecorded(
        &self,
        asking: impl Fn(&Request) -> Asking,
    ) -> Option<(MatchKey, Option<Position>, Option<String>)> {
        let (ask, _) = self.held.iter().min_by_key(|(ask, _)| ask.call)?;
        let key = asking(&ask.request).key;
        let nearest = self.recorded.nearest(&key);
        Some((key, ask.at, nearest))
    }

    /// The answers that came after the script had ended, and those that it did not wait for.
    pub(super) fn left(&mut self, slice_ms: f64) -> Vec<Answer> {
        let mut left = self.ordered.left();
        left.extend(std::iter::from_fn(|| self.recorded.next(slice_ms)));
        left
    }

    /// How many answers of calls were taken from another run.
    pub(super) fn taken_calls(&self) -> usize {
        self.recorded.taken_calls()
    }

    /// Whether the run goes no further than its answers.
    pub(super) fn stops(&self) -> bool {
        self.then == Then::Stop
    }
}

#[cfg(test)]
mod tests {
    use wire::Limits;

    use super::*;
    use crate::{approvals::Approve, journal::AskedFor};

    fn past() -> Past {
        let asked = AskedFor {
            form: 0,
            code: String::new(),
            workspace: "default".to_owned(),
            args: None,
            limits: Limits::default(),
            client: String::new(),
            approve: Approve::Ruled,
            started_at_ms: 0,
            origin: None,
        };
        Past::of_another(asked, Vec::new())
    }

    #[test]
    fn what_a_slice_of_the_past_asks_for_is_held_until_the_script_waits() {
        let mut replay = Replay::new(past(), Then::GoOn);
        assert!(!replay.is_over(), "its timers began in the past");
        let request = Request { name: "timer".to_owned(), arguments: b"{\"ms\":8000}".to_vec() };
        let ask = Ask { call: 1, request, at: None, slice_ms: 0.0, rest_ms: None };
        replay.take(ask, |_| unreachable!("nothing is inherited"));
        assert_eq!(replay.held().len(), 1);
        assert!(replay.is_over());
    }
}
