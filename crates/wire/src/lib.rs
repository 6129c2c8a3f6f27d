//! What the host and its worker processes say to each other.
//!
//! A worker is a subcommand of the same binary with an empty environment; frames travel on its stdin and
//! stdout. There are two kinds: the *parser* ([`ToParser`], [`FromParser`]) and the *runner*
//! ([`ToRunner`], [`FromRunner`]). What a worker says is hostile until decoded within the budget of a frame.
//!
//! This room knows no files, no sockets, no MCP and no engine.

mod frame;
mod limits;
mod run;
mod script;
mod wall;

pub use frame::{
    FRAME_BYTES_MAX, FrameError, HEADER_BYTES, decode, encode_into, frame_length, read_frame, write_frame,
};
pub use limits::{Limit, Limits, OUTSTANDING_MAX};
pub use run::{
    AskKind, End, FromRunner, InBlocks, Module, Print, PrintLevel, RunNumber, Settlement, Start, Thrown,
    ToRunner, Used,
};
pub use script::{
    Call, Callee, Export, Field, FromParser, Global, Import, ImportedName, LITERAL_DEPTH_MAX, Literal, MAIN,
    Parsed, Position, PositionMap, Reach, Read, ReadKind, ScriptError, ScriptFacts, Step, Suspect,
    SuspectKind, ToParser,
};
pub use wall::{Standing, Wall, WallState};

/// The version of everything in this crate. Both sides name it first; a difference ends the worker.
pub const WIRE_VERSION: u32 = 12;
