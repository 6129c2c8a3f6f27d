//! Requests that a client sends twice under one key.

use serde_json::{Value, json};

use crate::{
    agent::Agent,
    http::Gateway,
    narrows::Narrows,
    servers::{config, demo},
};

const KEY: &str = "narrows/idempotencyKey";

/// Another number in each run.
const SCRIPT: &str = "await new Promise(done => setTimeout(done, 50)); return Math.random()";

fn params(code: &str, key: &Value) -> Value {
    json!({"name": "execute_code", "arguments": {"code": code}, "_meta": {KEY: key}})
}

fn text(result: &Value) -> String {
    result["content"][0]["text"].as_str().expect("a text").to_owned()
}

#[test]
fn a_request_that_is_sent_again_gets_the_run_it_has() {
    let narrows = Narrows::new();
    let mut agent = Agent::modern(&narrows, &["--demo"]);
    let both = [0, 1].map(|_| agent.begin("tools/call", params(SCRIPT, &json!("k"))));
    let [first, second] = both.map(|id| text(&agent.answer(id)["result"]));
    assert!(first.starts_with("Result:\n0."), "{first}");
    assert_eq!(first, second, "both waited for one run");
    assert_eq!(text(&agent.ask("tools/call", params(SCRIPT, &json!("k")))), first, "it is over");
    assert_ne!(text(&agent.ask("tools/call", params(SCRIPT, &json!("other")))), first);
    let background = json!({"code": SCRIPT, "background": true});
    let again = json!({"name": "execute_code", "arguments": background, "_meta": {KEY: "k"}});
    assert!(
        text(&agent.ask("tools/call", again)).starts_with(&first),
        "how it is waited for makes no difference"
    );
    assert_eq!(agent.leave(), Some(0));

    let (mut agent, _) = Agent::legacy(&narrows, &["--demo"]);
    assert_eq!(text(&agent.ask("tools/call", params(SCRIPT, &json!("k")))), first, "after a restart");
    let other = agent.ask("tools/call", params("return 1", &json!("k")));
    let told = text(&other);
    assert!(other["isError"] == true, "{other}");
    assert!(
        told.starts_with(
            "execute_code: the idempotency key was used for another request, which began run `run_"
        ) && told.ends_with("`; send another key with another script"),
        "{told}"
    );
    for (key, expect) in [
        (json!(7), "execute_code: `narrows/idempotencyKey` in `_meta` must be a text"),
        (
            json!(""),
            "execute_code: an idempotency key is a text of 1 to 255 bytes without control characters",
        ),
    ] {
        assert_eq!(text(&agent.ask("tools/call", params(SCRIPT, &key))), expect);
    }
    assert_eq!(agent.leave(), Some(0));
}

#[test]
fn a_key_may_stand_in_the_header_over_http() {
    let narrows = Narrows::configured(&config([("slack", demo("slack"))]));
    let gateway = Gateway::start(&narrows, None);
    let send = |headers: &[(&str, &str)], meta: Value| {
        let mut params = params(SCRIPT, &json!("unused"));
        params["_meta"] = meta;
        let request = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params});
        let (status, body) = gateway.post(headers, &request);
        assert_eq!(status, 200, "{body}");
        text(&serde_json::from_str::<Value>(&body).expect("JSON")["result"])
    };
    let first = send(&[("Idempotency-Key", "\"k\"")], json!({}));
    assert!(first.starts_with("Result:\n0."), "{first}");
    assert_eq!(send(&[("Idempotency-Key", "k")], json!({KEY: "k"})), first);
    assert_eq!(send(&[], json!({KEY: "k"})), first);
    assert_ne!(send(&[("Idempotency-Key", "l")], json!({})), first);
    assert_eq!(
        send(&[("Idempotency-Key", "k")], json!({KEY: "l"})),
        "execute_code: `Idempotency-Key` and `narrows/idempotencyKey` in `_meta` are different keys"
    );
}
