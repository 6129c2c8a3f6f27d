//! Chores of the repository, as `cargo xtask NAME`. Owns how tests are prepared and run, and measurements.
//! Never knows the product's insides: it drives the `narrows` binary as a person or an agent would.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "the output of a command")]

mod bench;
mod client;
mod conformance;
mod face;
mod fetch;
mod kills;
mod load;
mod memory;
mod postgres;
mod process;
mod rest;
mod workflows;

use std::{path::PathBuf, process::ExitCode};

use anyhow::Result;
use clap::{Parser, Subcommand};

use crate::process::{cargo, root, run};

/// Chores of the repository.
#[derive(Parser)]
#[command(name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Subcommand)]
enum Chore {
    /// Fetches the test servers and runs all tests
    Test {
        /// Handed to `cargo test`
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Fetches the MCP servers the tests talk to, pinned, into the target folder
    Servers,
    /// Builds the guest, `narrows-engine.wasm`
    Engine {
        /// Compares with the committed file instead of writing it
        #[arg(long)]
        check: bool,
        /// Looks at the form and the lints of its source alone
        #[arg(long, conflicts_with = "check")]
        lint: bool,
    },
    /// Runs workflows against real servers and checks what they did
    Workflows {
        /// A folder of workflows, each with task.md, servers.json, setup.sh, solution.ts and check.py
        folder: PathBuf,
    },
    /// Runs the MCP conformance suite and compares with xtask/conformance-passes.txt
    Conformance {
        /// Writes what passed to the list instead of comparing with it
        #[arg(long)]
        write: bool,
    },
    /// Sends made-up requests to the REST face, and holds every answer against its document
    Rest(rest::Rest),
    /// Measures the release binary over MCP, beside direct calls
    Bench,
    /// Kills the gateway, workers and servers while scripts run, and checks that nothing is lost or done twice
    Kills(kills::Kills),
    /// Loads the HTTP face with many clients, and with many that are idle or slow
    Load(load::Load),
}

fn main() -> ExitCode {
    match chore(Arguments::parse().chore) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn chore(chore: Chore) -> Result<()> {
    match chore {
        Chore::Test { arguments } => test(&arguments),
        Chore::Servers => fetch::servers(),
        Chore::Engine { check, lint } => {
            let mut build = std::process::Command::new("sh");
            build.arg(root().join("crates/engine/build.sh"));
            run(build.args(check.then_some("--check")).args(lint.then_some("--lint")))
        }
        Chore::Workflows { folder } => workflows::run_all(&folder),
        Chore::Conformance { write } => conformance::check(write),
        Chore::Rest(rest) => rest::check(&rest),
        Chore::Bench => bench::measure(),
        Chore::Kills(kills) => kills::run(&kills),
        Chore::Load(load) => load::measure(&load),
    }
}

/// All tests. Where a server cannot be fetched or started its tests say so and are skipped, unless `CI` is set.
fn test(arguments: &[String]) -> Result<()> {
    let fetched = fetch::servers();
    match fetched {
        Err(error) if fetch::required() => return Err(error),
        Err(error) => eprintln!("warning: {error:#}\nwarning: tests of real servers are skipped"),
        Ok(()) => {}
    }
    let database = match postgres::Cluster::start() {
        Err(error) if fetch::required() => return Err(error),
        Err(error) => {
            eprintln!("warning: {error:#}\nwarning: tests of PostgreSQL are skipped");
            None
        }
        Ok(database) => Some(database),
    };
    let url = database.as_ref().map(|database| ("NARROWS_TEST_POSTGRES", database.url()));
    let names_package = |argument: &String| argument.starts_with("-p") || argument.starts_with("--package");
    let all = (!arguments.iter().any(names_package)).then_some("--workspace");
    run(cargo().arg("test").args(all).args(arguments).envs(url))
}
