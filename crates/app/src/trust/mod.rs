//! Trust in definitions: what a tool says of itself is pinned by hash when it is first seen, and a tool that says
//! something else later is held back until a person has accepted it.
//!
//! A description is read by a model as if it were instructions, so a server that changes it gives instructions. The first
//! definitions are taken as they are, because the person has just configured the server; so are those of tools that
//! a known server adds later, unless trust is strict, and they are told. A server is known by its name together with
//! what is started or connected to under it. A pin file that cannot be read holds all of
//! its server's tools back, and is never written over.

mod definition;
mod file;
mod shown;

use std::{
    collections::{BTreeMap, HashMap},
    fs, io,
    os::unix::fs::MetadataExt,
    path::PathBuf,
    sync::Arc,
    time::SystemTime,
};

use files::Folder;
use parking_lot::Mutex;
use serde_json::Value;
use tools::{Held, Server, ServerName, ServerState, Tool, WithheldTool};

use crate::typed::{command, quoted};

pub(crate) use definition::Change;
use file::{Pin, Pinned};
use shown::Shown;

/// Whose definitions are taken as they are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Trust {
    /// Everybody's, always: nothing is pinned.
    Always,
    /// Those seen first, of a server and of each of its tools.
    #[default]
    Pin,
    /// Those of a server seen first; a tool it adds later is held back.
    Strict,
}

/// The definitions that were accepted.
#[derive(Debug)]
pub(crate) struct Pins {
    trust: Trust,
    folder: PathBuf,
    /// What is behind each name. Other configurations may mean another program by the same one.
    origins: HashMap<ServerName, String>,
    known: Mutex<HashMap<ServerName, Known>>,
    /// Tools that known servers have added since this process began.
    added: Mutex<BTreeMap<ServerName, Vec<String>>>,
}

/// Tells one file of pins from the one that replaced it, also when both are of one moment.
type Stamp = (u64, SystemTime);

/// What was made of a server, and of which pins.
#[derive(Debug)]
struct Known {
    listed: Arc<Server>,
    stamp: Option<Stamp>,
    held: Arc<Server>,
}

/// A tool that waits for a person, or one that a person has not looked at.
#[derive(Debug)]
pub(crate) struct Waiting {
    pub(crate) server: ServerName,
    pub(crate) tool: String,
    /// Why it is held back; `None` for a new tool that is offered.
    pub(crate) reason: Option<String>,
    /// What is different from what was accepted; the whole definition when nothing was.
    pub(crate) changes: Vec<Change>,
    definition: Value,
    hash: String,
}

/// How much of what waits of a server is accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Which {
    /// All of it.
    All,
    /// Some tools.
    Some,
}

/// Why something cannot be accepted.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AcceptError {
    /// The file is in the way.
    #[error("the pins of `{server}` cannot be written: {source}")]
    Write {
        /// Whose.
        server: ServerName,
        /// Why.
        source: io::Error,
    },
    /// What is shown cannot be noted.
    #[error("cannot record in {folder} what was shown: {source}")]
    Note {
        /// Where.
        folder: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Nothing is known of the other tools.
    #[error("the pins of `{0}` cannot be read, so its tools can only be accepted all together")]
    OnlyAll(ServerName),
}

const CHANGED: &str = "its definition changed since it was accepted";
const NEW: &str = "its server added it later";

impl Pins {
    /// The pins in a folder, which is made when there is something to pin. `origins` says what is started or connected to
    /// under each name.
    pub(crate) fn new(trust: Trust, folder: PathBuf, origins: HashMap<ServerName, String>) -> Self {
        Self { trust, folder, origins, known: Mutex::default(), added: Mutex::default() }
    }

    /// A server with only those of its tools that are trusted; the others are withheld. Pins what is seen first.
    pub(crate) fn trusted(&self, listed: &Arc<Server>) -> Arc<Server> {
        // A server that is ready is known from then on, also with no tool.
        let is_nobody = listed.tools.is_empty() && listed.state != ServerState::Ready;
        if self.trust == Trust::Always || is_nobody {
            return listed.clone();
        }
        let stamp = self.stamp(&listed.name);
        if let Some(known) = self.known.lock().get(&listed.name)
            && Arc::ptr_eq(&known.listed, listed)
            && known.stamp == stamp
        {
            return known.held.clone();
        }
        let held = self.judged(listed);
        for withheld in &held.withheld {
            tracing::warn!(server = %held.name, tool = &*withheld.tool.name, "a tool is held back: see {}", command("trust"));
        }
        // The stamp of before: what another process writes meanwhile is seen the next time.
        let known = Known { listed: listed.clone(), stamp, held: held.clone() };
        self.known.lock().insert(listed.name.clone(), known);
        held
    }

    /// Whether the pins of a server some of whose tools are held back are not those it was judged by.
    pub(crate) fn are_stale(&self) -> bool {
        let known = self.known.lock();
        known
            .iter()
            .any(|(server, known)| !known.held.withheld.is_empty() && known.stamp != self.stamp(server))
    }

    /// The tools that known servers have added since this process began.
    pub(crate) fn added(&self) -> BTreeMap<ServerName, Vec<String>> {
        self.added.lock().clone()
    }

    /// What waits for a person: tools held back, and new ones nobody has looked at.
    pub(crate) fn waiting(&self, server: &Server) -> Vec<Waiting> {
        let pinned = self.read(&server.name).ok().flatten();
        let pin = |tool: &str| pinned.as_ref()?.tools.get(tool);
        let waiting = |tool: &Tool, reason: Option<&String>| {
            let definition = definition::definition(tool);
            let before = pin(&tool.name).filter(|pin| !pin.new).map_or(&Value::Null, |pin| &pin.definition);
            Waiting {
                server: server.name.clone(),
                tool: tool.name.to_string(),
                reason: reason.cloned(),
                changes: definition::changes(before, &definition),
                hash: definition::hash(&definition),
                definition,
            }
        };
        let held = server.withheld.iter().filter_map(|withheld| {
            let Held::NotAccepted { reason, .. } = &withheld.held else { return None };
            Some(waiting(&withheld.tool, Some(reason)))
        });
        let is_new = |tool: &&Arc<Tool>| pin(&tool.name).is_some_and(|pin| pin.new);
        let new = server.tools.iter().filter(is_new).map(|tool| waiting(tool, None));
        held.chain(new).collect()
    }

    /// Whether a person was shown all of these as they are now.
    pub(crate) fn were_shown(&self, waiting: &[Waiting]) -> bool {
        let shown = Shown::read(&self.folder);
        waiting.iter().all(|it| shown.holds(it))
    }

    /// Notes that a person is shown these.
    pub(crate) fn note_shown(&self, waiting: &[Waiting]) -> Result<(), AcceptError> {
        let failed = |source| AcceptError::Note { folder: self.folder.clone(), source };
        if self.were_shown(waiting) {
            return Ok(());
        }
        let folder = Folder::make(&self.folder).map_err(failed)?;
        let locked = folder.lock().map_err(failed)?;
        let mut shown = Shown::read(&self.folder);
        waiting.iter().for_each(|it| shown.add(it));
        shown.write(&locked).map_err(failed)
    }

    /// Accepts these definitions of a server's tools: some, or all that wait. Says where a file is that could not be
    /// read and had to make room.
    pub(crate) fn accept(
        &self,
        server: &ServerName,
        waiting: &[&Waiting],
        which: Which,
    ) -> Result<Option<PathBuf>, AcceptError> {
        let failed = |source| AcceptError::Write { server: server.clone(), source };
        let folder = Folder::make(&self.folder).map_err(failed)?;
        let locked = folder.lock().map_err(failed)?;
        let (mut pinned, aside) = match self.read(server) {
            Ok(pinned) => (pinned.unwrap_or_else(|| Pinned::new(server)), None),
            Err(_) if which == Which::Some => return Err(AcceptError::OnlyAll(server.clone())),
            Err(_) => {
                (Pinned::new(server), Some(file::set_aside(&locked, &self.file(server)).map_err(failed)?))
            }
        };
        for it in waiting {
            pinned.tools.insert(it.tool.clone(), Pin::of(it.definition.clone()));
        }
        pinned.write(&locked, &self.file(server)).map_err(failed)?;
        Ok(aside.map(|name| self.folder.join(name)))
    }

    /// The file of a server's pins.
    fn file(&self, server: &ServerName) -> String {
        file::name(server, self.origin(server))
    }

    fn origin(&self, server: &ServerName) -> &str {
        self.origins.get(server).map_or("", String::as_str)
    }

    fn read(&self, server: &ServerName) -> Result<Option<Pinned>, String> {
        Pinned::read(&self.folder, &self.file(server), server)
    }

    /// Pins were kept by the server's name alone once, and by the name as it is shown. These become those of the first
    /// server of the name that has one of their tools, so that nothing has to be accepted again; no other server is judged
    /// by them.
    fn take_over(&self, listed: &Server) -> io::Result<()> {
        let now = self.file(&listed.name);
        let is_there = |name: &str| self.folder.join(name).symlink_metadata().is_ok();
        let earlier = file::earlier_names(&listed.name, self.origin(&listed.name));
        let Some(before) = earlier.into_iter().find(|name| !is_there(&now) && is_there(name)) else {
            return Ok(());
        };
        let folder = Folder::make(&self.folder)?;
        let locked = folder.lock()?;
        let pinned = Pinned::read(&self.folder, &before, &listed.name);
        let is_anothers = |pinned: &Pinned| {
            self.trust != Trust::Strict
                && !listed.tools.is_empty()
                && listed.tools.iter().all(|tool| !pinned.tools.contains_key(&*tool.name))
        };
        // Another Narrows may have been first until the lock was ours. What cannot be read is nobody's to pass over.
        if is_there(&now) || !is_there(&before) || pinned.is_ok_and(|it| it.as_ref().is_some_and(is_anothers))
        {
            return Ok(());
        }
        locked.rename(&before, &now)
    }

    fn judged(&self, listed: &Arc<Server>) -> Arc<Server> {
        let taken = self.take_over(listed).map_err(|error| error.to_string());
        let pinned = taken.and_then(|()| self.read(&listed.name));
        let complete =
            |pinned: &Pinned| listed.tools.iter().all(|tool| pinned.tools.contains_key(&*tool.name));
        let pinned = match pinned {
            Ok(Some(pinned)) if self.trust == Trust::Strict || complete(&pinned) => Ok(pinned),
            Ok(_) => self.learn(listed),
            Err(why) => {
                let path = self.folder.join(self.file(&listed.name));
                Err(format!("its server's pins in {} cannot be read: {why}", path.display()))
            }
        };
        match pinned {
            Ok(pinned) => hold(listed, |tool| match pinned.tools.get(&*tool.name) {
                Some(pin) if pin.hash == definition::hash(&definition::definition(tool)) => None,
                Some(_) => Some(CHANGED.to_owned()),
                None => Some(NEW.to_owned()),
            }),
            Err(why) => hold(listed, |_| Some(why.clone())),
        }
    }

    /// Pins the tools that are seen for the first time.
    fn learn(&self, listed: &Server) -> Result<Pinned, String> {
        let cannot = |why: &dyn std::fmt::Display| format!("its definition cannot be pinned: {why}");
        let folder = Folder::make(&self.folder).map_err(|error| cannot(&error))?;
        let locked = folder.lock().map_err(|error| cannot(&error))?;
        // Read again: another Narrows may have learned, or a person accepted, until the lock was ours.
        let before = self.read(&listed.name).map_err(|why| cannot(&why))?;
        let is_known = before.is_some();
        let mut pinned = before.unwrap_or_else(|| Pinned::new(&listed.name));
        let mut added = Vec::new();
        for tool in &listed.tools {
            if !pinned.tools.contains_key(&*tool.name) {
                pinned.tools.insert(
                    tool.name.to_string(),
                    Pin { new: is_known, ..Pin::of(definition::definition(tool)) },
                );
                added.push(tool.name.to_string());
            }
        }
        if added.is_empty() && is_known {
            return Ok(pinned);
        }
        pinned.write(&locked, &self.file(&listed.name)).map_err(|error| cannot(&error))?;
        if is_known {
            tracing::warn!(server = %listed.name, tools = added.join(", "), "a server has new tools");
            self.added.lock().entry(listed.name.clone()).or_default().extend(added);
        }
        Ok(pinned)
    }

    fn stamp(&self, server: &ServerName) -> Option<Stamp> {
        let file = fs::metadata(self.folder.join(self.file(server))).ok()?;
        Some((file.ino(), file.modified().ok()?))
    }
}

impl Pin {
    fn of(definition: Value) -> Self {
        Self { hash: definition::hash(&definition), new: false, accepted_at_ms: file::now_ms(), definition }
    }
}

/// The server with the tools withheld for which there is a reason.
fn hold(listed: &Arc<Server>, reason: impl Fn(&Tool) -> Option<String>) -> Arc<Server> {
    let judged = listed.tools.iter().map(|tool| (tool.clone(), reason(tool)));
    let (held, trusted): (Vec<_>, Vec<_>) = judged.partition(|(_, reason)| reason.is_some());
    if held.is_empty() {
        return listed.clone();
    }
    let mut server = Server::clone(listed);
    server.tools = trusted.into_iter().map(|(tool, _)| tool).collect();
    server.withheld.extend(held.into_iter().map(|(tool, reason)| {
        let remedy = format!(
            "look at it with {}, and accept it with {}",
            command("trust"),
            command(&format!("trust {} {}", quoted(listed.name.as_str()), quoted(&tool.name)))
        );
        WithheldTool { tool, held: Held::NotAccepted { reason: reason.unwrap_or_default(), remedy } }
    }));
    Arc::new(server)
}

#[cfg(test)]
mod tests;
