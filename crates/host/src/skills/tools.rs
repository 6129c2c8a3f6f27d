//! The tools a skill may call, by its source, and whether it declares them.
//!
//! A tool that a skill calls is written out in it: as an import, or as the name it hands to `callMCPTool`. What it does not write out
//! nobody can tell before it runs, so such a skill has to declare that it may call any. What the skills that it imports may call is added
//! by `inherited`. Code that hides what it does from the parser is not seen here; the rules, which every call passes, do not depend on it.

use wire::{Callee, Import, Position, ScriptFacts, SuspectKind};

use crate::{
    check::{Found, Known, Resolved, resolve, tool_of},
    rules::{Names, Refusal},
};

/// Any tool.
pub(crate) const ANY: &str = "*";

/// A tool that a source may call: `server/tool`, `server/*` or `*`, with the place that says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Callable {
    pub(crate) name: String,
    pub(super) at: Position,
    /// The skill it imports that may call it, where it does not so itself.
    pub(super) through: Option<String>,
}

impl Callable {
    fn own(name: String, at: Position) -> Self {
        Self { name, at, through: None }
    }
}

/// The tools that a source may call, sorted by name.
pub(crate) fn callable(facts: &ScriptFacts, known: &Known<'_>) -> Vec<Callable> {
    let imported = facts.imports.iter().flat_map(|import| of_import(import, known));
    let loaded = facts.dynamic_imports.iter().flat_map(|(specifier, at)| {
        of_import(&Import { specifier: specifier.clone(), names: Vec::new(), at: *at }, known)
    });
    let named = facts.calls.iter().filter_map(|call| match &call.callee {
        Callee::Named { server, tool } => {
            let name = match known.surface.tool_meant(server.as_deref(), tool) {
                Ok(tool) => tool.to_string(),
                // `callMCPTool("time", tool)`.
                Err(_) if server.is_none() => format!("{}/{ANY}", known.surface.server_named(tool).ok()?),
                Err(_) => return None,
            };
            Some(Callable::own(name, call.at))
        }
        Callee::Imported { .. } => None,
    });
    each_once(imported.chain(loaded).chain(named).chain(any(facts)).collect())
}

/// Each tool once, sorted by name: by what the source does itself, where it does.
pub(super) fn each_once(mut all: Vec<Callable>) -> Vec<Callable> {
    let rank = |one: &Callable| (one.through.is_some(), one.at);
    all.sort_by(|one, other| one.name.cmp(&other.name).then_with(|| rank(one).cmp(&rank(other))));
    all.dedup_by(|one, other| one.name == other.name);
    all
}

/// Where a source may call what it does not write out.
fn any(facts: &ScriptFacts) -> Option<Callable> {
    use SuspectKind::{ComputedImport, Constructor, Eval, Function};
    let hides = |kind| matches!(kind, Eval | Function | Constructor | ComputedImport);
    let suspect = facts.suspects.iter().find(|suspect| hides(suspect.kind)).map(|suspect| suspect.at);
    let at = suspect.or(facts.reach.computed.then_some(Position { line: 1, column: 1 }))?;
    Some(Callable::own(ANY.to_owned(), at))
}

fn of_import(import: &Import, known: &Known<'_>) -> Vec<Callable> {
    let Import { specifier, names, at } = import;
    let Ok(Resolved::Server(module)) = resolve(specifier, known) else { return Vec::new() };
    let takes_all = names.is_empty() || names.iter().any(|name| ["*", "default"].contains(&&*name.imported));
    if !takes_all {
        let tool = |name: &wire::ImportedName| {
            let tool = tool_of(specifier, &name.imported, known)?;
            Some(Callable::own(tool.to_string(), name.at))
        };
        return names.iter().filter_map(tool).collect();
    }
    let exports = known.surface.exports(&module).unwrap_or_default();
    let mut tools = exports.into_iter().filter_map(|export| tool_of(specifier, export, known));
    let Some(first) = tools.next() else { return Vec::new() };
    let name = if module.ends_with("/index.ts") { format!("{}/*", first.server) } else { first.to_string() };
    vec![Callable::own(name, *at)]
}

/// The names of tools that are declared.
pub(crate) struct Declared(Vec<String>);

impl Declared {
    /// Entries that name no tool of a server, as `Read` does, are another program's.
    pub(crate) fn new<'a>(entries: impl IntoIterator<Item = &'a String>) -> Self {
        let named = entries.into_iter().map(|entry| entry.replacen("__", "/", 1));
        Self(named.filter(|entry| entry == ANY || entry.contains('/')).collect())
    }

    /// Whether a tool is declared, as its server spells it or as scripts do.
    pub(crate) fn has(&self, tool: &str) -> bool {
        let is_alike = |entry: &str| match (entry.split_once('/'), tool.split_once('/')) {
            (Some((server, name)), Some((of, tool))) => {
                text::loose(server) == text::loose(of)
                    && text::loose(name) == text::loose(tool)
                    && name != ANY
            }
            _ => false,
        };
        let fits = |entry: &str| Names::new([entry]).is_ok_and(|names| names.take(tool));
        self.0.iter().any(|entry| fits(entry) || is_alike(entry))
    }
}

/// What of these tools a skill does not declare, where it declares any; and what it cannot leave undeclared.
pub(crate) fn undeclared(callable: &[Callable], allowed: Option<&[String]>) -> Vec<Found> {
    let wrong = |one: &&Callable| match allowed {
        Some(allowed) => !Declared::new(allowed).has(&one.name),
        None => one.name == ANY,
    };
    callable.iter().filter(wrong).map(found).collect()
}

fn found(one: &Callable) -> Found {
    let (message, hint) = match (&*one.name, &one.through) {
        (ANY, None) => (
            "the skill may call any tool, which it does not declare".to_owned(),
            "write the names of the tools out, or declare `allowed-tools: *`".to_owned(),
        ),
        (ANY, Some(through)) => (
            format!("the skill may call any tool through the skill `{through}`, which it does not declare"),
            format!("do not import `{through}`, or declare `allowed-tools: *`"),
        ),
        (name, None) => (
            format!("`{name}` is not allowed: the skill does not declare it"),
            format!("add `{name}` to its `allowed-tools`, or do not call it"),
        ),
        (name, Some(through)) => (
            format!(
                "`{name}`, which the skill `{through}` may call, is not allowed: the skill does not declare it"
            ),
            format!("add `{name}` to its `allowed-tools`, or do not import `{through}`"),
        ),
    };
    let refusal = refusal(&hint);
    Found { message, hint: Some(hint), refusal: Some(refusal), at: one.at }
}

fn refusal(permit: &str) -> Refusal {
    Refusal {
        rule: None,
        why: "a skill calls the tools that it declares, and no others".to_owned(),
        permit: permit.to_owned(),
    }
}

/// What the source of a skill may call now that it could not when it was saved and accepted, and why it is not used.
pub(crate) fn more(name: &str, callable: &[Callable], saved: &[String]) -> Option<(String, Refusal)> {
    let saved = Declared::new(saved);
    let one = callable.iter().find(|one| !saved.has(&one.name))?;
    let message = format!("`{}` is not allowed: the skill `{name}` does not declare it", one.name);
    let permit = format!("save the skill again, `narrows skill add {name}`, and look at what it may call");
    Some((message, refusal(&permit)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tools_are_declared_by_each_of_their_names() {
        let entries = ["crm/query_records", "google-drive__getDocument", "mail/*", "Read", "Bash(git:*)"];
        let entries = entries.map(str::to_owned);
        let declared = Declared::new(&entries);
        for (tool, expect) in [
            ("crm/query_records", true),
            ("crm/delete_record", false),
            ("google-drive/get_document", true),
            ("mail/send", true),
            ("mail/*", true),
            ("crm/*", false),
            ("*", false),
        ] {
            assert_eq!(declared.has(tool), expect, "{tool}");
        }
        assert!(Declared::new(&["*".to_owned()]).has("*"));
    }
}
