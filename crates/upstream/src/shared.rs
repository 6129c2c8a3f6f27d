//! What all servers share: the catalog they make together, the places to start, the end.

use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::{Semaphore, broadcast, watch};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tools::Catalog;

use crate::{entry::Settings, news::ServerNews, slot::Slot};

/// What is kept of what servers say for a client that is slow to take it; it loses the oldest.
const NEWS_KEPT: usize = 256;

pub(crate) struct Shared {
    pub(crate) settings: Settings,
    pub(crate) slots: Vec<Arc<Slot>>,
    pub(crate) catalog: watch::Sender<Arc<Catalog>>,
    /// What servers say unasked.
    pub(crate) news: broadcast::Sender<ServerNews>,
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
            news: broadcast::Sender::new(NEWS_KEPT),
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
