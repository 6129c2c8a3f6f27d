//! What a script and the skills it imports reach: which servers their run waits for, and whether they use the registry.
//!
//! Follows from the facts of the parse. A server whose tools are not known yet is waited for where the script names it, or
//! may use its tools without naming them; a script that needs none waits for none. A search waits briefly: it finds what is
//! there, and the answer names the servers that are not.

use std::{collections::HashSet, sync::Arc, time::Duration};

use surface::Surface;
use tokio::sync::watch;
use tools::Server;
use wire::{Callee, MAIN, Parsed, Reach, ScriptFacts};

use super::{
    Parts,
    modules::{SKILLS_MAX, load},
};
use crate::{check::skill_named, skills::Shelf};

/// A program that has to be fetched first takes longer; one that is there seldom does.
const SEARCHED_AFTER_START: Duration = Duration::from_secs(5);

/// As `search_tools` waits.
const SEARCHED_AT_LEAST: Duration = Duration::from_secs(1);

/// Servers that a warning names.
const NAMED_MAX: usize = 8;

/// What a script and its skills reach.
#[derive(Debug, Default)]
pub(super) struct Reached {
    /// Any tool, the search, and the registry.
    pub(super) unnamed: Reach,
    /// Folders below `servers/` that are imported from.
    folders: HashSet<String>,
    /// Names that tools are called by, with the server where it is named apart.
    names: HashSet<(Option<String>, String)>,
}

/// Looks at a script's facts and at those of every skill it imports, however far down.
pub(super) async fn of(main: &Arc<Parsed>, parts: &Parts, skills: &Shelf) -> Reached {
    let mut reached = Reached::default();
    let mut queue = vec![(main.clone(), MAIN.to_owned(), skills.clone())];
    let mut seen = HashSet::new();
    while let Some((parsed, from, skills)) = queue.pop() {
        for specifier in reached.add(&parsed.facts) {
            let Some(skill) = skill_named(&specifier, &from).map(str::to_owned) else { continue };
            if seen.len() < SKILLS_MAX
                && seen.insert(skill.clone())
                // What is wrong with a skill is told when it is imported.
                && let Ok(loaded) = load(&skill, parts, &skills).await
            {
                let skills = loaded.imports_from(&skills);
                queue.push((loaded.parsed, loaded.path, skills));
            }
        }
    }
    reached
}

impl Reached {
    /// Takes the facts of one module in, and gives the specifiers it imports.
    fn add(&mut self, facts: &ScriptFacts) -> Vec<String> {
        self.unnamed.tools |= facts.reach.tools;
        self.unnamed.search |= facts.reach.search;
        self.unnamed.registry |= facts.reach.registry;
        let named = facts.calls.iter().filter_map(|call| match &call.callee {
            Callee::Named { server, tool } => Some((server.clone(), tool.clone())),
            Callee::Imported { .. } => None,
        });
        self.names.extend(named);
        let statics = facts.imports.iter().chain(&facts.unused).map(|import| &import.specifier);
        let specifiers = statics.chain(facts.dynamic_imports.iter().map(|(specifier, _)| specifier));
        let specifiers: Vec<String> = specifiers.cloned().collect();
        self.folders.extend(specifiers.iter().filter_map(|specifier| folder(specifier)).map(str::to_owned));
        specifiers
    }

    /// The surface, once the servers that are reached are there or known to have failed, or after so long; those that are
    /// only searched are waited for no longer than `searched`.
    pub(super) async fn settled(
        &self,
        surfaces: &watch::Receiver<Arc<Surface>>,
        at_most: Duration,
        searched: Duration,
    ) -> Arc<Surface> {
        wait(surfaces, searched, |surface| !self.waits(surface)).await;
        wait(surfaces, at_most.saturating_sub(searched), |surface| !self.needs(surface)).await
    }

    /// Whether a server that is reached or searched is still starting, and its tools are not known from the last time either.
    pub(super) fn waits(&self, surface: &Surface) -> bool {
        self.needs(surface) || self.unnamed.search && unknown(surface).next().is_some()
    }

    /// What to say of servers whose tools the script may look for and cannot find yet.
    pub(super) fn missing(&self, surface: &Surface) -> Option<String> {
        let mut names = unknown(surface).map(|server| &server.name).peekable();
        let looks = self.unnamed.search || self.unnamed.tools;
        (looks && names.peek().is_some()).then(|| {
            let names = text::named_first(names, NAMED_MAX);
            format!("tools of servers that are still starting cannot be found yet, run the script again for them: {names}")
        })
    }

    /// Whether the script cannot do without a server that is still starting.
    fn needs(&self, surface: &Surface) -> bool {
        let mut unknown = unknown(surface).peekable();
        if unknown.peek().is_none() {
            return false;
        }
        // Names that mean a tool already need no other server.
        let is_open =
            |(server, tool): &&(Option<String>, String)| surface.tool_meant(server.as_deref(), tool).is_err();
        let open: Vec<_> = self.names.iter().filter(is_open).collect();
        unknown.any(|server| {
            let name = text::loose(server.name.as_str());
            self.unnamed.tools
                || self.folders.iter().any(|folder| text::loose(folder) == name)
                || open.iter().any(|(server, tool)| may_be_of(&name, server.as_deref(), tool))
        })
    }
}

/// How long a search waits for servers that are starting, going by the age of the host. They start with it, and most list
/// their tools within seconds; a process that ends with its script would never see those of a slower one otherwise.
pub(super) fn search_within(age: Duration) -> Duration {
    SEARCHED_AFTER_START.saturating_sub(age).max(SEARCHED_AT_LEAST)
}

fn unknown(surface: &Surface) -> impl Iterator<Item = &Arc<Server>> {
    surface.catalog().servers().iter().filter(|server| server.is_unknown())
}

/// The surface, once no server is starting any more, or after so long.
pub(super) async fn all_settled(surfaces: &watch::Receiver<Arc<Surface>>, at_most: Duration) -> Arc<Surface> {
    wait(surfaces, at_most, |surface| unknown(surface).next().is_none()).await
}

async fn wait(
    surfaces: &watch::Receiver<Arc<Surface>>,
    at_most: Duration,
    is_settled: impl Fn(&Surface) -> bool,
) -> Arc<Surface> {
    let mut surfaces = surfaces.clone();
    let _ = tokio::time::timeout(at_most, surfaces.wait_for(|surface| is_settled(surface))).await;
    let surface = surfaces.borrow();
    surface.clone()
}

/// Whether a name may mean a tool of the server that is loosely called so.
fn may_be_of(name: &str, server: Option<&str>, tool: &str) -> bool {
    match server {
        Some(server) => text::loose(server).ends_with(name),
        None => !says_its_server(tool) || text::loose(tool).starts_with(name),
    }
}

fn says_its_server(name: &str) -> bool {
    ["__", "/", ".", ":"].iter().any(|sign| name.contains(sign))
}

/// The folder below `servers/` of a specifier. One that names none, as a mistake does, stands for itself: servers are
/// known by their names alone while they start.
fn folder(specifier: &str) -> Option<&str> {
    let (_, rest) = specifier.split_once("servers/")?;
    let name = rest.split('/').next()?;
    Some(name.strip_suffix(".ts").or_else(|| name.strip_suffix(".js")).unwrap_or(name))
}

#[cfg(test)]
mod tests {
    use tools::{Catalog, ServerName};
    use wire::{Call, Import};

    use wire::Position;

    use super::*;

    fn at() -> Position {
        Position { line: 1, column: 1 }
    }

    fn imports(specifier: &str) -> ScriptFacts {
        let import = Import { specifier: specifier.to_owned(), names: Vec::new(), at: at() };
        ScriptFacts { imports: vec![import], ..ScriptFacts::default() }
    }

    fn calls(name: &str) -> ScriptFacts {
        calls_of(None, name)
    }

    fn calls_of(server: Option<&str>, tool: &str) -> ScriptFacts {
        let callee = Callee::Named { server: server.map(str::to_owned), tool: tool.to_owned() };
        let call = Call { callee, arguments: None, at: at() };
        ScriptFacts { calls: vec![call], ..ScriptFacts::default() }
    }

    #[test]
    fn a_run_waits_for_the_servers_its_script_reaches() {
        let servers = ["google-drive", "slack"].map(|name| Arc::new(Server::starting(ServerName::new(name))));
        let surface = Surface::new(Arc::new(Catalog::new(servers)));
        let anything = Reach { tools: true, ..Reach::default() };
        let search = Reach { search: true, ..Reach::default() };
        for (facts, waits) in [
            (ScriptFacts::default(), false),
            (imports("./servers/slack"), true),
            (imports("../../servers/googleDrive/getDocument.ts"), true),
            (imports("./servers/notion"), false),
            (imports("narrows"), false),
            (
                ScriptFacts { dynamic_imports: vec![("./servers/slack".into(), at())], ..Default::default() },
                true,
            ),
            (calls("slack__post"), true),
            (calls("google_drive/get"), true),
            (calls("notion__search"), false),
            (calls("get_document"), true),
            (calls_of(Some("googleDrive"), "get"), true),
            (calls_of(Some("mcp__slack"), "post"), true),
            (calls_of(Some("notion"), "slack"), false),
            (ScriptFacts { reach: anything, ..Default::default() }, true),
            (ScriptFacts { reach: search, ..Default::default() }, true),
        ] {
            let mut reached = Reached::default();
            reached.add(&facts);
            assert_eq!(reached.waits(&surface), waits, "{facts:?}");
        }
        let mut all = Reached::default();
        all.add(&ScriptFacts { reach: anything, ..Default::default() });
        assert!(!all.waits(&Surface::new(Arc::new(Catalog::new([])))));
    }

    #[tokio::test]
    async fn a_search_waits_briefly_and_says_what_it_did_not_see() {
        let slack = Arc::new(Server::starting(ServerName::new("slack")));
        let surface = Arc::new(Surface::new(Arc::new(Catalog::new([slack]))));
        let (_sender, surfaces) = watch::channel(surface.clone());
        let named = "tools of servers that are still starting cannot be found yet, run the script again for them: `slack`";
        let (minute, instant) = (Duration::from_secs(60), Duration::from_millis(1));
        for (reach, at_most, is_over, warning) in [
            (Reach::default(), minute, true, None),
            (Reach { search: true, ..Reach::default() }, minute, true, Some(named)),
            (Reach { tools: true, ..Reach::default() }, 20 * instant, false, Some(named)),
        ] {
            let reached = Reached { unnamed: reach, ..Reached::default() };
            let settled = reached.settled(&surfaces, 2 * minute, instant);
            assert_eq!(tokio::time::timeout(at_most, settled).await.is_ok(), is_over, "{reach:?}");
            assert_eq!(reached.missing(&surface).as_deref(), warning, "{reach:?}");
        }
    }

    #[test]
    fn a_search_waits_longer_while_the_servers_have_just_been_started() {
        for (age, expect) in [(0, 5), (3, 2), (60, 1)] {
            assert_eq!(search_within(Duration::from_secs(age)), Duration::from_secs(expect));
        }
    }
}
