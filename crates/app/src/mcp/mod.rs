//! The MCP face: three tools, over stdio or streamable HTTP, in both eras of the protocol.
//!
//! `requests` decodes, `answers` words, and this file is what happens between. The list of tools never changes,
//! so no `list_changed` is promised; what changes are the instructions, which clients of the newer era read
//! again with `server/discover`.

mod answers;
mod definitions;
mod http;
mod lines;
mod refusals;
mod requests;
mod stdio;

pub(crate) use answers::skills as found_skills;
pub(crate) use definitions::TOKENS;
pub(crate) use http::serve as serve_http;
pub(crate) use stdio::serve as serve_stdio;

use std::{sync::Arc, time::Duration};

use host::{RunId, RunRequest, RunStatus};
use rmcp::{
    ErrorData, RoleServer, ServerHandler,
    model::{
        CacheScope, CallToolRequestParams, CallToolResponse, CallToolResult, ContentBlock, CustomRequest,
        CustomResult, Implementation, ListToolsResult, PaginatedRequestParams, ProgressNotificationParam,
        ProtocolVersion, ServerCapabilities, ServerConfig, Tool,
    },
    service::RequestContext,
};
use surface::{QUERIES_MAX, SearchRequest};
use tokio::time::Instant;

use crate::gateway::Gateway;
use requests::{ANSWER_WITHIN, Execute, GetRun, Search, decode};

/// One connection, or one request of the stateless era. Cheap.
#[derive(Clone)]
pub(crate) struct Face {
    gateway: Arc<Gateway>,
}

/// What a tool of ours answers: text, and whether it failed.
struct Said {
    text: String,
    failed: bool,
}

/// The definitions are part of the program.
const TOOLS_TTL_MS: u64 = 24 * 60 * 60 * 1000;

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

    async fn search(&self, request: Search) -> Said {
        self.gateway.settled_within(SEARCH_WAITS).await;
        let surface = self.gateway.surface();
        let queries = request.queries.into_list();
        let detail = request.detail.into();
        if queries.len() > QUERIES_MAX {
            let asked = queries.len();
            return failed(format!("search_tools takes at most {QUERIES_MAX} queries at once, not {asked}"));
        }
        if queries.is_empty() && request.server.is_none() {
            return said(answers::servers(surface.catalog()));
        }
        let search =
            SearchRequest { queries, server: request.server, limit: request.limit.clamp(1, HITS_MAX) };
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
        said(parts.join("\n"))
    }

    async fn execute(&self, request: Execute, context: &RequestContext<RoleServer>) -> Said {
        let until = Instant::now() + ANSWER_WITHIN;
        let mut run = RunRequest::new(request.code);
        if let Some(workspace) = request.workspace {
            run.workspace = workspace;
        }
        // In the background too: a script whose servers are not there yet would be refused for its imports.
        self.gateway.settled_for(&run.code, ANSWER_WITHIN / 2).await;
        let id = self.gateway.host.submit(run);
        if request.background == Some(true) {
            return said(answers::running(&id));
        }
        tokio::select! {
            answer = self.wait_with_progress(&id, until, context) => answer,
            () = context.ct.cancelled() => {
                self.gateway.host.cancel(&id);
                said(format!("Run {id} was cancelled."))
            }
        }
    }

    async fn wait_with_progress(
        &self,
        id: &RunId,
        until: Instant,
        context: &RequestContext<RoleServer>,
    ) -> Said {
        let token = context.meta.get_progress_token();
        let begun = Instant::now();
        loop {
            let left = until.saturating_duration_since(Instant::now());
            let answer = self.wait(id, left.min(PROGRESS_EVERY)).await;
            if answer.is_some() || left.is_zero() {
                return answer.unwrap_or_else(|| said(answers::running(id)));
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
    async fn wait(&self, id: &RunId, at_most: Duration) -> Option<Said> {
        match self.gateway.host.wait(id, at_most).await {
            Some(RunStatus::Running) => None,
            Some(RunStatus::Done(record)) => {
                let failed = record.outcome != host::Outcome::Returned;
                Some(Said { text: answers::run(&record, self.shown_bytes()), failed })
            }
            None => Some(failed(format!("There is no run `{id}` (any more)."))),
        }
    }

    async fn get_run(&self, request: GetRun) -> Said {
        if let Some(handle) = &request.handle {
            let page = self.gateway.host.page(handle, request.offset.unwrap_or(0), self.shown_bytes());
            return match page {
                Some(page) => said(answers::page(handle, &page)),
                None => failed(format!("There is no value `{handle}` (any more).")),
            };
        }
        let Some(id) = &request.run_id else {
            return failed("get_run needs a `run_id` or a `handle`.".to_owned());
        };
        let id = RunId::new(id);
        self.wait(&id, request.wait()).await.unwrap_or_else(|| said(answers::running(&id)))
    }

    fn shown_bytes(&self) -> usize {
        self.gateway.config.limits.shown_bytes as usize
    }
}

impl ServerHandler for Face {
    fn get_info(&self) -> ServerConfig {
        let about = Implementation::new("narrows", env!("CARGO_PKG_VERSION")).with_title("Narrows");
        let instructions = answers::instructions(&self.gateway.surface(), self.gateway.config.inline_tokens);
        ServerConfig::new(ServerCapabilities::builder().enable_tools().build())
            .with_server_info(about)
            .with_instructions(instructions)
    }

    async fn list_tools(
        &self,
        _request: Option<PaginatedRequestParams>,
        context: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        let mut list = ListToolsResult::with_all_items(definitions::definitions());
        if is_modern(&context) {
            list.ttl_ms = Some(TOOLS_TTL_MS);
            list.cache_scope = Some(CacheScope::Public);
        }
        Ok(list)
    }

    fn get_tool(&self, name: &str) -> Option<Tool> {
        definitions::definitions().into_iter().find(|tool| tool.name == name)
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let CallToolRequestParams { name, arguments, .. } = request;
        let said = match name.as_ref() {
            "search_tools" => match decode(&name, arguments) {
                Ok(request) => Ok(self.search(request).await),
                Err(wrong) => Err(wrong),
            },
            "execute_code" => match decode(&name, arguments) {
                Ok(request) => Ok(self.execute(request, &context).await),
                Err(wrong) => Err(wrong),
            },
            "get_run" => match decode(&name, arguments) {
                Ok(request) => Ok(self.get_run(request).await),
                Err(wrong) => Err(wrong),
            },
            _ => return Err(unknown_tool(&name)),
        };
        let said = said.unwrap_or_else(failed);
        let content = vec![ContentBlock::text(said.text)];
        let result =
            if said.failed { CallToolResult::error(content) } else { CallToolResult::success(content) };
        Ok(result.into())
    }

    async fn on_custom_request(
        &self,
        request: CustomRequest,
        context: RequestContext<RoleServer>,
    ) -> Result<CustomResult, ErrorData> {
        // Clients of the stateless era say in every request who they are, and have no such method.
        if request.method == "initialize" && !context.meta.is_empty() {
            return Err(refusals::no_method("initialize"));
        }
        Err(refusals::misfit(request))
    }
}

/// Bytes of the largest message that is read. Every character of a script may arrive as `\u1234`; the rest of a
/// request is small.
fn message_bytes_max(gateway: &Gateway) -> usize {
    gateway.config.limits.source_bytes as usize * 6 + 64 * 1024
}

fn said(text: String) -> Said {
    Said { text, failed: false }
}

fn failed(text: String) -> Said {
    Said { text, failed: true }
}

/// A tool of a server is not a tool of ours: models that know the server's own names try.
fn unknown_tool(name: &str) -> ErrorData {
    let message = format!(
        "unknown tool `{name}`; there are search_tools, execute_code and get_run, and tools of servers are called \
         inside execute_code"
    );
    ErrorData::invalid_params(message, None)
}

fn is_modern(context: &RequestContext<RoleServer>) -> bool {
    context
        .protocol_version()
        .is_some_and(|version| version.as_str() >= ProtocolVersion::V_2026_07_28.as_str())
}
