//! What a runner is told and what it says: the whole vocabulary between a script and the host.
//!
//! A run is one engine instance. It computes until nothing is left to do, hands out its pending calls, says
//! that it waits, and goes on when an answer settles one. Between those slices its stack is empty.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::{Limit, Limits, Position, WallState};

/// A run as a worker knows it: unique in the life of the host process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RunNumber(pub u64);

/// To a runner.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum ToRunner {
    /// Begin a run in a fresh instance.
    Start(Box<Start>),
    /// Answer a call, and let the run go on.
    Settle {
        /// The run.
        run: RunNumber,
        /// The call's id, as the run gave it.
        call: u32,
        /// The answer.
        with: Settlement,
        /// The clock of the slice that follows, in milliseconds since 1970.
        now_ms: f64,
    },
    /// Drop the run at once, whatever it does. Answered by [`End::Cancelled`], or by an end already under way.
    Cancel {
        /// The run.
        run: RunNumber,
    },
}

/// Everything a run begins with.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Start {
    /// The run.
    pub run: RunNumber,
    /// The script as JavaScript: see [`crate::Parsed::javascript`].
    pub javascript: String,
    /// The modules it imports, with those they import.
    pub modules: Vec<Module>,
    /// Seed of everything random.
    pub seed: u64,
    /// The clock of the first slice, in milliseconds since 1970. It stands still within a slice.
    pub now_ms: f64,
    /// The limits; the runner keeps those of time, memory, print, value, arguments, depth and outstanding calls.
    pub limits: Limits,
}

/// A module's name in the tree (`/servers/google-drive/getDocument.ts`) and its JavaScript.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Module {
    /// Absolute, with its ending.
    pub name: String,
    /// An ES module.
    pub javascript: String,
}

/// What kind of thing a script asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AskKind {
    /// A tool, or a resource of a server: it counts as a call, and the wall clock stands still.
    Tool,
    /// Only time passes; nothing is lost when the run ends before.
    Timer,
    /// The host's own: files, search, modules.
    Own,
}

impl AskKind {
    /// The kind, by the name that is asked under. Host and worker count by the same.
    pub fn of(name: &str) -> Self {
        match name {
            "call" | "resource" => Self::Tool,
            "timer" => Self::Timer,
            name if name.starts_with("servers/") => Self::Tool,
            _ => Self::Own,
        }
    }
}

/// How a call ends for the script.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Settlement {
    /// It resolves with this JSON.
    Json(#[serde(with = "serde_bytes")] Vec<u8>),
    /// It resolves with this text.
    Text(String),
    /// It resolves with a `Uint8Array` of these bytes.
    Bytes(#[serde(with = "serde_bytes")] Vec<u8>),
    /// It resolves with `undefined`.
    Undefined,
    /// A module was found: define it and everything it imports, then import the first.
    Modules(Vec<Module>),
    /// It resolves with the value of a tool's answer, and its content blocks are kept beside it.
    Answer(Box<InBlocks>),
    /// It rejects with an error made of this JSON object: `name`, `message`, and any other fields
    /// (`server`, `tool`, `code`, `data`) become its properties.
    Reject(#[serde(with = "serde_bytes")] Vec<u8>),
}

impl Settlement {
    /// The JSON it resolves with, or of the error it rejects with. `None` where it is something else.
    pub fn json(&self) -> Option<Cow<'_, str>> {
        match self {
            Self::Json(json) | Self::Reject(json) => Some(String::from_utf8_lossy(json)),
            Self::Answer(answer) => Some(String::from_utf8_lossy(&answer.value)),
            Self::Text(_) | Self::Bytes(_) | Self::Undefined | Self::Modules(_) => None,
        }
    }

    /// What it takes while it waits to be read, in bytes.
    pub fn bytes(&self) -> usize {
        match self {
            Self::Json(bytes) | Self::Bytes(bytes) | Self::Reject(bytes) => bytes.len(),
            Self::Text(text) => text.len(),
            Self::Modules(modules) => modules.iter().map(|module| module.javascript.len()).sum(),
            Self::Answer(answer) => answer.value.len() + answer.blocks.len(),
            Self::Undefined => 0,
        }
    }
}

/// A tool's answer whose content blocks say more than its value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InBlocks {
    /// The value: JSON.
    #[serde(with = "serde_bytes")]
    pub value: Vec<u8>,
    /// The blocks: a JSON array. Empty where they only repeat the value.
    #[serde(with = "serde_bytes")]
    pub blocks: Vec<u8>,
    /// Which of the blocks stand beside the value and do not repeat it.
    pub beside: Vec<u32>,
    /// The value may be the only item of a list: it can be gone through like one.
    pub is_only_item: bool,
}

/// From a runner.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum FromRunner {
    /// First frame of a worker's life.
    Ready {
        /// [`crate::WIRE_VERSION`] as the worker knows it.
        version: u32,
        /// The walls it has raised around itself, and those it could not.
        walls: Vec<WallState>,
        /// How many runs it can carry at once.
        capacity: u32,
        /// The fingerprint of its engine: one of the same gives the same run for the same [`Start`] and the same answers in
        /// the same order. `None` where that is not so.
        engine: Option<u64>,
    },
    /// The script asks the host for something.
    Call {
        /// The run.
        run: RunNumber,
        /// Chosen by the script's side, unique within the run.
        call: u32,
        /// What is wanted, as a path: `servers/google-drive/getDocument` calls that tool, `call` one by name,
        /// `fs/readFile` reads the workspace, `search`, `module`, `timer`.
        name: String,
        /// JSON, at most [`Limits::argument_bytes`].
        #[serde(with = "serde_bytes")]
        arguments: Vec<u8>,
        /// Where in the generated code it was asked, where known.
        at: Option<Position>,
    },
    /// The script printed.
    Printed {
        /// The run.
        run: RunNumber,
        /// What.
        print: Print,
    },
    /// The slice is over: the run waits for one of its calls.
    Waiting {
        /// The run.
        run: RunNumber,
        /// How many answers it has read: if more were sent, they are on their way, and it goes on.
        settled: u64,
        /// What it used so far.
        used: Used,
    },
    /// The run is over and its instance gone. The last frame of a run.
    Ended {
        /// The run.
        run: RunNumber,
        /// How.
        end: End,
        /// What it used in all.
        used: Used,
    },
}

/// A line a script printed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Print {
    /// Which of `console`'s functions.
    pub level: PrintLevel,
    /// The text, formatted as a console does.
    pub text: String,
}

/// The functions of `console`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PrintLevel {
    /// `console.log` and its kin.
    Log,
    /// `console.warn`.
    Warn,
    /// `console.error`.
    Error,
}

/// What a run used so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Used {
    /// Time spent computing, in microseconds.
    pub cpu_us: u64,
    /// The largest linear memory so far, in bytes.
    pub memory_bytes: u64,
    /// Printed text, in bytes.
    pub printed_bytes: u64,
}

/// How a run's script ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum End {
    /// It returned this JSON; `None` for `undefined`.
    Returned(#[serde(with = "serde_bytes")] Option<Vec<u8>>),
    /// It threw.
    Threw(Thrown),
    /// It reached a limit. The stack is where the script stood, where it could be had.
    Exceeded {
        /// Which.
        limit: Limit,
        /// Frames of the generated code, innermost first.
        stack: String,
    },
    /// It waits for a promise that nothing will ever settle.
    Deadlocked,
    /// The host cancelled it. The stack is where the script stood, where it could be had.
    Cancelled {
        /// Frames of the generated code, innermost first.
        stack: String,
    },
    /// The engine itself failed; the reason is for the log, not for the script.
    Crashed(String),
}

/// An error a script did not catch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Thrown {
    /// The error's `name`; `Error` when something else was thrown.
    pub name: String,
    /// The error's `message`, or the thrown value as text.
    pub message: String,
    /// Frames of the generated code, innermost first; empty when there are none.
    pub stack: String,
    /// The error's other own properties as a JSON object, where it has any.
    #[serde(with = "serde_bytes")]
    pub properties: Option<Vec<u8>>,
}
