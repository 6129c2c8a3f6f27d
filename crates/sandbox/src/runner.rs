//! The worker that runs scripts: many runs at once on a few threads.
//!
//! Threads take turns at reading (leader and followers, see `lead`): the one that reads a message does the work
//! itself, so no message changes threads, and a script that computes for long holds up nobody.
//! What a slice says is written at once, when it is over.

use std::{
    any::Any,
    collections::{HashMap, VecDeque},
    fs::File,
    io::{self, Write},
    os::fd::AsFd,
    panic::{AssertUnwindSafe, catch_unwind},
    process::ExitCode,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
        mpsc,
    },
    thread,
};

use parking_lot::Mutex;
use wire::{End, FrameError, FromRunner, RunNumber, Start, ToRunner, Used, WIRE_VERSION, Wall};

use crate::{
    engine::{self, Engine, Input, Instance, Reader, WASM_STACK_BYTES},
    lead::{Lead, Leadership},
    reclaim::give_back_after,
    walls::Walls,
};

/// The native stack of a thread that runs a guest: the guest's own, and room for the host below it. With less, a
/// guest could end the whole process.
const THREAD_STACK_BYTES: usize = WASM_STACK_BYTES + 2 * 1024 * 1024;

/// Threads at most. Only scripts computing at this very moment need one, so this is far more than any machine
/// keeps busy; beyond it messages wait.
const THREADS_MAX: usize = 128;

/// Threads without work that stay for the next message.
const IDLE_MAX: usize = 4;

/// `narrows worker run`: reads `ToRunner` frames on stdin, answers `FromRunner` on stdout, ends with stdin.
pub fn runner_main() -> ExitCode {
    run_behind(Walls::new(Vec::new()))
}

/// The same without a single wall, to measure what they cost. Not a command of `narrows`.
pub fn bare_runner_main() -> ExitCode {
    run_behind(Walls::new(Wall::ALL.to_vec()))
}

fn run_behind(mut walls: Walls) -> ExitCode {
    walls.raise_first();
    match Worker::new().and_then(|(worker, over)| worker.lives(walls, &over)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            let _ = writeln!(io::stderr(), "error: the runner cannot work: {reason}");
            ExitCode::FAILURE
        }
    }
}

/// How the process ends: with stdin, or with a reason.
type Over = Result<(), String>;

/// Everything the threads share.
struct Worker {
    engine: Engine,
    lead: Leadership<Work>,
    output: Mutex<File>,
    runs: Mutex<HashMap<RunNumber, Arc<Run>>>,
    threads: AtomicUsize,
    over: mpsc::Sender<Over>,
}

/// One run as the worker knows it.
struct Run {
    number: RunNumber,
    reader: Arc<Reader>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Answers not yet given to the instance, in the order they came.
    inbox: VecDeque<Input>,
    /// The instance, when no thread works on it.
    resting: Option<Box<Instance>>,
}

/// What a message asks of the thread that read it.
enum Work {
    Begin(Arc<Run>, Box<Start>),
    GoOn(Arc<Run>, Box<Instance>),
    Drop(Arc<Run>, Box<Instance>),
}

impl Worker {
    fn new() -> Result<(Arc<Self>, mpsc::Receiver<Over>), String> {
        let engine = Engine::new().map_err(|error| format!("{error:#}"))?;
        let input = io::stdin().as_fd().try_clone_to_owned().map_err(|error| error.to_string())?;
        let output = io::stdout().as_fd().try_clone_to_owned().map_err(|error| error.to_string())?;
        let (over, receiver) = mpsc::channel();
        let worker = Self {
            engine,
            lead: Leadership::new(input.into()),
            output: Mutex::new(output.into()),
            runs: Mutex::default(),
            threads: AtomicUsize::new(0),
            over,
        };
        Ok((Arc::new(worker), receiver))
    }

    /// Works until stdin ends. Threads still computing then end with the process.
    fn lives(self: Arc<Self>, walls: Walls, over: &mpsc::Receiver<Over>) -> Result<(), String> {
        let (walls, capacity) = (walls.raise_last(), self.engine.slots());
        let ready =
            FromRunner::Ready { version: WIRE_VERSION, walls, capacity, engine: engine::fingerprint() };
        wire::write_frame(&ready, &mut *self.output.lock()).map_err(|error| error.to_string())?;
        let worker = Arc::clone(&self);
        self.engine.start_clock(move || worker.relieve()).map_err(|error| error.to_string())?;
        self.spawn();
        over.recv().unwrap_or(Ok(()))
    }

    fn spawn(self: &Arc<Self>) {
        self.threads.fetch_add(1, SeqCst);
        let worker = Arc::clone(self);
        let spawned = thread::Builder::new()
            .name("runner".into())
            .stack_size(THREAD_STACK_BYTES)
            .spawn(move || worker.follow());
        if spawned.is_err() && self.threads.fetch_sub(1, SeqCst) == 1 {
            let _ = self.over.send(Err("no thread could be started".into()));
        }
    }

    /// The life of a thread: take the lead, find work, leave the lead, work.
    fn follow(self: &Arc<Self>) {
        while let Some(mut lead) = self.lead.take(IDLE_MAX) {
            match self.find_work(&mut lead) {
                Ok(work) => {
                    if self.lead.leave(lead) {
                        self.hand_over();
                    }
                    self.do_work(work);
                }
                Err(FrameError::Closed) => return self.is_over(Ok(())),
                Err(error) => return self.is_over(Err(error.to_string())),
            }
        }
        self.threads.fetch_sub(1, SeqCst);
    }

    /// Reads until there is something to do. Everything that has come is read first: answers to a run that is at
    /// work already are its own to take.
    fn find_work(&self, lead: &mut Lead<Work>) -> Result<Work, FrameError> {
        loop {
            while lead.ready.is_empty() || lead.has_whole_frame() {
                let message = lead.read()?;
                lead.ready.extend(self.receive(message));
            }
            if let Some(work) = lead.ready.pop_front() {
                return Ok(work);
            }
        }
    }

    /// At every tick: a thread that has computed for that long must not keep messages from being read.
    fn relieve(self: &Arc<Self>) {
        if self.lead.is_left() {
            self.hand_over();
        }
    }

    /// Sees to it that a thread takes the lead.
    fn hand_over(self: &Arc<Self>) {
        if !self.lead.call() && self.threads.load(SeqCst) < THREADS_MAX {
            self.spawn();
        }
    }

    fn is_over(&self, how: Over) {
        let _ = self.over.send(how);
    }

    fn receive(&self, message: ToRunner) -> Option<Work> {
        match message {
            ToRunner::Start(start) => {
                let run =
                    Arc::new(Run { number: start.run, reader: Arc::default(), state: Mutex::default() });
                self.runs.lock().insert(start.run, Arc::clone(&run));
                Some(Work::Begin(run, start))
            }
            ToRunner::Settle { run, call, with, now_ms } => {
                let run = self.run(run)?;
                let input = Input { call, with, now_ms };
                give_back_after(input.bytes() as usize);
                run.reader.waiting_bytes.fetch_add(input.bytes(), SeqCst);
                let mut state = run.state.lock();
                state.inbox.push_back(input);
                let resting = state.resting.take();
                drop(state);
                resting.map(|instance| Work::GoOn(run, instance))
            }
            ToRunner::Cancel { run } => {
                let run = self.run(run)?;
                run.reader.cancelled.store(true, SeqCst);
                let resting = run.state.lock().resting.take();
                resting.map(|instance| Work::Drop(run, instance))
            }
        }
    }

    fn run(&self, number: RunNumber) -> Option<Arc<Run>> {
        self.runs.lock().get(&number).cloned()
    }

    fn do_work(&self, work: Work) {
        let _at_work = self.engine.at_work();
        match work {
            Work::Begin(run, start) => self.guarded(&run, || self.begin(&run, &start)),
            Work::GoOn(run, instance) => self.guarded(&run, || self.go_on(&run, instance)),
            Work::Drop(run, instance) => self.guarded(&run, || self.cancel(&run, instance)),
        }
    }

    /// A panic costs the run, never the process.
    fn guarded(&self, run: &Run, work: impl FnOnce()) {
        if let Err(panic) = catch_unwind(AssertUnwindSafe(work)) {
            self.end(
                run,
                End::Crashed(format!("the runner panicked: {}", words_of(&*panic))),
                Used::default(),
            );
        }
    }

    fn begin(&self, run: &Run, start: &Start) {
        match Instance::new(&self.engine, start, &run.reader) {
            Ok(mut instance) => {
                let goes_on = instance.start(start);
                self.after_slice(run, Box::new(instance), goes_on);
            }
            Err(error) => self.end(run, End::Crashed(format!("no instance: {error:#}")), Used::default()),
        }
    }

    fn go_on(&self, run: &Run, instance: Box<Instance>) {
        self.after_slice(run, instance, true);
    }

    /// Works off the inbox, one slice for each answer: so the order of answers alone decides what a run does.
    fn after_slice(&self, run: &Run, mut instance: Box<Instance>, mut goes_on: bool) {
        while goes_on {
            let Some(input) = run.state.lock().inbox.pop_front() else {
                // Written before the instance rests: the thread that works on it next writes later.
                instance.say_waiting();
                self.write(&instance.take_frames());
                match self.rest(run, instance) {
                    Some(awake) => instance = awake,
                    None => return,
                }
                continue;
            };
            goes_on = instance.go_on(input);
        }
        let frames = instance.take_frames();
        // Its slot is free before the host hears of the end and may start another.
        drop(instance);
        self.runs.lock().remove(&run.number);
        self.write(&frames);
    }

    /// Leaves the instance to the thread that receives its next answer; hands it back when one came in the meantime.
    fn rest(&self, run: &Run, instance: Box<Instance>) -> Option<Box<Instance>> {
        let mut state = run.state.lock();
        if !state.inbox.is_empty() {
            return Some(instance);
        }
        if !run.reader.cancelled.load(SeqCst) {
            state.resting = Some(instance);
            return None;
        }
        drop(state);
        self.cancel(run, instance);
        None
    }

    fn cancel(&self, run: &Run, mut instance: Box<Instance>) {
        let frames = instance.take_frames();
        let used = instance.used();
        drop(instance);
        self.write(&frames);
        self.end(run, End::Cancelled { stack: String::new() }, used);
    }

    fn end(&self, run: &Run, end: End, used: Used) {
        self.runs.lock().remove(&run.number);
        let mut frames = Vec::new();
        if wire::encode_into(&FromRunner::Ended { run: run.number, end, used }, &mut frames).is_ok() {
            self.write(&frames);
        }
    }

    fn write(&self, frames: &[u8]) {
        give_back_after(frames.len());
        if let Err(error) = self.output.lock().write_all(frames) {
            self.is_over(Err(format!("the host does not listen: {error}")));
        }
    }
}

fn words_of(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("without a word")
}
