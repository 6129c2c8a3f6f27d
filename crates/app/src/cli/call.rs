//! `narrows call`: one tool, outside of any script, through the same broker.

use std::path::Path;

use serde_json::{json, value::RawValue};

use super::{Context, Servers, pretty, read_input, refused};
use crate::{
    args::CallArgs,
    exit::{Failed, Status},
    print,
};

pub(super) async fn call(args: CallArgs, context: &Context<'_>) -> Result<(), Failed> {
    let arguments = arguments(&args.arguments)?;
    let name = format!("{}/{}", args.server, args.tool);
    let gateway = context.start(Servers::asked(args.demo))?;
    let called = context
        .with(&gateway, async {
            context.settle(&gateway).await;
            Ok(gateway.host.call(&name, arguments).await)
        })
        .await?;
    match called {
        Ok(outcome) if context.common.json => {
            print::json(&json!({"value": outcome.value, "call": outcome.record}));
            Ok(())
        }
        Ok(outcome) => {
            print::out(pretty(&outcome.value));
            Ok(())
        }
        Err(failure) => {
            if context.common.json {
                print::json(&json!({"error": failure.failure, "call": failure.record}));
            }
            let status = match failure.failure.code.as_deref() {
                Some("unavailable") => Status::Unavailable,
                _ => Status::Failed,
            };
            let failed =
                Failed::new(status, format!("`{name}`: {}", print::printable(&failure.failure.message)));
            let refusal = failure.record.refusal.as_deref();
            Err(match (refusal, &failure.failure.hint) {
                (Some(refusal), _) => failed.hint(print::printable(&refused("this is not allowed", refusal))),
                (None, Some(hint)) => failed.hint(hint),
                (None, None) => failed,
            })
        }
    }
}

fn arguments(text: &str) -> Result<Box<RawValue>, Failed> {
    let text = if text == "-" { read_input(Path::new("-"))? } else { text.to_owned() };
    let wrong = |why: String| {
        Failed::new(Status::Usage, format!("the arguments are not a JSON object: {why}"))
            .hint("write them in single quotes, as in '{\"id\": 1}'")
    };
    let raw: Box<RawValue> = serde_json::from_str(text.trim()).map_err(|error| wrong(error.to_string()))?;
    if raw.get().starts_with('{') { Ok(raw) } else { Err(wrong("it does not begin with `{`".to_owned())) }
}
