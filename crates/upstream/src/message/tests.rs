//! What messages of servers are read as, and how ours are written.

use super::*;

fn check(message: &str, expect: &str) {
    let seen = match read(message.as_bytes()) {
        Ok(Incoming::Answer { id, outcome: Ok(body) }) => {
            let reply = body.keep(AnswerForm::Value);
            format!("answer {id}: {:?}", reply.structured_content.map(|raw| raw.get().to_owned()))
        }
        Ok(Incoming::Answer { id, outcome: Err(failure) }) => format!("failure {id}: {failure}"),
        Ok(Incoming::Error(failure)) => format!("error: {failure}"),
        Ok(Incoming::Request { id, method, .. }) => format!("request {}: {method}", id.get()),
        Ok(Incoming::Notification { method, .. }) => format!("notification: {method}"),
        Err(Unreadable { id, reason }) => format!("unreadable {id:?}: {reason}"),
    };
    assert_eq!(seen, expect, "{message}");
}

#[test]
fn messages_are_told_apart() {
    check(
        r#"{"jsonrpc":"2.0","id":1,"result":{"structuredContent":{"a": 1e400}}}"#,
        r#"answer 1: Some("{\"a\": 1e400}")"#,
    );
    check(r#"{"id":"1","result":{}}"#, "answer 1: None");
    check(r#"{"id":1.0,"result":{}}"#, "answer 1: None");
    check(r#"{"id":10e-1,"result":{}}"#, "answer 1: None");
    check(r#"{"id":1.5,"result":{}}"#, "unreadable None: it answers no request of ours");
    check(r#"{"id":-1.0,"result":{}}"#, "unreadable None: it answers no request of ours");
    check(r#"{"id":1e300,"result":{}}"#, "unreadable None: it answers no request of ours");
    check(r#"{"id":1,"result":{"structuredContent":null},"error":null}"#, "answer 1: None");
    check(r#"{"id":1,"error":{"code":-32602,"message":"no such tool"}}"#, "failure 1: no such tool");
    check(r#"{"id":1,"error":{"code":-32602}}"#, "failure 1: the server gave no reason");
    check(r#"{"id":null,"error":{"code":-32700,"message":"parse"}}"#, "error: parse");
    check(r#"{"id":"a","method":"ping"}"#, r#"request "a": ping"#);
    check(r#"{"method":"notifications/x","params":[]}"#, "notification: notifications/x");
}

#[test]
fn a_result_is_kept_whole_for_a_client() {
    let sent = r#"{"id":1,"result":{"ttlMs":5,"new":[1.50],"isError":false,"structuredContent":{"a":1},"content":[],"_meta":{"x":null},"resultType":"complete"}}"#;
    let Ok(Incoming::Answer { outcome: Ok(body), .. }) = read(sent.as_bytes()) else { panic!("an answer") };
    assert_eq!(
        body.keep(AnswerForm::Result).whole(),
        r#"{"content":[],"structuredContent":{"a":1},"_meta":{"x":null},"isError":false,"new":[1.50]}"#
    );
    let others: Vec<_> = (0..99).map(|at| format!("\"m{at}\":1")).collect();
    let many = format!("{{\"id\":1,\"result\":{{{}}}}}", others.join(","));
    let Ok(Incoming::Answer { outcome: Ok(body), .. }) = read(many.as_bytes()) else { panic!("an answer") };
    assert_eq!(body.keep(AnswerForm::Result).others.len(), OTHERS_MAX);
    check(
        r#"{"id":1,"result":{"tools":[],"tools":[]}}"#,
        "unreadable Some(1): duplicate field `tools` at line 1 column 40",
    );
}

#[test]
fn malformed_answers_are_known_by_their_id() {
    check(
        r#"{"id":1}"#,
        "failure 1: the server's answer cannot be read: it has neither a result nor an error",
    );
    check(
        r#"{"id":1,"result":{},"error":{"code":1}}"#,
        "failure 1: the server's answer cannot be read: it has both a result and an error",
    );
    check(
        r#"{"id":1,"error":"boom"}"#,
        "failure 1: the server's answer cannot be read: its error is not a JSON-RPC error: \"boom\"",
    );
    check(
        r#"{"id":1,"error":{"code":1.5}}"#,
        "failure 1: the server's answer cannot be read: its error code 1.5 is not a whole number",
    );
    check(
        r#"{"id":1,"result":[]"#,
        "unreadable Some(1): invalid type: sequence, expected an object at line 1 column 17",
    );
    check(r#"{"id":"x","result":{}}"#, "unreadable None: it answers no request of ours");
    check(r#"{"result":{}}"#, "unreadable None: it has no id");
    assert_eq!(read(br#"{"id":4,"result":{"content":[}}"#).expect_err("broken").id, Some(4));
    assert_eq!(read(b"{\"id\":4,\"result\":{\"content\":\"\xff\"}}").expect_err("not UTF-8").id, Some(4));
    assert_eq!(read(br#"{"id":4,"result":"text"}"#).expect_err("not an object").id, Some(4));
}

#[test]
fn requests_are_one_line() {
    let arguments = RawValue::from_string("{\n  \"a\": \"x\\ny\"\r\n}".to_owned()).expect("JSON");
    let line = write_request(3, &Request::call("get \"it\"", &arguments), Some("{}"));
    assert_eq!(
        String::from_utf8(line).expect("text"),
        r#"{"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":"get \"it\"","arguments":{   "a": "x\ny"  },"_meta":{}}}"#
    );
    let keyed = Request::call("t", &arguments).keyed(Some("run_1.3"));
    for (meta, expect) in [
        (None, r#""_meta":{"narrows/idempotencyKey":"run_1.3"}"#),
        (Some("{}"), r#""_meta":{"narrows/idempotencyKey":"run_1.3"}"#),
        (Some(r#"{"a":1}"#), r#""_meta":{"a":1,"narrows/idempotencyKey":"run_1.3"}"#),
    ] {
        let line = String::from_utf8(write_request(3, &keyed, meta)).expect("text");
        assert!(line.ends_with(&format!("{expect}}}}}")), "{line}");
    }
    let arguments = RawValue::from_string("{\"a\u{2028}\": \"\u{85}\u{2029}\"}".to_owned()).expect("JSON");
    let line = write_request(3, &Request::call("n\u{2028}", &arguments), None);
    assert_eq!(
        String::from_utf8(line).expect("text"),
        r#"{"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":"n\u2028","arguments":{"a\u2028": "\u0085\u2029"}}}"#
    );
    let line = write_request(4, &Request::page("tools/list", None), None);
    assert_eq!(
        String::from_utf8(line).expect("text"),
        r#"{"jsonrpc":"2.0","id":4,"method":"tools/list","params":{}}"#
    );
}

#[test]
fn servers_are_answered() {
    let id = RawValue::from_string("\"s1\"".to_owned()).expect("JSON");
    let check = |method: &str, expect: &str| {
        assert_eq!(String::from_utf8(answer_to(&id, method)).expect("text"), expect);
    };
    let odd = RawValue::from_string("\"s\u{2028}\"".to_owned()).expect("JSON");
    let answer = String::from_utf8(answer_to(&odd, "ping")).expect("text");
    assert_eq!(answer, r#"{"jsonrpc":"2.0","id":"s\u2028","result":{}}"#);
    check("ping", r#"{"jsonrpc":"2.0","id":"s1","result":{}}"#);
    check("roots/list", r#"{"jsonrpc":"2.0","id":"s1","result":{"roots":[]}}"#);
    check(
        "sampling/createMessage",
        r#"{"jsonrpc":"2.0","id":"s1","error":{"code":-32601,"message":"Method not found: sampling/createMessage"}}"#,
    );
}
