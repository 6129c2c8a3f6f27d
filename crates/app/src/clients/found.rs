//! Which clients there are on this machine, and what their files hold.

use std::{
    io::ErrorKind,
    path::{Path, PathBuf},
};

use serde_json::Value;

use super::{
    document::Document,
    table::{Client, FOLDER, Format, Scope},
};
use crate::config::{Surroundings, expand};

/// The largest file read. Some clients keep their whole history beside their servers.
const FILE_BYTES_MAX: u64 = 64 * 1024 * 1024;

const YAML: &str = "is YAML, which Narrows does not edit";

/// A client's file, as it was read once.
pub(crate) struct Found {
    pub(crate) client: &'static Client,
    pub(crate) path: PathBuf,
    pub(crate) content: Content,
}

/// What is at the place of a file.
pub(crate) enum Content {
    /// Nothing.
    Absent,
    /// Something that is not touched, and why.
    Unusable(String),
    /// Its text, and its servers as the client writes them.
    Read { text: String, servers: Vec<(String, Value)> },
}

impl Content {
    /// What can be edited: also a file that is not there yet, but for one in a language that never is.
    pub(super) fn editable(self, client: &Client) -> Self {
        match self {
            Self::Absent if client.format == Format::Yaml => Self::Unusable(YAML.to_owned()),
            other => other,
        }
    }
}

impl Client {
    /// Looks for the file; `None` where the client has no place on this machine.
    pub(super) fn look(&'static self, around: &Surroundings) -> Option<Found> {
        let path = self.place(around)?;
        let content = self.content(&path, around);
        Some(Found { client: self, path, content })
    }

    fn place(&self, around: &Surroundings) -> Option<PathBuf> {
        let here = match std::env::consts::OS {
            "macos" => self.places.macos,
            "windows" => self.places.windows,
            _ => self.places.linux,
        };
        let mut paths = here.iter().filter_map(|place| resolved(place, around));
        let first = paths.next()?;
        let is_there = |path: &PathBuf| path.symlink_metadata().is_ok();
        if is_there(&first) { Some(first) } else { paths.find(is_there).or(Some(first)) }
    }

    /// The way to its servers.
    pub(super) fn key(&self, cwd: &Path) -> Vec<String> {
        let folder = || cwd.display().to_string();
        self.key.iter().map(|&word| if word == FOLDER { folder() } else { word.to_owned() }).collect()
    }

    fn content(&self, path: &Path, around: &Surroundings) -> Content {
        match path.symlink_metadata() {
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
                return Content::Absent;
            }
            Err(error) => return Content::Unusable(format!("cannot be read: {error}")),
            Ok(_) => {}
        }
        if self.format == Format::Yaml {
            return Content::Unusable(YAML.to_owned());
        }
        if self.scope == Scope::Project && leads_out(path, &around.cwd) {
            return Content::Unusable(
                "is a link that leads out of this folder, which is not followed".to_owned(),
            );
        }
        match text_of(path) {
            Err(why) => Content::Unusable(why),
            Ok(text) => {
                match Document::parse(self.format, &text).and_then(|it| it.servers(&self.key(&around.cwd))) {
                    Ok(servers) => Content::Read { text, servers },
                    Err(why) => Content::Unusable(why),
                }
            }
        }
    }
}

/// The text of a file that may be changed.
pub(super) fn text_of(path: &Path) -> Result<String, String> {
    let text = readable(path)?;
    match path.metadata() {
        Ok(metadata) if metadata.permissions().readonly() => Err("is read-only".to_owned()),
        _ => Ok(text),
    }
}

/// The text of a file.
pub(super) fn readable(path: &Path) -> Result<String, String> {
    files::read(path, FILE_BYTES_MAX).and_then(files::text).map_err(|why| format!("cannot be read: {why}"))
}

/// Whether a file of a project lies elsewhere, which its clone may have brought.
fn leads_out(path: &Path, cwd: &Path) -> bool {
    match (path.canonicalize(), cwd.canonicalize()) {
        (Ok(path), Ok(cwd)) => !path.starts_with(cwd),
        _ => true,
    }
}

fn resolved(place: &str, around: &Surroundings) -> Option<PathBuf> {
    // An empty variable is as good as none, as everywhere.
    let lookup = |name: &str| (around.variable)(name).filter(|value| !value.is_empty());
    let place = expand(place, &lookup).ok()?;
    match (place.strip_prefix("~/"), place.strip_prefix("./")) {
        (Some(below), _) => Some(around.home()?.join(below)),
        (_, Some(below)) => Some(around.cwd.join(below)),
        _ => Some(PathBuf::from(place)).filter(|path| path.is_absolute()),
    }
}
