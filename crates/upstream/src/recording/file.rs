//! The form of a recording on disk: one JSON object.

use std::{borrow::Cow, collections::HashSet, sync::Arc};

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value, value::RawValue};
use tools::{
    Answer, CallError, CallErrorKind, Content, DECEPTIVE_KEY, Exchange, Method, READ_RESOURCE, Server,
    ServerName, ServerState, ToolId, is_deceptive,
};

use super::RECORDING_BYTES_MAX;
use crate::{
    handshake::{INSTRUCTIONS_BYTES_MAX, TITLE_BYTES_MAX},
    listing::Listing,
    memory::definition_json,
    text::{clean, clean_line},
};

/// The version of the form. Others are not read.
const VERSION: u32 = 1;

/// What alone is read of a file of another version.
#[derive(Deserialize)]
struct Head {
    narrows_recording: Option<u32>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RecordingFile<'a> {
    narrows_recording: u32,
    #[serde(borrow)]
    servers: Vec<FiledServer<'a>>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct FiledServer<'a> {
    name: Cow<'a, str>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    title: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    instructions: Option<Cow<'a, str>>,
    /// Definitions as in the answer to `tools/list`.
    tools: Box<RawValue>,
    #[serde(borrow)]
    calls: Vec<FiledCall<'a>>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct FiledCall<'a> {
    /// Left out where a resource was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    tool: Option<Cow<'a, str>>,
    #[serde(borrow)]
    arguments: &'a RawValue,
    #[serde(borrow, default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    answer: Option<&'a RawValue>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    content: Option<FiledContent<'a>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    error: Option<FiledError<'a>>,
}

/// The content blocks that an answer came in: see [`Content`].
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct FiledContent<'a> {
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    blocks: Option<&'a RawValue>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    beside: Vec<u32>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    is_only_item: bool,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct FiledError<'a> {
    code: Cow<'a, str>,
    message: Cow<'a, str>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    data: Option<&'a RawValue>,
}

/// What is there is given, also where it is `null`.
fn given<'de, D: Deserializer<'de>>(value: D) -> Result<Option<&'de RawValue>, D::Error> {
    Deserialize::deserialize(value).map(Some)
}

/// The recording of these servers, as it is written to a file. `None` where it were larger than what is read.
pub fn recording_json(servers: &[Arc<Server>], exchanges: &[Exchange]) -> Option<String> {
    let servers = servers.iter().map(|server| FiledServer {
        name: server.name.as_str().into(),
        title: server.title.as_deref().map(Cow::from),
        instructions: server.instructions.as_deref().map(Cow::from),
        tools: tools_json(server),
        calls: exchanges.iter().filter(|one| one.tool.server == server.name).map(FiledCall::of).collect(),
    });
    let file = RecordingFile { narrows_recording: VERSION, servers: servers.collect() };
    // Every value of these types has a form in JSON.
    let json = serde_json::to_string_pretty(&file).unwrap_or_default();
    (json.len() <= RECORDING_BYTES_MAX).then_some(json)
}

fn tools_json(server: &Server) -> Box<RawValue> {
    let tools: Vec<_> = server.tools.iter().map(|tool| definition_json(tool)).collect();
    serde_json::value::to_raw_value(&tools).unwrap_or_else(|_| RawValue::NULL.to_owned())
}

/// The servers and calls of a recording; what is wrong with it.
pub(super) fn decoded(bytes: &[u8]) -> Result<(Vec<Arc<Server>>, Vec<Exchange>), String> {
    if is_deceptive(bytes) {
        return Err(format!("it holds {DECEPTIVE_KEY}"));
    }
    let unreadable = |error: serde_json::Error| format!("it cannot be read: {error}");
    match serde_json::from_slice::<Head>(bytes).map_err(unreadable)?.narrows_recording {
        Some(VERSION) => {}
        Some(version) => {
            return Err(format!(
                "it has version {version}, and this Narrows reads version {VERSION}: export the runs again"
            ));
        }
        None => return Err("it has no `narrows_recording`, the version that a recording has".to_owned()),
    }
    let file: RecordingFile<'_> = serde_json::from_slice(bytes).map_err(unreadable)?;
    let (mut servers, mut exchanges, mut names) = (Vec::new(), Vec::new(), HashSet::new());
    for filed in file.servers {
        let server = filed.server()?;
        if !names.insert(server.name.clone()) {
            return Err(format!("it has two servers `{}`", server.name));
        }
        for (call, number) in filed.calls.into_iter().zip(1..) {
            let in_place = |reason| format!("call {number} of `{}`: {reason}", server.name);
            exchanges.push(call.exchange(&server.name).map_err(in_place)?);
        }
        servers.push(Arc::new(server));
    }
    Ok((servers, exchanges))
}

impl FiledServer<'_> {
    fn server(&self) -> Result<Server, String> {
        let mut listing = Listing::default();
        listing.add_page(&self.tools).map_err(|error| format!("server `{}`: {error}", self.name))?;
        let title = self.title.as_deref().map(|title| clean_line(title, TITLE_BYTES_MAX));
        let instructions = self.instructions.as_deref().map(|text| clean(text, INSTRUCTIONS_BYTES_MAX));
        Ok(Server {
            title,
            instructions,
            state: ServerState::Ready,
            tools: listing.tools,
            dropped: listing.dropped,
            ..Server::starting(ServerName::new(&*self.name))
        })
    }
}

impl<'a> FiledCall<'a> {
    fn of(exchange: &'a Exchange) -> Self {
        let is_tool = exchange.method == Method::CallTool;
        let answer = exchange.outcome.as_ref().ok();
        Self {
            tool: is_tool.then(|| Cow::from(&*exchange.tool.tool)),
            arguments: &exchange.arguments,
            answer: answer.map(|answer| &*answer.value),
            content: answer.and_then(|answer| answer.content.as_ref()).map(FiledContent::of),
            error: exchange.outcome.as_ref().err().map(FiledError::of),
        }
    }

    fn exchange(self, server: &ServerName) -> Result<Exchange, String> {
        // What is nested deeper than this reads is no argument of a script either.
        serde_json::from_str::<Map<String, Value>>(self.arguments.get())
            .map_err(|error| format!("its `arguments` are not an object that can be read: {error}"))?;
        let outcome = match (self.answer, self.error) {
            (Some(value), None) => {
                Ok(Answer { value: value.to_owned(), content: self.content.map(FiledContent::content) })
            }
            (None, Some(error)) => Err(error.error()?),
            _ => return Err("it has to have either an `answer` or an `error`".to_owned()),
        };
        let method = if self.tool.is_some() { Method::CallTool } else { Method::ReadResource };
        let tool = ToolId::new(server.clone(), self.tool.as_deref().unwrap_or(READ_RESOURCE));
        Ok(Exchange { method, tool, arguments: self.arguments.to_owned(), outcome })
    }
}

impl<'a> FiledContent<'a> {
    fn of(content: &'a Content) -> Self {
        Self {
            blocks: content.blocks.as_deref(),
            beside: content.beside.clone(),
            is_only_item: content.is_only_item,
        }
    }

    fn content(self) -> Content {
        let Self { blocks, beside, is_only_item } = self;
        Content { blocks: blocks.map(RawValue::to_owned), beside, is_only_item }
    }
}

impl<'a> FiledError<'a> {
    fn of(error: &'a CallError) -> Self {
        Self {
            code: error.kind.to_string().into(),
            message: (&*error.message).into(),
            data: error.data.as_deref(),
        }
    }

    fn error(self) -> Result<CallError, String> {
        let unknown = || format!("there is no code of errors `{}`", self.code);
        let kind = CallErrorKind::named(&self.code).ok_or_else(unknown)?;
        let message = clean(&self.message, RECORDING_BYTES_MAX);
        Ok(CallError { kind, message, data: self.data.map(RawValue::to_owned) })
    }
}
