//! A runner process and a host small enough to read.

use std::{
    collections::HashMap,
    env,
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    sync::atomic::{AtomicU64, Ordering::Relaxed},
};

use wire::{End, FromRunner, Limits, Module, Print, RunNumber, Settlement, Start, ToRunner, Used, WallState};

/// The clock of every first slice: 2023-11-14T22:13:20Z.
pub(crate) const NOW_MS: f64 = 1_700_000_000_000.0;

/// A runner under test; killed when dropped.
pub(crate) struct Worker {
    engine: Engine,
    pub(crate) walls: Vec<WallState>,
    child: Child,
    input: Option<ChildStdin>,
    output: ChildStdout,
}

/// What runs the scripts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Engine {
    QuickJs,
    Deno,
}

/// What may come of a script in Deno instead of what comes of it in the first engine: by a part of the script.
const ENDS_DIFFERENTLY: [(&str, &str); 8] = [
    ("null.x", "threw TypeError: Cannot read properties of null (reading 'x')"),
    ("s += s", "threw RangeError: Invalid string length"),
    // What waits for the host is no memory of the script's process: one limit or the other comes first.
    ("const text = 'x'.repeat(4e6)", "exceeded Memory"),
    ("const text = 'x'.repeat(4e6)", "exceeded Cpu"),
    // What a script does not touch it does not hold; how much it may ask for is the kernel's to say, and the script is
    // told.
    ("new ArrayBuffer(1e6)", "exceeded Memory"),
    ("new ArrayBuffer(1e6)", "threw RangeError: Array buffer allocation failed"),
    ("new ArrayBuffer(1e9)", "threw RangeError: Array buffer allocation failed"),
    ("new ArrayBuffer(1e9)", "returned 1000000000"),
];

/// A runner of every engine that can be had here.
pub(crate) fn engines() -> Vec<Worker> {
    [Some(Worker::start()), Worker::deno()].into_iter().flatten().collect()
}

/// Deno as `cargo xtask servers` fetches it. Where `CI` is set it must be there.
#[expect(clippy::print_stderr, reason = "a skipped test says why")]
pub(crate) fn deno() -> Option<PathBuf> {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().expect("it is in the target folder");
    let path = target.join("test-servers/bin/deno");
    if path.exists() {
        return Some(path);
    }
    let missing = "deno is not fetched: run `cargo xtask servers`, which needs npm";
    assert!(env::var("CI").is_err(), "{missing}");
    eprintln!("skipped: {missing}");
    None
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

    /// One whose engine is Deno, where that is there.
    pub(crate) fn deno() -> Option<Self> {
        let mut worker = Self::launched(Command::new(program()).arg("deno").arg(deno()?).arg("512"));
        worker.engine = Engine::Deno;
        Some(worker)
    }

    /// As little memory as the tests' larger scripts need, in bytes. V8 keeps garbage for longer.
    pub(crate) fn little_memory(&self) -> u64 {
        match self.engine {
            Engine::QuickJs => 48 * 1024 * 1024,
            Engine::Deno => 144 * 1024 * 1024,
        }
    }

    /// Whether a script may end so in this engine that ends as expected in the first.
    pub(crate) fn may_end(&self, script: &str, end: &str, expected: &str) -> bool {
        let own: Vec<_> = ENDS_DIFFERENTLY.iter().filter(|(part, _)| script.contains(part)).collect();
        if self.engine == Engine::QuickJs || own.is_empty() {
            return end == expected;
        }
        own.iter().any(|(_, other)| *other == end)
    }

    pub(crate) fn of(command: &mut Command) -> Self {
        Self::launched(command.arg("run"))
    }

    pub(crate) fn launched(command: &mut Command) -> Self {
        let mut child =
            command.env_clear().stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("a runner");
        let input = child.stdin.take();
        let output = child.stdout.take().expect("its stdout");
        let mut worker = Self { engine: Engine::QuickJs, walls: Vec::new(), child, input, output };
        let FromRunner::Ready { version: wire::WIRE_VERSION, walls, .. } = worker.hear() else {
            panic!("the first frame says that it is ready")
        };
        worker.walls = walls;
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
