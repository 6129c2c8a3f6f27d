//! The MCP face: three tools, and what servers have beside theirs, over stdio or streamable HTTP, in both eras of the protocol.
//!
//! `handler` knows the methods of the protocol, `requests` decodes what our tools are asked, `answers` words, and this file
//! is what happens between. The list of tools never changes, so no `list_changed` is promised; what changes are the
//! instructions, which clients of the newer era read again with `server/discover`.

mod answers;
mod arguments;
mod asking;
mod beside;
mod definitions;
mod handler;
mod incoming;
mod lines;
mod person;
mod questions;
mod refusals;
mod repeated;
mod reply;
mod reporter;
mod requester;
mod requests;
mod route;
mod running;
mod stdio;

pub(crate) use definitions::TOKENS;
pub(crate) use route::McpRoute;
pub(crate) use stdio::serve as serve_stdio;

use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};

use host::{DEFAULT_WORKSPACE, RequestKey, RunId, RunRecord, RunRequest, RunStatus, SubmitError, Urgency};
use rmcp::{
    ErrorData, RoleServer,
    model::{InputRequiredResult, JsonObject},
    service::RequestContext,
};
use surface::SearchRequest;
use tokio::time::Instant;
use tools::{Catalog, Respondent};

use crate::gateway::Gateway;
use asking::{Asker, SentAgain, decider};
use beside::Wishes;
use person::{Person, Told};
use reply::Reply;
use reporter::Reporter;
use requester::Requester;
use requests::{ANSWER_WITHIN, Decoded, Execute, GetRun, Search, Wanted};

/// One connection, or one request of the stateless era. Cheap.
#[derive(Clone)]
pub(crate) struct Face {
    gateway: Arc<Gateway>,
    /// What the client at the other end of the standard streams wants to hear.
    wishes: Arc<Wishes>,
    /// The same client, as servers can ask it.
    respondent: Arc<OnceLock<Option<Respondent>>>,
}

/// How long a search waits for servers that are still starting. Most are there by then, and an agent that searches
/// right after its start finds their tools; the others are named in the answer.
const SEARCH_WAITS: Duration = Duration::from_secs(1);

impl Face {
    pub(crate) fn new(gateway: Arc<Gateway>) -> Self {
        Self { gateway, wishes: Arc::default(), respondent: Arc::default() }
    }

    async fn search(&self, request: Search) -> Reply {
        self.gateway.settled_within(SEARCH_WAITS).await;
        let catalog = self.gateway.surface().catalog().clone();
        let Search { queries, detail, server, limit } = request;
        let request = SearchRequest { queries, server, limit };
        if request.asked().next().is_none() && request.server.is_none() {
            return Reply::done(self.servers(&catalog));
        }
        match self.gateway.host.search(request, DEFAULT_WORKSPACE).await {
            Ok(found) if found.is_empty() => {
                Reply::done(format!("No tool found. Servers:\n{}", self.servers(&catalog)))
            }
            Ok(found) => {
                let parts: Vec<_> =
                    [found.text(detail)].into_iter().chain(answers::absent(&catalog)).collect();
                Reply::done(parts.join("\n"))
            }
            Err(error) => Reply::failed(format!("search_tools: {error}")),
        }
    }

    /// The servers that there are, and why there are no others.
    fn servers(&self, catalog: &Catalog) -> String {
        let not_agreed = self.gateway.config.not_agreed.as_deref().map(answers::not_agreed);
        let parts = [answers::servers(catalog)].into_iter().chain(not_agreed);
        parts.filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n")
    }

    async fn execute(&self, request: Execute, context: &RequestContext<RoleServer>) -> Reply {
        let until = Instant::now() + ANSWER_WITHIN;
        let mut run = RunRequest::new(request.code);
        if let Some(workspace) = request.workspace {
            run.workspace = workspace;
        }
        let reporter = Reporter::of(context);
        let requester = Requester::of(context);
        run.client = requester.client();
        run.respondent = self.respondent(context);
        run.approve = request.approve.unwrap_or_default();
        run.resume = request.resume.map(RunId::new);
        if request.background == Some(true) {
            run.urgency = Urgency::Background;
        }
        let key = match repeated::key(context) {
            Ok(key) => key,
            Err(wrong) => return Reply::failed(format!("execute_code: {wrong}")),
        };
        let id = match self.submit(run, key.as_ref()).await {
            Ok(id) => id,
            Err(SubmitError::Full(full)) => {
                requester.turn_away();
                return Reply::failed(answers::queue_full(full));
            }
            Err(error) => return Reply::failed(format!("execute_code: {error}")),
        };
        let left = match request.background {
            Some(true) if key.is_none() => {
                self.gateway.host.detach(&id).await;
                return Reply::done(running::answer(&id, None));
            }
            // One that was asked for before may be over.
            Some(true) => Duration::ZERO,
            _ => until.saturating_duration_since(Instant::now()),
        };
        // Over HTTP a client that lost its connection has given up its request, and may send it again.
        let may_come_back = key.is_some() && requester.is_over_http();
        let reply = tokio::select! {
            reply = self.wait(&id, left, &reporter, context) => reply,
            () = context.ct.cancelled(), if !may_come_back => {
                self.gateway.host.cancel(&id);
                Reply::done(format!("Run {id} was cancelled."))
            }
        };
        // An agent that speaks of the background may ask for the run again.
        if request.background.is_some() { reply.naming(&id) } else { reply }
    }

    /// Begins a run, which may go on from another, or finds the one that this key began before.
    async fn submit(&self, run: RunRequest, key: Option<&RequestKey>) -> Result<RunId, SubmitError> {
        match key {
            Some(key) => self.gateway.host.submit_once(run, key).await,
            None => self.gateway.host.submit_resuming(run).await,
        }
    }

    /// The answer about a run: its result, or how far it is when it is not over in time or does not go on before a
    /// person has decided about calls.
    async fn wait(
        &self,
        id: &RunId,
        at_most: Duration,
        reporter: &Reporter,
        context: &RequestContext<RoleServer>,
    ) -> Reply {
        match self.waited(id, Instant::now() + at_most, reporter, context).await {
            Waited::Done(record) => self.done(&record),
            Waited::Unknown => Reply::failed(format!("There is no run `{id}` (any more).")),
            Waited::GoesOn => self.running(id).await,
            Waited::Asks(question) => Reply::asking(question),
        }
    }

    /// Waits for a run's end. Where the client can ask its person about calls that wait, it asks meanwhile.
    async fn waited(
        &self,
        id: &RunId,
        until: Instant,
        reporter: &Reporter,
        context: &RequestContext<RoleServer>,
    ) -> Waited {
        let mut person = Person::new(Asker::of(context), decider(context), &self.gateway.host);
        loop {
            let left = until.saturating_duration_since(Instant::now());
            let brief = || self.gateway.host.progress(id).as_ref().map(running::in_brief).unwrap_or_default();
            let woken = async {
                tokio::select! {
                    biased;
                    status = self.gateway.host.wait(id, left) => Told::Status(status),
                    told = person.asked_about(id) => told,
                }
            };
            match reporter.during(woken, brief).await {
                Told::Status(Some(RunStatus::Done(record))) => return Waited::Done(record),
                Told::Status(None) => return Waited::Unknown,
                Told::Status(Some(RunStatus::Running)) | Told::Undecided => return Waited::GoesOn,
                Told::Question(question) => return Waited::Asks(question),
                Told::Decided => {}
            }
        }
    }

    fn done(&self, record: &RunRecord) -> Reply {
        let text = answers::run(record, self.shown_bytes());
        let failed = record.outcome != host::Outcome::Returned;
        let reply = if failed { Reply::failed(text) } else { Reply::done(text) };
        reply.showing(&record.images()).about(answers::about(record))
    }

    /// Tells how far a run is, which goes on without this request.
    async fn running(&self, id: &RunId) -> Reply {
        self.gateway.host.detach(id).await;
        let progress = self.gateway.host.progress(id);
        let reply = Reply::done(running::answer(id, progress.as_ref()));
        match progress {
            Some(progress) if !progress.approvals.is_empty() => reply.about(running::about(id, &progress)),
            _ => reply,
        }
    }

    /// Goes on with a run whose person was asked by the result before.
    async fn go_on(&self, again: SentAgain, context: &RequestContext<RoleServer>) -> Reply {
        let at_most = if again.decision.is_some() { ANSWER_WITHIN } else { Duration::ZERO };
        let run = self.decided(again, context).await;
        self.wait(&run, at_most, &Reporter::of(context), context).await
    }

    /// Takes what a person decided; the run it is about.
    async fn decided(&self, again: SentAgain, context: &RequestContext<RoleServer>) -> RunId {
        let SentAgain { run, under, decision } = again;
        let host = &self.gateway.host;
        if let Some(decision) = decision {
            host.decide(&host.shown(&under), decision, &decider(context)).await;
        }
        run
    }

    async fn get_run(&self, request: GetRun, context: &RequestContext<RoleServer>) -> Reply {
        match request.of {
            Wanted::Page { handle, .. } if handle.contains('#') => self.data(&handle).await,
            Wanted::Page { handle, offset } => {
                match self.gateway.host.page(&handle, offset, self.shown_bytes()).await {
                    Some(page) => Reply::done(answers::page(&handle, &page)),
                    None => Reply::failed(format!("There is no value `{handle}` (any more).")),
                }
            }
            Wanted::Run(id) => {
                self.wait(&RunId::new(id), request.wait, &Reporter::of(context), context).await
            }
        }
    }

    /// A piece of data in a run's value, by the run's id and the number of the piece.
    async fn data(&self, handle: &str) -> Reply {
        let gone = || Reply::failed(format!("There is no data `{handle}` (any more)."));
        let Some((run, number)) = handle.split_once('#') else { return gone() };
        let status = self.gateway.host.wait(&RunId::new(run), Duration::ZERO).await;
        let Some(RunStatus::Done(record)) = status else { return gone() };
        match number.parse().ok().and_then(|number| record.data(number)) {
            Some(data) => {
                let told = Reply::done(answers::data(&data));
                if data.is_image { told.showing(&[data]) } else { told }
            }
            None => gone(),
        }
    }

    /// What a tool of ours answers.
    async fn reply(
        &self,
        tool: &str,
        arguments: Option<JsonObject>,
        again: Option<SentAgain>,
        context: &RequestContext<RoleServer>,
    ) -> Result<Reply, ErrorData> {
        if let Some(again) = again {
            return Ok(self.go_on(again, context).await);
        }
        let reply = match tool {
            "search_tools" => match Search::decode(arguments) {
                Ok(Decoded { request, notes }) => self.search(request).await.noting(&notes),
                Err(wrong) => Reply::failed(wrong),
            },
            "execute_code" => match Execute::decode(arguments) {
                Ok(Decoded { request, notes }) => self.execute(request, context).await.noting(&notes),
                Err(wrong) => Reply::failed(wrong),
            },
            "get_run" => match GetRun::decode(arguments) {
                Ok(Decoded { request, notes }) => self.get_run(request, context).await.noting(&notes),
                Err(wrong) => Reply::failed(wrong),
            },
            _ => return Err(refusals::no_tool(tool)),
        };
        Ok(reply)
    }

    async fn instructions(&self) -> String {
        self.gateway.started().await;
        let config = &self.gateway.config;
        answers::instructions(&self.gateway.surface(), config.inline_tokens, config.not_agreed.as_deref())
    }

    fn shown_bytes(&self) -> usize {
        self.gateway.config.limits.shown_bytes as usize
    }
}

/// What the wait for a run comes to.
enum Waited {
    Done(Arc<RunRecord>),
    /// The client is to ask its person.
    Asks(InputRequiredResult),
    /// It is not over.
    GoesOn,
    /// There is no such run.
    Unknown,
}

/// Bytes of the largest message that is read. Every character of a script may arrive as `\u1234`; the rest of a
/// request is small.
pub(crate) fn message_bytes_max(gateway: &Gateway) -> usize {
    gateway.config.limits.source_bytes as usize * 6 + 64 * 1024
}
