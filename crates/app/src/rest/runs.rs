//! Runs: begun, waited for, looked at and cancelled.

use std::{borrow::Cow, sync::Arc, time::Duration};

use axum::{
    Extension,
    extract::State,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use host::{
    Approve, Client, HistoryFilter, Host, Outcome, RequestKey, RunId, RunProgress, RunRecord, RunRequest,
    RunStatus, SubmitError, Urgency,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    ANSWER_WITHIN, Rest,
    extract::{Asked, At, Body, Key},
    shapes, told,
};
use crate::http::Problem;

/// Runs of a list that does not say how many it wants.
const LISTED: u32 = 50;

/// And at most.
const LISTED_MAX: u32 = 1_000;

/// How long a run that is cancelled is waited for: its worker is killed after 2 s.
const CANCELLED_WITHIN: Duration = Duration::from_secs(3);

/// A script to run.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewRun {
    /// The script, TypeScript or JavaScript.
    #[schema(example = "return 1 + 1;")]
    code: String,
    /// Whose files the script sees, `default` where nothing is said: 1 to 64 of A-Z a-z 0-9 . _ -
    #[serde(default)]
    workspace: Option<String>,
    /// What the script finds in the global `args`.
    #[serde(default)]
    args: Option<Vec<String>>,
    /// Whether the answer comes at once, and the run goes on.
    #[serde(default)]
    background: bool,
    /// Whether a person is asked about each call of a tool that is not marked as changing nothing.
    #[serde(default)]
    approve: Option<ApproveWord>,
    /// Whether calls that may change something are listed and not made.
    #[serde(default)]
    mode: Option<ModeWord>,
    /// A failed run to go on from: calls that it had answered are not repeated.
    #[serde(default)]
    resume: Option<String>,
}

/// Which calls a person is asked about, beside those of the rules.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum ApproveWord {
    Writes,
}

/// What a run is for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum ModeWord {
    Plan,
}

/// Which runs a list shows.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct RunsAsked {
    /// At most so many, the youngest first.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<u32>,
    /// Those that ended like this.
    #[param(value_type = Option<shapes::OutcomeWord>, inline)]
    outcome: Option<Outcome>,
}

/// How a run is looked at.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct RunAsked {
    /// How long its end is waited for.
    #[param(minimum = 0, maximum = 50)]
    wait_seconds: Option<f64>,
}

/// A run, as far as it is.
#[derive(Debug, Serialize)]
struct Run<'a> {
    id: &'a RunId,
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    progress: Option<RunProgress>,
    #[serde(skip_serializing_if = "Option::is_none")]
    record: Option<Cow<'a, RunRecord>>,
}

/// What became of waiting for a run.
pub(super) enum Ended {
    Over(Arc<RunRecord>),
    GoesOn,
}

impl NewRun {
    fn request(self, client: Client) -> RunRequest {
        // In a plan nothing is sent that a person could be asked about.
        let approve = match (self.mode, self.approve) {
            (Some(ModeWord::Plan), _) => Approve::Planned,
            (None, Some(ApproveWord::Writes)) => Approve::Writes,
            (None, None) => Approve::Ruled,
        };
        let usual = RunRequest::new(self.code);
        RunRequest {
            workspace: self.workspace.unwrap_or(usual.workspace),
            args: self.args,
            client,
            urgency: if self.background { Urgency::Background } else { Urgency::Awaited },
            approve,
            resume: self.resume.map(RunId::new),
            ..usual
        }
    }
}

/// Runs a script.
///
/// A run that ends within 50 s is answered whole, however it ended; one that does not, or was begun in the background, goes on
/// and is found at its `Location`. A client that leaves before gives its run up, unless it named it with an `Idempotency-Key`: the
/// same request under the same key gets the run that the first one began.
#[utoipa::path(
    post,
    operation_id = "beginRun",
    path = "/runs",
    tag = "runs",
    params(("Idempotency-Key" = Option<String>, Header, description = "What the request is known by when it is sent again.", min_length = 1, max_length = 255, pattern = "^[ -~]*[!#-~][ -~]*$")),
    request_body(content = NewRun),
    responses(
        (status = 200, description = "The run has ended.", body = shapes::Run),
        (status = 202, description = "The run goes on.", body = shapes::Run, headers(("Location" = String, description = "The run."))),
        (status = "default", description = "No run was begun.", body = shapes::Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn begin(
    State(rest): State<Rest>,
    Extension(client): Extension<Client>,
    Key(key): Key,
    body: Body,
) -> Result<Response, Problem> {
    let new: NewRun = body.decoded()?;
    let (id, ended) = carried(&rest, new.request(client), key.as_ref()).await?;
    match ended {
        Ended::Over(record) => over(&record),
        Ended::GoesOn => going_on(&rest, &id).await,
    }
}

/// Begins a run, or finds the one that this key began before, and waits for its end as long as a request is kept waiting.
pub(super) async fn carried(
    rest: &Rest,
    request: RunRequest,
    key: Option<&RequestKey>,
) -> Result<(RunId, Ended), Problem> {
    let host = &rest.gateway.host;
    let is_awaited = request.urgency == Urgency::Awaited;
    let begun = match key {
        Some(key) => host.submit_once(request, key).await,
        None => host.submit_resuming(request).await,
    };
    let id = begun.map_err(not_begun)?;
    let may_be_given_up = key.is_none() && is_awaited;
    let given_up = may_be_given_up.then(|| GivenUp { host: host.clone(), id: Some(id.clone()) });
    let ended = wait(rest, &id, if is_awaited { ANSWER_WITHIN } else { Duration::ZERO }).await?;
    given_up.into_iter().for_each(GivenUp::stays);
    Ok((id, ended))
}

/// Cancels a run whose client leaves before it is answered.
struct GivenUp {
    host: Host,
    id: Option<RunId>,
}

impl GivenUp {
    fn stays(mut self) {
        self.id = None;
    }
}

impl Drop for GivenUp {
    fn drop(&mut self) {
        if let Some(id) = &self.id {
            self.host.cancel(id);
        }
    }
}

/// The runs, the youngest first.
#[utoipa::path(
    get,
    operation_id = "listRuns",
    path = "/runs",
    tag = "runs",
    params(RunsAsked),
    responses(
        (status = 200, description = "Those under way, and those that are kept.", body = [shapes::RunSummary]),
        (status = "default", description = "The request is not carried out.", body = shapes::Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn list(
    State(rest): State<Rest>,
    Asked(asked): Asked<RunsAsked>,
) -> Result<Response, Problem> {
    let limit = asked.limit.unwrap_or(LISTED);
    if !(1..=LISTED_MAX).contains(&limit) {
        return Err(Problem::invalid(format!("`limit` is from 1 to {LISTED_MAX}")));
    }
    let filter = HistoryFilter { limit, outcome: asked.outcome };
    let runs = rest.gateway.host.runs(&filter).await.map_err(|error| not_looked_up(&error))?;
    told(&runs)
}

/// A run: its record when it has ended, and else how far it is.
#[utoipa::path(
    get,
    operation_id = "showRun",
    path = "/runs/{id}",
    tag = "runs",
    params(("id" = String, Path, description = "The run."), RunAsked),
    responses(
        (status = 200, description = "The run.", body = shapes::Run),
        (status = "default", description = "The request is not carried out.", body = shapes::Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn show(
    State(rest): State<Rest>,
    At(id): At<String>,
    Asked(asked): Asked<RunAsked>,
) -> Result<Response, Problem> {
    let seconds = asked.wait_seconds.unwrap_or_default();
    let at_most = Duration::try_from_secs_f64(seconds).ok().filter(|asked| *asked <= ANSWER_WITHIN);
    let at_most = at_most.ok_or_else(|| Problem::invalid("`wait_seconds` is a number from 0 to 50"))?;
    let id = RunId::new(id);
    match wait(&rest, &id, at_most).await? {
        Ended::Over(record) => over(&record),
        Ended::GoesOn => told(&so_far(&rest, &id).await?),
    }
}

/// Cancels a run.
#[utoipa::path(
    post,
    operation_id = "cancelRun",
    path = "/runs/{id}/cancel",
    tag = "runs",
    params(("id" = String, Path, description = "The run.")),
    responses(
        (status = 200, description = "The run has ended.", body = shapes::Run),
        (status = 202, description = "The run is about to end.", body = shapes::Run, headers(("Location" = String, description = "The run."))),
        (status = "default", description = "The request is not carried out.", body = shapes::Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn cancel(State(rest): State<Rest>, At(id): At<String>) -> Result<Response, Problem> {
    let id = RunId::new(id);
    if let Ended::Over(_) = wait(&rest, &id, Duration::ZERO).await? {
        return Err(conflict(format!("run `{id}` has ended")));
    }
    if !rest.gateway.host.cancel(&id) {
        return Err(conflict(format!("run `{id}` is another Narrows'; it can be cancelled there")));
    }
    match wait(&rest, &id, CANCELLED_WITHIN).await? {
        Ended::Over(record) => over(&record),
        Ended::GoesOn => going_on(&rest, &id).await,
    }
}

/// Waits for a run's end.
pub(super) async fn wait(rest: &Rest, id: &RunId, at_most: Duration) -> Result<Ended, Problem> {
    match rest.gateway.host.wait(id, at_most).await {
        Some(RunStatus::Done(record)) => Ok(Ended::Over(record)),
        Some(RunStatus::Running) => Ok(Ended::GoesOn),
        None => {
            Err(Problem::not_found(format!("there is no run `{}` (any more)", text::cut(id.as_str(), 64))))
        }
    }
}

/// The answer about a run that goes on without this request.
pub(super) async fn going_on(rest: &Rest, id: &RunId) -> Result<Response, Problem> {
    rest.gateway.host.detach(id).await;
    let mut response = (StatusCode::ACCEPTED, told(&so_far(rest, id).await?)?).into_response();
    if let Ok(location) = HeaderValue::try_from(format!("/runs/{id}")) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    Ok(response)
}

fn over(record: &RunRecord) -> Result<Response, Problem> {
    told(&Run { id: &record.id, state: "ended", progress: None, record: Some(record.without_refusals()) })
}

async fn so_far<'a>(rest: &Rest, id: &'a RunId) -> Result<Run<'a>, Problem> {
    let host = &rest.gateway.host;
    let progress = host.progress(id).map(RunProgress::without_refusals);
    let waits = match &progress {
        Some(progress) => !progress.approvals.is_empty(),
        // It is another process's.
        None => !host.waiting(id).await.map_err(|error| not_looked_up(&error))?.is_empty(),
    };
    let state = if waits { "waiting_for_approval" } else { "running" };
    Ok(Run { id, state, progress, record: None })
}

/// Why no run was begun.
pub(super) fn not_begun(error: SubmitError) -> Problem {
    match error {
        SubmitError::Full(full) => Problem::busy(full.to_string()),
        SubmitError::Closing => Problem::stopping(),
        SubmitError::NotKept(error) => not_looked_up(&error),
        SubmitError::OtherRequest(_) => {
            Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "key_reused", error.to_string())
        }
        SubmitError::NotResumed(why) => conflict(why),
    }
}

/// The store cannot be asked.
pub(super) fn not_looked_up(error: &host::StoreError) -> Problem {
    Problem::internal(format!("the store of runs cannot be used: {error}"))
}

/// It is not so that it could be done.
pub(super) fn conflict(detail: String) -> Problem {
    Problem::new(StatusCode::CONFLICT, "conflict", detail)
}
