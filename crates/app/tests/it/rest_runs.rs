//! The REST face: runs from their code to their record, what waits for a person, and the end of the server.

use std::io::Read;

use serde_json::{Value, json};

use crate::{
    http::{Answered, Gateway},
    narrows::{Narrows, wait_until},
    openapi::Api,
    servers::{config, demo},
};

fn asking() -> Value {
    let mut all = config([("slack", demo("slack"))]);
    all["narrows"] = json!({"rules": [{"name": "messages", "action": "ask", "tool": "send_message"}]});
    all
}

const SENDS: &str = "import { sendMessage } from './servers/slack';
return await Promise.all(['one', 'two'].map((text) =>
    sendMessage({ channel: '#sales', text }).then(() => 'sent', (error) => error.code)));";

fn begin(api: &Api<'_>, code: &str) -> String {
    let begun = api.post("/runs", &json!({"code": code, "background": true}));
    let id = begun.json()["id"].as_str().expect("an id").to_owned();
    assert_eq!((begun.status, begun.header("location")), (202, Some(&*format!("/runs/{id}"))));
    id
}

fn ended(api: &Api<'_>, id: &str) -> Value {
    let run = api.get(&format!("/runs/{id}?wait_seconds=50")).json();
    assert_eq!(run["state"], "ended", "{run}");
    run["record"].clone()
}

fn code(answered: &Answered) -> String {
    format!("{} {}", answered.status, answered.json()["code"].as_str().expect("a code"))
}

#[test]
fn a_script_is_run_and_looked_at() {
    let narrows = Narrows::configured(&config([("slack", demo("slack"))]));
    let gateway = Gateway::start(&narrows, None);
    let api = Api::ready(&gateway);
    let run = api.post(
        "/runs",
        &json!({"code": "console.log('a'); return [args, 12345678901234567890n]", "args": ["x"]}),
    );
    assert!(run.body.contains(r#""value":[["x"],12345678901234567890]"#), "{run:?}");
    let id = run.json()["id"].as_str().expect("an id").to_owned();
    assert_eq!(api.get(&format!("/runs/{id}")).body, run.body);
    for (code, outcome, name) in [
        ("throw new TypeError('no')", "threw", "TypeError"),
        ("return (", "refused", "SyntaxError"),
        ("import { x } from './servers/nobody'; x()", "refused", "CheckError"),
    ] {
        let failed = api.post("/runs", &json!({"code": code}));
        let record = &failed.json()["record"];
        assert_eq!(
            (failed.status, &record["outcome"], &record["error"]["name"]),
            (200, &json!(outcome), &json!(name))
        );
    }
    let planned = api.post("/runs", &json!({"code": SENDS, "mode": "plan"})).json();
    assert_eq!(planned["record"]["plan"]["calls"].as_array().map(Vec::len), Some(2), "{planned}");
    let listed = api.get("/runs?limit=2").json();
    assert_eq!((listed.as_array().map(Vec::len), &listed[0]["id"]), (Some(2), &planned["id"]));
    let threw = api.get("/runs?outcome=threw").json();
    assert_eq!(threw.as_array().map(Vec::len), Some(1), "{threw}");
    for (path, expect) in [
        ("/runs/run_nobody_knows", "404 not_found"),
        ("/runs/run_nobody_knows/events", "404 not_found"),
        ("/runs/run_nobody_knows/approvals", "404 not_found"),
        ("/runs?limit=0", "400 invalid_request"),
        ("/runs?outcome=well", "400 invalid_request"),
        ("/runs/x?wait_seconds=51", "400 invalid_request"),
        ("/runs/x?wait_seconds=NaN", "400 invalid_request"),
    ] {
        assert_eq!(code(&api.get(path)), expect, "{path}");
    }
    let resumed = api.post("/runs", &json!({"code": "return 1", "resume": "run_0"}));
    assert_eq!(code(&resumed), "409 conflict");
}

#[test]
fn a_run_that_was_asked_for_twice_under_a_key_is_one() {
    let narrows = Narrows::configured(&config([]));
    let gateway = Gateway::start(&narrows, None);
    let api = Api::ready(&gateway);
    let send = |code: &str| {
        api.ask("POST", "/runs", &[("Idempotency-Key", "\"k\"")], &json!({"code": code}).to_string())
    };
    let first = send("return Math.random()");
    assert_eq!((first.status, send("return Math.random()").body), (200, first.body));
    assert_eq!(code(&send("return 2")), "422 key_reused");
}

#[test]
fn a_run_is_cancelled_by_name_and_by_leaving() {
    let narrows = Narrows::configured(&config([]));
    let gateway = Gateway::start(&narrows, None);
    let api = Api::ready(&gateway);
    let waits = "await new Promise((done) => setTimeout(done, 50_000));";
    let id = begin(&api, waits);
    let cancelled = api.post(&format!("/runs/{id}/cancel"), &json!(null));
    assert_eq!((cancelled.status, &cancelled.json()["record"]["outcome"]), (200, &json!("cancelled")));
    assert_eq!(code(&api.post(&format!("/runs/{id}/cancel"), &json!(null))), "409 conflict");
    assert_eq!(code(&api.post("/runs/run_nobody_knows/cancel", &json!(null))), "404 not_found");

    let left = gateway.begin("POST", "/runs", &[], &json!({"code": waits}).to_string());
    let under_way = || {
        let runs = api.get("/runs").json();
        let runs = runs.as_array().expect("runs").iter();
        runs.filter(|run| run["outcome"].is_null()).count()
    };
    wait_until("it is under way", || under_way() == 1);
    drop(left);
    wait_until("it is given up", || under_way() == 0);
}

#[test]
fn the_events_of_a_run_are_streamed() {
    let narrows = Narrows::configured(&config([("slack", demo("slack"))]));
    let gateway = Gateway::start(&narrows, None);
    let api = Api::ready(&gateway);
    let script = "import { listChannels } from './servers/slack';
        console.log('a'); await new Promise((done) => setTimeout(done, 300)); await listChannels(); console.log('b'); return 1;";
    let id = begin(&api, script);
    let path = format!("/runs/{id}/events");
    let streamed = gateway.ask("GET", &path, &[], "");
    assert_eq!((streamed.status, streamed.header("content-type")), (200, Some("text/event-stream")));
    let named = |name: &str| -> Vec<Value> {
        let events = streamed.body.split("\n\n").filter_map(|event| {
            let from = event.find(&format!("event: {name}\n"))?;
            let data = event[from..].lines().find_map(|line| line.strip_prefix("data: "))?;
            serde_json::from_str(data).ok()
        });
        events.collect()
    };
    let printed: Vec<_> = named("printed").iter().map(|line| line["text"].clone()).collect();
    assert_eq!(printed, ["a", "b"], "{streamed:?}");
    assert_eq!((named("answered")[0]["tool"].clone(), named("answered").len()), (json!("list_channels"), 1));
    assert_eq!(named("ended")[0], ended(&api, &id), "{streamed:?}");
    let again = gateway.ask("GET", &path, &[("Last-Event-ID", "ended")], "");
    assert_eq!((again.status, &*again.body), (204, ""));
}

#[test]
fn calls_that_wait_are_shown_and_decided() {
    let narrows = Narrows::configured(&asking());
    let gateway = Gateway::start(&narrows, None);
    let api = Api::ready(&gateway);
    let waiting = |id: &str| api.get(&format!("/runs/{id}/approvals")).json();
    let until_two_wait = |id: &str| {
        wait_until("two calls wait", || waiting(id).as_array().map(Vec::len) == Some(2));
        waiting(id)
    };
    let id = begin(&api, SENDS);
    let calls = until_two_wait(&id);
    assert_eq!(calls[0]["arguments"], json!({"channel": "#sales", "text": "one"}));
    let run = api.get(&format!("/runs/{id}")).json();
    assert_eq!(
        (&run["state"], run["progress"]["approvals"].as_array().map(Vec::len)),
        (&json!("waiting_for_approval"), Some(2))
    );
    let one = json!({"calls": [calls[0]["id"]]});
    let (approve, refuse) = (format!("/runs/{id}/approve"), format!("/runs/{id}/refuse"));
    assert_eq!(api.post(&approve, &one).json(), json!([{"id": calls[0]["id"], "state": "approved"}]));
    assert_eq!(code(&api.post(&approve, &one)), "409 conflict", "it does not wait any more");
    assert_eq!(code(&api.post(&refuse, &json!({"for_run": true}))), "400 invalid_request");
    assert_eq!(api.ask("POST", &refuse, &[], "").json(), json!([{"id": calls[1]["id"], "state": "refused"}]));
    assert_eq!(ended(&api, &id)["value"], json!(["sent", "refused"]));
    assert_eq!(code(&api.post(&approve, &json!(null))), "409 conflict", "nothing waits");

    // Another process decides as well.
    let id = begin(&api, SENDS);
    until_two_wait(&id);
    let other = Gateway::start(&narrows, None);
    let decided = Api::ready(&other).post(&format!("/runs/{id}/approve"), &json!({"for_run": true}));
    assert_eq!(decided.json().as_array().map(Vec::len), Some(2), "{decided:?}");
    assert_eq!(ended(&api, &id)["value"], json!(["sent", "sent"]));
}

#[test]
fn a_call_is_kept_as_a_run_and_waits_for_a_person() {
    let narrows = Narrows::configured(&asking());
    let gateway = Gateway::start(&narrows, None);
    let api = Api::ready(&gateway);
    assert_eq!(api.post("/tools/slack/listChannels", &json!({})).status, 200);
    let listed = api.get("/runs").json();
    assert_eq!((&listed[0]["title"], &listed[0]["calls"]), (&json!("slack/listChannels {}"), &json!(1)));
    assert!(listed[0]["client"].as_str().is_some_and(|client| client.starts_with("http ")), "{listed}");
    assert_eq!(api.post("/tools/slack/nothing", &json!({})).status, 404);
    let again = api.get("/runs").json();
    assert_eq!(again.as_array().map(Vec::len), Some(1), "nothing is kept of what is not there");

    let message = json!({"channel": "#sales", "text": "hello"}).to_string();
    let mut asked = gateway.begin("POST", "/tools/slack/sendMessage", &[], &message);
    let mut run = String::new();
    wait_until("it waits", || {
        run = api.get("/runs?limit=1").json()[0]["id"].as_str().expect("an id").to_owned();
        let waiting = api.get(&format!("/runs/{run}/approvals")).json();
        waiting[0]["arguments"]["text"] == "hello"
    });
    assert_eq!(api.post(&format!("/runs/{run}/refuse"), &json!(null)).status, 200);
    let mut answer = String::new();
    asked.read_to_string(&mut answer).expect("it is answered");
    assert!(answer.starts_with("HTTP/1.1 403") && answer.contains(r#""code":"refused""#), "{answer}");
}

#[test]
fn what_is_under_way_ends_well_when_the_server_is_stopped() {
    let narrows = Narrows::configured(&config([("slack", demo("slack"))]));
    let gateway = Gateway::start(&narrows, None);
    let sleeps = |ms: u32| format!("await new Promise((done) => setTimeout(done, {ms})); return 'slept';");
    let handed_on = begin(&Api::ready(&gateway), &sleeps(40_000));
    let mut awaited = gateway.begin("POST", "/runs", &[], &json!({"code": sleeps(1_500)}).to_string());
    wait_until("both are under way", || {
        let runs = gateway.ask("GET", "/runs", &[], "").json();
        runs.as_array().map(Vec::len) == Some(2)
    });
    gateway.stop();
    let mut answer = String::new();
    awaited.read_to_string(&mut answer).expect("it is answered");
    assert!(answer.contains("HTTP/1.1 200") && answer.contains("\"value\":\"slept\""), "{answer}");
    assert_eq!(gateway.ended(), Some(0));

    let next = Gateway::start(&narrows, None);
    let api = Api::ready(&next);
    wait_until("the next server goes on with it", || {
        let run = api.get(&format!("/runs/{handed_on}"));
        run.status == 200 && run.json()["progress"]["stage"] == "waiting"
    });
}
