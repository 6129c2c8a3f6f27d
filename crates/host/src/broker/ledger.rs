//! The ledger of a run: every call it asked for, how each ended, and the limits they share.
//!
//! An entry is opened before anything else is done for a call and closes itself, so no way out is missed: a
//! call that is given up is recorded as cancelled.

mod news;

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    },
    time::Instant,
};

use parking_lot::Mutex;
use text::beginning;
use tokio::sync::{Semaphore, SemaphorePermit};
use tools::{CallError, CallErrorKind, RawValue, ServerName, ToolId};
use wire::{Limit, Limits};

pub(crate) use news::{CallNews, SeenCalls};

use super::Origin;
use crate::{
    definitions,
    journal::{Noted, Settled},
    plan::{PlanPart, PlanProgress},
    record::{CallEnd, CallRecord},
    rules::{Refusal, RunCounts},
    tokens::TokenMeter,
};

/// Calls over the limit that are still recorded one by one: enough to show what went on.
const OVER_LIMIT_RECORDED: usize = 10;

/// How much is kept of the name the script used, and of an error's text.
const NAME_BYTES_MAX: usize = 1024;
const ERROR_BYTES_MAX: usize = 2_000;

/// How much is kept of the arguments of a call that may have changed something: enough to tell it from others.
const WROTE_BYTES_MAX: usize = 200;

/// Tools of whose results the beginning is kept, and how much of it: see [`Sample`].
const SAMPLES_MAX: usize = 8;
const SAMPLE_BYTES_MAX: usize = 4 * 1024;

/// The beginning of what a tool returned last, to tell a script's author what it looks like.
#[derive(Debug, Clone)]
pub(crate) struct Sample {
    pub(crate) tool: ToolId,
    /// What scripts call the tool.
    pub(crate) name: String,
    pub(crate) json: String,
    /// There is more of it.
    pub(crate) is_cut: bool,
}

/// All calls of one run.
pub(crate) struct Ledger {
    began: Instant,
    limits: Limits,
    calls: Mutex<Vec<Booked>>,
    asked: AtomicU64,
    /// Calls of which it is not known yet whether they can be made.
    in_preparation: AtomicUsize,
    turns: Semaphore,
    /// Tokens of all arguments and results.
    pub(crate) tokens: TokenMeter,
    warnings: Mutex<Vec<String>>,
    samples: Mutex<Vec<Sample>>,
    /// What the rules have let through in this run.
    rule_counts: Arc<RunCounts>,
    /// Every refusal once: a script may try as often as it likes.
    refusals: Mutex<Vec<Arc<Refusal>>>,
    /// How many of the warnings are in the journal.
    warnings_noted: AtomicUsize,
    /// How far the run is in its plan, where it has one.
    plan: PlanProgress,
}

/// A call as the ledger holds it.
struct Booked {
    call: CallRecord,
    /// The rules that counted it for the run.
    counted: Vec<String>,
    is_under_way: bool,
}

impl Ledger {
    pub(crate) fn new(limits: &Limits) -> Self {
        let in_flight = usize::try_from(limits.in_flight).unwrap_or(usize::MAX);
        Self {
            began: Instant::now(),
            limits: limits.clone(),
            calls: Mutex::default(),
            asked: AtomicU64::new(0),
            in_preparation: AtomicUsize::new(0),
            turns: Semaphore::new(in_flight.clamp(1, Semaphore::MAX_PERMITS)),
            tokens: TokenMeter::default(),
            warnings: Mutex::default(),
            samples: Mutex::default(),
            rule_counts: Arc::default(),
            refusals: Mutex::default(),
            warnings_noted: AtomicUsize::new(0),
            plan: PlanProgress::default(),
        }
    }

    /// Opens the entry of a call, under the name the script used.
    pub(super) fn open(&self, name: &str, argument_bytes: usize, from: Origin) -> Entry<'_> {
        let asked = self.asked.fetch_add(1, Ordering::Relaxed) + 1;
        let began = Instant::now();
        let mut calls = self.calls.lock();
        let recorded_max = usize::try_from(self.limits.calls).unwrap_or(usize::MAX);
        let place = (calls.len() < recorded_max.saturating_add(OVER_LIMIT_RECORDED)).then_some(calls.len());
        if place.is_some() {
            let call = CallRecord {
                server: String::new(),
                tool: beginning(name, NAME_BYTES_MAX).to_owned(),
                argument_bytes,
                result_bytes: 0,
                started_ms: (began - self.began).as_secs_f64() * 1e3,
                duration_ms: 0.0,
                outcome: CallEnd::CANCELLED,
                error: None,
                refusal: None,
                plan: None,
                line: from.line,
                number: from.call,
                wrote: None,
                definition: None,
                server_fingerprint: None,
            };
            calls.push(Booked { call, counted: Vec::new(), is_under_way: true });
        }
        self.in_preparation.fetch_add(1, Ordering::Relaxed);
        let step = self.plan.step();
        Entry { ledger: self, place, asked, began, line: from.line, step, prepared: AtomicBool::new(false) }
    }

    /// What the journal is to keep of a call that is over, with what was warned about since it last kept any.
    pub(crate) fn noted(&self, number: u32) -> Option<Noted> {
        let calls = self.calls.lock();
        let booked = calls.iter().rev().find(|booked| booked.call.number == Some(number))?;
        let warnings = self.warnings.lock();
        let noted = self.warnings_noted.swap(warnings.len(), Ordering::Relaxed);
        let warnings = warnings.get(noted..).unwrap_or_default().to_vec();
        Some(Noted::new(&booked.call, booked.counted.clone(), warnings))
    }

    /// Enters a call that was made before, in this run or in the one it goes on from; nothing where it is no tool's.
    pub(crate) fn restore(&self, settled: &Settled, line: Option<u32>) {
        let Settled { call: number, request, with, noted, .. } = settled;
        let Some(noted) = noted else { return };
        self.asked.fetch_add(1, Ordering::Relaxed);
        self.tokens.add(&String::from_utf8_lossy(&request.arguments));
        if let Some(json) = with.json() {
            self.tokens.add(&json);
        }
        noted.warnings.iter().for_each(|warning| self.warn(warning.clone()));
        self.warnings_noted.store(self.warnings.lock().len(), Ordering::Relaxed);
        let Some(mut call) = noted.record() else { return };
        (call.number, call.line) = (Some(*number), line.or(call.line));
        if let Some(part) = &call.plan {
            self.plan.restore(part, call.line);
        }
        if call.outcome == CallEnd::Answered
            && let Some(json) = with.json()
        {
            self.sample(ToolId::new(ServerName::new(call.server.as_str()), call.tool.as_str()), &json);
        }
        self.calls.lock().push(Booked { call, counted: Vec::new(), is_under_way: false });
    }

    /// How far the run is in its plan.
    pub(crate) fn plan(&self) -> &PlanProgress {
        &self.plan
    }

    /// What the rules count in this run.
    pub(crate) fn rule_counts(&self) -> &Arc<RunCounts> {
        &self.rule_counts
    }

    /// Waits for this call's turn: only so many are under way at once.
    pub(super) async fn turn(&self) -> Result<SemaphorePermit<'_>, CallError> {
        self.turns.acquire().await.map_err(|_| over())
    }

    /// Whether calls still begin.
    pub(super) fn is_open(&self) -> Result<(), CallError> {
        if self.turns.is_closed() { Err(over()) } else { Ok(()) }
    }

    /// No call that has not begun begins any more.
    pub(crate) fn close(&self) {
        self.turns.close();
    }

    /// Says something once that the script's author should know.
    pub(crate) fn warn(&self, warning: String) {
        let mut warnings = self.warnings.lock();
        if !warnings.contains(&warning) {
            warnings.push(warning);
        }
    }

    /// Whether a warning that begins so was given.
    pub(crate) fn has_warned(&self, beginning: &str) -> bool {
        let warnings = self.warnings.lock();
        warnings.iter().any(|warning| warning.starts_with(beginning))
    }

    /// Keeps a refusal for the person, and logs it the first time.
    fn keep(&self, tool: &ToolId, refusal: Refusal) -> Arc<Refusal> {
        let mut refusals = self.refusals.lock();
        if let Some(known) = refusals.iter().find(|known| ***known == refusal) {
            return known.clone();
        }
        tracing::warn!(%tool, why = refusal.why, permit = refusal.permit, "a call was refused");
        let refusal = Arc::new(refusal);
        refusals.push(refusal.clone());
        refusal
    }

    /// Keeps the beginning of a result, the latest of each tool.
    fn sample(&self, tool: ToolId, json: &str) {
        let (name, kept) = (tool.tool.to_string(), beginning(json, SAMPLE_BYTES_MAX).to_owned());
        let sample = Sample { tool, name, is_cut: kept.len() < json.len(), json: kept };
        let mut samples = self.samples.lock();
        samples.retain(|known| known.tool != sample.tool);
        samples.push(sample);
        if samples.len() > SAMPLES_MAX {
            samples.remove(0);
        }
    }

    /// Beginnings of what the tools returned, the latest last.
    pub(crate) fn samples(&self) -> Vec<Sample> {
        self.samples.lock().clone()
    }

    /// Whether each call that is under way is known to be one that can be made.
    pub(crate) fn all_are_prepared(&self) -> bool {
        self.in_preparation.load(Ordering::Relaxed) == 0
    }

    /// How many calls were asked for.
    pub(crate) fn asked(&self) -> u64 {
        self.asked.load(Ordering::Relaxed)
    }

    /// What is to be kept: the calls and the warnings.
    pub(crate) fn take(&self) -> (Vec<CallRecord>, Vec<String>) {
        let warnings = std::mem::take(&mut *self.warnings.lock());
        let mut calls = std::mem::take(&mut *self.calls.lock());
        // Those that were made before are entered when they are handed over.
        calls.sort_by_key(|booked| booked.call.number);
        (calls.into_iter().map(|booked| booked.call).collect(), warnings)
    }

    /// The calls so far: those that are over, and those that are under way.
    pub(crate) fn so_far(&self) -> (Vec<CallRecord>, Vec<CallRecord>) {
        let calls = self.calls.lock();
        let that = |is_under_way| {
            let booked = calls.iter().filter(move |booked| booked.is_under_way == is_under_way);
            booked.map(|booked| booked.call.clone()).collect()
        };
        (that(false), that(true))
    }
}

fn over() -> CallError {
    CallError::new(CallErrorKind::Cancelled, "the run is over")
}

/// The open entry of one call.
pub(super) struct Entry<'a> {
    ledger: &'a Ledger,
    place: Option<usize>,
    asked: u64,
    began: Instant,
    line: Option<u32>,
    /// How often the script had been given stand-ins when it asked for this call.
    step: u32,
    prepared: AtomicBool,
}

impl Entry<'_> {
    /// The tool is known now.
    pub(super) fn name(&self, tool: &ToolId) {
        self.edit(|call| {
            call.server = tool.server.to_string();
            call.tool = tool.tool.to_string();
        });
    }

    /// Whether the run may make this call at all.
    pub(super) fn within_limit(&self) -> Result<(), CallError> {
        let limits = &self.ledger.limits;
        if self.asked <= limits.calls {
            return Ok(());
        }
        Err(CallError::new(CallErrorKind::Limit, Limit::Calls.sentence(limits)))
    }

    /// The call can be made, or is over.
    pub(super) fn is_prepared(&self) {
        if !self.prepared.swap(true, Ordering::Relaxed) {
            self.ledger.in_preparation.fetch_sub(1, Ordering::Relaxed);
        }
    }

    /// The fingerprints of the tool's definition, and of what is behind its server's name.
    pub(super) fn defined(&self, definition: u64, server: Option<u64>) {
        self.edit(|call| {
            call.definition = Some(definitions::in_hex(definition));
            call.server_fingerprint = server.map(definitions::in_hex);
        });
    }

    /// The call leaves, and may change something.
    pub(super) fn leaves(&self, arguments: &RawValue) {
        self.edit(|call| call.wrote = Some(beginning(arguments.get(), WROTE_BYTES_MAX).to_owned()));
    }

    /// These rules have counted the call for the run.
    pub(super) fn counted(&self, rules: Vec<String>) {
        self.book(|booked| booked.counted = rules);
    }

    /// What the rules count in this run.
    pub(super) fn rule_counts(&self) -> &Arc<RunCounts> {
        self.ledger.rule_counts()
    }

    /// How far the run is in its plan.
    pub(super) fn plan(&self) -> &PlanProgress {
        &self.ledger.plan
    }

    /// How often the script had been given stand-ins.
    pub(super) fn step(&self) -> u32 {
        self.step
    }

    /// Line of the script, where known.
    pub(super) fn line(&self) -> Option<u32> {
        self.line
    }

    /// The call's part in the plan.
    pub(super) fn has_part(&self, part: PlanPart) {
        self.edit(|call| call.plan = Some(part));
    }

    /// The call is not allowed, and why, for the person.
    pub(super) fn refused(&self, tool: &ToolId, refusal: Refusal) {
        let refusal = self.ledger.keep(tool, refusal);
        self.edit(|call| call.refusal = Some(refusal));
    }

    /// The tool answered.
    pub(super) fn answered(&self, value: &RawValue) {
        let mut tool = None;
        self.edit(|call| {
            if matches!(call.plan, Some(PlanPart::Planned(_))) {
                call.outcome = CallEnd::Planned;
                return;
            }
            call.result_bytes = value.get().len();
            call.outcome = CallEnd::Answered;
            tool = Some(ToolId::new(ServerName::new(call.server.as_str()), call.tool.as_str()));
        });
        if let Some(tool) = tool {
            self.ledger.sample(tool, value.get());
        }
        self.ledger.tokens.add(value.get());
    }

    /// It did not.
    pub(super) fn failed(&self, error: &CallError) {
        self.edit(|call| {
            call.outcome = CallEnd::Failed(error.kind);
            call.error = Some(beginning(&error.message, ERROR_BYTES_MAX).to_owned());
        });
        self.ledger.tokens.add(&error.message);
    }

    fn edit(&self, change: impl FnOnce(&mut CallRecord)) {
        self.book(|booked| change(&mut booked.call));
    }

    fn book(&self, change: impl FnOnce(&mut Booked)) {
        if let Some(place) = self.place
            && let Some(booked) = self.ledger.calls.lock().get_mut(place)
        {
            change(booked);
        }
    }
}

impl Drop for Entry<'_> {
    fn drop(&mut self) {
        self.is_prepared();
        let duration_ms = self.began.elapsed().as_secs_f64() * 1e3;
        self.book(|booked| {
            booked.call.duration_ms = duration_ms;
            booked.is_under_way = false;
        });
    }
}
