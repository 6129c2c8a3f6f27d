//! Giving memory back to the system after large work. The C library keeps what was freed, in each thread's own arena, for
//! what comes next; of a burst of large results that is hundreds of megabytes that nothing comes for.

use std::{
    sync::{
        OnceLock,
        atomic::{AtomicUsize, Ordering::Relaxed},
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    thread,
    time::Duration,
};

/// Work of fewer bytes, all together, leaves too little behind to be looked for.
const LARGE_BYTES: usize = 1024 * 1024;

/// Worked on since memory was last looked for: much small work leaves as much as some that is large.
static WORKED_ON: AtomicUsize = AtomicUsize::new(0);

/// How long it waits for more of the same. Giving back takes some milliseconds, and so does getting it again.
const QUIET: Duration = Duration::from_secs(3);

/// Memory of at least so many bytes is had from the system by itself, and given back when it is freed.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const MAPPED_BYTES: libc::c_int = 256 * 1024;

/// To be called when the process begins. Left alone, the C library moves this bound up to 32 MB, and keeps twice that of every
/// thread, once something as large was freed.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[expect(unsafe_code, reason = "no crate has a safe function for this one call of the C library")]
pub fn map_what_is_large() {
    // SAFETY: the call takes numbers, and changes where later memory comes from.
    unsafe { libc::mallopt(libc::M_MMAP_THRESHOLD, MAPPED_BYTES) };
}

/// Other C libraries do so by themselves.
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
pub fn map_what_is_large() {}

/// Notes that so many bytes were worked on. Returns at once; where it was much by now, memory is given back a little later.
pub fn give_back_after(bytes: usize) {
    static AWAKE: OnceLock<Option<SyncSender<()>>> = OnceLock::new();
    if WORKED_ON.fetch_add(bytes, Relaxed).saturating_add(bytes) < LARGE_BYTES {
        return;
    }
    WORKED_ON.store(0, Relaxed);
    if let Some(awake) = AWAKE.get_or_init(start) {
        // One that is on its way already looks after this, too.
        let _ = awake.try_send(());
    }
}

/// A thread of its own, which sleeps nearly always.
fn start() -> Option<SyncSender<()>> {
    let (awake, sleeps) = sync_channel(1);
    thread::Builder::new().name("reclaim".into()).spawn(move || reclaim(&sleeps)).ok().map(|_| awake)
}

fn reclaim(sleeps: &Receiver<()>) {
    while sleeps.recv().is_ok() {
        while sleeps.recv_timeout(QUIET).is_ok() {}
        give_back();
    }
}

/// Gives back every page that holds nothing.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[expect(unsafe_code, reason = "no crate has a safe function for this one call of the C library")]
fn give_back() {
    // SAFETY: the call takes a number and touches only memory that is free.
    unsafe { libc::malloc_trim(0) };
}

/// Other C libraries give back what is large by themselves.
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
fn give_back() {}
