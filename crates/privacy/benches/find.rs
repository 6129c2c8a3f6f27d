//! How fast answers and output are looked through: ordinary ones, dense ones, and what was made to be slow.

use criterion::{Criterion, Throughput};
use privacy::{Finder, Kind, Known, find};

const BYTES: usize = 1_000_000;

/// Values that a script was given: those of a large sheet.
const KNOWN: usize = 20_000;

/// Texts of JSON, with what they are like.
fn texts() -> Vec<(&'static str, String)> {
    let array = |row: &str| format!("[{}]", vec![row; BYTES / row.len()].join(","));
    let string = |unit: &str| serde_json::Value::from(unit.repeat(BYTES / unit.len())).to_string();
    let nested =
        |row: &str| serde_json::json!({"content": [{"type": "text", "text": array(row)}]}).to_string();
    let rows = r#"{"id":1042,"customer":"Nordwind GmbH","total":1299.5,"paid":true,"due":"2025-11-30"}"#;
    let persons = r#"{"name":"Ada","email":"ada@example.com","phone":"+49 30 901820","ip":"192.0.2.7","card":4111111111111111}"#;
    vec![
        ("rows", array(rows)),
        ("rows in text", nested(rows)),
        ("persons", array(persons)),
        ("persons in text", nested(persons)),
        ("prose", string("The quick brown fox jumps over the lazy dog, and nobody has ever asked it why.\n")),
        ("Base64", string("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJ")),
        ("escapes", string("\\\"")),
        ("brackets", string("[EMAIL_")),
        ("digits", string("1 ")),
        ("percent", string("%40")),
    ]
}

fn known() -> Known {
    let mut known = Known::default();
    for number in 0..KNOWN {
        known.add(&Kind::Email, &format!("person{number}@example{}.com", number % 97));
    }
    known
}

fn main() {
    let mut criterion = Criterion::default().sample_size(10).configure_from_args();
    let (finder, values) = (Finder::standard(), known());
    for (name, text) in texts() {
        let mut group = criterion.benchmark_group(name);
        group.throughput(Throughput::Bytes(text.len() as u64));
        group.bench_function("find", |bench| bench.iter(|| find(&text)));
        group.bench_function("answer", |bench| bench.iter(|| finder.in_answer(&text)));
        group.bench_function("output", |bench| bench.iter(|| finder.in_output(&text, &values)));
    }
    criterion.bench_function("know 20,000 values", |bench| bench.iter(known));
    criterion.final_summary();
}
