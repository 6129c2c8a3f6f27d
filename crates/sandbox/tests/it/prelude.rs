//! What a script finds besides the language: one file a topic under `cases/prelude`, run in the engine.
//!
//! A case is the body of an async function. Its comments are what it expects: `// expect: ` the end in one line,
//! `// answer: NAME JSON` what the host answers to a call, `// call: NAME JSON` each call in order, `//= ` each line
//! printed (with its level).

use std::{
    collections::HashMap,
    fs,
    path::{Path, PathBuf},
};

use wire::{InBlocks, PrintLevel, Settlement};

use crate::worker::{Outcome, Worker, engines, shown};

#[test]
fn scripts_find_what_they_expect() {
    let mut failed = Vec::new();
    for mut worker in engines() {
        for path in cases() {
            run_case(&path, &mut worker, &mut failed);
        }
    }
    assert!(failed.is_empty(), "\n{}", failed.join("\n"));
}

fn run_case(path: &Path, worker: &mut Worker, failed: &mut Vec<String>) {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let text = fs::read_to_string(path).expect("a case");
    let answers: HashMap<&str, &str> =
        marked(&text, "// answer: ").filter_map(|line| line.split_once(' ')).collect();
    let outcome = worker.run(&text, |name, _| answer(&answers, name));
    check(&name, &text, &outcome, failed);
}

fn cases() -> Vec<PathBuf> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/cases/prelude");
    let entries = fs::read_dir(folder).expect("the cases");
    let mut cases: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    cases.sort();
    cases
}

fn marked<'t>(text: &'t str, mark: &'t str) -> impl Iterator<Item = &'t str> {
    text.lines().filter_map(move |line| line.trim_start().strip_prefix(mark))
}

/// JSON is answered as it stands; `text …` as text, `bytes …` as the bytes of a text, `blocks …` as a value
/// with its content blocks, `reject …` as a rejection.
fn answer(answers: &HashMap<&str, &str>, name: &str) -> Settlement {
    let Some(answer) = answers.get(name) else {
        return if name == "timer" { Settlement::Undefined } else { panic!("no answer for {name}") };
    };
    match answer.split_once(' ') {
        Some(("text", text)) => Settlement::Text(text.to_owned()),
        Some(("bytes", text)) => Settlement::Bytes(text.as_bytes().to_vec()),
        Some(("blocks", json)) => Settlement::Answer(Box::new(in_blocks(json))),
        Some(("reject", json)) => Settlement::Reject(json.as_bytes().to_vec()),
        _ if *answer == "undefined" => Settlement::Undefined,
        _ => Settlement::Json(answer.as_bytes().to_vec()),
    }
}

/// `{"value": …, "blocks": […], "beside": […], "only": true}`
fn in_blocks(json: &str) -> InBlocks {
    let answer: serde_json::Value = serde_json::from_str(json).expect("an answer in blocks");
    let places = answer["beside"].as_array().map_or(&[][..], Vec::as_slice);
    InBlocks {
        value: answer["value"].to_string().into_bytes(),
        blocks: answer.get("blocks").map(|blocks| blocks.to_string().into_bytes()).unwrap_or_default(),
        beside: places.iter().filter_map(|place| u32::try_from(place.as_u64()?).ok()).collect(),
        is_only_item: answer["only"] == true,
    }
}

fn check(name: &str, text: &str, outcome: &Outcome, failed: &mut Vec<String>) {
    let mut same = |what: &str, expected: String, found: String| {
        if expected != found {
            failed.push(format!("{name}: {what}\n  expected: {expected}\n     found: {found}"));
        }
    };
    let expected: Vec<&str> = marked(text, "// expect: ").collect();
    same("the end", expected.concat(), shown(&outcome.end));
    let printed = outcome.printed.iter().map(|print| {
        let level = match print.level {
            PrintLevel::Log => "",
            PrintLevel::Warn => "warn ",
            PrintLevel::Error => "error ",
        };
        format!("{level}{}", print.text)
    });
    let printed = printed.collect::<Vec<_>>().join("\n");
    same("what it printed", marked(text, "//= ").collect::<Vec<_>>().join("\n"), printed);
    if text.contains("// call: ") {
        let calls = outcome.calls.iter().map(|call| format!("{} {}", call.name, call.arguments));
        let expected = marked(text, "// call: ").collect::<Vec<_>>().join("\n");
        same("what it asked", expected, calls.collect::<Vec<_>>().join("\n"));
    }
}
