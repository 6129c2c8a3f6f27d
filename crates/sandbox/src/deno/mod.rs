//! The second engine: Deno, for scripts that compute a lot.
//!
//! The worker `deno` speaks the same frames as the worker `run`, so the host notices no difference. V8 can neither
//! bound what a script uses nor be trusted to keep it in, so every run has a process of its own: `supervisor` starts
//! them ahead of need and speaks for them, [`child`] is one of them, `watch` measures them from outside and ends
//! those over a limit, and [`walls`] are what a process raises around itself before it becomes Deno.
//!
//! Inside, Deno is started without any permission, and the script is put into a JavaScript context of its own, where
//! nothing of Deno's is to be seen. What stands there in the place of the guest is `js/`; it evaluates the guest's
//! own prelude, and its frames are the guest's calls in the same encoding, so what it says is read with the same
//! suspicion (`engine::boundary`, `engine::ledger`).

mod child;
mod frames;
mod program;
mod run;
mod supervisor;
mod syscalls;
mod walls;
mod watch;

use std::{
    env,
    ffi::OsString,
    io::{self, Write},
    path::PathBuf,
    process::ExitCode,
};

use child::Recipe;
use program::Program;

/// Deno's own side: see `js/realm.js`.
const REALM: &str = include_str!("js/realm.js");

/// What stands in the guest's place, and the guest's prelude, put together by the build script.
const ENGINE: &str = include_str!(concat!(env!("OUT_DIR"), "/deno-engine.js"));
const PRELUDE: &str = include_str!(concat!(env!("OUT_DIR"), "/deno-prelude.js"));

/// The argument that makes the worker the process which becomes Deno.
const CHILD: &str = "child";

/// The arguments of this process before those.
fn words_before(arguments: &[OsString]) -> Vec<OsString> {
    let all: Vec<_> = env::args_os().skip(1).collect();
    all[..all.len().saturating_sub(arguments.len())].to_vec()
}

/// `narrows worker deno PROGRAM HEAP_MB`: reads `ToRunner` frames on stdin, answers `FromRunner` on stdout, ends with
/// stdin. `PROGRAM` is Deno's executable file, `HEAP_MB` the heap V8 gives a script.
pub fn deno_main(arguments: &[OsString]) -> ExitCode {
    let ended = match arguments {
        [word, program, heap, libraries @ ..] if word == CHILD => {
            let libraries = libraries.iter().map(PathBuf::from).collect();
            walls::become_deno(&Program { path: program.into(), libraries }, heap)
        }
        [program, heap_mb] => Program::at(program.into()).and_then(|program| {
            supervisor::live(Recipe { words: words_before(arguments), program, heap_mb: heap_mb.clone() })
        }),
        _ => Err("it needs the path of Deno and a size in megabytes".to_owned()),
    };
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            let _ = writeln!(io::stderr(), "error: the Deno worker cannot work: {reason}");
            ExitCode::FAILURE
        }
    }
}
