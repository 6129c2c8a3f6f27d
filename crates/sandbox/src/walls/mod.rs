//! The second wall: what a worker process takes from itself before it meets a stranger's code.
//!
//! It assumes that the first wall (WebAssembly, or a parser's memory safety) has a hole, and leaves code that comes
//! through it in a process that can compute, and speak on the pipes it was started with. Once raised, nothing
//! lowers a wall again. One that cannot be raised on this machine is reported, never passed over: the host decides
//! whether to go on without it.

#[cfg(target_os = "linux")]
mod code;
#[cfg(target_os = "linux")]
mod files;
#[cfg(target_os = "linux")]
pub(crate) mod filter;
#[cfg(target_os = "linux")]
pub(crate) mod limits;
#[cfg(target_os = "linux")]
mod namespaces;
#[cfg(target_os = "linux")]
pub(crate) mod privileges;
#[cfg(target_os = "linux")]
mod syscalls;

use wire::{Wall, WallState};

/// The walls of one process, as far as they are raised.
pub(crate) struct Walls {
    without: Vec<Wall>,
    states: Vec<WallState>,
}

/// What is done to raise a wall. One of them takes two steps.
#[derive(Debug, Clone, Copy)]
enum Step {
    Nobody,
    Namespaces,
    Privileges,
    Files,
    Limits,
    Code,
    SystemCalls,
}

impl Step {
    fn wall(self) -> Wall {
        match self {
            Self::Nobody | Self::Privileges => Wall::Privileges,
            Self::Namespaces => Wall::Namespaces,
            Self::Files => Wall::Files,
            Self::Limits => Wall::Limits,
            Self::Code => Wall::Code,
            Self::SystemCalls => Wall::SystemCalls,
        }
    }
}

impl Walls {
    /// No walls yet. Those named are left out, so that a test can show what each is good for.
    pub(crate) fn new(without: Vec<Wall>) -> Self {
        Self { without, states: Vec::new() }
    }

    /// Raises the walls that bind the calling thread and those it starts. To be called before there is another
    /// and before anything is opened: first thing in `main`.
    pub(crate) fn raise_first(&mut self) {
        #[cfg(target_os = "linux")]
        limits::be_the_first_to_go();
        // Namespaces come with capabilities in them, so these are given up afterwards.
        for step in [Step::Nobody, Step::Namespaces, Step::Privileges, Step::Files] {
            self.take(step);
        }
    }

    /// Raises the walls that bind the whole process, when everything is loaded: from here on nothing can be opened
    /// and no memory can become code. Gives the report of all walls.
    pub(crate) fn raise_last(mut self) -> Vec<WallState> {
        for step in [Step::Limits, Step::Code, Step::SystemCalls] {
            self.take(step);
        }
        self.states
    }

    fn take(&mut self, step: Step) {
        let wall = step.wall();
        let raised =
            if self.without.contains(&wall) { Err("left out on request".to_owned()) } else { take(step) };
        let taken = WallState::new(wall, raised);
        match self.states.iter_mut().find(|state| state.wall == wall) {
            // The first step of a wall that failed says why.
            Some(state) if state.missing().is_some() => {}
            Some(state) => *state = taken,
            None => self.states.push(taken),
        }
    }
}

#[cfg(target_os = "linux")]
fn take(step: Step) -> Result<(), String> {
    match step {
        Step::Nobody => privileges::become_nobody(),
        Step::Namespaces => namespaces::raise(),
        Step::Privileges => privileges::give_up(),
        Step::Files => files::raise(),
        Step::Limits => limits::raise(),
        Step::Code => code::raise(),
        Step::SystemCalls => syscalls::raise(),
    }
}

#[cfg(not(target_os = "linux"))]
fn take(_step: Step) -> Result<(), String> {
    Err("this wall is made of Linux; run Narrows there, or in a container".to_owned())
}
