//! Why a request to a server has no result, before it is told to whoever made the call.

use serde_json::value::RawValue;
use tools::{CallError, CallErrorKind};

/// Everything that can go wrong between a request and its result.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// The server answered with a JSON-RPC error.
    #[error("{message}")]
    Rpc { code: i64, message: String, data: Option<Box<RawValue>> },
    /// The server answered with something the protocol does not allow.
    #[error("the server's answer cannot be read: {0}")]
    Malformed(String),
    /// The answer is over the budget.
    #[error("the answer is larger than {limit} bytes")]
    TooLarge { limit: usize },
    /// There is no connection, or it was lost before the answer came. The text is a whole sentence.
    #[error("{0}")]
    Lost(String),
    /// The server does not know our session any more; nothing was done.
    #[error("the server forgot the session")]
    SessionLost,
    /// The server wants a credential, or a better one. The text is a whole sentence that says what to do.
    #[error("{0}")]
    Denied(String),
    /// The server answered with this HTTP status and nothing we can read.
    #[error("the server answered HTTP {status}{said}")]
    Status { status: u16, said: String },
}

impl From<Failure> for CallError {
    fn from(failure: Failure) -> Self {
        let message = failure.to_string();
        let (kind, data) = match failure {
            Failure::Rpc { code, data, .. } => (CallErrorKind::Protocol(code), data),
            Failure::Malformed(_) => (CallErrorKind::BadAnswer, None),
            Failure::TooLarge { .. } => (CallErrorKind::TooLarge, None),
            Failure::Lost(_) | Failure::SessionLost | Failure::Denied(_) | Failure::Status { .. } => {
                (CallErrorKind::Unavailable, None)
            }
        };
        CallError { kind, message, data }
    }
}
