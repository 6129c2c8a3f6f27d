//! One run as the supervisor knows it: what it has used, and what it may still say.

use std::{
    sync::{Arc, atomic::Ordering::SeqCst},
    time::{Duration, Instant},
};

use parking_lot::Mutex;
use wire::{End, FromRunner, Limits, Print, RunNumber, Settlement, Start, Used};

use super::{
    child::{Child, Death, Usage},
    frames::{self, Said, Sizes},
};
use crate::engine::{Dishonest, Ledger, Reader, Trapped};

/// How long what a script left behind may go on after its end: promises that print, say.
const AFTER_END_MAX: Duration = Duration::from_millis(100);

/// A run, with a process or still without.
pub(super) struct Run {
    pub(super) number: RunNumber,
    pub(super) sizes: Sizes,
    limits: Limits,
    reader: Arc<Reader>,
    state: Mutex<State>,
}

struct State {
    ledger: Ledger,
    /// Its process, and what that had used before the run.
    child: Option<(Arc<Child>, Usage)>,
    /// Messages it has not come to rest after.
    unanswered: usize,
    ended_at: Option<Instant>,
}

/// Whether a run goes on after what it said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    GoesOn,
    IsOver,
}

impl Run {
    pub(super) fn new(start: &Start) -> Self {
        let reader = Arc::<Reader>::default();
        let ledger = Ledger::new(start.run, start.limits.clone(), Arc::clone(&reader));
        Self {
            number: start.run,
            sizes: Sizes::of(&start.limits),
            limits: start.limits.clone(),
            reader,
            state: Mutex::new(State { ledger, child: None, unanswered: 0, ended_at: None }),
        }
    }

    /// Begins it in a process.
    pub(super) fn begin(&self, child: &Arc<Child>, start: &Start) {
        let mut state = self.state.lock();
        let before = child.usage();
        child.limit_memory(before, self.limits.memory_bytes);
        state.child = Some((Arc::clone(child), before));
        state.unanswered += 1;
        child.say(frames::start(start));
        // A cancellation of a moment ago found no process to kill.
        if self.reader.cancelled.load(SeqCst) {
            child.kill();
        }
    }

    /// Hands over an answer. Gives the frames to say.
    pub(super) fn settle(&self, call: u32, with: Settlement, now_ms: f64) -> Vec<u8> {
        let mut state = self.state.lock();
        if state.ledger.settle(call)
            && let Some((child, _)) = &state.child
        {
            child.say(frames::settle(call, with, now_ms));
            state.unanswered += 1;
        }
        if state.unanswered > 0 {
            return Vec::new();
        }
        state.ledger.say_waiting();
        state.ledger.take_frames()
    }

    /// Notes that it waits, for a process as for anything else. Gives the frames to say.
    pub(super) fn waits(&self) -> Vec<u8> {
        let mut state = self.state.lock();
        state.ledger.say_waiting();
        state.ledger.take_frames()
    }

    /// Ends it, whatever it does.
    pub(super) fn cancel(&self) {
        self.reader.cancelled.store(true, SeqCst);
        if let Some((child, _)) = &self.state.lock().child {
            child.kill();
        }
    }

    /// Takes in what its process said. Gives the frames to say, and whether it goes on.
    pub(super) fn hear(&self, said: Said) -> Result<(Vec<u8>, Next), Dishonest> {
        let mut state = self.state.lock();
        let mut next = Next::GoesOn;
        match said {
            Said::Ready => return Err(Dishonest::Order),
            Said::Call { call, at, name, arguments } => state.ledger.called(call, &name, &arguments, at)?,
            Said::Print { level, text } => state.ledger.printed(Print { level, text }),
            Said::End(end) => {
                state.measure();
                if let End::Exceeded { limit, .. } = &end {
                    state.ledger.exceed(*limit);
                }
                state.ledger.ended(end);
                state.ended_at.get_or_insert_with(Instant::now);
            }
            Said::Exceeded(limit) => state.ledger.exceed(limit),
            Said::Idle => {
                state.unanswered = state.unanswered.saturating_sub(1);
                if state.unanswered == 0 {
                    state.measure();
                    state.ledger.say_waiting();
                }
            }
            Said::Over => next = Next::IsOver,
        }
        if state.ledger.exceeded().is_some() {
            next = Next::IsOver;
        }
        // What a slice says is said when it is over, as in the other engine: no answer comes before that.
        let is_slice_over = state.unanswered == 0 || next == Next::IsOver;
        Ok((if is_slice_over { state.ledger.take_frames() } else { Vec::new() }, next))
    }

    /// Looks at a process under way, and ends it where it has used too much.
    pub(super) fn look(&self) {
        let mut state = self.state.lock();
        state.measure();
        let lingers = state.ended_at.is_some_and(|at| at.elapsed() > AFTER_END_MAX);
        if (lingers || state.ledger.exceeded().is_some())
            && let Some((child, _)) = &state.child
        {
            child.kill();
        }
    }

    /// How it ended, now that its process is gone. Gives the last frames to say.
    pub(super) fn over(&self, death: Death) -> Vec<u8> {
        let mut state = self.state.lock();
        let trapped = match death {
            Death::Memory => {
                if !state.ledger.has_ended() {
                    state.ledger.exceed(wire::Limit::Memory);
                }
                Trapped::Other(String::new())
            }
            Death::Other(reason) => Trapped::Other(reason),
        };
        let end = state.ledger.verdict(Some(trapped)).unwrap_or(End::Deadlocked);
        let message = FromRunner::Ended { run: self.number, end, used: state.ledger.used() };
        state.ledger.say(&message);
        state.child = None;
        state.ledger.take_frames()
    }

    /// The end of a run that never had a process.
    pub(super) fn over_without(&self, end: End) -> FromRunner {
        FromRunner::Ended { run: self.number, end, used: Used::default() }
    }
}

impl State {
    fn measure(&mut self) {
        if let Some((child, before)) = &self.child {
            let now = child.usage();
            self.ledger.measured(
                now.cpu_us.saturating_sub(before.cpu_us),
                now.resident.saturating_sub(before.resident),
            );
        }
    }
}
