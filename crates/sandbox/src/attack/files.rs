//! Files outside.

use std::{
    fs::{self, File, OpenOptions, Permissions},
    io::{self, Write},
    os::unix::fs::{PermissionsExt, symlink},
};

use super::{
    Attempt, native,
    target::{SECRET, Target, is_secret},
};

pub(super) const ATTEMPTS: &[Attempt] = &[
    ("read a file", |target| read(target, "")),
    ("read a file through a link", |target| is_secret(&fs::read(target.path("link"))?)),
    ("read a file through its own root", |target| read(target, "/proc/self/root")),
    ("read a file through the host's root", |target| read(target, &format!("/proc/{}/root", target.process))),
    ("read the host's environment", |target| fs::read(format!("/proc/{}/environ", target.process)).map(drop)),
    ("read what the host left open", left_open),
    ("list a folder", |target| fs::read_dir(&target.folder).map(drop)),
    ("look at a file", |target| fs::metadata(target.path("secret")).map(drop)),
    ("write to a file", |target| {
        OpenOptions::new().append(true).open(target.path("changed"))?.write_all(b"x")
    }),
    ("make a file", |target| File::create_new(target.path("file")).map(drop)),
    ("make a folder", |target| fs::create_dir(target.path("another folder"))),
    ("make a link", |target| symlink("/etc/passwd", target.path("another link"))),
    ("remove a file", |target| fs::remove_file(target.path("removed"))),
    ("change who may read a file", |target| {
        fs::set_permissions(target.path("changed"), Permissions::from_mode(0o600))
    }),
];

fn read(target: &Target, root: &str) -> io::Result<()> {
    is_secret(&fs::read(format!("{root}{}", target.path("secret").display()))?)
}

/// Reads from every descriptor but the three it was started with.
fn left_open(_: &Target) -> io::Result<()> {
    /// More than a program has that has just been started.
    const DESCRIPTORS: i32 = 256;
    let mut found = Vec::new();
    for descriptor in 3..DESCRIPTORS {
        let mut bytes = [0; SECRET.len()];
        if let Ok(length) = native::read(descriptor, &mut bytes) {
            found.push((descriptor, length));
        }
    }
    if found.is_empty() { Err(io::Error::other("nothing is open")) } else { Ok(()) }
}
