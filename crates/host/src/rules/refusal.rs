//! Why a call is refused, for the person whose rules these are. Nothing of it reaches a script or a model.

use std::{io, iter, path::Path};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tools::{ServerName, Tool};

use super::{
    Action, Rule, Rules,
    condition::{Deciding, Verdict},
    counts::UsedUp,
    glob::exactly,
    path::Given,
};

/// Characters of a rule's name that is made of a tool's.
const NAME_CHARS_MAX: usize = 80;

/// Characters of a condition that are shown: a pattern may be long.
const WRITTEN_CHARS_MAX: usize = 120;

/// Why a call is refused and what would permit it: for the person alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// The rule's name; `None` where no rule allows the call, or it is none of the rules' doing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// Which rule it was and where it stands, as a clause: `the rule `no-mail` (narrows.json:4:7) refuses it`.
    pub why: String,
    /// What the person can write or do to permit it.
    pub permit: String,
}

impl Refusal {
    /// Of a call that could not be judged, by a fault of our own.
    pub(crate) fn unjudged() -> Self {
        Self {
            rule: None,
            why: "the rules could not be asked".to_owned(),
            permit: "try again, and report this as a bug".to_owned(),
        }
    }

    /// Of a call that a rule counts, where what was counted cannot be read or written.
    pub(super) fn uncounted(error: &io::Error, folder: &Path) -> Self {
        let folder = folder.display();
        Self {
            rule: None,
            why: format!("a rule counts it, and the counts in {folder} cannot be used: {error}"),
            permit: format!(
                "make {folder} a folder that can be written, or remove it: counting then begins anew"
            ),
        }
    }
}

/// What refused a call.
#[derive(Debug, Clone, Copy)]
pub(super) enum Why<'r> {
    /// This rule fits and refuses.
    Rule(&'r Rule),
    /// This rule looks at arguments, and these cannot be read, or mean two things at once.
    Unreadable(&'r Rule),
    /// This rule allows the call, and its count is used up.
    UsedUp(&'r Rule, UsedUp),
    /// No rule allows it, and without one nothing is. This one would, but for its conditions.
    NoRule(Option<&'r Rule>),
}

impl Why<'_> {
    pub(super) fn refusal(
        self,
        rules: &Rules,
        server: &ServerName,
        tool: &Tool,
        arguments: Given<'_>,
    ) -> Refusal {
        let of = |rule: &Rule, why, permit| Refusal { rule: Some(rule.name.clone()), why, permit };
        match self {
            Self::Rule(rule) => {
                let (why, permit) = match deciding(rule, arguments) {
                    Some(deciding) => (format!(": {}", seen(&deciding, rule)), change(&deciding, rule)),
                    None => (String::new(), leave_out(rule, tool)),
                };
                of(rule, format!("{} refuses it{why}", named(rule)), permit)
            }
            Self::Unreadable(rule) => of(
                rule,
                format!(
                    "{} looks at its arguments, and they cannot be read or have a key twice",
                    named(rule)
                ),
                "send arguments that are JSON with every key once".to_owned(),
            ),
            Self::UsedUp(rule, UsedUp { key, count }) => of(
                rule,
                format!("{} has allowed {count} calls: `\"{key}\": {count}`", named(rule)),
                format!("in {} write `\"{key}\": {}`", named(rule), count.saturating_add(1)),
            ),
            Self::NoRule(nearest) => {
                let none = "no rule allows it, and `narrows.default_rule` is `refuse`";
                let nearest = nearest.and_then(|rule| Some((rule, deciding(rule, arguments)?)));
                let (why, permit) = match nearest {
                    Some((rule, deciding)) => (
                        format!("{none}; {} does not: {}", named(rule), seen(&deciding, rule)),
                        change(&deciding, rule),
                    ),
                    None => (
                        none.to_owned(),
                        format!(
                            "add to `narrows.rules` in {}: `{}`",
                            rules.file,
                            rules.ruling_line(server.as_str(), &tool.name, Action::Allow)
                        ),
                    ),
                };
                Refusal { rule: None, why, permit }
            }
        }
    }
}

pub(super) fn named(rule: &Rule) -> String {
    format!("the rule `{}` ({})", rule.name, rule.place)
}

/// What decided, in the first condition of a rule that counts against the arguments.
pub(super) fn deciding<'r>(rule: &'r Rule, arguments: Given<'_>) -> Option<Deciding<'r>> {
    rule.arguments.iter().find_map(|condition| condition.deciding(arguments, rule.action))
}

pub(super) fn seen(Deciding { path, test, kind, verdict }: &Deciding<'_>, rule: &Rule) -> String {
    let (key, value) = test.written();
    let written = text::cut(&format!("\"{key}\": {value}"), WRITTEN_CHARS_MAX);
    match (verdict, rule.action) {
        (Verdict::Judged, Action::Ask | Action::Refuse) => format!("`{path}` is {kind} and fits `{written}`"),
        (Verdict::Judged, Action::Allow) => format!("`{path}` is {kind} and does not fit `{written}`"),
        _ => format!("`{path}` is {kind}, which `{written}` cannot judge"),
    }
}

/// The change of that condition, or of the call, after which it counts no more against such a call. Never to leave the
/// tool out of the rule: that would permit every call of it.
fn change(Deciding { path, test, verdict, .. }: &Deciding<'_>, rule: &Rule) -> String {
    let (key, value) = test.written();
    let path_written = Value::from(path.to_string());
    let written = text::cut(&format!("{path_written}: {{ \"{key}\": {value} }}"), WRITTEN_CHARS_MAX);
    match (verdict, rule.action) {
        (Verdict::Judged, Action::Ask | Action::Refuse) => {
            format!("in {} change `{written}` so that it does not fit such a call", named(rule))
        }
        (Verdict::Judged, Action::Allow) => {
            format!("in {} change `{written}` so that it fits such a call", named(rule))
        }
        (Verdict::Missing, Action::Ask | Action::Refuse) => {
            format!("give `{path}`, or name in {} only tools that take it", named(rule))
        }
        (Verdict::Missing, Action::Allow) => format!("give `{path}`"),
        (Verdict::WrongKind, _) => {
            format!("give `{path}` as {}, or correct its path in {}", test.judges(), named(rule))
        }
    }
}

/// The line that takes a tool out of a rule that refuses it whatever its arguments.
fn leave_out(rule: &Rule, tool: &Tool) -> String {
    match rule.tools.without(&tool.name) {
        Some(globs) => format!("in {} write `\"tool\": {globs}`", named(rule)),
        None => format!("remove {}, which is about nothing else", named(rule)),
    }
}

/// The change after which a rule that asks does not ask about such a call; `None` where its conditions are not why.
pub(super) fn change_of(rule: &Rule, arguments: Given<'_>) -> Option<String> {
    deciding(rule, arguments).map(|deciding| change(&deciding, rule))
}

/// What a rule asks of arguments, as it is written.
pub(super) fn tests_written(rule: &Rule) -> String {
    let each = rule.arguments.iter().flat_map(|condition| {
        let path = Value::from(condition.path.to_string());
        condition.tests.iter().map(move |test| {
            let (key, value) = test.written();
            format!("`{}`", text::cut(&format!("{path}: {{ \"{key}\": {value} }}"), WRITTEN_CHARS_MAX))
        })
    });
    each.collect::<Vec<_>>().join(" and ")
}

impl Rules {
    /// A rule after which nobody is asked about the tool.
    pub fn unasked_line(&self, server: &str, tool: &str) -> String {
        format!(
            "{{ {}, \"unasked\": true }}",
            ruling(&self.free_name(server, tool), server, tool, Action::Allow)
        )
    }

    /// The rule that says this of the tool and of nothing else.
    pub(super) fn ruling_line(&self, server: &str, tool: &str, action: Action) -> String {
        format!("{{ {} }}", ruling(&self.free_name(server, tool), server, tool, action))
    }

    /// A name for a rule about a tool that no other rule has.
    fn free_name(&self, server: &str, tool: &str) -> String {
        let base = format!("{server}-{tool}");
        let mut names = iter::once(base.clone()).chain((2..).map(|number| format!("{base}-{number}")));
        let is_free = |name: &String| self.list.iter().all(|rule| rule.name != short(name));
        names.find(is_free).unwrap_or(base)
    }
}

fn ruling(name: &str, server: &str, tool: &str, action: Action) -> String {
    let text = |text: String| Value::from(text).to_string();
    format!(
        "\"name\": {}, \"action\": \"{}\", \"server\": {}, \"tool\": {}",
        text(short(name)),
        action.as_str(),
        text(exactly(server)),
        text(exactly(tool)),
    )
}

/// A name that a rule can have: servers call their tools what they like.
fn short(name: &str) -> String {
    let plain: String = name.chars().map(|c| if tools::is_hidden(c) { '_' } else { c }).collect();
    let count = plain.chars().count();
    // The end tells numbered names apart.
    plain.chars().skip(count.saturating_sub(NAME_CHARS_MAX)).collect()
}
