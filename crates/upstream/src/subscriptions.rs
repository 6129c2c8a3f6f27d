//! The resources of a server that clients want to hear of, and telling the server so in the way of its era.
//!
//! What is wanted outlives a connection: the next one is told it again.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::value::RawValue;
use tokio::sync::watch;
use tools::{Answer, Call, CallError, CallErrorKind, Method};

use crate::{
    connection::Connection,
    message::{Request, quoted},
    session::METHOD_NOT_FOUND,
};

/// Resources of one server that are subscribed to at once.
const SUBSCRIBED_MAX: usize = 1_000;

/// How often each resource is wanted.
#[derive(Debug, Default)]
pub(crate) struct Subscriptions {
    wanted: watch::Sender<BTreeMap<String, usize>>,
}

impl Subscriptions {
    /// Takes what a client says of one resource.
    pub(crate) fn take(&self, call: &Call, connection: &Connection) -> Result<Answer, CallError> {
        #[derive(Deserialize)]
        struct Resource {
            uri: String,
        }
        let wrong =
            |error: serde_json::Error| CallError::new(CallErrorKind::InvalidArguments, error.to_string());
        let Resource { uri } = serde_json::from_str(call.arguments.get()).map_err(wrong)?;
        if call.method == Method::Unsubscribe {
            self.remove(&uri);
        } else if !connection.hello.offers.subscriptions {
            let message = "the server does not tell changes of single resources";
            return Err(CallError::new(CallErrorKind::Protocol(METHOD_NOT_FOUND), message));
        } else if !self.add(uri) {
            let message = format!("{SUBSCRIBED_MAX} resources of the server are subscribed to already");
            return Err(CallError::new(CallErrorKind::Limit, message));
        }
        RawValue::from_string("{}".to_owned())
            .map(Answer::from)
            .map_err(|error| CallError::new(CallErrorKind::BadAnswer, error.to_string()))
    }

    fn add(&self, uri: String) -> bool {
        self.wanted.send_if_modified(|wanted| {
            let has_room = wanted.len() < SUBSCRIBED_MAX || wanted.contains_key(&uri);
            if has_room {
                *wanted.entry(uri).or_default() += 1;
            }
            has_room
        })
    }

    fn remove(&self, uri: &str) {
        self.wanted.send_if_modified(|wanted| match wanted.get_mut(uri) {
            Some(count) if *count > 1 => {
                *count -= 1;
                false
            }
            Some(_) => wanted.remove(uri).is_some(),
            None => false,
        });
    }

    fn now(receiver: &mut watch::Receiver<BTreeMap<String, usize>>) -> BTreeSet<String> {
        receiver.borrow_and_update().keys().cloned().collect()
    }

    /// Tells a server of the older era of every change of what is wanted. Never ends.
    pub(crate) async fn follow(&self, connection: &Connection) {
        let mut wanted = self.wanted.subscribe();
        let mut told = BTreeSet::new();
        loop {
            let now = Self::now(&mut wanted);
            for uri in now.difference(&told) {
                say(connection, "resources/subscribe", uri).await;
            }
            for uri in told.difference(&now) {
                say(connection, "resources/unsubscribe", uri).await;
            }
            told = now;
            if wanted.changed().await.is_err() {
                return std::future::pending().await;
            }
        }
    }

    /// What a server of the newer era is to tell, and a wait until that is something else.
    pub(crate) fn listened(&self) -> (Request, impl Future<Output = ()>) {
        let mut wanted = self.wanted.subscribe();
        let uris = Self::now(&mut wanted).iter().map(|uri| quoted(uri)).collect::<Vec<_>>().join(",");
        let members = format!(
            "\"notifications\":{{\"toolsListChanged\":true,\"promptsListChanged\":true,\
             \"resourcesListChanged\":true,\"resourceSubscriptions\":[{uris}]}}"
        );
        let changed = async move {
            if wanted.changed().await.is_err() {
                std::future::pending::<()>().await;
            }
        };
        (Request::new("subscriptions/listen", members), changed)
    }
}

async fn say(connection: &Connection, method: &'static str, uri: &str) {
    let request = Request::new(method, format!("\"uri\":{}", quoted(uri)));
    if let Err(failure) = connection.request(&request).await {
        tracing::info!(%failure, method, uri, "a server does not take a subscription");
    }
}
