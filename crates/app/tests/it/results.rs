//! What a tool said arrives: results that are not what is declared, and what links point to, in both engines.

use serde_json::{Value, json};

use crate::{
    narrows::Narrows,
    servers::{config, demo, fetched, misbehave},
};

/// With a server whose results link to resources, in every engine there is.
fn linking() -> Vec<Value> {
    let servers = config([("books", misbehave("linking")), ("slack", demo("slack"))]);
    let deno = fetched("deno").map(|deno| {
        let mut servers = servers.clone();
        servers["narrows"] = json!({"sandbox": {"engine": "deno", "deno": deno}});
        servers
    });
    [Some(servers), deno].into_iter().flatten().collect()
}

const READS: &str = "
import { readResource } from 'narrows';
import { work } from './servers/books';
const book = await work();
const [link] = contentOf(book);
const parts = await readResource('books', link);
const same = await readResource({ server: 'books', uri: link.uri });
return { pages: book.pages, text: parts[0].text, parts: [parts.length, same.length] };
";

#[test]
fn a_link_is_read_and_a_broken_result_told() {
    for servers in linking() {
        let record = Narrows::configured(&servers).record(READS, &[]);
        assert_eq!(
            record["value"],
            json!({"pages": "some", "text": "Chapter three", "parts": [2, 2]}),
            "{record}"
        );
        let calls: Vec<_> =
            record["calls"].as_array().into_iter().flatten().map(|call| &call["tool"]).collect();
        assert_eq!(calls, ["work", "resources/read", "resources/read"]);
        assert_eq!(
            record["warnings"],
            json!([
                "`books/work` also sent resource_link beside its value: `contentOf(result)` gives all it sent",
                "`books/work` sent links to resources: `await readResource(\"books\", link.uri)` gives what one points to",
                "`books/work` did not return what it declares: `pages` must be an integer, not a string",
            ])
        );
    }
}

const CATCHES: &str = "
const errors = [];
for (const server of ['books', 'slack', 'boks']) {
  try { errors.push((await readResource(server, 'book://1/3')).length); }
  catch (error) { errors.push([error.name, error.code, error.message]); }
}
return errors;
";

#[test]
fn reading_a_resource_is_a_call() {
    for mut servers in linking() {
        let unknown = "there is no server `boks`; did you mean `books`?";
        let absent = "the server has no resources to read: no method \"resources/read\"";
        let record = Narrows::configured(&servers).record(CATCHES, &[]);
        let rest = [json!(["ToolError", "-32601", absent]), json!(["ToolError", "unknown_tool", unknown])];
        assert_eq!(record["value"], json!([2, rest[0], rest[1]]));

        servers["narrows"]["rules"] = json!([{"name": "closed", "action": "refuse", "tool": "resources/read", "arguments": {"uri": {"matches": "^book:"}}}]);
        let record = Narrows::configured(&servers).record(CATCHES, &[]);
        let refused = |server: &str| {
            json!(["ToolError", "not_allowed", format!("`{server}/resources/read` is not allowed")])
        };
        assert_eq!(record["value"], json!([refused("books"), refused("slack"), rest[1]]));
        assert_eq!(record["calls"][0]["refusal"]["rule"], "closed", "{record}");

        servers["narrows"]["rules"] = json!([]);
        servers["narrows"]["limits"] = json!({"calls": 1});
        let record = Narrows::configured(&servers)
            .record("await readResource('books', 'a'); await readResource('books', 'b')", &[]);
        assert_eq!(
            (&record["outcome"], &record["error"]["code"]),
            (&json!("exceeded"), &json!("limits.calls")),
            "{record}"
        );
    }
}

/// What the value prints, and the files it names.
#[test]
fn images_of_a_value_are_saved_as_files() {
    let narrows = Narrows::configured(&linking()[0]);
    let script = "const [, picture] = await readResource('books', 'book://1/3');\n\
        return { picture, broken: { mimeType: 'image/gif', data: 'A' } };";
    narrows.write("picture.ts", script);
    let plain = narrows.output(&["run", "picture.ts"]);
    assert!(plain.stdout.contains("\"blob\": \"iVBORw0KGgo=\""), "{}", plain.stdout);
    let whole = narrows.output(&["run", "picture.ts", "--json"]).json();
    assert_eq!(whole["value"]["picture"]["blob"], "iVBORw0KGgo=");
    let saved = narrows.output(&["run", "picture.ts", "--save-data", "out/pictures", "--json"]).json();
    let name = format!("out/pictures/{}-1.png", saved["id"].as_str().expect("an id"));
    assert_eq!(saved["value"]["picture"]["blob"], name);
    assert_eq!(saved["value"]["broken"]["data"], "A");
    let bytes = std::fs::read(narrows.folder().join(name)).expect("the file is there");
    assert_eq!(bytes, b"\x89PNG\r\n\x1a\n");
    narrows.write("file", "");
    let output = narrows.output(&["run", "picture.ts", "--save-data", "file"]);
    assert_eq!(output.code, Some(74), "{}", output.stderr);
}

#[test]
fn a_called_tools_small_picture_is_printed_as_it_is() {
    let narrows = Narrows::configured(&config([("books", misbehave("linking"))]));
    for more in [&[][..], &["--json"]] {
        let called = narrows.output(&[&["call", "books", "picture"], more].concat());
        assert!(called.stdout.contains("iVBORw0KGgo="), "{}", called.stdout);
    }
}

#[test]
fn people_are_shown_every_digit() {
    let narrows = Narrows::configured(&config([("books", misbehave("linking"))]));
    let digits = "123456789012345678901234567890";
    let returned = narrows.output(&["run", "-e", &format!("return {{ a: [{digits}n], b: 1.5 }}")]);
    assert_eq!(returned.stdout, format!("{{\n  \"a\": [\n    {digits}\n  ],\n  \"b\": 1.5\n}}\n"));
    for json in [&[][..], &["--json"]] {
        let called = narrows.output(&[&["call", "books", "number"], json].concat());
        assert!(called.stdout.contains(digits), "{}{}", called.stdout, called.stderr);
        let failed = narrows.output(&["call", "books", "refuse", "--json"]);
        assert!(failed.stdout.contains(digits), "{}{}", failed.stdout, failed.stderr);
    }
}

#[test]
fn text_that_is_not_json_is_told_as_text() {
    let narrows = Narrows::configured(&config([("books", misbehave("growing"))]));
    let script = "import { grow } from './servers/books';\nconst r = await grow({});\nreturn JSON.parse(r);";
    let told = "this is about what `grow` returned, text: \"grown\"; it is text that is not JSON: use `r` as it is, without \
                `JSON.parse`";
    assert_eq!(narrows.record(script, &[])["error"]["hint"], told);
}
