//! What an entry says of single tools and of approvals, in the keys of many programs. A tool that is switched off
//! there is refused here, by a rule; what Narrows does not do is named in a warning, so that nobody relies on it.

use std::collections::BTreeMap;

use host::{Action, Counts, Names, Rule, exactly};
use jsonc_parser::{
    ast::{Object, ObjectProp, Value},
    common::Ranged,
};
use tools::ServerName;

use super::{
    keys::{Setting, Texts, name_range, wrong_kind},
    text::{Problem, Source},
};

/// Lists of tools that are not to be called.
const WITHOUT: [&str; 7] = [
    "disabledTools",
    "disabled_tools",
    "excludeTools",
    "excludedTools",
    "exclude_tools",
    "disallowedTools",
    "deniedTools",
];

/// Lists of the only tools that are to be called.
const ONLY: [&str; 7] = [
    "includeTools",
    "includedTools",
    "include_tools",
    "enabledTools",
    "enabled_tools",
    "allowedTools",
    "allowed_tools",
];

/// Keys that do something elsewhere and nothing here, and what to do instead.
const UNUSED: [(&str, &str); 12] = [
    ("autoApprove", APPROVALS),
    ("alwaysAllow", APPROVALS),
    ("trust", APPROVALS),
    ("requireApproval", APPROVALS),
    ("timeout", TIMES),
    ("startup_timeout_sec", TIMES),
    ("tool_timeout_sec", TIMES),
    ("headersHelper", HEADERS),
    ("requestInit", HEADERS),
    ("authProviderType", HEADERS),
    ("sandbox", "the server is started as it is"),
    ("dev", "the server is started as it is"),
];
const APPROVALS: &str = "a rule of `narrows.rules` with `\"action\": \"ask\"` says which calls wait for a person, and one with `\"unasked\": true` which of them do not (docs/approvals.md)";
const TIMES: &str =
    "set `narrows.limits.call_seconds` and `narrows.start_timeout_seconds`, which hold for all servers";
const HEADERS: &str = "write the credential to `headers`, as in { \"Authorization\": \"Bearer ${TOKEN}\" }";

/// Whether a key of an entry lists tools that are, or are not, to be called.
pub(crate) fn switches_tools(key: &str) -> bool {
    WITHOUT.contains(&key) || ONLY.contains(&key)
}

/// The rules that an entry asks for by its lists of tools.
pub(super) fn rules(name: &ServerName, entry: &Object<'_>, source: &Source) -> Result<Vec<Rule>, Problem> {
    let without = present(entry, &WITHOUT).map(|(key, property)| {
        let globs: Vec<_> = names(key, property)?.iter().map(|tool| glob(tool)).collect();
        if globs.is_empty() { Ok(None) } else { rule(name, property, &globs, source).map(Some) }
    });
    let only = present(entry, &ONLY).map(|(key, property)| {
        let left = names(key, property)?.iter().map(|tool| format!("!{}", glob(tool))).collect::<Vec<_>>();
        rule(name, property, &[vec!["*".to_owned()], left].concat(), source).map(Some)
    });
    without.chain(only).filter_map(Result::transpose).collect()
}

fn present<'e, 'v>(
    entry: &'e Object<'v>,
    keys: &'static [&'static str],
) -> impl Iterator<Item = (&'static str, &'e ObjectProp<'v>)> {
    let found = keys.iter().filter_map(|key| Some((*key, entry.get(key)?)));
    found.filter(|(_, property)| property.value.as_null_keyword().is_none())
}

fn names(key: &str, property: &ObjectProp<'_>) -> Result<Vec<String>, Problem> {
    match &property.value {
        Value::Array(_) => {
            let Texts(texts) = Texts::read(&property.value, key)?;
            Ok(texts.into_iter().map(|text| text.raw).filter(|name| !name.is_empty()).collect())
        }
        other => Err(wrong_kind(other, key, "a list of names of tools")),
    }
}

/// The names are meant as they are written, but for `*`, which some programs know.
fn glob(tool: &str) -> String {
    exactly(tool).replace("\\*", "*")
}

fn rule(
    server: &ServerName,
    property: &ObjectProp<'_>,
    tools: &[String],
    source: &Source,
) -> Result<Rule, Problem> {
    let unusable =
        |error: (usize, host::GlobError)| Problem::new(property.value.range(), error.1.to_string());
    let servers = exactly(server.as_str());
    Ok(Rule {
        name: format!("{} of {server}", property.name.as_str()),
        place: source.place(name_range(property)),
        action: Action::Refuse,
        servers: Names::new([servers.as_str()]).map_err(unusable)?,
        tools: Names::new(tools.iter().map(String::as_str)).map_err(unusable)?,
        read_only: None,
        destructive: None,
        arguments: Vec::new(),
        counts: Counts::default(),
        unasked: false,
        repeatable: None,
    })
}

/// The keys of entries that do nothing here, by key, each with the servers that have it.
#[derive(Default)]
pub(super) struct Unused(BTreeMap<usize, Vec<String>>);

impl Unused {
    pub(super) fn note(&mut self, name: &ServerName, entry: &Object<'_>) {
        for (at, (key, _)) in UNUSED.iter().enumerate() {
            let is_off = |value: &Value<'_>| match value {
                Value::NullKeyword(_) => true,
                Value::BooleanLit(flag) => !flag.value,
                Value::Array(list) => list.elements.is_empty(),
                _ => false,
            };
            if entry.get(key).is_some_and(|property| !is_off(&property.value)) {
                self.0.entry(at).or_default().push(format!("`{name}`"));
            }
        }
    }

    /// One sentence for each key.
    pub(super) fn warnings(&self) -> impl Iterator<Item = String> {
        self.0.iter().map(|(at, servers)| {
            let (key, instead) = UNUSED[*at];
            format!("`{key}` of {} has no effect here: {instead}", servers.join(", "))
        })
    }
}
