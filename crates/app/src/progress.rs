//! A spinner for a person who waits for servers to start. Silent when stderr is not a terminal.

use std::{io::IsTerminal, time::Duration};

use indicatif::{ProgressBar, ProgressStyle};

use crate::gateway::{Gateway, starting};

/// Nobody notices a start that is faster than this.
const PATIENCE: Duration = Duration::from_millis(400);

/// How often the line is drawn anew.
const REDRAW: Duration = Duration::from_millis(100);

/// Waits for `work`, and says which servers are still starting when that takes a while.
pub(crate) async fn while_starting<T>(gateway: &Gateway, work: impl Future<Output = T>, quiet: Quiet) -> T {
    let mut work = std::pin::pin!(work);
    if quiet == Quiet::Yes || !std::io::stderr().is_terminal() {
        return work.await;
    }
    if let Ok(done) = tokio::time::timeout(PATIENCE, work.as_mut()).await {
        return done;
    }
    let style = ProgressStyle::with_template("{spinner} {msg} ({elapsed})");
    let bar =
        ProgressBar::new_spinner().with_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
    loop {
        let surface = gateway.surface();
        let names: Vec<_> = starting(surface.catalog()).map(tools::ServerName::as_str).collect();
        bar.set_message(match names.as_slice() {
            [] => "running".to_owned(),
            names => format!("starting {}", names.join(", ")),
        });
        bar.tick();
        if let Ok(done) = tokio::time::timeout(REDRAW, work.as_mut()).await {
            bar.finish_and_clear();
            return done;
        }
    }
}

/// Whether the person wants to hear nothing but results.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Quiet {
    /// Only results and errors.
    Yes,
    /// Warnings and progress too.
    No,
}
