//! One invocation of a tool, and what comes back.

use std::{fmt, future::Future, pin::Pin, time::Duration};

use serde_json::value::RawValue;

use crate::ToolId;

/// One invocation of a tool.
#[derive(Debug, Clone)]
pub struct Call {
    /// Which tool.
    pub tool: ToolId,
    /// The arguments: a JSON object.
    pub arguments: Box<RawValue>,
    /// How long the server may take before the call fails with [`CallErrorKind::Timeout`].
    pub deadline: Duration,
}

/// What a tool returned, unwrapped from the protocol's envelope to a plain value.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The value as the script sees it.
    pub value: Box<RawValue>,
}

/// Why a call has no answer.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{message}")]
pub struct CallError {
    /// What kind of failure it was; decides the `code` the script sees.
    pub kind: CallErrorKind,
    /// What the server or the connection said. Untrusted text when it came from the server.
    pub message: String,
    /// The server's own details, where it gave any.
    pub data: Option<Box<RawValue>>,
}

impl CallError {
    /// A failure without details.
    pub fn new(kind: CallErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), data: None }
    }
}

/// The kinds of failure. `Display` gives the `code` of a `ToolError`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallErrorKind {
    /// The tool ran and reported an error (`isError: true`).
    Tool,
    /// The server answered with this JSON-RPC error code.
    Protocol(i64),
    /// The arguments do not fit the tool's schema; the server was not asked.
    InvalidArguments,
    /// No such tool now.
    UnknownTool,
    /// The server cannot be reached, or the connection was lost before the answer came.
    Unavailable,
    /// The server did not answer within the deadline.
    Timeout,
    /// The answer is larger than the budget for one answer.
    TooLarge,
    /// The answer is not what the protocol allows.
    BadAnswer,
    /// The run ended, or the caller gave up, before the answer came.
    Cancelled,
    /// The rules do not allow this call; the server was not asked.
    Refused,
    /// A limit of the run was reached; the server was not asked.
    Limit,
}

impl fmt::Display for CallErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Protocol(code) => return write!(f, "{code}"),
            Self::Tool => "tool_error",
            Self::InvalidArguments => "invalid_arguments",
            Self::UnknownTool => "unknown_tool",
            Self::Unavailable => "unavailable",
            Self::Timeout => "timeout",
            Self::TooLarge => "too_large",
            Self::BadAnswer => "bad_answer",
            Self::Cancelled => "cancelled",
            Self::Refused => "not_allowed",
            Self::Limit => "limit",
        })
    }
}

/// The future of an [`Answer`]. Dropping it cancels the call.
pub type AnswerFuture<'a> = Pin<Box<dyn Future<Output = Result<Answer, CallError>> + Send + 'a>>;

/// Whoever can carry a call to its server: `upstream` for real ones, a fake in tests.
pub trait CallTool: Send + Sync + 'static {
    /// Makes the call. Keeps its deadline by itself.
    fn call(&self, call: Call) -> AnswerFuture<'_>;
}
