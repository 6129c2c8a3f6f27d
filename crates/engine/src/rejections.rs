//! Rejected promises nobody handles.

use core::{cell::RefCell, ffi::c_void};

use rquickjs_sys as qjs;

use crate::js::Value;

/// As many as are remembered: enough to name the first ones, not a way to hold memory.
const REMEMBERED_MAX: usize = 100;

thread_local! {
    static UNHANDLED: RefCell<Vec<(Value, Value)>> = const { RefCell::new(Vec::new()) };
}

/// QuickJS tells of a promise rejected without a handler, and of a handler added later.
pub extern "C" fn track(
    _: *mut qjs::JSContext,
    promise: qjs::JSValue,
    reason: qjs::JSValue,
    is_handled: bool,
    _: *mut c_void,
) {
    let promise = Value::borrowed(promise);
    UNHANDLED.with_borrow_mut(|unhandled| {
        if is_handled {
            unhandled.retain(|(known, _)| known.address() != promise.address());
        } else if unhandled.len() < REMEMBERED_MAX {
            unhandled.push((promise, Value::borrowed(reason)));
        }
    });
}

/// The reasons of those left, oldest first.
pub fn take() -> Vec<Value> {
    UNHANDLED.take().into_iter().map(|(_, reason)| reason).collect()
}
