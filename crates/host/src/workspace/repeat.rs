//! Changes of files that must not be made twice: whether one was made is seen by what was there before.

use serde::{Deserialize, Serialize};
use wire::Limits;

use super::{
    ReadOnly, Workspace,
    requests::{Action, Request, stat},
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

    /// Whether it is a change that is not the same made twice as made once.
    pub(crate) fn is_watched(&self) -> bool {
        self.watched().is_some()
    }

    /// What is there, where making the change twice is not the same as making it once. Blocks.
    pub(crate) fn state(
        &self,
        workspace: &Workspace,
        trees: &dyn ReadOnly,
        limits: &Limits,
    ) -> Option<FileState> {
        let found = stat(self.watched()?, workspace, trees, limits).ok().flatten();
        Some(FileState(found.map(|stat| stat.size)))
    }

    /// Whether the change was made between these two.
    pub(crate) fn was_made(&self, before: FileState, now: Option<FileState>) -> bool {
        let (FileState(before), Some(FileState(now))) = (before, now) else { return false };
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
