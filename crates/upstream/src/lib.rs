//! Connections to MCP servers: stdio, streamable HTTP and HTTP+SSE, in both eras of the protocol.
//!
//! Turns configured servers into a [`tools::Catalog`] that follows them as they come, go and change, and
//! carries calls to them. It knows nothing of TypeScript, runs, rules or faces.

mod entry;
mod health;
mod upstream;

pub use entry::{ServerEntry, Settings, Transport};
pub use health::{Era, ServerHealth};
pub use upstream::Upstream;
