//! Scripts as cases: every file under `tests/cases` is run against the demo company, and what came of it is
//! written in its last lines, after `//=`. `UPDATE_CASES=1 cargo test cases` writes them anew, for review. Every case is run
//! in both engines; where Deno says something else, that stands after `//deno=`.

use std::{
    env, fs,
    path::{Path, PathBuf},
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

use parking_lot::Mutex;
use serde_json::Value;

use crate::{
    narrows::Narrows,
    servers::{company, company_in_deno},
};

const MARK: &str = "//= ";
const DENO_MARK: &str = "//deno= ";
/// A longer value is told by its size.
const SHOWN_BYTES: usize = 500;
/// So many printed lines are told, and so much of each.
const PRINTS_SHOWN: usize = 10;
const PRINT_SHOWN: usize = 200;
/// Each case starts a gateway with eight servers; more at once only wait for each other.
const AT_ONCE: usize = 3;

#[test]
fn cases() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let mut files = Vec::new();
    collect(&folder, &mut files);
    files.sort();
    assert!(files.len() > 30, "{} cases", files.len());

    let (next, wrong) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some(file) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if let Err(difference) = check(file) {
                        let name = file.strip_prefix(&folder).unwrap_or(file).display();
                        wrong.lock().push(format!("{name}\n{difference}"));
                    }
                }
            });
        }
    });
    let wrong = wrong.into_inner();
    assert!(wrong.is_empty(), "{} of {} cases:\n{}", wrong.len(), files.len(), wrong.join("\n"));
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("the folder can be read") {
        let path = entry.expect("the entry can be read").path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|end| end == "ts") {
            files.push(path);
        }
    }
}

fn check(file: &Path) -> Result<(), String> {
    let text = fs::read_to_string(file).expect("the case can be read");
    let marked = |mark: &str| text.lines().filter_map(|line| line.strip_prefix(mark)).collect::<Vec<_>>();
    let script: Vec<_> =
        text.lines().filter(|line| !line.starts_with(MARK) && !line.starts_with(DENO_MARK)).collect();
    let run =
        |config: &Value| told(&Narrows::configured(config).record(&format!("{}\n", script.join("\n")), &[]));
    let got = run(&company());
    let got_in_deno = company_in_deno().map(|config| run(&config));
    if env::var_os("UPDATE_CASES").is_some() {
        let different = got_in_deno.iter().filter(|in_deno| **in_deno != got).flatten();
        let lines = script.iter().map(|line| (*line).to_owned());
        let lines = lines.chain(got.iter().map(|line| format!("{MARK}{line}")));
        let all: Vec<_> = lines.chain(different.map(|line| format!("{DENO_MARK}{line}"))).collect();
        fs::write(file, format!("{}\n", all.join("\n"))).expect("the case is written");
        return Ok(());
    }
    let expected = marked(MARK);
    let mut expected_in_deno = marked(DENO_MARK);
    if expected_in_deno.is_empty() {
        expected_in_deno.clone_from(&expected);
    }
    compare(&expected, &got)?;
    got_in_deno.map_or(Ok(()), |got| {
        compare(&expected_in_deno, &got).map_err(|difference| format!("in Deno {difference}"))
    })
}

fn compare(expected: &[&str], got: &[String]) -> Result<(), String> {
    if got == expected {
        return Ok(());
    }
    Err(format!("expected\n{}\ngot\n{}\n", expected.join("\n"), got.join("\n")))
}

/// What came of a run, in lines without times and names that change.
fn told(record: &Value) -> Vec<String> {
    let mut lines = vec![ended(record)];
    for problem in list(&record["error"]["problems"]) {
        let hint = problem["hint"].as_str().map(|hint| format!(" ({hint})")).unwrap_or_default();
        let (line, column) = (&problem["line"], &problem["column"]);
        lines.push(format!("problem {line}:{column}: {}{hint}", text(&problem["message"])));
    }
    let printed = list(&record["printed"]);
    for line in printed.iter().take(PRINTS_SHOWN) {
        let shown: String = text(&line["text"]).chars().take(PRINT_SHOWN).collect();
        lines.push(format!("prints {}: {shown}", text(&line["level"])));
    }
    if let Some(more) = printed.len().checked_sub(PRINTS_SHOWN + 1) {
        lines.push(format!("prints {} more", more + 1));
    }
    lines.extend(calls(record));
    for (word, notes) in [("repair", &record["repairs"]), ("warning", &record["warnings"])] {
        lines.extend(list(notes).iter().map(|note| format!("{word}: {}", text(note))));
    }
    lines.iter().flat_map(|line| line.split('\n')).map(str::to_owned).collect()
}

fn ended(record: &Value) -> String {
    let outcome = text(&record["outcome"]);
    if outcome == "returned" {
        let value = record["value"].to_string();
        return if value.len() > SHOWN_BYTES {
            format!("returned {} bytes", value.len())
        } else {
            format!("returned {value}")
        };
    }
    let error = &record["error"];
    let place = match (&error["line"], &error["column"]) {
        (Value::Null, _) => String::new(),
        (line, Value::Null) => format!(" at {line}"),
        (line, column) => format!(" at {line}:{column}"),
    };
    let code = error["code"].as_str().map(|code| format!(" [{code}]")).unwrap_or_default();
    let hint = error["hint"].as_str().map(|hint| format!(" ({hint})")).unwrap_or_default();
    format!("{outcome}{place}: {}{code}: {}{hint}", text(&error["name"]), text(&error["message"]))
}

/// The calls, those of one tool and one outcome counted together.
fn calls(record: &Value) -> Vec<String> {
    let mut counted: Vec<(String, usize)> = Vec::new();
    for call in list(&record["calls"]) {
        let name =
            format!("call {}/{} {}", text(&call["server"]), text(&call["tool"]), text(&call["outcome"]));
        match counted.iter_mut().find(|(known, _)| *known == name) {
            Some((_, count)) => *count += 1,
            None => counted.push((name, 1)),
        }
    }
    counted.into_iter().map(|(name, count)| format!("{name} x{count}")).collect()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or("?")
}
