//! What a client sends, before it is decoded: the text of it, and its messages where it is a batch of them.

use std::borrow::Cow;

use serde_json::{Value, value::RawValue};
use tools::without_lone_surrogates;

use super::refusals::not_a_batch;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Messages in one batch, which the protocol of 2025-03-26 knows. Clients that batch send a handful, and each is work.
const BATCH_MAX: usize = 100;

/// The text, as every reader of JSON takes it: without a byte order mark, and with U+FFFD for half a character.
pub(super) fn text(bytes: &[u8]) -> Cow<'_, [u8]> {
    without_lone_surrogates(bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(bytes))
}

/// The messages of a batch, or the answer to a list that is not a valid batch. `None` where the text is not a list.
pub(super) fn batch(text: &[u8]) -> Option<Result<Vec<&RawValue>, Value>> {
    if !text.trim_ascii_start().starts_with(b"[") {
        return None;
    }
    let messages: Vec<&RawValue> = serde_json::from_slice(text).ok()?;
    let is_batch = (1..=BATCH_MAX).contains(&messages.len());
    Some(if is_batch { Ok(messages) } else { Err(not_a_batch(BATCH_MAX)) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_is_taken_apart_within_its_limit() {
        let count =
            |text: &str| batch(text.as_bytes()).map(|batch| batch.map(|messages| messages.len()).ok());
        assert_eq!(count(r#" [{"id":1}, {"id":2}]"#), Some(Some(2)));
        assert_eq!(count("[]"), Some(None));
        assert_eq!(count(&format!("[{}1]", "1,".repeat(100))), Some(None));
        assert_eq!(count("[1"), None);
        assert_eq!(count("{}"), None);
    }
}
