//! Who asks for runs, and whether that client waits for them.

use std::{fmt, sync::Arc};

/// A client of a face, as far as sharing is concerned: runs are shared out between clients, not between requests. A
/// face chooses the name: one for each connection or session it can tell apart.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Client(Arc<str>);

impl Client {
    /// The person at this machine: the command line, or the agent on the standard streams.
    pub fn local() -> Self {
        Self::new("local")
    }

    /// A client of this name.
    pub fn new(name: &str) -> Self {
        Self(name.into())
    }
}

impl fmt::Display for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whether a run is waited for. One in the background gives way to those that are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Urgency {
    /// The client waits for the answer.
    Awaited,
    /// The client asks for the answer later.
    Background,
}

/// What permits are counted by.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Holder {
    pub(crate) client: Client,
    pub(crate) urgency: Urgency,
}
