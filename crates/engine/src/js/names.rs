//! Names of properties: lists of them, and QuickJS's atoms.

use rquickjs_sys as qjs;

use super::{Result, Thrown, context};

/// The names of an object's properties.
pub struct Names {
    pub(super) table: *mut qjs::JSPropertyEnum,
    pub(super) count: u32,
}

impl Names {
    pub fn count(&self) -> u32 {
        self.count
    }

    pub fn at(&self, index: u32) -> qjs::JSAtom {
        assert!(index < self.count);
        // SAFETY: the table holds that many entries.
        unsafe { (*self.table.add(index as usize)).atom }
    }
}

impl Drop for Names {
    fn drop(&mut self) {
        if !self.table.is_null() {
            // SAFETY: the table came from QuickJS with this count.
            unsafe { qjs::JS_FreePropertyEnum(context(), self.table, self.count) }
        }
    }
}

/// Hands out a property name as UTF-8 that may hold lone surrogates.
pub fn with_atom_utf8<T>(atom: qjs::JSAtom, use_it: impl FnOnce(&[u8]) -> T) -> Result<T> {
    let mut length = 0;
    // SAFETY: the atom is alive; the bytes live until they are freed.
    unsafe {
        let text = qjs::JS_AtomToCStringLen(context(), &mut length, atom);
        if text.is_null() {
            return Err(Thrown);
        }
        let result = use_it(core::slice::from_raw_parts(text.cast(), length as usize));
        qjs::JS_FreeCString(context(), text);
        Ok(result)
    }
}

/// A property name for the life of the instance.
pub fn atom(name: &str) -> qjs::JSAtom {
    // SAFETY: the range lives during the call.
    unsafe { qjs::JS_NewAtomLen(context(), name.as_ptr().cast(), name.len() as _) }
}
