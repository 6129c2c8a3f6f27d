//! Integers keep every digit, wherever they stand: from a result to arguments, JSON, errors and the returned value.

use std::cell::RefCell;

use proptest::{
    prelude::*,
    test_runner::{Config, TestRunner},
};
use serde_json::value::RawValue;
use wire::{End, Settlement};

use crate::worker::{Worker, engines};

/// What a script does with a result that holds integers.
const BODY: &str = "
const ask = __narrows.tool('servers/a/ask');
const given = await ask();
await ask({ given });
const written = JSON.stringify(given);
await ask({ given: JSON.parse(written) });
const { data } = await ask().catch((error) => error);
const kept = structuredClone([given]);
return { given, written, data, kept };
";

/// JSON of objects and lists whose leaves are integers of 1 to 40 digits, as texts that no double has been.
fn values() -> impl Strategy<Value = String> {
    let integer = "(0|-?[1-9][0-9]{0,39})";
    let leaf = prop_oneof![8 => integer, 1 => "\"[0-9a-z]{0,20}\""];
    leaf.prop_recursive(6, 60, 8, |inner| {
        let list =
            prop::collection::vec(inner.clone(), 0..8).prop_map(|items| format!("[{}]", items.join(",")));
        let object = prop::collection::vec(inner, 0..8).prop_map(|values| {
            // A name of digits alone would be moved to the front, as JavaScript orders them.
            let members = values.iter().enumerate().map(|(at, value)| format!("\"n{at}\":{value}"));
            format!("{{{}}}", members.collect::<Vec<_>>().join(","))
        });
        prop_oneof![list, object]
    })
}

fn check(value: &str, worker: &mut Worker) {
    let mut asked = 0;
    let outcome = worker.run(BODY, |_, _| {
        asked += 1;
        match asked {
            4 => Settlement::Reject(
                format!(r#"{{"name":"ToolError","message":"no","data":{value}}}"#).into_bytes(),
            ),
            _ => Settlement::Json(value.as_bytes().to_vec()),
        }
    });
    let given = format!(r#"{{"given":{value}}}"#);
    assert_eq!([&outcome.calls[1].arguments, &outcome.calls[2].arguments], [&given, &given]);
    let written = serde_json::to_string(value).expect("JSON");
    let expect = format!(r#"{{"given":{value},"written":{written},"data":{value},"kept":[{value}]}}"#);
    let End::Returned(Some(returned)) = outcome.end else { panic!("{:?} of {value}", outcome.end) };
    assert_eq!(String::from_utf8(returned).expect("UTF-8"), expect);
}

#[test]
fn integers_keep_every_digit() {
    for worker in engines() {
        let worker = RefCell::new(worker);
        let mut runner =
            TestRunner::new(Config { cases: 16, failure_persistence: None, ..Config::default() });
        let values =
            prop::collection::vec(values(), 1..6).prop_map(|values| format!("[{}]", values.join(",")));
        runner
            .run(&values, |value| {
                assert!(serde_json::from_str::<&RawValue>(&value).is_ok(), "{value}");
                check(&value, &mut worker.borrow_mut());
                Ok(())
            })
            .expect("every digit is kept");
    }
}
