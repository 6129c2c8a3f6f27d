//! The attacker we expect: a native program in a worker's place, behind the same walls.
//!
//! It stands for code that got out of the engine. `attack_main` plays the host: it has things worth taking
//! ([`Target`]), starts one attacker for each thing to try, just as workers are started, and prints what came of it, one
//! attempt a line: `refused` or `DONE`. Tests run it behind all walls, where nothing may be done, behind some, which
//! shows what each is good for, and behind none, which shows that the attempts are real.

mod files;
mod kernel;
mod memory;
mod native;
mod network;
mod processes;
mod target;

use std::{
    io,
    os::unix::process::ExitStatusExt,
    process::{Command, ExitCode, Output, Stdio},
    thread,
};

use wire::Wall;

use self::target::{Host, Target};
use crate::walls::Walls;

/// One thing to try: what it is, and how it is done.
type Attempt = (&'static str, fn(&Target) -> io::Result<()>);

/// What stands before the name of an attempt that succeeded, and of one that did not.
const DONE: &str = "DONE";
const REFUSED: &str = "refused";

fn attempts() -> impl Iterator<Item = Attempt> {
    let all = [files::ATTEMPTS, network::ATTEMPTS, processes::ATTEMPTS, memory::ATTEMPTS, kernel::ATTEMPTS];
    all.into_iter().flatten().copied()
}

/// `sandbox-worker attack [WALL…]`: tries everything behind all walls but those named, and says what came of it. The
/// exit code is 0 when nothing was done.
pub fn attack_main(without: &[String]) -> ExitCode {
    let host = match Host::new() {
        Ok(host) => host,
        Err(error) => {
            say(&format!("nothing can be tried: {error}"));
            return ExitCode::FAILURE;
        }
    };
    let mut done = 0;
    for (at, (what, _)) in attempts().enumerate() {
        let (walls, result) = match started(what, host.target(), without) {
            Ok(output) => told(what, &output),
            Err(error) => (String::new(), format!("{DONE} {what}: the attacker did not start: {error}")),
        };
        if at == 0 {
            say(walls.trim_end());
        }
        done += usize::from(!result.starts_with(REFUSED));
        say(&result);
    }
    if done == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// `sandbox-worker attack-once ATTEMPT TARGET [WALL…]`: the attacker in its worker's place.
pub fn attack_once_main(arguments: &[String]) -> ExitCode {
    let [what, target, without @ ..] = arguments else { return ExitCode::FAILURE };
    let target = Target::from_argument(target);
    let attempt = attempts().find(|(name, _)| name == what).map(|(_, attempt)| attempt);
    let (Some(target), Some(attempt)) = (target, attempt) else { return ExitCode::FAILURE };

    let mut walls = Walls::new(without.iter().filter_map(|name| Wall::named(name)).collect());
    walls.raise_first();
    // A worker has threads by the time the last wall is raised.
    let helper = thread::spawn(thread::park);
    for state in walls.raise_last() {
        say(&format!("wall {}: {}", state.wall, state.missing().unwrap_or("stands")));
    }
    match attempt(&target) {
        Ok(()) => say(&format!("{DONE} {what}")),
        Err(error) => say(&format!("{REFUSED} {what}: {error}")),
    }
    helper.thread().unpark();
    ExitCode::SUCCESS
}

/// Starts an attacker as a host starts a worker, but for the descriptor it forgets to close.
fn started(what: &str, target: &Target, without: &[String]) -> io::Result<Output> {
    Command::new("/proc/self/exe")
        .args(["attack-once", what, &target.to_argument()])
        .args(without)
        .env_clear()
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?
        .wait_with_output()
}

/// The walls the attacker had around it, and what came of its attempt. One that was killed over it was refused.
fn told(what: &str, output: &Output) -> (String, String) {
    let said = String::from_utf8_lossy(&output.stdout);
    let is_result = |line: &&str| line.starts_with(DONE) || line.starts_with(REFUSED);
    let walls =
        said.lines().filter(|line| line.starts_with("wall ")).map(|line| format!("{line}\n")).collect();
    let result = match (said.lines().rfind(is_result), output.status.signal()) {
        (Some(result), _) => result.to_owned(),
        (None, Some(signal)) => format!("{REFUSED} {what}: killed by signal {signal}"),
        (None, None) => {
            let why = String::from_utf8_lossy(&output.stderr);
            format!("{DONE} {what}: it ended without a word: {}", why.trim_end())
        }
    };
    (walls, result)
}

#[expect(clippy::print_stdout, reason = "this program's whole output is its report")]
fn say(line: &str) {
    println!("{line}");
}
