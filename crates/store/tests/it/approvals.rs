//! Calls that wait for a person, in a file and on a server.

use store::{Keep, KeptApproval, KeptDecision, NewApproval, Store, WhichApprovals};

use crate::fixture::{Fixture, begun, ended, on_both};

on_both! {
    what_waits_is_found_again_and_the_first_decision_stands
    another_call_of_the_same_number_is_asked_about_anew
    a_list_shows_the_latest_first_and_what_is_asked_for
    approvals_are_forgotten_with_their_runs
}

fn new(run: &str, call: i64, asked_ms: i64) -> NewApproval {
    NewApproval {
        run: run.to_owned(),
        call,
        request: b"slack/send {\"text\":\"\xff\"}".to_vec(),
        about: "asked by a rule".to_owned(),
        asked_ms,
        expires_ms: asked_ms + 1_000,
    }
}

fn verdict(word: &str, by: &str) -> KeptDecision {
    KeptDecision { word: word.to_owned(), decided_ms: 7, by: by.to_owned() }
}

async fn names(store: &Store, which: WhichApprovals) -> Vec<String> {
    let listed = store.approvals(WhichApprovals { limit: 100, ..which }).await.expect("a list");
    listed.into_iter().map(|kept| format!("{}.{}", kept.asked.run, kept.asked.call)).collect()
}

async fn what_waits_is_found_again_and_the_first_decision_stands(fixture: &Fixture) {
    let asked = new("a", 3, 10);
    {
        let store = fixture.open().await;
        let kept = store.ask(asked.clone()).await.expect("asked");
        assert_eq!(kept, KeptApproval { asked: asked.clone(), verdict: None });
    }
    let store = fixture.open().await;
    let again = NewApproval { about: "of a later moment".to_owned(), asked_ms: 500, ..asked.clone() };
    assert_eq!(store.ask(again.clone()).await.expect("asked").asked, asked, "it is known as it was asked");
    assert_eq!(store.waiting().await.expect("a list"), [("a".to_owned(), 3)]);
    for (word, by, is_first) in [("approved", "ada", true), ("refused", "bob", false)] {
        assert_eq!(store.decide("a", 3, verdict(word, by)).await.expect("an answer"), is_first, "{word}");
    }
    let decided = Some(verdict("approved", "ada"));
    assert_eq!(store.ask(again).await.expect("asked").verdict, decided, "a restart changes nothing");
    assert_eq!(store.approval("a", 3).await.expect("an answer").expect("a row").verdict, decided);
    assert_eq!(store.waiting().await.expect("a list"), []);
    assert!(!store.decide("a", 4, verdict("approved", "ada")).await.expect("an answer"));
    for call in [5, 6] {
        store.ask(new("a", call, 10)).await.expect("asked");
    }
    store.ask(new("b", 5, 10)).await.expect("asked");
    store.decide_all("a", verdict("withdrawn", "")).await.expect("withdrawn");
    assert_eq!(store.waiting().await.expect("a list"), [("b".to_owned(), 5)]);
    assert_eq!(store.approval("a", 3).await.expect("an answer").expect("a row").verdict, decided);
    assert_eq!(store.approval("a", 4).await.expect("an answer"), None);
}

async fn another_call_of_the_same_number_is_asked_about_anew(fixture: &Fixture) {
    let store = fixture.open().await;
    store.ask(new("a", 3, 10)).await.expect("asked");
    store.decide("a", 3, verdict("approved", "ada")).await.expect("decided");
    let other = NewApproval { request: b"slack/send {}".to_vec(), ..new("a", 3, 20) };
    let kept = store.ask(other.clone()).await.expect("asked");
    assert_eq!(kept, KeptApproval { asked: other, verdict: None }, "no approval is for two calls");
}

async fn a_list_shows_the_latest_first_and_what_is_asked_for(fixture: &Fixture) {
    let store = fixture.open().await;
    for (run, call, asked_ms) in [("a", 1, 10), ("b", 1, 30), ("a", 2, 20)] {
        store.ask(new(run, call, asked_ms)).await.expect("asked");
    }
    store.decide("a", 2, verdict("refused", "ada")).await.expect("decided");
    let of_a = || Some("a".to_owned());
    assert_eq!(names(&store, WhichApprovals::default()).await, ["b.1", "a.2", "a.1"]);
    let waiting = WhichApprovals { waiting: true, ..WhichApprovals::default() };
    assert_eq!(names(&store, waiting).await, ["b.1", "a.1"]);
    let of_run = WhichApprovals { run: of_a(), ..WhichApprovals::default() };
    assert_eq!(names(&store, of_run).await, ["a.2", "a.1"]);
    let both = WhichApprovals { run: of_a(), waiting: true, limit: 0 };
    assert_eq!(names(&store, both).await, ["a.1"]);
}

async fn approvals_are_forgotten_with_their_runs(fixture: &Fixture) {
    let store = fixture.open().await;
    for (run, asked_ms) in [("goes on", 1), ("ended", 1), ("young", 50), ("unknown", 1)] {
        store.ask(new(run, 1, asked_ms)).await.expect("asked");
    }
    begun(&store, "goes on", "me", 1).await;
    for run in ["ended", "young"] {
        let lease = begun(&store, run, "me", 50).await;
        store.end(&lease, move || ended(60, b"12345")).await.expect("ended");
    }
    store.prune(Keep { since_ms: 20, bytes: i64::MAX }).await.expect("pruned");
    assert_eq!(names(&store, WhichApprovals::default()).await, ["young.1", "goes on.1"]);
    store.prune(Keep { since_ms: 20, bytes: 0 }).await.expect("pruned");
    assert_eq!(names(&store, WhichApprovals::default()).await, ["goes on.1"]);
}
