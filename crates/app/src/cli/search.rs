//! `narrows search`: the same search an agent has.

use host::DEFAULT_WORKSPACE;
use surface::{SearchError, SearchRequest};

use super::{Context, Needs, Servers, no_server};
use crate::{
    args::SearchArgs,
    exit::{Failed, Status},
    print,
};

pub(super) async fn search(args: SearchArgs, context: &Context<'_>) -> Result<(), Failed> {
    let needs = args.server.as_ref().map_or(Needs::Definitions, |name| Needs::Server(name));
    let gateway = context.start(Servers::asked(&args.servers), needs)?;
    let server = args.server.clone();
    let request = SearchRequest { queries: args.queries, server: args.server, limit: args.limit };
    let found = async {
        context.settle(&gateway).await;
        Ok((gateway.host.search(request, DEFAULT_WORKSPACE).await, gateway.surface()))
    };
    let (found, surface) = context.with(&gateway, found).await?;
    let found = found.map_err(|error| match (&error, &server) {
        (SearchError::Server(unknown), Some(server)) if unknown.did_you_mean.is_empty() => {
            no_server(server, surface.catalog().servers())
        }
        _ => Failed::new(Status::Usage, error.to_string()),
    })?;
    if context.common.json {
        print::json(&found.values(args.detail));
    } else if found.is_empty() {
        print::note("no tool found");
    } else {
        print::out(print::printable(found.text(args.detail).trim_end()));
    }
    Ok(())
}
