//! HTTP+SSE of 2024-11-05: one stream on which the server says everything, and an address it names there for
//! what we say.

use std::{sync::Arc, time::Duration};

use reqwest::{Response, header::HeaderMap};
use tokio::{task::AbortHandle, time::timeout};

use crate::{
    failure::Failure,
    guard::OnDrop,
    http::{
        endpoint::Endpoint,
        events::{Event, Events},
        remote::{Again, Remote, media_type, next_chunk, read_error_body},
    },
    message::{self, Incoming, Reply, Request},
    peer::Peer,
    secrets::Secrets,
};

/// Words before the address is named: pings and comments, not more.
const EVENTS_BEFORE_ENDPOINT_MAX: usize = 100;
/// The address comes first on the stream; a stream that stays silent is one of another kind.
const ENDPOINT_WITHIN: Duration = Duration::from_secs(10);

/// An HTTP+SSE server.
pub(crate) struct LegacySse {
    pub(crate) peer: Arc<Peer>,
    /// Where messages are posted.
    endpoint: Arc<Endpoint>,
    reader: AbortHandle,
}

impl LegacySse {
    /// Opens the stream and waits for the address.
    pub(crate) async fn open(remote: Remote) -> Result<Self, Failure> {
        let mut response = remote.stream(HeaderMap::new()).await?;
        if !response.status().is_success() || media_type(&response) != "text/event-stream" {
            let said = " to GET instead of a stream of events".to_owned();
            return Err(Failure::Status { status: response.status().as_u16(), said });
        }
        let mut events = Events::new(remote.limit);
        let reference = timeout(ENDPOINT_WITHIN, read_endpoint(&mut response, &mut events)).await;
        let reference = reference.unwrap_or_else(|_| Err(no_endpoint()))?;
        let endpoint = Endpoint::named(&remote, &reference).ok_or_else(no_endpoint)?;
        let (peer, endpoint) = (Peer::new(), Arc::new(endpoint));
        let answering = Arc::clone(&endpoint);
        peer.answer_by(move |answer| {
            let endpoint = Arc::clone(&answering);
            tokio::spawn(async move { post(endpoint.remote(), answer, Again::Once).await });
        });
        let reader = Reader { peer: Arc::clone(&peer), endpoint: Arc::clone(&endpoint) };
        let reader = tokio::spawn(reader.run(response, events)).abort_handle();
        Ok(Self { peer, endpoint, reader })
    }

    /// What must not be seen of what the server says.
    pub(crate) fn secrets(&self) -> &Secrets {
        &self.endpoint.remote().secrets
    }

    /// Sends a request and waits for its answer on the stream.
    pub(crate) async fn request(&self, request: &Request) -> Result<Reply, Failure> {
        let mut waiting = self.peer.begin(request)?;
        let body = message::write_request(waiting.id, request, None);
        let (id, opens) = (waiting.id, request.method == "initialize");
        let given_up = OnDrop::new(|| {
            if !opens {
                self.tell_given_up(id);
            }
        });
        let posted = self.post_first(body, request).await;
        let outcome = match posted {
            Ok(()) => waiting.outcome().await,
            // The stream may have brought the answer although the POST failed.
            Err(failure) => waiting.now().unwrap_or_else(|| Err(self.refused(failure, opens))),
        };
        given_up.call_off();
        outcome
    }

    /// A message that was refused. A server that has forgotten the session of a stream which a proxy keeps open never says
    /// anything on it again, so it is ended.
    fn refused(&self, failure: Failure, opens: bool) -> Failure {
        if !opens && matches!(failure, Failure::Status { status: 400 | 404 | 410, .. }) {
            self.peer.close(format!("{failure}: the session of its stream of events is over"));
        }
        failure
    }

    /// Tells the server that nobody waits any more.
    fn tell_given_up(&self, id: u64) {
        if self.peer.is_closed() {
            return;
        }
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        let (endpoint, message) = (Arc::clone(&self.endpoint), message::write_cancelled(id, None));
        runtime.spawn(async move {
            let _ = post(endpoint.remote(), message, Again::Once).await;
        });
    }

    /// Sends a notification.
    pub(crate) async fn notify(&self, method: &str) -> Result<(), Failure> {
        post(self.endpoint.remote(), message::write_notification(method, "", None), Again::Once).await
    }

    /// Posts a request; the first one, which only asks, to every address that may be meant until one takes it.
    async fn post_first(&self, body: Vec<u8>, request: &Request) -> Result<(), Failure> {
        let mut failures = Vec::new();
        loop {
            let failure = match post(self.endpoint.remote(), body.clone(), Again::of(request)).await {
                Err(failure) if failure.is_refusal() && request.method == "initialize" => failure,
                outcome => return outcome,
            };
            failures.push(failure);
            if !self.endpoint.advance() {
                return self.endpoint.failure(failures).map_or(Ok(()), Err);
            }
        }
    }

    /// Ends the stream.
    pub(crate) fn close(&self) {
        self.reader.abort();
        self.peer.close("the connection was closed".to_owned());
    }
}

impl Drop for LegacySse {
    fn drop(&mut self) {
        self.reader.abort();
    }
}

/// The address as the server names it.
async fn read_endpoint(response: &mut Response, events: &mut Events) -> Result<String, Failure> {
    let mut seen = 0;
    while let Some(chunk) = next_chunk(response).await? {
        events.feed(&chunk)?;
        while let Some(event) = events.next() {
            seen += 1;
            match event {
                Event::Other(kind, data) if kind == "endpoint" => {
                    return Ok(String::from_utf8_lossy(&data).trim().to_owned());
                }
                _ if seen > EVENTS_BEFORE_ENDPOINT_MAX => return Err(no_endpoint()),
                _ => {}
            }
        }
    }
    Err(no_endpoint())
}

fn no_endpoint() -> Failure {
    Failure::Malformed("its stream of events names no address for messages".to_owned())
}

async fn post(endpoint: &Remote, body: Vec<u8>, again: Again) -> Result<(), Failure> {
    let response = endpoint.post(body, HeaderMap::new(), again).await?;
    let status = response.status();
    let body = read_error_body(response).await;
    if status.is_success() {
        return Ok(());
    }
    match message::read(&body) {
        Ok(Incoming::Error(failure) | Incoming::Answer { outcome: Err(failure), .. }) => Err(failure),
        _ => {
            let said = endpoint.secrets.hide_in_line(&body, 200);
            let said =
                if said.is_empty() || said.starts_with('<') { String::new() } else { format!(": {said}") };
            let said = format!(" to POST {}{said}", endpoint.url.path());
            Err(Failure::Status { status: status.as_u16(), said })
        }
    }
}

struct Reader {
    peer: Arc<Peer>,
    endpoint: Arc<Endpoint>,
}

impl Reader {
    async fn run(self, mut response: Response, mut events: Events) {
        let reason = loop {
            while let Some(event) = events.next() {
                self.take(event).await;
            }
            if let Some(reason) = self.peer.reason() {
                break reason;
            }
            match next_chunk(&mut response).await {
                Ok(Some(chunk)) => {
                    if let Err(failure) = events.feed(&chunk) {
                        break failure.to_string();
                    }
                }
                Ok(None) => break "the server ended its stream".to_owned(),
                Err(failure) => break failure.to_string(),
            }
        };
        self.peer.close(reason);
    }

    async fn take(&self, event: Event) {
        match event {
            Event::Message(data) => {
                for answer in self.peer.receive(&data) {
                    // A server that asks and does not take the answer does not need it.
                    let _ = post(self.endpoint.remote(), answer, Again::Once).await;
                }
            }
            Event::TooLarge(Some(id)) => {
                self.peer.settle(id, Err(Failure::TooLarge { limit: self.endpoint.remote().limit }));
            }
            Event::TooLarge(None) => self.peer.count_odd("an event over the budget"),
            Event::Other(..) => {}
        }
    }
}
