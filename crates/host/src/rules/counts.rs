//! How often a rule has let calls through: in a run, and in the last minute, hour and day.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// The largest count a rule may name: each call of the last minute, hour or day is remembered by its time.
pub const COUNT_MAX: u64 = 100_000;

/// How many calls a rule lets through.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts {
    /// In one run.
    pub per_run: Option<u64>,
    /// In any minute, all runs together.
    pub per_minute: Option<u64>,
    /// In any hour.
    pub per_hour: Option<u64>,
    /// In any 24 hours.
    pub per_day: Option<u64>,
}

/// A count that is used up: its key and its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct UsedUp {
    pub(super) key: &'static str,
    pub(super) count: u64,
}

/// The calls of one run, by the place of their rule.
#[derive(Debug, Default)]
pub(crate) struct RunCounts(Mutex<HashMap<usize, u64>>);

/// The times of the last calls of every rule that counts by time, by the rule's place; oldest first.
#[derive(Debug, Default)]
pub(super) struct Times(Mutex<HashMap<usize, VecDeque<Instant>>>);

impl Counts {
    pub(super) fn is_none(&self) -> bool {
        *self == Self::default()
    }

    fn windows(&self) -> [(&'static str, Option<u64>, Duration); 3] {
        [
            ("per_minute", self.per_minute, Duration::from_secs(60)),
            ("per_hour", self.per_hour, Duration::from_secs(3_600)),
            ("per_day", self.per_day, Duration::from_secs(86_400)),
        ]
    }
}

/// Counts one call for all of these rules, or for none of them when one count is used up: then says which.
pub(super) fn take<'c>(
    rules: impl Iterator<Item = (usize, &'c Counts)> + Clone,
    run: &RunCounts,
    times: &Times,
    now: Instant,
) -> Result<(), (usize, UsedUp)> {
    // Always in this order, and never held over an await.
    let (mut run, mut times) = (lock(&run.0), lock(&times.0));
    for (rule, counts) in rules.clone() {
        let used = run.get(&rule).copied().unwrap_or(0);
        if let Some(count) = counts.per_run.filter(|count| used >= *count) {
            return Err((rule, UsedUp { key: "per_run", count }));
        }
        for (key, count, window) in counts.windows() {
            let Some(count) = count else { continue };
            let since = |at: &Instant| now.saturating_duration_since(*at) < window;
            let within =
                times.get(&rule).map_or(0, |times| times.len() - times.partition_point(|at| !since(at)));
            if within as u64 >= count {
                return Err((rule, UsedUp { key, count }));
            }
        }
    }
    for (rule, counts) in rules {
        if counts.per_run.is_some() {
            *run.entry(rule).or_default() += 1;
        }
        // No window needs more than its own count of the latest times.
        if let Some(kept) = counts.windows().iter().filter_map(|(_, count, _)| *count).max() {
            let times = times.entry(rule).or_default();
            times.push_back(now);
            while times.len() as u64 > kept {
                times.pop_front();
            }
        }
    }
    Ok(())
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_and_a_minute_end() {
        let counts = Counts { per_run: Some(3), per_minute: Some(2), ..Counts::default() };
        let (times, start) = (Times::default(), Instant::now());
        let at = |run: &RunCounts, second: u64| {
            let taken = take([(0, &counts)].into_iter(), run, &times, start + Duration::from_secs(second));
            taken.map_err(|(_, used_up)| used_up.key)
        };
        let run = RunCounts::default();
        let got: Vec<_> = [0, 1, 59, 60, 61, 122].map(|second| at(&run, second)).into();
        assert_eq!(got, [Ok(()), Ok(()), Err("per_minute"), Ok(()), Err("per_run"), Err("per_run")]);
        assert_eq!(
            at(&RunCounts::default(), 61),
            Ok(()),
            "another run has its own count, and shares the minute"
        );
        assert_eq!(at(&RunCounts::default(), 62), Err("per_minute"));
    }

    #[test]
    fn a_call_counts_for_all_its_rules_or_for_none() {
        let few = Counts { per_run: Some(1), ..Counts::default() };
        let many = Counts { per_run: Some(2), ..Counts::default() };
        let (run, times, now) = (RunCounts::default(), Times::default(), Instant::now());
        assert_eq!(take([(0, &many), (1, &few)].into_iter(), &run, &times, now), Ok(()));
        let used_up = Err((1, UsedUp { key: "per_run", count: 1 }));
        assert_eq!(take([(0, &many), (1, &few)].into_iter(), &run, &times, now), used_up);
        assert_eq!(
            take([(0, &many)].into_iter(), &run, &times, now),
            Ok(()),
            "the refused call took nothing"
        );
    }

    #[test]
    fn counts_hold_when_many_ask_at_once() {
        let counts = Counts { per_run: Some(100), per_day: Some(150), ..Counts::default() };
        let (run, times, now) = (RunCounts::default(), Times::default(), Instant::now());
        let passed: usize = std::thread::scope(|scope| {
            let ask =
                || (0..50).filter(|_| take([(0, &counts)].into_iter(), &run, &times, now).is_ok()).count();
            let threads: Vec<_> = (0..8).map(|_| scope.spawn(ask)).collect();
            threads.into_iter().map(|thread| thread.join().expect("it ends")).sum()
        });
        assert_eq!(passed, 100);
    }
}
