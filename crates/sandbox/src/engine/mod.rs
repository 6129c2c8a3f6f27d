//! The JavaScript engine: WebAssembly instances of the guest, and what they may use.
