//! Messages as lines: the SDK's transport for stdio, but for what it does not answer; see `refusals`.

use std::{collections::VecDeque, io, sync::Arc};

use rmcp::{
    RoleServer,
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

use super::refusals::{too_long, unreadable};

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// A client that writes a message a line, and reads them so.
pub(super) struct Lines<R, W> {
    input: BufReader<R>,
    output: Arc<Mutex<Output<W>>>,
    /// The longest line that is read.
    limit: usize,
    /// What was read of the current line: kept here because whoever reads may be interrupted.
    line: Vec<u8>,
    /// The current line is over the limit, and its rest is passed over.
    skipping: bool,
    /// An answer to what was no message, before anything else is read.
    unsaid: Option<Value>,
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
            skipping: false,
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
            let skipped = std::mem::replace(&mut self.skipping, !ended);
            let message = match (skipped, ended) {
                (false, true) => self.decode(),
                (false, false) => {
                    self.unsaid = Some(too_long(self.limit));
                    None
                }
                (true, _) => None,
            };
            self.line.clear();
            if message.is_some() {
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
        let output = Arc::clone(&self.output);
        async move {
            let mut output = output.lock().await;
            output.add(&item)?;
            output.flush().await
        }
    }

    async fn receive(&mut self) -> Option<RxJsonRpcMessage<RoleServer>> {
        self.next().await.unwrap_or_else(|error| {
            tracing::error!(%error, "the conversation with the client broke off");
            None
        })
    }

    async fn close(&mut self) -> io::Result<()> {
        self.output.lock().await.flush().await
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
        check(&format!("{ping}\n{ping}"), &["ping"], &[]).await;
    }
}
