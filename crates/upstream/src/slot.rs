//! One server as everything else sees it: whether it can be called, and what is known of it by now.

use std::sync::{Arc, atomic::AtomicBool};

use parking_lot::{Mutex, MutexGuard};
use tokio::sync::{Notify, watch};
use tools::{Server, ServerName};

use crate::{
    connection::Connection,
    entry::{ServerEntry, Settings},
    health::ServerHealth,
    memory::Memory,
    secrets::Secrets,
    stdio::Log,
    subscriptions::Subscriptions,
};

/// One server, whatever its state.
pub(crate) struct Slot {
    pub(crate) entry: ServerEntry,
    pub(crate) status: watch::Sender<Status>,
    /// A call wants the server now.
    pub(crate) wanted: Notify,
    pub(crate) memory: Memory,
    pub(crate) secrets: Arc<Secrets>,
    /// The resources that clients want to hear of.
    pub(crate) subscriptions: Subscriptions,
    facts: Mutex<Facts>,
    /// It has become ready, stale or failed once.
    pub(crate) settled: AtomicBool,
}

/// Whether calls can be made.
#[derive(Clone)]
pub(crate) enum Status {
    /// A try is under way.
    Connecting,
    /// They can.
    Up(Arc<Connection>),
    /// They cannot.
    Down(Down),
}

/// Why calls cannot be made.
#[derive(Clone)]
pub(crate) struct Down {
    pub(crate) reason: String,
    /// A call may ask for the next try.
    pub(crate) eager: bool,
    /// The person has to sign in; no try before that makes sense.
    pub(crate) needs_login: bool,
}

/// What is known of a server by now.
pub(crate) struct Facts {
    /// As the catalog shows it.
    pub(crate) server: Arc<Server>,
    /// From the last start to the list of tools.
    pub(crate) connect_ms: Option<u64>,
    /// The log of the newest process.
    pub(crate) log: Option<Arc<Log>>,
    /// How often it was started.
    pub(crate) starts: u32,
}

impl Slot {
    pub(crate) fn new(entry: ServerEntry, settings: &Settings) -> Arc<Self> {
        let server = Arc::new(Server::starting(entry.name.clone()));
        Arc::new(Self {
            memory: Memory::new(settings.state_dir.as_deref(), &entry.name, &entry.transport),
            secrets: Arc::new(Secrets::of_entry(&entry, settings.personal.get(&entry.name).cloned())),
            status: watch::Sender::new(Status::Connecting),
            wanted: Notify::new(),
            subscriptions: Subscriptions::default(),
            facts: Mutex::new(Facts { server, connect_ms: None, log: None, starts: 0 }),
            settled: AtomicBool::new(false),
            entry,
        })
    }

    /// The server as the catalog shows it.
    pub(crate) fn server(&self) -> Arc<Server> {
        Arc::clone(&self.facts().server)
    }

    pub(crate) fn name(&self) -> &ServerName {
        &self.entry.name
    }

    /// What must not be seen of what the server says.
    pub(crate) fn secrets(&self) -> Arc<Secrets> {
        Arc::clone(&self.secrets)
    }

    /// Notes where the log of the newest process is.
    pub(crate) fn set_log(&self, log: Arc<Log>) {
        self.facts().log = Some(log);
    }

    pub(crate) fn health(&self) -> ServerHealth {
        let status = self.status.borrow().clone();
        let hello = match &status {
            Status::Up(connection) => Some(&connection.hello),
            Status::Connecting | Status::Down(_) => None,
        };
        let facts = self.facts();
        ServerHealth {
            name: self.name().clone(),
            state: facts.server.state.clone(),
            protocol: hello.map(|hello| hello.protocol.clone()),
            era: hello.map(|hello| hello.era),
            connect_ms: facts.connect_ms,
            tools: facts.server.tools.len(),
            dropped: facts.server.dropped.clone(),
            stderr_tail: facts.log.as_ref().map(|log| log.lines()).unwrap_or_default(),
            restarts: facts.starts.saturating_sub(1),
        }
    }

    pub(crate) fn facts(&self) -> MutexGuard<'_, Facts> {
        self.facts.lock()
    }
}
