//! A folder of Narrows' own: made for its owner alone, and never left through a link.

use std::{
    fs::{DirBuilder, File, OpenOptions},
    io,
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use cap_std::fs::{Dir, OpenOptions as InnerOptions, OpenOptionsExt as _};
use rustix::fs::OFlags;

use crate::{
    locked::Locked,
    read::{OPEN_FLAGS, read_opened},
};

/// A folder that was opened. Names below it are looked up in it, whatever becomes of its path.
#[derive(Debug)]
pub struct Folder {
    dir: Dir,
    path: PathBuf,
}

impl Folder {
    /// Opens a folder, made when missing, with those above it.
    pub fn make(path: &Path) -> io::Result<Self> {
        DirBuilder::new().recursive(true).mode(0o700).create(path)?;
        Self::open(path)
    }

    /// Opens a folder that is there. A link is refused: what is kept belongs in the folder, not where a link leads.
    pub fn open(path: &Path) -> io::Result<Self> {
        let flags = (OFlags::DIRECTORY | OFlags::NOFOLLOW).bits().cast_signed();
        match OpenOptions::new().read(true).custom_flags(flags).open(path) {
            Ok(file) => Ok(Self { dir: Dir::from_std_file(file), path: path.to_owned() }),
            Err(_) if path.is_symlink() => Err(link(path)),
            Err(error) => Err(error),
        }
    }

    /// Opens a folder that a person named, made when missing: also where a link leads.
    pub fn named(path: &Path) -> io::Result<Self> {
        match path.canonicalize() {
            Ok(path) => Self::open(&path),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Self::make(path),
            Err(error) => Err(error),
        }
    }

    /// Where it was when it was opened.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The handle.
    pub fn dir(&self) -> &Dir {
        &self.dir
    }

    /// The handle alone.
    pub fn into_dir(self) -> Dir {
        self.dir
    }

    /// Reads a regular file of at most so many bytes. A link that leads out of the folder is refused.
    pub fn read(&self, name: &str, bytes_max: u64) -> io::Result<Vec<u8>> {
        let mut options = InnerOptions::new();
        options.read(true).custom_flags(OPEN_FLAGS);
        read_opened(self.opened(name, &options)?, bytes_max)
    }

    /// Opens a file of the folder for reading and writing, made when missing, for its owner alone.
    pub fn open_file(&self, name: &str) -> io::Result<File> {
        let mut options = InnerOptions::new();
        options.read(true).write(true).create(true).mode(0o600).custom_flags(OPEN_FLAGS);
        let file = self.opened(name, &options)?;
        if file.metadata()?.is_file() {
            return Ok(file);
        }
        Err(io::Error::new(io::ErrorKind::InvalidInput, format!("`{name}` in it is not a regular file")))
    }

    /// Waits until nobody else changes the folder, and keeps others from it as long as what it gives lives.
    pub fn lock(&self) -> io::Result<Locked<'_>> {
        Locked::new(self)
    }

    fn opened(&self, name: &str, options: &InnerOptions) -> io::Result<File> {
        match self.dir.open_with(name, options) {
            Ok(file) => Ok(file.into_std()),
            Err(error) if error.kind() != io::ErrorKind::NotFound && self.is_link(name) => {
                Err(link(&self.path.join(name)))
            }
            Err(error) => Err(error),
        }
    }

    fn is_link(&self, name: &str) -> bool {
        self.dir.symlink_metadata(name).is_ok_and(|metadata| metadata.is_symlink())
    }
}

fn link(path: &Path) -> io::Error {
    let message =
        format!("`{}` is a link, which is not followed: put what it leads to in its place", path.display());
    io::Error::new(io::ErrorKind::PermissionDenied, message)
}
