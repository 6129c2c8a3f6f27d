//! What there is: servers, a search for tools, and the TypeScript that scripts see.

use axum::{
    extract::State,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use host::DEFAULT_WORKSPACE;
use serde::Deserialize;
use surface::{Detail, LIMIT_MAX, SearchError, SearchRequest};
use utoipa::IntoParams;

use super::{
    Rest,
    calls::detail,
    extract::{Asked, At},
    shapes, told,
};
use crate::{http::Problem, listed::server_json};

/// Bytes of a query that is searched for: a sentence is enough.
const QUERY_BYTES_MAX: usize = 1_000;

/// What is searched for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct SearchAsked {
    /// What the tool is to do, or its name.
    #[param(max_length = 1000)]
    query: String,
    /// Tools of this server alone.
    server: Option<String>,
    /// At most so many.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<usize>,
    /// How much of each: names, signatures (the usual), or the whole TypeScript.
    #[param(value_type = Option<shapes::DetailWord>, inline)]
    detail: Option<String>,
}

/// The servers.
#[utoipa::path(
    get,
    operation_id = "listServers",
    path = "/servers",
    tag = "tools",
    responses(
        (status = 200, description = "The servers of the configuration.", body = [shapes::Server]),
        (status = "default", description = "The request is not carried out.", body = shapes::Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn servers(State(rest): State<Rest>) -> Result<Response, Problem> {
    let surface = rest.gateway.surface();
    told(&surface.catalog().servers().iter().map(|server| server_json(server)).collect::<Vec<_>>())
}

/// Searches for tools and skills, as an agent does.
#[utoipa::path(
    get,
    operation_id = "search",
    path = "/search",
    tag = "tools",
    params(SearchAsked),
    responses(
        (status = 200, description = "Tools, best first, then skills.", body = [shapes::Tool]),
        (status = "default", description = "The request is not carried out.", body = shapes::Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn search(
    State(rest): State<Rest>,
    Asked(asked): Asked<SearchAsked>,
) -> Result<Response, Problem> {
    let detail = detail(asked.detail.as_deref(), Detail::Signatures)?;
    if asked.query.len() > QUERY_BYTES_MAX {
        return Err(Problem::invalid(format!("`query` is longer than {QUERY_BYTES_MAX} bytes")));
    }
    if asked.limit.is_some_and(|limit| !(1..=LIMIT_MAX).contains(&limit)) {
        return Err(Problem::invalid(format!("`limit` is from 1 to {LIMIT_MAX}")));
    }
    let request = SearchRequest { queries: vec![asked.query], server: asked.server, limit: asked.limit };
    rest.known().await;
    let found = rest.gateway.host.search(request, DEFAULT_WORKSPACE).await.map_err(|error| match error {
        SearchError::Server(_) => Problem::not_found(error.to_string()),
        _ => Problem::invalid(error.to_string()),
    })?;
    told(&found.values(detail))
}

/// The folders of TypeScript that scripts see.
#[utoipa::path(
    get,
    operation_id = "listTypes",
    path = "/types",
    tag = "tools",
    responses(
        (status = 200, description = "The names in `/servers`.", body = [String]),
        (status = "default", description = "The request is not carried out.", body = shapes::Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn types(State(rest): State<Rest>) -> Result<Response, Problem> {
    told(&rest.known().await.read_dir("/servers").unwrap_or_default())
}

/// A file or a folder of the TypeScript that scripts see.
#[utoipa::path(
    get,
    operation_id = "readTypes",
    path = "/types/{*path}",
    tag = "tools",
    params(("path" = String, Path, description = "The path, as in `servers/crm/getCustomer.ts`; it may hold slashes as they are.", example = "servers")),
    responses(
        (status = 200, description = "A file's text, or the names in a folder.", content(
            ([String] = "application/json"),
            (String = "text/plain"),
        )),
        (status = "default", description = "The request is not carried out.", body = shapes::Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn types_at(State(rest): State<Rest>, At(path): At<String>) -> Result<Response, Problem> {
    let surface = rest.known().await;
    let path = format!("/{path}");
    if let Some(names) = surface.read_dir(&path) {
        return told(&names);
    }
    let text = surface.read_file(&path).ok_or_else(|| {
        Problem::not_found(format!(
            "there is no file `{}`; `GET /types` lists the folders",
            text::cut(&path, 200)
        ))
    })?;
    let kind = HeaderValue::from_static("text/plain; charset=utf-8");
    Ok(([(header::CONTENT_TYPE, kind)], text).into_response())
}
