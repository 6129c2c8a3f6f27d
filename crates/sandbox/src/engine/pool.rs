//! The slots instances live in.
//!
//! There are two pools. Reusing a *warm* slot costs a copy of the pristine image and no page fault, which is what
//! makes a run of a few dozen microseconds possible; but a warm slot keeps its memory for ever. So there are few of
//! them, and a crowd of waiting runs goes to *cold* slots, which give their memory back to the kernel.

use wasmtime::{Config, InstanceAllocationStrategy, InstancePre, Linker, PoolingAllocationConfig};

use super::{
    artefact, boundary,
    ledger::Ledger,
    settings,
    ticker::{AtWork, Ticker},
};

/// Slots that keep their memory, 3 MB each: more than scripts compute at once on any machine.
const WARM_SLOTS: u32 = 16;

/// Slots that do not. Together they bound the runs of one process.
const COLD_SLOTS: u32 = 2_000;

/// Tried in turn where address space is short: under `ulimit -v`, in some containers and sandboxes. One slot is
/// 4 GB of addresses; below that there is no engine.
const FEWER_SLOTS: [u32; 3] = [16, 4, 1];

/// Memory of a warm slot that is cleaned by copying. It must cover the guest's memory as it begins, or every reuse
/// pays for page faults that other threads wait for.
const WARM_BYTES: usize = 3 * 1024 * 1024;

/// Everything instances share.
pub(crate) struct Engine {
    warm: Pool,
    /// Nothing when the machine has no room for it.
    cold: Option<Pool>,
    ticker: Ticker,
}

/// Slots of one kind.
pub(super) struct Pool {
    pub(super) engine: wasmtime::Engine,
    pub(super) guest: InstancePre<Ledger>,
    slots: u32,
}

impl Engine {
    /// Loads the engine: everything that maps code or makes files in memory happens here, so that a process may
    /// give up these rights before it meets a script. The error says what this machine lacks.
    pub(crate) fn new() -> wasmtime::Result<Self> {
        let warm = Pool::with_most_slots()?;
        let cold = Pool::new(COLD_SLOTS, 0).ok();
        Ok(Self { warm, cold, ticker: Ticker::default() })
    }

    /// Starts the clock without which nothing is interrupted. A thread of its own, so it comes after everything
    /// that a process can only do to itself while it has a single one. It calls `on_tick` at every tick.
    pub(crate) fn start_clock(&self, on_tick: impl Fn() + Send + 'static) -> std::io::Result<()> {
        let pools = [Some(&self.warm), self.cold.as_ref()];
        self.ticker.start(pools.into_iter().flatten().map(|pool| pool.engine.clone()).collect(), on_tick)
    }

    /// How many instances there can be at once.
    pub(crate) fn slots(&self) -> u32 {
        self.warm.slots + self.cold.as_ref().map_or(0, |cold| cold.slots)
    }

    /// Says that a thread is at work: the clock ticks until this is dropped.
    pub(crate) fn at_work(&self) -> AtWork<'_> {
        self.ticker.at_work()
    }

    /// Instantiates in a warm slot, or in a cold one when no warm one is free.
    pub(super) fn place<T>(
        &self,
        mut instantiate: impl FnMut(&Pool) -> wasmtime::Result<T>,
    ) -> wasmtime::Result<T> {
        let failed = match instantiate(&self.warm) {
            Err(error) if error.is::<wasmtime::PoolConcurrencyLimitError>() => error,
            result => return result,
        };
        self.cold.as_ref().map_or(Err(failed), instantiate)
    }
}

impl Pool {
    fn with_most_slots() -> wasmtime::Result<Self> {
        let mut made = Self::new(WARM_SLOTS, WARM_BYTES);
        for slots in FEWER_SLOTS {
            if made.is_err() {
                made = Self::new(slots, WARM_BYTES);
            }
        }
        made.map_err(|error| {
            error.context(
                "is there address space for one script? `ulimit -v` must be above 8 GB, or unlimited",
            )
        })
    }

    fn new(slots: u32, resident_bytes: usize) -> wasmtime::Result<Self> {
        let mut pool = PoolingAllocationConfig::new();
        pool.total_core_instances(slots)
            .total_memories(slots)
            .total_tables(slots)
            .max_memory_size(settings::MEMORY_RESERVATION as usize)
            .linear_memory_keep_resident(resident_bytes)
            // The guest's table is one page or two.
            .table_keep_resident(resident_bytes.min(16 * 1024));
        let mut config = Config::new();
        settings::configure(&mut config);
        config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool));
        let engine = wasmtime::Engine::new(&config)?;
        let module = artefact::load(&engine)?;
        assert_resident(&module);
        let mut linker = Linker::new(&engine);
        boundary::define(&mut linker)?;
        let guest = linker.instantiate_pre(&module)?;
        // The first instance makes the image that all others share.
        guest.instantiate(wasmtime::Store::new(&engine, nobodys_ledger()))?;
        Ok(Self { engine, guest, slots })
    }
}

fn nobodys_ledger() -> Ledger {
    Ledger::new(wire::RunNumber(0), wire::Limits::default(), std::sync::Arc::default())
}

fn assert_resident(module: &wasmtime::Module) {
    let pages = module.resources_required().max_initial_memory_size.unwrap_or(0);
    assert!(
        pages * 64 * 1024 <= WARM_BYTES as u64,
        "the guest begins with {pages} pages, more than stay resident"
    );
}
