//! What the author of a script should know of an answer, in one line each: numbers that arrive as another type,
//! content that stands beside the value, and links to resources.

use memchr::memmem;
use serde::Deserialize;
use tools::{Answer, RawValue, ToolId};

/// 2^53 - 1, the largest integer up to which every integer is a double, and its digits.
const LARGEST_EXACT: &str = "9007199254740991";

/// Digits of an integer the engines make a `bigint`; longer ones stay doubles, because reading them takes time by the
/// square of the digits.
const DIGITS_MAX: usize = 4_300;

/// Steps of a path that are named.
const STEPS_MAX: usize = 12;

/// Characters of one step.
const STEP_CHARS_MAX: usize = 40;

/// Kinds of blocks that are named.
const KINDS_MAX: usize = 4;

/// The notes about an answer of this tool.
pub(super) fn about(tool: &ToolId, answer: &Answer) -> Vec<String> {
    let big = first_big_integer(answer.value.get()).map(|path| {
        format!(
            "`{tool}` answered an integer that a double would round: `result{path}` is a `bigint` \
             (calculate with `Number(x)` or with other bigints; as an argument and in JSON it keeps every digit)"
        )
    });
    let beside = answer.content.as_ref().and_then(tools::Content::blocks_beside).map(|blocks| {
        let kinds = kinds(&blocks);
        format!("`{tool}` also sent {kinds} beside its value: `contentOf(result)` gives all it sent")
    });
    let links = answer.content.as_ref().filter(|content| has_links(content)).map(|_| {
        format!(
            "`{tool}` sent links to resources: `await readResource({:?}, link.uri)` gives what one points to",
            tool.server.as_str()
        )
    });
    big.into_iter().chain(beside).chain(links).collect()
}

/// Whether one of the blocks points to a resource. In a text the quotes would have backslashes.
fn has_links(content: &tools::Content) -> bool {
    let link = b"\"resource_link\"";
    content.blocks.as_ref().is_some_and(|blocks| memmem::find(blocks.get().as_bytes(), link).is_some())
}

/// `image/png, text`: each kind once.
fn kinds(blocks: &[&RawValue]) -> String {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Block {
        #[serde(rename = "type")]
        kind: String,
        mime_type: Option<String>,
    }
    let mut kinds: Vec<String> = Vec::new();
    for block in blocks {
        let Ok(block) = serde_json::from_str::<Block>(block.get()) else { continue };
        let kind = shortened(&block.mime_type.unwrap_or(block.kind));
        if !kinds.contains(&kind) {
            kinds.push(kind);
        }
    }
    let more = if kinds.len() > KINDS_MAX { ", …" } else { "" };
    kinds.truncate(KINDS_MAX);
    if kinds.is_empty() { "other content".to_owned() } else { format!("{}{more}", kinds.join(", ")) }
}

/// Where the first integer stands that not every double holds: `.rows[].id`.
fn first_big_integer(json: &str) -> Option<String> {
    // Few answers have so many digits in a row, and to look for them is quick.
    let mut runs = json.as_bytes().chunk_by(|a, b| a.is_ascii_digit() && b.is_ascii_digit());
    if !runs.any(is_beyond_doubles) {
        return None;
    }
    let mut path = Path::default();
    let mut at = 0;
    while let Some(byte) = json.as_bytes().get(at) {
        match byte {
            b'"' => {
                let text = string_at(json, at);
                path.string(text);
                at += text.len() + 1;
            }
            b'-' | b'0'..=b'9' => {
                let number = number_at(json, at);
                let digits = number.strip_prefix('-').unwrap_or(number);
                if is_beyond_doubles(digits.as_bytes()) {
                    return Some(path.shown());
                }
                at += number.len() - 1;
            }
            sign => path.sign(*sign),
        }
        at += 1;
    }
    None
}

fn is_beyond_doubles(digits: &[u8]) -> bool {
    let largest = LARGEST_EXACT.as_bytes();
    let is_larger = digits.len() > largest.len() || digits.len() == largest.len() && digits > largest;
    is_larger && digits.len() <= DIGITS_MAX && digits.iter().all(u8::is_ascii_digit)
}

/// The text of the string whose quote is here, as it is spelt, with its last quote left out.
fn string_at(json: &str, at: usize) -> &str {
    let rest = &json[at + 1..];
    let mut escaped = false;
    let end = rest.bytes().position(|byte| {
        let ends = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        ends
    });
    &rest[..end.unwrap_or(rest.len())]
}

fn number_at(json: &str, at: usize) -> &str {
    let rest = &json[at..];
    let is_part = |byte: u8| matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E');
    &rest[..rest.bytes().position(|byte| !is_part(byte)).unwrap_or(rest.len())]
}

/// Where one stands in a JSON text that is read sign by sign.
#[derive(Default)]
struct Path<'a> {
    steps: Vec<Step<'a>>,
    /// The last string: the name of a property when a colon follows.
    last: &'a str,
}

enum Step<'a> {
    Name(&'a str),
    /// Any item: the same note is made of every row.
    Item,
}

impl<'a> Path<'a> {
    fn string(&mut self, text: &'a str) {
        self.last = text;
    }

    fn sign(&mut self, sign: u8) {
        match (sign, self.steps.last_mut()) {
            (b'{', _) => self.steps.push(Step::Name("")),
            (b'[', _) => self.steps.push(Step::Item),
            (b'}' | b']', _) => drop(self.steps.pop()),
            (b':', Some(Step::Name(name))) => *name = self.last,
            _ => {}
        }
    }

    fn shown(&self) -> String {
        let mut shown = String::new();
        for step in self.steps.iter().take(STEPS_MAX) {
            match step {
                Step::Name(name) => shown.extend([".", &shortened(name)]),
                Step::Item => shown.push_str("[]"),
            }
        }
        let more = if self.steps.len() > STEPS_MAX { "…" } else { "" };
        shown + more
    }
}

fn shortened(text: &str) -> String {
    let text = tools::visible(text).map(|c| if c == '\n' { ' ' } else { c }).collect::<String>();
    text::cut(&text, STEP_CHARS_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_integer_that_a_double_would_round_is_named() {
        for (json, expect) in [
            ("9007199254740991", None),
            ("9007199254740992", Some("")),
            ("-9007199254740993", Some("")),
            (r#"{"id":1915883588174806058}"#, Some(".id")),
            (r#"{"a":[1,{"b":"x","c d":12345678901234567890}],"e":1}"#, Some(".a[].c d")),
            (r#"{"12345678901234567890":"12345678901234567890","a\":[99999999999999999":1}"#, None),
            (r#"["\"",[],[{}],-1e30,1.12345678901234567,12345678901234567.5,123456789012345678e2]"#, None),
            (r#"["\\",[[7],12345678901234567]]"#, Some("[][]")),
            ("", None),
        ] {
            assert_eq!(first_big_integer(json).as_deref(), expect, "{json}");
        }
        let longest = "9".repeat(DIGITS_MAX);
        assert_eq!(first_big_integer(&longest).as_deref(), Some(""));
        assert_eq!(first_big_integer(&format!("{longest}9")), None);
    }

    #[test]
    fn paths_are_bounded() {
        let deep = format!(
            "{}12345678901234567890",
            r#"{"long name of a property that goes on and on":"#.repeat(20)
        );
        let path = first_big_integer(&deep).expect("a path");
        assert_eq!(path.matches('…').count(), STEPS_MAX + 1, "{path}");
    }

    #[test]
    fn what_stands_beside_a_value_is_named_by_its_kind() {
        let raw = |json: &str| RawValue::from_string(json.to_owned()).expect("JSON");
        let content = tools::Content {
            blocks: Some(raw(
                r#"[{"type":"text","text":"x"},{"type":"image","mimeType":"image/png"},{"type":"image","mimeType":"image/png"},{"type":"resource"}]"#,
            )),
            beside: vec![1, 2, 3],
            is_only_item: false,
        };
        assert_eq!(
            told("{}", Some(content)),
            [
                "`charts/render` also sent image/png, resource beside its value: `contentOf(result)` gives all it sent"
            ]
        );
    }

    fn told(value: &str, content: Option<tools::Content>) -> Vec<String> {
        let value = RawValue::from_string(value.to_owned()).expect("JSON");
        about(&ToolId::new(tools::ServerName::new("charts"), "render"), &Answer { value, content })
    }

    #[test]
    fn how_a_link_is_followed_is_told() {
        let link = r#"{"type":"resource_link","uri":"chart://1","name":"a chart"}"#;
        let text = r#"{"type":"text","text":"[\"resource_link\"]"}"#;
        let read = "`charts/render` sent links to resources: `await readResource(\"charts\", link.uri)` gives what one points to";
        for (value, blocks, expect) in
            [(link, format!("[{link}]"), vec![read]), ("[]", format!("[{text}]"), vec![])]
        {
            let blocks = RawValue::from_string(blocks).ok();
            let content = tools::Content { blocks, beside: Vec::new(), is_only_item: false };
            assert_eq!(told(value, Some(content)), expect);
        }
    }
}
