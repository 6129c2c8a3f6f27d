//! The clock that lets a slice be interrupted: it ticks while a thread is at work, and sleeps otherwise.

use std::{sync::Arc, thread, time::Duration};

use parking_lot::{Condvar, Mutex};

/// How often a computing guest comes back to be looked at. Limits are late by this much at most; a visit costs
/// about a microsecond.
const TICK: Duration = Duration::from_millis(2);

/// Counts the threads at work.
#[derive(Default)]
pub(crate) struct Ticker(Arc<Shared>);

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    at_work: usize,
    /// The ticker sleeps until a thread begins to work. It is only woken then: a wake-up costs more than a short slice.
    asleep: bool,
}

/// One thread at work; it is done when this is dropped.
pub(crate) struct AtWork<'a>(&'a Shared);

impl Ticker {
    /// Starts the thread. It lives as long as the process, and calls `on_tick` at every tick.
    pub(crate) fn start(
        &self,
        engines: Vec<wasmtime::Engine>,
        on_tick: impl Fn() + Send + 'static,
    ) -> std::io::Result<()> {
        let ticking = Arc::clone(&self.0);
        thread::Builder::new().name("ticker".into()).spawn(move || {
            loop {
                ticking.wait_for_work();
                thread::sleep(TICK);
                engines.iter().for_each(wasmtime::Engine::increment_epoch);
                on_tick();
            }
        })?;
        Ok(())
    }

    /// Says that a thread begins to work.
    pub(crate) fn at_work(&self) -> AtWork<'_> {
        let mut state = self.0.state.lock();
        state.at_work += 1;
        if std::mem::take(&mut state.asleep) {
            self.0.changed.notify_one();
        }
        AtWork(&self.0)
    }
}

impl Shared {
    fn wait_for_work(&self) {
        let mut state = self.state.lock();
        while state.at_work == 0 {
            state.asleep = true;
            self.changed.wait(&mut state);
        }
        state.asleep = false;
    }
}

impl Drop for AtWork<'_> {
    fn drop(&mut self) {
        self.0.state.lock().at_work -= 1;
    }
}
