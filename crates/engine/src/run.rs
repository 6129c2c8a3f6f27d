//! One run: its beginning, its slices, its end.

use core::cell::{Cell, RefCell};

use crate::{
    calls, clock,
    encode::{self, Subject},
    failure,
    host::{self, End},
    intrinsics,
    js::{self, Job, Settled, Thrown, Value},
    limits::{self, ArgumentWords, Limits, Words},
    modules, natives, rejections,
    wire::Reader,
};

/// The module of the script.
const MAIN: &str = "/main.js";

/// Jobs still run once the value is known: those a script queued before it returned, a `then` that prints, say.
/// A loop of promises would keep a returned script alive for ever.
const JOBS_AFTER_END: u32 = 1_000;

/// How often, and for how many jobs, a stopped script may go on to show where it stands.
const ATTEMPTS: i32 = 8;
const JOBS_PER_ATTEMPT: u32 = 8;

/// Unhandled rejections named on the way out.
const UNCAUGHT_LINES_MAX: usize = 10;

thread_local! {
    static RESULT: RefCell<Option<Value>> = const { RefCell::new(None) };
    static HAS_ENDED: Cell<bool> = const { Cell::new(false) };
}

/// Makes the image every run begins with.
pub fn prepare() -> js::Result<()> {
    js::initialise();
    // SAFETY: the functions have the types QuickJS calls them by and live for ever.
    unsafe {
        use rquickjs_sys as qjs;
        let runtime = js::runtime();
        qjs::JS_SetInterruptHandler(runtime, Some(limits::interrupt_handler), core::ptr::null_mut());
        qjs::JS_SetHostPromiseRejectionTracker(runtime, Some(rejections::track), core::ptr::null_mut());
        qjs::JS_SetModuleLoaderFunc(
            runtime,
            Some(modules::normalise),
            Some(modules::load),
            core::ptr::null_mut(),
        );
    }
    intrinsics::capture()?;
    limits::prepare()?;
    let native = natives::object()?;
    Value::globals().get(c"Math")?.define_hidden(c"random", native.get(c"random")?)?;
    let prelude = js::evaluate(include_str!(concat!(env!("OUT_DIR"), "/prelude.js")), c"narrows:prelude")?;
    prelude.call(&Value::undefined(), &[&native])?;
    LOAD.set(Some(native.get(c"import")?));
    while matches!(js::run_job(), Job::Done) {}
    Ok(())
}

thread_local! {
    static LOAD: RefCell<Option<Value>> = const { RefCell::new(None) };
}

/// Begins the run that `header` describes.
pub fn start(header: &[u8]) {
    js::begin_slice();
    let mut reader = Reader::new(header);
    if read_start(&mut reader).is_none() {
        return;
    }
    let load = LOAD.with_borrow(Clone::clone).unwrap_or_else(Value::undefined);
    match intrinsics::main(&load, &Value::string(MAIN)) {
        Ok(result) => {
            // Its rejection is the run's end, not an unhandled one.
            result.mark_handled();
            RESULT.set(Some(result));
        }
        Err(Thrown) => threw(&js::exception()),
    }
}

/// Seed, clock, limits, then names and sources of modules.
fn read_start(reader: &mut Reader) -> Option<()> {
    let seed = reader.u64()?;
    clock::start(f64::from_bits(reader.u64()?), seed);
    let limits = Limits {
        value_bytes: reader.u32()? as usize,
        argument_bytes: reader.u32()? as usize,
        depth: reader.u32()? as usize,
        outstanding: reader.u32()? as usize,
        outstanding_bytes: reader.u32()? as usize,
    };
    let mut words = || Some(Words { key: reader.text()?.to_owned(), sentence: reader.text()?.to_owned() });
    limits::set(limits, ArgumentWords { bytes: words()?, depth: words()? });
    while let (Some(name), Some(source)) = (reader.text(), reader.text()) {
        modules::define(name, source);
    }
    Some(())
}

/// Answers a call; [`run`] goes on with it.
pub fn settle(call: u32, kind: u32, bytes: &[u8], now_ms: f64) {
    js::begin_slice();
    clock::set_now(now_ms);
    if let Some(kind) = calls::Kind::of(kind)
        && !HAS_ENDED.get()
    {
        calls::settle(call, kind, bytes);
    }
}

/// Runs until nothing is left to do. Says how the run ended, if it did.
pub fn run() {
    js::begin_slice();
    if HAS_ENDED.get() {
        return;
    }
    let mut jobs_left = u32::MAX;
    loop {
        if limits::is_stopped() {
            find_out_where();
            return stopped();
        }
        if jobs_left == u32::MAX && !matches!(result(), Settled::Pending) {
            jobs_left = JOBS_AFTER_END;
        }
        if jobs_left == 0 {
            break;
        }
        if jobs_left != u32::MAX {
            jobs_left -= 1;
        }
        match js::run_job() {
            Job::None => break,
            Job::Done => {}
            Job::Threw => drop(js::exception()),
        }
    }
    match result() {
        Settled::Pending if calls::is_empty() => waits_for_ever(),
        Settled::Pending => {}
        Settled::Fulfilled(value) => returned(&value),
        Settled::Rejected(reason) => threw(&reason),
    }
}

/// Goes on for the few branches it takes to learn where the script stands.
fn find_out_where() {
    for attempt in 0..ATTEMPTS {
        limits::ask_soon(attempt);
        for _ in 0..JOBS_PER_ATTEMPT {
            if !limits::is_stopped_nowhere() {
                return;
            }
            match js::run_job() {
                Job::None => return,
                Job::Done => {}
                Job::Threw => drop(js::exception()),
            }
        }
    }
}

/// The host stopped the guest in the midst of something that asks nobody, a sort or a number of a million digits.
/// Nothing runs any more, but the frames of the script still stand.
pub fn interrupted() {
    limits::note_stack();
    end(End::Interrupted, limits::stack().as_bytes());
}

fn result() -> Settled {
    RESULT.with_borrow(|result| result.as_ref().map_or(Settled::Pending, Value::settled))
}

fn returned(value: &Value) {
    match encode::encode(value, Subject::Value) {
        Ok(json) => {
            print_uncaught();
            match json {
                Some(json) => end(End::Returned, &json),
                None => end(End::Undefined, &[]),
            }
        }
        Err(Thrown) => threw(&js::exception()),
    }
}

fn threw(reason: &Value) {
    if limits::is_stop(reason) {
        return stopped();
    }
    if let Some(limit) = calls::exceeded_by(reason) {
        let stack = failure::describe(reason).stack;
        return end(End::Exceeded, &[&[limit as u8], stack.as_bytes()].concat());
    }
    let description = failure::describe(reason);
    if limits::is_stopped() {
        return stopped();
    }
    end(End::Threw, &description.encoded());
}

fn stopped() {
    let stack = limits::stack();
    match limits::exceeded() {
        None => end(End::Interrupted, stack.as_bytes()),
        Some(limit) => end(End::Exceeded, &[&[limit as u8], stack.as_bytes()].concat()),
    }
}

fn waits_for_ever() {
    match rejections::take().first() {
        Some(reason) => threw(reason),
        None => end(End::Deadlocked, &[]),
    }
}

fn print_uncaught() {
    for reason in rejections::take().iter().take(UNCAUGHT_LINES_MAX) {
        let error = failure::describe(reason);
        host::print(2, &format!("Uncaught (in promise) {}: {}", error.name, error.message));
    }
}

fn end(kind: End, bytes: &[u8]) {
    if !HAS_ENDED.replace(true) {
        host::end(kind, bytes);
    }
}
