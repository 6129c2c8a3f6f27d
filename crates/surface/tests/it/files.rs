//! What models read: whole files and single lines.

use std::sync::Arc;

use serde_json::{Value, json};
use surface::Surface;
use tools::{
    Annotations, Catalog, DroppedTool, ObservedResult, Server, ServerName, ServerState, Tool, ToolId,
};

use crate::tree::{surface_of, tool};

fn with(input: Value, output: Option<Value>) -> Surface {
    surface_of([("s", vec![Tool { input_schema: input, output_schema: output, ..tool("do_it") }])])
}

fn signature(one: &Surface) -> String {
    one.signature(&ToolId::new(ServerName::new("s"), "do_it")).expect("the tool is there")
}

#[test]
fn a_file_tells_all_of_a_tool() {
    let document = Tool {
        title: Some("Read a document".to_owned()),
        description: "Gets a document.\n\nEnds */ here.".to_owned(),
        input_schema: json!({
            "type": "object",
            "properties": {
                "document_id": {"type": "string", "description": "Which one.", "examples": ["doc-1"]},
                "format": {"$ref": "#/$defs/Format", "default": "md"}
            },
            "required": ["document_id"],
            "$defs": {"Format": {"enum": ["md", "txt"], "description": "How it is written."}}
        }),
        output_schema: Some(json!({
            "type": "object",
            "properties": {"content": {"type": "string"}, "owner": {"$ref": "#/$defs/GetDocumentInput"}},
            "required": ["content"],
            "$defs": {"GetDocumentInput": {"type": "object", "properties": {"name": {"type": "string"}}}}
        })),
        annotations: Annotations {
            read_only: Some(true),
            destructive: Some(false),
            ..Annotations::default()
        },
        ..tool("get_document")
    };
    let one = surface_of([("drive", vec![document])]);
    let expect = r#"/**
 * Read a document
 *
 * Gets a document.
 *
 * Ends *\/ here.
 * (the server says: read-only)
 * @example await getDocument({ document_id: "doc-1" });
 */
export declare function getDocument(input: GetDocumentInput): Promise<GetDocumentOutput>;

export interface GetDocumentInput {
  /** Which one. (e.g. "doc-1") */
  document_id: string;
  /** (default "md") */
  format?: "md" | "txt";
}

export interface GetDocumentOutput {
  content: string;
  owner?: GetDocumentInput2;
}

export interface GetDocumentInput2 {
  name?: string;
}
"#;
    assert_eq!(one.read_file("/servers/drive/getDocument.ts").as_deref(), Some(expect));
}

#[test]
fn what_a_server_does_not_declare_is_any() {
    let one = with(json!({"type": "object"}), None);
    let expect = "/** @example await doIt(); */
export declare function doIt(input?: DoItInput): Promise<DoItOutput>;

export interface DoItInput { [key: string]: unknown }

/** The server does not declare what it returns. JSON arrives parsed; several content blocks are an array, and `contentOf(result)` always gives the blocks as they were sent. */
export type DoItOutput = any;
";
    assert_eq!(one.read_file("/servers/s/doIt.ts").as_deref(), Some(expect));
}

#[test]
fn what_results_were_seen_to_be_is_told_as_such() {
    let observed = json!({
        "type": "object",
        "properties": {"id": {"type": "number"}, "tags": {"type": "array", "items": {"type": "string"}}},
        "required": ["id"],
    });
    let id = ToolId::new(ServerName::new("s"), "do_it");
    let seen = |declared: Option<Value>, results| {
        let catalog = with(json!({"type": "object"}), declared).catalog().clone();
        let observed = Arc::new(ObservedResult { schema: observed.clone(), results });
        Surface::new(Arc::new(catalog.with_observed([(id.clone(), observed)].into())))
    };
    let one = seen(None, 12);
    assert_eq!(signature(&one), "doIt(): Promise<{ id: number; tags?: string[] }> /* observed */");
    let expect = "/** @example await doIt(); */
export declare function doIt(input?: DoItInput): Promise<DoItOutput>;

export interface DoItInput { [key: string]: unknown }

/** Observed in 12 results. The server does not declare what it returns. */
export interface DoItOutput {
  id: number;
  tags?: string[];
}
";
    assert_eq!(one.read_file("/servers/s/doIt.ts").as_deref(), Some(expect));
    let once = seen(None, 1).read_file("/servers/s/doIt.ts").expect("the tool is there");
    assert!(once.contains("Observed in one result."), "{once}");
    assert_eq!(signature(&seen(Some(json!({"type": "string"})), 12)), "doIt(): Promise<string>", "declared");
}

#[test]
fn signatures_say_what_a_call_needs() {
    #[track_caller]
    fn check(input: Value, expect: &str) {
        assert_eq!(signature(&with(input, None)), format!("doIt({expect}): Promise<any>"));
    }
    check(json!({"type": "object"}), "");
    check(json!({"type": "object", "additionalProperties": true}), "input?: object");
    check(
        json!({"type": "object", "properties": {"b": {"enum": ["x", "y"]}, "a": {"type": "integer"}}, "required": ["a"]}),
        r#"input: { a: number; b?: "x" | "y" }"#,
    );
    check(
        json!({"type": "object", "properties": {"l": {"type": "array", "items": {"type": ["string", "null"]}}, "m": {"type": "object", "additionalProperties": {"type": "number"}}}}),
        "input?: { l?: (string | null)[]; m?: { [key: string]: number } }",
    );
    check(
        json!({"anyOf": [{"properties": {"a": {"type": "string"}}, "required": ["a"]}, {"properties": {"b": {"type": "string"}}, "required": ["b"]}]}),
        "input: { a: string } | { b: string }",
    );
    check(
        json!({"type": "object", "properties": {"n": {"$ref": "#"}}, "required": ["n"]}),
        "input: { n: { n: { n: {…} } } }",
    );
}

#[test]
fn long_signatures_leave_out_what_is_optional() {
    let properties: serde_json::Map<String, Value> =
        (0..40).map(|at| (format!("a_long_property_{at}"), json!({"type": "string"}))).collect();
    let line = signature(&with(
        json!({"type": "object", "properties": properties, "required": ["a_long_property_39"]}),
        None,
    ));
    assert_eq!(
        line,
        "doIt(input: { a_long_property_39: string; a_long_property_0?: string; a_long_property_1?: string; a_long_property_2?: string; a_long_property_3?: string; a_long_property_4?: string; … }): Promise<any>"
    );
}

#[test]
fn results_are_shown_when_they_are_short() {
    let result = |schema| signature(&with(json!({"type": "object"}), Some(schema)));
    let short =
        json!({"type": "object", "properties": {"result": {"type": "string"}}, "required": ["result"]});
    assert_eq!(result(short), "doIt(): Promise<{ result: string }>");
    let two =
        json!({"type": "object", "properties": {"result": {"type": "string"}, "ok": {"type": "boolean"}}});
    assert_eq!(result(two), "doIt(): Promise<{ result?: string; ok?: boolean }>");
    assert_eq!(result(json!({"type": "array", "items": {"type": "object"}})), "doIt(): Promise<object[]>");
    let wide = json!({"type": "object", "properties": {
        "id": {"type": "integer", "format": "int64"}, "n": {"type": "integer"}, "of": {"type": "array", "items": {"type": "integer", "maximum": 18446744073709551615u64}},
        "safe": {"type": "integer", "maximum": 9007199254740991u64}, "one": {"const": 9007199254740993u64},
    }});
    assert_eq!(
        result(wide),
        "doIt(): Promise<{ id?: number | bigint; n?: number; of?: (number | bigint)[]; safe?: number; one?: 9007199254740993n }>"
    );
}

#[test]
fn small_catalogs_are_given_whole() {
    let described = Tool { description: "Does it, e.g. now. And more.".to_owned(), ..tool("do_it") };
    let one = surface_of([("a", vec![described]), ("b", vec![tool("x"), tool("y")])]);
    let expect = "./servers/a\ndoIt(): Promise<any> // Does it, e.g. now.\n./servers/b\nx(): Promise<any>\ny(): Promise<any>\n";
    assert_eq!(one.inline_signatures(100).as_deref(), Some(expect));
    let bare = one.inline_signatures(30).expect("without descriptions it fits");
    assert!(!bare.contains("//"), "{bare}");
    assert_eq!(one.inline_signatures(10), None);
}

#[test]
fn the_list_of_servers_says_which_are_missing() {
    let ready = Server {
        title: Some("Google Drive".to_owned()),
        instructions: Some("Files of the company. Use it well.".to_owned()),
        tools: vec![Arc::new(tool("get"))],
        dropped: vec![DroppedTool { name: "odd".to_owned(), reason: "no name".to_owned() }],
        state: ServerState::Ready,
        ..Server::starting(ServerName::new("drive"))
    };
    let stale = Server {
        tools: vec![Arc::new(tool("ask")), Arc::new(tool("tell"))],
        state: ServerState::Stale { reason: "connection\nrefused */".to_owned() },
        ..Server::starting(ServerName::new("old"))
    };
    let failed = Server {
        state: ServerState::Failed { reason: "`npx` is not installed".to_owned() },
        ..Server::starting(ServerName::new("gone"))
    };
    let starting = Server::starting(ServerName::new("slow"));
    let known = Server { tools: vec![Arc::new(tool("run"))], ..Server::starting(ServerName::new("waking")) };
    let one = Surface::new(Arc::new(Catalog::new([ready, stale, failed, starting, known].map(Arc::new))));
    let expect = "# Servers

One folder a server, one file a tool, all of a server's tools in its `index.ts`:

```ts
import { get } from \"./servers/drive/get\";
```

- `drive` Google Drive: 1 tool; Files of the company.
- `gone`: 0 tools; not reachable (`npx` is not installed)
- `old`: 2 tools; not reachable now, these are its last known tools (connection refused *\\/)
- `slow`: 0 tools; still starting, its tools are not known yet
- `waking`: 1 tool; still starting, these are its tools of the last time
";
    assert_eq!(one.read_file("/servers/README.md").as_deref(), Some(expect));
    let index = "/**
 * Google Drive: 1 tool
 * Files of the company.
 * 1 more tool of this server could not be understood
 */
export { get, type GetInput, type GetOutput } from \"./get\";
";
    assert_eq!(one.read_file("/servers/drive/index.ts").as_deref(), Some(index));
    let empty = "/**\n * gone: 0 tools\n * not reachable (`npx` is not installed)\n */\nexport {};\n";
    assert_eq!(one.read_file("/servers/gone/index.ts").as_deref(), Some(empty));
}

#[test]
fn equal_catalogs_give_equal_trees() {
    let forward = surface_of([("a", vec![tool("x"), tool("y")]), ("b", vec![tool("z")])]);
    let backward = surface_of([("b", vec![tool("z")]), ("a", vec![tool("y"), tool("x")])]);
    assert!(forward.files().eq(backward.files()));
}
