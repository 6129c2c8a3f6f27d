//! The clock that lets a slice be interrupted: it ticks while something computes, and sleeps otherwise.

use std::{
    sync::{Arc, Condvar, Mutex, PoisonError},
    thread,
    time::Duration,
};

/// How often a computing guest comes back to be looked at. Limits are late by this much at most; a visit costs
/// about a microsecond.
const TICK: Duration = Duration::from_millis(2);

/// Counts the slices under way.
#[derive(Default)]
pub(crate) struct Ticker(Arc<Shared>);

#[derive(Default)]
struct Shared {
    computing: Mutex<usize>,
    changed: Condvar,
}

/// One slice under way; it is over when this is dropped.
pub(crate) struct Computing<'a>(&'a Shared);

impl Ticker {
    /// Starts the thread. It lives as long as the process.
    pub(crate) fn start(&self, engines: Vec<wasmtime::Engine>) -> std::io::Result<()> {
        let ticking = Arc::clone(&self.0);
        thread::Builder::new().name("ticker".into()).spawn(move || {
            loop {
                ticking.wait_for_work();
                thread::sleep(TICK);
                engines.iter().for_each(wasmtime::Engine::increment_epoch);
            }
        })?;
        Ok(())
    }

    /// Says that a slice begins.
    pub(crate) fn computing(&self) -> Computing<'_> {
        let mut computing = self.0.computing.lock().unwrap_or_else(PoisonError::into_inner);
        *computing += 1;
        if *computing == 1 {
            self.0.changed.notify_one();
        }
        Computing(&self.0)
    }
}

impl Shared {
    fn wait_for_work(&self) {
        let computing = self.computing.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.changed.wait_while(computing, |computing| *computing == 0);
        drop(waited.unwrap_or_else(PoisonError::into_inner));
    }
}

impl Drop for Computing<'_> {
    fn drop(&mut self) {
        *self.0.computing.lock().unwrap_or_else(PoisonError::into_inner) -= 1;
    }
}
