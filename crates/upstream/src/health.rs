//! What is known about each connection, for people (`doctor`, the dashboard).

use tools::{DroppedTool, ServerName, ServerState};

/// Which of the two families of the protocol a server speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Era {
    /// 2026-07-28 and later: stateless, version and capabilities with every request.
    Modern,
    /// 2025-11-25 and earlier: an `initialize` handshake first.
    Legacy,
}

/// The state of one server now.
#[derive(Debug, Clone)]
pub struct ServerHealth {
    /// The name in the configuration.
    pub name: ServerName,
    /// As in the catalog.
    pub state: ServerState,
    /// The protocol version agreed on, where there is a connection.
    pub protocol: Option<String>,
    /// The era agreed on, where there is a connection.
    pub era: Option<Era>,
    /// From the last start to the list of tools, in milliseconds.
    pub connect_ms: Option<u64>,
    /// How many tools it has in the catalog.
    pub tools: usize,
    /// What was left out of its list.
    pub dropped: Vec<DroppedTool>,
    /// The last lines of its standard error, after what a program that is no MCP server printed; empty for HTTP.
    /// Untrusted text.
    pub stderr_tail: Vec<String>,
    /// How many times it was started again after the first time.
    pub restarts: u32,
}
