//! The MCP conformance suite, run against Narrows as a client and as a server, for both revisions.
//!
//! `xtask/conformance-passes.txt` lists how many checks of each scenario pass and fail. Fewer passes or more failures
//! are an error; anything better is named, so that the list is written anew. Scenarios of which nothing passes
//! are not on it.

use std::{collections::BTreeMap, fmt, fs, process::Command};

use anyhow::{Context, Result, bail};

use crate::{
    face::Server,
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
/// Scenarios of extensions, which no revision requires.
const EXTENSIONS: [&str; 1] = ["auth/client-credentials-basic"];
/// It measures time, so on a busy machine it may fail: one good try of some counts.
const TIMED: &str = "sse-retry";
const TRIES: usize = 3;

/// How many checks of a scenario passed and failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Count {
    passed: u32,
    failed: u32,
}

impl Count {
    /// Reads `3 passed, 0 failed`.
    fn read(text: &str) -> Option<Self> {
        let (passed, failed) = text.trim().split_once(" passed, ")?;
        Some(Self { passed: passed.parse().ok()?, failed: failed.strip_suffix(" failed")?.parse().ok()? })
    }

    fn is_worse_than(self, other: Self) -> bool {
        self.passed < other.passed || self.failed > other.failed
    }
}

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed", self.passed, self.failed)
    }
}

/// Scenarios, by `client 2026-07-28 tools_call`.
type Scenarios = BTreeMap<String, Count>;

/// Runs everything and compares with the list, or writes it.
pub(crate) fn check(write: bool) -> Result<()> {
    fetch::servers()?;
    let narrows = build_narrows("dev")?;
    let mut found = Scenarios::new();
    for revision in REVISIONS {
        let client = format!("{} conformance-client", narrows.display());
        for name in client_scenarios(revision)? {
            let tries = if name == TIMED { TRIES } else { 1 };
            let label = format!("client {revision} {name}");
            found.extend(best_of(tries, || client_scenario(&client, &name, revision, &label))?);
        }

        let mut server = Server::start(&narrows)?;
        let url = format!("http://127.0.0.1:{}/mcp", server.port);
        let report = suite(&["server", "--url", &url, "--requirements", revision])?;
        found.extend(counts(&report, revision, "server", |name| WITHOUT_FIXTURES.contains(&name)));
        server.stop();
    }
    let list = root().join("xtask/conformance-passes.txt");
    if write {
        let text: String = found.iter().map(|(name, count)| format!("{name}: {count}\n")).collect();
        return fs::write(&list, text).with_context(|| format!("cannot write {}", list.display()));
    }
    let listed = fs::read_to_string(&list).with_context(|| format!("cannot read {}", list.display()))?;
    let expected = listed.lines().filter_map(|line| {
        let (name, count) = line.split_once(": ")?;
        Some((name.to_owned(), Count::read(count)?))
    });
    compare(&expected.collect(), &found)
}

fn compare(expected: &Scenarios, found: &Scenarios) -> Result<()> {
    const NOTHING: Count = Count { passed: 0, failed: u32::MAX };
    let mut worse = Vec::new();
    for (name, wanted) in expected {
        let count = *found.get(name).unwrap_or(&NOTHING);
        if count.is_worse_than(*wanted) {
            worse.push(format!("{name}: {count}, not {wanted}"));
        }
    }
    for (name, count) in found {
        if expected.get(name).is_none_or(|wanted| wanted.is_worse_than(*count)) {
            println!("better than the list: {name}: {count}");
        }
    }
    if !worse.is_empty() {
        bail!("worse than the list:\n{}", worse.join("\n"));
    }
    println!("{} scenarios as listed", expected.len());
    Ok(())
}

/// The scenarios a revision requires of clients, and those of extensions. They are run one by one: the suite would start all at once, and
/// those that measure time would fail on a small machine.
fn client_scenarios(revision: &str) -> Result<Vec<String>> {
    let list = suite(&["list", "--requirements", revision])?;
    let of_clients = list.split("Client scenarios").nth(1).unwrap_or_default();
    let names = of_clients
        .lines()
        .skip(1)
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.trim().strip_prefix("- ")?.split(' ').next());
    Ok(names.chain(EXTENSIONS).map(str::to_owned).collect())
}

fn client_scenario(client: &str, name: &str, revision: &str, label: &str) -> Result<Option<(String, Count)>> {
    let wanted = ["--scenario", name, "--spec-version", revision, "--force", "--timeout", "20000"];
    let report = suite(&[&["client", "--command", client], &wanted[..]].concat())?;
    Ok(single(&report, label))
}

/// The first try without a failure, or the last.
fn best_of(
    tries: usize,
    mut attempt: impl FnMut() -> Result<Option<(String, Count)>>,
) -> Result<Option<(String, Count)>> {
    for _ in 1..tries {
        let outcome = attempt()?;
        if outcome.as_ref().is_some_and(|(_, count)| count.failed == 0) {
            return Ok(outcome);
        }
    }
    attempt()
}

/// The count of a report of one scenario.
fn single(report: &str, name: &str) -> Option<(String, Count)> {
    let line = report.lines().find_map(|line| line.strip_prefix("Passed: "))?;
    let (passed, failed) = line.split_once(", ")?;
    let passed = passed.split('/').next()?;
    let failed = failed.split(' ').next()?;
    let count = Count { passed: passed.parse().ok()?, failed: failed.parse().ok()? };
    println!("{name}: {count}");
    (count.passed > 0).then(|| (name.to_owned(), count))
}

fn suite(arguments: &[&str]) -> Result<String> {
    let program = fetch::programs();
    let script =
        target().join("test-servers/node/node_modules/@modelcontextprotocol/conformance/dist/index.js");
    // Some reports come on stdout and some on stderr.
    let (_, report, rest) = output(Command::new(program.join("node")).arg(script).args(arguments))?;
    Ok(report + &rest)
}

/// The scenarios of a report of which something passed.
fn counts(report: &str, revision: &str, side: &str, wanted: impl Fn(&str) -> bool) -> Scenarios {
    let lines = report.lines().filter_map(|line| {
        let (mark, rest) = line.split_once(' ')?;
        let (name, counted) = rest.split_once(": ")?;
        let count = Count::read(counted).filter(|_| matches!(mark, "✓" | "✗") && wanted(name))?;
        println!("{mark} {side} {revision} {name}: {count}");
        (count.passed > 0).then(|| (format!("{side} {revision} {name}"), count))
    });
    lines.collect()
}
