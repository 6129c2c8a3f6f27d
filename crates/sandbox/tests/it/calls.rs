//! What a script asks the host.

use wire::{Module, Settlement};

use crate::worker::{Called, NOW_MS, Worker, engines, module, shown, start, table};

const IMPORT: &str = "import { getOrder } from './servers/shop/getOrder';\n";

fn with_tool(body: &str) -> wire::Start {
    module(&format!("{IMPORT}export default async () => {{\n{body}\n}}"))
}

#[test]
fn a_tool_is_called_with_json_and_answers_with_a_value() {
    for mut worker in engines() {
        let body = "const tags = new Set(['a']);\nconst order = await getOrder({ id: 7, tags });\nreturn order.total * 2";
        let outcome =
            worker.run_with(with_tool(body), table(&[("servers/shop/getOrder", r#"{"total": 21}"#)]));
        assert_eq!(shown(&outcome.end), "returned 42");
        let expected = Called {
            name: "servers/shop/getOrder".into(),
            arguments: r#"{"id":7,"tags":["a"]}"#.into(),
            at: Some((4, 21)),
        };
        assert_eq!(outcome.calls, [expected]);
    }
}

#[test]
fn answers_of_every_kind_become_values() {
    let cases = [
        (
            Settlement::Json(br#"{"a":[1,"x",null,true,1.5]}"#.to_vec()),
            r#"returned {"a":[1,"x",null,true,1.5]}"#,
        ),
        (Settlement::Json(br#"{"__proto__":{"x":1}}"#.to_vec()), r#"returned {"__proto__":{"x":1}}"#),
        (Settlement::Json(br#""\u00e9\ud83d\ude00\n""#.to_vec()), "returned \"é😀\\n\""),
        (Settlement::Json(b"12345678901234567890".to_vec()), "returned 12345678901234567890"),
        (Settlement::Json(br#"{"then":"x"}"#.to_vec()), r#"returned {"then":"x"}"#),
        (Settlement::Text("text \u{1F600}".into()), "returned \"text \u{1F600}\""),
        (Settlement::Bytes(vec![0, 255]), "returned [0,255]"),
        (Settlement::Undefined, "returned undefined"),
    ];
    for mut worker in engines() {
        for (answer, expected) in &cases {
            let outcome = worker.run_with(with_tool("return getOrder()"), |_, _| answer.clone());
            assert_eq!(shown(&outcome.end), *expected, "{answer:?}");
        }
    }
}

#[test]
fn a_rejection_has_fields_and_the_place_of_the_call() {
    let answer =
        br#"{"name":"ToolError","message":"no such order","server":"shop","tool":"get_order","code":404}"#;
    for mut worker in engines() {
        let body = "const f = async () => {\n  await getOrder({ id: 1 });\n};\nawait f()";
        let outcome = worker.run_with(with_tool(body), |_, _| Settlement::Reject(answer.to_vec()));
        assert_eq!(
            shown(&outcome.end),
            r#"threw ToolError: no such order {"server":"shop","tool":"get_order","code":404}"#
        );
        let wire::End::Threw(thrown) = outcome.end else { panic!("{:?}", outcome.end) };
        assert_eq!(thrown.stack.lines().next(), Some("    at f (/main.js:4:9)"));
    }
}

#[test]
fn arguments_that_cannot_be_sent_reject_the_call() {
    let cases = [
        ("const a = {}; a.a = a; await getOrder(a)", "threw TypeError: the argument is cyclic at .a"),
        ("await getOrder({ x: getOrder })", "returned undefined"),
        (
            "await getOrder({ id: Promise.resolve(1) })",
            "threw TypeError: the argument holds a promise at .id; await it first",
        ),
        ("await getOrder({ text: 'x'.repeat(17 * 1024 * 1024) })", "exceeded Arguments"),
        ("try { await getOrder({ get x() { throw 7 } }) } catch (e) { return e }", "returned 7"),
    ];
    for mut worker in engines() {
        for (body, expected) in cases {
            let outcome = worker.run_with(with_tool(body), |_, _| Settlement::Undefined);
            assert_eq!(shown(&outcome.end), expected, "{body}");
        }
    }
}

#[test]
fn many_calls_wait_together_and_answers_may_come_in_any_order() {
    let body = "const all = await Promise.all([...Array(1000).keys()].map((id) => getOrder({ id })));\n\
                return all.reduce((sum, order) => sum + order.id, 0)";
    for mut worker in engines() {
        let outcome = worker.run_with(with_tool(body), |_, arguments| Settlement::Json(arguments.into()));
        assert_eq!((shown(&outcome.end).as_str(), outcome.calls.len()), ("returned 499500", 1000));
    }
}

#[test]
fn the_clock_moves_between_slices_only() {
    let body = "const a = Date.now(); await getOrder(); return [Date.now() - a]";
    for mut worker in engines() {
        let outcome = worker.run_with(with_tool(body), |_, _| Settlement::Undefined);
        assert_eq!(shown(&outcome.end), "returned [1]");
    }
    assert_eq!(NOW_MS.fract(), 0.0);
}

#[test]
fn a_dynamic_import_asks_for_modules_the_engine_does_not_know() {
    let javascript = "import { b } from './b.ts'; export const a = b + 1;".to_owned();
    let found = vec![
        Module { name: "/skills/a.ts".into(), javascript },
        Module { name: "/skills/b.ts".into(), javascript: "export const b = 1;".into() },
    ];
    for mut worker in engines() {
        let body = "const { a } = await __narrows.import('./skills/a'); \
                const again = await __narrows.import('./skills/a'); return [a, again.a]";
        let outcome = worker.run_with(start(body), |_, _| Settlement::Modules(found.clone()));
        assert_eq!(shown(&outcome.end), "returned [2,2]");
        assert_eq!(outcome.calls.len(), 1);
        assert_eq!(outcome.calls[0].arguments, r#"{"specifier":"./skills/a","from":"/main.js"}"#);
    }
}

#[test]
fn a_returned_value_ends_the_run_whatever_still_waits() {
    let outcome = Worker::start()
        .run_with(with_tool("getOrder(); Promise.resolve().then(() => getOrder()); return 1"), |_, _| {
            Settlement::Undefined
        });
    assert_eq!(shown(&outcome.end), "returned 1");
    assert_eq!(outcome.calls.len(), 2);
}

#[test]
fn answers_are_read_as_the_language_reads_json() {
    let texts = [
        "0",
        "-0",
        "-1",
        "123456789",
        "1234567890",
        "-999999999",
        "1.5",
        "-1.5e-3",
        "1E5",
        "1e400",
        "0.1",
        "9007199254740993",
        "123456789012345678901234567890",
        "\"\"",
        "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"",
        "\"\\u0041\\u00e9\\ud83d\\ude00\"",
        "\"\\ud800\"",
        "\"\\udc00\\ud800\"",
        "\"é ü € 😀\"",
        "[]",
        "{}",
        " [ 1 , [ ] , { } ] ",
        "{\"a\":1,\"b\":{\"a\":2,\"b\":[{\"a\":3}]}}",
        "{\"a\":1,\"a\":2}",
        "{\"2\":1,\"1\":2,\"x\":3}",
        "{\"__proto__\":{\"x\":1}}",
        "{\"constructor\":null,\"toString\":1}",
        "{\"é\":1,\"€\":2,\"\\u0061\":3,\"\":4}",
        "[true,false,null]",
        // None of these is JSON.
        "",
        " ",
        "01",
        "-",
        "+1",
        "1.",
        ".5",
        "1e",
        "1e+",
        "--1",
        "1 2",
        "tru",
        "nul",
        "[1,]",
        "[,1]",
        "{\"a\":1,}",
        "{a:1}",
        "{\"a\" 1}",
        "'a'",
        "\"a",
        "\"\\x\"",
        "\"\\u12\"",
        "\"\n\"",
        "[1",
        "{",
        "NaN",
        "Infinity",
    ];
    let deep = ["[".repeat(400) + &"]".repeat(400), "[".repeat(100) + &"]".repeat(99)];
    let body = "const text = await getOrder();\n\
        const read = async (f) => { try { return ['value', await f()] } catch (e) { return [e.name] } };\n\
        const [mine, theirs] = [await read(() => getOrder()), await read(() => JSON.parse(text, (_, value) => value))];\n\
        const typed = (_, value) => typeof value === 'bigint' ? `${value}n` : value;\n\
        const same = JSON.stringify(mine, typed) === JSON.stringify(theirs, typed) && Object.is(mine[1], theirs[1]) !== (typeof mine[1] === 'object' && mine[1] !== null);\n\
        return same || [mine, theirs]";
    let mut worker = Worker::start();
    for text in texts.iter().copied().chain(deep.iter().map(String::as_str)) {
        let mut answers = [Settlement::Text(text.into()), Settlement::Json(text.into())].into_iter();
        let outcome = worker.run_with(with_tool(body), |_, _| answers.next().expect("two calls"));
        assert_eq!(shown(&outcome.end), "returned true", "{text}");
    }
}
