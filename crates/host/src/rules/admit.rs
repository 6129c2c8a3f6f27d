//! What the rules say of a call that is about to be made, where its counts count.

use std::path::Path;

use serde_json::Value;
use tools::{ServerName, Tool};

use crate::record::RunId;

use super::{
    Action, Refusal, Rule, Rules, RunCounts, Times,
    condition::Truth,
    counts::{self, Counted, Refused, UsedUp},
    now_ms,
    path::Given,
    refusal::{Why, deciding, named, seen},
    strict,
};

/// What becomes of a call that is not refused.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Ruling {
    /// It may be made.
    Allowed,
    /// It may be made when a person approves it.
    Asked(Question),
}

/// A call that the rules do not refuse.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Admitted {
    pub(crate) ruling: Ruling,
    /// The rules that counted it for its run.
    pub(crate) counted: Vec<String>,
    /// Whether twice is the same as once, where a rule that fits says so or not.
    pub(crate) repeatable: Option<bool>,
}

/// Why a person is asked about a call. For the person: neither a script nor a model learns of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// The rule's name; `None` where no rule asks.
    pub rule: Option<String>,
    /// Which rule it is and why, as a clause: `the rule `mail` (narrows.json:4:7) asks about it`.
    pub why: String,
}

impl Question {
    /// Of a call that its run holds, whatever the rules say.
    pub(crate) fn of_run() -> Self {
        let why = "its run holds calls of tools that are not marked as read-only".to_owned();
        Self { rule: None, why }
    }

    /// Of a call that is not on the list of an approved plan.
    pub(crate) fn of_plan(plan: &RunId) -> Self {
        let why = format!("it is not on the list of the plan `{plan}`, or not where the list has it");
        Self { rule: None, why }
    }

    pub(super) fn by(rule: &Rule, arguments: Given<'_>) -> Self {
        let why = deciding(rule, arguments).map(|deciding| format!(": {}", seen(&deciding, rule)));
        let why = format!("{} asks about it{}", named(rule), why.unwrap_or_default());
        Self { rule: Some(rule.name.clone()), why }
    }

    fn used_up(rule: &Rule, UsedUp { key, count }: UsedUp) -> Self {
        let why =
            format!("{} has let {count} calls through without asking: `\"{key}\": {count}`", named(rule));
        Self { rule: Some(rule.name.clone()), why }
    }

    pub(super) fn by_default() -> Self {
        let why = "no rule fits it, and `narrows.default_rule` is `ask`".to_owned();
        Self { rule: None, why }
    }
}

/// The rules that fit a call and do not refuse it, with their places in the list.
pub(super) struct Fitting<'r> {
    pub(super) allowing: Vec<(usize, &'r Rule)>,
    /// None where one that allows says that nobody is asked.
    pub(super) asking: Vec<(usize, &'r Rule)>,
    /// The rule that says whether a call may be repeated, and what it says.
    pub(super) repeating: Option<(&'r Rule, bool)>,
}

impl Rules {
    /// Whether the call may be made, or a person is to be asked; counts it if so, and names the rules that counted it for
    /// its run. `arguments` is what will be sent, an object. Without `times` nothing is counted but for the run.
    pub(crate) fn admit(
        &self,
        server: &ServerName,
        tool: &Tool,
        arguments: &str,
        run: &RunCounts,
        times: Option<&Times>,
    ) -> Result<Admitted, Refusal> {
        if self.list.is_empty() && self.otherwise == Action::Allow {
            return Ok(Admitted { ruling: Ruling::Allowed, counted: Vec::new(), repeatable: None });
        }
        let refused = |why: Why<'_>, given| why.refusal(self, server, tool, given);
        let decoded = self.decoded(server, tool, arguments).map_err(|why| refused(why, Given::Whatever))?;
        let given = Given::Sent(&decoded);
        if let Some(why) = self.strictest(server, tool, given) {
            return Err(refused(why, given));
        }
        let fitting = self.fitting(server, tool, given);
        let (ruling, counted) = self.count(&fitting, given, run, times).map_err(|error| match error {
            Refused::UsedUp(at, used_up) => refused(Why::UsedUp(&self.list[at], used_up), given),
            Refused::Times(error) => Refusal::uncounted(&error, times.map_or(Path::new(""), Times::folder)),
        })?;
        Ok(Admitted { ruling, counted, repeatable: fitting.repeating.map(|(_, repeatable)| repeatable) })
    }

    /// The arguments, where a rule looks at them.
    pub(super) fn decoded(
        &self,
        server: &ServerName,
        tool: &Tool,
        arguments: &str,
    ) -> Result<Value, Why<'_>> {
        match self.about(server, tool).find(|(_, rule)| !rule.arguments.is_empty()) {
            None => Ok(Value::Null),
            Some((_, rule)) => strict::read(arguments).map_err(|_| Why::Unreadable(rule)),
        }
    }

    pub(super) fn fitting(&self, server: &ServerName, tool: &Tool, given: Given<'_>) -> Fitting<'_> {
        let fits =
            |(_, rule): &(usize, &Rule)| rule.action != Action::Refuse && rule.holds(given) == Truth::Yes;
        let (allowing, mut asking): (Vec<_>, Vec<_>) =
            self.about(server, tool).filter(fits).partition(|(_, rule)| rule.action == Action::Allow);
        // As with everything that rules say, the stricter one counts.
        let says = allowing.iter().chain(&asking).filter_map(|(_, rule)| Some((*rule, rule.repeatable?)));
        let repeating = says.min_by_key(|(_, repeatable)| *repeatable);
        if allowing.iter().any(|(_, rule)| rule.unasked) {
            asking.clear();
        }
        Fitting { allowing, asking, repeating }
    }

    /// Why a person is asked, counts aside.
    pub(super) fn question(&self, fitting: &Fitting<'_>, given: Given<'_>) -> Option<Question> {
        match fitting.asking.iter().find(|(_, rule)| rule.counts.is_none()) {
            Some((_, rule)) => Some(Question::by(rule, given)),
            None if self.otherwise == Action::Ask && fitting.is_empty() => Some(Question::by_default()),
            None => None,
        }
    }

    fn count(
        &self,
        fitting: &Fitting<'_>,
        given: Given<'_>,
        run: &RunCounts,
        times: Option<&Times>,
    ) -> Result<(Ruling, Vec<String>), Refused> {
        let allowing = self.counted(&fitting.allowing);
        let take = |counted: &[Counted<'_>]| {
            counts::take(counted, run, times, now_ms())?;
            Ok(counted
                .iter()
                .filter(|one| one.counts.per_run.is_some())
                .map(|one| self.list[one.at].name.clone())
                .collect())
        };
        if let Some(question) = self.question(fitting, given) {
            return Ok((Ruling::Asked(question), take(&allowing)?));
        }
        let all = [allowing.as_slice(), &self.counted(&fitting.asking)].concat();
        match take(&all) {
            Ok(names) => Ok((Ruling::Allowed, names)),
            Err(Refused::UsedUp(at, used_up)) if self.list[at].action == Action::Ask => {
                let names = take(&allowing)?;
                Ok((Ruling::Asked(Question::used_up(&self.list[at], used_up)), names))
            }
            Err(refused) => Err(refused),
        }
    }

    /// Counts a call that was made before its run was taken up, by the names of the rules that counted it.
    pub(crate) fn recount(&self, names: &[String], run: &RunCounts) {
        let counted = self.list.iter().enumerate().filter(|(_, rule)| names.contains(&rule.name));
        counted.for_each(|(at, _)| run.add(at));
    }

    fn counted<'r>(&'r self, rules: &[(usize, &'r Rule)]) -> Vec<Counted<'r>> {
        let counted = rules.iter().filter(|(_, rule)| !rule.counts.is_none());
        counted.map(|&(at, rule)| Counted { at, name: &self.counted_as[at], counts: &rule.counts }).collect()
    }
}

impl Fitting<'_> {
    pub(super) fn is_empty(&self) -> bool {
        self.allowing.is_empty() && self.asking.is_empty()
    }
}
