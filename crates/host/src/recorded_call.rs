//! One call of a run of the past, whole: what it was given and answered, and which earlier answers its arguments may come from.

use std::collections::HashSet;

use serde::Serialize;
use serde_json::Value;
use wire::Settlement;

use crate::{
    history::History,
    journal::{Noted, Past, Settled},
    record::{CallRecord, RunId},
    takeover::{ResumeError, past},
};

/// Texts that are shorter, and numbers below, stand in many answers by chance.
const TELLING_CHARS: usize = 3;
const TELLING_NUMBER: f64 = 10.0;

/// Values that are named of one answer, and texts and numbers of an answer that are looked at.
const VALUES_MAX: usize = 5;
const SCALARS_MAX: usize = 100_000;

/// A call of the past.
#[derive(Debug, Clone, Serialize)]
pub struct RecordedCall {
    /// Its number in the run.
    pub number: u32,
    /// What was asked for: `servers/crm/getCustomer`, `fs/readFile`, `timer`.
    pub name: String,
    /// What it was given: JSON.
    pub arguments: Value,
    /// What it was answered: JSON, or the text of a file.
    pub answer: Value,
    /// Whether the script caught the answer as an error.
    pub is_error: bool,
    /// The clock of the script when it asked, and when it was answered, in milliseconds since 1970.
    pub asked_ms: f64,
    /// The same when it was answered.
    pub answered_ms: f64,
    /// What is kept of the call of a tool.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub record: Option<CallRecord>,
    /// The rules that counted it for the run.
    pub counted_by: Vec<String>,
    /// The answers that the script had when it asked, the latest first.
    pub in_reach: Vec<ReachedAnswer>,
}

/// An answer that a call may have been made of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReachedAnswer {
    /// The number of the call that was answered.
    pub number: u32,
    /// What was asked for.
    pub name: String,
    /// Texts and numbers of the answer that stand in the arguments.
    pub in_arguments: Vec<String>,
}

impl History {
    /// A call of a run that has ended, by its number. `None` where the run was not answered one of this number.
    pub async fn call(&self, id: &RunId, number: u32) -> Result<Option<RecordedCall>, ResumeError> {
        let past = past(&self.store().await?, id).await?;
        Ok(RecordedCall::of(&past, number))
    }
}

impl RecordedCall {
    fn of(past: &Past, number: u32) -> Option<Self> {
        let answers = || past.settled.iter().chain(&past.left);
        let call = answers().find(|settled| settled.call == number)?;
        let arguments = json(&call.request.arguments);
        let given = scalars(&arguments);
        let earlier = past.settled.iter().rev().filter(|answer| answer.now_ms <= call.asked_ms);
        let in_reach = earlier.filter(|answer| answer.call != number).map(|answer| ReachedAnswer {
            number: answer.call,
            name: answer.request.name.clone(),
            in_arguments: found(&answer_of(answer), &given),
        });
        let noted = call.noted.as_ref();
        Some(Self {
            number,
            name: call.request.name.clone(),
            answer: answer_of(call),
            is_error: matches!(call.with, Settlement::Reject(_)),
            asked_ms: call.asked_ms,
            answered_ms: call.now_ms,
            record: noted.and_then(Noted::record),
            counted_by: noted.map(|noted| noted.counted.clone()).unwrap_or_default(),
            in_reach: in_reach.collect(),
            arguments,
        })
    }
}

fn json(bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes).unwrap_or_else(|_| String::from_utf8_lossy(bytes).into())
}

fn answer_of(settled: &Settled) -> Value {
    match &settled.with {
        Settlement::Text(text) => text.as_str().into(),
        Settlement::Bytes(bytes) => format!("{} bytes", bytes.len()).into(),
        other => other.json().map_or(Value::Null, |text| json(text.as_bytes())),
    }
}

/// Texts and numbers in a value that are long enough to be recognised elsewhere.
fn scalars(value: &Value) -> HashSet<String> {
    let (mut found, mut open) = (HashSet::new(), vec![value]);
    while let Some(value) = open.pop().filter(|_| found.len() < SCALARS_MAX) {
        match value {
            Value::Array(items) => open.extend(items),
            Value::Object(members) => open.extend(members.values()),
            Value::String(text) if text.chars().count() >= TELLING_CHARS => drop(found.insert(text.clone())),
            Value::Number(number) if number.as_f64().is_some_and(|it| it.abs() >= TELLING_NUMBER) => {
                found.insert(number.to_string());
            }
            _ => {}
        }
    }
    found
}

/// What of an answer stands in what was given, alone or as a part of a text.
fn found(answer: &Value, given: &HashSet<String>) -> Vec<String> {
    let stands =
        |value: &String| given.contains(value) || given.iter().any(|text| text.contains(value.as_str()));
    let mut found: Vec<_> = scalars(answer).into_iter().filter(stands).collect();
    found.sort();
    found.truncate(VALUES_MAX);
    found
}
