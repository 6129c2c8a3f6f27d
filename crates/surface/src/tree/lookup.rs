//! Finding a tool by the many names people and models give it.

use super::{
    Part, Place, Tree, away,
    qualified::{self, Cut},
    shown,
};
use crate::{Unknown, search::folders_of};

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
    /// or a bare `getDocument` that only one server has. Exact spellings win over loose ones. Where the name means a tool
    /// of one server and one of another, it means neither.
    pub(crate) fn named(self, name: &str) -> Result<Found<'t>, Unknown> {
        if let Some(found) = self.at_path(name) {
            return Ok(found);
        }
        let readings = self.readings(name);
        let Some((reading, others)) = readings.split_first() else {
            return only(name, &self.bare(name)).unwrap_or_else(|| Err(self.nothing(name)));
        };
        let found = self.of_reading(reading, name)?;
        let rivals = self.rivals(found, reading, others);
        match rivals.as_slice() {
            [] => Ok(found),
            // Of one server's tools the one that is spelt exactly.
            &[rival] if reading.folders.contains(&rival.1.folder) && !is_exact(found, reading.tool) => {
                Ok(rival)
            }
            &[rival, ..] => Err(doubtful(name, [found, rival])),
        }
    }

    /// The tool of a server that is named apart from it. No name of another server's tool matters.
    pub(crate) fn of(self, server: &str, tool: &str) -> Result<Found<'t>, Unknown> {
        let folders = folders_of(self.offered, server)?;
        self.of_reading(&Reading { folders, tool, is_explicit: true }, &format!("{server}/{tool}"))
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
        [tool, &place.identifier, &qualified].into_iter().find_map(|name| {
            let folders = self.explicit(name).next().or_else(|| self.implied(name).next())?.folders;
            folders.first().copied().filter(|_| !folders.contains(&place.folder))
        })
    }

    fn trees(self) -> [(Part, &'t Tree); 2] {
        [(Part::Offered, self.offered), (Part::Withheld, self.withheld)]
    }

    /// The tool at a path of the tree, as an import writes it or without the root: `./servers/google-drive/get.ts`,
    /// `google-drive/get`.
    fn at_path(self, name: &str) -> Option<Found<'t>> {
        let name = without_start(name);
        let below = format!("servers/{name}");
        let whole = name.starts_with("servers/").then(|| without_ending(name));
        let mut paths = whole.into_iter().chain([below.as_str()]);
        paths.find_map(|path| {
            self.trees().into_iter().find_map(|(part, tree)| Some((part, tree.at_path(path)?)))
        })
    }

    /// All that a name may mean of those servers whose names it begins with, the longest name first.
    fn readings<'n>(self, name: &'n str) -> Vec<Reading<'n>> {
        let explicit: Vec<_> = self.explicit(name).collect();
        if explicit.is_empty() { self.implied(name).collect() } else { explicit }
    }

    fn explicit<'n>(self, name: &'n str) -> impl Iterator<Item = Reading<'n>> {
        let cuts = qualified::explicit(name).into_iter();
        cuts.flat_map(move |Cut { server, tool }| {
            let mut readings = self.offered.readings_of(server);
            // `status.ts` is a file before it is a tool `ts`.
            readings.retain(|folders| tool != "ts" || folders.iter().any(|&folder| self.has(folder, tool)));
            readings.into_iter().map(move |folders| Reading { folders, tool, is_explicit: true })
        })
    }

    fn implied<'n>(self, name: &'n str) -> impl Iterator<Item = Reading<'n>> {
        let cuts = qualified::implied(name).into_iter();
        cuts.flat_map(move |Cut { server, tool }| {
            let mut readings = self.offered.readings_of(server);
            readings.iter_mut().for_each(|folders| folders.retain(|&folder| self.may_have(folder, tool)));
            readings.retain(|folders| !folders.is_empty());
            readings.into_iter().map(move |folders| Reading { folders, tool, is_explicit: false })
        })
    }

    /// Whether a server has a tool, as far as can be known now.
    fn may_have(self, folder: usize, tool: &str) -> bool {
        self.offered.folders[folder].is_away || self.has(folder, tool)
    }

    fn has(self, folder: usize, tool: &str) -> bool {
        !self.borne(tool, |place| place.folder == folder).is_empty()
    }

    fn of_reading(self, reading: &Reading<'_>, name: &str) -> Result<Found<'t>, Unknown> {
        let found = self.of_servers(reading, name);
        only(name, &found).unwrap_or_else(|| Err(self.nothing_at(name, reading)))
    }

    /// The tools of the servers that a name names.
    fn of_servers(self, reading: &Reading<'_>, name: &str) -> Vec<Found<'t>> {
        // A tool may repeat its server's name: `git_log` of the server `git`.
        let names = if reading.is_explicit { [reading.tool, name] } else { [name, reading.tool] };
        let theirs = |name| self.borne(name, |place| reading.folders.contains(&place.folder));
        names.into_iter().map(theirs).find(|found| !found.is_empty()).unwrap_or_default()
    }

    /// The tools that a name means by its other readings as well as the one that was found: spelt as exactly.
    fn rivals(self, found: Found<'t>, reading: &Reading<'_>, others: &[Reading<'_>]) -> Vec<Found<'t>> {
        let is_found_exact = is_exact(found, reading.tool);
        let rivals = others.iter().flat_map(|other| {
            let theirs = self.borne(other.tool, |place| other.folders.contains(&place.folder));
            let is_own = |place: &Place| reading.folders.contains(&place.folder);
            theirs.into_iter().filter(move |&rival| {
                let counts = is_exact(rival, other.tool) || !(is_found_exact || is_own(rival.1));
                counts && !std::ptr::eq(rival.1, found.1)
            })
        });
        rivals.collect()
    }

    /// Tools that bear the name without a server's. One that is named like another server's tool is not among them.
    fn bare(self, name: &str) -> Vec<Found<'t>> {
        let own = |name| self.borne(name, |place| self.impersonated(place).is_none());
        let found = own(name);
        if found.is_empty() { own(without_root(name)) } else { found }
    }

    /// Of these tools those that bear the name: by wire name or identifier, else loosely. `.ts` is the ending of a file
    /// where no tool is called so.
    fn borne(self, name: &str, these: impl Fn(&Place) -> bool) -> Vec<Found<'t>> {
        let names = [name, without_ending(name)];
        let alike = names.map(|name| self.alike(name, &these));
        let exact = names.into_iter().zip(&alike).map(|(name, alike)| exactly(alike, name));
        exact.chain(alike.iter().cloned()).find(|found| !found.is_empty()).unwrap_or_default()
    }

    /// Of these tools those that bear the name loosely.
    fn alike(self, name: &str, these: impl Fn(&Place) -> bool) -> Vec<Found<'t>> {
        let loose = text::loose(name);
        let alike = self.trees().into_iter().flat_map(|(part, tree)| {
            let alike = tree.by_loose.get(&loose).map_or(&[][..], Vec::as_slice);
            alike.iter().map(move |&at| (part, &tree.places[at]))
        });
        alike.filter(|(_, place)| these(place)).collect()
    }

    /// What is said of a name at a server that has no such tool.
    fn nothing_at(self, name: &str, reading: &Reading<'_>) -> Unknown {
        let away_folder = reading.folders.iter().map(|&at| &self.offered.folders[at]).find(|it| it.is_away);
        match away_folder {
            Some(folder) if reading.is_explicit => away(folder),
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

/// A name without what a path begins with: `./`, `/`.
fn without_start(name: &str) -> &str {
    name.strip_prefix("./").or_else(|| name.strip_prefix('/')).unwrap_or(name)
}

/// A name without the root of the tree.
fn without_root(name: &str) -> &str {
    let name = without_start(name);
    name.strip_prefix("servers/").unwrap_or(name)
}

/// A name without the ending of a file.
fn without_ending(name: &str) -> &str {
    name.strip_suffix(".ts").unwrap_or(name)
}

/// Whether a tool that was found by a name is spelt as there.
fn is_exact((_, place): Found<'_>, name: &str) -> bool {
    [name, without_ending(name)].iter().any(|name| &*place.id.tool == *name || place.identifier == *name)
}

/// The one tool that was found. `None` where there is none.
fn only<'t>(name: &str, found: &[Found<'t>]) -> Option<Result<Found<'t>, Unknown>> {
    match found {
        [] => None,
        &[found] => Some(Ok(found)),
        several => Some(Err(ambiguous(name, several))),
    }
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

/// What is said of a name that means a tool of one server and one of another.
fn doubtful(name: &str, both: [Found<'_>; 2]) -> Unknown {
    let [one, other] = both.map(|(_, place)| {
        format!("`{}` of the server `{}`", shown(&place.id.tool), shown(place.id.server.as_str()))
    });
    let what = format!("`{}` may mean {one} or {other}; name the server apart from its tool", shown(name));
    Unknown::new(what, offered_paths(&both))
}

/// The names to use instead.
fn offered_paths(found: &[Found<'_>]) -> Vec<String> {
    let offered = found.iter().filter(|(part, _)| *part == Part::Offered).take(3);
    offered.map(|(_, place)| without_root(&place.path).to_owned()).collect()
}
