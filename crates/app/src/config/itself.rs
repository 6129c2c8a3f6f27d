//! Narrows among its own servers: started with the same configuration, it would start itself without end.
//!
//! An entry that says so is left out. What no entry shows (a script around Narrows, two configurations that name each
//! other) a variable tells: every server is started with the files it is behind, and Narrows refuses to start with one of them.

use std::path::{Path, PathBuf};

use clap::Parser;
use upstream::Transport;

use super::{Surroundings, text::ConfigError};
use crate::args::{Cli, Command};

/// Names the files a process is behind, one a line, the nearest last.
pub(super) const VARIABLE: &str = "NARROWS_BEHIND";

/// Whether this starts Narrows with the configuration `file`: a project's `.mcp.json` names Narrows as the agent's server and is
/// also found by Narrows. Without a `--config` it is taken to find the same one.
pub(super) fn starts_itself(transport: &Transport, file: &Path, around: &Surroundings) -> bool {
    let Transport::Stdio { command, args, cwd, .. } = transport else { return false };
    if Path::new(command).file_stem().is_none_or(|stem| stem != "narrows") {
        return false;
    }
    let words = [command].into_iter().chain(args);
    let Ok(Cli { common, command: Command::Serve(serve) }) = Cli::try_parse_from(words) else { return false };
    let folder = cwd.as_ref().unwrap_or(&around.cwd);
    let is_same = |given: PathBuf| real(&folder.join(given)) == real(file);
    !serve.servers.demo && serve.servers.mock.is_none() && common.config.is_none_or(is_same)
}

/// What servers of this configuration are told that they are behind.
pub(super) fn behind(file: &Path, around: &Surroundings) -> String {
    let file = real(file).display().to_string();
    match (around.variable)(VARIABLE) {
        Some(files) if !files.is_empty() => format!("{files}\n{file}"),
        _ => file,
    }
}

/// Refuses a configuration that this process was started by already.
pub(super) fn refuse_again(file: &Path, around: &Surroundings) -> Result<(), ConfigError> {
    let files = (around.variable)(VARIABLE).unwrap_or_default();
    let wanted = real(file).display().to_string();
    if files.lines().all(|file| file != wanted) {
        return Ok(());
    }
    let message =
        format!("a server of `{}` starts Narrows with this same configuration again", file.display());
    let hint = format!(
        "remove that server, or give it a `--config` of its own; where you start Narrows by hand, unset `{VARIABLE}`"
    );
    Err(ConfigError::with_hint(message, hint))
}

/// The file without links and detours, as far as it exists.
fn real(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}
