//! The search over one catalog: the index, and the tools that its numbers mean.

use tools::Catalog;

use super::{
    Document, Hit, Index, SearchRequest, SearchResult,
    merge::{Found, interleaved},
};
use crate::{Unknown, names, tree::Tree};

/// Finds tools of one catalog. Documents are numbered like `Tree::places`: in catalog order.
#[derive(Debug)]
pub(crate) struct Finder {
    index: Index,
}

impl Finder {
    pub(crate) fn new(catalog: &Catalog) -> Self {
        let documents = catalog.tools().map(|(server, tool)| Document {
            server: server.name.as_str(),
            server_title: server.title.as_deref().unwrap_or_default(),
            name: &tool.name,
            title: tool.title.as_deref().unwrap_or_default(),
            description: &tool.description,
            schema: &tool.input_schema,
        });
        Self { index: Index::new(documents) }
    }

    pub(crate) fn search(&self, tree: &Tree, catalog: &Catalog, request: &SearchRequest) -> SearchResult {
        let folder = match request.server.as_deref().map(|server| folder_of(tree, catalog, server)) {
            Some(Err(unknown)) => {
                return SearchResult { unknown_server: Some(unknown), ..SearchResult::default() };
            }
            Some(Ok(folder)) => Some(folder),
            None => None,
        };
        let lists: Vec<Vec<Found>> = request
            .queries
            .iter()
            .map(|query| match folder {
                Some(folder) if query.trim().is_empty() => all_of(tree, folder),
                Some(folder) => {
                    self.index.search_one(query, Some(catalog.servers()[folder].name.as_str()), request.limit)
                }
                None => self.index.search_one(query, None, request.limit),
            })
            .collect();
        let hits = interleaved(&lists, request.limit).into_iter();
        let missed = request.queries.iter().zip(&lists).filter(|(_, list)| list.is_empty());
        SearchResult {
            hits: hits
                .map(|found| Hit { tool: tree.places[found.document].id.clone(), score: found.score })
                .collect(),
            missed: missed.map(|(query, _)| query.clone()).collect(),
            unknown_server: None,
        }
    }
}

fn all_of(tree: &Tree, folder: usize) -> Vec<Found> {
    tree.folders[folder].places.clone().map(|document| Found { document, score: 0.0 }).collect()
}

/// The folder of a server by its name in the configuration, or its folder's, or one of them without regard to case
/// and punctuation, where that means one server only.
fn folder_of(tree: &Tree, catalog: &Catalog, name: &str) -> Result<usize, Unknown> {
    let wanted = name.trim().trim_start_matches("./").trim_start_matches("servers/").trim_end_matches('/');
    let servers = || catalog.servers().iter().map(|server| server.name.as_str());
    let folders = || tree.folders.iter().map(|folder| folder.name.as_str());
    if let Some(at) = servers().position(|server| server == name || server == wanted) {
        return Ok(at);
    }
    if let Some(at) = folders().position(|folder| folder == wanted) {
        return Ok(at);
    }
    let loose = names::loose(wanted);
    let mut alike = servers()
        .zip(folders())
        .enumerate()
        .filter(|(_, (server, folder))| names::loose(server) == loose || names::loose(folder) == loose);
    match (alike.next(), alike.next()) {
        (Some((at, _)), None) => Ok(at),
        _ => Err(Unknown::new(format!("there is no server `{}`", shown(name)), tree.folders_like(wanted))),
    }
}

/// Somebody's words in a message of ours: one line, bounded.
pub(super) fn shown(text: &str) -> String {
    const SHOWN_CHARS_MAX: usize = 120;
    text.chars().filter(|&c| !tools::is_hidden(c)).take(SHOWN_CHARS_MAX).collect()
}
