//! What a call names: a tool of the surface, or what a server has beside its tools.

use std::{borrow::Cow, sync::Arc};

use surface::{Surface, Unknown};
use tools::{CallError, CallErrorKind, Held, Method, Server, ServerName, Tool, ToolId};

use super::requests;
use crate::rules::is_read_only;

/// How what is called was named.
pub(crate) enum Wanted {
    /// A tool by its place in the tree: `servers/google-drive/getDocument`.
    Path(String),
    /// A tool by one of its names: `google_drive__get_document`, or the server and `get_document` apart.
    Name { server: Option<String>, tool: String },
    /// What a server has beside its tools, by the server's name.
    Beside { method: Method, server: String },
}

/// What was meant.
pub(super) struct Target<'s> {
    pub(super) method: Method,
    pub(super) id: Cow<'s, ToolId>,
    pub(super) definition: &'s Arc<Tool>,
}

impl Target<'_> {
    /// Whether it is marked as changing nothing.
    pub(super) fn is_read_only(&self) -> bool {
        self.method.only_reads() || is_read_only(self.definition)
    }
}

impl Wanted {
    /// What is called, as it was named.
    pub(crate) fn shown(&self) -> Cow<'_, str> {
        match self {
            Self::Path(name) | Self::Name { server: None, tool: name } => name.into(),
            Self::Name { server: Some(server), tool } => format!("{server}/{tool}").into(),
            Self::Beside { method, .. } => method.name().into(),
        }
    }
}

/// What is meant, of what is there now.
pub(super) fn find<'s>(wanted: &Wanted, surface: &'s Surface) -> Result<Target<'s>, CallError> {
    let unknown = |message: String| CallError::new(CallErrorKind::UnknownTool, message);
    let id = match wanted {
        Wanted::Path(path) => {
            surface.tool_at(path).ok_or_else(|| unknown(format!("there is no tool at `/{path}.ts` now")))?
        }
        Wanted::Name { server, tool } => {
            surface.tool_meant(server.as_deref(), tool).map_err(|unknown| not_there(&unknown))?
        }
        Wanted::Beside { method, server } => {
            let server = surface.server_named(server).map_err(|unknown| not_there(&unknown))?;
            is_trusted(server, surface)?;
            let id = Cow::Owned(ToolId::new(server.clone(), method.name()));
            return Ok(Target { method: *method, id, definition: requests::definition(*method) });
        }
    };
    let definition =
        surface.catalog().tool(id).ok_or_else(|| unknown(format!("there is no tool `{id}` now")))?;
    Ok(Target { method: Method::CallTool, id: Cow::Borrowed(id), definition })
}

/// Which tool is meant, of what is there now, and whether it is marked as changing nothing.
pub(crate) fn meant(wanted: &Wanted, surface: &Surface) -> Option<(ToolId, bool)> {
    let Target { id, definition, .. } = find(wanted, surface).ok()?;
    Some((id.into_owned(), is_read_only(definition)))
}

/// What a server has beside its tools is of no use to a script that may use none of them: a person has to look at the server
/// first.
fn is_trusted(server: &ServerName, surface: &Surface) -> Result<(), CallError> {
    let is_held = |server: &Server| {
        let mut held = server.withheld.iter().map(|withheld| &withheld.held);
        server.tools.is_empty() && held.any(|held| matches!(held, Held::NotAccepted { .. }))
    };
    match surface.catalog().server(server) {
        Some(known) if is_held(known) => {
            let message = format!("`{server}` is held back until a person accepts its tools");
            Err(CallError::new(CallErrorKind::Refused, message))
        }
        _ => Ok(()),
    }
}

fn not_there(unknown: &Unknown) -> CallError {
    let kind = match (unknown.needs_login, unknown.is_away) {
        (true, _) => CallErrorKind::NeedsLogin,
        (_, true) => CallErrorKind::Unavailable,
        _ => CallErrorKind::UnknownTool,
    };
    CallError::new(kind, unknown.to_string())
}
