//! Runs that are gone on with, and runs that are repeated.

use std::{path::Path, sync::Arc, time::Duration};

use host::{History, PastRun, ResumeError, RunId, RunRecord, RunStatus};
use serde_json::json;

use super::{Context, Failed, Servers, Status, command, failed, gateway, print, run};
use crate::{
    cli::{Needs, read_input, skill},
    progress::Quiet,
};

/// Goes on with a run and shows how it ended.
pub(super) async fn resume(id: &RunId, context: &Context<'_>) -> Result<(), Failed> {
    let gateway = context.start(Servers::Configured, Needs::All)?;
    let work = async {
        gateway.host.resume(id).await.map_err(|error| not_taken_up(&error))?;
        match gateway.host.wait(id, Duration::MAX).await {
            Some(RunStatus::Done(record)) => Ok(record),
            Some(RunStatus::Running) | None => Err(Failed::new(Status::Internal, "the run was lost")),
        }
    };
    let record = context.with(&gateway, work).await?;
    run::tell(&record, "", Path::new("-"), context)
}

/// Repeats a run and says whether it ended as it did.
pub(super) async fn replay(id: &RunId, context: &Context<'_>) -> Result<(), Failed> {
    let config = context.config_or_bare()?;
    let history = gateway::history(&config).ok_or_else(super::nothing_kept)?;
    let past = past(&history, id).await?;
    let gateway = skill::without_servers(config)?;
    let again = async { gateway.host.replay(id).await.map_err(|error| not_taken_up(&error)) };
    let again = context.with(&gateway, again).await?;
    let differences = differences(&past.record, &again);
    if context.common.json {
        print::json(&json!({"same": differences.is_empty(), "differences": differences, "record": again}));
    } else if differences.is_empty() {
        print::out(format_args!("the run ended as it did: {}, {} calls", again.outcome, again.calls.len()));
    } else {
        differences.iter().for_each(print::out);
    }
    if differences.is_empty() { Ok(()) } else { Err(Failed::told()) }
}

/// What another script would have done with the answers of a run.
pub(super) async fn replay_with(id: &RunId, file: &Path, context: &Context<'_>) -> Result<(), Failed> {
    let code = read_input(file, &context.stop)?;
    let gateway = context.start(Servers::Configured, Needs::Nothing)?;
    let ended =
        async { gateway.host.replay_with(id, code.clone()).await.map_err(|error| not_taken_up(&error)) };
    let record = context.with(&gateway, ended).await?;
    run::tell(&record, &code, file, context)
}

/// Goes on for real from a point of a run, and shows how the new run ended.
pub(super) async fn fork(
    id: &RunId,
    at: u32,
    script: Option<&Path>,
    context: &Context<'_>,
) -> Result<(), Failed> {
    let code = script.map(|file| read_input(file, &context.stop)).transpose()?;
    let shown = code.clone().unwrap_or_default();
    let gateway = context.start(Servers::Configured, Needs::All)?;
    let forked = async {
        let id = gateway.host.fork(id, at, code).await.map_err(|error| not_taken_up(&error))?;
        run::until_it_ends(&gateway, &id, context).await
    };
    let record = context.with(&gateway, forked).await?;
    if context.quiet() == Quiet::No {
        print::note(format_args!("run {} went on from call {at} of {id}", record.id));
    }
    run::tell(&record, &shown, script.unwrap_or(Path::new("-")), context)
}

pub(super) async fn past(history: &History, id: &RunId) -> Result<PastRun, Failed> {
    let past = history.find(id).await.map_err(|error| failed(&error))?;
    match past {
        Some(past) => Ok(past),
        None => Err(super::not_found(history, id).await),
    }
}

pub(super) fn not_taken_up(error: &ResumeError) -> Failed {
    let failed = Failed::new(Status::Usage, error.to_string());
    match error {
        ResumeError::Unknown(_) => {
            failed.hint(format!("{} lists the runs that are kept", command("runs ls")))
        }
        ResumeError::Ended(id) => failed.hint(format!("{} shows how", command(&format!("runs show {id}")))),
        _ => failed,
    }
}

/// What of a run is another when it is repeated, in lines. Times and what was used of limits are always others.
fn differences(then: &RunRecord, now: &Arc<RunRecord>) -> Vec<String> {
    let value = |record: &RunRecord| record.value.as_ref().map(|value| value.get().to_owned());
    let error =
        |record: &RunRecord| record.error.as_ref().map(|error| format!("{}: {}", error.name, error.message));
    let calls = |record: &RunRecord| -> Vec<_> {
        let call = |call: &host::CallRecord| format!("{}/{}: {}", call.server, call.tool, call.outcome);
        record.calls.iter().map(call).collect()
    };
    let mut found = Vec::new();
    if then.outcome != now.outcome {
        found.push(format!("it {} and had {}", now.outcome, then.outcome));
    }
    if value(then) != value(now) {
        found.push("it returned another value".to_owned());
    }
    if error(then) != error(now) {
        let said = |record| error(record).unwrap_or_else(|| "no error".to_owned());
        found.push(format!("it ended with `{}` and had ended with `{}`", said(now), said(then)));
    }
    if then.printed != now.printed {
        found.push("it printed something else".to_owned());
    }
    if calls(then) != calls(now) {
        found.push("it made other calls".to_owned());
    }
    found
}
