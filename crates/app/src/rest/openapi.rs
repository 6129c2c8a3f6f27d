//! The routes with their document, which is made of them: `/openapi.json` and `docs/openapi.json`.

use axum::Router;
use utoipa::{
    Modify, OpenApi,
    openapi::{
        OpenApi as Document,
        security::{Http, HttpAuthScheme, SecurityScheme},
    },
};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{Rest, approvals, calls, catalog, events, health, runs};

/// What holds for all routes.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Narrows",
        description = "Tools, runs and what waits for a person. The same rules, limits and records hold as for scripts over MCP.",
    ),
    security(("token" = [])),
    modifiers(&Credentials),
    tags(
        (name = "tools", description = "What there is, and calls of it."),
        (name = "runs", description = "Scripts, from their code to their record."),
        (name = "approvals", description = "Calls that wait for a person."),
        (name = "health", description = "Whether there is a server. Answered without a credential."),
    )
)]
struct About;

struct Credentials;

impl Modify for Credentials {
    fn modify(&self, document: &mut Document) {
        let mut bearer = Http::new(HttpAuthScheme::Bearer);
        bearer.description = Some("`narrows.http.token`, where one is configured".to_owned());
        document
            .components
            .get_or_insert_default()
            .add_security_scheme("token", SecurityScheme::Http(bearer));
    }
}

/// The routes, and the document as JSON.
pub(super) fn router() -> (Router<Rest>, String) {
    let (router, mut document) = OpenApiRouter::with_openapi(About::openapi())
        .routes(routes!(calls::tools))
        .routes(routes!(calls::tool, calls::call))
        .routes(routes!(catalog::servers))
        .routes(routes!(catalog::search))
        .routes(routes!(catalog::types))
        .routes(routes!(catalog::types_at))
        .routes(routes!(runs::begin, runs::list))
        .routes(routes!(runs::show))
        .routes(routes!(runs::cancel))
        .routes(routes!(events::events))
        .routes(routes!(approvals::list))
        .routes(routes!(approvals::approve))
        .routes(routes!(approvals::refuse))
        .routes(routes!(health::livez))
        .routes(routes!(health::readyz))
        .split_for_parts();
    document.info.license = None;
    // The document has no word for a part of an address with slashes in it.
    let paths = &mut document.paths.paths;
    *paths = std::mem::take(paths).into_iter().map(|(path, item)| (path.replace("{*", "{"), item)).collect();
    (router, document.to_pretty_json().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    /// The document is read by people too, and a change of it is a change of what programs rely on.
    #[test]
    fn the_document_is_fresh() {
        let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/openapi.json");
        let expect = router().1 + "\n";
        let now = std::fs::read_to_string(&page).unwrap_or_default();
        if now != expect {
            std::fs::write(&page, &expect).expect("it can be written");
            panic!("docs/openapi.json was stale and is written anew: look at it and commit it");
        }
    }
}
