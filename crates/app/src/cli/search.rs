//! `narrows search`: the same search an agent has.

use host::Skill;
use serde_json::{Value, json};
use surface::SearchRequest;

use super::{Context, Needs, Servers, no_server};
use crate::{args::SearchArgs, exit::Failed, mcp, print};

pub(super) async fn search(args: SearchArgs, context: &Context<'_>) -> Result<(), Failed> {
    let needs = args.server.as_ref().map_or(Needs::Definitions, |name| Needs::Server(name));
    let gateway = context.start(Servers::asked(args.demo), needs)?;
    let detail = args.detail.into();
    let request = SearchRequest { queries: args.queries, server: args.server, limit: args.limit.get() };
    let found = async {
        context.settle(&gateway).await;
        let skills = match request.server {
            None => gateway.host.find_skills(&request.queries),
            Some(_) => Vec::new(),
        };
        Ok((gateway.surface(), skills))
    };
    let (surface, skills) = context.with(&gateway, found).await?;
    let result = surface.search(&request);
    if let (Some(_), Some(server)) = (&result.unknown_server, &request.server) {
        return Err(no_server(server, surface.catalog().servers()));
    }
    if context.common.json {
        let hits = result.hits.iter().map(|hit| with_score(surface.describe(&hit.tool, detail), hit.score));
        print::json(&hits.chain(skills.iter().map(Skill::describe)).collect::<Vec<_>>());
        return Ok(());
    }
    if result.hits.is_empty() {
        print::note("no tool found");
    } else {
        print::out(print::printable(surface.render(&result, detail).trim_end()));
    }
    if let Some(skills) = mcp::found_skills(&skills) {
        print::out(print::printable(&skills));
    }
    Ok(())
}

fn with_score(mut tool: Value, score: f32) -> Value {
    if let Value::Object(fields) = &mut tool {
        fields.insert("score".to_owned(), json!(score));
    }
    tool
}
