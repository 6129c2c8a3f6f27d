//! `narrows add` and `remove`: servers of the person's own configuration, whose comments and everything else stay.

use serde_json::{Map, Value, json};
use upstream::{is_plain_value, masked, masked_words};

use super::{
    Context,
    allow::lines_of,
    init::{backups, no_backups, own, unusable},
    meant,
};
use crate::{
    args::{AddArgs, RemoveArgs},
    clients::Gathered,
    config::Config,
    exit::{Failed, Status},
    print,
};

/// `narrows add`.
pub(super) fn add(args: &AddArgs, context: &Context<'_>) -> Result<(), Failed> {
    alone(context, || put(args, context))
}

/// `narrows remove`.
pub(super) fn remove(args: &RemoveArgs, context: &Context<'_>) -> Result<(), Failed> {
    alone(context, || take_out(args, context))
}

/// Edits the configuration while no other command does: what two write at once is not lost.
fn alone(context: &Context<'_>, edit: impl FnOnce() -> Result<(), Failed>) -> Result<(), Failed> {
    backups(context)?.locked(|_| edit()).map_err(|error| no_backups(&error))?
}

fn put(args: &AddArgs, context: &Context<'_>) -> Result<(), Failed> {
    let mut servers = Gathered::read(&own(context)?).map_err(unusable)?;
    if args.name.trim().is_empty() {
        return Err(Failed::new(Status::Usage, "a server needs a name"));
    }
    if !args.replace && servers.names().any(|name| name == args.name) {
        return Err(Failed::new(Status::Usage, format!("there is a server `{}` already", args.name))
            .hint("`--replace` puts this one in its place"));
    }
    servers.put(&args.name, &entry(args)).map_err(unusable)?;
    let config = Config::of_text(servers.path(), &servers.text(), context.around)?.config;
    let added = config.servers.iter().find(|server| server.name.as_str() == args.name);
    // What is not set yet can be set later; what cannot be read is not written.
    let problem = added.and_then(|server| server.transport.as_ref().err());
    servers.write().map_err(|why| Failed::new(Status::Failed, why))?;
    literal(args).into_iter().for_each(|warning| context.warn(warning));
    if let Some(problem) = problem {
        context.warn(problem);
    }
    let effect = config.effects.iter().find(|effect| effect.key == args.name);
    if context.common.json {
        print::json(&json!({"config": servers.path(), "added": args.name, "does": effect}));
    } else {
        print::out(format_args!("added to `{}`", servers.path().display()));
        effect.into_iter().flat_map(lines_of).for_each(print::out);
    }
    Ok(())
}

fn take_out(args: &RemoveArgs, context: &Context<'_>) -> Result<(), Failed> {
    let mut servers = Gathered::read(&own(context)?).map_err(unusable)?;
    if !servers.names().any(|name| name == args.name) {
        let failed = Failed::new(
            Status::Usage,
            format!("`{}` has no server `{}`", servers.path().display(), args.name),
        );
        return Err(match servers.names().next() {
            None => failed,
            Some(_) => failed.hint(meant(&args.name, servers.names(), "its servers are")),
        });
    }
    servers.remove(&args.name);
    servers.write().map_err(|why| Failed::new(Status::Failed, why))?;
    if context.common.json {
        print::json(&json!({"config": servers.path(), "removed": args.name}));
    } else {
        print::out(format_args!("removed `{}` from `{}`", args.name, servers.path().display()));
    }
    Ok(())
}

fn entry(args: &AddArgs) -> Value {
    let object = |pairs: &[(String, String)]| {
        pairs.iter().map(|(name, value)| (name.clone(), value.as_str().into())).collect::<Map<_, _>>()
    };
    let mut entry = Map::new();
    if let Some(url) = &args.url {
        entry.insert("url".to_owned(), url.as_str().into());
    }
    if let Some((command, words)) = args.command.split_first() {
        entry.insert("command".to_owned(), command.as_str().into());
        if !words.is_empty() {
            entry.insert("args".to_owned(), words.into());
        }
    }
    for (key, pairs) in [("headers", &args.header), ("env", &args.env)] {
        if !pairs.is_empty() {
            entry.insert(key.to_owned(), object(pairs).into());
        }
    }
    entry.into()
}

/// Warnings of credentials that stand in the file as they are.
fn literal(args: &AddArgs) -> Vec<String> {
    let is_literal = |value: &str| !value.contains("${");
    let instead = "it now stands in the file as it is; a variable of your environment is safer: write `${NAME}` in its place";
    let headers = args.header.iter().filter(|(_, value)| is_literal(value));
    let headers = headers.map(|(name, _)| format!("the value of the header `{name}`"));
    let is_credential = |name: &str, value: &str| {
        let shown = format!("{name}={value}");
        masked(&shown) != shown || !is_plain_value(value)
    };
    let variables = args.env.iter().filter(|(name, value)| is_literal(value) && is_credential(name, value));
    let variables = variables.map(|(name, _)| format!("the value of the variable `{name}`"));
    let words = args.command.iter().chain(&args.url).cloned().collect::<Vec<_>>();
    let hidden = masked_words(&words, &[])
        .into_iter()
        .zip(&words)
        .any(|(shown, word)| shown != *word && is_literal(word));
    let words = hidden.then(|| "a word of its command line or its address".to_owned());
    headers
        .chain(variables)
        .chain(words)
        .map(|what| format!("{what} looks like a credential: {instead}"))
        .collect()
}
