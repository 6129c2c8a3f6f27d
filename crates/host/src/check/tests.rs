use std::sync::Arc;

use serde_json::{Value, json};
use tools::{Annotations, Catalog, Server, ServerName, ServerState, Tool};
use wire::{Call, Field, Import, ImportedName, Literal};

use super::*;
use crate::rules::{Action, ArgumentPath, Condition, Counts, Names, Rule, Test};

fn at(line: u32, column: u32) -> Position {
    Position { line, column }
}

fn surface(schema: Value) -> Surface {
    let tool = |name: &str, input_schema: Value| {
        Arc::new(Tool {
            name: name.into(),
            title: None,
            description: String::new(),
            input_schema,
            output_schema: None,
            annotations: Annotations::default(),
        })
    };
    let tools = vec![tool("get_document", schema), tool("list_files", json!({"type": "object"}))];
    let server =
        Server { tools, state: ServerState::Ready, ..Server::starting(ServerName::new("google-drive")) };
    Surface::new(Arc::new(Catalog::new([Arc::new(server)])))
}

fn checked(facts: &ScriptFacts, schema: Value) -> Vec<String> {
    let surface = surface(schema);
    let skills = ["salesforce-helpers".to_owned()];
    let rules = Rules::default();
    let known =
        Known { surface: &surface, skills: &skills, from: "/main.ts", refused_patterns: &[], rules: &rules };
    shown(check(facts, &known))
}

fn shown(findings: Findings) -> Vec<String> {
    let problems = findings.problems.into_iter().map(|found| {
        let hint = found.hint.map(|hint| format!(" ({hint})")).unwrap_or_default();
        format!("{}:{} {}{hint}", found.at.line, found.at.column, found.message)
    });
    problems.chain(findings.warnings.into_iter().map(|warning| format!("warning: {warning}"))).collect()
}

/// The literal that JSON writes; `"?"` stands for something computed.
fn literal(value: &Value) -> Literal {
    match value {
        Value::Null => Literal::Null,
        Value::Bool(value) => Literal::Bool(*value),
        Value::Number(value) => Literal::Number(value.as_f64().expect("a number")),
        Value::String(value) if value == "?" => Literal::Unknown,
        Value::String(value) => Literal::String(value.clone()),
        Value::Array(items) => Literal::Array(items.iter().map(|item| Some(literal(item))).collect()),
        Value::Object(fields) => Literal::Object {
            open: fields.contains_key("..."),
            fields: fields
                .iter()
                .filter(|(name, _)| *name != "...")
                .map(|(name, value)| Field { name: name.clone(), value: literal(value), at: at(2, 3) })
                .collect(),
        },
    }
}

#[track_caller]
fn check_arguments(schema: Value, given: &Value, expect: &[&str]) {
    let callee = Callee::Imported { specifier: "./servers/google-drive".into(), name: "getDocument".into() };
    let call = Call { callee, arguments: Some(literal(given)), at: at(1, 1) };
    let facts = ScriptFacts { calls: vec![call], ..ScriptFacts::default() };
    assert_eq!(checked(&facts, schema), expect, "{given}");
}

#[test]
fn an_integer_that_javascript_rounds_is_refused() {
    let callee = Callee::Imported { specifier: "./servers/google-drive".into(), name: "getDocument".into() };
    let digits = Literal::Rounded("1915883588174806058".to_owned());
    for (schema, expect) in [
        (
            json!({"type": "integer"}),
            "2:3 `id` of `getDocument` is 1915883588174806058, which JavaScript rounds to another number \
             (write `1915883588174806058n`: a `bigint` is sent with every digit)",
        ),
        (
            json!({"anyOf": [{"type": "number"}, {"type": "null"}]}),
            "2:3 `id` of `getDocument` is 1915883588174806058, which JavaScript rounds to another number \
             (write `1915883588174806058n`: a `bigint` is sent with every digit)",
        ),
        (
            json!({"type": "string"}),
            "2:3 `id` of `getDocument` must be a string, not the number 1915883588174806058",
        ),
    ] {
        let id = Field { name: "id".to_owned(), value: digits.clone(), at: at(2, 3) };
        let arguments = Some(Literal::Object { fields: vec![id], open: false });
        let call = Call { callee: callee.clone(), arguments, at: at(1, 1) };
        let facts = ScriptFacts { calls: vec![call], ..ScriptFacts::default() };
        assert_eq!(checked(&facts, json!({"properties": {"id": schema}})), [expect]);
    }
}

#[test]
fn what_is_provably_wrong_with_arguments_is_found() {
    let schema = json!({
        "type": "object",
        "required": ["documentId"],
        "properties": {
            "documentId": {"type": "string"},
            "format": {"enum": ["markdown", "html"]},
            "pages": {"type": "array", "items": {"type": "integer"}},
            "limit": {"type": ["integer", "null"]},
            "options": {"$ref": "#/$defs/options"},
            "target": {"anyOf": [{"type": "string"}, {"type": "object", "required": ["id"], "properties": {"id": {"type": "number"}}}]},
        },
        "$defs": {"options": {"type": "object", "additionalProperties": false, "properties": {"comments": {"type": "boolean"}}}},
    });
    let cases: &[(Value, &[&str])] = &[
        (json!({"documentId": "a"}), &[]),
        (json!({"documentId": "?"}), &[]),
        (json!("?"), &[]),
        (json!({"...": 1}), &[]),
        (json!({}), &["1:1 `getDocument` needs `documentId` (`documentId` is a string)"]),
        (
            json!({"document_id": "a"}),
            &["2:3 `getDocument` has no argument `document_id` (did you mean `documentId`?)"],
        ),
        (
            json!({"documentId": "a", "formt": "html"}),
            &["2:3 `getDocument` has no argument `formt` (did you mean `format`?)"],
        ),
        (json!({"documentId": 5}), &["2:3 `documentId` of `getDocument` must be a string, not the number 5"]),
        (
            json!({"documentId": "a", "format": "htm"}),
            &[
                "2:3 `format` of `getDocument` must be one of `\"markdown\"`, `\"html\"` (did you mean `\"html\"`?)",
            ],
        ),
        (
            json!({"documentId": "a", "pages": [1, 1.5]}),
            &["2:3 `pages[1]` of `getDocument` must be an integer, not the number 1.5"],
        ),
        (json!({"documentId": "a", "limit": null}), &[]),
        (
            json!({"documentId": "a", "limit": "3"}),
            &["2:3 `limit` of `getDocument` must be an integer or null, not a string"],
        ),
        (
            json!({"documentId": "a", "options": {"coments": true}}),
            &["2:3 `getDocument` has no argument `options.coments` (did you mean `options.comments`?)"],
        ),
        (json!({"documentId": "a", "target": "x"}), &[]),
        (json!({"documentId": "a", "target": {"id": 1}}), &[]),
        (
            json!({"documentId": "a", "target": {"id": "1"}}),
            &["2:3 `target.id` of `getDocument` must be a number, not a string"],
        ),
        (
            json!({"documentId": "a", "target": 7}),
            &["2:3 `target` of `getDocument` fits none of the forms it may have"],
        ),
        (
            json!("doc-123"),
            &["1:1 `getDocument` takes one object, not a string (write `getDocument({ documentId: … })`)"],
        ),
        (
            json!(r#"{"documentId": "a", "a-b": [1]}"#),
            &[
                r#"1:1 `getDocument` takes one object, not a string (write `getDocument({ documentId: "a", "a-b": [1] })`)"#,
            ],
        ),
        (
            json!({"documentId": "a", "colour": "red"}),
            &[
                "warning: line 2: `getDocument` has no argument `colour`; it takes `documentId`, `format`, `pages`, `limit`, `options`, `target`",
            ],
        ),
    ];
    for (given, expect) in cases {
        check_arguments(schema.clone(), given, expect);
    }
}

#[test]
fn what_is_doubtful_is_left_alone() {
    let cases = [
        (json!({"type": "object"}), json!({"anything": 1})),
        (json!(true), json!({"anything": 1})),
        (json!({"required": ["a"], "properties": {"a": {"default": 1}}}), json!({})),
        (json!({"properties": {"a": {"$ref": "https://example.com/a.json"}}}), json!({"a": 1})),
        (json!({"properties": {"a": {"$ref": "#/properties/a"}}}), json!({"a": 1})),
        (json!({"properties": {"a": {"type": "money"}}}), json!({"a": 1})),
        (json!({"properties": {"a": {"type": "string", "nullable": true}}}), json!({"a": null})),
        (
            json!({"allOf": [{"properties": {"a": {}}, "additionalProperties": false}, {"properties": {"b": {}}}]}),
            json!({"b": 1}),
        ),
        (
            json!({"additionalProperties": false, "patternProperties": {"^x": {}}, "properties": {"a": {}}}),
            json!({"x1": 1}),
        ),
        (json!({"properties": {"t": {"items": [{"type": "string"}]}}}), json!({"t": [1]})),
        (json!({"properties": {"e": {"enum": [{"a": 1}]}}}), json!({"e": {"a": 1}})),
    ];
    for (schema, given) in cases {
        check_arguments(schema, &given, &[]);
    }
}

fn importing(specifier: &str, names: &[&str]) -> ScriptFacts {
    let name = |name: &&str| ImportedName { imported: (*name).into(), local: (*name).into(), at: at(1, 10) };
    let names = names.iter().map(name).collect();
    let import = Import { specifier: specifier.into(), names, at: at(1, 30) };
    ScriptFacts { imports: vec![import], ..ScriptFacts::default() }
}

#[test]
fn imports_that_cannot_work_are_refused_with_what_to_use_instead() {
    let cases: &[(&str, &[&str], &[&str])] = &[
        ("./servers/google-drive/getDocument", &["getDocument"], &[]),
        ("./servers/google-drive/getDocument.ts", &["*"], &[]),
        ("./servers/google-drive", &["getDocument", "listFiles"], &[]),
        ("./skills/salesforce-helpers", &["whatever"], &[]),
        ("narrows", &["fs", "searchTools", "ToolError", "default"], &[]),
        ("@anthropic/code-execution", &["fs"], &[]),
        (
            "narrows",
            &["fetch"],
            &[
                "1:10 `narrows` does not export `fetch` (it exports `fs`, `searchTools`, `callMCPTool`, `contentOf`, `readResource`, `toolRegistry`, `results`, `checkpoint`, `privacy`, `ToolError`, `PermissionError`, `NetworkError`, `UnknownOutcomeError`, `LimitError`, `default`)",
            ],
        ),
        (
            "./servers/google-drive",
            &["getDocuments"],
            &["1:10 `./servers/google-drive` does not export `getDocuments` (did you mean `getDocument`?)"],
        ),
        (
            "./servers/google-drive/getDocument",
            &["default"],
            &[
                "1:10 `./servers/google-drive/getDocument` has no default export (write `import { getDocument } from './servers/google-drive/getDocument'`)",
            ],
        ),
        (
            "./skills/salesforce-helper",
            &["x"],
            &[
                "1:30 there is no skill `salesforce-helper` (`./skills/salesforce-helper`) (did you mean `./skills/salesforce-helpers`?)",
            ],
        ),
        (
            "./lib/util",
            &["k"],
            &[
                "1:30 `./lib/util` cannot be imported (scripts import servers and skills only: save the file as a skill, `narrows skill add util lib/util.ts`, and import `./skills/util`)",
            ],
        ),
        (
            "/workspace/util.js",
            &["k"],
            &[
                "1:30 `/workspace/util.js` cannot be imported (scripts import servers and skills only: save the file as a skill, `narrows skill add util util.js`, and import `./skills/util`)",
            ],
        ),
        (
            "google-drive",
            &["x"],
            &["1:30 `google-drive` does not exist here (write `./servers/google-drive`)"],
        ),
        (
            "@servers/google-drive",
            &["x"],
            &["1:30 `@servers/google-drive` does not exist here (write `./servers/google-drive`)"],
        ),
        (
            "./google-drive",
            &["*"],
            &["1:30 `./google-drive` does not exist here (write `./servers/google-drive`)"],
        ),
        (
            "../lib/util.js",
            &["k"],
            &[
                "1:30 `../lib/util.js` cannot be imported (scripts import servers and skills only: save the file as a skill, `narrows skill add util lib/util.js`, and import `./skills/util`)",
            ],
        ),
        (
            "./d.json",
            &["default"],
            &[
                "1:30 `./d.json` cannot be imported (scripts import servers and skills only: write `JSON.parse(await fs.readFile('/workspace/d.json', 'utf-8'))`)",
            ],
        ),
        (
            "./notes.md",
            &["default"],
            &[
                "1:30 `./notes.md` cannot be imported (scripts import servers and skills only: write `await fs.readFile('/workspace/notes.md', 'utf-8')`)",
            ],
        ),
        ("node:fs/promises", &["readFile", "default"], &[]),
        ("fs", &["*", "promises"], &[]),
        (
            "fs",
            &["readFileSync"],
            &["1:10 `fs` does not export `readFileSync` (write `await fs.readFile(path, 'utf8')`)"],
        ),
        (
            "fs-extra",
            &["readFile"],
            &[
                "1:30 `fs-extra` does not exist here (`fs` is a global here: `await fs.readFile('/workspace/data.csv', 'utf-8')`)",
            ],
        ),
        (
            "axios",
            &["default"],
            &[
                "1:30 `axios` does not exist here (the network cannot be reached from here; call a tool: `await searchTools(\"…\")` finds one)",
            ],
        ),
        (
            "lodash",
            &["default"],
            &[
                "1:30 `lodash` does not exist here (there are no packages here; only `./servers/…`, `./skills/…` and `narrows` can be imported)",
            ],
        ),
    ];
    for (specifier, names, expect) in cases {
        assert_eq!(checked(&importing(specifier, names), json!({"type": "object"})), *expect, "{specifier}");
    }
    let unknown = checked(&importing("./servers/google-drve/getDocument", &["getDocument"]), json!({}));
    assert_eq!(unknown.len(), 1, "{unknown:?}");
}

#[test]
fn a_member_of_a_namespace_that_does_not_exist_is_refused() {
    let callee =
        |specifier: &str, name: &str| Callee::Imported { specifier: specifier.into(), name: name.into() };
    let drive = "./servers/google-drive";
    let mut facts = importing(drive, &["*"]);
    for (specifier, name, line) in [
        (drive, "listFiles", 2),
        (drive, "listFils", 3),
        ("./servers/google-drive/listFiles", "list_files", 4),
    ] {
        facts.calls.push(Call { callee: callee(specifier, name), arguments: None, at: at(line, 7) });
    }
    let expect = [
        "3:7 `./servers/google-drive` does not export `listFils` (did you mean `listFiles`?)",
        "warning: line 4: `./servers/google-drive/listFiles` does not export `list_files`; did you mean `listFiles`?",
    ];
    assert_eq!(checked(&facts, json!({})), expect);
}

#[test]
fn an_import_that_is_not_used_is_only_doubtful() {
    let unused = ["./servers/google-drive", "./servers/google-drve", "lodash"];
    let import =
        |specifier: &str, line, names| Import { specifier: specifier.to_owned(), names, at: at(line, 1) };
    let mut unused: Vec<_> =
        unused.iter().zip(1..).map(|(specifier, line)| import(specifier, line, Vec::new())).collect();
    let name = ImportedName { imported: "getDocumnt".to_owned(), local: "get".to_owned(), at: at(4, 10) };
    unused.push(import("./servers/google-drive", 4, vec![name]));
    let facts = ScriptFacts { unused, ..ScriptFacts::default() };
    let found = checked(&facts, json!({}));
    assert_eq!(found.len(), 3, "{found:?}");
    assert_eq!(
        found[2],
        "warning: line 4: `./servers/google-drive` does not export `getDocumnt`; did you mean `getDocument`?"
    );
    assert!(found[0].starts_with("warning: line 2: ") && found[0].contains("did you mean"), "{found:?}");
    assert!(found[1].starts_with("warning: line 3: `lodash` does not exist here; "), "{found:?}");
}

#[test]
fn an_unknown_tool_by_name_is_refused() {
    let call = |name: &str| Call {
        callee: Callee::Named { server: None, tool: name.into() },
        arguments: None,
        at: at(3, 7),
    };
    let facts = |name| ScriptFacts { calls: vec![call(name)], ..ScriptFacts::default() };
    assert_eq!(checked(&facts("google_drive__list_files"), json!({})), Vec::<String>::new());
    let found = checked(&facts("google_drive__list_fils"), json!({}));
    assert!(found[0].starts_with("3:7 ") && found[0].contains("did you mean"), "{found:?}");
}

#[test]
fn the_name_of_a_server_may_stand_before_that_of_a_tool() {
    let named = |arguments| {
        let callee = Callee::Named { server: None, tool: "google-drive".into() };
        let call = Call { callee, arguments, at: at(3, 7) };
        checked(&ScriptFacts { calls: vec![call], ..ScriptFacts::default() }, json!({}))
    };
    assert_eq!(named(Some(Literal::Unknown)), Vec::<String>::new());
    let object = Literal::Object { fields: Vec::new(), open: false };
    assert!(named(Some(object))[0].starts_with("3:7 "));
    assert!(named(None)[0].starts_with("3:7 "));
}

#[test]
fn problems_come_in_the_order_of_the_script() {
    let mut facts = importing("axios", &[]);
    facts.calls.push(Call {
        callee: Callee::Named { server: None, tool: "google_drive__get_document".into() },
        arguments: None,
        at: at(1, 5),
    });
    let found = checked(&facts, json!({"required": ["id"], "properties": {"id": {}}}));
    assert_eq!(found.len(), 2);
    assert!(found[0].starts_with("1:5 ") && found[1].starts_with("1:30 "), "{found:?}");
}

/// The warnings where a result of `read`, which declares this, is handed to `text` of `send`, which takes that.
fn handed_on(output: Value, steps: Vec<wire::Step>, text: &Value) -> Vec<String> {
    let tool = |name: &str, input_schema: Value, output_schema: Option<Value>| {
        let annotations = Annotations::default();
        let (title, description) = (None, String::new());
        Arc::new(Tool { name: name.into(), title, description, input_schema, output_schema, annotations })
    };
    let input = json!({"type": "object", "properties": {"text": text}});
    let tools = vec![tool("read", json!({}), Some(output)), tool("send", input, None)];
    let server = Server { tools, state: ServerState::Ready, ..Server::starting(ServerName::new("a")) };
    let surface = Surface::new(Arc::new(Catalog::new([Arc::new(server)])));
    let call = |name: &str, line| Call {
        callee: Callee::Named { server: None, tool: name.into() },
        arguments: None,
        at: at(line, 1),
    };
    let what = ReadKind::Passed { to: at(2, 1), parameter: "text".to_owned() };
    let read = wire::Read { call: at(1, 1), steps, what, subject: "r".to_owned(), at: at(2, 9) };
    let facts = ScriptFacts {
        calls: vec![call("a/read", 1), call("a/send", 2)],
        reads: vec![read],
        ..ScriptFacts::default()
    };
    let rules = Rules::default();
    let known =
        Known { surface: &surface, skills: &[], from: "/main.ts", refused_patterns: &[], rules: &rules };
    shown(check(&facts, &known))
}

#[test]
fn a_result_that_is_handed_to_a_parameter_of_another_type_is_warned_about() {
    let wrapped = json!({"type": "object", "properties": {"result": {"type": "string"}}});
    let titled =
        json!({"type": "object", "properties": {"title": {"type": "string"}, "content": {"type": "string"}}});
    let numbered =
        json!({"type": "object", "properties": {"a": {"type": "integer"}, "b": {"type": "integer"}}});
    let text = json!({"type": "string"});
    let begin = "warning: line 2: by what `a/read` declares to return, `r` is";
    let result = || vec![wire::Step::Field("result".to_owned())];
    for (output, steps, taken, expect) in [
        (
            &wrapped,
            vec![],
            &text,
            Some("an object, and `text` of `a/send` must be a string; write `r.result`"),
        ),
        (
            &titled,
            vec![],
            &text,
            Some("an object, and `text` of `a/send` must be a string; write `r.content`"),
        ),
        (
            &numbered,
            vec![],
            &text,
            Some("an object, and `text` of `a/send` must be a string; it has `a`, `b`"),
        ),
        (&json!({"type": "array"}), vec![], &text, Some("an array, and `text` of `a/send` must be a string")),
        (
            &wrapped,
            result(),
            &json!({"type": ["number", "null"]}),
            Some("a string, and `text` of `a/send` must be a number or null"),
        ),
        // What fits, may fit or is not known.
        (&wrapped, result(), &text, None),
        (&wrapped, vec![], &json!({"type": ["object", "string"]}), None),
        (&wrapped, vec![], &json!({}), None),
        (&wrapped, vec![], &json!({"anyOf": [{"type": "string"}]}), None),
        (&json!({"type": ["object", "string"]}), vec![], &text, None),
        (&json!({"type": "integer"}), vec![], &json!({"type": "number"}), None),
        (&json!({"anyOf": [{"type": "object"}]}), vec![], &text, None),
    ] {
        let told = handed_on(output.clone(), steps, taken);
        let expect: Vec<_> = expect.into_iter().map(|expect| format!("{begin} {expect}")).collect();
        assert_eq!(told, expect, "{output} to {taken}");
    }
}

#[test]
fn a_schema_that_multiplies_does_not_keep_a_check_busy() {
    let branch = json!({"$ref": "#/$defs/a"});
    let schema = json!({
        "properties": {"x": {"$ref": "#/$defs/a"}},
        "$defs": {"a": {"anyOf": [branch, branch, branch, branch, branch, branch, branch, {"type": "null"}]}},
    });
    check_arguments(schema, &json!({"x": 1}), &[]);
}

#[test]
fn what_is_not_allowed_is_said_before_running_and_why_only_to_the_person() {
    let refuse = |tools: &str, arguments| Rule {
        name: "no".to_owned(),
        place: "n.json:3:7".to_owned(),
        action: Action::Refuse,
        servers: Names::all(),
        tools: Names::new([tools]).expect("a glob"),
        read_only: None,
        destructive: None,
        arguments,
        counts: Counts::default(),
        unasked: false,
        repeatable: None,
    };
    let id = Condition {
        path: ArgumentPath::new("id").expect("a path"),
        tests: vec![Test::OneOf(vec![json!("secret")])],
    };
    let rules = Rules::new(
        vec![refuse("list_files", Vec::new()), refuse("get_document", vec![id])],
        Action::Allow,
        "n.json",
    );
    let surface = surface(json!({"type": "object"}));
    let surface = Surface::new(rules.offered(surface.catalog()));
    let names = |name: &str| vec![ImportedName { imported: name.into(), local: name.into(), at: at(1, 9) }];
    let import = |specifier: &str, name: &str, line| Import {
        specifier: specifier.into(),
        names: names(name),
        at: at(line, 30),
    };
    let by_name = |name: &str, arguments: &Value, line| Call {
        callee: Callee::Named { server: None, tool: name.into() },
        arguments: Some(literal(arguments)),
        at: at(line, 7),
    };
    let facts = ScriptFacts {
        imports: vec![
            import("./servers/google-drive/listFiles", "listFiles", 1),
            import("./servers/google-drive", "listFiles", 2),
            import("./servers/google-drive", "getDocument", 3),
        ],
        calls: vec![
            by_name("google-drive/list_files", &json!({}), 4),
            by_name("getDocument", &json!({"id": "secret"}), 5),
            by_name("getDocument", &json!({"id": "?"}), 6),
            by_name("getDocument", &json!({"id": "open"}), 7),
        ],
        ..ScriptFacts::default()
    };
    let known =
        Known { surface: &surface, skills: &[], from: "/main.ts", refused_patterns: &[], rules: &rules };
    let findings = check(&facts, &known);
    let told: Vec<_> =
        findings.problems.iter().map(|found| (found.at.line, found.message.as_str())).collect();
    let (files, document) =
        ("`google-drive/list_files` is not allowed", "`google-drive/get_document` is not allowed");
    assert_eq!(told, [(1, files), (1, files), (4, files), (5, document)]);
    for found in findings.problems {
        assert_eq!(found.hint, None);
        let found_at = found.at.line;
        let refusal = found.into_problem().refusal.expect("the person is told");
        let deciding = if found_at == 5 { ": `id` is text and fits `\"one_of\": [\"secret\"]`" } else { "" };
        assert_eq!(refusal.why, format!("the rule `no` (n.json:3:7) refuses it{deciding}"));
    }
}

#[test]
fn an_import_from_a_server_that_failed_says_why() {
    let state = ServerState::Failed { reason: "it ended\n with code 1".to_owned() };
    let gone = Server { state, ..Server::starting(ServerName::new("gone")) };
    let surface = Surface::new(Arc::new(Catalog::new([Arc::new(gone)])));
    let known = Known {
        surface: &surface,
        skills: &[],
        from: "/main.ts",
        refused_patterns: &[],
        rules: &Rules::default(),
    };
    let name = ImportedName { imported: "get".to_owned(), local: "get".to_owned(), at: at(1, 10) };
    let import = Import { specifier: "./servers/gone".to_owned(), names: vec![name], at: at(1, 22) };
    let facts = ScriptFacts { imports: vec![import], ..ScriptFacts::default() };
    let findings = check(&facts, &known);
    let [found] = &findings.problems[..] else { panic!("{findings:?}") };
    assert_eq!(found.message, "`./servers/gone` has no tools now");
    assert_eq!(found.hint.as_deref(), Some("its server cannot be reached: it ended with code 1"));
}
