//! Requests under a key: one run, wherever a crash comes.

use std::time::Duration;

use host::{Outcome, RequestKey, RunId, RunRequest, SubmitError};
use store::StopAfter;

use crate::{
    durable::{ends_before_crash, killed_after, over, taking_up, undisturbed_after, value},
    fixture::{Fixture, World},
};

const SCRIPT: &str =
    "call servers/crm/echo {\"id\":1}\nwait\ncall servers/crm/echo {\"id\":2}\nwait\nreturn-answers";

fn key(key: &str) -> RequestKey {
    RequestKey::new("agent", key).expect("a key")
}

async fn submit(fixture: &Fixture, code: &str, key: &RequestKey) -> Result<RunId, String> {
    let submitted = fixture.host.submit_once(RunRequest::new(code), key);
    let submitted = tokio::time::timeout(Duration::from_secs(60), submitted).await.expect("an answer");
    submitted.map_err(|error| error.to_string())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_that_is_sent_again_begins_no_second_run() {
    // Without a store the same holds as long as the process lives.
    let (world, k) = (World::new(), key("k"));
    for fixture in [Fixture::new(), taking_up(&world)] {
        let (first, second) = tokio::join!(submit(&fixture, SCRIPT, &k), submit(&fixture, SCRIPT, &k));
        let id = first.expect("it is admitted");
        assert_eq!(second.as_ref(), Ok(&id));
        over(&fixture.host, &id).await;
        assert_eq!(submit(&fixture, SCRIPT, &key("k")).await.as_ref(), Ok(&id));
        assert_eq!(
            submit(&fixture, "return 1", &key("k")).await,
            Err(SubmitError::OtherRequest(id.clone()).to_string())
        );
        let elsewhere = RequestKey::new("another agent", "k").expect("a key");
        let other = submit(&fixture, SCRIPT, &elsewhere).await.expect("it is admitted");
        assert_ne!(other, id);
        over(&fixture.host, &other).await;
        assert_eq!(fixture.tools.calls.lock().len(), 4, "two runs of two calls");
    }
}

/// One crash after so many changes of the store, after which the client sends its request again. Whether there was a
/// crash.
async fn crash_after(changes: usize) -> bool {
    let world = World::new();
    let stop = StopAfter::changes(changes);
    let first = killed_after(&world, &stop);
    let answered = async {
        let id = submit(&first, SCRIPT, &key("k")).await.expect("it is admitted");
        over(&first.host, &id).await;
    };
    let ended = ends_before_crash(&stop, answered).await;
    let second = taking_up(&world);
    let id = submit(&second, SCRIPT, &key("k")).await.expect("it is admitted");
    let record = over(&second.host, &id).await;
    assert_eq!(record.outcome, Outcome::Returned, "after {changes}: {:?}", record.error);
    let unknown = value(&record).iter().filter(|it| it["rejected"]["name"] == "UnknownOutcomeError").count();
    let calls = world.tools.calls.lock().clone();
    assert!(unknown <= 1 && calls.len() + unknown >= 2 && calls.len() <= 2, "after {changes}: {calls:?}");
    !ended
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_sends_its_request_again_after_a_crash_gets_the_run_it_began() {
    let changes = undisturbed_after(0, crash_after).await;
    assert!(changes > 3, "only {changes} changes were made");
}
