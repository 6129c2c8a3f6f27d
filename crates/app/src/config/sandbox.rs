//! `narrows.sandbox`: what stands between a script and this machine.

use std::{ffi::OsString, path::PathBuf};

use host::{ContainerRuntime, Launcher};
use jsonc_parser::{ast::Value, common::Ranged};
use wire::Wall;

use super::{
    Surroundings,
    engine::{Engine, RawEngine},
    keys::{Row, Setting, Text, Texts, row, section, wrong_kind},
    paths::absolute,
    text::{Problem, Source},
};

section! {
    /// What stands between a script and this machine.
    RawSandbox {
        /// The walls around a worker without which no script is run: `"all"`, `"none"`, or a list of
        /// `no-new-privileges`, `namespaces`, `landlock`, `rlimits`, `no-new-code` and `seccomp`. A wall that is missing and not required
        /// is logged once and named in the record of every run. The default asks for what every Linux has; on other systems,
        /// which have none of these walls, it is `"none"`.
        require: RequiredWalls,
        /// How workers are started: `"native"`, or in containers of an OCI runtime, by its name or path: `"crun"`,
        /// `"runc"`, `"runsc"`; see [sandbox.md](sandbox.md), also for the object with `command`, `args`, `run`, `kill`
        /// and `delete` that suits others.
        launcher: RawLauncher,
        /// What runs scripts: `"quickjs"`, in WebAssembly, or `"deno"`, which computes many times faster and gives up some of the
        /// walls; see [engines.md](engines.md).
        engine: RawEngine,
        /// Deno's program. A relative path counts from the folder of this file; `~/` is your home. By default `deno` on the
        /// `PATH`.
        deno: Text,
    }
}

section! {
    /// A program that starts containers.
    RawRuntime {
        /// Its name or path.
        command: Text,
        /// Arguments before those of either verb.
        args: Texts,
        /// Arguments that run a container.
        run: Texts,
        /// Arguments that end what runs in a container.
        kill: Texts,
        /// Arguments that end a container and remove it.
        delete: Texts,
    }
}

/// The sandbox as configured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sandbox {
    /// The walls without which no script is run.
    pub(crate) required: Vec<Wall>,
    /// What workers are started with.
    pub(crate) launcher: Launcher,
    /// What runs scripts.
    pub(crate) engine: Engine,
}

impl Default for Sandbox {
    fn default() -> Self {
        let required = if cfg!(target_os = "linux") { Wall::EVERYWHERE.to_vec() } else { Vec::new() };
        Self { required, launcher: Launcher::Native, engine: Engine::QuickJs }
    }
}

/// What a runtime may know of its surroundings. Nothing of it reaches a worker.
const ENVIRONMENT: [&str; 4] = ["PATH", "HOME", "XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS"];

impl RawSandbox {
    /// What every Linux can have, as it would stand in a file.
    #[cfg(test)]
    pub(super) fn usual() -> Self {
        Self {
            require: Some(RequiredWalls(Wall::EVERYWHERE.to_vec())),
            launcher: Some(RawLauncher::Native),
            engine: Some(RawEngine::QuickJs),
            deno: None,
        }
    }

    /// The sandbox these keys ask for; the default where they are silent.
    pub(super) fn resolve(self, source: &Source, around: &Surroundings) -> Result<Sandbox, Problem> {
        let base = Sandbox::default();
        let launcher = match self.launcher {
            None | Some(RawLauncher::Native) => Launcher::Native,
            Some(RawLauncher::Runtime(runtime)) => Launcher::Container(runtime.resolve(source, around)),
        };
        let engine = match self.engine {
            None => base.engine,
            Some(engine) => engine.resolve(self.deno.as_ref(), &launcher, source, around)?,
        };
        Ok(Sandbox { required: self.require.map_or(base.required, |walls| walls.0), launcher, engine })
    }
}

impl RawRuntime {
    fn resolve(self, source: &Source, around: &Surroundings) -> ContainerRuntime {
        let command = self.command.map(|text| text.raw).unwrap_or_default();
        let command = if command.contains('/') {
            absolute(&command, source, around.home().as_deref())
        } else {
            PathBuf::from(command)
        };
        let variable = |name: &str| Some((OsString::from(name), OsString::from((around.variable)(name)?)));
        let usual = ContainerRuntime::new(command, ENVIRONMENT.into_iter().filter_map(variable).collect());
        let texts = |given: Option<Texts>, usual: Vec<String>| {
            given.map_or(usual, |texts| texts.0.into_iter().map(|text| text.raw).collect())
        };
        ContainerRuntime {
            arguments: texts(self.args, usual.arguments),
            run: texts(self.run, usual.run),
            kill: texts(self.kill, usual.kill),
            delete: texts(self.delete, usual.delete),
            ..usual
        }
    }
}

/// How workers are started, as written.
#[derive(Debug)]
pub(super) enum RawLauncher {
    Native,
    Runtime(RawRuntime),
}

impl Setting for RawLauncher {
    fn read(value: &Value<'_>, key: &str) -> Result<Self, Problem> {
        let empty = || Problem::new(value.range(), format!("`{key}` names no command"));
        let runtime = match value {
            Value::StringLit(text) if text.value == "native" => return Ok(Self::Native),
            Value::StringLit(_) => {
                RawRuntime { command: Some(Text::read(value, key)?), ..RawRuntime::default() }
            }
            Value::Object(_) => RawRuntime::read(value, key)?,
            other => {
                return Err(wrong_kind(
                    other,
                    key,
                    "`\"native\"`, the name or path of a runtime, or an object",
                ));
            }
        };
        match &runtime.command {
            Some(command) if !command.raw.is_empty() => Ok(Self::Runtime(runtime)),
            _ => Err(empty().hint("such as `\"crun\"`, or `\"native\"` for none")),
        }
    }

    fn rows(value: Option<&Self>, key: &str, about: &str, rows: &mut Vec<Row>) {
        let shown = value.map(|launcher| match launcher {
            Self::Native => "\"native\"".to_owned(),
            Self::Runtime(_) => "a runtime".to_owned(),
        });
        rows.push(row(key, "`\"native\"`, a name, a path or an object", shown, about));
    }
}

/// Walls by name, or all or none of them.
#[derive(Debug, Clone)]
pub(super) struct RequiredWalls(Vec<Wall>);

const KIND: &str = "`\"all\"`, `\"none\"` or a list of walls";

impl Setting for RequiredWalls {
    fn read(value: &Value<'_>, key: &str) -> Result<Self, Problem> {
        match value {
            Value::Array(list) => {
                let walls = list.elements.iter().enumerate();
                walls
                    .map(|(at, name)| wall(name, &format!("{key}[{at}]")))
                    .collect::<Result<_, _>>()
                    .map(Self)
            }
            Value::StringLit(text) if text.value == "all" => Ok(Self(Wall::ALL.to_vec())),
            Value::StringLit(text) if text.value == "none" => Ok(Self(Vec::new())),
            Value::StringLit(text) => {
                let message = format!("`{key}` must be {KIND}, not `{}`", text.value);
                let problem = Problem::new(value.range(), message);
                Err(match Wall::named(&text.value) {
                    Some(wall) => problem.hint(format!("did you mean `[\"{wall}\"]`?")),
                    None => problem.hint(known()),
                })
            }
            other => Err(wrong_kind(other, key, KIND)),
        }
    }

    fn rows(value: Option<&Self>, key: &str, about: &str, rows: &mut Vec<Row>) {
        let shown = value.map(|walls| {
            let names: Vec<_> = walls.0.iter().map(|wall| format!("\"{wall}\"")).collect();
            format!("[{}]", names.join(", "))
        });
        rows.push(row(key, "`\"all\"`, `\"none\"` or a list", shown, about));
    }
}

fn wall(value: &Value<'_>, key: &str) -> Result<Wall, Problem> {
    let name = Text::read(value, key)?;
    Wall::named(&name.raw).ok_or_else(|| {
        Problem::new(name.at, format!("`{key}`: there is no wall `{}`", name.raw)).hint(known())
    })
}

fn known() -> String {
    format!("the walls are {}", text::named(Wall::ALL))
}
