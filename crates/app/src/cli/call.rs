//! `narrows call`: one tool, outside of any script, through the same broker.

use std::{collections::BTreeMap, path::Path};

use host::{CallFailure, CallRecord, Failure};
use serde::Serialize;
use serde_json::{Value, value::RawValue};
use surface::Surface;

use tokio_util::sync::CancellationToken;

use super::{Context, Needs, Servers, approvals, no_server, permitting, read_input, tools::away};
use crate::{
    args::CallArgs,
    exit::{Failed, Status},
    print,
};

pub(super) async fn call(args: CallArgs, context: &Context<'_>) -> Result<(), Failed> {
    let arguments = arguments(&args.arguments, &context.stop)?;
    let name = format!("{}/{}", args.server, args.tool);
    let gateway = context.start(Servers::asked(&args.servers), Needs::Server(&args.server))?;
    let (called, surface) = context
        .with(&gateway, async {
            context.arrive_for(&args.server, &gateway).await;
            let called = gateway.host.call(&args.server, &args.tool, arguments);
            let called = approvals::while_asking(&gateway, None, context, called).await;
            Ok((called, gateway.surface()))
        })
        .await?;
    match called {
        Ok(outcome) if context.common.json => {
            print::json(&Called { value: &outcome.value, call: &outcome.record });
            Ok(())
        }
        Ok(outcome) => {
            print::out(print::json_indented(&host::naming_data(&outcome.value, "`--json` prints it")));
            Ok(())
        }
        Err(failure) => {
            let failed = failed(&failure, &name, &args.server, &surface);
            if !context.common.json {
                return Err(failed);
            }
            let error = merged(&failed.json(), &failure.failure);
            print::json(&NotCalled { error, call: &failure.record });
            Err(failed.in_result())
        }
    }
}

/// A call as JSON. No tree is made of the value, in which numbers would lose digits.
#[derive(Serialize)]
struct Called<'a> {
    value: &'a RawValue,
    call: &'a CallRecord,
}

/// A call that failed.
#[derive(Serialize)]
struct NotCalled<'a> {
    error: Members,
    call: &'a CallRecord,
}

type Members = BTreeMap<String, Box<RawValue>>;

/// Why a call failed, with what is known of the tool's own error.
fn merged(error: &Value, of_tool: &Failure) -> Members {
    let members = |json: String| serde_json::from_str::<Members>(&json).unwrap_or_default();
    let of_tool = members(serde_json::to_string(of_tool).unwrap_or_default());
    let known = of_tool.into_iter().filter(|(key, value)| value.get() != "null" && key != "message");
    members(error.to_string()).into_iter().chain(known).collect()
}

/// Why a call failed, for a person.
fn failed(failure: &CallFailure, name: &str, server: &str, surface: &Surface) -> Failed {
    let status = match failure.failure.code.as_deref() {
        Some("unknown_tool") => Status::Usage,
        Some("unavailable" | "needs_login") => Status::Unavailable,
        _ => Status::Failed,
    };
    if status != Status::Failed
        && let Some(failed) = no_tools(surface, server)
    {
        return failed;
    }
    let message = &failure.failure.message;
    let named = format!("`{name}`");
    let message = if message.contains(&named) { message.clone() } else { format!("{named}: {message}") };
    let failed = Failed::new(status, message);
    let refusal = failure.record.refusal.as_deref();
    match (refusal, &failure.failure.hint) {
        (Some(refusal), _) => failed.hint(permitting(refusal)),
        (None, Some(hint)) => failed.hint(hint),
        (None, None) => failed,
    }
}

/// Why a server has none of the tools that are known, where that is so.
pub(super) fn no_tools(surface: &Surface, server: &str) -> Option<Failed> {
    let servers = surface.catalog().servers();
    if surface.server_named(server).is_err() {
        return Some(no_server(server, servers));
    }
    servers.iter().find(|known| known.name.as_str() == server).and_then(|known| away(known))
}

pub(super) fn arguments(text: &str, stop: &CancellationToken) -> Result<Box<RawValue>, Failed> {
    let text = if text == "-" { read_input(Path::new("-"), stop)? } else { text.to_owned() };
    let wrong = |why: String| {
        Failed::new(Status::Usage, format!("the arguments are not a JSON object: {why}"))
            .hint("write them in single quotes, as in '{\"id\": 1}'")
    };
    let raw: Box<RawValue> = serde_json::from_str(text.trim()).map_err(|error| wrong(error.to_string()))?;
    if raw.get().starts_with('{') { Ok(raw) } else { Err(wrong("it does not begin with `{`".to_owned())) }
}
