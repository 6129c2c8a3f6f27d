//! One run from code to record.
//!
//! Queued → accepted → parsed → checked → executing ⇄ waiting → over. [`run`] tells that story from top to bottom; each
//! step either goes on or says how the run ended, and whatever the end, there is one record. Knows workers as
//! [`crate::pool`] offers them and calls as [`crate::broker`] makes them; never who asked.

mod bytes;
mod called;
mod clock;
mod direct;
mod ended;
mod errands;
mod execute;
mod explain;
mod failure;
mod fetched;
mod files;
mod habits;
mod modules;
mod order;
mod progress;
mod reach;
pub(crate) mod registry;
mod replay;
mod require;
mod shape;
mod skill_files;
mod stop;
mod told;

use std::{
    borrow::Cow,
    collections::HashMap,
    panic::AssertUnwindSafe,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant, SystemTime},
};

use futures_util::FutureExt;
use parking_lot::Mutex;
use serde_json::{json, value::RawValue};
use surface::Surface;
use tokio::sync::{Semaphore, watch};
use tokio_util::sync::CancellationToken;
use tools::Respondent;
use wire::{Limit, Limits, MAIN, Module, Parsed, PositionMap, SuspectKind};

use crate::{
    admission::{Admitted, Client, Queued},
    approvals::{Approvals, Approve},
    broker::{Broker, Caller},
    check::{self, Known},
    definitions::DefinitionTokens,
    host::DirectCall,
    journal::{Entry, Journal, Past, Program, Started},
    pool::{ParseFailure, Parsers, Runners},
    private::{Privacy, PrivateData, with_unknown_values},
    record::{Outcome, Problem, RunId, RunRecord},
    results::Results,
    rules::{Refusal, Rules},
    skills::{Shelf, SkillStore},
    workspace::{Workspace, Workspaces},
};
use ended::{Draft, Ended, record};
use execute::{Beginning, Processor};
use failure::Places;
use modules::{Missing, Wanted};
pub(crate) use modules::{SKILLS_MAX, load};
pub(crate) use progress::Progress;
pub use progress::{RunProgress, Stage};
use replay::Replay;
pub(crate) use replay::{Share, Then};
use stop::Stop;

/// Files read, searches and imports under way at once in one run. Files lie on one disk: more would only wait there, in
/// memory.
const OWN_AT_ONCE: u32 = 8;

/// What every run uses.
pub(crate) struct Parts {
    pub(crate) parsers: Parsers,
    pub(crate) runners: Runners,
    pub(crate) broker: Broker,
    pub(crate) approvals: Arc<Approvals>,
    pub(crate) skills: SkillStore,
    pub(crate) workspaces: Workspaces,
    pub(crate) results: Results,
    /// `None` where nothing personal is hidden.
    pub(crate) privacy: Option<Arc<Privacy>>,
    pub(crate) refused_patterns: Vec<SuspectKind>,
    pub(crate) rules: Arc<Rules>,
    pub(crate) own_tool_tokens: u64,
    /// How long a run waits in its worker before it leaves it.
    pub(crate) hibernates_after: Duration,
    /// How long a run waits for servers that are still starting.
    pub(crate) servers_within: Duration,
    /// When the host was started, and the servers with it.
    pub(crate) started: Instant,
}

/// A run that was asked for.
pub(crate) struct Order {
    pub(crate) id: RunId,
    pub(crate) client: Client,
    pub(crate) approve: Approve,
    pub(crate) code: String,
    /// What is done in place of a script.
    pub(crate) call: Option<DirectCall>,
    /// Who answers what servers ask; nobody after a restart.
    pub(crate) respondent: Option<Respondent>,
    pub(crate) workspace: String,
    pub(crate) args: Option<Vec<String>>,
    pub(crate) definition_tokens: DefinitionTokens,
    pub(crate) limits: Limits,
    /// The tools of every moment: a run sees those of the moment its servers were there.
    pub(crate) surfaces: watch::Receiver<Arc<Surface>>,
    pub(crate) cancel: CancellationToken,
    /// Cancelled when the host ends, and all runs with it.
    pub(crate) closing: CancellationToken,
    pub(crate) progress: Arc<Progress>,
    pub(crate) journal: Arc<Journal>,
}

/// What the errands of one run share.
struct Context {
    id: RunId,
    client: Client,
    respondent: Option<Respondent>,
    approve: Approve,
    parts: Arc<Parts>,
    /// Known once the servers that the script reaches are there.
    surface: OnceLock<Arc<Surface>>,
    surfaces: watch::Receiver<Arc<Surface>>,
    limits: Limits,
    progress: Arc<Progress>,
    journal: Arc<Journal>,
    workspace: Arc<Workspace>,
    workspace_name: String,
    /// The runs whose values answered calls of this one, until that is noted.
    fetched: Mutex<HashMap<u32, RunId>>,
    /// The skills this run sees.
    skills: Shelf,
    /// What hides personal data, where any is hidden.
    private: Option<Arc<PrivateData>>,
    /// Of what the host does by itself only so much is under way at once: each may hold a whole file.
    own_turns: Semaphore,
    /// Held by the change of a file that is being made.
    changes: tokio::sync::Mutex<()>,
    places: Mutex<Places>,
    /// A limit was told to the script, which may let it pass.
    limit_noted: AtomicBool,
}

type Value = Option<Box<RawValue>>;

/// Waits until a run may begin, runs its script to its end and makes the record.
pub(crate) async fn run(
    parts: Arc<Parts>,
    order: &Order,
    past: Option<(Past, Then)>,
    queued: Queued,
) -> RunRecord {
    let (began, started_at) = (Instant::now(), SystemTime::now());
    let started_at = past.as_ref().map_or(started_at, |(past, _)| past.asked.started_at());
    let mut draft = Draft::default();
    let admitted = tokio::select! {
        biased;
        () = order.cancel.cancelled() => Err(Stop::cancelled()),
        admitted = queued.admitted() => Ok(admitted),
    };
    draft.queued = began.elapsed();
    order.progress.is(Stage::Preparing);
    let accepted = admitted.and_then(|admitted| Ok((accept(&parts, order)?, admitted)));
    let end = match accepted {
        Ok((context, admitted)) => {
            let context = Arc::new(context);
            let told = async {
                match &order.call {
                    Some(call) => direct::carry(&context, call, order).await,
                    None => tell(&context, order, past, &admitted, &mut draft).await,
                }
            };
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
    let workspace = match order.approve {
        // What a planned run does to files is not to stay.
        Approve::Planned => parts.workspaces.copy_of(&order.workspace, order.id.as_str()),
        Approve::Ruled | Approve::Writes | Approve::Listed(_) => parts.workspaces.open(&order.workspace),
    };
    let Some(workspace) = workspace else {
        let name = &order.workspace;
        let message = format!("`{name}` is not a name for a workspace; use 1 to 64 of A-Z a-z 0-9 . _ -");
        return Err(Stop::new(Outcome::Refused, failure::plain("WorkspaceError", message)));
    };
    let skills = skill_files::stores(&workspace, &order.workspace).into_iter();
    let skills = Shelf::new(skills.chain([parts.skills.clone()]).collect());
    // A run that is planned has a copy of the files, with the same placeholders in them.
    let private = parts.privacy.as_ref().map(|privacy| privacy.of_run(&order.workspace)).transpose();
    let private = private.map_err(|error| Stop::not_private(&error))?.map(Arc::new);
    Ok(Context {
        id: order.id.clone(),
        client: order.client.clone(),
        respondent: order.respondent.clone(),
        approve: order.approve.clone(),
        parts: parts.clone(),
        surface: OnceLock::new(),
        surfaces: order.surfaces.clone(),
        limits: limits.clone(),
        progress: order.progress.clone(),
        journal: order.journal.clone(),
        workspace,
        workspace_name: order.workspace.clone(),
        fetched: Mutex::default(),
        own_turns: Semaphore::new(OWN_AT_ONCE as usize),
        skills,
        private,
        changes: tokio::sync::Mutex::default(),
        places: Mutex::default(),
        limit_noted: AtomicBool::new(false),
    })
}

/// The story of an accepted run.
async fn tell(
    context: &Arc<Context>,
    order: &Order,
    past: Option<(Past, Then)>,
    admitted: &Admitted,
    draft: &mut Draft,
) -> Result<Value, Stop> {
    let (begun, replay) = match past {
        Some((mut past, then)) => (past.begun.take(), Some(Replay::new(past, then))),
        None => (None, None),
    };
    let prepared = async {
        let asked = Instant::now();
        let slice = admitted.slice().await;
        draft.queued += asked.elapsed();
        let parsed = parse(context, order).await?;
        let reached = reach::of(&parsed, &context.parts, &context.skills).await;
        // Who waits for servers keeps no processor from others.
        let slice = match reached.waits(&order.surfaces.borrow()) {
            false => Some(slice),
            true => None,
        };
        let parts = &context.parts;
        let searched = reach::search_within(parts.started.elapsed()).min(parts.servers_within);
        let surface = reached.settled(&order.surfaces, parts.servers_within, searched).await;
        draft.warnings.extend(reached.missing(&surface));
        let _ = context.surface.set(surface);
        let slice = match slice {
            Some(slice) => slice,
            None => admitted.slice().await,
        };
        let checked = check(context, &parsed, &order.code, draft).await;
        // What was once begun goes on as it was; calls that cannot be made any more fail one by one.
        let modules = if begun.is_some() { checked.unwrap_or_default() } else { checked? };
        Ok((parsed, modules, slice))
    };
    let (parsed, modules, slice) = tokio::select! {
        biased;
        () = order.cancel.cancelled() => return Err(Stop::cancelled()),
        prepared = prepared => prepared?,
    };
    draft.repairs.clone_from(&parsed.repairs);
    context.places.lock().main = parsed.positions.clone();
    let (program, started) = match begun {
        Some((program, started)) => (program, Some(started)),
        None => (program(order, &parsed, modules), None),
    };
    let beginning = Beginning { program, started, replay };
    let processor = Processor { admitted, slice: Some(slice) };
    let end = execute::execute(context, beginning, processor, &order.cancel, draft).await;
    explain::explain(context, order, &parsed, draft, end).await
}

/// What is executed for a script that was parsed and checked.
fn program(order: &Order, parsed: &Parsed, mut modules: Vec<Module>) -> Program {
    let mut javascript = parsed.javascript.clone();
    if let Some(args) = &order.args {
        modules.push(arguments(args));
        // Imports are carried out first wherever they stand; at the end this one moves no line.
        javascript.push_str(&format!("\nimport {};", json!(ARGUMENTS)));
    }
    Program { javascript, modules }
}

/// The module that makes the global `args`.
const ARGUMENTS: &str = "/narrows/args.js";

fn arguments(args: &[String]) -> Module {
    let javascript = format!(
        "Object.defineProperty(globalThis, 'args', {{ value: {}, writable: true, configurable: true }});",
        json!(args)
    );
    Module { name: ARGUMENTS.to_owned(), javascript }
}

async fn parse(context: &Context, order: &Order) -> Result<Arc<Parsed>, Stop> {
    let refused = |failure| Stop::new(Outcome::Refused, failure);
    context.parts.parsers.parse(&order.code).await.map_err(|error| match error {
        ParseFailure::Syntax(errors) => {
            let problems = errors.into_iter().map(Problem::from);
            refused(failure::refused("SyntaxError", problems.collect()))
        }
        ParseFailure::Hostile(message) => refused(failure::plain("SyntaxError", message)),
        ParseFailure::Unavailable(reason) => Stop::unavailable(reason),
    })
}

/// Checks the script and gathers what it imports.
async fn check(
    context: &Context,
    parsed: &Parsed,
    code: &str,
    draft: &mut Draft,
) -> Result<Vec<Module>, Stop> {
    let facts = match &context.private {
        Some(_) => with_unknown_values(&parsed.facts, code),
        None => Cow::Borrowed(&parsed.facts),
    };
    let facts = &*facts;
    let specifiers = facts.imports.iter().map(|import| &import.specifier);
    let specifiers = specifiers.chain(facts.dynamic_imports.iter().map(|(specifier, _)| specifier));
    let mut specifiers = specifiers.chain(facts.unused.iter().map(|import| &import.specifier));
    // Looking into a folder is only worth it for a script that imports from it.
    let uses_skills = specifiers.any(|specifier| check::skill_named(specifier, MAIN).is_some());
    let skills = if uses_skills { context.skills.names() } else { Vec::new() };
    let known = Known {
        surface: context.surface(),
        skills: &skills,
        from: "/main.ts",
        refused_patterns: &context.parts.refused_patterns,
        rules: &context.parts.rules,
    };
    let findings = check::check(facts, &known);
    draft.warnings.extend(findings.warnings);
    draft.misread = findings.misread;
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
    let found = modules::find(wanted.collect(), &context.parts, &context.skills, context.surface()).await;
    let found = found.map_err(|missing| {
        let (line, column) = (missing.at.line, missing.at.column);
        let Missing { message, hint, refusal, .. } = missing;
        refused(vec![Problem { message, line, column, hint, refusal }])
    })?;
    context.add_places(found.positions);
    let registry = (facts.reach.registry || found.registry).then(|| registry::module(context.surface()));
    Ok(found.modules.into_iter().chain(registry).collect())
}

/// Says in the log what only the person may know of a script that is not allowed: as the ledger does for a call.
fn log_refusal(problem: &Problem) {
    if let Some(Refusal { why, permit, .. }) = &problem.refusal {
        tracing::warn!(what = problem.message, why, permit, "a script was refused");
    }
}

impl Context {
    /// Notes what is executed and how the engine is started; gives the program back.
    fn note_start(&self, program: Program, started: &Started) -> Program {
        if !self.journal.is_kept() {
            return program;
        }
        let entry = Entry::Program(Box::new(program));
        self.journal.note(&entry);
        self.journal.note(&Entry::Started(started.clone()));
        let Entry::Program(program) = entry else { unreachable!("it was made one above") };
        *program
    }

    /// What a call needs to know of this run.
    fn caller(&self) -> Caller<'_> {
        Caller {
            run: Some(&self.id),
            client: &self.client,
            surface: self.surface(),
            limits: &self.limits,
            ledger: &self.progress.ledger,
            approve: &self.approve,
            journal: &self.journal,
            private: self.private.as_ref(),
            respondent: self.respondent.as_ref(),
        }
    }

    /// The tools this run sees.
    fn surface(&self) -> &Arc<Surface> {
        self.surface.get_or_init(|| self.surfaces.borrow().clone())
    }

    fn add_places(&self, skills: HashMap<String, PositionMap>) {
        self.places.lock().skills.extend(skills);
    }

    /// Ends after so long, but not before every call of this run that waits for a person has gone on for as long.
    async fn unless_people_wait(&self, at_most: Duration) {
        loop {
            tokio::time::sleep(at_most).await;
            if self.parts.approvals.of_run(&self.id).is_empty() {
                return;
            }
        }
    }

    /// Whether the script may be given answers now. In a plan not before it asks for nothing more: which of its calls it made after
    /// an answer is then certain.
    fn takes_answers(&self) -> bool {
        !self.approve.is_planned() || self.progress.is_waiting()
    }

    fn note_limit(&self) {
        self.limit_noted.store(true, Ordering::Relaxed);
    }
}
