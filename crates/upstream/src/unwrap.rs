//! From the result of `tools/call` to the plain value a script works with. Pure.
//!
//! | The server's result | The value |
//! |---|---|
//! | `isError: true` | no value: a [`CallErrorKind::Tool`] with the text, and the structured content as data |
//! | `resultType` other than `complete` | no value: a [`CallErrorKind::BadAnswer`]; it asks something and there is no client to ask, or is of another kind |
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
//! Nothing here recurses over the value, so its depth costs nothing; the code that builds it into a tree bounds it.

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
    if reply.is_error() {
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

/// The result itself. Of an error it is the data.
pub(crate) fn whole_of(reply: Reply) -> Result<Answer, CallError> {
    let whole = raw(reply.whole())?;
    if reply.is_error() {
        return Err(CallError { data: Some(whole), ..tool_error(reply) });
    }
    unfinished(&reply).map_or(Ok(Answer::from(whole)), Err)
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

/// What a result that is not complete wants before the call is made again.
pub(crate) struct InputWanted<'r> {
    /// The questions to the client, by name.
    pub(crate) questions: Option<&'r RawValue>,
    /// What is to be sent back as it is.
    pub(crate) state: Option<&'r RawValue>,
}

/// What a result wants that is not complete, where it is such a one.
pub(crate) fn input_wanted(reply: &Reply) -> Option<InputWanted<'_>> {
    let waits = reply.result_type.as_ref()?.get() == "\"input_required\"";
    let questions = reply.input_requests.as_deref().filter(|questions| questions.get() != "{}");
    let state = reply.request_state.as_deref();
    (waits && (questions.is_some() || state.is_some())).then_some(InputWanted { questions, state })
}

fn unfinished(reply: &Reply) -> Option<CallError> {
    let kind: String = serde_json::from_str(reply.result_type.as_ref()?.get()).ok()?;
    let message = match kind.as_str() {
        "complete" => return None,
        "input_required" => {
            "the tool asks for input in the middle of the call, and there is no client to ask; \
             give it all it needs in the arguments"
                .to_owned()
        }
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
mod tests;
