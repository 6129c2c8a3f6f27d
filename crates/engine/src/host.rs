//! The three things the guest can tell the host. None of them answers.

/// How a run ended, as [`end`] says it.
#[derive(Clone, Copy)]
#[repr(u32)]
pub enum End {
    /// With this JSON.
    Returned = 0,
    /// With `undefined`.
    Undefined = 1,
    /// With an error: see [`crate::failure::Description`].
    Threw = 2,
    /// The host's flag stopped it; the text is the stack.
    Interrupted = 3,
    /// It waits for nothing.
    Deadlocked = 4,
    /// The guest itself saw a limit reached: its number in one byte, then the stack.
    Exceeded = 5,
}

#[link(wasm_import_module = "narrows")]
unsafe extern "C" {
    fn host_call(
        id: u32,
        name: *const u8,
        name_len: usize,
        args: *const u8,
        args_len: usize,
        line: u32,
        column: u32,
    );
    fn host_print(level: u32, text: *const u8, len: usize);
    fn host_end(kind: u32, bytes: *const u8, len: usize);
}

/// Queues a call.
pub fn call(id: u32, name: &str, arguments: &[u8], (line, column): (u32, u32)) {
    // SAFETY: the host only reads the two ranges, during the call.
    unsafe { host_call(id, name.as_ptr(), name.len(), arguments.as_ptr(), arguments.len(), line, column) }
}

/// One line of output.
pub fn print(level: u32, text: &str) {
    // SAFETY: the host only reads the range, during the call.
    unsafe { host_print(level, text.as_ptr(), text.len()) }
}

/// The end of the run; said once.
pub fn end(kind: End, bytes: &[u8]) {
    // SAFETY: the host only reads the range, during the call.
    unsafe { host_end(kind as u32, bytes.as_ptr(), bytes.len()) }
}
