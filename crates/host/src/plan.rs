//! A plan: the calls that a run would make and did not, for a person to approve as one list; and what becomes of the list
//! when the run is made again with the person's word.
//!
//! In a planned run each call of a tool that is not marked as read-only is held, and its script goes on with a stand-in. In a
//! run that applies a plan each such call is held against the list: it is sent when an entry that was not used yet is the
//! same to the letter, tool and arguments, and else a person is asked. Scripts make calls at once, which come in another order
//! each time, so the order is the script's own. But once something was read that is not what the plan read, the calls must come in
//! the order of the list too, but for those that were made at once: another order may then be another decision of the script.

use std::collections::{HashMap, HashSet};

use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};
use tools::{CallError, CallErrorKind, ToolId};

use crate::record::{CallRecord, RunId};

/// Arguments of all calls of one plan, in bytes: they are kept with the run, and no person reads as much.
const LISTED_BYTES_MAX: usize = 16 * 1024 * 1024;

/// What a planned run would have sent.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Plan {
    /// The calls, in the order they were asked for.
    pub calls: Vec<PlannedCall>,
    /// What it read, to be compared when the plan is applied.
    #[serde(default)]
    pub(crate) reads: Vec<ReadPrint>,
}

/// A call that was not sent.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PlannedCall {
    /// Its number in the run.
    pub call: u32,
    /// The server's name in the configuration.
    pub server: String,
    /// The tool, as its server spells it.
    pub tool: String,
    /// Exactly what would be sent.
    pub arguments: Box<RawValue>,
    /// Line of the script, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// The calls before it whose stand-ins are in its arguments: those surely will be others.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stand_ins: Vec<u32>,
    /// How often the script had been given stand-ins before. Calls of one step were made at once; of one that is not 0 it may depend
    /// on a stand-in whether it is made at all.
    pub step: u32,
    /// Why a rule would ask about it. For the person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked_by: Option<String>,
}

/// What a call that reads was asked and answered, as hashes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ReadPrint {
    server: String,
    tool: String,
    arguments: String,
    result: String,
}

/// The part that a call has in a plan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PlanPart {
    /// It was not sent.
    Planned(PlannedCall),
    /// It was sent as the entry of this number.
    Applies(u32),
    /// It read something, and whether that was another thing than the plan read.
    Read(ReadPart),
}

/// What a call read, in a run that is planned or applies a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadPart {
    print: ReadPrint,
    is_changed: bool,
}

/// A plan as a person approved it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApprovedPlan {
    /// The planned run.
    pub(crate) plan: RunId,
    /// What its random numbers came from: the same come again.
    pub(crate) seed: u64,
    calls: Vec<ApprovedCall>,
    reads: Vec<ReadPrint>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct ApprovedCall {
    call: u32,
    server: String,
    tool: String,
    arguments: String,
    step: u32,
}

/// What became of a plan.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Applied {
    /// The planned run.
    pub plan: RunId,
    /// Calls of the list that were sent.
    pub sent: usize,
    /// The numbers of those that were not, in the plan.
    pub not_sent: Vec<u32>,
    /// What was read and is not what the plan read.
    pub changed: Vec<ChangedRead>,
}

/// A call that read something else than it did in the plan, or that the plan did not make.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangedRead {
    /// The server's name in the configuration.
    pub server: String,
    /// The tool, as its server spells it.
    pub tool: String,
    /// Line of the script, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
}

impl PartialEq for PlannedCall {
    fn eq(&self, other: &Self) -> bool {
        let parts = |it: &Self| (it.call, it.line, it.step, it.server.clone(), it.tool.clone());
        parts(self) == parts(other)
            && self.arguments.get() == other.arguments.get()
            && (&self.stand_ins, &self.asked_by) == (&other.stand_ins, &other.asked_by)
    }
}

impl Plan {
    /// Takes the parts of a plan out of the calls of a run.
    pub(crate) fn taken_from(calls: &mut [CallRecord]) -> Self {
        let mut plan = Self::default();
        for call in calls {
            match call.plan.take() {
                Some(PlanPart::Planned(planned)) => plan.calls.push(planned),
                Some(PlanPart::Read(ReadPart { print, .. })) => plan.reads.push(print),
                // What was sent as which entry belongs to the call.
                applies @ (Some(PlanPart::Applies(_)) | None) => call.plan = applies,
            }
        }
        plan.calls.sort_by_key(|planned| planned.call);
        plan
    }

    /// The first call of the list that may depend on a stand-in.
    pub fn depends_from(&self) -> Option<&PlannedCall> {
        self.calls.iter().find(|planned| planned.step > 0 || !planned.stand_ins.is_empty())
    }

    /// The list with a person's word.
    pub(crate) fn approved(&self, plan: RunId, seed: u64) -> ApprovedPlan {
        let calls = self.calls.iter().map(|planned| ApprovedCall {
            call: planned.call,
            server: planned.server.clone(),
            tool: planned.tool.clone(),
            arguments: planned.arguments.get().to_owned(),
            step: planned.step,
        });
        ApprovedPlan { plan, seed, calls: calls.collect(), reads: self.reads.clone() }
    }
}

impl ReadPrint {
    fn new(id: &ToolId, arguments: &str, result: &str) -> Self {
        Self {
            server: id.server.to_string(),
            tool: id.tool.to_string(),
            arguments: hash(arguments),
            result: hash(result),
        }
    }

    fn question(&self) -> [&str; 3] {
        [&self.server, &self.tool, &self.arguments]
    }
}

/// How far a run has come in planning, or in applying a plan.
#[derive(Debug, Default)]
pub(crate) struct PlanProgress(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// Arguments of the calls that are listed.
    listed_bytes: usize,
    /// Whether there is a stand-in that the script was not given yet, and how often it was given some.
    stands_in: bool,
    step: u32,
    /// The entries of the list that were used.
    used: HashSet<u32>,
    /// How often each thing was read.
    read: HashMap<[String; 3], usize>,
    changed: Vec<ChangedRead>,
}

impl PlanProgress {
    /// A call is listed, with arguments of so many bytes, and has a stand-in for an answer. An error where the list is full.
    pub(crate) fn lists(&self, argument_bytes: usize) -> Result<(), CallError> {
        let mut state = self.0.lock();
        state.listed_bytes = state.listed_bytes.saturating_add(argument_bytes);
        if state.listed_bytes > LISTED_BYTES_MAX {
            let most = LISTED_BYTES_MAX / (1024 * 1024);
            let message =
                format!("the arguments of all calls of a plan must not be larger than {most} MB together");
            return Err(CallError::new(CallErrorKind::Limit, message));
        }
        state.stands_in = true;
        Ok(())
    }

    /// The script is given what there are answers to.
    pub(crate) fn hands_over(&self) {
        let mut state = self.0.lock();
        if std::mem::take(&mut state.stands_in) {
            state.step += 1;
        }
    }

    /// How often the script was given stand-ins.
    pub(crate) fn step(&self) -> u32 {
        self.0.lock().step
    }

    /// Uses the entry of the list that is this call, if there is one left.
    pub(crate) fn use_entry(&self, list: &ApprovedPlan, id: &ToolId, arguments: &RawValue) -> Option<u32> {
        let mut state = self.0.lock();
        let is_same = |entry: &&ApprovedCall| {
            *entry.server == *id.server.as_str()
                && *entry.tool == *id.tool
                && entry.arguments == arguments.get()
        };
        let mut left = list.calls.iter().filter(|entry| !state.used.contains(&entry.call));
        let found = match state.changed.as_slice() {
            [] => left.find(is_same),
            // What was made at once has no order.
            _ => {
                let next = left.clone().map(|entry| entry.step).min();
                left.find(|entry| Some(entry.step) == next && is_same(entry))
            }
        };
        let call = found?.call;
        state.used.insert(call);
        Some(call)
    }

    /// Notes what a call read; with a list, whether that is what its plan read.
    pub(crate) fn reads(
        &self,
        list: Option<&ApprovedPlan>,
        id: &ToolId,
        arguments: &RawValue,
        result: &str,
        line: Option<u32>,
    ) -> PlanPart {
        let print = ReadPrint::new(id, arguments.get(), result);
        let mut state = self.0.lock();
        let before = state.count(&print);
        let is_changed = list.is_some_and(|list| {
            let known = list.reads.iter().filter(|known| known.question() == print.question());
            // What was read more often than in the plan is held against the last time.
            known.take(before + 1).last() != Some(&print)
        });
        if is_changed {
            state.change(&print, line);
        }
        PlanPart::Read(ReadPart { print, is_changed })
    }

    /// Goes on from what a call was noted with before its run was taken up.
    pub(crate) fn restore(&self, part: &PlanPart, line: Option<u32>) {
        let mut state = self.0.lock();
        match part {
            PlanPart::Planned(planned) => {
                state.listed_bytes += planned.arguments.get().len();
                state.step = state.step.max(planned.step + 1);
            }
            PlanPart::Applies(entry) => drop(state.used.insert(*entry)),
            PlanPart::Read(ReadPart { print, is_changed }) => {
                state.count(print);
                if *is_changed {
                    state.change(print, line);
                }
            }
        }
    }

    /// What became of the list.
    pub(crate) fn applied(&self, list: &ApprovedPlan) -> Applied {
        let state = self.0.lock();
        let numbers = list.calls.iter().map(|entry| entry.call);
        let not_sent: Vec<_> = numbers.filter(|call| !state.used.contains(call)).collect();
        Applied {
            plan: list.plan.clone(),
            sent: list.calls.len() - not_sent.len(),
            not_sent,
            changed: state.changed.clone(),
        }
    }
}

impl State {
    /// Counts one more reading of the same; gives how many there were.
    fn count(&mut self, print: &ReadPrint) -> usize {
        let count = self.read.entry(print.question().map(str::to_owned)).or_default();
        *count += 1;
        *count - 1
    }

    fn change(&mut self, print: &ReadPrint, line: Option<u32>) {
        let changed = ChangedRead { server: print.server.clone(), tool: print.tool.clone(), line };
        if !self.changed.contains(&changed) {
            self.changed.push(changed);
        }
    }
}

fn hash(text: &str) -> String {
    Sha256::digest(text).iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use tools::ServerName;

    use super::*;

    fn raw(value: &serde_json::Value) -> Box<RawValue> {
        RawValue::from_string(value.to_string()).expect("JSON")
    }

    fn tool(name: &str) -> ToolId {
        ToolId::new(ServerName::new("crm"), name)
    }

    fn list(calls: &[(u32, &str, i64)], reads: &[(&str, i64, &str)]) -> ApprovedPlan {
        let call = |(call, tool, id): &(u32, &str, i64)| ApprovedCall {
            call: *call,
            server: "crm".to_owned(),
            tool: (*tool).to_owned(),
            arguments: json!({"id": id}).to_string(),
            step: *call / 10,
        };
        let read = |(name, id, result): &(&str, i64, &str)| {
            ReadPrint::new(&tool(name), &json!({"id": id}).to_string(), result)
        };
        ApprovedPlan {
            plan: RunId::new("run_1"),
            seed: 1,
            calls: calls.iter().map(call).collect(),
            reads: reads.iter().map(read).collect(),
        }
    }

    #[test]
    fn each_entry_is_used_once_and_in_any_order() {
        let list = list(&[(1, "add", 1), (2, "add", 2), (3, "add", 1)], &[]);
        let progress = PlanProgress::default();
        let used = [("add", 2), ("add", 1), ("put", 1), ("add", 3), ("add", 1), ("add", 1)]
            .map(|(name, id)| progress.use_entry(&list, &tool(name), &raw(&json!({"id": id}))));
        assert_eq!(used, [Some(2), Some(1), None, None, Some(3), None]);
        let applied = progress.applied(&list);
        assert_eq!((applied.sent, applied.not_sent.len(), applied.changed.len()), (3, 0, 0));
    }

    #[test]
    fn a_list_that_nobody_can_read_is_refused() {
        let progress = PlanProgress::default();
        assert!(progress.lists(LISTED_BYTES_MAX).is_ok());
        let refused = progress.lists(1).expect_err("it is full");
        assert_eq!(
            (refused.kind, &*refused.message),
            (
                CallErrorKind::Limit,
                "the arguments of all calls of a plan must not be larger than 16 MB together"
            )
        );
    }

    #[test]
    fn when_a_read_has_changed_the_order_is_that_of_the_list() {
        let list = list(
            &[(12, "add", 1), (13, "add", 2), (21, "add", 3), (22, "add", 4), (31, "add", 5)],
            &[("look", 1, "old")],
        );
        let progress = PlanProgress::default();
        let read =
            |result| progress.reads(Some(&list), &tool("look"), &raw(&json!({"id": 1})), result, Some(7));
        let is_changed = |part| matches!(part, PlanPart::Read(ReadPart { is_changed: true, .. }));
        assert!(!is_changed(read("old")));
        let add = |id| progress.use_entry(&list, &tool("add"), &raw(&json!({"id": id})));
        assert_eq!(add(5), Some(31));
        assert!(is_changed(read("new")));
        let after = [3, 2, 4, 1, 4, 3].map(add);
        assert_eq!(after, [None, Some(13), None, Some(12), Some(22), Some(21)], "those at once in any order");
        let changed = ChangedRead { server: "crm".to_owned(), tool: "look".to_owned(), line: Some(7) };
        assert_eq!(progress.applied(&list).changed, [changed]);
    }

    #[test]
    fn the_same_read_twice_is_held_against_the_plan_one_by_one() {
        let list = list(&[], &[("look", 1, "a"), ("look", 1, "b")]);
        let progress = PlanProgress::default();
        let reads = |id, result: &str| {
            let part = progress.reads(Some(&list), &tool("look"), &raw(&json!({"id": id})), result, None);
            matches!(part, PlanPart::Read(ReadPart { is_changed: true, .. }))
        };
        assert_eq!([reads(1, "a"), reads(1, "b"), reads(1, "b"), reads(1, "c")], [false, false, false, true]);
        assert!(reads(2, "a"), "the plan did not read this");
    }

    #[test]
    fn a_run_that_is_taken_up_goes_on_in_its_plan() {
        let list = list(&[(2, "add", 1), (3, "add", 2)], &[("look", 1, "old")]);
        let (before, after) = (PlanProgress::default(), PlanProgress::default());
        let part = before.reads(Some(&list), &tool("look"), &raw(&json!({"id": 1})), "new", Some(3));
        after.restore(&part, Some(3));
        after.restore(&PlanPart::Applies(2), None);
        assert_eq!(after.use_entry(&list, &tool("add"), &raw(&json!({"id": 1}))), None);
        assert_eq!(after.use_entry(&list, &tool("add"), &raw(&json!({"id": 2}))), Some(3));
        let applied = after.applied(&list);
        assert_eq!((applied.sent, applied.changed.len()), (2, 1));
    }
}
