//! Which content blocks say more than the structured content they stand beside.
//!
//! A server repeats its structured content as text for clients that know no other, each in its own way: as the same
//! JSON, as the one member that holds a text, as one block for each item of a list. Such blocks are mirrors; every
//! other one (images, resources, other texts) stands beside the value.

use serde_json::{Value, value::RawValue};
use tools::is_deceptive;

use crate::unwrap::Block;

/// Structured content that is compared member by member, in bytes. Texts beside a larger one that are not its JSON
/// count as mirrors: to find out would take longer than reading it.
const COMPARED_BYTES_MAX: usize = 256 << 10;

/// The positions of the blocks that do not repeat the structured content.
pub(crate) fn beside(structured: &RawValue, blocks: &[&RawValue]) -> Vec<u32> {
    let mut parts: Option<Parts> = None;
    let mut is_beside = |block: &RawValue| match text_of(block) {
        None => true,
        Some(text) if text.trim().is_empty() || is_same_json(&text, structured.get()) => false,
        Some(_) if structured.get().len() > COMPARED_BYTES_MAX => false,
        Some(text) => !parts.get_or_insert_with(|| Parts::of(structured)).repeats(&text),
    };
    (0..).zip(blocks).filter(|(_, block)| is_beside(block)).map(|(at, _)| at).collect()
}

/// The text of a text block; the empty one where it has none.
fn text_of(block: &RawValue) -> Option<String> {
    let block: Block<'_> = serde_json::from_str(block.get()).ok()?;
    (block.kind == "text")
        .then(|| block.text.and_then(|text| serde_json::from_str(text.get()).ok()).unwrap_or_default())
}

/// The structured content, its members and their items.
struct Parts(Vec<Value>);

impl Parts {
    fn of(structured: &RawValue) -> Self {
        let Some(whole) = decoded(structured.get()) else { return Self(Vec::new()) };
        let mut parts = children(&whole);
        parts.extend(parts.iter().filter(|part| part.is_array()).flat_map(children).collect::<Vec<_>>());
        parts.push(whole);
        Self(parts)
    }

    fn repeats(&self, text: &str) -> bool {
        let json = decoded(text);
        self.0.iter().any(|part| part.as_str() == Some(text) || json.as_ref() == Some(part))
    }
}

fn children(value: &Value) -> Vec<Value> {
    match value {
        Value::Array(items) => items.clone(),
        Value::Object(members) => members.values().cloned().collect(),
        _ => Vec::new(),
    }
}

fn decoded(json: &str) -> Option<Value> {
    if json.len() > COMPARED_BYTES_MAX || is_deceptive(json.as_bytes()) {
        return None;
    }
    serde_json::from_str(json).ok()
}

/// Whether two JSON texts are the same but for the space between their signs.
fn is_same_json(one: &str, two: &str) -> bool {
    significant(one).eq(significant(two))
}

fn significant(json: &str) -> impl Iterator<Item = u8> {
    let (mut in_string, mut escaped) = (false, false);
    json.bytes().filter(move |byte| {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = in_string,
            b'"' => in_string = !in_string,
            _ => {}
        }
        in_string || !byte.is_ascii_whitespace()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mirrors_of_every_kind_are_known() {
        let text = |text: &str| serde_json::json!({"type": "text", "text": text}).to_string();
        let image = r#"{"type":"image","data":"AAAA","mimeType":"image/png"}"#.to_owned();
        let rows = r#"{"rows":[{"a":"\u00e9 x"},{"a":2}],"note":"two  rows","n":12345678901234567890}"#;
        for (structured, blocks, expect) in [
            (
                rows,
                vec![text(
                    "{ \"rows\": [\n{\"a\":\"\\u00e9 x\"}, {\"a\":2}], \"note\":\"two  rows\", \"n\":12345678901234567890}",
                )],
                vec![],
            ),
            // The same with its letters spelt out, its members in another order.
            (
                rows,
                vec![text(
                    "{\"n\":12345678901234567890,\"note\":\"two  rows\",\"rows\":[{\"a\":\"é x\"},{\"a\":2}]}",
                )],
                vec![],
            ),
            (rows, vec![text("{\"a\":\"é x\"}"), text("{ \"a\": 2 }")], vec![]),
            (rows, vec![text("two  rows"), text(""), r#"{"type":"text"}"#.to_owned()], vec![]),
            (rows, vec![text("two rows"), image.clone(), text("[{\"a\":\"é x\"},{\"a\":2}]")], vec![0, 1]),
            (r#"{"result":"5"}"#, vec![text("5")], vec![]),
            (r#"{"result":5}"#, vec![text("5"), text("6")], vec![1]),
            ("[1,2]", vec![text("1"), text("2"), text("3")], vec![2]),
            (
                "{}",
                vec![image, r#"{"type":"resource_link","uri":"a:b"}"#.to_owned(), "7".to_owned()],
                vec![0, 1, 2],
            ),
        ] {
            let structured = RawValue::from_string(structured.to_owned()).expect("JSON");
            let raw: Vec<_> =
                blocks.iter().map(|block| RawValue::from_string(block.clone()).expect("JSON")).collect();
            let blocks: Vec<&RawValue> = raw.iter().map(|block| &**block).collect();
            assert_eq!(beside(&structured, &blocks), expect, "{blocks:?}");
        }
    }

    #[test]
    fn texts_beside_large_structured_content_are_not_compared() {
        let structured = format!("[\"{}\"]", "x".repeat(COMPARED_BYTES_MAX));
        let structured = RawValue::from_string(structured).expect("JSON");
        let other = RawValue::from_string(r#"{"type":"text","text":"other"}"#.to_owned()).expect("JSON");
        let image = RawValue::from_string(r#"{"type":"image"}"#.to_owned()).expect("JSON");
        assert_eq!(beside(&structured, &[&other, &image]), [1]);
    }
}
