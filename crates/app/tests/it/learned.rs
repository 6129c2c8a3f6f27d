//! What results were seen to be is told where a server does not declare it.

use serde_json::json;

use crate::{
    narrows::Narrows,
    servers::{config, misbehave},
};

fn counting() -> Narrows {
    let mut server = misbehave("counting");
    let arguments = server["args"].as_array_mut().expect("arguments");
    arguments.push(json!("counted"));
    Narrows::configured(&config([("count", server)]))
}

fn signature(narrows: &Narrows) -> String {
    narrows.output(&["search", "gives its double", "--server", "count"]).stdout
}

#[test]
fn a_result_without_a_declared_type_is_typed_by_what_was_seen() {
    let narrows = counting();
    assert!(signature(&narrows).contains("Promise<any>"));
    narrows.record("import { read } from './servers/count'; return await read({ n: 1 });", &[]);
    let known = signature(&narrows);
    assert!(known.contains("Promise<{ double: number; n: number }> /* observed */"), "{known}");

    narrows.output(&["types", "typed"]);
    let file = std::fs::read_to_string(narrows.folder().join("typed/servers/count/read.ts")).expect("a file");
    let expect = "/** Observed in one result. The server does not declare what it returns. */
export interface ReadOutput {
  double: number;
  n: number;
}
";
    assert!(file.ends_with(expect), "{file}");
}

#[test]
fn a_script_is_planned_with_what_was_seen() {
    let narrows = counting();
    let writes = "import { write } from './servers/count'; return (await write({ n: 7 })).double.toFixed(1);";
    narrows.write("double.ts", writes);
    let before = narrows.output(&["plan", "double.ts", "--json"]).json();
    assert_eq!(before["outcome"], "threw", "{before}");
    narrows.output(&["run", "double.ts"]);
    let planned = narrows.output(&["plan", "double.ts", "--json"]).json();
    assert_eq!((&planned["outcome"], &planned["value"]), (&json!("returned"), &json!("0.0")), "{planned}");
    assert_eq!(planned["plan"]["calls"][0]["arguments"], json!({"n": 7}), "{planned}");
}

#[test]
fn looking_at_tools_makes_no_database() {
    let narrows = counting();
    signature(&narrows);
    assert!(!narrows.home().join("data/narrows/narrows.db").exists());
    narrows.record("return 1;", &[]);
    assert!(narrows.home().join("data/narrows/narrows.db").exists());
}
