//! Files that several processes share, and files of strangers: bounded reads of regular files, atomic writes, locked folders.
//!
//! Several Narrows on one data folder is the normal case, so a process that changes a folder holds its lock ([`Locked`]), and
//! every file is written beside the old one and then put in its place: a reader sees the old or the new content, also when
//! a writer is killed. What is read is a regular file of a bounded size, below a folder that no link leads out of; a named
//! pipe or a device is an error at once. Knows nothing of what the files mean.

mod exposure;
mod folder;
mod locked;
mod name;
mod read;
mod rewrite;
mod temporary;

pub use exposure::{Exposure, exposure};
pub use folder::Folder;
pub use locked::Locked;
pub use name::name_for;
pub use read::{read, read_opened, text};
pub use rewrite::{create_private, rewrite, write_private};
pub use temporary::{Temporary, sweep};
