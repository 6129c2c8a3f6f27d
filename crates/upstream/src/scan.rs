//! Finding the `id` of a JSON-RPC message that cannot be parsed: broken, or too large to keep.
//!
//! A small state machine over bytes, fed piece by piece, that never holds more than one short token. It only
//! serves to fail the right call at once; it never decides that a message is good.

/// Keys and ids longer than this are not ours: our ids are numbers of at most 20 digits.
const TOKEN_BYTES_MAX: usize = 24;

/// A message this many times over the budget is not an answer any more but a server that writes for ever.
const SKIP_FACTOR: usize = 32;

/// Nor is one so far over it, whatever the budget: looking through it takes time from others.
const SKIP_BYTES_MAX: usize = 256 << 20;

/// Bytes of a message over the budget of `limit` that are looked through before the server is given up.
pub(crate) fn skipped_max(limit: usize) -> usize {
    limit.saturating_mul(SKIP_FACTOR).min(limit.saturating_add(SKIP_BYTES_MAX))
}

/// Looks for the top-level member `id` and for signs that the message is an answer.
#[derive(Default)]
pub(crate) struct IdScan {
    depth: u32,
    in_string: bool,
    escaped: bool,
    expects_value: bool,
    token: Vec<u8>,
    key: Vec<u8>,
    id: Option<u64>,
    is_request: bool,
}

impl IdScan {
    /// Reads on.
    pub(crate) fn feed(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.step(byte);
        }
    }

    /// The id, if the message seems to be an answer to a request of ours.
    pub(crate) fn id(&self) -> Option<u64> {
        self.id.filter(|_| !self.is_request)
    }

    fn step(&mut self, byte: u8) {
        if self.in_string {
            return self.step_in_string(byte);
        }
        match byte {
            b'"' => {
                self.in_string = true;
                self.token.clear();
            }
            b'{' | b'[' => self.depth = self.depth.saturating_add(1),
            b'}' | b']' => {
                self.end_value();
                self.depth = self.depth.saturating_sub(1);
            }
            _ if self.depth != 1 => {}
            b':' => {
                std::mem::swap(&mut self.key, &mut self.token);
                self.token.clear();
                self.expects_value = true;
                self.is_request |= self.key == b"method";
            }
            b',' => self.end_value(),
            b' ' | b'\t' | b'\r' | b'\n' => {}
            _ => self.keep(byte),
        }
    }

    fn step_in_string(&mut self, byte: u8) {
        match byte {
            _ if self.escaped => self.escaped = false,
            b'\\' => self.escaped = true,
            b'"' => {
                self.in_string = false;
                return;
            }
            _ => {}
        }
        if self.depth == 1 {
            self.keep(byte);
        }
    }

    fn keep(&mut self, byte: u8) {
        if self.token.len() < TOKEN_BYTES_MAX {
            self.token.push(byte);
        }
    }

    fn end_value(&mut self) {
        if self.depth == 1 && self.expects_value && self.key == b"id" && self.id.is_none() {
            self.id = std::str::from_utf8(&self.token).ok().and_then(number);
        }
        if self.depth == 1 {
            self.expects_value = false;
            self.token.clear();
        }
    }
}

/// The whole number that is written so: `1`, or `1.0`.
pub(crate) fn number(text: &str) -> Option<u64> {
    text.parse().ok().or_else(|| whole(text.parse().ok()?))
}

fn whole(number: f64) -> Option<u64> {
    // Beyond that, several whole numbers are written alike.
    const EXACT_MAX: f64 = 9_007_199_254_740_991.0;
    let is_whole = number.fract() == 0.0 && (0.0..=EXACT_MAX).contains(&number);
    is_whole.then(|| format!("{number}").parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expect: Option<u64>) {
        let mut whole = IdScan::default();
        whole.feed(text.as_bytes());
        assert_eq!(whole.id(), expect, "{text}");
        let mut bytewise = IdScan::default();
        text.as_bytes().chunks(1).for_each(|chunk| bytewise.feed(chunk));
        assert_eq!(bytewise.id(), expect, "byte by byte: {text}");
    }

    #[test]
    fn ids_are_found_in_what_cannot_be_parsed() {
        check(r#"{"jsonrpc":"2.0","id":7,"result":{"content":["#, Some(7));
        check(r#"{"result":{"id":3,"a":[{"id":4}]},"id":12}"#, Some(12));
        check(r#"{"result":"\"id\":5,","id" : 9 , "x"#, Some(9));
        check(r#"{"id":"31","result":"#, Some(31));
        check(r#"{"id":7"#, None);
        check(r#"{"id":7,"method":"ping""#, None);
        check(r#"{"id":7,"method":"ping"}"#, None);
        check(r#"{"id":null,"error":{}}"#, None);
        check(r#"{"id":7.5,"result":{}}"#, None);
        check(r#"{"id":123456789012345678901234567890,"result":{}}"#, None);
        check("Server listening on port 3000", None);
        check("]]]]}}}}", None);
        check("", None);
    }
}
