//! Starting other programs, and where things are in the repository.

use std::{
    env,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context, Result, bail};

/// The repository.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new("."))
}

/// Cargo's target folder.
pub(crate) fn target() -> PathBuf {
    env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

/// The cargo that runs this.
pub(crate) fn cargo() -> Command {
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(root());
    cargo
}

/// Builds the `narrows` binary and says where it is.
pub(crate) fn build_narrows(profile: &str) -> Result<PathBuf> {
    run(cargo().args(["build", "--quiet", "--package", "narrows", "--profile", profile]))?;
    let folder = if profile == "dev" { "debug" } else { profile };
    Ok(target().join(folder).join("narrows"))
}

/// Builds the servers that misbehave, for tests and measurements, and says where the program is.
pub(crate) fn build_misbehave(profile: &str) -> Result<PathBuf> {
    let arguments =
        ["build", "--quiet", "--package", "narrows-demo", "--example", "misbehave", "--profile", profile];
    run(cargo().args(arguments))?;
    let folder = if profile == "dev" { "debug" } else { profile };
    Ok(target().join(folder).join("examples/misbehave"))
}

/// Runs a program to its end, its output shown; an error when it fails.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let name = name_of(command);
    let status = command.status().with_context(|| format!("cannot start `{name}`"))?;
    if !status.success() {
        bail!("`{name}` failed: {status}");
    }
    Ok(())
}

/// Runs a program to its end and gives what it wrote, stdout then stderr, whether it failed or not.
pub(crate) fn output(command: &mut Command) -> Result<(bool, String, String)> {
    let name = name_of(command);
    let output = command.stdin(Stdio::null()).output().with_context(|| format!("cannot start `{name}`"))?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Ok((output.status.success(), text(&output.stdout), text(&output.stderr)))
}

/// Whether a program of this name can be started.
pub(crate) fn exists(program: &str) -> bool {
    Command::new(program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok()
}

fn name_of(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}
