//! How the process ends, and the one place that prints why.

use std::{fmt, process::ExitCode};

use serde_json::{Value, json};

use crate::{config::ConfigError, print};

/// Why a command failed, for a person.
#[derive(Debug)]
pub(crate) struct Failed {
    status: Status,
    message: String,
    hint: Option<String>,
    /// What is printed on stdout says it already.
    in_result: bool,
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
    /// The result cannot be written.
    Output = 74,
    /// The person pressed Ctrl-C, or the system asked the process to end.
    Interrupted = 130,
}

impl From<host::QueueFull> for Failed {
    fn from(full: host::QueueFull) -> Self {
        Self::new(Status::Internal, full.to_string())
    }
}

impl Failed {
    pub(crate) fn new(status: Status, message: impl Into<String>) -> Self {
        Self { status, message: message.into(), hint: None, in_result: false }
    }

    /// A failure of our own: the message of `error` and of all its causes.
    pub(crate) fn internal(what: &str, error: impl fmt::Display) -> Self {
        Self::new(Status::Internal, format!("{what}: {error}"))
    }

    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// What failed.
    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    /// The command's result on stdout says already what failed.
    pub(crate) fn in_result(mut self) -> Self {
        self.in_result = true;
        self
    }

    /// Nothing more to say: what failed is already printed as the command's result.
    pub(crate) fn told() -> Self {
        Self::new(Status::Failed, "").in_result()
    }

    /// The error as `--json` prints it.
    pub(crate) fn json(&self) -> Value {
        let mut error = json!({
            "code": self.status.word(),
            "message": self.message,
            "exit_code": self.status as u8,
        });
        if let Some(hint) = &self.hint {
            error["hint"] = hint.as_str().into();
        }
        error
    }

    /// Prints why as JSON on stdout, unless the result there says it.
    pub(crate) fn print_json(&self) {
        if !self.in_result {
            print::json(&json!({"error": self.json()}));
        }
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

/// The exit code, once everything on stdout is written.
pub(crate) fn finish(code: ExitCode) -> ExitCode {
    match print::finish() {
        Ok(()) => code,
        Err(why) => Failed::new(Status::Output, format!("cannot write the result to stdout: {why}")).report(),
    }
}

impl Status {
    fn word(self) -> &'static str {
        match self {
            Self::Failed => "failed",
            Self::Usage => "usage",
            Self::Config => "configuration",
            Self::Unavailable => "unavailable",
            Self::Internal => "internal",
            Self::Output => "output",
            Self::Interrupted => "interrupted",
        }
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
