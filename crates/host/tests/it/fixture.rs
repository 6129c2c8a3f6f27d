//! A host over a fake worker and two fake tools.

use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use host::{Host, RunRecord, RunRequest, Settings, WorkerCommand};
use parking_lot::Mutex;
use serde_json::{Value, json};
use surface::Surface;
use tokio::sync::{Semaphore, watch};
use tools::{
    Annotations, Answer, AnswerFuture, Call, CallError, CallErrorKind, CallTool, Catalog, RawValue, Server,
    ServerName, ServerState, Tool,
};

/// `crm/echo` answers its arguments, `crm/look` too and changes nothing, `crm/fail` fails, `crm/never` does not answer,
/// `crm/held` changes nothing and answers its arguments when it is let, `crm/book` changes something and does the same.
pub(crate) struct Tools {
    pub(crate) under_way: AtomicUsize,
    pub(crate) given_up: AtomicUsize,
    /// How many calls were held.
    pub(crate) held: AtomicUsize,
    /// The arguments `crm/echo` was called with.
    pub(crate) calls: Mutex<Vec<String>>,
    /// Each call of any tool: `echo {"id":1}`.
    pub(crate) made: Mutex<Vec<String>>,
    /// The idempotency key of each call of any tool.
    pub(crate) keys: Mutex<Vec<Option<String>>>,
    /// What `crm/look` answers in place of its arguments.
    pub(crate) seen: Mutex<Option<&'static str>>,
    hold: Semaphore,
}

impl Default for Tools {
    fn default() -> Self {
        Self {
            under_way: AtomicUsize::new(0),
            given_up: AtomicUsize::new(0),
            held: AtomicUsize::new(0),
            calls: Mutex::default(),
            made: Mutex::default(),
            keys: Mutex::default(),
            seen: Mutex::default(),
            hold: Semaphore::new(0),
        }
    }
}

impl Tools {
    /// Lets what is held go, now and from now on.
    pub(crate) fn release(&self) {
        self.hold.close();
    }
}

struct UnderWay<'a>(&'a Tools);

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.0.given_up.fetch_add(1, Ordering::SeqCst);
    }
}

impl CallTool for Tools {
    fn call(&self, call: Call) -> AnswerFuture<'_> {
        Box::pin(async move {
            self.made.lock().push(format!("{} {}", call.tool.tool, call.arguments));
            self.keys.lock().push(call.idempotency_key.clone());
            match &*call.tool.tool {
                "fail" => {
                    let data = RawValue::from_string(r#"{"id":7}"#.to_owned()).ok();
                    Err(CallError { kind: CallErrorKind::Tool, message: "no such customer".into(), data })
                }
                "never" => {
                    self.under_way.fetch_add(1, Ordering::SeqCst);
                    let _given_up = UnderWay(self);
                    std::future::pending().await
                }
                "held" | "book" => {
                    self.held.fetch_add(1, Ordering::SeqCst);
                    let _ = self.hold.acquire().await;
                    Ok(Answer::from(call.arguments))
                }
                "look" => Ok(Answer::from(match *self.seen.lock() {
                    Some(json) => RawValue::from_string(json.to_owned()).expect("JSON"),
                    None => call.arguments,
                })),
                "echo" => {
                    self.calls.lock().push(call.arguments.get().to_owned());
                    Ok(Answer::from(call.arguments))
                }
                _ => Ok(Answer::from(call.arguments)),
            }
        })
    }
}

/// What processes have in common: a data folder, and servers.
pub(crate) struct World {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) tools: Arc<Tools>,
}

impl World {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a folder"), tools: Arc::default() }
    }
}

pub(crate) struct Fixture {
    pub(crate) host: Host,
    pub(crate) tools: Arc<Tools>,
    pub(crate) folder: PathBuf,
    _world: Option<World>,
    _surface: watch::Sender<Arc<Surface>>,
}

impl Fixture {
    pub(crate) fn new() -> Self {
        Self::with(|_| {})
    }

    /// A host whose settings were changed.
    pub(crate) fn with(change: impl FnOnce(&mut Settings)) -> Self {
        Self::made(change, surface())
    }

    /// A host that offers this.
    pub(crate) fn on(surface: Surface) -> Self {
        Self::made(|_| {}, surface)
    }

    /// One of several hosts in the same world.
    pub(crate) fn in_world(world: &World, change: impl FnOnce(&mut Settings)) -> Self {
        Self::there(world, change, surface())
    }

    /// One of several hosts in the same world, to which the tools are described otherwise.
    pub(crate) fn in_changed_world(world: &World, change: impl FnOnce(&mut Settings)) -> Self {
        Self::there(world, change, surface_described("another"))
    }

    fn made(change: impl FnOnce(&mut Settings), surface: Surface) -> Self {
        let world = World::new();
        let fixture = Self::there(&world, change, surface);
        Self { _world: Some(world), ..fixture }
    }

    fn there(world: &World, change: impl FnOnce(&mut Settings), surface: Surface) -> Self {
        let folder = world.folder.path().to_owned();
        let worker =
            WorkerCommand { program: fake_worker(), parse: vec!["parse".into()], run: vec!["run".into()] };
        let mut settings = Settings::new(worker, folder.join("data"));
        change(&mut settings);
        let (sender, surface) = watch::channel(Arc::new(surface));
        let tools = world.tools.clone();
        let host = Host::new(settings, surface, tools.clone()).expect("a host");
        Self { host, tools, folder, _world: None, _surface: sender }
    }

    pub(crate) async fn run(&self, code: &str) -> Arc<RunRecord> {
        let run = self.host.run(RunRequest::new(code));
        tokio::time::timeout(Duration::from_secs(60), run).await.expect("a run ends").expect("it is admitted")
    }

    /// The outcome and the value or the error's message.
    pub(crate) async fn told(&self, code: &str) -> String {
        let record = self.run(code).await;
        let value = record.value.as_ref().map(|value| value.get().to_owned());
        let error = record.error.as_ref().map(|error| format!("{}: {}", error.name, error.message));
        format!("{} {}", record.outcome, value.or(error).unwrap_or_default()).trim_end().to_owned()
    }
}

/// The example of this package, built beside its tests.
fn fake_worker() -> PathBuf {
    let tests = std::env::current_exe().expect("a test has a path");
    let built = tests.parent().and_then(std::path::Path::parent).expect("target/debug");
    built.join("examples").join(format!("fake_worker{}", std::env::consts::EXE_SUFFIX))
}

fn surface() -> Surface {
    surface_described("a fake")
}

fn surface_described(as_what: &str) -> Surface {
    let tool = |name: &str, input_schema: Value| {
        let read_only = matches!(name, "look" | "held").then_some(true);
        Arc::new(Tool {
            name: name.into(),
            title: None,
            description: format!("The tool {name}. It is {as_what}."),
            input_schema,
            output_schema: None,
            annotations: Annotations { read_only, ..Annotations::default() },
        })
    };
    let schema = json!({"type": "object", "properties": {"id": {"type": "integer"}}});
    let tools = vec![
        tool("echo", schema.clone()),
        tool("look", schema.clone()),
        tool("held", schema.clone()),
        tool("book", schema),
        tool("fail", json!({"type": "object"})),
        tool("never", json!({"type": "object"})),
    ];
    let crm = Server { tools, state: ServerState::Ready, ..Server::starting(ServerName::new("crm")) };
    Surface::new(Arc::new(Catalog::new([Arc::new(crm)])))
}
