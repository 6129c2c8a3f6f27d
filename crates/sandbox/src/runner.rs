//! The worker that runs scripts: many runs at once on a few threads.

use std::process::ExitCode;

/// `narrows worker run`: reads `ToRunner` frames on stdin, answers `FromRunner` on stdout, ends with stdin.
pub fn runner_main() -> ExitCode {
    ExitCode::FAILURE
}
