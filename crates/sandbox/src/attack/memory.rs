//! New code in the attacker's own memory.

use super::{Attempt, native};

pub(super) const ATTEMPTS: &[Attempt] = &[
    ("make memory to write and to run", |_| native::writable_code()),
    ("make what it wrote executable", |_| native::written_code()),
    ("run a file made in memory as code", |_| native::file_as_code()),
];
