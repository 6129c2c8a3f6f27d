//! What is said of a tool that is known and not offered: to the script that names it, and to the person.

use surface::Surface;
use tools::{Held, ToolId};

use crate::rules::{Refusal, Rules};

/// A tool that was named and is not offered.
#[derive(Debug)]
pub(crate) struct NotOffered {
    pub(crate) tool: ToolId,
    /// For the script.
    pub(crate) message: String,
    /// For the person.
    pub(crate) refusal: Refusal,
}

/// All a script learns of what the rules say.
pub(crate) fn not_allowed(tool: &ToolId) -> String {
    format!("`{tool}` is not allowed")
}

/// The withheld tool at a path, `servers/slack/postMessage`, if there is one.
pub(crate) fn at(path: &str, surface: &Surface, rules: &Rules) -> Option<NotOffered> {
    told(surface.withheld_at(path)?, surface, rules)
}

/// The withheld tool of a name, if it means one; of this server where it is named apart.
pub(crate) fn named(
    server: Option<&str>,
    tool: &str,
    surface: &Surface,
    rules: &Rules,
) -> Option<NotOffered> {
    let id = match server {
        Some(server) => surface.withheld_of(server, tool),
        None => surface.withheld_named(tool),
    };
    told(id?, surface, rules)
}

/// The withheld tool that an import in the module `from` means, if it means one.
pub(crate) fn imported(
    specifier: &str,
    name: Option<&str>,
    from: &str,
    surface: &Surface,
    rules: &Rules,
) -> Option<NotOffered> {
    told(surface.withheld_import(specifier, name, from)?, surface, rules)
}

fn told(id: &ToolId, surface: &Surface, rules: &Rules) -> Option<NotOffered> {
    let withheld = surface.catalog().withheld(id)?;
    let (message, refusal) = match &withheld.held {
        Held::NotAllowed => {
            let refusal = rules.refusal_of(&id.server, &withheld.tool).unwrap_or_else(|| Refusal {
                rule: None,
                why: "the rules refuse it".to_owned(),
                permit: "change `narrows.rules`".to_owned(),
            });
            (not_allowed(id), refusal)
        }
        Held::NotAccepted { reason, remedy } => (
            format!("`{id}` is held back until a person accepts its definition"),
            Refusal { rule: None, why: reason.clone(), permit: remedy.clone() },
        ),
    };
    Some(NotOffered { tool: id.clone(), message, refusal })
}
