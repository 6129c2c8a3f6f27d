//! Where QuickJS gets its memory, and the moment there is none.
//!
//! The allocator is the C library's, as it is without this; what is added is a look at every refusal, while the
//! stack of the script still stands.

use core::ffi::c_void;

use rquickjs_sys::{JSMallocFunctions, size_t};

use crate::limits;

unsafe extern "C" {
    fn malloc(size: size_t) -> *mut c_void;
    fn calloc(count: size_t, size: size_t) -> *mut c_void;
    fn realloc(place: *mut c_void, size: size_t) -> *mut c_void;
    fn free(place: *mut c_void);
    fn malloc_usable_size(place: *mut c_void) -> size_t;
}

/// What QuickJS is given.
pub const FUNCTIONS: JSMallocFunctions = JSMallocFunctions {
    js_calloc: Some(zeroed),
    js_malloc: Some(plain),
    js_free: Some(freed),
    js_realloc: Some(resized),
    // Without it QuickJS does not know how much it holds, and looks for garbage by the number of objects alone.
    js_malloc_usable_size: Some(usable),
};

/// Memory set aside, so that there is some for a last word when all other is used up: the C side's and ours.
pub struct Reserve {
    theirs: *mut c_void,
    _ours: Vec<u8>,
}

impl Reserve {
    pub fn new(bytes: usize) -> Self {
        // SAFETY: whatever comes of it is freed once.
        let theirs = unsafe { malloc(bytes as _) };
        Self { theirs, _ours: Vec::with_capacity(bytes) }
    }
}

impl Drop for Reserve {
    fn drop(&mut self) {
        // SAFETY: made by `malloc`, and dropped once.
        unsafe { free(self.theirs) }
    }
}

unsafe extern "C" fn plain(_: *mut c_void, size: size_t) -> *mut c_void {
    // SAFETY: any size may be asked for.
    looked_at(unsafe { malloc(size) }, size)
}

unsafe extern "C" fn zeroed(_: *mut c_void, count: size_t, size: size_t) -> *mut c_void {
    // SAFETY: any size may be asked for.
    looked_at(unsafe { calloc(count, size) }, size)
}

unsafe extern "C" fn resized(_: *mut c_void, place: *mut c_void, size: size_t) -> *mut c_void {
    // SAFETY: QuickJS resizes what it was given here.
    looked_at(unsafe { realloc(place, size) }, size)
}

unsafe extern "C" fn freed(_: *mut c_void, place: *mut c_void) {
    // SAFETY: QuickJS frees what it was given here, once.
    unsafe { free(place) }
}

unsafe extern "C" fn usable(place: *const c_void) -> size_t {
    // SAFETY: QuickJS asks about what it was given here.
    unsafe { malloc_usable_size(place.cast_mut()) }
}

fn looked_at(place: *mut c_void, size: size_t) -> *mut c_void {
    // Resizing to nothing is freeing.
    if place.is_null() && size > 0 {
        limits::memory_refused();
    }
    place
}
