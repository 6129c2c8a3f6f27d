//! Scripts that mean harm, and that the runner is as well afterwards as before.

use wire::{Limits, Settlement};

use crate::worker::{Outcome, Worker, engines, nobody, shown, start};

const LOOP_CPU_MS: u64 = 300;

fn run(worker: &mut Worker, body: &str, cpu_ms: u64) -> Outcome {
    let mut start = start(body);
    start.limits = Limits { cpu_ms, memory_bytes: worker.little_memory(), ..Limits::default() };
    worker.run_with(start, |_, _| Settlement::Undefined)
}

/// Each ends as expected, and a script after it runs as if nothing had been.
fn check(cpu_ms: u64, cases: &[(&str, &str)]) {
    for mut worker in engines() {
        for (body, expected) in cases {
            let outcome = run(&mut worker, body, cpu_ms);
            let end = shown(&outcome.end);
            assert!(worker.may_end(body, &end, expected), "{body}: {end}, not {expected}");
            // Overrun of the processor time: the tick and the grace, in the guest's own time.
            assert!(outcome.used.cpu_us < (cpu_ms + 100) * 1000, "{body}: {:?}", outcome.used);
            assert_eq!(
                shown(&run(&mut worker, "return [1 + 1]", cpu_ms).end),
                "returned [2]",
                "after {body}"
            );
        }
    }
}

#[test]
fn loops_end_at_the_limit_of_processor_time() {
    check(
        LOOP_CPU_MS,
        &[
            ("for (;;);", "exceeded Cpu"),
            ("for (;;) { try { for (;;); } catch { } finally { continue } }", "exceeded Cpu"),
            ("while (true) await null", "exceeded Cpu"),
            ("(function f() { Promise.resolve().then(f) })(); await new Promise(() => {})", "exceeded Cpu"),
            ("for (;;) { try { await (async () => { for (;;); })() } catch {} }", "exceeded Cpu"),
            (
                "function* g() { try { for (;;) yield } finally { for (;;); } } for (const _ of g());",
                "exceeded Cpu",
            ),
            ("/^(a+)+$/.test('a'.repeat(40) + 'b')", "exceeded Cpu"),
            ("const s = 'ab'.repeat(1e6); for (;;) s.toUpperCase()", "exceeded Cpu"),
            ("const a = Array(1e5).fill(1); for (;;) a.join()", "exceeded Cpu"),
            ("const a = [...Array(1e5).keys()]; for (;;) a.sort(() => 0.5)", "exceeded Cpu"),
            ("const s = JSON.stringify(Array(1e5).fill({ a: 1 })); for (;;) JSON.parse(s)", "exceeded Cpu"),
            ("const x = 3n ** 100000n; for (;;) x * x", "exceeded Cpu"),
            ("const a = new Uint8Array(1e7); for (;;) a.fill(7).reverse()", "exceeded Cpu"),
            ("return { get a() { for (;;); } }", "exceeded Cpu"),
            ("return { toJSON() { for (;;); } }", "exceeded Cpu"),
            ("throw { toString() { for (;;); } , toJSON() { for (;;); } }", "exceeded Cpu"),
            ("throw Object.defineProperty(new Error(), 'message', { get() { for (;;); } })", "exceeded Cpu"),
            ("return new Proxy({}, { ownKeys() { for (;;); } })", "exceeded Cpu"),
            ("return { then() { for (;;); } }", "exceeded Cpu"),
            ("eval('for (;;);')", "exceeded Cpu"),
            ("new Function('for (;;);')()", "exceeded Cpu"),
        ],
    );
}

#[test]
fn a_returned_value_is_not_held_up_by_a_loop_of_promises() {
    check(5_000, &[("(function f() { Promise.resolve().then(f) })(); return 1", "returned 1")]);
}

#[test]
fn memory_ends_at_its_limit() {
    check(
        5_000,
        &[
            ("const a = []; for (;;) a.push('x'.repeat(1e5) + a.length)", "exceeded Memory"),
            ("let s = 'x'; for (;;) s += s", "threw InternalError: string too long"),
            ("const a = []; for (;;) a.push(new ArrayBuffer(1e6))", "exceeded Memory"),
            ("return new ArrayBuffer(1e9).byteLength", "exceeded Memory"),
            ("const a = []; for (;;) { try { for (;;) a.push({}) } catch {} }", "exceeded Memory"),
            ("const m = new Map(); for (let i = 0; ; i++) m.set(i, [i])", "exceeded Memory"),
            (
                "const f = () => Promise.resolve().then(() => { f(); f() }); f(); await new Promise(() => {})",
                "exceeded Memory",
            ),
        ],
    );
}

#[test]
fn recursion_is_an_error_and_never_the_end_of_the_process() {
    check(
        5_000,
        &[
            ("const f = () => f(); try { f() } catch (e) { return e.name }", "returned \"RangeError\""),
            (
                "const f = () => [1].map(f); try { f() } catch (e) { return e.name }",
                "returned \"RangeError\"",
            ),
            (
                "let a = []; for (let i = 0; i < 1e5; i++) a = [a]; try { JSON.stringify(a) } catch {} return \"alive\"",
                "returned \"alive\"",
            ),
            (
                "const o = { get a() { return this.a } }; try { o.a } catch (e) { return e.name }",
                "returned \"RangeError\"",
            ),
            (
                "const p = new Proxy({}, { get: (t, k, r) => r[k] }); try { p.x } catch (e) { return e.name }",
                "returned \"RangeError\"",
            ),
            ("try { JSON.parse('['.repeat(1e6)) } catch (e) { return e instanceof Error }", "returned true"),
            ("try { eval('['.repeat(1e6)) } catch (e) { return e instanceof Error }", "returned true"),
            ("try { new RegExp('('.repeat(1e5)) } catch (e) { return e instanceof Error }", "returned true"),
            (
                "try { structuredClone } catch { } const e = new Error('x'); e.cause = e; throw e",
                "threw Error: x",
            ),
        ],
    );
}

#[test]
fn floods_end_at_their_limits() {
    check(
        5_000,
        &[
            ("for (;;) console.log('x'.repeat(1000))", "exceeded Printed"),
            ("console.log('x'.repeat(1e6)); for (;;);", "exceeded Printed"),
            ("const call = __narrows.tool('servers/a/b'); for (;;) call({})", "exceeded Calls"),
            ("const call = __narrows.tool('servers/a/b'); for (;;) await call({})", "exceeded Calls"),
            (
                "const call = __narrows.tool('servers/a/b'); for (;;) { try { await call({}) } catch { } finally { continue } }",
                "exceeded Calls",
            ),
            (
                "const call = __narrows.tool('fs/stat'), all = []; for (let n = 0; n <= 20000; n++) all.push(call({}));\n\
                 try { await all[20000] } catch (e) { return e.message }",
                "returned \"at most 20000 calls, timers and file operations can wait at once; await some\"",
            ),
            (
                "const call = __narrows.tool('fs/writeFile'); const text = 'x'.repeat(4e6); for (;;) call({ text })",
                "exceeded Memory",
            ),
            (
                "try { await __narrows.tool('x'.repeat(1025))({}) } catch (e) { return e.message }",
                "returned \"a path of more than 1024 bytes names nothing\"",
            ),
        ],
    );
}

#[test]
fn answers_that_wait_for_the_script_count_as_its_memory() {
    let mut worker = Worker::start();
    let body = "const call = __narrows.tool('servers/a/b'), all = Array.from({ length: 40 }, () => call({}));\n\
                await all[0];\nfor (;;);";
    let mut start = start(body);
    start.limits = Limits { cpu_ms: 20_000, memory_bytes: 64 << 20, ..Limits::default() };
    let outcome = worker.run_with(start, |_, _| Settlement::Text("x".repeat(4_000_000)));
    assert_eq!(shown(&outcome.end), "exceeded Memory");
    assert_eq!(shown(&run(&mut worker, "return [1 + 1]", LOOP_CPU_MS).end), "returned [2]");
}

#[test]
fn the_stack_says_where_a_limit_was_reached() {
    let mut worker = Worker::start();
    let outcome = run(&mut worker, "function spin() {\n  for (;;);\n}\nspin()", LOOP_CPU_MS);
    let wire::End::Exceeded { stack, .. } = outcome.end else { panic!("{:?}", outcome.end) };
    let functions: Vec<_> =
        stack.lines().map(|frame| frame.split(" (").next().unwrap_or_default().trim()).collect();
    assert_eq!(functions, ["at spin", "at default"], "{stack}");
}

#[test]
fn the_stack_is_found_inside_what_asks_nobody() {
    let mut worker = Worker::start();
    for body in [
        "let n = 3n;\nfor (;;) n = n * n % (2n ** 20000n);",
        "const a = new Array(1e6).fill('x');\nfor (;;) a.join();",
        "const a = [...Array(1e5).keys()];\nfor (;;) a.sort(() => 0.5);",
        "const text = JSON.stringify(Array(1e5).fill({ a: 1 }));\nfor (;;) JSON.parse(text);",
        "await null;\nreturn /^(a+)+$/.test('a'.repeat(40) + 'b');",
        "let n = 0;\nfor (;;) await n;",
        // It meets the limit of memory long before that of CPU time.
        "const all = [];\nfor (;;) all.push(new Uint8Array(10000));",
        "const all = [];\nfor (;;) { try { for (;;) all.push({}) } catch { all.push(1) } }",
    ] {
        let outcome = run(&mut worker, body, LOOP_CPU_MS);
        let wire::End::Exceeded { stack, .. } = outcome.end else { panic!("{body}: {:?}", outcome.end) };
        // The wrapper around a script takes the first line.
        assert!(stack.contains("at default (/main.js:3:"), "{body}: {stack}");
    }
}

#[test]
fn a_large_heap_does_not_hide_where_the_script_stood() {
    let mut worker = Worker::start();
    // Each round stops the script at another place in its work.
    for cpu_ms in 90..100 {
        let body = "const a = new Array(1e6).fill('x');\nfor (;;) a.join();";
        let outcome = run(&mut worker, body, cpu_ms);
        let wire::End::Exceeded { stack, .. } = outcome.end else { panic!("{:?}", outcome.end) };
        assert!(stack.contains("at default (/main.js:3:"), "after {cpu_ms} ms: {stack:?}");
    }
}

#[test]
fn a_limit_of_one_call_can_be_caught_and_is_known_again_when_it_is_not() {
    let deep = "let deep = 1; for (let n = 0; n < 300; n++) deep = [deep];\n";
    let call = "const call = __narrows.tool('fs/writeFile');\n";
    let caught = "try { await call({ deep }) } catch (e) { return [e.name, e.code, e.message] }";
    check(
        LOOP_CPU_MS,
        &[
            (&format!("{deep}{call}await call({{ deep }})"), "exceeded Depth"),
            (
                &format!("{deep}{call}{caught}"),
                "returned [\"LimitError\",\"limits.depth\",\"the nesting limit of 200 was reached (`limits.depth`)\"]",
            ),
            (&format!("{call}const deep = 'x'.repeat(17e6);\nawait call({{ deep }})"), "exceeded Arguments"),
            (
                &format!("{call}const deep = 'x'.repeat(17e6);\n{caught}"),
                "returned [\"LimitError\",\"limits.argument_kb\",\"the size limit of a call's arguments of 16384 KB was reached (`limits.argument_kb`)\"]",
            ),
            (
                "throw Object.assign(new Error('x'), { name: 'LimitError', code: 'limits.depth' })",
                "threw LimitError: x {\"code\":\"limits.depth\"}",
            ),
        ],
    );
}

#[test]
fn what_the_engine_gives_its_prelude_is_out_of_reach() {
    let script = "const seen = new Set(), todo = [globalThis]; const found = [];\n\
        while (todo.length) { const o = todo.pop(); if (seen.has(o)) continue; seen.add(o);\n\
          for (const key of Reflect.ownKeys(o)) { const d = Reflect.getOwnPropertyDescriptor(o, key);\n\
            for (const v of [d.value, d.get, d.set, Reflect.getPrototypeOf(o)]) {\n\
              if (v && (typeof v === 'object' || typeof v === 'function')) todo.push(v) }\n\
            if (['hooks', 'randomBytes', 'encodeUtf8'].includes(key)) found.push(key) } }\n\
        return found";
    for mut worker in engines() {
        assert_eq!(shown(&worker.run(script, nobody).end), "returned []");
    }
}
