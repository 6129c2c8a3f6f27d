//! What a script throws.

use wire::End;

use crate::worker::{Worker, engines, nobody, shown};

#[test]
fn anything_thrown_has_a_name_and_a_message() {
    let cases = [
        ("throw new Error('boom')", "threw Error: boom"),
        ("class MyError extends Error { name = 'MyError' } throw new MyError('mine')", "threw MyError: mine"),
        (
            "const e = Object.assign(new Error('x'), { code: 'E1', data: { a: [1] }, cyclic: null }); e.cyclic = e; throw e",
            r#"threw Error: x {"code":"E1","data":{"a":[1]}}"#,
        ),
        (
            "throw new Error('outer', { cause: new TypeError('inner') })",
            r#"threw Error: outer {"cause":{"name":"TypeError","message":"inner"}}"#,
        ),
        ("throw 'text'", "threw Error: text"),
        ("throw undefined", "threw Error: undefined"),
        ("throw { code: 5 }", r#"threw Error: {"code":5}"#),
        (
            "throw { toString() { throw 1 }, toJSON() { throw 2 } }",
            "threw Error: a value that cannot be shown",
        ),
        ("throw Object.create(null)", "threw Error: {}"),
        ("throw Symbol('s')", "threw Error: a value that cannot be shown"),
        (
            "const e = new Error('m'); Object.defineProperty(e, 'message', { get() { throw 1 } }); throw e",
            "threw Error: ",
        ),
        ("const e = new Error('m'); e.name = {}; throw e", "threw Error: m"),
        ("throw new Proxy(new Error('in proxy'), {})", "threw Error: {}"),
        (
            "throw new AggregateError([new Error('a')], 'many')",
            r#"threw AggregateError: many {"errors":[{"name":"Error","message":"a"}]}"#,
        ),
        ("(function f() { f() })()", "threw RangeError: Maximum call stack size exceeded"),
        ("new Promise(() => {}); await new Promise(() => {})", "deadlocked"),
        ("await new Promise(async () => { throw new Error('lost') })", "threw Error: lost"),
    ];
    for mut worker in engines() {
        for (script, expected) in cases {
            let outcome = worker.run(script, nobody);
            assert_eq!(shown(&outcome.end), expected, "{script}");
        }
    }
}

#[test]
fn a_stack_names_the_script_alone() {
    let mut worker = Worker::start();
    let outcome = worker.run("function f() {\n  [1].map(() => { throw new Error('x') });\n}\nf()", nobody);
    let End::Threw(thrown) = outcome.end else { panic!("{:?}", outcome.end) };
    assert_eq!(
        thrown.stack,
        "    at <anonymous> (/main.js:3:29)\n    at map (native)\n    at f (/main.js:3:7)\n    at default (/main.js:5:1)"
    );
}

#[test]
fn a_rejection_nobody_handles_is_printed_and_the_value_stays() {
    for mut worker in engines() {
        let outcome = worker.run("Promise.reject(new RangeError('late')); return 1", nobody);
        assert_eq!(shown(&outcome.end), "returned 1");
        let printed: Vec<_> = outcome.printed.iter().map(|print| print.text.as_str()).collect();
        assert_eq!(printed, ["Uncaught (in promise) RangeError: late"]);
    }
}

#[test]
fn a_rejection_handled_later_is_no_failure() {
    let script = "const p = Promise.reject(new Error('x')); await null; await null; try { await p } catch (e) { return e.message }";
    for mut worker in engines() {
        let outcome = worker.run(script, nobody);
        assert_eq!((shown(&outcome.end).as_str(), outcome.printed.len()), ("returned \"x\"", 0));
    }
}
