//! Why a call is refused, for the person whose rules these are. Nothing of it reaches a script or a model.

use serde::Serialize;
use serde_json::Value;
use tools::{ServerName, Tool};

use super::{Rule, Rules, counts::UsedUp, glob::escaped};

/// Why a call is refused and what would permit it: for the person alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
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
    /// No rule allows it, and without one nothing is.
    NoRule,
}

impl Why<'_> {
    pub(super) fn refusal(self, rules: &Rules, server: &ServerName, tool: &Tool) -> Refusal {
        let named = |rule: &Rule| format!("the rule `{}` ({})", rule.name, rule.place);
        match self {
            Self::Rule(rule) => Refusal {
                rule: Some(rule.name.clone()),
                why: format!("{} refuses it", named(rule)),
                permit: format!(
                    "in the rule `{}` ({}) write `\"tool\": {}`",
                    rule.name,
                    rule.place,
                    rule.tools.without(&tool.name)
                ),
            },
            Self::Unreadable(rule) => Refusal {
                rule: Some(rule.name.clone()),
                why: format!(
                    "{} looks at its arguments, and they cannot be read or have a key twice",
                    named(rule)
                ),
                permit: "send arguments that are JSON with every key once".to_owned(),
            },
            Self::UsedUp(rule, UsedUp { key, count }) => Refusal {
                rule: Some(rule.name.clone()),
                why: format!("{} has let through {count} calls: `\"{key}\": {count}`", named(rule)),
                permit: format!(
                    "in the rule `{}` ({}) write `\"{key}\": {}`",
                    rule.name,
                    rule.place,
                    count.saturating_add(1)
                ),
            },
            Self::NoRule => Refusal {
                rule: None,
                why: "no rule allows it, and `narrows.default_rule` is `refuse`".to_owned(),
                permit: format!("add to `narrows.rules` in {}: `{}`", rules.file, allowing(server, tool)),
            },
        }
    }
}

/// The rule that allows this tool and nothing else.
fn allowing(server: &ServerName, tool: &Tool) -> String {
    let text = |text: String| Value::from(text).to_string();
    format!(
        "{{ \"name\": {}, \"action\": \"allow\", \"server\": {}, \"tool\": {} }}",
        text(format!("{server}-{}", tool.name)),
        text(escaped(server.as_str())),
        text(escaped(&tool.name)),
    )
}
