//! What servers have beside their tools, for clients of the protocol: resources, their templates, prompts, completion.
//!
//! Lists are gathered from all servers when a client asks, so they are as fresh as the servers' own. What is read of one of
//! them is a run of one call: it is judged, waits for a person and is recorded as calls of scripts are.

mod names;
mod news;

use std::{sync::Arc, time::Duration};

use futures_util::future::join_all;
use host::{CallFailure, Client, DirectCall, Failure, RunRecord, RunRequest};
use rmcp::{
    ErrorData, RoleServer,
    model::{
        CompleteRequestParams, CompleteResult, ErrorCode, GetPromptRequestParams, GetPromptResult,
        InputRequiredResult, ReadResourceRequestParams, ReadResourceResult, Reference,
    },
    service::RequestContext,
};
use serde::de::DeserializeOwned;
use serde_json::{Value, json, value::RawValue};
use tokio::time::{Instant, timeout};
use tools::{Method, Server, ServerState};

use super::{Face, SEARCH_WAITS, Waited, asking::SentAgain, reporter::Reporter, requester::Requester};
use names::Prefix;
pub(super) use news::Wishes;

/// How long one server may take to list what it has: clients ask for lists when they start, and show nothing before.
const LIST_WITHIN: Duration = Duration::from_secs(10);

/// The same of a server that is still starting: the client hears when it is there.
const STARTED_WITHIN: Duration = Duration::from_secs(3);

/// Bytes of one list of all servers. A client holds it in memory.
const LIST_BYTES_MAX: usize = 32 * 1024 * 1024;

/// How long a call is waited for. It ends by its own limits, long before.
const CALL_WITHIN: Duration = Duration::from_secs(24 * 3600);

/// What a request for one result of a server comes to.
pub(super) enum Answered<T> {
    /// The server's result.
    Result(T),
    /// The client is to ask its person first.
    Asks(InputRequiredResult),
}

impl Face {
    /// All that servers list of one kind, with their names in front.
    pub(super) async fn list_all<T: DeserializeOwned>(
        &self,
        method: Method,
        context: &RequestContext<RoleServer>,
    ) -> Vec<T> {
        let mut left = LIST_BYTES_MAX;
        let mut entries = Vec::new();
        for (prefix, listed) in self.listed(method, &Requester::of(context).client()).await {
            let server = &prefix.server;
            let Some(rest) = left.checked_sub(listed.get().len()) else {
                tracing::warn!(%server, "`{}` is left out: the lists of all servers are too large", method.name());
                continue;
            };
            left = rest;
            for mut entry in serde_json::from_str::<Vec<Value>>(listed.get()).unwrap_or_default() {
                prefix.put_before(&mut entry, method);
                match serde_json::from_value(entry) {
                    Ok(entry) => entries.push(entry),
                    Err(error) => {
                        tracing::warn!(%server, %error, "an entry of `{}` is left out", method.name());
                    }
                }
            }
        }
        entries
    }

    /// What each server that is there lists, in the order of their names.
    async fn listed(&self, method: Method, client: &Client) -> Vec<(Prefix, Box<RawValue>)> {
        self.gateway.settled_within(SEARCH_WAITS).await;
        let surface = self.gateway.surface();
        let asked = Prefix::all(&surface).into_iter().map(|prefix| async {
            let within = list_within(surface.catalog().server(&prefix.server)?)?;
            let call = DirectCall::beside(prefix.server.clone(), method, no_arguments());
            match timeout(within, self.gateway.host.ask(&call, client)).await {
                Ok(Ok(listed)) => return Some((prefix, listed)),
                Ok(Err(CallFailure { failure, .. })) => {
                    tracing::info!(server = %prefix.server, reason = failure.message, "`{}` has no answer", method.name());
                }
                Err(_) => {
                    tracing::warn!(server = %prefix.server, "`{}` has no answer within {within:?}", method.name());
                }
            }
            None
        });
        join_all(asked).await.into_iter().flatten().collect()
    }

    pub(super) async fn read(
        &self,
        request: ReadResourceRequestParams,
        context: &RequestContext<RoleServer>,
    ) -> Result<Answered<ReadResourceResult>, ErrorData> {
        let again = SentAgain::of(request.request_state.as_deref(), request.input_responses.as_ref());
        let (prefix, uri, is_named) = self.resource(&request.uri, &Requester::of(context).client()).await?;
        let call =
            DirectCall::beside(prefix.server.clone(), Method::ReadResource, raw(&json!({ "uri": uri })));
        let before = is_named.then_some(&prefix);
        self.answered(call, again, before, context).await
    }

    pub(super) async fn prompt(
        &self,
        request: GetPromptRequestParams,
        context: &RequestContext<RoleServer>,
    ) -> Result<Answered<GetPromptResult>, ErrorData> {
        let again = SentAgain::of(request.request_state.as_deref(), request.input_responses.as_ref());
        let surface = self.gateway.surface();
        let (prefix, name) =
            Prefix::of_name(&request.name, &surface).ok_or_else(|| no_prompt(&request.name))?;
        let arguments = json!({ "name": name, "arguments": request.arguments.unwrap_or_default() });
        let call = DirectCall::beside(prefix.server.clone(), Method::GetPrompt, raw(&arguments));
        self.answered(call, again, Some(&prefix), context).await
    }

    /// What the argument of a prompt or a template may be.
    pub(super) async fn completed(
        &self,
        request: CompleteRequestParams,
        context: &RequestContext<RoleServer>,
    ) -> Result<CompleteResult, ErrorData> {
        let surface = self.gateway.surface();
        let (member, named) = match &request.r#ref {
            Reference::Prompt(prompt) => ("name", Prefix::of_name(&prompt.name, &surface)),
            Reference::Resource(template) => ("uri", Prefix::of_address(&template.uri, &surface)),
            _ => ("", None),
        };
        let unknown =
            || ErrorData::invalid_params("`ref` names no prompt and no template that is listed", None);
        let (prefix, own) = named.ok_or_else(unknown)?;
        let mut reference = json!(request.r#ref);
        reference[member] = json!(own);
        let mut arguments = json!({ "ref": reference, "argument": request.argument });
        if let Some(context) = &request.context {
            arguments["context"] = json!(context);
        }
        let call = DirectCall::beside(prefix.server, Method::Complete, raw(&arguments));
        let client = Requester::of(context).client();
        let asked = self.gateway.host.ask(&call, &client).await;
        let completed = asked.map_err(|CallFailure { failure, .. }| error_of(&failure))?;
        typed(value(&completed))
    }

    /// Whose resource an address means, and the address that its server knows; whether it names the server. Apps of servers
    /// name their resources by themselves.
    async fn resource(&self, uri: &str, client: &Client) -> Result<(Prefix, String, bool), ErrorData> {
        let surface = self.gateway.surface();
        if let Some((prefix, own)) = Prefix::of_address(uri, &surface) {
            return Ok((prefix, own.to_owned(), true));
        }
        let mut all = Prefix::all(&surface);
        if all.len() == 1 {
            return Ok((all.remove(0), uri.to_owned(), false));
        }
        let listed = self.listed(Method::ListResources, client).await;
        let has_it = |(_, listed): &(Prefix, Box<RawValue>)| {
            let entries: Vec<Value> = serde_json::from_str(listed.get()).unwrap_or_default();
            entries.iter().any(|entry| entry["uri"] == uri)
        };
        let mut having: Vec<_> = listed.into_iter().filter(has_it).map(|(prefix, _)| prefix).collect();
        match having.len() {
            1 => Ok((having.remove(0), uri.to_owned(), false)),
            0 => Err(ErrorData::resource_not_found(
                format!(
                    "there is no resource `{uri}`; addresses begin with `narrows://SERVER/`, as `resources/list` shows them"
                ),
                None,
            )),
            _ => {
                let addresses: Vec<_> =
                    having.iter().map(|prefix| format!("`{}`", prefix.address(uri))).collect();
                let message =
                    format!("`{uri}` is a resource of several servers: read {}", addresses.join(" or "));
                Err(ErrorData::invalid_params(message, None))
            }
        }
    }

    /// Makes a call as a run of its own; what the server answered.
    async fn answered<T: DeserializeOwned>(
        &self,
        call: DirectCall,
        again: Option<SentAgain>,
        before: Option<&Prefix>,
        context: &RequestContext<RoleServer>,
    ) -> Result<Answered<T>, ErrorData> {
        let record = match self.called(call, again, context).await? {
            Answered::Result(record) => record,
            Answered::Asks(question) => return Ok(Answered::Asks(question)),
        };
        if let Some(failure) = &record.error {
            return Err(error_of(failure));
        }
        let mut result = record.value.as_deref().map(value).unwrap_or_default();
        if let Some(prefix) = before {
            prefix.put_before_addresses(&mut result);
        }
        typed(result).map(Answered::Result)
    }

    /// Makes a call as a run of its own, or goes on with the one whose person was asked before.
    async fn called(
        &self,
        call: DirectCall,
        again: Option<SentAgain>,
        context: &RequestContext<RoleServer>,
    ) -> Result<Answered<Arc<RunRecord>>, ErrorData> {
        let host = &self.gateway.host;
        let requester = Requester::of(context);
        let id = match again {
            Some(again) => self.decided(again, context).await,
            None => {
                let run = RunRequest {
                    client: requester.client(),
                    respondent: self.respondent(context),
                    ..RunRequest::calling(call)
                };
                host.submit(run).map_err(|full| {
                    requester.turn_away();
                    ErrorData::internal_error(full.to_string(), None)
                })?
            }
        };
        let (until, reporter) = (Instant::now() + CALL_WITHIN, Reporter::of(context));
        let waited = tokio::select! {
            waited = self.waited(&id, until, &reporter, context) => waited,
            () = context.ct.cancelled() => {
                host.cancel(&id);
                return Err(ErrorData::internal_error("the request was cancelled", None));
            }
        };
        match waited {
            Waited::Done(record) => Ok(Answered::Result(record)),
            Waited::Asks(question) => Ok(Answered::Asks(question)),
            Waited::GoesOn | Waited::Unknown => {
                let message = format!(
                    "the call waits for a person, who decides with `narrows approvals`; it is run {id}"
                );
                Err(ErrorData::internal_error(message, None))
            }
        }
    }
}

/// The result as the SDK has it, which knows what is between us and the client.
fn typed<T: DeserializeOwned>(mut result: Value) -> Result<T, ErrorData> {
    if let Some(members) = result.as_object_mut() {
        members.insert("resultType".to_owned(), "complete".into());
    }
    let unfit = |error| format!("the server's result is not one of the protocol: {error}");
    serde_json::from_value(result).map_err(|error| ErrorData::internal_error(unfit(error), None))
}

/// How long a server may take to list what it has; nothing where it cannot be asked at all.
fn list_within(server: &Server) -> Option<Duration> {
    match server.state {
        ServerState::Failed { .. } => None,
        ServerState::Starting => Some(STARTED_WITHIN),
        _ => Some(LIST_WITHIN),
    }
}

/// Whether a server can be asked without waiting for its start.
fn is_there(server: &Server) -> bool {
    !matches!(server.state, ServerState::Starting | ServerState::Failed { .. })
}

/// A failed call as an error of the protocol: the server's own where there is one.
fn error_of(failure: &Failure) -> ErrorData {
    let code = failure.code.as_deref().unwrap_or_default();
    let code = match (code.parse(), code) {
        (Ok(own), _) => ErrorCode(own),
        (_, "unknown_tool" | "invalid_arguments" | "not_allowed" | "refused") => ErrorCode::INVALID_PARAMS,
        _ => ErrorCode::INTERNAL_ERROR,
    };
    ErrorData::new(code, failure.message.clone(), failure.data.as_deref().map(value))
}

fn no_prompt(name: &str) -> ErrorData {
    let message =
        format!("there is no prompt `{name}`; names are `SERVER__PROMPT`, as `prompts/list` shows them");
    ErrorData::invalid_params(message, None)
}

fn no_arguments() -> Box<RawValue> {
    raw(&json!({}))
}

fn raw(value: &Value) -> Box<RawValue> {
    RawValue::from_string(value.to_string()).unwrap_or_else(|_| RawValue::NULL.to_owned())
}

fn value(raw: &RawValue) -> Value {
    serde_json::from_str(raw.get()).unwrap_or_default()
}
