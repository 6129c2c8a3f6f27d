//! All servers together: the catalog they make, and the calls to them.

use std::{collections::HashMap, sync::Arc};

use tokio::{
    sync::{broadcast, watch},
    time::{Instant, timeout_at},
};
use tools::{
    Answer, AnswerFuture, Call, CallError, CallErrorKind, CallTool, Catalog, Content, Method, ServerName,
    Tool,
};

use crate::{
    connection::Connection,
    entry::{ServerEntry, Settings},
    health::ServerHealth,
    news::ServerNews,
    questions::Party,
    secrets::Secrets,
    server::supervise,
    shared::Shared,
    slot::{Down, Slot, Status},
    text::without_paths,
};

/// The connections to all configured servers. [`Self::shutdown`] ends them and waits for it; dropping it
/// ends them in the background, and with the runtime at the latest.
pub struct Upstream {
    shared: Arc<Shared>,
    by_name: HashMap<ServerName, Arc<Slot>>,
}

impl Upstream {
    /// Begins connecting to all servers, in parallel, and returns at once. Must be called inside a tokio
    /// runtime. Of two entries with one name the last counts, as in a JSON object.
    pub fn start(entries: Vec<ServerEntry>, settings: Settings) -> Self {
        let by_name: HashMap<_, _> =
            entries.into_iter().map(|entry| (entry.name.clone(), Slot::new(entry, &settings))).collect();
        let shared = Shared::new(by_name.values().cloned().collect(), settings);
        for slot in by_name.values() {
            shared.tasks.spawn(supervise(Arc::clone(slot), Arc::clone(&shared)));
        }
        shared.tasks.close();
        Self { shared, by_name }
    }

    /// The catalog, and its changes as servers come, go and change their lists.
    pub fn catalog(&self) -> watch::Receiver<Arc<Catalog>> {
        self.shared.catalog.subscribe()
    }

    /// What servers say unasked, from now on. Who does not keep up loses the oldest.
    pub fn news(&self) -> broadcast::Receiver<ServerNews> {
        self.shared.news.subscribe()
    }

    /// Waits until every server has become ready, stale or failed once. Showing last time's tools while a
    /// server is being started does not count.
    pub async fn settled(&self) {
        // An error means that the sender is gone, and it lives as long as we do.
        let _ = self.shared.unsettled.subscribe().wait_for(|count| *count == 0).await;
    }

    /// What is known about each connection, sorted by name.
    pub fn health(&self) -> Vec<ServerHealth> {
        let mut health: Vec<_> = self.shared.slots.iter().map(|slot| slot.health()).collect();
        health.sort_by(|a, b| a.name.cmp(&b.name));
        health
    }

    /// Ends all connections and the whole process trees behind them, and waits until they are gone.
    pub async fn shutdown(&self) {
        self.shared.stop.cancel();
        self.shared.tasks.wait().await;
    }

    async fn make(&self, call: &Call) -> Result<Answer, CallError> {
        let deadline = Instant::now() + call.deadline;
        let connection = timeout_at(deadline, self.reach(call))
            .await
            .map_err(|_| unavailable(call, "it is still being started"))??;
        let tool = match call.method {
            Method::CallTool => Some(self.tool(call)?),
            _ => None,
        };
        let party = self.party(call);
        let pause = party.as_ref().map(|party| Arc::clone(&party.pause)).unwrap_or_default();
        let left = deadline.saturating_duration_since(Instant::now());
        let asked = pause.within(left, self.ask(call, tool.as_deref(), &connection, party)).await;
        let outcome = asked.ok_or_else(|| too_slow(call))?.map_err(|error| in_context(call, error));
        match self.by_name.get(&call.tool.server) {
            Some(slot) => without_secrets(&slot.secrets(), outcome),
            None => outcome,
        }
    }

    async fn ask(
        &self,
        call: &Call,
        tool: Option<&Tool>,
        connection: &Connection,
        party: Option<Party>,
    ) -> Result<Answer, CallError> {
        if let Some(tool) = tool {
            return connection.call(tool, call, party).await;
        }
        match (call.method, self.by_name.get(&call.tool.server)) {
            (Method::Subscribe | Method::Unsubscribe, Some(slot)) => {
                slot.subscriptions.take(call, connection)
            }
            _ => connection.ask(call, party).await,
        }
    }

    /// The client of a call, as its server can ask it.
    fn party(&self, call: &Call) -> Option<Party> {
        let secrets = self.by_name.get(&call.tool.server)?.secrets();
        let (respondent, server) = (call.respondent.clone()?, call.tool.server.clone());
        Some(Party { server, respondent, secrets, pause: Arc::default() })
    }

    /// The connection to a call's server, waiting for a start that is under way.
    async fn reach(&self, call: &Call) -> Result<Arc<Connection>, CallError> {
        let Some(slot) = self.by_name.get(&call.tool.server) else {
            let message = format!("there is no server `{}`", call.tool.server);
            return Err(CallError::new(CallErrorKind::UnknownTool, message));
        };
        let up = match &*slot.status.borrow() {
            Status::Up(connection) if !connection.link.peer().is_closed() => Some(Arc::clone(connection)),
            _ => None,
        };
        match up {
            Some(connection) => Ok(connection),
            None => wait_until_up(slot).await.map_err(|down| match down.needs_login {
                true => needs_login(call, &down.reason),
                false => unavailable(call, &down.reason),
            }),
        }
    }

    fn tool(&self, call: &Call) -> Result<Arc<Tool>, CallError> {
        let tool = self.shared.catalog.borrow().tool(&call.tool).cloned();
        tool.ok_or_else(|| {
            let message = format!("server `{}` has no tool `{}`", call.tool.server, call.tool.tool);
            CallError::new(CallErrorKind::UnknownTool, message)
        })
    }
}

impl CallTool for Upstream {
    fn call(&self, call: Call) -> AnswerFuture<'_> {
        Box::pin(async move { self.make(&call).await })
    }
}

impl Drop for Upstream {
    fn drop(&mut self) {
        self.shared.stop.cancel();
    }
}

/// Waits for a try that is under way, and asks for one if the last one failed; the reason if there is none.
async fn wait_until_up(slot: &Slot) -> Result<Arc<Connection>, Down> {
    let mut status = slot.status.subscribe();
    let mut asked = false;
    loop {
        match &*status.borrow_and_update() {
            Status::Up(connection) if !connection.link.peer().is_closed() => {
                return Ok(Arc::clone(connection));
            }
            Status::Down(Down { eager: true, .. }) if !asked => {
                asked = true;
                slot.wanted.notify_one();
            }
            Status::Down(down) => return Err(down.clone()),
            Status::Up(_) | Status::Connecting => {}
        }
        if status.changed().await.is_err() {
            let reason = "the connection was closed".to_owned();
            return Err(Down { reason, eager: false, needs_login: false });
        }
    }
}

fn without_secrets(secrets: &Secrets, outcome: Result<Answer, CallError>) -> Result<Answer, CallError> {
    let hidden = |answer: Answer| Answer {
        value: secrets.hide_in_json(answer.value),
        content: answer.content.map(|content| Content {
            blocks: content.blocks.map(|blocks| secrets.hide_in_json(blocks)),
            ..content
        }),
    };
    outcome.map(hidden).map_err(|error| CallError {
        message: secrets.hide(error.message),
        data: error.data.map(|data| secrets.hide_in_json(data)),
        ..error
    })
}

/// What a script may know of it: the reason as a person sees it tells where things are on this machine.
fn unavailable(call: &Call, reason: &str) -> CallError {
    let reason = without_paths(reason);
    let message = format!("server `{}` is not available: {reason}", call.tool.server);
    CallError::new(CallErrorKind::Unavailable, message)
}

/// It is for the person, who reads it in what became of the run.
fn needs_login(call: &Call, reason: &str) -> CallError {
    let message = format!("server `{}` is not available: {reason}", call.tool.server);
    CallError::new(CallErrorKind::NeedsLogin, message)
}

fn too_slow(call: &Call) -> CallError {
    let message =
        format!("`{}` did not answer within {:?} (`limits.call_seconds`)", call.tool, call.deadline);
    CallError::new(CallErrorKind::Timeout, message)
}

/// What the server itself said stays as it said it; what happened to the connection names the tool.
fn in_context(call: &Call, error: CallError) -> CallError {
    match error.kind {
        CallErrorKind::Tool | CallErrorKind::Protocol(_) => error,
        CallErrorKind::NeedsLogin => needs_login(call, &error.message),
        CallErrorKind::Unavailable => unavailable(call, &error.message),
        _ => CallError { message: format!("`{}`: {}", call.tool, error.message), ..error },
    }
}
