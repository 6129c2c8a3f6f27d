//! What the plan of a run makes of a call: held, sent because a person approved the list it is on, or none of its business.

use std::borrow::Cow;

use tools::{Answer, CallError, RawValue, ToolId};

use super::{Caller, Prepared, ledger::Entry, stand_in};
use crate::{
    approvals::Approve,
    plan::{ApprovedPlan, PlanPart, PlannedCall},
    rules::{Question, Ruling},
};

impl Approve {
    fn list(&self) -> Option<&ApprovedPlan> {
        match self {
            Self::Listed(list) => Some(list),
            Self::Ruled | Self::Writes | Self::Planned => None,
        }
    }

    /// Why a person is asked about a call that the rules leave to the run.
    fn question(&self, is_read_only: bool) -> Option<Question> {
        match self {
            Self::Writes if !is_read_only => Some(Question::of_run()),
            Self::Listed(list) if !is_read_only => Some(Question::of_plan(&list.plan)),
            Self::Ruled | Self::Writes | Self::Planned | Self::Listed(_) => None,
        }
    }
}

impl Entry<'_> {
    /// Notes what a call read, or why it read nothing.
    pub(super) fn read(
        &self,
        approve: &Approve,
        id: &ToolId,
        arguments: &RawValue,
        answer: &Result<Answer, CallError>,
    ) {
        let result = match answer {
            Ok(answer) => Cow::Borrowed(answer.value.get()),
            Err(error) => format!("{}: {}", error.kind, error.message).into(),
        };
        self.has_part(self.plan().reads(approve.list(), id, arguments, &result, self.line()));
    }
}

impl Prepared<'_> {
    /// What a person is asked about the call, if anything. One that is on an approved list is not asked about, also where a rule
    /// asks: the person saw it.
    pub(super) fn asked(mut self, ruling: Ruling, approve: &Approve, entry: &Entry<'_>) -> Self {
        let is_read_only = self.is_read_only();
        if let (Some(list), false) = (approve.list(), is_read_only)
            && let Some(number) = entry.plan().use_entry(list, &self.target.id, &self.arguments)
        {
            entry.has_part(PlanPart::Applies(number));
            return self;
        }
        self.question = match ruling {
            Ruling::Asked(question) => Some(question),
            Ruling::Allowed => approve.question(is_read_only),
        };
        self
    }

    /// What the script is given in place of an answer, of a call that is only listed.
    pub(super) fn held(&self, run: &Caller<'_>, entry: &Entry<'_>) -> Result<Option<Answer>, CallError> {
        let is_held = run.approve.is_planned() && !self.is_read_only();
        let Some(call) = self.from.call.filter(|_| is_held) else { return Ok(None) };
        entry.plan().lists(self.arguments.get().len())?;
        let id = &self.target.id;
        entry.has_part(PlanPart::Planned(PlannedCall {
            call,
            server: id.server.to_string(),
            tool: id.tool.to_string(),
            arguments: self.arguments.clone(),
            line: self.from.line,
            stand_ins: stand_in::calls_in(self.arguments.get()),
            step: entry.step(),
            asked_by: self.question.as_ref().map(|question| question.why.clone()),
        }));
        let declared = self.target.definition.output_schema.as_ref();
        let observed = || run.surface.catalog().observed(id).map(|observed| &observed.schema);
        let value = stand_in::stand_in(declared.or_else(observed), call);
        Ok(Some(Answer::from(serde_json::value::to_raw_value(&value).unwrap_or_default())))
    }

    /// What is to be noted of the call when it was answered: those that read, where there is a plan.
    pub(super) fn reading(&self, approve: &Approve) -> Option<Box<RawValue>> {
        let has_plan = approve.is_planned() || approve.list().is_some();
        (has_plan && self.is_read_only()).then(|| self.arguments.clone())
    }
}
