//! The modules a script imports, with all they import: tools from the surface, skills through the parser.
//!
//! The engine looks modules up by path alone, relative to the importing one. Where a specifier means something
//! else (in a skill `./servers/…` is written as in a script), a module stands at that path which re-exports
//! the one that is meant. Accepted skills stand below a folder of their own, so that what one of them imports is not a skill that a
//! script saved in its workspace under the same name.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, OnceLock},
};

use surface::Surface;
use wire::{Module, Parsed, Position, PositionMap};

use super::Parts;
use crate::{
    check::{self, Known, Resolved, Unresolved, resolve},
    pool::ParseFailure,
    rules::Refusal,
    skills::{Shelf, SkillError, inherited, tools},
};

/// Skills that one script may pull in. Real ones use a handful.
pub(crate) const SKILLS_MAX: usize = 100;

/// Modules that one script may pull in: a few large servers with all their tools.
const MODULES_MAX: usize = 20_000;

/// The folder in the engine below which accepted skills stand, each at its path in the tree.
const ACCEPTED: &str = "/accepted";

/// The path in the tree of a path in the engine.
pub(super) fn in_tree(path: &str) -> &str {
    path.strip_prefix(ACCEPTED).unwrap_or(path)
}

/// The path in the engine of a skill.
fn in_engine(path: &str, is_accepted: bool) -> String {
    format!("{}{path}", if is_accepted { ACCEPTED } else { "" })
}

/// Modules found for a script, first asked for first.
#[derive(Default)]
pub(super) struct Found {
    pub(super) modules: Vec<Module>,
    /// For each skill, from its generated code to its source.
    pub(super) positions: HashMap<String, PositionMap>,
    /// A skill among them uses the registry.
    pub(super) registry: bool,
    names: HashSet<String>,
    /// The path of each skill, by its name and whether an accepted one imports it.
    skills: HashMap<(String, bool), String>,
    /// What each skill exports, where that is known.
    exports: HashMap<String, Vec<String>>,
    /// The paths of skills that have a default export.
    defaults: HashSet<String>,
}

/// What an importing module wants.
pub(super) struct Wanted {
    pub(super) specifier: String,
    /// What is taken from it, each with its place.
    pub(super) names: Vec<(String, Position)>,
    /// The importing module's path in the engine.
    pub(super) from: String,
    /// Where the script wants it, through whatever skills: for the message.
    pub(super) at: Position,
}

/// Why a module cannot be had.
pub(super) struct Missing {
    pub(super) message: String,
    pub(super) hint: Option<String>,
    /// What is not allowed, for the person.
    pub(super) refusal: Option<Refusal>,
    pub(super) at: Position,
}

/// Finds modules and everything they import. Each is found once, so circles end.
pub(super) async fn find(
    wanted: Vec<Wanted>,
    parts: &Parts,
    shelf: &Shelf,
    surface: &Surface,
) -> Result<Found, Missing> {
    let mut found = Found::default();
    let accepted = shelf.accepted();
    let names = OnceLock::new();
    let mut queue = wanted;
    queue.reverse();
    let mut asked = HashSet::new();
    while let Some(next) = queue.pop() {
        if !asked.insert((next.specifier.clone(), next.from.clone(), next.names.clone())) {
            continue;
        }
        let rules = &*parts.rules;
        let from = in_tree(&next.from);
        let of_accepted = from != next.from;
        // Looking into a folder is only worth it for what imports from it.
        let skills: &[String] = match check::skill_named(&next.specifier, from) {
            Some(_) => names.get_or_init(|| shelf.names()),
            None => &[],
        };
        let known = Known { surface, skills, from, refused_patterns: &[], rules };
        let missing = |message| Missing { message, hint: None, refusal: None, at: next.at };
        let path = match resolve(&next.specifier, &known) {
            Err(unresolved) => {
                let Unresolved { message, hint, refusal } = unresolved;
                return Err(Missing { message, hint, refusal, at: next.at });
            }
            Ok(Resolved::Builtin) => continue,
            Ok(Resolved::Files) => {
                found.add(next.specifier, check::files_module());
                continue;
            }
            Ok(Resolved::Server(path)) => {
                for module in surface.modules(&path).unwrap_or_default() {
                    found.add(module.name, module.javascript);
                }
                path
            }
            Ok(Resolved::Skill(name)) => {
                if of_accepted && next.is_hidden(&name, shelf) {
                    return Err(hidden(&next, &name));
                }
                let key = (name, of_accepted);
                let path = match found.skills.get(&key) {
                    Some(path) => path.clone(),
                    None => {
                        let name = &key.0;
                        let shelf = if of_accepted { &accepted } else { shelf };
                        let loaded = load(name, parts, shelf).await;
                        let loaded = loaded.map_err(|unusable| unusable.at(next.at))?;
                        let declared = loaded.declared(name, surface, parts, shelf).await;
                        declared.map_err(|unusable| unusable.at(next.at))?;
                        let path = loaded.module();
                        queue.extend(found.add_skill(&path, &loaded.parsed, next.at));
                        found.skills.insert(key, path.clone());
                        path
                    }
                };
                if let Some(missing) = found.missing_name(&path, &next) {
                    return Err(missing);
                }
                path
            }
        };
        found.add_alias(&next, &path);
        if found.positions.len() > SKILLS_MAX || found.modules.len() > MODULES_MAX {
            return Err(missing("the script imports more modules than can be loaded".to_owned()));
        }
    }
    Ok(found)
}

impl Wanted {
    /// Whether the engine would look for a skill that an accepted one imports where that of the workspace stands.
    fn is_hidden(&self, name: &str, shelf: &Shelf) -> bool {
        let is_apart = looked_up(&self.specifier, &self.from).starts_with(ACCEPTED);
        !is_apart && shelf.own().is_some_and(|own| !matches!(own.kept(name), Err(SkillError::Unknown(_))))
    }
}

fn hidden(wanted: &Wanted, name: &str) -> Missing {
    let (specifier, of) = (&wanted.specifier, in_tree(&wanted.from));
    Missing {
        message: format!("`{specifier}`, which `{of}` imports, is hidden by a skill of the workspace"),
        hint: Some(format!(
            "write `./skills/{name}` in `{of}`, or remove the one of the workspace with `fs.rm`"
        )),
        refusal: None,
        at: wanted.at,
    }
}

impl Found {
    fn add(&mut self, name: String, javascript: String) {
        if self.names.insert(name.clone()) {
            self.modules.push(Module { name, javascript });
        }
    }

    fn add_skill(&mut self, path: &str, parsed: &Parsed, at: Position) -> Vec<Wanted> {
        self.add(path.to_owned(), parsed.javascript.clone());
        self.positions.insert(path.to_owned(), parsed.positions.clone());
        self.registry |= parsed.facts.reach.registry;
        if parsed.facts.signatures.iter().any(|export| export.name == "default") {
            self.defaults.insert(path.to_owned());
        }
        self.exports.extend(parsed.facts.exports.clone().map(|names| (path.to_owned(), names)));
        let imports = parsed.facts.imports.iter().rev();
        let wanted = imports.map(|import| Wanted {
            specifier: import.specifier.clone(),
            names: import.names.iter().map(|name| (name.imported.clone(), at)).collect(),
            from: path.to_owned(),
            at,
        });
        wanted.collect()
    }

    /// The first name taken from a skill that it does not export.
    fn missing_name(&self, path: &str, wanted: &Wanted) -> Option<Missing> {
        let exports: Vec<_> = self.exports.get(path)?.iter().map(String::as_str).collect();
        let is_missing = |(name, _): &&(String, Position)| name != "*" && !exports.contains(&name.as_str());
        let (name, at) = wanted.names.iter().find(is_missing)?;
        let check::Found { message, hint, refusal, at } =
            check::unknown_export(&wanted.specifier, name, *at, &exports);
        Some(Missing { message, hint, refusal, at })
    }

    /// Puts a module where the engine will look, when that is not where the module is.
    fn add_alias(&mut self, wanted: &Wanted, path: &str) {
        let looked_up = looked_up(&wanted.specifier, &wanted.from);
        if !["", ".ts", "/index.ts"].iter().any(|ending| format!("{looked_up}{ending}") == path) {
            let quoted = serde_json::Value::from(path);
            let has_default = self.defaults.contains(path)
                || self.exports.get(path).is_some_and(|names| names.iter().any(|name| name == "default"));
            let default =
                if has_default { format!("export {{ default }} from {quoted};") } else { String::new() };
            self.add(looked_up, format!("export * from {quoted};{default}"));
        }
    }
}

/// The path under which the engine looks for a specifier, without the endings it tries.
fn looked_up(specifier: &str, from: &str) -> String {
    if !specifier.starts_with(['.', '/']) {
        return specifier.to_owned();
    }
    let mut parts: Vec<&str> = Vec::new();
    if !specifier.starts_with('/') {
        parts.extend(from.split('/').filter(|part| !part.is_empty()));
        parts.pop();
    }
    for part in specifier.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.iter().fold(String::new(), |path, part| path + "/" + part)
}

/// A skill that can be imported.
pub(crate) struct Loaded {
    /// Where its module stands in the tree.
    pub(crate) path: String,
    /// All see it, whatever their workspace.
    is_accepted: bool,
    pub(crate) parsed: Arc<Parsed>,
    /// The tools that it may call, where that is known.
    tools: Option<Vec<String>>,
}

impl Loaded {
    /// Where its module stands in the engine.
    fn module(&self) -> String {
        in_engine(&self.path, self.is_accepted)
    }

    /// Where the skills are looked for that it imports. An accepted one gets those that were accepted.
    pub(crate) fn imports_from(&self, shelf: &Shelf) -> Shelf {
        if self.is_accepted { shelf.accepted() } else { shelf.clone() }
    }

    /// Refuses a skill that may call more than it could when it was saved: by a name that means another tool now, say, or through
    /// a skill that calls more.
    async fn declared(
        &self,
        name: &str,
        surface: &Surface,
        parts: &Parts,
        shelf: &Shelf,
    ) -> Result<(), Unusable> {
        let Some(tools) = &self.tools else { return Ok(()) };
        let known =
            Known { surface, skills: &[], from: &self.path, refused_patterns: &[], rules: &parts.rules };
        let callable =
            inherited::callable(name, &self.parsed.facts, &known, parts, &self.imports_from(shelf)).await;
        match tools::more(name, &callable, tools) {
            Some((message, refusal)) => Err(Unusable { message, refusal: Some(refusal) }),
            None => Ok(()),
        }
    }
}

/// Why a skill cannot be imported.
pub(crate) struct Unusable {
    message: String,
    /// What a person can do about it.
    refusal: Option<Refusal>,
}

impl Unusable {
    fn at(self, at: Position) -> Missing {
        Missing { message: self.message, hint: None, refusal: self.refusal, at }
    }
}

impl From<String> for Unusable {
    fn from(message: String) -> Self {
        Self { message, refusal: None }
    }
}

/// A skill, parsed.
pub(crate) async fn load(name: &str, parts: &Parts, shelf: &Shelf) -> Result<Loaded, Unusable> {
    let kept = shelf.saved(name).map_err(|error| match error {
        SkillError::Io(_) => format!("the skill `{name}` cannot be read").into(),
        other => Unusable { refusal: other.refusal(), message: other.to_string() },
    })?;
    let (path, is_accepted) = (kept.form.path(name), kept.workspace.is_none());
    let parsed = parts.parsers.parse_module(&kept.content.source, &in_engine(&path, is_accepted)).await;
    let parsed = parsed.map_err(|failure| match failure {
        ParseFailure::Syntax(errors) => match errors.first() {
            Some(first) => {
                format!("the skill `{name}` does not parse: {} (line {})", first.message, first.at.line)
            }
            None => format!("the skill `{name}` does not parse"),
        },
        ParseFailure::Hostile(reason) | ParseFailure::Unavailable(reason) => {
            format!("the skill `{name}` cannot be loaded: {reason}")
        }
    })?;
    let tools = kept.versions.last().and_then(|version| version.tools.clone());
    Ok(Loaded { path, is_accepted, parsed, tools })
}

#[cfg(test)]
mod tests {
    use wire::MAIN;

    use super::*;

    #[test]
    fn the_engine_looks_beside_the_importing_module() {
        let cases = [
            ("./servers/x/y", MAIN, "/servers/x/y"),
            ("./servers/x/y", "/skills/a.ts", "/skills/servers/x/y"),
            ("../servers/x", "/skills/a.ts", "/servers/x"),
            ("/servers/x", "/skills/a.ts", "/servers/x"),
            ("./b", "/skills/a.ts", "/skills/b"),
            ("servers/x", MAIN, "servers/x"),
        ];
        for (specifier, from, expect) in cases {
            assert_eq!(looked_up(specifier, from), expect, "{specifier} from {from}");
        }
    }
}
