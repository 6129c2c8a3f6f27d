//! Narrows: one binary between an agent and its MCP servers.
//!
//! This file is the life of the process. `config` says what to do, `gateway` wires the rooms, `mcp` and `cli` are
//! the faces; `print` and `exit` are how they speak and end.

mod agreement;
mod args;
mod auth;
mod cli;
mod clients;
mod config;
mod diff;
mod eval;
mod excerpt;
mod exit;
mod gateway;
mod http;
mod layout;
mod listed;
mod listen;
mod lookalikes;
#[cfg(test)]
mod manual;
mod mcp;
mod planned;
mod print;
mod progress;
mod rest;
mod trust;
mod typed;
mod usage;

use std::process::ExitCode;

use tokio_util::sync::CancellationToken;
use tracing_subscriber::EnvFilter;

use args::{Cli, Command, WorkerKind};
use config::Surroundings;
use exit::Failed;

fn main() -> ExitCode {
    sandbox::map_what_is_large();
    let cli = match usage::parse() {
        Ok(cli) => cli,
        Err(code) => return code,
    };
    // A worker is another program in the same file: no configuration, no log, no runtime.
    if let Command::Worker(worker) = &cli.command {
        return match worker.kind {
            WorkerKind::Parse => sandbox::parser_main(),
            WorkerKind::Run => sandbox::runner_main(),
            #[cfg(target_os = "linux")]
            WorkerKind::Deno => sandbox::deno_main(&worker.rest),
        };
    }
    // So is the reaper of a server.
    #[cfg(target_os = "linux")]
    if let Command::Reap(reap) = &cli.command
        && let Some((command, args)) = reap.command.split_first()
    {
        return upstream::reap(command, args).into();
    }
    start_log(&cli);
    name_config(&cli);
    let json = cli.common.json;
    let ended = match &cli.command {
        // One of the company's servers is a small loop over its input and needs no runtime either.
        Command::DemoServer(server) => cli::serve_demo_server(server),
        Command::Eval(eval) => cli::measure(eval),
        _ => live(cli),
    };
    let code = match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(failed) => {
            if json {
                failed.print_json();
            }
            failed.report()
        }
    };
    exit::finish(code)
}

fn live(cli: Cli) -> Result<(), Failed> {
    let around = Surroundings::of_process()
        .map_err(|error| Failed::internal("cannot determine the working directory", error))?;
    // One thread: what computes happens in workers, and what takes long aside. A second one would be woken for half of
    // all messages and find nothing to do, which makes a call three times as long.
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .map_err(|error| Failed::internal("cannot start the runtime", error))?;
    let result = runtime.block_on(cli::run(cli, &around, stop_signal()));
    // A read of stdin cannot be interrupted; it is left behind.
    runtime.shutdown_background();
    result
}

/// Has hints name the configuration that was given; those for an agent's person, who is in another folder, by its whole path.
fn name_config(cli: &Cli) {
    let Some(given) = &cli.common.config else { return };
    let whole = || std::path::absolute(given).unwrap_or_else(|_| given.clone());
    typed::with_config(&if matches!(cli.command, Command::Serve(_)) { whole() } else { given.clone() });
}

/// The log goes to stderr. Commands say themselves what a person should know; only `serve` speaks through its log.
fn start_log(cli: &Cli) {
    let usual = match &cli.command {
        // The SDK warns of every mistake of a client; those are the client's to hear.
        Command::Serve(_) if !cli.common.quiet => "warn,rmcp=error",
        _ => "error",
    };
    let filter = EnvFilter::try_from_env("NARROWS_LOG").unwrap_or_else(|_| EnvFilter::new(usual));
    // rmcp would write codes and identity tokens of a sign-in down.
    let filter = match "rmcp::transport::auth=warn".parse() {
        Ok(quiet) => filter.add_directive(quiet),
        Err(_) => filter,
    };
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(false);
    // Only fails when there is one already.
    let _ = log.try_init();
}

/// Cancelled when the process is asked to end. Signals are caught from the first await on.
async fn stop_signal() -> CancellationToken {
    let stop = CancellationToken::new();
    // Here and not in the task: a signal may come before that is first run.
    match signals() {
        Ok(signals) => {
            let asked = stop.clone();
            tokio::spawn(async move {
                asked_to_end(signals).await;
                asked.cancel();
            });
        }
        Err(error) => tracing::warn!(%error, "cannot listen for signals"),
    }
    stop
}

#[cfg(unix)]
type Signals = [tokio::signal::unix::Signal; 3];

#[cfg(unix)]
fn signals() -> std::io::Result<Signals> {
    use tokio::signal::unix::{SignalKind, signal};
    Ok([signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?, signal(SignalKind::hangup())?])
}

#[cfg(unix)]
async fn asked_to_end([mut terminate, mut interrupt, mut hangup]: Signals) {
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
        _ = hangup.recv() => {}
    }
}

#[cfg(not(unix))]
fn signals() -> std::io::Result<()> {
    Ok(())
}

#[cfg(not(unix))]
async fn asked_to_end((): ()) {
    if let Err(error) = tokio::signal::ctrl_c().await {
        tracing::warn!(%error, "cannot listen for signals");
        std::future::pending::<()>().await;
    }
}
