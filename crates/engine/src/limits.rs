//! The limits the guest itself keeps, and the ways a script is stopped.
//!
//! The host keeps every limit once more: this side only ends a script early, with a stack.

use core::{
    cell::{Cell, RefCell},
    sync::atomic::{AtomicU32, Ordering::Relaxed},
};

use crate::{
    failure,
    js::{self, Reserve, Thrown, Value},
};

/// The host writes here what stops the script; 0 is nothing.
pub static INTERRUPT: AtomicU32 = AtomicU32::new(0);

/// The limits a run was given.
#[derive(Clone, Copy, Default)]
pub struct Limits {
    pub value_bytes: usize,
    pub argument_bytes: usize,
    pub depth: usize,
    /// Calls that may wait for an answer at once.
    pub outstanding: usize,
    /// The arguments of all of them together.
    pub outstanding_bytes: usize,
}

/// A limit the guest saw reached. The numbers are part of the boundary.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Exceeded {
    Value = 1,
    Arguments = 2,
    Depth = 3,
    Memory = 4,
}

/// A limit of one operation, which a script may catch: its key and the sentence about it, as the host words them.
#[derive(Clone, Default)]
pub struct Words {
    pub key: String,
    pub sentence: String,
}

/// The words for what an argument can exceed.
#[derive(Clone, Default)]
pub struct ArgumentWords {
    pub bytes: Words,
    pub depth: Words,
}

/// Memory kept for the last word of a script that has used up all other.
const RESERVE_BYTES: usize = 24 * 1024;

/// Polls between two questions of QuickJS: its `JS_INTERRUPT_COUNTER_INIT`.
const POLLS: i32 = 10_000;

/// Polls that are left of them by [`ask_soon`], with those of the way there and back.
const LEFT: i32 = 24;

/// Uses up polls: two for each turn, one for each of the calls.
const BURNING: &str = "(() => { const call = () => {}; \
    return (turns, calls) => { while (turns > 0) turns--; if (calls > 0) call(); }; })()";

thread_local! {
    static LIMITS: Cell<Limits> = const {
        Cell::new(Limits { value_bytes: 0, argument_bytes: 0, depth: 0, outstanding: 0, outstanding_bytes: 0 })
    };
    static ARGUMENTS: RefCell<Option<ArgumentWords>> = const { RefCell::new(None) };
    static EXCEEDED: Cell<Option<Exceeded>> = const { Cell::new(None) };
    static STACK: RefCell<Option<String>> = const { RefCell::new(None) };
    static RESERVE: RefCell<Option<Reserve>> = const { RefCell::new(None) };
    static BURN: RefCell<Option<Value>> = const { RefCell::new(None) };
    static IS_BURNING: Cell<bool> = const { Cell::new(false) };
}

/// What must be there before a script can use anything up.
pub fn prepare() -> js::Result<()> {
    BURN.set(Some(js::evaluate(BURNING, c"narrows:prelude")?));
    RESERVE.set(Some(Reserve::new(RESERVE_BYTES)));
    Ok(())
}

pub fn set(limits: Limits, arguments: ArgumentWords) {
    LIMITS.set(limits);
    ARGUMENTS.set(Some(arguments));
}

/// The words for a limit of one call's arguments.
pub fn argument_words(limit: Exceeded) -> Words {
    let words = ARGUMENTS.with_borrow(|words| words.clone().unwrap_or_default());
    if limit == Exceeded::Depth { words.depth } else { words.bytes }
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

/// QuickJS was refused memory. The script gets an error it could catch, but not go far with.
pub fn memory_refused() {
    if !is_stopped() {
        EXCEEDED.set(Some(Exceeded::Memory));
        note_stack();
    }
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

pub fn note_stack() {
    // Set first: making the stack must not come back here.
    if STACK.with_borrow(Option::is_none) {
        STACK.set(Some(String::new()));
        drop(RESERVE.take());
        // The host waits only a moment for the stack, and a large heap is searched for longer than that.
        js::stop_collecting();
        let stack = failure::stack_here();
        STACK.set(Some(stack));
    }
}

/// Whether a script was stopped between two of its jobs, so that nobody knows where it stands.
pub fn is_stopped_nowhere() -> bool {
    is_stopped() && STACK.with_borrow(Option::is_none)
}

/// Makes QuickJS ask within the next few polls, `sooner` or later.
pub fn ask_soon(sooner: i32) {
    let Some(burn) = BURN.with_borrow(Clone::clone) else { return };
    let run = |turns, calls| {
        if burn.call(&Value::undefined(), &[&Value::integer(turns), &Value::integer(calls)]).is_err() {
            js::exception();
        }
    };
    IS_BURNING.set(true);
    // Interrupted where the count of polls begins anew; then most of it is used up. A turn takes two polls.
    run(POLLS, 0);
    run((POLLS - LEFT) / 2 + sooner / 2, sooner % 2);
    IS_BURNING.set(false);
}

/// QuickJS asks this every ten thousand branches or so; anything but 0 is an error no script can catch.
pub extern "C" fn interrupt_handler(
    _: *mut rquickjs_sys::JSRuntime,
    _: *mut core::ffi::c_void,
) -> core::ffi::c_int {
    if IS_BURNING.get() {
        return 1;
    }
    if !is_stopped() {
        return 0;
    }
    note_stack();
    // Between two jobs, or on the way into the first function, there is no frame yet: see [`ask_soon`].
    if STACK.with_borrow(|stack| stack.as_deref() == Some("")) {
        STACK.set(None);
        return 0;
    }
    1
}

/// Whether the error that just ended something is one no script can catch.
pub fn is_stop(error: &Value) -> bool {
    is_stopped() || error.is_uncatchable()
}
