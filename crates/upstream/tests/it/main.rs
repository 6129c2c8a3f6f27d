//! Whole connections: against a process that misbehaves on request, and against HTTP servers on loopback.
//!
//! What is waited for is always an event (an answer, a new catalog, the end of a connection), never a time;
//! no test passes or fails by the clock.

mod ending;
mod http;
mod refusals;
mod sign_in;
mod stdio;
mod support;
