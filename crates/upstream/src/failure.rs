//! Why a request to a server has no result, before it is worded for the caller.

use serde_json::value::RawValue;
use tools::{CallError, CallErrorKind};

use crate::sign_in::SignInError;

/// Everything that can go wrong between a request and its result.
#[derive(Debug, Clone, thiserror::Error)]
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
    /// The server took an HTTP request and ended its answer early, or never began it; it can be asked other things.
    /// The text is a whole sentence.
    #[error("{0}")]
    NoAnswer(String),
    /// The server does not know our session any more; nothing was done.
    #[error("the server forgot the session")]
    SessionLost,
    /// The server wants a credential, or a better one. The text is a whole sentence that says what to do.
    #[error("{0}")]
    Denied(String),
    /// The person has to sign in before the server does anything. The text is a whole sentence that says what to do.
    #[error("{0}")]
    NeedsLogin(String),
    /// The server answered with this HTTP status and nothing we can read.
    #[error("the server answered HTTP {status}{said}")]
    Status { status: u16, said: String },
    /// No way to speak with the server was accepted. The text says what each of them was answered with.
    #[error("{0}")]
    Refused(String),
}

impl Failure {
    /// As [`Failure::to_string`], for a reader who does not know that the text may be the server's.
    pub(crate) fn in_words(&self) -> String {
        match self {
            Self::Rpc { message, .. } => format!("the server answered with an error: {message}"),
            failure => failure.to_string(),
        }
    }

    /// Whether the server is there and did not answer as was hoped: another way to ask may be the one it knows.
    pub(crate) fn is_refusal(&self) -> bool {
        !matches!(self, Self::Lost(_) | Self::NeedsLogin(_))
    }

    /// With an addition to what is said of the way between us and the server. What names that way already stays, and so
    /// does what is the server's own.
    pub(crate) fn with(self, addition: &str) -> Self {
        match self {
            Self::Malformed(text) => Self::Malformed(text + addition),
            Self::Denied(text) => Self::Denied(text + addition),
            Self::Refused(text) => Self::Refused(text + addition),
            Self::Status { status, said } => Self::Status { status, said: said + addition },
            failure => failure,
        }
    }

    /// The failure of two ways to speak with a server; one that is told the same twice is told once.
    pub(crate) fn of_both(first: (&str, &Self), second: (&str, Self)) -> Self {
        let (said_first, said_second) = (first.1.in_words(), second.1.in_words());
        if said_first == said_second {
            return second.1;
        }
        Self::Refused(format!("{}: {said_first}; {}: {said_second}", first.0, second.0))
    }
}

impl From<SignInError> for Failure {
    fn from(error: SignInError) -> Self {
        match error {
            SignInError::NeedsLogin(what) => Self::NeedsLogin(what),
            SignInError::Unavailable(why) => Self::Lost(why),
        }
    }
}

impl From<Failure> for CallError {
    fn from(failure: Failure) -> Self {
        let message = failure.to_string();
        let (kind, data) = match failure {
            Failure::Rpc { code, data, .. } => (CallErrorKind::Protocol(code), data),
            Failure::Malformed(_) => (CallErrorKind::BadAnswer, None),
            Failure::TooLarge { .. } => (CallErrorKind::TooLarge, None),
            Failure::NeedsLogin(_) => (CallErrorKind::NeedsLogin, None),
            Failure::Lost(_)
            | Failure::NoAnswer(_)
            | Failure::SessionLost
            | Failure::Denied(_)
            | Failure::Status { .. }
            | Failure::Refused(_) => (CallErrorKind::Unavailable, None),
        };
        CallError { kind, message, data }
    }
}
