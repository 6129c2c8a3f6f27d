//! "Did you mean": existing names that look like one that does not exist.

use text::alike;

use super::{Node, Place, Tree, away, shown};
use crate::Unknown;

/// Tools of one name that are named as guesses: more are a list to read, not a hint.
const GUESSES_MAX: usize = 3;

impl Tree {
    /// Says what is wrong with a module path below `/servers`.
    pub(super) fn no_module(&self, specifier: &str, path: &str) -> Unknown {
        let mut parts = path.trim_start_matches('/').split('/').skip(1);
        let (folder, file) = (parts.next().unwrap_or(""), parts.next().unwrap_or(""));
        let file = file.trim_end_matches(".ts").trim_end_matches(".js");
        let what = match self.node(&format!("/servers/{folder}")) {
            _ if folder.is_empty() => match self.folders.first() {
                Some(first) => {
                    format!(
                        "`./servers` is a folder; import a server in it, as in `./servers/{}`",
                        first.name
                    )
                }
                None => "`./servers` is an empty folder: there are no servers".to_owned(),
            },
            Some(Node::Folder(at)) if self.folders[at].is_away => return away(&self.folders[at]),
            Some(Node::Folder(at)) => {
                let server = shown(&self.folders[at].name);
                format!("the server `{server}` has no tool `{}`", shown(file))
            }
            _ => format!("there is no server `{}`", shown(folder)),
        };
        let did_you_mean = self.modules_like(folder, file);
        debug_assert!(!specifier.is_empty() || folder.is_empty());
        Unknown::new(what, did_you_mean)
    }

    /// Folders whose names look like this one.
    pub(crate) fn folders_like(&self, name: &str) -> Vec<String> {
        let names = self.folders.iter().map(|folder| (&*folder.name, &*folder.name));
        alike(name, names).into_iter().map(str::to_owned).collect()
    }

    fn modules_like(&self, folder: &str, file: &str) -> Vec<String> {
        if let Some(Node::Folder(at)) = self.node(&format!("/servers/{folder}")) {
            let places = self.places_in(at);
            let near = alike(file, places.iter().map(|place| (&*place.identifier, &*place.path)));
            return near.into_iter().map(|path| format!("./{path}")).collect();
        }
        let names = self.folders.iter().map(|folder| (&*folder.name, &*folder.name));
        let folders = alike(folder, names);
        let known = |folder: &&str| {
            let path = format!("servers/{folder}/{file}");
            file.is_empty() || file == "index" || self.at_path(&path).is_some()
        };
        let tail = if file.is_empty() { String::new() } else { format!("/{file}") };
        let mut guesses: Vec<String> = folders
            .iter()
            .filter(|folder| known(folder))
            .map(|folder| format!("./servers/{folder}{tail}"))
            .collect();
        if guesses.is_empty() && !file.is_empty() {
            let places = self.places.iter();
            let same = places.filter(|place| place.identifier == file).take(GUESSES_MAX);
            guesses = same.map(|place| format!("./{}", place.path)).collect();
        }
        if guesses.is_empty() {
            guesses = folders.iter().map(|folder| format!("./servers/{folder}")).collect();
        }
        guesses
    }

    /// Qualified names of those of these tools whose names look like `name`.
    pub(super) fn paths_like<'p>(name: &str, places: impl Iterator<Item = &'p Place>) -> Vec<String> {
        let near = alike(name, places.map(|place| (&*place.identifier, &*place.path)));
        near.into_iter().map(|path| path.strip_prefix("servers/").unwrap_or(path).to_owned()).collect()
    }
}
