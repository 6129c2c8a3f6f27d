//! The command line, as typed.

mod auth;
mod clients;
mod privacy;
mod skill;
mod workspace;

use std::{ffi::OsString, path::PathBuf};

use clap::{Args, Parser, Subcommand, ValueEnum};
use surface::Detail;

pub(crate) use auth::{AuthArgs, AuthCommand, LoginArgs, LogoutArgs};
pub(crate) use clients::{AddArgs, ClientArgs, ImportArgs, InitArgs, RemoveArgs};
pub(crate) use privacy::{AuditArgs, AuditCommand, ForgetArgs};
pub(crate) use skill::{SkillAcceptArgs, SkillAddArgs, SkillArgs, SkillCommand};
pub(crate) use workspace::{WorkspaceArgs, WorkspaceCommand};

/// Exit codes, as printed under `--help`.
const CODES: &str = r#"Exit codes:
    0  it worked
    1  the script threw, was refused or reached a limit; the tool reported an error;
       definitions wait to be accepted (`narrows trust`)
    2  the command line is wrong, or names what there is not
   64  the configuration is missing or wrong
   69  a server that is needed cannot be reached, or the port to listen on is in use
   70  Narrows itself failed
   74  the result cannot be written
  130  it was interrupted

Results are printed on stdout, everything else on stderr. With --json, an error is printed on
stdout too: {"error": {"code", "message", "hint", "exit_code"}}. NO_COLOR turns colours off,
NARROWS_LOG=debug shows what happens inside."#;

/// Lets an AI agent use many tools by writing code.
#[derive(Debug, Parser)]
#[command(name = "narrows", version, about, after_help = CODES, max_term_width = 100)]
#[command(propagate_version = true, arg_required_else_help = true)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) common: Common,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What every command understands.
#[derive(Debug, Args)]
pub(crate) struct Common {
    /// The configuration to use, instead of the first of ./narrows.json, ./.mcp.json and the one in the XDG folder
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Print results as JSON
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Print no warnings and no progress
    #[arg(long, short, global = true)]
    pub(crate) quiet: bool,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Bring the servers of all your clients to Narrows, and point the clients at it
    ///
    /// Looks for the clients of this machine (docs/clients.md), shows them with everything their servers start, and asks once. The servers
    /// move into your configuration, and each client starts Narrows in their place. Comments and all other keys stay. Files of the current
    /// folder, which others may share, are changed only when `--client` names them. A copy of every file is kept: `--undo` takes it back.
    Init(InitArgs),
    /// Point one client at Narrows; its other servers stay
    Connect(ClientArgs),
    /// Have one client not start Narrows any more, and put the servers back that `init` took from it
    Disconnect(ClientArgs),
    /// Add a server to your configuration
    #[command(
        override_usage = "narrows add [OPTIONS] <NAME> <URL>\n       narrows add [OPTIONS] <NAME> -- <COMMAND>..."
    )]
    Add(AddArgs),
    /// Remove a server from your configuration
    Remove(RemoveArgs),
    /// Add the servers of a client's file to your configuration; the file stays as it is
    Import(ImportArgs),
    /// Sign in to remote servers
    Login(LoginArgs),
    /// Forget a sign-in
    Logout(LogoutArgs),
    /// See which servers you are signed in to
    Auth(AuthArgs),
    /// Serve an agent over MCP: on stdin and stdout, or over HTTP
    Serve(ServeArgs),
    /// Run a script
    Run(RunArgs),
    /// Run a script on what only reads, and list the calls it would make that may change something
    ///
    /// Those calls are not sent: the script goes on with stand-ins of the types that the tools declare. Files that it changes are
    /// changed in a copy. `narrows apply` sends the list.
    Plan(ScriptArgs),
    /// Send the calls that a plan lists, once
    ///
    /// The script is run again. What it reads is read afresh. A call that is on the list is sent; one that is not is not sent before
    /// you have approved it.
    Apply(ApplyArgs),
    /// Search the tools of all servers
    Search(SearchArgs),
    /// Put placeholders in place of the personal data in a text
    ///
    /// Mail addresses, phone numbers, payment cards, IBANs, IP addresses and social security numbers of the United States become `[EMAIL_1]`,
    /// `[PHONE_1]` and so on, the same value the same placeholder. Names and postal addresses are not recognised. With `--json`, prints
    /// where they are instead, as a list of `{"start", "end", "type"}` in code points.
    Redact(RedactArgs),
    /// List servers, or the tools of one server
    Tools(ToolsArgs),
    /// Write the TypeScript of all tools to a folder, or of one JSON Schema to stdout
    ///
    /// In the folder an editor and `tsc` find no error: it has a `tsconfig.json`, the types of all tools, the declarations of what scripts have, and the
    /// saved skills. Write scripts beside them. Written a second time, `tsconfig.json`, `README.md` and your scripts stay as they are.
    Types(TypesArgs),
    /// Call one tool
    Call(CallArgs),
    /// See what the configuration in this folder would do, and agree to it
    ///
    /// A configuration that lies in the current folder may have come with it, as in a cloned repository. It starts nothing
    /// until you have agreed to it; when it changes, you are asked again. A file named by `--config`, the one in the XDG
    /// folder and one in your home folder are your own and need no agreement.
    Allow(AllowArgs),
    /// See which definitions changed or are new, and accept them
    Trust(TrustArgs),
    /// See what Narrows does, with a small simulated company
    Demo(DemoArgs),
    /// Check every server, the workers and the configuration
    Doctor,
    /// See the runs that were
    Runs(RunsArgs),
    /// See the files that scripts keep, take them out, remove them
    #[command(alias = "workspaces")]
    Workspace(WorkspaceArgs),
    /// See the calls that wait for you, and decide about them
    Approvals(ApprovalsArgs),
    /// See which hidden values were given to tools
    Audit(AuditArgs),
    /// Forget a value: in the vaults of personal data, in the runs that were, and in the files of scripts
    Forget(ForgetArgs),
    /// See what the rules say
    Rules(RulesArgs),
    /// Keep scripts that others can import
    #[command(alias = "skills")]
    Skill(SkillArgs),
    /// Measure how good Narrows is at what it does
    Eval(EvalCommand),
    /// Print a completion script for a shell
    Completions(CompletionsArgs),
    /// One server of the simulated company, on stdin and stdout
    #[command(hide = true)]
    DemoServer(DemoServerArgs),
    /// A worker process; started by Narrows itself
    #[command(hide = true)]
    Worker(WorkerArgs),
    /// Start a server and end every process it leaves behind; started by Narrows itself
    #[cfg(target_os = "linux")]
    #[command(hide = true)]
    Reap(ReapArgs),
    /// Act as a client of the protocol's conformance suite
    #[command(hide = true)]
    ConformanceClient(ConformanceArgs),
}

#[derive(Debug, Args)]
pub(crate) struct ServeArgs {
    /// Serve over HTTP instead of stdin and stdout: MCP at http://ADDR/mcp, and REST beside it; a port alone is one of this machine
    #[arg(long, value_name = "ADDR", num_args = 0..=1, default_missing_value = "", value_parser = http_address)]
    pub(crate) http: Option<String>,
    #[command(flatten)]
    pub(crate) servers: ServersArgs,
}

/// Servers in place of the configured ones.
#[derive(Debug, Args)]
pub(crate) struct ServersArgs {
    /// Use the simulated company instead of configured servers
    #[arg(long)]
    pub(crate) demo: bool,
    /// Use the servers of a recording, a file of `runs export --mock`, instead of configured ones: none is started
    #[arg(long, value_name = "FILE", conflicts_with = "demo")]
    pub(crate) mock: Option<PathBuf>,
}

/// A script, and what it finds.
#[derive(Debug, Args)]
pub(crate) struct ScriptArgs {
    /// The script (TypeScript or JavaScript); `-` reads it from stdin
    #[arg(required_unless_present = "code")]
    pub(crate) file: Option<PathBuf>,
    /// Take this code instead of a file's
    #[arg(long = "eval", short = 'e', value_name = "CODE", conflicts_with = "file")]
    pub(crate) code: Option<String>,
    /// What the script finds in `args`, a list of texts
    #[arg(last = true)]
    pub(crate) args: Vec<String>,
    /// The workspace whose files it sees
    #[arg(long, value_name = "NAME", default_value = "default")]
    pub(crate) workspace: String,
    #[command(flatten)]
    pub(crate) servers: ServersArgs,
}

#[derive(Debug, Args)]
pub(crate) struct RunArgs {
    #[command(flatten)]
    pub(crate) script: ScriptArgs,
    /// Save images and other data of the returned value as files in this folder; the value then names the files
    #[arg(long, value_name = "DIR")]
    pub(crate) save_data: Option<PathBuf>,
    /// Ask before calls are sent: `writes` are all calls of tools that are not marked as changing nothing
    #[arg(long, value_name = "WHICH")]
    pub(crate) approve: Option<ApproveArg>,
}

#[derive(Debug, Args)]
pub(crate) struct ApplyArgs {
    /// The planned run, as `narrows plan` and every answer name it; without one, the plans are listed that can be applied
    pub(crate) id: Option<String>,
    /// Send the list without a question
    #[arg(long, requires = "id")]
    pub(crate) yes: bool,
    #[command(flatten)]
    pub(crate) servers: ServersArgs,
}

/// The calls of a run that wait for a person.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum ApproveArg {
    /// All calls of tools that are not marked as changing nothing
    Writes,
}

#[derive(Debug, Args)]
pub(crate) struct RedactArgs {
    /// The text; stdin where it is left out or `-`
    #[arg(default_value = "-", hide_default_value = true)]
    pub(crate) file: PathBuf,
    /// Read lines of `{"id", "text"}`, and print a line of `{"id", "spans"}` for each
    #[arg(long)]
    pub(crate) jsonl: bool,
}

#[derive(Debug, Args)]
pub(crate) struct SearchArgs {
    /// What to look for; each argument is one query
    #[arg(required = true, value_parser = clap::builder::NonEmptyStringValueParser::new())]
    pub(crate) queries: Vec<String>,
    /// Only tools of this server
    #[arg(long, value_name = "NAME")]
    pub(crate) server: Option<String>,
    /// How much of each tool to show: names, signatures (the default) or full
    #[arg(long, value_name = "LEVEL", default_value = "signatures", hide_default_value = true)]
    pub(crate) detail: Detail,
    /// At most this many tools, 10 where it is left out
    #[arg(long, value_name = "N")]
    pub(crate) limit: Option<usize>,
    #[command(flatten)]
    pub(crate) servers: ServersArgs,
}

#[derive(Debug, Args)]
pub(crate) struct ToolsArgs {
    /// The server whose tools to list
    pub(crate) server: Option<String>,
    #[command(flatten)]
    pub(crate) servers: ServersArgs,
}

#[derive(Debug, Args)]
pub(crate) struct TypesArgs {
    /// The folder to write to; it must not exist yet, or be empty, or have been written by this command
    #[arg(required_unless_present = "schema", conflicts_with = "schema")]
    pub(crate) out_dir: Option<PathBuf>,
    /// A JSON Schema to turn into TypeScript, under the name that `--name` gives it; `-` reads it from stdin
    #[arg(long, value_name = "FILE", requires = "name")]
    pub(crate) schema: Option<PathBuf>,
    /// The name of the schema's type
    #[arg(long, value_name = "NAME", conflicts_with = "out_dir")]
    pub(crate) name: Option<String>,
    #[command(flatten)]
    pub(crate) servers: ServersArgs,
}

#[derive(Debug, Args)]
pub(crate) struct CallArgs {
    /// The server
    pub(crate) server: String,
    /// The tool, by its own name or its TypeScript name
    pub(crate) tool: String,
    /// The arguments, a JSON object; `-` reads them from stdin
    #[arg(default_value = "{}")]
    pub(crate) arguments: String,
    #[command(flatten)]
    pub(crate) servers: ServersArgs,
}

#[derive(Debug, Args)]
pub(crate) struct AllowArgs {
    /// Agree to what is shown, without a question
    #[arg(long, conflicts_with_all = ["list", "revoke"])]
    pub(crate) yes: bool,
    /// List all configurations you have agreed to
    #[arg(long)]
    pub(crate) list: bool,
    /// Take back what you agreed to: of this configuration, or of the one in this folder
    #[arg(long, value_name = "FILE", num_args = 0..=1, conflicts_with = "list")]
    pub(crate) revoke: Option<Option<PathBuf>>,
}

#[derive(Debug, Args)]
pub(crate) struct TrustArgs {
    /// Accept what this server's tools are now
    pub(crate) server: Option<String>,
    /// Accept only this one of them, by its server's own name for it
    #[arg(requires = "server")]
    pub(crate) tool: Option<String>,
    /// Accept what all tools are now
    #[arg(long, conflicts_with = "server")]
    pub(crate) all: bool,
}

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct DemoArgs {
    /// Show the scripts whole
    #[arg(long)]
    pub(crate) scripts: bool,
    #[command(subcommand)]
    pub(crate) command: Option<DemoCommand>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum DemoCommand {
    /// Print a configuration with the servers of the simulated company
    Config {
        /// A folder in which the company keeps its changes; without one they are lost when it ends
        #[arg(long, value_name = "DIR")]
        state: Option<PathBuf>,
    },
}

#[derive(Debug, Args)]
pub(crate) struct DemoServerArgs {
    /// Which one
    pub(crate) name: String,
    /// Where it keeps what is changed
    #[arg(long, value_name = "DIR")]
    pub(crate) state: Option<PathBuf>,
}

/// `narrows runs`.
#[derive(Debug, Args)]
pub(crate) struct RunsArgs {
    #[command(subcommand)]
    pub(crate) command: RunsCommand,
}

/// What to do with the runs that were.
#[derive(Debug, Subcommand)]
pub(crate) enum RunsCommand {
    /// List the runs, the youngest first
    #[command(alias = "list")]
    Ls {
        /// At most so many
        #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=10_000))]
        limit: u32,
        /// Those that ended like this
        #[arg(long, value_name = "OUTCOME", value_parser = outcome)]
        outcome: Option<host::Outcome>,
    },
    /// Show a run: its script, its calls, what it printed and returned
    Show {
        /// Its id, as `runs ls` and every answer name it
        id: String,
        /// Show this call whole, by its number, with the earlier answers that its arguments may come from
        #[arg(long, value_name = "N")]
        call: Option<u32>,
    },
    /// Go on with a run that was left by a process that is gone
    ///
    /// `narrows serve` goes on with its own by itself.
    Resume {
        /// Its id, as `runs ls` names it
        id: String,
    },
    /// Run a run again from its journal: no server is started, nothing is sent, read or changed
    ///
    /// Ends with an error when the run ends differently than it did.
    Replay {
        /// Its id, as `runs ls` names it
        id: String,
        /// Run this script instead, with the answers that were recorded: it stops at the first request that has none
        #[arg(long, value_name = "FILE")]
        script: Option<PathBuf>,
    },
    /// Go on for real from a point of the past: what was answered up to a call is not asked for again
    Fork {
        /// Its id, as `runs ls` names it
        id: String,
        /// The last call that is answered from the journal, by its number in `runs show`; 0 begins anew
        #[arg(long, value_name = "CALL")]
        at: u32,
        /// Go on with this script instead
        #[arg(long, value_name = "FILE")]
        script: Option<PathBuf>,
    },
    /// Write runs down as JSON: whole, or as a recording of their servers
    Export {
        /// Their ids, as `runs ls` names them
        #[arg(required = true)]
        ids: Vec<String>,
        /// Write a recording: with `--mock FILE`, `run`, `serve` and other commands use its servers, which answer as they answered these
        /// runs
        #[arg(long)]
        mock: bool,
        /// The file to write, for you alone to read
        #[arg(long, short, value_name = "FILE")]
        output: Option<PathBuf>,
        /// Replace a file that is there
        #[arg(long, requires = "output")]
        force: bool,
    },
    /// Forget old runs now
    ///
    /// `narrows serve` does so every hour. Without an option, what `narrows.store` says is kept.
    Prune {
        /// Keep runs of so many days
        #[arg(long, value_name = "N")]
        days: Option<u64>,
        /// Keep at most so many MB
        #[arg(long, value_name = "N")]
        mb: Option<u64>,
    },
}

/// `narrows approvals`.
#[derive(Debug, Args)]
pub(crate) struct ApprovalsArgs {
    #[command(subcommand)]
    pub(crate) command: ApprovalsCommand,
}

/// What to do with the calls that wait.
#[derive(Debug, Subcommand)]
pub(crate) enum ApprovalsCommand {
    /// List the calls that wait, the latest first
    #[command(alias = "list")]
    Ls {
        /// Those too that were decided about
        #[arg(long)]
        all: bool,
        /// At most so many
        #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=10_000))]
        limit: u32,
    },
    /// Show exactly what would be sent
    Show {
        /// The id of a call, or of a run for all of its calls that wait
        #[arg(required = true)]
        ids: Vec<String>,
    },
    /// Let calls go on
    Approve {
        #[command(flatten)]
        which: WhichCalls,
        /// Approve what the same rule asks about this tool later in the same run too
        #[arg(long)]
        for_run: bool,
        /// Write a rule into the configuration after which nobody is asked about these tools any more
        #[arg(long)]
        always: bool,
    },
    /// Refuse calls: their scripts catch an error
    Refuse {
        #[command(flatten)]
        which: WhichCalls,
    },
}

/// The calls that a person decides about.
#[derive(Debug, Args)]
pub(crate) struct WhichCalls {
    /// The ids of calls, or of runs for all of their calls that wait
    #[arg(required_unless_present = "all", conflicts_with = "all")]
    pub(crate) ids: Vec<String>,
    /// All calls that wait
    #[arg(long)]
    pub(crate) all: bool,
}

/// `narrows rules`.
#[derive(Debug, Args)]
pub(crate) struct RulesArgs {
    #[command(subcommand)]
    pub(crate) command: RulesCommand,
}

/// What to see of the rules.
#[derive(Debug, Subcommand)]
pub(crate) enum RulesCommand {
    /// Show what would become of a call, by which rule, and the nearest change that would alter it
    ///
    /// Nothing is called and nothing is counted.
    Explain {
        /// The server
        server: String,
        /// The tool, by its own name or its TypeScript name
        tool: String,
        /// The arguments, a JSON object; `-` reads them from stdin
        #[arg(default_value = "{}")]
        arguments: String,
        #[command(flatten)]
        servers: ServersArgs,
    },
}

fn outcome(word: &str) -> Result<host::Outcome, String> {
    serde_json::from_value(word.into()).map_err(|_| {
        "one of `returned`, `threw`, `refused`, `exceeded`, `crashed` and `cancelled`".to_owned()
    })
}

#[derive(Debug, Args)]
pub(crate) struct EvalCommand {
    #[command(subcommand)]
    pub(crate) command: EvalSubcommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum EvalSubcommand {
    /// Measure how well search finds the right tools
    ///
    /// Tools and queries are files of one JSON object a line. A tool has `id` (or `server` and `tool`), `description`, and where
    /// known `server_name`, `title`, `inputSchema` or `flatArgs`. A query has `id`, `query`, `gold` (ids of the tools that
    /// should be found) and, where there are some, `also_ok` (for each of these, a list of ids that do as well) and `src`
    /// (where it comes from).
    Search(crate::eval::EvalArgs),
}

#[derive(Debug, Args)]
pub(crate) struct CompletionsArgs {
    /// The shell
    pub(crate) shell: clap_complete::Shell,
}

#[derive(Debug, Args)]
pub(crate) struct WorkerArgs {
    /// Which kind
    #[arg(value_enum)]
    pub(crate) kind: WorkerKind,
    /// What the kind `deno` is told: a program and a size
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    pub(crate) rest: Vec<OsString>,
}

/// The kinds of worker processes.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum WorkerKind {
    /// Parses scripts
    Parse,
    /// Runs scripts
    Run,
    /// Runs scripts in Deno
    #[cfg(target_os = "linux")]
    Deno,
}

#[cfg(target_os = "linux")]
#[derive(Debug, Args)]
pub(crate) struct ReapArgs {
    /// The server's program and its arguments
    #[arg(required = true, last = true)]
    pub(crate) command: Vec<std::ffi::OsString>,
}

#[derive(Debug, Args)]
pub(crate) struct ConformanceArgs {
    /// The suite's server
    pub(crate) url: String,
}

/// Empty is the configured address.
fn http_address(text: &str) -> Result<String, String> {
    if text.is_empty() { Ok(String::new()) } else { crate::listen::address(text) }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
