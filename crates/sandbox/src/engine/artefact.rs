//! The engine's machine code, made by the build script and carried in the binary.

use wasmtime::{Engine, Module};

/// The guest after its prelude, compiled for this target.
const COMPILED: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/engine.cwasm"));

/// The fingerprint of the guest: in engines with the same one a script runs alike.
pub(crate) fn fingerprint() -> Option<u64> {
    env!("NARROWS_ENGINE").parse().ok()
}

/// Loads the machine code. Fails when this machine lacks what the code was compiled for.
pub(crate) fn load(engine: &Engine) -> wasmtime::Result<Module> {
    // SAFETY: the bytes are those the build script of this very crate wrote with the same version of Wasmtime and
    // the same settings; nobody can have changed them without changing the program itself.
    #[expect(unsafe_code, reason = "the one way to load machine code compiled ahead of time")]
    unsafe {
        Module::deserialize(engine, COMPILED)
    }
}
