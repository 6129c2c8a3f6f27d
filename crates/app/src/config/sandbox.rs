//! `narrows.sandbox`: what stands between a script and this machine.

use jsonc_parser::{ast::Value, common::Ranged};
use wire::Wall;

use super::{
    keys::{Row, Setting, Text, row, section, wrong_kind},
    text::Problem,
};

section! {
    /// What stands between a script and this machine.
    RawSandbox {
        /// The walls around a worker without which no script is run: `"all"`, `"none"`, or a list of
        /// `no-new-privileges`, `namespaces`, `landlock`, `rlimits`, `no-new-code` and `seccomp`. A wall that is missing and not required
        /// is named in the answer of every run. The default asks for what every Linux has; on other systems,
        /// which have none of these walls, it is `"none"`.
        require: RequiredWalls,
    }
}

/// The sandbox as configured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sandbox {
    /// The walls without which no script is run.
    pub(crate) required: Vec<Wall>,
}

impl Default for Sandbox {
    fn default() -> Self {
        let required = if cfg!(target_os = "linux") { Wall::EVERYWHERE.to_vec() } else { Vec::new() };
        Self { required }
    }
}

impl RawSandbox {
    /// What every Linux can have, as it would stand in a file.
    #[cfg(test)]
    pub(super) fn usual() -> Self {
        Self { require: Some(RequiredWalls(Wall::EVERYWHERE.to_vec())) }
    }

    /// The sandbox these keys ask for; the default where they are silent.
    pub(super) fn resolve(self) -> Sandbox {
        let base = Sandbox::default();
        Sandbox { required: self.require.map_or(base.required, |walls| walls.0) }
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
    format!("the walls are {}", Wall::ALL.map(|wall| format!("`{wall}`")).join(", "))
}
