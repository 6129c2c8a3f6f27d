//! The worker that keeps a Deno for every run: started ahead of need, watched, and used for one script only.

use std::{
    collections::{HashMap, VecDeque},
    fs::File,
    io::{self, BufReader, Write},
    os::fd::AsFd,
    sync::{Arc, mpsc},
    thread,
};

use parking_lot::Mutex;
use wire::{End, FrameError, FromRunner, RunNumber, Start, ToRunner, WIRE_VERSION, WallState};

use super::{
    child::{Child, Death, Recipe, Voice},
    frames::Silence,
    run::{Next, Run},
    watch,
};

/// Processes that wait for a script. One takes about a tenth of a second to start, of a processor's time: two are
/// there for a script that follows on the heels of another.
const SPARES: usize = 2;

/// Processes at most, of some 40 MB each before a script has anything. More runs wait for one of them to end.
const PROCESSES_MAX: usize = 32;

/// So many starts in a row fail before the runs that wait for one are given up.
const FAILURES_MAX: usize = 3;

/// A run and what it begins with.
type Job = (Arc<Run>, Box<Start>);

/// Everything the threads share.
pub(super) struct Supervisor {
    recipe: Recipe,
    output: Mutex<File>,
    state: Mutex<State>,
    watched: watch::Watched,
    /// Hears of the first process: its walls, or why there is none.
    first: mpsc::Sender<Result<Vec<WallState>, String>>,
}

#[derive(Default)]
struct State {
    runs: HashMap<RunNumber, Arc<Run>>,
    /// Runs without a process, first come first.
    queue: VecDeque<Job>,
    /// Where processes wait for a run.
    spares: Vec<mpsc::Sender<Job>>,
    starting: usize,
    working: usize,
    failures: usize,
}

/// Reads `ToRunner` frames until stdin ends.
pub(super) fn live(recipe: Recipe) -> Result<(), String> {
    let input = io::stdin().as_fd().try_clone_to_owned().map_err(|error| error.to_string())?;
    let output = io::stdout().as_fd().try_clone_to_owned().map_err(|error| error.to_string())?;
    let (first, started) = mpsc::channel();
    let supervisor = Arc::new(Supervisor {
        recipe,
        output: Mutex::new(output.into()),
        state: Mutex::default(),
        watched: watch::Watched::default(),
        first,
    });
    supervisor.watched.start().map_err(|error| error.to_string())?;
    supervisor.refill();
    let walls = started.recv().unwrap_or_else(|_| Err("no process was started".to_owned()))?;
    drop(started);
    let capacity = PROCESSES_MAX as u32;
    supervisor.say(&FromRunner::Ready { version: WIRE_VERSION, walls, capacity, engine: None });
    let mut input = BufReader::new(File::from(input));
    loop {
        match wire::read_frame(&mut input) {
            Ok(message) => supervisor.receive(message),
            // The processes end with their threads, and those with this process.
            Err(FrameError::Closed) => return Ok(()),
            Err(error) => return Err(error.to_string()),
        }
    }
}

impl Supervisor {
    fn receive(self: &Arc<Self>, message: ToRunner) {
        match message {
            ToRunner::Start(start) => self.begin(start),
            ToRunner::Settle { run, call, with, now_ms } => {
                if let Some(run) = self.run(run) {
                    self.write(&run.settle(call, with, now_ms));
                }
            }
            ToRunner::Cancel { run } => self.cancel(run),
        }
    }

    fn begin(self: &Arc<Self>, start: Box<Start>) {
        let run = Arc::new(Run::new(&start));
        let mut state = self.state.lock();
        state.runs.insert(run.number, Arc::clone(&run));
        let mut job = (run, start);
        // A spare whose thread is gone takes nothing.
        while let Some(spare) = state.spares.pop() {
            match spare.send(job) {
                Ok(()) => {
                    drop(state);
                    return self.refill();
                }
                Err(mpsc::SendError(back)) => job = back,
            }
        }
        let frames = job.0.waits();
        state.queue.push_back(job);
        drop(state);
        self.write(&frames);
        self.refill();
    }

    fn cancel(&self, number: RunNumber) {
        let Some(run) = self.run(number) else { return };
        run.cancel();
        let mut state = self.state.lock();
        let before = state.queue.len();
        state.queue.retain(|(queued, _)| queued.number != number);
        if state.queue.len() < before {
            state.runs.remove(&number);
            drop(state);
            self.say(&run.over_without(End::Cancelled { stack: String::new() }));
        }
    }

    /// Starts processes until enough are there or on their way.
    fn refill(self: &Arc<Self>) {
        let mut state = self.state.lock();
        while state.spares.len() + state.starting < SPARES + state.queue.len()
            && state.spares.len() + state.starting + state.working < PROCESSES_MAX
        {
            let supervisor = Arc::clone(self);
            let life =
                thread::Builder::new().name("deno".into()).spawn(move || supervisor.life_of_a_process());
            if let Err(error) = life {
                drop(state);
                return self.failed(error.to_string());
            }
            state.starting += 1;
        }
    }

    /// A thread's life: it starts a process, waits for a run, and stays with both to their end. The process dies
    /// with the thread.
    fn life_of_a_process(self: &Arc<Self>) {
        let (child, mut voice, walls) = match Child::start(&self.recipe) {
            Ok(started) => started,
            Err(reason) => {
                self.state.lock().starting -= 1;
                return self.failed(reason);
            }
        };
        // Nobody listens but the first time.
        let _ = self.first.send(Ok(walls));
        let child = Arc::new(child);
        let Some((run, start)) = self.next_job() else { return };
        if child.lives() {
            self.carry(&run, &start, &child, &mut voice);
        } else {
            self.state.lock().queue.push_front((run, start));
        }
        self.state.lock().working -= 1;
        self.refill();
    }

    /// The run of a process that is ready; it may have to wait for it.
    fn next_job(&self) -> Option<Job> {
        let mut state = self.state.lock();
        state.starting -= 1;
        state.failures = 0;
        if let Some(job) = state.queue.pop_front() {
            state.working += 1;
            return Some(job);
        }
        let (spare, jobs) = mpsc::channel();
        state.spares.push(spare);
        drop(state);
        let job = jobs.recv().ok()?;
        self.state.lock().working += 1;
        Some(job)
    }

    fn carry(&self, run: &Arc<Run>, start: &Start, child: &Arc<Child>, voice: &mut Voice) {
        run.begin(child, start);
        self.watched.add(run);
        let dishonest = self.listen(run, voice);
        let death = child.bury(voice);
        self.watched.remove(run);
        let frames = run.over(dishonest.map_or(death, Death::Other));
        self.state.lock().runs.remove(&run.number);
        self.write(&frames);
    }

    /// Passes on what a run says until it is over. Gives what a process said that none may say.
    fn listen(&self, run: &Run, voice: &mut Voice) -> Option<String> {
        loop {
            let said = match voice.next(run.sizes) {
                Ok(said) => said,
                Err(Silence::Ended) => return None,
                Err(Silence::Dishonest(what)) => return Some(what.to_string()),
            };
            match run.hear(said) {
                Ok((frames, next)) => {
                    self.write(&frames);
                    if next == Next::IsOver {
                        return None;
                    }
                }
                Err(what) => return Some(what.to_string()),
            }
        }
    }

    /// A process could not be started.
    fn failed(self: &Arc<Self>, reason: String) {
        let _ = writeln!(io::stderr(), "error: Deno cannot be started: {reason}");
        let mut state = self.state.lock();
        state.failures += 1;
        let given_up =
            if state.failures >= FAILURES_MAX { state.queue.drain(..).collect() } else { Vec::new() };
        given_up.iter().for_each(|(run, _): &Job| drop(state.runs.remove(&run.number)));
        let is_wanted = !state.queue.is_empty();
        drop(state);
        for (run, _) in given_up {
            self.say(&run.over_without(End::Crashed(format!("Deno cannot be started: {reason}"))));
        }
        let _ = self.first.send(Err(reason));
        if is_wanted {
            self.refill();
        }
    }

    fn run(&self, number: RunNumber) -> Option<Arc<Run>> {
        self.state.lock().runs.get(&number).cloned()
    }

    fn say(&self, message: &FromRunner) {
        let mut frames = Vec::new();
        if wire::encode_into(message, &mut frames).is_ok() {
            self.write(&frames);
        }
    }

    fn write(&self, frames: &[u8]) {
        // The thread that reads must not wait for one that writes.
        if frames.is_empty() {
            return;
        }
        // A host that does not listen closes stdin, too, and that ends this process.
        let _ = self.output.lock().write_all(frames);
    }
}
