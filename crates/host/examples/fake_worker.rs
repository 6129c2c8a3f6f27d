//! A worker that misbehaves on command, for the tests of the host: it speaks the wire and has no engine.
//!
//! Its scripts are lines of commands, one step each; `call` steps wait for their answer.

use std::{
    collections::{HashMap, VecDeque},
    env, fs,
    io::{Read, Write, stdin, stdout},
    process, thread,
    time::Duration,
};

use wire::{
    End, FromParser, FromRunner, Import, ImportedName, Limit, Parsed, Position, PositionMap, Print,
    PrintLevel, RunNumber, ScriptError, ScriptFacts, Settlement, Thrown, ToParser, ToRunner, Used,
    WIRE_VERSION, read_frame, write_frame,
};

fn main() {
    match env::args().nth(1).as_deref() {
        Some("parse") => parse(),
        Some("run") => Runner::default().run(),
        Some("wrong-version") => say(&ready(WIRE_VERSION + 1)),
        Some("ends-at-once") | None => {}
        Some(other) => panic!("no such fake: {other}"),
    }
}

fn ready(version: u32) -> FromRunner {
    FromRunner::Ready { version, walls: Vec::new(), capacity: CAPACITY, engine: Some(1) }
}

fn say(frame: &impl serde::Serialize) {
    if write_frame(frame, &mut stdout().lock()).is_err() {
        process::exit(0);
    }
}

fn sleep_for_ever() -> ! {
    loop {
        thread::sleep(Duration::from_secs(3600));
    }
}

/// Runs at once: few enough that a test can fill it.
const CAPACITY: u32 = 200;

const HERE: Position = Position { line: 1, column: 1 };

fn parse() {
    say(&FromParser::Ready { version: WIRE_VERSION, walls: Vec::new() });
    let mut is_dead = false;
    while let Ok(ToParser::Parse { id, source, .. }) = read_frame(&mut stdin().lock()) {
        let result = match source.lines().next().unwrap_or_default() {
            _ if is_dead => process::exit(0),
            "parser: abort" => process::abort(),
            // Dead from here on, as one that is killed while it is idle: seen when the next script comes.
            "parser: die idle" => {
                is_dead = true;
                Ok(Box::new(parsed(source)))
            }
            "parser: hang" => sleep_for_ever(),
            "parser: wrong id" => {
                say(&FromParser::Parsed { id: id + 1, result: Ok(Box::new(parsed(source))) });
                continue;
            }
            "parser: syntax" => {
                let error = |line| ScriptError {
                    message: "unexpected".into(),
                    at: Position { line, column: 2 },
                    hint: None,
                };
                Err(vec![error(3), error(5)])
            }
            _ => Ok(Box::new(parsed(source))),
        };
        say(&FromParser::Parsed { id, result });
    }
}

/// Imports are lines `import NAME from SPECIFIER`; the rest is left to the runner. Each line maps to itself.
fn parsed(source: String) -> Parsed {
    let imports = source.lines().filter_map(|line| {
        let (name, specifier) = line.strip_prefix("import ")?.split_once(" from ")?;
        let name = ImportedName { imported: name.into(), local: name.into(), at: HERE };
        Some(Import { specifier: specifier.into(), names: vec![name], at: HERE })
    });
    let facts = ScriptFacts { imports: imports.collect(), ..ScriptFacts::default() };
    let lines = u32::try_from(source.lines().count()).unwrap_or(0);
    let entries = (1..=lines).map(|line| (Position { line, column: 1 }, Position { line, column: 1 }));
    let positions = PositionMap { entries: entries.collect() };
    Parsed { javascript: source, positions, facts, repairs: Vec::new(), value_repair: None }
}

#[derive(Default)]
struct Runner {
    runs: HashMap<RunNumber, Run>,
}

#[derive(Default)]
struct Run {
    steps: VecDeque<String>,
    next_call: u32,
    outstanding: usize,
    answers: Vec<String>,
    modules: Vec<String>,
}

const USED: Used = Used { cpu_us: 1500, memory_bytes: 4096, printed_bytes: 0 };

/// What the host says next, until it says nothing more.
fn heard() -> Option<ToRunner> {
    read_frame(&mut stdin().lock()).ok()
}

fn waiting(run: RunNumber, settled: usize) -> FromRunner {
    FromRunner::Waiting { run, settled: settled as u64, used: USED }
}

/// Long enough for the host to act on what it heard before.
const COMPUTES: Duration = Duration::from_millis(100);

impl Runner {
    fn run(mut self) {
        say(&ready(WIRE_VERSION));
        while let Some(message) = heard() {
            match message {
                ToRunner::Start(start) => {
                    let steps = start.javascript.lines().map(str::to_owned).collect();
                    let modules = start.modules.into_iter().map(|module| module.name).collect();
                    self.runs.insert(start.run, Run { steps, modules, ..Run::default() });
                    self.go_on(start.run);
                }
                ToRunner::Settle { run, with, .. } => {
                    self.take_in(run, with);
                    self.go_on(run);
                }
                ToRunner::Cancel { run } => self.end(run, End::Cancelled { stack: String::new() }),
            }
        }
    }

    fn take_in(&mut self, run: RunNumber, with: Settlement) {
        if let Some(state) = self.runs.get_mut(&run) {
            state.answers.push(shown(with));
            state.outstanding -= 1;
        }
    }

    /// Takes in all answers, says then what it would have said before the last, and computes for a while.
    fn speak_late(&mut self, run: RunNumber) {
        while self.runs.get(&run).is_some_and(|state| state.outstanding > 0) {
            match heard() {
                Some(ToRunner::Settle { run, with, .. }) => self.take_in(run, with),
                _ => process::exit(0),
            }
        }
        let settled = self.runs.get(&run).map_or(0, |state| state.answers.len());
        say(&waiting(run, settled.saturating_sub(1)));
        thread::sleep(COMPUTES);
    }

    fn end(&mut self, run: RunNumber, end: End) {
        if self.runs.remove(&run).is_some() {
            say(&FromRunner::Ended { run, end, used: USED });
        }
    }

    fn go_on(&mut self, run: RunNumber) {
        loop {
            let Some(state) = self.runs.get_mut(&run) else { return };
            let waits = state.steps.front().is_some_and(|step| step == "wait");
            if waits && state.outstanding > 0 {
                return say(&waiting(run, state.answers.len()));
            }
            let waits_for_one = state.steps.front().is_some_and(|step| step == "wait-for-one");
            if waits_for_one && state.outstanding > 0 {
                state.steps.pop_front();
                return say(&waiting(run, state.answers.len()));
            }
            let Some(step) = state.steps.pop_front() else {
                return self.end(run, End::Returned(None));
            };
            let (command, rest) = step.split_once(' ').unwrap_or((&step, ""));
            match command {
                "killed" => killed(),
                "killed-once" if fs::File::create_new(rest).is_ok() => killed(),
                "speak-late-once" if fs::File::create_new(rest).is_ok() => self.speak_late(run),
                "wait" | "wait-for-one" | "import" | "parser:" | "killed-once" | "speak-late-once" => {}
                "call" => {
                    let (name, arguments) = rest.split_once(' ').unwrap_or((rest, "{}"));
                    state.next_call += 1;
                    state.outstanding += 1;
                    let (call, name) = (state.next_call, name.to_owned());
                    let arguments = arguments.as_bytes().to_vec();
                    say(&FromRunner::Call { run, call, name, arguments, at: Some(HERE) });
                }
                "print" => {
                    let print = Print { level: PrintLevel::Log, text: rest.to_owned() };
                    say(&FromRunner::Printed { run, print });
                }
                "return" => self.end(run, End::Returned(Some(rest.as_bytes().to_vec()))),
                "return-large" => {
                    let text = format!("\"{}\"", "ä".repeat(rest.parse().unwrap_or(0)));
                    self.end(run, End::Returned(Some(text.into_bytes())));
                }
                "return-answers" => {
                    let json = format!("[{}]", state.answers.join(","));
                    self.end(run, End::Returned(Some(json.into_bytes())));
                }
                "return-modules" => {
                    let names: Vec<_> = state.modules.iter().map(|name| format!("{name:?}")).collect();
                    self.end(run, End::Returned(Some(format!("[{}]", names.join(",")).into_bytes())));
                }
                "throw" => {
                    let stack = "    at main (/main.js:2:1)\n    at <anonymous> (/main.js:1:1)".to_owned();
                    let (name, message) = rest.split_once(' ').unwrap_or((rest, ""));
                    let thrown =
                        Thrown { name: name.into(), message: message.into(), stack, properties: None };
                    self.end(run, End::Threw(thrown));
                }
                "exceed" => {
                    let stack = "    at /main.js:1:1".to_owned();
                    self.end(run, End::Exceeded { limit: Limit::Memory, stack });
                }
                "deadlock" => self.end(run, End::Deadlocked),
                "engine-fails" => self.end(run, End::Crashed("at /some/path".into())),
                "die" => process::exit(3),
                "hang" => sleep_for_ever(),
                "drain" => drain(),
                "lie" => raw(&[0xff, 0xff, 0xff, 0xff, 0]),
                "garbage" => raw(&[3, 0, 0, 0, 0xff, 0xff, 0xff]),
                "unknown-run" => say(&waiting(RunNumber(u64::MAX), 0)),
                "ready-again" => say(&ready(WIRE_VERSION)),
                "call-twice" => {
                    for _ in 0..2 {
                        let (name, arguments) = ("timer".to_owned(), b"{}".to_vec());
                        say(&FromRunner::Call { run, call: 1, name, arguments, at: None });
                    }
                    sleep_for_ever();
                }
                "flood" => {
                    for call in 1.. {
                        let (name, arguments) = ("timer".to_owned(), br#"{"ms":1e9}"#.to_vec());
                        say(&FromRunner::Call { run, call, name, arguments, at: None });
                    }
                }
                "after-the-end" => {
                    self.end(run, End::Returned(None));
                    say(&waiting(run, 0));
                }
                other => panic!("no such step: {other}"),
            }
        }
    }
}

/// Another process ends it with a signal.
fn killed() -> ! {
    let killed = process::Command::new("kill").args(["-9", &process::id().to_string()]).status();
    assert!(killed.is_ok_and(|status| status.success()), "`kill` starts");
    sleep_for_ever();
}

/// Reads and ignores everything: a worker that takes messages and never answers.
fn drain() -> ! {
    let mut buffer = [0; 4096];
    while stdin().lock().read(&mut buffer).is_ok_and(|read| read > 0) {}
    process::exit(0);
}

fn raw(bytes: &[u8]) {
    let mut out = stdout().lock();
    let _ = out.write_all(bytes).and_then(|()| out.flush());
    drop(out);
    sleep_for_ever();
}

fn shown(settlement: Settlement) -> String {
    match settlement {
        Settlement::Json(json) => String::from_utf8_lossy(&json).into_owned(),
        Settlement::Reject(json) => format!(r#"{{"rejected":{}}}"#, String::from_utf8_lossy(&json)),
        Settlement::Answer(answer) => String::from_utf8_lossy(&answer.value).into_owned(),
        Settlement::Text(text) => format!("{text:?}"),
        Settlement::Bytes(bytes) => format!("{bytes:?}"),
        Settlement::Undefined => r#""undefined""#.to_owned(),
        Settlement::Modules(modules) => {
            let names: Vec<_> = modules.iter().map(|module| format!("{:?}", module.name)).collect();
            format!("[{}]", names.join(","))
        }
    }
}
