//! Room for connections: a fixed number of seats, and who has to leave when all are taken.
//!
//! Whoever has waited longest for its client (idle, or slow to send) gives its seat to a newcomer, so that idle and
//! slow clients cannot keep others out. Who works for its client is never turned out.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;

/// All seats.
pub(super) struct Room {
    free: Arc<Semaphore>,
    /// Who waits for its client, by the turn in which it began to.
    waiting: Mutex<BTreeMap<u64, CancellationToken>>,
    turns: AtomicU64,
}

/// A connection's place. Free again when it is dropped.
pub(super) struct Seat {
    room: Arc<Room>,
    turn: Mutex<Option<u64>>,
    out: CancellationToken,
    _permit: OwnedSemaphorePermit,
}

impl Room {
    pub(super) fn new(seats: usize) -> Arc<Self> {
        let free = Arc::new(Semaphore::new(seats));
        Arc::new(Self { free, waiting: Mutex::default(), turns: AtomicU64::new(0) })
    }

    /// A seat for a newcomer; when all are taken, that of the one who has waited longest.
    pub(super) async fn enter(self: &Arc<Self>) -> Seat {
        let permit = match Arc::clone(&self.free).try_acquire_owned() {
            Ok(permit) => permit,
            Err(_) => {
                let longest = self.waiting().pop_first();
                longest.into_iter().for_each(|(_, out)| out.cancel());
                // Never closed, so the only outcome is a permit.
                match Arc::clone(&self.free).acquire_owned().await {
                    Ok(permit) => permit,
                    Err(_) => std::future::pending().await,
                }
            }
        };
        let out = CancellationToken::new();
        let seat = Seat { room: Arc::clone(self), turn: Mutex::default(), out, _permit: permit };
        seat.waits();
        seat
    }

    fn waiting(&self) -> MutexGuard<'_, BTreeMap<u64, CancellationToken>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Seat {
    /// From now on it waits for its client.
    pub(super) fn waits(&self) {
        let mut turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let next = self.room.turns.fetch_add(1, Ordering::Relaxed);
        let mut waiting = self.room.waiting();
        turn.replace(next).and_then(|last| waiting.remove(&last));
        waiting.insert(next, self.out.clone());
    }

    /// From now on it works for its client.
    pub(super) fn works(&self) {
        let mut turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        turn.take().and_then(|last| self.room.waiting().remove(&last));
    }

    /// Waits until it has to leave.
    pub(super) async fn turned_out(&self) {
        self.out.cancelled().await;
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.works();
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    #[tokio::test]
    async fn who_waited_longest_leaves_for_a_newcomer() {
        let room = Room::new(3);
        let (one, two, three) = (room.enter().await, room.enter().await, room.enter().await);
        one.works();
        two.waits();
        let mut newcomer = Box::pin(room.enter());
        assert!(newcomer.as_mut().now_or_never().is_none(), "nobody has left yet");
        three.turned_out().await;
        assert!(two.turned_out().now_or_never().is_none());
        drop(three);
        newcomer.await;
    }

    #[tokio::test]
    async fn who_works_stays() {
        let room = Room::new(1);
        let one = room.enter().await;
        one.works();
        assert!(room.enter().now_or_never().is_none());
        assert!(one.turned_out().now_or_never().is_none());
        drop(one);
        room.enter().await;
        assert!(room.waiting().is_empty(), "who left does not wait");
    }
}
