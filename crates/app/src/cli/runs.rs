//! `narrows runs`: the runs that were.

mod again;
mod call;
mod export;

use std::{path::Path, time::Duration};

use host::{History, HistoryFilter, HistoryLimits, Outcome, PastRun, RunId, RunSummary, StoreError};
use serde_json::json;

use super::{Context, Servers, run};
pub(super) use export::recording_of;

use crate::{
    args::RunsCommand,
    config::Config,
    exit::{Failed, Status},
    gateway::{self, Gateway},
    print,
    typed::command,
};

const MB: u64 = 1024 * 1024;

pub(super) async fn runs(asked: RunsCommand, context: &Context<'_>) -> Result<(), Failed> {
    match asked {
        RunsCommand::Resume { id } => again::resume(&RunId::new(id), context).await,
        RunsCommand::Replay { id, script: None } => again::replay(&RunId::new(id), context).await,
        RunsCommand::Replay { id, script: Some(file) } => {
            again::replay_with(&RunId::new(id), &file, context).await
        }
        RunsCommand::Fork { id, at, script } => {
            again::fork(&RunId::new(id), at, script.as_deref(), context).await
        }
        RunsCommand::Ls { limit, outcome } => {
            let filter = HistoryFilter { limit, outcome };
            look(context, async |history, _| list(history, filter, context).await).await
        }
        RunsCommand::Show { id, call: Some(number) } => {
            look(context, async |history, _| call::show(history, &RunId::new(id), number, context).await)
                .await
        }
        RunsCommand::Show { id, call: None } => {
            look(context, async |history, _| show(history, &RunId::new(id), context).await).await
        }
        RunsCommand::Export { ids, mock, output, force } => {
            let ids: Vec<_> = ids.into_iter().map(RunId::new).collect();
            let to = export::Output::new(output, force)?;
            match mock {
                true => export::record(&ids, &to, context).await,
                false => export::export(&ids, &to, context).await,
            }
        }
        RunsCommand::Prune { days, mb } => {
            look(context, async |history, config| prune(history, limits(config, days, mb), context).await)
                .await
        }
    }
}

/// The script of a run that worked.
pub(super) async fn script_of(id: &RunId, config: &Config) -> Result<String, Failed> {
    let history = gateway::history(config).ok_or_else(nothing_kept)?;
    let past = again::past(&history, id).await?;
    match past.record.outcome {
        Outcome::Returned => Ok(past.code),
        other => Err(Failed::new(Status::Failed, format!("the run `{id}` ended otherwise: {other}"))
            .hint("a skill is made of a run that returned")),
    }
}

/// Does something with what is kept, until it is done or the command is interrupted.
async fn look(
    context: &Context<'_>,
    work: impl AsyncFnOnce(&History, &Config) -> Result<(), Failed>,
) -> Result<(), Failed> {
    let config = context.config_or_bare()?;
    let history = gateway::history(&config).ok_or_else(nothing_kept)?;
    let interrupted = || Failed::new(Status::Interrupted, "interrupted");
    context.stop.run_until_cancelled(work(&history, &config)).await.ok_or_else(interrupted)?
}

async fn list(history: &History, filter: HistoryFilter, context: &Context<'_>) -> Result<(), Failed> {
    let runs = history.list(&filter).await.map_err(|error| failed(&error))?;
    if context.common.json {
        print::json(&runs);
    } else if runs.is_empty() {
        print::note("there are no such runs; `narrows run` and `narrows serve` keep theirs");
    } else {
        let head = ["run", "started", "outcome", "calls", "time", "workspace", "script"];
        print::out(print::table(&head, runs.iter().map(row)));
    }
    Ok(())
}

fn row(run: &RunSummary) -> Vec<String> {
    let about = &run.about;
    let calls = match about.failed_calls {
        0 => about.calls.to_string(),
        failed => format!("{} ({failed} failed)", about.calls),
    };
    vec![
        run.id.to_string(),
        print::ago(run.started_at_ms),
        run.outcome.map_or_else(|| "not ended".to_owned(), |outcome| outcome.to_string()),
        calls,
        format!("{:.0} ms", about.duration_ms),
        about.workspace.clone(),
        about.title.clone(),
    ]
}

async fn show(history: &History, id: &RunId, context: &Context<'_>) -> Result<(), Failed> {
    let past = again::past(history, id).await?;
    if context.common.json {
        print::json(&past);
    } else {
        print::out(past.code.trim_end());
        show_calls(&past);
        print::out("");
        run::show(&past.record, &past.code, Path::new("-"), context.quiet());
    }
    Ok(())
}

fn show_calls(past: &PastRun) {
    if past.record.calls.is_empty() {
        return;
    }
    let rows = past.record.calls.iter().map(|call| {
        let number = call.number.map(|number| number.to_string()).unwrap_or_default();
        let line = call.line.map(|line| line.to_string()).unwrap_or_default();
        let name = format!("{}/{}", call.server, call.tool);
        let end = match &call.error {
            Some(error) => format!("{}: {error}", call.outcome),
            None => call.outcome.to_string(),
        };
        vec![number, line, name, format!("{:.0} ms", call.duration_ms), end]
    });
    print::out("");
    print::out(print::table(&["no.", "line", "call", "time", "end"], rows));
}

async fn prune(history: &History, limits: HistoryLimits, context: &Context<'_>) -> Result<(), Failed> {
    let pruned = history.prune(limits).await.map_err(|error| failed(&error))?;
    if context.common.json {
        print::json(&json!({"runs": pruned.runs, "bytes": pruned.bytes}));
    } else {
        let runs = if pruned.runs == 1 { "1 run".to_owned() } else { format!("{} runs", pruned.runs) };
        print::out(format_args!("forgot {runs}, {} bytes", pruned.bytes));
    }
    Ok(())
}

fn limits(config: &Config, days: Option<u64>, mb: Option<u64>) -> HistoryLimits {
    let usual = config.store.limits;
    HistoryLimits {
        age: days.map_or(usual.age, |days| Duration::from_secs(days.saturating_mul(86_400))),
        bytes: mb.map_or(usual.bytes, |mb| mb.saturating_mul(MB)),
    }
}

fn failed(error: &StoreError) -> Failed {
    Failed::new(Status::Internal, error.to_string())
}

fn nothing_kept() -> Failed {
    Failed::new(Status::Usage, "no runs are kept: `narrows.store.keep_days` is 0 in the configuration")
}

/// Why nothing can be shown of a run.
async fn not_found(history: &History, id: &RunId) -> Failed {
    if history.is_under_way(id).await {
        return Failed::new(Status::Usage, format!("run `{id}` has not ended")).hint(format!(
            "{} lists the calls that wait for you; {} goes on with a run that no Narrows has",
            command("approvals ls"),
            command(&format!("runs resume {id}"))
        ));
    }
    Failed::new(Status::Usage, format!("there is no run `{id}`"))
        .hint(format!("{} lists the runs that are kept", command("runs ls")))
}
