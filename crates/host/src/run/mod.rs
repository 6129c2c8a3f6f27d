//! One run from code to record.
//!
//! Queued → accepted → parsed → checked → executing ⇄ waiting → over. [`run`] tells that story from top to bottom; each
//! step either goes on or says how the run ended, and whatever the end, there is one record. Knows workers as
//! [`crate::pool`] offers them and calls as [`crate::broker`] makes them; never who asked.

mod clock;
mod errands;
mod execute;
mod failure;
mod modules;
mod progress;

use std::{
    collections::HashMap,
    panic::AssertUnwindSafe,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use futures_util::FutureExt;
use serde_json::{json, value::RawValue};
use surface::Surface;
use tokio::sync::{Semaphore, watch};
use tokio_util::sync::CancellationToken;
use wire::{Limit, Limits, Module, Parsed, PositionMap, SuspectKind, Used};

use crate::{
    admission::{Admitted, Queued},
    broker::{Broker, Ledger},
    check::{self, Known},
    definitions::Definitions,
    pool::{ParseFailure, Parsers, Runners},
    record::{Failure, LimitUse, LimitsUsed, Outcome, Problem, RunId, RunRecord, TokenReport},
    rules::{Refusal, Rules},
    skills::SkillStore,
    workspace::{Workspace, Workspaces},
};
use execute::{Processor, Program};
use failure::Places;
use modules::{MAIN, Missing, Wanted};
pub(crate) use progress::Progress;
pub use progress::{RunProgress, Stage};

/// A script that uses the registry gets so many tools of it; more are found with `searchTools`.
const REGISTRY_TOOLS_MAX: usize = 2_000;

/// Files read, searches and imports under way at once in one run. Files lie on one disk: more would only wait there, in
/// memory.
const OWN_AT_ONCE: usize = 8;

/// What every run uses.
pub(crate) struct Parts {
    pub(crate) parsers: Parsers,
    pub(crate) runners: Runners,
    pub(crate) broker: Broker,
    pub(crate) skills: SkillStore,
    pub(crate) workspaces: Workspaces,
    pub(crate) definitions: Definitions,
    pub(crate) refused_patterns: Vec<SuspectKind>,
    pub(crate) rules: Arc<Rules>,
    pub(crate) own_tool_tokens: u64,
}

/// A run that was asked for.
pub(crate) struct Order {
    pub(crate) id: RunId,
    pub(crate) code: String,
    pub(crate) workspace: String,
    pub(crate) args: Option<Vec<String>>,
    pub(crate) limits: Limits,
    pub(crate) surface: Arc<Surface>,
    pub(crate) cancel: CancellationToken,
    /// Cancelled when the host ends, and all runs with it.
    pub(crate) closing: CancellationToken,
    pub(crate) progress: Arc<Progress>,
}

/// What the errands of one run share.
struct Context {
    parts: Arc<Parts>,
    surface: Arc<Surface>,
    limits: Limits,
    progress: Arc<Progress>,
    workspace: Arc<Workspace>,
    /// Of what the host does by itself only so much is under way at once: each may hold a whole file.
    own_turns: Semaphore,
    places: Mutex<Places>,
    /// A limit was told to the script, which may let it pass.
    limit_noted: AtomicBool,
}

/// What is known of a run before it is over.
#[derive(Default)]
struct Draft {
    used: Used,
    wall: Duration,
    /// Spent waiting for other runs.
    queued: Duration,
    warnings: Vec<String>,
    repairs: Vec<String>,
    missing_walls: Vec<&'static str>,
}

/// How a run ended without a value.
struct Stop {
    outcome: Outcome,
    failure: Box<Failure>,
}

impl Stop {
    fn new(outcome: Outcome, failure: Failure) -> Self {
        Self { outcome, failure: Box::new(failure) }
    }

    fn cancelled() -> Self {
        Self::new(Outcome::Cancelled, failure::plain("CancelledError", "the run was cancelled"))
    }

    fn crashed(message: impl Into<String>) -> Self {
        Self::without_worker(message, "run it again; calls already made are listed and have happened")
    }

    /// There was no worker to run it. Trying again would not help where a wall or a program is missing.
    fn unavailable(message: impl Into<String>) -> Self {
        Self::without_worker(
            message,
            "nothing was run; `narrows doctor` shows what works on this machine and what does not",
        )
    }

    fn without_worker(message: impl Into<String>, hint: &str) -> Self {
        let failure = Failure { hint: Some(hint.to_owned()), ..failure::plain("WorkerError", message) };
        Self::new(Outcome::Crashed, failure)
    }
}

type Value = Option<Box<RawValue>>;

/// Waits until a run may begin, runs its script to its end and makes the record.
pub(crate) async fn run(
    parts: Arc<Parts>,
    mut order: Order,
    queued: Queued,
    surfaces: watch::Receiver<Arc<Surface>>,
) -> RunRecord {
    let (began, started_at) = (Instant::now(), SystemTime::now());
    let mut draft = Draft::default();
    let admitted = tokio::select! {
        biased;
        () = order.cancel.cancelled() => Err(Stop::cancelled()),
        admitted = queued.admitted() => Ok(admitted),
    };
    draft.queued = began.elapsed();
    order.progress.is(Stage::Preparing);
    // Tools and rules as they are now, and not as they were when it was queued.
    order.surface = surfaces.borrow().clone();
    let accepted = admitted.and_then(|admitted| Ok((accept(&parts, &order)?, admitted)));
    let end = match accepted {
        Ok((context, admitted)) => {
            let context = Arc::new(context);
            let told = tell(&context, &order, &admitted, &mut draft);
            let told = AssertUnwindSafe(told).catch_unwind().await;
            told.unwrap_or_else(|_| {
                tracing::error!(run = %order.id, "a run panicked in the host");
                Err(Stop::crashed("Narrows itself failed in this run"))
            })
        }
        Err(stop) => Err(stop),
    };
    let (value, outcome, error) = match end {
        Ok(value) => (value, Outcome::Returned, None),
        Err(Stop { outcome: Outcome::Cancelled, .. }) if order.closing.is_cancelled() => {
            let stopped = "Narrows was stopped before the script had ended";
            (None, Outcome::Cancelled, Some(failure::plain("CancelledError", stopped)))
        }
        Err(Stop { outcome, failure }) => (None, outcome, Some(*failure)),
    };
    let ended = Ended { value, outcome, error, draft };
    record(&parts, order, ended, began, started_at).await
}

/// What can be refused without looking at the script.
fn accept(parts: &Arc<Parts>, order: &Order) -> Result<Context, Stop> {
    let limits = &order.limits;
    if order.code.len() as u64 > limits.source_bytes {
        let failure = failure::exceeded(Limit::Source, limits, "", &Places::default());
        return Err(Stop::new(Outcome::Exceeded, failure));
    }
    let Some(workspace) = parts.workspaces.open(&order.workspace) else {
        let name = &order.workspace;
        let message = format!("`{name}` is not a name for a workspace; use 1 to 64 of A-Z a-z 0-9 . _ -");
        return Err(Stop::new(Outcome::Refused, failure::plain("WorkspaceError", message)));
    };
    Ok(Context {
        parts: parts.clone(),
        surface: order.surface.clone(),
        limits: limits.clone(),
        progress: order.progress.clone(),
        workspace,
        own_turns: Semaphore::new(OWN_AT_ONCE),
        places: Mutex::default(),
        limit_noted: AtomicBool::new(false),
    })
}

/// The story of an accepted run.
async fn tell(
    context: &Arc<Context>,
    order: &Order,
    admitted: &Admitted,
    draft: &mut Draft,
) -> Result<Value, Stop> {
    let prepared = async {
        let asked = Instant::now();
        let slice = admitted.slice().await;
        draft.queued += asked.elapsed();
        let parsed = parse(context, order).await?;
        let modules = check(context, order, &parsed, draft).await?;
        Ok((parsed, modules, slice))
    };
    let (parsed, mut modules, slice) = tokio::select! {
        biased;
        () = order.cancel.cancelled() => return Err(Stop::cancelled()),
        prepared = prepared => prepared?,
    };
    draft.repairs.clone_from(&parsed.repairs);
    context.places().main = parsed.positions.clone();
    let mut javascript = parsed.javascript.clone();
    if let Some(args) = &order.args {
        modules.push(arguments(args));
        // Imports are carried out first wherever they stand; at the end this one moves no line.
        javascript.push_str(&format!("\nimport {};", json!(ARGUMENTS)));
    }
    let program = Program { javascript, modules };
    execute::execute(context, program, Processor { admitted, slice: Some(slice) }, &order.cancel, draft).await
}

/// The module that makes the global `args`.
const ARGUMENTS: &str = "/narrows/args.js";

fn arguments(args: &[String]) -> Module {
    let javascript = format!("globalThis.args = {};", json!(args));
    Module { name: ARGUMENTS.to_owned(), javascript }
}

async fn parse(context: &Context, order: &Order) -> Result<Arc<Parsed>, Stop> {
    let refused = |failure| Stop::new(Outcome::Refused, failure);
    context.parts.parsers.parse(&order.code).await.map_err(|error| match error {
        ParseFailure::Syntax(errors) => {
            let problems = errors.into_iter().map(|error| Problem {
                message: error.message,
                line: error.at.line,
                column: error.at.column,
                hint: error.hint,
                refusal: None,
            });
            refused(failure::refused("SyntaxError", problems.collect()))
        }
        ParseFailure::Hostile(message) => refused(failure::plain("SyntaxError", message)),
        ParseFailure::Unavailable(reason) => Stop::unavailable(reason),
    })
}

/// Checks the script and gathers what it imports.
async fn check(
    context: &Context,
    order: &Order,
    parsed: &Parsed,
    draft: &mut Draft,
) -> Result<Vec<Module>, Stop> {
    let facts = &parsed.facts;
    let specifiers = facts.imports.iter().map(|import| &import.specifier);
    let dynamic = facts.dynamic_imports.iter().chain(&facts.unused).map(|(specifier, _)| specifier);
    // Looking into a folder is only worth it for a script that imports from it.
    let uses_skills = specifiers.chain(dynamic).any(|specifier| specifier.contains("skills"));
    let skills = if uses_skills { context.parts.skills.names() } else { Vec::new() };
    let known = Known {
        surface: &context.surface,
        skills: &skills,
        from: "/main.ts",
        refused_patterns: &context.parts.refused_patterns,
        rules: &context.parts.rules,
    };
    let findings = check::check(facts, &known);
    draft.warnings.extend(findings.warnings);
    let refused = |problems: Vec<Problem>| {
        problems.iter().for_each(log_refusal);
        Stop::new(Outcome::Refused, failure::refused("CheckError", problems))
    };
    if !findings.problems.is_empty() {
        return Err(refused(findings.problems.into_iter().map(check::Found::into_problem).collect()));
    }
    let wanted = facts.imports.iter().map(|import| Wanted {
        specifier: import.specifier.clone(),
        names: import.names.iter().map(|name| (name.imported.clone(), name.at)).collect(),
        from: MAIN.to_owned(),
        at: import.at,
    });
    let found = modules::find(wanted.collect(), &context.parts, &context.surface).await;
    let found = found.map_err(|missing| {
        let (line, column) = (missing.at.line, missing.at.column);
        let Missing { message, hint, refusal, .. } = missing;
        refused(vec![Problem { message, line, column, hint, refusal }])
    })?;
    context.add_places(found.positions);
    let registry = order.code.contains("toolRegistry").then(|| registry(&context.surface));
    Ok(found.modules.into_iter().chain(registry).collect())
}

/// Says in the log what only the person may know of a script that is not allowed: as the ledger does for a call.
fn log_refusal(problem: &Problem) {
    if let Some(Refusal { why, permit, .. }) = &problem.refusal {
        tracing::warn!(what = problem.message, why, permit, "a script was refused");
    }
}

/// The tools as `toolRegistry.search` looks through them.
fn registry(surface: &Surface) -> Module {
    let tools = surface.catalog().tools().take(REGISTRY_TOOLS_MAX).filter_map(|(server, tool)| {
        let id = tools::ToolId::new(server.name.clone(), tool.name.clone());
        Some(json!({
            "name": surface.identifier_of(&id)?,
            "server": server.name.as_str(),
            "path": surface.path_of(&id)?,
            "description": first_sentence(&tool.description),
        }))
    });
    let javascript = serde_json::Value::from(tools.collect::<Vec<_>>()).to_string();
    Module { name: "/narrows/registry.json".to_owned(), javascript }
}

fn first_sentence(text: &str) -> &str {
    let text = text.trim_start();
    let end = text.find(". ").or_else(|| text.find('\n')).unwrap_or(text.len());
    text[..text.floor_char_boundary(end.min(200))].trim_end()
}

impl Context {
    fn places(&self) -> MutexGuard<'_, Places> {
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn add_places(&self, skills: HashMap<String, PositionMap>) {
        self.places().skills.extend(skills);
    }

    fn note_limit(&self) {
        self.limit_noted.store(true, Ordering::Relaxed);
    }
}

struct Ended {
    value: Value,
    outcome: Outcome,
    error: Option<Failure>,
    draft: Draft,
}

async fn record(
    parts: &Parts,
    order: Order,
    ended: Ended,
    began: Instant,
    started_at: SystemTime,
) -> RunRecord {
    let Ended { value, outcome, error, draft } = ended;
    let progress = order.progress.clone();
    let ledger = &progress.ledger;
    let (calls, mut warnings) = ledger.take();
    warnings.extend(draft.warnings);
    let shown_bytes = usize::try_from(order.limits.shown_bytes).unwrap_or(usize::MAX);
    let value_bytes = value.as_ref().map_or(0, |value| value.get().len());
    let mut record = RunRecord {
        handle: None,
        id: order.id,
        workspace: order.workspace,
        outcome,
        value,
        value_bytes,
        error,
        printed: std::mem::take(&mut *progress.printed()),
        calls,
        limits: limits_used(&order.limits, &draft.used, draft.wall, ledger, &order.code, value_bytes),
        tokens: TokenReport::none(),
        warnings,
        repairs: draft.repairs,
        missing_walls: draft.missing_walls,
        started_at_ms: millis(started_at),
        queued_ms: draft.queued.as_secs_f64() * 1e3,
        duration_ms: 0.0,
        shown_bytes,
    };
    record.name_large_value();
    record.tokens = tokens(parts, &record, &order.code, &order.surface, ledger).await;
    record.duration_ms = began.elapsed().as_secs_f64() * 1e3;
    record
}

/// What the model would have read and written without Narrows, and what it did with it.
async fn tokens(
    parts: &Parts,
    record: &RunRecord,
    code: &str,
    surface: &Arc<Surface>,
    ledger: &Ledger,
) -> TokenReport {
    let answer = crate::tokens::TokenMeter::default();
    answer.add(code);
    answer.add(&record.shown().unwrap_or_default());
    record.printed.iter().for_each(|printed| answer.add(&printed.text));
    if let Some(error) = &record.error {
        answer.add(&error.message);
    }
    let all_known = !surface.catalog().servers().iter().any(|server| server.is_unknown());
    let without_narrows = match all_known {
        true => Some(parts.definitions.tokens(surface).await + ledger.tokens.total().await),
        false => None,
    };
    TokenReport {
        encoding: surface::ENCODING,
        without_narrows,
        with_narrows: parts.own_tool_tokens + answer.total().await,
    }
}

fn limits_used(
    limits: &Limits,
    used: &Used,
    wall: Duration,
    ledger: &Ledger,
    code: &str,
    value_bytes: usize,
) -> LimitsUsed {
    let of = |used, max| LimitUse { used, max };
    LimitsUsed {
        cpu_ms: of(used.cpu_us.div_ceil(1000), limits.cpu_ms),
        wall_ms: of(u64::try_from(wall.as_millis()).unwrap_or(u64::MAX), limits.wall_ms),
        memory_bytes: of(used.memory_bytes, limits.memory_bytes),
        printed_bytes: of(used.printed_bytes, limits.printed_bytes),
        calls: of(ledger.asked(), limits.calls),
        source_bytes: of(code.len() as u64, limits.source_bytes),
        value_bytes: of(value_bytes as u64, limits.value_bytes),
    }
}

fn millis(at: SystemTime) -> u64 {
    let since = at.duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
