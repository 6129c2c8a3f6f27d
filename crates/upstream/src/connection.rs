//! A server that has been greeted: its list, calls to it, and word of its changes.

use std::{
    borrow::Cow,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use tokio::{
    sync::Mutex,
    time::{sleep, timeout},
};
use tools::{Answer, AnswerForm, Call, CallError, CallErrorKind, Tool};

use crate::{
    failure::Failure,
    handshake::{self, Hello},
    headers,
    health::Era,
    link::Link,
    listing::Listing,
    message::{Reply, Request},
    paging::{Page, Paging},
    questions::Party,
    session,
    subscriptions::Subscriptions,
    unwrap::{self, InputWanted},
};

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
    /// Counts sessions, so that of many calls that lost one session only the first opens a new one.
    sessions: AtomicU64,
    /// How the server said that it had forgotten the last one. Held while a new one is opened.
    last_told: Mutex<Option<Failure>>,
}

/// A server's list, and how long it says the list is fresh.
pub(crate) struct Listed {
    pub(crate) listing: Listing,
    pub(crate) refresh_after: Option<Duration>,
}

impl Connection {
    /// Wraps a link on which the server has been greeted.
    pub(crate) fn new(link: Link, hello: Hello, probe: Duration) -> Self {
        let meta = (hello.era == Era::Modern).then(|| handshake::modern_meta("{}"));
        Self { link, hello, meta, probe, sessions: AtomicU64::new(0), last_told: Mutex::default() }
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
            match timeout(probe, handshake::discover(&connection.link)).await {
                Ok(Err(failure)) if !failure.is_refusal() => Err(Some(failure)),
                answer => answer.map_err(|_| None),
            }
        };
        // Its failure only counts when the server is what it is remembered to be.
        let list = async { Ok(connection.list().await) };
        let era = match tokio::try_join!(question, list) {
            Ok((Ok(hello), listed)) => {
                connection.hello = hello;
                return Ok((connection, listed?));
            }
            Ok((Err(_refused), _)) => Some(Era::Legacy),
            Err(Some(lost)) => return Err(lost),
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
        let cut_off = self
            .pages("tools/list", |reply| {
                let missing = || Failure::Malformed("its `tools/list` result has no tools".to_owned());
                listed.refresh_after = refresh_after(reply);
                listed.listing.add_page(reply.tools.as_ref().ok_or_else(missing)?).map_err(Failure::Malformed)
            })
            .await?;
        cut_off.into_iter().for_each(|reason| listed.listing.cut_off(reason));
        if matches!(self.link, Link::Http(_)) && self.hello.era == Era::Modern {
            listed.listing.retain(|tool| headers::check(&tool.input_schema));
        }
        Ok(listed)
    }

    /// Asks for every page of a listing and hands each to `take`; why pages may be missing, when they may.
    pub(crate) async fn pages(
        &self,
        method: &'static str,
        mut take: impl FnMut(&Reply) -> Result<Page, Failure> + Send,
    ) -> Result<Option<String>, Failure> {
        let mut paging = Paging::of(method);
        while let Some(request) = paging.next() {
            let Some(reply) = paging.reply(self.request(&request).await)? else { break };
            paging.turn(&reply, take(&reply)?);
        }
        Ok(paging.cut_off)
    }

    /// Calls a tool.
    pub(crate) async fn call(
        &self,
        tool: &Tool,
        call: &Call,
        party: Option<Party>,
    ) -> Result<Answer, CallError> {
        let arguments = &call.arguments;
        if !arguments.get().trim_ascii_start().starts_with('{') {
            let message = "the arguments of a tool are an object".to_owned();
            return Err(CallError::new(CallErrorKind::InvalidArguments, message));
        }
        let mut request = Request::call(&tool.name, arguments).keyed(call.idempotency_key.as_deref());
        request.form = call.form;
        request.party = party;
        if matches!(self.link, Link::Http(_)) && self.meta.is_some() {
            request.headers = headers::of_arguments(&tool.input_schema, arguments);
        }
        let schema = tool.output_schema.as_ref();
        self.carry(request, |reply| match call.form {
            AnswerForm::Value => unwrap::answer_of(reply, schema),
            AnswerForm::Result => unwrap::whole_of(reply),
        })
        .await
    }

    /// Makes the call; as long as the server wants to be asked again, with the state it gave and the answers of the
    /// client, does so.
    pub(crate) async fn carry(
        &self,
        mut request: Request,
        unwrap: impl FnOnce(Reply) -> Result<Answer, CallError>,
    ) -> Result<Answer, CallError> {
        let members = request.members.clone();
        for round in 0..ROUNDS_MAX {
            let reply = self.request(&request).await?;
            let Some(InputWanted { questions, state }) = unwrap::input_wanted(&reply) else {
                return unwrap(reply);
            };
            let mut again = members.clone();
            match (questions, &request.party) {
                (Some(questions), Some(party)) => {
                    again.push_str(&format!(",\"inputResponses\":{}", party.ask_all(questions).await?));
                }
                (Some(_), None) => return unwrap(reply),
                (None, _) => sleep(ROUND_PAUSE * round).await,
            }
            if let Some(state) = state {
                again.push_str(&format!(",\"requestState\":{state}"));
            }
            request.members = again;
        }
        let message = format!("the server asked to be called again {ROUNDS_MAX} times");
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

    /// Keeps open what brings word of changes, of these resources too. Never ends by itself.
    pub(crate) async fn listen(&self, subscriptions: &Subscriptions) {
        match (self.hello.era, &self.link) {
            (Era::Modern, _) => self.listen_again_and_again(subscriptions).await,
            (Era::Legacy, Link::Http(link)) => {
                tokio::join!(link.follow(), subscriptions.follow(self));
            }
            (Era::Legacy, _) => subscriptions.follow(self).await,
        }
    }

    /// One subscription at a time: what is wanted anew is asked for by a new one.
    async fn listen_again_and_again(&self, subscriptions: &Subscriptions) {
        let mut refused = !self.hello.tells_changes && !self.hello.offers.subscriptions;
        while !refused {
            let (request, is_other) = subscriptions.listened();
            let ended = tokio::select! {
                ended = self.request(&request) => ended,
                () = is_other => continue,
            };
            match ended {
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

    /// Sends a request. Where its failure means that the server has forgotten the session, a new one is opened, once
    /// for all requests that meet this, and the request is sent again if that surely repeats nothing.
    pub(crate) async fn request(&self, request: &Request) -> Result<Reply, Failure> {
        let sessions = self.sessions.load(Ordering::Acquire);
        let meta = self.meta_of(request);
        let failure = match self.link.request(request, meta.as_deref()).await {
            Err(failure) if failure.is_refusal() && self.link.gave_session() => failure,
            outcome => return outcome,
        };
        let pinged = self.forgotten(&failure).await;
        match self.renewed(sessions, pinged).await {
            Some(told) if session::was_not_taken(request, &failure, &told) => {
                self.link.request(request, meta.as_deref()).await
            }
            _ => Err(failure),
        }
    }

    /// The `_meta` of a request, which says in the newer era what its client can.
    fn meta_of(&self, request: &Request) -> Option<Cow<'_, str>> {
        let meta = self.meta.as_deref()?;
        Some(match &request.party {
            Some(party) => handshake::modern_meta(&party.respondent.capabilities()).into(),
            None => meta.into(),
        })
    }

    /// Whether the server has forgotten the session, and how it says so: asked for a sign of life, it refuses too.
    async fn forgotten(&self, failure: &Failure) -> Option<Failure> {
        if matches!(failure, Failure::SessionLost) {
            return Some(Failure::SessionLost);
        }
        let ping = Request::new("ping", "");
        let answer = timeout(self.probe, self.link.request(&ping, self.meta.as_deref())).await.ok()?;
        answer.err().filter(session::is_forgotten)
    }

    /// Opens a session in place of one that was forgotten, unless that was done since there were so many. Returns how
    /// the server said that it was forgotten.
    async fn renewed(&self, sessions: u64, pinged: Option<Failure>) -> Option<Failure> {
        let mut last_told = self.last_told.lock().await;
        if self.sessions.load(Ordering::Acquire) != sessions {
            return last_told.clone();
        }
        let told = pinged?;
        let hello = handshake::greet(&self.link, Some(self.hello.era), self.probe).await.ok()?;
        if hello.era != self.hello.era {
            let reason = "the server speaks another version of the protocol than before";
            self.link.peer().close(reason.to_owned());
            return None;
        }
        *last_told = Some(told.clone());
        self.sessions.fetch_add(1, Ordering::AcqRel);
        // A server that forgets its sessions was started again, and may have other tools now.
        self.link.peer().note_change();
        Some(told)
    }
}

fn refresh_after(reply: &Reply) -> Option<Duration> {
    let millis: f64 = serde_json::from_str(reply.ttl_ms.as_ref()?.get()).ok()?;
    let wait = Duration::try_from_secs_f64(millis / 1000.0).unwrap_or(REFRESH_MAX);
    Some(wait.clamp(REFRESH_MIN, REFRESH_MAX))
}
