//! Who waits for which answer: the part of JSON-RPC that all transports share.
//!
//! A server's message is judged here. A malformed answer to a request of ours fails that request at once;
//! what answers nothing of ours is counted, and only a flood of it ends the connection.

use std::{
    collections::HashMap,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU64, Ordering},
    },
};

use parking_lot::Mutex;
use serde_json::value::RawValue;
use tokio::{
    runtime::RuntimeFlavor,
    sync::{Notify, oneshot},
};
use tokio_util::sync::{CancellationToken, DropGuard};
use tools::{AnswerForm, QUESTIONS, Unanswerable};

use crate::{
    failure::Failure,
    message::{self, Incoming, Reply, Request, Unreadable},
    news::News,
    questions::Party,
};

/// Messages from this size on take milliseconds to read; other tasks must not wait for that.
const ASIDE_BYTES: usize = 256 << 10;
/// Requests waiting on one connection. A run has at most 64 calls in flight; this is for many runs.
const WAITING_MAX: usize = 4_096;
/// Messages in a row that mean nothing. Log lines on standard output come in hundreds, not in ten thousands.
const ODD_MAX: u64 = 10_000;

/// Some systems begin every text with it.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

type Outcome = Result<Reply, Failure>;

/// How a message reaches the server. Must not wait.
type Says = Arc<dyn Fn(Vec<u8>) + Send + Sync>;

/// Who hears what a server says unasked. Must not wait.
pub(crate) type Hears = Box<dyn Fn(News) + Send + Sync>;

/// The requests that wait on one connection, and what its server tells us unasked.
pub(crate) struct Peer {
    waiting: Mutex<Waiters>,
    next_id: AtomicU64,
    odd: AtomicU64,
    list_changed: Notify,
    hears: OnceLock<Hears>,
    says: OnceLock<Says>,
    gone: CancellationToken,
}

#[derive(Default)]
struct Waiters {
    by_id: HashMap<u64, Waiter>,
    closed: Option<String>,
}

struct Waiter {
    sender: oneshot::Sender<Outcome>,
    /// What its reply is kept for.
    form: AnswerForm,
    /// Who answers what the server asks meanwhile.
    party: Option<Party>,
    /// Ends what is asked of it.
    _over: DropGuard,
    over: CancellationToken,
}

impl Peer {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self {
            waiting: Mutex::default(),
            next_id: AtomicU64::new(1),
            odd: AtomicU64::new(0),
            list_changed: Notify::new(),
            hears: OnceLock::new(),
            says: OnceLock::new(),
            gone: CancellationToken::new(),
        })
    }

    /// Takes an id for a request that is about to be sent.
    pub(crate) fn begin(self: &Arc<Self>, request: &Request) -> Result<Waiting, Failure> {
        let id = self.next_id.fetch_add(1, Ordering::Relaxed);
        let (sender, receiver) = oneshot::channel();
        let mut waiters = self.waiting.lock();
        if let Some(reason) = &waiters.closed {
            return Err(Failure::Lost(reason.clone()));
        }
        if waiters.by_id.len() >= WAITING_MAX {
            return Err(Failure::Lost(format!("{WAITING_MAX} calls are already waiting for this server")));
        }
        let over = CancellationToken::new();
        let waiter = Waiter {
            sender,
            form: request.form,
            party: request.party.clone(),
            _over: over.clone().drop_guard(),
            over,
        };
        waiters.by_id.insert(id, waiter);
        Ok(Waiting { peer: Arc::clone(self), id, receiver, settled: false })
    }

    /// Takes in one message, or one batch of them. What comes back is to be sent to the server.
    pub(crate) fn receive(&self, bytes: &[u8]) -> Vec<Vec<u8>> {
        if bytes.len() < ASIDE_BYTES { self.receive_here(bytes) } else { aside(|| self.receive_here(bytes)) }
    }

    fn receive_here(&self, bytes: &[u8]) -> Vec<Vec<u8>> {
        let bytes = bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(bytes);
        match message::batch(bytes) {
            None => self.receive_one(bytes).into_iter().collect(),
            Some(messages) => {
                messages.iter().filter_map(|raw| self.receive_one(raw.get().as_bytes())).collect()
            }
        }
    }

    fn receive_one(&self, bytes: &[u8]) -> Option<Vec<u8>> {
        match message::read(bytes) {
            Ok(Incoming::Answer { id, outcome }) => {
                let form = self.waiting.lock().by_id.get(&id).map(|waiter| waiter.form).unwrap_or_default();
                self.settle(id, outcome.map(|body| body.keep(form)));
            }
            Ok(Incoming::Notification { method, params }) => self.notice(&method, params),
            Ok(Incoming::Request { id, method, params }) => return self.asked(id, &method, params),
            Ok(Incoming::Error(_)) => self.count_odd("an error that answers no request"),
            Err(Unreadable { id: Some(id), reason }) => self.settle(id, Err(Failure::Malformed(reason))),
            Err(Unreadable { id: None, reason }) => self.count_odd(&reason),
        }
        None
    }

    /// Hands an outcome to the request that waits for it, if one does.
    pub(crate) fn settle(&self, id: u64, outcome: Outcome) {
        let waiter = self.waiting.lock().by_id.remove(&id);
        match waiter {
            // The receiver may have gone in this moment; then nobody wants the answer.
            Some(waiter) => {
                self.odd.store(0, Ordering::Relaxed);
                let _ = waiter.sender.send(outcome);
            }
            None => self.count_odd("it answers a request that does not wait"),
        }
    }

    /// Whether request `id` still waits for its answer.
    pub(crate) fn is_waiting(&self, id: u64) -> bool {
        self.waiting.lock().by_id.contains_key(&id)
    }

    /// Answers a request of the server's: at once, or when a client has.
    fn asked(&self, id: &RawValue, method: &str, params: Option<&RawValue>) -> Option<Vec<u8>> {
        if !QUESTIONS.contains(&method) {
            return Some(message::answer_to(id, method));
        }
        match (self.party(), self.says.get()) {
            (Ok(Some((party, over))), Some(says)) => {
                let (says, id, method) = (Arc::clone(says), id.to_owned(), method.to_owned());
                let params = params.map(ToOwned::to_owned);
                tokio::spawn(over.run_until_cancelled_owned(async move {
                    let answer = party.ask(&method, params.as_deref()).await;
                    says(message::answer_of_client(&id, &answer));
                }));
                None
            }
            // There are none, and it is no secret.
            (Ok(_), _) if method == "roots/list" => Some(message::answer_to(id, method)),
            (Ok(_), _) => {
                let why = "no client that can be asked waits for a call of this server".to_owned();
                Some(message::answer_of_client(id, &Err(Unanswerable(why))))
            }
            (Err(why), _) => Some(message::answer_of_client(id, &Err(why))),
        }
    }

    /// Who is meant by a question that names no call: the client of all that are under way. Of several, asking one could tell it
    /// what is another's.
    fn party(&self) -> Result<Option<(Party, CancellationToken)>, Unanswerable> {
        let waiting = self.waiting.lock();
        let mut parties =
            waiting.by_id.values().filter_map(|waiter| Some((waiter.party.as_ref()?, &waiter.over)));
        let Some((party, over)) = parties.next() else { return Ok(None) };
        if parties.all(|(other, _)| other.respondent.is(&party.respondent)) {
            return Ok(Some((party.clone(), over.clone())));
        }
        Err(Unanswerable(
            "calls of several clients are under way, and the question does not say whom it is for".to_owned(),
        ))
    }

    /// Says from now on how the server is told what a client answered.
    pub(crate) fn answer_by(&self, says: impl Fn(Vec<u8>) + Send + Sync + 'static) {
        // A connection has one way, from its beginning.
        let _ = self.says.set(Arc::new(says));
    }

    fn notice(&self, method: &str, params: Option<&RawValue>) {
        if method == "notifications/tools/list_changed" {
            self.note_change();
        } else if let (Some(hears), Some(news)) = (self.hears.get(), News::of(method, params)) {
            hears(news);
        }
    }

    /// Says from now on to whom what the server says beside is told.
    pub(crate) fn tell(&self, hears: Hears) {
        // A connection has one who hears, from its beginning.
        let _ = self.hears.set(hears);
    }

    /// Notes that the server's tools may have changed.
    pub(crate) fn note_change(&self) {
        self.list_changed.notify_one();
    }

    /// Counts a message that means nothing; too many in a row end the connection.
    pub(crate) fn count_odd(&self, reason: &str) {
        let count = self.odd.fetch_add(1, Ordering::Relaxed) + 1;
        tracing::debug!(count, reason, "a message that means nothing");
        if count == ODD_MAX {
            self.close(format!("the server sent {ODD_MAX} messages in a row that are no answers"));
        }
    }

    /// Ends the connection for everyone who waits, and for everyone who comes later. The first reason stays.
    pub(crate) fn close(&self, reason: String) {
        let mut waiters = self.waiting.lock();
        let reason = waiters.closed.get_or_insert(reason).clone();
        let orphans: Vec<_> = waiters.by_id.drain().collect();
        drop(waiters);
        for (_, orphan) in orphans {
            let _ = orphan.sender.send(Err(Failure::Lost(reason.clone())));
        }
        self.gone.cancel();
    }

    /// Why the connection ended, once it has.
    pub(crate) fn reason(&self) -> Option<String> {
        self.waiting.lock().closed.clone()
    }

    /// Whether the connection has ended.
    pub(crate) fn is_closed(&self) -> bool {
        self.gone.is_cancelled()
    }

    /// Waits until the connection has ended.
    pub(crate) async fn closed(&self) {
        self.gone.cancelled().await;
    }

    /// Waits until the server says that its tools changed. Several such words before the wait count as one.
    pub(crate) async fn list_changed(&self) {
        self.list_changed.notified().await;
    }
}

/// Does what takes long, while other tasks go on where the runtime can let them.
fn aside<T>(work: impl FnOnce() -> T) -> T {
    match tokio::runtime::Handle::try_current().map(|runtime| runtime.runtime_flavor()) {
        Ok(RuntimeFlavor::MultiThread) => tokio::task::block_in_place(work),
        _ => work(),
    }
}

/// A request that waits for its answer. Dropping it forgets the request.
pub(crate) struct Waiting {
    peer: Arc<Peer>,
    /// The id it was sent with.
    pub(crate) id: u64,
    receiver: oneshot::Receiver<Outcome>,
    settled: bool,
}

impl Waiting {
    /// Waits for the answer. May be called again after it was interrupted.
    pub(crate) async fn outcome(&mut self) -> Outcome {
        let outcome = (&mut self.receiver).await;
        self.settled = true;
        outcome.unwrap_or_else(|_| Err(Failure::Lost("the connection was closed".to_owned())))
    }

    /// The answer, if it is there.
    pub(crate) fn now(&mut self) -> Option<Outcome> {
        let outcome = self.receiver.try_recv().ok()?;
        self.settled = true;
        Some(outcome)
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        if !self.settled {
            self.peer.waiting.lock().by_id.remove(&self.id);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn answers_find_their_requests_in_any_order() {
        let peer = Peer::new();
        let (mut one, mut two) =
            (peer.begin(&Request::default()).expect("open"), peer.begin(&Request::default()).expect("open"));
        peer.receive(br#"[{"id":2,"result":{"isError":true}},{"id":1,"result":{}}]"#);
        assert!(!one.outcome().await.expect("an answer").is_error());
        assert!(two.outcome().await.expect("an answer").is_error());
    }

    #[tokio::test]
    async fn what_answers_nothing_is_ignored() {
        let peer = Peer::new();
        let mut one = peer.begin(&Request::default()).expect("open");
        for odd in [&b"starting up"[..], br#"{"id":99,"result":{}}"#, b"{", b"\xff", b"[]", b""] {
            assert!(peer.receive(odd).is_empty());
        }
        assert_eq!(peer.receive(br#"{"id":5,"method":"ping"}"#).len(), 1);
        peer.receive(br#"{"id":1,"result":{}}"#);
        peer.receive(br#"{"id":1,"result":{"isError":true}}"#);
        assert!(!one.outcome().await.expect("the first answer counts").is_error());
    }

    #[tokio::test]
    async fn a_malformed_answer_fails_its_request_at_once() {
        let peer = Peer::new();
        let mut one = peer.begin(&Request::default()).expect("open");
        peer.receive(br#"{"id":1,"result":"#);
        let failure = one.outcome().await.expect_err("no answer");
        assert!(matches!(failure, Failure::Malformed(_)), "{failure}");
    }

    #[tokio::test]
    async fn closing_fails_those_who_wait_and_those_who_come() {
        let peer = Peer::new();
        let mut one = peer.begin(&Request::default()).expect("open");
        peer.close("it ended".to_owned());
        peer.close("later".to_owned());
        assert_eq!(one.outcome().await.expect_err("closed").to_string(), "it ended");
        assert_eq!(peer.begin(&Request::default()).err().expect("closed").to_string(), "it ended");
    }

    #[tokio::test]
    async fn a_flood_ends_the_connection() {
        let peer = Peer::new();
        (0..ODD_MAX).for_each(|_| drop(peer.receive(b"noise")));
        peer.closed().await;
        assert_eq!(
            peer.reason().as_deref(),
            Some("the server sent 10000 messages in a row that are no answers")
        );
    }

    #[test]
    fn dropping_a_request_forgets_it() {
        let peer = Peer::new();
        drop(peer.begin(&Request::default()).expect("open"));
        assert!(peer.waiting.lock().by_id.is_empty());
    }
}
