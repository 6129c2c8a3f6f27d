//! What all servers share: the catalog they make together, the places to start, the end.

use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::{Semaphore, watch};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tools::Catalog;

use crate::{entry::Settings, slot::Slot};

pub(crate) struct Shared {
    pub(crate) settings: Settings,
    pub(crate) slots: Vec<Arc<Slot>>,
    pub(crate) catalog: watch::Sender<Arc<Catalog>>,
    /// How many servers have not yet become anything.
    pub(crate) unsettled: watch::Sender<usize>,
    pub(crate) starts: Semaphore,
    pub(crate) stop: CancellationToken,
    /// Everything that has to be over before the end is.
    pub(crate) tasks: TaskTracker,
    /// Held while a catalog is put together, so that an older one never replaces a newer.
    publishing: Mutex<()>,
}

impl Shared {
    pub(crate) fn new(slots: Vec<Arc<Slot>>, settings: Settings) -> Arc<Self> {
        let catalog = Arc::new(Catalog::new(slots.iter().map(|slot| slot.server())));
        Arc::new(Self {
            catalog: watch::Sender::new(catalog),
            unsettled: watch::Sender::new(slots.len()),
            starts: Semaphore::new(settings.parallel_starts.max(1)),
            stop: CancellationToken::new(),
            tasks: TaskTracker::new(),
            publishing: Mutex::new(()),
            settings,
            slots,
        })
    }

    /// Makes a new catalog of what all servers show now.
    pub(crate) fn publish(&self) {
        let _one_at_a_time = self.publishing.lock();
        let catalog = Catalog::new(self.slots.iter().map(|slot| slot.server()));
        self.catalog.send_replace(Arc::new(catalog));
    }
}
