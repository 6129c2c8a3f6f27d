//! Why a file operation failed, as the script catches it.

use std::io::{self, ErrorKind};

use serde_json::{Value, json};
use wire::{Limit, Limits};

/// Why a file operation failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum FileError {
    /// The path leads out of what a script may see.
    Outside(String),
    /// The place may be seen, but this may not be done there.
    Forbidden(String),
    /// What a file system says, with its code.
    System { code: &'static str, message: String },
    /// A quota was reached.
    Limit(Limit),
    /// The request itself makes no sense.
    Request(String),
    /// What was written is no skill that can be kept.
    Skill(String),
}

impl FileError {
    pub(crate) fn system(code: &'static str, message: impl Into<String>) -> Self {
        Self::System { code, message: message.into() }
    }

    /// There is nothing at this path.
    pub(crate) fn missing(path: &str) -> Self {
        // `/tmp` is the one folder that the machine has as well.
        let elsewhere = if path.starts_with("/tmp/") {
            ": this is the sandbox's own `/tmp`, files of the machine are reached through tools"
        } else {
            ""
        };
        Self::system("ENOENT", format!("no such file or directory, '{path}'{elsewhere}"))
    }

    /// What the operating system said, about the path as the script wrote it.
    pub(super) fn io(error: &io::Error, path: &str) -> Self {
        match error.kind() {
            ErrorKind::NotFound => Self::missing(path),
            ErrorKind::AlreadyExists => Self::system("EEXIST", format!("file already exists, '{path}'")),
            ErrorKind::NotADirectory => Self::system("ENOTDIR", format!("not a directory, '{path}'")),
            ErrorKind::IsADirectory => {
                Self::system("EISDIR", format!("illegal operation on a directory, '{path}'"))
            }
            ErrorKind::DirectoryNotEmpty => {
                Self::system("ENOTEMPTY", format!("directory not empty, '{path}'"))
            }
            ErrorKind::InvalidInput => Self::system("EINVAL", format!("invalid argument, '{path}'")),
            ErrorKind::StorageFull => Self::system("ENOSPC", "no space left on the host's disk"),
            ErrorKind::PermissionDenied => Self::Forbidden(format!("'{path}' cannot be used")),
            _ => Self::system("EIO", format!("the operation failed, '{path}'")),
        }
    }

    /// The `name` of the error.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Outside(_) | Self::Forbidden(_) => "PermissionError",
            Self::System { .. } => "Error",
            Self::Limit(_) => "LimitError",
            Self::Request(_) => "TypeError",
            Self::Skill(_) => "SkillError",
        }
    }

    /// The error's fields as the script sees them.
    pub(crate) fn to_json(&self, limits: &Limits) -> Value {
        let (code, message) = self.told(limits);
        json!({"name": self.name(), "message": message, "code": code})
    }

    /// Its code and its message.
    pub(crate) fn told(&self, limits: &Limits) -> (&'static str, String) {
        match self {
            Self::Outside(path) => (
                "EACCES",
                format!(
                    "'{path}' is outside of what a script can reach; files live in /workspace and /tmp{}",
                    elsewhere(path)
                ),
            ),
            Self::Forbidden(message) => ("EACCES", message.clone()),
            Self::System { code, message } => (*code, format!("{code}: {message}")),
            Self::Limit(limit) => (limit.key(), limit.sentence(limits)),
            Self::Request(message) | Self::Skill(message) => ("EINVAL", message.clone()),
        }
    }
}

/// Where the file may be that a path outside means: a folder of the machine is no mistake for the workspace.
fn elsewhere(path: &str) -> String {
    const OF_MACHINES: [&str; 19] = [
        "Applications",
        "Users",
        "bin",
        "boot",
        "dev",
        "etc",
        "home",
        "lib",
        "mnt",
        "opt",
        "proc",
        "root",
        "run",
        "sbin",
        "srv",
        "sys",
        "usr",
        "var",
        "~",
    ];
    let first = path.trim_start_matches('/').split('/').next().unwrap_or_default();
    if OF_MACHINES.contains(&first) {
        return "; files of the machine are reached through tools".to_owned();
    }
    match path.split('/').any(|part| part == "..") {
        true => String::new(),
        false => format!("; did you mean /workspace/{}?", path.trim_start_matches('/')),
    }
}
