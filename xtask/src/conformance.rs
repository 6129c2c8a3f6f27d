//! The MCP conformance suite, run against Narrows as a client and as a server, for both revisions.
//!
//! `xtask/conformance-passes.txt` lists what passes. A scenario on the list that fails is an error; one that
//! passes and is not on the list is named, so that it is added.

use std::{
    collections::BTreeSet,
    fs,
    net::{Ipv4Addr, TcpListener, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};

use crate::{
    fetch,
    process::{build_narrows, output, root, target},
};

const REVISIONS: [&str; 2] = ["2025-11-25", "2026-07-28"];
/// The scenarios for servers that ask for none of the suite's own example tools.
const WITHOUT_FIXTURES: [&str; 7] = [
    "server-initialize",
    "ping",
    "tools-list",
    "server-stateless",
    "dns-rebinding-protection",
    "caching",
    "http-header-validation",
];
/// Long enough for a debug build on a busy machine.
const START_WITHIN: Duration = Duration::from_secs(30);

/// Runs everything and compares with the list, or writes it.
pub(crate) fn check(write: bool) -> Result<()> {
    fetch::servers()?;
    let narrows = build_narrows("dev")?;
    let mut passed = BTreeSet::new();
    for revision in REVISIONS {
        let client = format!("{} conformance-client", narrows.display());
        let report = suite(&["client", "--command", &client, "--requirements", revision])?;
        passed.extend(passes(&report, revision, "client", |_| true));

        let mut server = Server::start(&narrows)?;
        let url = format!("http://127.0.0.1:{}/mcp", server.port);
        let report = suite(&["server", "--url", &url, "--requirements", revision])?;
        passed.extend(passes(&report, revision, "server", |name| WITHOUT_FIXTURES.contains(&name)));
        server.stop();
    }
    let list = root().join("xtask/conformance-passes.txt");
    if write {
        let text: String = passed.iter().map(|pass| format!("{pass}\n")).collect();
        return fs::write(&list, text).with_context(|| format!("cannot write {}", list.display()));
    }
    let expected = fs::read_to_string(&list).with_context(|| format!("cannot read {}", list.display()))?;
    compare(&expected.lines().map(str::to_owned).collect(), &passed)
}

fn compare(expected: &BTreeSet<String>, passed: &BTreeSet<String>) -> Result<()> {
    for new in passed.difference(expected) {
        println!("passes now and is not on the list: {new}");
    }
    let lost: Vec<_> = expected.difference(passed).map(String::as_str).collect();
    if !lost.is_empty() {
        bail!("on the list and failing: {}", lost.join(", "));
    }
    println!("{} passed, 0 failed", passed.len());
    Ok(())
}

fn suite(arguments: &[&str]) -> Result<String> {
    let program = fetch::programs();
    let script =
        target().join("test-servers/node/node_modules/@modelcontextprotocol/conformance/dist/index.js");
    let results = target().join("tmp/conformance");
    let (_, report, errors) = output(
        Command::new(program.join("node"))
            .arg(script)
            .args(arguments)
            .args(["--timeout", "20000", "--output-dir"])
            .arg(results),
    )?;
    if !report.contains("SUMMARY") {
        bail!("the suite gave no summary: {}", errors.lines().last().unwrap_or_default());
    }
    Ok(report)
}

/// The scenarios of a report that passed: without a failure, and not by checking nothing.
fn passes(report: &str, revision: &str, side: &str, counts: impl Fn(&str) -> bool) -> Vec<String> {
    let mut passed = Vec::new();
    for line in report.lines() {
        let Some((mark, rest)) = line.split_once(' ').filter(|(mark, _)| matches!(*mark, "✓" | "✗"))
        else {
            continue;
        };
        let Some((name, counted)) = rest.split_once(": ") else { continue };
        if !counts(name) {
            continue;
        }
        println!("{mark} {side} {revision} {name}: {counted}");
        if mark == "✓" && !counted.starts_with("0 passed") {
            passed.push(format!("{side} {revision} {name}"));
        }
    }
    passed
}

/// Narrows' HTTP face in front of the demo company.
struct Server {
    process: Child,
    port: u16,
}

impl Server {
    fn start(narrows: &Path) -> Result<Self> {
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
        let folder = target().join("tmp/conformance-server");
        fs::create_dir_all(&folder)?;
        let config = folder.join("narrows.json");
        let servers = serde_json::json!({"mcpServers": {
            "slack": {"command": narrows, "args": ["demo-server", "slack"]},
            "zendesk": {"command": narrows, "args": ["demo-server", "zendesk"]},
        }});
        fs::write(&config, servers.to_string())?;
        let process = Command::new(narrows)
            .arg("--config")
            .arg(&config)
            .args(["serve", "--http", &format!("127.0.0.1:{port}")])
            .env("XDG_DATA_HOME", folder.join("data"))
            .env("XDG_STATE_HOME", folder.join("state"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .context("cannot start the HTTP face")?;
        let server = Self { process, port };
        let until = Instant::now() + START_WITHIN;
        while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
            if Instant::now() > until {
                bail!("the HTTP face does not listen on port {port}");
            }
            thread::sleep(Duration::from_millis(50));
        }
        Ok(server)
    }

    fn stop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop();
    }
}
