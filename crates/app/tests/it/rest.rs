//! The REST face: who may use it, what there is, and calls of tools.

use serde_json::{Value, json};

use crate::{
    http::Gateway,
    narrows::Narrows,
    openapi::Api,
    servers::{config, demo},
};

/// The company's messages, with a rule against one tool.
fn narrows() -> Narrows {
    let mut all = config([("slack", demo("slack")), ("zendesk", demo("zendesk"))]);
    all["narrows"] = json!({"rules": [
        {"name": "no-updates", "action": "refuse", "server": "zendesk", "tool": "update_ticket"},
        {"name": "short", "action": "refuse", "tool": "send_message", "arguments": {"text": {"matches": "secret"}}},
    ]});
    Narrows::configured(&all)
}

/// How many messages there are with this text.
fn sent(api: &Api<'_>, text: &str) -> usize {
    let messages = api.post("/tools/slack/getConversationHistory", &json!({})).json();
    messages.as_array().expect("messages").iter().filter(|message| message["text"] == text).count()
}

#[test]
fn tools_are_called_under_the_rules_and_codes_of_scripts() {
    let narrows = narrows();
    let gateway = Gateway::start(&narrows, None);
    let api = Api::ready(&gateway);
    let channels = api.post("/tools/slack/list_channels", &json!({}));
    assert_eq!((channels.status, channels.json().as_array().map(Vec::len)), (200, Some(6)));
    assert_eq!(
        api.ask("POST", "/tools/slack/listChannels", &[], "").json(),
        channels.json(),
        "scripts' name, no body"
    );
    let message = |text: &str| json!({"channel": "#sales", "text": text});
    assert_eq!(api.post("/tools/slack/sendMessage", &message("hello")).status, 200);
    assert_eq!(sent(&api, "hello"), 1);
    for (path, body, expect) in [
        ("/tools/slack/nothing", json!({}), "404 unknown_tool there is no tool `slack/nothing`"),
        ("/tools/nobody/x", json!({}), "404 unknown_tool there is no server `nobody`"),
        (
            "/tools/slack/sendMessage",
            json!({"text": 5}),
            "422 invalid_arguments wrong arguments for `slack/send_message`: ",
        ),
        (
            "/tools/slack/sendMessage",
            message("a secret"),
            "403 not_allowed `slack/send_message` is not allowed",
        ),
        ("/tools/zendesk/updateTicket", json!({}), "403 not_allowed "),
        (
            "/tools/slack/sendMessage",
            json!([]),
            "400 invalid_request the arguments are not a JSON object: it does not begin with `{`",
        ),
    ] {
        let answered = api.post(path, &body);
        let problem = answered.json();
        let told = format!(
            "{} {} {}",
            problem["status"],
            problem["code"].as_str().expect("a code"),
            problem["detail"].as_str().expect("a detail")
        );
        assert!(told.starts_with(expect), "{path} {body}: {told}");
        assert_eq!(problem["status"], answered.status);
        assert!(!answered.body.contains("permit") && !answered.body.contains("no-updates"), "{answered:?}");
    }
}

#[test]
fn what_there_is_can_be_looked_up() {
    let narrows = narrows();
    let gateway = Gateway::start(&narrows, None);
    let api = Api::ready(&gateway);
    let names = |list: &Value, key: &str| -> Vec<String> {
        let items = list.as_array().expect("a list").iter();
        items.map(|item| item[key].as_str().expect("a name").to_owned()).collect()
    };
    assert_eq!(names(&api.get("/servers").json(), "server"), ["slack", "zendesk"]);
    let tools = api.get("/tools?server=zendesk&detail=names").json();
    assert!(
        !names(&tools, "tool").contains(&"update_ticket".to_owned()),
        "what rules refuse is absent: {tools}"
    );
    assert_eq!(api.get("/tools/zendesk/update_ticket").status, 404);
    let tool = api.get("/tools/slack/listChannels").json();
    assert!(
        tool["typescript"].as_str().is_some_and(|text| text.contains("export declare function listChannels"))
    );
    let found = api.get("/search?query=list%20channels&limit=1").json();
    assert_eq!(names(&found, "tool"), ["list_channels"]);
    assert_eq!(api.get("/types").json(), json!(["slack", "zendesk"]));
    assert!(api.get("/types/servers/slack").body.contains("listChannels.ts"));
    assert!(api.get("/types/servers/slack/listChannels.ts").body.starts_with("/**"));
    for (path, expect) in [
        ("/types/servers/slack/x.ts", 404),
        ("/types/../../etc/passwd", 404),
        ("/tools?server=nobody", 404),
        ("/tools?detail=all", 400),
        ("/tools?token=open-sesame", 400),
        ("/search", 400),
        ("/search?query=a&limit=0", 400),
        ("/search?query=a&query=b", 400),
    ] {
        assert_eq!(api.get(path).status, expect, "{path}");
    }
}

#[test]
fn a_call_that_is_sent_again_under_its_key_is_made_once() {
    let narrows = narrows();
    let gateway = Gateway::start(&narrows, None);
    let api = Api::ready(&gateway);
    let send = |api: &Api<'_>, key: &str, text: &str| {
        let body = json!({"channel": "#sales", "text": text}).to_string();
        api.ask("POST", "/tools/slack/sendMessage", &[("Idempotency-Key", key)], &body)
    };
    let first = send(&api, "k", "once `${x}`\"");
    assert_eq!((first.status, send(&api, "k", "once `${x}`\"").body), (200, first.body.clone()));
    assert_eq!(sent(&api, "once `${x}`\""), 1);
    let other = send(&api, "k", "another");
    assert_eq!((other.status, &other.json()["code"]), (422, &json!("key_reused")));
    assert_eq!(send(&api, "a secret", "a secret").json()["code"], "not_allowed");
    let unknown = api.ask("POST", "/tools/slack/nothing", &[("Idempotency-Key", "k")], "{}");
    assert_eq!(unknown.json()["code"], "unknown_tool");
    assert_eq!(send(&api, "", "x").status, 200, "no header");
    let twice =
        api.ask("POST", "/tools/slack/listChannels", &[("Idempotency-Key", "a\r\nIdempotency-Key: b")], "{}");
    assert_eq!(twice.json()["code"], "invalid_request");
    drop(gateway);
    let gateway = Gateway::start(&narrows, None);
    assert_eq!(send(&Api::ready(&gateway), "k", "once `${x}`\"").body, first.body, "after a restart");
}

#[test]
fn strangers_are_turned_away_from_every_route() {
    let narrows = narrows();
    let gateway = Gateway::start(&narrows, Some("open-sesame"));
    let api = Api::ready(&gateway);
    let right = ("Authorization", "Bearer open-sesame");
    for path in ["/tools", "/runs", "/openapi.json", "/nothing"] {
        let refused = api.get(path);
        assert_eq!((refused.status, refused.header("www-authenticate")), (401, Some("bearer")), "{path}");
        assert_eq!(api.ask("GET", path, &[("Authorization", "Bearer open-sesam")], "").status, 401, "{path}");
        for (name, value) in
            [("Host", "evil.example"), ("Origin", "https://evil.example"), ("Origin", "null")]
        {
            let refused = api.ask("GET", path, &[right, (name, value)], "");
            assert_eq!(
                (refused.status, &refused.json()["code"]),
                (403, &json!("forbidden")),
                "{path} {name}"
            );
        }
    }
    assert_eq!(api.ask("GET", "/tools", &[right], "").status, 200);
    // They say whether there is a server, and nothing of it.
    for path in ["/livez", "/readyz"] {
        assert_eq!(api.ask("GET", path, &[("Host", "10.0.0.7:7227")], "").status, 200, "{path}");
    }
    for (method, path, headers, body, expect) in [
        ("PUT", "/tools", &[right][..], "", "405 method_not_allowed"),
        ("GET", "/nothing", &[right], "", "404 not_found"),
        (
            "POST",
            "/tools/slack/listChannels",
            &[right, ("Content-Type", "text/plain")],
            "{}",
            "415 unsupported_media_type",
        ),
        ("POST", "/tools/slack/listChannels", &[right], "{", "400 invalid_request"),
        (
            "POST",
            "/runs",
            &[right],
            r#"{"code":"return 1","$serde_json::private::RawValue":"1"}"#,
            "400 invalid_request",
        ),
        ("POST", "/runs", &[right], "", "400 invalid_request"),
    ] {
        let answered = api.ask(method, path, headers, body);
        let told = format!("{} {}", answered.status, answered.json()["code"].as_str().expect("a code"));
        assert_eq!(told, expect, "{method} {path}");
    }
}

#[test]
fn a_request_has_a_name() {
    let narrows = narrows();
    let gateway = Gateway::start(&narrows, None);
    let id = |headers: &[(&str, &str)]| {
        let answered = gateway.ask("GET", "/livez", headers, "");
        answered.header("x-request-id").expect("a name").to_owned()
    };
    assert_eq!(id(&[("X-Request-Id", "abc-1")]), "abc-1");
    assert_ne!(id(&[]), id(&[("X-Request-Id", "a b")]));
    assert!(gateway.ask("POST", "/mcp", &[], "{}").header("x-request-id").is_some());
}

#[test]
fn pages_read_answers_only_where_their_origin_is_named() {
    let mut all = config([]);
    all["narrows"] = json!({"http": {"origins": ["https://app.example"]}});
    let named = Narrows::configured(&all);
    let gateway = Gateway::start(&named, Some("open-sesame"));
    let asks = [("Origin", "https://app.example"), ("Access-Control-Request-Method", "POST")];
    let told = gateway.ask("OPTIONS", "/runs", &asks, "");
    assert_eq!((told.status, told.header("access-control-allow-origin")), (204, Some("https://app.example")));
    let refused = gateway.ask("GET", "/runs", &asks, "");
    assert_eq!(
        (refused.status, refused.header("access-control-allow-origin")),
        (401, Some("https://app.example"))
    );

    let plain = narrows();
    let gateway = Gateway::start(&plain, None);
    for origin in ["http://localhost:3000", "https://app.example"] {
        let asks = [("Origin", origin), ("Access-Control-Request-Method", "POST")];
        for method in ["OPTIONS", "GET"] {
            let told = gateway.ask(method, "/runs", &asks, "");
            assert_eq!(told.header("access-control-allow-origin"), None, "{method} {origin}");
        }
    }
}

#[test]
fn the_document_is_served() {
    let narrows = narrows();
    let gateway = Gateway::start(&narrows, None);
    let document = gateway.ask("GET", "/openapi.json", &[], "").json();
    assert_eq!(document["openapi"], "3.1.0");
    assert!(document["paths"]["/tools/{server}/{tool}"]["post"].is_object());
}
