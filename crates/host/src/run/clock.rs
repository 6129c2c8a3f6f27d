//! The clocks of a run: how long it may still take, and how long its worker may say nothing.

use std::time::{Duration, Instant};

/// A worker that computes is silent for as long as its CPU limit lasts, and that is longer by the clock on the wall
/// when a busy machine gives it only a share of a processor: down to a twelfth for each of its runs is borne. The
/// wall limit, which is usually shorter, ends a run in a hanging worker too.
const SILENCE_SHARE: u32 = 12;

/// Runs that can compute at once; more wait for a thread of their worker.
const RUNS_MAX: usize = 128;

/// How much longer still before a silent worker counts as hanging: slices end late.
const SILENCE_GRACE: Duration = Duration::from_secs(5);

/// Measures a run's wall clock, which stands still while tools are waited for, and its current slice.
pub(super) struct Clock {
    wall_max: Duration,
    cpu_max: Duration,
    wall_used: Duration,
    /// Since when the wall clock runs.
    running: Option<Instant>,
    /// Since when the worker computes.
    slice: Option<Instant>,
}

impl Clock {
    /// Begins with a slice.
    pub(super) fn start(wall_max: Duration, cpu_max: Duration) -> Self {
        let now = Instant::now();
        Self { wall_max, cpu_max, wall_used: Duration::ZERO, running: Some(now), slice: Some(now) }
    }

    /// The worker was told something and computes.
    pub(super) fn computes(&mut self) {
        let now = Instant::now();
        self.slice.get_or_insert(now);
        self.running.get_or_insert(now);
    }

    /// Whether the worker computes.
    pub(super) fn is_computing(&self) -> bool {
        self.slice.is_some()
    }

    /// The slice is over. The clock runs on unless tools are waited for.
    pub(super) fn waits_for_tools(&mut self, calls: usize) {
        self.slice = None;
        if calls > 0 {
            self.stop();
        } else {
            self.running.get_or_insert_with(Instant::now);
        }
    }

    /// The run is over.
    pub(super) fn stop(&mut self) {
        if let Some(since) = self.running.take() {
            self.wall_used += since.elapsed();
        }
        self.slice = None;
    }

    /// What of the wall clock was used.
    pub(super) fn used(&self) -> Duration {
        self.wall_used + self.running.map_or(Duration::ZERO, |since| since.elapsed())
    }

    /// When the wall clock runs out, if it runs.
    pub(super) fn wall_deadline(&self) -> Option<Instant> {
        Some(self.running? + self.wall_max.saturating_sub(self.wall_used))
    }

    /// When a silent worker counts as hanging, given how long it has been silent by now and how many runs it carries:
    /// they may all compute, and then all end late.
    pub(super) fn silence_deadline(&self, silent_for: Duration, runs: usize) -> Option<Instant> {
        let heard = Instant::now().checked_sub(silent_for)?;
        let runs = u32::try_from(runs.clamp(1, RUNS_MAX)).unwrap_or(1);
        Some(self.slice?.max(heard) + self.cpu_max.saturating_mul(SILENCE_SHARE * runs) + SILENCE_GRACE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wall_clock_stands_still_while_tools_are_waited_for() {
        let second = Duration::from_secs(1);
        let mut clock = Clock::start(60 * second, second);
        assert!(clock.wall_deadline().is_some() && clock.silence_deadline(Duration::ZERO, 1).is_some());
        clock.waits_for_tools(1);
        assert!(clock.wall_deadline().is_none() && clock.silence_deadline(Duration::ZERO, 1).is_none());
        clock.computes();
        clock.waits_for_tools(0);
        assert!(clock.wall_deadline().is_some() && clock.silence_deadline(Duration::ZERO, 1).is_none());
        clock.stop();
        assert_eq!(clock.used(), clock.used());
        assert!(clock.wall_deadline().is_none());
    }

    #[test]
    fn a_worker_that_spoke_of_other_runs_does_not_hang() {
        let second = Duration::from_secs(1);
        let clock = Clock::start(60 * second, second);
        let spoke_now = clock.silence_deadline(Duration::ZERO, 1).expect("a slice");
        let began = clock.slice.expect("a slice");
        assert!(spoke_now >= began + second * SILENCE_SHARE + SILENCE_GRACE);
        let among_others = clock.silence_deadline(Duration::ZERO, 10).expect("a slice");
        assert!(among_others >= began + second * SILENCE_SHARE * 10 + SILENCE_GRACE);
    }
}
