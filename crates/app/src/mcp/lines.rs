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
use serde_json::{Value, value::RawValue};
use tokio::{
    io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader},
    sync::Mutex,
};
use tools::{is_deceptive, without_line_ends};

use self::skipped::Skipped;
use super::{
    incoming,
    refusals::{too_long, unfinished, unreadable},
};

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
    /// Messages of a batch that were not taken yet.
    batch: VecDeque<Box<RawValue>>,
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
            batch: VecDeque::new(),
            unanswered: Unanswered::default(),
            has_begun: false,
            unsaid: None,
        }
    }

    /// The next message; `None` at the end.
    async fn next(&mut self) -> io::Result<Option<RxJsonRpcMessage<RoleServer>>> {
        loop {
            self.say_unsaid().await?;
            let message = match self.batch.pop_front() {
                Some(message) => self.decode(message.get().as_bytes()),
                None if self.read_line().await? => self.take_line(),
                None => return Ok(None),
            };
            // The SDK gives up a conversation that begins with anything but a request.
            self.has_begun |= matches!(message, Some(JsonRpcMessage::Request(_)));
            if message.is_some() && self.has_begun {
                return Ok(message);
            }
        }
    }

    /// Reads on in the current line, as far as may be kept of it. `false` at the end: a last line without an end was cut off
    /// and is none.
    async fn read_line(&mut self) -> io::Result<bool> {
        let room = self.limit.saturating_sub(self.line.len()).saturating_add(1);
        (&mut self.input).take(room as u64).read_until(b'\n', &mut self.line).await?;
        Ok(self.line.ends_with(b"\n") || self.line.len() > self.limit)
    }

    /// The message of what was read.
    fn take_line(&mut self) -> Option<RxJsonRpcMessage<RoleServer>> {
        let line = std::mem::take(&mut self.line);
        let ended = line.ends_with(b"\n");
        if self.skipped.is_some() || !ended {
            self.skipped.get_or_insert_default().pass(&line);
            let skipped = self.skipped.take_if(|_| ended);
            self.unsaid = skipped.map(|skipped| too_long(self.limit, skipped.id()));
            return None;
        }
        let text = incoming::text(&line);
        match incoming::batch(&text) {
            None => return self.decode(text.trim_ascii()),
            Some(Ok(messages)) => self.batch = messages.into_iter().map(ToOwned::to_owned).collect(),
            Some(Err(said)) => self.unsaid = Some(said),
        }
        None
    }

    fn decode(&mut self, text: &[u8]) -> Option<RxJsonRpcMessage<RoleServer>> {
        if text.is_empty() {
            return None;
        }
        let message = if is_deceptive(text) { None } else { serde_json::from_slice(text).ok() };
        if message.is_none() {
            self.unsaid = unreadable(text);
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
    async fn a_batch_is_taken_apart() {
        let ping = r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#;
        let notification = r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#;
        let mut written = Vec::new();
        let batch = format!("[{ping},7,{notification},{{\"id\":9}},{ping}]\n{ping}\n[]\n");
        let mut lines = Lines::new(batch.as_bytes(), &mut written, 1_000);
        let mut read = 0;
        while lines.next().await.expect("memory can be read").is_some() {
            read += 1;
        }
        drop(lines);
        assert_eq!(read, 4);
        let written = String::from_utf8(written).expect("it is text");
        let said = written.lines().map(|line| {
            let said: Value = serde_json::from_str(line).expect("it is JSON");
            format!("{} {}", said["id"], said["error"]["message"].as_str().unwrap_or_default())
        });
        assert_eq!(
            said.collect::<Vec<_>>(),
            [
                "null a message is one JSON object",
                "9 `jsonrpc` must be `\"2.0\"`",
                "null a batch holds 1 to 100 messages"
            ]
        );
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
        let cut = r#"{"jsonrpc":"2.0","id":1,"method":"ping","a":"\ud83d"}"#;
        check(&format!("{cut}\n"), &["ping"], &[]).await;
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
