use std::sync::LazyLock;

use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use tools::{Annotations, AnswerForm, AnswerFuture, Catalog, Server, ServerName, ServerState};

use super::*;
use crate::approvals::Decision;
use crate::learned::LearnedTypes;
use crate::record::CallEnd;
use crate::rules::{Action, ArgumentPath, Condition, Counts, Names, Rule, Test, Times, pattern};

/// Answers with what it was given, after the test lets it.
#[derive(Default)]
struct Fake {
    seen: Mutex<Vec<String>>,
    answer: Option<Result<String, CallErrorKind>>,
    hold: Option<Arc<tokio::sync::Semaphore>>,
}

impl CallTool for Fake {
    fn call(&self, call: Call) -> AnswerFuture<'_> {
        Box::pin(async move {
            self.seen.lock().push(format!("{} {}", call.tool, call.arguments));
            if let Some(hold) = &self.hold {
                hold.acquire().await.expect("open").forget();
            }
            match &self.answer {
                None => Ok(Answer::from(call.arguments)),
                Some(Ok(text)) => Ok(Answer::from(RawValue::from_string(text.clone()).expect("JSON"))),
                Some(Err(kind)) => Err(CallError::new(*kind, "the server said no")),
            }
        })
    }
}

fn surface(schema: Value) -> Surface {
    surface_returning(schema, None)
}

fn surface_returning(schema: Value, output_schema: Option<Value>) -> Surface {
    let tool = Tool {
        name: "get_document".into(),
        title: None,
        description: String::new(),
        input_schema: schema,
        output_schema,
        annotations: Annotations::default(),
    };
    let server = Server {
        tools: vec![Arc::new(tool)],
        state: ServerState::Ready,
        ..Server::starting(ServerName::new("google-drive"))
    };
    let away = Server::starting(ServerName::new("zendesk"));
    Surface::new(Arc::new(Catalog::new([server, away].map(Arc::new))))
}

/// For rules that do not count by time.
fn nowhere() -> Times {
    Times::new("/nowhere".into())
}

fn asked(arguments: &Value) -> Asked {
    let wanted = Wanted::Path("servers/google-drive/getDocument".into());
    Asked {
        wanted,
        arguments: arguments.to_string().into_bytes(),
        form: AnswerForm::Value,
        from: Origin { line: Some(3), ..Origin::default() },
    }
}

/// A broker whose questions are kept in memory.
fn broker(tools: Arc<dyn CallTool>, rules: Arc<Rules>) -> Broker {
    let approvals = Approvals::new(None, Duration::from_secs(60), CancellationToken::new());
    Broker::new(tools, rules, nowhere(), Arc::new(approvals), LearnedTypes::default(), HashMap::new())
}

/// Somebody outside of any run.
fn caller<'a>(surface: &'a Surface, limits: &'a Limits, ledger: &'a Ledger) -> Caller<'a> {
    static CLIENT: LazyLock<Client> = LazyLock::new(Client::local);
    static JOURNAL: LazyLock<Journal> = LazyLock::new(Journal::none);
    Caller {
        run: None,
        client: &CLIENT,
        surface,
        limits,
        ledger,
        approve: &Approve::Ruled,
        journal: &JOURNAL,
        private: None,
        respondent: None,
    }
}

/// The answer, or `code: message`.
async fn call(schema: Value, arguments: Value) -> String {
    let (surface, limits) = (surface(schema), Limits::default());
    let ledger = Ledger::new(&limits);
    let caller = caller(&surface, &limits, &ledger);
    let outcome = broker(Arc::new(Fake::default()), Arc::default()).call(asked(&arguments), &caller).await;
    let shown = match outcome {
        Ok(value) => value.value.get().to_owned(),
        Err(unanswered) => format!("{}: {}", unanswered.error.kind, unanswered.error.message),
    };
    let (calls, warnings) = ledger.take();
    assert_eq!(calls.len(), 1, "one record whatever the end");
    assert_eq!(calls[0].outcome == CallEnd::Answered, !shown.starts_with("invalid"), "{shown}");
    warnings.into_iter().fold(shown, |shown, warning| format!("{shown} [{warning}]"))
}

fn document() -> Value {
    json!({
        "type": "object",
        "required": ["documentId", "mode"],
        "additionalProperties": false,
        "properties": {
            "documentId": {"type": "string", "minLength": 1},
            "mode": {"enum": ["fast", "slow"], "default": "fast"},
            "gone": false,
            "pages": {"type": "array", "items": {"type": "integer"}},
            "when": {"type": "string", "pattern": "^(?=a)a+$"},
        },
    })
}

#[tokio::test]
async fn arguments_are_held_against_the_schema() {
    let wrong = "invalid_arguments: wrong arguments for `google-drive/get_document`: ";
    let cases = [
        (json!({"documentId": "a"}), r#"{"documentId":"a"}"#.to_owned()),
        (json!({}), format!("{wrong}`documentId` is missing")),
        (json!({"documentId": "a", "gone": 1}), format!("{wrong}there is no `gone`")),
        (
            json!({"document_id": "a"}),
            format!(
                "{wrong}`documentId` is missing (it says `document_id`); there is no `document_id`; did you mean `documentId`?"
            ),
        ),
        (
            json!({"documentId": "a", "pages": [1, "2"]}),
            format!("{wrong}`pages[1]` must be an integer, not a string"),
        ),
        (
            json!({"documentId": "a", "mode": "fats"}),
            format!("{wrong}`mode` must be one of `\"fast\"`, `\"slow\"`; did you mean `\"fast\"`?"),
        ),
        (json!({"documentId": ""}), format!("{wrong}`documentId`: the value is shorter than 1 character")),
        (
            json!([1]),
            "invalid_arguments: a tool takes one object of arguments, like `getDocument({ id: … })`"
                .to_owned(),
        ),
        (json!(null), format!("{wrong}`documentId` is missing")),
    ];
    for (arguments, expect) in cases {
        assert_eq!(call(document(), arguments.clone()).await, expect, "{arguments}");
    }
}

/// What a script's author is told of these results of one tool, in one run.
async fn told_of(declared: Value, results: &[&str]) -> Vec<String> {
    let (surface, limits) = (surface_returning(json!({}), Some(declared)), Limits::default());
    let ledger = Ledger::new(&limits);
    let caller = caller(&surface, &limits, &ledger);
    for result in results {
        let fake = Fake { answer: Some(Ok((*result).to_owned())), ..Fake::default() };
        let broker = broker(Arc::new(fake), Arc::default());
        let answer = broker.call(asked(&json!({})), &caller).await.expect("an answer");
        assert_eq!(answer.value.get(), *result, "it arrives as it came");
    }
    ledger.take().1
}

#[tokio::test]
async fn a_result_that_is_not_what_its_tool_declares_is_told() {
    let declared = json!({
        "type": "object",
        "required": ["width", "unit"],
        "additionalProperties": false,
        "properties": {
            "width": {"type": "integer"},
            "unit": {"enum": ["px", "em"], "default": "px"},
            "name": {"anyOf": [{"type": "string"}, {"type": "null"}]},
            "rows": {"type": "array", "items": {"type": "object", "required": ["id"]}},
        },
    });
    let broken = "`google-drive/get_document` did not return what it declares: ";
    for (result, faults) in [
        (r#"{"width":640,"unit":"px","name":null,"rows":[{"id":1}]}"#, None),
        (r#"{"width":123456789012345678901234567890,"unit":"em"}"#, None),
        (r#"{"width":"640","unit":"px"}"#, Some("`width` must be an integer, not a string")),
        // A server fills in what scripts leave out, and nobody fills in what a server leaves out.
        (r#"{"width":1}"#, Some("`unit` is missing")),
        (r#"{"Width":1,"unit":"px"}"#, Some("`width` is missing (it says `Width`); `Width` is not declared")),
        (r#"{"width":1,"unit":"pt"}"#, Some("`unit` must be one of `\"px\"`, `\"em\"`")),
        (r#"{"width":1,"unit":"px","name":7}"#, Some("`name` must be a string or null, not a number")),
        (r#"{"width":1,"unit":"px","rows":[{"id":1},{}]}"#, Some("`rows[1].id` is missing")),
        ("[]", Some("the result must be an object, not an array")),
        ("null", Some("the result must be an object, not null")),
    ] {
        let told = told_of(declared.clone(), &[result]).await;
        let told: Vec<_> = told.iter().filter(|told| !told.contains("a double would round")).collect();
        let expect: Vec<_> = faults.into_iter().map(|faults| format!("{broken}{faults}")).collect();
        assert_eq!(told, expect.iter().collect::<Vec<_>>(), "{result}");
    }
}

#[tokio::test]
async fn a_broken_result_is_told_once_and_a_large_one_is_not_looked_through() {
    let rows = json!({"type": "array", "items": {"type": "integer"}});
    let told = told_of(rows.clone(), &[r#"["a"]"#, r#"[1,"a"]"#, "[1]"]).await;
    let broken = "`google-drive/get_document` did not return what it declares: ";
    assert_eq!(told, [format!("{broken}`0` must be an integer, not a string")]);
    let large = format!(r#"["{}"]"#, "x".repeat(64 * 1024));
    assert_eq!(told_of(rows, &[&large]).await, [""; 0]);
    let unusable = json!({"$ref": "https://example.com/x.json"});
    assert_eq!(told_of(unusable, &["1"]).await, [""; 0], "what a person can do nothing about is in the log");
}

#[tokio::test]
async fn formats_are_left_to_the_server() {
    let schema = json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "properties": {"from": {"anyOf": [{"format": "ipv4"}, {"format": "ipv6"}]}},
    });
    assert_eq!(call(schema, json!({"from": "the office"})).await, r#"{"from":"the office"}"#);
}

#[tokio::test]
async fn a_schema_that_cannot_be_used_is_skipped_with_a_warning() {
    let complex =
        "[the arguments of `google-drive/get_document` were not checked: its schema is too complex]";
    let broken =
        "[the arguments of `google-drive/get_document` were not checked: its schema cannot be compiled]";
    let cases = [
        (json!({"$ref": "#"}), complex),
        (json!({"$ref": "https://example.com/x.json"}), complex),
        (json!({"$ref": "#/$defs/%61", "$defs": {"%61": {}, "a": {"required": ["b"]}}}), complex),
        (json!({"type": "banana"}), broken),
    ];
    for (schema, expect) in cases {
        assert_eq!(call(schema.clone(), json!({"a": 1})).await, format!(r#"{{"a":1}} {expect}"#), "{schema}");
    }
}

#[tokio::test]
async fn every_failure_is_recorded_with_its_code() {
    let (surface, limits) = (surface(json!({"type": "object"})), Limits { calls: 3, ..Limits::default() });
    let ledger = Ledger::new(&limits);
    let caller = caller(&surface, &limits, &ledger);
    let broker =
        broker(Arc::new(Fake { answer: Some(Err(CallErrorKind::Tool)), ..Fake::default() }), Arc::default());
    let named =
        |name: &str| Asked { wanted: Wanted::Name { server: None, tool: name.into() }, ..asked(&json!({})) };
    let mut errors = Vec::new();
    for asked in [named("nope"), named("zendesk__search"), asked(&json!({})), asked(&json!({}))] {
        let unanswered = broker.call(asked, &caller).await.expect_err("fails");
        errors.push(serde_json::from_str::<Value>(&unanswered.to_json()).expect("JSON"));
    }
    assert_eq!(errors[0]["code"], "unknown_tool");
    assert_eq!(
        errors[1],
        json!({"name": "ToolError", "message": "the server `zendesk` is not available now", "code": "unavailable"})
    );
    assert_eq!(
        errors[2],
        json!({"name": "ToolError", "message": "the server said no", "code": "tool_error", "server": "google-drive", "tool": "get_document"})
    );
    assert_eq!(errors[3]["message"], "the limit of tool calls of 3 was reached (`limits.calls`)");
    let (calls, _) = ledger.take();
    let outcomes: Vec<_> = calls.iter().map(|call| (call.outcome.to_string(), call.line)).collect();
    let expect = ["unknown_tool", "unavailable", "tool_error", "limit"].map(|outcome| (outcome, Some(3)));
    assert_eq!(outcomes, expect.map(|(end, line)| (end.to_owned(), line)));
}

#[test]
fn the_details_of_an_error_stay_as_the_server_sent_them() {
    let data = RawValue::from_string(r#"{"id":1234567890123456789012345,"price":1.10}"#.to_owned()).ok();
    let error = CallError { data, ..CallError::new(CallErrorKind::Protocol(-32000), "no") };
    let tool = Some(ToolId::new(ServerName::new("crm"), "get"));
    assert_eq!(
        Unanswered { tool, error }.to_json(),
        r#"{"name":"ToolError","message":"no","code":"-32000","server":"crm","tool":"get","data":{"id":1234567890123456789012345,"price":1.10}}"#
    );
}

#[tokio::test]
async fn an_answer_that_nests_too_deep_is_a_limit() {
    let (surface, limits) = (surface(json!({"type": "object"})), Limits { depth: 5, ..Limits::default() });
    for (depth, expect) in [
        (5, "[[[[[]]]]]"),
        (6, "the answer of `google-drive/get_document`: the nesting limit of 5 was reached (`limits.depth`)"),
    ] {
        let ledger = Ledger::new(&limits);
        let caller = caller(&surface, &limits, &ledger);
        let answer = Some(Ok(format!("{}{}", "[".repeat(depth), "]".repeat(depth))));
        let broker = broker(Arc::new(Fake { answer, ..Fake::default() }), Arc::default());
        let said = match broker.call(asked(&json!({})), &caller).await {
            Ok(value) => value.value.get().to_owned(),
            Err(unanswered) => unanswered.error.message,
        };
        assert_eq!(said, expect);
    }
}

#[tokio::test]
async fn only_so_many_calls_are_under_way_and_a_dropped_one_is_cancelled() {
    let (surface, limits) =
        (surface(json!({"type": "object"})), Limits { in_flight: 1, ..Limits::default() });
    let ledger = Ledger::new(&limits);
    let caller = caller(&surface, &limits, &ledger);
    let hold = Arc::new(tokio::sync::Semaphore::new(0));
    let fake = Arc::new(Fake { hold: Some(hold.clone()), ..Fake::default() });
    let broker = broker(fake.clone(), Arc::default());
    let mut first = Box::pin(broker.call(asked(&json!({})), &caller));
    let mut second = Box::pin(broker.call(asked(&json!({})), &caller));
    // Let both get as far as they can; the first compiles the schema on another thread.
    while fake.seen.lock().is_empty() {
        futures_util::future::poll_immediate(&mut first).await;
        futures_util::future::poll_immediate(&mut second).await;
        tokio::task::yield_now().await;
    }
    assert_eq!(fake.seen.lock().len(), 1, "the second waits its turn");
    drop(second);
    hold.add_permits(1);
    first.await.expect("answered");
    let (calls, _) = ledger.take();
    let outcomes: Vec<_> = calls.iter().map(|call| call.outcome.to_string()).collect();
    assert_eq!(outcomes, ["answered", "cancelled"]);
}

fn refusing_mail() -> Arc<Rules> {
    let condition = Condition {
        path: ArgumentPath::new("to").expect("a path"),
        tests: vec![Test::Matches(pattern("evil").expect("a pattern"))],
    };
    let rule = Rule {
        name: "inside".to_owned(),
        place: "n.json:3:7".to_owned(),
        action: Action::Refuse,
        servers: Names::all(),
        tools: Names::all(),
        read_only: None,
        destructive: None,
        arguments: vec![condition],
        counts: Counts::default(),
        unasked: false,
        repeatable: None,
    };
    Arc::new(Rules::new(vec![rule], Action::Allow, "n.json"))
}

#[tokio::test]
async fn what_the_rules_refuse_is_recorded_and_does_not_leave() {
    let (surface, limits) = (surface(json!({"type": "object"})), Limits::default());
    let ledger = Ledger::new(&limits);
    let caller = caller(&surface, &limits, &ledger);
    let fake = Arc::new(Fake::default());
    let broker = broker(fake.clone(), refusing_mail());
    let large = format!("{{\"to\":\"evil\",\"pad\":\"{}\"}}", "x".repeat(ASIDE_BYTES));
    let twice = r#"{"to":"evil","to":"good"}"#.to_owned();
    for arguments in [json!({"to": "evil"}).to_string(), large, twice] {
        let asked = Asked { arguments: arguments.into_bytes(), ..asked(&json!({})) };
        let error = broker.call(asked, &caller).await.expect_err("refused").to_json();
        let error: Value = serde_json::from_str(&error).expect("JSON");
        assert_eq!(error["message"], "`google-drive/get_document` is not allowed");
        assert_eq!(error["code"], "not_allowed");
        assert!(!error.to_string().contains("inside"), "the rule is not the script's to know: {error}");
    }
    broker.call(asked(&json!({"to": "good"})), &caller).await.expect("allowed");
    assert_eq!(fake.seen.lock().len(), 1, "only the last one left");
    let (calls, _) = ledger.take();
    let refused: Vec<_> = calls.iter().filter_map(|call| Some(call.refusal.as_ref()?.why.as_str())).collect();
    let why = "the rule `inside` (n.json:3:7) refuses it: `to` is text and fits `\"matches\": \"evil\"`";
    let unreadable =
        "the rule `inside` (n.json:3:7) looks at its arguments, and they cannot be read or have a key twice";
    assert_eq!(refused, [why, why, unreadable]);
    let outcomes: Vec<_> = calls.iter().map(|call| call.outcome.to_string()).collect();
    assert_eq!(outcomes, ["not_allowed", "not_allowed", "not_allowed", "answered"]);
}

#[tokio::test]
async fn a_withheld_tool_cannot_be_called_by_any_name() {
    let offered = surface(json!({"type": "object"}));
    let mut server = Server::clone(&offered.catalog().servers()[0]);
    let tool = server.tools.remove(0);
    let held = tools::Held::NotAccepted { reason: "it changed".to_owned(), remedy: "accept it".to_owned() };
    server.withheld.push(tools::WithheldTool { tool, held });
    let surface = Surface::new(Arc::new(Catalog::new([Arc::new(server)])));
    let limits = Limits::default();
    let ledger = Ledger::new(&limits);
    let caller = caller(&surface, &limits, &ledger);
    let fake = Arc::new(Fake::default());
    let broker = broker(fake.clone(), Arc::default());
    let names = ["google_drive__get_document", "google-drive/getDocument", "getDocument"];
    let by_name = names.map(|name| Wanted::Name { server: None, tool: name.to_owned() });
    for wanted in by_name.into_iter().chain([Wanted::Path("servers/google-drive/getDocument".to_owned())]) {
        let asked = Asked { wanted, ..asked(&json!({})) };
        let error = broker.call(asked, &caller).await.expect_err("withheld").error;
        assert_eq!(
            error.message,
            "`google-drive/get_document` is held back until a person accepts its definition"
        );
        assert_eq!(error.kind, CallErrorKind::Refused);
    }
    assert!(fake.seen.lock().is_empty());
    let (calls, _) = ledger.take();
    let refusal = calls[0].refusal.as_ref().expect("a person is told");
    assert_eq!((refusal.why.as_str(), refusal.permit.as_str()), ("it changed", "accept it"));
    assert_eq!((calls[0].server.as_str(), calls[0].tool.as_str()), ("google-drive", "get_document"));
}

#[tokio::test]
async fn what_a_run_holds_does_not_leave_before_a_person_approves() {
    let hints = |read_only| Annotations { read_only, ..Annotations::default() };
    for (annotations, asks) in [(hints(None), true), (hints(Some(false)), true), (hints(Some(true)), false)] {
        let offered = surface(json!({"type": "object"}));
        let mut server = Server::clone(&offered.catalog().servers()[0]);
        server.tools = vec![Arc::new(Tool { annotations, ..Tool::clone(&server.tools[0]) })];
        let surface = Surface::new(Arc::new(Catalog::new([Arc::new(server)])));
        let limits = Limits { in_flight: 1, ..Limits::default() };
        let ledger = Ledger::new(&limits);
        let run = RunId::new("run_1");
        let caller =
            Caller { run: Some(&run), approve: &Approve::Writes, ..caller(&surface, &limits, &ledger) };
        let fake = Arc::new(Fake::default());
        let broker = broker(fake.clone(), Arc::default());
        let asked = |call| Asked {
            from: Origin { call: Some(call), line: Some(3), ..Origin::default() },
            ..asked(&json!({"call": call}))
        };
        let deciding = async {
            let mut changes = broker.approvals.changes();
            while asks && broker.approvals.of_run(&run).len() < 2 {
                changes.changed().await.expect("it goes on");
            }
            let waiting = broker.approvals.of_run(&run);
            assert_eq!((fake.seen.lock().is_empty(), ledger.all_are_prepared()), (asks, true));
            let arguments: Vec<_> = waiting.iter().map(|waiting| waiting.arguments.get()).collect();
            assert_eq!(arguments, if asks { vec![r#"{"call":1}"#, r#"{"call":2}"#] } else { vec![] });
            let ids: Vec<_> = waiting.iter().map(|waiting| waiting.id.clone()).collect();
            if asks {
                broker.approvals.decide(&ids[..1], Decision::Refuse, "ada").await;
                broker.approvals.decide(&ids[1..], Decision::Approve, "ada").await;
            }
        };
        let calls = async { tokio::join!(broker.call(asked(1), &caller), broker.call(asked(2), &caller)) };
        let (first, second) = if asks { tokio::join!(calls, deciding).0 } else { calls.await };
        second.expect("approved");
        match first {
            Ok(_) => assert!(!asks),
            Err(unanswered) => {
                assert!(asks);
                assert_eq!(
                    serde_json::from_str::<Value>(&unanswered.to_json()).expect("JSON"),
                    json!({
                        "name": "ToolError", "message": "a person refused this call of `google-drive/get_document`",
                        "code": "refused", "server": "google-drive", "tool": "get_document",
                    })
                );
            }
        }
        assert_eq!(fake.seen.lock().len(), if asks { 1 } else { 2 });
    }
}
