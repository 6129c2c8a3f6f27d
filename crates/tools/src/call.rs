//! One invocation of a tool, and what comes back.

use std::{borrow::Cow, collections::HashMap, fmt, future::Future, pin::Pin, time::Duration};

use serde_json::value::RawValue;

use crate::{AnswerForm, Method, Respondent, ToolId};

/// The member of a request's `_meta` that holds its idempotency key: in calls to servers, and in those of clients.
pub const IDEMPOTENCY_KEY: &str = "narrows/idempotencyKey";

/// One invocation of a tool, or another request to a server that is treated as one.
#[derive(Debug, Clone)]
pub struct Call {
    /// What is asked.
    pub method: Method,
    /// Which tool; the name of the method for everything else.
    pub tool: ToolId,
    /// The arguments: a JSON object.
    pub arguments: Box<RawValue>,
    /// What the answer is to be.
    pub form: AnswerForm,
    /// What the server can know this call by when it is made a second time. `None` where twice is the same as once.
    pub idempotency_key: Option<String>,
    /// What the calls of one script share, and no others. `None` for a call that belongs to no script.
    pub series: Option<String>,
    /// Who answers what the server asks meanwhile; `None` where nobody can.
    pub respondent: Option<Respondent>,
    /// How long the server may take before the call fails with [`CallErrorKind::Timeout`].
    pub deadline: Duration,
}

/// A call that was made, and what came of it.
#[derive(Debug, Clone)]
pub struct Exchange {
    /// What was asked.
    pub method: Method,
    /// Which tool; the name of the method for everything else.
    pub tool: ToolId,
    /// The arguments: a JSON object.
    pub arguments: Box<RawValue>,
    /// What the server answered, or why it did not.
    pub outcome: Result<Answer, CallError>,
}

/// What a tool returned, unwrapped from the protocol's envelope to a plain value.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The value as the script sees it.
    pub value: Box<RawValue>,
    /// The content blocks it came in, where they say more than the value does.
    pub content: Option<Content>,
}

/// The content blocks of an answer.
#[derive(Debug, Clone)]
pub struct Content {
    /// All of them as the server sent them, without `_meta`: a JSON array. `None` where they only repeat a large value.
    pub blocks: Option<Box<RawValue>>,
    /// Those that stand beside the value and do not repeat it, by position.
    pub beside: Vec<u32>,
    /// The value is the only block of an answer that has one block for each of its items.
    pub is_only_item: bool,
}

impl From<Box<RawValue>> for Answer {
    /// An answer that is a value and nothing else.
    fn from(value: Box<RawValue>) -> Self {
        Self { value, content: None }
    }
}

impl Answer {
    /// The value with the blocks beside it as one more member, where there are any and it can have members.
    pub fn whole(self) -> Box<RawValue> {
        let beside = self.content.as_ref().and_then(Content::blocks_beside);
        match beside.and_then(|blocks| with_member(self.value.get(), &blocks)) {
            Some(whole) => whole,
            None => self.value,
        }
    }
}

impl Content {
    /// The blocks beside the value, one JSON text each; nothing where there are none.
    pub fn blocks_beside(&self) -> Option<Vec<&RawValue>> {
        let all: Vec<&RawValue> = serde_json::from_str(self.blocks.as_ref()?.get()).ok()?;
        let beside: Vec<_> =
            self.beside.iter().filter_map(|&at| all.get(usize::try_from(at).ok()?).copied()).collect();
        (!beside.is_empty()).then_some(beside)
    }
}

fn with_member(object: &str, blocks: &[&RawValue]) -> Option<Box<RawValue>> {
    let members: HashMap<Cow<'_, str>, &RawValue> = serde_json::from_str(object).ok()?;
    // The engines write the same names.
    let name = if members.contains_key("content") { "contentBlocks" } else { "content" };
    let comma = if members.is_empty() { "" } else { "," };
    let blocks: Vec<&str> = blocks.iter().map(|block| block.get()).collect();
    let body = object.trim_end().strip_suffix('}')?;
    RawValue::from_string(format!("{body}{comma}\"{name}\":[{}]}}", blocks.join(","))).ok()
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
    /// The server wants its person to sign in, or to sign in again; it did nothing.
    NeedsLogin,
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
    /// A person was asked and did not approve the call; the server was not asked.
    NotApproved,
    /// A limit of the run was reached; the server was not asked.
    Limit,
    /// The call may have reached its server before Narrows stopped, and its answer was lost.
    UnknownOutcome,
    /// Answers come from a recording, and it has none to this call.
    NotRecorded,
}

impl CallErrorKind {
    /// Those with a word of their own.
    const WORDS: [(Self, &'static str); 14] = [
        (Self::Tool, "tool_error"),
        (Self::InvalidArguments, "invalid_arguments"),
        (Self::UnknownTool, "unknown_tool"),
        (Self::Unavailable, "unavailable"),
        (Self::NeedsLogin, "needs_login"),
        (Self::Timeout, "timeout"),
        (Self::TooLarge, "too_large"),
        (Self::BadAnswer, "bad_answer"),
        (Self::Cancelled, "cancelled"),
        (Self::Refused, "not_allowed"),
        (Self::NotApproved, "refused"),
        (Self::Limit, "limit"),
        (Self::UnknownOutcome, "unknown_outcome"),
        (Self::NotRecorded, "not_recorded"),
    ];

    /// The kind that is shown as this code.
    pub fn named(code: &str) -> Option<Self> {
        let word = Self::WORDS.into_iter().find(|(_, word)| *word == code);
        word.map(|(kind, _)| kind).or_else(|| code.parse().ok().map(Self::Protocol))
    }
}

impl fmt::Display for CallErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Protocol(code) => write!(f, "{code}"),
            kind => {
                let word = Self::WORDS.iter().find(|(known, _)| known == kind);
                f.write_str(word.map_or("unknown", |(_, word)| word))
            }
        }
    }
}

/// The future of an [`Answer`]. Dropping it cancels the call.
pub type AnswerFuture<'a> = Pin<Box<dyn Future<Output = Result<Answer, CallError>> + Send + 'a>>;

/// What can carry a call to its server: `upstream` for real ones, a fake in tests.
pub trait CallTool: Send + Sync + 'static {
    /// Makes the call. Keeps its deadline by itself.
    fn call(&self, call: Call) -> AnswerFuture<'_>;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(json: &str) -> Box<RawValue> {
        RawValue::from_string(json.to_owned()).expect("JSON")
    }

    #[test]
    fn blocks_beside_a_value_are_one_more_member_of_it() {
        for (value, beside, expect) in [
            (r#"{"a":12345678901234567890}"#, vec![1], r#"{"a":12345678901234567890,"content":[{"b":2}]}"#),
            ("{ }", vec![1, 0], r#"{ "content":[{"b":2},1]}"#),
            (r#"{"content":"x"}"#, vec![0], r#"{"content":"x","contentBlocks":[1]}"#),
            ("[1]", vec![0], "[1]"),
            ("{}", vec![], "{}"),
            ("{}", vec![9], "{}"),
        ] {
            let content = Content { blocks: Some(raw(r#"[1,{"b":2}]"#)), beside, is_only_item: false };
            let answer = Answer { value: raw(value), content: Some(content) };
            assert_eq!(answer.whole().get(), expect);
        }
    }
}
