//! Connections to MCP servers: stdio, streamable HTTP and HTTP+SSE, in both eras of the protocol.
//!
//! Turns configured servers into a [`tools::Catalog`] that follows them as they come, go and change, and
//! carries calls to them. It knows nothing of TypeScript, runs, rules or faces.
//!
//! Reading order: `entry` (what is configured) → `upstream`, `shared` (all servers) → `slot`, `server` (one, and its life) →
//! `connect`, `handshake`, `connection`, `session` (one connection) → `link` (what carries it: `stdio`, `http`; `sign_in` signs requests) → `peer`
//! and `message` (JSON-RPC) → `paging`, `listing`, `items` and `unwrap` (what servers' lists and results become; pure). `beside` is what a server has beside tools.

mod array;
mod beside;
mod connect;
mod connection;
mod credentials;
mod entry;
mod exercise;
mod failure;
mod guard;
mod handshake;
mod headers;
mod health;
#[cfg(any(test, fuzzing))]
mod hostile;
mod http;
mod items;
mod link;
mod listing;
mod memory;
mod message;
mod mirror;
mod news;
mod paging;
mod peer;
mod questions;
#[cfg(target_os = "linux")]
mod reaper;
mod recording;
mod scan;
mod secrets;
mod server;
mod session;
mod shared;
mod sign_in;
mod slot;
mod stdio;
mod subscriptions;
mod text;
mod unwrap;
mod upstream;
mod version;

pub use credentials::{
    credential_places, credential_places_in_words, is_credential_name, is_credential_reference,
    is_plain_value, masked, masked_address, masked_command, masked_words,
};
pub use entry::{Reaper, ServerEntry, Settings, Starts, Transport};
pub use exercise::{ExerciseError, exercise};
pub use health::{Era, ServerHealth};
#[cfg(any(test, fuzzing))]
pub use hostile::read_as_message;
pub use http::use_tls;
pub use news::{News, ServerNews};
#[cfg(target_os = "linux")]
pub use reaper::reap;
pub use recording::{RECORDING_BYTES_MAX, Recording, RecordingError, recording_json};
pub use sign_in::{Refusal, SignIn, SignInError, TokenFuture};
pub use stdio::INHERITED;
pub use upstream::Upstream;
