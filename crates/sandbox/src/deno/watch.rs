//! Looks at every process that has a script, and ends those that have used too much.

use std::{io, sync::Arc, thread, time::Duration};

use parking_lot::{Condvar, Mutex};

use super::run::Run;

/// How often. Limits are late by this much; a look costs a few microseconds.
const TICK: Duration = Duration::from_millis(5);

/// The runs that have a process.
#[derive(Default)]
pub(super) struct Watched(Arc<Shared>);

#[derive(Default)]
struct Shared {
    runs: Mutex<Vec<Arc<Run>>>,
    changed: Condvar,
}

impl Watched {
    /// Starts the thread that looks. It lives as long as the process.
    pub(super) fn start(&self) -> io::Result<()> {
        let shared = Arc::clone(&self.0);
        let watches = move || {
            loop {
                shared.some().iter().for_each(|run| run.look());
                thread::sleep(TICK);
            }
        };
        thread::Builder::new().name("watch".into()).spawn(watches).map(drop)
    }

    pub(super) fn add(&self, run: &Arc<Run>) {
        self.0.runs.lock().push(Arc::clone(run));
        self.0.changed.notify_one();
    }

    pub(super) fn remove(&self, run: &Arc<Run>) {
        self.0.runs.lock().retain(|other| !Arc::ptr_eq(other, run));
    }
}

impl Shared {
    /// The runs of this moment; waits until there is one.
    fn some(&self) -> Vec<Arc<Run>> {
        let mut runs = self.runs.lock();
        self.changed.wait_while(&mut runs, |runs| runs.is_empty());
        runs.clone()
    }
}
