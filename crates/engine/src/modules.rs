//! The modules an instance knows: all of them are in its memory, none is ever fetched from the host by QuickJS.

use core::{
    cell::RefCell,
    ffi::{CStr, c_char, c_void},
    ptr,
};
use std::{collections::BTreeMap, ffi::CString, rc::Rc};

use rquickjs_sys as qjs;

use crate::js;

thread_local! {
    static MODULES: RefCell<BTreeMap<String, Rc<str>>> = const { RefCell::new(BTreeMap::new()) };
}

/// Adds a module. One that is already there stays: a module never changes within a run.
pub fn define(name: &str, source: &str) {
    MODULES.with_borrow_mut(|modules| {
        if !modules.contains_key(name) {
            modules.insert(name.to_owned(), source.into());
        }
    });
}

/// The source of a module by its full name.
pub fn source(name: &str) -> Option<Rc<str>> {
    MODULES.with_borrow(|modules| modules.get(name).cloned())
}

/// The full name of a known module: as is, with `.ts`, with `/index.ts`.
pub fn resolve(specifier: &str, from: &str) -> Option<String> {
    if !specifier.starts_with('.') && !specifier.starts_with('/') {
        return source(specifier).map(|_| specifier.to_owned());
    }
    let path = normalised(specifier, from);
    ["", ".ts", "/index.ts"]
        .iter()
        .map(|ending| format!("{path}{ending}"))
        .find(|name| source(name).is_some())
}

/// A path without `.` and `..`, absolute; `..` stops at the root.
fn normalised(specifier: &str, from: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    if !specifier.starts_with('/') {
        parts.extend(from.split('/').filter(|part| !part.is_empty()));
        parts.pop();
    }
    for part in specifier.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.iter().fold(String::new(), |path, part| path + "/" + part)
}

/// QuickJS asks for the full name of an import.
pub extern "C" fn normalise(
    context: *mut qjs::JSContext,
    from: *const c_char,
    specifier: *const c_char,
    _: *mut c_void,
) -> *mut c_char {
    // SAFETY: QuickJS passes texts that end with a zero.
    let (from, specifier) = unsafe { (CStr::from_ptr(from), CStr::from_ptr(specifier)) };
    let (from, specifier) = (from.to_string_lossy(), specifier.to_string_lossy());
    match resolve(&specifier, &from) {
        // SAFETY: the range lives during the call; QuickJS owns the copy.
        Some(name) => unsafe { qjs::js_strndup(context, name.as_ptr().cast(), name.len() as _) },
        None => {
            js::throw_type_error(&format!("there is no module \"{specifier}\" (imported by {from})"));
            ptr::null_mut()
        }
    }
}

/// QuickJS asks for a module by its full name.
pub extern "C" fn load(_: *mut qjs::JSContext, name: *const c_char, _: *mut c_void) -> *mut qjs::JSModuleDef {
    // SAFETY: QuickJS passes a text that ends with a zero.
    let name = unsafe { CStr::from_ptr(name) };
    let Some(source) = source(&name.to_string_lossy()) else {
        js::throw_type_error(&format!("there is no module \"{}\"", name.to_string_lossy()));
        return ptr::null_mut();
    };
    js::compile_module(&source, name).unwrap_or(ptr::null_mut())
}

/// A name for QuickJS; a zero inside ends it.
pub fn c_name(name: &str) -> CString {
    CString::new(name.split('\0').next().unwrap_or_default()).unwrap_or_default()
}
