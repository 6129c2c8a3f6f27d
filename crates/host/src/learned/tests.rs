use serde_json::{Value, json};
use store::{Sync, Where};
use tools::{Annotations, Server, ServerState, Tool};

use super::*;

fn raw(value: &Value) -> Box<RawValue> {
    RawValue::from_string(value.to_string()).expect("JSON")
}

fn tool(description: &str, output_schema: Option<Value>) -> Arc<Tool> {
    Arc::new(Tool {
        name: "list".into(),
        title: None,
        description: description.to_owned(),
        input_schema: json!({"type": "object"}),
        output_schema,
        annotations: Annotations::default(),
    })
}

fn catalog(tool: Arc<Tool>) -> Catalog {
    let name = ServerName::new("crm");
    Catalog::new([Arc::new(Server {
        tools: vec![tool],
        state: ServerState::Ready,
        ..Server::starting(name)
    })])
}

fn id() -> ToolId {
    ToolId::new(ServerName::new("crm"), "list")
}

/// What was learned of a tool, as a surface is told it.
fn observed(learned: &LearnedTypes, tool: &Arc<Tool>) -> Option<ObservedResult> {
    learned.described(&catalog(tool.clone())).observed(&id()).cloned()
}

/// Learns from results of a tool.
async fn teach(learned: &LearnedTypes, tool: &Tool, results: &[Value]) {
    let definition = definitions::fingerprint(tool);
    results.iter().for_each(|result| learned.note(&id(), definition, &raw(result)));
    learned.learn().await;
}

fn schema(results: &[Value]) -> Value {
    let results = results.iter().map(|result| ((id(), 0), raw(result))).collect();
    let all = looked_at(results);
    all.values().next().map_or(Value::Null, |known| schema::schema_of(&known.shape))
}

/// Results of many forms, several of one tool in each row.
fn examples() -> Vec<Vec<Value>> {
    vec![
        vec![json!(1), json!(null), json!("a")],
        vec![json!([]), json!([1, "a", null, [true]])],
        vec![json!({"a": 1, "b": {"c": []}}), json!({"a": "x", "d": 1.5}), json!({})],
        vec![json!([{"id": 1, "name": "Ada"}, {"id": "x"}]), json!({"error": "none"})],
        vec![json!({"ada@example.com": {"n": 1}, "bob@example.com": {"n": null, "m": 1}})],
        vec![json!({"a": {"2026-11-28": 1}}), json!({"a": {"b": 2}}), json!({"a": {"c c": "x"}})],
        vec![json!({"deep": [[[[[[[[[[[[{"a": 1}]]]]]]]]]]]]})],
        vec![json!({"csv": "a,b\n1,2\n3,4", "json": "{\"a\": 1}"}), json!({"csv": "", "json": "[]"})],
        vec![json!(
            (0..300)
                .map(|at| (format!("key_{}", "x".repeat(at % 50 + 1)), json!(at)))
                .collect::<serde_json::Map<_, _>>()
        )],
        (0..40).map(|at| json!({format!("field{}", ["a", "b", "c"].repeat(at).concat()): at})).collect(),
        vec![json!({"type": "object", "properties": {"required": true}, "__proto__": 1, "": 2})],
    ]
}

#[test]
fn what_was_seen_fits_its_type_whatever_the_order_and_the_pieces() {
    for results in examples() {
        let whole = schema(&results);
        let validator = jsonschema::validator_for(&whole).expect("a schema");
        for result in &results {
            assert!(validator.is_valid(result), "{whole} of {result}");
        }
        let mut pieces = Known::default();
        for result in results.iter().rev() {
            let piece = looked_at(vec![((id(), 0), raw(result))]).into_values().next().expect("one");
            pieces.add(piece);
        }
        let stored = Known::of(&pieces.stored());
        assert_eq!(schema::schema_of(&stored.shape), schema::schema_of(&pieces.shape), "as it is kept");
        let validator = jsonschema::validator_for(&schema::schema_of(&stored.shape)).expect("a schema");
        assert!(results.iter().all(|result| validator.is_valid(result)), "{pieces:?}");
    }
}

#[test]
fn types_are_as_narrow_as_what_was_seen() {
    for (results, expect) in [
        (
            vec![json!([{"id": 1, "tags": ["a"]}, {"id": 2, "note": null}])],
            json!({"type": "array", "items": {"type": "object", "required": ["id"], "properties": {
                "id": {"type": "number"},
                "note": {"type": "null"},
                "tags": {"type": "array", "items": {"type": "string"}},
            }}}),
        ),
        (vec![json!(null), json!("a")], json!({"anyOf": [{"type": "string"}, {"type": "null"}]})),
        (vec![json!([])], json!({"type": "array", "items": {}})),
        (
            vec![json!("[1]")],
            json!({"type": "string", "description": "JSON as text: JSON.parse gives the value"}),
        ),
        (
            vec![json!({"john": {"age": 1}, "mary": {"age": 2}})],
            json!({"type": "object", "additionalProperties": {"type": "object", "required": ["age"], "properties": {
                "age": {"type": "number"},
            }}}),
        ),
        (
            vec![json!({"correct horse battery staple": true})],
            json!({"type": "object", "additionalProperties": {"type": "boolean"}}),
        ),
        (
            vec![json!({"ada@example.com": 1}), json!({"Bob": 2})],
            json!({"type": "object", "additionalProperties": {"type": "number"}}),
        ),
    ] {
        assert_eq!(schema(&results), expect, "{results:?}");
    }
}

#[test]
fn no_value_is_kept() {
    let results = [
        json!({"name": "SECRET one", "list": ["SECRET", 7_315_202], "by": {"SECRET@x.com": "SECRET", "cus_9s6XKz48": 1}}),
        json!({"text": "{\"SECRET\": 1}", "table": "SECRET,b\n1,2\n3,4", "SECRET/path": 1, "2026-11-28": 7_315_202}),
    ];
    let all = looked_at(results.iter().map(|result| ((id(), 0), raw(result))).collect());
    let stored = all.values().next().expect("one").stored();
    let text = String::from_utf8(stored.shape).expect("text");
    for value in ["SECRET", "7315202", "cus_9s6", "2026"] {
        assert!(!text.contains(value), "{value} in {text}");
    }
}

#[test]
fn hostile_results_are_bounded() {
    let wide = |depth: usize| {
        let leaf =
            (0..90).map(|at| (format!("k{}", "y".repeat(at)), json!(1))).collect::<serde_json::Map<_, _>>();
        (0..depth).fold(json!(leaf), |inner, _| json!({"a": inner.clone(), "b": inner.clone(), "c": inner}))
    };
    let nested = "[".repeat(120) + &"]".repeat(120);
    let keys =
        (0..200_000).map(|at| format!("\"{}\":{{\"a\":1}}", "k".repeat(at % 60 + 1))).collect::<Vec<_>>();
    for result in [wide(6).to_string(), nested, format!("{{{}}}", keys.join(","))] {
        let result = RawValue::from_string(result).expect("JSON");
        let all = looked_at(vec![((id(), 0), result)]);
        let known = all.values().next().expect("one");
        assert!(known.shape.size() <= SHAPE_SIZE_MAX, "{}", known.shape.size());
    }
}

#[tokio::test]
async fn a_tool_that_declares_nothing_is_described_and_a_changed_one_anew() {
    let learned = LearnedTypes::default();
    let (before, after) = (tool("Lists", None), tool("Lists all", None));
    assert_eq!(observed(&learned, &before), None);
    teach(&learned, &before, &[json!("a"), json!("b")]).await;
    let seen = ObservedResult { schema: json!({"type": "string"}), results: 2 };
    assert_eq!(observed(&learned, &before), Some(seen));
    assert_eq!(observed(&learned, &after), None);
    teach(&learned, &after, &[json!(1)]).await;
    assert_eq!(observed(&learned, &after).map(|seen| seen.schema), Some(json!({"type": "number"})));
    let declared = tool("Lists", Some(json!({"type": "string"})));
    teach(&learned, &declared, &[json!("a")]).await;
    assert_eq!(observed(&learned, &declared), None, "what its server declares is its type");
}

#[tokio::test]
async fn a_surface_is_made_anew_for_news_alone() {
    let learned = LearnedTypes::default();
    let changes = learned.changes();
    let one = tool("Lists", None);
    let mut shown = Vec::new();
    for results in [vec![json!("a")], vec![json!("b")], vec![json!("c")], vec![json!(1)], vec![json!(2)]] {
        teach(&learned, &one, &results).await;
        shown.push(changes.borrow()[&id()].values().next().expect("one").results);
    }
    assert_eq!(shown, [1, 2, 2, 4, 4]);
}

#[tokio::test]
async fn processes_of_one_store_learn_together_and_remember() {
    let folder = tempfile::tempdir().expect("a folder");
    let place = Where::File { path: folder.path().join("narrows.db"), sync: Sync::Normal };
    let process = || LearnedTypes::new(Some(History::new(place.clone(), "home")));
    let one = tool("Lists", None);
    let (ada, bob) = (process(), process());
    tokio::join!(ada.loaded(), bob.loaded());
    assert!(!folder.path().join("narrows.db").exists(), "nothing is made to look for nothing");
    for at in 0..5 {
        let (of_ada, of_bob) = ([json!({"a": at})], [json!({"b": "SECRET"}), json!({"b": null})]);
        tokio::join!(teach(&ada, &one, &of_ada), teach(&bob, &one, &of_bob));
    }
    let later = process();
    later.loaded().await;
    let seen = observed(&later, &one).expect("it is remembered");
    assert_eq!(seen.results, 15);
    assert_eq!(
        seen.schema,
        json!({"type": "object", "required": [], "properties": {
            "a": {"type": "number"},
            "b": {"anyOf": [{"type": "string"}, {"type": "null"}]},
        }})
    );
    for file in std::fs::read_dir(folder.path()).expect("a folder").flatten() {
        let content = std::fs::read(file.path()).unwrap_or_default();
        assert!(memchr::memmem::find(&content, b"SECRET").is_none(), "{file:?}");
    }
}
