//! Rules: which tools may be called, with which arguments, how often, and which calls a person is asked about.
//!
//! The strictest rule that fits decides: one that refuses wins over those that ask, and one that asks over those that
//! allow, but for what a person was asked about once and for all. A rule that cannot be judged counts against the call. What the rules say of a call is asked in one place, `broker::call`; what they say of a tool whatever
//! its arguments decides what scripts are offered at all. Pure, but for the counts, which all processes on one data
//! folder keep together.
//!
//! A refusal has two halves. The script and the model learn that a call is not allowed; which rule it was, and
//! what line of the configuration would permit it, is for the person: see [`Refusal`].

mod admit;
mod condition;
mod counts;
mod explained;
mod glob;
mod path;
mod refusal;
mod strict;
mod times;

use std::sync::Arc;

use serde::Serialize;
use tools::{Catalog, Held, Server, ServerName, Tool, WithheldTool};
use wire::Literal;

use condition::{Truth, all, any};
use path::Given;
use refusal::Why;

pub use admit::Question;
pub(crate) use admit::{Admitted, Ruling};
pub use condition::{Condition, Test, pattern};
pub(crate) use counts::RunCounts;
pub use counts::{COUNT_MAX, Counts};
pub use explained::{Explanation, Repeatable};
pub use glob::{GlobError, Names, exactly};
pub use path::{ArgumentPath, PathError};
pub use refusal::Refusal;
pub(crate) use times::{Times, now_ms};

/// What a rule says of the calls it fits. The order is that of strictness.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// They may be made.
    #[default]
    Allow,
    /// They may be made when a person has approved them.
    Ask,
    /// They may not.
    Refuse,
}

impl Action {
    /// The word, as in a rule.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Ask => "ask",
            Self::Refuse => "refuse",
        }
    }
}

/// One rule.
#[derive(Debug, Clone)]
pub struct Rule {
    /// What people call it.
    pub name: String,
    /// Where it is written, for people: `narrows.json:12:5`.
    pub place: String,
    /// What it says.
    pub action: Action,
    /// The servers it is about, by their names in the configuration.
    pub servers: Names,
    /// Their tools it is about, by the names their servers give them.
    pub tools: Names,
    /// Only tools that are, or are not, marked as changing nothing.
    pub read_only: Option<bool>,
    /// Only tools that may, or may not, destroy something: unmarked ones may.
    pub destructive: Option<bool>,
    /// Only calls whose arguments fulfil all of these.
    pub arguments: Vec<Condition>,
    /// How many calls it lets through, in a rule that allows; and how many without asking, in one that asks.
    pub counts: Counts,
    /// Whether it lets calls through that others ask about; only of use in a rule that allows.
    pub unasked: bool,
    /// Whether such a call, made twice, does the same as made once; where the rule says nothing of it, the tool's hints do.
    pub repeatable: Option<bool>,
}

/// All rules in force.
#[derive(Debug, Default)]
pub struct Rules {
    list: Vec<Rule>,
    /// What holds where no rule fits.
    otherwise: Action,
    /// The configuration, for people.
    file: String,
    /// What each rule is called by those who count: names are the configuration's own.
    counted_as: Vec<String>,
}

/// What the rules say of a tool before there is a call.
#[derive(Debug)]
enum Standing<'r> {
    /// Every call is refused.
    Refused(Why<'r>),
    /// It depends, or all may be made.
    Open,
}

impl Rules {
    /// Rules in the order they are written in `file`, and what holds where none fits.
    pub fn new(list: Vec<Rule>, otherwise: Action, file: impl Into<String>) -> Self {
        let file = file.into();
        let counted_as = list.iter().map(|rule| format!("{}\n{file}", rule.name)).collect();
        Self { list, otherwise, file, counted_as }
    }

    /// The rules, as written.
    pub fn list(&self) -> &[Rule] {
        &self.list
    }

    /// What holds where no rule fits.
    pub fn otherwise(&self) -> Action {
        self.otherwise
    }

    /// The catalog as scripts are offered it: tools that no call of can be allowed are withheld.
    pub fn offered(&self, catalog: &Arc<Catalog>) -> Arc<Catalog> {
        if self.list.is_empty() && self.otherwise == Action::Allow {
            return catalog.clone();
        }
        Arc::new(Catalog::new(catalog.servers().iter().map(|server| self.offered_of(server))))
    }

    fn offered_of(&self, server: &Arc<Server>) -> Arc<Server> {
        let is_refused = |tool: &Tool| matches!(self.standing(&server.name, tool), Standing::Refused(_));
        if !server.tools.iter().any(|tool| is_refused(tool)) {
            return server.clone();
        }
        let mut server = Server::clone(server);
        let (refused, offered) = server.tools.drain(..).partition(|tool| is_refused(tool));
        let refused: Vec<Arc<Tool>> = refused;
        server.tools = offered;
        let withheld = refused.into_iter().map(|tool| WithheldTool { tool, held: Held::NotAllowed });
        server.withheld.extend(withheld);
        Arc::new(server)
    }

    /// Why every call of a tool is refused; nothing when that depends on the call, or all are allowed.
    pub fn refusal_of(&self, server: &ServerName, tool: &Tool) -> Option<Refusal> {
        match self.standing(server, tool) {
            Standing::Refused(why) => Some(why.refusal(self, server, tool, Given::Whatever)),
            Standing::Open => None,
        }
    }

    /// Why a call with these arguments is surely refused, as far as a script says them literally.
    pub(crate) fn refusal_of_literal(
        &self,
        server: &ServerName,
        tool: &Tool,
        arguments: &Literal,
    ) -> Option<Refusal> {
        let arguments = Given::Literally(arguments);
        let why = self.strictest(server, tool, arguments)?;
        Some(why.refusal(self, server, tool, arguments))
    }

    /// Whether what the rules say of this tool depends on its arguments.
    pub(crate) fn look_at_arguments(&self, server: &ServerName, tool: &Tool) -> bool {
        self.about(server, tool).any(|(_, rule)| !rule.arguments.is_empty())
    }

    /// Why a call is refused for certain, counts aside: a rule that refuses fits, or nothing can allow it.
    fn strictest(&self, server: &ServerName, tool: &Tool, arguments: Given<'_>) -> Option<Why<'_>> {
        let about = || self.about(server, tool).map(|(_, rule)| rule);
        let refuses = |rule: &&Rule| rule.action == Action::Refuse;
        if let Some(rule) = about().filter(refuses).find(|rule| rule.holds(arguments) == Truth::Yes) {
            return Some(Why::Rule(rule));
        }
        // One that asks leaves it to a person, who may permit the call.
        let mut others = about().filter(|rule| !refuses(rule));
        let permitted = || any(about().filter(|rule| !refuses(rule)).map(|rule| rule.holds(arguments)));
        let is_refused = self.otherwise == Action::Refuse && permitted() == Truth::No;
        is_refused.then(|| Why::NoRule(others.next()))
    }

    fn standing(&self, server: &ServerName, tool: &Tool) -> Standing<'_> {
        self.strictest(server, tool, Given::Whatever).map_or(Standing::Open, Standing::Refused)
    }

    /// The rules that are about a tool, with their places in the list.
    fn about<'r>(&'r self, server: &ServerName, tool: &Tool) -> impl Iterator<Item = (usize, &'r Rule)> {
        self.list.iter().enumerate().filter(move |(_, rule)| rule.is_about(server, tool))
    }
}

impl Rule {
    /// Whether the rule is about a tool at all.
    pub fn is_about(&self, server: &ServerName, tool: &Tool) -> bool {
        let read_only = is_read_only(tool);
        // The protocol's own default: what is not marked may destroy.
        let destructive = !read_only && tool.annotations.destructive.unwrap_or(true);
        self.read_only.is_none_or(|wanted| wanted == read_only)
            && self.destructive.is_none_or(|wanted| wanted == destructive)
            && self.servers.take(server.as_str())
            && self.tools.take(&tool.name)
    }

    fn holds(&self, arguments: Given<'_>) -> Truth {
        all(self.arguments.iter().map(|condition| condition.of(arguments, self.action)))
    }
}

/// Whether a tool is marked as changing nothing. Hints of a stranger: of two that contradict each other the worse one
/// counts.
pub(crate) fn is_read_only(tool: &Tool) -> bool {
    tool.annotations.read_only == Some(true) && tool.annotations.destructive != Some(true)
}

/// Whether a tool does the same when it is called twice as when it is called once, by its own word.
pub(crate) fn is_repeatable_by_hint(tool: &Tool) -> bool {
    is_read_only(tool) || tool.annotations.idempotent == Some(true)
}

#[cfg(test)]
mod tests;
