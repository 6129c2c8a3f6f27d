//! The MCP servers the tests talk to, the conformance suite, and Deno: fetched by pinned version into
//! `target/test-servers`, and not again while the pins stay the same.
//!
//! `target/test-servers/bin` holds a link to each program, and to the `node` the suite needs.

use std::{
    env, fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail};
use serde_json::json;

use crate::process::{exists, run, target};

/// A folder of packages from one registry.
struct Part {
    folder: &'static str,
    kind: Kind,
    /// Packages with their versions.
    packages: &'static [(&'static str, &'static str)],
    /// The programs they bring, and the folder with them.
    programs: &'static [&'static str],
    bin: &'static str,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Node,
    Python,
}

const PARTS: [Part; 5] = [
    Part {
        folder: "node",
        kind: Kind::Node,
        packages: &[
            ("@modelcontextprotocol/conformance", "0.2.0-alpha.12"),
            ("@modelcontextprotocol/server-everything", "2026.8.31"),
            ("@modelcontextprotocol/server-filesystem", "2026.8.31"),
            ("@modelcontextprotocol/server-memory", "2026.8.31"),
            // The suite needs Node 22, which many machines do not have yet.
            ("node", "22.23.3"),
            ("typescript", "7.0.2"),
        ],
        programs: &[
            "conformance",
            "mcp-server-everything",
            "mcp-server-filesystem",
            "mcp-server-memory",
            "node",
            "tsc",
        ],
        bin: "node_modules/.bin",
    },
    Part {
        // The second engine.
        folder: "deno",
        kind: Kind::Node,
        packages: &[("deno", "2.9.6")],
        programs: &["deno"],
        // Not the script of the same name in `.bin`, which only starts it.
        bin: "node_modules/deno",
    },
    Part {
        folder: "py",
        kind: Kind::Python,
        packages: &[("mcp-server-time", "2026.10.19"), ("mcp", "2.3.0")],
        programs: &["mcp-server-time"],
        bin: "bin",
    },
    Part {
        // They do not start with mcp 2.
        folder: "py-mcp1",
        kind: Kind::Python,
        packages: &[("mcp-server-git", "2026.6.4"), ("mcp-server-sqlite", "2025.4.25"), ("mcp", "1.30.0")],
        programs: &["mcp-server-git", "mcp-server-sqlite"],
        bin: "bin",
    },
    Part {
        // It makes up requests from a document of an interface.
        folder: "schemathesis",
        kind: Kind::Python,
        packages: &[("schemathesis", "4.32.5")],
        programs: &["st"],
        bin: "bin",
    },
];

/// Whether missing servers are an error: they are where `CI` is set.
pub(crate) fn required() -> bool {
    env::var("CI").is_ok_and(|value| value == "true")
}

/// Where the programs are.
pub(crate) fn programs() -> PathBuf {
    folder().join("bin")
}

/// Fetches what is missing.
pub(crate) fn servers() -> Result<()> {
    for part in &PARTS {
        fetch(part).with_context(|| format!("cannot fetch the test servers of {}", part.folder))?;
    }
    Ok(())
}

fn folder() -> PathBuf {
    target().join("test-servers")
}

fn fetch(part: &Part) -> Result<()> {
    let place = folder().join(part.folder);
    let stamp = place.join("fetched.txt");
    let wanted: String = part.packages.iter().map(|(name, version)| format!("{name} {version}\n")).collect();
    if fs::read_to_string(&stamp).is_ok_and(|fetched| fetched == wanted) {
        return Ok(());
    }
    println!("fetching {}", wanted.trim_end().replace('\n', ", "));
    match part.kind {
        Kind::Node => node(&place, part)?,
        Kind::Python => python(&place, part)?,
    }
    link(&place.join(part.bin), part.programs)?;
    fs::write(&stamp, wanted).with_context(|| format!("cannot write {}", stamp.display()))
}

fn node(place: &Path, part: &Part) -> Result<()> {
    if !exists("node") || !exists("npm") {
        bail!("node and npm are missing: install Node 20 or newer (Debian: apt-get install nodejs npm)");
    }
    fs::create_dir_all(place)?;
    let versions: serde_json::Map<_, _> =
        part.packages.iter().map(|(name, version)| ((*name).to_owned(), json!(version))).collect();
    fs::write(place.join("package.json"), json!({"private": true, "dependencies": versions}).to_string())?;
    run(Command::new("npm")
        .args(["install", "--no-audit", "--no-fund", "--loglevel=error"])
        .current_dir(place))
}

fn python(place: &Path, part: &Part) -> Result<()> {
    if !exists("python3") {
        bail!(
            "python3 is missing: install Python 3.10 or newer (Debian: apt-get install python3 python3-venv)"
        );
    }
    run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(place))
        .context("python3 has no venv (Debian: apt-get install python3-venv)")?;
    let packages = part.packages.iter().map(|(name, version)| format!("{name}=={version}"));
    run(Command::new(place.join("bin/python"))
        .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"])
        .args(packages))
}

fn link(from: &Path, names: &[&str]) -> Result<()> {
    let programs = programs();
    fs::create_dir_all(&programs)?;
    for name in names {
        let (there, here) = (from.join(name), programs.join(name));
        if !there.exists() {
            bail!("the packages bring no program `{name}`");
        }
        if here.symlink_metadata().is_ok() {
            fs::remove_file(&here)?;
        }
        symlink(&there, &here).with_context(|| format!("cannot link {}", here.display()))?;
    }
    Ok(())
}
