//! The record of a run that is over: what it made, what it took, and what a model was spared.

use std::{
    borrow::Cow,
    sync::Arc,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use wire::{Limits, Used, Wall};

use super::{Order, Parts, Value};
use crate::{
    approvals::Approve,
    broker::Ledger,
    definitions,
    plan::Plan,
    record::{Failure, LimitUse, LimitsUsed, Outcome, RunRecord, TokenReport},
    results,
};

/// What is known of a run before it is over.
#[derive(Default)]
pub(super) struct Draft {
    pub(super) used: Used,
    pub(super) wall: Duration,
    /// Spent waiting for other runs.
    pub(super) queued: Duration,
    pub(super) warnings: Vec<String>,
    pub(super) repairs: Vec<String>,
    pub(super) missing_walls: Vec<Wall>,
    /// Lines that are warned about for what they read of results.
    pub(super) misread: Vec<u32>,
}

/// How a run ended, and what is known of it.
pub(super) struct Ended {
    pub(super) value: Value,
    pub(super) outcome: Outcome,
    pub(super) error: Option<Failure>,
    pub(super) draft: Draft,
}

/// Makes the record of a run that is over.
pub(super) async fn record(
    parts: &Parts,
    order: &Order,
    ended: Ended,
    began: Instant,
    started_at: SystemTime,
) -> RunRecord {
    let Ended { value, outcome, error, draft } = ended;
    let progress = order.progress.clone();
    let ledger = &progress.ledger;
    let (mut calls, mut warnings) = ledger.take();
    let (plan, applied) = match &order.approve {
        Approve::Planned => (Some(Plan::taken_from(&mut calls)), None),
        Approve::Listed(list) => (None, Some(ledger.plan().applied(list))),
        Approve::Ruled | Approve::Writes => (None, None),
    };
    warnings.extend(draft.warnings);
    let shown_bytes = usize::try_from(order.limits.shown_bytes).unwrap_or(usize::MAX);
    let value_bytes = value.as_ref().map_or(0, |value| value.get().len());
    let mut record = RunRecord {
        handle: None,
        outline: None,
        id: order.id.clone(),
        workspace: order.workspace.clone(),
        outcome,
        value: value.map(Arc::from),
        value_bytes,
        error,
        printed: std::mem::take(&mut *progress.printed()),
        calls,
        plan,
        applied,
        limits: limits_used(&order.limits, &draft.used, draft.wall, ledger, &order.code, value_bytes),
        tokens: TokenReport::none(),
        warnings,
        repairs: draft.repairs,
        missing_walls: draft.missing_walls,
        started_at_ms: millis(started_at),
        queued_ms: draft.queued.as_secs_f64() * 1e3,
        duration_ms: 0.0,
        is_kept: false,
        shown_bytes,
        media: None,
    };
    record.take_data_out(&order.limits);
    record.name_large_value();
    if let (Some(_), Some(value)) = (&record.handle, record.value.clone()) {
        // All of it is looked at.
        record.outline = tokio::task::spawn_blocking(move || results::outline(&value)).await.ok();
    }
    let surface = order.surfaces.borrow().clone();
    let definitions = definitions::tokens(surface, order.definition_tokens).await;
    record.tokens = tokens(parts, &record, &order.code, definitions, ledger).await;
    // Of a run that was taken up, also what went before.
    let since = started_at.elapsed().unwrap_or_default().max(began.elapsed());
    record.duration_ms = since.as_secs_f64() * 1e3;
    record
}

/// What the model would have read and written without Narrows, and what it did with it.
async fn tokens(
    parts: &Parts,
    record: &RunRecord,
    code: &str,
    definitions: Option<u64>,
    ledger: &Ledger,
) -> TokenReport {
    let answer = crate::tokens::TokenMeter::default();
    answer.add(code);
    answer.add(&record.shown().unwrap_or_default());
    answer.add(record.outline.as_deref().unwrap_or_default());
    record.printed.iter().for_each(|printed| answer.add(&printed.text));
    if let Some(error) = &record.error {
        answer.add(&error.message);
    }
    let without_narrows = match definitions {
        Some(tokens) => Some(tokens + ledger.tokens.total().await),
        None => None,
    };
    TokenReport {
        encoding: Cow::Borrowed(surface::ENCODING),
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
