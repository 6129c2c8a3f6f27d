// The settings machine code depends on: the compiler (the build script) and the runtime include this file.

/// The stack a guest may use before it traps, in bytes. QuickJS stops a script long before, at 400 KB of its own
/// stack; the rest is for native recursion whose frames are larger here than there.
pub(crate) const WASM_STACK_BYTES: usize = 8 * 1024 * 1024;

/// Address space of one memory: all a 32-bit guest can name, so that no access needs a check.
pub(crate) const MEMORY_RESERVATION: u64 = 4 * 1024 * 1024 * 1024;

/// Sets everything that machine code depends on.
pub(crate) fn configure(config: &mut wasmtime::Config) {
    config
        .epoch_interruption(true)
        // Never used, but it must not be smaller than the other.
        .async_stack_size(WASM_STACK_BYTES)
        .max_wasm_stack(WASM_STACK_BYTES)
        .memory_reservation(MEMORY_RESERVATION)
        .memory_guard_size(32 * 1024 * 1024)
        .guard_before_linear_memory(true)
        .memory_may_move(false)
        .memory_init_cow(true)
        .wasm_backtrace_max_frames(None)
        .native_unwind_info(false)
        .generate_address_map(false)
        // The guest uses none of these, and what is off cannot be attacked.
        .wasm_simd(false)
        .wasm_relaxed_simd(false)
        .wasm_multi_memory(false)
        .wasm_memory64(false)
        .wasm_tail_call(false);
}
