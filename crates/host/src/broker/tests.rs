use std::sync::Mutex;

use tools::{Annotations, AnswerFuture, Catalog, Server, ServerName, ServerState};

use super::*;

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
            self.seen.lock().expect("unpoisoned").push(format!("{} {}", call.tool, call.arguments));
            if let Some(hold) = &self.hold {
                hold.acquire().await.expect("open").forget();
            }
            match &self.answer {
                None => Ok(Answer { value: call.arguments }),
                Some(Ok(text)) => Ok(Answer { value: RawValue::from_string(text.clone()).expect("JSON") }),
                Some(Err(kind)) => Err(CallError::new(*kind, "the server said no")),
            }
        })
    }
}

fn surface(schema: Value) -> Surface {
    let tool = Tool {
        name: "get_document".into(),
        title: None,
        description: String::new(),
        input_schema: schema,
        output_schema: None,
        annotations: Annotations::default(),
    };
    let server = Server {
        tools: vec![Arc::new(tool)],
        state: ServerState::Ready,
        ..Server::starting(ServerName::new("google-drive"))
    };
    Surface::new(Arc::new(Catalog::new([Arc::new(server)])))
}

fn asked(arguments: &Value) -> Asked {
    let wanted = Wanted::Path("servers/google-drive/getDocument".into());
    Asked { wanted, arguments: arguments.to_string().into_bytes(), line: Some(3) }
}

/// The answer, or `code: message`.
async fn call(schema: Value, arguments: Value) -> String {
    let (surface, limits) = (surface(schema), Limits::default());
    let ledger = Ledger::new(&limits);
    let caller = Caller { surface: &surface, limits: &limits, ledger: &ledger };
    let outcome = Broker::new(Arc::new(Fake::default())).call(asked(&arguments), &caller).await;
    let shown = match outcome {
        Ok(value) => value.get().to_owned(),
        Err(unanswered) => format!("{}: {}", unanswered.error.kind, unanswered.error.message),
    };
    let (calls, warnings) = ledger.take();
    assert_eq!(calls.len(), 1, "one record whatever the end");
    assert_eq!(calls[0].outcome == "answered", !shown.starts_with("invalid"), "{shown}");
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

#[tokio::test]
async fn a_schema_that_cannot_be_used_is_skipped_with_a_warning() {
    let complex =
        "[the arguments of `google-drive/get_document` were not checked: its schema is too complex]";
    let broken =
        "[the arguments of `google-drive/get_document` were not checked: its schema cannot be compiled]";
    let cases = [
        (json!({"$ref": "#"}), complex),
        (json!({"$ref": "https://example.com/x.json"}), complex),
        (json!({"type": "banana"}), broken),
    ];
    for (schema, expect) in cases {
        assert_eq!(call(schema.clone(), json!({"a": 1})).await, format!(r#"{{"a":1}} {expect}"#), "{schema}");
    }
}

#[tokio::test]
async fn every_failure_is_recorded_with_its_code() {
    let (surface, limits) = (surface(json!({"type": "object"})), Limits { calls: 2, ..Limits::default() });
    let ledger = Ledger::new(&limits);
    let caller = Caller { surface: &surface, limits: &limits, ledger: &ledger };
    let broker = Broker::new(Arc::new(Fake { answer: Some(Err(CallErrorKind::Tool)), ..Fake::default() }));
    let unknown = Asked { wanted: Wanted::Name("nope".into()), ..asked(&json!({})) };
    let mut errors = Vec::new();
    for asked in [unknown, asked(&json!({})), asked(&json!({}))] {
        let unanswered = broker.call(asked, &caller).await.expect_err("fails");
        errors.push(unanswered.to_json());
    }
    assert_eq!(errors[0]["code"], "unknown_tool");
    assert_eq!(
        errors[1],
        json!({"name": "ToolError", "message": "the server said no", "code": "tool_error", "server": "google-drive", "tool": "get_document"})
    );
    assert_eq!(errors[2]["message"], "the limit of tool calls of 2 was reached (`limits.calls`)");
    let (calls, _) = ledger.take();
    let outcomes: Vec<_> = calls.iter().map(|call| (call.outcome.as_str(), call.line)).collect();
    assert_eq!(outcomes, [("unknown_tool", Some(3)), ("tool_error", Some(3)), ("limit", Some(3))]);
}

#[tokio::test]
async fn only_so_many_calls_are_under_way_and_a_dropped_one_is_cancelled() {
    let (surface, limits) =
        (surface(json!({"type": "object"})), Limits { in_flight: 1, ..Limits::default() });
    let ledger = Ledger::new(&limits);
    let caller = Caller { surface: &surface, limits: &limits, ledger: &ledger };
    let hold = Arc::new(tokio::sync::Semaphore::new(0));
    let fake = Arc::new(Fake { hold: Some(hold.clone()), ..Fake::default() });
    let broker = Broker::new(fake.clone());
    let mut first = Box::pin(broker.call(asked(&json!({})), &caller));
    let mut second = Box::pin(broker.call(asked(&json!({})), &caller));
    // Let both get as far as they can; the first compiles the schema on another thread.
    while fake.seen.lock().expect("unpoisoned").is_empty() {
        futures_util::future::poll_immediate(&mut first).await;
        futures_util::future::poll_immediate(&mut second).await;
        tokio::task::yield_now().await;
    }
    assert_eq!(fake.seen.lock().expect("unpoisoned").len(), 1, "the second waits its turn");
    drop(second);
    hold.add_permits(1);
    first.await.expect("answered");
    let (calls, _) = ledger.take();
    let outcomes: Vec<_> = calls.iter().map(|call| call.outcome.as_str()).collect();
    assert_eq!(outcomes, ["answered", "cancelled"]);
}
