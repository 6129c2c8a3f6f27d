//! What the kernel lets this process use.

use rustix::process::{Resource, Rlimit, setrlimit};

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
