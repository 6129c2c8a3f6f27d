//! `narrows trust`: what tools say of themselves and a person has not accepted, and accepting it.

use std::sync::Arc;

use ::tools::{Server, ServerName};
use serde_json::{Value, json};

use super::{Context, Needs, Servers, no_server};
use crate::{
    args::TrustArgs,
    exit::{Failed, Status},
    gateway::Gateway,
    lookalikes::lookalikes,
    print::{self, Line, Style},
    progress::while_starting,
    trust::{AcceptError, Waiting, Which},
    typed::{command, quoted},
};

pub(super) async fn trust(args: &TrustArgs, context: &Context<'_>) -> Result<(), Failed> {
    let needs = args.server.as_ref().map_or(Needs::All, |name| Needs::Server(name));
    let gateway = context.start(Servers::Configured, needs)?;
    let settled = async {
        while_starting(&gateway, gateway.settled(), context.quiet()).await;
        Ok(gateway.surface())
    };
    let surface = context.with(&gateway, settled).await?;
    for odd in lookalikes(&surface) {
        context.warn(format_args!("{odd}"));
    }
    let servers = meant(surface.catalog().servers(), args)?;
    let mut waiting: Vec<Waiting> = servers
        .iter()
        .flat_map(|server| gateway.pins.waiting(server))
        .filter(|it| is_meant(it, args))
        .collect();
    waiting.sort_by(|a, b| {
        (&a.server, a.reason.is_none(), &a.tool).cmp(&(&b.server, b.reason.is_none(), &b.tool))
    });
    let asked = args.all || args.server.is_some();
    let accepted = asked && gateway.pins.were_shown(&waiting);
    if accepted {
        accept(&gateway, &servers, &waiting, args, context)?;
    } else {
        gateway.pins.note_shown(&waiting).map_err(|error| failed(&error))?;
    }
    let done = if accepted { Done::Accepted } else { Done::Shown };
    if context.common.json {
        print::json(&as_json(&waiting, done));
    } else {
        show(&waiting, done);
    }
    if asked && !accepted {
        let message = "nothing was accepted, because some of these definitions are shown for the first time";
        return Err(Failed::new(Status::Failed, message)
            .hint("read what is shown above, and repeat the command to accept it")
            .in_result());
    }
    if accepted || waiting.is_empty() {
        return Ok(());
    }
    if !context.common.json {
        how_to_accept(&waiting);
    }
    Err(Failed::told())
}

/// What a command does with what waits.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Done {
    Shown,
    Accepted,
}

fn failed(error: &AcceptError) -> Failed {
    Failed::new(Status::Failed, error.to_string())
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
            let known = server.tools.iter().chain(server.withheld.iter().map(|withheld| &withheld.tool));
            Err(Failed::new(Status::Usage, format!("server `{name}` has no tool `{tool}` now"))
                .hint(super::meant(tool, known.map(|known| &*known.name), "its tools are")))
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
    let which = if args.tool.is_some() { Which::Some } else { Which::All };
    for server in servers {
        let waiting: Vec<_> = waiting.iter().filter(|it| it.server == server.name).collect();
        if waiting.is_empty() {
            continue;
        }
        let aside = gateway.pins.accept(&server.name, &waiting, which).map_err(|error| failed(&error))?;
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

fn show(waiting: &[Waiting], done: Done) {
    for (at, it) in waiting.iter().enumerate() {
        // What has changes to show stands apart.
        if at > 0 && !(it.changes.is_empty() && waiting[at - 1].changes.is_empty()) {
            print::out("");
        }
        let what = match &it.reason {
            Some(reason) => reason.as_str(),
            None => "new, and scripts are offered it",
        };
        let word = if done == Done::Accepted { "accepted " } else { "" };
        let name = print::one_line(&format!("{}/{}", it.server, it.tool));
        print::out(Line::default().plain(word).styled(Style::Bold, name).plain(format_args!(": {what}")));
        for change in &it.changes {
            print::out(format_args!("  {}", change.part));
            change.diff.lines().for_each(|line| print::out(painted(line)));
        }
    }
    if waiting.is_empty() {
        print::note("nothing waits to be accepted");
    }
}

fn how_to_accept(waiting: &[Waiting]) {
    if let Some(first) = waiting.first() {
        let (server, tool) = (quoted(first.server.as_str()), quoted(&first.tool));
        print::hint(format_args!(
            "{} accepts the first, {} all of its server, {} everything",
            command(&format!("trust {server} {tool}")),
            command(&format!("trust {server}")),
            command("trust --all")
        ));
    }
}

fn painted(line: &str) -> Line {
    let start = Line::default().plain("    ");
    match line.chars().next() {
        Some('-') => start.styled(Style::Red, line),
        Some('+') => start.styled(Style::Green, line),
        _ => start.plain(line),
    }
}

fn as_json(waiting: &[Waiting], done: Done) -> Value {
    let one = |it: &Waiting| {
        let mut tool = json!({"server": it.server.as_str(), "tool": it.tool, "changes": it.changes});
        if let Some(reason) = &it.reason {
            tool["reason"] = reason.as_str().into();
        }
        tool
    };
    let list = |held: bool| -> Vec<Value> {
        waiting.iter().filter(|it| it.reason.is_some() == held).map(one).collect()
    };
    json!({"accepted": done == Done::Accepted, "held_back": list(true), "new": list(false)})
}
