//! `narrows.sandbox.engine`: what runs scripts, and where Deno is.

use std::{env, path::PathBuf};

use host::Launcher;
use jsonc_parser::{
    ast::Value,
    common::{Range, Ranged},
};

use super::{
    Surroundings,
    keys::{Row, Setting, Text, row, wrong_kind},
    paths::absolute,
    text::{Problem, Source},
};

/// What runs scripts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Engine {
    /// QuickJS in WebAssembly.
    QuickJs,
    /// V8, in the Deno of this path.
    Deno(PathBuf),
}

/// The engine as written.
#[derive(Debug)]
pub(super) enum RawEngine {
    QuickJs,
    Deno(Range),
}

const KIND: &str = "`\"quickjs\"` or `\"deno\"`";

impl Setting for RawEngine {
    fn read(value: &Value<'_>, key: &str) -> Result<Self, Problem> {
        match value {
            Value::StringLit(text) if text.value == "quickjs" => Ok(Self::QuickJs),
            Value::StringLit(text) if text.value == "deno" => Ok(Self::Deno(value.range())),
            Value::StringLit(text) => {
                let message = format!("`{key}` must be {KIND}, not `{}`", text.value);
                Err(Problem::new(value.range(), message))
            }
            other => Err(wrong_kind(other, key, KIND)),
        }
    }

    fn rows(value: Option<&Self>, key: &str, about: &str, rows: &mut Vec<Row>) {
        let shown = value.map(|engine| match engine {
            Self::QuickJs => "\"quickjs\"".to_owned(),
            Self::Deno(_) => "\"deno\"".to_owned(),
        });
        rows.push(row(key, KIND, shown, about));
    }
}

impl RawEngine {
    /// The engine, with its program found.
    pub(super) fn resolve(
        &self,
        deno: Option<&Text>,
        launcher: &Launcher,
        source: &Source,
        around: &Surroundings,
    ) -> Result<Engine, Problem> {
        let Self::Deno(at) = *self else { return Ok(Engine::QuickJs) };
        if !cfg!(target_os = "linux") {
            return Err(Problem::new(at, "the engine `deno` needs Linux, whose walls it stands behind"));
        }
        if !matches!(launcher, Launcher::Native) {
            return Err(Problem::new(at, "the engine `deno` cannot be run in a container of `launcher`")
                .hint("leave one of the two out: containers hold no other program than Narrows"));
        }
        let (found, missing) = match deno {
            Some(text) => {
                let path = absolute(&text.raw, source, around.home().as_deref());
                let missing = format!("`narrows.sandbox.deno`: there is no program `{}`", path.display());
                (Some(path).filter(|path| path.is_file()), Problem::new(text.at, missing))
            }
            None => {
                let missing = "the engine is `deno`, and there is no program of this name on the `PATH`";
                let hint = "install Deno, or say where it is: `\"deno\": \"/path/to/deno\"`";
                (on_path("deno", around), Problem::new(at, missing).hint(hint))
            }
        };
        found.map(Engine::Deno).ok_or(missing)
    }
}

fn on_path(name: &str, around: &Surroundings) -> Option<PathBuf> {
    let path = (around.variable)("PATH")?;
    env::split_paths(&path)
        .filter(|folder| folder.is_absolute())
        .map(|folder| folder.join(name))
        .find(|path| path.is_file())
}
