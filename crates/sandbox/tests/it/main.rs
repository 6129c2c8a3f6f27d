//! The runner as a process: scripts in, frames out.
//!
//! The tests in `hostile` are the ones that distinguish the design: each names what a worse one would do. The
//! others say what scripts may rely on.

mod calls;
#[cfg(target_os = "linux")]
mod deno;
mod digits;
mod failures;
#[cfg(target_os = "linux")]
mod gvisor;
mod hostile;
mod prelude;
mod process;
mod script;
mod soup;
mod values;
mod walls;
mod worker;
