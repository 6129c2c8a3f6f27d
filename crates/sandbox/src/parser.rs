//! The worker that parses scripts.

use std::process::ExitCode;

/// `narrows worker parse`: reads `ToParser` frames on stdin, answers `FromParser` on stdout, ends with stdin.
pub fn parser_main() -> ExitCode {
    ExitCode::FAILURE
}
