//! A run in its worker: events in, answers out, until it is over.

use std::{
    collections::HashSet,
    sync::{Arc, atomic::Ordering},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use futures_util::{FutureExt, StreamExt, future::BoxFuture, stream::FuturesUnordered};
use serde_json::value::RawValue;
use tokio::time::{sleep_until, timeout};
use tokio_util::sync::CancellationToken;
use wire::{End, Limit, Module, Print, PrintLevel, RunNumber, Settlement, Start, WallState};

use super::{
    Context, Draft, Stop, Value,
    clock::Clock,
    errands::{self, Kind},
    failure,
};
use crate::{
    eager::Eagerness,
    pool::{Event, Running},
    random,
    record::{Outcome, Printed},
};

/// A worker drops a run within milliseconds of being told; one that does not is killed.
const CANCEL_GRACE: Duration = Duration::from_secs(2);

/// How long calls under way are waited for after a run that went wrong: their outcome belongs into the record,
/// but someone waits for it.
const LEFT_OVER_GRACE: Duration = Duration::from_secs(5);

/// Lines of output that are kept, empty ones included; bytes are limited by the runner.
const PRINTED_MAX: usize = 10_000;

/// Executes a script that was parsed and checked.
pub(super) async fn execute(
    context: &Arc<Context>,
    javascript: String,
    modules: Vec<Module>,
    cancel: &CancellationToken,
    draft: &mut Draft,
) -> Result<Value, Stop> {
    let start = Start {
        run: RunNumber(0),
        javascript,
        modules,
        seed: random::number(),
        now_ms: now_ms(),
        limits: context.limits.clone(),
    };
    let running = context.parts.runners.begin(start, cancel).await.map_err(Stop::crashed)?;
    let Some(running) = running else { return Err(Stop::cancelled()) };
    draft.warnings.extend(running.walls().iter().filter_map(missing_wall));
    let mut execution = Execution {
        context,
        running,
        clock: Clock::start(millis(context.limits.wall_ms), millis(context.limits.cpu_ms)),
        errands: FuturesUnordered::new(),
        timers: FuturesUnordered::new(),
        tool_calls: HashSet::new(),
        fresh_calls: HashSet::new(),
        eagerness: Eagerness::default(),
        draft,
    };
    let end = execution.until_the_end(cancel).await;
    execution.clock.stop();
    execution.draft.wall = execution.clock.used();
    execution.settle_what_is_left(&end, cancel).await;
    end
}

/// Whoever gets the answer must know behind which walls the script did not run.
fn missing_wall(state: &WallState) -> Option<String> {
    let reason = state.missing.as_ref()?;
    Some(format!("the script ran without the wall `{}`: {reason}", state.wall))
}

/// A call's number and its answer.
type Errand = BoxFuture<'static, (u32, Settlement)>;

struct Execution<'a> {
    context: &'a Arc<Context>,
    running: Running,
    clock: Clock,
    /// What the script asked for and has no answer to, timers left out.
    errands: FuturesUnordered<Errand>,
    timers: FuturesUnordered<Errand>,
    /// Which of the errands are calls of tools.
    tool_calls: HashSet<u32>,
    /// Calls of tools that were asked for in this slice: no answer can have reached the script.
    fresh_calls: HashSet<u32>,
    eagerness: Eagerness,
    draft: &'a mut Draft,
}

/// What woke the run up.
enum Woken {
    Said(Event),
    Answered((u32, Settlement)),
    Cancelled,
    OutOfTime,
    Silent,
}

impl Execution<'_> {
    async fn until_the_end(&mut self, cancel: &CancellationToken) -> Result<Value, Stop> {
        loop {
            match self.wake(cancel).await {
                Woken::Said(event) => {
                    if let Some(end) = self.hear(event).await {
                        return end;
                    }
                }
                Woken::Answered(answer) => self.settle(answer).await,
                Woken::Cancelled => {
                    self.stop().await;
                    return Err(Stop::cancelled());
                }
                Woken::OutOfTime => {
                    self.stop().await;
                    return Err(self.exceeded(Limit::Wall, ""));
                }
                Woken::Silent => self.give_up_when_silent(),
            }
        }
    }

    async fn wake(&mut self, cancel: &CancellationToken) -> Woken {
        // A worker that never stops talking must not keep these two from being seen.
        if cancel.is_cancelled() {
            return Woken::Cancelled;
        }
        if self.clock.wall_deadline().is_some_and(|deadline| deadline <= Instant::now()) {
            return Woken::OutOfTime;
        }
        let silence = self.clock.silence_deadline(self.running.silent_for());
        let waking = async {
            tokio::select! {
                biased;
                event = self.running.next() => Woken::Said(event),
                Some(answer) = self.errands.next() => Woken::Answered(answer),
                Some(answer) = self.timers.next() => Woken::Answered(answer),
                () = cancel.cancelled() => Woken::Cancelled,
                () = at(self.clock.wall_deadline()) => Woken::OutOfTime,
                () = at(silence) => Woken::Silent,
            }
        };
        self.eagerness.wait(waking).await
    }

    /// Takes in what the worker said; the run's end, if that was it.
    async fn hear(&mut self, event: Event) -> Option<Result<Value, Stop>> {
        match event {
            Event::Call { call, name, arguments, at } => {
                let kind = Kind::of(&name);
                let errand = errands::answer(self.context.clone(), name, arguments, at)
                    .map(move |settlement| (call, settlement))
                    .boxed();
                match kind {
                    Kind::Timer => self.timers.push(errand),
                    Kind::Own => self.errands.push(errand),
                    Kind::Tool => {
                        self.tool_calls.insert(call);
                        self.fresh_calls.insert(call);
                        self.errands.push(errand);
                    }
                }
                None
            }
            Event::Printed(print) => {
                self.print(print);
                None
            }
            Event::Waiting(used) => {
                self.draft.used = used;
                self.fresh_calls.clear();
                self.clock.waits_for_tools(self.tool_calls.len());
                None
            }
            Event::Flooded => {
                self.stop().await;
                let message = "the script asked for and printed more at once than is kept (256 MB)";
                let failure = failure::plain("LimitError", message);
                Some(Err(Stop::new(Outcome::Exceeded, failure)))
            }
            Event::Ended(end, used) => {
                self.draft.used = used;
                Some(self.ended(end))
            }
            Event::Lost(reason) => {
                Some(Err(Stop::crashed(format!("the worker that ran this script failed: {reason}"))))
            }
        }
    }

    /// Hands over an answer, with all others that are there by now: one write wakes the worker for all.
    async fn settle(&mut self, first: (u32, Settlement)) {
        let mut answers = vec![first];
        while let Some(Some(next)) = self.errands.next().now_or_never() {
            answers.push(next);
        }
        for (call, _) in &answers {
            self.tool_calls.remove(call);
        }
        self.clock.computes();
        self.running.settle(answers, now_ms()).await;
    }

    fn print(&mut self, print: Print) {
        if self.draft.printed.len() == PRINTED_MAX {
            let warning = format!("only the first {PRINTED_MAX} printed lines were kept");
            if self.draft.warnings.last() != Some(&warning) {
                self.draft.warnings.push(warning);
            }
            return;
        }
        let level = match print.level {
            PrintLevel::Log => "log",
            PrintLevel::Warn => "warn",
            PrintLevel::Error => "error",
        };
        self.draft.printed.push(Printed { level, text: print.text });
    }

    fn ended(&self, end: End) -> Result<Value, Stop> {
        match end {
            End::Returned(None) => Ok(None),
            End::Returned(Some(json)) => self.value(json),
            End::Threw(thrown) => {
                let failure = failure::thrown(&thrown, &self.context.places());
                let by_limit = failure.name == "LimitError" || failure.code.as_deref() == Some("limit");
                let noted = self.context.limit_noted.load(Ordering::Relaxed);
                let outcome = if by_limit && noted { Outcome::Exceeded } else { Outcome::Threw };
                Err(Stop::new(outcome, failure))
            }
            End::Exceeded { limit, stack } => Err(self.exceeded(limit, &stack)),
            End::Deadlocked => {
                let message = "the script waits for a promise that nothing will ever settle";
                Err(Stop::new(Outcome::Threw, failure::plain("DeadlockError", message)))
            }
            End::Cancelled => Err(Stop::crashed("the worker gave the run up without being told to")),
            End::Crashed(reason) => {
                tracing::error!("the engine failed: {reason}");
                Err(Stop::crashed("the engine failed on this script"))
            }
        }
    }

    fn value(&self, json: Vec<u8>) -> Result<Value, Stop> {
        if json.len() as u64 > self.context.limits.value_bytes {
            return Err(self.exceeded(Limit::Value, ""));
        }
        let text = String::from_utf8(json).ok();
        match text.and_then(|text| RawValue::from_string(text).ok()) {
            Some(value) => Ok(Some(value)),
            None => {
                self.running.condemn("it returned what is no JSON");
                Err(Stop::crashed("the worker that ran this script failed: it returned what is no JSON"))
            }
        }
    }

    fn exceeded(&self, limit: Limit, stack: &str) -> Stop {
        let failure = failure::exceeded(limit, &self.context.limits, stack, &self.context.places());
        Stop::new(Outcome::Exceeded, failure)
    }

    fn give_up_when_silent(&self) {
        // The worker may have spoken of another run since the deadline was set.
        let deadline = self.clock.silence_deadline(self.running.silent_for());
        if deadline.is_some_and(|deadline| deadline <= Instant::now()) {
            self.running.condemn("it has said nothing for longer than any script may compute");
        }
    }

    /// Ends the run in its worker, or the worker.
    async fn stop(&mut self) {
        self.running.cancel().await;
        let over = timeout(CANCEL_GRACE, async {
            loop {
                match self.running.next().await {
                    Event::Ended(_, used) => {
                        self.draft.used = used;
                        return;
                    }
                    Event::Lost(_) => return,
                    Event::Printed(print) => self.print(print),
                    Event::Call { .. } | Event::Waiting(_) | Event::Flooded => {}
                }
            }
        });
        if over.await.is_err() {
            self.running.condemn("it did not end a run when it was told to");
        }
    }

    /// Waits for what the script began and did not wait for: its effects happen, so they are recorded.
    async fn settle_what_is_left(&mut self, end: &Result<Value, Stop>, cancel: &CancellationToken) {
        let left = self.tool_calls.union(&self.fresh_calls).count();
        let at_most = match end {
            // As everywhere in JavaScript, what was started is finished.
            Ok(_) => millis(self.context.limits.call_ms),
            Err(stop) => {
                self.context.ledger.close();
                match stop.outcome {
                    Outcome::Threw => millis(self.context.limits.call_ms),
                    Outcome::Cancelled => Duration::ZERO,
                    Outcome::Returned | Outcome::Refused | Outcome::Exceeded | Outcome::Crashed => {
                        LEFT_OVER_GRACE
                    }
                }
            }
        };
        if left > 0 && end.is_ok() {
            let calls = if left == 1 { "1 call was".to_owned() } else { format!("{left} calls were") };
            self.draft
                .warnings
                .push(format!("{calls} not awaited; write `await`, or `await Promise.all(…)` for several"));
        }
        if self.errands.is_empty() || at_most.is_zero() {
            return;
        }
        let done = async { while self.errands.next().await.is_some() {} };
        tokio::select! {
            _ = timeout(at_most, done) => {}
            () = cancel.cancelled() => {}
        }
    }
}

async fn at(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => sleep_until(deadline.into()).await,
        None => std::future::pending().await,
    }
}

fn millis(ms: u64) -> Duration {
    // Longer than anyone lives, short enough to be added to any instant.
    Duration::from_millis(ms.min(u64::from(u32::MAX)))
}

fn now_ms() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64() * 1e3
}
