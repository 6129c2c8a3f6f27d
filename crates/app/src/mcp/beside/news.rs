//! What servers say unasked, told to the clients that want to hear it: changes of lists and of resources, and what is logged.
//!
//! A client of the older era hears it on its connection, one of the newer era on a subscription. Over HTTP no session of the
//! older era is kept, so there is no way back to such a client.
#![expect(deprecated, reason = "clients of the older era hear what is logged")]

use std::collections::BTreeMap;

use axum::http::request::Parts;
use host::{CallFailure, Client, DirectCall};
use parking_lot::Mutex;
use rmcp::{
    ErrorData, Peer, RoleServer,
    model::{
        LoggingLevel, LoggingMessageNotification, LoggingMessageNotificationParam,
        PromptListChangedNotification, ResourceListChangedNotification, ResourceUpdatedNotification,
        ResourceUpdatedNotificationParam, ServerNotification,
    },
    service::{NotificationContext, RequestContext, SubscriptionContext},
};
use serde_json::json;
use tokio::sync::broadcast::error::RecvError;
use tools::{Method, ServerName};
use upstream::{News, ServerNews};

use super::{error_of, raw};
use crate::{
    gateway::Gateway,
    mcp::{Face, requester::Requester},
};

/// What is logged is told from here on until the client says otherwise.
const LEVEL: LoggingLevel = LoggingLevel::Info;

/// What the client of one connection wants to hear.
#[derive(Debug)]
pub(in crate::mcp) struct Wishes {
    level: Mutex<LoggingLevel>,
    subscribed: Mutex<Subscribed>,
}

/// The resources it wants to hear of, by what their servers call them, under the addresses that it knows.
type Subscribed = BTreeMap<(ServerName, String), String>;

impl Default for Wishes {
    fn default() -> Self {
        Self { level: Mutex::new(LEVEL), subscribed: Mutex::default() }
    }
}

impl Face {
    /// Tells a client of the older era what servers say, as long as it is there.
    pub(in crate::mcp) fn tell_news(&self, context: &NotificationContext<RoleServer>) {
        if context.extensions.get::<Parts>().is_none() {
            let (face, peer) = (self.clone(), context.peer.clone());
            tokio::spawn(async move { face.keep_telling(&peer).await });
        }
    }

    async fn keep_telling(&self, peer: &Peer<RoleServer>) {
        let mut heard = Heard::new(&self.gateway);
        while let Some(heard) = heard.next().await {
            for said in said_to(heard, &self.wishes) {
                if peer.send_notification(said).await.is_err() {
                    return;
                }
            }
        }
    }

    /// Tells a client of the newer era what it subscribed to, as long as it wants.
    pub(in crate::mcp) async fn tell_subscribed(&self, context: &SubscriptionContext, client: &Client) {
        let wishes = Wishes::default();
        for uri in context.accepted().resource_subscriptions.iter().flatten() {
            if let Err(error) = self.want(uri, &wishes, client).await {
                tracing::info!(uri, reason = %error.message, "a subscription is not taken");
            }
        }
        let telling = async {
            let mut heard = Heard::new(&self.gateway);
            while let Some(heard) = heard.next().await {
                for said in said_to(heard, &wishes) {
                    // What it did not ask for is not sent.
                    let _ = context.sink().send(said).await;
                }
            }
        };
        tokio::select! {
            () = telling => {}
            () = context.cancelled() => {}
        }
        let wanted: Vec<_> = std::mem::take(&mut *wishes.subscribed.lock()).into_keys().collect();
        for (server, own) in wanted {
            let _ = self.about_resource(Method::Unsubscribe, server, &own, client).await;
        }
    }

    pub(in crate::mcp) async fn subscribe_to(
        &self,
        uri: &str,
        context: &RequestContext<RoleServer>,
    ) -> Result<(), ErrorData> {
        if context.extensions.get::<Parts>().is_some() {
            let message = "there is no way to tell this client: over HTTP, `subscriptions/listen` of 2026-07-28 tells changes";
            return Err(ErrorData::invalid_request(message, None));
        }
        self.want(uri, &self.wishes, &Requester::of(context).client()).await
    }

    pub(in crate::mcp) async fn unsubscribe_from(&self, uri: &str, context: &RequestContext<RoleServer>) {
        let wanted = {
            let mut subscribed = self.wishes.subscribed.lock();
            let known = subscribed.iter().find(|(_, address)| *address == uri).map(|(key, _)| key.clone());
            known.inspect(|key| drop(subscribed.remove(key)))
        };
        if let Some((server, own)) = wanted {
            let _ = self
                .about_resource(Method::Unsubscribe, server, &own, &Requester::of(context).client())
                .await;
        }
    }

    /// Takes from which level on the client wants to hear what is logged, and asks the servers for it. Where there is no way
    /// to tell it anything, others keep what they asked for.
    pub(in crate::mcp) async fn hear_from(&self, level: LoggingLevel, context: &RequestContext<RoleServer>) {
        if context.extensions.get::<Parts>().is_some() {
            return;
        }
        *self.wishes.level.lock() = level;
        let client = Requester::of(context).client();
        let surface = self.gateway.surface();
        let servers = surface.catalog().servers().iter().filter(|server| super::is_there(server));
        let asked = servers.map(|server| async {
            let call = DirectCall::beside(server.name.clone(), Method::SetLevel, raw(&json!({ "level": level })));
            if let Err(CallFailure { failure, .. }) = self.gateway.host.ask(&call, &client).await {
                tracing::info!(server = %server.name, reason = failure.message, "it does not take the level of its log");
            }
        });
        futures_util::future::join_all(asked).await;
    }

    async fn want(&self, uri: &str, wishes: &Wishes, client: &Client) -> Result<(), ErrorData> {
        let (prefix, own, _) = self.resource(uri, client).await?;
        let key = (prefix.server.clone(), own.clone());
        if wishes.subscribed.lock().contains_key(&key) {
            return Ok(());
        }
        let asked = self.about_resource(Method::Subscribe, prefix.server, &own, client).await;
        asked.map_err(|CallFailure { failure, .. }| error_of(&failure))?;
        wishes.subscribed.lock().insert(key, uri.to_owned());
        Ok(())
    }

    async fn about_resource(
        &self,
        method: Method,
        server: ServerName,
        own: &str,
        client: &Client,
    ) -> Result<(), CallFailure> {
        let call = DirectCall::beside(server, method, raw(&json!({ "uri": own })));
        self.gateway.host.ask(&call, client).await.map(drop)
    }
}

/// What there is to tell.
enum Said {
    /// By a server.
    News(ServerNews),
    /// Another server can be asked, or one cannot be asked any more.
    OtherServers,
}

/// What servers say, one thing after the other.
struct Heard {
    news: tokio::sync::broadcast::Receiver<ServerNews>,
    surface: tokio::sync::watch::Receiver<std::sync::Arc<surface::Surface>>,
    there: Vec<ServerName>,
}

impl Heard {
    fn new(gateway: &Gateway) -> Self {
        let surface = gateway.surfaces();
        let there = there(&surface.borrow());
        Self { news: gateway.news(), surface, there }
    }

    /// The next; `None` when there is none any more.
    async fn next(&mut self) -> Option<Said> {
        loop {
            tokio::select! {
                said = self.news.recv() => match said {
                    Ok(said) => return Some(Said::News(said)),
                    Err(RecvError::Lagged(lost)) => tracing::warn!(lost, "a client is too slow for what servers say"),
                    Err(RecvError::Closed) => return None,
                },
                changed = self.surface.changed() => {
                    changed.ok()?;
                    let there = there(&self.surface.borrow_and_update());
                    if there != self.there {
                        self.there = there;
                        return Some(Said::OtherServers);
                    }
                }
            }
        }
    }
}

fn there(surface: &surface::Surface) -> Vec<ServerName> {
    let servers = surface.catalog().servers().iter().filter(|server| super::is_there(server));
    servers.map(|server| server.name.clone()).collect()
}

/// What a client with these wishes is told of it.
fn said_to(said: Said, wishes: &Wishes) -> Vec<ServerNotification> {
    let resources = || {
        let changed =
            ResourceListChangedNotification { method: Default::default(), extensions: Default::default() };
        ServerNotification::ResourceListChangedNotification(changed)
    };
    let prompts = || {
        let changed =
            PromptListChangedNotification { method: Default::default(), extensions: Default::default() };
        ServerNotification::PromptListChangedNotification(changed)
    };
    match said {
        Said::OtherServers => vec![resources(), prompts()],
        Said::News(ServerNews { news: News::ResourcesChanged, .. }) => vec![resources()],
        Said::News(ServerNews { news: News::PromptsChanged, .. }) => vec![prompts()],
        Said::News(ServerNews { server, news: News::ResourceUpdated(own) }) => {
            let address = wishes.subscribed.lock().get(&(server, own)).cloned();
            let updated = address.map(|address| {
                ResourceUpdatedNotification::new(ResourceUpdatedNotificationParam::new(address))
            });
            updated.map(ServerNotification::ResourceUpdatedNotification).into_iter().collect()
        }
        Said::News(ServerNews { server, news: News::Logged { level, logger, data } }) => {
            let Ok(level) = serde_json::from_value::<LoggingLevel>(json!(level)) else { return Vec::new() };
            if (level as u8) < (*wishes.level.lock() as u8) {
                return Vec::new();
            }
            let logger = logger.map_or_else(|| server.to_string(), |logger| format!("{server}/{logger}"));
            let logged = LoggingMessageNotificationParam::new(level, data).with_logger(logger);
            vec![ServerNotification::LoggingMessageNotification(LoggingMessageNotification::new(logged))]
        }
    }
}
