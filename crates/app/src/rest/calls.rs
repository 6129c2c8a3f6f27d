//! Tools: the list of them, one of them, and a call of it.

use axum::{Extension, extract::State, http::StatusCode, response::Response};
use host::{Client, DirectCall, Outcome, RunRecord, RunRequest};
use serde::Deserialize;
use serde_json::value::RawValue;
use surface::{Detail, Surface};
use tools::{ServerName, ToolId};
use utoipa::IntoParams;

use super::{
    Rest,
    extract::{Asked, At, Body, Key},
    json,
    runs::{self, Ended},
    shapes, told,
};
use crate::http::Problem;

/// Which tools a list shows.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct ToolsAsked {
    /// Those of this server alone, by its name in the configuration or its folder's.
    server: Option<String>,
    /// How much of each: names, signatures (the usual), or the whole TypeScript.
    #[param(value_type = Option<shapes::DetailWord>, inline)]
    detail: Option<String>,
}

/// How much is told of a tool.
pub(super) fn detail(word: Option<&str>, usual: Detail) -> Result<Detail, Problem> {
    match word {
        None => Ok(usual),
        Some("names") => Ok(Detail::Names),
        Some("signatures") => Ok(Detail::Signatures),
        Some("full") => Ok(Detail::Full),
        Some(_) => Err(Problem::invalid("`detail` is one of `names`, `signatures`, `full`")),
    }
}

/// The tools that scripts may call.
#[utoipa::path(
    get,
    operation_id = "listTools",
    path = "/tools",
    tag = "tools",
    params(ToolsAsked),
    responses(
        (status = 200, description = "The tools, server by server.", body = [shapes::Tool]),
        (status = "default", description = "The request is not carried out.", body = shapes::Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn tools(
    State(rest): State<Rest>,
    Asked(asked): Asked<ToolsAsked>,
) -> Result<Response, Problem> {
    let detail = detail(asked.detail.as_deref(), Detail::Signatures)?;
    let surface = rest.known().await;
    let only = asked.server.map(|name| named(&surface, &name)).transpose()?;
    let servers = surface.catalog().servers().iter();
    let servers = servers.filter(|server| only.as_ref().is_none_or(|only| *only == server.name));
    let ids = servers.flat_map(|server| {
        server.tools.iter().map(|tool| ToolId::new(server.name.clone(), tool.name.clone()))
    });
    told(&ids.map(|id| surface.describe(&id, detail)).collect::<Vec<_>>())
}

fn named(surface: &Surface, name: &str) -> Result<ServerName, Problem> {
    surface.server_named(name).cloned().map_err(|unknown| Problem::not_found(unknown.to_string()))
}

/// A tool, with its TypeScript.
#[utoipa::path(
    get,
    operation_id = "describeTool",
    path = "/tools/{server}/{tool}",
    tag = "tools",
    params(
        ("server" = String, Path, description = "The server, by its name in the configuration or its folder's.", example = "slack"),
        ("tool" = String, Path, description = "The tool, by its server's name for it or scripts'.", example = "listChannels"),
    ),
    responses(
        (status = 200, description = "The tool.", body = shapes::Tool),
        (status = "default", description = "The request is not carried out.", body = shapes::Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn tool(
    State(rest): State<Rest>,
    At((server, tool)): At<(String, String)>,
) -> Result<Response, Problem> {
    rest.gateway.arrived(&server).await;
    let surface = rest.gateway.surface();
    let id = surface.tool_of(&server, &tool).map_err(|unknown| Problem::not_found(unknown.to_string()))?;
    told(&surface.describe(id, Detail::Full))
}

/// Calls a tool.
///
/// The body is the tool's arguments, the answer its value as a script gets it. Rules, limits and checks are those of a script's
/// call, and the call is kept as a run; one that takes longer than 50 s, or waits for a person, goes on as that run. With an
/// `Idempotency-Key` the same request under the same key makes no second call, and gets the answer that the first one got.
#[utoipa::path(
    post,
    operation_id = "callTool",
    path = "/tools/{server}/{tool}",
    tag = "tools",
    params(
        ("server" = String, Path, description = "The server, by its name in the configuration or its folder's.", example = "slack"),
        ("tool" = String, Path, description = "The tool, by its server's name for it or scripts'.", example = "listChannels"),
        ("Idempotency-Key" = Option<String>, Header, description = "What the request is known by when it is sent again.", min_length = 1, max_length = 255, pattern = "^[ -~]*[!#-~][ -~]*$"),
    ),
    request_body(content = Option<shapes::Arguments>, description = "The arguments: a JSON object. Without a body there are none."),
    responses(
        (status = 200, description = "The tool's value.", body = shapes::Anything),
        (status = 202, description = "The call goes on as a run.", body = shapes::Run, headers(("Location" = String, description = "The run."))),
        (status = "default", description = "The call is not made, or failed: `code` is that of a `ToolError`.", body = shapes::Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn call(
    State(rest): State<Rest>,
    Extension(client): Extension<Client>,
    At((server, tool)): At<(String, String)>,
    Key(key): Key,
    body: Body,
) -> Result<Response, Problem> {
    let arguments = body.arguments()?;
    rest.gateway.arrived(&server).await;
    // Of a tool that is not offered it is said why, and nothing is to be kept.
    if rest.gateway.surface().tool_of(&server, &tool).is_err() {
        let called = rest.gateway.host.call(&server, &tool, arguments).await;
        return called.map(|outcome| json(text_of(outcome.value))).map_err(|it| Problem::of(*it.failure));
    }
    let request = match &key {
        None => RunRequest::calling(DirectCall::of_tool(&server, &tool, arguments)),
        // A script goes on after a crash, and tells a call that was not sent from one whose answer was lost.
        Some(_) => RunRequest::new(script(&server, &tool, &arguments)),
    };
    let (id, ended) = runs::carried(&rest, RunRequest { client, ..request }, key.as_ref()).await?;
    match ended {
        Ended::Over(record) => of_run(&record),
        Ended::GoesOn => runs::going_on(&rest, &id).await,
    }
}

fn text_of(value: Box<RawValue>) -> String {
    Box::<str>::from(value).into()
}

/// A script that makes one call. Its arguments pass through it as a text, so nothing of them is code.
fn script(server: &str, tool: &str, arguments: &RawValue) -> String {
    let name = serde_json::Value::from(format!("{server}/{tool}"));
    let arguments = serde_json::Value::from(arguments.get());
    format!("return await callMCPTool({name}, JSON.parse({arguments}));")
}

/// The answer of a run that made one call.
fn of_run(record: &RunRecord) -> Result<Response, Problem> {
    match (&record.outcome, &record.value, &record.error) {
        (Outcome::Returned, Some(value), _) => Ok(json(value.get().to_owned())),
        (Outcome::Returned, None, _) => Ok(json("null")),
        // Its tool went away before the run began.
        (Outcome::Refused, _, Some(error)) => {
            Err(Problem::new(StatusCode::NOT_FOUND, "unknown_tool", error.message.clone()))
        }
        (_, _, Some(error)) => Err(Problem::of(error.clone())),
        (outcome, _, None) => Err(Problem::internal(format!("the call ended without an answer: {outcome}"))),
    }
}

impl Body {
    /// The arguments of a tool: an object; nothing and `null` are an empty one.
    fn arguments(self) -> Result<Box<RawValue>, Problem> {
        let text = String::from_utf8(self.0.into()).map_err(|_| not_an_object("it is not text"))?;
        let text = if matches!(text.trim(), "" | "null") { "{}".to_owned() } else { text };
        if tools::is_deceptive(text.as_bytes()) {
            return Err(not_an_object(tools::DECEPTIVE_KEY));
        }
        let arguments = RawValue::from_string(text).map_err(|wrong| not_an_object(&wrong.to_string()))?;
        if arguments.get().starts_with('{') {
            Ok(arguments)
        } else {
            Err(not_an_object("it does not begin with `{`"))
        }
    }
}

fn not_an_object(why: &str) -> Problem {
    Problem::invalid(format!("the arguments are not a JSON object: {why}"))
}
