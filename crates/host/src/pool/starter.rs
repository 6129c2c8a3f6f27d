//! The one door through which workers start: it looks at the walls a worker reports before it is given a script.

use std::ffi::OsString;

use parking_lot::Mutex;
use tokio::{process::Command, sync::watch};
use wire::{FromParser, FromRunner, Wall, WallState};

use super::{
    container::Containers,
    process::{self, FirstFrame, Process},
};
use crate::settings::{Launcher, Settings, WorkerCommand};

/// Starts workers. Shared by all who need one.
pub(crate) struct Starter {
    command: WorkerCommand,
    /// Where workers live, when it is not this machine itself.
    containers: Option<Containers>,
    required: Vec<Wall>,
    /// What the last worker reported.
    walls: Mutex<Vec<WallState>>,
    /// Why workers are refused on this machine, once one was.
    refused: watch::Sender<Option<String>>,
}

impl Starter {
    /// Starts nothing yet.
    pub(crate) fn new(settings: &Settings) -> Self {
        let containers = match &settings.launcher {
            Launcher::Native => None,
            Launcher::Container(runtime) => {
                let folder = settings.data_dir.join("containers");
                Some(Containers::new(runtime.clone(), settings.worker.program.clone(), folder))
            }
        };
        Self {
            command: settings.worker.clone(),
            containers,
            required: settings.required_walls.clone(),
            walls: Mutex::default(),
            refused: watch::Sender::new(None),
        }
    }

    /// Starts a parser and waits until it is ready.
    pub(super) async fn parser(&self) -> Result<Process, String> {
        self.start::<FromParser>(&self.command.parse).await
    }

    /// Starts a runner and waits until it is ready.
    pub(super) async fn runner(&self) -> Result<Process, String> {
        self.start::<FromRunner>(&self.command.run).await
    }

    /// The walls as the last worker reported them; empty before the first.
    pub(super) fn walls(&self) -> Vec<WallState> {
        self.walls.lock().clone()
    }

    /// Why workers are refused, where they are. Walls do not come back: who hears this need not try again.
    pub(super) fn refusal(&self) -> Option<String> {
        self.refused.borrow().clone()
    }

    /// Waits until a worker is refused, perhaps for ever.
    pub(crate) async fn refused(&self) -> String {
        let mut refused = self.refused.subscribe();
        let reason = refused.wait_for(Option::is_some).await.ok().and_then(|reason| reason.clone());
        match reason {
            Some(reason) => reason,
            None => std::future::pending().await,
        }
    }

    /// To be called when no worker is needed any more: waits until nothing is left of any.
    pub(crate) async fn shutdown(&self) {
        if let Some(containers) = &self.containers {
            containers.shutdown().await;
        }
    }

    async fn start<First: FirstFrame>(&self, arguments: &[OsString]) -> Result<Process, String> {
        if let Some(reason) = self.refusal() {
            return Err(reason);
        }
        let mut process = match &self.containers {
            None => {
                let mut command = Command::new(&self.command.program);
                command.args(arguments).env_clear();
                process::start::<First>(command, None).await?
            }
            Some(containers) => {
                let (command, container) = containers.prepare(arguments).await?;
                process::start::<First>(command, Some(container)).await.map_err(|reason| {
                    format!("{reason} (workers are started as `narrows.sandbox.launcher` says)")
                })?
            }
        };
        if let Some(containers) = &self.containers {
            containers.hold(&mut process.walls);
        }
        self.report(&process.walls);
        match refusal(&process.walls, &self.required) {
            None => Ok(process),
            Some(reason) => {
                process.body.kill().await;
                self.refused.send_replace(Some(reason.clone()));
                Err(reason)
            }
        }
    }

    /// Keeps what a worker reported. What is missing on this machine is logged when it is first known: a person
    /// should read it once, and a model has no use for it.
    fn report(&self, walls: &[WallState]) {
        let before = std::mem::replace(&mut *self.walls.lock(), walls.to_vec());
        for state in walls.iter().filter(|state| !before.contains(state)) {
            if let Some(reason) = state.missing() {
                tracing::warn!("scripts run without the wall `{}`: {reason}", state.wall);
            }
        }
    }
}

/// Why a worker with these walls is given no script. A required wall that it does not even speak of is missing.
fn refusal(reported: &[WallState], required: &[Wall]) -> Option<String> {
    let missing = |wall: &Wall| match reported.iter().find(|state| state.wall == *wall) {
        Some(state) => state.missing().map(|reason| format!("`{wall}` ({reason})")),
        None => Some(format!("`{wall}` (the worker did not raise it)")),
    };
    let missing: Vec<_> = required.iter().filter_map(missing).collect();
    let walls = match missing.len() {
        0 => return None,
        1 => "the wall",
        _ => "the walls",
    };
    let names = missing.join(", ");
    Some(format!("no script is run without {walls} {names}, which `narrows.sandbox.require` asks for"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_wall_refuses_when_it_is_required() {
        let stands = |wall| WallState::new(wall, Ok(()));
        let lacks = |wall, reason: &str| WallState::new(wall, Err(reason.to_owned()));
        let reported = [
            stands(Wall::SystemCalls),
            lacks(Wall::Files, "no Landlock"),
            lacks(Wall::Namespaces, "unshare: EPERM"),
        ];
        let check = |required: &[Wall], expect: Option<&str>| {
            assert_eq!(refusal(&reported, required).as_deref(), expect, "{required:?}");
        };
        check(&[], None);
        check(&[Wall::SystemCalls], None);
        check(
            &[Wall::SystemCalls, Wall::Files],
            Some(
                "no script is run without the wall `landlock` (no Landlock), which `narrows.sandbox.require` asks for",
            ),
        );
        check(
            &[Wall::Files, Wall::Namespaces, Wall::Limits],
            Some(
                "no script is run without the walls `landlock` (no Landlock), `namespaces` (unshare: EPERM), \
                 `rlimits` (the worker did not raise it), which `narrows.sandbox.require` asks for",
            ),
        );
    }
}
