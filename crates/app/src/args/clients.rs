//! `narrows init` and the commands beside it, as typed.

use std::path::PathBuf;

use clap::Args;

use crate::clients::CLIENTS;

/// `narrows init`.
#[derive(Debug, Args)]
pub(crate) struct InitArgs {
    /// Do what is shown, without a question
    #[arg(long, conflicts_with_all = ["dry_run", "undo"])]
    pub(crate) yes: bool,
    /// Show what would be done, and change nothing
    #[arg(long, conflicts_with = "undo")]
    pub(crate) dry_run: bool,
    /// Only these clients, by their names in docs/clients.md; also files of the current folder and files that are not there yet
    #[arg(long, value_name = "NAME", num_args = 1.., value_parser = client, conflicts_with = "undo")]
    pub(crate) client: Vec<String>,
    /// Take the last `init`, `connect`, `disconnect` or `import` back
    ///
    /// A file that nothing else changed since is restored byte for byte. From a client's file that was changed, Narrows is taken out
    /// and the servers that were taken from it are put back. A configuration that was changed since stays.
    #[arg(long)]
    pub(crate) undo: bool,
}

/// `narrows connect` and `narrows disconnect`.
#[derive(Debug, Args)]
pub(crate) struct ClientArgs {
    /// The client, by its name in docs/clients.md
    #[arg(value_parser = client)]
    pub(crate) client: String,
}

/// `narrows add`.
#[derive(Debug, Args)]
pub(crate) struct AddArgs {
    /// The name that agents see
    pub(crate) name: String,
    /// The address of a remote server
    #[arg(required_unless_present = "command", conflicts_with = "command")]
    pub(crate) url: Option<String>,
    /// A header to send with every request: 'Authorization: Bearer ${TOKEN}'
    #[arg(long, value_name = "HEADER", requires = "url", value_parser = header)]
    pub(crate) header: Vec<(String, String)>,
    /// A variable of the server's environment: 'API_KEY=${API_KEY}'
    #[arg(long, value_name = "VARIABLE", conflicts_with = "url", value_parser = variable)]
    pub(crate) env: Vec<(String, String)>,
    /// Replace a server that has this name
    #[arg(long)]
    pub(crate) replace: bool,
    /// The program of a local server, and its arguments
    #[arg(last = true, value_name = "COMMAND")]
    pub(crate) command: Vec<String>,
}

/// `narrows remove`.
#[derive(Debug, Args)]
pub(crate) struct RemoveArgs {
    /// The server
    pub(crate) name: String,
}

/// `narrows import`.
#[derive(Debug, Args)]
pub(crate) struct ImportArgs {
    /// The file: JSON of any client, or TOML of Codex
    pub(crate) file: PathBuf,
    /// Do what is shown, without a question
    #[arg(long, conflicts_with = "dry_run")]
    pub(crate) yes: bool,
    /// Show what would be done, and change nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
}

fn client(name: &str) -> Result<String, String> {
    let mut names = CLIENTS.iter().map(|client| client.name);
    if names.any(|known| known == name) {
        return Ok(name.to_owned());
    }
    match text::nearest(name, CLIENTS.iter().map(|client| client.name)) {
        Some(near) => Err(format!("no client has this name; did you mean `{near}`?")),
        None => Err(format!(
            "no client has this name; known are {}",
            text::named(CLIENTS.iter().map(|it| it.name))
        )),
    }
}

fn header(text: &str) -> Result<(String, String), String> {
    let parts = text.split_once(':').filter(|(name, _)| !name.trim().is_empty());
    parts
        .map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned()))
        .ok_or_else(|| "write `NAME: VALUE`".to_owned())
}

fn variable(text: &str) -> Result<(String, String), String> {
    let parts = text.split_once('=').filter(|(name, _)| !name.is_empty());
    parts
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .ok_or_else(|| "write `NAME=VALUE`".to_owned())
}
