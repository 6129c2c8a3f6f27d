//! Changes of files that must not be made twice: whether one was made is seen by what was there before.

use serde::{Deserialize, Serialize};
use wire::Limits;

use super::{
    Workspace,
    path::{Place, place},
    requests::{Action, Request},
};

/// What is at a path: the size of a file, 0 for a folder; nothing where there is neither.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct FileState(Option<u64>);

impl Action {
    /// Whether it changes files.
    pub(super) fn is_change(self) -> bool {
        match self {
            Self::WriteFile
            | Self::AppendFile
            | Self::MakeDir
            | Self::Remove
            | Self::Rename
            | Self::CopyFile
            | Self::Set(_) => true,
            Self::ReadFile | Self::ReadDir | Self::Exists | Self::Stat | Self::Get(_) | Self::Keys(_) => {
                false
            }
        }
    }
}

impl Request {
    /// Whether it changes files.
    pub(crate) fn is_change(&self) -> bool {
        self.action.is_change()
    }

    /// What is there before the change, where making it twice is not the same as making it once. Blocks.
    pub(crate) fn state_before(&self, workspace: &Workspace, limits: &Limits) -> Option<FileState> {
        self.watched().map(|path| state(path, workspace, limits))
    }

    /// Whether the change was made since that was there. Blocks.
    pub(crate) fn was_made(&self, before: FileState, workspace: &Workspace, limits: &Limits) -> bool {
        let Some(path) = self.watched() else { return false };
        let (FileState(before), FileState(now)) = (before, state(path, workspace, limits));
        match self.action {
            Action::AppendFile => {
                let added = self.content_bytes();
                now.is_some() && now == before.unwrap_or(0).checked_add(added)
            }
            Action::MakeDir => before.is_none() && now.is_some(),
            _ => before.is_some() && now.is_none(),
        }
    }

    /// The path at which the change is seen.
    fn watched(&self) -> Option<&str> {
        match self.action {
            Action::AppendFile | Action::Remove => Some(&self.arguments.path),
            Action::MakeDir if self.arguments.recursive != Some(true) => Some(&self.arguments.path),
            Action::Rename => Some(&self.arguments.from),
            _ => None,
        }
    }
}

fn state(path: &str, workspace: &Workspace, limits: &Limits) -> FileState {
    let found = match place(path) {
        Ok(Place::Own(path)) => workspace.with(limits, |disk| disk.stat(&path)).ok().flatten(),
        _ => None,
    };
    FileState(found.map(|stat| stat.size))
}
