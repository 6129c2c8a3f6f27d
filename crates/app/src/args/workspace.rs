//! `narrows workspace`, as typed.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// `narrows workspace`.
#[derive(Debug, Args)]
pub(crate) struct WorkspaceArgs {
    #[command(subcommand)]
    pub(crate) command: WorkspaceCommand,
}

/// What to do with workspaces.
#[derive(Debug, Subcommand)]
pub(crate) enum WorkspaceCommand {
    /// List the workspaces, or what is in one of them
    #[command(alias = "list")]
    Ls {
        /// The workspace
        name: Option<String>,
    },
    /// Print a file
    Cat {
        /// The workspace
        name: String,
        /// The file, as `workspace ls NAME` names it; a relative path is one of `/workspace`
        path: String,
    },
    /// Copy everything to a folder that is empty, or not there
    Export {
        /// The workspace
        name: String,
        /// The folder
        folder: PathBuf,
    },
    /// Remove a workspace with everything in it
    ///
    /// Refused while a run that has not ended needs it, also one that waits.
    #[command(alias = "remove")]
    Rm {
        /// The workspace
        name: String,
        /// Do not ask
        #[arg(long, short)]
        yes: bool,
    },
}
