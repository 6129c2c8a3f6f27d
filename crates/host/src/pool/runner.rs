//! One runner process and the runs it carries.
//!
//! One task reads its frames and hands each to its run; whoever has something to say writes it directly. A
//! condemned runner is killed, and every run it held hears [`Event::Lost`].

use std::{
    collections::{HashMap, HashSet},
    io,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use parking_lot::Mutex;
use serde_json::json;
use tokio::{
    process::{ChildStdin, ChildStdout},
    sync::{Notify, mpsc},
};
use tokio_util::sync::CancellationToken;
use wire::{
    End, FrameError, FromRunner, Position, Print, RunNumber, Settlement, Start, ToRunner, Used, WallState,
    encode_into,
};

use super::{
    frames::{FrameReader, encode, write},
    process::{Body, Ending, Process},
    starter::Starter,
};

/// What a run may have said that the host has not yet looked at, in bytes. A script that hands out more at
/// once is stopped, because all of it waits in the host's memory.
const QUEUED_BYTES_MAX: usize = 256 * 1024 * 1024;

/// Runs at once after which a runner keeps tens of MB, although it gives most of what each took back when it ends.
const CROWD: usize = 64;

/// What a queued frame costs beside its bytes.
const FRAME_OVERHEAD: usize = 128;

/// What a run hears from its runner.
#[derive(Debug)]
pub(crate) enum Event {
    /// The script asks for something.
    Call { call: u32, name: String, arguments: Vec<u8>, at: Option<Position> },
    /// The script printed.
    Printed(Print),
    /// The slice is over, after so many answers.
    Waiting { settled: u64, used: Used },
    /// The run is over.
    Ended(End, Used),
    /// More was handed out at once than the host keeps. The run is to be cancelled.
    Flooded,
    /// The runner is gone, and the run with it.
    Lost(Loss),
}

/// How a run lost its runner.
#[derive(Debug, Clone)]
pub(crate) struct Loss {
    pub(crate) reason: String,
    /// Somebody else ended the runner: it was no run's doing, as far as can be told.
    pub(crate) by_others: bool,
}

/// A runner process that is ready.
pub(super) struct Runner {
    input: tokio::sync::Mutex<ChildStdin>,
    runs: Mutex<HashMap<RunNumber, Run>>,
    /// It has carried a crowd.
    was_crowded: AtomicBool,
    condemned: CancellationToken,
    reason: OnceLock<String>,
    /// It has closed its input: it is on its way out.
    is_leaving: AtomicBool,
    loss: OnceLock<Loss>,
    walls: Vec<WallState>,
    capacity: usize,
    engine: Option<u64>,
    /// Told when a run has left, and another may come. Shared with the other runners.
    left: Arc<Notify>,
    began: Instant,
    /// When it last said anything, in milliseconds after `began`.
    heard_ms: AtomicU64,
}

/// A run as its runner knows it.
struct Run {
    events: mpsc::UnboundedSender<(Event, usize)>,
    queued: Arc<AtomicUsize>,
    /// Nothing can be said of it before.
    began: bool,
    flooded: bool,
    calls: HashSet<u32>,
}

/// A run's connection to its runner. Read it until [`Event::Ended`] or [`Event::Lost`].
pub(crate) struct Running {
    number: RunNumber,
    runner: Arc<Runner>,
    events: mpsc::UnboundedReceiver<(Event, usize)>,
    queued: Arc<AtomicUsize>,
    state: RunningState,
    /// Answers that were handed over.
    settled: u64,
}

/// How far a run is in its runner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum RunningState {
    /// The runner has not heard of it.
    Reserved,
    Begun,
    Over,
}

impl Runner {
    /// Starts a process. The second half is to be given to [`Self::serve`].
    pub(super) async fn start(
        starter: &Starter,
        left: &Arc<Notify>,
    ) -> Result<(Arc<Self>, Body, FrameReader<ChildStdout>), String> {
        let Process { body, input, output, walls, capacity, engine } = starter.runner().await?;
        let runner = Self {
            input: tokio::sync::Mutex::new(input),
            runs: Mutex::default(),
            was_crowded: AtomicBool::new(false),
            condemned: CancellationToken::new(),
            reason: OnceLock::new(),
            is_leaving: AtomicBool::new(false),
            loss: OnceLock::new(),
            walls,
            capacity,
            engine,
            left: left.clone(),
            began: Instant::now(),
            heard_ms: AtomicU64::new(0),
        };
        Ok((Arc::new(runner), body, output))
    }

    /// Hands every frame to its run until the process ends or is condemned. Says why.
    pub(super) async fn serve(&self, mut body: Body, mut output: FrameReader<ChildStdout>) -> String {
        let is_leaving = tokio::select! {
            () = self.condemned.cancelled() => self.is_leaving.load(Ordering::Relaxed),
            (found, has_ended) = self.read(&mut output) => {
                // From here on it is offered no run, while it is on its way out.
                self.condemn(found);
                has_ended
            }
        };
        let Ending { told, by_others } = if is_leaving { body.end().await } else { body.kill().await };
        let why = self.reason.get().map_or("", String::as_str);
        let reason = format!("{why}; {told}");
        let loss = self.loss.get_or_init(|| Loss { reason: reason.clone(), by_others });
        let lost: Vec<_> = self.runs.lock().drain().collect();
        for (_, run) in lost {
            let _ = run.events.send((Event::Lost(loss.clone()), 0));
        }
        reason
    }

    /// The walls around it, as it reported them.
    pub(super) fn walls(&self) -> &[WallState] {
        &self.walls
    }

    /// No run is to be given to it any more; it is killed.
    pub(super) fn condemn(&self, reason: impl Into<String>) {
        let _ = self.reason.set(reason.into());
        self.condemned.cancel();
    }

    /// How it ended.
    fn loss(&self) -> Loss {
        let unknown = || Loss { reason: self.reason.get().cloned().unwrap_or_default(), by_others: false };
        self.loss.get().cloned().unwrap_or_else(unknown)
    }

    /// How many runs it can carry.
    pub(super) fn capacity(&self) -> usize {
        self.capacity
    }

    /// How many runs it carries.
    pub(super) fn load(&self) -> usize {
        self.runs.lock().len()
    }

    /// Whether it can be given runs.
    pub(super) fn is_usable(&self) -> bool {
        !self.condemned.is_cancelled()
    }

    /// Waits until it carries no run so long after it has carried a crowd, and condemns it then: another in its place begins with
    /// little memory.
    pub(super) async fn is_spent(&self, idle: Duration) {
        loop {
            // Made before the look, so that none who leaves after it is missed.
            let left = self.left.notified();
            if self.was_crowded.load(Ordering::Relaxed) && self.load() == 0 {
                tokio::time::sleep(idle).await;
                if self.condemn_if_idle() {
                    return;
                }
            }
            left.await;
        }
    }

    fn condemn_if_idle(&self) -> bool {
        // Who reserves looks whether it is condemned after the entry.
        let runs = self.runs.lock();
        let is_idle = runs.is_empty();
        if is_idle {
            self.condemn("it gives back the memory of many runs");
        }
        is_idle
    }

    /// Enters a run that is still to be begun; nothing when this runner can take no more.
    pub(super) fn reserve(self: Arc<Self>, number: RunNumber) -> Option<Running> {
        let (sender, events) = mpsc::unbounded_channel();
        let queued = Arc::new(AtomicUsize::new(0));
        let run = Run {
            events: sender,
            queued: queued.clone(),
            began: false,
            flooded: false,
            calls: HashSet::new(),
        };
        let mut runs = self.runs.lock();
        if runs.len() >= self.capacity {
            return None;
        }
        runs.insert(number, run);
        self.was_crowded.fetch_or(runs.len() > CROWD, Ordering::Relaxed);
        drop(runs);
        let running =
            Running { number, runner: self, events, queued, state: RunningState::Reserved, settled: 0 };
        // Between the look at its state and this entry it may have ended without telling this run.
        running.runner.is_usable().then_some(running)
    }

    fn remove(&self, number: RunNumber) -> Option<Run> {
        let removed = self.runs.lock().remove(&number);
        self.left.notify_waiters();
        removed
    }

    async fn send(&self, message: &ToRunner) -> Result<(), String> {
        let frame = encode(message).map_err(|error| error.to_string())?;
        self.send_frames(&frame).await
    }

    async fn send_frames(&self, frames: &[u8]) -> Result<(), String> {
        let mut input = self.input.lock().await;
        // A write that is given up half-way leaves half a frame behind.
        let half_written = CondemnOnDrop(Some(self));
        let written = write(&mut *input, frames).await;
        match written {
            Ok(()) => half_written.defuse(),
            Err(error) => {
                let has_ended =
                    matches!(&error, FrameError::Io(error) if error.kind() == io::ErrorKind::BrokenPipe);
                self.is_leaving.fetch_or(has_ended, Ordering::Relaxed);
                return Err(format!("the worker does not listen: {error}"));
            }
        }
        Ok(())
    }

    /// Why nothing more comes from the worker, and whether that is because it has ended.
    async fn read(&self, output: &mut FrameReader<ChildStdout>) -> (String, bool) {
        loop {
            match output.next::<FromRunner>().await {
                Ok((frame, bytes)) => {
                    let now = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX);
                    self.heard_ms.store(now, Ordering::Relaxed);
                    if let Err(reason) = self.dispatch(frame, bytes) {
                        return (format!("the worker broke the protocol: {reason}"), false);
                    }
                }
                Err(FrameError::Closed) => return ("the worker ended".to_owned(), true),
                // Half a frame is what a worker leaves that is killed while it speaks.
                Err(FrameError::Io(error)) => return (format!("the worker ended: {error}"), true),
                Err(error) => return (format!("the worker broke the protocol: {error}"), false),
            }
        }
    }

    fn dispatch(&self, frame: FromRunner, bytes: usize) -> Result<(), String> {
        let (number, event) = match frame {
            FromRunner::Ready { .. } => return Err("it said twice that it is ready".to_owned()),
            FromRunner::Call { run, call, name, arguments, at } => {
                (run, Event::Call { call, name, arguments, at })
            }
            FromRunner::Printed { run, print } => (run, Event::Printed(print)),
            FromRunner::Waiting { run, settled, used } => (run, Event::Waiting { settled, used }),
            FromRunner::Ended { run, end, used } => (run, Event::Ended(end, used)),
        };
        let mut runs = self.runs.lock();
        let Some(run) = runs.get_mut(&number).filter(|run| run.began) else {
            return Err(format!("it spoke of run {}, which it does not hold", number.0));
        };
        if let Event::Call { call, .. } = &event
            && !run.calls.insert(*call)
        {
            return Err(format!("it asked call {call} twice"));
        }
        let last = matches!(event, Event::Ended(..));
        run.deliver(event, bytes + FRAME_OVERHEAD);
        drop(runs);
        if last {
            self.remove(number);
        }
        Ok(())
    }
}

impl Run {
    fn deliver(&mut self, event: Event, bytes: usize) {
        let is_end = matches!(event, Event::Ended(..));
        if self.flooded && !is_end {
            return;
        }
        let queued = self.queued.fetch_add(bytes, Ordering::Relaxed) + bytes;
        if queued > QUEUED_BYTES_MAX && !is_end {
            self.flooded = true;
            let _ = self.events.send((Event::Flooded, bytes));
        } else {
            let _ = self.events.send((event, bytes));
        }
    }
}

impl Running {
    /// Its number in the life of the host.
    pub(super) fn number(&self) -> RunNumber {
        self.number
    }

    /// Begins the run. On an error the runner is condemned, and another may be tried.
    pub(super) async fn begin(&mut self, start: Start) -> Result<(), String> {
        match self.runner.runs.lock().get_mut(&self.number) {
            Some(run) => run.began = true,
            None => return Err("the worker ended".to_owned()),
        }
        self.runner.send(&ToRunner::Start(Box::new(start))).await?;
        self.state = RunningState::Begun;
        Ok(())
    }

    /// The walls around its runner.
    pub(crate) fn walls(&self) -> &[WallState] {
        self.runner.walls()
    }

    /// The fingerprint of its engine, where a run in it can be repeated.
    pub(crate) fn engine(&self) -> Option<u64> {
        self.runner.engine
    }

    /// What the run says next. Losing the future loses nothing.
    pub(crate) async fn next(&mut self) -> Event {
        let Some((event, bytes)) = self.events.recv().await else {
            self.state = RunningState::Over;
            return Event::Lost(self.runner.loss());
        };
        self.queued.fetch_sub(bytes, Ordering::Relaxed);
        if matches!(event, Event::Ended(..) | Event::Lost(_)) {
            self.state = RunningState::Over;
        }
        event
    }

    /// Answers calls, all in one write. A failure shows as [`Event::Lost`].
    pub(crate) async fn settle(&mut self, answers: Vec<(u32, Settlement)>, now_ms: f64) {
        let run = self.number;
        self.settled += answers.len() as u64;
        let mut frames = Vec::new();
        for (call, with) in answers {
            let settled = encode_into(&ToRunner::Settle { run, call, with, now_ms }, &mut frames);
            let settled = settled.or_else(|error| {
                let message = format!("the answer cannot be handed over: {error}");
                let fields = json!({"name": "Error", "message": message}).to_string();
                let with = Settlement::Reject(fields.into_bytes());
                encode_into(&ToRunner::Settle { run, call, with, now_ms }, &mut frames)
            });
            if let Err(error) = settled {
                return self.runner.condemn(error.to_string());
            }
        }
        let _ = self.runner.send_frames(&frames).await;
    }

    /// Whether the runner has read all that was handed over, where it has read so many answers.
    pub(crate) fn has_read_all(&self, settled: u64) -> bool {
        settled == self.settled
    }

    /// Asks for the run's end. [`Event::Ended`] follows.
    pub(crate) async fn cancel(&self) {
        let _ = self.runner.send(&ToRunner::Cancel { run: self.number }).await;
    }

    /// Gives the runner up: it is killed, and all runs it holds with it.
    pub(crate) fn condemn(&self, reason: impl Into<String>) {
        self.runner.condemn(reason);
    }

    /// How many runs its runner carries, this one counted.
    pub(crate) fn company(&self) -> usize {
        self.runner.load()
    }

    /// How long the runner has said nothing, about any of its runs.
    pub(crate) fn silent_for(&self) -> Duration {
        let heard = Duration::from_millis(self.runner.heard_ms.load(Ordering::Relaxed));
        self.runner.began.elapsed().saturating_sub(heard)
    }
}

impl Drop for Running {
    /// A run that is left before its end is cancelled; its last frames go nowhere.
    fn drop(&mut self) {
        match self.state {
            RunningState::Over => return,
            RunningState::Reserved => return drop(self.runner.remove(self.number)),
            RunningState::Begun => {}
        }
        let (runner, run) = (self.runner.clone(), self.number);
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move { runner.send(&ToRunner::Cancel { run }).await });
        } else {
            runner.condemn("a run was left before its end");
        }
    }
}

/// Condemns a runner unless it is told in time that all went well.
struct CondemnOnDrop<'a>(Option<&'a Runner>);

impl CondemnOnDrop<'_> {
    fn defuse(mut self) {
        self.0 = None;
    }
}

impl Drop for CondemnOnDrop<'_> {
    fn drop(&mut self) {
        if let Some(runner) = self.0 {
            runner.condemn("the worker does not listen");
        }
    }
}
