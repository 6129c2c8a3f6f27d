//! One-line types against the declarations: read by one small parser, both are the same type.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{Extent, brief};
use crate::types::{Openness, convert, declarations};

/// Everything is shown.
const ALL: Extent = Extent { levels: 16, optional: usize::MAX };

/// A type as the parser reads it, with what means the same made the same.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Parsed {
    Word(String),
    Array(Box<Parsed>),
    /// Each item with the sign it bears: `?`, `...` or none.
    Tuple(Vec<(&'static str, Parsed)>),
    /// Each property's type, by its name and mark.
    Object(BTreeMap<String, Parsed>),
    Union(BTreeSet<Parsed>),
    Intersection(Vec<Parsed>),
}

struct Parser<'s> {
    tokens: Vec<&'s str>,
    at: usize,
    /// What stands for a name. There are no cycles.
    bodies: &'s BTreeMap<&'s str, &'s str>,
}

impl Parser<'_> {
    fn peek(&self) -> &str {
        self.tokens.get(self.at).copied().unwrap_or("")
    }

    fn eat(&mut self, token: &str) -> bool {
        let is_next = self.peek() == token;
        self.at += usize::from(is_next);
        is_next
    }

    fn expect(&mut self, token: &str) {
        assert!(self.eat(token), "`{token}` expected at {} of {:?}", self.at, self.tokens);
    }

    fn ty(&mut self) -> Parsed {
        let mut members = BTreeSet::new();
        loop {
            match self.intersection() {
                Parsed::Union(inner) => members.extend(inner),
                other => drop(members.insert(other)),
            }
            if !self.eat("|") {
                break;
            }
        }
        if members.len() == 1 { members.pop_first().expect("it has one") } else { Parsed::Union(members) }
    }

    fn intersection(&mut self) -> Parsed {
        let mut parts = vec![self.postfix()];
        while self.eat("&") {
            parts.push(self.postfix());
        }
        if parts.len() == 1 { parts.remove(0) } else { Parsed::Intersection(parts) }
    }

    fn postfix(&mut self) -> Parsed {
        let mut ty = self.primary();
        while self.peek() == "[" && self.tokens.get(self.at + 1) == Some(&"]") {
            self.at += 2;
            ty = Parsed::Array(Box::new(ty));
        }
        ty
    }

    fn primary(&mut self) -> Parsed {
        if self.eat("(") {
            let ty = self.ty();
            self.expect(")");
            return ty;
        }
        if self.eat("[") {
            return self.tuple();
        }
        if self.eat("{") {
            return self.object();
        }
        let word = self.peek().to_owned();
        assert!(
            !word.is_empty() && !"|&)]};:?,".contains(&word),
            "a type expected, not `{word}`: {:?}",
            self.tokens
        );
        self.at += 1;
        match self.bodies.get(word.as_str()) {
            Some(body) => parsed(body, self.bodies),
            None => Parsed::Word(word),
        }
    }

    fn tuple(&mut self) -> Parsed {
        let mut items = Vec::new();
        while !self.eat("]") {
            let rest = self.eat("...");
            let ty = self.ty();
            let sign = if rest {
                "..."
            } else if self.eat("?") {
                "?"
            } else {
                ""
            };
            items.push((sign, ty));
            self.eat(",");
        }
        Parsed::Tuple(items)
    }

    fn object(&mut self) -> Parsed {
        let mut properties = BTreeMap::new();
        while !self.eat("}") {
            let mut name = String::new();
            while self.peek() != ":" || name == "[key" {
                assert!(!self.peek().is_empty(), "a property expected: {:?}", self.tokens);
                name.push_str(self.peek());
                self.at += 1;
            }
            self.expect(":");
            properties.insert(name, self.ty());
            self.eat(";");
        }
        let index = properties.get("[key:string]").cloned();
        if properties.len() > 1 {
            // One line shows the declared properties alone.
            properties.remove("[key:string]");
            return Parsed::Object(properties);
        }
        match index {
            Some(Parsed::Word(word)) if word == "never" => Parsed::Object(BTreeMap::new()),
            Some(Parsed::Word(word)) if word == "unknown" => Parsed::Word("object".to_owned()),
            _ => Parsed::Object(properties),
        }
    }
}

fn tokens(text: &str) -> Vec<&str> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let end = if rest.starts_with("/*") {
            rest.find("*/").expect("the comment ends") + 2
        } else if rest.starts_with("...") {
            3
        } else if first == '"' {
            rest[1..].find('"').expect("the text ends") + 2
        } else if first.is_alphanumeric() || first == '-' {
            rest.find(|c: char| !c.is_alphanumeric() && !"-._".contains(c)).unwrap_or(rest.len())
        } else {
            first.len_utf8()
        };
        if !rest.starts_with("/*") {
            tokens.push(&rest[..end]);
        }
        rest = rest[end..].trim_start();
    }
    tokens
}

fn parsed(text: &str, bodies: &BTreeMap<&str, &str>) -> Parsed {
    let mut parser = Parser { tokens: tokens(text), at: 0, bodies };
    let ty = parser.ty();
    assert_eq!(parser.peek(), "", "all of it is one type: {text}");
    ty
}

/// The first declaration, the others put in place of their names.
fn parsed_declarations(text: &str) -> Parsed {
    let body = |declaration: &'_ str| {
        let (kind, rest) = declaration.split_once(' ').expect("a kind");
        let (name, body) = rest.split_once(' ').expect("a name");
        let body = if kind == "type" { body.trim_start_matches("= ") } else { body };
        (name.to_owned(), body.trim_end().trim_end_matches(';').to_owned())
    };
    let bodies: Vec<(String, String)> = text.split("export ").skip(1).map(body).collect();
    let bodies = bodies.iter().map(|(name, body)| (name.as_str(), body.as_str())).collect();
    parsed("Probe", &bodies)
}

fn check(schema: &Value) {
    let types = convert(schema, "Probe", &mut HashSet::new());
    let line = brief(&types, ALL, usize::MAX);
    assert!(!line.contains('\n'), "{line}");
    let full = declarations(&types, Openness::Declared);
    assert_eq!(parsed(&line, &BTreeMap::new()), parsed_declarations(&full), "{line}\n{full}\n{schema}");
}

fn schema() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![prop::sample::select(vec![
        json!({"type": "string"}),
        json!({"type": "integer"}),
        json!({"type": "boolean"}),
        json!({"type": "null"}),
        json!({"type": ["string", "null"]}),
        json!({"const": "a | b"}),
        json!({"enum": ["{", "b", 3, null]}),
        json!({"type": "object"}),
        json!({"type": "object", "additionalProperties": false}),
        json!({"$ref": "#/$defs/Choice"}),
        json!({"$ref": "#/$defs/Row"}),
        json!({}),
    ]),];
    leaf.prop_recursive(3, 24, 4, |inner| {
        let some = || prop::collection::vec(inner.clone(), 1..4);
        prop_oneof![
            inner.clone().prop_map(|item| json!({"type": "array", "items": item})),
            (some(), 0..4_usize, inner.clone()).prop_map(|(items, least, rest)| {
                json!({"type": "array", "prefixItems": items, "minItems": least, "items": rest})
            }),
            some().prop_map(|items| json!({"type": "array", "prefixItems": items, "items": false})),
            some().prop_map(|any| json!({"anyOf": any})),
            some().prop_map(|all| json!({"allOf": all})),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| {
                json!({"type": "object", "properties": {"a": a, "b-c": b}, "required": ["b-c"]})
            }),
            inner.clone().prop_map(|value| json!({"type": "object", "additionalProperties": value})),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn one_line_is_the_whole_type(mut schema in schema()) {
        schema["$defs"] = json!({
            "Choice": {"anyOf": [{"type": "object", "properties": {"x": {"type": "string"}}}, {"type": "number"}]},
            "Row": {"type": "object", "properties": {"y": {"$ref": "#/$defs/Choice"}}, "required": ["y"]},
        });
        check(&schema);
    }
}

fn line(schema: &Value) -> String {
    brief(&convert(schema, "Probe", &mut HashSet::new()), ALL, usize::MAX)
}

#[test]
fn brackets_follow_the_structure() {
    let object = json!({"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]});
    let cases = [
        (
            json!({"type": "array", "items": {"anyOf": [object, {"type": "null"}]}}),
            "({ a: string } | null)[]",
        ),
        (json!({"type": "array", "items": {"const": "a | b"}}), r#""a | b"[]"#),
        (
            json!({"type": "array", "prefixItems": [{"type": "string"}, {"type": ["string", "null"]}],
                "minItems": 1, "items": {"type": ["number", "null"]}}),
            "[string, (string | null)?, ...(number | null)[]]",
        ),
        (
            json!({"type": "array", "items": {"type": "array", "items": {"enum": ["a", "b"]}}}),
            r#"("a" | "b")[][]"#,
        ),
    ];
    for (schema, expect) in cases {
        assert_eq!(line(&schema), expect);
    }
}

#[test]
fn what_is_cut_keeps_its_quotes() {
    let long = "a b ".repeat(30);
    let cut = format!("{}…", long[..60].trim_end());
    assert_eq!(line(&json!({"const": long})), format!("\"{cut}\""));
    let object = json!({"type": "object", "properties": {long.as_str(): {"type": "string"}}});
    assert_eq!(line(&object), format!("{{ \"{cut}\"?: string }}"));
}
