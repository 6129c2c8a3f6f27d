//! Real kills while a script runs: of the gateway, of a worker, of the server it calls, of two at once. Afterwards every write was
//! made exactly once, or at most once where the script was told that its outcome is unknown, and the result is that of a run
//! that was not disturbed.

use std::{
    collections::HashMap,
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail, ensure};
use clap::Args;
use fastrand::Rng;
use serde_json::{Value, json};

use crate::{
    client::Client,
    memory::children,
    postgres::Cluster,
    process::{build_misbehave, build_narrows, output, target},
};

const SCRIPT: &str = include_str!("kills.ts");

/// The numbers that the script writes.
const WRITTEN: usize = 20;

/// Writes that are on their way at once at most, and so unknown after one kill.
const AT_ONCE: usize = 4;

/// A run goes on some seconds after its gateway was killed; a busy machine may need many more.
const ENDS_WITHIN: Duration = Duration::from_secs(120);

/// A script takes about so long, in milliseconds; a gateway that takes it up begins after three seconds.
const SCRIPT_MS: u64 = 900;
const TAKEN_UP_AFTER_MS: u64 = 3_000;

/// How much is killed.
#[derive(Args)]
pub(crate) struct Kills {
    /// Ends after so many kills
    #[arg(long, default_value_t = 60)]
    kills: usize,
    /// What decides when whom is killed
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Scripts that run at once, each with a gateway of its own
    #[arg(long, default_value_t = 6)]
    at_once: usize,
    /// Keeps the runs in this PostgreSQL database instead of SQLite
    #[arg(long)]
    store: Option<String>,
    /// Keeps them in a PostgreSQL that is started for this
    #[arg(long, conflicts_with = "store")]
    postgres: bool,
    /// A binary to kill, instead of building one
    #[arg(long, value_name = "FILE")]
    binary: Option<PathBuf>,
}

/// What is killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Target {
    Gateway,
    Worker,
    Server,
    GatewayAndServer,
    WorkerAndServer,
}

const TARGETS: [Target; 6] = [
    Target::Gateway,
    Target::Gateway,
    Target::Worker,
    Target::Server,
    Target::GatewayAndServer,
    Target::WorkerAndServer,
];

/// What all trials have in common.
struct Trials {
    narrows: PathBuf,
    misbehave: PathBuf,
    store: Option<String>,
    folder: PathBuf,
}

/// How a trial ended.
struct Trial {
    kills: usize,
    unknown: usize,
    result: Value,
}

/// Kills until there were enough kills, and says what came of it.
pub(crate) fn run(kills: &Kills) -> Result<()> {
    let cluster = if kills.postgres { Some(Cluster::start()?) } else { None };
    let folder = target().join("tmp/kills").join(std::process::id().to_string());
    let trials = Trials {
        narrows: kills.binary.clone().map_or_else(|| build_narrows("dev"), Ok)?,
        misbehave: build_misbehave("dev")?,
        store: cluster.as_ref().map(Cluster::url).or_else(|| kills.store.clone()),
        folder: folder.clone(),
    };
    let began = Instant::now();
    let undisturbed = trials.trial(0, None)?;
    ensure!(undisturbed.unknown == 0, "a run that was not disturbed has unknown writes");
    let (next, killed, unknown) = (AtomicUsize::new(1), AtomicUsize::new(0), AtomicUsize::new(0));
    let work = || -> Result<()> {
        while killed.load(Ordering::Relaxed) < kills.kills {
            let number = next.fetch_add(1, Ordering::Relaxed);
            let seed = kills.seed.wrapping_mul(1_000_003).wrapping_add(number as u64);
            let trial = trials.trial(number, Some(Rng::with_seed(seed)));
            let trial = trial.with_context(|| format!("trial {number} of seed {}", kills.seed))?;
            ensure!(trial.result == undisturbed.result, "trial {number}: the result is {}", trial.result);
            killed.fetch_add(trial.kills, Ordering::Relaxed);
            unknown.fetch_add(trial.unknown, Ordering::Relaxed);
        }
        Ok(())
    };
    thread::scope(|scope| {
        let workers: Vec<_> = (0..kills.at_once.max(1)).map(|_| scope.spawn(work)).collect();
        workers.into_iter().try_for_each(|worker| worker.join().unwrap_or_else(|_| bail!("a trial panicked")))
    })?;
    println!(
        "{} kills in {} runs: every write once, {} of {} unknown and made at most once; {:.0} s",
        killed.into_inner(),
        next.load(Ordering::Relaxed) - 1,
        unknown.into_inner(),
        WRITTEN * (next.into_inner() - 1),
        began.elapsed().as_secs_f64(),
    );
    fs::remove_dir_all(folder).context("the folder of the trials")
}

impl Trials {
    /// Runs the script once, with some kills where random numbers are given. Its folder stays where something is wrong.
    fn trial(&self, number: usize, random: Option<Rng>) -> Result<Trial> {
        let folder = self.folder.join(number.to_string());
        fs::create_dir_all(&folder)?;
        let mut gateway = self.gateway(&folder)?;
        let begun = gateway.call("execute_code", &json!({"code": SCRIPT, "background": true}))?;
        let run = text(&begun)
            .split(|c: char| !c.is_alphanumeric() && c != '_')
            .find(|word| word.starts_with("run_"))
            .with_context(|| format!("no run in {begun}"))?
            .to_owned();
        let mut killed = Vec::new();
        if let Some(mut random) = random {
            let mut latest = SCRIPT_MS;
            for _ in 0..=random.u8(..3) {
                thread::sleep(Duration::from_millis(random.u64(..latest)));
                let target = TARGETS[random.usize(..TARGETS.len())];
                if target.kill(gateway.pid())? {
                    killed.push(target);
                }
                if target.is_gateway() {
                    drop(gateway);
                    gateway = self.gateway(&folder)?;
                    latest = TAKEN_UP_AFTER_MS + SCRIPT_MS;
                }
            }
        }
        let ended = wait_for_end(&mut gateway, &run)?;
        let trial = checked(&ended, &folder.join("written"), &killed)
            .with_context(|| format!("{run} in {}, killed: {killed:?}", folder.display()))?;
        drop(gateway);
        fs::remove_dir_all(folder)?;
        Ok(trial)
    }

    fn gateway(&self, folder: &Path) -> Result<Client> {
        let counter = json!({"command": self.misbehave, "args": ["counting", folder.join("written")]});
        let mut config =
            json!({"mcpServers": {"counter": counter}, "narrows": {"data_dir": folder.join("data")}});
        if let Some(url) = &self.store {
            config["narrows"]["store"] = json!({"url": url});
        }
        let path = folder.join("narrows.json");
        fs::write(&path, config.to_string())?;
        let mut command = Command::new(&self.narrows);
        command.arg("--config").arg(&path).arg("serve").env("HOME", folder);
        for name in ["XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME"] {
            command.env_remove(name);
        }
        Client::start(&mut command)
    }
}

impl Target {
    fn is_gateway(self) -> bool {
        matches!(self, Self::Gateway | Self::GatewayAndServer)
    }

    /// Kills it. False where it is not there at this moment.
    fn kill(self, gateway: u32) -> Result<bool> {
        let of =
            |words: &[&str]| children(gateway).into_iter().filter(|pid| is_called(*pid, words)).collect();
        let (worker, server) = (["worker", "run"].as_slice(), ["counting"].as_slice());
        let pids: Vec<u32> = match self {
            Self::Gateway => vec![gateway],
            Self::Worker => of(worker),
            Self::Server => of(server),
            Self::GatewayAndServer => [vec![gateway], of(server)].concat(),
            Self::WorkerAndServer => [of(worker), of(server)].concat(),
        };
        if pids.is_empty() {
            return Ok(false);
        }
        // One that has ended by itself meanwhile makes `kill` fail.
        output(Command::new("kill").arg("-9").args(pids.iter().map(u32::to_string)))?;
        Ok(true)
    }
}

/// Whether these are the first arguments of a process.
fn is_called(pid: u32, words: &[&str]) -> bool {
    let line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    let mut arguments = line.split(|&byte| byte == 0).skip(1);
    words.iter().all(|word| arguments.next() == Some(word.as_bytes()))
}

fn wait_for_end(gateway: &mut Client, run: &str) -> Result<String> {
    let until = Instant::now() + ENDS_WITHIN;
    loop {
        let told = gateway.call("get_run", &json!({"run_id": run, "wait_seconds": 10}))?;
        let text = text(&told);
        if text.contains("<<") || text.contains("Failed") {
            return Ok(text);
        }
        ensure!(Instant::now() < until, "it does not end: {text}");
        thread::sleep(Duration::from_millis(50));
    }
}

/// What the script returned, held against what its server has written down.
fn checked(ended: &str, written: &Path, killed: &[Target]) -> Result<Trial> {
    let json = ended.split_once("<<").and_then(|(_, rest)| rest.split_once(">>")).map(|(json, _)| json);
    let mut returned: Value = serde_json::from_str(json.with_context(|| format!("it failed: {ended}"))?)?;
    let unknown: Vec<u64> = serde_json::from_value(returned["unknown"].take())?;
    let mut times: HashMap<u64, usize> = HashMap::new();
    for line in fs::read_to_string(written)?.lines() {
        *times.entry(line.parse()?).or_default() += 1;
    }
    let all = (0..10).map(|n| 2 * n).chain(100..104).chain(200..206);
    for n in all {
        let times = times.remove(&n).unwrap_or_default();
        let is_right = times == 1 || times == 0 && unknown.contains(&n);
        ensure!(is_right, "{n} was written {times} times; unknown are {unknown:?}");
    }
    ensure!(times.is_empty(), "these were written and never asked for: {times:?}");
    let disturbing = killed.iter().filter(|target| **target != Target::Worker).count();
    ensure!(unknown.len() <= AT_ONCE * disturbing, "{unknown:?} are unknown after {killed:?}");
    Ok(Trial { kills: killed.len(), unknown: unknown.len(), result: returned["result"].take() })
}

fn text(answer: &Value) -> String {
    answer["content"][0]["text"].as_str().unwrap_or_default().to_owned()
}
