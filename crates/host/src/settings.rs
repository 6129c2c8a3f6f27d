//! What the host is told when it starts. Plain values: this room reads no file and no variable for them.

use std::{collections::HashMap, ffi::OsString, path::PathBuf, sync::Arc, time::Duration};

use rustix::process::geteuid;
use tools::ServerName;
use wire::{Limits, SuspectKind, Wall};

use crate::{
    history::History,
    learned::LearnedTypes,
    private::{PrivacyMode, PrivacySettings},
    rules::Rules,
};

/// How the host is set up.
#[derive(Debug, Clone)]
pub struct Settings {
    /// How worker processes are started.
    pub worker: WorkerCommand,
    /// What workers are started with.
    pub launcher: Launcher,
    /// The walls without which no worker is given a script. Any other that is missing is logged once and named in every record.
    pub required_walls: Vec<Wall>,
    /// How many runner processes there are; each carries many runs at once. At least 1.
    pub runners: usize,
    /// The limits of a run that names none.
    pub limits: Limits,
    /// How many runs there may be.
    pub queue: QueueLimits,
    /// The folder that holds `workspaces/`, `skills/` and, where rules count by time, `rules/`. Made when missing. Other
    /// processes may use it too.
    pub data_dir: PathBuf,
    /// Model tokens of Narrows' own tool definitions, for the comparison in every record.
    pub own_tool_tokens: u64,
    /// Patterns a script is refused for. The others are only warned about.
    pub refused_patterns: Vec<SuspectKind>,
    /// Which calls may be made.
    pub rules: Arc<Rules>,
    /// Told after every run about how many bytes it took, so that memory can be given back.
    pub after_work: fn(usize),
    /// How long a run waits for the servers it reaches while they start.
    pub servers_within: Duration,
    /// Where the runs that have ended are kept; nowhere by default.
    pub history: Option<History>,
    /// A fingerprint of what is started or connected to under each server's name: by it a run that goes on sees that it is another.
    pub server_fingerprints: HashMap<ServerName, u64>,
    /// What is learned of tools' results.
    pub learned: LearnedTypes,
    /// What personal data is hidden; none by default.
    pub privacy: PrivacySettings,
    /// How long a person may take to decide about a call.
    pub approvals_within: Duration,
    /// Whether runs of the history's home are gone on with when the process they ran in is gone.
    pub takes_up: bool,
    /// How long ago such a run may have done something last. An older one is given up, and its record says so.
    pub takes_up_within: Duration,
    /// How long a run waits in its worker before it leaves it, to be executed again from its journal when it is answered. A
    /// worker that has carried a crowd is replaced when it carries no run for as long.
    pub hibernates_after: Duration,
    /// How often a process that has runs shows the others that it lives. One that has not done so three times is gone.
    pub beat: Duration,
}

/// How long a person may take to decide about a call where nothing else is said: a question of the evening is answered the
/// next day.
pub const APPROVALS_WITHIN: Duration = Duration::from_secs(24 * 60 * 60);

/// Longer than a weekend and some days off. Who asked for something longer ago has done without it or asked again, and does
/// not expect that it is done now.
const TAKES_UP_WITHIN: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// Longer than nearly every call of a tool takes, short for a person who is asked.
const HIBERNATES_AFTER: Duration = Duration::from_secs(15);

/// Whoever starts servers bounds each of them; this only bounds a fault there.
const SERVERS_WITHIN: Duration = Duration::from_secs(60);

/// A small write a second: a run that was left is taken up some seconds later.
const BEAT: Duration = Duration::from_secs(1);

impl Settings {
    /// The usual settings: one runner, default limits, no wall required, nothing refused by rule.
    pub fn new(worker: WorkerCommand, data_dir: PathBuf) -> Self {
        Self {
            worker,
            launcher: Launcher::Native,
            required_walls: Vec::new(),
            runners: 1,
            limits: Limits::default(),
            queue: QueueLimits::default(),
            data_dir,
            own_tool_tokens: 0,
            servers_within: SERVERS_WITHIN,
            refused_patterns: Vec::new(),
            rules: Arc::default(),
            after_work: |_| {},
            history: None,
            server_fingerprints: HashMap::new(),
            learned: LearnedTypes::default(),
            privacy: PrivacySettings::new(PrivacyMode::Off),
            approvals_within: APPROVALS_WITHIN,
            takes_up: false,
            takes_up_within: TAKES_UP_WITHIN,
            hibernates_after: HIBERNATES_AFTER,
            beat: BEAT,
        }
    }
}

/// How many runs there may be at once, and how many may wait for that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueLimits {
    /// Runs in the workers at once, computing or waiting for tools. One client alone has at most half, and there are never
    /// more than the workers can carry. At least 1.
    pub at_once: usize,
    /// Runs that have left their workers while they wait, beside those. One client alone has at most half. A further one
    /// keeps its place among those at once.
    pub hibernating: usize,
    /// Runs that wait to begin, of all clients.
    pub queued: usize,
    /// Those of one client.
    pub queued_per_client: usize,
    /// Their scripts together, in bytes. One client alone has at most half.
    pub queued_bytes: u64,
}

impl Default for QueueLimits {
    /// A run that waits for a tool takes some hundred KB of a worker's memory, one that hibernates some ten KB of the
    /// gateway's, one in the queue little beside its script. An agent that starts some thousand runs in the background has all of
    /// them done.
    fn default() -> Self {
        Self {
            at_once: 2_000,
            hibernating: 4_000,
            queued: 10_000,
            queued_per_client: 5_000,
            queued_bytes: 256 * 1024 * 1024,
        }
    }
}

/// The program that is both kinds of worker, and the arguments that make it one.
#[derive(Debug, Clone)]
pub struct WorkerCommand {
    /// An absolute path: a worker starts in `/` with an empty environment.
    pub program: PathBuf,
    /// The arguments that make it a parser.
    pub parse: Vec<OsString>,
    /// The arguments that make it a runner.
    pub run: Vec<OsString>,
}

/// What workers are started with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Launcher {
    /// As processes of this machine, behind the walls they raise themselves.
    Native,
    /// In containers, behind the same walls and the runtime's.
    Container(ContainerRuntime),
}

/// An OCI runtime, or another program that starts containers in the foreground.
///
/// In its arguments `{bundle}` is the folder with `config.json`, `{id}` the container's name, `{state}` a folder for the
/// runtime's own notes, and an argument `{worker}` the program inside and its arguments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContainerRuntime {
    /// Its name, looked for in `PATH`, or its path.
    pub command: PathBuf,
    /// Arguments before those of either verb.
    pub arguments: Vec<String>,
    /// Arguments that run a container with its input and output on ours.
    pub run: Vec<String>,
    /// Arguments that end what runs in a container. Empty where `delete` does that without being waited for.
    pub kill: Vec<String>,
    /// Arguments that end a container and remove it.
    pub delete: Vec<String>,
    /// All of its environment. Nothing of it reaches the worker.
    pub environment: Vec<(OsString, OsString)>,
    /// The kernel its containers run on, where that is not this machine's.
    pub kernel: Option<OwnKernel>,
}

/// A kernel that a runtime brings with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnKernel {
    /// What people call it.
    pub name: &'static str,
    /// What it refuses by itself where a worker cannot raise the wall.
    pub holds: &'static [Wall],
}

impl OwnKernel {
    /// gVisor, with the arguments and the bundle it is started with here: it sees no file but the read-only root, has no
    /// network interface, and knows no process outside. That memory never becomes code it does not hold.
    const GVISOR: Self = Self { name: "gVisor", holds: &[Wall::Namespaces, Wall::Files] };
}

impl ContainerRuntime {
    /// A runtime with the arguments of every OCI runtime, and those that `crun`, `runc` and `runsc` need besides.
    pub fn new(command: PathBuf, environment: Vec<(OsString, OsString)>) -> Self {
        let name = command.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        // Without root, control groups are rarely one's own; no limit of a worker rests on them.
        let arguments: &[&str] = match (name.as_str(), geteuid().is_root()) {
            ("crun", false) => &["--root", "{state}", "--cgroup-manager", "disabled"],
            ("crun", true) | ("runc", _) => &["--root", "{state}"],
            ("runsc", false) => &["--root", "{state}", "--network", "none", "--ignore-cgroups", "--rootless"],
            ("runsc", true) => &["--root", "{state}", "--network", "none", "--ignore-cgroups"],
            _ => &[],
        };
        let texts = |texts: &[&str]| texts.iter().map(|&text| text.to_owned()).collect();
        Self {
            command,
            arguments: texts(arguments),
            run: texts(&["run", "--bundle", "{bundle}", "{id}"]),
            // `runsc delete --force` waits five seconds for a container that still runs.
            kill: if name == "runsc" { texts(&["kill", "{id}", "KILL"]) } else { Vec::new() },
            delete: texts(&["delete", "--force", "{id}"]),
            environment,
            kernel: (name == "runsc").then_some(OwnKernel::GVISOR),
        }
    }
}

/// Why the host cannot start.
#[derive(Debug, thiserror::Error)]
pub enum HostError {
    /// The data folder cannot be made or opened.
    #[error("cannot use the data folder `{}`: {source}", path.display())]
    DataDir {
        /// The folder.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The host was made outside of a tokio runtime.
    #[error("the host needs a running tokio runtime")]
    NoRuntime,
}
