//! Lines from a server's standard output, each within a budget.

use std::{io, ops::Range};

use tokio::io::{AsyncRead, AsyncReadExt};

use crate::scan::{IdScan, skipped_max};

/// Room made for one read. A pipe holds 64 KiB by default.
const READ_BYTES: usize = 64 << 10;
/// A buffer that grew beyond this for one large answer is given back.
const KEPT_BYTES: usize = 1 << 20;

/// What was found in the stream.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// A line, without its end: see [`Lines::line`].
    Line(Range<usize>),
    /// A line over the budget that answers this request. The rest of it is skipped by the next calls.
    TooLarge(Option<u64>),
    /// The stream ended. A last line without an end is dropped: it was cut off.
    End,
}

/// Splits a stream into lines.
pub(crate) struct Lines<R> {
    input: R,
    limit: usize,
    buffer: Vec<u8>,
    /// Where the current line starts.
    start: usize,
    /// How far the current line is known to have no end.
    scanned: usize,
    skipping: Option<Skip>,
}

#[derive(Default)]
struct Skip {
    scan: IdScan,
    skipped: usize,
    reported: bool,
}

impl<R: AsyncRead + Unpin> Lines<R> {
    /// Lines of at most `limit` bytes.
    pub(crate) fn new(input: R, limit: usize) -> Self {
        Self { input, limit, buffer: Vec::new(), start: 0, scanned: 0, skipping: None }
    }

    /// The bytes of the line that [`Self::next`] found last.
    pub(crate) fn line(&self, found: Range<usize>) -> &[u8] {
        &self.buffer[found]
    }

    /// Finds the next line. Nothing is lost when the future is dropped.
    pub(crate) async fn next(&mut self) -> io::Result<Found> {
        loop {
            let found = if self.skipping.is_some() { self.skip()? } else { self.take() };
            if let Some(found) = found {
                return Ok(found);
            }
            self.make_room();
            if self.input.read_buf(&mut self.buffer).await? == 0 {
                return Ok(Found::End);
            }
        }
    }

    fn take(&mut self) -> Option<Found> {
        let (start, from) = (self.start, self.scanned);
        self.scanned = self.buffer.len();
        match memchr::memchr(b'\n', &self.buffer[from..]) {
            Some(at) if from + at - start <= self.limit => {
                self.start = from + at + 1;
                self.scanned = self.start;
                Some(Found::Line(start..from + at))
            }
            None if self.buffer.len() - start <= self.limit => None,
            _ => {
                self.scanned = start;
                self.skipping = Some(Skip::default());
                self.skip().ok().flatten()
            }
        }
    }

    /// Goes on to the end of a line that is too large.
    fn skip(&mut self) -> io::Result<Option<Found>> {
        let Some(skip) = &mut self.skipping else { return Ok(None) };
        let rest = &self.buffer[self.start..];
        let end = memchr::memchr(b'\n', rest);
        let part = &rest[..end.unwrap_or(rest.len())];
        if !skip.reported {
            skip.scan.feed(part);
        }
        skip.skipped += part.len();
        self.start += part.len() + usize::from(end.is_some());
        self.scanned = self.start;
        let most = skipped_max(self.limit);
        if skip.skipped > most {
            return Err(io::Error::other(format!("it wrote a line of more than {most} bytes")));
        }
        let id = skip.scan.id();
        let is_news = !skip.reported && (id.is_some() || end.is_some());
        skip.reported |= is_news;
        if end.is_some() {
            self.skipping = None;
            return Ok(if is_news { Some(Found::TooLarge(id)) } else { self.take() });
        }
        Ok(is_news.then_some(Found::TooLarge(id)))
    }

    /// Moves the unfinished line to the front and makes room behind it.
    fn make_room(&mut self) {
        self.buffer.drain(..self.start);
        self.scanned -= self.start;
        self.start = 0;
        if self.buffer.is_empty() && self.buffer.capacity() > KEPT_BYTES {
            self.buffer = Vec::new();
        }
        self.buffer.reserve(READ_BYTES);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn check(input: &str, limit: usize, expect: &[&str]) {
        let mut lines = Lines::new(input.as_bytes(), limit);
        let mut seen = Vec::new();
        loop {
            match lines.next().await.expect("a slice can be read") {
                Found::Line(range) => seen.push(String::from_utf8_lossy(lines.line(range)).into_owned()),
                Found::TooLarge(id) => seen.push(format!("too large {id:?}")),
                Found::End => break,
            }
        }
        assert_eq!(seen, expect, "{input}");
    }

    #[tokio::test]
    async fn lines_are_found() {
        check("", 10, &[]).await;
        check("a\n\nbc\n", 10, &["a", "", "bc"]).await;
        check("a\ncut off", 10, &["a"]).await;
        check("0123456789\n", 10, &["0123456789"]).await;
    }

    #[tokio::test]
    async fn a_large_line_is_skipped_and_its_request_named() {
        check("01234567890\nb\n", 10, &["too large None", "b"]).await;
        check("{\"id\":5,\"result\":\"01234567890\"}\nb\n", 10, &["too large Some(5)", "b"]).await;
        check(
            "{\"result\":\"0123\",\"id\":5}\n{\"id\":6,\"result\":1}\n",
            10,
            &["too large Some(5)", "too large Some(6)"],
        )
        .await;
    }

    #[tokio::test]
    async fn lines_in_pieces_are_put_together() {
        let (ours, theirs) = tokio::io::duplex(3);
        let writer = tokio::spawn(async move {
            let mut theirs = theirs;
            let text = b"{\"id\":7,\"result\":{\"long\":\"xxxxxxxxxxxxxxxxxxxxxxxx\"}}\nshort\n";
            tokio::io::AsyncWriteExt::write_all(&mut theirs, text).await.expect("open");
        });
        let mut lines = Lines::new(ours, 20);
        assert_eq!(lines.next().await.expect("open"), Found::TooLarge(Some(7)));
        let Found::Line(range) = lines.next().await.expect("open") else { panic!("a line was expected") };
        assert_eq!(lines.line(range), b"short");
        assert_eq!(lines.next().await.expect("open"), Found::End);
        writer.await.expect("written");
    }

    #[tokio::test]
    async fn a_line_without_end_ends_the_stream() {
        let mut lines = Lines::new(tokio::io::repeat(b'x'), 1000);
        assert_eq!(
            lines.next().await.expect_err("too much").to_string().split(" of more").next(),
            Some("it wrote a line")
        );
    }
}
