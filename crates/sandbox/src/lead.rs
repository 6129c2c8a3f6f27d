//! Who reads: leader and followers.
//!
//! The reading end of the pipe is with one thread at a time, the leader. A leader that has found work leaves the
//! lead behind and works; when it is done it takes the lead again, if nobody else did. So a conversation of short
//! slices stays on one thread, with no other one woken for it. Others are called when there is more to do than one
//! thread can, and by the ticker when a slice takes long.

use std::{
    collections::VecDeque,
    fs::File,
    io::{BufRead, BufReader},
    thread,
    time::{Duration, Instant},
};

use parking_lot::{Condvar, Mutex};
use wire::{FrameError, HEADER_BYTES, ToRunner, frame_length};

/// Bytes read at once: many small answers come in one read.
const READ_BYTES: usize = 64 * 1024;

/// How long a reader looks again and again before it sleeps, when the last message came quickly too. To fall asleep
/// and be woken costs about as much; a tool on this machine answers within it.
const EAGER_MAX: Duration = Duration::from_micros(50);

/// The lead, and those who wait for it.
pub(crate) struct Leadership<W> {
    state: Mutex<State<W>>,
    called: Condvar,
}

struct State<W> {
    /// `None` while a thread leads.
    lead: Option<Lead<W>>,
    /// Threads that wait to be called.
    idle: usize,
}

/// What the leader has: the pipe, and work that was found and not yet taken.
pub(crate) struct Lead<W> {
    input: BufReader<File>,
    pub(crate) ready: VecDeque<W>,
    /// The last message came so soon that it was worth waiting for without sleeping.
    eager: bool,
}

impl<W> Leadership<W> {
    pub(crate) fn new(input: File) -> Self {
        let input = BufReader::with_capacity(READ_BYTES, input);
        let lead = Lead { input, ready: VecDeque::new(), eager: false };
        Self { state: Mutex::new(State { lead: Some(lead), idle: 0 }), called: Condvar::new() }
    }

    /// Takes the lead, now or when this thread is called. `None` when `idle_max` threads wait already.
    pub(crate) fn take(&self, idle_max: usize) -> Option<Lead<W>> {
        let mut state = self.state.lock();
        loop {
            if let Some(lead) = state.lead.take() {
                return Some(lead);
            }
            if state.idle == idle_max {
                return None;
            }
            state.idle += 1;
            self.called.wait(&mut state);
            state.idle -= 1;
        }
    }

    /// Leaves the lead to the next thread that takes it. Answers whether a thread should be called, because there is more to do.
    pub(crate) fn leave(&self, lead: Lead<W>) -> bool {
        let has_more = !lead.ready.is_empty() || lead.is_readable();
        self.state.lock().lead = Some(lead);
        has_more
    }

    /// Whether nobody leads.
    pub(crate) fn is_left(&self) -> bool {
        self.state.lock().lead.is_some()
    }

    /// Calls an idle thread to take the lead; false when there is none.
    pub(crate) fn call(&self) -> bool {
        let has_idle = self.state.lock().idle > 0;
        if has_idle {
            self.called.notify_one();
        }
        has_idle
    }
}

impl<W> Lead<W> {
    /// Reads a message, waiting for it.
    pub(crate) fn read(&mut self) -> Result<ToRunner, FrameError> {
        if self.input.buffer().is_empty() {
            self.wait()?;
        }
        wire::read_frame(&mut self.input)
    }

    /// Whether a message can be read without waiting.
    pub(crate) fn has_whole_frame(&self) -> bool {
        let read = self.input.buffer();
        let Some(header) = read.first_chunk::<HEADER_BYTES>() else { return false };
        // What is no frame is found out by reading it.
        frame_length(*header).map_or(true, |length| read.len() >= HEADER_BYTES + length)
    }

    fn wait(&mut self) -> Result<(), FrameError> {
        let began = Instant::now();
        while self.eager && began.elapsed() < EAGER_MAX && !self.is_readable() {
            thread::yield_now();
        }
        self.input.fill_buf()?;
        self.eager = began.elapsed() < 2 * EAGER_MAX;
        Ok(())
    }

    #[cfg(target_os = "linux")]
    fn is_readable(&self) -> bool {
        use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
        use std::os::fd::AsFd;

        let mut asked = [PollFd::new(self.input.get_ref().as_fd(), PollFlags::POLLIN)];
        // A closed pipe is readable too: it reads its end.
        matches!(poll(&mut asked, PollTimeout::ZERO), Ok(ready) if ready > 0)
    }

    /// Elsewhere nobody looks ahead: others are called at the next tick.
    #[cfg(not(target_os = "linux"))]
    fn is_readable(&self) -> bool {
        false
    }
}
