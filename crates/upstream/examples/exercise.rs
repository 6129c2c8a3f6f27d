//! Calls every tool of the server at a URL once: the client under test for the protocol's conformance suite.

use std::{env, process::ExitCode};

#[tokio::main]
async fn main() -> ExitCode {
    let Some(url) = env::args().next_back() else { return ExitCode::FAILURE };
    let context = env::var("MCP_CONFORMANCE_CONTEXT").ok();
    match upstream::exercise(&url, context.as_deref()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(%error, "the server cannot be exercised");
            ExitCode::FAILURE
        }
    }
}
