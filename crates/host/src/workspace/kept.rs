//! Values a script keeps by name: checkpoints and results. JSON files beside the workspace's own, under the
//! same quotas.

use super::{
    FileError,
    disk::{Disk, Mode},
    path::OwnPath,
};
use crate::record::RunId;

/// The longest file name made of a key.
const FILE_NAME_MAX: usize = 240;

const ENDING: &str = ".json";

/// Which kind of value is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Checkpoint,
    Result,
}

/// The JSON kept under a key, `None` when there is none.
pub(super) fn get(disk: &Disk, kind: Kind, key: &str) -> Result<Option<Vec<u8>>, FileError> {
    let path = path_of(kind, key)?;
    if disk.stat(&path)?.is_none() {
        return Ok(None);
    }
    disk.read(&path).map(Some)
}

/// Keeps JSON under a key; nothing removes what was there.
pub(super) fn set(disk: &mut Disk, kind: Kind, key: &str, json: Option<&str>) -> Result<(), FileError> {
    let path = path_of(kind, key)?;
    match json {
        Some(_) if kind == Kind::Result && RunId::parsed(key).is_some() => {
            let message = format!(
                "`{key}` has the shape of a run's id, and would hide what that run returned: choose another name"
            );
            Err(FileError::Request(message))
        }
        Some(json) => disk.write(&path, json.as_bytes(), Mode::Replace),
        None if disk.stat(&path)?.is_some() => disk.remove(&path, false),
        None => Ok(()),
    }
}

/// All keys, sorted.
pub(super) fn keys(disk: &Disk, kind: Kind) -> Result<Vec<String>, FileError> {
    let folder = OwnPath::of(&["kept", kind.folder()]);
    if disk.stat(&folder)?.is_none() {
        return Ok(Vec::new());
    }
    let names = disk.list(&folder)?;
    let mut keys: Vec<_> = names.iter().filter_map(|(name, _)| decoded(name.strip_suffix(ENDING)?)).collect();
    keys.sort();
    Ok(keys)
}

/// All keys, sorted, with the bytes of their values; `None` for a link or a special file.
pub(super) fn sizes(disk: &Disk, kind: Kind) -> Result<Vec<(String, Option<u64>)>, FileError> {
    let size = |key: String| {
        let found = path_of(kind, &key).and_then(|path| disk.stat(&path));
        let bytes = found.ok().map(|stat| stat.map_or(0, |stat| stat.size));
        (key, bytes)
    };
    Ok(keys(disk, kind)?.into_iter().map(size).collect())
}

impl Kind {
    fn folder(self) -> &'static str {
        match self {
            Self::Checkpoint => "checkpoints",
            Self::Result => "results",
        }
    }
}

fn path_of(kind: Kind, key: &str) -> Result<OwnPath, FileError> {
    let name = encoded(key) + ENDING;
    if key.is_empty() || name.len() > FILE_NAME_MAX {
        return Err(FileError::Request("a key must be a text of 1 to 80 characters".to_owned()));
    }
    Ok(OwnPath::of(&["kept", kind.folder(), &name]))
}

/// A key as a file name: letters and digits as they are, everything else as `%2F`.
fn encoded(key: &str) -> String {
    key.bytes().fold(String::new(), |mut name, byte| {
        if byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_' {
            name.push(char::from(byte));
        } else {
            name.push_str(&format!("%{byte:02X}"));
        }
        name
    })
}

fn decoded(name: &str) -> Option<String> {
    let mut bytes = Vec::new();
    let mut rest = name;
    while let Some(first) = rest.chars().next() {
        if first == '%' {
            bytes.push(u8::from_str_radix(rest.get(1..3)?, 16).ok()?);
            rest = &rest[3..];
        } else {
            bytes.extend(first.to_string().bytes());
            rest = &rest[first.len_utf8()..];
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_come_back_from_their_file_names() {
        for key in ["a", "weekly/report 1", "..", "ümläut", "%", "a%2Fb"] {
            assert_eq!(decoded(&encoded(key)).as_deref(), Some(key));
            assert!(!encoded(key).contains(['/', '.']));
        }
    }
}
