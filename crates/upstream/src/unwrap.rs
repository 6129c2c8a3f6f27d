//! From the result of `tools/call` to the plain value a script works with. Pure.
//!
//! | The server's result | The value |
//! |---|---|
//! | `isError: true` | no value: a [`CallErrorKind::Tool`] with the text, and the structured content as data |
//! | `resultType` other than `complete` | no value: a [`CallErrorKind::BadAnswer`]; we declare no capability that allows it |
//! | `structuredContent` | that, as it is; blocks that do not repeat it stand beside it (see [`crate::mirror`]) |
//! | … whose only member is `result`, a string that is a JSON object or array | `{"result": <that, parsed>}` |
//! | no blocks | `[]`; `null` from a tool that declares something else |
//! | one text block that is a JSON object or array | that, and the rule for `result` again |
//! | one text block else | the string: `42`, `true` and `[{'a': 1}]` are text, because a server that means a number has `structuredContent` to say so, and guessing would turn a house number `007` into 7 |
//! | a text block without a text | the empty string |
//! | one other block | the block: `{type, mimeType, data \| uri \| resource …}` without `_meta` |
//! | several blocks | the array of their values, each by the rules above |
//! | one block, from a tool that declares an array | an array of its value, unless that is the array |
//!
//! What a tool declares wins over guessing: a tool that declares a string returns one, whatever the text looks like, and
//! `result` is read as JSON only where nothing is declared. An object that is the only block of a tool that declares
//! nothing is marked as maybe the only item of a list, because that is how older servers send lists of one.
//!
//! A resource is the list of its `contents`, whatever their count.
//!
//! Text that says "Error …" in a successful result stays a value: only the server knows what it meant.
//! Nothing here recurses over the value, so its depth costs nothing; whoever builds it into a tree bounds it.

use serde::Deserialize;
use serde_json::{Value, value::RawValue};
use tools::{Answer, CallError, CallErrorKind, Content, is_deceptive};

use crate::{array, message::Reply, mirror, text::clean};

/// Blocks in one result. Real results have up to some hundred (pages of a document); the rest is refused,
/// because dropping blocks silently would be worse.
const BLOCKS_MAX: usize = 10_000;
/// The text of a tool's error is for a model to read; more than this is a dump.
const ERROR_TEXT_BYTES_MAX: usize = 32 << 10;
/// Blocks that only repeat the value, in bytes: they cost the script as much memory again.
pub(crate) const REPEATED_BYTES_MAX: usize = 1 << 20;

/// What a tool says of its results.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Declared {
    Nothing,
    Text,
    List,
    Other,
}

impl Declared {
    fn by(schema: Option<&Value>) -> Self {
        match schema.map(|schema| schema.get("type").and_then(Value::as_str)) {
            None => Self::Nothing,
            Some(Some("string")) => Self::Text,
            Some(Some("array")) => Self::List,
            Some(_) => Self::Other,
        }
    }
}

/// The answer in a result, or why there is none. `schema` is the tool's `outputSchema`.
pub(crate) fn answer_of(reply: Reply, schema: Option<&Value>) -> Result<Answer, CallError> {
    if reply.is_error {
        return Err(tool_error(reply));
    }
    if let Some(kind) = unfinished(&reply) {
        return Err(kind);
    }
    let declared = Declared::by(schema);
    let content = reply.content.as_deref().unwrap_or(RawValue::NULL);
    match reply.structured_content {
        Some(structured) => Ok(structured_answer(structured, content, declared)),
        None => answer_in_blocks(&blocks_of(content)?, declared),
    }
}

/// The contents of a resource: always a list, each item without `_meta`.
pub(crate) fn contents_of(reply: Reply) -> Result<Answer, CallError> {
    if let Some(kind) = unfinished(&reply) {
        return Err(kind);
    }
    let contents = reply.contents.ok_or_else(|| bad("it has no `contents`"))?;
    let items = array::items(contents.get().as_bytes(), BLOCKS_MAX)
        .map_err(|error| bad(&format!("its `contents` is not an array: {error}")))?;
    if items.more > 0 {
        return Err(bad(&format!("it has more than {BLOCKS_MAX} contents")));
    }
    Ok(Answer::from(joined(&items.items)?))
}

/// An answer with a value of its own: what is wrong with the blocks beside it does no harm.
fn structured_answer(structured: Box<RawValue>, content: &RawValue, declared: Declared) -> Answer {
    let blocks = blocks_of(content).unwrap_or_default();
    let beside = mirror::beside(&structured, &blocks);
    let content = (!beside.is_empty()).then(|| content_of(&blocks, beside, false));
    let read = if declared == Declared::Nothing { parse_result_text(&structured) } else { None };
    Answer { value: read.unwrap_or(structured), content }
}

fn answer_in_blocks(blocks: &[&RawValue], declared: Declared) -> Result<Answer, CallError> {
    let value = match blocks {
        [] if matches!(declared, Declared::Nothing | Declared::List) => raw("[]".to_owned())?,
        [] => return Ok(Answer::from(RawValue::NULL.to_owned())),
        [one] => match value_of_block(one, 1, declared)? {
            value if declared == Declared::List && !value.get().starts_with('[') => {
                raw(format!("[{value}]"))?
            }
            value => value,
        },
        several => list_of(several, declared)?,
    };
    let is_only_item = declared == Declared::Nothing && blocks.len() == 1 && value.get().starts_with('{');
    let says_more = value.get().starts_with(['{', '[']);
    let content = says_more.then(|| content_of(blocks, Vec::new(), is_only_item));
    Ok(Answer { value, content })
}

fn list_of(blocks: &[&RawValue], declared: Declared) -> Result<Box<RawValue>, CallError> {
    let mut out = String::with_capacity(blocks.iter().map(|block| block.get().len()).sum());
    for (at, block) in blocks.iter().enumerate() {
        out.push(if at == 0 { '[' } else { ',' });
        out.push_str(value_of_block(block, at + 1, declared)?.get());
    }
    out.push(']');
    raw(out)
}

fn content_of(blocks: &[&RawValue], beside: Vec<u32>, is_only_item: bool) -> Content {
    let bytes: usize = blocks.iter().map(|block| block.get().len()).sum();
    let only_repeats = beside.is_empty() && bytes > REPEATED_BYTES_MAX;
    let handed_on = (!only_repeats).then(|| joined(blocks).ok()).flatten();
    Content { blocks: handed_on, beside, is_only_item }
}

fn joined(blocks: &[&RawValue]) -> Result<Box<RawValue>, CallError> {
    let texts: Vec<String> = blocks.iter().map(|block| without_meta(block).to_string()).collect();
    raw(format!("[{}]", texts.join(",")))
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

/// The blocks of a result; none where it has no `content`.
fn blocks_of(content: &RawValue) -> Result<Vec<&RawValue>, CallError> {
    if content.get() == "null" {
        return Ok(Vec::new());
    }
    let blocks = array::items(content.get().as_bytes(), BLOCKS_MAX)
        .map_err(|error| bad(&format!("its `content` is not an array: {error}")))?;
    if blocks.more > 0 {
        return Err(bad(&format!("it has more than {BLOCKS_MAX} content blocks")));
    }
    Ok(blocks.items)
}

#[derive(Deserialize)]
pub(crate) struct Block<'a> {
    #[serde(rename = "type")]
    pub(crate) kind: String,
    #[serde(borrow, default)]
    pub(crate) text: Option<&'a RawValue>,
}

fn value_of_block(block: &RawValue, place: usize, declared: Declared) -> Result<Box<RawValue>, CallError> {
    let read: Block<'_> = serde_json::from_str(block.get())
        .map_err(|error| bad(&format!("its content block {place} cannot be read: {error}")))?;
    match (read.kind.as_str(), read.text) {
        ("text", Some(text)) if text.get().starts_with('"') && declared == Declared::Text => {
            Ok(text.to_owned())
        }
        ("text", Some(text)) if text.get().starts_with('"') => Ok(value_of_text(text, declared)),
        // Not a text, against the protocol, and still what the server wanted to say.
        ("text", Some(other)) if other.get() != "null" => Ok(other.to_owned()),
        ("text", _) => raw("\"\"".to_owned()),
        _ => Ok(without_meta(block)),
    }
}

/// The value of a JSON string literal: the JSON inside it, or the literal as it is.
fn value_of_text(literal: &RawValue, declared: Declared) -> Box<RawValue> {
    match json_inside(literal) {
        Some(inner) if declared == Declared::Nothing => parse_result_text(&inner).unwrap_or(inner),
        Some(inner) => inner,
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

fn raw(json: String) -> Result<Box<RawValue>, CallError> {
    RawValue::from_string(json).map_err(|error| bad(&error.to_string()))
}

#[cfg(test)]
mod tests {
    use crate::message::{Incoming, read};

    use super::*;

    fn check(result: &str, expect: &str) {
        check_declared("null", result, expect);
    }

    /// The value of a tool that declares this `outputSchema`, and what is said of the blocks it came in.
    fn check_declared(schema: &str, result: &str, expect: &str) {
        let answer = answer_to(schema, result);
        let seen = match answer {
            Ok(answer) => answer.value.get().to_owned(),
            Err(error) => {
                let data = error.data.map(|data| format!(" {data}")).unwrap_or_default();
                format!("{}: {}{data}", error.kind, error.message)
            }
        };
        assert_eq!(seen, expect, "{result}");
    }

    fn check_content(result: &str, expect: &str) {
        let content = answer_to("null", result).expect("an answer").content;
        let seen = content.map(|content| {
            let only = if content.is_only_item { " only" } else { "" };
            let blocks = content.blocks.map_or_else(|| "left behind".to_owned(), |blocks| blocks.to_string());
            format!("{blocks} {:?}{only}", content.beside)
        });
        assert_eq!(seen.as_deref().unwrap_or("none"), expect, "{result}");
    }

    fn answer_to(schema: &str, result: &str) -> Result<Answer, CallError> {
        let message = format!(r#"{{"id":1,"result":{result}}}"#);
        let Ok(Incoming::Answer { outcome: Ok(body), .. }) = read(message.as_bytes()) else {
            panic!("not an answer: {message}");
        };
        let schema: Option<Value> = serde_json::from_str(schema).expect("a schema");
        answer_of(body.keep(), schema.as_ref())
    }

    #[test]
    fn what_a_tool_declares_wins_over_guessing() {
        let text =
            r#"{"content":[{"type":"text","text":"{\"id\": 12345678901234567890, \"price\": 1.10}"}]}"#;
        check(text, r#"{"id": 12345678901234567890, "price": 1.10}"#);
        check_declared(r#"{"type":"string"}"#, text, r#""{\"id\": 12345678901234567890, \"price\": 1.10}""#);
        check_declared(r#"{"type":"object"}"#, text, r#"{"id": 12345678901234567890, "price": 1.10}"#);
        let wrapped = r#"{"structuredContent":{"result":"[{\"a\":1}]"}}"#;
        check(wrapped, r#"{"result":[{"a":1}]}"#);
        check_declared(
            r#"{"type":"object","properties":{"result":{"type":"string"}}}"#,
            wrapped,
            r#"{"result":"[{\"a\":1}]"}"#,
        );
        let list = r#"{"type":"array","items":{"type":"object"}}"#;
        check_declared(list, r#"{"content":[]}"#, "[]");
        check_declared(list, r#"{"content":[{"type":"text","text":"{\"a\":1}"}]}"#, r#"[{"a":1}]"#);
        check_declared(list, r#"{"content":[{"type":"text","text":"[1]"}]}"#, "[1]");
        check_declared(r#"{"type":"object"}"#, r#"{"content":[]}"#, "null");
    }

    #[test]
    fn the_blocks_of_an_answer_are_handed_on_where_they_say_more_than_its_value() {
        let image = r#"{"type":"image","data":"AAAA","mimeType":"image/png"}"#;
        check_content(r#"{"content":[{"type":"text","text":"plain"}]}"#, "none");
        check_content(r#"{"content":[]}"#, "[] []");
        check_content(
            r#"{"content":[{"type":"text","text":"{\"a\": 1.10}","_meta":{}}]}"#,
            r#"[{"type":"text","text":"{\"a\": 1.10}"}] [] only"#,
        );
        check_content(
            r#"{"content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]}"#,
            r#"[{"type":"text","text":"a"},{"type":"text","text":"b"}] []"#,
        );
        check_content(
            r#"{"structuredContent":{"a":1},"content":[{"type":"text","text":"{\"a\": 1}"}]}"#,
            "none",
        );
        check_content(
            &format!(
                r#"{{"structuredContent":{{"a":1}},"content":[{{"type":"text","text":"{{\"a\":1}}"}},{image}]}}"#
            ),
            &format!(r#"[{{"type":"text","text":"{{\"a\":1}}"}},{image}] [1]"#),
        );
        check_content(
            r#"{"structuredContent":{"a":1},"content":[{"type":"text","text":"on Tuesday"}]}"#,
            r#"[{"type":"text","text":"on Tuesday"}] [0]"#,
        );
        check_content(r#"{"structuredContent":{"a":1},"content":"not blocks"}"#, "none");
        let long = "x".repeat(REPEATED_BYTES_MAX);
        check_content(
            &format!(r#"{{"content":[{{"type":"text","text":"{{\"a\":\"{long}\"}}"}}]}}"#),
            "left behind [] only",
        );
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
        check(r#"{"content":[{"type":"text"}]}"#, r#""""#);
        check(
            r#"{"content":[{"type":"text","text":null},{"type":"text","text":{"a":1}}]}"#,
            r#"["",{"a":1}]"#,
        );
    }

    #[test]
    fn other_blocks_survive_as_values() {
        check(r#"{"content":[]}"#, "[]");
        check("{}", "[]");
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
        check(r#"{"resultType":"complete","content":[]}"#, "[]");
        check(
            r#"{"resultType":"input_required","inputRequests":{}}"#,
            "bad_answer: the tool asks for input in the middle of the call, which is not supported; \
             give it all it needs in the arguments",
        );
    }
}
