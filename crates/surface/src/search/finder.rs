//! The search over one catalog: the index, and the tools that its numbers mean.

use tools::Catalog;

use super::{
    Document, Group, Hit, Index, LIMIT, LIMIT_MAX, QUERIES_MAX, SearchError, SearchRequest, SearchResult,
    merge::{Found, interleaved},
};
use crate::{
    Unknown,
    tree::{Tree, shown},
};

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

    pub(crate) fn search(
        &self,
        tree: &Tree,
        catalog: &Catalog,
        request: &SearchRequest,
    ) -> Result<SearchResult, SearchError> {
        let queries: Vec<&str> = request.asked().collect();
        if queries.len() > QUERIES_MAX {
            return Err(SearchError::Queries(queries.len()));
        }
        if request.limit == Some(0) {
            return Err(SearchError::Limit);
        }
        let folder = request.server.as_deref().map(|server| folder_of(tree, server)).transpose();
        let folder = folder.map_err(SearchError::Server)?;
        if queries.is_empty() {
            return Ok(folder.map(|folder| list(tree, folder, request.limit)).unwrap_or_default());
        }
        let server = folder.map(|folder| catalog.servers()[folder].name.as_str());
        let limit = request.limit.unwrap_or(LIMIT).min(LIMIT_MAX);
        let lists: Vec<_> = queries.iter().map(|query| self.index.search_one(query, server, limit)).collect();
        let (found, groups) = interleaved(&lists, limit);
        let hit = |found: Found| Hit { tool: tree.places[found.document].id.clone(), score: found.score };
        let group = |((query, list), hits): ((&&str, &Vec<Found>), Vec<usize>)| Group {
            query: (*query).to_owned(),
            hits,
            found_any: !list.is_empty(),
        };
        Ok(SearchResult {
            hits: found.into_iter().map(hit).collect(),
            groups: queries.iter().zip(&lists).zip(groups).map(group).collect(),
            left_out: 0,
        })
    }
}

/// The tools of a server, in order.
fn list(tree: &Tree, folder: usize, limit: Option<usize>) -> SearchResult {
    let places = tree.places_in(folder);
    let limit = limit.unwrap_or(LIMIT_MAX).min(LIMIT_MAX);
    let hits = places.iter().take(limit).map(|place| Hit { tool: place.id.clone(), score: 0.0 });
    SearchResult {
        hits: hits.collect(),
        left_out: places.len().saturating_sub(limit),
        ..SearchResult::default()
    }
}

/// The folder of a server by its name in the configuration, or its folder's, or one of them without regard to case
/// and punctuation, where that means one server only.
pub(crate) fn folder_of(tree: &Tree, name: &str) -> Result<usize, Unknown> {
    match folders_of(tree, name)?.as_slice() {
        &[at] => Ok(at),
        several => {
            let what = format!("{} servers are called `{}`", several.len(), shown(name));
            let names = several.iter().take(3).map(|&at| tree.folders[at].name.clone());
            Err(Unknown::new(what, names.collect()))
        }
    }
}

/// The folders of all servers that such a name means: one at least.
pub(crate) fn folders_of(tree: &Tree, name: &str) -> Result<Vec<usize>, Unknown> {
    let trimmed = name.trim().trim_end_matches('/');
    let mut called = [name, trimmed].into_iter().map(|name| tree.servers_called(name));
    called.find(|folders| !folders.is_empty()).ok_or_else(|| {
        let wanted = trimmed.trim_start_matches("./").trim_start_matches("servers/");
        Unknown::new(format!("there is no server `{}`", shown(name)), tree.folders_like(wanted))
    })
}
