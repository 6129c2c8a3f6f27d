//! Slots for connections: a fixed number, and which connection has to leave when all are taken.
//!
//! The connection that has waited longest for its client (idle, or slow to send) gives its slot to a new one, so that idle
//! and slow clients cannot keep others out. A connection that works for its client is never evicted. But not all may work at
//! once: so there is always a slot on which a new client is answered that there is too much to do.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use parking_lot::Mutex;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;

/// All slots.
pub(super) struct Slots {
    free: Arc<Semaphore>,
    /// Permits to work.
    requests: Arc<Semaphore>,
    /// The connections that wait for their clients, by the number of the wait.
    waiting: Mutex<BTreeMap<u64, CancellationToken>>,
    waits: AtomicU64,
}

/// The slot of a connection. Free again when it is dropped.
pub(super) struct Slot {
    slots: Arc<Slots>,
    state: Mutex<State>,
    out: CancellationToken,
    _permit: OwnedSemaphorePermit,
}

/// What a connection does.
enum State {
    /// It waits for its client: the number of the wait.
    Waits(u64),
    Works(#[expect(dead_code, reason = "held for its end")] OwnedSemaphorePermit),
    Left,
}

impl Slots {
    /// So many slots; on so many of them requests are answered at once.
    pub(super) fn new(slots: usize, requests: usize) -> Arc<Self> {
        let (free, requests) = (Arc::new(Semaphore::new(slots)), Arc::new(Semaphore::new(requests)));
        Arc::new(Self { free, requests, waiting: Mutex::default(), waits: AtomicU64::new(0) })
    }

    /// A slot for a new connection; when all are taken, that of the connection that has waited longest.
    pub(super) async fn take(self: &Arc<Self>) -> Slot {
        let permit = match Arc::clone(&self.free).try_acquire_owned() {
            Ok(permit) => permit,
            Err(_) => {
                let longest = self.waiting.lock().pop_first();
                longest.into_iter().for_each(|(_, out)| out.cancel());
                // Never closed, so the only outcome is a permit.
                match Arc::clone(&self.free).acquire_owned().await {
                    Ok(permit) => permit,
                    Err(_) => std::future::pending().await,
                }
            }
        };
        let out = CancellationToken::new();
        let state = Mutex::new(State::Left);
        let slot = Slot { slots: Arc::clone(self), state, out, _permit: permit };
        slot.waits();
        slot
    }
}

impl Slot {
    /// From now on it waits for its client.
    pub(super) fn waits(&self) {
        let next = self.slots.waits.fetch_add(1, Ordering::Relaxed);
        self.slots.waiting.lock().insert(next, self.out.clone());
        self.becomes(State::Waits(next));
    }

    /// From now on it works for its client; false when as many do as may.
    pub(super) fn works(&self) -> bool {
        let permit = Arc::clone(&self.slots.requests).try_acquire_owned().ok();
        permit.map(|permit| self.becomes(State::Works(permit))).is_some()
    }

    fn becomes(&self, state: State) {
        let mut now = self.state.lock();
        if let State::Waits(number) = std::mem::replace(&mut *now, state) {
            self.slots.waiting.lock().remove(&number);
        }
    }

    /// Waits until it has to leave.
    pub(super) async fn evicted(&self) {
        self.out.cancelled().await;
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.becomes(State::Left);
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    #[tokio::test]
    async fn the_connection_that_waited_longest_leaves_for_a_new_one() {
        let slots = Slots::new(3, 2);
        let (one, two, three) = (slots.take().await, slots.take().await, slots.take().await);
        assert!(one.works());
        two.waits();
        let mut new = Box::pin(slots.take());
        assert!(new.as_mut().now_or_never().is_none(), "nobody has left yet");
        three.evicted().await;
        assert!(two.evicted().now_or_never().is_none());
        drop(three);
        new.await;
    }

    #[tokio::test]
    async fn a_connection_that_works_stays() {
        let slots = Slots::new(1, 1);
        let one = slots.take().await;
        assert!(one.works());
        assert!(slots.take().now_or_never().is_none());
        assert!(one.evicted().now_or_never().is_none());
        drop(one);
        slots.take().await;
        assert!(slots.waiting.lock().is_empty(), "a connection that left does not wait");
    }

    #[tokio::test]
    async fn not_all_work_at_once() {
        let slots = Slots::new(3, 1);
        let (one, two) = (slots.take().await, slots.take().await);
        assert!(one.works());
        assert!(!two.works(), "it goes on waiting, and leaves for a new");
        let _three = slots.take().await;
        assert!(slots.take().now_or_never().is_none());
        two.evicted().await;
        one.waits();
        assert!(two.works());
    }
}
