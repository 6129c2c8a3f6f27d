//! A run that leaves its runner and goes on in another, in the same process: after its runner was lost, or after it hibernated.
//!
//! What it waits for is here and goes on meanwhile. In the other runner the script is executed again and handed the answers of
//! its journal, as after a restart; what it has asked for or printed before is not done or kept a second time.
//!
//! Who lost the runner through no doing of its own goes on: a run that only waited, and every run where the process was
//! ended by others (killed by a person, or by a machine that ran out of memory). A run that computed while its runner failed by
//! itself may have been the cause, and ends.

use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;
use wire::Start;

use super::{
    Execution, Stop, Then,
    start::{of_program, reserve},
    worker_failed,
};
use crate::{pool::Loss, run::replay::Replay};

/// How often a run goes on after it lost its runner: where it happens again and again, the run may be the cause all the same.
const MOVES_MAX: u32 = 3;

/// What a run may have computed, in microseconds, and how many answers it may have been handed, to leave its runner while it waits: it
/// does all that again when it comes back, and that is to take a few milliseconds.
const REPEATED_CPU_US: u64 = 50_000;
const REPEATED_ANSWERS: u64 = 200;

/// Counts what happens in a run once, also where it happens again.
#[derive(Default)]
pub(super) struct Tally {
    most: u64,
    now: u64,
}

impl Tally {
    /// Whether this one did not happen before.
    pub(super) fn is_new(&mut self) -> bool {
        self.now += 1;
        let is_new = self.now > self.most;
        self.most = self.most.max(self.now);
        is_new
    }

    fn is_behind(&self) -> bool {
        self.now < self.most
    }
}

/// What a script did, and does again in another runner.
#[derive(Default)]
pub(super) struct Tallies {
    /// It asked for something.
    pub(super) calls: Tally,
    pub(super) prints: Tally,
    /// It was handed an answer.
    pub(super) answers: Tally,
}

impl Tallies {
    fn begin_again(&mut self) {
        for tally in [&mut self.calls, &mut self.prints, &mut self.answers] {
            tally.now = 0;
        }
    }
}

impl Execution<'_> {
    /// Whether the script does what it did before. Only then it knows what it waits for.
    pub(super) fn is_repeating(&self) -> bool {
        self.tallies.calls.is_behind() || self.replay.as_ref().is_some_and(Replay::has_answer)
    }

    /// Whether the script waits and does less than it did before.
    pub(super) fn is_repeating_less(&self) -> bool {
        self.tallies.calls.is_behind() && !self.replay.as_ref().is_some_and(Replay::has_answer)
    }

    /// Ends a run that does something else than it did.
    pub(super) async fn differs(&mut self, how: &str) -> Stop {
        self.stop().await;
        Stop::interrupted(format!("the run cannot be repeated from its journal: {how}"))
    }

    /// The runner is gone. The run goes on in another, or ends.
    pub(super) async fn lost(&mut self, loss: Loss, cancel: &CancellationToken) -> Result<(), Stop> {
        if self.moves == MOVES_MAX || !self.outlives(&loss) {
            return Err(worker_failed(&loss.reason));
        }
        self.moves += 1;
        self.running = None;
        tracing::info!(run = %self.context.id, reason = loss.reason, "a run goes on in another worker");
        if !self.may_compute(cancel).await {
            return Err(Stop::cancelled());
        }
        self.go_on_elsewhere(cancel).await
    }

    fn outlives(&self, loss: &Loss) -> bool {
        let is_innocent = loss.by_others || !self.clock.is_computing();
        is_innocent && (self.unheard.is_some() || self.can_be_repeated())
    }

    fn can_be_repeated(&self) -> bool {
        let journal = &self.context.journal;
        self.engine.is_some() && journal.is_kept() && journal.failure().is_none()
    }

    /// When the run leaves its runner, if nothing happens before.
    pub(super) fn hibernates_at(&self) -> Option<Instant> {
        let since = self.waits_since?;
        let is_cheap =
            self.draft.used.cpu_us <= REPEATED_CPU_US && self.tallies.answers.most <= REPEATED_ANSWERS;
        let may = self.running.is_some() && is_cheap && self.can_be_repeated() && !self.is_repeating();
        may.then(|| since + self.context.parts.hibernates_after.min(LONG))
    }

    /// Leaves the runner until an answer comes.
    pub(super) async fn hibernate(&mut self) {
        self.waits_since = None;
        if self.context.journal.durable().await.is_ok() && self.can_be_repeated() {
            self.running = None;
            self.replay = None;
            self.processor.admitted.hibernates();
            tracing::debug!(run = %self.context.id, "a run that waits has left its worker");
        }
    }

    /// Begins again in another runner, and is handed what stands in the journal.
    pub(super) async fn go_on_elsewhere(&mut self, cancel: &CancellationToken) -> Result<(), Stop> {
        let start = match self.unheard.take() {
            Some(start) => start,
            None => Box::new(self.start_again().await?),
        };
        self.tallies.begin_again();
        self.unread_bytes = 0;
        let reserved = reserve(self.context, &mut self.processor, cancel, self.draft).await?;
        let reserved = reserved.ok_or_else(Stop::cancelled)?;
        if reserved.engine() != self.engine {
            return Err(Stop::interrupted(
                "the run cannot go on: the engine of the workers is another one by now",
            ));
        }
        let runners = &self.context.parts.runners;
        let running = runners.begin(reserved, &start, cancel).await.map_err(Stop::unavailable)?;
        self.running = Some(running.ok_or_else(Stop::cancelled)?);
        self.clock.computes();
        self.unheard = Some(start);
        Ok(())
    }

    async fn start_again(&mut self) -> Result<Start, Stop> {
        let lost =
            |error| Stop::interrupted(format!("the run cannot go on: its journal cannot be read: {error}"));
        let mut past = self.context.journal.read_back().await.map_err(lost)?;
        let (program, started) = past
            .begun
            .take()
            .ok_or_else(|| Stop::interrupted("the run cannot go on: its journal has no start"))?;
        self.slice_ms = started.now_ms;
        self.replay = Some(Replay::new(past, Then::GoOn));
        Ok(of_program(self.context, program, &started))
    }
}

/// Longer than any process lives, short enough to be added to any instant.
const LONG: Duration = Duration::from_secs(u32::MAX as u64);
