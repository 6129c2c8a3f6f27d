//! `narrows redact`, as a person and a program use it.

use serde_json::json;

use crate::narrows::Narrows;

const TEXT: &str = "Zoë <ada@example.com>, tel. +49 30 901820; cc bob@example.com, ada@example.com\n";

#[test]
fn a_text_keeps_all_but_the_personal_data() {
    let narrows = Narrows::new();
    narrows.write("letter.txt", TEXT);
    let output = narrows.output(&["redact", "letter.txt"]);
    assert_eq!(
        output.stdout, "Zoë <[EMAIL_1]>, tel. [PHONE_1]; cc [EMAIL_2], [EMAIL_1]\n",
        "{}",
        output.stderr
    );
    let spans = narrows.output(&["redact", "letter.txt", "--json"]).json();
    assert_eq!(spans[0], json!({"start": 5, "end": 20, "type": "EMAIL"}), "in code points");
    assert_eq!(spans.as_array().map(Vec::len), Some(4));
}

#[test]
fn many_texts_are_answered_line_by_line() {
    let narrows = Narrows::new();
    narrows.write("many.jsonl", "{\"id\": 7, \"text\": \"é 192.0.2.7\"}\n\n{\"id\":\"b\",\"text\":\"\"}\n");
    let output = narrows.output(&["redact", "--jsonl", "many.jsonl"]);
    let expect =
        "{\"id\":7,\"spans\":[{\"start\":2,\"end\":11,\"type\":\"IP\"}]}\n{\"id\":\"b\",\"spans\":[]}\n";
    assert_eq!(output.stdout, expect, "{}", output.stderr);
    narrows.write("bad.jsonl", "{\"id\": 1, \"text\": \"\"}\n{\"id\": 2}\n");
    let output = narrows.output(&["redact", "--jsonl", "bad.jsonl"]);
    assert_eq!(output.code, Some(2));
    assert!(output.stderr.contains("line 2: invalid JSON: missing field `text`"), "{}", output.stderr);
}
