//! What makes two requests the same: the tool or the name that is asked for, and the arguments.

use std::fmt;

use surface::Surface;
use tools::{ServerName, ToolId, canonical};

use crate::{
    broker,
    journal::{Inherited, Noted, Request, SentCall, Settled},
    run::called::called,
    workspace,
};

/// Equal for requests that are the same.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct MatchKey {
    pub(crate) name: MatchName,
    /// JSON, in its canonical form.
    pub(crate) arguments: String,
}

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum MatchName {
    /// A tool, under whatever name.
    Tool(ToolId),
    /// Something else, or a tool that is not known.
    Path(String),
}

/// What is known of a request from the tools of this moment.
pub(crate) struct Asking {
    pub(crate) key: MatchKey,
    pub(crate) effect: Effect,
}

/// What a request has to do with the world outside of the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effect {
    /// Its answer depends on what is there.
    Reads,
    /// It may change what is there.
    Changes,
    /// Nothing: timers, searches, imports, tools that are not there.
    None,
}

impl MatchKey {
    /// That of what a run may take from another.
    pub(super) fn of(inherited: &Inherited) -> Self {
        match inherited {
            Inherited::Answer { settled, .. } => Self::of_settled(settled),
            Inherited::Sent(SentCall { server, tool, arguments, .. }) => {
                Self::of_tool(server, tool, arguments)
            }
            Inherited::Changing(changing) | Inherited::Changed(changing) => Self::of_path(&changing.request),
        }
    }

    /// That of a request that was answered.
    pub(crate) fn of_settled(settled: &Settled) -> Self {
        let record = settled.noted.as_ref().and_then(Noted::record);
        match record {
            Some(record) if !record.server.is_empty() => {
                Self::of_tool(&record.server, &record.tool, &settled.request.tool_arguments())
            }
            _ => Self::of_path(&settled.request),
        }
    }

    fn of_tool(server: &str, tool: &str, arguments: &[u8]) -> Self {
        Self::of_id(ToolId::new(ServerName::new(server), tool), arguments)
    }

    fn of_id(id: ToolId, arguments: &[u8]) -> Self {
        // No arguments are an empty object.
        let arguments = if arguments.is_empty() { b"{}" } else { arguments };
        Self { name: MatchName::Tool(id), arguments: canonical(arguments) }
    }

    fn of_path(request: &Request) -> Self {
        let Request { name, arguments } = request.noted();
        Self { name: MatchName::Path(name), arguments: canonical(&arguments) }
    }
}

impl Asking {
    /// What is known of a request.
    pub(crate) fn of(request: &Request, surface: &Surface) -> Self {
        let tool = called(&request.name, &request.arguments).and_then(Result::ok);
        if let Some((wanted, arguments)) = tool
            && let Some((id, only_reads)) = broker::meant(&wanted, surface)
        {
            return Self { key: MatchKey::of_id(id, &arguments), effect: Effect::of(!only_reads) };
        }
        let effect = workspace::changes_files(&request.name).map_or(Effect::None, Effect::of);
        Self { key: MatchKey::of_path(request), effect }
    }
}

impl Effect {
    fn of(changes: bool) -> Self {
        if changes { Self::Changes } else { Self::Reads }
    }
}

impl Request {
    /// The arguments that a tool is given.
    pub(crate) fn tool_arguments(&self) -> Vec<u8> {
        match called(&self.name, &self.arguments) {
            Some(Ok((_, arguments))) => arguments,
            Some(Err(_)) | None => self.arguments.clone(),
        }
    }
}

impl fmt::Display for MatchName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tool(id) => id.fmt(f),
            Self::Path(path) => f.write_str(path),
        }
    }
}
