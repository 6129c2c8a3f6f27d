//! Who answers what a server asks in the middle of a call.

use std::{fmt, future::Future, ops::Deref, pin::Pin, sync::Arc};

use serde_json::value::RawValue;

use crate::ServerName;

/// The methods by which servers ask the client of a call.
pub const QUESTIONS: [&str; 3] = ["elicitation/create", "sampling/createMessage", "roots/list"];

/// What a server asks: text of a stranger.
#[derive(Debug, Clone)]
pub struct Question {
    /// The server.
    pub server: ServerName,
    /// One of [`QUESTIONS`].
    pub method: String,
    /// A JSON object.
    pub params: Box<RawValue>,
}

/// Why a question has no answer, as a clause: `the client cannot be asked`.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{0}")]
pub struct Unanswerable(pub String);

/// The future of the result of a question.
pub type ResponseFuture<'a> = Pin<Box<dyn Future<Output = Result<Box<RawValue>, Unanswerable>> + Send + 'a>>;

/// What can answer servers: a client of the protocol.
pub trait Respond: Send + Sync + 'static {
    /// What it can, as the protocol's JSON object of capabilities.
    fn capabilities(&self) -> String;

    /// Its answer: the result of the protocol. It keeps a time limit by itself.
    fn respond(&self, question: Question) -> ResponseFuture<'_>;
}

/// One who answers. Cheap to clone; clones are the same.
#[derive(Clone)]
pub struct Respondent(Arc<dyn Respond>);

impl Respondent {
    /// This one.
    pub fn new(respond: impl Respond) -> Self {
        Self(Arc::new(respond))
    }

    /// Whether it is the same one.
    pub fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Deref for Respondent {
    type Target = dyn Respond;

    fn deref(&self) -> &Self::Target {
        &*self.0
    }
}

impl fmt::Debug for Respondent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Respondent")
    }
}
