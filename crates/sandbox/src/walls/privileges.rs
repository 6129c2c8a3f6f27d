//! Who a worker is, what it was handed, and what it may become.

use rustix::{
    io::Errno,
    process::{DumpableBehavior, Gid, Resource, Uid, geteuid, getrlimit, set_dumpable_behavior},
    thread::{
        CapabilitySet, CapabilitySets, capabilities, clear_ambient_capability_set, set_capabilities,
        set_keep_capabilities, set_no_new_privs, set_thread_groups, set_thread_res_gid, set_thread_res_uid,
    },
};

/// The user that owns nothing.
const NOBODY: u32 = 65534;

/// The first descriptor that is none of the three a worker is started with.
const FIRST_OTHER: i32 = 3;

/// Where a system names no largest descriptor and has no `/proc`, what lies beyond is not looked for.
const DESCRIPTORS_MAX: u64 = 1 << 20;

/// Lets go of everything that was left open by the process that started Narrows; as root, becomes a user who owns nothing,
/// for the moment with all of root's capabilities, which the namespaces may need.
pub(crate) fn become_nobody() -> Result<(), String> {
    for descriptor in open_descriptors() {
        // Not open any more: the one the list itself was read through.
        let _ = nix::unistd::close(descriptor);
    }
    if !geteuid().is_root() {
        return Ok(());
    }
    let (user, group) = (Uid::from_raw(NOBODY), Gid::from_raw(NOBODY));
    set_keep_capabilities(true).map_err(failed("keep capabilities"))?;
    let changed = set_thread_groups(&[])
        .and_then(|()| set_thread_res_gid(group, group, group))
        .and_then(|()| set_thread_res_uid(user, user, user));
    match changed {
        Ok(()) => {
            let permitted = capabilities(None).map_err(failed("capabilities"))?.permitted;
            keep_only(permitted)
        }
        // Root of a user namespace without other users, or root of a container that may not change users: a root
        // that has little, and soon has no capabilities either.
        Err(Errno::INVAL | Errno::PERM) => Ok(()),
        Err(error) => Err(format!("another user: {error}")),
    }
}

/// No capabilities; no program started from here can gain any; no other process of this user may read this one's
/// memory.
pub(crate) fn give_up() -> Result<(), String> {
    set_no_new_privs(true).map_err(failed("no_new_privs"))?;
    match clear_ambient_capability_set() {
        // A kernel that knows no ambient capabilities, such as gVisor's, has none to clear.
        Ok(()) | Err(Errno::INVAL) => {}
        Err(error) => return Err(failed("ambient capabilities")(error)),
    }
    keep_only(CapabilitySet::empty())?;
    // Last, because every change above may undo it.
    set_dumpable_behavior(DumpableBehavior::NotDumpable).map_err(failed("dumpable"))
}

fn keep_only(kept: CapabilitySet) -> Result<(), String> {
    let sets = CapabilitySets { effective: kept, permitted: kept, inheritable: CapabilitySet::empty() };
    set_capabilities(None, sets).map_err(failed("capabilities"))
}

fn open_descriptors() -> Vec<i32> {
    let listed = std::fs::read_dir("/proc/self/fd").map(|entries| {
        let names = entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok());
        names.filter(|descriptor| *descriptor >= FIRST_OTHER).collect()
    });
    listed.unwrap_or_else(|_| {
        let most = getrlimit(Resource::Nofile).current.unwrap_or(DESCRIPTORS_MAX).min(DESCRIPTORS_MAX);
        (FIRST_OTHER..i32::try_from(most).unwrap_or(i32::MAX)).collect()
    })
}

fn failed(what: &'static str) -> impl Fn(Errno) -> String {
    move |error| format!("{what}: {error}")
}
