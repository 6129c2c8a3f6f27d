//! Where everything stands: server folders, tool files, and the ways from a name to them.
//!
//! Owns paths and lookups. What is written in the files is the business of `files`. Built once per catalog,
//! from names alone, so ten thousand tools cost milliseconds.

use std::{
    collections::{BTreeSet, HashMap},
    ops::Range,
};

use tools::{Catalog, ServerName, ServerState, ToolId};

use crate::{Unknown, names};

mod guess;
mod lookup;
mod qualified;

pub(crate) use lookup::Lookup;

/// The root of the tree.
pub(crate) const ROOT: &str = "/servers";

/// Which tools of a catalog a tree is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    /// Those that scripts are offered.
    Offered,
    /// Those that are known and withheld: only to tell a name that means one of them from one that means nothing.
    Withheld,
}

/// The names and places of a catalog's tools. Indices are positions in catalog order.
#[derive(Debug)]
pub(crate) struct Tree {
    pub(crate) folders: Vec<Folder>,
    pub(crate) places: Vec<Place>,
    by_folder: HashMap<String, usize>,
    /// Folders by the name without case and punctuation, of the server and of the folder.
    folders_by_loose: HashMap<String, Vec<usize>>,
    by_path: HashMap<String, usize>,
    by_id: HashMap<ToolId, usize>,
    /// Tools by the name without case and punctuation, of the identifier and of the wire name.
    by_loose: HashMap<String, Vec<usize>>,
}

/// A server's folder.
#[derive(Debug)]
pub(crate) struct Folder {
    /// The folder's name below `/servers`.
    pub(crate) name: String,
    /// Its server.
    pub(crate) server: ServerName,
    /// Its tools in `Tree::places`.
    pub(crate) places: Range<usize>,
    /// Its server cannot be reached, and no tools of it are known from before.
    is_away: bool,
    /// What the server's person has to do before it is there.
    needs_login: Option<String>,
}

/// A tool's place.
#[derive(Debug)]
pub(crate) struct Place {
    pub(crate) id: ToolId,
    /// The exported name, which is the file's name too.
    pub(crate) identifier: String,
    /// `servers/<folder>/<identifier>`: no leading slash, no ending.
    pub(crate) path: String,
    /// Its server in `Tree::folders`.
    pub(crate) folder: usize,
}

/// What a path below `/servers` stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Node {
    Root,
    Readme,
    Folder(usize),
    Index(usize),
    Tool(usize),
}

impl Tree {
    pub(crate) fn new(catalog: &Catalog, part: Part) -> Self {
        let wires: Vec<&str> = catalog.servers().iter().map(|server| server.name.as_str()).collect();
        let names = names::unique(&wires, &["README.md"], names::folder);
        let mut tree = Self {
            folders: Vec::with_capacity(names.len()),
            places: Vec::with_capacity(catalog.tool_count()),
            by_folder: HashMap::with_capacity(names.len()),
            folders_by_loose: HashMap::with_capacity(names.len()),
            by_path: HashMap::with_capacity(catalog.tool_count()),
            by_id: HashMap::with_capacity(catalog.tool_count()),
            by_loose: HashMap::with_capacity(catalog.tool_count()),
        };
        for (server, name) in catalog.servers().iter().zip(names) {
            tree.add_folder(server, name, part);
        }
        tree
    }

    fn add_folder(&mut self, server: &tools::Server, name: String, part: Part) {
        let folder = self.folders.len();
        // Both parts are named together, so that no tool comes to bear the name of one that is withheld.
        let offered = server.tools.iter().map(|tool| (Part::Offered, &*tool.name));
        let withheld = server.withheld.iter().map(|withheld| (Part::Withheld, &*withheld.tool.name));
        let (parts, wires): (Vec<Part>, Vec<&str>) = offered.chain(withheld).unzip();
        let identifiers = names::unique(&wires, &[], names::identifier);
        let start = self.places.len();
        let named = parts.iter().zip(wires.iter().zip(identifiers)).filter(|(its, _)| **its == part);
        for (wire, identifier) in named.map(|(_, named)| named) {
            let path = format!("servers/{name}/{identifier}");
            let id = ToolId::new(server.name.clone(), *wire);
            self.add_place(Place { id, identifier, path, folder });
        }
        let is_away = wires.is_empty() && server.state != ServerState::Ready;
        let places = start..self.places.len();
        self.by_folder.insert(name.clone(), folder);
        for loose in BTreeSet::from([text::loose(&name), text::loose(server.name.as_str())]) {
            self.folders_by_loose.entry(loose).or_default().push(folder);
        }
        let (needs_login, server) = (server.needs_login.clone(), server.name.clone());
        self.folders.push(Folder { name, server, places, is_away, needs_login });
    }

    fn add_place(&mut self, place: Place) {
        let at = self.places.len();
        self.by_path.insert(place.path.clone(), at);
        self.by_id.insert(place.id.clone(), at);
        let (wire, identifier) = (text::loose(&place.id.tool), text::loose(&place.identifier));
        if wire != identifier {
            self.by_loose.entry(identifier).or_default().push(at);
        }
        self.by_loose.entry(wire).or_default().push(at);
        self.places.push(place);
    }

    /// The tool of a call: `servers/google-drive/getDocument`.
    pub(crate) fn at_path(&self, path: &str) -> Option<&Place> {
        self.by_path.get(path).map(|&at| &self.places[at])
    }

    /// The place of a tool.
    pub(crate) fn of_tool(&self, tool: &ToolId) -> Option<&Place> {
        self.by_id.get(tool).map(|&at| &self.places[at])
    }

    /// What an absolute, normalised path stands for.
    pub(crate) fn node(&self, path: &str) -> Option<Node> {
        let rest = path.strip_prefix(ROOT)?;
        let Some(rest) = rest.strip_prefix('/') else { return rest.is_empty().then_some(Node::Root) };
        if rest == "README.md" {
            return Some(Node::Readme);
        }
        match rest.split_once('/') {
            None => self.by_folder.get(rest).map(|&at| Node::Folder(at)),
            Some((folder, "index.ts")) => self.by_folder.get(folder).map(|&at| Node::Index(at)),
            Some(_) => self.by_path.get(path[1..].strip_suffix(".ts")?).map(|&at| Node::Tool(at)),
        }
    }

    /// The tools of a folder.
    pub(crate) fn places_in(&self, folder: usize) -> &[Place] {
        &self.places[self.folders[folder].places.clone()]
    }

    /// The module a specifier means: its absolute path with ending.
    pub(crate) fn resolve(&self, specifier: &str, from: &str) -> Result<String, Unknown> {
        let path = absolute(specifier, from);
        if path != ROOT && !path.starts_with("/servers/") {
            let what = format!("`{}` is not below `./servers`", shown(specifier));
            return Err(Unknown::new(what, Vec::new()));
        }
        let stem = path.strip_suffix(".js").unwrap_or(&path);
        // A server with the ending of a file is its folder.
        let folder = stem.strip_suffix(".ts").unwrap_or(stem);
        for candidate in [path.clone(), format!("{stem}.ts"), format!("{folder}/index.ts")] {
            if let Some(Node::Index(_) | Node::Tool(_)) = self.node(&candidate) {
                return Ok(candidate);
            }
        }
        Err(self.no_module(specifier, &path))
    }

    /// The absolute path of a folder's index module.
    pub(crate) fn index_path(&self, folder: usize) -> String {
        format!("{ROOT}/{}/index.ts", self.folders[folder].name)
    }
}

/// Why tools of a server that is away are not found. The reason is for the person, not for scripts.
fn away(folder: &Folder) -> Unknown {
    let needs_login = folder.needs_login.is_some();
    // This reason is what somebody has to do, who will read it in what became of the run.
    let reason = folder.needs_login.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
    let what = format!("the server `{}` is not available now{reason}", shown(&folder.name));
    Unknown { is_away: true, needs_login, ..Unknown::new(what, Vec::new()) }
}

/// A stranger's name in a message of ours: one line, bounded.
pub(crate) fn shown(name: &str) -> String {
    const SHOWN_CHARS_MAX: usize = 120;
    name.chars().filter(|&c| !tools::is_hidden(c)).take(SHOWN_CHARS_MAX).collect()
}

/// The path a specifier means in the module `from`, without `.`, `..` and doubled slashes. A specifier
/// without a leading `.` or `/` is taken from the root, as a model means it.
fn absolute(specifier: &str, from: &str) -> String {
    let folder = from.rsplit_once('/').map_or("", |(folder, _)| folder);
    let base = if specifier.starts_with('.') { folder } else { "" };
    let mut parts: Vec<&str> = Vec::new();
    for part in base.split('/').chain(specifier.split('/')) {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    format!("/{}", parts.join("/"))
}
