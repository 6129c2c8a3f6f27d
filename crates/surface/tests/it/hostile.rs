//! Schemas made to hurt. Evidence: each of them would cost exponential time, quadratic text or the stack in an
//! emitter that follows schemas by plain recursion. The random ones are a net, not evidence.

use proptest::prelude::*;
use serde_json::{Map, Value, json};
use surface::typescript_of_schema;

use crate::text::assert_sound;

/// Half a megabyte of declarations, and what was begun when the limit was reached.
const TEXT_BYTES_MAX: usize = 600 * 1024;

#[track_caller]
fn check(schema: Value) -> String {
    let text = typescript_of_schema(&schema, "Probe");
    assert!(text.len() < TEXT_BYTES_MAX, "{} bytes", text.len());
    assert_sound(&text);
    // Dropping a deep value costs more stack than a test has; a leak of one test is cheap.
    std::mem::forget(schema);
    text
}

/// A keyword around the last one, again and again. Values are moved: `json!` would copy them level by level.
fn nested(levels: usize, path: &[&str]) -> Value {
    (0..levels).fold(json!({"type": "string"}), |inner, _| {
        path.iter().rev().fold(inner, |inner, key| match *key {
            "[]" => Value::Array(vec![inner]),
            key => Value::Object(Map::from_iter([(key.to_owned(), inner)])),
        })
    })
}

#[test]
fn nesting_ends_in_unknown() {
    let text = check(nested(10_000, &["properties", "a"]));
    assert!(text.contains("unknown /* nested too deeply */"), "{text}");
    for path in [
        &["items"][..],
        &["additionalProperties"],
        &["anyOf", "[]"],
        &["allOf", "[]"],
        &["prefixItems", "[]"],
        &["not"],
        &["default"],
        &["const"],
        &["enum", "[]"],
        &["const", "a"],
        &["if"],
        &["$defs", "a"],
        &["examples", "[]", "[]"],
    ] {
        check(nested(10_000, path));
    }
}

#[test]
fn a_schema_of_ten_megabytes_is_cut() {
    let properties: Map<String, Value> = (0..100_000)
        .map(|at| (format!("property_{at}"), json!({"type": "string", "description": "a".repeat(60)})))
        .collect();
    let text = check(json!({"type": "object", "properties": properties}));
    assert!(text.contains("the schema is too large") || text.contains("the type is too large"));
}

#[test]
fn an_endless_enumeration_is_unknown() {
    let values: Vec<usize> = (0..200_000).collect();
    let text = check(json!({"enum": values}));
    assert_eq!(text, "export type Probe = unknown /* the enumeration is too long */;\n");
}

/// Each definition mentions the next one twice.
fn doubling(levels: usize, twice: impl Fn(Value) -> Value) -> Value {
    let next = |level: usize| json!({"$ref": format!("#/$defs/d{}", level + 1)});
    let mut definitions: Map<String, Value> =
        (0..levels).map(|level| (format!("d{level}"), twice(next(level)))).collect();
    definitions
        .insert(format!("d{levels}"), json!({"type": "object", "properties": {"end": {"type": "string"}}}));
    json!({"$ref": "#/$defs/d0", "$defs": definitions})
}

#[test]
fn references_that_double_do_not() {
    check(doubling(60, |next| json!({"allOf": [next, next, {"properties": {"x": next}}]})));
    check(doubling(60, |next| json!({"anyOf": [next, next, {"properties": {"x": next}}]})));
    check(doubling(60, |next| json!({"type": "object", "properties": {"l": next, "r": next}})));
    let crossed = |next: Value| json!({"allOf": [{"anyOf": [next, {"properties": {"a": {}}}]}, {"anyOf": [next, {"properties": {"b": {}}}]}]});
    check(doubling(60, crossed));
}

#[test]
fn a_long_chain_of_references_is_followed_without_stack() {
    check(doubling(5_000, |next| next));
    check(doubling(5_000, |next| json!({"allOf": [next, {"properties": {"x": {"type": "string"}}}]})));
    check(doubling(5_000, |next| json!({"type": "array", "items": next})));
}

/// Copies of copies: each definition holds the previous one deep inside, where it has to be merged.
#[test]
fn copies_do_not_pile_up() {
    let deep = |level: usize| {
        let previous =
            json!({"allOf": [{"$ref": format!("#/$defs/d{}", level + 1)}, {"properties": {"x": {}}}]});
        nested_under(30, previous)
    };
    let definitions: Map<String, Value> = (0..400).map(|level| (format!("d{level}"), deep(level))).collect();
    let order: Vec<Value> =
        (0..400).rev().map(|level| json!({"$ref": format!("#/$defs/d{level}")})).collect();
    check(json!({"type": "array", "prefixItems": order, "$defs": definitions}));
}

fn nested_under(levels: usize, inner: Value) -> Value {
    (0..levels).fold(inner, |inner, _| json!({"type": "object", "properties": {"a": inner}}))
}

#[test]
fn unions_do_not_multiply() {
    let objects = |key: &str| -> Vec<Value> {
        let one = |at: usize| json!({"type": "object", "properties": {format!("{key}{at}"): {"type": "string"}}, "required": [format!("{key}{at}")]});
        (0..100).map(one).collect()
    };
    let all: Vec<Value> = (0..50).map(|at| json!({"anyOf": objects(&format!("k{at}_"))})).collect();
    check(json!({"allOf": all}));
}

#[test]
fn text_stays_in_its_comment() {
    let evil = "*/ } export const x = 1; /* *\\/ **//\u{202e}\u{2028}\u{0}\r\n@ts-nocheck";
    let text = check(json!({
        "title": evil, "description": evil, "type": "object",
        "properties": {
            evil: {"type": evil, "description": evil, "pattern": evil, "format": evil, "default": evil, "examples": [evil]},
            "r": {"$ref": evil},
            "e": {"enum": [evil]},
            "n": {"not": {"const": evil}}
        },
        "required": [evil]
    }));
    assert_eq!(
        text.matches("export ").count(),
        1 + text.matches("\\/ } export const").count() + text.matches("*/ } export const").count()
    );
}

/// JSON that looks like a schema: known keywords with values of every kind below them.
fn schema() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(json!(null)),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
        prop::sample::select(vec![
            "string",
            "object",
            "array",
            "integer",
            "null",
            "*/",
            "#",
            "#/$defs/a",
            "#/properties/a/items",
            "a"
        ])
        .prop_map(Value::from),
    ];
    leaf.prop_recursive(6, 80, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec((key(), inner), 0..6)
                .prop_map(|pairs| Value::Object(pairs.into_iter().collect())),
        ]
    })
}

fn key() -> impl Strategy<Value = String> {
    let words = vec![
        "type",
        "properties",
        "required",
        "items",
        "prefixItems",
        "additionalProperties",
        "patternProperties",
        "anyOf",
        "oneOf",
        "allOf",
        "not",
        "if",
        "then",
        "else",
        "enum",
        "const",
        "$ref",
        "$defs",
        "$id",
        "$anchor",
        "default",
        "description",
        "title",
        "format",
        "pattern",
        "minimum",
        "minItems",
        "examples",
        "nullable",
        "dependentRequired",
        "dependencies",
        "unevaluatedProperties",
        "a",
        "b",
    ];
    prop_oneof![8 => prop::sample::select(words).prop_map(str::to_owned), 1 => ".{0,8}"]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_json_gives_sound_text(schema in schema()) {
        assert_sound(&typescript_of_schema(&schema, "Probe"));
    }
}
