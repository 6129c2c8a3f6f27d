//! `narrows tools`: the servers, or the tools of one.

use host::Rules;
use serde_json::{Value, json};
use surface::Surface;
use tools::{Held, Server, ServerName, ServerState, ToolId, WithheldTool};

use super::{Context, Needs, Servers, no_server};
use crate::{
    args::ToolsArgs,
    exit::{Failed, Status},
    listed::{server_json, state},
    print,
    typed::command,
};

pub(super) async fn tools(args: ToolsArgs, context: &Context<'_>) -> Result<(), Failed> {
    let needs = args.server.as_ref().map_or(Needs::Definitions, |name| Needs::Server(name));
    let gateway = context.start(Servers::asked(&args.servers), needs)?;
    let settled = async {
        match &args.server {
            // The list says what is to be said of each.
            None => context.arrive(&gateway).await,
            Some(name) => context.arrive_for(name, &gateway).await,
        }
        Ok(gateway.surface())
    };
    let surface = context.with(&gateway, settled).await?;
    match args.server {
        None => list_servers(&surface, &gateway.config.disabled, context),
        Some(name) => list_tools(&surface, &ServerName::new(name), &gateway.config.rules, context)?,
    }
    Ok(())
}

fn list_servers(surface: &Surface, disabled: &[ServerName], context: &Context<'_>) {
    let servers = surface.catalog().servers();
    if context.common.json {
        let disabled = disabled.iter().map(|name| json!({"server": name.as_str(), "state": "disabled"}));
        let list: Vec<_> = servers.iter().map(|server| server_json(server)).chain(disabled).collect();
        return print::json(&list);
    }
    let off = disabled.iter().map(|name| {
        vec![name.to_string(), "disabled".to_owned(), String::new(), "by the configuration".to_owned()]
    });
    let rows = servers.iter().map(|server| {
        let (state, reason) = state(&server.state);
        let note = if reason.is_empty() { withheld_note(server) } else { first_line(reason) };
        vec![server.name.to_string(), state.to_owned(), server.tools.len().to_string(), note]
    });
    print::out(print::table(&["server", "state", "tools", ""], rows.chain(off)));
}

/// Why a server without known tools cannot be asked for one.
pub(super) fn away(server: &Server) -> Option<Failed> {
    let ServerState::Failed { reason } = &server.state else { return None };
    let message = format!("server `{}` is not available: {reason}", server.name);
    Some(Failed::new(Status::Unavailable, message))
}

/// How many of a server's tools wait for a person to accept them.
pub(super) fn held_back(server: &Server) -> usize {
    server.withheld.iter().filter(|withheld| withheld.held != Held::NotAllowed).count()
}

/// How many of a server's tools are not offered, and why.
fn withheld_note(server: &Server) -> String {
    let held_back = held_back(server);
    let refused = server.withheld.len() - held_back;
    let held = format!("held back: see {}", command("trust"));
    let notes = [(refused, "refused by rules"), (held_back, held.as_str())];
    let notes = notes.iter().filter(|(count, _)| *count > 0);
    notes.map(|(count, what)| format!("{count} more {what}")).collect::<Vec<_>>().join("; ")
}

fn list_tools(
    surface: &Surface,
    name: &ServerName,
    rules: &Rules,
    context: &Context<'_>,
) -> Result<(), Failed> {
    let catalog = surface.catalog();
    let Some(server) = catalog.server(name) else {
        return Err(no_server(name.as_str(), catalog.servers()));
    };
    if let Some(away) = away(server) {
        return Err(away);
    }
    let ids = server.tools.iter().map(|tool| ToolId::new(name.clone(), tool.name.clone()));
    if context.common.json {
        let offered = ids.map(|id| surface.describe(&id, surface::Detail::Signatures));
        let withheld = server.withheld.iter().map(|tool| withheld_json(name, tool, rules));
        print::json(&offered.chain(withheld).collect::<Vec<_>>());
        return Ok(());
    }
    let withheld = server.withheld.iter().map(|tool| {
        let (word, why) = withheld(name, tool, rules);
        vec![tool.tool.name.to_string(), word.to_owned(), why]
    });
    let rows = ids.zip(&server.tools).map(|(id, tool)| {
        let path = surface.path_of(&id).unwrap_or_default();
        vec![tool.name.to_string(), format!("./{path}"), summary(&tool.description)]
    });
    print::out(print::table(&["tool", "import from", "description"], rows.chain(withheld)));
    Ok(())
}

/// Why a tool is not offered: in a word, and in a sentence.
fn withheld(server: &ServerName, tool: &WithheldTool, rules: &Rules) -> (&'static str, String) {
    match &tool.held {
        Held::NotAllowed => {
            let refusal = rules.refusal_of(server, &tool.tool);
            ("(refused)", refusal.map(|refusal| refusal.why).unwrap_or_default())
        }
        Held::NotAccepted { reason, remedy } => ("(held back)", format!("{reason}; {remedy}")),
    }
}

fn withheld_json(server: &ServerName, tool: &WithheldTool, rules: &Rules) -> Value {
    let mut fields = json!({"server": server.as_str(), "name": &*tool.tool.name});
    match &tool.held {
        Held::NotAllowed => {
            fields["withheld"] = "refused".into();
            fields["refusal"] = json!(rules.refusal_of(server, &tool.tool));
        }
        Held::NotAccepted { reason, remedy } => {
            fields["withheld"] = "held back".into();
            fields["reason"] = reason.as_str().into();
            fields["remedy"] = remedy.as_str().into();
        }
    }
    fields
}

fn first_line(text: &str) -> String {
    text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default().trim().to_owned()
}

/// The beginning of a description: the table wraps it to the terminal, and `--json` has all of it.
fn summary(text: &str) -> String {
    const SHOWN: usize = 99;
    text::cut(&first_line(text), SHOWN)
}
