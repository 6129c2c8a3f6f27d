//! A run in its worker: events in, answers out, until it is over.

mod again;
mod ended;
mod revival;
mod start;

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::Arc,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use futures_util::{FutureExt, StreamExt, future::BoxFuture, stream::FuturesUnordered};
use tokio::time::sleep_until;
use tokio_util::sync::CancellationToken;
use tools::ToolId;
use wire::{AskKind, Limit, OUTSTANDING_MAX, Position, Print, Settlement, Start};

pub(super) use start::Beginning;

use revival::Tallies;
use start::Launched;

use super::{
    Context, Draft, Stop, Value,
    clock::Clock,
    errands, failure,
    progress::Stage,
    replay::{Ask, Before, Replay, Then},
};
use crate::{
    admission::{Admitted, Permit},
    eager::Eagerness,
    journal::Request,
    pool::{Event, Running},
    private::Said,
    record::{Outcome, Printed},
};

/// Lines of output that are kept, empty ones included; bytes have a limit of their own.
const PRINTED_MAX: usize = 10_000;

/// Answers that may lie in the worker unread, in bytes, while its script computes: they are outside the script's own
/// memory.
const UNREAD_BYTES_MAX: usize = 16 * 1024 * 1024;

/// A run's share of the processors.
pub(super) struct Processor<'a> {
    pub(super) admitted: &'a Admitted,
    /// There while the run computes.
    pub(super) slice: Option<Permit>,
}

/// Executes a script that was parsed and checked.
pub(super) async fn execute(
    context: &Arc<Context>,
    beginning: Beginning,
    mut processor: Processor<'_>,
    cancel: &CancellationToken,
    draft: &mut Draft,
) -> Result<Value, Stop> {
    let Launched { running, start, engine, replay } =
        start::launch(context, beginning, &mut processor, cancel, draft).await?;
    if let (Some(private), true) = (&context.private, replay.is_some()) {
        // What its calls answered in the past is not answered by servers again.
        private.search_from_now();
    }
    let mut execution = Execution {
        context,
        running: Some(running),
        slice_ms: start.now_ms,
        unheard: Some(Box::new(start)),
        engine,
        tallies: Tallies::default(),
        moves: 0,
        waits_since: None,
        processor,
        clock: Clock::start(millis(context.limits.wall_ms), millis(context.limits.cpu_ms)),
        errands: FuturesUnordered::new(),
        timers: FuturesUnordered::new(),
        tool_calls: HashSet::new(),
        fresh_calls: HashSet::new(),
        eagerness: Eagerness::default(),
        asked_at: BTreeMap::new(),
        requests: HashMap::new(),
        asked_ms: HashMap::new(),
        replay,
        compared: HashSet::new(),
        calls_left: context.limits.calls,
        print_left: context.limits.printed_bytes,
        unread_bytes: 0,
        draft,
    };
    let end = execution.until_the_end(cancel).await;
    execution.take_what_is_left();
    execution.go_on_live();
    execution.processor.slice = None;
    execution.clock.stop();
    execution.draft.wall = execution.clock.used();
    execution.settle_what_is_left(&end, cancel).await;
    end
}

/// A call's number and its answer.
type Errand = BoxFuture<'static, (u32, Settlement)>;

struct Execution<'a> {
    context: &'a Arc<Context>,
    /// Not there while the run hibernates.
    running: Option<Running>,
    /// What the engine was given, until anything was heard of it.
    unheard: Option<Box<Start>>,
    /// The fingerprint of the engine, where the run can be repeated.
    engine: Option<u64>,
    tallies: Tallies,
    /// How often the run lost its runner and went on in another.
    moves: u32,
    /// Since when the run only waits.
    waits_since: Option<Instant>,
    processor: Processor<'a>,
    clock: Clock,
    /// What the script asked for and has no answer to, timers left out.
    errands: FuturesUnordered<Errand>,
    timers: FuturesUnordered<Errand>,
    /// Which of the errands are calls of tools.
    tool_calls: HashSet<u32>,
    /// Calls of tools that were asked for in this slice: no answer can have reached the script.
    fresh_calls: HashSet<u32>,
    eagerness: Eagerness,
    /// Where each call without an answer was asked for, the latest last.
    asked_at: BTreeMap<u32, Position>,
    /// What each of them asks for, where a journal is kept.
    requests: HashMap<u32, Request>,
    /// The clock of the slice in which each of them was asked for.
    asked_ms: HashMap<u32, f64>,
    /// The clock of this slice, in milliseconds since 1970.
    slice_ms: f64,
    /// What the journal answers, until all of it is handed over.
    replay: Option<Replay>,
    /// Tools of which it is known whether they are what they were.
    compared: HashSet<ToolId>,
    calls_left: u64,
    print_left: u64,
    /// Answers handed over since the worker last said that it waits, in bytes.
    unread_bytes: usize,
    draft: &'a mut Draft,
}

/// What woke the run up.
enum Woken {
    Said(Said),
    Answered((u32, Settlement)),
    Cancelled,
    OutOfTime,
    Silent,
    /// What was noted is to be written.
    JournalDue,
    /// The run has waited for so long that it leaves its runner.
    LongWaiting,
}

impl Execution<'_> {
    async fn until_the_end(&mut self, cancel: &CancellationToken) -> Result<Value, Stop> {
        loop {
            match self.wake(cancel).await {
                Woken::Said(said) => {
                    if let Some(end) = self.hear(said, cancel).await {
                        return end;
                    }
                }
                Woken::Answered(answer) => {
                    if self.may_compute(cancel).await {
                        self.settle(answer, cancel).await?;
                    }
                }
                Woken::Cancelled => {
                    self.stop().await;
                    return Err(Stop::cancelled());
                }
                Woken::OutOfTime => {
                    let waits = self.asked_at.values().next_back().copied();
                    let stood = self.stop().await;
                    let stack = Some(stood).filter(|stack| !stack.is_empty());
                    return Err(self.exceeded(Limit::Wall, &stack.unwrap_or_else(|| frame(waits))));
                }
                Woken::Silent => self.give_up_when_silent(),
                Woken::JournalDue => self.context.journal.write().await,
                Woken::LongWaiting => self.hibernate().await,
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
        // What is repeated is answered from the journal.
        let takes = !self.is_repeating() && self.context.takes_answers();
        let has_room = takes && self.unread_bytes < UNREAD_BYTES_MAX;
        let journal_due = self.context.journal.due();
        let silence = self.silence_deadline();
        let hibernates_at = self.hibernates_at();
        let waking = async {
            tokio::select! {
                biased;
                said = next(&mut self.running) => Woken::Said(said),
                Some(answer) = self.errands.next(), if has_room => Woken::Answered(answer),
                Some(answer) = self.timers.next(), if takes => Woken::Answered(answer),
                () = cancel.cancelled() => Woken::Cancelled,
                () = at(self.clock.wall_deadline()) => Woken::OutOfTime,
                () = at(silence) => Woken::Silent,
                () = at(journal_due) => Woken::JournalDue,
                () = at(hibernates_at) => Woken::LongWaiting,
            }
        };
        self.eagerness.wait(waking).await
    }

    /// Takes in what the worker said; the run's end, if that was it.
    async fn hear(&mut self, said: Said, cancel: &CancellationToken) -> Option<Result<Value, Stop>> {
        let event = match said.opened(self.context.private.as_ref()).await {
            Ok(event) => event,
            Err(error) => {
                self.stop().await;
                return Some(Err(Stop::not_private(&error)));
            }
        };
        if !matches!(event, Event::Lost(_)) {
            self.unheard = None;
        }
        match event {
            Event::Call { call, name, arguments, at } => {
                let request = Request { name, arguments };
                let ask = Ask { call, request, at, slice_ms: self.slice_ms, rest_ms: None };
                self.asked(ask).await.err().map(Err)
            }
            Event::Printed(print) => {
                if self.print(print).is_err() {
                    let stack = self.stop().await;
                    return Some(Err(self.exceeded(Limit::Printed, &stack)));
                }
                None
            }
            Event::Waiting { settled, used } => {
                self.draft.used = used;
                self.fresh_calls.clear();
                // Else it computes: the last answer was handed over when this was on its way.
                let waits = self.running.as_ref().is_some_and(|running| running.has_read_all(settled));
                if waits { self.waits().await } else { None }
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
            Event::Lost(loss) => self.lost(loss, cancel).await.err().map(Err),
        }
    }

    /// Takes in that the script computes no more until it is answered; the run's end, if nothing is to come.
    async fn waits(&mut self) -> Option<Result<Value, Stop>> {
        if self.is_repeating_less() {
            return Some(Err(self.differs("it did not ask for all again").await));
        }
        match &self.replay {
            Some(replay) if replay.has_answer() => return self.go_on_from_past().await,
            Some(replay) if replay.stops() => return Some(Err(self.answers_end().await)),
            Some(_) => self.go_on_live(),
            None => {}
        }
        self.processor.slice = None;
        self.unread_bytes = 0;
        self.clock.waits_for_tools(self.tool_calls.len());
        self.waits_since = Some(Instant::now());
        self.context.progress.is(Stage::Waiting);
        None
    }

    /// Takes in what the script asks for. An error ends the run.
    async fn asked(&mut self, ask: Ask) -> Result<(), Stop> {
        let is_tool = AskKind::of(&ask.request.name) == AskKind::Tool;
        if self.tallies.calls.is_new() {
            // An honest worker stops the script before.
            if (self.errands.len() + self.timers.len()) as u64 >= OUTSTANDING_MAX {
                return Err(self.broken("it asked for more at once than any script may"));
            }
            if is_tool {
                // Kept here for every engine, and not only told to the script, which could let it pass.
                let Some(left) = self.calls_left.checked_sub(1) else {
                    self.stop().await;
                    return Err(self.exceeded(Limit::Calls, &frame(ask.at)));
                };
                self.calls_left = left;
            }
        } else if let Some(under_way) = self.requests.get(&ask.call) {
            if *under_way != ask.request {
                return Err(self.differs("it asked for something else than it waits for").await);
            }
            self.pass(&ask.request);
            return Ok(());
        }
        self.asked_at.extend(ask.at.map(|at| (ask.call, at)));
        if is_tool {
            self.tool_calls.insert(ask.call);
            self.fresh_calls.insert(ask.call);
        }
        self.ask(ask);
        Ok(())
    }

    /// Waits until the run may compute, while its clock stands still. False when it was cancelled meanwhile.
    async fn may_compute(&mut self, cancel: &CancellationToken) -> bool {
        if self.processor.slice.is_some() {
            return true;
        }
        self.clock.stop();
        self.context.progress.is(Stage::Queued);
        let asked = Instant::now();
        let slice = tokio::select! {
            biased;
            slice = self.processor.admitted.slice() => Some(slice),
            () = cancel.cancelled() => None,
        };
        self.draft.queued += asked.elapsed();
        self.processor.slice = slice;
        self.processor.slice.is_some()
    }

    /// Hands over an answer, with all others that are there by now: one write wakes the worker for all.
    async fn settle(&mut self, first: (u32, Settlement), cancel: &CancellationToken) -> Result<(), Stop> {
        self.unread_bytes += first.1.bytes();
        let mut answers = vec![first];
        while self.unread_bytes < UNREAD_BYTES_MAX
            && let Some(Some(next)) = self.errands.next().now_or_never()
        {
            self.unread_bytes += next.1.bytes();
            answers.push(next);
        }
        for (call, _) in &answers {
            self.tool_calls.remove(call);
            self.asked_at.remove(call);
        }
        self.clock.computes();
        self.context.progress.is(Stage::Computing);
        self.slice_ms = now_ms();
        self.waits_since = None;
        self.context.progress.ledger.plan().hands_over();
        let answers = self.noted(answers);
        self.context.journal.keep_up().await;
        if self.running.is_none() {
            // They are the last in the journal by now.
            return self.go_on_elsewhere(cancel).await;
        }
        self.hand_over(answers).await;
        Ok(())
    }

    async fn hand_over(&mut self, mut answers: Vec<(u32, Settlement)>) {
        if let Some(private) = &self.context.private {
            for (_, with) in &mut answers {
                *with = private.told(std::mem::replace(with, Settlement::Undefined)).await;
            }
        }
        if let Some(running) = &mut self.running {
            running.settle(answers, self.slice_ms).await;
        }
    }

    /// Keeps what was printed, unless there is more of it than may be.
    fn print(&mut self, print: Print) -> Result<(), Limit> {
        if !self.tallies.prints.is_new() {
            return Ok(());
        }
        let left = self.print_left.checked_sub(print.text.len() as u64);
        self.print_left = left.ok_or(Limit::Printed)?;
        let mut printed = self.context.progress.printed();
        if printed.len() == PRINTED_MAX {
            let warning = format!("only the first {PRINTED_MAX} printed lines were kept");
            if self.draft.warnings.last() != Some(&warning) {
                self.draft.warnings.push(warning);
            }
            return Ok(());
        }
        printed.push(Printed { level: print.level, text: print.text });
        Ok(())
    }

    /// The worker did what no honest one does: it is killed, and the run with it.
    fn broken(&self, reason: &str) -> Stop {
        self.condemn(reason);
        worker_failed(reason)
    }

    fn exceeded(&self, limit: Limit, stack: &str) -> Stop {
        let failure = failure::exceeded(limit, &self.context.limits, stack, &self.context.places.lock());
        Stop::new(Outcome::Exceeded, failure)
    }

    fn give_up_when_silent(&self) {
        // The worker may have spoken of another run since the deadline was set.
        if self.silence_deadline().is_some_and(|deadline| deadline <= Instant::now()) {
            self.condemn("it has said nothing for longer than any script may compute");
        }
    }

    fn silence_deadline(&self) -> Option<Instant> {
        let running = self.running.as_ref()?;
        self.clock.silence_deadline(running.silent_for(), running.company())
    }

    fn condemn(&self, reason: &str) {
        if let Some(running) = &self.running {
            running.condemn(reason);
        }
    }
}

/// What the runner says next; nothing while there is none.
async fn next(running: &mut Option<Running>) -> Said {
    match running {
        Some(running) => running.next().await.into(),
        None => std::future::pending().await,
    }
}

fn worker_failed(reason: &str) -> Stop {
    Stop::crashed(format!("the worker that ran this script failed: {reason}"))
}

/// A place in the script's code as a frame of its stack.
fn frame(at: Option<Position>) -> String {
    at.map(|at| format!("    at {}:{}:{}", wire::MAIN, at.line, at.column)).unwrap_or_default()
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
