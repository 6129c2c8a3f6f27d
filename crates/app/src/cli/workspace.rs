//! `narrows workspace`: the files that scripts keep.

use std::{
    collections::BTreeMap,
    io::{Write, stdout},
    path::Path,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use host::{
    Copied, RunId, StoreError, UnusableWorkspace, WorkspaceEntry, WorkspaceError, WorkspaceStore,
    WorkspaceSummary,
};
use indicatif::HumanDuration;
use serde::Serialize;
use serde_json::json;

use super::{Context, allow, input};
use crate::{
    args::WorkspaceCommand,
    config::Config,
    exit::{Failed, Status},
    gateway, print,
    typed::command,
};

const MB: u64 = 1024 * 1024;

/// Names that are shown of what is not copied.
const SKIPPED_SHOWN: usize = 5;

/// A workspace as a list shows it.
#[derive(Serialize)]
struct Listed {
    #[serde(flatten)]
    summary: WorkspaceSummary,
    max_files: u64,
    max_bytes: u64,
    /// Those that have not ended.
    runs: Vec<RunId>,
}

pub(super) async fn workspace(asked: WorkspaceCommand, context: &Context<'_>) -> Result<(), Failed> {
    let config = context.config_or_bare()?;
    let store = WorkspaceStore::new(&config.data_dir, &config.limits);
    let work = async {
        match asked {
            WorkspaceCommand::Ls { name: None } => list(&store, &config, context).await,
            WorkspaceCommand::Ls { name: Some(name) } => list_files(&store, &name, context),
            WorkspaceCommand::Cat { name, path } => cat(&store, &name, &path),
            WorkspaceCommand::Export { name, folder } => export(&store, &name, &folder, context),
            WorkspaceCommand::Rm { name, yes } => remove(&store, &config, &name, yes, context).await,
        }
    };
    let interrupted = || Err(Failed::new(Status::Interrupted, "interrupted"));
    context.stop.run_until_cancelled(work).await.unwrap_or_else(interrupted)
}

async fn list(store: &WorkspaceStore, config: &Config, context: &Context<'_>) -> Result<(), Failed> {
    let mut runs = under_way(config).await.unwrap_or_else(|error| {
        context.warn(format_args!("the runs under way are not known: {error}"));
        BTreeMap::new()
    });
    let limits = &config.limits;
    let listed = |summary: WorkspaceSummary| Listed {
        runs: runs.remove(&summary.name).unwrap_or_default(),
        summary,
        max_files: limits.workspace_files,
        max_bytes: limits.workspace_bytes,
    };
    let (all, unusable) = store.list().map_err(|error| failed(&error))?;
    let all: Vec<_> = all.into_iter().map(listed).collect();
    for UnusableWorkspace { name, problem } in &unusable {
        context.warn(format_args!("`{name}` is left out: {problem}"));
    }
    if context.common.json {
        print::json(&all);
    } else if all.is_empty() && !unusable.is_empty() {
        // What there is was named.
    } else if all.is_empty() {
        print::note("there is no workspace yet; a script that writes a file makes its own");
    } else {
        print::out(print::table(&["workspace", "files", "size", "changed", "runs"], all.iter().map(row)));
    }
    Ok(())
}

fn row(listed: &Listed) -> Vec<String> {
    let Listed { summary, max_files, max_bytes, runs } = listed;
    let changed = UNIX_EPOCH + Duration::from_millis(summary.changed_at_ms);
    let ago = SystemTime::now().duration_since(changed).unwrap_or_default();
    vec![
        summary.name.clone(),
        format!("{} of {max_files}", summary.files),
        format!("{:.1} of {} MB", summary.bytes as f64 / MB as f64, max_bytes / MB),
        format!("{} ago", HumanDuration(ago)),
        runs.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "),
    ]
}

fn list_files(store: &WorkspaceStore, name: &str, context: &Context<'_>) -> Result<(), Failed> {
    let entries = store.files(name).map_err(|error| failed(&error))?;
    if context.common.json {
        print::json(&entries);
    } else if entries.is_empty() {
        print::note(format_args!("`{name}` is empty"));
    } else {
        let row = |entry: &WorkspaceEntry| {
            let bytes = if entry.is_folder { String::new() } else { entry.bytes.to_string() };
            let end = match entry {
                WorkspaceEntry { is_folder: true, .. } => "/",
                WorkspaceEntry { is_special: true, .. } => " (a link or a special file, left alone)",
                _ => "",
            };
            vec![print::one_line(&format!("{}{end}", entry.path)), bytes]
        };
        print::out(print::table(&["path", "bytes"], entries.iter().map(row)));
    }
    Ok(())
}

/// Writes what is in a file as it is: it may be no text.
fn cat(store: &WorkspaceStore, name: &str, path: &str) -> Result<(), Failed> {
    let content = store.read(name, path).map_err(|error| {
        failed(&error).hint(format!("{} lists what is there", command(&format!("workspace ls {name}"))))
    })?;
    let mut out = stdout().lock();
    let written = out.write_all(&content).and_then(|()| out.flush());
    written.map_err(|error| Failed::new(Status::Output, format!("the result cannot be written: {error}")))
}

fn export(store: &WorkspaceStore, name: &str, folder: &Path, context: &Context<'_>) -> Result<(), Failed> {
    let copied = store.export(name, folder).map_err(|error| failed(&error))?;
    if context.common.json {
        let Copied { files, bytes, skipped } = &copied;
        print::json(
            &json!({"name": name, "folder": folder, "files": files, "bytes": bytes, "skipped": skipped}),
        );
    } else {
        let files = text::counted(usize::try_from(copied.files).unwrap_or(usize::MAX), "file");
        print::out(format_args!("copied {files}, {} bytes, to {}", copied.bytes, folder.display()));
    }
    if !copied.skipped.is_empty() {
        let named = text::named_first(&copied.skipped, SKIPPED_SHOWN);
        context.warn(format_args!("links and special files are left out: {}", print::one_line(&named)));
    }
    Ok(())
}

async fn remove(
    store: &WorkspaceStore,
    config: &Config,
    name: &str,
    yes: bool,
    context: &Context<'_>,
) -> Result<(), Failed> {
    let files = match store.files(name) {
        // It is removed, and what it leads to stays.
        Err(WorkspaceError::Link(_)) => 0,
        files => files.map_err(|error| failed(&error))?.len(),
    };
    refuse_needed(config, name).await?;
    if !yes && !is_agreed(name, files, context).await? {
        return Err(Failed::new(Status::Failed, "nothing was removed"));
    }
    if let Some(held) = store.hold(name).map_err(|error| failed(&error))? {
        // A run may have begun meanwhile. One that begins from now on waits, and has a new one.
        refuse_needed(config, name).await?;
        held.remove().map_err(|error| failed(&error))?;
    }
    if context.common.json {
        print::json(&json!({"removed": name}));
    } else {
        print::out(format_args!("removed `{name}`"));
    }
    Ok(())
}

/// What a run goes on with is not taken from it.
async fn refuse_needed(config: &Config, name: &str) -> Result<(), Failed> {
    let runs = under_way(config).await.map_err(|error| Failed::new(Status::Internal, error.to_string()))?;
    let runs = runs.get(name).map_or(&[][..], Vec::as_slice);
    if runs.is_empty() {
        return Ok(());
    }
    let needed = text::named_first(runs, 5);
    let count = text::counted(runs.len(), "run");
    let message = format!("`{name}` is needed by {count} that {} not ended: {needed}", has(runs.len()));
    Err(Failed::new(Status::Usage, message)
        .hint(format!(
            "wait for their end; {} lists the calls that wait for you, {} goes on with a run whose process is gone",
            command("approvals ls"),
            command("runs resume RUN")
        )))
}

fn has(count: usize) -> &'static str {
    if count == 1 { "has" } else { "have" }
}

/// The runs that have not ended, by the workspace they need.
async fn under_way(config: &Config) -> Result<BTreeMap<String, Vec<RunId>>, StoreError> {
    let Some(history) = gateway::history(config) else { return Ok(BTreeMap::new()) };
    let runs = history.under_way().await?;
    let mut by_workspace: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for run in runs {
        by_workspace.entry(run.about.workspace).or_default().push(run.id);
    }
    Ok(by_workspace)
}

async fn is_agreed(name: &str, files: usize, context: &Context<'_>) -> Result<bool, Failed> {
    if !allow::may_ask(context) {
        let message = format!("nobody can be asked here whether `{name}` is to be removed");
        let look = command(&format!("workspace ls {name}"));
        return Err(Failed::new(Status::Usage, message)
            .hint(format!("{look} shows what is in it; add `--yes` to remove it")));
    }
    let files = text::counted(files, "file");
    let answer = input::answer(&format!("Remove `{name}` with {files}? [y/N] ")).await;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes" | "Yes"))
}

fn failed(error: &WorkspaceError) -> Failed {
    match error {
        WorkspaceError::Unknown(_) => Failed::new(Status::Usage, error.to_string())
            .hint(format!("{} lists those that there are", command("workspace ls"))),
        WorkspaceError::Open(_) => Failed::new(Status::Usage, error.to_string())
            .hint(format!("wait for its end; {} shows the runs, under way and ended", command("runs ls"))),
        WorkspaceError::Link(_) => Failed::new(Status::Usage, error.to_string())
            .hint(format!("{} removes the link alone", command("workspace rm NAME"))),
        WorkspaceError::NotEmpty(_) | WorkspaceError::File(_) => {
            Failed::new(Status::Usage, error.to_string())
        }
        WorkspaceError::System { .. } => Failed::new(Status::Internal, error.to_string()),
    }
}
