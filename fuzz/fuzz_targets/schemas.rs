//! Schemas, to TypeScript: the same text every time, and never out of a comment.
#![no_main]

use libfuzzer_sys::fuzz_target;
use surface::typescript_of_schema;

fuzz_target!(|bytes: &[u8]| {
    let Ok(schema) = serde_json::from_slice(bytes) else { return };
    let text = typescript_of_schema(&schema, "Probe");
    assert_eq!(text, typescript_of_schema(&schema, "Probe"));
    assert!(text.contains("Probe"));
});
