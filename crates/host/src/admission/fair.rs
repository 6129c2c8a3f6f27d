//! A semaphore whose permits are shared out between clients.
//!
//! Two rules keep a crowd of one client from another's way. *Half of what is left*: a holder is given a permit only while it
//! holds fewer than are free, so that there is always one left for a newcomer, however many runs another client has; alone, it
//! has half of all. *In turn*: those that wait are served round robin by client, what is waited for before what
//! runs in the background.
//!
//! At every moment none of those that wait may be given a permit: each change ends by serving all that can be served.

use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    sync::Arc,
};

use parking_lot::Mutex;
use tokio::sync::oneshot;

use super::client::{Client, Holder, Urgency};

/// Every so many permits the background comes first, so that it goes on beside a crowd that is waited for.
const BACKGROUND_EVERY: u64 = 4;

/// How many may wait.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    pub(super) waiting: usize,
    pub(super) waiting_of_client: usize,
    /// The weights of all that wait together; one client's at most what the others leave free.
    pub(super) weight: u64,
}

/// The bound that keeps one more from waiting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Full {
    Waiting,
    OfClient,
    Weight,
}

/// The semaphore. Cheap to clone.
#[derive(Clone)]
pub(super) struct FairSemaphore(Arc<Mutex<State>>);

/// A permit, given back when dropped.
pub(crate) struct Permit(#[expect(dead_code, reason = "held for its end")] Claim);

/// A permit that was asked for. Dropping it gives up waiting.
pub(super) struct Acquire {
    claim: Claim,
    /// Nothing when it was granted at once.
    granted: Option<oneshot::Receiver<()>>,
}

/// A place among those that wait, or a permit, whichever it is by now.
struct Claim {
    semaphore: FairSemaphore,
    holder: Holder,
    ticket: u64,
}

struct State {
    permits: usize,
    in_use: usize,
    in_use_background: usize,
    waiting: usize,
    weight: u64,
    holders: HashMap<Holder, Account>,
    /// Holders of which some wait, the next to be served first.
    awaited: VecDeque<Holder>,
    background: VecDeque<Holder>,
    last_ticket: u64,
    served: u64,
}

/// What one holder has and waits for.
#[derive(Default)]
struct Account {
    in_use: usize,
    waiting: BTreeMap<u64, Waiting>,
    weight: u64,
}

struct Waiting {
    weight: u64,
    granted: oneshot::Sender<()>,
}

impl FairSemaphore {
    pub(super) fn new(permits: usize) -> Self {
        Self(Arc::new(Mutex::new(State {
            permits: permits.max(1),
            in_use: 0,
            in_use_background: 0,
            waiting: 0,
            weight: 0,
            holders: HashMap::new(),
            awaited: VecDeque::new(),
            background: VecDeque::new(),
            last_ticket: 0,
            served: 0,
        })))
    }

    /// Asks for a permit.
    pub(super) fn acquire(&self, holder: &Holder) -> Acquire {
        self.enter(&mut self.0.lock(), holder, 0)
    }

    /// A permit, where there is one to be had at once.
    pub(super) fn try_acquire(&self, holder: &Holder) -> Option<Permit> {
        let mut state = self.0.lock();
        let may_take = state.may_take(holder);
        may_take.then(|| Permit(self.enter(&mut state, holder, 0).claim))
    }

    /// Asks for a permit, unless it had to be waited for and too much waits already.
    pub(super) fn acquire_within(
        &self,
        bounds: &Bounds,
        holder: &Holder,
        weight: u64,
    ) -> Result<Acquire, Full> {
        let mut state = self.0.lock();
        if !state.may_take(holder) {
            state.has_room(bounds, &holder.client, weight)?;
        }
        Ok(self.enter(&mut state, holder, weight))
    }

    fn enter(&self, state: &mut State, holder: &Holder, weight: u64) -> Acquire {
        state.last_ticket += 1;
        let ticket = state.last_ticket;
        let granted = if state.may_take(holder) {
            state.take(holder);
            None
        } else {
            Some(state.wait(holder, ticket, weight))
        };
        Acquire { claim: Claim { semaphore: self.clone(), holder: holder.clone(), ticket }, granted }
    }

    /// Changes the number of permits. Those above it that are in use stay so.
    pub(super) fn resize(&self, permits: usize) {
        let mut state = self.0.lock();
        state.permits = permits.max(1);
        state.serve();
    }
}

impl Acquire {
    /// Waits for the permit.
    pub(super) async fn permit(self) -> Permit {
        if let Some(granted) = self.granted {
            // The sender lives until it has granted: the claim keeps the semaphore.
            let _ = granted.await;
        }
        Permit(self.claim)
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        let mut state = self.semaphore.0.lock();
        if !state.withdraw(&self.holder, self.ticket) {
            state.give_back(&self.holder);
        }
        state.serve();
    }
}

impl State {
    /// Whether a holder may be given one more permit now.
    fn may_take(&self, holder: &Holder) -> bool {
        let free = self.permits.saturating_sub(self.in_use);
        let has = self.holders.get(holder).map_or(0, |account| account.in_use);
        let background_max = self.permits.div_ceil(2);
        has < free && (holder.urgency == Urgency::Awaited || self.in_use_background < background_max)
    }

    fn take(&mut self, holder: &Holder) {
        self.account(holder).in_use += 1;
        self.in_use += 1;
        self.in_use_background += usize::from(holder.urgency == Urgency::Background);
    }

    fn give_back(&mut self, holder: &Holder) {
        self.account(holder).in_use -= 1;
        self.in_use -= 1;
        self.in_use_background -= usize::from(holder.urgency == Urgency::Background);
        self.forget_if_unused(holder);
    }

    fn wait(&mut self, holder: &Holder, ticket: u64, weight: u64) -> oneshot::Receiver<()> {
        let (granted, receiver) = oneshot::channel();
        let account = self.account(holder);
        let is_first = account.waiting.is_empty();
        account.waiting.insert(ticket, Waiting { weight, granted });
        account.weight += weight;
        self.waiting += 1;
        self.weight += weight;
        if is_first {
            self.ring(holder.urgency).push_back(holder.clone());
        }
        receiver
    }

    fn has_room(&self, bounds: &Bounds, client: &Client, weight: u64) -> Result<(), Full> {
        let (waiting, own_weight) = self.waiting_of(client);
        if waiting >= bounds.waiting_of_client {
            return Err(Full::OfClient);
        }
        if self.waiting >= bounds.waiting {
            return Err(Full::Waiting);
        }
        if own_weight.saturating_add(weight) > bounds.weight.saturating_sub(self.weight) {
            return Err(Full::Weight);
        }
        Ok(())
    }

    /// How many of a client's wait, awaited or not, and their weight.
    fn waiting_of(&self, client: &Client) -> (usize, u64) {
        let of = |urgency| {
            let account = self.holders.get(&Holder { client: client.clone(), urgency });
            account.map_or((0, 0), |account| (account.waiting.len(), account.weight))
        };
        let (awaited, background) = (of(Urgency::Awaited), of(Urgency::Background));
        (awaited.0 + background.0, awaited.1 + background.1)
    }

    /// Takes one that waits out again; false when it waits no more.
    fn withdraw(&mut self, holder: &Holder, ticket: u64) -> bool {
        let Some(waiting) = self.holders.get_mut(holder).and_then(|account| account.waiting.remove(&ticket))
        else {
            return false;
        };
        self.leaves(holder, waiting.weight);
        if self.account(holder).waiting.is_empty() {
            self.ring(holder.urgency).retain(|waiting| waiting != holder);
            self.forget_if_unused(holder);
        }
        true
    }

    fn leaves(&mut self, holder: &Holder, weight: u64) {
        self.account(holder).weight -= weight;
        self.waiting -= 1;
        self.weight -= weight;
    }

    /// Gives permits to all that may have one.
    fn serve(&mut self) {
        while let Some(holder) = self.next() {
            let Some((_, waiting)) = self.account(&holder).waiting.pop_first() else { continue };
            self.leaves(&holder, waiting.weight);
            self.take(&holder);
            self.served += 1;
            if !self.account(&holder).waiting.is_empty() {
                self.ring(holder.urgency).push_back(holder);
            }
            // One that is not there any more gives its permit back when its claim is dropped.
            let _ = waiting.granted.send(());
        }
    }

    /// The holder to be served next, taken out of its ring.
    fn next(&mut self) -> Option<Holder> {
        if self.in_use >= self.permits {
            return None;
        }
        let awaited_first = !self.served.is_multiple_of(BACKGROUND_EVERY);
        let urgencies = match awaited_first {
            true => [Urgency::Awaited, Urgency::Background],
            false => [Urgency::Background, Urgency::Awaited],
        };
        urgencies.into_iter().find_map(|urgency| self.next_of(urgency))
    }

    fn next_of(&mut self, urgency: Urgency) -> Option<Holder> {
        let ring = match urgency {
            Urgency::Awaited => &self.awaited,
            Urgency::Background => &self.background,
        };
        let at = ring.iter().position(|holder| self.may_take(holder))?;
        self.ring(urgency).remove(at)
    }

    fn ring(&mut self, urgency: Urgency) -> &mut VecDeque<Holder> {
        match urgency {
            Urgency::Awaited => &mut self.awaited,
            Urgency::Background => &mut self.background,
        }
    }

    fn account(&mut self, holder: &Holder) -> &mut Account {
        self.holders.entry(holder.clone()).or_default()
    }

    fn forget_if_unused(&mut self, holder: &Holder) {
        let account = self.account(holder);
        if account.in_use == 0 && account.waiting.is_empty() {
            self.holders.remove(holder);
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    const BOUNDS: Bounds = Bounds { waiting: 6, waiting_of_client: 4, weight: 100 };

    fn awaited(client: &str) -> Holder {
        Holder { client: Client::new(client), urgency: Urgency::Awaited }
    }

    fn background(client: &str) -> Holder {
        Holder { urgency: Urgency::Background, ..awaited(client) }
    }

    /// Everybody who asked, in order, with a permit or without.
    struct Crowd {
        semaphore: FairSemaphore,
        asked: Vec<(String, Asked)>,
    }

    enum Asked {
        Waits(std::pin::Pin<Box<dyn Future<Output = Permit>>>),
        Has(#[expect(dead_code, reason = "held for its end")] Permit),
    }

    impl Crowd {
        fn new(permits: usize) -> Self {
            Self { semaphore: FairSemaphore::new(permits), asked: Vec::new() }
        }

        fn ask(&mut self, name: &str, holder: &Holder) {
            let acquire = self.semaphore.acquire(holder);
            self.asked.push((name.to_owned(), Asked::Waits(Box::pin(acquire.permit()))));
        }

        /// Who has a permit by now.
        fn have(&mut self) -> Vec<&str> {
            for (_, asked) in &mut self.asked {
                if let Asked::Waits(waits) = asked
                    && let Some(permit) = waits.now_or_never()
                {
                    *asked = Asked::Has(permit);
                }
            }
            let have = self.asked.iter().filter(|(_, asked)| matches!(asked, Asked::Has(_)));
            have.map(|(name, _)| name.as_str()).collect()
        }

        /// It gives its permit back, or gives up waiting.
        fn leave(&mut self, name: &str) {
            self.asked.retain(|(known, _)| known != name);
        }

        fn is_at_rest(&self) -> bool {
            let state = self.semaphore.0.lock();
            state.holders.is_empty() && state.awaited.is_empty() && state.background.is_empty()
        }
    }

    #[test]
    fn one_client_has_half_and_the_next_half_of_what_is_left() {
        let mut crowd = Crowd::new(8);
        for name in ["a1", "a2", "a3", "a4", "a5", "a6"] {
            crowd.ask(name, &awaited("a"));
        }
        assert_eq!(crowd.have(), ["a1", "a2", "a3", "a4"]);
        for name in ["b1", "b2", "b3"] {
            crowd.ask(name, &awaited("b"));
        }
        assert_eq!(crowd.have(), ["a1", "a2", "a3", "a4", "b1", "b2"]);
        crowd.leave("b1");
        assert_eq!(crowd.have(), ["a1", "a2", "a3", "a4", "b2", "b3"]);
        crowd.leave("a1");
        crowd.leave("a2");
        assert_eq!(crowd.have(), ["a3", "a4", "a5", "b2", "b3"]);
    }

    #[test]
    fn those_that_wait_are_served_by_client_in_turn() {
        let mut crowd = Crowd::new(1);
        crowd.ask("first", &awaited("x"));
        for (name, client) in [("a1", "a"), ("a2", "a"), ("a3", "a"), ("b1", "b"), ("c1", "c"), ("b2", "b")] {
            crowd.ask(name, &awaited(client));
        }
        let mut served = vec![crowd.have().concat()];
        while !crowd.asked.is_empty() {
            let last = served.last().cloned().unwrap_or_default();
            crowd.leave(&last);
            served.extend(crowd.have().first().map(|&name| name.to_owned()));
        }
        assert_eq!(served, ["first", "a1", "b1", "c1", "a2", "b2", "a3"]);
        assert!(crowd.is_at_rest());
    }

    #[test]
    fn what_is_waited_for_comes_first_and_the_background_goes_on() {
        let mut crowd = Crowd::new(1);
        crowd.ask("first", &awaited("x"));
        for name in ["b1", "b2"] {
            crowd.ask(name, &background(name));
        }
        for name in ["a1", "a2", "a3", "a4", "a5"] {
            crowd.ask(name, &awaited(name));
        }
        let mut served = vec![crowd.have().concat()];
        while !crowd.asked.is_empty() {
            let last = served.last().cloned().unwrap_or_default();
            crowd.leave(&last);
            served.extend(crowd.have().first().map(|&name| name.to_owned()));
        }
        assert_eq!(served, ["first", "b1", "a1", "a2", "a3", "b2", "a4", "a5"]);
    }

    #[test]
    fn the_background_has_at_most_half_however_many_clients_it_is() {
        let mut crowd = Crowd::new(4);
        for name in ["b1", "b2", "b3", "b4"] {
            crowd.ask(name, &background(name));
        }
        assert_eq!(crowd.have(), ["b1", "b2"]);
        crowd.ask("a", &awaited("a"));
        assert_eq!(crowd.have(), ["b1", "b2", "a"]);
    }

    #[test]
    fn who_gives_up_is_passed_over_whether_it_was_served_meanwhile_or_not() {
        let mut crowd = Crowd::new(1);
        for name in ["a", "b", "c", "d"] {
            crowd.ask(name, &awaited(name));
        }
        crowd.leave("b");
        assert_eq!(crowd.have(), ["a"]);
        // It is served without hearing of it, and leaves.
        crowd.leave("a");
        crowd.leave("c");
        assert_eq!(crowd.have(), ["d"]);
        crowd.leave("d");
        assert!(crowd.is_at_rest());
    }

    #[test]
    fn there_is_a_bound_for_all_for_one_client_and_for_the_weight() {
        let semaphore = FairSemaphore::new(1);
        let wait = |holder: &Holder, weight| semaphore.acquire_within(&BOUNDS, holder, weight);
        let has = wait(&awaited("x"), 1000).expect("it need not wait");
        let _two = [wait(&awaited("a"), 1), wait(&background("a"), 1)];
        assert_eq!(wait(&awaited("a"), 97).err(), Some(Full::Weight), "one client fills at most half");
        let _more = [wait(&awaited("a"), 1), wait(&awaited("a"), 1)];
        assert_eq!(wait(&awaited("a"), 1).err(), Some(Full::OfClient));
        let _others = [wait(&awaited("b"), 40), wait(&awaited("c"), 1)];
        assert_eq!(wait(&awaited("d"), 1).err(), Some(Full::Waiting));
        drop(has);
        assert!(wait(&awaited("d"), 1).is_ok(), "one that waited was served");
    }

    #[test]
    fn more_permits_serve_more_and_fewer_take_none_away() {
        let mut crowd = Crowd::new(1);
        for name in ["a", "b", "c"] {
            crowd.ask(name, &awaited(name));
        }
        assert_eq!(crowd.have(), ["a"]);
        crowd.semaphore.resize(2);
        assert_eq!(crowd.have(), ["a", "b"]);
        crowd.semaphore.resize(1);
        crowd.leave("a");
        assert_eq!(crowd.have(), ["b"]);
        crowd.leave("b");
        assert_eq!(crowd.have(), ["c"]);
    }
}
