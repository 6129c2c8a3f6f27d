//! Streamable HTTP: every message of ours is a POST, answered by one JSON message or by a stream of events.
//!
//! In the modern era that is all. In the older one there may be a session (a header that the server gives
//! with its first answer), a standing stream for what the server says unasked, and streams that break off
//! and are taken up again where they ended.

use std::{sync::Arc, time::Duration};

use parking_lot::Mutex;
use reqwest::{
    Response, StatusCode,
    header::{CONTENT_ENCODING, HeaderMap, HeaderName, HeaderValue},
};
use tokio::{
    sync::Semaphore,
    time::{Instant, sleep, timeout},
};

use crate::{
    failure::Failure,
    guard::OnDrop,
    headers::encode,
    http::{
        events::{Event, Events},
        remote::{Again, Remote, media_type, next_chunk, read_body, read_error_body},
    },
    message::{self, Incoming, Reply, Request},
    peer::Peer,
    secrets::Secrets,
    text::clean_line,
    version::{FIRST_WITH_HEADER, MODERN},
};

const SESSION: HeaderName = HeaderName::from_static("mcp-session-id");
const PROTOCOL: HeaderName = HeaderName::from_static("mcp-protocol-version");
const METHOD: HeaderName = HeaderName::from_static("mcp-method");
const NAME: HeaderName = HeaderName::from_static("mcp-name");
const LAST_EVENT: HeaderName = HeaderName::from_static("last-event-id");

/// How often a stream that broke off before the answer is taken up again.
const RESUMES_MAX: u32 = 5;
/// Before a stream is taken up again, unless the server says otherwise; and what it may say at most.
const RESUME_PAUSE: Duration = Duration::from_secs(1);
const RESUME_PAUSE_MAX: Duration = Duration::from_secs(30);
/// Before the standing stream is asked for again: at least, and at most, as after the server refused it for now. It
/// doubles with each stream that ended soon and brought nothing.
const FOLLOW_PAUSE_MIN: Duration = Duration::from_secs(1);
const FOLLOW_PAUSE: Duration = Duration::from_secs(60);
/// Answers to requests of the server's that are on their way at one time; a server that asks more often does
/// not need each of them.
const ANSWERING_MAX: usize = 8;
/// After its answer a stream usually ends at once; read to the end, its connection can be used again.
const DRAIN: Duration = Duration::from_secs(1);

/// A streamable HTTP server.
pub(crate) struct Streamable {
    pub(crate) peer: Arc<Peer>,
    shared: Arc<Shared>,
}

struct Shared {
    remote: Remote,
    session: Mutex<Session>,
    answering: Arc<Semaphore>,
}

#[derive(Clone, Default)]
struct Session {
    id: Option<HeaderValue>,
    was_given: bool,
    /// Empty before there is an agreed version.
    protocol: String,
}

impl Streamable {
    pub(crate) fn new(remote: Remote) -> Self {
        let answering = Arc::new(Semaphore::new(ANSWERING_MAX));
        let shared = Shared { remote, session: Mutex::default(), answering };
        let (peer, shared) = (Peer::new(), Arc::new(shared));
        let answering = Arc::clone(&shared);
        peer.answer_by(move |answer| Shared::post_answer(&answering, answer));
        Self { peer, shared }
    }

    /// The version for the headers; an empty one means that a handshake begins, so there is no session.
    pub(crate) fn agree(&self, protocol: &str) {
        let mut session = self.shared.session.lock();
        protocol.clone_into(&mut session.protocol);
        if protocol.is_empty() || protocol == MODERN {
            session.id = None;
        }
    }

    /// What must not be seen of what the server says.
    pub(crate) fn secrets(&self) -> &Secrets {
        &self.shared.remote.secrets
    }

    /// Sends a request and waits for its answer, which may also come on another stream.
    pub(crate) async fn request(&self, request: &Request, meta: Option<&str>) -> Result<Reply, Failure> {
        let mut waiting = self.peer.begin(request)?;
        let body = message::write_request(waiting.id, request, meta);
        let (id, opens) = (waiting.id, request.method == "initialize");
        let given_up = OnDrop::new(|| {
            if !opens {
                self.shared.tell_given_up(id);
            }
        });
        let exchanged = tokio::select! {
            biased;
            outcome = waiting.outcome() => {
                given_up.call_off();
                return outcome;
            }
            exchanged = self.exchange(id, body, request) => exchanged,
        };
        given_up.call_off();
        let missing = || Failure::Malformed("it holds no answer to this request".to_owned());
        waiting.now().unwrap_or_else(|| Err(exchanged.err().unwrap_or_else(missing)))
    }

    /// Sends a notification. Some servers refuse the ones they do not know, in whatever way, which harms nobody.
    pub(crate) async fn notify(&self, method: &'static str, meta: Option<&str>) -> Result<(), Failure> {
        let body = message::write_notification(method, "", meta);
        match self.shared.post(body, &Request::new(method, "")).await {
            Ok(response) if response.status().is_success() => {}
            Ok(response) => {
                tracing::debug!(status = %response.status(), method, "a notification was refused");
            }
            Err(failure) if failure.is_refusal() => {
                tracing::debug!(%failure, method, "a notification was refused");
            }
            Err(failure) => return Err(failure),
        }
        Ok(())
    }

    /// Whether the server ever gave a session.
    pub(crate) fn gave_session(&self) -> bool {
        self.shared.session.lock().was_given
    }

    /// Keeps the standing stream of the older era open, where the server has one. Returns when it has none. One that
    /// was there before is refused for now: its session may just have been forgotten.
    pub(crate) async fn follow(&self) {
        let mut events = Events::new(self.shared.remote.limit);
        let (mut idle, mut was_open) = (0, false);
        loop {
            let pause = match self.shared.stream(events.last_id.take()).await {
                Ok(mut response) if is_events(&response) => {
                    was_open = true;
                    let opened = Instant::now();
                    let brought = self.read_standing(&mut response, &mut events).await;
                    // A server that keeps a quiet stream open for long is no trouble, though a proxy may end it.
                    let is_idle = brought == 0 && opened.elapsed() < FOLLOW_PAUSE;
                    idle = if is_idle { idle + 1 } else { 0 };
                    standing_pause(resume_pause(&events), idle)
                }
                Ok(response) if response.status() != StatusCode::NOT_FOUND && !was_open => return,
                Err(Failure::Denied(_)) if !was_open => return,
                _ => FOLLOW_PAUSE,
            };
            sleep(pause).await;
        }
    }

    /// Ends the session, where there is one.
    pub(crate) async fn close(&self, grace: Duration) {
        let session = self.shared.session.lock().clone();
        if session.id.is_some() {
            let _ = timeout(grace, self.shared.remote.delete(session.headers())).await;
        }
        self.peer.close("the connection was closed".to_owned());
    }

    /// Sends a message and takes in what comes back, until request `id` has its answer.
    async fn exchange(&self, id: u64, body: Vec<u8>, request: &Request) -> Result<(), Failure> {
        let had_session = self.shared.session.lock().id.is_some();
        let response = self.shared.post(body, request).await.inspect_err(|failure| {
            // Nobody is there: that concerns everyone who calls this server.
            if matches!(failure, Failure::Lost(_)) {
                self.peer.close(failure.to_string());
            }
        })?;
        if request.method == "initialize" && response.status().is_success() {
            self.shared.session.lock().take(response.headers().get(SESSION).cloned());
        }
        match response.status() {
            StatusCode::NOT_FOUND if had_session => Err(Failure::SessionLost),
            status if !status.is_success() => self.take_error(id, response).await,
            _ if is_events(&response) => self.take_events(id, response).await,
            _ => self.take_message(id, response).await,
        }
    }

    async fn take_message(&self, id: u64, response: Response) -> Result<(), Failure> {
        if let Some(encoding) = response.headers().get(CONTENT_ENCODING) {
            let encoding = clean_line(&String::from_utf8_lossy(encoding.as_bytes()), 100);
            return Err(Failure::Malformed(format!("it is packed as `{encoding}`, which was not asked for")));
        }
        let (status, media) = (response.status().as_u16(), media_type(&response));
        let body = read_body(response, self.shared.remote.limit).await?;
        if body.trim_ascii().is_empty() {
            return Err(Failure::Malformed(format!("it is empty (HTTP {status})")));
        }
        if media != "application/json" && !body.trim_ascii_start().starts_with(b"{") {
            return Err(Failure::Malformed(format!("it is of type `{}`", clean_line(&media, 100))));
        }
        self.receive(&body);
        if !self.peer.is_waiting(id) {
            return Ok(());
        }
        match message::read(&body) {
            Ok(Incoming::Error(failure)) => Err(failure),
            Err(unreadable) => Err(Failure::Malformed(unreadable.reason)),
            _ => Err(Failure::Malformed("it answers another request".to_owned())),
        }
    }

    async fn take_error(&self, id: u64, response: Response) -> Result<(), Failure> {
        let status = response.status().as_u16();
        let body = read_error_body(response).await;
        self.receive(&body);
        if !self.peer.is_waiting(id) {
            return Ok(());
        }
        if let Ok(Incoming::Error(failure)) = message::read(&body) {
            return Err(failure);
        }
        Err(Failure::Status { status, said: self.shared.remote.said(&body) })
    }

    async fn take_events(&self, id: u64, mut response: Response) -> Result<(), Failure> {
        let mut events = Events::new(self.shared.remote.limit);
        for _ in 0..=RESUMES_MAX {
            let broken = self.read_until_answered(id, &mut response, &mut events).await;
            if !self.peer.is_waiting(id) {
                drain(response);
                return Ok(());
            }
            let resumable = events.last_id.clone().filter(|_| self.shared.session.lock().protocol != MODERN);
            let Some(last_id) = resumable else { return Err(broken) };
            sleep(resume_pause(&events)).await;
            response = self.shared.stream(Some(last_id)).await?;
            if !is_events(&response) {
                return Err(broken);
            }
        }
        Err(Failure::NoAnswer("the server ended the stream again and again before it answered".to_owned()))
    }

    /// Takes in events until the request has its answer or the stream ends; says how it ended.
    async fn read_until_answered(&self, id: u64, response: &mut Response, events: &mut Events) -> Failure {
        loop {
            match next_chunk(response).await {
                Ok(Some(chunk)) => {
                    let read = events.feed(&chunk);
                    self.take_ready(events);
                    if let Err(failure) = read {
                        return failure;
                    }
                }
                Ok(None) => {
                    return Failure::NoAnswer("the server ended the stream before it answered".to_owned());
                }
                Err(failure) => return failure,
            }
            if !self.peer.is_waiting(id) {
                return Failure::NoAnswer("the answer is there".to_owned());
            }
        }
    }

    /// Takes in what the standing stream brings; how many events it was.
    async fn read_standing(&self, response: &mut Response, events: &mut Events) -> usize {
        let mut brought = 0;
        while let Ok(Some(chunk)) = next_chunk(response).await {
            let read = events.feed(&chunk);
            brought += self.take_ready(events);
            if read.is_err() {
                break;
            }
        }
        brought
    }

    /// Takes in the events that are whole; how many.
    fn take_ready(&self, events: &mut Events) -> usize {
        let mut taken = 0;
        while let Some(event) = events.next() {
            taken += 1;
            match event {
                Event::Message(data) if data.is_empty() => {}
                Event::Message(data) => self.receive(&data),
                Event::TooLarge(Some(id)) => {
                    self.peer.settle(id, Err(Failure::TooLarge { limit: self.shared.remote.limit }));
                }
                Event::TooLarge(None) => self.peer.count_odd("an event over the budget"),
                Event::Other(..) => {}
            }
        }
        taken
    }

    fn receive(&self, bytes: &[u8]) {
        for answer in self.peer.receive(bytes) {
            Shared::post_answer(&self.shared, answer);
        }
    }
}

impl Shared {
    /// Posts the answer to a request of the server's.
    fn post_answer(shared: &Arc<Self>, answer: Vec<u8>) {
        if let Ok(permit) = Arc::clone(&shared.answering).try_acquire_owned() {
            let shared = Arc::clone(shared);
            tokio::spawn(async move {
                let _ = shared.post(answer, &Request::default()).await;
                drop(permit);
            });
        }
    }

    async fn post(&self, body: Vec<u8>, request: &Request) -> Result<Response, Failure> {
        let session = self.session.lock().clone();
        let mut headers = session.headers();
        if session.protocol == MODERN {
            add_standard(&mut headers, request);
        }
        self.remote.post(body, headers, Again::of(request)).await
    }

    /// Tells a server of the older era that nobody waits any more. In the modern one the closed stream says it.
    fn tell_given_up(self: &Arc<Self>, id: u64) {
        let session = self.session.lock().clone();
        if session.protocol == MODERN || session.id.is_none() {
            return;
        }
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        let Ok(permit) = Arc::clone(&self.answering).try_acquire_owned() else { return };
        let shared = Arc::clone(self);
        runtime.spawn(async move {
            let _ = shared.post(message::write_cancelled(id, None), &Request::default()).await;
            drop(permit);
        });
    }

    async fn stream(&self, last_id: Option<String>) -> Result<Response, Failure> {
        let mut headers = self.session.lock().headers();
        if let Some(id) = last_id.and_then(|id| HeaderValue::from_str(&id).ok()) {
            headers.insert(LAST_EVENT, id);
        }
        self.remote.stream(headers).await
    }
}

impl Session {
    fn take(&mut self, id: Option<HeaderValue>) {
        self.was_given |= id.is_some();
        self.id = id;
    }

    fn headers(&self) -> HeaderMap {
        let mut headers = HeaderMap::new();
        // Versions are dates, which sort as text.
        if self.protocol.as_str() >= FIRST_WITH_HEADER
            && let Ok(version) = HeaderValue::from_str(&self.protocol)
        {
            headers.insert(PROTOCOL, version);
        }
        if let Some(id) = &self.id {
            headers.insert(SESSION, id.clone());
        }
        headers
    }
}

/// What the modern era repeats of the body, for those who route without reading it.
fn add_standard(headers: &mut HeaderMap, request: &Request) {
    headers.insert(METHOD, HeaderValue::from_static(request.method));
    if let Some(name) = request.name.as_deref().and_then(|name| HeaderValue::from_str(&encode(name)).ok()) {
        headers.insert(NAME, name);
    }
    for (name, value) in &request.headers {
        if let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_str(value))
        {
            headers.insert(name, value);
        }
    }
}

fn is_events(response: &Response) -> bool {
    response.status().is_success() && media_type(response) == "text/event-stream"
}

fn resume_pause(events: &Events) -> Duration {
    events.retry.unwrap_or(RESUME_PAUSE).min(RESUME_PAUSE_MAX)
}

/// Before the standing stream is asked for again, after so many in a row that brought nothing.
fn standing_pause(asked: Duration, idle: u32) -> Duration {
    asked.max(FOLLOW_PAUSE_MIN).saturating_mul(1 << idle.saturating_sub(1).min(10)).min(FOLLOW_PAUSE)
}

fn drain(mut response: Response) {
    tokio::spawn(timeout(DRAIN, async move { while let Ok(Some(_)) = next_chunk(&mut response).await {} }));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_standing_stream_that_ends_is_not_asked_for_at_once() {
        for (asked, idle, expect) in [
            (0, 0, 1_000),
            (0, 1, 1_000),
            (0, 3, 4_000),
            (5_000, 0, 5_000),
            (0, 9, 60_000),
            (0, u32::MAX, 60_000),
        ] {
            let pause = standing_pause(Duration::from_millis(asked), idle);
            assert_eq!(pause, Duration::from_millis(expect), "{asked}, {idle}");
        }
    }
}
