//! `narrows audit` and `narrows forget`: what was given back of personal data, and the end of it.

use std::path::Path;

use host::{AccountEntry, Forget, ForgetError, Forgotten, KeptPrivacy, RunId, WorkspaceStore};

use super::{Context, read_input};
use crate::{
    args::{AuditCommand, ForgetArgs},
    config::Config,
    exit::{Failed, Status},
    gateway, print,
};

pub(super) async fn audit(asked: &AuditCommand, context: &Context<'_>) -> Result<(), Failed> {
    let config = context.config_or_bare()?;
    let AuditCommand::Ls { run, limit } = asked;
    let run = run.as_deref().map(RunId::new);
    let account = kept(&config)?.account(run.as_ref(), *limit).await;
    let account = account.map_err(|error| Failed::new(Status::Internal, error.to_string()))?;
    if context.common.json {
        print::json(&account);
    } else if account.is_empty() {
        print::note("no value was given to a tool in place of a placeholder");
    } else {
        let head = ["when", "run", "given to", "field", "value"];
        print::out(print::table(&head, account.iter().map(row)));
    }
    Ok(())
}

fn row(entry: &AccountEntry) -> Vec<String> {
    let value = &entry.value;
    vec![
        print::ago(entry.at_ms.unsigned_abs()),
        entry.run.as_ref().map(ToString::to_string).unwrap_or_default(),
        format!("{}/{}", value.server, value.tool),
        print::one_line(&value.field),
        value.placeholder.clone(),
    ]
}

pub(super) async fn forget(args: &ForgetArgs, context: &Context<'_>) -> Result<(), Failed> {
    let config = context.config_or_bare()?;
    let value = match &*args.value {
        "-" => read_input(Path::new("-"), &context.stop)?,
        value => value.to_owned(),
    };
    let how = if args.dry_run { Forget::OnlyLook } else { Forget::Now };
    let workspaces = WorkspaceStore::new(&config.data_dir, &config.limits);
    let kept = kept(&config)?;
    let forgetting = kept.forget(value.trim(), how, &workspaces);
    let interrupted =
        || Failed::new(Status::Interrupted, "interrupted; what was forgotten by then is forgotten");
    let forgotten = context.stop.run_until_cancelled(forgetting).await.ok_or_else(interrupted)?;
    let forgotten = forgotten.map_err(|error| failed(&error))?;
    if context.common.json {
        print::json(&forgotten);
    } else {
        show(&forgotten, how);
    }
    match forgotten.left.is_empty() {
        true => Ok(()),
        false => Err(Failed::new(Status::Failed, "not everything could be forgotten")),
    }
}

fn show(forgotten: &Forgotten, how: Forget) {
    let Forgotten { placeholders, runs, files, left } = forgotten;
    let would = if how == Forget::Now { "" } else { "would be " };
    print::out(format_args!("{would}forgotten: {}", text::counted(*placeholders, "placeholder")));
    print::out(format_args!("{would}removed: {}", text::counted(runs.len(), "run")));
    runs.iter().for_each(|run| print::out(format_args!("  {run}")));
    print::out(format_args!("{would}changed: {}", text::counted(files.len(), "file")));
    files.iter().for_each(|file| print::out(format_args!("  {}", print::one_line(file))));
    if !left.is_empty() {
        print::out("left:");
        left.iter().for_each(|left| print::out(format_args!("  {}", print::one_line(left))));
    }
    print::note("recordings, exported skills and logs are files of yours: Narrows does not look into them");
}

fn kept(config: &Config) -> Result<KeptPrivacy, Failed> {
    let history = gateway::history(config).ok_or_else(|| {
        Failed::new(Status::Usage, "nothing is kept: `narrows.store.keep_days` is 0 in the configuration")
    })?;
    Ok(KeptPrivacy::new(history, config.privacy.clone(), config.data_dir.clone()))
}

fn failed(error: &ForgetError) -> Failed {
    let status = if matches!(error, ForgetError::Short) { Status::Usage } else { Status::Internal };
    Failed::new(status, error.to_string())
}
