//! Calls under way: the promises the script waits for, by the number the guest gave them.

use core::cell::{Cell, RefCell};
use std::collections::{BTreeMap, VecDeque};

use crate::{
    decode,
    encode::{self, Subject},
    failure, host, intrinsics,
    js::{self, Result, Thrown, Value},
    limits::{self, Exceeded},
    modules,
    wire::Reader,
};

struct Pending {
    resolve: Value,
    reject: Value,
    /// As QuickJS writes it.
    stack: Value,
    /// What its arguments take while they wait.
    bytes: usize,
}

/// A limit's error that was thrown, to be known again when nobody catches it.
struct Exceeding {
    limit: Exceeded,
    error: Value,
}

/// The longest name of a call; the host takes no longer one.
const NAME_BYTES_MAX: usize = 1024;

/// Errors of limits that are known again. A script that catches more than these has caught them all.
const EXCEEDING_MAX: usize = 4;

thread_local! {
    static PENDING: RefCell<BTreeMap<u32, Pending>> = const { RefCell::new(BTreeMap::new()) };
    static NEXT: Cell<u32> = const { Cell::new(1) };
    static MAKE_ERROR: RefCell<Option<Value>> = const { RefCell::new(None) };
    static MAKE_ANSWER: RefCell<Option<Value>> = const { RefCell::new(None) };
    static OUTSTANDING_BYTES: Cell<usize> = const { Cell::new(0) };
    static EXCEEDING: RefCell<VecDeque<Exceeding>> = const { RefCell::new(VecDeque::new()) };
}

/// Whether nothing is under way.
pub fn is_empty() -> bool {
    PENDING.with_borrow(BTreeMap::is_empty)
}

/// The function that makes the reasons of rejected calls.
pub fn set_make_error(function: Value) {
    MAKE_ERROR.set(Some(function));
}

/// The function that makes the values of answers that came in content blocks.
pub fn set_make_answer(function: Value) {
    MAKE_ANSWER.set(Some(function));
}

/// Asks the host; the promise of its answer. What cannot be encoded rejects it.
pub fn begin(name: &str, arguments: &Value) -> Result<Value> {
    if name.len() > NAME_BYTES_MAX {
        return refused(&format!("a path of more than {NAME_BYTES_MAX} bytes names nothing"));
    }
    let json = match encode::encode(arguments, Subject::Arguments) {
        Ok(json) => json.unwrap_or_else(|| b"{}".to_vec()),
        Err(Thrown) => {
            let reason = js::exception();
            return if limits::is_stop(&reason) { Err(js::throw(reason)) } else { js::rejected(&reason) };
        }
    };
    let bytes = OUTSTANDING_BYTES.get() + json.len();
    let most = limits::get();
    if PENDING.with_borrow(BTreeMap::len) >= most.outstanding {
        let most = most.outstanding;
        return refused(&format!(
            "at most {most} calls, timers and file operations can wait at once; await some"
        ));
    }
    if bytes > most.outstanding_bytes {
        let most = most.outstanding_bytes >> 20;
        return refused(&format!(
            "the arguments of all calls that wait at once are over {most} MB; await some"
        ));
    }
    let (promise, resolve, reject) = js::promise()?;
    let stack = failure::raw_stack_here();
    let id = NEXT.get();
    NEXT.set(id + 1);
    let place = failure::place_in(&stack);
    PENDING
        .with_borrow_mut(|pending| pending.insert(id, Pending { resolve, reject, stack, bytes: json.len() }));
    OUTSTANDING_BYTES.set(bytes);
    host::call(id, name, &json, place);
    Ok(promise)
}

fn refused(message: &str) -> Result<Value> {
    js::throw_type_error(message);
    js::rejected(&js::exception())
}

/// Throws the error of a limit that one call's arguments exceed. The script may catch it.
pub fn exceed(limit: Exceeded) -> Thrown {
    match limit_error(limit) {
        Ok(error) => {
            EXCEEDING.with_borrow_mut(|exceeding| {
                exceeding.truncate(EXCEEDING_MAX - 1);
                exceeding.push_front(Exceeding { limit, error: error.clone() });
            });
            js::throw(error)
        }
        Err(thrown) => thrown,
    }
}

fn limit_error(limit: Exceeded) -> Result<Value> {
    let words = limits::argument_words(limit);
    let fields = Value::object()?;
    for (name, text) in [(c"name", "LimitError"), (c"message", &words.sentence), (c"code", &words.key)] {
        fields.define(name, Value::string(text))?;
    }
    reason(&fields, &failure::raw_stack_here())
}

/// The limit this very error is about, where it is one of [`exceed`].
pub fn exceeded_by(error: &Value) -> Option<Exceeded> {
    EXCEEDING.with_borrow(|exceeding| {
        let known = exceeding.iter().find(|one| error.is_object() && one.error.address() == error.address());
        known.map(|one| one.limit)
    })
}

/// An answer, as the boundary encodes it.
#[derive(Clone, Copy)]
pub enum Kind {
    Json,
    Text,
    Bytes,
    Undefined,
    Modules,
    Reject,
    Answer,
}

impl Kind {
    pub fn of(number: u32) -> Option<Self> {
        [Self::Json, Self::Text, Self::Bytes, Self::Undefined, Self::Modules, Self::Reject, Self::Answer]
            .get(number as usize)
            .copied()
    }
}

/// Settles a call. One that is not under way is ignored.
pub fn settle(id: u32, kind: Kind, bytes: &[u8]) {
    let Some(pending) = PENDING.with_borrow_mut(|pending| pending.remove(&id)) else { return };
    OUTSTANDING_BYTES.set(OUTSTANDING_BYTES.get() - pending.bytes);
    let settled = match (answer(kind, bytes), kind) {
        (Ok(fields), Kind::Reject) => reason(&fields, &pending.stack).map(|reason| (&pending.reject, reason)),
        (Ok(value), _) => Ok((&pending.resolve, value)),
        (Err(Thrown), _) => Err(Thrown),
    };
    let (function, value) = settled.unwrap_or_else(|Thrown| (&pending.reject, js::exception()));
    if function.call(&Value::undefined(), &[&value]).is_err() {
        js::exception();
    }
}

fn answer(kind: Kind, bytes: &[u8]) -> Result<Value> {
    match kind {
        Kind::Json | Kind::Reject => decode::decode(bytes),
        Kind::Text => Ok(Value::string(&crate::text::repaired(bytes))),
        Kind::Bytes => Value::bytes(bytes),
        Kind::Undefined => Ok(Value::undefined()),
        Kind::Modules => Ok(define_modules(bytes)),
        Kind::Answer => answer_in_blocks(bytes),
    }
}

/// A value with its content blocks: see `hooks` in the prelude's README.
fn answer_in_blocks(bytes: &[u8]) -> Result<Value> {
    let mut reader = Reader::new(bytes);
    let is_only_item = reader.u32().unwrap_or(0) == 1;
    let count = reader.u32().unwrap_or(0);
    let beside: Vec<Value> =
        (0..count).map_while(|_| reader.u32()).map(|at| Value::number(at.into())).collect();
    let value = decode::decode(reader.bytes().unwrap_or_default())?;
    let blocks = crate::text::repaired(reader.rest());
    let Some(make) = MAKE_ANSWER.with_borrow(Clone::clone) else { return Ok(value) };
    let beside = Value::array(beside.into_iter())?;
    make.call(&Value::undefined(), &[&value, &Value::string(&blocks), &beside, &Value::boolean(is_only_item)])
}

/// The full name of the first.
fn define_modules(bytes: &[u8]) -> Value {
    let mut reader = Reader::new(bytes);
    let mut first = None;
    while let (Some(name), Some(source)) = (reader.text(), reader.text()) {
        modules::define(name, source);
        first.get_or_insert(name);
    }
    first.map_or_else(Value::undefined, Value::string)
}

fn reason(fields: &Value, stack: &Value) -> Result<Value> {
    let stack = Value::string(&failure::text_of_stack(stack));
    match MAKE_ERROR.with_borrow(Clone::clone) {
        Some(make) => make.call(&Value::undefined(), &[fields, &stack]),
        None => intrinsics::error(fields, &stack),
    }
}
