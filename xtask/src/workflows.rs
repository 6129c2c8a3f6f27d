//! Workflows against real servers: each is prepared, its script is run by `narrows run`, and what it did is
//! checked, and the run is replayed without its servers; then the same with a script that does nothing, which must fail the check.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
    time::Instant,
};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::{
    fetch,
    process::{build_narrows, output, target},
};

const NOTHING: &str = "return null;\n";

/// Runs every workflow of a folder; an error when one does not behave.
pub(crate) fn run_all(folder: &Path) -> Result<()> {
    fetch::servers()?;
    let narrows = build_narrows("dev")?;
    let mut folders: Vec<PathBuf> = fs::read_dir(folder)
        .with_context(|| format!("cannot read {}", folder.display()))?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.join("solution.ts").exists())
        .collect();
    folders.sort();
    let mut failed = 0;
    for folder in &folders {
        let name = folder.file_name().unwrap_or_default().to_string_lossy();
        let solution = fs::read_to_string(folder.join("solution.ts"))?;
        let started = Instant::now();
        let outcome = attempt(&narrows, folder, &solution);
        let took = started.elapsed().as_millis();
        let empty = attempt(&narrows, folder, NOTHING);
        match (outcome, empty) {
            (Ok(calls), Err(_)) => println!("ok    {name}  {calls} calls, {took} ms"),
            (Err(error), _) => {
                failed += 1;
                println!("FAIL  {name}  {error:#}");
            }
            (Ok(_), Ok(_)) => {
                failed += 1;
                println!("FAIL  {name}  its check accepts a script that does nothing");
            }
        }
    }
    println!("{} passed, {failed} failed", folders.len() - failed);
    if failed > 0 {
        bail!("{failed} of {} workflows failed", folders.len());
    }
    Ok(())
}

/// Prepares a workspace, runs a script in it and checks it. Gives the number of calls.
fn attempt(narrows: &Path, folder: &Path, script: &str) -> Result<usize> {
    let workspace = Workspace::new()?;
    let ws = workspace.0.join("ws");
    fs::create_dir_all(&ws)?;
    done("setup.sh", Command::new("bash").arg(folder.join("setup.sh")).env("WS", &ws))?;

    let file = workspace.0.join("solution.ts");
    fs::write(&file, script.replace("__WS__", &ws.to_string_lossy()))?;
    let narrows = |arguments: &[&str]| {
        let mut command = Command::new(narrows);
        command.arg("--config").arg(folder.join("servers.json")).args(arguments).env("WS", &ws);
        for (variable, below) in
            [("XDG_DATA_HOME", "data"), ("XDG_STATE_HOME", "state"), ("XDG_CACHE_HOME", "cache")]
        {
            command.env(variable, workspace.0.join(below));
        }
        command.current_dir(&ws);
        command
    };
    let (_, record, errors) = output(narrows(&["run", "--json"]).arg(&file).env("PATH", path()?))?;
    let record: Value = serde_json::from_str(&record)
        .with_context(|| format!("no record: {record} {}", errors.trim_end()))?;
    if record["outcome"] != "returned" {
        bail!("{}: {}", record["outcome"], record["error"]);
    }
    fs::write(ws.join("return.json"), record["value"].to_string())?;
    done("check.py", Command::new("python3").arg(folder.join("check.py")).env("WS", &ws))?;
    // Where no server is found.
    let id = record["id"].as_str().unwrap_or_default();
    let (is_same, said, errors) = output(narrows(&["runs", "replay", id]).env("PATH", ""))?;
    if !is_same {
        bail!("replay: {said}{errors}");
    }
    Ok(record["calls"].as_array().map_or(0, Vec::len))
}

fn done(what: &str, command: &mut Command) -> Result<()> {
    let (fine, _, errors) = output(command)?;
    if !fine {
        bail!("{what}: {}", errors.lines().last().unwrap_or("it failed"));
    }
    Ok(())
}

/// The search path with the fetched servers in front.
fn path() -> Result<std::ffi::OsString> {
    let rest = env::var_os("PATH").unwrap_or_default();
    Ok(env::join_paths(std::iter::once(fetch::programs()).chain(env::split_paths(&rest)))?)
}

/// A folder of its own for one attempt, gone afterwards.
struct Workspace(PathBuf);

impl Workspace {
    fn new() -> Result<Self> {
        let started = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?.as_nanos();
        let folder = target().join("tmp").join(format!("workflow-{}-{started}", std::process::id()));
        fs::create_dir_all(&folder)?;
        Ok(Self(fs::canonicalize(folder)?))
    }
}

impl Drop for Workspace {
    fn drop(&mut self) {
        // What cannot be removed now goes with the target folder.
        let _ = fs::remove_dir_all(&self.0);
    }
}
