//! The rooms wired together: upstream's catalogs become surfaces, the host runs scripts against the newest one.
//!
//! Every face gets a [`Gateway`] and converts and prints; nothing below knows which face asks.

use std::{
    collections::HashMap,
    ffi::OsString,
    io,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use files::Folder;
use host::{History, HistoryLimits, Host, LearnedTypes, Observations, Rules, WorkerCommand};
use privacy::Finder;
use surface::Surface;
use tokio::sync::{broadcast, watch};
use tools::{Catalog, Server, ServerName, ServerState};
use upstream::{ServerHealth, ServerNews, Upstream};

use crate::{
    auth,
    config::{Config, ConfiguredServer, Engine},
    exit::Failed,
    lookalikes::lookalikes,
    trust::Pins,
};

/// How often it is looked whether a person has accepted a tool that is held back.
const LOOKS_AT_PINS: Duration = Duration::from_secs(2);

/// How long after its start Narrows waits for the tools of servers that it has never seen before it tells an agent what
/// there is. What it tells then stands in the conversation until its end; longer would look like a server that hangs.
const STARTED_WITHIN: Duration = Duration::from_secs(2);

/// When old runs are forgotten for the first time: a command that ends before leaves them to the next.
const PRUNES_AFTER: Duration = Duration::from_secs(60);

/// And how often after that.
const PRUNES_EVERY: Duration = Duration::from_secs(3_600);

/// How long runs may take to end once the process is asked to: a worker is killed after 2 s.
const RUNS_END_WITHIN: Duration = Duration::from_secs(5);

/// A running Narrows.
pub(crate) struct Gateway {
    /// Runs scripts and calls tools.
    pub(crate) host: Host,
    /// What it was configured with.
    pub(crate) config: Config,
    /// The definitions that were accepted.
    pub(crate) pins: Arc<Pins>,
    upstream: Arc<Upstream>,
    surface: watch::Receiver<Arc<Surface>>,
    built_from: watch::Receiver<Parts>,
    learned: LearnedTypes,
    /// What goes on as long as the gateway does.
    background: Vec<tokio::task::JoinHandle<()>>,
    started: Instant,
}

impl Gateway {
    /// Starts everything and returns at once: servers and workers go on starting in the background.
    pub(crate) fn start(config: Config, own_tool_tokens: u64) -> Result<Self, Failed> {
        let started = Instant::now();
        private_folders(&config.data_dir)?;
        let entries =
            config.servers.iter().filter_map(|server| auth::entry(server, &config.data_dir)).collect();
        let upstream = Arc::new(Upstream::start(entries, upstream_settings(&config)));
        let broken = config.servers.iter().filter_map(broken);
        let played = config.played.iter().flat_map(|played| played.recording.catalog().servers()).cloned();
        let unpinned = broken.chain(played).collect();
        let origins = config.servers.iter().map(|server| (server.name.clone(), server.origin())).collect();
        let pins = Arc::new(Pins::new(config.trust, config.data_dir.join("trust"), origins));
        let settings = host_settings(&config, own_tool_tokens)?;
        let learned = settings.learned.clone();
        let offer = Arc::new(Offer {
            unpinned,
            pins: pins.clone(),
            rules: config.rules.clone(),
            learned: learned.clone(),
        });

        let sources = Sources { catalog: upstream.catalog(), learned: learned.changes() };
        let now = sources.now();
        let (surface_sender, surface) = watch::channel(Arc::new(Surface::new(offer.of(&now.catalog))));
        let (built_sender, built_from) = watch::channel(now);
        let surfaces = tokio::spawn(follow(sources, offer, surface_sender, built_sender));

        let pruning = settings.history.clone().map(|history| keep_pruned(history, config.store.limits));
        let host = match &config.played {
            Some(played) => Host::new(settings, surface.clone(), played.recording.clone()),
            None => Host::new(settings, surface.clone(), upstream.clone()),
        };
        let host = host.map_err(|error| Failed::internal("cannot start the host", error))?;
        let background = [Some(surfaces), pruning.map(tokio::spawn)].into_iter().flatten().collect();
        Ok(Self { host, config, pins, upstream, surface, built_from, learned, background, started })
    }

    /// The surface of this moment.
    pub(crate) fn surface(&self) -> Arc<Surface> {
        self.surface.borrow().clone()
    }

    /// The surfaces that follow.
    pub(crate) fn surfaces(&self) -> watch::Receiver<Arc<Surface>> {
        self.surface.clone()
    }

    /// What servers say unasked, from now on.
    pub(crate) fn news(&self) -> broadcast::Receiver<ServerNews> {
        self.upstream.news()
    }

    /// What is known about each connection.
    pub(crate) fn health(&self) -> Vec<ServerHealth> {
        self.upstream.health()
    }

    /// Waits until every server is there or known to have failed, and the surface shows it; no longer than one
    /// server may take to start.
    pub(crate) async fn settled(&self) {
        let all = async {
            self.upstream.settled().await;
            self.caught_up().await;
        };
        // The start timeout is upstream's to keep; this only bounds a fault of its own.
        let _ = tokio::time::timeout(self.config.start_timeout + Duration::from_secs(1), all).await;
    }

    /// Waits until the tools of all servers are known, at most so long.
    pub(crate) async fn settled_within(&self, at_most: Duration) {
        let mut surface = self.surface.clone();
        let none_missing = surface.wait_for(|surface| unknown(surface.catalog()).is_empty());
        let _ = tokio::time::timeout(at_most, none_missing).await;
    }

    /// Waits until a server is there or known to have failed; no longer than it may take to start.
    pub(crate) async fn arrived(&self, server: &str) {
        let is_starting = |surface: &Arc<Surface>| {
            let name = surface.server_named(server).ok();
            name.and_then(|name| surface.catalog().server(name))
                .is_some_and(|server| server.state == ServerState::Starting)
        };
        // Nearly always it is there.
        if is_starting(&self.surface.borrow()) {
            let mut surface = self.surface.clone();
            let there = surface.wait_for(|surface| !is_starting(surface));
            let _ = tokio::time::timeout(self.config.start_timeout, there).await;
        }
    }

    /// Waits until the tools of all servers are known, if that is soon after the start.
    pub(crate) async fn started(&self) {
        self.settled_within(STARTED_WITHIN.saturating_sub(self.started.elapsed())).await;
    }

    /// Ends all runs, so that who waits for one is answered.
    pub(crate) async fn end_runs(&self) {
        if tokio::time::timeout(RUNS_END_WITHIN, self.host.shutdown()).await.is_err() {
            tracing::warn!("some runs did not end in time");
        }
    }

    /// Ends runs, workers and servers with their whole process trees.
    pub(crate) async fn shutdown(&self) {
        tokio::join!(self.host.shutdown(), self.upstream.shutdown());
        self.background.iter().for_each(tokio::task::JoinHandle::abort);
    }

    async fn caught_up(&self) {
        self.learned.loaded().await;
        let sources = Sources { catalog: self.upstream.catalog(), learned: self.learned.changes() };
        let mut built = self.built_from.clone();
        // An error means that nobody builds surfaces any more; then there is nothing to wait for.
        let _ = built.wait_for(|built| built.are(&sources.now())).await;
    }
}

/// The servers that are still starting.
pub(crate) fn starting(catalog: &Catalog) -> impl Iterator<Item = &ServerName> {
    let starting = catalog.servers().iter().filter(|server| server.state == ServerState::Starting);
    starting.map(|server| &server.name)
}

/// Those of them whose tools are not known from the last time either.
pub(crate) fn unknown(catalog: &Catalog) -> Vec<&ServerName> {
    catalog.servers().iter().filter(|server| server.is_unknown()).map(|server| &server.name).collect()
}

/// What a surface is made of, as it changes.
struct Sources {
    catalog: watch::Receiver<Arc<Catalog>>,
    learned: watch::Receiver<Arc<Observations>>,
}

/// The same at one moment.
struct Parts {
    catalog: Arc<Catalog>,
    learned: Arc<Observations>,
}

impl Sources {
    fn now(&self) -> Parts {
        Parts { catalog: self.catalog.borrow().clone(), learned: self.learned.borrow().clone() }
    }

    /// Waits for a change. An error means that there will be none.
    async fn changed(&mut self) -> Result<(), watch::error::RecvError> {
        tokio::select! {
            changed = self.catalog.changed() => changed,
            changed = self.learned.changed() => changed,
        }
    }
}

impl Parts {
    /// Whether these are the very same parts.
    fn are(&self, others: &Self) -> bool {
        Arc::ptr_eq(&self.catalog, &others.catalog) && Arc::ptr_eq(&self.learned, &others.learned)
    }
}

/// Makes a surface of every new catalog, and of what was learned of its tools. A surface of ten thousand tools takes a second of computing, so it is
/// made on a thread for that, and of several catalogs that came meanwhile only the newest is taken.
async fn follow(
    mut sources: Sources,
    offer: Arc<Offer>,
    surface: watch::Sender<Arc<Surface>>,
    built_from: watch::Sender<Parts>,
) {
    // Names that look like others, as they were told the last time.
    let mut told: Vec<String> = Vec::new();
    loop {
        sources.catalog.mark_unchanged();
        sources.learned.mark_unchanged();
        let newest = sources.now();
        if !newest.are(&built_from.borrow()) || offer.pins.are_stale() {
            let (offer, catalog) = (offer.clone(), newest.catalog.clone());
            let make = move || {
                let surface = Surface::new(offer.of(&catalog));
                let odd = lookalikes(&surface);
                (surface, odd)
            };
            match tokio::task::spawn_blocking(make).await {
                Ok((new, odd)) => {
                    odd.iter().filter(|one| !told.contains(*one)).for_each(|one| tracing::warn!("{one}"));
                    told = odd;
                    surface.send_replace(Arc::new(new))
                }
                Err(error) => {
                    tracing::error!(%error, "cannot make the surface of a new catalog; the last one stays");
                    surface.borrow().clone()
                }
            };
            built_from.send_replace(newest);
        }
        // An elapsed time means that a person may have accepted something meanwhile.
        let changed = tokio::time::timeout(LOOKS_AT_PINS, sources.changed()).await;
        if matches!(changed, Ok(Err(_))) {
            return;
        }
    }
}

/// What makes of upstream's catalogs those that scripts are offered.
struct Offer {
    /// Servers whose entries cannot be used, which are shown with the reason; and those of a recording, whose definitions
    /// a person chose with its file and nobody changes later.
    unpinned: Vec<Arc<Server>>,
    pins: Arc<Pins>,
    rules: Arc<Rules>,
    learned: LearnedTypes,
}

impl Offer {
    fn of(&self, catalog: &Arc<Catalog>) -> Arc<Catalog> {
        let trusted = catalog.servers().iter().map(|server| self.pins.trusted(server));
        let all = Catalog::new(trusted.chain(self.unpinned.iter().cloned()));
        Arc::new(self.learned.described(&self.rules.offered(&Arc::new(all))))
    }
}

/// A server whose entry cannot be used, as the catalog shows it.
fn broken(server: &ConfiguredServer) -> Option<Arc<Server>> {
    let reason = server.transport.as_ref().err()?.clone();
    tracing::warn!(server = %server.name, reason, "a server cannot be used");
    Some(Arc::new(Server { state: ServerState::Failed { reason }, ..Server::starting(server.name.clone()) }))
}

fn upstream_settings(config: &Config) -> upstream::Settings {
    upstream::Settings {
        start_timeout: config.start_timeout,
        starts: config.starts.clone(),
        personal: personal(config),
        state_dir: Some(config.data_dir.join("upstream")),
        reaper: cfg!(target_os = "linux")
            .then(|| upstream::Reaper { program: SELF.into(), args: vec!["reap".to_owned()] }),
        ..upstream::Settings::default()
    }
}

/// What finds the personal data of each server, where it is hidden.
fn personal(config: &Config) -> HashMap<ServerName, Arc<Finder>> {
    let names = config.servers.iter().map(|server| &server.name);
    names.filter_map(|name| Some((name.clone(), config.privacy.finder_of(name)?))).collect()
}

/// Linux knows this very file under a name of its own, also after an upgrade has put another in its place.
const SELF: &str = "/proc/self/exe";

/// What makes this program the worker that runs scripts.
fn runner_arguments(config: &Config) -> Vec<OsString> {
    match &config.sandbox.engine {
        Engine::QuickJs => vec!["worker".into(), "run".into()],
        Engine::Deno(program) => {
            let heap_mb = config.limits.memory_bytes / (1024 * 1024);
            vec!["worker".into(), "deno".into(), program.into(), heap_mb.to_string().into()]
        }
    }
}

fn host_settings(config: &Config, own_tool_tokens: u64) -> Result<host::Settings, Failed> {
    let program = if cfg!(target_os = "linux") {
        PathBuf::from(SELF)
    } else {
        std::env::current_exe().map_err(|error| Failed::internal("cannot find this program", error))?
    };
    let worker = WorkerCommand {
        program,
        parse: vec!["worker".into(), "parse".into()],
        run: runner_arguments(config),
    };
    let history = history(config);
    Ok(host::Settings {
        launcher: config.sandbox.launcher.clone(),
        required_walls: config.sandbox.required.clone(),
        runners: config.runners,
        limits: config.limits.clone(),
        queue: config.queue.clone(),
        own_tool_tokens,
        refused_patterns: config.refuse.clone(),
        rules: config.rules.clone(),
        after_work: sandbox::give_back_after,
        // The start timeout is upstream's to keep; this only bounds a fault of its own.
        servers_within: config.start_timeout + Duration::from_secs(1),
        learned: LearnedTypes::new(history.clone()),
        history,
        server_fingerprints: server_fingerprints(config),
        privacy: config.privacy.clone(),
        approvals_within: config.approvals_within,
        takes_up: config.takes_up,
        ..host::Settings::new(worker, config.data_dir.clone())
    })
}

/// By what a run that goes on after a restart sees that a server is another program or address than it was.
fn server_fingerprints(config: &Config) -> HashMap<ServerName, u64> {
    let fingerprints = config.servers.iter().map(|server| tools::fingerprint(&server.origin()));
    config.servers.iter().map(|server| server.name.clone()).zip(fingerprints).collect()
}

/// Where the runs are kept, if they are.
pub(crate) fn history(config: &Config) -> Option<History> {
    config.store.keeps_runs().then(|| History::new(config.store.place.clone(), &home(config)))
}

/// Who goes on with whose runs: gateways with the same data folder, where the files of scripts are, and the same servers. A
/// command's run is its person's to go on with.
fn home(config: &Config) -> String {
    let place = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned()).display().to_string();
    let servers = config.played.as_ref().map(|played| &played.file).or(config.file.as_ref());
    let servers = servers.map(|file| place(file)).unwrap_or_default();
    let kind = if config.takes_up { "serve" } else { "command" };
    format!("{kind}\n{}\n{servers}", place(&config.data_dir))
}

/// Forgets old runs every now and then, as long as the gateway runs.
async fn keep_pruned(history: History, limits: HistoryLimits) {
    tokio::time::sleep(PRUNES_AFTER).await;
    loop {
        match history.prune(limits).await {
            Ok(pruned) => tracing::debug!(runs = pruned.runs, "old runs are forgotten"),
            Err(error) => tracing::warn!(%error, "old runs cannot be forgotten"),
        }
        tokio::time::sleep(PRUNES_EVERY).await;
    }
}

/// Makes the folders for what is kept, readable by their owner alone: workspaces hold what scripts wrote of other people's
/// data. The data folder itself may be a link of its person's; what is in it may lead nowhere else.
fn private_folders(data_dir: &Path) -> Result<(), Failed> {
    let made = || {
        let data_dir = Folder::named(data_dir)?;
        let inner = ["upstream", "workspaces", "skills"].map(|name| data_dir.path().join(name));
        inner.iter().try_for_each(|folder| Folder::make(folder).map(drop))
    };
    made().map_err(|error: io::Error| {
        Failed::internal(&format!("cannot make the data folder `{}`", data_dir.display()), error).hint(
            "set `narrows.data_dir` in the configuration, or XDG_DATA_HOME, to a folder that can be written",
        )
    })
}
