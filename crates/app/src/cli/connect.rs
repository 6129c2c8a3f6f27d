//! `narrows connect` and `disconnect`: one client that starts Narrows, or does not any more.

use serde_json::json;

use super::{
    Context,
    init::{backups, no_backups, own, start, unusable},
};
use crate::{
    args::ClientArgs,
    clients::{Held, Link, Plan},
    exit::{Failed, Status},
    print,
};

/// `narrows connect`.
pub(super) fn connect(args: &ClientArgs, context: &Context<'_>) -> Result<(), Failed> {
    let start = start(context)?;
    link(args, "starts Narrows now", context, Link::Made(&start))
}

/// `narrows disconnect`.
pub(super) fn disconnect(args: &ClientArgs, context: &Context<'_>) -> Result<(), Failed> {
    link(args, "starts Narrows no more", context, Link::Cut)
}

fn link(args: &ClientArgs, done: &str, context: &Context<'_>, link: Link<'_>) -> Result<(), Failed> {
    let own = own(context)?;
    let work = |held: &Held<'_>| {
        let plan = Plan::link(&own, link, held, &args.client, context.around).map_err(unusable)?;
        let written = match plan.changes.as_slice() {
            [] => Ok(()),
            changes => held.write(changes, &context.around.cwd),
        };
        written.map(|()| plan).map_err(|why| Failed::new(Status::Failed, why))
    };
    let plan = backups(context)?.locked(work).map_err(|error| no_backups(&error))??;
    let files: Vec<_> = plan.clients.iter().map(|planned| &planned.path).collect();
    if context.common.json {
        print::json(&json!({"client": args.client, "files": files, "changed": !plan.changes.is_empty()}));
    } else if plan.changes.is_empty() {
        print::note(format_args!("{}: nothing to change", args.client));
    } else {
        files.iter().for_each(|file| print::out(format_args!("{}: {}", args.client, file.display())));
        print::note(format_args!(
            "{} {done}, once it is started again; `narrows init --undo` takes this back",
            args.client
        ));
    }
    Ok(())
}
