//! What a server says beside its messages, for the person who asks why it failed.

use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use tokio::io::AsyncRead;
use tokio_util::sync::CancellationToken;

use crate::{
    secrets::Secrets,
    stdio::{cause::cause, tail::Tail, variables},
    text::clean_line,
};

/// Shown of one line in a reason.
const SHOWN_BYTES_MAX: usize = 300;

/// The last lines of its standard error, and of its standard output what came before any message.
pub(crate) struct Log {
    errors: Arc<Tail>,
    errors_ended: CancellationToken,
    output: Arc<Tail>,
    speaks: AtomicBool,
    not_passed: NotPassed,
}

/// Names of variables of our environment that it did not get.
#[derive(Debug, Default)]
pub(super) struct NotPassed {
    /// Because they hold credentials.
    pub(super) withheld: Vec<String>,
    /// Because nobody asked for them.
    pub(super) unlisted: BTreeSet<String>,
}

impl Log {
    pub(super) fn new(secrets: &Arc<Secrets>, not_passed: NotPassed) -> Arc<Self> {
        let tail = || Tail::new(Arc::clone(secrets));
        let (errors_ended, speaks) = (CancellationToken::new(), AtomicBool::new(false));
        Arc::new(Self { errors: tail(), errors_ended, output: tail(), speaks, not_passed })
    }

    /// Reads its standard error to the end.
    pub(super) async fn follow(self: Arc<Self>, errors: impl AsyncRead + Unpin) {
        let _ended = self.errors_ended.clone().drop_guard();
        Arc::clone(&self.errors).follow(errors).await;
    }

    /// Waits until its standard error has ended.
    pub(super) async fn errors_ended(&self) {
        self.errors_ended.cancelled().await;
    }

    /// Takes note of a line of its standard output.
    pub(super) fn printed(&self, line: &[u8]) {
        if self.speaks.load(Ordering::Relaxed) {
            return;
        }
        if line.trim_ascii_start().starts_with(b"{") {
            return self.speaks.store(true, Ordering::Relaxed);
        }
        self.output.push(line);
    }

    /// Its lines, oldest first: those of its output before those of its errors.
    pub(crate) fn lines(&self) -> Vec<String> {
        let output = if self.speaks.load(Ordering::Relaxed) { Vec::new() } else { self.output.lines() };
        output.into_iter().chain(self.errors.lines()).collect()
    }

    /// What tells most of why it failed, as the end of a sentence; empty where it said nothing.
    pub(crate) fn words(&self) -> String {
        let said = |where_from: &str, tail: &Tail| {
            let line = cause(&tail.lines()).map(|line| clean_line(&line, SHOWN_BYTES_MAX));
            line.map(|line| format!("; its {where_from} says: {line}")).unwrap_or_default()
        };
        let output =
            if self.speaks.load(Ordering::Relaxed) { String::new() } else { said("output", &self.output) };
        said("log", &self.errors) + &output + &self.withheld() + &self.missed()
    }

    /// What to do where it speaks of a variable that we have and it has not.
    fn missed(&self) -> String {
        match variables::named(&self.lines(), &self.not_passed.unlisted) {
            None => String::new(),
            Some(name) => format!(
                "; `{name}` of Narrows' environment is not passed on to it: add `\"env\": {{\"{name}\": \"${{{name}}}\"}}` \
                 to its entry, or `{name}` to `narrows.env_pass`"
            ),
        }
    }

    fn withheld(&self) -> String {
        if self.not_passed.withheld.is_empty() {
            return String::new();
        }
        let names: Vec<_> = self.not_passed.withheld.iter().map(|name| format!("`{name}`")).collect();
        format!(
            "; not passed on to it because of the credentials in it: {} (see `narrows.env_pass`)",
            names.join(", ")
        )
    }

    /// What must not be seen of what it says.
    pub(crate) fn secrets(&self) -> &Secrets {
        &self.errors.secrets
    }
}
