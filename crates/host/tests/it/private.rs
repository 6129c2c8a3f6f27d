//! Personal data: servers send and receive it, and nothing else has it.

use std::{path::Path, sync::Arc};

use host::{
    History, Names, Outcome, PrivacyMode, PrivacySettings, RestoreRule, RunRecord, RunRequest, ToolMode,
};
use privacy::{Finder, FinderOptions};
use serde_json::{Value, json};
use tools::RawValue;

use crate::{
    durable::place,
    fixture::{Fixture, World},
};

const MARIA: &str = r#"{"id":1,"mail":"maria@example.com","card":4111111111111111,"note":"call +49 30 901820 \u006daria@example.com"}"#;

/// What must be nowhere.
const VALUES: [&str; 4] = ["maria@example.com", "4111111111111111", "901820", "bWFyaUB"];

fn private(world: &World, privacy: PrivacySettings) -> Fixture {
    let history = History::new(place(world.folder.path()), "a home");
    Fixture::in_world(world, |settings| {
        settings.history = Some(history);
        settings.privacy = privacy;
    })
}

fn boundary(world: &World) -> Fixture {
    private(world, PrivacySettings::new(PrivacyMode::Boundary))
}

fn names(names: &[&str]) -> Names {
    Names::new(names.iter().copied()).expect("globs")
}

/// A rule about `crm/echo`.
fn rule(field: &str, kind: &str, is_allowed: bool) -> RestoreRule {
    RestoreRule {
        servers: names(&["crm"]),
        tools: names(&["echo"]),
        fields: RestoreRule::fields([field]).expect("globs"),
        kinds: names(&[kind]),
        is_allowed,
        place: "narrows.json:1:1".to_owned(),
    }
}

async fn run(fixture: &Fixture, workspace: &str, code: &str) -> Arc<RunRecord> {
    let request = RunRequest { workspace: workspace.to_owned(), ..RunRequest::new(code) };
    fixture.host.run(request).await.expect("it is admitted")
}

fn value(record: impl AsRef<RunRecord>) -> Value {
    let value = record.as_ref().value.as_deref().map_or("null", RawValue::get);
    serde_json::from_str(value).expect("JSON")
}

/// Whether one of the values is in a file below this folder.
fn is_found_in(folder: &Path) -> Option<String> {
    for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        if path.is_dir() {
            if let Some(found) = is_found_in(&path) {
                return Some(found);
            }
            continue;
        }
        let content = std::fs::read(&path).expect("a file");
        let holds = |value: &&&str| content.windows(value.len()).any(|bytes| bytes == value.as_bytes());
        if let Some(value) = VALUES.iter().find(holds) {
            return Some(format!("{value} in {}", path.display()));
        }
    }
    None
}

#[tokio::test(flavor = "multi_thread")]
async fn a_script_computes_on_values_and_nothing_that_is_kept_or_shown_has_them() {
    let world = World::new();
    *world.tools.seen.lock() = Some(MARIA);
    let fixture = boundary(&world);
    let record = run(
        &fixture,
        "default",
        r#"call servers/crm/look {}
wait
print maria@example.com and +49 30 901820
call servers/crm/echo {"to":"maria@example.com","card":4111111111111111,"as":"[EMAIL_1]"}
wait
call fs/writeFile {"path":"/workspace/maria@example.com","text":"maria@example.com"}
wait
call fs/writeFile {"path":"/workspace/bytes","base64":"bWFyaWFAZXhhbXBsZS5jb20="}
wait
call results/save {"key":"kept","value":{"maria@example.com":[4111111111111111]}}
wait
call fs/readFile {"path":"/workspace/bytes","encoding":"utf-8"}
wait
call results/get {"key":"kept"}
wait
return-answers"#,
    )
    .await;
    assert_eq!(record.outcome, Outcome::Returned, "{:?}", record.error);
    let echoed = json!({"to": "[EMAIL_1]", "card": "[CREDIT_CARD_1]", "as": "[EMAIL_1]"});
    let looked =
        json!({"id": 1, "mail": "[EMAIL_1]", "card": "[CREDIT_CARD_1]", "note": "call [PHONE_1] [EMAIL_1]"});
    let kept = json!({"[EMAIL_1]": ["[CREDIT_CARD_1]"]});
    assert_eq!(
        value(&record),
        json!([looked, echoed, "undefined", "undefined", "undefined", "[EMAIL_1]", kept])
    );
    assert_eq!(record.printed[0].text, "[EMAIL_1] and [PHONE_1]");
    let sent = world.tools.calls.lock().clone();
    let expect = r#"{"to":"maria@example.com","card":4111111111111111,"as":"maria@example.com"}"#;
    assert_eq!(sent, [expect], "the server is sent what the script said");
    fixture.host.shutdown().await;
    // In the store the script itself has them, as its author wrote them.
    assert_eq!(is_found_in(&world.folder.path().join("data")), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_error_that_is_not_caught_is_hidden_too() {
    let world = World::new();
    *world.tools.seen.lock() = Some(MARIA);
    let fixture = boundary(&world);
    let record =
        run(&fixture, "default", "call servers/crm/look {}\nwait\nthrow Error maria@example.com is unknown")
            .await;
    let error = record.error.as_ref().expect("an error");
    assert_eq!(error.message, "[EMAIL_1] is unknown");
}

#[tokio::test(flavor = "multi_thread")]
async fn in_sealed_a_script_has_placeholders_and_a_tool_gets_what_a_rule_gives_it() {
    let world = World::new();
    *world.tools.seen.lock() = Some(MARIA);
    let settings = PrivacySettings {
        restore: vec![rule("to", "EMAIL", true)],
        file: "narrows.json".to_owned(),
        ..PrivacySettings::new(PrivacyMode::Sealed)
    };
    let fixture = private(&world, settings);
    let record = run(
        &fixture,
        "default",
        r#"call servers/crm/look {}
wait
call servers/crm/echo {"to":"[EMAIL_1]","body":"to you"}
wait
call servers/crm/echo {"to":"you","body":"about [EMAIL_1]"}
wait
call servers/crm/look {"to":"[EMAIL_1]"}
wait
call privacy/domain {"value":"[EMAIL_1]"}
wait
call privacy/last4 {"value":"[CREDIT_CARD_1]"}
wait
call privacy/equals {"value":"[EMAIL_1]","other":"maria@example.com"}
wait
call privacy/last4 {"value":"[CREDIT_CARD_7]"}
wait
return-answers"#,
    )
    .await;
    let answers = value(&record);
    assert_eq!(answers[1], json!({"to": "[EMAIL_1]", "body": "to you"}));
    let refused = "`crm/echo` may not receive the value of `[EMAIL_1]` in `body`";
    assert_eq!(answers[2]["rejected"]["message"], refused);
    assert_eq!(
        answers[3]["rejected"]["message"],
        "`crm/look` may not receive the value of `[EMAIL_1]` in `to`"
    );
    assert_eq!(answers[4], "example.com");
    assert_eq!(answers[5], "1111");
    assert_eq!(
        answers[6]["rejected"]["message"],
        "`privacy.equals` compares two hidden values, or two texts"
    );
    assert_eq!(answers[7]["rejected"]["message"], "`[CREDIT_CARD_7]` stands for nothing in this workspace");
    assert_eq!(world.tools.calls.lock().as_slice(), [r#"{"to":"maria@example.com","body":"to you"}"#]);
    let refusal = record.calls[2].refusal.as_ref().expect("a refusal");
    assert!(refusal.permit.contains(r#""field":"body","kind":"EMAIL","action":"allow""#), "{refusal:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_placeholder_stands_for_a_value_of_its_own_workspace_after_a_restart_too() {
    let world = World::new();
    *world.tools.seen.lock() = Some(MARIA);
    let first = boundary(&world);
    run(&first, "one", "call servers/crm/look {}\nwait\nreturn-answers").await;
    first.host.shutdown().await;
    let second = boundary(&world);
    let echo = "call servers/crm/echo {\"to\":\"[EMAIL_1]\"}\nwait\nreturn-answers";
    for (workspace, expect) in
        [("one", r#"{"to":"maria@example.com"}"#), ("another", r#"{"to":"[EMAIL_1]"}"#)]
    {
        world.tools.calls.lock().clear();
        run(&second, workspace, echo).await;
        assert_eq!(world.tools.calls.lock().as_slice(), [expect], "{workspace}");
    }
    // Two processes agree on what is new.
    let third = boundary(&world);
    *world.tools.seen.lock() = Some(r#"{"mail":"jon@example.com"}"#);
    let look = "call servers/crm/look {}\nwait\nreturn-answers";
    assert_eq!(value(run(&second, "one", look).await), json!([{"mail": "[EMAIL_2]"}]));
    *world.tools.seen.lock() = Some(r#"{"mail":["jon@example.com","ida@example.com"]}"#);
    assert_eq!(value(run(&third, "one", look).await), json!([{"mail": ["[EMAIL_2]", "[EMAIL_3]"]}]));
    assert_eq!(value(run(&second, "one", look).await), json!([{"mail": ["[EMAIL_2]", "[EMAIL_3]"]}]));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_server_spells_like_a_placeholder_stays_what_it_was() {
    let world = World::new();
    *world.tools.seen.lock() = Some(MARIA);
    let off = ToolMode { servers: names(&["crm"]), tools: names(&["echo"]), mode: PrivacyMode::Off };
    let settings = PrivacySettings { modes: vec![off], ..PrivacySettings::new(PrivacyMode::Boundary) };
    let fixture = private(&world, settings);
    run(&fixture, "default", "call servers/crm/look {}\nwait\nreturn-answers").await;
    for (tool, shown) in [("look", "[EMAIL_2]"), ("look", "[EMAIL_2]")] {
        *world.tools.seen.lock() = Some(r#"{"text":"write to [EMAIL_1]"}"#);
        let record =
            run(&fixture, "default", &format!("call servers/crm/{tool} {{}}\nwait\nreturn-answers")).await;
        assert_eq!(value(&record), json!([{"text": format!("write to {shown}")}]), "{tool}");
    }
    run(&fixture, "default", "call servers/crm/echo {\"to\":\"[EMAIL_2]\"}\nwait\nreturn-answers").await;
    let sent = world.tools.calls.lock().pop().expect("a call");
    assert_eq!(sent, r#"{"to":"[EMAIL_1]"}"#, "it is given back as it was, and no further");
}

#[tokio::test(flavor = "multi_thread")]
async fn fields_of_the_configuration_are_those_of_tools_and_not_of_what_the_host_is_asked() {
    let world = World::new();
    *world.tools.seen.lock() = Some(r#"{"name":"Maria","key":7}"#);
    let fields = ["name", "path", "key", "server"].map(str::to_owned).to_vec();
    let options = FinderOptions { fields: vec![("NAME".to_owned(), fields)], ..FinderOptions::default() };
    let settings = PrivacySettings {
        finder: Arc::new(Finder::new(&options).expect("options")),
        ..PrivacySettings::new(PrivacyMode::Boundary)
    };
    let fixture = private(&world, settings);
    let record = run(
        &fixture,
        "default",
        r#"call servers/crm/look {}
wait
call call {"server":"crm","name":"echo","input":{"name":"Maria"}}
wait
call fs/writeFile {"path":"/workspace/a","text":"x"}
wait
call results/save {"key":"kept","value":{"name":"Maria"}}
wait
call results/get {"key":"kept"}
wait
return-answers"#,
    )
    .await;
    let hidden = json!({"name": "[NAME_1]"});
    let expect = json!([{"name": "[NAME_1]", "key": "[NAME_2]"}, hidden, "undefined", "undefined", hidden]);
    assert_eq!(value(&record), expect);
    assert_eq!(world.tools.calls.lock().as_slice(), [r#"{"name":"Maria"}"#]);
}

#[tokio::test(flavor = "multi_thread")]
async fn where_nothing_is_private_nothing_is_changed() {
    let world = World::new();
    *world.tools.seen.lock() = Some(MARIA);
    let fixture = private(&world, PrivacySettings::new(PrivacyMode::Off));
    let record = run(&fixture, "default", "call servers/crm/look {}\nwait\nreturn-answers").await;
    let maria: Value = serde_json::from_str(MARIA).expect("JSON");
    assert_eq!(value(&record), json!([maria]));
    assert!(!world.folder.path().join("data/vault.key").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vault_of_another_key_hides_and_gives_back_nothing() {
    let world = World::new();
    *world.tools.seen.lock() = Some(MARIA);
    let keyed = |key: &str| PrivacySettings {
        key: Some(key.to_owned().into()),
        ..PrivacySettings::new(PrivacyMode::Boundary)
    };
    let look = "call servers/crm/look {}\nwait\nreturn-answers";
    let first = private(&world, keyed("the first key of all"));
    assert_eq!(run(&first, "default", look).await.outcome, Outcome::Returned);
    let second = private(&world, keyed("another key than that"));
    let record = run(&second, "default", look).await;
    let message = value(&record)[0]["rejected"]["message"].as_str().expect("a message").to_owned();
    assert!(message.contains("was encrypted with another key"), "{message}");
    assert!(!format!("{record:?}").contains("maria"), "{record:?}");
}
