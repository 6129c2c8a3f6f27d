//! Room for connections: a fixed number of seats, and who has to leave when all are taken.
//!
//! Whoever has waited longest for its client (idle, or slow to send) gives its seat to a newcomer, so that idle and
//! slow clients cannot keep others out. Who works for its client is never turned out. But not all may work at once: so
//! there is always a seat on which a newcomer hears that there is too much to do.

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

/// All seats.
pub(super) struct Room {
    free: Arc<Semaphore>,
    /// Permits to work.
    requests: Arc<Semaphore>,
    /// Who waits for its client, by the turn in which it began to.
    waiting: Mutex<BTreeMap<u64, CancellationToken>>,
    turns: AtomicU64,
}

/// A connection's place. Free again when it is dropped.
pub(super) struct Seat {
    room: Arc<Room>,
    state: Mutex<State>,
    out: CancellationToken,
    _permit: OwnedSemaphorePermit,
}

/// What a connection does.
enum State {
    /// It waits for its client, since this turn.
    Waits(u64),
    Works(#[expect(dead_code, reason = "held for its end")] OwnedSemaphorePermit),
    Left,
}

impl Room {
    /// So many seats; on so many of them requests are answered at once.
    pub(super) fn new(seats: usize, requests: usize) -> Arc<Self> {
        let (free, requests) = (Arc::new(Semaphore::new(seats)), Arc::new(Semaphore::new(requests)));
        Arc::new(Self { free, requests, waiting: Mutex::default(), turns: AtomicU64::new(0) })
    }

    /// A seat for a newcomer; when all are taken, that of the one who has waited longest.
    pub(super) async fn enter(self: &Arc<Self>) -> Seat {
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
        let seat = Seat { room: Arc::clone(self), state, out, _permit: permit };
        seat.waits();
        seat
    }
}

impl Seat {
    /// From now on it waits for its client.
    pub(super) fn waits(&self) {
        let next = self.room.turns.fetch_add(1, Ordering::Relaxed);
        self.room.waiting.lock().insert(next, self.out.clone());
        self.becomes(State::Waits(next));
    }

    /// From now on it works for its client; false when as many do as may.
    pub(super) fn works(&self) -> bool {
        let permit = Arc::clone(&self.room.requests).try_acquire_owned().ok();
        permit.map(|permit| self.becomes(State::Works(permit))).is_some()
    }

    fn becomes(&self, state: State) {
        let mut now = self.state.lock();
        if let State::Waits(turn) = std::mem::replace(&mut *now, state) {
            self.room.waiting.lock().remove(&turn);
        }
    }

    /// Waits until it has to leave.
    pub(super) async fn turned_out(&self) {
        self.out.cancelled().await;
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.becomes(State::Left);
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    #[tokio::test]
    async fn who_waited_longest_leaves_for_a_newcomer() {
        let room = Room::new(3, 2);
        let (one, two, three) = (room.enter().await, room.enter().await, room.enter().await);
        assert!(one.works());
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
        let room = Room::new(1, 1);
        let one = room.enter().await;
        assert!(one.works());
        assert!(room.enter().now_or_never().is_none());
        assert!(one.turned_out().now_or_never().is_none());
        drop(one);
        room.enter().await;
        assert!(room.waiting.lock().is_empty(), "who left does not wait");
    }

    #[tokio::test]
    async fn not_all_work_at_once() {
        let room = Room::new(3, 1);
        let (one, two) = (room.enter().await, room.enter().await);
        assert!(one.works());
        assert!(!two.works(), "it goes on waiting, and leaves for a newcomer");
        let _three = room.enter().await;
        assert!(room.enter().now_or_never().is_none());
        two.turned_out().await;
        one.waits();
        assert!(two.works());
    }
}
