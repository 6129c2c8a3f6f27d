//! The worker whose engine is Deno, where it is another one. What both do alike is tested by the same cases.

use std::{
    fs,
    process::Command,
    thread,
    time::{Duration, Instant},
};

use wire::{End, FromRunner, Limits, Settlement, ToRunner, Wall};

use crate::worker::{NOW_MS, Worker, deno, nobody, program, shown, start};

/// Nothing waited for here takes this long unless it never comes. A net, not a measurement.
const HANGS_AFTER: Duration = Duration::from_secs(60);

#[test]
fn it_has_all_walls_but_the_one_against_new_code() {
    let Some(worker) = Worker::deno() else { return };
    let native = Worker::start();
    let stand = |worker: &Worker| {
        worker.walls.iter().map(|state| (state.wall, state.missing().is_none())).collect::<Vec<_>>()
    };
    let (mut ours, mut theirs) = (stand(&worker), stand(&native));
    // It is not reported at all, so that a host which requires it refuses.
    theirs.retain(|(wall, _)| *wall != Wall::Code);
    ours.sort_by_key(|(wall, _)| wall.name());
    theirs.sort_by_key(|(wall, _)| wall.name());
    assert_eq!(ours, theirs, "{:?}", worker.walls);
}

#[test]
fn nothing_of_deno_is_to_be_seen_and_nothing_works_for_who_finds_it() {
    let Some(mut worker) = Worker::deno() else { return };
    let cases = [
        (
            "return [typeof Deno, typeof process, typeof Worker, typeof WebAssembly, typeof Temporal, typeof Atomics]",
            r#"returned ["undefined","undefined","undefined","undefined","undefined","undefined"]"#,
        ),
        (
            "return globalThis.constructor.constructor('return typeof Deno + typeof process')()",
            r#"returned "undefinedundefined""#,
        ),
        (
            "try { await new Function(\"return import('node:fs')\")() } catch (e) { return e.message }",
            r#"returned "there is no module \"node:fs\" (imported by /main.js)""#,
        ),
        (
            "try { await eval(\"import('data:text/javascript,export default 1')\") } catch (e) { return e.message }",
            r#"returned "there is no module \"data:text/javascript,export default 1\" (imported by /main.js)""#,
        ),
        // What an error, a promise or a function of the engine leads to is the script's own world.
        (
            "const seen = []; try { await __narrows.import('./none') } catch (e) { seen.push(e) } seen.push(fetch, setTimeout, crypto.getRandomValues, __narrows.tool('x'), new TextEncoder().encode('a'));\n\
          return seen.map((one) => one.constructor.constructor('return typeof Deno')())",
            r#"returned ["undefined","undefined","undefined","undefined","undefined","undefined"]"#,
        ),
    ];
    for (script, expected) in cases {
        let outcome =
            worker.run(script, |_, _| Settlement::Reject(br#"{"name":"TypeError","message":"no"}"#.to_vec()));
        assert_eq!(shown(&outcome.end), expected, "{script}");
    }
}

#[test]
fn what_is_over_a_limit_is_ended_from_outside() {
    let Some(mut worker) = Worker::deno() else { return };
    let mut run = |body: &str, limits: Limits| {
        let mut start = start(body);
        start.limits = limits;
        worker.run_with(start, |_, _| Settlement::Undefined)
    };
    let little = Limits { memory_bytes: 64 * 1024 * 1024, ..Limits::default() };
    let outcome = run("const kept = []; for (;;) kept.push(new Uint8Array(1e6).fill(1))", little.clone());
    // An array that the kernel refuses is an error a script can catch; what it holds by then is within the limit.
    let ended = shown(&outcome.end);
    assert!(
        ["exceeded Memory", "threw RangeError: Array buffer allocation failed"].contains(&ended.as_str()),
        "{ended}"
    );
    assert!(outcome.used.memory_bytes < 80 * 1024 * 1024, "{:?}", outcome.used);
    assert_eq!(
        shown(&run("const kept = []; for (;;) kept.push({ at: kept.length })", little).end),
        "exceeded Memory"
    );
    let busy = Limits { cpu_ms: 200, ..Limits::default() };
    let outcome = run("console.log('before'); for (;;);", busy);
    assert_eq!((shown(&outcome.end).as_str(), outcome.printed.len()), ("exceeded Cpu", 1));
    // Where it stood is not known: V8 cannot be asked by another process.
    assert!(matches!(outcome.end, End::Exceeded { stack, .. } if stack.is_empty()));
}

#[test]
fn more_runs_than_processes_wait_their_turn() {
    const RUNS: usize = 40;
    let Some(mut worker) = Worker::deno() else { return };
    let starts: Vec<_> = (0..RUNS).map(|_| start("return await __narrows.tool('servers/a/b')({})")).collect();
    for start in &starts {
        worker.say(&ToRunner::Start(Box::new(start.clone())));
    }
    // Ten are cancelled, wherever they are; the others are answered as they ask.
    for start in &starts[RUNS - 10..] {
        worker.say(&ToRunner::Cancel { run: start.run });
    }
    let (mut returned, mut cancelled) = (0, 0);
    while returned + cancelled < RUNS {
        match worker.hear() {
            FromRunner::Call { run, call, .. } => {
                let with = Settlement::Json(b"1".to_vec());
                worker.say(&ToRunner::Settle { run, call, with, now_ms: NOW_MS });
            }
            FromRunner::Ended { end: End::Cancelled { .. }, .. } => cancelled += 1,
            FromRunner::Ended { end, .. } => {
                assert_eq!(shown(&end), "returned 1");
                returned += 1;
            }
            FromRunner::Waiting { .. } => {}
            other => panic!("{other:?}"),
        }
    }
    assert_eq!((returned, cancelled), (RUNS - 10, 10));
}

#[test]
fn a_run_that_waits_says_how_many_answers_it_has_read() {
    let Some(mut worker) = Worker::deno() else { return };
    let asks = start("for (;;) await __narrows.tool('servers/a/b')({})");
    let run = asks.run;
    worker.say(&ToRunner::Start(Box::new(asks)));
    for answers in 0..3 {
        let call = loop {
            match worker.hear() {
                FromRunner::Call { call, .. } => break call,
                // It waits for a process first.
                FromRunner::Waiting { settled: 0, .. } if answers == 0 => {}
                other => panic!("{other:?}"),
            }
        };
        assert!(matches!(worker.hear(), FromRunner::Waiting { settled, .. } if settled == answers));
        worker.say(&ToRunner::Settle { run, call, with: Settlement::Undefined, now_ms: NOW_MS });
    }
}

#[test]
fn the_kernel_says_so_too() {
    let Some(mut worker) = Worker::deno() else { return };
    let waiting = start("await __narrows.tool('servers/a/b')()");
    worker.say(&ToRunner::Start(Box::new(waiting)));
    assert!(matches!(worker.hear(), FromRunner::Call { .. }));
    let owner = |status: &str| status.lines().find(|line| line.starts_with("Uid:")).map(str::to_owned);
    let ours = owner(&fs::read_to_string("/proc/self/status").expect("our status"));
    let root = ours.as_deref() == Some("Uid:\t0\t0\t0\t0");
    // Those that have become Deno: others are only just being started.
    let has_become = |child: &u32| {
        fs::read_to_string(format!("/proc/{child}/cmdline")).is_ok_and(|line| line.contains("--no-prompt"))
    };
    let children: Vec<_> = children_of(worker.id()).into_iter().filter(has_become).collect();
    assert!(!children.is_empty());
    for child in children {
        let status = fs::read_to_string(format!("/proc/{child}/status")).expect("its status");
        for line in
            ["NoNewPrivs:\t1", "Seccomp:\t2", "CapEff:\t0000000000000000", "CapPrm:\t0000000000000000"]
        {
            assert!(status.contains(line), "{line}: {status}");
        }
        assert!(!root || owner(&status) != ours, "{status}");
    }
}

#[test]
fn no_process_is_left_behind() {
    let Some(mut worker) = Worker::deno() else { return };
    assert_eq!(shown(&worker.run("return 1", nobody).end), "returned 1");
    let children = children_of(worker.id());
    assert!(!children.is_empty());
    // Killed, so that nothing in it can end them.
    drop(worker);
    let until = Instant::now() + HANGS_AFTER;
    while children.iter().any(|id| is_running(*id)) {
        assert!(Instant::now() < until, "a process is left behind");
        thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn what_is_not_deno_is_refused() {
    let refusals = [
        (
            "/nowhere/deno",
            "error: the Deno worker cannot work: there is no `/nowhere/deno`: No such file or directory (os error 2)",
        ),
        ("/bin/true", "error: the Deno worker cannot work: Deno did not say that it is ready"),
    ];
    for (path, expected) in refusals {
        let output = Command::new(program()).args(["deno", path, "512"]).output().expect("it starts");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success(), "{said}");
        // What was taken for Deno ends at the same time, and may say so before or after.
        assert_eq!(said.lines().filter(|line| *line == expected).count(), 1, "{said}");
    }
    assert!(deno().is_none_or(|path| path.is_absolute()));
}

fn children_of(process: u32) -> Vec<u32> {
    let tasks = fs::read_dir(format!("/proc/{process}/task")).expect("it runs");
    let lists = tasks.flatten().filter_map(|task| fs::read_to_string(task.path().join("children")).ok());
    lists
        .flat_map(|list| list.split_whitespace().filter_map(|id| id.parse().ok()).collect::<Vec<_>>())
        .collect()
}

fn is_running(process: u32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    stat.rsplit_once(')').is_some_and(|(_, rest)| !rest.trim_start().starts_with('Z'))
}
