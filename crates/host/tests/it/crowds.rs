//! A crowd of runs of one client, beside another's.

use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use host::{Client, Outcome, QueueFull, QueueLimits, RunId, RunRecord, RunRequest, RunStatus, Urgency};
use wire::Limits;

use crate::fixture::Fixture;

/// A script that waits until it is cancelled, or its call's time is over.
const WAITS: &str = "call servers/crm/never\nwait\nreturn 1";

fn request(client: &str, code: &str) -> RunRequest {
    RunRequest { client: Client::new(client), ..RunRequest::new(code) }
}

fn background(client: &str, code: &str) -> RunRequest {
    RunRequest { urgency: Urgency::Background, ..request(client, code) }
}

fn submit(fixture: &Fixture, request: RunRequest) -> RunId {
    fixture.host.submit(request).expect("it is admitted")
}

async fn over(fixture: &Fixture, id: &RunId) -> Arc<RunRecord> {
    match fixture.host.wait(id, Duration::from_secs(60)).await {
        Some(RunStatus::Done(record)) => record,
        other => panic!("{id} is not over: {other:?}"),
    }
}

/// Waits until so many calls are under way.
async fn calls_under_way(fixture: &Fixture, calls: usize) {
    while fixture.tools.under_way.load(Ordering::SeqCst) < calls {
        tokio::task::yield_now().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_thousand_runs_in_the_background_all_end_right_beside_another_client() {
    let fixture = Fixture::new();
    // Far more than the worker can carry at once.
    let script = "call timer {\"ms\":1}\nwait\nreturn 7";
    let crowd: Vec<_> = (0..3_000).map(|_| submit(&fixture, background("crowd", script))).collect();
    for _ in 0..50 {
        let record = fixture.host.run(request("other", "return 1")).await.expect("it is admitted");
        assert_eq!(record.value.as_ref().map(|value| value.get()), Some("1"));
    }
    for id in &crowd {
        let record = over(&fixture, id).await;
        assert_eq!(record.value.as_ref().map(|value| value.get()), Some("7"), "{:?}", record.error);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn runs_that_wait_for_tools_leave_room_for_another_client() {
    let fixture = Fixture::new();
    let crowd: Vec<_> = (0..300).map(|_| submit(&fixture, request("crowd", WAITS))).collect();
    // Half of what the worker can carry.
    calls_under_way(&fixture, 100).await;
    let record = fixture.host.run(request("other", "return 1")).await.expect("it is admitted");
    assert_eq!(record.outcome, Outcome::Returned);
    assert_eq!(fixture.tools.under_way.load(Ordering::SeqCst), 100);
    for id in &crowd {
        fixture.host.cancel(id);
    }
    for id in &crowd {
        assert_eq!(over(&fixture, id).await.outcome, Outcome::Cancelled);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_queue_says_which_limit_and_its_key() {
    let fixture = Fixture::with(|settings| {
        settings.queue = QueueLimits {
            at_once: 1,
            queued: 3,
            queued_per_client: 2,
            queued_bytes: 2 * 1024 * 1024,
            ..QueueLimits::default()
        };
    });
    let first = submit(&fixture, request("a", WAITS));
    let refused = |request| fixture.host.submit(request).expect_err("the queue is full").to_string();
    let large = "x".repeat(2 * 1024 * 1024 + 1);
    assert_eq!(
        refused(request("b", &large)),
        "the size limit of queued scripts of 2 MB was reached (`runs.queued_mb`)"
    );
    let _two = [submit(&fixture, request("a", WAITS)), submit(&fixture, background("a", WAITS))];
    assert_eq!(
        refused(request("a", WAITS)),
        "the limit of queued runs of one client of 2 was reached (`runs.queued_per_client`)"
    );
    let third = submit(&fixture, request("b", "return 1"));
    assert_eq!(refused(request("c", WAITS)), "the limit of queued runs of 3 was reached (`runs.queued`)");
    assert!(matches!(fixture.host.run(request("c", WAITS)).await, Err(QueueFull::Runs(3))));
    for id in [&first, &_two[0], &_two[1]] {
        fixture.host.cancel(id);
    }
    assert_eq!(over(&fixture, &third).await.outcome, Outcome::Returned, "it goes on where there is room");
}

/// Long enough for a script that only returns, on a busy machine.
const WALL_MS: u64 = 2_000;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_in_the_queue_can_be_cancelled_and_its_wait_is_told() {
    let fixture = Fixture::with(|settings| {
        settings.queue.at_once = 1;
        settings.limits = Limits { wall_ms: WALL_MS, ..Limits::default() };
    });
    let first = submit(&fixture, request("a", WAITS));
    calls_under_way(&fixture, 1).await;
    let (cancelled, waits) =
        (submit(&fixture, request("a", WAITS)), submit(&fixture, request("a", "return 1")));
    assert!(fixture.host.cancel(&cancelled));
    let record = over(&fixture, &cancelled).await;
    assert_eq!((record.outcome, record.calls.len()), (Outcome::Cancelled, 0));
    assert_eq!(fixture.tools.under_way.load(Ordering::SeqCst), 1, "it never began");
    // Longer than it may take: none of that counts.
    let still = fixture.host.wait(&waits, Duration::from_millis(WALL_MS + 100)).await;
    assert!(matches!(still, Some(RunStatus::Running)));
    fixture.host.cancel(&first);
    let record = over(&fixture, &waits).await;
    assert_eq!(record.outcome, Outcome::Returned);
    assert!(record.queued_ms > WALL_MS as f64 && record.duration_ms >= record.queued_ms, "{record:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn shutting_down_ends_what_waits_in_the_queue() {
    let fixture = Fixture::with(|settings| settings.queue.at_once = 1);
    let runs: Vec<_> = (0..20).map(|_| submit(&fixture, request("a", WAITS))).collect();
    calls_under_way(&fixture, 1).await;
    fixture.host.shutdown().await;
    for id in &runs {
        assert_eq!(over(&fixture, id).await.outcome, Outcome::Cancelled);
    }
}
