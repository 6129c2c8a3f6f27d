//! The scripts under `examples/` and those of `narrows demo`: each runs as it is, against the demo company.

use std::{fs, path::Path};

use serde_json::{Value, json};

use crate::{narrows::Narrows, servers::company};

fn folder() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples"))
}

fn example(name: &str) -> String {
    fs::read_to_string(folder().join(name)).expect("the example is there")
}

#[track_caller]
fn check(name: &str, expect: &Value) {
    let record = Narrows::new().record(&example(name), &["--demo"]);
    assert_eq!(record["outcome"], "returned", "{name}: {}", record["error"]);
    assert_eq!(&record["value"], expect, "{name}");
}

#[test]
fn every_example_is_tested() {
    let mut names: Vec<_> = fs::read_dir(folder())
        .expect("the examples are there")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .filter(|name| name.ends_with(".ts"))
        .collect();
    names.sort();
    let here = include_str!("examples.rs");
    for name in names {
        assert!(here.contains(&format!("\"{name}\"")), "{name} is not tested");
    }
}

#[test]
fn document_summary() {
    check("document-summary.ts", &json!({"title": "Q3 planning call", "words": 41_739, "actions": 8}));
}

#[test]
fn overdue_deals() {
    check("overdue-deals.ts", &json!({"overdue": 240, "owners": 12}));
}

#[test]
fn large_sheet() {
    check("large-sheet.ts", &json!({"rows": 9_999, "large": 1_216, "imported": 1_216}));
}

#[test]
fn errors_as_values() {
    let record = Narrows::new().record(&example("errors-as-values.ts"), &["--demo"]);
    assert_eq!(record["outcome"], "returned", "{}", record["error"]);
    for key in ["merged", "kept"] {
        assert!(record["value"][key].as_array().is_some_and(|list| !list.is_empty()), "{}", record["value"]);
    }
}

#[test]
fn find_tools() {
    let record = Narrows::new().record(&example("find-tools.ts"), &["--demo"]);
    assert_eq!(record["outcome"], "returned", "{}", record["error"]);
    assert_eq!(record["value"]["servers"].as_array().map(Vec::len), Some(8), "{}", record["value"]);
    assert_eq!(record["value"]["title"], "Q3 planning call", "{}", record["value"]);
}

#[test]
fn go_on_after_a_crash() {
    let narrows = Narrows::new();
    let first = narrows.record(&example("go-on-after-a-crash.ts"), &["--demo"]);
    assert_eq!(first["outcome"], "threw", "{first}");
    assert_eq!(first["calls"].as_array().map(Vec::len), Some(61), "{first}");
    let second = narrows.record(&example("go-on-after-a-crash.ts"), &["--demo"]);
    assert_eq!(second["value"], json!({"sent": 40, "skipped": 60}), "{second}");
}

#[test]
fn skills() {
    let narrows = Narrows::configured(&company());
    narrows.write("skill.ts", &example("skill-deals.ts"));
    assert_eq!(narrows.output(&["skill", "save", "deals", "skill.ts"]).code, Some(0));
    let record = narrows.record(&example("use-skill.ts"), &[]);
    assert_eq!(record["outcome"], "returned", "{}", record["error"]);
    assert_eq!(record["value"]["oldest"], "2024-01-08", "{}", record["value"]);
}

#[test]
fn the_scripts_of_the_demo() {
    for case in demo::USE_CASES {
        let record = Narrows::new().record(case.script, &["--demo"]);
        assert_eq!(record["outcome"], "returned", "{}: {}", case.title, record["error"]);
        let value = &record["value"];
        let fine = match case.title {
            "Meeting notes" => value["dealsUpdated"] == 20 && value["notes"] == 25,
            "Customer update" => value["sent"] == 40,
            "Qualified leads" => {
                value["rows"] == 9_999 && value["imported"] == value["qualified"] && value["failed"] == 0
            }
            "Weekly report" => value["revenue"] == 169_950 && value["deals"] == 7 && value["tasks"] == 21,
            "Ticket triage" => {
                value["tickets"] == 100 && value["escalated"].as_u64().is_some_and(|count| count > 0)
            }
            other => panic!("{other} is not checked"),
        };
        assert!(fine, "{}: {value}", case.title);
        let tokens = &record["tokens"];
        let saves = tokens["without_narrows"].as_u64() > tokens["with_narrows"].as_u64();
        assert!(saves, "{}: {tokens}", case.title);
    }
}
