//! Calls that wait for a person: exactly what would be sent, and the decision.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use axum::{Extension, extract::State, response::Response};
use host::{Approval, ApprovalId, Client, Decision, RunId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    Rest,
    extract::{At, Body},
    runs::{conflict, not_looked_up, wait},
    shapes, told,
};
use crate::http::Problem;

/// What a person approves.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Approved {
    /// The calls, by their ids; all of the run that wait where nothing is said.
    calls: Option<BTreeSet<String>>,
    /// Whether further calls of the same tools that the same rules ask about go on as well, in this run.
    for_run: bool,
}

/// What a person refuses.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Refused {
    /// The calls, by their ids; all of the run that wait where nothing is said.
    calls: Option<BTreeSet<String>>,
}

/// What was decided about a call.
#[derive(Debug, Serialize)]
struct DecidedCall<'a> {
    id: &'a ApprovalId,
    state: &'static str,
}

/// The calls of a run that wait for a person.
#[utoipa::path(
    get,
    operation_id = "listApprovals",
    path = "/runs/{id}/approvals",
    tag = "approvals",
    params(("id" = String, Path, description = "The run.")),
    responses(
        (status = 200, description = "The calls, with exactly what would be sent.", body = [shapes::Approval]),
        (status = "default", description = "The request is not carried out.", body = shapes::Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn list(State(rest): State<Rest>, At(id): At<String>) -> Result<Response, Problem> {
    told(&waiting(&rest, &RunId::new(id)).await?)
}

/// Approves calls of a run that wait.
#[utoipa::path(
    post,
    operation_id = "approveCalls",
    path = "/runs/{id}/approve",
    tag = "approvals",
    params(("id" = String, Path, description = "The run.")),
    request_body(content = Option<Approved>),
    responses(
        (status = 200, description = "They go on.", body = [shapes::DecidedCall]),
        (status = "default", description = "Nothing was decided, or not about all.", body = shapes::Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn approve(
    State(rest): State<Rest>,
    Extension(client): Extension<Client>,
    At(id): At<String>,
    body: Body,
) -> Result<Response, Problem> {
    let Approved { calls, for_run } = body.decoded_or_default()?;
    let decision = if for_run { Decision::ApproveForRun } else { Decision::Approve };
    decide(&rest, &RunId::new(id), calls.as_ref(), decision, &client).await
}

/// Refuses calls of a run that wait: the script gets an error, which it can catch.
#[utoipa::path(
    post,
    operation_id = "refuseCalls",
    path = "/runs/{id}/refuse",
    tag = "approvals",
    params(("id" = String, Path, description = "The run.")),
    request_body(content = Option<Refused>),
    responses(
        (status = 200, description = "They are not made.", body = [shapes::DecidedCall]),
        (status = "default", description = "Nothing was decided, or not about all.", body = shapes::Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn refuse(
    State(rest): State<Rest>,
    Extension(client): Extension<Client>,
    At(id): At<String>,
    body: Body,
) -> Result<Response, Problem> {
    let Refused { calls } = body.decoded_or_default()?;
    decide(&rest, &RunId::new(id), calls.as_ref(), Decision::Refuse, &client).await
}

/// What waits of a run that is known.
async fn waiting(rest: &Rest, run: &RunId) -> Result<Vec<Arc<Approval>>, Problem> {
    wait(rest, run, Duration::ZERO).await?;
    rest.gateway.host.waiting(run).await.map_err(|error| not_looked_up(&error))
}

async fn decide(
    rest: &Rest,
    run: &RunId,
    calls: Option<&BTreeSet<String>>,
    decision: Decision,
    client: &Client,
) -> Result<Response, Problem> {
    let waiting = waiting(rest, run).await?;
    let ids = chosen(&waiting, calls, run)?;
    let by = format!("client {client}");
    let word = if decision == Decision::Refuse { "refused" } else { "approved" };
    let mut told_of = Vec::new();
    for id in ids {
        let host = &rest.gateway.host;
        if host.decide_one(id, decision, &by).await.map_err(|error| not_looked_up(&error))? {
            told_of.push(DecidedCall { id, state: word });
        } else {
            return Err(conflict(format!("call `{id}` does not wait any more")));
        }
    }
    told(&told_of)
}

/// The calls that are meant, all of which wait.
fn chosen<'a>(
    waiting: &'a [Arc<Approval>],
    names: Option<&BTreeSet<String>>,
    run: &RunId,
) -> Result<Vec<&'a ApprovalId>, Problem> {
    let ids = || waiting.iter().map(|approval| &approval.id);
    let Some(names) = names else {
        let all: Vec<_> = ids().collect();
        return if all.is_empty() { Err(conflict(format!("no call of run `{run}` waits"))) } else { Ok(all) };
    };
    let found = names.iter().map(|name| {
        let id = ids().find(|id| id.to_string() == *name);
        id.ok_or_else(|| conflict(format!("no call `{}` of run `{run}` waits", text::cut(name, 64))))
    });
    found.collect()
}
