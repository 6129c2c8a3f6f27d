//! What the host itself costs, printed: `cargo test -p narrows-host -- --ignored --nocapture`.

use std::time::Instant;

use crate::fixture::Fixture;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "prints measurements"]
#[expect(clippy::print_stdout, reason = "its only purpose")]
async fn what_a_run_costs() {
    let fixture = Fixture::new();
    let script = |calls: usize| {
        let call = "call servers/crm/echo {\"id\":1}\nwait\n".repeat(calls);
        format!("{call}return 1")
    };
    for (what, script, runs) in [
        ("return 1", script(0), 2000),
        ("100 calls in sequence", script(100), 50),
        (
            "100 calls at once",
            format!("{}wait\nreturn 1", "call servers/crm/echo {\"id\":1}\n".repeat(100)),
            50,
        ),
    ] {
        let mut times = Vec::new();
        for _ in 0..runs {
            let began = Instant::now();
            fixture.run(&script).await;
            times.push(began.elapsed());
        }
        times.sort();
        println!("{what}: first {:?} p50 {:?} p99 {:?}", times[0], times[runs / 2], times[runs * 99 / 100]);
    }
}
