//! An empty machine: no network interfaces, no files, no shared memory of others.

use nix::{
    mount::{MntFlags, MsFlags, mount, umount2},
    sched::{CloneFlags, unshare},
    unistd::{chdir, pivot_root},
};

/// A folder that exists on every Linux; the empty file system is mounted over it for a moment.
const STEPPING_STONE: &str = "/proc";

/// Leaves for namespaces of its own and makes an empty, read-only file system of one inode its root. Works
/// for an ordinary user where user namespaces are allowed, and without them for root.
pub(super) fn raise() -> Result<(), String> {
    let own = CloneFlags::CLONE_NEWNS
        | CloneFlags::CLONE_NEWNET
        | CloneFlags::CLONE_NEWIPC
        | CloneFlags::CLONE_NEWUTS;
    unshare(own | CloneFlags::CLONE_NEWUSER)
        .or_else(|error| unshare(own).map_err(|_| error))
        .map_err(|error| format!("unshare: {error}"))?;
    empty_root().map_err(|(step, error)| format!("{step}: {error}"))
}

fn empty_root() -> Result<(), (&'static str, nix::Error)> {
    const NONE: Option<&str> = None;
    let quiet = MsFlags::MS_NOSUID | MsFlags::MS_NODEV | MsFlags::MS_NOEXEC;
    mount(NONE, "/", NONE, MsFlags::MS_REC | MsFlags::MS_PRIVATE, NONE).map_err(|e| ("private mounts", e))?;
    mount(Some("none"), STEPPING_STONE, Some("tmpfs"), quiet, Some("size=4k,nr_inodes=1,mode=555"))
        .map_err(|e| ("empty file system", e))?;
    chdir(STEPPING_STONE).map_err(|e| ("chdir", e))?;
    // The new root over the old one, then the old one away: no folder for it is needed (pivot_root(2), NOTES).
    pivot_root(".", ".").map_err(|e| ("pivot_root", e))?;
    umount2(".", MntFlags::MNT_DETACH).map_err(|e| ("old root", e))?;
    chdir("/").map_err(|e| ("chdir /", e))?;
    mount(NONE, "/", NONE, quiet | MsFlags::MS_REMOUNT | MsFlags::MS_RDONLY, NONE)
        .map_err(|e| ("read-only", e))
}
