//! The folder of one host's containers. A lock says that the host lives; what a dead one left is removed by the next.

use std::{
    fs::{self, DirBuilder, File},
    io,
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
};

use files::Folder;

use super::{remove, root};
use crate::{random, settings::ContainerRuntime};

/// `root` for all containers, `bundles` with one for each, `state` where the runtime keeps its notes, `lock`.
pub(super) struct Home {
    folder: PathBuf,
    /// Held as long as the host lives. `None` for the folder of a dead one, while it is removed.
    _lock: Option<File>,
}

impl Home {
    /// Makes a new one in the folder of all, after it removed those of dead hosts.
    pub(super) fn new(folder: &Path, program: &Path, runtime: &ContainerRuntime) -> Result<Self, String> {
        let fail = |error: io::Error| format!("{}: {error}", folder.display());
        // A folder whose lock is not held yet is one of a dead host: nobody else looks until ours is held.
        let all = Folder::make(folder).map_err(fail)?;
        let _locked = all.lock().map_err(fail)?;
        remove_dead(folder, runtime);
        let folder = folder.join(format!("{:016x}", random::number()));
        private_folder(&folder).map_err(fail)?;
        let lock = File::create_new(folder.join("lock")).map_err(fail)?;
        lock.try_lock().map_err(|error| fail(error.into()))?;
        let home = Self { folder, _lock: Some(lock) };
        for part in [home.bundles(), home.state()] {
            private_folder(&part).map_err(fail)?;
        }
        root::make(&home.root(), program)?;
        Ok(home)
    }

    pub(super) fn root(&self) -> PathBuf {
        self.folder.join("root")
    }

    pub(super) fn state(&self) -> PathBuf {
        self.folder.join("state")
    }

    pub(super) fn bundle(&self, id: &str) -> PathBuf {
        self.bundles().join(id)
    }

    pub(super) fn remove(&self) {
        if let Err(error) = fs::remove_dir_all(&self.folder) {
            tracing::debug!(%error, folder = %self.folder.display(), "is not all removed");
        }
    }

    fn bundles(&self) -> PathBuf {
        self.folder.join("bundles")
    }
}

fn private_folder(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// Ends and removes what hosts left that were killed. Their workers ended with their input; this is for one that
/// did not.
fn remove_dead(folder: &Path, runtime: &ContainerRuntime) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let is_dead = File::open(entry.path().join("lock")).is_ok_and(|lock| lock.try_lock().is_ok());
        if !is_dead {
            continue;
        }
        let home = Home { folder: entry.path(), _lock: None };
        for bundle in fs::read_dir(home.bundles()).into_iter().flatten().flatten() {
            remove(runtime, &home, &bundle.file_name().to_string_lossy());
        }
        home.remove();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_that_start_at_once_keep_their_folders() {
        let all = tempfile::tempdir().expect("a folder");
        let runtime = ContainerRuntime::new("true".into(), Vec::new());
        let program = std::env::current_exe().expect("this program");
        let start =
            || (0..10).map(|_| Home::new(all.path(), &program, &runtime).expect("made")).collect::<Vec<_>>();
        let homes: Vec<Home> = std::thread::scope(|scope| {
            let hosts: Vec<_> = (0..4).map(|_| scope.spawn(start)).collect();
            hosts.into_iter().flat_map(|host| host.join().expect("it ends")).collect()
        });
        assert!(homes.iter().all(|home| home.folder.join("lock").exists() && home.root().exists()));
    }
}
