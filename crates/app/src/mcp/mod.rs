//! The MCP face: three tools, over stdio or streamable HTTP, in both eras of the protocol.
//!
//! `handler` knows the methods of the protocol, `requests` decodes what our tools are asked, `answers` words, and this file
//! is what happens between. The list of tools never changes, so no `list_changed` is promised; what changes are the
//! instructions, which clients of the newer era read again with `server/discover`.

mod answers;
mod arguments;
mod definitions;
mod handler;
mod http;
mod lines;
mod refusals;
mod reply;
mod requests;
mod stdio;

pub(crate) use answers::skills as found_skills;
pub(crate) use definitions::TOKENS;
pub(crate) use http::serve as serve_http;
pub(crate) use stdio::serve as serve_stdio;

use std::{sync::Arc, time::Duration};

use host::{RunId, RunRequest, RunStatus};
use rmcp::{
    ErrorData, RoleServer,
    model::{JsonObject, ProgressNotificationParam},
    service::RequestContext,
};
use surface::{QUERIES_MAX, SearchRequest};
use tokio::time::Instant;

use crate::gateway::Gateway;
use reply::Reply;
use requests::{ANSWER_WITHIN, Decoded, Execute, GetRun, Search, Wanted};

/// One connection, or one request of the stateless era. Cheap.
#[derive(Clone)]
pub(crate) struct Face {
    gateway: Arc<Gateway>,
}

/// How often a client that wants to know hears that a run goes on.
const PROGRESS_EVERY: Duration = Duration::from_secs(5);

/// How long a search waits for servers that are still starting. Most are there by then, and an agent that searches
/// right after its start finds their tools; the others are named in the answer.
const SEARCH_WAITS: Duration = Duration::from_secs(1);

/// More hits than this are a list, not an answer.
const HITS_MAX: usize = 100;

impl Face {
    pub(crate) fn new(gateway: Arc<Gateway>) -> Self {
        Self { gateway }
    }

    async fn search(&self, request: Search) -> Reply {
        self.gateway.settled_within(SEARCH_WAITS).await;
        let surface = self.gateway.surface();
        let Search { queries, detail, server, limit } = request;
        if queries.len() > QUERIES_MAX {
            let asked = queries.len();
            return Reply::failed(format!(
                "search_tools takes at most {QUERIES_MAX} queries at once, not {asked}"
            ));
        }
        if queries.is_empty() && server.is_none() {
            return Reply::done(answers::servers(surface.catalog()));
        }
        let search = SearchRequest { queries, server, limit: limit.min(HITS_MAX) };
        // Some milliseconds where there are many tools and queries, in which the one thread has others to serve.
        let result = tokio::task::block_in_place(|| surface.search(&search));
        let mut parts = Vec::new();
        if result.hits.is_empty() {
            parts.push(format!("No tool found. Servers:\n{}", answers::servers(surface.catalog())));
        } else {
            parts.push(surface.render(&result, detail));
        }
        parts.extend(answers::skills(&self.gateway.host.find_skills(&search.queries)));
        if !result.hits.is_empty() {
            parts.extend(answers::absent(surface.catalog()));
        }
        Reply::done(parts.join("\n"))
    }

    async fn execute(&self, request: Execute, context: &RequestContext<RoleServer>) -> Reply {
        let until = Instant::now() + ANSWER_WITHIN;
        let mut run = RunRequest::new(request.code);
        if let Some(workspace) = request.workspace {
            run.workspace = workspace;
        }
        // In the background too: a script whose servers are not there yet would be refused for its imports.
        self.gateway.settled_for(&run.code, ANSWER_WITHIN / 2).await;
        let id = self.gateway.host.submit(run);
        if request.background == Some(true) {
            return Reply::done(answers::running(&id));
        }
        let reply = tokio::select! {
            reply = self.wait_with_progress(&id, until, context) => reply,
            () = context.ct.cancelled() => {
                self.gateway.host.cancel(&id);
                Reply::done(format!("Run {id} was cancelled."))
            }
        };
        // An agent that speaks of the background may ask for the run again.
        if request.background.is_some() { reply.naming(&id) } else { reply }
    }

    async fn wait_with_progress(
        &self,
        id: &RunId,
        until: Instant,
        context: &RequestContext<RoleServer>,
    ) -> Reply {
        let token = context.meta.get_progress_token();
        let begun = Instant::now();
        loop {
            let left = until.saturating_duration_since(Instant::now());
            let answer = self.wait(id, left.min(PROGRESS_EVERY)).await;
            if answer.is_some() || left.is_zero() {
                return answer.unwrap_or_else(|| Reply::done(answers::running(id)));
            }
            if let Some(token) = token.clone() {
                let seconds = begun.elapsed().as_secs_f64().round();
                let progress =
                    ProgressNotificationParam::new(token, seconds).with_message(format!("run {id} goes on"));
                // A client that cannot be told loses nothing but the news.
                let _ = context.peer.notify_progress(progress).await;
            }
        }
    }

    /// The answer of a finished or unknown run; `None` while it goes on.
    async fn wait(&self, id: &RunId, at_most: Duration) -> Option<Reply> {
        match self.gateway.host.wait(id, at_most).await {
            Some(RunStatus::Running) => None,
            Some(RunStatus::Done(record)) => {
                let failed = record.outcome != host::Outcome::Returned;
                let text = answers::run(&record, self.shown_bytes());
                let reply = if failed { Reply::failed(text) } else { Reply::done(text) };
                Some(reply.about(answers::about(&record)))
            }
            None => Some(Reply::failed(format!("There is no run `{id}` (any more)."))),
        }
    }

    async fn get_run(&self, request: GetRun) -> Reply {
        match request.of {
            Wanted::Page { handle, offset } => {
                match self.gateway.host.page(&handle, offset, self.shown_bytes()) {
                    Some(page) => Reply::done(answers::page(&handle, &page)),
                    None => Reply::failed(format!("There is no value `{handle}` (any more).")),
                }
            }
            Wanted::Run(id) => {
                let id = RunId::new(id);
                self.wait(&id, request.wait).await.unwrap_or_else(|| Reply::done(answers::running(&id)))
            }
        }
    }

    /// What a tool of ours answers.
    async fn reply(
        &self,
        tool: &str,
        arguments: Option<JsonObject>,
        context: &RequestContext<RoleServer>,
    ) -> Result<Reply, ErrorData> {
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
                Ok(Decoded { request, notes }) => self.get_run(request).await.noting(&notes),
                Err(wrong) => Reply::failed(wrong),
            },
            _ => return Err(refusals::no_tool(tool)),
        };
        Ok(reply)
    }

    async fn instructions(&self) -> String {
        self.gateway.started().await;
        answers::instructions(&self.gateway.surface(), self.gateway.config.inline_tokens)
    }

    fn shown_bytes(&self) -> usize {
        self.gateway.config.limits.shown_bytes as usize
    }
}

/// Bytes of the largest message that is read. Every character of a script may arrive as `\u1234`; the rest of a
/// request is small.
fn message_bytes_max(gateway: &Gateway) -> usize {
    gateway.config.limits.source_bytes as usize * 6 + 64 * 1024
}
