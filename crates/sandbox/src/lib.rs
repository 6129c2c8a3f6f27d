//! The worker processes: one kind parses and transforms what a model wrote, the other runs it in the engine.
//!
//! Both raise walls around themselves before they meet a stranger's code, and are loops over frames on stdin and stdout; see `wire` for the vocabulary. This room knows no servers,
//! no credentials, no configuration and no network, and it does not know who is asking.

#[cfg(target_os = "linux")]
mod attack;
#[cfg(target_os = "linux")]
mod deno;
mod engine;
mod lead;
mod parser;
mod reclaim;
mod runner;
pub mod script;
mod walls;

#[cfg(target_os = "linux")]
pub use attack::{attack_main, attack_once_main};
#[cfg(target_os = "linux")]
pub use deno::deno_main;
pub use parser::parser_main;
pub use reclaim::{give_back_after, map_what_is_large};
pub use runner::{bare_runner_main, runner_main};
