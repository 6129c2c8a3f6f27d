//! What the kernel lets this process use, and who it may become.

use rustix::{
    process::{DumpableBehavior, Resource, Rlimit, set_dumpable_behavior, setrlimit},
    thread::set_no_new_privs,
};

/// Descriptors a worker may hold: its three pipes, and what was open before the walls were raised.
const DESCRIPTORS: u64 = 32;

/// No core files (they would hold a script's data), no file may grow, no locked memory, no message queues.
pub(super) fn raise() -> Result<(), String> {
    let limits = [
        (Resource::Core, 0),
        (Resource::Fsize, 0),
        (Resource::Memlock, 0),
        (Resource::Msgqueue, 0),
        (Resource::Nofile, DESCRIPTORS),
    ];
    for (resource, most) in limits {
        setrlimit(resource, Rlimit { current: Some(most), maximum: Some(most) })
            .map_err(|error| format!("setrlimit({resource:?}): {error}"))?;
    }
    Ok(())
}

/// No program started from here can gain privileges, and no other process of this user may read this one's memory.
pub(super) fn give_up_privileges() -> Result<(), String> {
    set_no_new_privs(true).map_err(|error| format!("no_new_privs: {error}"))?;
    set_dumpable_behavior(DumpableBehavior::NotDumpable).map_err(|error| format!("dumpable: {error}"))
}
