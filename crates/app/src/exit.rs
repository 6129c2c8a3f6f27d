//! How the process ends, and the one place that prints why.

use std::{fmt, process::ExitCode};

use crate::{config::ConfigError, print};

/// Why a command failed, for a person.
#[derive(Debug)]
pub(crate) struct Failed {
    status: Status,
    message: String,
    hint: Option<String>,
}

/// Exit codes; see `narrows --help`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Status {
    /// The run or the call failed.
    Failed = 1,
    /// The command line is wrong.
    Usage = 2,
    /// The configuration is missing or wrong.
    Config = 64,
    /// A server that is needed cannot be reached.
    Unavailable = 69,
    /// Narrows itself failed.
    Internal = 70,
    /// The person pressed Ctrl-C, or the system asked the process to end.
    Interrupted = 130,
}

impl Failed {
    pub(crate) fn new(status: Status, message: impl Into<String>) -> Self {
        Self { status, message: message.into(), hint: None }
    }

    /// A failure of our own: the message of `error` and of all its causes.
    pub(crate) fn internal(what: &str, error: impl fmt::Display) -> Self {
        Self::new(Status::Internal, format!("{what}: {error}"))
    }

    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Nothing more to say: what failed is already printed as the command's result.
    pub(crate) fn told() -> Self {
        Self::new(Status::Failed, "")
    }

    /// Prints why on stderr and gives the exit code.
    pub(crate) fn report(&self) -> ExitCode {
        if !self.message.is_empty() {
            print::error(&self.message);
        }
        if let Some(hint) = &self.hint {
            print::hint(hint);
        }
        ExitCode::from(self.status as u8)
    }
}

impl From<ConfigError> for Failed {
    fn from(error: ConfigError) -> Self {
        let failed = Self::new(Status::Config, error.to_string());
        match error.hint() {
            Some(hint) => failed.hint(hint),
            None => failed,
        }
    }
}
