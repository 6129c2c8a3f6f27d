//! How often a rule has let calls through: in a run, and in the last minute, hour and day.

use std::{collections::HashMap, io};

use parking_lot::Mutex;

use super::times::{Held, Times};

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

impl RunCounts {
    /// Counts one more call for the rule at this place.
    pub(super) fn add(&self, at: usize) {
        *self.0.lock().entry(at).or_default() += 1;
    }
}

impl Counts {
    pub(super) fn is_none(&self) -> bool {
        *self == Self::default()
    }

    /// As they stand in a rule: keys and values.
    pub(super) fn written(&self) -> impl Iterator<Item = (&'static str, u64)> {
        let per_run = self.per_run.map(|count| ("per_run", count));
        per_run.into_iter().chain(self.windows().map(|(key, count, _)| (key, count)))
    }

    /// Those over a time: their keys, their values, and the time in milliseconds.
    fn windows(&self) -> impl Iterator<Item = (&'static str, u64, u64)> {
        const SECOND: u64 = 1_000;
        let all = [
            ("per_minute", self.per_minute, 60 * SECOND),
            ("per_hour", self.per_hour, 3_600 * SECOND),
            ("per_day", self.per_day, 86_400 * SECOND),
        ];
        all.into_iter().filter_map(|(key, count, window)| Some((key, count?, window)))
    }
}

/// A rule that lets a call through, and counts.
#[derive(Debug, Clone, Copy)]
pub(super) struct Counted<'r> {
    /// Its place in the list.
    pub(super) at: usize,
    /// What no other rule of any configuration is called.
    pub(super) name: &'r str,
    pub(super) counts: &'r Counts,
}

/// Why a call is not counted, and so not made.
#[derive(Debug)]
pub(super) enum Refused {
    /// A count of the rule at this place is used up.
    UsedUp(usize, UsedUp),
    /// The times of the last calls cannot be read or written.
    Times(io::Error),
}

/// Counts one call for all of these rules, or for none of them when one count is used up. Without times nothing is counted over
/// time.
pub(super) fn take(
    rules: &[Counted<'_>],
    run: &RunCounts,
    times: Option<&Times>,
    now_ms: u64,
) -> Result<(), Refused> {
    // Always in this order, and never held over an await.
    let mut run = run.0.lock();
    for rule in rules {
        let used = run.get(&rule.at).copied().unwrap_or(0);
        if let Some(count) = rule.counts.per_run.filter(|count| used >= *count) {
            return Err(Refused::UsedUp(rule.at, UsedUp { key: "per_run", count }));
        }
    }
    let by_time: Vec<_> = rules.iter().filter(|rule| rule.counts.windows().next().is_some()).collect();
    if let Some(times) = times.filter(|_| !by_time.is_empty())
        && let Some((at, used_up)) =
            times.with(|held| take_times(&by_time, held, now_ms)).map_err(Refused::Times)?
    {
        return Err(Refused::UsedUp(at, used_up));
    }
    for rule in rules.iter().filter(|rule| rule.counts.per_run.is_some()) {
        *run.entry(rule.at).or_default() += 1;
    }
    Ok(())
}

/// The same for counts over a time; gives the one that is used up.
fn take_times(rules: &[&Counted<'_>], times: &Held<'_>, now_ms: u64) -> io::Result<Option<(usize, UsedUp)>> {
    let mut rings = Vec::new();
    for rule in rules {
        let ring = times.ring(rule.name)?;
        for (key, count, window_ms) in rule.counts.windows() {
            if ring.is_full(count, window_ms, now_ms)? {
                return Ok(Some((rule.at, UsedUp { key, count })));
            }
        }
        rings.push(ring);
    }
    rings.iter_mut().try_for_each(|ring| ring.push(now_ms))?;
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: u64 = 86_400_000;

    struct Fixture {
        _folder: tempfile::TempDir,
        times: Times,
    }

    impl Fixture {
        fn new() -> Self {
            let folder = tempfile::tempdir().expect("a folder");
            let times = Times::new(folder.path().join("rules"));
            Self { _folder: folder, times }
        }

        /// The key that is used up, if one is.
        fn take(&self, rules: &[(&str, &Counts)], run: &RunCounts, second: u64) -> Result<(), &'static str> {
            let rules: Vec<_> =
                rules.iter().enumerate().map(|(at, (name, counts))| Counted { at, name, counts }).collect();
            match take(&rules, run, Some(&self.times), 10 * DAY + second * 1_000) {
                Err(Refused::UsedUp(_, used_up)) => Err(used_up.key),
                other => other.map_err(|_| "unreadable"),
            }
        }
    }

    #[test]
    fn a_run_and_a_minute_end() {
        let counts = Counts { per_run: Some(3), per_minute: Some(2), ..Counts::default() };
        let fixture = Fixture::new();
        let at = |run: &RunCounts, second: u64| fixture.take(&[("a", &counts)], run, second);
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
        let few = Counts { per_run: Some(1), per_day: Some(1), ..Counts::default() };
        let many = Counts { per_run: Some(2), per_day: Some(2), ..Counts::default() };
        let (fixture, run, other) = (Fixture::new(), RunCounts::default(), RunCounts::default());
        assert_eq!(fixture.take(&[("many", &many), ("few", &few)], &run, 0), Ok(()));
        assert_eq!(fixture.take(&[("many", &many), ("few", &few)], &run, 0), Err("per_run"));
        assert_eq!(fixture.take(&[("many", &many), ("few", &few)], &other, 0), Err("per_day"));
        assert_eq!(fixture.take(&[("many", &many)], &run, 0), Ok(()), "the refused calls took nothing");
        assert_eq!(fixture.take(&[("many", &many)], &other, 0), Err("per_day"));
    }

    #[test]
    fn counts_hold_when_many_ask_at_once() {
        let counts = Counts { per_run: Some(100), per_day: Some(150), ..Counts::default() };
        let (fixture, run) = (Fixture::new(), RunCounts::default());
        let passed: usize = std::thread::scope(|scope| {
            let ask = || (0..50).filter(|_| fixture.take(&[("a", &counts)], &run, 0).is_ok()).count();
            let threads: Vec<_> = (0..8).map(|_| scope.spawn(ask)).collect();
            threads.into_iter().map(|thread| thread.join().expect("it ends")).sum()
        });
        assert_eq!(passed, 100);
    }

    #[test]
    fn a_clock_that_was_put_back_does_not_refuse_for_long() {
        let counts = Counts { per_minute: Some(1), ..Counts::default() };
        let fixture = Fixture::new();
        let at = |second: u64| fixture.take(&[("a", &counts)], &RunCounts::default(), second);
        assert_eq!((at(1_000), at(990), at(900)), (Ok(()), Err("per_minute"), Ok(())));
    }

    #[test]
    fn times_that_cannot_be_read_refuse() {
        let counts = Counts { per_minute: Some(1), ..Counts::default() };
        let fixture = Fixture::new();
        std::fs::write(fixture.times.folder(), "in the way").expect("written");
        assert_eq!(fixture.take(&[("a", &counts)], &RunCounts::default(), 0), Err("unreadable"));
    }
}
