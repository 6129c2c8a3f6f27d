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
use serde_json::{Value, json};
use surface::Surface;
use tokio::sync::watch;
use tools::{
    Annotations, Answer, AnswerFuture, Call, CallError, CallErrorKind, CallTool, Catalog, RawValue, Server,
    ServerName, ServerState, Tool,
};

/// `crm/echo` answers its arguments, `crm/fail` fails, `crm/never` does not answer.
#[derive(Default)]
pub(crate) struct Tools {
    pub(crate) under_way: AtomicUsize,
    pub(crate) given_up: AtomicUsize,
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
                _ => Ok(Answer::from(call.arguments)),
            }
        })
    }
}

pub(crate) struct Fixture {
    pub(crate) host: Host,
    pub(crate) tools: Arc<Tools>,
    pub(crate) folder: tempfile::TempDir,
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

    fn made(change: impl FnOnce(&mut Settings), surface: Surface) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let worker =
            WorkerCommand { program: fake_worker(), parse: vec!["parse".into()], run: vec!["run".into()] };
        let mut settings = Settings::new(worker, folder.path().join("data"));
        change(&mut settings);
        let (sender, surface) = watch::channel(Arc::new(surface));
        let tools = Arc::new(Tools::default());
        let host = Host::new(settings, surface, tools.clone()).expect("a host");
        Self { host, tools, folder, _surface: sender }
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
    let tool = |name: &str, input_schema: Value| {
        Arc::new(Tool {
            name: name.into(),
            title: None,
            description: format!("The tool {name}. It is a fake."),
            input_schema,
            output_schema: None,
            annotations: Annotations::default(),
        })
    };
    let schema = json!({"type": "object", "properties": {"id": {"type": "integer"}}});
    let tools = vec![
        tool("echo", schema),
        tool("fail", json!({"type": "object"})),
        tool("never", json!({"type": "object"})),
    ];
    let crm = Server { tools, state: ServerState::Ready, ..Server::starting(ServerName::new("crm")) };
    Surface::new(Arc::new(Catalog::new([Arc::new(crm)])))
}
