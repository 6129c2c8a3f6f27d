//! The shapes of answers, for the document alone: what is sent is what the host and the command line tell of runs, and tests hold
//! every answer against the document.
#![expect(dead_code, reason = "only their descriptions are used")]

use std::collections::HashMap;

use serde_json::Value;
use utoipa::ToSchema;

/// Why a request is not carried out (RFC 9457).
#[derive(Debug, ToSchema)]
pub(super) struct Problem {
    /// The status, in words.
    title: String,
    /// The status.
    status: u16,
    /// What went wrong, for programs. Of a call that failed the code of its `ToolError`.
    #[schema(example = "unknown_tool")]
    code: String,
    /// What went wrong, and what to do.
    detail: String,
    /// Of a call: its server.
    server: Option<String>,
    /// Of a call: its tool.
    tool: Option<String>,
    /// What to do about it.
    hint: Option<String>,
    /// Of a call: the server's own details.
    data: Option<Value>,
}

/// The arguments of a tool.
#[derive(Debug, ToSchema)]
pub(super) struct Arguments(HashMap<String, Value>);

/// Any JSON.
#[derive(Debug, ToSchema)]
#[schema(value_type = Value)]
pub(super) struct Anything(Value);

/// How much is told of a tool.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "lowercase")]
pub(super) enum DetailWord {
    Names,
    Signatures,
    Full,
}

/// How a run ended.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "lowercase")]
pub(super) enum OutcomeWord {
    Returned,
    Threw,
    Refused,
    Exceeded,
    Crashed,
    Cancelled,
}

/// Whether requests are answered.
#[derive(Debug, ToSchema)]
pub(super) struct Health {
    /// `alive` or `ready`.
    status: String,
}

/// A server.
#[derive(Debug, ToSchema)]
pub(super) struct Server {
    /// Its name in the configuration.
    server: String,
    /// `ready`, `starting`, `remembered` (its tools are known, and it is not started), `stale` or `failed`.
    state: String,
    /// Why it is stale or failed.
    reason: Option<String>,
    /// How many tools it offers.
    tools: u64,
    /// How many are not offered: held back until a person accepts them, or refused by rules.
    withheld: u64,
}

/// A tool; or a skill that a search found.
#[derive(Debug, ToSchema)]
pub(super) struct Tool {
    /// Its server's name in the configuration.
    server: Option<String>,
    /// Its server's name for it.
    tool: Option<String>,
    /// Scripts' name for it.
    name: Option<String>,
    /// Of a skill: its name.
    skill: Option<String>,
    /// Of a skill: the names it exports.
    exports: Option<Vec<String>>,
    /// Where scripts import it from.
    path: String,
    /// What it does.
    description: String,
    /// How it is called, in a line.
    signature: Option<String>,
    /// The whole TypeScript.
    typescript: Option<String>,
    /// Of a skill: its `SKILL.md`.
    about: Option<String>,
    /// Of a search: how well it fits.
    score: Option<f64>,
    /// Of a search: which queries it fits.
    queries: Option<Vec<String>>,
}

/// A run, as far as it is.
#[derive(Debug, ToSchema)]
pub(super) struct Run {
    /// The run.
    id: String,
    /// `running`, `waiting_for_approval` or `ended`.
    state: String,
    /// How far it is, while it goes on in this process.
    progress: Option<Progress>,
    /// What is kept of it, once it has ended.
    record: Option<RunRecord>,
}

/// How far a run is.
#[derive(Debug, ToSchema)]
pub(super) struct Progress {
    /// Since it was submitted, in milliseconds.
    elapsed_ms: f64,
    /// `queued`, `preparing`, `computing` or `waiting`.
    stage: String,
    /// What it has printed.
    printed: Vec<Printed>,
    /// The calls that are over.
    calls: Vec<CallRecord>,
    /// The calls without an answer.
    calls_under_way: Vec<CallRecord>,
    /// Those of them that wait for a person.
    approvals: Vec<Approval>,
}

/// An event of a run.
#[derive(Debug, ToSchema)]
pub(super) struct StreamedEvent {
    /// `stage`, `printed`, `called`, `answered`, `waits` or `ended`.
    event: String,
    /// JSON: `{"stage": …}`, a printed line, a call (twice), a call that waits for a person, or the record of the run.
    data: String,
    /// Of the last event.
    id: Option<String>,
}

/// A line that a script printed.
#[derive(Debug, ToSchema)]
pub(super) struct Printed {
    /// `log`, `warn` or `error`.
    level: String,
    /// The text.
    text: String,
}

/// What is kept of a run: the JSON of `narrows run --json`.
#[derive(Debug, ToSchema)]
pub(super) struct RunRecord {
    /// The run.
    id: String,
    /// The workspace it ran in.
    workspace: String,
    /// How it ended.
    outcome: OutcomeWord,
    /// The returned value.
    value: Option<Value>,
    /// Bytes of the value as JSON.
    value_bytes: u64,
    /// Set where a model is not shown the whole value.
    handle: Option<String>,
    /// What such a value looks like.
    outline: Option<String>,
    /// Why it did not return.
    error: Option<Failure>,
    /// What the script printed.
    printed: Vec<Printed>,
    /// The calls it made.
    calls: Vec<CallRecord>,
    /// What it would have sent, of a run that was planned.
    plan: Option<Value>,
    /// What became of a plan.
    applied: Option<Value>,
    /// What it used of its limits.
    limits: Value,
    /// Model tokens with and without Narrows.
    tokens: Value,
    /// What the author of the script should know.
    warnings: Vec<String>,
    /// What was mended to make the script run.
    repairs: Vec<String>,
    /// The walls that did not stand around it.
    missing_walls: Vec<String>,
    /// When it was submitted, in milliseconds since 1970.
    started_at_ms: u64,
    /// How long it waited for other runs, in milliseconds.
    queued_ms: f64,
    /// From submission to its end, in milliseconds.
    duration_ms: f64,
}

/// Why a run did not return.
#[derive(Debug, ToSchema)]
pub(super) struct Failure {
    /// `TypeError`, `ToolError`, `SyntaxError`, `LimitError`, …
    name: String,
    /// What went wrong.
    message: String,
    /// Line in the script.
    line: Option<u32>,
    /// Column, in UTF-16 code units.
    column: Option<u32>,
    /// Frames in the script, innermost first.
    stack: Option<Vec<String>>,
    /// What to do about it.
    hint: Option<String>,
    /// Of a call: its server.
    server: Option<String>,
    /// Of a call: its tool.
    tool: Option<String>,
    /// Of a call its kind, of a limit its key.
    code: Option<String>,
    /// Of a call: the server's own details.
    data: Option<Value>,
    /// Of a refused script: everything that was found wrong.
    problems: Option<Vec<Value>>,
}

/// A call of a tool.
#[derive(Debug, ToSchema)]
pub(super) struct CallRecord {
    /// The server's name in the configuration; empty where no such tool was found.
    server: String,
    /// The tool.
    tool: String,
    /// Bytes of the arguments.
    argument_bytes: u64,
    /// Bytes of the answer.
    result_bytes: u64,
    /// When it was asked for, in milliseconds after the run began.
    started_ms: f64,
    /// How long until its end, in milliseconds.
    duration_ms: f64,
    /// `answered`, `planned`, or the code of the error.
    outcome: String,
    /// What the error said.
    error: Option<String>,
    /// Its part in a plan.
    plan: Option<Value>,
    /// Line of the script.
    line: Option<u32>,
    /// Its number in the run.
    number: Option<u32>,
    /// The beginning of its arguments, where it may have changed something.
    wrote: Option<String>,
    /// The fingerprint of its tool's definition.
    definition: Option<String>,
    /// The fingerprint of its server.
    server_fingerprint: Option<String>,
}

/// A run in a list.
#[derive(Debug, ToSchema)]
pub(super) struct RunSummary {
    /// The run.
    id: String,
    /// How it ended; null while it has not.
    outcome: Option<OutcomeWord>,
    /// When it was submitted, in milliseconds since 1970.
    started_at_ms: u64,
    /// The beginning of its script.
    title: String,
    /// The workspace it ran in.
    workspace: String,
    /// Who asked for it.
    client: String,
    /// From submission to its end, in milliseconds.
    duration_ms: f64,
    /// The calls it made.
    calls: u64,
    /// How many of them were not answered.
    failed_calls: u64,
    /// The calls that it lists, where it is a plan.
    planned: Option<u64>,
    /// What went wrong, in a line.
    error: Option<String>,
    /// What it takes in the store, in bytes.
    stored_bytes: u64,
}

/// A call that waits, or waited, for a person.
#[derive(Debug, ToSchema)]
pub(super) struct Approval {
    /// Its name.
    id: String,
    /// `waiting`, `approved`, `refused`, `expired` or `withdrawn`.
    state: String,
    /// The server.
    server: String,
    /// The tool.
    tool: String,
    /// The arguments, as they would be sent.
    arguments: Value,
    /// Whether other processes can decide about it.
    is_kept: bool,
    /// The rule that asks.
    rule: Option<String>,
    /// Why a person is asked.
    why: String,
    /// Who asked for the run.
    client: String,
    /// Line of the script.
    line: Option<u32>,
    /// When the person was asked, in milliseconds since 1970.
    asked_at_ms: u64,
    /// When it is too late to decide.
    expires_at_ms: u64,
    /// When it was decided.
    decided_at_ms: Option<u64>,
    /// By whom.
    decided_by: Option<String>,
}

/// What was decided about a call.
#[derive(Debug, ToSchema)]
pub(super) struct DecidedCall {
    /// The call.
    id: String,
    /// `approved` or `refused`.
    state: String,
}
