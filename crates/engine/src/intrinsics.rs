//! The parts of the language the engine itself relies on, captured before any script runs.

use core::cell::RefCell;

use crate::js::{self, Result, Thrown, Value};

struct Intrinsics {
    error_stack: Value,
    type_error: Value,
    error: Value,
    map_entries: Value,
    set_values: Value,
    big_integer: Value,
    parse_exactly: Value,
    unbox: Value,
    main: Value,
    /// The classes of objects around a number, string, boolean and big integer.
    boxed: [u32; 4],
    /// The class of what `JSON.rawJSON` makes.
    raw_json: u32,
}

thread_local! {
    static INTRINSICS: RefCell<Option<Intrinsics>> = const { RefCell::new(None) };
}

/// Captures them. Called once, in a fresh context.
pub fn capture() -> Result<()> {
    let captured = js::evaluate(include_str!("intrinsics.js"), c"narrows:prelude")?;
    let samples = captured.get(c"boxed")?;
    let mut boxed = [0; 4];
    for (index, class) in boxed.iter_mut().enumerate() {
        *class = samples.at(index as u32)?.class();
    }
    let intrinsics = Intrinsics {
        error_stack: captured.get(c"errorStack")?,
        type_error: captured.get(c"typeError")?,
        error: captured.get(c"error")?,
        map_entries: captured.get(c"mapEntries")?,
        set_values: captured.get(c"setValues")?,
        big_integer: captured.get(c"bigInteger")?,
        parse_exactly: captured.get(c"parseExactly")?,
        unbox: captured.get(c"unbox")?,
        main: captured.get(c"main")?,
        boxed,
        raw_json: captured.get(c"rawJSON")?.class(),
    };
    INTRINSICS.set(Some(intrinsics));
    Ok(())
}

fn call(pick: impl FnOnce(&Intrinsics) -> &Value, arguments: &[&Value]) -> Result<Value> {
    // Not held during the call: what is called may come back here.
    let function =
        INTRINSICS.with_borrow(|intrinsics| intrinsics.as_ref().map(|intrinsics| pick(intrinsics).clone()));
    function.ok_or(Thrown)?.call(&Value::undefined(), arguments)
}

/// The stack of an error, whatever the script did to `Error.prototype`.
pub fn error_stack(error: &Value) -> Result<Value> {
    let getter = INTRINSICS
        .with_borrow(|intrinsics| intrinsics.as_ref().map(|intrinsics| intrinsics.error_stack.clone()));
    getter.ok_or(Thrown)?.call(error, &[])
}

/// A `TypeError`.
pub fn type_error(message: &Value) -> Result<Value> {
    call(|intrinsics| &intrinsics.type_error, &[message])
}

/// An error with these fields and this stack: what a rejected call gives when the prelude says nothing else.
pub fn error(fields: &Value, stack: &Value) -> Result<Value> {
    call(|intrinsics| &intrinsics.error, &[fields, stack])
}

/// A map's keys and values in turn.
pub fn map_entries(map: &Value) -> Result<Value> {
    call(|intrinsics| &intrinsics.map_entries, &[map])
}

/// A set's values.
pub fn set_values(set: &Value) -> Result<Value> {
    call(|intrinsics| &intrinsics.set_values, &[set])
}

/// The `bigint` of a text of digits.
pub fn big_integer(digits: &Value) -> Result<Value> {
    call(|intrinsics| &intrinsics.big_integer, &[digits])
}

/// The value of a JSON text whose integers a double may not hold, by the language's own parser.
pub fn parse_exactly(json: &[u8]) -> Result<Value> {
    let json = Value::string(&crate::text::repaired(json));
    call(|intrinsics| &intrinsics.parse_exactly, &[&json])
}

/// The primitive inside an object made by `Object(1)` and its kin, where it is one.
pub fn unboxed(object: &Value) -> Result<Option<Value>> {
    let class = object.class();
    let is_boxed = INTRINSICS.with_borrow(|intrinsics| {
        intrinsics.as_ref().is_some_and(|intrinsics| intrinsics.boxed.contains(&class))
    });
    if is_boxed { call(|intrinsics| &intrinsics.unbox, &[object]).map(Some) } else { Ok(None) }
}

/// Whether this is JSON to be written as it is: what `JSON.rawJSON` makes.
pub fn is_raw_json(object: &Value) -> bool {
    let class = object.class();
    INTRINSICS
        .with_borrow(|intrinsics| intrinsics.as_ref().is_some_and(|intrinsics| intrinsics.raw_json == class))
}

/// The promise of a script's value.
pub fn main(load: &Value, name: &Value) -> Result<Value> {
    call(|intrinsics| &intrinsics.main, &[load, name])
}
