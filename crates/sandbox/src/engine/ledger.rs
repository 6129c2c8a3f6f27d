//! What one run has used, and the moment it has used too much.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
    },
};

use rustix::time::{ClockId, clock_gettime};
use wasmtime::ResourceLimiter;
use wire::{AskKind, End, FromRunner, Limit, Limits, OUTSTANDING_MAX, RunNumber, Used};

/// Processor time a guest has to notice that it is to stop, and to say where it stood. Then it is trapped.
const GRACE_US: u64 = 30_000;

/// Processor time a guest that was trapped has to say where the script stood.
const LOCATING_US: u64 = 5_000;

/// Arguments of calls that may wait at once, in bytes, besides those of one largest call: what the host holds
/// outside the guest's own limit of memory.
const OUTSTANDING_BYTES: u64 = 48 * 1024 * 1024;

/// Arguments of calls that may wait at once, in bytes.
pub(super) fn outstanding_bytes_max(limits: &Limits) -> u64 {
    limits.argument_bytes.saturating_add(OUTSTANDING_BYTES)
}

/// Answers of the guest that must not be trusted: it says what no honest guest says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Dishonest {
    #[error("the guest named bytes outside its memory")]
    Range,
    #[error("the guest broke the order of its calls")]
    Order,
    #[error("the guest asked for more at once than it may")]
    Amount,
    #[error("the guest sent something that cannot be decoded")]
    Malformed,
}

/// What a guest under way is to be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Continue,
    /// Raise the flag in its memory, and give it the grace.
    Flag,
    /// No more.
    Trap,
}

/// What the thread that reads for a run says of it to the account, from another thread.
#[derive(Default)]
pub(crate) struct Reader {
    /// The run is to end.
    pub(crate) cancelled: AtomicBool,
    /// Bytes of answers that wait for the script.
    pub(crate) waiting_bytes: AtomicU64,
}

/// The account of one run; the data of its store.
pub(crate) struct Ledger {
    pub(super) run: RunNumber,
    limits: Limits,
    reader: Arc<Reader>,
    /// Frames not yet written.
    frames: Vec<u8>,
    /// How the guest said it ended.
    end: Option<End>,
    /// Where the script stood when it was stopped.
    stack: Option<String>,
    /// What the guest's memory takes now, in bytes.
    linear_bytes: u64,
    exceeded: Option<Limit>,
    memory_refused: bool,
    cpu_us: u64,
    slice_began_us: u64,
    flagged_at_us: Option<u64>,
    memory_bytes: u64,
    printed_bytes: u64,
    tool_calls: u64,
    last_call: u32,
    outstanding: HashMap<u32, u64>,
    outstanding_bytes: u64,
    /// Answers that were read, those to no call included.
    settled: u64,
}

impl Ledger {
    pub(crate) fn new(run: RunNumber, limits: Limits, reader: Arc<Reader>) -> Self {
        Self {
            run,
            limits,
            reader,
            frames: Vec::new(),
            end: None,
            stack: None,
            linear_bytes: 0,
            exceeded: None,
            memory_refused: false,
            cpu_us: 0,
            slice_began_us: 0,
            flagged_at_us: None,
            memory_bytes: 0,
            printed_bytes: 0,
            tool_calls: 0,
            last_call: 0,
            outstanding: HashMap::new(),
            outstanding_bytes: 0,
            settled: 0,
        }
    }

    pub(crate) fn limits(&self) -> &Limits {
        &self.limits
    }

    pub(crate) fn used(&self) -> Used {
        Used { cpu_us: self.cpu_us, memory_bytes: self.memory_bytes, printed_bytes: self.printed_bytes }
    }

    /// The frames since the last time.
    pub(crate) fn take_frames(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.frames)
    }

    pub(super) fn begin_slice(&mut self) {
        self.slice_began_us = thread_cpu_us();
    }

    pub(super) fn end_slice(&mut self, memory_bytes: u64) {
        self.cpu_us += thread_cpu_us().saturating_sub(self.slice_began_us);
        self.memory_bytes = self.memory_bytes.max(memory_bytes);
        if self.end.is_none()
            && !self.reader.cancelled.load(Relaxed)
            && self.cpu_us > self.limits.cpu_ms.saturating_mul(1000)
        {
            self.exceed(Limit::Cpu);
        }
    }

    /// Takes in what was measured from outside, where the engine is a process of its own.
    #[cfg(target_os = "linux")]
    pub(crate) fn measured(&mut self, cpu_us: u64, memory_bytes: u64) {
        self.cpu_us = self.cpu_us.max(cpu_us);
        self.memory_bytes = self.memory_bytes.max(memory_bytes);
        if self.end.is_none() && self.memory_bytes > self.limits.memory_bytes {
            self.exceed(Limit::Memory);
        }
        if self.end.is_none() && self.cpu_us > self.limits.cpu_ms.saturating_mul(1000) {
            self.exceed(Limit::Cpu);
        }
    }

    /// Whether the guest said how it ended.
    #[cfg(target_os = "linux")]
    pub(crate) fn has_ended(&self) -> bool {
        self.end.is_some()
    }

    /// Looks at a guest under way.
    pub(super) fn visit(&mut self) -> Verdict {
        let now = self.cpu_us + thread_cpu_us().saturating_sub(self.slice_began_us);
        if let Some(flagged_at) = self.flagged_at_us {
            return if now > flagged_at + GRACE_US { Verdict::Trap } else { Verdict::Continue };
        }
        if now > self.limits.cpu_ms.saturating_mul(1000) {
            self.exceed(Limit::Cpu);
        }
        // Answers come while the script computes.
        self.memory_refused |= !self.has_room_for(0);
        if !self.is_stopped() {
            return Verdict::Continue;
        }
        self.flagged_at_us = Some(now);
        Verdict::Flag
    }

    /// A guest that was trapped gets a moment to say where the script stood, if it was stopped from here.
    pub(super) fn begin_locating(&mut self) -> bool {
        let now = self.cpu_us + thread_cpu_us().saturating_sub(self.slice_began_us);
        self.flagged_at_us = Some((now + LOCATING_US).saturating_sub(GRACE_US));
        self.is_stopped() && self.end.is_none() && self.stack.is_none()
    }

    fn is_stopped(&self) -> bool {
        self.exceeded().is_some() || self.reader.cancelled.load(Relaxed)
    }

    /// Whether so many more bytes may be held in the host beside the guest's own memory: both count.
    pub(super) fn has_room_for(&self, bytes: u64) -> bool {
        self.linear_bytes + self.host_bytes() + bytes <= self.limits.memory_bytes
    }

    /// What the host holds for the run: frames on their way out, and answers on their way in.
    fn host_bytes(&self) -> u64 {
        self.frames.len() as u64 + self.reader.waiting_bytes.load(Relaxed)
    }

    /// An answer that waited has been given to the script, or to nobody.
    pub(super) fn taken_in(&self, bytes: u64) {
        self.reader.waiting_bytes.fetch_sub(bytes, Relaxed);
    }

    /// The limit the run has reached, where it has.
    pub(crate) fn exceeded(&self) -> Option<Limit> {
        // Memory first: what it was refused may be why it went on to anything else.
        if self.memory_refused { Some(Limit::Memory) } else { self.exceeded }
    }

    /// Notes a reached limit; the first one counts.
    pub(crate) fn exceed(&mut self, limit: Limit) {
        self.exceeded.get_or_insert(limit);
    }

    /// The guest printed. What is over the limit is not kept.
    pub(crate) fn printed(&mut self, print: wire::Print) {
        let bytes = print.text.len() as u64;
        if self.is_stopped() {
            return;
        }
        if self.printed_bytes.saturating_add(bytes) > self.limits.printed_bytes {
            return self.exceed(Limit::Printed);
        }
        self.printed_bytes += bytes;
        self.say(&FromRunner::Printed { run: self.run, print });
    }

    /// The guest called.
    pub(crate) fn called(
        &mut self,
        call: u32,
        name: &str,
        arguments: &[u8],
        at: Option<wire::Position>,
    ) -> Result<(), Dishonest> {
        // The guest counts, so that no answer ever finds the wrong call.
        if call != self.last_call.wrapping_add(1) {
            return Err(Dishonest::Order);
        }
        self.last_call = call;
        // What a script still says between its limit and its end is not heard.
        if self.is_stopped() {
            return Ok(());
        }
        let bytes = arguments.len() as u64;
        let is_tool = AskKind::of(name) == AskKind::Tool;
        self.tool_calls += u64::from(is_tool);
        // The guest refuses both by itself.
        if bytes > self.limits.argument_bytes
            || self.outstanding_bytes + bytes > outstanding_bytes_max(&self.limits)
            || self.outstanding.len() as u64 >= OUTSTANDING_MAX
        {
            return Err(Dishonest::Amount);
        }
        if self.tool_calls > self.limits.calls {
            self.exceed(Limit::Calls);
            self.stack = at.map(|at| format!("    at /main.js:{}:{}", at.line, at.column));
        } else if !self.has_room_for(bytes) {
            self.exceed(Limit::Memory);
        } else {
            self.outstanding.insert(call, bytes);
            self.outstanding_bytes += bytes;
            let (name, arguments) = (name.to_owned(), arguments.to_vec());
            self.say(&FromRunner::Call { run: self.run, call, name, arguments, at });
        }
        Ok(())
    }

    /// Takes note of an answer. Whether the call waits for it; from now on it does not.
    pub(crate) fn settle(&mut self, call: u32) -> bool {
        self.settled += 1;
        match self.outstanding.remove(&call) {
            Some(bytes) => {
                self.outstanding_bytes -= bytes;
                true
            }
            None => false,
        }
    }

    /// The guest said where the script stood when it was stopped; the first word counts.
    pub(super) fn interrupted(&mut self, stack: String) {
        self.stack.get_or_insert(stack);
    }

    /// The guest said how it ended; the first word counts.
    pub(crate) fn ended(&mut self, end: End) {
        self.end.get_or_insert(end);
    }

    /// How the run ended, once a slice is over: what the guest said, unless it was stopped for a limit.
    pub(crate) fn verdict(&mut self, trap: Option<Trapped>) -> Option<End> {
        let said = self.end.take();
        let stood = self.stack.take();
        if let Some(limit) = self.exceeded() {
            let stack = match said {
                Some(End::Exceeded { stack, .. }) => stack,
                Some(End::Threw(thrown)) => thrown.stack,
                _ => stood.unwrap_or_default(),
            };
            return Some(End::Exceeded { limit, stack });
        }
        if self.reader.cancelled.load(Relaxed) && said.is_none() {
            return Some(End::Cancelled { stack: stood.unwrap_or_default() });
        }
        match (said, trap) {
            (Some(end), _) => Some(end),
            (None, Some(Trapped::Stack)) => Some(End::Threw(wire::Thrown {
                name: "RangeError".into(),
                message: "Maximum call stack size exceeded".into(),
                stack: String::new(),
                properties: None,
            })),
            (None, Some(Trapped::Other(reason))) => Some(End::Crashed(reason)),
            (None, None) if stood.is_some() => Some(End::Crashed("the guest stopped by itself".into())),
            (None, None) => None,
        }
    }

    /// Queues that the run waits, having read all answers so far.
    pub(crate) fn say_waiting(&mut self) {
        let message = FromRunner::Waiting { run: self.run, settled: self.settled, used: self.used() };
        self.say(&message);
    }

    /// Queues a frame.
    pub(crate) fn say(&mut self, message: &FromRunner) {
        // What is too large for a frame is over every limit, and was refused before it came here.
        if wire::encode_into(message, &mut self.frames).is_err() {
            self.exceed(Limit::Value);
        }
    }
}

/// Why a slice was cut short.
pub(crate) enum Trapped {
    /// Native recursion used up the stack.
    Stack,
    /// Anything else, in words for the log.
    Other(String),
}

impl ResourceLimiter for Ledger {
    fn memory_growing(&mut self, current: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        // The memory an instance begins with is the engine's, not the script's.
        let held = desired as u64 + self.host_bytes();
        let allowed = current == 0 || held <= self.limits.memory_bytes;
        if allowed {
            self.linear_bytes = desired as u64;
        }
        self.memory_refused |= !allowed;
        Ok(allowed)
    }

    fn table_growing(&mut self, current: usize, _: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        // The guest's table is made as large as it will ever be.
        Ok(current == 0)
    }
}

/// Processor time of this thread, in microseconds: under contention a script is charged for its own work alone.
fn thread_cpu_us() -> u64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec as u64 * 1_000_000 + time.tv_nsec as u64 / 1_000
}
