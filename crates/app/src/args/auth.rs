//! The commands about signing in, as typed.

use clap::{Args, Subcommand};

/// `narrows login`.
#[derive(Debug, Args)]
pub(crate) struct LoginArgs {
    /// The server
    #[arg(required_unless_present = "all", conflicts_with = "all")]
    pub(crate) server: Option<String>,
    /// Every server that wants it, one after the other
    #[arg(long)]
    pub(crate) all: bool,
    /// Open the address in your browser; without this it is only printed
    #[arg(long)]
    pub(crate) open: bool,
    /// Read the address that your browser ends at from stdin, for a browser on another machine
    #[arg(long)]
    pub(crate) paste: bool,
}

/// `narrows logout`.
#[derive(Debug, Args)]
pub(crate) struct LogoutArgs {
    /// The server
    pub(crate) server: String,
}

/// `narrows auth`.
#[derive(Debug, Args)]
pub(crate) struct AuthArgs {
    #[command(subcommand)]
    pub(crate) command: AuthCommand,
}

/// What to do with the sign-ins.
#[derive(Debug, Subcommand)]
pub(crate) enum AuthCommand {
    /// List the remote servers, and which of them you are signed in to
    #[command(alias = "list")]
    Ls,
}
