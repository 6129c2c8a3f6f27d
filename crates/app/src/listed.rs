//! Servers, as programs are told of them: by the command line and over HTTP.

use serde_json::{Value, json};
use tools::{Server, ServerState};

/// A state in a word, and its reason.
pub(crate) fn state(state: &ServerState) -> (&'static str, &str) {
    match state {
        ServerState::Idle => ("remembered", ""),
        ServerState::Starting => ("starting", ""),
        ServerState::Ready => ("ready", ""),
        ServerState::Stale { reason } => ("stale", reason),
        ServerState::Failed { reason } => ("failed", reason),
    }
}

/// A server in a list.
pub(crate) fn server_json(server: &Server) -> Value {
    let (state, reason) = state(&server.state);
    json!({
        "server": server.name.as_str(),
        "state": state,
        "reason": (!reason.is_empty()).then_some(reason),
        "tools": server.tools.len(),
        "withheld": server.withheld.len(),
    })
}
