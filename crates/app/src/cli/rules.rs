//! `narrows rules explain`: what would become of a call.

use std::sync::Arc;

use ::tools::{Tool, ToolId};
use host::{Action, Repeatable};
use surface::Surface;

use super::{Context, Needs, Servers, call};
use crate::{
    args::RulesCommand,
    exit::{Failed, Status},
    print,
};

pub(super) async fn rules(asked: RulesCommand, context: &Context<'_>) -> Result<(), Failed> {
    let RulesCommand::Explain { server, tool, arguments, servers } = asked;
    let arguments = call::arguments(&arguments, &context.stop)?;
    let gateway = context.start(Servers::asked(&servers), Needs::Definitions)?;
    let explained = context.with(&gateway, async {
        context.settle(&gateway).await;
        let surface = gateway.surface();
        let (id, tool) = found(&surface, &server, &tool)?;
        let explanation = gateway.config.rules.explain(&id.server, &tool, arguments.get());
        Ok((id, explanation))
    });
    let (id, explanation) = explained.await?;
    if context.common.json {
        print::json(&explanation);
        return Ok(());
    }
    let becomes = match explanation.action {
        Action::Allow => "is made",
        Action::Ask => "waits until you approve it",
        Action::Refuse => "is refused",
    };
    print::out(print::printable(&format!(
        "a call of `{id}` with these arguments {becomes}: {}",
        explanation.why
    )));
    for count in &explanation.counts {
        print::out(print::printable(&format!("it is counted by {count}")));
    }
    if let Some(Repeatable { is, why }) = &explanation.repeatable {
        let becomes =
            if *is { "is made again" } else { "is not made again: its script gets an `UnknownOutcomeError`" };
        let after = format!("after a crash that came before its answer it {becomes}; {why}");
        print::out(print::printable(&after));
    }
    print::out(print::printable(&format!("to change that: {}", explanation.change)));
    Ok(())
}

/// The tool that is meant, offered or not.
fn found(surface: &Surface, server: &str, tool: &str) -> Result<(ToolId, Arc<Tool>), Failed> {
    let catalog = surface.catalog();
    if let Ok(id) = surface.tool_meant(Some(server), tool)
        && let Some(tool) = catalog.tool(id)
    {
        return Ok((id.clone(), tool.clone()));
    }
    if let Some(id) = surface.withheld_of(server, tool)
        && let Some(withheld) = catalog.withheld(id)
    {
        return Ok((id.clone(), withheld.tool.clone()));
    }
    let unknown = || Failed::new(Status::Usage, format!("there is no tool `{server}/{tool}`"));
    Err(call::no_tools(surface, server).unwrap_or_else(unknown))
}
