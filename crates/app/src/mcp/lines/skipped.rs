//! Finds the id of a request that is too long or cannot be decoded, while it is passed over.
//!
//! Clients write the id where they like: the best known one writes it last. So every byte is looked at, and of the
//! members of the message only the short ones are kept, one at a time.

use serde_json::{Map, Value};

use crate::mcp::refusals::is_id;

/// Bytes of a member that may hold the id. Clients count, or make UUIDs.
const MEMBER_BYTES_MAX: usize = 256;

/// What was seen of a message so far.
#[derive(Default)]
pub(in crate::mcp) struct Skipped {
    depth: usize,
    is_in_string: bool,
    is_escaped: bool,
    /// The current member of the message, as far as it is kept.
    member: Vec<u8>,
    id: Option<Value>,
}

impl Skipped {
    /// Looks at the next bytes of the message.
    pub(in crate::mcp) fn pass(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.pass_byte(*byte));
    }

    /// The id, or null where none was found.
    pub(in crate::mcp) fn id(&self) -> &Value {
        self.id.as_ref().unwrap_or(&Value::Null)
    }

    fn pass_byte(&mut self, byte: u8) {
        if self.is_in_string {
            self.is_in_string = self.is_escaped || byte != b'"';
            self.is_escaped = !self.is_escaped && byte == b'\\';
            return self.keep(byte);
        }
        match byte {
            b'{' | b'[' => {
                self.depth += 1;
                if self.depth == 1 {
                    return;
                }
            }
            b'}' | b']' => {
                self.depth = self.depth.saturating_sub(1);
                if self.depth == 0 {
                    return self.end_member();
                }
            }
            b',' if self.depth == 1 => return self.end_member(),
            _ => self.is_in_string = byte == b'"',
        }
        self.keep(byte);
    }

    /// One byte more than may be is kept of a long member, which tells it from one that fits.
    fn keep(&mut self, byte: u8) {
        if self.member.len() <= MEMBER_BYTES_MAX {
            self.member.push(byte);
        }
    }

    fn end_member(&mut self) {
        let member = std::mem::take(&mut self.member);
        if member.len() > MEMBER_BYTES_MAX || tools::is_deceptive(&member) {
            return;
        }
        let object = [b"{", member.as_slice(), b"}"].concat();
        let decoded = serde_json::from_slice::<Map<_, _>>(&object).ok();
        let id = decoded.and_then(|mut member| member.remove("id")).filter(is_id);
        self.id = id.or(self.id.take());
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_id_is_found_wherever_it_stands() {
        let long = "x".repeat(1_000);
        for (message, expect) in [
            (format!(r#"{{"jsonrpc":"2.0","id":7,"params":{{"text":"{long}"}}}}"#), json!(7)),
            (
                format!(r#"{{"method":"m","params":{{"id":1,"t":"{long}"}},"jsonrpc":"2.0","id":7}}"#),
                json!(7),
            ),
            (
                format!(r#"{{"params":["{long}"], "id" : "a-\"}},{{-b" , "jsonrpc":"2.0"}}"#),
                json!("a-\"},{-b"),
            ),
            (format!(r#"{{"params":"\\\"id\":1,{long}\\","id":-3}}"#), json!(-3)),
            (format!(r#"{{"id":7,"params":"{long}"#), json!(7)),
            (format!(r#"{{"params":{{"id":7,"t":"{long}"}}}}"#), Value::Null),
            (format!(r#"{{"id":[7],"params":"{long}"}}"#), Value::Null),
            (format!(r#"{{"id":"{long}"}}"#), Value::Null),
            (r#"]]}}{"id":"#.to_owned(), Value::Null),
            (long, Value::Null),
        ] {
            let mut skipped = Skipped::default();
            message.as_bytes().chunks(7).for_each(|part| skipped.pass(part));
            assert_eq!(skipped.id(), &expect, "{message}");
        }
    }
}
