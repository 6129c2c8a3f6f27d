//! Scripts, to JavaScript.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|source: &str| {
    if let Err(errors) = sandbox::script::parse(source) {
        assert!(!errors.is_empty());
    }
});
