//! Finding a tool by the many names people and models give it.

use super::{
    Part, Place, Tree, away,
    qualified::{self, Cut},
    shown,
};
use crate::Unknown;

/// The names of all tools, of those that are offered and of those that are withheld: a name that means a withheld
/// tool must not come to mean another one.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Lookup<'t> {
    pub(crate) offered: &'t Tree,
    pub(crate) withheld: &'t Tree,
}

/// A tool whose name reads as the name of a tool of another server.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Impersonation<'t> {
    pub(crate) place: &'t Place,
    /// The other server's folder.
    pub(crate) folder: usize,
}

/// A name that says whose tool it means.
#[derive(Debug)]
struct Reading<'n> {
    /// The servers it may mean: one, but for names in a configuration that differ in case and punctuation alone.
    folders: Vec<usize>,
    tool: &'n str,
    /// A sign divides the server from the tool; otherwise they only stand beside each other.
    is_explicit: bool,
}

type Found<'t> = (Part, &'t Place);

impl<'t> Lookup<'t> {
    /// The tool meant by `google_drive__get_document`, `google-drive/getDocument`, `google-drive.get_document`,
    /// or a bare `getDocument` that only one server has. Exact spellings win over loose ones.
    pub(crate) fn named(self, name: &str) -> Result<Found<'t>, Unknown> {
        let name = without_root(name);
        if let Some(found) = self.at_path(name) {
            return Ok(found);
        }
        let reading = self.reading(name);
        let found = match &reading {
            Some(reading) => self.of_servers(reading, name),
            None => self.bare(name),
        };
        match (found.as_slice(), reading) {
            (&[found], _) => Ok(found),
            ([], Some(reading)) => Err(self.nothing_at(name, &reading)),
            ([], None) => Err(self.nothing(name)),
            (several, _) => Err(ambiguous(name, several)),
        }
    }

    /// Every tool that is named like a tool of another server.
    pub(crate) fn impersonations(self) -> impl Iterator<Item = Impersonation<'t>> {
        let places = self.offered.places.iter().chain(&self.withheld.places);
        places.filter_map(move |place| self.impersonated(place).map(|folder| Impersonation { place, folder }))
    }

    /// The server whose tool a tool is named like.
    fn impersonated(self, place: &Place) -> Option<usize> {
        let (server, tool) = (place.id.server.as_str(), &*place.id.tool);
        let qualified = format!("{server}__{tool}");
        [without_root(tool), &place.identifier, &qualified].into_iter().find_map(|name| {
            let folders = self.reading(name)?.folders;
            folders.first().copied().filter(|_| !folders.contains(&place.folder))
        })
    }

    fn trees(self) -> [(Part, &'t Tree); 2] {
        [(Part::Offered, self.offered), (Part::Withheld, self.withheld)]
    }

    fn at_path(self, name: &str) -> Option<Found<'t>> {
        let path = format!("servers/{name}");
        self.trees().into_iter().find_map(|(part, tree)| Some((part, tree.at_path(&path)?)))
    }

    fn reading<'n>(self, name: &'n str) -> Option<Reading<'n>> {
        let explicit = qualified::explicit(name).into_iter().find_map(|Cut { server, tool }| {
            let folders = self.offered.servers_called(server);
            (!folders.is_empty()).then_some(Reading { folders, tool, is_explicit: true })
        });
        explicit.or_else(|| {
            qualified::implied(name).into_iter().find_map(|Cut { server, tool }| {
                let mut folders = self.offered.servers_called(server);
                folders.retain(|&folder| self.may_have(folder, tool));
                (!folders.is_empty()).then_some(Reading { folders, tool, is_explicit: false })
            })
        })
    }

    /// Whether a server has a tool, as far as can be known now.
    fn may_have(self, folder: usize, tool: &str) -> bool {
        self.offered.folders[folder].is_away || !self.borne(tool, |place| place.folder == folder).is_empty()
    }

    /// The tools of the servers that a name names.
    fn of_servers(self, reading: &Reading<'_>, name: &str) -> Vec<Found<'t>> {
        // A tool may repeat its server's name: `git_log` of the server `git`.
        let names = if reading.is_explicit { [reading.tool, name] } else { [name, reading.tool] };
        let theirs = |name| self.borne(name, |place| reading.folders.contains(&place.folder));
        names.into_iter().map(theirs).find(|found| !found.is_empty()).unwrap_or_default()
    }

    /// Tools that bear the name without a server's. One that is named like another server's tool is not among them.
    fn bare(self, name: &str) -> Vec<Found<'t>> {
        self.borne(name, |place| self.impersonated(place).is_none())
    }

    /// Of these tools those that bear the name: by wire name or identifier, else loosely.
    fn borne(self, name: &str, these: impl Fn(&Place) -> bool) -> Vec<Found<'t>> {
        let loose = text::loose(name);
        let alike = self.trees().into_iter().flat_map(|(part, tree)| {
            let alike = tree.by_loose.get(&loose).map_or(&[][..], Vec::as_slice);
            alike.iter().map(move |&at| (part, &tree.places[at]))
        });
        let alike: Vec<Found<'t>> = alike.filter(|(_, place)| these(place)).collect();
        let exact = exactly(&alike, name);
        if exact.is_empty() { alike } else { exact }
    }

    /// What is said of a name at a server that has no such tool.
    fn nothing_at(self, name: &str, reading: &Reading<'_>) -> Unknown {
        let away_folder = reading.folders.iter().map(|&at| &self.offered.folders[at]).find(|it| it.is_away);
        match away_folder {
            Some(folder) if reading.is_explicit => away(&folder.name),
            Some(folder) => {
                let server = shown(&folder.name);
                let what = format!(
                    "`{}` may name a tool of the server `{server}`, which is not available now",
                    shown(name)
                );
                let others = self.borne(name, |place| place.folder != reading.folders[0]);
                Unknown { is_away: true, ..Unknown::new(what, offered_paths(&others)) }
            }
            None => {
                let theirs = reading.folders.iter().flat_map(|&at| self.offered.places_in(at));
                Unknown::new(no_tool(name), Tree::paths_like(reading.tool, theirs))
            }
        }
    }

    fn nothing(self, name: &str) -> Unknown {
        let honest = self.offered.places.iter();
        let last = name.rsplit(['/', '.', ':']).next().unwrap_or(name);
        let last = last.rsplit("__").next().unwrap_or(last);
        let mut near = Tree::paths_like(last, honest);
        near.retain(|path| self.at_path(path).is_some_and(|(_, place)| self.impersonated(place).is_none()));
        Unknown::new(no_tool(name), near)
    }
}

/// A name without what may stand before and after it as a path: `./servers/`, `.ts`.
fn without_root(name: &str) -> &str {
    let name = name.strip_prefix("./").or_else(|| name.strip_prefix('/')).unwrap_or(name);
    let name = name.strip_prefix("servers/").unwrap_or(name);
    name.strip_suffix(".ts").unwrap_or(name)
}

fn no_tool(name: &str) -> String {
    format!("there is no tool `{}`", shown(name))
}

/// Of these tools, per server, the one with this wire name; where there is none, with this identifier.
fn exactly<'t>(among: &[Found<'t>], name: &str) -> Vec<Found<'t>> {
    let by_wire: Vec<_> = among.iter().copied().filter(|(_, place)| &*place.id.tool == name).collect();
    let taken = |folder: usize| by_wire.iter().any(|(_, place)| place.folder == folder);
    let by_identifier = among.iter().copied().filter(|(_, place)| place.identifier == name);
    let rest: Vec<_> = by_identifier.filter(|(_, place)| !taken(place.folder)).collect();
    [by_wire, rest].concat()
}

fn ambiguous(name: &str, several: &[Found<'_>]) -> Unknown {
    let count = several.len();
    let what = format!("{count} tools are called `{}`; put the server's name before it", shown(name));
    Unknown::new(what, offered_paths(several))
}

/// The names to use instead.
fn offered_paths(found: &[Found<'_>]) -> Vec<String> {
    let offered = found.iter().filter(|(part, _)| *part == Part::Offered).take(3);
    offered.map(|(_, place)| place.path.trim_start_matches("servers/").to_owned()).collect()
}
