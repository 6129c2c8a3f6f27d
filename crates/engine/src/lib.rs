//! The engine's guest: QuickJS as an event loop without input and output.
//!
//! The host calls [`start`], then [`run`]; every export returns when the job queue is empty, so between two of
//! them the stack is empty and a waiting run is nothing but memory. Calls to the host are queued and answered by
//! [`settle`]. There is no other way in or out: no file, no clock, no WASI.
//!
//! The layout of `start`'s and `settle`'s bytes is this crate's and its host's alone; [`ABI_VERSION`] changes
//! with it.

mod calls;
mod clock;
mod decode;
mod encode;
mod failure;
mod host;
mod intrinsics;
mod js;
mod limits;
mod modules;
mod natives;
mod rejections;
mod run;
mod text;
mod wire;

/// The version of everything exported and imported here.
const ABI_VERSION: u32 = 2;

/// Makes the image every run begins with; called when the engine is built, never later.
#[unsafe(export_name = "wizer-initialize")]
extern "C" fn initialise() {
    if run::prepare().is_err() {
        let error = failure::describe(&js::exception());
        host::print(2, &format!("the prelude failed: {}: {}\n{}", error.name, error.message, error.stack));
        panic!("the prelude failed");
    }
}

/// [`ABI_VERSION`].
#[unsafe(no_mangle)]
extern "C" fn abi_version() -> u32 {
    ABI_VERSION
}

/// A place for `length` bytes, to be given to [`start`] or [`settle`]; 0 when there is no memory.
#[unsafe(no_mangle)]
extern "C" fn alloc(length: usize) -> *mut u8 {
    let mut bytes: Vec<u8> = Vec::new();
    if bytes.try_reserve_exact(length.max(1)).is_err() {
        return core::ptr::null_mut();
    }
    let place = bytes.as_mut_ptr();
    core::mem::forget(bytes);
    place
}

/// Takes back what [`alloc`] gave, filled by the host.
fn taken(place: *mut u8, length: usize) -> Vec<u8> {
    // SAFETY: the host gives each place of `alloc` back once, with its length, filled.
    unsafe { Vec::from_raw_parts(place, length, length.max(1)) }
}

/// Begins the run.
#[unsafe(no_mangle)]
extern "C" fn start(place: *mut u8, length: usize) {
    run::start(&taken(place, length));
}

/// Answers a call.
#[unsafe(no_mangle)]
extern "C" fn settle(call: u32, kind: u32, place: *mut u8, length: usize, now_ms: f64) {
    run::settle(call, kind, &taken(place, length), now_ms);
}

/// Runs until nothing is left to do.
#[unsafe(export_name = "run")]
extern "C" fn run_slice() {
    run::run();
}

/// Called once after a trap, and then nothing else: where the script stood.
#[unsafe(no_mangle)]
extern "C" fn interrupted() {
    run::interrupted();
}

/// Where the host writes what stops the script.
#[unsafe(no_mangle)]
extern "C" fn interrupt_flag() -> *const u32 {
    limits::INTERRUPT.as_ptr()
}

/// Bytes the script holds.
#[unsafe(no_mangle)]
extern "C" fn mem_used() -> u32 {
    js::memory_used()
}
