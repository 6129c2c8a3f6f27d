//! The command line face: each command starts what it needs, asks the host or the surface, and prints.

mod allow;
mod approvals;
mod auth;
mod call;
mod conformance;
mod connect;
mod demo;
mod doctor;
mod init;
mod input;
mod login;
mod plan;
mod privacy;
mod redact;
mod rules;
mod run;
mod runs;
mod saved;
mod search;
mod servers;
mod skill;
mod tools;
mod trust;
mod types;
mod workspace;

use std::{path::Path, sync::Arc};

pub(crate) use demo::serve as serve_demo_server;

use demo::Scripts;
use input::read_input;

use ::tools::{Server, ServerName, ServerState};
use clap::CommandFactory;
use tokio_util::sync::CancellationToken;
use upstream::{Recording, Starts};

use crate::{
    args::{
        Cli, Command, Common, DemoArgs, DemoCommand, EvalCommand, EvalSubcommand, ServeArgs, ServersArgs,
    },
    config::{Config, Loaded, PlayedServers, Surroundings},
    exit::{Failed, Status},
    gateway::Gateway,
    http, mcp, print,
    progress::{Quiet, while_starting},
    typed::command,
};

/// What every command is given.
struct Context<'a> {
    common: Common,
    around: &'a Surroundings,
    stop: CancellationToken,
}

/// Carries out a command.
pub(crate) async fn run(
    cli: Cli,
    around: &Surroundings,
    stop: impl Future<Output = CancellationToken>,
) -> Result<(), Failed> {
    let context = Context { common: cli.common, around, stop: stop.await };
    match cli.command {
        Command::Init(args) => init::init(&args, &context),
        Command::Import(args) => init::import(&args, &context),
        Command::Connect(args) => connect::connect(&args, &context),
        Command::Disconnect(args) => connect::disconnect(&args, &context),
        Command::Add(args) => servers::add(&args, &context),
        Command::Remove(args) => servers::remove(&args, &context),
        Command::Login(args) => login::login(&args, &context).await,
        Command::Logout(args) => auth::logout(&args, &context),
        Command::Auth(args) => auth::auth(&args.command, &context),
        Command::Serve(args) => serve(args, &context).await,
        Command::Run(args) => run::run(args, &context).await,
        Command::Plan(args) => plan::plan(args, &context).await,
        Command::Apply(args) => plan::apply(args, &context).await,
        Command::Redact(args) => redact::redact(&args, &context),
        Command::Search(args) => search::search(args, &context).await,
        Command::Tools(args) => tools::tools(args, &context).await,
        Command::Types(args) => types::types(args, &context).await,
        Command::Call(args) => call::call(args, &context).await,
        Command::Demo(DemoArgs { command: None, scripts }) => {
            demo::demo(if scripts { Scripts::Whole } else { Scripts::Begun }, &context).await
        }
        Command::Demo(DemoArgs { command: Some(DemoCommand::Config { state }), .. }) => {
            demo::print_config(state.as_deref(), &context)
        }
        Command::Allow(args) => allow::allow(&args, &context),
        Command::Trust(args) => trust::trust(&args, &context).await,
        Command::Doctor => doctor::doctor(&context).await,
        Command::Runs(args) => runs::runs(args.command, &context).await,
        Command::Workspace(args) => workspace::workspace(args.command, &context).await,
        Command::Approvals(args) => approvals::approvals(args.command, &context).await,
        Command::Audit(args) => privacy::audit(&args.command, &context).await,
        Command::Forget(args) => privacy::forget(&args, &context).await,
        Command::Rules(args) => rules::rules(args.command, &context).await,
        Command::Skill(args) => skill::skill(args, &context).await,
        Command::ConformanceClient(args) => conformance::client(&args.url).await,
        Command::Completions(args) => {
            completions(args.shell, &context);
            Ok(())
        }
        // Done before there was a runtime.
        Command::Worker(_) | Command::DemoServer(_) | Command::Eval(_) => Ok(()),
        #[cfg(target_os = "linux")]
        Command::Reap(_) => Ok(()),
    }
}

/// `narrows eval`: reads files, computes and prints; no servers, no runtime.
pub(crate) fn measure(args: &EvalCommand) -> Result<(), Failed> {
    let EvalSubcommand::Search(search) = &args.command;
    crate::eval::run(search).map_err(|error| Failed::new(Status::Usage, format!("{error:#}")))
}

fn completions(shell: clap_complete::Shell, context: &Context<'_>) {
    let all = Cli::command();
    // What Narrows starts itself with is nothing to type.
    let typed = all.get_subcommands().filter(|command| !command.is_hide_set()).cloned();
    let mut command = clap::Command::new("narrows").args(all.get_arguments().cloned()).subcommands(typed);
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut command, "narrows", &mut script);
    let script = String::from_utf8_lossy(&script);
    if context.common.json {
        print::json(&serde_json::json!({"shell": shell.to_string(), "script": script}));
    } else {
        print::out(script.trim_end());
    }
}

async fn serve(args: ServeArgs, context: &Context<'_>) -> Result<(), Failed> {
    let mut config = match Servers::asked(&args.servers) {
        Servers::Configured => allow::to_serve(context.read()?, context)?,
        others => context.load(others)?,
    };
    config.takes_up = true;
    config.warnings.iter().for_each(|warning| context.warn(warning));
    let gateway = Arc::new(Gateway::start(config, mcp::TOKENS)?);
    let serving = async {
        match &args.http {
            Some(address) => http::serve(gateway.clone(), address, context.stop.clone()).await,
            None => mcp::serve_stdio(gateway.clone(), context.stop.clone()).await,
        }
    };
    let served = tokio::select! {
        served = serving => served,
        // An agent must not be left with a Narrows that will never run its scripts.
        reason = gateway.host.refused() => Err(Failed::new(Status::Internal, reason).hint(walls_hint())),
    };
    gateway.shutdown().await;
    served
}

/// Which servers a command works with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Servers<'a> {
    /// Those of the configuration.
    Configured,
    /// The simulated company's.
    Demo,
    /// Those of a recording.
    Played(&'a Path),
}

impl<'a> Servers<'a> {
    fn asked(args: &'a ServersArgs) -> Self {
        match &args.mock {
            Some(recording) => Self::Played(recording),
            None if args.demo => Self::Demo,
            None => Self::Configured,
        }
    }
}

/// Which servers a command needs. A server that it does not need is neither started nor waited for.
#[derive(Debug, Clone, Copy)]
enum Needs<'a> {
    /// All, as they are now.
    All,
    /// None: what they offered at their last start is known.
    Nothing,
    /// What they offer, also as it was at their last start.
    Definitions,
    /// This one, as it is now: by its name in the configuration, or in the tree of scripts.
    Server(&'a str),
}

impl Needs<'_> {
    fn starts(self, config: &Config) -> Starts {
        let names = config.servers.iter().map(|server| &server.name);
        match self {
            Self::All => Starts::All,
            Self::Definitions => Starts::Unknown,
            Self::Nothing => Starts::Only(Vec::new()),
            Self::Server(wanted) => {
                Starts::Only(names.filter(|name| is_meant(name, wanted)).cloned().collect())
            }
        }
    }
}

/// Whether a server may be meant by a name: `my server` by `my-server`, and of two alike the second by `my-server2`.
fn is_meant(name: &ServerName, wanted: &str) -> bool {
    let letters = |text: &str| {
        text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect::<String>()
    };
    let (name, wanted) = (letters(name.as_str()), letters(wanted));
    name == wanted || name == wanted.trim_end_matches(|c: char| c.is_ascii_digit())
}

impl Context<'_> {
    fn quiet(&self) -> Quiet {
        if self.common.quiet { Quiet::Yes } else { Quiet::No }
    }

    fn warn(&self, warning: impl std::fmt::Display) {
        if self.quiet() == Quiet::No {
            print::warning(warning);
        }
    }

    /// The configuration, its warnings printed.
    fn config(&self, servers: Servers<'_>) -> Result<Config, Failed> {
        let config = self.load(servers)?;
        config.warnings.iter().for_each(|warning| self.warn(warning));
        Ok(config)
    }

    /// Whether no configuration was given and none is found. Commands that need no server go on with a bare one.
    fn has_none(&self) -> bool {
        self.common.config.is_none() && !Config::is_found(self.around)
    }

    /// The configuration, or a bare one where there is none.
    fn config_or_bare(&self) -> Result<Config, Failed> {
        if self.has_none() { self.bare() } else { self.config(Servers::Configured) }
    }

    fn bare(&self) -> Result<Config, Failed> {
        Ok(Config::bare(self.around.data_dir()?, self.around))
    }

    /// The configuration; its warnings are the caller's to print.
    fn load(&self, servers: Servers<'_>) -> Result<Config, Failed> {
        match servers {
            Servers::Demo if self.common.config.is_some() => {
                Err(Failed::new(Status::Usage, "`--demo` uses no configuration; leave out `--config`"))
            }
            Servers::Demo => demo::config(self.around.data_dir()?.join("demo"), self.around),
            Servers::Configured => {
                let loaded = self.read()?;
                allow::require(&loaded, self)?;
                Ok(loaded.config)
            }
            Servers::Played(recording) => self.playing(recording),
        }
    }

    /// A configuration whose servers are played from a recording. Only one that is named is used, for its rules and limits: what lies
    /// around would make another test of the same recording.
    fn playing(&self, file: &Path) -> Result<Config, Failed> {
        let recording = Recording::read(file).map_err(|error| {
            Failed::new(Status::Usage, error.to_string())
                .hint(format!("{} writes a recording", command("runs export RUN --mock -o FILE")))
        })?;
        let config =
            if self.common.config.is_some() { self.load(Servers::Configured)? } else { self.bare()? };
        let played = PlayedServers { file: self.around.cwd.join(file), recording: Arc::new(recording) };
        Ok(Config { servers: Vec::new(), disabled: Vec::new(), played: Some(played), ..config })
    }

    /// The configuration given or found, whether it may be used or not.
    fn read(&self) -> Result<Loaded, Failed> {
        Ok(Config::load(self.common.config.as_deref(), self.around)?)
    }

    fn start(&self, servers: Servers<'_>, needs: Needs<'_>) -> Result<Gateway, Failed> {
        let mut config = self.config(servers)?;
        // The company's servers start at once, and are another's after an upgrade.
        config.starts = if servers == Servers::Demo { Starts::All } else { needs.starts(&config) };
        Gateway::start(config, mcp::TOKENS)
    }

    /// Does `work` with a gateway, and ends the gateway whatever comes of it.
    async fn with<T>(
        &self,
        gateway: &Gateway,
        work: impl Future<Output = Result<T, Failed>>,
    ) -> Result<T, Failed> {
        let result = tokio::select! {
            result = work => result,
            () = self.stop.cancelled() => Err(Failed::new(Status::Interrupted, "interrupted")),
        };
        gateway.shutdown().await;
        result
    }

    /// Says which servers were not asked what they offer.
    fn tell_remembered(&self, gateway: &Gateway) {
        let surface = gateway.surface();
        let idle = surface.catalog().servers().iter().filter(|server| server.state == ServerState::Idle);
        let names = text::named(idle.map(|server| &server.name));
        if self.quiet() == Quiet::No && gateway.config.starts == Starts::Unknown && !names.is_empty() {
            print::note(format_args!(
                "note: not started, and shown as remembered: {names}; {} starts every server",
                command("doctor")
            ));
        }
    }

    /// Waits for the servers that were started, and warns of those that are not there.
    async fn settle(&self, gateway: &Gateway) {
        self.arrive(gateway).await;
        gateway.surface().catalog().servers().iter().for_each(|server| self.warn_of(server));
    }

    /// Waits for the servers that were started, and tells what is new of them.
    async fn arrive(&self, gateway: &Gateway) {
        while_starting(gateway, gateway.settled(), self.quiet()).await;
        for (server, tools) in gateway.pins.added() {
            let tools = text::named(tools);
            let tools = print::printable(&tools);
            self.warn(format_args!("`{server}` has new tools, and scripts are offered them: {tools}"));
        }
        self.tell_remembered(gateway);
    }

    /// The same, for a command that is about one server and says by itself when that is not available.
    async fn arrive_for(&self, name: &str, gateway: &Gateway) {
        self.arrive(gateway).await;
        let surface = gateway.surface();
        let server = surface.catalog().server(&ServerName::new(name));
        server
            .filter(|server| tools::away(server).is_none())
            .into_iter()
            .for_each(|server| self.warn_of(server));
    }

    /// Warns of a server that is not there, or not with all of its tools.
    fn warn_of(&self, server: &Server) {
        match tools::held_back(server) {
            0 => {}
            1 => {
                self.warn(format_args!("1 tool of `{}` is held back; see {}", server.name, command("trust")));
            }
            many => self.warn(format_args!(
                "{many} tools of `{}` are held back; see {}",
                server.name,
                command("trust")
            )),
        }
        match &server.state {
            ServerState::Ready | ServerState::Idle => {}
            ServerState::Starting => {
                self.warn(format_args!("server `{}` is still starting", server.name));
            }
            ServerState::Stale { reason } => self.warn(format_args!(
                "server `{}` is not reachable, its last known tools are shown: {}",
                server.name,
                print::printable(reason)
            )),
            ServerState::Failed { reason } => self.warn(format_args!(
                "server `{}` is not available: {}",
                server.name,
                print::printable(reason)
            )),
        }
    }
}

/// More names than these in a hint are not read.
const NAMES_MAX: usize = 20;

/// What to do about a missing wall.
fn walls_hint() -> String {
    format!("{} shows every wall; SECURITY.md says what each is good for", command("doctor"))
}

/// The error for a name that no server has.
fn no_server(name: &str, servers: &[Arc<Server>]) -> Failed {
    let failed = Failed::new(Status::Usage, format!("there is no server `{name}`"));
    match servers.is_empty() {
        true => failed.hint("the configuration has no servers, or all of them are disabled"),
        false => {
            let names = servers.iter().map(|server| server.name.as_str());
            failed.hint(meant(name, names, "the configured servers are"))
        }
    }
}

/// The same for a name of the configuration, of which no server was started.
fn no_configured(name: &str, config: &Config) -> Failed {
    let failed = Failed::new(Status::Usage, format!("there is no server `{name}`"));
    let names = config.servers.iter().map(|server| server.name.as_str());
    failed.hint(meant(name, names, "the configured servers are"))
}

/// What to do about a name that nothing has: the name that is near, or the names that there are.
fn meant<'n>(name: &str, known: impl Iterator<Item = &'n str> + Clone, those_are: &str) -> String {
    match text::nearest(name, known.clone()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("{those_are} {}", text::named_first(known, NAMES_MAX)),
    }
}

/// Why something is not allowed and what would permit it, for a person.
fn refused(what: &str, refusal: &host::Refusal) -> String {
    format!("{what}: {}", permitting(refusal))
}

fn permitting(refusal: &host::Refusal) -> String {
    format!("{}; to permit it, {}", refusal.why, refusal.permit)
}
