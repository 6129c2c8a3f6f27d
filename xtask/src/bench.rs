//! Measurements of the release binary, driven over MCP on stdio as an agent does, beside the same calls made
//! straight to the servers by the same client. Everything stays on this machine and ends by itself.
//!
//! Times depend on the machine; the ratios are what counts.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use anyhow::{Context, Result};
use serde_json::{Value, json};

use crate::{
    client::Client,
    memory::Memory,
    process::{build_misbehave, build_narrows, target},
};

/// Runs that wait at once in the measurement of memory.
const WAITING: usize = 1_000;
/// Calls in a row, or at once, beside direct ones.
const CALLS: usize = 100;

/// Measures everything and prints a table.
pub(crate) fn measure() -> Result<()> {
    let bench = Bench::new()?;
    println!("{:<52} {:>12} {:>12} {:>8}", "", "narrows", "direct", "ratio");
    bench.start()?;
    bench.warm_runs()?;
    bench.calls()?;
    bench.journal()?;
    bench.slow_calls()?;
    bench.neighbour()?;
    bench.rows()?;
    bench.memory()
}

struct Bench {
    narrows: PathBuf,
    misbehave: PathBuf,
    folder: PathBuf,
    config: PathBuf,
    /// The same servers, and no run is kept.
    unkept: PathBuf,
}

impl Bench {
    fn new() -> Result<Self> {
        let narrows = build_narrows("release")?;
        let misbehave = build_misbehave("release")?;
        let folder = target().join("tmp/bench");
        fs::create_dir_all(&folder)?;
        let config = folder.join("narrows.json");
        let demo = |server: &str| json!({"command": narrows, "args": ["demo-server", server]});
        let mut servers = json!({
            "mcpServers": {
                "google-sheets": demo("google-sheets"),
                "salesforce": demo("salesforce"),
                "slack": demo("slack"),
                "slow": {"command": misbehave, "args": ["slow"]},
            },
        });
        fs::write(&config, servers.to_string())?;
        servers["narrows"] = json!({"store": {"keep_days": 0}});
        let unkept = folder.join("unkept.json");
        fs::write(&unkept, servers.to_string())?;
        Ok(Self { narrows, misbehave, folder, config, unkept })
    }

    fn gateway(&self, config: &Path) -> Result<Client> {
        let mut command = Command::new(&self.narrows);
        command.arg("--config").arg(config).arg("serve").env("XDG_DATA_HOME", self.folder.join("data"));
        Client::start(&mut command).context("cannot start narrows")
    }

    /// A gateway that has run a script already.
    fn warm_gateway(&self) -> Result<Client> {
        self.warm(&self.config)
    }

    fn warm(&self, config: &Path) -> Result<Client> {
        let mut gateway = self.gateway(config)?;
        gateway
            .run("import { listChannels } from './servers/slack';\nreturn (await listChannels()).length;")?;
        Ok(gateway)
    }

    fn direct(&self, server: &str) -> Result<Client> {
        Client::start(Command::new(&self.narrows).args(["demo-server", server]))
    }

    fn start(&self) -> Result<()> {
        let times = timed(11, || self.gateway(&self.config)?.run("return 1").map(drop))?;
        row("start to first answer", median(&times), None);
        Ok(())
    }

    fn warm_runs(&self) -> Result<()> {
        let mut gateway = self.warm_gateway()?;
        let times = timed(500, || gateway.run("return 1").map(drop))?;
        row("warm `return 1`, p50", median(&times), None);
        row("warm `return 1`, p99", percentile(&times, 99), None);
        // What was parsed before is not parsed again: this is what a script costs that nobody has seen.
        let mut number = 0;
        let times = timed(500, || {
            number += 1;
            gateway.run(&format!("return {number}")).map(drop)
        })?;
        row("a new `return n` each time, p50", median(&times), None);
        Ok(())
    }

    fn calls(&self) -> Result<()> {
        let (mut gateway, mut slack) = (self.warm_gateway()?, self.direct("slack")?);
        let (row_of, at_once) = scripts();
        let message = message();
        let through = median(&timed(15, || gateway.run(&row_of).map(drop))?);
        let straight = median(&timed(15, || {
            (0..CALLS).try_for_each(|_| slack.call("send_message", &message).map(drop))
        })?);
        row(&format!("{CALLS} calls in a row"), through, Some(straight));

        let through = median(&timed(15, || gateway.run(&at_once).map(drop))?);
        let straight = median(&timed(15, || {
            let ids =
                (0..CALLS).map(|_| slack.send_call("send_message", &message)).collect::<Result<Vec<_>>>()?;
            ids.into_iter().try_for_each(|id| slack.wait(id).map(drop))
        })?);
        row(&format!("{CALLS} calls at once"), through, Some(straight));
        Ok(())
    }

    /// Calls that change something are on the disk before they are sent: the same with and without a journal, in turn.
    fn journal(&self) -> Result<()> {
        let (mut kept, mut unkept) = (self.warm(&self.config)?, self.warm(&self.unkept)?);
        let (row_of, at_once) = scripts();
        for (what, script) in [("in a row", row_of), ("at once", at_once)] {
            let (mut with, mut without) = (Vec::new(), Vec::new());
            for _ in 0..15 {
                with.extend(timed(1, || kept.run(&script).map(drop))?);
                without.extend(timed(1, || unkept.run(&script).map(drop))?);
            }
            with.sort();
            without.sort();
            pair(&format!("{CALLS} calls {what}, journal"), "no journal", median(&with), median(&without));
        }
        Ok(())
    }

    fn slow_calls(&self) -> Result<()> {
        let mut gateway = self.warm_gateway()?;
        let mut slow = Client::start(Command::new(&self.misbehave).arg("slow"))?;
        let script = "import { wait } from './servers/slow';\n\
                      await Promise.all(Array.from({length: 20}, () => wait({ms: 100})));\nreturn 20;";
        gateway.run(script)?;
        let through = median(&timed(5, || gateway.run(script).map(drop))?);
        let straight = median(&timed(5, || {
            let ids =
                (0..20).map(|_| slow.send_call("wait", &json!({"ms": 100}))).collect::<Result<Vec<_>>>()?;
            ids.into_iter().try_for_each(|id| slow.wait(id).map(drop))
        })?);
        row("20 calls of 100 ms at once", through, Some(straight));
        Ok(())
    }

    /// `return 1` while another run computes without a pause, beside the same without it.
    fn neighbour(&self) -> Result<()> {
        let mut gateway = self.warm_gateway()?;
        let alone = median(&timed(50, || gateway.run("return 1").map(drop))?);
        let busy = "const end = Date.now() + 1; let n = 0; for (let i = 0; i < 3e8; i++) n += i; return n;";
        let id = gateway.send_call("execute_code", &json!({"code": busy}))?;
        let times = timed(50, || gateway.run("return 1").map(drop))?;
        // How the busy one ends does not matter: it may reach its CPU limit.
        drop(gateway.wait(id));
        pair("warm `return 1` beside a busy run, p50", "alone", median(&times), alone);
        pair("warm `return 1` beside a busy run, worst of 50", "alone", percentile(&times, 100), alone);
        Ok(())
    }

    fn rows(&self) -> Result<()> {
        let (mut gateway, mut sheets) = (self.warm_gateway()?, self.direct("google-sheets")?);
        let range = json!({"spreadsheetId": "abc", "range": "A1:Z10000"});
        let script = format!(
            "import {{ getValues }} from './servers/google-sheets';\n\
             const rows = await getValues({range});\n\
             return {{rows: rows.length, large: rows.filter(row => parseFloat(row[5]) > 100000).length}};"
        );
        gateway.run(&script)?;
        sheets.call("get_values", &range)?;
        let through = median(&timed(9, || gateway.run(&script).map(drop))?);
        let straight = median(&timed(9, || sheets.call("get_values", &range).map(drop))?);
        row("10,000 rows x 26 columns read and filtered", through, Some(straight));
        Ok(())
    }

    fn memory(&self) -> Result<()> {
        let mut gateway = self.warm_gateway()?;
        let idle = Memory::of(gateway.pid());
        println!(
            "{:<52} {:>9} MB PSS, {} MB RSS, servers left out",
            "memory idle",
            idle.pss / 1024,
            idle.rss / 1024
        );

        let script = "import { wait } from './servers/slow';\nconst all = Array.from({length: 100}, (_, i) => ({i}));\nawait wait({ms: 20000});\nreturn all.length;";
        let begin = |gateway: &mut Client| {
            gateway.call("execute_code", &json!({"code": script, "background": true})).map(drop)
        };
        begin(&mut gateway)?;
        let before = Memory::of(gateway.pid());
        let started = Instant::now();
        for _ in 1..WAITING {
            begin(&mut gateway)?;
        }
        let took = started.elapsed();
        let full = Memory::of(gateway.pid());
        let each = full.pss.saturating_sub(before.pss) / (WAITING as u64 - 1);
        println!(
            "{:<52} {:>9} MB PSS, {} MB RSS, {each} KB a run; begun in {} ms",
            format!("memory with {WAITING} runs that wait for a tool"),
            full.pss / 1024,
            full.rss / 1024,
            took.as_millis()
        );
        Ok(())
    }
}

/// What is sent by each call.
fn message() -> Value {
    json!({"channel": "#sync", "text": "hello"})
}

/// Scripts that make calls in a row, and at once.
fn scripts() -> (String, String) {
    let (import, message) = ("import { sendMessage } from './servers/slack';\n", message());
    let row_of =
        format!("{import}for (let i = 0; i < {CALLS}; i++) await sendMessage({message});\nreturn {CALLS};");
    let at_once = format!(
        "{import}await Promise.all(Array.from({{length: {CALLS}}}, () => sendMessage({message})));\nreturn {CALLS};"
    );
    (row_of, at_once)
}

fn timed(times: usize, mut what: impl FnMut() -> Result<()>) -> Result<Vec<Duration>> {
    let mut all = Vec::with_capacity(times);
    for _ in 0..times {
        let started = Instant::now();
        what()?;
        all.push(started.elapsed());
    }
    all.sort();
    Ok(all)
}

fn median(sorted: &[Duration]) -> Duration {
    percentile(sorted, 50)
}

fn percentile(sorted: &[Duration], percent: usize) -> Duration {
    let at = (sorted.len() * percent / 100).min(sorted.len() - 1);
    sorted[at]
}

fn row(what: &str, through: Duration, straight: Option<Duration>) {
    match straight {
        None => println!("{what:<52} {:>12}", shown(through)),
        Some(straight) => {
            let ratio = through.as_secs_f64() / straight.as_secs_f64();
            println!("{what:<52} {:>12} {:>12} {ratio:>7.1}x", shown(through), shown(straight));
        }
    }
}

fn pair(what: &str, beside: &str, one: Duration, other: Duration) {
    let ratio = one.as_secs_f64() / other.as_secs_f64();
    println!("{what:<52} {:>12} {:>12} {ratio:>7.1}x  ({beside})", shown(one), shown(other));
}

fn shown(time: Duration) -> String {
    let ms = time.as_secs_f64() * 1_000.0;
    if ms < 10.0 { format!("{ms:.2} ms") } else { format!("{ms:.0} ms") }
}
