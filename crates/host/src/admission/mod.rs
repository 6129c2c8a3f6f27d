//! Which runs may begin, which wait, and which are turned away.
//!
//! A run needs two permits. It holds one from its admission to its end: so many runs are in the workers at once, whether they
//! compute or wait for a tool. One that hibernates gives it back and takes one again when it wakes; meanwhile it holds one of a third
//! kind, which bounds how many do so, and where there is none of them it keeps the first. And it holds one, of far fewer, while it is parsed and in every slice of computing: so many
//! can keep the processors busy at once, and another client's short script need not wait for a crowd of long ones. Both
//! are shared out by [`fair`]. What waits for the first is the queue, which is bounded.

mod client;
mod fair;

use std::thread::available_parallelism;

use parking_lot::Mutex;

pub use client::{Client, Urgency};
pub(crate) use fair::Permit;

use crate::settings::QueueLimits;
use client::Holder;
use fair::{Acquire, Bounds, FairSemaphore, Full};

/// Slices of computing at once, for each processor: enough that none is idle while frames travel.
const SLICES_PER_PROCESSOR: usize = 4;

/// At least so many: one client alone has half of them.
const SLICES_MIN: usize = 16;

/// At most so many: a runner has 128 threads.
const SLICES_MAX: usize = 128;

/// Runs that are parsed and checked while the first worker starts, and it is not known yet how many it can carry.
const RUNS_BEFORE_WORKERS: usize = 8;

/// Why a run was turned away. Nothing of it has begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum QueueFull {
    /// Of all clients together.
    #[error("the limit of queued runs of {0} was reached (`runs.queued`)")]
    Runs(usize),
    /// Of this client.
    #[error("the limit of queued runs of one client of {0} was reached (`runs.queued_per_client`)")]
    RunsOfClient(usize),
    /// Of their scripts.
    #[error("the size limit of queued scripts of {0} MB was reached (`runs.queued_mb`)")]
    Scripts(u64),
}

/// Admits runs.
pub(crate) struct Admission {
    limits: QueueLimits,
    bounds: Bounds,
    permits: Permits,
}

/// What permits are had from.
#[derive(Clone)]
struct Permits {
    runs: FairSemaphore,
    hibernating: FairSemaphore,
    slices: FairSemaphore,
}

/// A run in the queue. Dropping it takes it out.
pub(crate) struct Queued {
    holder: Holder,
    acquire: Acquire,
    permits: Permits,
}

/// A run that may begin.
pub(crate) struct Admitted {
    holder: Holder,
    permits: Permits,
    /// Not there while the run hibernates, unless it had to keep it.
    run: Mutex<Option<Permit>>,
    hibernating: Mutex<Option<Permit>>,
}

impl Admission {
    pub(crate) fn new(limits: &QueueLimits) -> Self {
        let bounds = Bounds {
            waiting: limits.queued,
            waiting_of_client: limits.queued_per_client,
            weight: limits.queued_bytes,
        };
        let processors = available_parallelism().map_or(1, usize::from);
        let slices = (processors * SLICES_PER_PROCESSOR).clamp(SLICES_MIN, SLICES_MAX);
        Self {
            limits: limits.clone(),
            bounds,
            permits: Permits {
                runs: FairSemaphore::new(limits.at_once.min(RUNS_BEFORE_WORKERS)),
                hibernating: FairSemaphore::new(limits.hibernating),
                slices: FairSemaphore::new(slices),
            },
        }
    }

    /// Puts a run whose script has so many bytes into the queue.
    pub(crate) fn enqueue(
        &self,
        client: Client,
        urgency: Urgency,
        bytes: usize,
    ) -> Result<Queued, QueueFull> {
        let holder = Holder { client, urgency };
        let acquire = self.permits.runs.acquire_within(&self.bounds, &holder, bytes as u64);
        let acquire = acquire.map_err(|full| self.named(full))?;
        Ok(Queued { holder, acquire, permits: self.permits.clone() })
    }

    /// Puts a run into the queue that was admitted before, by a process that is gone: it is never turned away.
    pub(crate) fn enqueue_again(&self, client: Client, urgency: Urgency) -> Queued {
        let holder = Holder { client, urgency };
        let acquire = self.permits.runs.acquire(&holder);
        Queued { holder, acquire, permits: self.permits.clone() }
    }

    /// The workers can carry so many runs at once; nothing is known where they cannot be started, and then the runs shall hear
    /// of that.
    pub(crate) fn workers_carry(&self, runs: Option<usize>) {
        self.permits.runs.resize(runs.unwrap_or(usize::MAX).min(self.limits.at_once));
    }

    fn named(&self, full: Full) -> QueueFull {
        match full {
            Full::Waiting => QueueFull::Runs(self.limits.queued),
            Full::OfClient => QueueFull::RunsOfClient(self.limits.queued_per_client),
            Full::Weight => QueueFull::Scripts(self.limits.queued_bytes / (1024 * 1024)),
        }
    }
}

impl Queued {
    /// Waits until the run may begin.
    pub(crate) async fn admitted(self) -> Admitted {
        let Self { holder, acquire, permits } = self;
        let run = Mutex::new(Some(acquire.permit().await));
        Admitted { holder, permits, run, hibernating: Mutex::default() }
    }
}

impl Admitted {
    /// Waits until the run may compute. To be dropped when it does not.
    pub(crate) async fn slice(&self) -> Permit {
        if self.run.lock().is_none() {
            let run = self.permits.runs.acquire(&self.holder).permit().await;
            *self.run.lock() = Some(run);
            *self.hibernating.lock() = None;
        }
        self.permits.slices.acquire(&self.holder).permit().await
    }

    /// The run has left its worker: another may have its place there, until this one is to compute.
    pub(crate) fn hibernates(&self) {
        if let Some(permit) = self.permits.hibernating.try_acquire(&self.holder) {
            *self.hibernating.lock() = Some(permit);
            *self.run.lock() = None;
        }
    }
}
