//! What the configuration says about personal data: whose is hidden and how, and which tools may receive which of it.

use std::sync::Arc;

use privacy::Finder;
use secrecy::SecretString;
use tools::{ServerName, ToolId};

use super::vault::Reach;
use crate::rules::{GlobError, Names, Refusal};

/// How the personal data of a tool is dealt with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PrivacyMode {
    /// It is not looked for.
    #[default]
    Off,
    /// Scripts compute on real values; all that leaves a script is searched, and placeholders stand for what is found.
    Boundary,
    /// Scripts are given placeholders.
    Sealed,
}

/// How personal data is kept from models.
#[derive(Debug, Clone)]
pub struct PrivacySettings {
    /// The mode of tools that nothing in `modes` names.
    pub mode: PrivacyMode,
    /// The modes of some tools: of those that name a tool the first counts.
    pub modes: Vec<ToolMode>,
    /// What is looked for.
    pub finder: Arc<Finder>,
    /// Which values which tools may receive: of the rules that fit the first counts. Where none fits, a value of `boundary` is
    /// given back, and one of `sealed` is not.
    pub restore: Vec<RestoreRule>,
    /// What encrypts the vaults. `None`: a key in the data folder.
    pub key: Option<SecretString>,
    /// Where the rules stand, for messages.
    pub file: String,
}

/// The mode of some tools.
#[derive(Debug, Clone)]
pub struct ToolMode {
    /// Names of servers.
    pub servers: Names,
    /// Names of tools.
    pub tools: Names,
    /// Their mode.
    pub mode: PrivacyMode,
}

/// Whether some values may be given to some tools.
#[derive(Debug, Clone)]
pub struct RestoreRule {
    /// Names of servers.
    pub servers: Names,
    /// Names of tools.
    pub tools: Names,
    /// Fields of the arguments: `to`, `recipients[].email`. A field fits with all that is in it.
    pub fields: Names,
    /// Kinds of data: `EMAIL`.
    pub kinds: Names,
    /// Whether they may.
    pub is_allowed: bool,
    /// Where it stands: `narrows.json:12:5`.
    pub place: String,
}

/// A value that is to be given to a tool.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted<'a> {
    pub(super) tool: &'a ToolId,
    pub(super) field: &'a str,
    pub(super) kind: &'a str,
    pub(super) reach: Reach,
}

impl PrivacySettings {
    /// Standard kinds, this mode for all tools, and what follows from it.
    pub fn new(mode: PrivacyMode) -> Self {
        Self {
            mode,
            modes: Vec::new(),
            finder: Arc::new(Finder::standard()),
            restore: Vec::new(),
            key: None,
            file: String::new(),
        }
    }

    /// Whether nothing is hidden of any tool.
    pub fn is_off(&self) -> bool {
        !self.uses(PrivacyMode::Boundary) && !self.uses(PrivacyMode::Sealed)
    }

    /// What finds the personal data of a server, where it is hidden of any of its tools.
    pub fn finder_of(&self, server: &ServerName) -> Option<Arc<Finder>> {
        let is_named =
            |tools: &ToolMode| tools.mode != PrivacyMode::Off && tools.servers.take(server.as_str());
        let hides = self.mode != PrivacyMode::Off || self.modes.iter().any(is_named);
        hides.then(|| self.finder.clone())
    }

    /// Whether some tool may have this mode.
    pub(super) fn uses(&self, mode: PrivacyMode) -> bool {
        self.mode == mode || self.modes.iter().any(|tools| tools.mode == mode)
    }

    /// The mode of a tool.
    pub(super) fn mode_of(&self, tool: &ToolId) -> PrivacyMode {
        let fits =
            |tools: &&ToolMode| tools.servers.take(tool.server.as_str()) && tools.tools.take(&tool.tool);
        self.modes.iter().find(fits).map_or(self.mode, |tools| tools.mode)
    }

    /// Why a tool may not receive a value, where it may not.
    pub(super) fn refusal(&self, wanted: Wanted<'_>) -> Option<Refusal> {
        let rule = self.restore.iter().find(|rule| rule.fits(wanted));
        let is_allowed = rule.map_or(wanted.reach == Reach::Scripts, |rule| rule.is_allowed);
        if is_allowed {
            return None;
        }
        let Wanted { tool, field, kind, .. } = wanted;
        let (server, name) = (tool.server.as_str(), &tool.tool);
        let why = match rule {
            Some(rule) => format!("`narrows.privacy.restore` at {} keeps {kind} from `{field}`", rule.place),
            None => format!(
                "the value is of a `sealed` tool, and nothing in `narrows.privacy.restore` gives {kind} to `{field}`"
            ),
        };
        let permit = format!(
            "add first to `narrows.privacy.restore` in {}: `{}`",
            self.file,
            serde_json::json!({"server": server, "tool": name, "field": field, "kind": kind, "action": "allow"})
        );
        Some(Refusal { rule: None, why, permit })
    }
}

impl RestoreRule {
    /// Names of fields, from globs in which `[]` stands for the items of a list.
    pub fn fields<'a>(globs: impl IntoIterator<Item = &'a str>) -> Result<Names, (usize, GlobError)> {
        let globs: Vec<_> =
            globs.into_iter().map(|glob| glob.replace('[', "\\[").replace(']', "\\]")).collect();
        Names::new(globs.iter().map(String::as_str))
    }

    fn fits(&self, wanted: Wanted<'_>) -> bool {
        let Wanted { tool, field, kind, .. } = wanted;
        self.servers.take(tool.server.as_str())
            && self.tools.take(&tool.tool)
            && self.kinds.take(kind)
            && with_those_around(field).any(|field| self.fields.take(field))
    }
}

/// A field and those it is in: `a.b[].c`, `a.b[]`, `a.b`, `a`.
fn with_those_around(field: &str) -> impl Iterator<Item = &str> {
    let ends = field.char_indices().filter(|(_, sign)| matches!(sign, '.' | '[')).map(|(at, _)| at);
    ends.chain([field.len()]).map(|end| &field[..end]).filter(|field| !field.is_empty())
}

#[cfg(test)]
mod tests {
    use tools::ServerName;

    use super::*;

    fn names(names: &[&str]) -> Names {
        Names::new(names.iter().copied()).expect("globs")
    }

    fn rule(tool: &str, field: &str, kind: &str, is_allowed: bool) -> RestoreRule {
        RestoreRule {
            servers: names(&["mail"]),
            tools: names(&[tool]),
            fields: RestoreRule::fields([field]).expect("globs"),
            kinds: names(&[kind]),
            is_allowed,
            place: "narrows.json:3:5".to_owned(),
        }
    }

    #[test]
    fn the_first_entry_that_names_a_tool_gives_its_mode() {
        let of = |servers: &[&str], tools: &[&str], mode| ToolMode {
            servers: names(servers),
            tools: names(tools),
            mode,
        };
        let settings = PrivacySettings {
            modes: vec![
                of(&["crm"], &["get_logo"], PrivacyMode::Off),
                of(&["crm", "hr"], &["*"], PrivacyMode::Sealed),
            ],
            ..PrivacySettings::new(PrivacyMode::Boundary)
        };
        for (server, tool, expect) in [
            ("crm", "get_logo", PrivacyMode::Off),
            ("crm", "get_customer", PrivacyMode::Sealed),
            ("hr", "get_logo", PrivacyMode::Sealed),
            ("mail", "send", PrivacyMode::Boundary),
        ] {
            assert_eq!(
                settings.mode_of(&ToolId::new(ServerName::new(server), tool)),
                expect,
                "{server}/{tool}"
            );
        }
        assert!(!settings.is_off());
        assert!(PrivacySettings::new(PrivacyMode::Off).is_off());
    }

    #[test]
    fn a_value_reaches_the_fields_that_the_first_fitting_rule_names() {
        let settings = PrivacySettings {
            restore: vec![
                rule("send", "to", "EMAIL", true),
                rule("send", "recipients[].email", "*", true),
                rule("post", "*", "*", false),
            ],
            file: "narrows.json".to_owned(),
            ..PrivacySettings::new(PrivacyMode::Sealed)
        };
        let tool = |name: &str| ToolId::new(ServerName::new("mail"), name);
        let refused = |name: &str, field: &str, kind: &str, reach| {
            settings.refusal(Wanted { tool: &tool(name), field, kind, reach })
        };
        let (open, sealed) = (Reach::Scripts, Reach::NamedTools);
        for (name, field, kind, reach, expect) in [
            ("send", "to", "EMAIL", sealed, true),
            ("send", "to[]", "EMAIL", sealed, true),
            ("send", "to[].address", "EMAIL", sealed, true),
            ("send", "tone", "EMAIL", sealed, false),
            ("send", "to", "PHONE", sealed, false),
            ("send", "recipients[].email", "PHONE", sealed, true),
            ("send", "recipients[].name", "PHONE", sealed, false),
            ("send", "body", "EMAIL", open, true),
            ("post", "body", "EMAIL", open, false),
        ] {
            assert_eq!(refused(name, field, kind, reach).is_none(), expect, "{name} {field} {kind}");
        }
        let refusal = refused("send", "body", "EMAIL", sealed).expect("a refusal");
        assert_eq!(
            refusal.permit,
            r#"add first to `narrows.privacy.restore` in narrows.json: `{"server":"mail","tool":"send","field":"body","kind":"EMAIL","action":"allow"}`"#
        );
    }
}
