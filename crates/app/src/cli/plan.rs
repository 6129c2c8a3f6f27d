//! `narrows plan` and `narrows apply`: what a script would send, and the word of a person that sends it.

use std::{
    path::Path,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use host::{ApplyError, Approve, History, HistoryFilter, PastRun, RunId, RunSummary};
use indicatif::HumanDuration;

use super::{
    Context, Needs, Servers, allow, input,
    run::{self, Ran},
};
use crate::{
    args::{ApplyArgs, ScriptArgs},
    exit::{Failed, Status},
    gateway, planned, print,
    typed::command,
};

/// Runs among which plans are looked for that can be applied: the latest.
const LOOKED_THROUGH: u32 = 1_000;

pub(super) async fn plan(args: ScriptArgs, context: &Context<'_>) -> Result<(), Failed> {
    let Ran { record, code, file } = run::to_its_end(args, Approve::Planned, context).await?;
    run::tell(&record, &code, &file, context)
}

pub(super) async fn apply(args: ApplyArgs, context: &Context<'_>) -> Result<(), Failed> {
    let servers = Servers::asked(&args.servers);
    let config = context.config(servers)?;
    let history = gateway::history(&config).ok_or_else(|| not_applied(&ApplyError::NothingKept))?;
    let Some(id) = args.id.map(RunId::new) else { return list(&history, context).await };
    let past = history.plan(&id).await.map_err(|error| not_applied(&error))?;
    if !args.yes && !is_approved(&past, context).await? {
        return Err(Failed::new(Status::Failed, "nothing was sent"));
    }
    let gateway = context.start(servers, Needs::All)?;
    let applied = async {
        let run = gateway.host.apply(&id).await.map_err(|error| not_applied(&error))?;
        run::until_it_ends(&gateway, &run, context).await
    };
    let record = applied.await;
    gateway.shutdown().await;
    run::tell(&*record?, &past.code, Path::new("-"), context)
}

/// Whether the person approves the list, which they are shown whole.
async fn is_approved(past: &PastRun, context: &Context<'_>) -> Result<bool, Failed> {
    if !allow::may_ask(context) {
        let message = "nobody can be asked here whether the list is to be sent";
        return Err(Failed::new(Status::Usage, message).hint(format!(
            "{} shows the list; add `--yes` when you have read it",
            command("runs show RUN")
        )));
    }
    let plan = past.record.plan.iter();
    let lines = plan.flat_map(|plan| planned::told(plan, usize::MAX));
    lines.for_each(|line| print::note(print::printable(&line)));
    let answer = async { Ok(input::answer("Send these calls? [y/N] ").await) };
    let interrupted = || Err(Failed::new(Status::Interrupted, "interrupted"));
    let answer = context.stop.run_until_cancelled(answer).await.unwrap_or_else(interrupted)?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes" | "Yes"))
}

/// Lists the plans that can be applied.
async fn list(history: &History, context: &Context<'_>) -> Result<(), Failed> {
    let failed = |error: host::StoreError| Failed::new(Status::Internal, error.to_string());
    let latest = HistoryFilter { limit: LOOKED_THROUGH, outcome: None };
    let mut plans = Vec::new();
    for run in history.list(&latest).await.map_err(failed)? {
        if run.about.planned.is_some() && history.plan(&run.id).await.is_ok() {
            plans.push(run);
        }
    }
    if context.common.json {
        print::json(&plans);
    } else if plans.is_empty() {
        print::note(format_args!("there is no plan that can be applied; {} makes one", command("plan FILE")));
    } else {
        print::out(print::table(&["plan", "made", "calls", "script"], plans.iter().map(row)));
    }
    Ok(())
}

fn row(plan: &RunSummary) -> Vec<String> {
    let made = UNIX_EPOCH + Duration::from_millis(plan.started_at_ms);
    let ago = SystemTime::now().duration_since(made).unwrap_or_default();
    vec![
        plan.id.to_string(),
        format!("{} ago", HumanDuration(ago)),
        plan.about.planned.unwrap_or_default().to_string(),
        plan.about.title.clone(),
    ]
}

fn not_applied(error: &ApplyError) -> Failed {
    let failed = Failed::new(Status::Usage, error.to_string());
    match error {
        ApplyError::Applied { run, .. } => {
            failed.hint(format!("{} shows what was sent", command(&format!("runs show {run}"))))
        }
        ApplyError::Unknown(_) | ApplyError::NotAPlan(_) => {
            failed.hint(format!("{} lists the plans that can be applied", command("apply")))
        }
        _ => failed,
    }
}
