//! Server-sent events, within a budget. Pure.

use std::{collections::VecDeque, time::Duration};

use crate::{
    failure::Failure,
    scan::{IdScan, skipped_max},
};

/// Ids are opaque tokens that are sent back in a header.
const ID_BYTES_MAX: usize = 1_024;

/// One event that has data.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// A message.
    Message(Vec<u8>),
    /// An event of another type: its type and its data.
    Other(String, Vec<u8>),
    /// Data over the budget, which seems to answer this request. Told as soon as that is known.
    TooLarge(Option<u64>),
}

/// Puts events together from pieces of a stream.
pub(crate) struct Events {
    limit: usize,
    line: Vec<u8>,
    /// The current line is over the budget and goes into the scan.
    skipping_line: bool,
    after_return: bool,
    kind: String,
    data: Vec<u8>,
    has_data: bool,
    too_large: Option<IdScan>,
    /// That the current event is too large was told.
    reported: bool,
    /// Bytes of the current event, whatever they are.
    event_bytes: usize,
    ready: VecDeque<Event>,
    /// The id of the last event that had one.
    pub(crate) last_id: Option<String>,
    /// How long the server asks to wait before coming back.
    pub(crate) retry: Option<Duration>,
}

impl Events {
    /// Events of at most `limit` bytes.
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            limit,
            line: Vec::new(),
            skipping_line: false,
            after_return: false,
            kind: String::new(),
            data: Vec::new(),
            has_data: false,
            too_large: None,
            reported: false,
            event_bytes: 0,
            ready: VecDeque::new(),
            last_id: None,
            retry: None,
        }
    }

    /// Reads on. An error means that the stream is not worth reading on: an event in it seems to have no end.
    pub(crate) fn feed(&mut self, mut bytes: &[u8]) -> Result<(), Failure> {
        while let Some(at) = memchr::memchr2(b'\n', b'\r', bytes) {
            let is_second_half = at == 0 && self.after_return && bytes[0] == b'\n';
            self.after_return = bytes[at] == b'\r';
            if !is_second_half {
                self.add(&bytes[..at])?;
                self.end_line();
            }
            bytes = &bytes[at + 1..];
        }
        if !bytes.is_empty() {
            self.after_return = false;
            self.add(bytes)?;
        }
        Ok(())
    }

    /// The next whole event.
    pub(crate) fn next(&mut self) -> Option<Event> {
        self.ready.pop_front()
    }

    fn add(&mut self, part: &[u8]) -> Result<(), Failure> {
        self.event_bytes += part.len();
        let most = skipped_max(self.limit);
        if self.event_bytes > most {
            self.begin_again();
            return Err(Failure::Malformed(format!("it sent an event of more than {most} bytes")));
        }
        if !self.skipping_line && self.line.len() + self.data.len() + part.len() <= self.limit {
            self.line.extend_from_slice(part);
            return Ok(());
        }
        self.skip(part);
        Ok(())
    }

    fn skip(&mut self, part: &[u8]) {
        let scan = self.too_large.get_or_insert_default();
        scan.feed(&std::mem::take(&mut self.data));
        let start = std::mem::take(&mut self.line);
        scan.feed(start.strip_prefix(b"data:").unwrap_or(&start));
        scan.feed(part);
        let id = scan.id();
        self.skipping_line = true;
        self.has_data = true;
        if id.is_some() && !std::mem::replace(&mut self.reported, true) {
            self.ready.push_back(Event::TooLarge(id));
        }
    }

    /// Forgets the event that is being read.
    fn begin_again(&mut self) {
        let whole = std::mem::take(&mut self.ready);
        let (last_id, retry) = (self.last_id.take(), self.retry);
        *self = Self { ready: whole, last_id, retry, ..Self::new(self.limit) };
    }

    fn end_line(&mut self) {
        if std::mem::take(&mut self.skipping_line) {
            return;
        }
        let line = std::mem::take(&mut self.line);
        if line.is_empty() {
            return self.dispatch();
        }
        let (field, value) = split(&line);
        match field {
            b"data" if self.too_large.is_none() => {
                if self.has_data {
                    self.data.push(b'\n');
                }
                self.data.extend_from_slice(value);
                self.has_data = true;
            }
            b"event" => self.kind = String::from_utf8_lossy(value).into_owned(),
            b"id" if value.len() <= ID_BYTES_MAX && !value.contains(&0) => {
                self.last_id = String::from_utf8(value.to_vec()).ok().filter(|id| !id.is_empty());
            }
            b"retry" => {
                let millis = std::str::from_utf8(value).ok().and_then(|text| text.parse().ok());
                self.retry = millis.map(Duration::from_millis).or(self.retry);
            }
            _ => {}
        }
        self.line = line;
        self.line.clear();
    }

    fn dispatch(&mut self) {
        self.event_bytes = 0;
        let reported = std::mem::take(&mut self.reported);
        let kind = std::mem::take(&mut self.kind);
        let data = std::mem::take(&mut self.data);
        if !std::mem::take(&mut self.has_data) {
            return;
        }
        self.ready.push_back(match self.too_large.take() {
            Some(_) if reported => return,
            Some(scan) => Event::TooLarge(scan.id()),
            None if kind.is_empty() || kind == "message" => Event::Message(data),
            None => Event::Other(kind, data),
        });
    }
}

fn split(line: &[u8]) -> (&[u8], &[u8]) {
    let line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line);
    let Some(at) = memchr::memchr(b':', line) else { return (line, b"") };
    let value = &line[at + 1..];
    (&line[..at], value.strip_prefix(b" ").unwrap_or(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(stream: &str, expect: &[&str]) {
        for size in [1, 2, 3, 1000] {
            let mut events = Events::new(40);
            let mut seen = Vec::new();
            for piece in stream.as_bytes().chunks(size) {
                events.feed(piece).expect("it has an end");
                while let Some(event) = events.next() {
                    seen.push(match event {
                        Event::Message(data) => String::from_utf8_lossy(&data).into_owned(),
                        Event::Other(kind, data) => format!("{kind}: {}", String::from_utf8_lossy(&data)),
                        Event::TooLarge(id) => format!("too large {id:?}"),
                    });
                }
            }
            assert_eq!(seen, expect, "{stream:?} by {size}");
        }
    }

    #[test]
    fn events_are_put_together() {
        check("data: a\n\ndata:b\r\n\r\ndata: c\r\r", &["a", "b", "c"]);
        check("event: message\nid: 1\ndata: x\ndata: y\n\n", &["x\ny"]);
        check("event: endpoint\ndata: /messages?x=1\n\n", &["endpoint: /messages?x=1"]);
        check(": comment\n\nid: 5\n\ndata\n\n", &[""]);
        check("\u{feff}data: a\n\n", &["a"]);
        check("data: unfinished\n", &[]);
    }

    #[test]
    fn large_events_are_skipped_and_their_request_named() {
        let large = format!("data: {{\"id\":7,\"result\":\"{}\"}}\n\ndata: b\n\n", "x".repeat(60));
        check(&large, &["too large Some(7)", "b"]);
        let lines = format!("{}\ndata: b\n\n", "data: 0123456789\n".repeat(9));
        check(&lines, &["too large None", "b"]);
    }

    #[test]
    fn an_event_that_is_too_large_is_told_before_its_end() {
        let mut events = Events::new(40);
        events
            .feed(format!("data: {{\"id\":7,\"result\":\"{}", "x".repeat(60)).as_bytes())
            .expect("it may end");
        assert_eq!(events.next(), Some(Event::TooLarge(Some(7))));
        events.feed(b"\"}\n\ndata: b\n\n").expect("it has an end");
        assert_eq!(events.next(), Some(Event::Message(b"b".to_vec())), "it is told once");
    }

    #[test]
    fn an_event_without_end_is_given_up() {
        for endless in ["data: xxxxxxxxxx", "data: x\n", ": comment\n", "event: x\n", "\u{e9}"] {
            let mut events = Events::new(40);
            events.feed(b"id: e1\ndata: a\n\n").expect("it has an end");
            let given_up = (0..2_000).find_map(|_| events.feed(endless.as_bytes()).err());
            let said = given_up.expect("it is given up").to_string();
            assert!(said.ends_with("it sent an event of more than 1280 bytes"), "{said}");
            assert_eq!(events.next(), Some(Event::Message(b"a".to_vec())), "{endless}");
            assert_eq!(events.next(), None, "{endless}");
            assert_eq!(events.last_id.as_deref(), Some("e1"));
        }
    }

    #[test]
    fn ids_and_pauses_are_kept() {
        let mut events = Events::new(40);
        events.feed(b"id: e1\nretry: 500\ndata: \n\nretry: soon\n\n").expect("it has an end");
        assert_eq!(events.last_id.as_deref(), Some("e1"));
        assert_eq!(events.retry, Some(Duration::from_millis(500)));
    }
}
