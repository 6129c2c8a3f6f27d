//! Names that say whose tool they mean: `google_drive__get_document`, `mcp__slack__send`, `google-drive.getDocument`.
//!
//! A server's name is chosen by the person who configures it, a tool's name by the author of the server. So of all ways
//! to cut a name the one that gives most of it to a configured server decides. No other server takes such a name over by
//! giving it to a tool of its own, not even while the server that is meant is away. Where the server of a shorter cut has
//! such a tool too, the name is in doubt and means neither.

use super::Tree;

/// Signs that stand between a server's name and a tool's.
const SIGNS: [&str; 4] = ["__", "/", ".", ":"];

/// What paths and clients put before the names of servers, the longest first.
const PREFIXES: [&str; 7] = ["./servers/", "/servers/", "servers/", "./", "/", "mcp__", "mcp_"];

/// Places of each kind at which a name is cut. A hostile name of slashes has as many as characters, a real one has three.
const CUTS_MAX: usize = 32;

/// A name cut in two.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cut<'n> {
    /// What may name a server.
    pub(super) server: &'n str,
    /// What may name a tool of it.
    pub(super) tool: &'n str,
}

/// The cuts at signs that say so, the longest server first.
pub(super) fn explicit(name: &str) -> Vec<Cut<'_>> {
    let cuts = SIGNS.iter().flat_map(|sign| {
        let places = name.match_indices(sign).take(CUTS_MAX);
        places.map(|(at, sign)| Cut { server: &name[..at], tool: &name[at + sign.len()..] })
    });
    longest_server_first(cuts)
}

/// The cuts between words: `google_drive_get_document` and `googleDriveGetDocument` may be made of a server's name and
/// a tool's. The longest server first.
pub(super) fn implied(name: &str) -> Vec<Cut<'_>> {
    let mut before = '\0';
    let cuts = name.char_indices().filter_map(|(at, c)| {
        let starts_a_word = c.is_uppercase() && !before.is_uppercase() && before.is_alphanumeric();
        before = c;
        let tool = if matches!(c, '_' | '-' | ' ') { at + 1 } else { at };
        (starts_a_word || tool > at).then(|| Cut { server: &name[..at], tool: &name[tool..] })
    });
    longest_server_first(cuts.take(CUTS_MAX))
}

fn longest_server_first<'n>(cuts: impl Iterator<Item = Cut<'n>>) -> Vec<Cut<'n>> {
    let mut cuts: Vec<_> = cuts.filter(|cut| !cut.server.is_empty() && !cut.tool.is_empty()).collect();
    cuts.sort_by_key(|cut| std::cmp::Reverse(cut.server.len()));
    cuts
}

impl Tree {
    /// The folders of the servers that `text` names, as in a configuration, as a folder, or in another case of letters
    /// and words; with or without what stands before it in paths and for clients.
    pub(crate) fn servers_called(&self, text: &str) -> Vec<usize> {
        self.readings_of(text).into_iter().next().unwrap_or_default()
    }

    /// The same for each reading of `text` that names a server: as it is, then without what stands before it.
    pub(super) fn readings_of(&self, text: &str) -> Vec<Vec<usize>> {
        let without_prefix = PREFIXES.iter().find_map(|prefix| text.strip_prefix(prefix));
        let readings = [Some(text), without_prefix].into_iter().flatten().map(|text| self.spelt(text));
        readings.filter(|folders| !folders.is_empty()).collect()
    }

    fn spelt(&self, server: &str) -> Vec<usize> {
        let loose = text::loose(server);
        let alike = self.folders_by_loose.get(&loose).map_or(&[][..], Vec::as_slice);
        let these = |fits: &dyn Fn(&str) -> bool| -> Vec<usize> {
            let fits = |&&at: &&usize| fits(&self.folders[at].name) || fits(self.folders[at].server.as_str());
            alike.iter().filter(fits).copied().collect()
        };
        let exact = these(&|name| name == server);
        if !exact.is_empty() {
            return exact;
        }
        // Where the text could be cut once more, only its own signs tell a server from a server and a tool.
        if SIGNS.iter().any(|sign| server.contains(sign)) {
            return these(&|name| name.eq_ignore_ascii_case(server));
        }
        if loose.is_empty() { Vec::new() } else { alike.to_vec() }
    }
}
