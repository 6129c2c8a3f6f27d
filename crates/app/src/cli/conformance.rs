//! `narrows conformance-client URL`: connects to the conformance suite's server as to any other, and makes the calls
//! the suite asks for, or one of each tool, so that it can look at what we send.

use crate::exit::{Failed, Status};

/// Where the suite says which calls it wants to see.
const CONTEXT: &str = "MCP_CONFORMANCE_CONTEXT";

pub(super) async fn client(url: &str) -> Result<(), Failed> {
    let context = std::env::var(CONTEXT).ok();
    let exercised = upstream::exercise(url, context.as_deref(), None).await;
    exercised.map_err(|error| Failed::new(Status::Unavailable, error.to_string()))
}
