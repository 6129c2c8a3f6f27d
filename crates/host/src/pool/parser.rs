//! Parser processes. One script at a time in each, so the death of a parser costs the script it was reading
//! and nothing else; a spare is kept, so the next script does not even wait. A death counts against a script when a new
//! parser does not survive it either: anyone may kill a process.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use parking_lot::Mutex;
use tokio::{
    sync::{Notify, Semaphore},
    time::timeout,
};
use wire::{FrameError, FromParser, MAIN, Parsed, ScriptError, ToParser};

use super::{
    frames::{encode, write},
    process::Process,
    remembered::Remembered,
    starter::Starter,
};

/// A script of the largest size takes about 0.1 s; what takes longer is made to.
const PARSE_MAX: Duration = Duration::from_secs(5);

/// Parsers kept waiting: one to work, one spare.
const KEPT: usize = 2;

/// How long the spare may wait to be started while another parser is at hand.
const SPARE_DELAY: Duration = Duration::from_millis(50);

/// Scripts parsed at once. More wait: a parse takes a fraction of a millisecond.
const AT_ONCE: usize = 4;

/// Why a script was not parsed.
#[derive(Debug, Clone)]
pub(crate) enum ParseFailure {
    /// It is not a script: every error found.
    Syntax(Vec<ScriptError>),
    /// The parser did not survive it, or did not end in time.
    Hostile(String),
    /// There is no parser. Not the script's doing.
    Unavailable(String),
}

/// What a look at the waiting parsers gives.
enum Found {
    Process(Box<Process>),
    Coming,
    Nothing,
}

/// All parsers. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Parsers {
    shared: Arc<Shared>,
}

struct Shared {
    starter: Arc<Starter>,
    remembered: Remembered,
    idle: Mutex<Idle>,
    /// A parser that was coming has arrived, or will not.
    arrived: Notify,
    turns: Semaphore,
    next_id: AtomicU64,
    replaced: AtomicU64,
    last_error: Mutex<Option<String>>,
}

#[derive(Default)]
struct Idle {
    waiting: Vec<Process>,
    /// Being started, to wait here.
    coming: usize,
    closed: bool,
}

impl Parsers {
    /// Starts the first parser in the background.
    pub(crate) fn new(starter: Arc<Starter>) -> Self {
        let shared = Arc::new(Shared {
            starter,
            remembered: Remembered::default(),
            idle: Mutex::default(),
            arrived: Notify::new(),
            turns: Semaphore::new(AT_ONCE),
            next_id: AtomicU64::new(1),
            replaced: AtomicU64::new(0),
            last_error: Mutex::default(),
        });
        let parsers = Self { shared };
        parsers.start_ahead(1);
        parsers
    }

    /// Parses the script of a run: see [`Self::parse_module`].
    pub(crate) async fn parse(&self, source: &str) -> Result<Arc<Parsed>, ParseFailure> {
        self.parse_module(source, MAIN).await
    }

    /// Parses what stands at a path in the engine in a process of its own for the time it takes, unless the same was parsed lately.
    pub(crate) async fn parse_module(&self, source: &str, path: &str) -> Result<Arc<Parsed>, ParseFailure> {
        let remembered_as = format!("{path}\n{source}");
        if let Some(parsed) = self.shared.remembered.get(&remembered_as) {
            return Ok(parsed);
        }
        let closed = |_| ParseFailure::Unavailable("Narrows is shutting down".to_owned());
        let _turn = self.shared.turns.acquire().await.map_err(closed)?;
        // Whatever happens below: a process that is not given back dies with this future, and is replaced.
        let _refill = Refill(self);
        let id = self.shared.next_id.fetch_add(1, Ordering::Relaxed);
        let question = encode(&ToParser::Parse { id, source: source.to_owned(), path: path.to_owned() })
            .map_err(|error| ParseFailure::Hostile(format!("the script cannot be parsed: {error}")))?;
        let process = self.take().await.map_err(ParseFailure::Unavailable)?;
        let mut asked = self.ask(process, &question, id).await;
        if matches!(asked, Err(Lost::Died)) {
            // It may have been dying before it was given the script, as one does that is killed while it is idle.
            let fresh = self.start().await.map_err(ParseFailure::Unavailable)?;
            asked = self.ask(fresh, &question, id).await;
        }
        let (answer, bytes) = asked.map_err(Lost::blamed_on_script)?;
        let parsed = Arc::<Parsed>::from(answer.map_err(ParseFailure::Syntax)?);
        self.shared.remembered.add(remembered_as, parsed.clone(), bytes);
        Ok(parsed)
    }

    /// Has a parser parse a script, and keeps it for the next when it can go on.
    async fn ask(&self, mut process: Process, question: &[u8], id: u64) -> Result<(Answer, usize), Lost> {
        match timeout(PARSE_MAX, ask(&mut process, question, id)).await {
            Ok(Ok(answer)) => {
                self.give_back(process);
                Ok(answer)
            }
            Ok(Err((lost, reason))) => {
                let end = process.body.end().await.told;
                self.note_replaced(format!("the parser failed: {reason}; {end}"));
                Err(lost)
            }
            Err(_) => {
                // The script's author need not wait for that.
                tokio::spawn(async move { process.body.kill().await });
                self.note_replaced("the parser was killed: it took too long".to_owned());
                Err(Lost::Slow)
            }
        }
    }

    /// Parsers that wait for a script.
    pub(crate) fn ready(&self) -> usize {
        self.shared.idle.lock().waiting.len()
    }

    /// How many were replaced, and why the last one was.
    pub(crate) fn replaced(&self) -> (u64, Option<String>) {
        (self.shared.replaced.load(Ordering::Relaxed), self.shared.last_error.lock().clone())
    }

    /// Ends all parsers.
    pub(crate) fn shutdown(&self) {
        self.shared.turns.close();
        let mut idle = self.shared.idle.lock();
        idle.closed = true;
        idle.waiting.clear();
    }

    async fn take(&self) -> Result<Process, String> {
        loop {
            let arrived = self.shared.arrived.notified();
            match self.look() {
                Found::Process(mut process) => match process.body.try_wait() {
                    Ok(None) => return Ok(*process),
                    other => self.note_replaced(format!("a parser ended while it was idle: {other:?}")),
                },
                Found::Coming => arrived.await,
                Found::Nothing => return self.start().await,
            }
        }
    }

    fn look(&self) -> Found {
        let mut idle = self.shared.idle.lock();
        match idle.waiting.pop() {
            Some(process) => Found::Process(Box::new(process)),
            None if idle.coming > 0 => Found::Coming,
            None => Found::Nothing,
        }
    }

    async fn start(&self) -> Result<Process, String> {
        let started = self.shared.starter.parser().await;
        if let Err(reason) = &started {
            *self.shared.last_error.lock() = Some(reason.clone());
        }
        started
    }

    fn give_back(&self, process: Process) {
        let mut idle = self.shared.idle.lock();
        if !idle.closed && idle.waiting.len() < KEPT {
            idle.waiting.push(process);
        }
    }

    /// Makes room for others in the place of parsers that ended while they were idle. The last that was given back is
    /// taken first, so nobody else might ever look at them.
    fn forget_ended(&self) {
        let mut idle = self.shared.idle.lock();
        let before = idle.waiting.len();
        idle.waiting.retain_mut(|process| matches!(process.body.try_wait(), Ok(None)));
        let ended = before - idle.waiting.len();
        drop(idle);
        (0..ended).for_each(|_| self.note_replaced("a parser ended while it was idle".to_owned()));
    }

    /// Starts parsers in the background until so many wait or are on their way.
    fn start_ahead(&self, wanted: usize) {
        let mut idle = self.shared.idle.lock();
        while !idle.closed && idle.waiting.len() + idle.coming < wanted {
            idle.coming += 1;
            let parsers = self.clone();
            tokio::spawn(async move {
                let started = parsers.start().await;
                let mut idle = parsers.shared.idle.lock();
                idle.coming -= 1;
                // Others may have been given back in the meantime.
                if let (Ok(process), false) = (started, idle.closed || idle.waiting.len() >= KEPT) {
                    idle.waiting.push(process);
                }
                drop(idle);
                parsers.shared.arrived.notify_waiters();
            });
        }
    }

    fn note_replaced(&self, reason: String) {
        tracing::warn!("{reason}");
        self.shared.replaced.fetch_add(1, Ordering::Relaxed);
        *self.shared.last_error.lock() = Some(reason);
    }
}

/// Starts the spare after a parse, never before: the script that is being parsed needs the processor now.
struct Refill<'a>(&'a Parsers);

impl Drop for Refill<'_> {
    fn drop(&mut self) {
        if tokio::runtime::Handle::try_current().is_ok() {
            let parsers = self.0.clone();
            tokio::spawn(async move {
                // With one at hand there is no hurry, and the run that was just parsed comes first.
                if parsers.ready() > 0 {
                    tokio::time::sleep(SPARE_DELAY).await;
                }
                parsers.forget_ended();
                parsers.start_ahead(KEPT);
            });
        }
    }
}

type Answer = Result<Box<Parsed>, Vec<ScriptError>>;

/// What became of a parser that did not parse its script.
enum Lost {
    /// It ended.
    Died,
    /// It said what no honest parser says.
    Broke,
    /// It was not ready in time.
    Slow,
}

impl Lost {
    fn blamed_on_script(self) -> ParseFailure {
        ParseFailure::Hostile(match self {
            Self::Died | Self::Broke => {
                "the parser did not survive this script; it nests too deeply or is not a script".to_owned()
            }
            Self::Slow => format!("parsing this script took longer than {} s", PARSE_MAX.as_secs()),
        })
    }
}

/// The answer, and the bytes it took.
async fn ask(process: &mut Process, question: &[u8], asked: u64) -> Result<(Answer, usize), (Lost, String)> {
    write(&mut process.input, question).await.map_err(|error| (Lost::Died, error.to_string()))?;
    match process.output.next::<FromParser>().await {
        Ok((FromParser::Parsed { id, result }, bytes)) if id == asked => Ok((result, bytes)),
        Ok(_) => Err((Lost::Broke, "it answered something that was not asked".to_owned())),
        Err(error @ (FrameError::Closed | FrameError::Io(_))) => Err((Lost::Died, error.to_string())),
        Err(error) => Err((Lost::Broke, error.to_string())),
    }
}
