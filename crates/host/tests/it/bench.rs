//! What the host itself costs, printed: `cargo test -p narrows-host --test it -- --ignored --nocapture`. With
//! `NARROWS_WORKER` set to a program that takes `parse` and `run`, also what real scripts cost.

use std::time::Instant;

use crate::fixture::Fixture;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "prints measurements"]
async fn what_a_run_costs() {
    let call = "call servers/crm/echo {\"id\":1}\n";
    let fixture = Fixture::new();
    measure(&fixture, "fake worker, return 1", "return 1", 2000).await;
    let sequence = format!("{call}wait\n").repeat(100);
    measure(&fixture, "fake worker, 100 calls in sequence", &sequence, 50).await;
    measure(&fixture, "fake worker, 100 calls at once", &format!("{}wait", call.repeat(100)), 50).await;

    let Some(program) = std::env::var_os("NARROWS_WORKER") else { return };
    let fixture = Fixture::with(|settings| settings.worker.program = program.into());
    let import = "import { echo } from './servers/crm/echo';\n";
    measure(&fixture, "engine, return 1", "return 1", 2000).await;
    let one_by_one = format!("{import}for (let i = 0; i < 100; i++) await echo({{ id: i }}); return 1");
    measure(&fixture, "engine, 100 calls in sequence", &one_by_one, 200).await;
    let at_once = format!(
        "{import}return (await Promise.all(Array.from({{length: 100}}, (_, id) => echo({{ id }})))).length"
    );
    measure(&fixture, "engine, 100 calls at once", &at_once, 200).await;
    measure(&fixture, "engine, 1000 calls at once", &at_once.replace("100", "1000"), 20).await;
}

#[expect(clippy::print_stdout, reason = "its only purpose")]
async fn measure(fixture: &Fixture, what: &str, script: &str, runs: usize) {
    let mut times = Vec::new();
    for _ in 0..runs {
        let began = Instant::now();
        let record = fixture.run(script).await;
        times.push(began.elapsed());
        assert_eq!(record.outcome, host::Outcome::Returned, "{:?}", record.error);
    }
    let first = times[0];
    times.sort();
    println!("{what}: first {first:?}, p50 {:?}, p99 {:?}", times[runs / 2], times[runs * 99 / 100]);
}
