//! What an import specifier means, and whether the names taken from it exist.

use text::nearest;
use tools::ToolId;
use wire::{Import, ImportedName, Position};

use super::{Findings, Found, Known};
use crate::{rules::Refusal, waiting, withheld};

/// Modules the engine itself has.
const BUILTINS: [&str; 2] = ["narrows", "@anthropic/code-execution"];

/// What the built-in module exports.
const BUILTIN_NAMES: [&str; 15] = [
    "fs",
    "searchTools",
    "callMCPTool",
    "contentOf",
    "readResource",
    "toolRegistry",
    "results",
    "checkpoint",
    "privacy",
    "ToolError",
    "PermissionError",
    "NetworkError",
    "UnknownOutcomeError",
    "LimitError",
    "default",
];

/// Names under which Node has files: here all mean the global `fs`, which is named as in `node:fs/promises`.
const FILES: [&str; 4] = ["fs", "node:fs", "fs/promises", "node:fs/promises"];

/// What those modules export.
const FILE_NAMES: [&str; 17] = [
    "readFile",
    "writeFile",
    "appendFile",
    "readdir",
    "exists",
    "access",
    "stat",
    "lstat",
    "mkdir",
    "rm",
    "rmdir",
    "unlink",
    "rename",
    "copyFile",
    "constants",
    "promises",
    "default",
];

/// The source of such a module. The functions that cannot be had are not exported by name, but there to say so.
pub(crate) fn files_module() -> String {
    let names = FILE_NAMES.iter().filter(|name| **name != "default");
    let waiting =
        ["readFileSync", "writeFileSync", "appendFileSync", "readdirSync", "existsSync", "statSync"];
    let more = ["mkdirSync", "rmSync", "unlinkSync", "createReadStream", "createWriteStream"];
    let names: Vec<_> = names.copied().chain(waiting).chain(more).collect();
    format!(
        "import {{ fs }} from 'narrows';\nexport default fs;\nexport const {{ {} }} = fs;",
        names.join(", ")
    )
}

/// What a specifier means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Resolved {
    /// A module of the engine.
    Builtin,
    /// Files, by a name Node has for them.
    Files,
    /// A module below `/servers`, by its path with ending.
    Server(String),
    /// A skill, by its name.
    Skill(String),
}

/// Why a specifier means nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unresolved {
    pub(crate) message: String,
    pub(crate) hint: Option<String>,
    /// It means something that is not allowed: why, for the person.
    pub(crate) refusal: Option<Refusal>,
}

impl Unresolved {
    fn new(message: String, hint: Option<String>) -> Self {
        Self { message, hint, refusal: None }
    }

    fn found(self, at: Position) -> Found {
        let Self { message, hint, refusal } = self;
        Found { message, hint, refusal, at }
    }
}

/// What a specifier means in the module `from` (`/main.ts`, `/skills/report.ts`), or what is wrong with it.
pub(crate) fn resolve(specifier: &str, known: &Known<'_>) -> Result<Resolved, Unresolved> {
    if BUILTINS.contains(&specifier) {
        return Ok(Resolved::Builtin);
    }
    if FILES.contains(&specifier) {
        return Ok(Resolved::Files);
    }
    if let Some(skill) = skill_named(specifier, known.from) {
        return known_skill(specifier, skill, known.skills);
    }
    if let Some(module) = server_meant(specifier, known) {
        let hint = format!("write `{module}`");
        return Err(Unresolved::new(format!("`{specifier}` does not exist here"), Some(hint)));
    }
    if let Some(instead) = instead_of(specifier) {
        return Err(Unresolved::new(format!("`{specifier}` does not exist here"), Some(instead.to_owned())));
    }
    if let Some(hint) = file_of_the_workspace(specifier) {
        return Err(Unresolved::new(format!("`{specifier}` cannot be imported"), Some(hint)));
    }
    // What a skill imports is written as in a script: from the root.
    let from = if known.from.starts_with("/skills/") { "/main.ts" } else { known.from };
    known.surface.resolve(specifier, from).map(Resolved::Server).map_err(|unknown| {
        match withheld::imported(specifier, None, from, known.surface, known.rules) {
            Some(withheld) => {
                Unresolved { refusal: Some(withheld.refusal), ..Unresolved::new(withheld.message, None) }
            }
            None => Unresolved::new(unknown.what, text::did_you_mean(&unknown.did_you_mean)),
        }
    })
}

/// The tool a function imported by this specifier and name calls.
pub(crate) fn tool_of<'a>(specifier: &str, name: &str, known: &Known<'a>) -> Option<&'a ToolId> {
    let Ok(Resolved::Server(module)) = resolve(specifier, known) else { return None };
    let exports = known.surface.exports(&module)?;
    let name = *exports.iter().find(|export| **export == name)?;
    let module = module.strip_prefix('/')?;
    match module.strip_suffix("/index.ts") {
        Some(folder) => known.surface.tool_at(&format!("{folder}/{name}")),
        None => known.surface.tool_at(module.strip_suffix(".ts")?),
    }
}

pub(super) fn check_import(import: &Import, known: &Known<'_>, findings: &mut Findings) {
    findings.problems.extend(wrong_with(import, known));
}

/// An import of which nothing is used is left out, so what is wrong with it stops nothing.
pub(super) fn check_unused(import: &Import, known: &Known<'_>, findings: &mut Findings) {
    // What begins with a capital may be one of the types that stand beside the functions.
    let may_be_a_type = |name: &ImportedName| name.imported.starts_with(char::is_uppercase);
    let names = import.names.iter().filter(|name| !may_be_a_type(name)).cloned().collect();
    let found = wrong_with(&Import { names, ..import.clone() }, known).into_iter();
    findings.warnings.extend(found.map(|found| warning(found.at, &found.message, found.hint)));
}

fn wrong_with(import: &Import, known: &Known<'_>) -> Vec<Found> {
    let exports: Vec<&str> = match resolve(&import.specifier, known) {
        Err(unresolved) => return vec![unresolved.found(import.at)],
        // Only the parser knows what a skill exports: it is asked when the skill is loaded.
        Ok(Resolved::Skill(_)) => return Vec::new(),
        Ok(Resolved::Builtin) => BUILTIN_NAMES.to_vec(),
        Ok(Resolved::Files) => FILE_NAMES.to_vec(),
        Ok(Resolved::Server(path)) => match known.surface.exports(&path) {
            Some(exports) => exports,
            None => return Vec::new(),
        },
    };
    let Import { specifier, names, .. } = import;
    let wrong = names.iter().filter_map(|name| {
        if name.imported == "default" && !exports.contains(&"default") && exports.len() > 1 {
            let found = Found::new(name.at, format!("`{specifier}` has no default export"));
            return Some(found.hint(format!("write `import * as {} from '{specifier}'`", name.local)));
        }
        let is_missing = name.imported != "*" && !exports.contains(&name.imported.as_str());
        is_missing.then(|| missing_export(specifier, &name.imported, name.at, &exports, known))
    });
    wrong.collect()
}

/// A function that is called as a member of its module and that the module does not export.
pub(super) fn check_member(
    specifier: &str,
    name: &str,
    at: Position,
    imports: &[Import],
    known: &Known<'_>,
    findings: &mut Findings,
) {
    let takes = |wanted: &str| {
        let of_module = imports.iter().filter(|import| import.specifier == specifier);
        of_module.flat_map(|import| &import.names).any(|taken| taken.imported == wanted)
    };
    let Ok(Resolved::Server(path)) = resolve(specifier, known) else { return };
    let Some(exports) = known.surface.exports(&path) else { return };
    // A name taken by itself is checked where it is taken.
    if exports.contains(&name) || takes(name) {
        return;
    }
    let found = missing_export(specifier, name, at, &exports, known);
    if takes("*") {
        findings.problems.push(found);
    } else {
        // What was loaded by `import()` may have been tried out.
        findings.warnings.push(warning(at, &found.message, found.hint));
    }
}

fn missing_export(specifier: &str, name: &str, at: Position, exports: &[&str], known: &Known<'_>) -> Found {
    match withheld::imported(specifier, Some(name), known.from, known.surface, known.rules) {
        Some(withheld) => Found::not_offered(at, withheld),
        None => match (failure(specifier, known), waiting::instead_of(name)) {
            (Some(reason), _) if exports.is_empty() => {
                without_tools(specifier, at).hint(format!("its server cannot be reached: {reason}"))
            }
            (_, Some(instead)) => {
                Found::new(at, format!("`{specifier}` does not export `{name}`")).hint(instead)
            }
            _ => unknown_export(specifier, name, at, exports),
        },
    }
}

/// Why the server that an import means has failed.
fn failure(specifier: &str, known: &Known<'_>) -> Option<String> {
    let Ok(Resolved::Server(module)) = resolve(specifier, known) else { return None };
    known.surface.failure_of(&module)
}

fn without_tools(specifier: &str, at: Position) -> Found {
    Found::new(at, format!("`{specifier}` has no tools now"))
}

/// An import that need not work: a dynamic one may be caught by the script.
pub(super) fn check_doubtful(specifier: &str, at: Position, known: &Known<'_>, findings: &mut Findings) {
    if let Err(Unresolved { message, hint, .. }) = resolve(specifier, known) {
        findings.warnings.push(warning(at, &message, hint));
    }
}

fn warning(at: Position, message: &str, hint: Option<String>) -> String {
    let hint = hint.map(|hint| format!("; {hint}")).unwrap_or_default();
    format!("line {}: {message}{hint}", at.line)
}

/// A name that a module does not export, and what may be meant.
pub(crate) fn unknown_export(specifier: &str, name: &str, at: Position, exports: &[&str]) -> Found {
    if name == "default" {
        let example = exports.first().copied().unwrap_or("name");
        return Found::new(at, format!("`{specifier}` has no default export"))
            .hint(format!("write `import {{ {example} }} from '{specifier}'`"));
    }
    if exports.is_empty() {
        return without_tools(specifier, at).hint("its server cannot be reached, or offers none");
    }
    let found = Found::new(at, format!("`{specifier}` does not export `{name}`"));
    match nearest(name, exports.iter().copied()) {
        Some(close) => found.hint(format!("did you mean `{close}`?")),
        None if exports.len() <= 16 => found.hint(format!("it exports {}", text::named(exports))),
        None => found.hint(format!("`await fs.readdir('{specifier}')` lists what it has")),
    }
}

fn known_skill(specifier: &str, skill: &str, skills: &[String]) -> Result<Resolved, Unresolved> {
    if skills.iter().any(|known| known == skill) {
        return Ok(Resolved::Skill(skill.to_owned()));
    }
    let hint = match nearest(skill, skills.iter().map(String::as_str)) {
        Some(close) => format!("did you mean `./skills/{close}`?"),
        None if skills.is_empty() => "no skill has been saved".to_owned(),
        None => "`await fs.readdir('/skills')` lists what there is".to_owned(),
    };
    Err(Unresolved::new(format!("there is no skill `{skill}` (`{specifier}`)"), Some(hint)))
}

/// The skill a specifier names, if it names one: `./skills/x` anywhere; inside a skill the one beside it, which is `./x` for a skill
/// of one file and `../x` for a folder.
pub(crate) fn skill_named<'a>(specifier: &'a str, from: &str) -> Option<&'a str> {
    let path = specifier.trim_start_matches("../");
    let path = path.strip_prefix("./").or_else(|| path.strip_prefix('/')).unwrap_or(path);
    let beside = match from.strip_prefix("/skills/") {
        Some(file) if file.contains('/') => specifier.starts_with("../"),
        Some(_) => specifier.starts_with("./"),
        None => false,
    };
    let name = match path.strip_prefix("skills/") {
        Some(name) => name,
        None if beside => path,
        None => return None,
    };
    let name = name.strip_suffix(".ts").or_else(|| name.strip_suffix(".js")).unwrap_or(name);
    let name = name.strip_suffix("/index").unwrap_or(name);
    (!name.is_empty() && !name.contains('/')).then_some(name)
}

/// The module of a server that is imported by its name alone, as packages are: `slack`, `@servers/slack`, `./slack`.
fn server_meant(specifier: &str, known: &Known<'_>) -> Option<String> {
    if specifier.contains("servers/") && !specifier.starts_with('@') {
        return None;
    }
    let name = specifier.rsplit(['/', ':']).next()?;
    let module = format!("./servers/{name}");
    known.surface.resolve(&module, "/main.ts").is_ok().then_some(module)
}

/// What to do with a file that is neither a server's nor a skill, as the workspace has them: `./lib/util`, `./data.json`.
fn file_of_the_workspace(specifier: &str) -> Option<String> {
    let above = specifier.trim_start_matches("../");
    let path = above.strip_prefix('/').or_else(|| above.strip_prefix("./"));
    let path = path.or((above != specifier).then_some(above))?;
    let path = path.strip_prefix("workspace/").unwrap_or(path);
    if path.is_empty()
        || path.starts_with("..")
        || ["servers", "skills"].contains(&path.split(['/', '.']).next()?)
    {
        return None;
    }
    let file = path.rsplit('/').next()?;
    let (stem, ending) = file.rsplit_once('.').unwrap_or((file, ""));
    Some(match ending {
        "" | "ts" | "js" | "mts" | "mjs" | "cts" | "cjs" | "tsx" | "jsx" => {
            let name = if stem.is_empty() { "NAME" } else { stem };
            let source = if ending.is_empty() { format!("{path}.ts") } else { path.to_owned() };
            format!(
                "scripts import servers and skills only: save the file as a skill, `narrows skill add {name} {source}`, \
                 and import `./skills/{name}`"
            )
        }
        "json" => format!(
            "scripts import servers and skills only: write `JSON.parse(await fs.readFile('/workspace/{path}', 'utf-8'))`"
        ),
        _ => format!(
            "scripts import servers and skills only: write `await fs.readFile('/workspace/{path}', 'utf-8')`"
        ),
    })
}

/// What to use instead of modules that scripts elsewhere have.
pub(crate) fn instead_of(specifier: &str) -> Option<&'static str> {
    let name = specifier.strip_prefix("node:").unwrap_or(specifier);
    let name = name.split('/').next().unwrap_or(name);
    Some(match name {
        "fs" | "fs-extra" => "`fs` is a global here: `await fs.readFile('/workspace/data.csv', 'utf-8')`",
        "path" | "os" | "url" | "util" | "events" | "stream" | "buffer" | "assert" | "readline" => {
            "there is no Node here; use what JavaScript itself has (`URL`, `TextEncoder`, template strings)"
        }
        "crypto" => "`crypto.randomUUID()` and `crypto.subtle.digest` are globals here",
        "http" | "https" | "net" | "tls" | "dns" | "axios" | "node-fetch" | "got" | "undici" => {
            "the network cannot be reached from here; call a tool: `await searchTools(\"…\")` finds one"
        }
        "child_process" | "worker_threads" | "cluster" | "vm" | "process" => {
            "processes cannot be started from here; call a tool"
        }
        "timers" => "`setTimeout` is a global here",
        _ if specifier.starts_with("node:") => "there is no Node here",
        _ if is_client(specifier) => "`callMCPTool` is a global here: leave the import out",
        _ if specifier.contains("://") || specifier.starts_with("npm:") || specifier.starts_with("jsr:") => {
            "only `./servers/…`, `./skills/…` and `narrows` can be imported"
        }
        _ if !specifier.starts_with(['.', '/']) && !name.starts_with("servers") => {
            "there are no packages here; only `./servers/…`, `./skills/…` and `narrows` can be imported"
        }
        _ => return None,
    })
}

/// The client that published examples of code mode import beside their servers: `../../../client.js`.
fn is_client(specifier: &str) -> bool {
    let file = specifier.rsplit('/').next().unwrap_or(specifier);
    let stem = file.strip_suffix(".js").or_else(|| file.strip_suffix(".ts")).unwrap_or(file);
    specifier.starts_with('.')
        && !specifier.contains("servers/")
        && ["client", "callMCPTool", "mcp-client"].contains(&stem)
}
