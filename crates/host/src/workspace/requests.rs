//! What scripts ask of files: `fs/…`, `checkpoint/…`, `results/…`, each with JSON arguments, each answered
//! with a settlement.

use base64::{Engine, prelude::BASE64_STANDARD};
use serde::Deserialize;
use serde_json::{json, value::RawValue};
use wire::{Limits, Settlement};

use super::{
    FileError, Workspace,
    disk::{Disk, Mode, Stat},
    kept::{self, Kind},
    path::{OwnPath, Place, place},
};

/// The trees a script can read beside its own files.
pub(crate) trait ReadOnly {
    /// The text of a file: `/servers/x/y.ts`, `/skills/z.ts`.
    fn read_file(&self, path: &str) -> Option<String>;
    /// The sorted names in a folder.
    fn read_dir(&self, path: &str) -> Option<Vec<String>>;
}

/// A decoded request.
pub(crate) struct Request {
    pub(super) action: Action,
    pub(super) arguments: Arguments,
}

/// What is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Action {
    ReadFile,
    WriteFile,
    AppendFile,
    ReadDir,
    Exists,
    Stat,
    MakeDir,
    Remove,
    Rename,
    CopyFile,
    Get(Kind),
    Set(Kind),
    Keys(Kind),
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Arguments {
    pub(super) path: String,
    pub(super) from: String,
    pub(super) to: String,
    encoding: Option<String>,
    pub(super) text: Option<String>,
    base64: Option<String>,
    pub(super) recursive: Option<bool>,
    pub(super) force: Option<bool>,
    #[serde(alias = "name")]
    key: String,
    value: Option<Box<RawValue>>,
}

impl Request {
    /// Takes a request apart. `None` when the name is not one of ours.
    pub(crate) fn decode(name: &str, arguments: &[u8]) -> Option<Result<Self, FileError>> {
        let action = Action::named(name)?;
        let decoded = serde_json::from_slice::<Arguments>(arguments);
        let invalid = |error| {
            FileError::Request(format!("`{name}` was called with arguments that cannot be read: {error}"))
        };
        Some(decoded.map(|arguments| Self { action, arguments }).map_err(invalid))
    }

    /// Bytes of the content that is to be written, as far as they can be told.
    pub(super) fn content_bytes(&self) -> u64 {
        let text = self.arguments.text.as_ref().map(String::len);
        let base64 = || self.arguments.base64.as_ref().and_then(|base64| BASE64_STANDARD.decode(base64).ok());
        let bytes = text.or_else(|| base64().map(|bytes| bytes.len())).unwrap_or(0);
        u64::try_from(bytes).unwrap_or(u64::MAX)
    }

    /// Carries the request out. Blocks.
    pub(crate) fn answer(
        self,
        workspace: &Workspace,
        trees: &dyn ReadOnly,
        limits: &Limits,
    ) -> Result<Settlement, FileError> {
        let given = self.arguments;
        match self.action {
            Action::ReadFile => read_file(&given, workspace, trees, limits),
            Action::WriteFile => write_file(given, Mode::Replace, workspace, limits),
            Action::AppendFile => write_file(given, Mode::Append, workspace, limits),
            Action::ReadDir => read_dir(&given, workspace, trees, limits),
            Action::Exists => match stat(&given.path, workspace, trees, limits) {
                Ok(found) => Ok(json_of(&found.is_some())),
                Err(FileError::Outside(_) | FileError::Forbidden(_) | FileError::System { .. }) => {
                    Ok(json_of(&false))
                }
                Err(error) => Err(error),
            },
            Action::Stat => {
                let found = stat(&given.path, workspace, trees, limits)?;
                let found = found.ok_or_else(|| FileError::missing(&given.path))?;
                Ok(json_of(&json!({
                    "size": found.size,
                    "isFile": !found.is_dir,
                    "isDirectory": found.is_dir,
                    "mtimeMs": found.modified_ms,
                })))
            }
            Action::MakeDir => change(workspace, limits, |disk| {
                let recursive = given.recursive.unwrap_or(false);
                match place(&given.path)? {
                    Place::Root if recursive => Ok(()),
                    _ => disk.make_dir(&own(&given.path)?, recursive),
                }
            }),
            Action::Remove => change(workspace, limits, |disk| {
                let path = own(&given.path)?;
                match disk.remove(&path, given.recursive.unwrap_or(false)) {
                    Err(FileError::System { code: "ENOENT", .. }) if given.force == Some(true) => Ok(()),
                    other => other,
                }
            }),
            Action::Rename => {
                change(workspace, limits, |disk| disk.rename(&own(&given.from)?, &own(&given.to)?))
            }
            Action::CopyFile => {
                let to = own(&given.to)?;
                let content = content_of(&given.from, workspace, trees, limits)?;
                change(workspace, limits, |disk| disk.write(&to, &content, Mode::Replace))
            }
            Action::Get(kind) => {
                let found = workspace.with(limits, |disk| kept::get(disk, kind, &given.key))?;
                Ok(Settlement::Json(found.unwrap_or_else(|| b"null".to_vec())))
            }
            Action::Set(kind) => change(workspace, limits, |disk| {
                kept::set(disk, kind, &given.key, given.value.as_deref().map(RawValue::get))
            }),
            Action::Keys(kind) => Ok(json_of(&workspace.with(limits, |disk| kept::keys(disk, kind))?)),
        }
    }
}

/// Whether a request of this name changes files. `None` where it has nothing to do with files.
pub(crate) fn changes_files(name: &str) -> Option<bool> {
    Action::named(name).map(Action::is_change)
}

impl Action {
    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "fs/readFile" => Self::ReadFile,
            "fs/writeFile" => Self::WriteFile,
            "fs/appendFile" => Self::AppendFile,
            "fs/readdir" => Self::ReadDir,
            "fs/exists" => Self::Exists,
            "fs/stat" => Self::Stat,
            "fs/mkdir" => Self::MakeDir,
            "fs/rm" => Self::Remove,
            "fs/rename" => Self::Rename,
            "fs/copyFile" => Self::CopyFile,
            "checkpoint/get" => Self::Get(Kind::Checkpoint),
            "checkpoint/set" => Self::Set(Kind::Checkpoint),
            "checkpoint/list" => Self::Keys(Kind::Checkpoint),
            "results/get" => Self::Get(Kind::Result),
            "results/save" => Self::Set(Kind::Result),
            "results/list" => Self::Keys(Kind::Result),
            _ => return None,
        })
    }
}

fn read_file(
    given: &Arguments,
    workspace: &Workspace,
    trees: &dyn ReadOnly,
    limits: &Limits,
) -> Result<Settlement, FileError> {
    let content = content_of(&given.path, workspace, trees, limits)?;
    match given.encoding.as_deref() {
        None => Ok(Settlement::Bytes(content)),
        Some("utf-8" | "utf8" | "UTF-8") => Ok(Settlement::Text(match String::from_utf8(content) {
            Ok(text) => text,
            Err(error) => String::from_utf8_lossy(error.as_bytes()).into_owned(),
        })),
        Some(other) => Err(FileError::Request(format!("there is no encoding '{other}' here; use 'utf-8'"))),
    }
}

fn content_of(
    path: &str,
    workspace: &Workspace,
    trees: &dyn ReadOnly,
    limits: &Limits,
) -> Result<Vec<u8>, FileError> {
    match place(path)? {
        Place::Own(path) => workspace.with(limits, |disk| disk.read(&path)),
        Place::Root => Err(is_a_directory(path)),
        Place::Tree(tree) => match trees.read_file(&tree) {
            Some(text) => Ok(text.into_bytes()),
            None if trees.read_dir(&tree).is_some() => Err(is_a_directory(path)),
            None => Err(FileError::missing(path)),
        },
    }
}

fn write_file(
    given: Arguments,
    mode: Mode,
    workspace: &Workspace,
    limits: &Limits,
) -> Result<Settlement, FileError> {
    let path = own(&given.path)?;
    let content = match (given.text, given.base64) {
        (Some(text), None) => text.into_bytes(),
        (None, Some(base64)) => BASE64_STANDARD
            .decode(base64)
            .map_err(|_| FileError::Request("the content is not base64".to_owned()))?,
        _ => return Err(FileError::Request("a file is written from a string or a Uint8Array".to_owned())),
    };
    change(workspace, limits, |disk| disk.write(&path, &content, mode))
}

fn read_dir(
    given: &Arguments,
    workspace: &Workspace,
    trees: &dyn ReadOnly,
    limits: &Limits,
) -> Result<Settlement, FileError> {
    let recursive = given.recursive == Some(true);
    let names = match place(&given.path)? {
        Place::Root if !recursive => ["servers", "skills", "tmp", "workspace"].map(str::to_owned).to_vec(),
        Place::Root => return Err(FileError::Request("list one of the folders, not all of them".to_owned())),
        Place::Own(path) if recursive => workspace.with(limits, |disk| disk.list_all(&path))?,
        Place::Own(path) => {
            let names = workspace.with(limits, |disk| disk.list(&path))?;
            names.into_iter().map(|(name, _)| name).collect()
        }
        Place::Tree(tree) => {
            let names = trees.read_dir(&tree).ok_or_else(|| match trees.read_file(&tree) {
                Some(_) => FileError::system("ENOTDIR", format!("not a directory, '{}'", given.path)),
                None => FileError::missing(&given.path),
            })?;
            if recursive { with_inner(trees, &tree, names) } else { names }
        }
    };
    Ok(json_of(&names))
}

/// The readable trees have folders in folders once at most.
fn with_inner(trees: &dyn ReadOnly, tree: &str, names: Vec<String>) -> Vec<String> {
    names.into_iter().fold(Vec::new(), |mut all, name| {
        let inner = trees.read_dir(&format!("{tree}/{name}")).unwrap_or_default();
        let inner: Vec<_> = inner.into_iter().map(|below| format!("{name}/{below}")).collect();
        all.push(name);
        all.extend(inner);
        all
    })
}

pub(super) fn stat(
    path: &str,
    workspace: &Workspace,
    trees: &dyn ReadOnly,
    limits: &Limits,
) -> Result<Option<Stat>, FileError> {
    let folder = Stat { size: 0, is_dir: true, modified_ms: 0.0 };
    match place(path)? {
        Place::Root => Ok(Some(folder)),
        Place::Own(path) => workspace.with(limits, |disk| disk.stat(&path)),
        Place::Tree(tree) => Ok(match trees.read_file(&tree) {
            Some(text) => Some(Stat { size: text.len() as u64, is_dir: false, modified_ms: 0.0 }),
            None => trees.read_dir(&tree).map(|_| folder),
        }),
    }
}

fn change(
    workspace: &Workspace,
    limits: &Limits,
    act: impl FnOnce(&mut Disk) -> Result<(), FileError>,
) -> Result<Settlement, FileError> {
    workspace.with(limits, act).map(|()| Settlement::Undefined)
}

/// A path that may be changed.
fn own(path: &str) -> Result<OwnPath, FileError> {
    match place(path)? {
        Place::Own(path) => Ok(path),
        Place::Root => {
            Err(FileError::Forbidden("'/' can only be read; write to /workspace or /tmp".to_owned()))
        }
        Place::Tree(_) => {
            Err(FileError::Forbidden(format!("'{path}' can only be read; write to /workspace or /tmp")))
        }
    }
}

fn is_a_directory(path: &str) -> FileError {
    FileError::system("EISDIR", format!("illegal operation on a directory, '{path}'"))
}

fn json_of(value: &impl serde::Serialize) -> Settlement {
    Settlement::Json(serde_json::to_vec(value).unwrap_or_else(|_| b"null".to_vec()))
}
