//! What a script returns, as JSON.

use crate::worker::{engines, module, nobody, shown};

#[test]
fn values_become_json() {
    let cases = [
        ("return 1", "returned 1"),
        ("return", "returned undefined"),
        ("", "returned undefined"),
        ("return null", "returned null"),
        ("return [1.5, -0, 1e21, 1e-7, NaN, Infinity, true]", "returned [1.5,0,1e+21,1e-7,null,null,true]"),
        (r#"return "a\"\\\n\u0001é😀""#, r#"returned "a\"\\\n\u0001é😀""#),
        (r#"return "\ud800x\udc00""#, "returned \"\u{fffd}x\u{fffd}\""),
        (
            "return { b: 1, a: [undefined, () => 1, Symbol()], u: undefined, f() {} }",
            r#"returned {"b":1,"a":[null,null,null]}"#,
        ),
        ("return Promise.resolve({ then: undefined, x: 1 })", r#"returned {"x":1}"#),
        ("return new Date(0)", r#"returned "1970-01-01T00:00:00.000Z""#),
        ("return { toJSON: (key) => [key] }", r#"returned [""]"#),
        ("return { a: { toJSON(key) { return key } } }", r#"returned {"a":"a"}"#),
        (
            "return [9007199254740991n, 9007199254740992n, -5n]",
            "returned [9007199254740991,9007199254740992,-5]",
        ),
        ("return new Map([['a', 1], ['b', undefined]])", r#"returned {"a":1,"b":null}"#),
        ("return new Map([[1, 'x'], ['b', { c: 2 }]])", r#"returned [[1,"x"],["b",{"c":2}]]"#),
        ("return [new Set([1, 'two']), new Map()]", r#"returned [[1,"two"],{}]"#),
        ("return new Uint8Array([1, 2, 255])", "returned [1,2,255]"),
        ("return [Object(1), Object('s'), Object(false), Object(2n)]", r#"returned [1,"s",false,2]"#),
        (
            "return { e: Object.assign(new TypeError('bad'), { code: 7 }) }",
            r#"returned {"e":{"name":"TypeError","message":"bad","code":7}}"#,
        ),
        ("return new Proxy([1, 2], {})", "returned [1,2]"),
        ("return new Proxy({ a: 1 }, { get: () => 5 })", r#"returned {"a":5}"#),
        ("const a = []; a[2] = 1; return a", "returned [null,null,1]"),
        ("const shared = { x: 1 }; return [shared, shared]", r#"returned [{"x":1},{"x":1}]"#),
        ("return { ['__proto__']: 1 }", r#"returned {"__proto__":1}"#),
        ("return () => 1", "returned undefined"),
    ];
    check(&cases);
}

#[test]
fn values_that_are_none_say_where() {
    let cases = [
        (
            "const a = { b: {} }; a.b.c = [a]; return { x: a }",
            "threw TypeError: the returned value is cyclic at .x.b.c[0]",
        ),
        ("const a = []; a.push(a); return a", "threw TypeError: the returned value is cyclic at [0]"),
        (
            "return { rows: [1].map(async (x) => x) }",
            "threw TypeError: the returned value holds a promise at .rows[0]; await it first",
        ),
        ("return { get a() { throw new RangeError('no') } }", "threw RangeError: no"),
        ("return new Proxy({}, { ownKeys() { throw new Error('trap') } })", "threw Error: trap"),
        ("return { toJSON() { throw 5 } }", "threw Error: 5"),
        ("let a = 0; for (let i = 0; i < 1000; i++) a = [a]; return a", "exceeded Depth"),
        ("return 'x'.repeat(17 * 1024 * 1024)", "exceeded Value"),
        ("return new Array(4294967295)", "exceeded Value"),
    ];
    check(&cases);
}

#[test]
fn poisoned_intrinsics_change_nothing_the_engine_does() {
    let poison = r"
        const m = new Map([['k', new Set([1])]]);
        JSON.stringify = JSON.parse = () => { throw 1 };
        Promise.prototype.then = () => { throw 2 };
        Array.prototype.push = Map.prototype.forEach = Set.prototype.forEach = () => { throw 3 };
        Array.prototype[Symbol.iterator] = () => { throw 4 };
        Object.defineProperty = Reflect.apply = Object.keys = () => { throw 5 };
        Function.prototype.call = Function.prototype.apply = () => { throw 6 };
        Object.prototype.__defineSetter__('0', () => { throw 7 });
        Error.prepareStackTrace = () => { throw 8 };
        globalThis.Promise = globalThis.Error = globalThis.TypeError = undefined;
    ";
    let cases = [
        (
            format!("{poison} return {{ m, a: [1, {{ b: 2 }}] }}"),
            r#"returned {"m":{"k":[1]},"a":[1,{"b":2}]}"#,
        ),
        (
            format!("{poison} const a = {{}}; a.a = a; return a"),
            "threw TypeError: the returned value is cyclic at .a",
        ),
        (format!("{poison} null.x"), "threw TypeError: cannot read property 'x' of null"),
    ];
    for mut worker in engines() {
        for (script, expected) in &cases {
            let outcome = worker.run(script, nobody);
            let end = shown(&outcome.end);
            assert!(worker.may_end(script, &end, expected), "{script}: {end}");
        }
    }
}

#[test]
fn what_a_module_exports_by_default_is_the_value() {
    let cases = [
        ("export default 5", "returned 5"),
        ("export default function () { return [1] }", "returned [1]"),
        ("export const a = 1", "returned undefined"),
        ("const x = await Promise.resolve(3); export default x", "returned 3"),
        ("export default async () => { await null; throw new Error('late') }", "threw Error: late"),
        ("throw new Error('early')", "threw Error: early"),
        ("import './missing'", "threw TypeError: there is no module \"./missing\" (imported by /main.js)"),
    ];
    for mut worker in engines() {
        for (script, expected) in cases {
            let outcome = worker.run_with(module(script), nobody);
            assert_eq!(shown(&outcome.end), expected, "{script}");
        }
    }
}

#[test]
fn clock_and_random_come_from_the_host() {
    let script = "return [Date.now(), new Date().toISOString(), Math.random(), Math.random()]";
    for mut worker in engines() {
        let first = shown(&worker.run(script, nobody).end);
        assert_eq!(first, shown(&worker.run(script, nobody).end));
        assert!(first.starts_with(r#"returned [1700000000000,"2023-11-14T22:13:20.000Z",0."#), "{first}");
        let mut other = crate::worker::start(script);
        other.seed = 8;
        assert_ne!(first, shown(&worker.run_with(other, nobody).end));
    }
}

fn check(cases: &[(&str, &str)]) {
    for mut worker in engines() {
        for (script, expected) in cases {
            let outcome = worker.run(script, nobody);
            assert_eq!(shown(&outcome.end), *expected, "{script}");
        }
    }
}
