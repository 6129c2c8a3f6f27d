//! What a call names: a tool of the surface, or the resources of a server.

use std::{
    borrow::Cow,
    sync::{Arc, LazyLock},
};

use serde_json::json;
use surface::{Surface, Unknown};
use tools::{Annotations, CallError, CallErrorKind, Method, READ_RESOURCE, Tool, ToolId};

use crate::rules::is_read_only;

/// How what is called was named.
pub(crate) enum Wanted {
    /// A tool by its place in the tree: `servers/google-drive/getDocument`.
    Path(String),
    /// A tool by one of its names: `google_drive__get_document`, or the server and `get_document` apart.
    Name { server: Option<String>, tool: String },
    /// The resources of a server, by the server's name.
    Resource(String),
}

/// What was meant.
pub(super) struct Target<'s> {
    pub(super) method: Method,
    pub(super) id: Cow<'s, ToolId>,
    pub(super) definition: &'s Arc<Tool>,
}

/// Reading a resource, defined as servers define their tools, so that it is validated, judged and recorded like them.
static RESOURCES: LazyLock<Arc<Tool>> = LazyLock::new(|| {
    Arc::new(Tool {
        name: READ_RESOURCE.into(),
        title: None,
        description: String::new(),
        input_schema: json!({
            "type": "object",
            "properties": {"uri": {"type": "string", "minLength": 1}},
            "required": ["uri"],
        }),
        output_schema: Some(json!({
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "uri": {"type": "string"},
                    "mimeType": {"type": "string"},
                    "text": {"type": "string"},
                    "blob": {"type": "string"},
                },
                "required": ["uri"],
            },
        })),
        annotations: Annotations { read_only: Some(true), ..Annotations::default() },
    })
});

impl Target<'_> {
    /// Whether it is marked as changing nothing.
    pub(super) fn is_read_only(&self) -> bool {
        self.method == Method::ReadResource || is_read_only(self.definition)
    }
}

impl Wanted {
    /// What is called, as it was named.
    pub(super) fn shown(&self) -> Cow<'_, str> {
        match self {
            Self::Path(name) | Self::Name { server: None, tool: name } => name.into(),
            Self::Name { server: Some(server), tool } => format!("{server}/{tool}").into(),
            Self::Resource(_) => READ_RESOURCE.into(),
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
        Wanted::Resource(server) => {
            let server = surface.server_named(server).map_err(|unknown| not_there(&unknown))?;
            let id = Cow::Owned(ToolId::new(server.clone(), READ_RESOURCE));
            return Ok(Target { method: Method::ReadResource, id, definition: &RESOURCES });
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

fn not_there(unknown: &Unknown) -> CallError {
    let kind = if unknown.is_away { CallErrorKind::Unavailable } else { CallErrorKind::UnknownTool };
    CallError::new(kind, unknown.to_string())
}
