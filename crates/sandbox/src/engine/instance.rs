//! One run: an instance of the guest, driven slice by slice.

use std::sync::Arc;

use wasmtime::{Memory, Store, Trap, TypedFunc, UpdateDeadline};
use wire::{End, FromRunner, InBlocks, Limit, MAIN, Module, OUTSTANDING_MAX, Settlement, Start, Used};

use super::{
    boundary::MEMORY,
    ledger::{self, Ledger, Reader, Trapped, Verdict},
    pool::{Engine, Pool},
};

/// The guest's version this side speaks.
const ABI_VERSION: u32 = 2;

/// Something that lets a waiting run go on.
pub(crate) struct Input {
    /// The call's number.
    pub(crate) call: u32,
    /// Its answer.
    pub(crate) with: Settlement,
    /// The clock of the slice.
    pub(crate) now_ms: f64,
}

impl Input {
    /// What its answer takes while it waits.
    pub(crate) fn bytes(&self) -> u64 {
        self.with.bytes() as u64
    }
}

/// A run between two slices: nothing but memory.
pub(crate) struct Instance {
    store: Store<Ledger>,
    memory: Memory,
    alloc: TypedFunc<u32, u32>,
    start: TypedFunc<(u32, u32), ()>,
    settle: TypedFunc<(u32, u32, u32, u32, f64), ()>,
    run: TypedFunc<(), ()>,
    interrupted: TypedFunc<(), ()>,
}

impl Instance {
    /// A fresh instance with the account of a run. Nothing of the script has run yet.
    pub(crate) fn new(engine: &Engine, start: &Start, reader: &Arc<Reader>) -> wasmtime::Result<Self> {
        engine.place(|pool| Self::in_pool(pool, start, Arc::clone(reader)))
    }

    fn in_pool(pool: &Pool, start: &Start, reader: Arc<Reader>) -> wasmtime::Result<Self> {
        let ledger = Ledger::new(start.run, start.limits.clone(), reader);
        let mut store = Store::new(&pool.engine, ledger);
        store.limiter(|ledger| ledger);
        // Until the flag's place is known a tick changes nothing: what runs before that is not the script.
        store.set_epoch_deadline(u64::MAX / 2);
        let instance = pool.guest.instantiate(&mut store)?;
        let version = instance.get_typed_func::<(), u32>(&mut store, "abi_version")?.call(&mut store, ())?;
        if version != ABI_VERSION {
            return Err(wasmtime::Error::msg("the guest is of another version"));
        }
        let flag =
            instance.get_typed_func::<(), u32>(&mut store, "interrupt_flag")?.call(&mut store, ())? as usize;
        let memory =
            instance.get_memory(&mut store, MEMORY).ok_or_else(|| wasmtime::Error::msg("no memory"))?;
        store.epoch_deadline_callback(move |mut context| match context.data_mut().visit() {
            Verdict::Continue => Ok(UpdateDeadline::Continue(1)),
            Verdict::Flag => {
                memory.write(&mut context, flag, &1_u32.to_le_bytes())?;
                Ok(UpdateDeadline::Continue(1))
            }
            Verdict::Trap => Err(Trap::Interrupt.into()),
        });
        Ok(Self {
            memory,
            alloc: instance.get_typed_func(&mut store, "alloc")?,
            start: instance.get_typed_func(&mut store, "start")?,
            settle: instance.get_typed_func(&mut store, "settle")?,
            run: instance.get_typed_func(&mut store, "run")?,
            interrupted: instance.get_typed_func(&mut store, "interrupted")?,
            store,
        })
    }

    /// The first slice. Answers whether the run goes on.
    pub(crate) fn start(&mut self, start: &Start) -> bool {
        let header = encoded_start(start);
        self.slice(|this| {
            let (place, length) = this.place(&header)?;
            this.start.call(&mut this.store, (place, length))
        })
    }

    /// One more slice. Answers whether the run goes on.
    pub(crate) fn go_on(&mut self, input: Input) -> bool {
        let waited = input.bytes();
        let Input { call, with, now_ms } = input;
        if !self.store.data_mut().settle(call) {
            self.store.data().taken_in(waited);
            return true;
        }
        self.slice(|this| {
            let (kind, bytes) = encoded_settlement(with);
            let (place, length) = this.place(&bytes)?;
            // Not held beside the guest's copy while the script computes.
            drop(bytes);
            this.store.data().taken_in(waited);
            this.settle.call(&mut this.store, (call, kind, place, length, now_ms))
        })
    }

    /// Notes that the run waits.
    pub(crate) fn say_waiting(&mut self) {
        self.store.data_mut().say_waiting();
    }

    /// What it used so far.
    pub(crate) fn used(&self) -> Used {
        self.store.data().used()
    }

    /// The frames since the last time, in order.
    pub(crate) fn take_frames(&mut self) -> Vec<u8> {
        self.store.data_mut().take_frames()
    }

    fn slice(&mut self, begin: impl FnOnce(&mut Self) -> wasmtime::Result<()>) -> bool {
        self.store.data_mut().begin_slice();
        self.store.set_epoch_deadline(1);
        let result = begin(self).and_then(|()| self.run.call(&mut self.store, ()));
        if result.is_err() && self.store.data_mut().begin_locating() {
            self.store.set_epoch_deadline(1);
            // Where the script stood is worth a try: what it was stopped in may have left the guest beyond use.
            let _ = self.interrupted.call(&mut self.store, ());
        }
        let memory_bytes = self.memory.data_size(&self.store) as u64;
        let ledger = self.store.data_mut();
        ledger.end_slice(memory_bytes);
        match ledger.verdict(result.err().map(|error| trapped(&error))) {
            None => true,
            Some(end) => {
                self.say_ended(end);
                false
            }
        }
    }

    fn say_ended(&mut self, end: End) {
        let ledger = self.store.data_mut();
        let message = FromRunner::Ended { run: ledger.run, end, used: ledger.used() };
        ledger.say(&message);
    }

    /// Writes bytes into the guest: their place and length.
    fn place(&mut self, bytes: &[u8]) -> wasmtime::Result<(u32, u32)> {
        let length = u32::try_from(bytes.len())?;
        let place = self.alloc.call(&mut self.store, length)?;
        if place == 0 {
            return Err(wasmtime::Error::msg("the guest has no memory left"));
        }
        self.memory.write(&mut self.store, place as usize, bytes)?;
        Ok((place, length))
    }
}

fn trapped(error: &wasmtime::Error) -> Trapped {
    match error.downcast_ref::<Trap>() {
        Some(Trap::StackOverflow) => Trapped::Stack,
        _ => Trapped::Other(format!("{error:#}")),
    }
}

/// Seed, clock, limits with the words for two of them, then names and sources, the script's first: as `crates/engine` reads it.
pub(crate) fn encoded_start(start: &Start) -> Vec<u8> {
    let limits = &start.limits;
    let mut bytes = Vec::with_capacity(start.javascript.len() + 256);
    bytes.extend_from_slice(&start.seed.to_le_bytes());
    bytes.extend_from_slice(&start.now_ms.to_le_bytes());
    let outstanding_bytes = ledger::outstanding_bytes_max(limits);
    let numbers =
        [limits.value_bytes, limits.argument_bytes, limits.depth, OUTSTANDING_MAX, outstanding_bytes];
    for number in numbers {
        bytes.extend_from_slice(&u32::try_from(number).unwrap_or(u32::MAX).to_le_bytes());
    }
    for limit in [Limit::Arguments, Limit::Depth] {
        push_text(limit.key(), &mut bytes);
        push_text(&limit.sentence(limits), &mut bytes);
    }
    push_text(MAIN, &mut bytes);
    push_text(&start.javascript, &mut bytes);
    push_modules(&start.modules, &mut bytes);
    bytes
}

pub(crate) fn encoded_settlement(settlement: Settlement) -> (u32, Vec<u8>) {
    match settlement {
        Settlement::Json(json) => (0, json),
        Settlement::Text(text) => (1, text.into_bytes()),
        Settlement::Bytes(bytes) => (2, bytes),
        Settlement::Undefined => (3, Vec::new()),
        Settlement::Modules(modules) => {
            let mut bytes = Vec::new();
            push_modules(&modules, &mut bytes);
            (4, bytes)
        }
        Settlement::Reject(json) => (5, json),
        Settlement::Answer(answer) => (6, encoded_answer(&answer)),
    }
}

fn encoded_answer(answer: &InBlocks) -> Vec<u8> {
    let InBlocks { value, blocks, beside, is_only_item } = answer;
    let mut bytes = Vec::with_capacity(value.len() + blocks.len() + 4 * beside.len() + 12);
    let numbers = [u32::from(*is_only_item), beside.len() as u32];
    for number in numbers.iter().chain(beside) {
        bytes.extend_from_slice(&number.to_le_bytes());
    }
    bytes.extend_from_slice(&(value.len() as u32).to_le_bytes());
    bytes.extend_from_slice(value);
    bytes.extend_from_slice(blocks);
    bytes
}

fn push_modules(modules: &[Module], bytes: &mut Vec<u8>) {
    for module in modules {
        push_text(&module.name, bytes);
        push_text(&module.javascript, bytes);
    }
}

fn push_text(text: &str, bytes: &mut Vec<u8>) {
    bytes.extend_from_slice(&(text.len() as u32).to_le_bytes());
    bytes.extend_from_slice(text.as_bytes());
}
