//! What `narrows init` would do: found first, shown, and done only when its person has agreed.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::{
    backups::{Change, Held},
    document::Document,
    entry::{by_hand, is_narrows, starting, taken},
    found::{Content, Found, readable},
    gathered::{Gathered, Named},
    table::{CLIENTS, Client, JSON_FILE, Scope, TOML_FILE},
};
use crate::config::{SERVER_LISTS, Surroundings};

/// The name of our entry in every client.
pub(super) const NARROWS: &str = "narrows";

/// How a client starts Narrows.
#[derive(Debug, Clone)]
pub(crate) struct Start {
    pub(crate) command: String,
    pub(crate) args: Vec<String>,
}

/// Which clients are pointed at Narrows.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Choice<'a> {
    /// All of the person's own that are there; files of a project are its people's to change.
    Own,
    /// Those of these names.
    Named(&'a [String]),
}

/// All that is to be done.
pub(crate) struct Plan {
    pub(crate) own: Gathered,
    /// What becomes of every client that is here.
    pub(crate) clients: Vec<ClientPlan>,
    /// The files to write: the configuration first, so that no client is pointed at one that lacks its servers.
    pub(crate) changes: Vec<Change>,
}

/// What becomes of a client's file.
#[derive(Debug, PartialEq)]
pub(crate) struct ClientPlan {
    pub(crate) client: &'static Client,
    pub(crate) path: PathBuf,
    pub(crate) end: End,
    pub(crate) servers: Vec<(String, Fate)>,
    /// What its person adds to its file, where that is not edited.
    pub(crate) by_hand: Option<String>,
}

/// Whether a client is pointed at Narrows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum End {
    Connected,
    /// It was not chosen.
    Left,
    /// Its file is not touched, and why.
    Unusable(String),
}

/// What becomes of a server of a client.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Fate {
    /// It stands in the configuration of Narrows.
    Moved { named: Named, asked: Vec<String>, without: Vec<String> },
    /// It stays with its client, and why.
    Stays(String),
    /// It is Narrows.
    Narrows,
}

impl PartialEq for Client {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Choice<'_> {
    fn takes(self, found: &Found) -> bool {
        match self {
            Choice::Named(names) => names.iter().any(|name| name == found.client.name),
            Choice::Own => match (&found.content, found.client.scope) {
                (Content::Read { .. }, Scope::User) => true,
                (Content::Read { servers, .. }, Scope::Local) => !servers.is_empty(),
                _ => false,
            },
        }
    }
}

impl Plan {
    /// Looks for all clients and plans what becomes of them.
    pub(crate) fn make(
        own: &Path,
        start: &Start,
        choice: Choice<'_>,
        around: &Surroundings,
    ) -> Result<Self, String> {
        let mut plan = Self { own: Gathered::read(own)?, clients: Vec::new(), changes: Vec::new() };
        let mut edits = Edits::default();
        for found in CLIENTS.iter().filter_map(|client| client.look(around)) {
            let is_chosen = choice.takes(&found);
            if is_chosen || !matches!(found.content, Content::Absent) {
                let end = if is_chosen { End::Connected } else { End::Left };
                plan.add(found, end, &mut edits, start, &around.cwd)?;
            }
        }
        let own = Change::new(own, plan.own.before(), plan.own.text(), Vec::new());
        plan.changes = own.into_iter().chain(edits.changes()).collect();
        Ok(plan)
    }

    /// Plans to put Narrows beside the servers of one client, which stay, or to take it out and put back what was taken.
    pub(crate) fn link(
        own: &Path,
        link: Link<'_>,
        held: &Held<'_>,
        client: &str,
        around: &Surroundings,
    ) -> Result<Self, String> {
        let found = CLIENTS.iter().find(|it| it.name == client).and_then(|client| client.look(around));
        let Found { client, path, content } =
            found.ok_or_else(|| format!("`{client}` has no place on this machine"))?;
        let (before, servers) = match content.editable(client) {
            Content::Absent => (None, Vec::new()),
            Content::Unusable(why) => {
                let by_hand = match link {
                    Link::Made(start) => by_hand(client, &start.command, &start.args),
                    Link::Cut => None,
                };
                let by_hand = by_hand.map(|text| format!("; add this to it:\n{text}")).unwrap_or_default();
                return Err(format!("`{}`: {why}{by_hand}", path.display()));
            }
            Content::Read { text, servers } => (Some(text), servers),
        };
        let (now, key) = (before.as_deref().unwrap_or_default(), client.key(&around.cwd));
        let after = match link {
            Link::Made(start) => {
                let is_another = |(name, value): &(String, Value)| name == NARROWS && !is_narrows(value);
                if servers.iter().any(is_another) {
                    return Err(format!("`{}` has another server named `{NARROWS}`", path.display()));
                }
                let mut document = Document::parse(client.format, now)?;
                put_narrows(&mut document, client, &key, start)?;
                document.text()
            }
            Link::Cut => held.apart(client, &path, &around.cwd, now)?,
        };
        let changes = Change::new(&path, before.as_deref(), after, vec![client.name]).into_iter().collect();
        let clients =
            vec![ClientPlan { client, path, end: End::Connected, servers: Vec::new(), by_hand: None }];
        Ok(Self { own: Gathered::read(own)?, clients, changes })
    }

    /// Plans to take the servers of one file in, which is not changed itself.
    pub(crate) fn import(own: &Path, file: &Path, around: &Surroundings) -> Result<Self, String> {
        let is_toml = file.extension().is_some_and(|ending| ending == "toml");
        let client = if is_toml { &TOML_FILE } else { &JSON_FILE };
        let said = |why| format!("`{}`: {why}", file.display());
        let document = Document::parse(client.format, &readable(file).map_err(said)?).map_err(said)?;
        let owned = |key: &&[&str]| key.iter().map(|&word| word.to_owned()).collect::<Vec<_>>();
        let key = SERVER_LISTS.iter().map(owned).find(|key| document.has(key));
        let key = key.ok_or_else(|| said("the file names no servers".to_owned()))?;
        let servers = document.servers(&key).map_err(said)?;
        let mut plan = Self { own: Gathered::read(own)?, clients: Vec::new(), changes: Vec::new() };
        let servers = plan.fates(client, &servers, true, &around.cwd)?;
        plan.clients.push(ClientPlan {
            client,
            path: file.to_owned(),
            end: End::Connected,
            servers,
            by_hand: None,
        });
        plan.changes.extend(Change::new(own, plan.own.before(), plan.own.text(), Vec::new()));
        Ok(plan)
    }

    /// The names of the servers that are new in the configuration.
    pub(crate) fn new_names(&self) -> impl Iterator<Item = &str> {
        let fates = self.clients.iter().flat_map(|planned| &planned.servers);
        fates.filter_map(|(_, fate)| match fate {
            Fate::Moved { named, .. } if named.is_new => Some(named.name.as_str()),
            _ => None,
        })
    }

    fn add(
        &mut self,
        found: Found,
        end: End,
        edits: &mut Edits,
        start: &Start,
        cwd: &Path,
    ) -> Result<(), String> {
        let Found { client, path, content } = found;
        let is_chosen = end == End::Connected;
        let mut planned = ClientPlan { client, path, end, servers: Vec::new(), by_hand: None };
        match content.editable(client) {
            Content::Unusable(why) => {
                planned.by_hand = by_hand(client, &start.command, &start.args);
                planned.end = End::Unusable(why);
            }
            Content::Absent => edits.edit(&planned, None, start, cwd)?,
            Content::Read { servers, .. } if is_chosen && has_another_narrows(client, &servers, cwd) => {
                planned.end = End::Unusable(format!("has another server named `{NARROWS}`"));
            }
            Content::Read { text, servers } => {
                planned.servers = self.fates(client, &servers, is_chosen, cwd)?;
                if is_chosen {
                    edits.edit(&planned, Some(text), start, cwd)?;
                }
            }
        }
        self.clients.push(planned);
        Ok(())
    }

    fn fates(
        &mut self,
        client: &Client,
        servers: &[(String, Value)],
        moves: bool,
        cwd: &Path,
    ) -> Result<Vec<(String, Fate)>, String> {
        let mut fates = Vec::new();
        for (name, value) in servers {
            let fate = match taken(client, value, cwd) {
                _ if is_narrows(value) => Fate::Narrows,
                _ if name.trim().is_empty() => Fate::Stays("it has no name".to_owned()),
                Err(why) => Fate::Stays(why),
                Ok(_) if !moves => Fate::Stays("its client was not chosen".to_owned()),
                Ok(taken) => Fate::Moved {
                    named: self.own.take(name, client.name, &taken.entry)?,
                    asked: taken.asked,
                    without: taken.without,
                },
            };
            fates.push((name.clone(), fate));
        }
        Ok(fates)
    }
}

/// Whether a server that has to stay has our name.
fn has_another_narrows(client: &Client, servers: &[(String, Value)], cwd: &Path) -> bool {
    let stays = |value| !is_narrows(value) && taken(client, value, cwd).is_err();
    servers.iter().any(|(name, value)| name == NARROWS && stays(value))
}

/// How a client and Narrows are linked.
#[derive(Clone, Copy)]
pub(crate) enum Link<'a> {
    /// It starts Narrows so.
    Made(&'a Start),
    /// It does not start Narrows, and has the servers again that the backups have of it.
    Cut,
}

/// Puts our entry in, where it is not there as it is to be.
fn put_narrows(
    document: &mut Document,
    client: &Client,
    key: &[String],
    start: &Start,
) -> Result<(), String> {
    let entry = starting(client.entry, &start.command, &start.args);
    let there = document.servers(key)?.into_iter().find(|(name, _)| name == NARROWS);
    if there.is_none_or(|(_, there)| there != entry) {
        document.set(key, NARROWS, &entry)?;
    }
    Ok(())
}

/// The files as they are edited. Two rows of the table may be about one file.
#[derive(Default)]
struct Edits(Vec<Edit>);

struct Edit {
    path: PathBuf,
    before: Option<String>,
    document: Document,
    clients: Vec<&'static str>,
}

impl Edits {
    /// Takes the servers out that have moved, and puts Narrows in.
    fn edit(
        &mut self,
        planned: &ClientPlan,
        text: Option<String>,
        start: &Start,
        cwd: &Path,
    ) -> Result<(), String> {
        let (client, key) = (planned.client, planned.client.key(cwd));
        let edit = self.of(planned, text)?;
        for (name, fate) in &planned.servers {
            let goes = match fate {
                Fate::Moved { .. } => true,
                Fate::Narrows => name != NARROWS,
                Fate::Stays(_) => false,
            };
            if goes {
                edit.document.remove(&key, name);
            }
        }
        put_narrows(&mut edit.document, client, &key, start)
    }

    fn of(&mut self, planned: &ClientPlan, text: Option<String>) -> Result<&mut Edit, String> {
        let at = match self.0.iter().position(|edit| edit.path == planned.path) {
            Some(at) => at,
            None => {
                let document = Document::parse(planned.client.format, text.as_deref().unwrap_or_default())?;
                self.0.push(Edit { path: planned.path.clone(), before: text, document, clients: Vec::new() });
                self.0.len() - 1
            }
        };
        self.0[at].clients.push(planned.client.name);
        Ok(&mut self.0[at])
    }

    fn changes(self) -> impl Iterator<Item = Change> {
        self.0.into_iter().filter_map(|edit| {
            Change::new(&edit.path, edit.before.as_deref(), edit.document.text(), edit.clients)
        })
    }
}
