//! The limits the guest itself keeps, and the ways a script is stopped.
//!
//! The host keeps every limit once more: this side only ends a script early, with a stack.

use core::{
    cell::{Cell, RefCell},
    sync::atomic::{AtomicU32, Ordering::Relaxed},
};

use crate::{
    failure,
    js::{self, Thrown, Value},
};

/// The host writes here what stops the script; 0 is nothing.
pub static INTERRUPT: AtomicU32 = AtomicU32::new(0);

/// The limits a run was given.
#[derive(Clone, Copy, Default)]
pub struct Limits {
    pub value_bytes: usize,
    pub argument_bytes: usize,
    pub depth: usize,
}

/// A limit the guest saw reached. The numbers are part of the boundary.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Exceeded {
    Value = 1,
    Arguments = 2,
    Depth = 3,
}

thread_local! {
    static LIMITS: Cell<Limits> = const { Cell::new(Limits { value_bytes: 0, argument_bytes: 0, depth: 0 }) };
    static EXCEEDED: Cell<Option<Exceeded>> = const { Cell::new(None) };
    static STACK: RefCell<Option<String>> = const { RefCell::new(None) };
}

pub fn set(limits: Limits) {
    LIMITS.set(limits);
}

pub fn get() -> Limits {
    LIMITS.get()
}

/// Notes a reached limit and throws what no script can catch.
pub fn exceed(limit: Exceeded) -> Thrown {
    note_stack();
    EXCEEDED.set(Some(limit));
    let thrown = js::throw_type_error("a limit was reached");
    let error = js::exception();
    error.make_uncatchable();
    js::throw(error);
    thrown
}

pub fn exceeded() -> Option<Exceeded> {
    EXCEEDED.get()
}

pub fn is_stopped() -> bool {
    INTERRUPT.load(Relaxed) != 0 || EXCEEDED.get().is_some()
}

/// Where the script stood when it was stopped.
pub fn stack() -> String {
    STACK.take().unwrap_or_default()
}

fn note_stack() {
    // Set first: making the stack must not come back here.
    if STACK.with_borrow(Option::is_none) {
        STACK.set(Some(String::new()));
        let stack = failure::stack_here();
        STACK.set(Some(stack));
    }
}

/// QuickJS asks this every ten thousand branches or so; anything but 0 is an error no script can catch.
pub extern "C" fn interrupt_handler(
    _: *mut rquickjs_sys::JSRuntime,
    _: *mut core::ffi::c_void,
) -> core::ffi::c_int {
    if !is_stopped() {
        return 0;
    }
    note_stack();
    1
}

/// Whether the error that just ended something is one no script can catch.
pub fn is_stop(error: &Value) -> bool {
    is_stopped() || error.is_uncatchable()
}
