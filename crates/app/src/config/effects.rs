//! What a configuration makes Narrows do that its person should know before: programs it starts, addresses it connects to,
//! protection it takes away. A configuration that does nothing of this can be used unseen.

use host::Launcher;
use serde::Serialize;

use super::{Config, ConfiguredServer, Engine, Sandbox, raw::RawNarrows};
use crate::trust::Trust;

/// One thing that a configuration does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Effect {
    /// What kind of thing.
    pub(crate) does: Does,
    /// The name of the server, or the key: `narrows.sandbox.launcher`.
    pub(crate) key: String,
    /// The command line, the address or the value.
    pub(crate) what: String,
    /// What else it says: variables, headers, the folder.
    pub(crate) with: Vec<String>,
}

/// What kind of thing a configuration does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Does {
    /// It starts a program.
    Starts,
    /// It connects to an address.
    Connects,
    /// It sets something that protection depends on.
    Sets,
}

impl Does {
    /// As people read it.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Starts => "starts",
            Self::Connects => "connects to",
            Self::Sets => "sets",
        }
    }
}

impl Effect {
    fn new(does: Does, key: impl Into<String>, what: impl Into<String>) -> Self {
        Self { does, key: key.into(), what: what.into(), with: Vec::new() }
    }
}

/// All that a configuration does; `raw` is its `narrows` section.
pub(super) fn effects(config: &Config, raw: &RawNarrows) -> Vec<Effect> {
    let servers = config.servers.iter().map(of_server);
    servers.chain(of_sandbox(&config.sandbox)).chain(of_settings(config, raw)).collect()
}

fn of_server(server: &ConfiguredServer) -> Effect {
    let shown = &server.disclosure;
    let does = if shown.is_program { Does::Starts } else { Does::Connects };
    Effect { with: shown.with.clone(), ..Effect::new(does, server.name.as_str(), shown.what.as_str()) }
}

fn of_sandbox(sandbox: &Sandbox) -> Vec<Effect> {
    let mut effects = Vec::new();
    if let Launcher::Container(runtime) = &sandbox.launcher {
        let line =
            |begin: String, words: &[String]| words.iter().fold(begin, |line, word| format!("{line} {word}"));
        let verbs = [("run", &runtime.run), ("kill", &runtime.kill), ("delete", &runtime.delete)];
        let verbs = verbs.into_iter().filter(|(_, words)| !words.is_empty());
        let verbs = verbs.map(|(verb, words)| line(format!("{verb}:"), words)).collect();
        let what = line(runtime.command.display().to_string(), &runtime.arguments);
        effects.push(Effect { with: verbs, ..Effect::new(Does::Starts, "narrows.sandbox.launcher", what) });
    }
    if let Engine::Deno(program) = &sandbox.engine {
        effects.push(Effect::new(Does::Starts, "narrows.sandbox.deno", program.display().to_string()));
    }
    let usual = Sandbox::default().required;
    if usual.iter().any(|wall| !sandbox.required.contains(wall)) {
        let walls: Vec<_> = sandbox.required.iter().map(|wall| wall.name()).collect();
        let walls = if walls.is_empty() { "none".to_owned() } else { walls.join(", ") };
        effects.push(Effect::new(Does::Sets, "narrows.sandbox.require", walls));
    }
    effects
}

fn of_settings(config: &Config, raw: &RawNarrows) -> Vec<Effect> {
    let mut effects = Vec::new();
    let mut set =
        |key: &str, what: String| effects.push(Effect::new(Does::Sets, format!("narrows.{key}"), what));
    if raw.data_dir.is_some() {
        set("data_dir", config.data_dir.display().to_string());
    }
    if let Some(names) = &raw.env_pass {
        set("env_pass", super::plain(Some(names)).join(", "));
    }
    if config.trust == Trust::Always {
        set("trust", "always".to_owned());
    }
    let Some(http) = &raw.http else { return effects };
    if let Some(address) = &config.http.address {
        set("http.address", address.clone());
    }
    if http.token.is_some() {
        set("http.token", "a credential".to_owned());
    }
    for (key, values) in [("http.hosts", &config.http.hosts), ("http.origins", &config.http.origins)] {
        if !values.is_empty() {
            set(key, values.join(", "));
        }
    }
    effects
}
