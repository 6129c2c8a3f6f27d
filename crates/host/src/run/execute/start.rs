//! How a run comes into a runner: at its beginning, and whenever it begins again.

use std::{sync::Arc, time::Instant};

use tokio_util::sync::CancellationToken;
use wire::{RunNumber, Start};

use super::{Context, Draft, Processor, Replay, Stop, now_ms};
use crate::{
    journal::{Program, Started},
    pool::Running,
    random,
    run::progress::Stage,
};

/// What is executed, and from where on.
pub(in crate::run) struct Beginning {
    pub(in crate::run) program: Program,
    /// How the engine was started, where this run was begun before.
    pub(in crate::run) started: Option<Started>,
    /// The answers of the past, where there are any.
    pub(in crate::run) replay: Option<Replay>,
}

/// A run in its runner, of which nothing was heard yet.
pub(super) struct Launched {
    pub(super) running: Running,
    /// What the runner was given.
    pub(super) start: Start,
    /// The fingerprint of the engine, where the run can be repeated.
    pub(super) engine: Option<u64>,
    pub(super) replay: Option<Replay>,
}

/// Gives a run to a runner, and notes its start where it has none yet.
pub(super) async fn launch(
    context: &Arc<Context>,
    beginning: Beginning,
    processor: &mut Processor<'_>,
    cancel: &CancellationToken,
    draft: &mut Draft,
) -> Result<Launched, Stop> {
    let Some(reserved) = reserve(context, processor, cancel, draft).await? else {
        return Err(Stop::cancelled());
    };
    let Beginning { program, started, replay } = beginning;
    let (program, started) = match started {
        Some(started) => {
            refuse_another_engine(&started, reserved.engine())?;
            (program, started)
        }
        None => {
            let seed = context.approve.seed().unwrap_or_else(random::number);
            let started = begin_anew(seed, replay.as_ref(), reserved.engine());
            (context.note_start(program, &started), started)
        }
    };
    let start = of_program(context, program, &started);
    let running = context.parts.runners.begin(reserved, &start, cancel).await.map_err(Stop::unavailable)?;
    let Some(running) = running else { return Err(Stop::cancelled()) };
    context.progress.is(Stage::Computing);
    let missing = running.walls().iter().filter(|state| state.missing().is_some());
    draft.missing_walls.extend(missing.map(|state| state.wall));
    Ok(Launched { running, start, engine: started.engine, replay })
}

/// What a runner is given to start a program.
pub(super) fn of_program(context: &Context, program: Program, started: &Started) -> Start {
    Start {
        run: RunNumber(0),
        javascript: program.javascript,
        modules: program.modules,
        seed: started.seed,
        now_ms: started.now_ms,
        limits: context.limits.clone(),
    }
}

/// Finds a runner that can take the run. `None` when it was cancelled before.
pub(super) async fn reserve(
    context: &Context,
    processor: &mut Processor<'_>,
    cancel: &CancellationToken,
    draft: &mut Draft,
) -> Result<Option<Running>, Stop> {
    if let Some(reserved) = context.parts.runners.try_reserve() {
        return Ok(Some(reserved));
    }
    // While the runners start, or when one with less room has taken another's place. Those that would make room may need
    // the permit to get there.
    processor.slice = None;
    let asked = Instant::now();
    let reserved = tokio::select! {
        reserved = context.parts.runners.reserve() => reserved.map_err(Stop::unavailable)?,
        () = cancel.cancelled() => return Ok(None),
    };
    tokio::select! {
        slice = processor.admitted.slice() => processor.slice = Some(slice),
        () = cancel.cancelled() => return Ok(None),
    }
    draft.queued += asked.elapsed();
    Ok(Some(reserved))
}

/// How the engine is started. A run that goes on from another one has its random numbers and its clock.
fn begin_anew(seed: u64, replay: Option<&Replay>, engine: Option<u64>) -> Started {
    match replay.and_then(|replay| replay.origin.as_ref()) {
        Some(origin) => Started { seed: origin.seed, now_ms: origin.now_ms, engine },
        None => Started { seed, now_ms: now_ms(), engine },
    }
}

/// Only in the engine that a run began in does the same happen again.
fn refuse_another_engine(started: &Started, engine: Option<u64>) -> Result<(), Stop> {
    let reason = match (started.engine, engine) {
        (None, _) => "it ran in an engine in which a run cannot be repeated",
        (began, now) if began != now => "it began in another version of the engine, or in another engine",
        _ => return Ok(()),
    };
    Err(Stop::interrupted(format!("the run cannot be taken up: {reason}")))
}
