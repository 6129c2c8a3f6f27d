use proptest::prelude::*;

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
    answer_of(body.keep(tools::AnswerForm::Value), schema.as_ref())
}

#[test]
fn what_a_tool_declares_wins_over_guessing() {
    let text = r#"{"content":[{"type":"text","text":"{\"id\": 12345678901234567890, \"price\": 1.10}"}]}"#;
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
    check_content(r#"{"structuredContent":{"a":1},"content":[{"type":"text","text":"{\"a\": 1}"}]}"#, "none");
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
    check(r#"{"content":[{"type":"text","text":null},{"type":"text","text":{"a":1}}]}"#, r#"["",{"a":1}]"#);
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
        "bad_answer: the tool asks for input in the middle of the call, and there is no client to ask; \
         give it all it needs in the arguments",
    );
}

proptest! {
    /// One item is not another shape than several: a list stays a list, and what may be one says so.
    #[test]
    fn shapes_do_not_change_with_the_count(items in prop::collection::vec("[a-z0-9]{0,8}", 0..12)) {
        let objects: Vec<_> = items.iter().map(|item| format!("{{\"id\":\"{item}\"}}")).collect();
        let quoted = |text: &String| serde_json::to_string(text).expect("JSON");
        let block = |text: &String| format!(r#"{{"type":"text","text":{}}}"#, quoted(text));
        let blocks: Vec<_> = objects.iter().map(block).collect();
        let result = format!(r#"{{"content":[{}]}}"#, blocks.join(","));
        let list = format!("[{}]", objects.join(","));

        let declared = answer_to(r#"{"type":"array"}"#, &result).expect("an answer");
        prop_assert_eq!(declared.value.get(), &list);

        let guessed = answer_to("null", &result).expect("an answer");
        let is_only_item = guessed.content.as_ref().is_some_and(|content| content.is_only_item);
        prop_assert_eq!(is_only_item, objects.len() == 1);
        prop_assert_eq!(guessed.value.get(), if is_only_item { &objects[0] } else { &list });
        let all = guessed.content.expect("the blocks").blocks.expect("the blocks");
        prop_assert_eq!(all.get(), format!("[{}]", blocks.join(",")));
    }

    /// Neither does that of a resource.
    #[test]
    fn a_resource_is_a_list_of_any_length(parts in prop::collection::vec("[a-z]{1,8}", 0..12)) {
        let parts: Vec<_> = parts.iter().map(|part| format!(r#"{{"uri":"a:{part}","text":"{part}"}}"#)).collect();
        let list = format!("[{}]", parts.join(","));
        let message = format!(r#"{{"id":1,"result":{{"contents":{list}}}}}"#);
        let Ok(Incoming::Answer { outcome: Ok(body), .. }) = read(message.as_bytes()) else {
            panic!("not an answer: {message}");
        };
        let answer = contents_of(body.keep(tools::AnswerForm::Value)).expect("an answer");
        prop_assert_eq!(answer.value.get(), &list);
    }
}
