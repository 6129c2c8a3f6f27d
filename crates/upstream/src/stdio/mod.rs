//! A server that is a process of ours and speaks JSON lines on its standard streams.

mod cause;
mod environment;
mod lines;
mod log;
mod outbox;
mod process;
mod tail;
mod variables;

use std::{sync::Arc, time::Duration};

use tokio::{net::unix::pipe, task::AbortHandle};

pub use environment::INHERITED;
pub(crate) use log::Log;
pub(crate) use process::Program;

use crate::{
    failure::Failure,
    guard::OnDrop,
    message::{self, Reply, Request},
    peer::Peer,
    secrets::Secrets,
    stdio::{
        lines::{Found, Lines},
        outbox::Outbox,
        process::{Pipes, Process},
    },
};

/// The connection to such a server. Dropping it kills the process and its group.
pub(crate) struct Stdio {
    pub(crate) peer: Arc<Peer>,
    outbox: Arc<Outbox>,
    process: Arc<Process>,
    tasks: [AbortHandle; 2],
}

impl Stdio {
    /// Starts the process. Nothing is said to it yet.
    pub(crate) fn start(program: &Program<'_>, answer_bytes_max: usize) -> Result<Self, Failure> {
        let (process, Pipes { input, output }) = Process::start(program).map_err(Failure::Lost)?;
        let (peer, outbox, process) = (Peer::new(), Outbox::new(input), Arc::new(process));
        let answers = Arc::clone(&outbox);
        peer.answer_by(move |answer| {
            // As with what is answered at once.
            let _ = answers.send(answer);
        });
        let reader = Reader {
            peer: Arc::clone(&peer),
            outbox: Arc::clone(&outbox),
            process: Arc::clone(&process),
            limit: answer_bytes_max,
        };
        let writer = Arc::clone(&outbox);
        let tasks = [
            tokio::spawn(reader.run(output)).abort_handle(),
            tokio::spawn(async move { writer.write_rest().await }).abort_handle(),
        ];
        Ok(Self { peer, outbox, process, tasks })
    }

    /// Sends a request and waits for its answer. When the future is dropped the server is told, unless the
    /// request is one of those that open a connection.
    pub(crate) async fn request(&self, request: &Request, meta: Option<&str>) -> Result<Reply, Failure> {
        let mut waiting = self.peer.begin(request)?;
        self.outbox.send(message::write_request(waiting.id, request, meta))?;
        let (id, opens) = (waiting.id, matches!(request.method, "initialize" | "server/discover"));
        let given_up = OnDrop::new(|| {
            if !opens {
                // A server that is gone needs no word.
                let _ = self.outbox.send(message::write_cancelled(id, meta));
            }
        });
        let outcome = waiting.outcome().await;
        given_up.call_off();
        outcome
    }

    /// Sends a notification.
    pub(crate) fn notify(&self, method: &str, meta: Option<&str>) -> Result<(), Failure> {
        self.outbox.send(message::write_notification(method, "", meta))
    }

    /// What the server says beside its messages.
    pub(crate) fn log(&self) -> Arc<Log> {
        Arc::clone(&self.process.log)
    }

    /// What must not be seen of what the server says.
    pub(crate) fn secrets(&self) -> &Secrets {
        self.process.log.secrets()
    }

    /// Ends the process and its whole group.
    pub(crate) async fn close(&self, grace: Duration) {
        self.outbox.close();
        self.process.end(grace).await;
        self.peer.close("the connection was closed".to_owned());
    }
}

impl Drop for Stdio {
    fn drop(&mut self) {
        self.process.kill();
        self.tasks.iter().for_each(AbortHandle::abort);
    }
}

struct Reader {
    peer: Arc<Peer>,
    outbox: Arc<Outbox>,
    process: Arc<Process>,
    limit: usize,
}

impl Reader {
    async fn run(self, output: pipe::Receiver) {
        let mut lines = Lines::new(output, self.limit);
        let reason = loop {
            match lines.next().await {
                Ok(Found::Line(range)) => self.receive(lines.line(range)),
                Ok(Found::TooLarge(Some(id))) => {
                    self.peer.settle(id, Err(Failure::TooLarge { limit: self.limit }));
                }
                Ok(Found::TooLarge(None)) => self.peer.count_odd("a line over the budget"),
                Ok(Found::End) => break self.process.last_words().await,
                Err(error) => break format!("the server's output cannot be read: {error}"),
            }
            if let Some(reason) = self.peer.reason() {
                break reason;
            }
        };
        self.peer.close(reason);
    }

    fn receive(&self, line: &[u8]) {
        if line.trim_ascii().is_empty() {
            return;
        }
        self.process.log.printed(line);
        for answer in self.peer.receive(line) {
            // If it does not fit, the server asks without reading the answers: its own loss.
            let _ = self.outbox.send(answer);
        }
    }
}
