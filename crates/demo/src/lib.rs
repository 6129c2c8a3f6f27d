//! A small simulated company, as eight real MCP servers.
//!
//! Owns: the company's data, made by code and the same every time; the servers' tools; a complete little MCP
//! server loop for both protocol eras; five scripts that show what the company is good for.
//! Never knows: Narrows. To everybody who talks to them these are servers like any others.

mod calendar;
mod company;
mod dice;
mod filter;
mod journal;
mod protocol;
mod servers;
mod tool;
mod use_cases;

pub use protocol::serve;
pub use servers::SERVERS;
pub use use_cases::{USE_CASES, UseCase};
