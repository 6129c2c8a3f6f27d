//! `narrows audit` and `narrows forget`, as typed.

use clap::{Args, Subcommand};

/// `narrows audit`.
#[derive(Debug, Args)]
pub(crate) struct AuditArgs {
    #[command(subcommand)]
    pub(crate) command: AuditCommand,
}

/// What to do with the account.
#[derive(Debug, Subcommand)]
pub(crate) enum AuditCommand {
    /// List when values were given to tools, and what scripts asked about them: never the values
    Ls {
        /// Only those of this run
        #[arg(long, value_name = "RUN")]
        run: Option<String>,
        /// At most this many, the latest first
        #[arg(long, value_name = "N", default_value_t = 100)]
        limit: u32,
    },
}

/// `narrows forget`.
#[derive(Debug, Args)]
pub(crate) struct ForgetArgs {
    /// The value, as in `maria@example.com`; `-` reads it from stdin, so that no shell keeps it
    pub(crate) value: String,
    /// Show what would be forgotten, and change nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
}
