//! What servers have beside tools reaches a client: resources, templates, prompts, completion.

use std::fs;

use serde_json::{Value, json};

use crate::{
    agent::Agent,
    narrows::Narrows,
    servers::{config, misbehave, offers},
};

/// Servers of both eras, and one that has tools alone.
fn shelves() -> Value {
    config([("new", offers("modern")), ("old books", offers("legacy")), ("plain", misbehave("named"))])
}

fn error_of(agent: &mut Agent, method: &str, params: Value) -> Value {
    let id = agent.begin(method, params);
    agent.answer(id)["error"].take()
}

fn both(narrows: &Narrows) -> [Agent; 2] {
    [Agent::legacy(narrows, &[]).0, Agent::modern(narrows, &[])]
}

#[test]
fn lists_hold_all_of_all_servers_with_their_names_in_front() {
    let narrows = Narrows::configured(&shelves());
    for mut agent in both(&narrows) {
        agent.search_until("everything", |found| found.contains("new") && found.contains("old%20books"));
        let book = |folder: &str, number: u64| {
            json!({
                "uri": format!("narrows://{}/book://{number}", folder.replace(' ', "%20")), "name": format!("{folder}/book-{number}"),
                "title": format!("{folder}: A book"), "mimeType": "text/plain", "size": 7,
                "annotations": {"audience": ["user"], "priority": 0.5}, "_meta": {"shelf": number},
            })
        };
        let all = [book("new", 1), book("new", 2), book("old books", 1), book("old books", 2)];
        assert_eq!(agent.ask("resources/list", json!({}))["resources"], json!(all));

        let template = |folder: &str| json!({"uriTemplate": format!("narrows://{}/book://{{number}}", folder.replace(' ', "%20")), "name": format!("{folder}/books"), "mimeType": "text/plain"});
        let all = json!([template("new"), template("old books")]);
        assert_eq!(agent.ask("resources/templates/list", json!({}))["resourceTemplates"], all);

        let prompt = |folder: &str| {
            json!({
                "name": format!("{}__review", folder.replace(' ', "_")), "title": format!("{folder}: Review a book"), "description": "Asks for a review",
                "arguments": [{"name": "book", "description": "Which one", "required": true}],
            })
        };
        let all = json!([prompt("new"), prompt("old books")]);
        assert_eq!(agent.ask("prompts/list", json!({}))["prompts"], all);
    }
}

#[test]
fn what_is_listed_can_be_had() {
    let narrows = Narrows::configured(&shelves());
    for mut agent in both(&narrows) {
        agent.search_until("everything", |found| found.contains("new") && found.contains("old%20books"));
        for (folder, word) in [("new", "new"), ("old%20books", "old_books")] {
            let uri = format!("narrows://{folder}/book://5");
            let read = agent.ask("resources/read", json!({ "uri": uri }));
            let part = json!({"uri": uri, "mimeType": "text/plain", "text": "Book 5", "_meta": {"page": 1}});
            assert_eq!((&read["contents"], &read["_meta"]["read"]), (&json!([part]), &json!(true)));

            let name = format!("{word}__review");
            let prompt = agent.ask("prompts/get", json!({"name": name, "arguments": {"book": "Emma"}}));
            let [text, resource] = [0, 1].map(|at| &prompt["messages"][at]["content"]);
            assert_eq!(text["text"], "Review Emma");
            assert_eq!(resource["resource"]["uri"], format!("narrows://{folder}/book://1"));
            assert_eq!((&prompt["description"], &prompt["_meta"]["prompt"]), (&json!("A review"), &json!(1)));

            let argument = json!({"name": "book", "value": "Em"});
            for (reference, own) in [
                (json!({"type": "ref/prompt", "name": name}), "review"),
                (
                    json!({"type": "ref/resource", "uri": format!("narrows://{folder}/book://{{number}}")}),
                    "book://{number}",
                ),
            ] {
                let completed =
                    agent.ask("completion/complete", json!({"ref": reference, "argument": argument}));
                assert_eq!(
                    completed["completion"],
                    json!({"values": [own, "Em"], "total": 2, "hasMore": false})
                );
            }
        }
    }
}

#[test]
fn errors_name_what_there_is() {
    let narrows = Narrows::configured(&shelves());
    let (mut agent, _) = Agent::legacy(&narrows, &[]);
    agent.search_until("everything", |found| found.contains("new") && found.contains("old%20books"));
    let cases = [
        ("resources/read", json!({"uri": "narrows://new/x://1"}), -32002, "no book at x://1"),
        (
            "resources/read",
            json!({"uri": "x://1"}),
            -32002,
            "there is no resource `x://1`; addresses begin with `narrows://SERVER/`, as `resources/list` shows them",
        ),
        (
            "resources/read",
            json!({"uri": "book://1"}),
            -32602,
            "`book://1` is a resource of several servers: read `narrows://new/book://1` or `narrows://old%20books/book://1`",
        ),
        ("prompts/get", json!({"name": "new__nothing"}), -32602, "no prompt \"nothing\""),
        (
            "prompts/get",
            json!({"name": "review"}),
            -32602,
            "there is no prompt `review`; names are `SERVER__PROMPT`, as `prompts/list` shows them",
        ),
        (
            "completion/complete",
            json!({"ref": {"type": "ref/prompt", "name": "x"}, "argument": {"name": "a", "value": ""}}),
            -32602,
            "`ref` names no prompt and no template that is listed",
        ),
    ];
    for (method, params, code, message) in cases {
        assert_eq!(error_of(&mut agent, method, params), json!({"code": code, "message": message}));
    }
}

#[test]
fn the_resource_of_a_server_that_is_alone_needs_no_name() {
    let narrows = Narrows::configured(&config([("books", offers("legacy"))]));
    let (mut agent, _) = Agent::legacy(&narrows, &[]);
    let read = agent.ask("resources/read", json!({"uri": "book://3"}));
    assert_eq!(
        (&read["contents"][0]["uri"], &read["contents"][0]["text"]),
        (&json!("book://3"), &json!("Book 3"))
    );
}

#[test]
fn what_is_read_is_judged_and_recorded_as_calls_are() {
    let mut servers = config([("books", offers("legacy")), ("closed", offers("legacy"))]);
    servers["narrows"]["rules"] = json!([
        {"name": "closed", "action": "refuse", "server": "closed"},
        {"name": "secret", "action": "refuse", "tool": "resources/read", "arguments": {"uri": {"matches": "9"}}},
        {"name": "look", "action": "ask", "tool": "prompts/get"},
    ]);
    let narrows = Narrows::configured(&servers);
    let (mut agent, _) = Agent::legacy_that_can(&narrows, &[], &json!({"elicitation": {}}));
    agent.search_until("everything", |found| found.contains("books"));

    let listed = agent.ask("resources/list", json!({}));
    assert!(
        listed.to_string().contains("narrows://books/") && !listed.to_string().contains("closed"),
        "{listed}"
    );
    agent.ask("resources/read", json!({"uri": "narrows://books/book://1"}));
    for (uri, server) in [("narrows://closed/book://1", "closed"), ("narrows://books/book://9", "books")] {
        let error = error_of(&mut agent, "resources/read", json!({ "uri": uri }));
        assert_eq!(error["message"], format!("`{server}/resources/read` is not allowed"));
    }
    let id = agent.begin("prompts/get", json!({"name": "books__review", "arguments": {"book": "Emma"}}));
    let form = agent.asked();
    let message = form["params"]["message"].as_str().expect("a text");
    assert!(message.contains("books/prompts/get\n{\n  \"name\": \"review\""), "{message}");
    agent.write(&json!({"jsonrpc": "2.0", "id": form["id"], "result": {"action": "accept", "content": {"decision": "approve"}}}));
    assert_eq!(agent.answer(id)["result"]["description"], "A review");
    agent.leave();

    let runs = narrows.output(&["runs", "ls", "--json"]).json();
    let told = runs.as_array().expect("a list").iter().map(|run| {
        let id = run["id"].as_str().expect("a name");
        let run = narrows.output(&["runs", "show", id, "--json"]).json()["record"].take();
        let call = &run["calls"][0];
        json!([
            call["server"],
            call["tool"],
            run["outcome"],
            call["refusal"]["rule"],
            run["calls"].as_array().map(Vec::len)
        ])
    });
    let expect = [
        json!(["books", "prompts/get", "returned", null, 1]),
        json!(["books", "resources/read", "threw", "secret", 1]),
        json!(["closed", "resources/read", "threw", "closed", 1]),
        json!(["books", "resources/read", "returned", null, 1]),
    ];
    assert_eq!(told.collect::<Vec<_>>(), expect);
}

#[test]
fn a_server_whose_tools_wait_for_a_person_offers_nothing() {
    let narrows = Narrows::configured(&config([("books", offers("legacy"))]));
    assert_eq!(narrows.output(&["tools"]).code, Some(0), "it is seen for the first time");
    let pins = fs::read_dir(narrows.home().join("data/narrows/trust")).expect("a folder");
    for pin in pins.map(|pin| pin.expect("a file").path()) {
        fs::write(pin, "what nobody can read").expect("it is written");
    }
    let (mut agent, _) = Agent::legacy(&narrows, &[]);
    agent.search_until("everything", |found| found.contains("held back"));
    assert_eq!(agent.ask("resources/list", json!({}))["resources"], json!([]));
    let error = error_of(&mut agent, "resources/read", json!({"uri": "book://1"}));
    assert_eq!(error["message"], "`books` is held back until a person accepts its tools");
}

/// Runs a script until the client is told this: what is subscribed to reaches its server in the background.
fn told(agent: &mut Agent, script: &str, method: &str) -> Value {
    loop {
        let id = agent.begin("tools/call", json!({"name": "execute_code", "arguments": {"code": script}}));
        let messages = agent.until_answer(id);
        if let Some(message) = messages.into_iter().find(|message| message["method"] == method) {
            return message["params"].clone();
        }
    }
}

const TOUCH: &str = "import { touch } from './servers/books'; return await touch({ uri: 'book://1' });";
const GROW: &str = "import { grow } from './servers/books'; return await grow();";
const LOG: &str = "import { log } from './servers/books'; return await log();";

#[test]
fn a_client_hears_of_changes_and_of_what_is_logged() {
    for era in ["legacy", "modern"] {
        let narrows = Narrows::configured(&config([("books", offers(era))]));
        let (mut agent, _) = Agent::legacy(&narrows, &[]);
        let uri = "narrows://books/book://1";
        assert_eq!(agent.ask("resources/subscribe", json!({ "uri": uri })), json!({}));
        assert_eq!(told(&mut agent, TOUCH, "notifications/resources/updated")["uri"], uri, "{era}");
        told(&mut agent, GROW, "notifications/resources/list_changed");
        told(&mut agent, GROW, "notifications/prompts/list_changed");
        let logged = told(&mut agent, LOG, "notifications/message");
        let expect =
            json!({"level": "warning", "logger": "books/books", "data": {"what": "something happened"}});
        assert_eq!(logged, expect);

        agent.ask("resources/unsubscribe", json!({ "uri": uri }));
        agent.ask("logging/setLevel", json!({"level": "error"}));
        let id = agent.begin("tools/call", json!({"name": "execute_code", "arguments": {"code": LOG}}));
        let messages = agent.until_answer(id);
        assert!(messages.iter().all(|message| message["method"] != "notifications/message"), "{messages:?}");
    }
}

#[test]
fn a_client_of_the_newer_era_hears_what_it_subscribes_to() {
    let narrows = Narrows::configured(&config([("books", offers("legacy"))]));
    let mut agent = Agent::modern(&narrows, &[]);
    let uri = "narrows://books/book://1";
    let wanted = json!({"notifications": {"resourcesListChanged": true, "resourceSubscriptions": [uri]}});
    let subscription = agent.begin("subscriptions/listen", wanted);
    let updated = told(&mut agent, TOUCH, "notifications/resources/updated");
    let named = &updated["_meta"]["io.modelcontextprotocol/subscriptionId"];
    assert_eq!((&updated["uri"], named), (&json!(uri), &json!(subscription)));
    told(&mut agent, GROW, "notifications/resources/list_changed");
}

/// What a client can that can all.
fn full() -> Value {
    json!({"elicitation": {"form": {}, "url": {}}, "sampling": {}, "roots": {}})
}

/// A script that has the server ask its client.
fn ask(what: &str) -> String {
    format!("import {{ ask }} from './servers/books'; return await ask({{ what: '{what}' }});")
}

#[test]
fn what_a_server_asks_in_a_call_reaches_the_client_and_its_answer_the_server() {
    for era in ["legacy", "modern"] {
        let narrows = Narrows::configured(&config([("books", offers(era))]));
        let (mut agent, _) = Agent::legacy_that_can(&narrows, &[], &full());
        for (what, method, shown, answer) in [
            (
                "form",
                "elicitation/create",
                "Which shelf?",
                json!({"action": "accept", "content": {"shelf": "A"}}),
            ),
            ("form", "elicitation/create", "Which shelf?", json!({"action": "decline"})),
            ("url", "elicitation/create", "https://example.com/sign-in", json!({"action": "accept"})),
            (
                "sampling",
                "sampling/createMessage",
                "Say hi",
                json!({"role": "assistant", "model": "m", "content": {"type": "text", "text": "hi"}}),
            ),
            ("roots", "roots/list", "books", json!({"roots": [{"uri": "file:///a", "name": "a"}]})),
        ] {
            let id =
                agent.begin("tools/call", json!({"name": "execute_code", "arguments": {"code": ask(what)}}));
            let asked = agent.asked();
            assert_eq!(asked["method"], method, "{era} {what}");
            let params = &asked["params"];
            assert!(params.to_string().contains(shown), "{params}");
            assert_eq!(params["_meta"]["narrows/server"], "books");
            if method == "elicitation/create" {
                assert!(
                    params["message"]
                        .as_str()
                        .is_some_and(|text| text.starts_with("The server books asks: ")),
                    "{params}"
                );
            }
            agent.write(&json!({"jsonrpc": "2.0", "id": asked["id"], "result": answer}));
            let result = agent.answer(id)["result"].take();
            let text = result["content"][0]["text"].as_str().expect("a text");
            let value: Value = serde_json::from_str(
                text.strip_prefix("Result:\n").expect("a result").lines().next().expect("a line"),
            )
            .expect("JSON");
            assert_eq!(value["answer"], answer, "{era} {what}: {text}");
        }
    }
}

#[test]
fn a_client_that_cannot_be_asked_is_a_clear_error_and_no_wait() {
    let cannot = [
        ("form", "this client cannot ask its user (elicitation by form)"),
        ("url", "this client cannot open addresses for its user (elicitation by URL)"),
        ("sampling", "this client cannot ask its model (sampling)"),
    ];
    for era in ["legacy", "modern"] {
        let narrows = Narrows::configured(&config([("books", offers(era))]));
        let (mut agent, _) = Agent::legacy(&narrows, &[]);
        for (what, why) in cannot {
            let text = agent.run(&ask(what));
            assert!(text.contains(why), "{era} {what}: {text}");
        }
        let mut modern = Agent::modern(&narrows, &[]);
        let text = modern.run(&ask("form"));
        let why = match era {
            "legacy" => "no client that can be asked waits for a call of this server",
            _ => "the tool asks for input in the middle of the call, and there is no client to ask",
        };
        assert!(text.contains(why), "{era}: {text}");
    }
}

#[test]
fn a_client_that_does_not_answer_ends_the_call_with_the_reason() {
    for era in ["legacy", "modern"] {
        let narrows = Narrows::configured(&config([("books", offers(era))]));
        let (mut agent, _) = Agent::legacy_that_can(&narrows, &[], &full());
        let id =
            agent.begin("tools/call", json!({"name": "execute_code", "arguments": {"code": ask("form")}}));
        let asked = agent.asked();
        agent.write(&json!({"jsonrpc": "2.0", "id": asked["id"], "error": {"code": -32603, "message": "the window is closed"}}));
        let text = agent.answer(id)["result"].to_string();
        assert!(text.contains("the client does not answer: the window is closed"), "{era}: {text}");
    }
}
