//! From the result of `tools/call` to the plain value a script works with. Pure.
//!
//! | The server's result | The value |
//! |---|---|
//! | `isError: true` | no value: a [`CallErrorKind::Tool`] with the text, and the structured content as data |
//! | `resultType` other than `complete` | no value: a [`CallErrorKind::BadAnswer`]; we declare no capability that allows it |
//! | `structuredContent` | that, as it is, whatever `content` says: it mirrors or shortens it |
//! | … whose only member is `result`, a string that is a JSON object or array | `{"result": <that, parsed>}` |
//! | no blocks | `null` |
//! | one text block that is a JSON object or array | that, and the rule for `result` again |
//! | one text block else | the string: `42`, `true` and `[{'a': 1}]` are text, because a server that means a number has `structuredContent` to say so, and guessing would turn a house number `007` into 7 |
//! | one other block | the block: `{type, mimeType, data \| uri \| resource …}` without `_meta` |
//! | several blocks | the array of their values, each by the rules above |
//!
//! Text that says "Error …" in a successful result stays a value: only the server knows what it meant.
//! Nothing here recurses over the value, so its depth costs nothing; whoever builds it into a tree bounds it.

use serde::Deserialize;
use serde_json::{Value, value::RawValue};
use tools::{CallError, CallErrorKind, is_deceptive};

use crate::{array, message::Reply, text::clean};

/// Blocks in one result. Real results have up to some hundred (pages of a document); the rest is refused,
/// because dropping blocks silently would be worse.
const BLOCKS_MAX: usize = 10_000;
/// The text of a tool's error is for a model to read; more than this is a dump.
const ERROR_TEXT_BYTES_MAX: usize = 32 << 10;

/// The value of a result, or why there is none.
pub(crate) fn value_of(reply: Reply) -> Result<Box<RawValue>, CallError> {
    if reply.is_error {
        return Err(tool_error(reply));
    }
    if let Some(kind) = unfinished(&reply) {
        return Err(kind);
    }
    match (reply.structured_content, reply.content) {
        (Some(structured), _) => Ok(parse_result_text(&structured).unwrap_or(structured)),
        (None, Some(content)) => value_of_blocks(&content),
        (None, None) => Ok(null()),
    }
}

/// The state to call again with, of a result that is not complete but asks nothing of anybody.
pub(crate) fn state_to_return(reply: &Reply) -> Option<&RawValue> {
    let waits = reply.result_type.as_ref()?.get() == "\"input_required\"";
    let asks = reply.input_requests.as_ref().is_some_and(|requests| requests.get() != "{}");
    reply.request_state.as_deref().filter(|_| waits && !asks)
}

fn unfinished(reply: &Reply) -> Option<CallError> {
    let kind: String = serde_json::from_str(reply.result_type.as_ref()?.get()).ok()?;
    let message = match kind.as_str() {
        "complete" => return None,
        "input_required" => "the tool asks for input in the middle of the call, which is not supported; \
             give it all it needs in the arguments"
            .to_owned(),
        "task" => "the tool answers with a task to wait for, which is not supported".to_owned(),
        other => format!("the tool's result is of the unknown type `{}`", clean(other, 100)),
    };
    Some(CallError::new(CallErrorKind::BadAnswer, message))
}

fn tool_error(reply: Reply) -> CallError {
    let blocks = reply.content.as_deref().and_then(|raw| array::items(raw.get().as_bytes(), BLOCKS_MAX).ok());
    let texts: Vec<String> = blocks
        .iter()
        .flat_map(|blocks| &blocks.items)
        .filter_map(|raw| serde_json::from_str::<Block<'_>>(raw.get()).ok())
        .filter_map(|block| serde_json::from_str(block.text?.get()).ok())
        .collect();
    let text = clean(&texts.join("\n"), ERROR_TEXT_BYTES_MAX);
    let message =
        if text.trim().is_empty() { "the tool reported an error without a text".to_owned() } else { text };
    CallError { kind: CallErrorKind::Tool, message, data: reply.structured_content }
}

fn value_of_blocks(content: &RawValue) -> Result<Box<RawValue>, CallError> {
    let blocks = array::items(content.get().as_bytes(), BLOCKS_MAX)
        .map_err(|error| bad(&format!("its `content` is not an array: {error}")))?;
    if blocks.more > 0 {
        return Err(bad(&format!("it has more than {BLOCKS_MAX} content blocks")));
    }
    match blocks.items.as_slice() {
        [] => Ok(null()),
        [one] => value_of_block(one, 1),
        several => {
            let mut out = String::with_capacity(content.get().len());
            for (at, block) in several.iter().enumerate() {
                out.push(if at == 0 { '[' } else { ',' });
                out.push_str(value_of_block(block, at + 1)?.get());
            }
            out.push(']');
            RawValue::from_string(out).map_err(|error| bad(&error.to_string()))
        }
    }
}

#[derive(Deserialize)]
struct Block<'a> {
    #[serde(rename = "type")]
    kind: String,
    #[serde(borrow, default)]
    text: Option<&'a RawValue>,
}

fn value_of_block(raw: &RawValue, place: usize) -> Result<Box<RawValue>, CallError> {
    let block: Block<'_> = serde_json::from_str(raw.get())
        .map_err(|error| bad(&format!("its content block {place} cannot be read: {error}")))?;
    match (block.kind.as_str(), block.text) {
        ("text", Some(text)) if text.get().starts_with('"') => Ok(value_of_text(text)),
        ("text", _) => Err(bad(&format!("its content block {place} is a text without text"))),
        _ => Ok(without_meta(raw)),
    }
}

/// The value of a JSON string literal: the JSON inside it, or the literal as it is.
fn value_of_text(literal: &RawValue) -> Box<RawValue> {
    match json_inside(literal) {
        Some(inner) => parse_result_text(&inner).unwrap_or(inner),
        None => literal.to_owned(),
    }
}

/// The object or array a string literal holds, if it holds one and nothing else.
fn json_inside(literal: &RawValue) -> Option<Box<RawValue>> {
    let body = literal.get().strip_prefix('"')?;
    let start = body.trim_start_matches([' ', '\\', 'n', 'r', 't']);
    if !start.starts_with(['{', '[']) {
        return None;
    }
    let text: String = serde_json::from_str(literal.get()).ok()?;
    // What is deceptive inside a text is harmless as long as it stays one.
    if is_deceptive(text.as_bytes()) {
        return None;
    }
    RawValue::from_string(text).ok()
}

/// `{"result": "<json>"}` parsed a second time: what SDKs make of a function that returns JSON as text.
fn parse_result_text(value: &RawValue) -> Option<Box<RawValue>> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Sole<'a> {
        #[serde(borrow)]
        result: &'a RawValue,
    }
    let members = value.get().strip_prefix('{')?;
    if !members.trim_start().starts_with("\"result\"") {
        return None;
    }
    let sole: Sole<'_> = serde_json::from_str(value.get()).ok()?;
    let inner = json_inside(sole.result)?;
    RawValue::from_string(format!("{{\"result\":{inner}}}")).ok()
}

/// A block without `_meta`, its own or its resource's: icons and bookkeeping, up to kilobytes per answer.
fn without_meta(raw: &RawValue) -> Box<RawValue> {
    if !raw.get().contains("\"_meta\"") {
        return raw.to_owned();
    }
    let Ok(Value::Object(mut block)) = serde_json::from_str(raw.get()) else { return raw.to_owned() };
    block.shift_remove("_meta");
    if let Some(Value::Object(resource)) = block.get_mut("resource") {
        resource.shift_remove("_meta");
    }
    serde_json::value::to_raw_value(&block).unwrap_or_else(|_| raw.to_owned())
}

fn bad(reason: &str) -> CallError {
    CallError::new(CallErrorKind::BadAnswer, format!("the server's answer cannot be read: {reason}"))
}

fn null() -> Box<RawValue> {
    RawValue::NULL.to_owned()
}

#[cfg(test)]
mod tests {
    use crate::message::{Incoming, read};

    use super::*;

    fn check(result: &str, expect: &str) {
        let message = format!(r#"{{"id":1,"result":{result}}}"#);
        let Ok(Incoming::Answer { outcome: Ok(body), .. }) = read(message.as_bytes()) else {
            panic!("not an answer: {message}");
        };
        let seen = match value_of(body.keep()) {
            Ok(value) => value.get().to_owned(),
            Err(error) => {
                let data = error.data.map(|data| format!(" {data}")).unwrap_or_default();
                format!("{}: {}{data}", error.kind, error.message)
            }
        };
        assert_eq!(seen, expect, "{result}");
    }

    #[test]
    fn structured_content_wins() {
        check(
            r#"{"content":[{"type":"text","text":"x"}],"structuredContent":{"b": 1, "a": 12345678901234567890.10}}"#,
            r#"{"b": 1, "a": 12345678901234567890.10}"#,
        );
        check(r#"{"structuredContent":[1,2]}"#, "[1,2]");
        check(
            r#"{"structuredContent":{"content":"the text"},"content":[{"type":"text","text":"the text"}]}"#,
            r#"{"content":"the text"}"#,
        );
        check(r#"{"structuredContent":null,"content":[{"type":"text","text":"x"}]}"#, r#""x""#);
        check(r#"{"structuredContent":{},"_meta":{"icon":"…"}}"#, "{}");
    }

    #[test]
    fn json_text_in_a_sole_result_is_parsed_again() {
        check(r#"{"structuredContent":{"result":"[{\"a\":1}]"}}"#, r#"{"result":[{"a":1}]}"#);
        check(r#"{"structuredContent":{ "result" : " {\"a\":1}" }}"#, r#"{"result":{"a":1}}"#);
        check(r#"{"content":[{"type":"text","text":"{\"result\":\"[1]\"}"}]}"#, r#"{"result":[1]}"#);
        check(r#"{"structuredContent":{"result":"5"}}"#, r#"{"result":"5"}"#);
        check(r#"{"structuredContent":{"result":5}}"#, r#"{"result":5}"#);
        check(r#"{"structuredContent":{"result":"[1]","more":1}}"#, r#"{"result":"[1]","more":1}"#);
        check(r#"{"structuredContent":{"result":"[{'a': 1}]"}}"#, r#"{"result":"[{'a': 1}]"}"#);
    }

    #[test]
    fn one_text_block_is_json_if_it_is_an_object_or_array() {
        check(r#"{"content":[{"type":"text","text":"{\"a\": 1}"}]}"#, r#"{"a": 1}"#);
        check(r#"{"content":[{"type":"text","text":"\n\t [1, 2]\n"}]}"#, "[1, 2]");
        check(r#"{"content":[{"type":"text","text":"42"}]}"#, r#""42""#);
        check(r#"{"content":[{"type":"text","text":"true"}]}"#, r#""true""#);
        check(r#"{"content":[{"type":"text","text":"null"}]}"#, r#""null""#);
        check(r#"{"content":[{"type":"text","text":"[{'a': 1}]"}]}"#, r#""[{'a': 1}]""#);
        check(r#"{"content":[{"type":"text","text":"[1] and more"}]}"#, r#""[1] and more""#);
        check(r#"{"content":[{"type":"text","text":"two\nlines \u00e9"}]}"#, r#""two\nlines \u00e9""#);
        check(r#"{"content":[{"type":"text","text":"Error: no such key"}]}"#, r#""Error: no such key""#);
        check(r#"{"content":[{"type":"text","text":""}]}"#, r#""""#);
    }

    #[test]
    fn other_blocks_survive_as_values() {
        check(r#"{"content":[]}"#, "null");
        check("{}", "null");
        check(
            r#"{"content":[{"type":"image","data":"AAAA","mimeType":"image/png"}]}"#,
            r#"{"type":"image","data":"AAAA","mimeType":"image/png"}"#,
        );
        check(
            r#"{"content":[{"type":"resource","resource":{"uri":"a:b","blob":"AA","_meta":{}},"_meta":{"x":1}}]}"#,
            r#"{"type":"resource","resource":{"uri":"a:b","blob":"AA"}}"#,
        );
        check(
            r#"{"content":[{"type":"text","text":"a"},{"type":"text","text":"{\"b\":1}"},{"type":"resource_link","uri":"f:x"}]}"#,
            r#"["a",{"b":1},{"type":"resource_link","uri":"f:x"}]"#,
        );
    }

    #[test]
    fn errors_carry_text_and_data() {
        check(
            r#"{"isError":true,"content":[{"type":"text","text":"no such file"},{"type":"text","text":"x"}]}"#,
            "tool_error: no such file\nx",
        );
        check(
            r#"{"isError":true,"content":[{"type":"text","text":"no"}],"structuredContent":{"code":5}}"#,
            r#"tool_error: no {"code":5}"#,
        );
        check(r#"{"isError":true}"#, "tool_error: the tool reported an error without a text");
        check(r#"{"isError":"yes","content":[{"type":"text","text":"fine"}]}"#, r#""fine""#);
    }

    #[test]
    fn what_is_no_result_is_refused() {
        check(
            r#"{"content":"text"}"#,
            "bad_answer: the server's answer cannot be read: its `content` is not an array: \
             invalid type: string \"text\", expected an array at line 1 column 6",
        );
        check(
            r#"{"content":[5]}"#,
            "bad_answer: the server's answer cannot be read: its content block 1 cannot be read: \
             invalid type: integer `5`, expected struct Block at line 1 column 1",
        );
        check(
            r#"{"content":[{"type":"text"}]}"#,
            "bad_answer: the server's answer cannot be read: its content block 1 is a text without text",
        );
        check(r#"{"resultType":"complete","content":[]}"#, "null");
        check(
            r#"{"resultType":"input_required","inputRequests":{}}"#,
            "bad_answer: the tool asks for input in the middle of the call, which is not supported; \
             give it all it needs in the arguments",
        );
    }
}
