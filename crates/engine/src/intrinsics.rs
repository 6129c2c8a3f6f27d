//! The parts of the language the engine itself relies on, captured before any script runs.

use core::cell::RefCell;

use crate::js::{self, Result, Thrown, Value};

struct Intrinsics {
    error_stack: Value,
    type_error: Value,
    error: Value,
    map_entries: Value,
    set_values: Value,
    unbox: Value,
    main: Value,
    /// The classes of objects around a number, string, boolean and big integer.
    boxed: [u32; 4],
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
        unbox: captured.get(c"unbox")?,
        main: captured.get(c"main")?,
        boxed,
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

/// The primitive inside an object made by `Object(1)` and its kin, where it is one.
pub fn unboxed(object: &Value) -> Result<Option<Value>> {
    let class = object.class();
    let is_boxed = INTRINSICS.with_borrow(|intrinsics| {
        intrinsics.as_ref().is_some_and(|intrinsics| intrinsics.boxed.contains(&class))
    });
    if is_boxed { call(|intrinsics| &intrinsics.unbox, &[object]).map(Some) } else { Ok(None) }
}

/// The promise of a script's value.
pub fn main(load: &Value, name: &Value) -> Result<Value> {
    call(|intrinsics| &intrinsics.main, &[load, name])
}
