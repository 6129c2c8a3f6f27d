//! The two workers as a program of their own, for tests and measurements; `narrows` has them as `narrows worker …`.

use std::{env, process::ExitCode};

fn main() -> ExitCode {
    match env::args().nth(1).as_deref() {
        Some("parse") => sandbox::parser_main(),
        Some("run") => sandbox::runner_main(),
        Some("run-bare") => sandbox::bare_runner_main(),
        #[cfg(target_os = "linux")]
        Some("deno") => sandbox::deno_main(&env::args_os().skip(2).collect::<Vec<_>>()),
        #[cfg(target_os = "linux")]
        Some("attack") => sandbox::attack_main(&env::args().skip(2).collect::<Vec<_>>()),
        #[cfg(target_os = "linux")]
        Some("attack-once") => sandbox::attack_once_main(&env::args().skip(2).collect::<Vec<_>>()),
        _ => ExitCode::FAILURE,
    }
}
