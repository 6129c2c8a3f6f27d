//! `narrows tools`: the servers, or the tools of one.

use serde_json::{Value, json};
use surface::Surface;
use tools::{Server, ServerName, ServerState, ToolId};

use super::{Context, Servers};
use crate::{
    args::ToolsArgs,
    exit::{Failed, Status},
    print,
};

pub(super) async fn tools(args: ToolsArgs, context: &Context<'_>) -> Result<(), Failed> {
    let surface = context.surface(Servers::asked(args.demo)).await?;
    match args.server {
        None => list_servers(&surface, context),
        Some(name) => list_tools(&surface, &ServerName::new(name), context)?,
    }
    Ok(())
}

fn list_servers(surface: &Surface, context: &Context<'_>) {
    let servers = surface.catalog().servers();
    if context.common.json {
        let list: Vec<_> = servers.iter().map(|server| server_json(server)).collect();
        return print::json(&list);
    }
    let rows = servers.iter().map(|server| {
        let (state, reason) = state(&server.state);
        vec![server.name.to_string(), state.to_owned(), server.tools.len().to_string(), first_line(reason)]
    });
    print::out(print::table(&["server", "state", "tools", ""], rows));
}

fn list_tools(surface: &Surface, name: &ServerName, context: &Context<'_>) -> Result<(), Failed> {
    let catalog = surface.catalog();
    let Some(server) = catalog.server(name) else {
        let known: Vec<_> = catalog.servers().iter().map(|server| format!("`{}`", server.name)).collect();
        return Err(Failed::new(Status::Failed, format!("there is no server `{name}`"))
            .hint(format!("there are {}", known.join(", "))));
    };
    if let ServerState::Failed { reason } = &server.state {
        let reason = print::printable(reason);
        return Err(Failed::new(Status::Unavailable, format!("server `{name}` is not available: {reason}")));
    }
    let ids = server.tools.iter().map(|tool| ToolId::new(name.clone(), tool.name.clone()));
    if context.common.json {
        let list: Vec<_> = ids.map(|id| surface.describe(&id, surface::Detail::Signatures)).collect();
        print::json(&list);
        return Ok(());
    }
    let rows = ids.zip(&server.tools).map(|(id, tool)| {
        let path = surface.path_of(&id).unwrap_or_default();
        vec![tool.name.to_string(), format!("./{path}"), first_line(&tool.description)]
    });
    print::out(print::table(&["tool", "import from", "description"], rows));
    Ok(())
}

/// A state in a word, and its reason.
pub(super) fn state(state: &ServerState) -> (&'static str, &str) {
    match state {
        ServerState::Starting => ("starting", ""),
        ServerState::Ready => ("ready", ""),
        ServerState::Stale { reason } => ("stale", reason),
        ServerState::Failed { reason } => ("failed", reason),
    }
}

fn server_json(server: &Server) -> Value {
    let (state, reason) = state(&server.state);
    json!({
        "server": server.name.as_str(),
        "state": state,
        "reason": (!reason.is_empty()).then_some(reason),
        "tools": server.tools.len(),
    })
}

fn first_line(text: &str) -> String {
    const SHOWN: usize = 100;
    let line = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default().trim();
    if line.chars().count() <= SHOWN {
        return line.to_owned();
    }
    line.chars().take(SHOWN - 1).chain(['…']).collect()
}
