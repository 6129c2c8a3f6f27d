//! What the kernel lets this process use.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Descriptors a worker may hold: its three pipes, and what was open before the walls were raised.
const DESCRIPTORS: u64 = 32;

/// No core files (they would hold a script's data), no file may grow, no locked memory, no message queues.
const NOTHING: [(Resource, u64); 4] =
    [(Resource::Core, 0), (Resource::Fsize, 0), (Resource::Memlock, 0), (Resource::Msgqueue, 0)];

/// Where the machine runs out of memory, the kernel takes a worker before anything else: it can be replaced. Not a
/// wall, so nothing is said where it cannot be had.
pub(super) fn be_the_first_to_go() {
    let _ = std::fs::write("/proc/self/oom_score_adj", "1000");
}

pub(super) fn raise() -> Result<(), String> {
    keep_to(&[(Resource::Nofile, DESCRIPTORS)])
}

/// Lets this process use so much of these, and nothing of what no worker needs.
pub(crate) fn keep_to(limits: &[(Resource, u64)]) -> Result<(), String> {
    for (resource, most) in limits.iter().chain(&NOTHING) {
        let wanted = Rlimit { current: Some(*most), maximum: Some(*most) };
        // gVisor starts a container with its limits, and refuses to set some of them a second time.
        if getrlimit(*resource) == wanted {
            continue;
        }
        setrlimit(*resource, wanted)
            .map_err(|error| format!("the limit {} cannot be set: {error}", name(*resource)))?;
    }
    Ok(())
}

/// A resource as `setrlimit(2)` names it.
fn name(resource: Resource) -> String {
    format!("RLIMIT_{resource:?}").to_uppercase()
}
