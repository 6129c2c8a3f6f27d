//! HTTP+SSE of 2024-11-05: one stream on which the server says everything, and an address it names there for
//! what we say.

use std::sync::Arc;

use reqwest::{Response, header::HeaderMap};
use tokio::task::AbortHandle;

use crate::{
    failure::Failure,
    http::{
        events::{Event, Events},
        remote::{Again, Remote, media_type, next_chunk, read_error_body},
    },
    message::{self, Incoming, Reply, Request},
    peer::Peer,
    secrets::Secrets,
};

/// Words before the address is named: pings and comments, not more.
const EVENTS_BEFORE_ENDPOINT_MAX: usize = 100;

/// An HTTP+SSE server.
pub(crate) struct LegacySse {
    pub(crate) peer: Arc<Peer>,
    /// Where messages are posted.
    endpoint: Remote,
    reader: AbortHandle,
}

impl LegacySse {
    /// Opens the stream and waits for the address.
    pub(crate) async fn open(remote: Remote) -> Result<Self, Failure> {
        let mut response = remote.stream(HeaderMap::new()).await?;
        if !response.status().is_success() || media_type(&response) != "text/event-stream" {
            let said = " instead of a stream of events".to_owned();
            return Err(Failure::Status { status: response.status().as_u16(), said });
        }
        let mut events = Events::new(remote.limit);
        let endpoint = read_endpoint(&remote, &mut response, &mut events).await?;
        let peer = Peer::new();
        let reader = Reader { peer: Arc::clone(&peer), endpoint: endpoint.clone() };
        let reader = tokio::spawn(reader.run(response, events)).abort_handle();
        Ok(Self { peer, endpoint, reader })
    }

    /// What must not be seen of what the server says.
    pub(crate) fn secrets(&self) -> &Secrets {
        &self.endpoint.secrets
    }

    /// Sends a request and waits for its answer on the stream.
    pub(crate) async fn request(&self, request: &Request) -> Result<Reply, Failure> {
        let mut waiting = self.peer.begin()?;
        let body = message::write_request(waiting.id, request, None);
        let mut cancel = CancelOnDrop { link: self, id: waiting.id, armed: request.method != "initialize" };
        let posted = post(&self.endpoint, body, Again::of(request)).await;
        let outcome = match posted {
            Ok(()) => waiting.outcome().await,
            // The stream may have brought the answer although the POST failed.
            Err(failure) => waiting.now().unwrap_or(Err(failure)),
        };
        cancel.armed = false;
        outcome
    }

    /// Sends a notification.
    pub(crate) async fn notify(&self, method: &str) -> Result<(), Failure> {
        post(&self.endpoint, message::write_notification(method, "", None), Again::Once).await
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

async fn read_endpoint(
    remote: &Remote,
    response: &mut Response,
    events: &mut Events,
) -> Result<Remote, Failure> {
    let mut seen = 0;
    while let Some(chunk) = next_chunk(response).await? {
        events.feed(&chunk);
        while let Some(event) = events.next() {
            seen += 1;
            match event {
                Event::Other(kind, data) if kind == "endpoint" => {
                    let reference = String::from_utf8_lossy(&data);
                    return remote.at(reference.trim()).ok_or_else(|| {
                        let reason = "it names an address on another host for our messages".to_owned();
                        Failure::Malformed(reason)
                    });
                }
                _ if seen > EVENTS_BEFORE_ENDPOINT_MAX => return Err(no_endpoint()),
                _ => {}
            }
        }
    }
    Err(no_endpoint())
}

fn no_endpoint() -> Failure {
    Failure::Malformed("its stream names no address for our messages".to_owned())
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
            let said = format!(": {}", endpoint.secrets.hide_in_line(&body, 200));
            Err(Failure::Status { status: status.as_u16(), said })
        }
    }
}

struct Reader {
    peer: Arc<Peer>,
    endpoint: Remote,
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
                Ok(Some(chunk)) => events.feed(&chunk),
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
                    let _ = post(&self.endpoint, answer, Again::Once).await;
                }
            }
            Event::TooLarge(Some(id)) => {
                self.peer.settle(id, Err(Failure::TooLarge { limit: self.endpoint.limit }));
            }
            Event::TooLarge(None) => self.peer.count_odd("an event over the budget"),
            Event::Other(..) => {}
        }
    }
}

struct CancelOnDrop<'a> {
    link: &'a LegacySse,
    id: u64,
    armed: bool,
}

impl Drop for CancelOnDrop<'_> {
    fn drop(&mut self) {
        if !self.armed || self.link.peer.is_closed() {
            return;
        }
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        let (endpoint, message) = (self.link.endpoint.clone(), message::write_cancelled(self.id, None));
        runtime.spawn(async move {
            let _ = post(&endpoint, message, Again::Once).await;
        });
    }
}
