//! What would become of a call, for the person whose rules these are: nothing is counted, and nobody asked.

use serde::Serialize;
use tools::{ServerName, Tool};

use super::{
    Action, Question, Refusal, Rule, Rules,
    admit::Fitting,
    is_read_only, is_repeatable_by_hint,
    path::Given,
    refusal::{Why, change_of, named, tests_written},
};

/// What the rules say of a call, why, and what would alter it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// What becomes of the call.
    pub action: Action,
    /// The rule that decides; `None` where none does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// Why, as a clause.
    pub why: String,
    /// The nearest change after which something else becomes of it.
    pub change: String,
    /// The counts that such a call is held to, as they stand in the rules.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub counts: Vec<String>,
    /// Whether a run that is taken up makes such a call again of which it is not known whether it was made, and why; `None` of
    /// a call that is refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repeatable: Option<Repeatable>,
}

/// Whether a call, made twice, does the same as made once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Repeatable {
    /// Whether it does.
    pub is: bool,
    /// Who says so, as a clause.
    pub why: String,
}

impl Rules {
    /// What would become of a call with these arguments.
    pub fn explain(&self, server: &ServerName, tool: &Tool, arguments: &str) -> Explanation {
        let refused = |why: Why<'_>, given| Explanation::refused(why.refusal(self, server, tool, given));
        let decoded = match self.decoded(server, tool, arguments) {
            Ok(decoded) => decoded,
            Err(why) => return refused(why, Given::Whatever),
        };
        let given = Given::Sent(&decoded);
        if let Some(why) = self.strictest(server, tool, given) {
            return refused(why, given);
        }
        let fitting = self.fitting(server, tool, given);
        let counts = fitting.counts();
        let repeatable = Some(Repeatable::of(&fitting, tool));
        match self.question(&fitting, given) {
            Some(Question { rule, why }) => {
                let asking = fitting.asking.iter().find(|(_, asking)| rule.as_ref() == Some(&asking.name));
                let change = match asking {
                    Some((_, rule)) => change_of(rule, given)
                        .unwrap_or_else(|| self.add(&self.unasked_line(server.as_str(), &tool.name))),
                    None => self.add(&self.ruling_line(server.as_str(), &tool.name, Action::Allow)),
                };
                Explanation { action: Action::Ask, rule, why, change, counts, repeatable }
            }
            None => {
                let (rule, why) = self.permitting(&fitting);
                let change = self.against(server, tool, &fitting);
                Explanation { action: Action::Allow, rule, why, change, counts, repeatable }
            }
        }
    }

    /// The nearest change after which a call that is permitted is asked about or refused.
    fn against(&self, server: &ServerName, tool: &Tool, fitting: &Fitting<'_>) -> String {
        match fitting.unasked() {
            Some(rule) => {
                format!("leave `\"unasked\": true` out of {}, so that rules can ask about it", named(rule))
            }
            None => self
                .nearest_against(server, tool)
                .unwrap_or_else(|| self.add(&self.ruling_line(server.as_str(), &tool.name, Action::Ask))),
        }
    }

    /// Which rule permits a call, and why.
    fn permitting(&self, fitting: &Fitting<'_>) -> (Option<String>, String) {
        let first = fitting.allowing.first().or(fitting.asking.first()).map(|(_, rule)| *rule);
        match fitting.unasked().or(first) {
            Some(rule) if rule.action == Action::Ask => {
                let why = format!("{} lets some calls through without asking", named(rule));
                (Some(rule.name.clone()), why)
            }
            Some(rule) => (Some(rule.name.clone()), format!("{} allows it", named(rule))),
            None => (None, "no rule fits it, and `narrows.default_rule` is `allow`".to_owned()),
        }
    }

    /// What would make the first rule fit that is about the tool and stricter, if there is one.
    fn nearest_against(&self, server: &ServerName, tool: &Tool) -> Option<String> {
        let strict = |rule: &&Rule| rule.action != Action::Allow && !rule.arguments.is_empty();
        let rule = self.about(server, tool).map(|(_, rule)| rule).find(strict)?;
        let verb = if rule.action == Action::Ask { "asks about" } else { "refuses" };
        Some(format!("{} {verb} calls with {}", named(rule), tests_written(rule)))
    }

    fn add(&self, line: &str) -> String {
        format!("add to `narrows.rules` in {}: `{line}`", self.file)
    }
}

impl Explanation {
    fn refused(Refusal { rule, why, permit }: Refusal) -> Self {
        Self { action: Action::Refuse, rule, why, change: permit, counts: Vec::new(), repeatable: None }
    }
}

impl Repeatable {
    fn of(fitting: &Fitting<'_>, tool: &Tool) -> Self {
        match fitting.repeating {
            Some((rule, is)) => Self { is, why: format!("{} says `\"repeatable\": {is}`", named(rule)) },
            None if is_read_only(tool) => {
                Self { is: true, why: "its tool is marked as read-only".to_owned() }
            }
            None if is_repeatable_by_hint(tool) => {
                Self { is: true, why: "its tool is marked as idempotent".to_owned() }
            }
            None => {
                let why = "neither its tool nor a rule says that twice is the same as once".to_owned();
                Self { is: false, why }
            }
        }
    }
}

impl<'r> Fitting<'r> {
    /// The rule by which nobody is asked.
    fn unasked(&self) -> Option<&'r Rule> {
        self.allowing.iter().map(|(_, rule)| *rule).find(|rule| rule.unasked)
    }

    fn counts(&self) -> Vec<String> {
        let rules = self.allowing.iter().chain(&self.asking);
        rules
            .flat_map(|(_, rule)| {
                rule.counts.written().map(|(key, count)| format!("`\"{key}\": {count}` in {}", named(rule)))
            })
            .collect()
    }
}
