//! What a script's path means.

use super::FileError;

/// The longest name a file can have on usual file systems, in bytes.
const NAME_BYTES_MAX: usize = 255;

/// The longest path, as the kernel has it. Longer ones are not looked at, and not repeated in an error.
const PATH_BYTES_MAX: usize = 4_096;

/// How much of a path that is too long an error shows.
const SHOWN_CHARS: usize = 100;

/// Folders inside each other. Deeper trees come from loops, not from work.
const DEPTH_MAX: usize = 32;

/// The longest workspace name.
const WORKSPACE_NAME_MAX: usize = 64;

/// Whether a workspace may have this name: a plain folder name everywhere.
pub(crate) fn is_name(name: &str) -> bool {
    (1..=WORKSPACE_NAME_MAX).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
        && name.bytes().any(|byte| byte != b'.')
}

/// Where a path leads.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// `/`: the four folders.
    Root,
    /// `/servers/…` or `/skills/…`: can be read.
    Tree(String),
    /// `/workspace/…` or `/tmp/…`.
    Own(OwnPath),
}

/// A path below the workspace's folder: `["workspace", "a", "b.txt"]`. No part is `..` or holds a slash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct OwnPath {
    parts: Vec<String>,
}

impl OwnPath {
    /// A path of the host's own making.
    pub(super) fn of(parts: &[&str]) -> Self {
        Self { parts: parts.iter().map(|part| (*part).to_owned()).collect() }
    }

    /// As the script writes it.
    pub(super) fn shown(&self) -> String {
        format!("/{}", self.parts.join("/"))
    }

    /// Relative to the workspace's folder.
    pub(super) fn on_disk(&self) -> String {
        self.parts.join("/")
    }

    /// The folders above, outermost first.
    pub(super) fn parents(&self) -> impl Iterator<Item = Self> {
        (1..self.parts.len()).map(|end| Self { parts: self.parts[..end].to_vec() })
    }

    /// A path further down, relative to this one.
    pub(super) fn join(&self, below: &str) -> Self {
        let below = below.split('/').map(str::to_owned);
        Self { parts: self.parts.iter().cloned().chain(below).collect() }
    }

    /// Refuses to hold what has so many names on its longest path, where that would be deeper than a path may lead.
    pub(super) fn hold(&self, below: usize) -> Result<(), FileError> {
        if self.parts.len() + below > DEPTH_MAX { Err(too_long(&self.shown())) } else { Ok(()) }
    }

    /// Whether it is `/workspace` or `/tmp` itself.
    pub(super) fn is_top(&self) -> bool {
        self.parts.len() == 1
    }
}

/// Takes a path apart. `.` and `..` are resolved by text, so no link can redirect them.
pub(super) fn place(path: &str) -> Result<Place, FileError> {
    if path.len() > PATH_BYTES_MAX {
        return Err(too_long(path));
    }
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    match parts.first().copied() {
        None => Ok(Place::Root),
        Some("servers" | "skills") => Ok(Place::Tree(format!("/{}", parts.join("/")))),
        Some("workspace" | "tmp") => own(&parts, path),
        Some(_) => Err(FileError::Outside(path.to_owned())),
    }
}

fn own(parts: &[&str], path: &str) -> Result<Place, FileError> {
    if parts.iter().any(|part| part.len() > NAME_BYTES_MAX) || parts.len() > DEPTH_MAX {
        return Err(too_long(path));
    }
    if parts.iter().any(|part| part.contains('\0')) {
        return Err(FileError::system("EINVAL", "a path cannot contain a zero"));
    }
    Ok(Place::Own(OwnPath::of(parts)))
}

fn too_long(path: &str) -> FileError {
    FileError::system("ENAMETOOLONG", format!("name too long, '{}'", text::cut(path, SHOWN_CHARS)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_lead_where_their_text_says() {
        let own = |parts: &[&str]| Ok(Place::Own(OwnPath::of(parts)));
        let long = "x".repeat(256);
        let cases = [
            ("/", Ok(Place::Root)),
            ("/workspace", own(&["workspace"])),
            ("/workspace//a/./b/../c.txt", own(&["workspace", "a", "c.txt"])),
            ("/tmp/x", own(&["tmp", "x"])),
            ("/servers/github", Ok(Place::Tree("/servers/github".into()))),
            ("/workspace/../servers", Ok(Place::Tree("/servers".into()))),
            ("/etc/passwd", Err("PermissionError")),
            ("/workspace/../etc/passwd", Err("PermissionError")),
            ("/../../etc", Err("PermissionError")),
            ("/workspaces", Err("PermissionError")),
            ("/workspace/a\0b", Err("Error")),
            (&format!("/tmp/{long}"), Err("Error")),
        ];
        for (path, expect) in cases {
            let found = place(path).map_err(|error| error.name());
            assert_eq!(found, expect, "{path}");
        }
    }

    #[test]
    fn a_path_that_is_too_long_is_not_repeated() {
        for path in ["/tmp/".to_owned() + &"ä".repeat(5_000_000), "x".repeat(4_097), "/".repeat(4_097)] {
            let FileError::System { code, message } = place(&path).expect_err("it is too long") else {
                panic!("it is the system's error")
            };
            let shown: String = path.chars().take(100).collect();
            assert_eq!((code, message), ("ENAMETOOLONG", format!("name too long, '{shown}…'")));
        }
        assert_eq!(place(&"/".repeat(4_096)), Ok(Place::Root));
    }

    #[test]
    fn workspace_names_are_plain_folder_names() {
        for name in ["default", "a", "team.1_x-y", "..a", &"x".repeat(64)] {
            assert!(is_name(name), "{name}");
        }
        for name in ["", ".", "..", "...", "a/b", "a b", "ä", "a\0", &"x".repeat(65)] {
            assert!(!is_name(name), "{name}");
        }
    }
}
