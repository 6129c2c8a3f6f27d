//! `narrows trust`: what tools say of themselves and a person has not accepted, and accepting it.

use std::sync::Arc;

use ::tools::{Server, ServerName};
use serde_json::{Value, json};

use super::{Context, Servers, no_server};
use crate::{
    args::TrustArgs,
    exit::{Failed, Status},
    gateway::Gateway,
    print::{self, Colour},
    progress::while_starting,
    trust::{Waiting, quoted},
};

pub(super) async fn trust(args: &TrustArgs, context: &Context<'_>) -> Result<(), Failed> {
    let gateway = context.start(Servers::Configured)?;
    let settled = async {
        while_starting(&gateway, gateway.settled(), context.quiet()).await;
        Ok(gateway.surface().catalog().servers().to_vec())
    };
    let servers = context.with(&gateway, settled).await?;
    let servers = meant(&servers, args)?;
    let mut waiting: Vec<Waiting> = servers
        .iter()
        .flat_map(|server| gateway.pins.waiting(server))
        .filter(|it| is_meant(it, args))
        .collect();
    waiting.sort_by(|a, b| {
        (&a.server, a.reason.is_none(), &a.tool).cmp(&(&b.server, b.reason.is_none(), &b.tool))
    });
    if args.all || args.server.is_some() {
        accept(&gateway, &servers, &waiting, args, context)?;
    }
    if context.common.json {
        print::json(&as_json(&waiting, args));
    } else {
        show(&waiting, args);
    }
    Ok(())
}

/// The servers asked about; a name that means nothing is an error.
fn meant(servers: &[Arc<Server>], args: &TrustArgs) -> Result<Vec<Arc<Server>>, Failed> {
    let Some(name) = &args.server else { return Ok(servers.to_vec()) };
    let Some(server) = servers.iter().find(|server| server.name == ServerName::new(name.as_str())) else {
        return Err(no_server(name, servers));
    };
    let mut tools = server.tools.iter().chain(server.withheld.iter().map(|withheld| &withheld.tool));
    match &args.tool {
        Some(tool) if !tools.any(|known| *known.name == **tool) => {
            Err(Failed::new(Status::Usage, format!("server `{name}` has no tool `{tool}` now"))
                .hint("its server's own name is needed, as `narrows trust` lists it"))
        }
        _ => Ok(vec![server.clone()]),
    }
}

fn is_meant(waiting: &Waiting, args: &TrustArgs) -> bool {
    args.tool.as_ref().is_none_or(|tool| *tool == waiting.tool)
}

fn accept(
    gateway: &Gateway,
    servers: &[Arc<Server>],
    waiting: &[Waiting],
    args: &TrustArgs,
    context: &Context<'_>,
) -> Result<(), Failed> {
    for server in servers.iter().filter(|server| waiting.iter().any(|it| it.server == server.name)) {
        let aside = gateway
            .pins
            .accept(server, args.tool.as_deref())
            .map_err(|error| Failed::new(Status::Failed, error.to_string()))?;
        if let Some(aside) = aside {
            context.warn(format_args!(
                "the pins of `{}` could not be read; the file is now {}",
                server.name,
                aside.display()
            ));
        }
    }
    Ok(())
}

fn show(waiting: &[Waiting], args: &TrustArgs) {
    let accepted = args.all || args.server.is_some();
    for (at, it) in waiting.iter().enumerate() {
        // What has changes to show stands apart.
        if at > 0 && !(it.changes.is_empty() && waiting[at - 1].changes.is_empty()) {
            print::out("");
        }
        let what = match &it.reason {
            Some(reason) => reason.as_str(),
            None => "new, and scripts are offered it",
        };
        let word = if accepted { "accepted " } else { "" };
        let name = print::printable(&format!("{}/{}", it.server, it.tool));
        print::out(format_args!("{word}{}: {}", print::bold(&name), print::printable(what)));
        for change in &it.changes {
            print::out(format_args!("  {}", change.part));
            change.diff.lines().for_each(|line| print::out(format_args!("    {}", painted(line))));
        }
    }
    if waiting.is_empty() {
        print::note("nothing waits to be accepted");
    } else if !accepted {
        let first = &waiting[0];
        let (server, tool) = (quoted(first.server.as_str()), quoted(&first.tool));
        print::hint(format_args!(
            "`narrows trust {server} {tool}` accepts the first, `narrows trust {server}` all of its server, `narrows trust --all` everything"
        ));
    }
}

fn painted(line: &str) -> String {
    let text = print::printable(line);
    match text.chars().next() {
        Some('-') => print::painted(Colour::Red, &text),
        Some('+') => print::painted(Colour::Green, &text),
        _ => text,
    }
}

fn as_json(waiting: &[Waiting], args: &TrustArgs) -> Value {
    let one = |it: &Waiting| json!({"server": it.server.as_str(), "tool": it.tool, "reason": it.reason, "changes": it.changes});
    let list = |held: bool| -> Vec<Value> {
        waiting.iter().filter(|it| it.reason.is_some() == held).map(one).collect()
    };
    json!({"accepted": args.all || args.server.is_some(), "held_back": list(true), "new": list(false)})
}
