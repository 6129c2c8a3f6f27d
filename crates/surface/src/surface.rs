//! The surface of one catalog: the one public object of this room, which joins its parts.

use std::sync::{Arc, OnceLock};

use serde_json::Value;
use tools::{Catalog, ServerName, ToolId};

use crate::{
    Detail, SearchError, SearchRequest, SearchResult, Unknown, files,
    search::Finder,
    tokens,
    tree::{Lookup, Node, Part, Place, ROOT, Tree},
};

/// The TypeScript tree of a catalog. Immutable; a new catalog makes a new surface.
#[derive(Debug)]
pub struct Surface {
    catalog: Arc<Catalog>,
    tree: Tree,
    withheld: Tree,
    finder: Finder,
    definition_tokens: OnceLock<u64>,
}

/// A module as the engine runs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Module {
    /// Its absolute path with ending: `/servers/google-drive/getDocument.ts`.
    pub name: String,
    /// Its source.
    pub javascript: String,
}

/// A tool whose name reads as the name of a tool of another server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Impersonation<'s> {
    /// The tool.
    pub tool: &'s ToolId,
    /// The path by which scripts reach it: `servers/other/mailSendEmail`.
    pub path: &'s str,
    /// The server that its name names.
    pub server: &'s ServerName,
}

impl Surface {
    /// Names every tool and builds the search index. Files are written when they are asked for.
    pub fn new(catalog: Arc<Catalog>) -> Self {
        let tree = Tree::new(&catalog, Part::Offered);
        let withheld = Tree::new(&catalog, Part::Withheld);
        let finder = Finder::new(&catalog);
        Self { catalog, tree, withheld, finder, definition_tokens: OnceLock::new() }
    }

    /// The catalog this surface was made from.
    pub fn catalog(&self) -> &Arc<Catalog> {
        &self.catalog
    }

    /// The tool of a call by its path, `servers/google-drive/getDocument`: no leading slash, no ending.
    pub fn tool_at(&self, path: &str) -> Option<&ToolId> {
        self.tree.at_path(path).map(|place| &place.id)
    }

    /// The path of a tool, as [`Surface::tool_at`] takes it.
    pub fn path_of(&self, tool: &ToolId) -> Option<&str> {
        self.tree.of_tool(tool).map(|place| &*place.path)
    }

    /// The exported name of a tool: `getDocument`.
    pub fn identifier_of(&self, tool: &ToolId) -> Option<&str> {
        self.tree.of_tool(tool).map(|place| &*place.identifier)
    }

    /// The tool meant by a name: `google_drive__get_document`, `google-drive/getDocument`,
    /// `google-drive/get_document`, or a bare name that only one server has. A name that begins with a configured
    /// server's means a tool of that server or nothing, and one that means tools of two servers means nothing.
    pub fn tool_named(&self, name: &str) -> Result<&ToolId, Unknown> {
        offered(self.lookup().named(name)?)
    }

    /// The tool of a server that is named apart from it: by its name in the configuration, its identifier, or one of
    /// them in another case of letters and words.
    pub fn tool_of(&self, server: &str, tool: &str) -> Result<&ToolId, Unknown> {
        offered(self.lookup().of(server, tool)?)
    }

    /// The tool meant by [`Surface::tool_of`] where the server is named apart, by [`Surface::tool_named`] where it is not.
    pub fn tool_meant(&self, server: Option<&str>, tool: &str) -> Result<&ToolId, Unknown> {
        match server {
            Some(server) => self.tool_of(server, tool),
            None => self.tool_named(tool),
        }
    }

    /// The tools whose names read as the names of tools of other servers. They are reached as tools of their own server
    /// alone.
    pub fn impersonations(&self) -> impl Iterator<Item = Impersonation<'_>> {
        self.lookup().impersonations().map(|found| Impersonation {
            tool: &found.place.id,
            path: &found.place.path,
            server: &self.tree.folders[found.folder].server,
        })
    }

    /// The server that a name means: its name in the configuration, its folder's, or one of them in another case of
    /// letters and words.
    pub fn server_named(&self, name: &str) -> Result<&ServerName, Unknown> {
        crate::search::folder_of(&self.tree, name).map(|at| &self.tree.folders[at].server)
    }

    /// The withheld tool at a path that [`Surface::tool_at`] does not know.
    pub fn withheld_at(&self, path: &str) -> Option<&ToolId> {
        self.withheld.at_path(path).map(|place| &place.id)
    }

    /// The withheld tool meant by a name that [`Surface::tool_named`] does not know.
    pub fn withheld_named(&self, name: &str) -> Option<&ToolId> {
        withheld(self.lookup().named(name).ok()?)
    }

    /// The withheld tool meant by a server and a name that [`Surface::tool_of`] does not know.
    pub fn withheld_of(&self, server: &str, tool: &str) -> Option<&ToolId> {
        withheld(self.lookup().of(server, tool).ok()?)
    }

    /// The withheld tool that an import means: by its own module, or by a name of its server's index.
    pub fn withheld_import(&self, specifier: &str, name: Option<&str>, from: &str) -> Option<&ToolId> {
        let module = self.withheld.resolve(specifier, from).ok()?;
        let place = match (self.withheld.node(&module)?, name) {
            (Node::Tool(at), _) => &self.withheld.places[at],
            (Node::Index(folder), Some(name)) => {
                self.withheld.places_in(folder).iter().find(|place| place.identifier == name)?
            }
            _ => return None,
        };
        Some(&place.id)
    }

    /// The module a specifier means in the module `from`: `./servers/google-drive` in `/main.ts` is
    /// `/servers/google-drive/index.ts`. Knows only what is below `/servers`.
    pub fn resolve(&self, specifier: &str, from: &str) -> Result<String, Unknown> {
        self.tree.resolve(specifier, from)
    }

    /// The names a module exports at run time.
    pub fn exports(&self, module: &str) -> Option<Vec<&str>> {
        let places = match self.tree.node(module)? {
            Node::Tool(at) => std::slice::from_ref(&self.tree.places[at]),
            Node::Index(folder) => self.tree.places_in(folder),
            Node::Root | Node::Readme | Node::Folder(_) => return None,
        };
        Some(places.iter().map(|place| &*place.identifier).collect())
    }

    /// Why the server of a module cannot be reached, where no tools of it are known.
    pub fn failure_of(&self, module: &str) -> Option<String> {
        let Node::Index(folder) = self.tree.node(module)? else { return None };
        files::failure(&self.catalog.servers()[folder])
    }

    /// The text of a file below `/servers`, as a model reads it.
    pub fn read_file(&self, path: &str) -> Option<String> {
        match self.tree.node(path)? {
            Node::Readme => Some(files::readme(&self.tree, &self.catalog)),
            Node::Index(folder) => {
                Some(files::index_file(&self.tree, folder, &self.catalog.servers()[folder]))
            }
            Node::Tool(at) => self.tool_file(&self.tree.places[at]),
            Node::Root | Node::Folder(_) => None,
        }
    }

    /// The sorted names in a folder: `/servers`, or a server's folder.
    pub fn read_dir(&self, path: &str) -> Option<Vec<String>> {
        let path = if path.len() > 1 { path.trim_end_matches('/') } else { path };
        let mut names: Vec<String> = match self.tree.node(path)? {
            Node::Root => {
                let folders = self.tree.folders.iter().map(|folder| folder.name.clone());
                folders.collect()
            }
            Node::Folder(at) => {
                let places = self.tree.places_in(at).iter();
                places
                    .map(|place| format!("{}.ts", place.identifier))
                    .chain(["index.ts".to_owned()])
                    .collect()
            }
            Node::Readme | Node::Index(_) | Node::Tool(_) => return None,
        };
        names.sort();
        Some(names)
    }

    /// A module as the engine runs it, first, and everything it imports.
    pub fn modules(&self, module: &str) -> Option<Vec<Module>> {
        match self.tree.node(module)? {
            Node::Tool(at) => Some(vec![tool_module(&self.tree.places[at])]),
            Node::Index(folder) => {
                let places = self.tree.places_in(folder);
                let javascript = files::index_javascript(places);
                let index = Module { name: self.tree.index_path(folder), javascript };
                Some([index].into_iter().chain(places.iter().map(tool_module)).collect())
            }
            Node::Root | Node::Readme | Node::Folder(_) => None,
        }
    }

    /// Every file of the tree, by a relative path (`servers/google-drive/getDocument.ts`) and its text.
    pub fn files(&self) -> impl Iterator<Item = (String, String)> {
        let readme = std::iter::once(format!("{ROOT}/README.md"));
        let indices = (0..self.tree.folders.len()).map(|folder| self.tree.index_path(folder));
        let tools = self.tree.places.iter().map(|place| format!("/{}.ts", place.path));
        let paths = readme.chain(indices).chain(tools);
        paths.filter_map(|path| Some((path[1..].to_owned(), self.read_file(&path)?)))
    }

    /// The tools that fit the request, best first.
    pub fn search(&self, request: &SearchRequest) -> Result<SearchResult, SearchError> {
        self.finder.search(&self.tree, &self.catalog, request)
    }

    /// Each server's folder and how many tools it has.
    pub(crate) fn folders(&self) -> impl Iterator<Item = (&str, usize)> {
        self.tree.folders.iter().map(|folder| (&*folder.name, folder.places.len()))
    }

    /// A search's result as compact text for models.
    pub fn render(&self, result: &SearchResult, detail: Detail) -> String {
        crate::search::render(self, result, detail)
    }

    /// A tool as `searchTools` hands it to a script.
    pub fn describe(&self, tool: &ToolId, detail: Detail) -> Value {
        crate::search::describe(self, tool, detail)
    }

    /// A tool in one line: `getDocument(input: { documentId: string }): Promise<any>`.
    pub fn signature(&self, tool: &ToolId) -> Option<String> {
        let place = self.tree.of_tool(tool)?;
        Some(files::signature(place, files::Described::at(place, &self.catalog)?))
    }

    /// All signatures, grouped by server, when they cost at most this many model tokens: with the first
    /// sentence of each description, or without where only that fits.
    pub fn inline_signatures(&self, budget_tokens: usize) -> Option<String> {
        files::inline_signatures(&self.tree, &self.catalog, budget_tokens as u64)
    }

    /// What all definitions cost a model that is given them as they are: o200k tokens of each tool's compact
    /// `{"name","description","input_schema"}`, summed. `None` until [`Self::count_definitions`] has counted them.
    pub fn definition_tokens(&self) -> Option<u64> {
        self.definition_tokens.get().copied()
    }

    /// Counts what [`Self::definition_tokens`] tells, once. Takes about 10 µs a tool: too long to do in the way of a
    /// script where there are thousands.
    pub fn count_definitions(&self) {
        let count = || self.catalog.tools().map(|(_, tool)| tokens::definition_tokens(tool)).sum();
        self.definition_tokens.get_or_init(count);
    }

    fn lookup(&self) -> Lookup<'_> {
        Lookup { offered: &self.tree, withheld: &self.withheld }
    }

    fn tool_file(&self, place: &Place) -> Option<String> {
        Some(files::tool_file(place, files::Described::at(place, &self.catalog)?))
    }
}

fn offered((part, place): (Part, &Place)) -> Result<&ToolId, Unknown> {
    match part {
        Part::Offered => Ok(&place.id),
        Part::Withheld => Err(Unknown::withheld(&place.id)),
    }
}

fn withheld((part, place): (Part, &Place)) -> Option<&ToolId> {
    (part == Part::Withheld).then_some(&place.id)
}

fn tool_module(place: &Place) -> Module {
    Module { name: format!("/{}.ts", place.path), javascript: files::tool_javascript(place) }
}
