//! The worker that parses scripts: a loop over frames, with all the stack a parser of hostile input may want.

use std::io::{self, BufReader};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::thread;

use wire::{FrameError, FromParser, Parsed, Position, ScriptError, ToParser, WIRE_VERSION};

use crate::{script, walls::Walls};

/// Parsing recurses where scripts nest: 100,000 operators in one expression take 160 MB in a debug build. What nests
/// deeper ends this process. Pages are touched only by scripts that need them, and given back: see [`parse_deep`].
const STACK_BYTES: usize = 256 * 1024 * 1024;

/// `narrows worker parse`: reads `ToParser` frames on stdin, answers `FromParser` on stdout, ends with stdin.
pub fn parser_main() -> ExitCode {
    let mut walls = Walls::new(Vec::new());
    walls.raise_first();
    let parser = thread::Builder::new().name("parser".into()).stack_size(STACK_BYTES);
    let worker = parser.spawn(|| answer_all(walls));
    let ended = worker.map(thread::JoinHandle::join);
    match ended {
        Ok(Ok(Ok(()))) => ExitCode::SUCCESS,
        Ok(Ok(Err(error))) => failed(&error.to_string()),
        Ok(Err(_)) => failed("the thread that parses panicked"),
        Err(error) => failed(&format!("no thread to parse on: {error}")),
    }
}

#[expect(clippy::print_stderr, reason = "a worker's only diagnostics; the host keeps the last lines")]
fn failed(why: &str) -> ExitCode {
    eprintln!("narrows worker parse: {why}");
    ExitCode::FAILURE
}

/// Answers until stdin ends.
fn answer_all(walls: Walls) -> Result<(), FrameError> {
    let mut questions = BufReader::new(io::stdin().lock());
    let mut answers = io::stdout().lock();
    let ready = FromParser::Ready { version: WIRE_VERSION, walls: walls.raise_last() };
    wire::write_frame(&ready, &mut answers)?;
    loop {
        let ToParser::Parse { id, source, path } = match wire::read_frame(&mut questions) {
            Ok(question) => question,
            Err(FrameError::Closed) => return Ok(()),
            Err(error) => return Err(error),
        };
        let parsed =
            if script::is_deep(&source) { parse_deep(&source, &path) } else { parse(&source, &path) };
        let answer = FromParser::Parsed { id, result: parsed.map(Box::new) };
        wire::write_frame(&answer, &mut answers)?;
    }
}

/// Parses; a panic of the parser is an error of the script that caused it, and of no other.
fn parse(source: &str, path: &str) -> Result<Parsed, Vec<ScriptError>> {
    catch_unwind(AssertUnwindSafe(|| script::parse_module(source, path)))
        .unwrap_or_else(|_| Err(failed_on_it()))
}

/// Parses on a stack of its own: what a deep script takes of it is given back when the thread ends.
fn parse_deep(source: &str, path: &str) -> Result<Parsed, Vec<ScriptError>> {
    thread::scope(|scope| {
        let parser = thread::Builder::new().stack_size(STACK_BYTES);
        let parsed =
            parser.spawn_scoped(scope, || parse(source, path)).ok().and_then(|parser| parser.join().ok());
        parsed.unwrap_or_else(|| Err(failed_on_it()))
    })
}

fn failed_on_it() -> Vec<ScriptError> {
    vec![ScriptError {
        message: "the parser failed on this script".to_owned(),
        at: Position { line: 1, column: 1 },
        hint: Some("write it in a simpler way".to_owned()),
    }]
}
