//! Finding a tool by the many names people and models give it.

use super::{Place, Tree, away, shown};
use crate::{Unknown, names};

impl Tree {
    /// The tool meant by `google_drive__get_document`, `google-drive/getDocument`, `google-drive.get_document`,
    /// or a bare `getDocument` that only one server has. Exact spellings win over loose ones.
    pub(crate) fn named(&self, name: &str) -> Result<&Place, Unknown> {
        let name = name.trim_start_matches("./").trim_start_matches('/').trim_start_matches("servers/");
        let name = name.strip_suffix(".ts").unwrap_or(name);
        let mut found = self.bare(name);
        if found.is_empty() {
            found = splits(name).flat_map(|(server, tool)| self.qualified(server, tool)).collect();
        }
        found.sort_unstable();
        found.dedup();
        match found.as_slice() {
            &[at] => Ok(&self.places[at]),
            [] => Err(match self.away_server(name) {
                Some(server) => away(server),
                None => Unknown::new(format!("there is no tool `{}`", shown(name)), self.tools_like(name)),
            }),
            several => Err(self.ambiguous(name, several)),
        }
    }

    /// The server that a name begins with, where it is away.
    fn away_server(&self, name: &str) -> Option<&str> {
        let mut servers = splits(name).map(|(server, _)| names::loose(server));
        servers.find_map(|server| {
            let folder =
                self.folders.iter().find(|folder| folder.is_away && names::loose(&folder.name) == server);
            folder.map(|folder| folder.name.as_str())
        })
    }

    /// Tools that bear the name without a server's: by wire name or identifier, else loosely.
    fn bare(&self, name: &str) -> Vec<usize> {
        let loose = self.by_loose.get(&names::loose(name)).map_or(&[][..], Vec::as_slice);
        let exact = self.exactly(loose, name);
        // `a__b` and `a/b` most likely name a server: then only a tool spelt just so is meant.
        if exact.is_empty() && splits(name).next().is_none() { loose.to_vec() } else { exact }
    }

    fn qualified(&self, server: &str, tool: &str) -> Vec<usize> {
        let server_loose = names::loose(server);
        let loose = self.by_loose.get(&names::loose(tool)).map_or(&[][..], Vec::as_slice);
        let of_server = |at: &&usize| names::loose(self.places[**at].id.server.as_str()) == server_loose;
        let loose: Vec<usize> = loose.iter().filter(of_server).copied().collect();
        let same_server = |at: &&usize| {
            let place = &self.places[**at];
            place.id.server.as_str() == server || self.folders[place.folder].name == server
        };
        let closest: Vec<usize> = loose.iter().filter(same_server).copied().collect();
        let loose = if closest.is_empty() { loose } else { closest };
        let exact = self.exactly(&loose, tool);
        if exact.is_empty() { loose } else { exact }
    }

    /// Of these tools, per server, the one with this wire name; where there is none, with this identifier.
    fn exactly(&self, among: &[usize], name: &str) -> Vec<usize> {
        let by_wire: Vec<usize> =
            among.iter().filter(|&&at| &*self.places[at].id.tool == name).copied().collect();
        let taken =
            |at: &usize| by_wire.iter().any(|&wire| self.places[wire].folder == self.places[*at].folder);
        let by_identifier = among.iter().copied().filter(|&at| self.places[at].identifier == name);
        let rest: Vec<usize> = by_identifier.filter(|at| !taken(at)).collect();
        [by_wire, rest].concat()
    }

    fn ambiguous(&self, name: &str, several: &[usize]) -> Unknown {
        let what =
            format!("{} tools are called `{}`; put the server's name before it", several.len(), shown(name));
        let paths =
            several.iter().take(3).map(|&at| self.places[at].path.trim_start_matches("servers/").to_owned());
        Unknown::new(what, paths.collect())
    }
}

/// The ways to read a name as server and tool.
fn splits(name: &str) -> impl Iterator<Item = (&str, &str)> {
    ["__", "/", ".", ":"]
        .into_iter()
        .flat_map(move |sign| {
            let cuts = name.match_indices(sign);
            // A hostile name of slashes has as many readings as characters: eight are more than any real one.
            cuts.take(8).map(move |(at, _)| (&name[..at], &name[at + sign.len()..]))
        })
        .filter(|(server, tool)| !server.is_empty() && !tool.is_empty())
}
