//! Values that are made of what Rust and JSON know as numbers and truth.

use super::{Result, Value, context};
use rquickjs_sys as qjs;

impl Value {
    /// The `bigint` of these digits, with or without a minus before them.
    pub fn big_integer(digits: &[u8]) -> Result<Self> {
        match core::str::from_utf8(digits).ok().and_then(|text| text.parse().ok()) {
            // SAFETY: the context lives.
            Some(number) => Self::checked(unsafe { qjs::JS_NewBigInt64(context(), number) }),
            None => crate::intrinsics::big_integer(&Self::utf8(digits)?),
        }
    }

    pub fn boolean(value: bool) -> Self {
        Self(if value { qjs::JS_TRUE } else { qjs::JS_FALSE })
    }
}
