//! A server that has been greeted: its list, calls to it, and word of its changes.

use std::{
    collections::HashSet,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use serde_json::value::RawValue;
use tokio::{
    sync::Mutex,
    time::{sleep, timeout},
};
use tools::{CallError, CallErrorKind, Tool};

use crate::{
    failure::Failure,
    handshake::{self, Hello},
    headers,
    health::Era,
    link::Link,
    listing::Listing,
    message::{Reply, Request},
    unwrap,
};

/// Pages of one list. Servers page by 50 to 1,000 tools.
const PAGES_MAX: usize = 500;
/// A cursor is an opaque token, not a place to keep data.
const CURSOR_BYTES_MAX: usize = 64 << 10;
/// The shortest time between two questions for a list that was not said to have changed. A `ttlMs` of zero
/// means "do not cache", not "ask all the time".
const REFRESH_MIN: Duration = Duration::from_secs(60);
/// The longest: a list that is fresh for years is still looked at once a day.
const REFRESH_MAX: Duration = Duration::from_secs(24 * 3600);
/// Before a subscription that ended is opened again.
const LISTEN_AGAIN: Duration = Duration::from_secs(5);
/// How often one call may be asked for again with a state of the server's, as other clients allow.
const ROUNDS_MAX: u32 = 10;
/// Before the second time, and longer with each: the server may be waiting for something.
const ROUND_PAUSE: Duration = Duration::from_millis(100);

/// A greeted server.
pub(crate) struct Connection {
    pub(crate) link: Link,
    pub(crate) hello: Hello,
    meta: Option<String>,
    probe: Duration,
    /// Counts handshakes, so that of many calls that lost one session only the first opens a new one.
    session: Mutex<()>,
    generation: AtomicU64,
}

/// A server's list, and how long it says the list is fresh.
pub(crate) struct Listed {
    pub(crate) listing: Listing,
    pub(crate) refresh_after: Option<Duration>,
}

impl Connection {
    /// Wraps a link on which the server has been greeted.
    pub(crate) fn new(link: Link, hello: Hello, probe: Duration) -> Self {
        let meta = (hello.era == Era::Modern).then(handshake::modern_meta);
        let (session, generation) = (Mutex::new(()), AtomicU64::new(0));
        Self { link, hello, meta, probe, session, generation }
    }

    /// Opens a connection on which nothing was said yet, and asks for the list.
    ///
    /// A server remembered as modern is asked what it is and for its list at the same time.
    pub(crate) async fn open(
        link: Link,
        remembered: Option<Era>,
        probe: Duration,
    ) -> Result<(Self, Listed), Failure> {
        if remembered != Some(Era::Modern) {
            let hello = handshake::greet(&link, remembered, probe).await?;
            let connection = Self::new(link, hello, probe);
            let listed = connection.list().await?;
            return Ok((connection, listed));
        }
        let mut connection = Self::new(link, Hello::assumed_modern(), probe);
        let question = async {
            let answer = timeout(probe, handshake::discover(&connection.link)).await;
            answer.map_err(|_| None)?.map_err(Some)
        };
        // Its failure only counts when the server is what it is remembered to be.
        let list = async { Ok(connection.list().await) };
        let era = match tokio::try_join!(question, list) {
            Ok((Some(hello), listed)) => {
                connection.hello = hello;
                return Ok((connection, listed?));
            }
            Ok((None, _)) => Some(Era::Legacy),
            Err(Some(failure)) => return Err(failure),
            // It may be slow, or have become an older one: begin as with a stranger.
            Err(None) => None,
        };
        let hello = handshake::greet(&connection.link, era, probe).await?;
        let connection = Self::new(connection.link, hello, probe);
        let listed = connection.list().await?;
        Ok((connection, listed))
    }

    /// Asks for all pages of the server's list.
    pub(crate) async fn list(&self) -> Result<Listed, Failure> {
        let mut listed = Listed { listing: Listing::default(), refresh_after: None };
        if !self.hello.has_tools {
            return Ok(listed);
        }
        let (mut cursor, mut seen) = (None::<String>, HashSet::new());
        for _ in 0..PAGES_MAX {
            let reply = self.request(&Request::list(cursor.as_deref())).await?;
            let Some(page) = &reply.tools else {
                return Err(Failure::Malformed("its `tools/list` result has no tools".to_owned()));
            };
            listed.listing.add_page(page).map_err(Failure::Malformed)?;
            listed.refresh_after = refresh_after(&reply);
            cursor = next_cursor(&reply);
            match &cursor {
                Some(cursor) if !listed.listing.is_full() && seen.insert(cursor.clone()) => {}
                Some(_) => {
                    tracing::debug!("the server's pages do not end or repeat");
                    break;
                }
                None => break,
            }
        }
        if matches!(self.link, Link::Http(_)) && self.hello.era == Era::Modern {
            listed.listing.retain(|tool| headers::check(&tool.input_schema));
        }
        Ok(listed)
    }

    /// Calls a tool.
    pub(crate) async fn call(&self, tool: &Tool, arguments: &RawValue) -> Result<Box<RawValue>, CallError> {
        if !arguments.get().trim_ascii_start().starts_with('{') {
            let message = "the arguments of a tool are an object".to_owned();
            return Err(CallError::new(CallErrorKind::InvalidArguments, message));
        }
        let mut request = Request::call(&tool.name, arguments);
        if matches!(self.link, Link::Http(_)) && self.meta.is_some() {
            request.headers = headers::of_arguments(&tool.input_schema, arguments);
        }
        self.carry(request).await
    }

    /// Makes the call; as long as the server only wants to be asked again with the state it gave, does so.
    async fn carry(&self, mut request: Request) -> Result<Box<RawValue>, CallError> {
        let members = request.members.clone();
        for round in 0..ROUNDS_MAX {
            let reply = self.request(&request).await?;
            let Some(state) = unwrap::state_to_return(&reply) else { return unwrap::value_of(reply) };
            request.members = format!("{members},\"requestState\":{state}");
            sleep(ROUND_PAUSE * round).await;
        }
        let message = format!("the tool asked to be called again {ROUNDS_MAX} times");
        Err(CallError::new(CallErrorKind::BadAnswer, message))
    }

    /// Waits until the server's list may have changed: it said so, or the list is not fresh any more.
    pub(crate) async fn list_changed(&self, refresh_after: Option<Duration>) {
        let refresh = async {
            match refresh_after.filter(|_| !self.hello.tells_changes) {
                Some(after) => sleep(after).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = self.link.peer().list_changed() => {}
            () = refresh => {}
        }
    }

    /// Keeps open what brings word of changes. Never ends by itself.
    pub(crate) async fn listen(&self) {
        if let (Link::Http(link), Era::Legacy) = (&self.link, self.hello.era) {
            link.follow().await;
        }
        let subscribes = self.hello.era == Era::Modern && self.hello.tells_changes;
        let mut refused = !subscribes;
        while !refused {
            match self.request(&handshake::listen()).await {
                Ok(_) | Err(Failure::Lost(_)) => sleep(LISTEN_AGAIN).await,
                // It said no: its word in the capabilities was wrong.
                Err(failure) => {
                    tracing::debug!(%failure, "the server does not take subscriptions");
                    refused = true;
                }
            }
        }
        std::future::pending::<()>().await;
    }

    /// Sends a request; when the session was lost, opens a new one and sends it again. The server did not do
    /// anything for a session it does not know, so this repeats nothing.
    async fn request(&self, request: &Request) -> Result<Reply, Failure> {
        let generation = self.generation.load(Ordering::Acquire);
        match self.link.request(request, self.meta.as_deref()).await {
            Err(Failure::SessionLost) => {}
            outcome => return outcome,
        }
        {
            let _one_at_a_time = self.session.lock().await;
            if self.generation.load(Ordering::Acquire) == generation {
                handshake::greet(&self.link, Some(self.hello.era), self.probe).await?;
                self.generation.fetch_add(1, Ordering::AcqRel);
            }
        }
        self.link.request(request, self.meta.as_deref()).await
    }
}

fn next_cursor(reply: &Reply) -> Option<String> {
    let cursor: String = serde_json::from_str(reply.next_cursor.as_ref()?.get()).ok()?;
    Some(cursor).filter(|cursor| !cursor.is_empty() && cursor.len() <= CURSOR_BYTES_MAX)
}

fn refresh_after(reply: &Reply) -> Option<Duration> {
    let millis: f64 = serde_json::from_str(reply.ttl_ms.as_ref()?.get()).ok()?;
    let wait = Duration::try_from_secs_f64(millis / 1000.0).unwrap_or(REFRESH_MAX);
    Some(wait.clamp(REFRESH_MIN, REFRESH_MAX))
}
