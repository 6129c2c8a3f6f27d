//! Workers in containers of an OCI runtime: what is written for one, and that nothing of it is left.
//!
//! All of a host's containers share one read-only root (see [`root`]); each has a bundle of its own, which is one
//! file (see [`bundle`]). The runtime keeps its notes beside them, so removing the host's folder removes everything.

mod bundle;
mod home;
mod root;

use std::{
    ffi::OsString,
    fs,
    path::PathBuf,
    process::Stdio,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

use tokio::{
    process::Command,
    sync::{OnceCell, watch},
    time::timeout,
};

use wire::{Standing, WallState};

use self::home::Home;
use crate::{random, settings::ContainerRuntime};

/// Deleting a container takes a runtime tens of milliseconds; one that starts a virtual machine, a second.
const DELETE_MAX: Duration = Duration::from_secs(5);

/// How long the end of all containers is waited for. Each is deleted within [`DELETE_MAX`], several side by side.
const SHUTDOWN_MAX: Duration = Duration::from_secs(15);

/// All containers of one host.
pub(super) struct Containers {
    runtime: Arc<ContainerRuntime>,
    /// The program workers are, outside.
    program: PathBuf,
    /// Where the folders of all hosts are.
    folder: PathBuf,
    home: OnceCell<Arc<Home>>,
    /// Containers that are not yet known to be gone.
    alive: watch::Sender<usize>,
    closing: AtomicBool,
}

/// One container, from before it is started until nothing of it is left. Deleted when dropped.
pub(super) struct Container {
    id: String,
    home: Arc<Home>,
    runtime: Arc<ContainerRuntime>,
    alive: watch::Sender<usize>,
    over: bool,
}

impl Containers {
    /// Makes nothing yet. `program` is what workers are, `folder` where bundles may be written.
    pub(super) fn new(runtime: ContainerRuntime, program: PathBuf, folder: PathBuf) -> Self {
        Self {
            runtime: Arc::new(runtime),
            program,
            folder,
            home: OnceCell::new(),
            alive: watch::Sender::new(0),
            closing: AtomicBool::new(false),
        }
    }

    /// Writes the bundle for a worker with these arguments, and gives the command that starts it in the foreground.
    pub(super) async fn prepare(&self, arguments: &[OsString]) -> Result<(Command, Container), String> {
        if self.closing.load(Ordering::SeqCst) {
            return Err("Narrows is shutting down".to_owned());
        }
        let home = self.home.get_or_try_init(|| self.make_home()).await?.clone();
        let id = format!("narrows-{:016x}", random::number());
        bundle::write(&home.bundle(&id), &home.root(), arguments)
            .map_err(|error| format!("the bundle of a container cannot be written: {error}"))?;
        self.alive.send_modify(|alive| *alive += 1);
        let container =
            Container { id, home, runtime: self.runtime.clone(), alive: self.alive.clone(), over: false };
        let mut command = Command::new(&self.runtime.command);
        command
            .args(container.filled(&self.runtime.run, arguments))
            .env_clear()
            .envs(self.runtime.environment.iter().map(|(name, value)| (name, value)));
        Ok((command, container))
    }

    /// Counts walls that a worker could not raise as held where the runtime's own kernel refuses the same.
    pub(super) fn hold(&self, walls: &mut [WallState]) {
        let Some(kernel) = &self.runtime.kernel else { return };
        for state in walls {
            if state.missing().is_some() && kernel.holds.contains(&state.wall) {
                state.standing = Standing::Held { by: kernel.name.to_owned() };
            }
        }
    }

    /// Waits until no container is left, and removes what they shared.
    pub(super) async fn shutdown(&self) {
        self.closing.store(true, Ordering::SeqCst);
        let mut alive = self.alive.subscribe();
        if timeout(SHUTDOWN_MAX, alive.wait_for(|alive| *alive == 0)).await.is_err() {
            tracing::warn!("{} containers could not be deleted", *self.alive.borrow());
            return;
        }
        if let Some(home) = self.home.get() {
            home.remove();
        }
    }

    async fn make_home(&self) -> Result<Arc<Home>, String> {
        let (folder, program) = (self.folder.clone(), self.program.clone());
        let runtime = self.runtime.clone();
        let made = tokio::task::spawn_blocking(move || Home::new(&folder, &program, &runtime)).await;
        let made = made.map_err(|error| error.to_string()).flatten();
        made.map(Arc::new).map_err(|error| format!("the root of the containers cannot be made: {error}"))
    }
}

impl Container {
    /// Ends whatever runs in it. The runtime's own process ends by itself then.
    pub(super) async fn kill(&self) {
        match self.runtime.kill.as_slice() {
            [] => self.delete().await,
            kill => self.command(kill, "killed").await,
        }
    }

    /// Removes what is left of it, and ends what runs in it.
    pub(super) async fn delete(&self) {
        self.command(&self.runtime.delete, "deleted").await;
    }

    async fn command(&self, verb: &[String], done: &str) {
        let mut command = Command::from(verb_command(&self.runtime, verb, &self.home, &self.id));
        let ended = timeout(DELETE_MAX, command.kill_on_drop(true).status()).await;
        tracing::debug!(container = self.id, ?ended, "{done}");
    }

    /// To be said when it is deleted and the runtime's process has ended.
    pub(super) fn forget(mut self) {
        self.over = true;
        forget(&self.home, &self.id, &self.alive);
    }

    fn filled(&self, template: &[String], worker: &[OsString]) -> Vec<OsString> {
        filled(&self.runtime.arguments, template, &self.home, &self.id, worker)
    }
}

impl Drop for Container {
    /// Whoever drops it cannot wait, so a thread does.
    fn drop(&mut self) {
        if self.over {
            return;
        }
        let (runtime, home) = (self.runtime.clone(), self.home.clone());
        let (id, alive) = (std::mem::take(&mut self.id), self.alive.clone());
        thread::spawn(move || {
            remove(&runtime, &home, &id);
            forget(&home, &id, &alive);
        });
    }
}

/// Ends a container whose runtime nobody waits for, and removes it.
fn remove(runtime: &ContainerRuntime, home: &Home, id: &str) {
    for verb in [&runtime.kill, &runtime.delete].into_iter().filter(|verb| !verb.is_empty()) {
        let ended = verb_command(runtime, verb, home, id).status();
        tracing::debug!(container = id, ?ended, ?verb, "removed");
    }
}

fn verb_command(runtime: &ContainerRuntime, verb: &[String], home: &Home, id: &str) -> std::process::Command {
    let mut command = std::process::Command::new(&runtime.command);
    command
        .args(filled(&runtime.arguments, verb, home, id, &[]))
        .env_clear()
        .envs(runtime.environment.iter().map(|(name, value)| (name, value)))
        .current_dir("/")
        .stdin(Stdio::null())
        // It complains of containers that are gone already.
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command
}

fn forget(home: &Home, id: &str, alive: &watch::Sender<usize>) {
    let _ = fs::remove_dir_all(home.bundle(id));
    alive.send_modify(|alive| *alive = alive.saturating_sub(1));
}

/// The runtime's arguments with everything put in. `{worker}` stands for several: the program inside and its own.
fn filled(first: &[String], then: &[String], home: &Home, id: &str, worker: &[OsString]) -> Vec<OsString> {
    let mut filled = Vec::new();
    for argument in first.iter().chain(then) {
        if argument == "{worker}" {
            filled.push(root::PROGRAM.into());
            filled.extend_from_slice(worker);
            continue;
        }
        let argument = argument
            .replace("{id}", id)
            .replace("{bundle}", &home.bundle(id).to_string_lossy())
            .replace("{state}", &home.state().to_string_lossy());
        filled.push(argument.into());
    }
    filled
}
