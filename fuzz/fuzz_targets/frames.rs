//! What a worker sends.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wire::{FromParser, FromRunner, ToRunner};

fuzz_target!(|bytes: &[u8]| {
    let _ = wire::decode::<FromRunner>(bytes);
    let _ = wire::decode::<FromParser>(bytes);
    let mut stream = bytes;
    while wire::read_frame::<ToRunner>(&mut stream).is_ok() {}
});
