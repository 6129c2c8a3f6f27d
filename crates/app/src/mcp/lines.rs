//! Messages as lines: the SDK's transport for stdio, but for what it does not answer; see `refusals`.

pub(super) mod skipped;

use std::{
    collections::{HashSet, VecDeque},
    io,
    sync::Arc,
};

use parking_lot::Mutex as SyncMutex;
use rmcp::{
    RoleServer,
    model::{ClientNotification, JsonRpcMessage, JsonRpcNotification, RequestId},
    service::{RxJsonRpcMessage, TxJsonRpcMessage},
    transport::Transport,
};
use serde::Serialize;
use serde_json::Value;
use tokio::{
    io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader},
    sync::Mutex,
};
use tools::{is_deceptive, without_line_ends};

use self::skipped::Skipped;
use super::refusals::{too_long, unfinished, unreadable};

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// A client that writes a message a line, and reads them so.
pub(super) struct Lines<R, W> {
    input: BufReader<R>,
    output: Arc<Mutex<Output<W>>>,
    /// The longest line that is read.
    limit: usize,
    /// What was read of the current line: kept here because the reader may be interrupted.
    line: Vec<u8>,
    /// The current line is over the limit, and its rest is passed over.
    skipped: Option<Skipped>,
    unanswered: Unanswered,
    /// A request was read.
    has_begun: bool,
    /// An answer to what was no message, before anything else is read.
    unsaid: Option<Value>,
}

/// Requests that were read and not answered.
#[derive(Clone, Default)]
struct Unanswered(Arc<SyncMutex<HashSet<RequestId>>>);

impl Unanswered {
    fn change<T>(&self, change: impl FnOnce(&mut HashSet<RequestId>) -> T) -> T {
        change(&mut self.0.lock())
    }
}

/// What is to be written. An interrupted writer leaves the rest to the next.
struct Output<W> {
    writer: W,
    waiting: VecDeque<u8>,
}

impl<R: AsyncRead + Unpin, W: AsyncWrite + Unpin> Lines<R, W> {
    pub(super) fn new(reader: R, writer: W, limit: usize) -> Self {
        Self {
            input: BufReader::new(reader),
            output: Arc::new(Mutex::new(Output { writer, waiting: VecDeque::new() })),
            limit,
            line: Vec::new(),
            skipped: None,
            unanswered: Unanswered::default(),
            has_begun: false,
            unsaid: None,
        }
    }

    /// The next message; `None` at the end. A last line without an end was cut off and is none.
    async fn next(&mut self) -> io::Result<Option<RxJsonRpcMessage<RoleServer>>> {
        loop {
            self.say_unsaid().await?;
            let room = self.limit.saturating_sub(self.line.len()).saturating_add(1);
            (&mut self.input).take(room as u64).read_until(b'\n', &mut self.line).await?;
            let ended = self.line.ends_with(b"\n");
            if !ended && self.line.len() <= self.limit {
                return Ok(None);
            }
            let message = match (&mut self.skipped, ended) {
                (None, true) => self.decode(),
                (skipped, _) => {
                    skipped.get_or_insert_default().pass(&self.line);
                    None
                }
            };
            if let Some(skipped) = self.skipped.take_if(|_| ended) {
                self.unsaid = Some(too_long(self.limit, skipped.id()));
            }
            self.line.clear();
            // The SDK gives up a conversation that begins with anything but a request.
            self.has_begun |= matches!(message, Some(JsonRpcMessage::Request(_)));
            if message.is_some() && self.has_begun {
                return Ok(message);
            }
        }
    }

    fn decode(&mut self) -> Option<RxJsonRpcMessage<RoleServer>> {
        let line = self.line.strip_prefix(BYTE_ORDER_MARK).unwrap_or(&self.line).trim_ascii();
        if line.is_empty() {
            return None;
        }
        let message = if is_deceptive(line) { None } else { serde_json::from_slice(line).ok() };
        if message.is_none() {
            self.unsaid = unreadable(line);
        }
        message
    }

    async fn say_unsaid(&mut self) -> io::Result<()> {
        if self.unsaid.is_some() {
            let mut output = self.output.lock().await;
            if let Some(answer) = self.unsaid.take() {
                output.add(&answer)?;
            }
            output.flush().await?;
        }
        Ok(())
    }
}

impl<R, W> Transport<RoleServer> for Lines<R, W>
where
    R: AsyncRead + Send + Unpin,
    W: AsyncWrite + Send + Unpin + 'static,
{
    type Error = io::Error;

    fn send(
        &mut self,
        item: TxJsonRpcMessage<RoleServer>,
    ) -> impl Future<Output = io::Result<()>> + Send + 'static {
        let (output, unanswered) = (Arc::clone(&self.output), self.unanswered.clone());
        async move {
            if let Some(id) = answered(&item) {
                unanswered.change(|ids| ids.remove(id));
            }
            let mut output = output.lock().await;
            output.add(&item)?;
            output.flush().await
        }
    }

    async fn receive(&mut self) -> Option<RxJsonRpcMessage<RoleServer>> {
        let message = self.next().await.unwrap_or_else(|error| {
            tracing::error!(%error, "the conversation with the client broke off");
            None
        });
        match &message {
            Some(JsonRpcMessage::Request(request)) => {
                self.unanswered.change(|ids| ids.insert(request.id.clone()));
            }
            Some(JsonRpcMessage::Notification(JsonRpcNotification {
                notification: ClientNotification::CancelledNotification(cancelled),
                ..
            })) => {
                self.unanswered
                    .change(|ids| ids.retain(|id| Some(id) != cancelled.params.request_id.as_ref()));
            }
            _ => {}
        }
        message
    }

    /// Says to the clients that still wait that no answer comes.
    async fn close(&mut self) -> io::Result<()> {
        let mut output = self.output.lock().await;
        for id in self.unanswered.change(std::mem::take) {
            output.add(&unfinished(&id.into_json_value()))?;
        }
        output.flush().await
    }
}

/// The request that a message answers.
fn answered(message: &TxJsonRpcMessage<RoleServer>) -> Option<&RequestId> {
    match message {
        JsonRpcMessage::Response(response) => Some(&response.id),
        JsonRpcMessage::Error(error) => error.id.as_ref(),
        _ => None,
    }
}

impl<W: AsyncWrite + Unpin> Output<W> {
    fn add(&mut self, message: &impl Serialize) -> io::Result<()> {
        let json = serde_json::to_vec(message)?;
        self.waiting.extend(&*without_line_ends(&json));
        self.waiting.push_back(b'\n');
        Ok(())
    }

    async fn flush(&mut self) -> io::Result<()> {
        self.writer.write_all_buf(&mut self.waiting).await?;
        self.writer.flush().await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is read of some input, and what is answered to the rest of it.
    async fn check(input: &str, expect: &[&str], answered: &[&str]) {
        let mut written = Vec::new();
        let mut lines = Lines::new(input.as_bytes(), &mut written, 60);
        let mut read = Vec::new();
        while let Some(message) = lines.next().await.expect("memory can be read") {
            let message = serde_json::to_value(message).expect("it is JSON");
            read.push(message["method"].as_str().unwrap_or("an answer").to_owned());
        }
        drop(lines);
        assert_eq!(read, expect, "{input}");
        let written = String::from_utf8(written).expect("it is text");
        let codes = written.lines().map(|line| {
            let said: Value = serde_json::from_str(line).expect("it is JSON");
            format!("{} {}", said["id"], said["error"]["code"])
        });
        assert_eq!(codes.collect::<Vec<_>>(), answered, "{input}");
    }

    #[tokio::test]
    async fn a_message_is_one_line_for_every_reader() {
        let mut output = Output { writer: Vec::new(), waiting: VecDeque::new() };
        output.add(&"a\u{2028}b\u{2029}c\u{85}d\n").expect("it is JSON");
        output.flush().await.expect("memory can be written");
        assert_eq!(String::from_utf8(output.writer).as_deref(), Ok("\"a\\u2028b\\u2029c\\u0085d\\n\"\n"));
    }

    #[tokio::test]
    async fn what_is_no_message_is_answered_and_the_rest_is_read() {
        let ping = r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#;
        check(&format!("{ping}\r\n\n\u{feff}{ping}\n"), &["ping", "ping"], &[]).await;
        check(&format!("garbage\n{ping}\n[]\n"), &["ping"], &["null -32700", "null -32600"]).await;
        check(&format!("{{\"id\":9,\"method\":\"ping\"}}\n{ping}\n"), &["ping"], &["9 -32600"]).await;
        check(&format!("{}\n{ping}\n", "x".repeat(60)), &["ping"], &["null -32700"]).await;
        check(&format!("{}\n{ping}\n", "x".repeat(61)), &["ping"], &["null -32600"]).await;
        check(&format!("{}\n{ping}\n", "x".repeat(1000)), &["ping"], &["null -32600"]).await;
        let long = format!(r#"{{"method":"m","params":"{}","jsonrpc":"2.0","id":7}}"#, "x".repeat(100_000));
        check(&format!("{long}\n{ping}\n{long}\n"), &["ping"], &["7 -32600", "7 -32600"]).await;
        check(&format!("{ping}\n{ping}"), &["ping"], &[]).await;
        let notification = r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#;
        check(
            &format!("{notification}\n{ping}\n{notification}\n"),
            &["ping", "notifications/initialized"],
            &[],
        )
        .await;
    }
}
