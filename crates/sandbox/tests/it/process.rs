//! The worker process: many runs, cancelling, ending.

use std::{collections::HashMap, process::Command};

use wire::{End, FromRunner, RunNumber, Settlement, ToRunner};

use crate::worker::{Worker, nobody, program, shown, start};

#[test]
fn stdin_ends_the_process() {
    assert!(Worker::start().close().success());
}

#[test]
fn a_computing_run_holds_up_nobody() {
    let mut worker = Worker::start();
    let busy: Vec<_> = (0..8).map(|_| start("for (;;);")).collect();
    for start in &busy {
        worker.say(&ToRunner::Start(Box::new(start.clone())));
    }
    let quick = start("return 1");
    let outcome = worker.run_with(quick, nobody);
    assert_eq!(shown(&outcome.end), "returned 1");
    for start in &busy {
        worker.say(&ToRunner::Cancel { run: start.run });
    }
    for _ in &busy {
        assert!(matches!(worker.hear(), FromRunner::Ended { end: End::Cancelled { .. }, .. }));
    }
}

#[test]
fn a_waiting_run_can_be_cancelled() {
    let mut worker = Worker::start();
    let waiting = start("await __narrows.tool('servers/a/b')()");
    let run = waiting.run;
    worker.say(&ToRunner::Start(Box::new(waiting)));
    assert!(matches!(worker.hear(), FromRunner::Call { .. }));
    assert!(matches!(worker.hear(), FromRunner::Waiting { .. }));
    worker.say(&ToRunner::Cancel { run });
    match worker.hear() {
        FromRunner::Ended { run: ended, end: End::Cancelled { .. }, used } => {
            assert_eq!(ended, run);
            assert!(used.memory_bytes > 0);
        }
        other => panic!("{other:?}"),
    }
    // What comes late is for nobody.
    worker.say(&ToRunner::Settle { run, call: 1, with: Settlement::Undefined, now_ms: 0.0 });
    assert_eq!(shown(&worker.run("return 2", nobody).end), "returned 2");
}

#[test]
fn an_answer_nobody_asked_for_changes_nothing() {
    let mut worker = Worker::start();
    let waiting = start("return await __narrows.tool('servers/a/b')()");
    let run = waiting.run;
    worker.say(&ToRunner::Start(Box::new(waiting)));
    let FromRunner::Call { call, .. } = worker.hear() else { panic!("a call") };
    assert!(matches!(worker.hear(), FromRunner::Waiting { settled: 0, .. }));
    let settle =
        |call, json: &str| ToRunner::Settle { run, call, with: Settlement::Json(json.into()), now_ms: 0.0 };
    for (wrong, read) in [(0, 1), (call + 1, 2), (u32::MAX, 3)] {
        worker.say(&settle(wrong, "\"forged\""));
        assert!(matches!(worker.hear(), FromRunner::Waiting { settled, .. } if settled == read));
    }
    worker.say(&settle(call, "\"true\""));
    worker.say(&settle(call, "\"twice\""));
    let FromRunner::Ended { end, .. } = worker.hear() else { panic!("an end") };
    assert_eq!(shown(&end), "returned \"true\"");
}

#[test]
fn a_thousand_runs_wait_in_one_process() {
    const RUNS: usize = 1_000;
    let mut worker = Worker::start();
    let mut calls = HashMap::new();
    for _ in 0..RUNS {
        let waiting = start("const rows = await __narrows.tool('servers/a/b')({}); return rows.length");
        let run = waiting.run;
        worker.say(&ToRunner::Start(Box::new(waiting)));
        let FromRunner::Call { call, .. } = worker.hear() else { panic!("a call") };
        assert!(matches!(worker.hear(), FromRunner::Waiting { .. }));
        calls.insert(run, call);
    }
    // What the runs have for themselves; the pages they share with the pristine image are not theirs.
    let waiting_kb = own_kb(worker.id());
    assert!(waiting_kb < 450 * 1024, "{waiting_kb} KB");
    let mut ended: HashMap<RunNumber, String> = HashMap::new();
    for (run, call) in &calls {
        let with = Settlement::Json(b"[1,2,3]".to_vec());
        worker.say(&ToRunner::Settle { run: *run, call: *call, with, now_ms: 0.0 });
        let FromRunner::Ended { run, end, .. } = worker.hear() else { panic!("an end") };
        ended.insert(run, shown(&end));
    }
    assert_eq!(ended.len(), RUNS);
    assert!(ended.values().all(|end| end == "returned 3"));
}

#[test]
fn it_works_with_little_address_space() {
    let mut shell = Command::new("/bin/sh");
    shell.args(["-c", "ulimit -v 12000000; exec \"$0\" \"$1\""]).arg(program());
    let mut worker = Worker::of(&mut shell);
    assert_eq!(shown(&worker.run("return 1", nobody).end), "returned 1");
}

fn own_kb(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).expect("its status");
    let line = status.lines().find(|line| line.starts_with("RssAnon:")).expect("RssAnon");
    line.split_whitespace().nth(1).and_then(|number| number.parse().ok()).expect("a number")
}
