//! A runner process and a host small enough to read.

use std::{
    collections::HashMap,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    sync::atomic::{AtomicU64, Ordering::Relaxed},
};

use wire::{End, FromRunner, Limits, Module, Print, RunNumber, Settlement, Start, ToRunner, Used};

/// The clock of every first slice: 2023-11-14T22:13:20Z.
pub(crate) const NOW_MS: f64 = 1_700_000_000_000.0;

/// A runner under test; killed when dropped.
pub(crate) struct Worker {
    child: Child,
    input: Option<ChildStdin>,
    output: ChildStdout,
}

/// All a run said.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) end: End,
    pub(crate) used: Used,
    pub(crate) printed: Vec<Print>,
    pub(crate) calls: Vec<Called>,
}

/// One call as the host saw it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Called {
    pub(crate) name: String,
    pub(crate) arguments: String,
    pub(crate) at: Option<(u32, u32)>,
}

impl Worker {
    pub(crate) fn start() -> Self {
        Self::of(&mut Command::new(program()))
    }

    pub(crate) fn of(command: &mut Command) -> Self {
        Self::launched(command.arg("run"))
    }

    pub(crate) fn launched(command: &mut Command) -> Self {
        let mut child =
            command.env_clear().stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("a runner");
        let input = child.stdin.take();
        let output = child.stdout.take().expect("its stdout");
        let mut worker = Self { child, input, output };
        assert!(matches!(worker.hear(), FromRunner::Ready { version: wire::WIRE_VERSION, .. }));
        worker
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn say(&mut self, message: &ToRunner) {
        wire::write_frame(message, self.input.as_mut().expect("an open stdin")).expect("a listening runner");
    }

    pub(crate) fn hear(&mut self) -> FromRunner {
        wire::read_frame(&mut self.output).expect("a frame")
    }

    /// Ends stdin and waits for the process.
    pub(crate) fn close(mut self) -> std::process::ExitStatus {
        drop(self.input.take());
        self.child.wait().expect("an ended runner")
    }

    /// Runs the statements of an async function to their end, answering its calls at once.
    pub(crate) fn run(&mut self, body: &str, answer: impl FnMut(&str, &str) -> Settlement) -> Outcome {
        self.run_with(start(body), answer)
    }

    pub(crate) fn run_with(
        &mut self,
        start: Start,
        mut answer: impl FnMut(&str, &str) -> Settlement,
    ) -> Outcome {
        let number = start.run;
        self.say(&ToRunner::Start(Box::new(start)));
        let (mut printed, mut calls) = (Vec::new(), Vec::new());
        loop {
            match self.hear() {
                FromRunner::Call { run, call, name, arguments, at } if run == number => {
                    let arguments = String::from_utf8(arguments).expect("UTF-8");
                    let with = answer(&name, &arguments);
                    calls.push(Called { name, arguments, at: at.map(|at| (at.line, at.column)) });
                    self.say(&ToRunner::Settle { run, call, with, now_ms: NOW_MS + calls.len() as f64 });
                }
                FromRunner::Printed { run, print } if run == number => printed.push(print),
                FromRunner::Waiting { .. } => {}
                FromRunner::Ended { run, end, used } if run == number => {
                    return Outcome { end, used, printed, calls };
                }
                other => panic!("an unexpected frame: {other:?}"),
            }
        }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The runner's program.
pub(crate) fn program() -> &'static str {
    env!("CARGO_BIN_EXE_sandbox-worker")
}

/// A start whose script is the body of an async function that begins on the second line.
pub(crate) fn start(body: &str) -> Start {
    module(&format!("export default async () => {{\n{body}\n}}"))
}

/// A start with a whole module.
pub(crate) fn module(javascript: &str) -> Start {
    static NUMBERS: AtomicU64 = AtomicU64::new(1);
    Start {
        run: RunNumber(NUMBERS.fetch_add(1, Relaxed)),
        javascript: javascript.into(),
        modules: vec![tool("servers/shop/getOrder", "getOrder")],
        seed: 7,
        now_ms: NOW_MS,
        limits: Limits::default(),
    }
}

/// A tool's module as the surface writes it.
pub(crate) fn tool(path: &str, name: &str) -> Module {
    Module {
        name: format!("/{path}.ts"),
        javascript: format!("export const {name} = __narrows.tool(\"{path}\");"),
    }
}

/// An answer for scripts that should not ask.
pub(crate) fn nobody(name: &str, _: &str) -> Settlement {
    panic!("the script asked for {name}")
}

/// Answers from a table.
pub(crate) fn table(answers: &[(&str, &str)]) -> impl FnMut(&str, &str) -> Settlement {
    let answers: HashMap<String, Vec<u8>> =
        answers.iter().map(|(name, json)| ((*name).to_owned(), json.as_bytes().to_vec())).collect();
    move |name, _| {
        Settlement::Json(answers.get(name).unwrap_or_else(|| panic!("no answer for {name}")).clone())
    }
}

/// The end in one line: `returned JSON`, `threw Name: message`, `exceeded Cpu`, …
pub(crate) fn shown(end: &End) -> String {
    match end {
        End::Returned(None) => "returned undefined".into(),
        End::Returned(Some(json)) => format!("returned {}", String::from_utf8_lossy(json)),
        End::Threw(thrown) => {
            let properties = thrown.properties.as_deref().map(String::from_utf8_lossy);
            let properties = properties.map(|json| format!(" {json}")).unwrap_or_default();
            format!("threw {}: {}{properties}", thrown.name, thrown.message)
        }
        End::Exceeded { limit, .. } => format!("exceeded {limit:?}"),
        End::Crashed(reason) => format!("crashed {reason}"),
        End::Deadlocked => "deadlocked".into(),
        End::Cancelled { .. } => "cancelled".into(),
    }
}
