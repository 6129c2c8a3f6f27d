//! `narrows doctor`: what is connected, what is not and why, and what is in force.

use std::process;

use ::tools::ServerState;
use host::Launcher;
use serde_json::{Value, json};
use text::counted;
use upstream::{Era, ServerHealth};
use wire::{Standing, Wall, WallState};

use super::{Context, Servers};
use crate::{
    config::{ConfiguredServer, Engine},
    exit::{Failed, Status},
    gateway::Gateway,
    listed::state,
    lookalikes::lookalikes,
    mcp,
    print::{self, Line, Style},
    progress::while_starting,
    trust::Waiting,
    typed::command,
};

pub(super) async fn doctor(context: &Context<'_>) -> Result<(), Failed> {
    // Its warnings stand at the end of what is found.
    let gateway = Gateway::start(context.load(Servers::Configured)?, mcp::TOKENS)?;
    let found = context
        .with(&gateway, async {
            while_starting(&gateway, gateway.settled(), context.quiet()).await;
            // A script goes the whole way: parser, checks, engine.
            let trial = gateway.host.run(host::RunRequest::new("return 1 + 1")).await?;
            Ok(Findings {
                servers: servers(&gateway),
                rules: rules(&gateway),
                lookalikes: lookalikes(&gateway.surface()),
                trial,
                workers: gateway.host.workers(),
                engine: engine(&gateway.config.sandbox.engine),
            })
        })
        .await?;
    if context.common.json {
        print::json(&found.json(&gateway));
    } else {
        found.print(&gateway);
    }
    found.verdict().map_err(Failed::in_result)
}

/// What was found.
struct Findings {
    servers: Vec<Server>,
    rules: Vec<RuleFound>,
    /// Names that look like others.
    lookalikes: Vec<String>,
    trial: std::sync::Arc<host::RunRecord>,
    workers: host::WorkersStatus,
    engine: String,
}

/// A rule, and how many of the tools that are now known it is about. One about none may be misspelt.
struct RuleFound {
    name: String,
    says: &'static str,
    place: String,
    tools: usize,
}

fn rules(gateway: &Gateway) -> Vec<RuleFound> {
    let surface = gateway.surface();
    let all = || {
        surface.catalog().servers().iter().flat_map(|server| {
            let withheld = server.withheld.iter().map(|withheld| &withheld.tool);
            server.tools.iter().chain(withheld).map(|tool| (&server.name, tool))
        })
    };
    let one = |rule: &host::Rule| RuleFound {
        name: rule.name.clone(),
        says: rule.action.as_str(),
        place: rule.place.clone(),
        tools: all().filter(|(server, tool)| rule.is_about(server, tool)).count(),
    };
    gateway.config.rules.list().iter().map(one).collect()
}

impl RuleFound {
    fn row(&self) -> Vec<String> {
        let about = match self.tools {
            0 => "no tool that is known now".to_owned(),
            many => counted(many, "tool"),
        };
        vec![self.name.clone(), self.says.to_owned(), about, self.place.clone()]
    }

    fn json(&self) -> Value {
        json!({"rule": self.name, "action": self.says, "tools": self.tools, "place": self.place})
    }
}

/// A server as configured and as it is.
struct Server {
    name: String,
    shown: String,
    state: &'static str,
    reason: String,
    health: Option<ServerHealth>,
    /// What waits for a person to accept it, or to look at it.
    waiting: Vec<Waiting>,
}

fn servers(gateway: &Gateway) -> Vec<Server> {
    let (health, surface) = (gateway.health(), gateway.surface());
    let one = |configured: &ConfiguredServer| {
        let health = health.iter().find(|health| health.name == configured.name).cloned();
        let (state, reason) = match (&configured.transport, &health) {
            (Err(reason), _) => ("failed", reason.clone()),
            (Ok(_), Some(health)) => {
                let (word, reason) = state(&health.state);
                (word, reason.to_owned())
            }
            (Ok(_), None) => state_in_catalog(gateway, configured),
        };
        let known = surface.catalog().server(&configured.name);
        Server {
            name: configured.name.to_string(),
            shown: configured.shown.clone(),
            state,
            reason,
            health,
            waiting: known.map(|server| gateway.pins.waiting(server)).unwrap_or_default(),
        }
    };
    gateway.config.servers.iter().map(one).collect()
}

fn state_in_catalog(gateway: &Gateway, configured: &ConfiguredServer) -> (&'static str, String) {
    let surface = gateway.surface();
    let known = surface.catalog().server(&configured.name).map(|server| server.state.clone());
    let (word, reason) = state(known.as_ref().unwrap_or(&ServerState::Starting));
    (word, reason.to_owned())
}

impl Findings {
    fn works(&self) -> bool {
        self.trial.outcome == host::Outcome::Returned
    }

    fn verdict(&self) -> Result<(), Failed> {
        if !self.works() {
            return Err(Failed::new(Status::Internal, "scripts cannot be run"));
        }
        let absent = self.servers.iter().filter(|server| server.state != "ready").count();
        match absent {
            0 => Ok(()),
            1 => Err(Failed::new(Status::Unavailable, "1 server is not available")),
            many => Err(Failed::new(Status::Unavailable, format!("{many} servers are not available"))),
        }
    }

    fn print(&self, gateway: &Gateway) {
        let config = &gateway.config;
        let file = config.file.as_ref().map_or("none".to_owned(), |file| file.display().to_string());
        print::out(format_args!("configuration  {file}"));
        print::out(format_args!("data folder    {}", config.data_dir.display()));
        print::out(self.scripts());
        print::out(format_args!(
            "workers        {}, {}, {} replaced{}",
            counted(self.workers.parsers, "parser"),
            counted(self.workers.runners, "runner"),
            self.workers.replaced,
            self.workers
                .last_error
                .as_ref()
                .map(|error| format!(", last because {error}"))
                .unwrap_or_default()
        ));
        print::out(format_args!("launcher       {}", launcher(&config.sandbox.launcher)));
        print::out(format_args!("engine         {}", self.engine));
        let first = match config.sandbox.engine {
            Engine::QuickJs => "webassembly (always)",
            Engine::Deno(_) => "neither webassembly nor no-new-code, because the engine is `deno`",
        };
        print::out(format_args!("walls          {first}"));
        self.workers.walls.iter().for_each(|state| print::out(wall_line(state, &config.sandbox.required)));
        print::out("");
        let rows = self.servers.iter().map(Server::row);
        print::out(print::table(
            &["server", "state", "tools", "protocol", "era", "connected in", "command or url"],
            rows,
        ));
        for server in &self.servers {
            server.print_details();
        }
        if !self.rules.is_empty() {
            print::out("");
            let rows = self.rules.iter().map(RuleFound::row);
            print::out(print::table(&["rule", "says", "about", "written at"], rows));
        }
        print::out("");
        let limits = config.limit_rows();
        let rows = limits.iter().map(|row| vec![row.key.clone(), row.value.clone().unwrap_or_default()]);
        print::out(print::table(&["limit", "value"], rows));
        for warning in config.warnings.iter().chain(&self.lookalikes) {
            print::warning(warning);
        }
    }

    fn scripts(&self) -> Line {
        let line = Line::default().plain("scripts        ");
        match (&self.trial.error, self.works()) {
            (_, true) => {
                let took =
                    format_args!("run (a first one took {:.1} ms)", self.trial.duration_ms).to_string();
                line.styled(Style::Green, took)
            }
            (Some(error), false) => line.styled(Style::Red, format!("fail: {}", error.message)),
            (None, false) => line.styled(Style::Red, format!("fail: {}", self.trial.outcome)),
        }
    }

    fn json(&self, gateway: &Gateway) -> Value {
        let limits = gateway.config.limit_rows().into_iter().map(|row| {
            let name = row.key.strip_prefix("limits.").unwrap_or(&row.key).to_owned();
            // It is written as it would stand in a file, which is JSON.
            (name, row.value.and_then(|value| serde_json::from_str(&value).ok()).unwrap_or(Value::Null))
        });
        json!({
            "config": gateway.config.file,
            "data_dir": gateway.config.data_dir,
            "scripts": {"work": self.works(), "error": self.trial.error},
            "workers": {
                "parsers": self.workers.parsers,
                "runners": self.workers.runners,
                "replaced": self.workers.replaced,
                "last_error": self.workers.last_error,
                "launcher": launcher(&gateway.config.sandbox.launcher),
                "engine": self.engine,
                "walls": self.workers.walls.iter().map(|state| wall_json(state, &gateway.config.sandbox.required)).collect::<Vec<_>>(),
            },
            "servers": self.servers.iter().map(Server::json).collect::<Vec<_>>(),
            "rules": self.rules.iter().map(RuleFound::json).collect::<Vec<_>>(),
            "limits": limits.collect::<serde_json::Map<_, _>>(),
            "warnings": gateway.config.warnings.iter().chain(&self.lookalikes).collect::<Vec<_>>(),
        })
    }
}

impl Server {
    fn row(&self) -> Vec<String> {
        let health = self.health.as_ref();
        vec![
            self.name.clone(),
            self.state.to_owned(),
            health.map(|health| health.tools.to_string()).unwrap_or_default(),
            health.and_then(|health| health.protocol.clone()).unwrap_or_default(),
            health.and_then(|health| health.era).map(|era| era_word(era).to_owned()).unwrap_or_default(),
            health.and_then(|health| health.connect_ms).map(|ms| format!("{ms} ms")).unwrap_or_default(),
            self.shown.clone(),
        ]
    }

    fn print_details(&self) {
        let dropped = self.health.as_ref().map(|health| health.dropped.as_slice()).unwrap_or_default();
        let stderr = self.health.as_ref().map(|health| health.stderr_tail.as_slice()).unwrap_or_default();
        // What a healthy server writes to its standard error is its own business.
        let stderr = if self.state == "ready" { &[] } else { stderr };
        if self.reason.is_empty() && dropped.is_empty() && self.waiting.is_empty() {
            return;
        }
        print::out("");
        print::out(print::styled(Style::Bold, &self.name));
        if !self.reason.is_empty() {
            print::out(format_args!("  {}", self.reason));
        }
        for tool in dropped {
            let line = format!("  left out tool `{}`: {}", tool.name, tool.reason);
            print::out(print::one_line(&line));
        }
        let see = command("trust");
        for waiting in &self.waiting {
            let line = match &waiting.reason {
                Some(reason) => {
                    format!("  holds back tool `{}`: {reason}; see {see}", waiting.tool)
                }
                None => format!("  new tool `{}`, offered; see {see}", waiting.tool),
            };
            print::out(print::one_line(&line));
        }
        for line in stderr {
            print::out(format_args!("  stderr: {}", print::one_line(line)));
        }
    }

    fn json(&self) -> Value {
        let health = self.health.as_ref();
        let dropped = health.map(|health| health.dropped.as_slice()).unwrap_or_default();
        json!({
            "server": self.name,
            "command": self.shown,
            "state": self.state,
            "reason": (!self.reason.is_empty()).then_some(&self.reason),
            "tools": health.map_or(0, |health| health.tools),
            "protocol": health.and_then(|health| health.protocol.as_deref()),
            "era": health.and_then(|health| health.era).map(era_word),
            "connect_ms": health.and_then(|health| health.connect_ms),
            "restarts": health.map_or(0, |health| health.restarts),
            "held_back": self.waiting.iter().filter(|it| it.reason.is_some()).map(|it| &it.tool).collect::<Vec<_>>(),
            "new": self.waiting.iter().filter(|it| it.reason.is_none()).map(|it| &it.tool).collect::<Vec<_>>(),
            "dropped": dropped.iter().map(|tool| json!({"name": tool.name, "reason": tool.reason})).collect::<Vec<_>>(),
            "stderr": health.map(|health| health.stderr_tail.clone()).unwrap_or_default(),
        })
    }
}

fn era_word(era: Era) -> &'static str {
    match era {
        Era::Modern => "modern",
        Era::Legacy => "legacy",
    }
}

/// The engine with its version.
fn engine(engine: &Engine) -> String {
    let Engine::Deno(program) = engine else { return "quickjs".to_owned() };
    let asked =
        process::Command::new(program).arg("--version").env_clear().stdin(process::Stdio::null()).output();
    let said = asked.map(|output| output.stdout).unwrap_or_default();
    let said = String::from_utf8_lossy(&said);
    // `deno 2.9.6 (stable, release, x86_64-unknown-linux-gnu)`
    let version = said.split_whitespace().nth(1).unwrap_or("of an unknown version");
    format!("deno {} ({})", print::one_line(version), program.display())
}

fn launcher(launcher: &Launcher) -> String {
    match launcher {
        Launcher::Native => "native".to_owned(),
        Launcher::Container(runtime) => runtime.command.display().to_string(),
    }
}

fn wall_line(state: &WallState, required: &[Wall]) -> Line {
    let line = Line::default().plain(" ".repeat(15));
    let required = if required.contains(&state.wall) { " (required)" } else { "" };
    let wall = state.wall;
    match &state.standing {
        Standing::Raised => line.plain(format!("{wall}{required}")),
        Standing::Held { by } => line.plain(format!("{wall}{required}: held by {by}")),
        Standing::Missing { reason } => {
            line.styled(Style::Red, format!("{wall} is missing{required}: {reason}"))
        }
    }
}

fn wall_json(state: &WallState, required: &[Wall]) -> Value {
    json!({
        "wall": state.wall.name(),
        "stands": state.missing().is_none(),
        "held_by": held_by(state),
        "missing": state.missing(),
        "required": required.contains(&state.wall),
    })
}

fn held_by(state: &WallState) -> Option<&str> {
    match &state.standing {
        Standing::Held { by } => Some(by),
        Standing::Raised | Standing::Missing { .. } => None,
    }
}
