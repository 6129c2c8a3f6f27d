//! All tools known at one moment, immutable.

use std::{
    collections::HashMap,
    fmt::{self, Write},
    sync::Arc,
};

use serde_json::Value;

use crate::text::is_hidden;

/// A server's name: the key under `mcpServers` in the user's configuration, as written.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ServerName(Arc<str>);

impl ServerName {
    /// Takes any text: names with spaces, dots or CJK are real.
    pub fn new(name: impl Into<Arc<str>>) -> Self {
        Self(name.into())
    }

    /// The name as written in the configuration.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// For people: a name is one line, whatever it holds, and commands no terminal.
impl fmt::Display for ServerName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.chars().try_for_each(|c| f.write_char(if is_hidden(c) { '\u{FFFD}' } else { c }))
    }
}

/// One tool of one server, by the names both have on the wire. Shown as `server/tool`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ToolId {
    /// The server the tool belongs to.
    pub server: ServerName,
    /// The tool's name as its server spells it.
    pub tool: Arc<str>,
}

impl ToolId {
    /// Joins a server's name and a tool's name.
    pub fn new(server: ServerName, tool: impl Into<Arc<str>>) -> Self {
        Self { server, tool: tool.into() }
    }
}

impl fmt::Display for ToolId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.server, self.tool)
    }
}

/// What a server says of a tool's effects. A hint from a stranger: never a permission by itself.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Annotations {
    /// The tool changes nothing.
    pub read_only: Option<bool>,
    /// The tool may destroy what is there.
    pub destructive: Option<bool>,
    /// Calling twice with the same arguments has the effect of calling once.
    pub idempotent: Option<bool>,
    /// The tool reaches things outside its server.
    pub open_world: Option<bool>,
}

/// A tool's definition, decoded leniently from what its server sent.
#[derive(Debug, Clone, PartialEq)]
pub struct Tool {
    /// The name on the wire, unique within the server.
    pub name: Arc<str>,
    /// The name for people, where the server gives one.
    pub title: Option<String>,
    /// What the tool does, as the server describes it. Untrusted text, empty when missing.
    pub description: String,
    /// JSON Schema of the arguments: an object. `{"type":"object"}` when the server sent none.
    pub input_schema: Value,
    /// JSON Schema of the structured result, where the server gives one.
    pub output_schema: Option<Value>,
    /// The server's hints.
    pub annotations: Annotations,
}

/// What the results of a tool were seen to be, where its server does not say it.
#[derive(Debug, Clone, PartialEq)]
pub struct ObservedResult {
    /// JSON Schema that all of them fit: kinds and keys, never values.
    pub schema: Value,
    /// In how many results that was seen.
    pub results: u64,
}

/// A tool of a server's list that could not be understood. The rest of the list is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DroppedTool {
    /// The name, or its place in the list (`#12`) when there was none.
    pub name: String,
    /// What was wrong, for a person.
    pub reason: String,
}

/// A tool that its server has and that is not offered to scripts.
#[derive(Debug, Clone, PartialEq)]
pub struct WithheldTool {
    /// Its definition.
    pub tool: Arc<Tool>,
    /// Why it is withheld.
    pub held: Held,
}

/// Why a tool is not offered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Held {
    /// The rules refuse every call of it.
    NotAllowed,
    /// A person has to accept its definition first.
    NotAccepted {
        /// What is the matter with it, as a clause for a person: `its definition changed`.
        reason: String,
        /// What the person can do: `narrows trust slack post_message`.
        remedy: String,
    },
}

/// How far a server's tools can be relied on now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ServerState {
    /// Not started, because nothing needs it yet; its tools are those of the last time, if any are known.
    Idle,
    /// Still being started; its tools are those of the last time, if any are known.
    Starting,
    /// Connected; the list is the server's own.
    Ready,
    /// Not reachable now; the tools are the last ones it is known to have had.
    Stale {
        /// Why it cannot be reached, for a person.
        reason: String,
    },
    /// Not reachable, and no tools are known.
    Failed {
        /// Why it cannot be reached, for a person.
        reason: String,
    },
}

/// A server and its tools.
#[derive(Debug, Clone, PartialEq)]
pub struct Server {
    /// The name in the configuration.
    pub name: ServerName,
    /// What the server calls itself, where it does.
    pub title: Option<String>,
    /// The server's own instructions to a model. Untrusted text.
    pub instructions: Option<String>,
    /// Whether its tools are current.
    pub state: ServerState,
    /// Its tools, sorted by name, names unique.
    pub tools: Vec<Arc<Tool>>,
    /// What was left out of its list.
    pub dropped: Vec<DroppedTool>,
    /// Those of its tools that are not offered, sorted by name.
    pub withheld: Vec<WithheldTool>,
    /// What its person has to do before it can be used, where it waits for that: a clause without credentials.
    pub needs_login: Option<String>,
}

impl Server {
    /// A server that has not answered yet.
    pub fn starting(name: ServerName) -> Self {
        Self {
            name,
            title: None,
            instructions: None,
            state: ServerState::Starting,
            tools: Vec::new(),
            dropped: Vec::new(),
            withheld: Vec::new(),
            needs_login: None,
        }
    }

    /// Whether it is still being started and its tools are not known from the last time either.
    pub fn is_unknown(&self) -> bool {
        self.state == ServerState::Starting && self.tools.is_empty() && self.withheld.is_empty()
    }
}

/// All tools now known. Immutable: a change makes a new catalog.
#[derive(Debug, Clone, Default)]
pub struct Catalog {
    servers: Vec<Arc<Server>>,
    by_name: HashMap<ServerName, usize>,
    observed: HashMap<ToolId, Arc<ObservedResult>>,
}

impl Catalog {
    /// Sorts servers by name, and each server's tools by name; of two tools with one name the first is
    /// kept and the second reported as dropped. So equal inputs give equal catalogs, whatever their order.
    pub fn new(servers: impl IntoIterator<Item = Arc<Server>>) -> Self {
        let mut servers: Vec<_> = servers.into_iter().map(in_order).collect();
        servers.sort_by(|a, b| a.name.cmp(&b.name));
        let by_name = servers.iter().enumerate().map(|(at, server)| (server.name.clone(), at)).collect();
        Self { servers, by_name, observed: HashMap::new() }
    }

    /// The same tools, with what the results of some were seen to be.
    #[must_use]
    pub fn with_observed(&self, observed: HashMap<ToolId, Arc<ObservedResult>>) -> Self {
        Self { observed, ..self.clone() }
    }

    /// All servers, sorted by name.
    pub fn servers(&self) -> &[Arc<Server>] {
        &self.servers
    }

    /// The server of this name.
    pub fn server(&self, name: &ServerName) -> Option<&Arc<Server>> {
        self.by_name.get(name).map(|&at| &self.servers[at])
    }

    /// The tool of this id.
    pub fn tool(&self, id: &ToolId) -> Option<&Arc<Tool>> {
        let tools = &self.server(&id.server)?.tools;
        let at = tools.binary_search_by(|tool| tool.name.cmp(&id.tool)).ok()?;
        Some(&tools[at])
    }

    /// What the results of a tool were seen to be, as far as that is known.
    pub fn observed(&self, id: &ToolId) -> Option<&ObservedResult> {
        self.observed.get(id).map(|observed| &**observed)
    }

    /// A tool that is known and not offered.
    pub fn withheld(&self, id: &ToolId) -> Option<&WithheldTool> {
        self.server(&id.server)?.withheld.iter().find(|withheld| withheld.tool.name == id.tool)
    }

    /// Every tool with its server, in catalog order.
    pub fn tools(&self) -> impl Iterator<Item = (&Server, &Arc<Tool>)> {
        self.servers.iter().flat_map(|server| server.tools.iter().map(move |tool| (&**server, tool)))
    }

    /// How many tools there are in all.
    pub fn tool_count(&self) -> usize {
        self.servers.iter().map(|server| server.tools.len()).sum()
    }
}

fn in_order(server: Arc<Server>) -> Arc<Server> {
    let sorted = server.tools.windows(2).all(|pair| pair[0].name < pair[1].name);
    if sorted && server.withheld.is_sorted_by(|one, next| one.tool.name <= next.tool.name) {
        return server;
    }
    let mut server = Arc::unwrap_or_clone(server);
    server.withheld.sort_by(|a, b| a.tool.name.cmp(&b.tool.name));
    server.tools.sort_by(|a, b| a.name.cmp(&b.name));
    let mut dropped = Vec::new();
    server.tools.dedup_by(|later, first| {
        let twice = later.name == first.name;
        if twice {
            let reason = "the server lists this name twice; the first definition is kept".to_owned();
            dropped.push(DroppedTool { name: first.name.to_string(), reason });
        }
        twice
    });
    server.dropped.extend(dropped);
    Arc::new(server)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn tool(name: &str, description: &str) -> Arc<Tool> {
        Arc::new(Tool {
            name: name.into(),
            title: None,
            description: description.to_owned(),
            input_schema: json!({"type": "object"}),
            output_schema: None,
            annotations: Annotations::default(),
        })
    }

    fn server(name: &str, tools: Vec<Arc<Tool>>) -> Arc<Server> {
        Arc::new(Server { tools, state: ServerState::Ready, ..Server::starting(ServerName::new(name)) })
    }

    #[test]
    fn order_of_arrival_does_not_show() {
        let one = Catalog::new([server("b", vec![]), server("a", vec![tool("y", ""), tool("x", "")])]);
        let ids: Vec<_> =
            one.tools().map(|(server, tool)| format!("{}/{}", server.name, tool.name)).collect();
        assert_eq!(ids, ["a/x", "a/y"]);
        assert_eq!(one.servers()[1].name.as_str(), "b");
    }

    #[test]
    fn of_two_tools_with_one_name_the_first_is_kept_and_the_second_reported() {
        let one = Catalog::new([server("a", vec![tool("x", "first"), tool("x", "second")])]);
        let kept = one.tool(&ToolId::new(ServerName::new("a"), "x")).expect("the tool is there");
        assert_eq!(kept.description, "first");
        assert_eq!(one.servers()[0].dropped[0].name, "x");
        assert_eq!(one.tool_count(), 1);
    }

    #[test]
    fn a_shown_name_is_one_plain_line() {
        let name = ServerName::new("größe 1\n\u{1b}[2J\u{202e}x");
        assert_eq!(name.to_string(), "größe 1\u{FFFD}\u{FFFD}[2J\u{FFFD}x");
        assert_eq!(name.as_str(), "größe 1\n\u{1b}[2J\u{202e}x");
    }

    #[test]
    fn unknown_names_are_not_found() {
        let one = Catalog::new([server("a", vec![tool("x", "")])]);
        assert!(one.tool(&ToolId::new(ServerName::new("a"), "z")).is_none());
        assert!(one.server(&ServerName::new("z")).is_none());
    }
}
