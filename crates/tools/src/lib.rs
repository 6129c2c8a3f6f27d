//! The vocabulary of Narrows: what a server, a tool, a catalog, a call and an answer are.
//!
//! Every room may name these words. None of them says how a tool is reached, what TypeScript is,
//! or what a run is: that is `upstream`'s, `surface`'s and `host`'s to know.

mod call;
mod canonical;
mod catalog;
mod json;
mod lines;
mod method;
mod respond;
mod text;

pub use call::{
    Answer, AnswerFuture, Call, CallError, CallErrorKind, CallTool, Content, Exchange, IDEMPOTENCY_KEY,
};
pub use canonical::{canonical, fingerprint};
pub use catalog::{
    Annotations, Catalog, DroppedTool, Held, ObservedResult, Server, ServerName, ServerState, Tool, ToolId,
    WithheldTool,
};
pub use json::{DECEPTIVE_KEY, is_deceptive, without_lone_surrogates};
pub use lines::without_line_ends;
pub use method::{AnswerForm, Method, READ_RESOURCE};
pub use respond::{QUESTIONS, Question, Respond, Respondent, ResponseFuture, Unanswerable};
pub use text::{is_hidden, visible};

/// JSON kept as the bytes it arrived in: numbers keep their digits, objects their order.
pub use serde_json::value::RawValue;
