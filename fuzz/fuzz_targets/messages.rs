//! What a server sends.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| upstream::read_as_message(bytes));
