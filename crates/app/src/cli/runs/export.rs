//! `narrows runs export`: runs as JSON, and recordings of what their servers answered.

use std::{
    collections::BTreeSet,
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use ::tools::{Catalog, Exchange, Server, ServerName};
use host::{AnsweredRun, RunId, definition_fingerprint};
use serde_json::json;
use surface::Surface;
use upstream::{RECORDING_BYTES_MAX, recording_json};

use super::{
    Context, Failed, Gateway, Servers, Status,
    again::{not_taken_up, past},
    command, gateway, look, nothing_kept, print,
};
use crate::{cli::Needs, progress::Quiet, typed::quoted};

/// Where JSON is written.
pub(super) enum Output {
    Stdout,
    /// A file that is not there yet.
    New(PathBuf),
    /// A file, also one that is there.
    Any(PathBuf),
}

impl Output {
    /// Refuses a file that is there before any work is done for it.
    pub(super) fn new(file: Option<PathBuf>, force: bool) -> Result<Self, Failed> {
        match file {
            None => Ok(Self::Stdout),
            Some(file) if force => Ok(Self::Any(file)),
            Some(file) if file.is_file() || file.is_symlink() => Err(exists(&file)),
            Some(file) => Ok(Self::New(file)),
        }
    }

    fn file(&self) -> Option<&Path> {
        match self {
            Self::Stdout => None,
            Self::New(file) | Self::Any(file) => Some(file),
        }
    }

    fn write(&self, json: &str) -> Result<(), Failed> {
        let line = || format!("{json}\n").into_bytes();
        let (file, written) = match self {
            Self::Stdout => {
                print::out(json);
                return Ok(());
            }
            Self::New(file) => (file, files::create_private(file, &line())),
            Self::Any(file) => (file, files::write_private(file, &line())),
        };
        written.map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => exists(file),
            _ => Failed::new(Status::Output, format!("`{}` cannot be written: {error}", file.display())),
        })
    }
}

fn exists(file: &Path) -> Failed {
    Failed::new(Status::Usage, format!("`{}` is there already, and is not replaced", file.display()))
        .hint("name another file, or add `--force`")
}

/// Writes runs whole.
pub(super) async fn export(ids: &[RunId], output: &Output, context: &Context<'_>) -> Result<(), Failed> {
    look(context, async |history, _| {
        let mut runs = Vec::new();
        for id in ids {
            runs.push(past(history, id).await?);
        }
        let json =
            serde_json::to_string_pretty(&runs).map_err(|error| Failed::internal("cannot export", error))?;
        output.write(&json)
    })
    .await
}

/// Writes a recording of the servers of runs. None is started: what they offered last is known.
pub(super) async fn record(ids: &[RunId], output: &Output, context: &Context<'_>) -> Result<(), Failed> {
    let gateway = context.start(Servers::Configured, Needs::Nothing)?;
    let recorded = async {
        gateway.settled().await;
        recorded(ids, &gateway, context).await
    };
    let (servers, exchanges) = context.with(&gateway, recorded).await?;
    let json = recording_json(&servers, &exchanges).ok_or_else(too_large)?;
    output.write(&json)?;
    let told = format!(
        "recorded {} of {}; what the servers answered stands in the recording, so treat it as that data",
        text::counted(exchanges.len(), "call"),
        text::counted(servers.len(), "server")
    );
    if let Some(file) = output.file().filter(|_| context.common.json) {
        print::json(&json!({"file": file, "servers": servers.len(), "calls": exchanges.len()}));
    } else if context.quiet() == Quiet::No {
        print::note(told);
    }
    Ok(())
}

/// A recording of the servers of a run; `None` where it used none.
pub(in crate::cli) async fn recording_of(
    id: &RunId,
    gateway: &Gateway,
    context: &Context<'_>,
) -> Result<Option<String>, Failed> {
    let (servers, exchanges) = recorded(std::slice::from_ref(id), gateway, context).await?;
    match servers.is_empty() {
        true => Ok(None),
        false => recording_json(&servers, &exchanges).ok_or_else(too_large).map(Some),
    }
}

async fn recorded(
    ids: &[RunId],
    gateway: &Gateway,
    context: &Context<'_>,
) -> Result<(Vec<Arc<Server>>, Vec<Exchange>), Failed> {
    let history = gateway::history(&gateway.config).ok_or_else(nothing_kept)?;
    let surface = &gateway.surface();
    let mut runs = Vec::new();
    for id in ids {
        runs.push(history.answered(id).await.map_err(|error| not_taken_up(&error))?);
    }
    let names: BTreeSet<_> = runs.iter().flat_map(|run| servers_of(run, surface)).collect();
    let servers: Result<_, _> = names.iter().map(|name| known(surface.catalog(), name)).collect();
    let servers = servers?;
    ids.iter().zip(&runs).for_each(|(id, run)| warn(id, run, surface.catalog(), context));
    Ok((servers, runs.into_iter().flat_map(|run| run.exchanges).collect()))
}

/// The servers that a run called or imported from; all where it looked for tools. So what it imports is there, called or not.
fn servers_of(run: &AnsweredRun, surface: &Surface) -> BTreeSet<ServerName> {
    let called = run.exchanges.iter().map(|exchange| exchange.tool.server.clone());
    let imported = run.folders.iter().map(|folder| match surface.server_named(folder) {
        Ok(server) => server.clone(),
        Err(_) => ServerName::new(folder.as_str()),
    });
    let searched = surface.catalog().servers().iter().filter(|_| run.searched);
    let searched = searched.filter(|server| !server.tools.is_empty()).map(|server| server.name.clone());
    called.chain(imported).chain(searched).collect()
}

/// A server with the tools that it is known to have.
fn known(catalog: &Catalog, name: &ServerName) -> Result<Arc<Server>, Failed> {
    let server = catalog.server(name).filter(|server| !server.tools.is_empty());
    server.cloned().ok_or_else(|| {
        let message = format!("cannot record: the tools of server `{name}` are not known");
        Failed::new(Status::Usage, message).hint(format!(
            "it has to be in the configuration; {} starts it, and its tools are known from then on",
            command(&format!("tools {}", quoted(name.as_str())))
        ))
    })
}

/// Tells what of a run the recording does not have as it was.
fn warn(id: &RunId, run: &AnsweredRun, catalog: &Catalog, context: &Context<'_>) {
    for (tool, definition) in &run.definitions {
        match catalog.tool(tool) {
            Some(now) if definition_fingerprint(now) == *definition => {}
            Some(_) => context.warn(format_args!(
                "the definition of `{tool}` has changed since {id}; the recording has it as it is now"
            )),
            None => context.warn(format_args!(
                "`{tool}`, which {id} called, is not offered any more; the recording has its calls and not the tool"
            )),
        }
    }
    if run.left_out > 0 {
        let calls = text::counted(run.left_out, "call");
        context.warn(format_args!("{calls} of {id} cannot be recorded: no server's answer is known"));
    }
}

fn too_large() -> Failed {
    let most = RECORDING_BYTES_MAX >> 20;
    Failed::new(Status::Failed, format!("the recording would be larger than {most} MB"))
        .hint("record fewer runs in one file")
}
