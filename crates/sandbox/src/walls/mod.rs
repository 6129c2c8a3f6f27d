//! The second wall: what a worker process takes from itself before it meets a stranger's code.
//!
//! It assumes that the first wall (WebAssembly, or a parser's memory safety) has a hole, and leaves whoever comes
//! through it in a process that can compute, and speak on the pipes it was started with. Once raised, nothing
//! lowers a wall again. One that cannot be raised on this machine is reported, never passed over: the host decides
//! whether to go on without it.

#[cfg(target_os = "linux")]
mod files;
#[cfg(target_os = "linux")]
mod limits;
#[cfg(target_os = "linux")]
mod namespaces;
#[cfg(target_os = "linux")]
mod syscalls;

use wire::{Wall, WallState};

/// The walls of one process, as far as they are raised.
pub(crate) struct Walls {
    without: Vec<Wall>,
    states: Vec<WallState>,
}

impl Walls {
    /// No walls yet. Those named are left out, so that a test can show what each is good for.
    pub(crate) fn new(without: Vec<Wall>) -> Self {
        Self { without, states: Vec::new() }
    }

    /// Raises the walls that bind the calling thread and those it starts. To be called before there is another:
    /// first thing in `main`.
    pub(crate) fn raise_first(&mut self) {
        for wall in [Wall::Privileges, Wall::Namespaces, Wall::Files] {
            self.raise(wall);
        }
    }

    /// Raises the walls that bind the whole process, when everything is loaded: from here on nothing can be opened
    /// and no memory can become code. Gives the report of all walls.
    pub(crate) fn raise_last(mut self) -> Vec<WallState> {
        self.raise(Wall::Limits);
        self.raise(Wall::SystemCalls);
        self.states
    }

    fn raise(&mut self, wall: Wall) {
        let missing = if self.without.contains(&wall) {
            Some("left out on request".to_owned())
        } else {
            raise(wall).err()
        };
        self.states.push(WallState { wall, missing });
    }
}

#[cfg(target_os = "linux")]
fn raise(wall: Wall) -> Result<(), String> {
    match wall {
        Wall::Limits => limits::raise(),
        Wall::Privileges => limits::give_up_privileges(),
        Wall::Namespaces => namespaces::raise(),
        Wall::Files => files::raise(),
        Wall::SystemCalls => syscalls::raise(),
    }
}

#[cfg(not(target_os = "linux"))]
fn raise(_wall: Wall) -> Result<(), String> {
    Err("this wall is made of Linux; run Narrows there, or in a container".to_owned())
}
