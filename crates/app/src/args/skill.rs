//! `narrows skill`, as typed.

use std::path::PathBuf;

use clap::{Args, Subcommand};

#[derive(Debug, Args)]
pub(crate) struct SkillArgs {
    #[command(subcommand)]
    pub(crate) command: SkillCommand,
    /// Use the skills of the simulated company
    #[arg(long, global = true)]
    pub(crate) demo: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum SkillCommand {
    /// Keep a script or a folder as a skill; scripts import it as ./skills/NAME
    #[command(alias = "save")]
    Add(SkillAddArgs),
    /// List all skills
    #[command(alias = "list")]
    Ls,
    /// Print a skill and what is known of its versions
    #[command(disable_version_flag = true)]
    Show {
        /// Its name
        name: String,
        /// A version that is kept, or the beginning of its name
        #[arg(long)]
        version: Option<String>,
        /// The workspace whose scripts wrote it, for a skill that is not accepted yet
        #[arg(long)]
        workspace: Option<String>,
    },
    /// Run the tests of a skill against its recordings; no server is started
    ///
    /// Each script in `tests/` of its folder is run, with the servers of the recording of its name in `recordings/`, or of the only one
    /// there. It passes when it returns.
    Test {
        /// Its name
        name: String,
        /// The workspace whose scripts wrote it, for a skill that is not accepted yet
        #[arg(long)]
        workspace: Option<String>,
    },
    /// Write a skill with its tests into a new folder, in the open Agent Skills format
    Export {
        /// Its name
        name: String,
        /// The folder to make
        folder: PathBuf,
    },
    /// Keep the folder of a skill under the name it has in `SKILL.md`
    Import {
        /// The folder, with `SKILL.md` and `index.ts`
        folder: PathBuf,
    },
    /// Look at what no person has agreed to, and accept it
    ///
    /// Without a name: lists what waits, and ends with 1 while something does. What is accepted is what was shown: on a terminal
    /// you are asked, elsewhere you name its version.
    #[command(disable_version_flag = true)]
    Accept(SkillAcceptArgs),
    /// Remove a skill with all its versions
    #[command(alias = "remove")]
    Rm {
        /// Its name
        name: String,
        /// The workspace whose scripts wrote it, for a skill that is not accepted yet
        #[arg(long)]
        workspace: Option<String>,
    },
}

#[derive(Debug, Args)]
pub(crate) struct SkillAddArgs {
    /// Its name: letters, digits, `_` and `-`
    pub(crate) name: String,
    /// The script, or a folder with `index.ts` and `SKILL.md`; `-` reads the script from stdin
    #[arg(required_unless_present = "run")]
    pub(crate) file: Option<PathBuf>,
    /// Take the script of this run instead, with a recording of what its servers answered and a test
    #[arg(long, value_name = "RUN_ID", conflicts_with = "file")]
    pub(crate) run: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct SkillAcceptArgs {
    /// Its name
    pub(crate) name: Option<String>,
    /// Accept this version, which was shown
    #[arg(long, requires = "name")]
    pub(crate) version: Option<String>,
    /// The workspace whose scripts wrote it, where several have one of this name
    #[arg(long, requires = "name")]
    pub(crate) workspace: Option<String>,
}
