//! A worker's faults cost what it was doing, and nothing else.

use std::{collections::HashMap, time::Duration};

use host::{Outcome, RunId, RunRequest, RunStatus};
use wire::Limits;

use crate::fixture::Fixture;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_runner_that_breaks_is_replaced_and_its_run_told() {
    let fixture = Fixture::new();
    let failed = "crashed WorkerError: the worker that ran this script failed: ";
    let protocol = "the worker broke the protocol: ";
    let cases = [
        ("die", "the worker ended; exit status: 3".to_owned()),
        (
            "lie",
            format!("{protocol}a frame of 4294967295 bytes is over the budget of 100663296; it was killed"),
        ),
        ("unknown-run", format!("{protocol}it spoke of run 18446744073709551615, which it does not hold; ")),
        ("ready-again", format!("{protocol}it said twice that it is ready; ")),
        ("call-twice", format!("{protocol}it asked call 1 twice; it was killed")),
        ("flood", "it asked for more at once than any script may".to_owned()),
        ("garbage", format!("{protocol}a frame holds no message: ")),
    ];
    for (script, reason) in cases {
        let told = fixture.told(script).await;
        let expect = format!("{failed}{reason}");
        assert!(told.starts_with(&expect), "{script}: {told}");
        assert_eq!(fixture.told("return 1").await, "returned 1", "after {script}");
    }
    assert_eq!(fixture.host.workers().replaced, 7);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn frames_after_the_end_cost_the_runner_but_not_the_run_that_ended() {
    let fixture = Fixture::new();
    assert_eq!(fixture.told("after-the-end").await, "returned");
    while fixture.host.workers().replaced == 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(fixture.told("return 2").await, "returned 2");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_runner_returns_must_be_json() {
    let fixture = Fixture::new();
    let told = fixture.told("return {oops").await;
    assert_eq!(told, "crashed WorkerError: the worker that ran this script failed: it returned invalid JSON");
    assert_eq!(fixture.told("return {}").await, "returned {}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_death_costs_every_run_of_that_runner_and_none_of_the_others() {
    let fixture = Fixture::with(|settings| settings.runners = 2);
    while fixture.host.workers().runners < 2 {
        tokio::task::yield_now().await;
    }
    let ids: Vec<_> = (0..4)
        .map(|_| {
            fixture
                .host
                .submit(RunRequest::new("call servers/crm/never\nwait\nreturn 1"))
                .expect("it is admitted")
        })
        .collect();
    while fixture.tools.under_way.load(std::sync::atomic::Ordering::SeqCst) < 4 {
        tokio::task::yield_now().await;
    }
    assert_eq!(fixture.told("die").await.split(':').next(), Some("crashed WorkerError"));
    // The death reaches each run by itself: no run is cancelled before those that it costs have ended.
    let under_way = |id: &&RunId| fixture.host.progress(id).is_some();
    while ids.iter().filter(under_way).count() > 2 {
        tokio::task::yield_now().await;
    }
    let mut ends = HashMap::new();
    for id in &ids {
        fixture.host.cancel(id);
        let status = fixture.host.wait(id, Duration::from_secs(30)).await;
        let Some(RunStatus::Done(record)) = status else { panic!("{id} is not over: {status:?}") };
        assert_eq!(record.calls.len(), 1);
        assert_eq!(record.calls[0].outcome.to_string(), "cancelled");
        *ends.entry(record.outcome.to_string()).or_insert(0) += 1;
    }
    let expected = [("crashed".to_owned(), 2), ("cancelled".to_owned(), 2)];
    assert_eq!(ends, HashMap::from(expected), "two of the four were in the runner that died");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_that_does_not_stop_costs_its_runner() {
    let fixture = Fixture::with(|settings| {
        settings.limits = Limits { wall_ms: 100, ..Limits::default() };
    });
    let told = fixture.told("drain").await;
    assert_eq!(told, "exceeded LimitError: the time limit of 0.1 s was reached (`limits.wall_seconds`)");
    assert_eq!(fixture.told("return 1").await, "returned 1");
    assert!(fixture.host.workers().last_error.expect("a reason").contains("did not end a run"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_silent_runner_is_killed() {
    let fixture = Fixture::with(|settings| {
        settings.limits = Limits { cpu_ms: 1, ..Limits::default() };
    });
    let told = fixture.told("hang").await;
    assert_eq!(
        told,
        "crashed WorkerError: the worker that ran this script failed: \
         it has said nothing for longer than any script may compute; it was killed"
    );
    assert_eq!(fixture.told("return 1").await, "returned 1");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_parse_bomb_costs_its_own_script_only() {
    let fixture = Fixture::new();
    let hostile =
        "refused SyntaxError: the parser did not survive this script; it nests too deeply or is not a script";
    let (bomb, other, lie) = tokio::join!(
        fixture.told("parser: abort"),
        fixture.told("return 1"),
        fixture.told("parser: wrong id"),
    );
    assert_eq!((bomb.as_str(), other.as_str(), lie.as_str()), (hostile, "returned 1", hostile));
    assert_eq!(fixture.told("return 2").await, "returned 2");
    let slow = fixture.told("parser: hang").await;
    assert_eq!(slow, "refused SyntaxError: parsing this script took longer than 5 s");
    assert_eq!(fixture.told("return 3").await, "returned 3");
    assert_eq!(fixture.host.workers().replaced, 4, "the bomb had two");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_death_of_an_idle_parser_costs_no_script() {
    let fixture = Fixture::new();
    for round in 0..3 {
        let last = format!("parser: die idle\nreturn \"last in {round}\"");
        assert_eq!(fixture.told(&last).await, format!("returned \"last in {round}\""));
        assert_eq!(fixture.told(&format!("return {round}")).await, format!("returned {round}"));
        assert_eq!(fixture.host.workers().replaced, round + 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_of_another_version_is_not_used() {
    let fixture = Fixture::with(|settings| settings.worker.run = vec!["wrong-version".into()]);
    let id = fixture.host.submit(RunRequest::new("return 1")).expect("it is admitted");
    while fixture.host.workers().last_error.is_none() {
        tokio::task::yield_now().await;
    }
    let version = wire::WIRE_VERSION;
    let expect = format!("a worker speaks version {} of the wire, not {version}", version + 1);
    assert_eq!(fixture.host.workers().last_error, Some(expect));
    assert!(fixture.host.cancel(&id));
    let status = fixture.host.wait(&id, Duration::from_secs(30)).await;
    assert!(matches!(status, Some(host::RunStatus::Done(record)) if record.outcome == Outcome::Cancelled));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_program_that_is_not_there_is_told() {
    let fixture = Fixture::with(|settings| settings.worker.program = "/no/such/program".into());
    let told = fixture.told("return 1").await;
    assert_eq!(
        told,
        "crashed WorkerError: a worker could not be started: `/no/such/program`: No such file or directory (os error 2)"
    );
}
