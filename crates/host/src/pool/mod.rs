//! Worker processes: started ahead of need, watched, killed on any doubt, replaced.
//!
//! Knows frames and processes; never what a script means or who asked for it. What a worker says is hostile:
//! a frame that does not decode, a run nobody started or a call asked twice condemns the worker. Read
//! `process` and `starter` first, then `parser` (one script per process at a time), then `runner` (many runs at a time).

mod container;
mod frames;
mod parser;
mod process;
mod remembered;
mod runner;
mod runners;
mod starter;

pub(crate) use parser::{ParseFailure, Parsers};
pub(crate) use runner::{Event, Loss, Running};
pub(crate) use runners::Runners;
pub(crate) use starter::Starter;
