//! Runs, their journals and their owners, in a file and on a server.

use store::{Keep, Lease, Listed, Owner, Store, StoreError, Which};

use crate::fixture::{Fixture, begun, ended, on_both, run};

on_both! {
    a_journal_is_read_back_as_it_was_written
    what_is_asked_in_order_is_done_in_order_without_waiting
    entries_follow_a_beginning_that_is_still_on_its_way
    entries_that_are_waited_for_follow_those_before
    an_entry_that_does_not_follow_the_last_is_refused
    the_runs_of_a_living_owner_are_its_own
    a_stale_owner_cannot_write
    a_run_is_forgotten_by_its_owner_alone
    what_an_owner_leaves_is_free_at_once
    a_list_shows_the_youngest_first_and_what_is_asked_for
    the_oldest_are_forgotten_and_what_has_not_ended_never_is
}

const ALL: Which = Which { limit: 100, before_ms: None, outcome: None };

async fn names(store: &Store, which: Which) -> Vec<String> {
    store.list(which).await.expect("a list").into_iter().map(|listed| listed.run).collect()
}

async fn a_journal_is_read_back_as_it_was_written(fixture: &Fixture) {
    let (first, second) = (vec![b"seed".to_vec(), vec![7; 100_000]], vec![Vec::new(), vec![9; 8 * 1024]]);
    {
        let store = fixture.open().await;
        let lease = begun(&store, "a", "me", 1).await;
        store.append(&lease, 0, first.clone()).await.expect("appended");
        store.append(&lease, 2, second.clone()).await.expect("appended");
    }
    let store = fixture.open().await;
    assert_eq!(store.journal("a").await.expect("a journal"), [first, second].concat());
    assert_eq!(store.journal("b").await.expect("a journal"), Vec::<Vec<u8>>::new());
    let listed = store.find("a").await.expect("a row").expect("the run");
    let expected = Listed {
        run: "a".to_owned(),
        about: "about a".to_owned(),
        started_ms: 1,
        ended_ms: None,
        outcome: None,
        entries: 4,
        bytes: 4 + 100_000 + 8 * 1024,
    };
    assert_eq!(listed, expected);
}

async fn entries_follow_a_beginning_that_is_still_on_its_way(fixture: &Fixture) {
    let store = fixture.open().await;
    // The writer is busy with the first while the others come, and takes those together.
    let all = (0..40).map(|number| {
        let new = run(&format!("run {number}"), "me", number);
        let lease = new.lease();
        let begun = store.begin(new, vec![b"one".to_vec(), vec![2; 9_000]]);
        let appended = store.append(&lease, 2, vec![b"three".to_vec()]);
        (begun, appended, store.end(&lease, || ended(2, b"record")))
    });
    for (begun, appended, ended) in all.collect::<Vec<_>>() {
        begun.await.expect("begun");
        appended.await.expect("appended");
        ended.await.expect("ended");
    }
    let journal = store.journal("run 7").await.expect("a journal");
    assert_eq!(journal, [b"one".to_vec(), vec![2; 9_000], b"three".to_vec()]);
}

async fn what_is_asked_in_order_is_done_in_order_without_waiting(fixture: &Fixture) {
    let store = fixture.open().await;
    let lease = begun(&store, "a", "me", 1).await;
    let pending: Vec<_> =
        (0..2_000).map(|at| store.append(&lease, at, vec![at.to_le_bytes().to_vec()])).collect();
    let end = store.end(&lease, move || ended(2, b"record"));
    let late = store.append(&lease, 2_000, vec![b"late".to_vec()]);
    for pending in pending {
        pending.await.expect("appended");
    }
    end.await.expect("ended");
    assert!(matches!(late.await, Err(StoreError::TakenOver)), "a run that has ended is written no more");
    let journal = store.journal("a").await.expect("a journal");
    assert_eq!(journal, (0..2_000_i64).map(|at| at.to_le_bytes().to_vec()).collect::<Vec<_>>());
}

/// Some by the queue, some at once, and of these some large: each after the one before.
async fn entries_that_are_waited_for_follow_those_before(fixture: &Fixture) {
    let store = fixture.open().await;
    let lease = begun(&store, "a", "me", 1).await;
    let entries: Vec<_> =
        (0..1_000_i64).map(|at| vec![at as u8; if at % 100 == 99 { 70_000 } else { 9 }]).collect();
    for (at, entry) in (0..).zip(&entries) {
        let appended = match at % 3 {
            0 => store.append(&lease, at, vec![entry.clone()]),
            _ => store.append_now(&lease, at, vec![entry.clone()]),
        };
        appended.await.expect("appended");
    }
    let refused = store.append_now(&lease, 7, vec![b"late".to_vec()]).await;
    assert!(matches!(refused, Err(StoreError::TakenOver)), "{refused:?}");
    assert_eq!(store.journal("a").await.expect("a journal"), entries);
}

async fn an_entry_that_does_not_follow_the_last_is_refused(fixture: &Fixture) {
    let store = fixture.open().await;
    let lease = begun(&store, "a", "me", 1).await;
    store.append(&lease, 0, vec![b"one".to_vec()]).await.expect("appended");
    for first in [0, 2] {
        let refused = store.append(&lease, first, vec![b"two".to_vec()]).await;
        assert!(matches!(refused, Err(StoreError::TakenOver)), "{first}: {refused:?}");
    }
    let unknown = Lease { run: "b".to_owned(), epoch: 1 };
    assert!(matches!(store.append(&unknown, 0, vec![Vec::new()]).await, Err(StoreError::TakenOver)));
    assert_eq!(store.journal("a").await.expect("a journal"), [b"one"]);
}

async fn the_runs_of_a_living_owner_are_its_own(fixture: &Fixture) {
    let store = fixture.open().await;
    store.beat("me").await.expect("a beat");
    let lease = begun(&store, "a", "me", 1).await;
    let seen = store.owners("home").await.expect("owners");
    assert_eq!(seen, [Owner { name: "me".to_owned(), beat: Some(1) }]);
    assert_eq!(store.owners("elsewhere").await.expect("owners"), []);
    store.beat("me").await.expect("a beat");
    let taken = store.take_over("home", seen[0].clone(), "other").await.expect("an answer");
    assert_eq!(taken, [], "it lives");
    assert!(matches!(store.take("a", seen[0].clone(), "other").await, Err(StoreError::TakenOver)));
    store.append(&lease, 0, vec![b"one".to_vec()]).await.expect("appended");
}

async fn a_stale_owner_cannot_write(fixture: &Fixture) {
    let mine = fixture.open().await;
    mine.beat("me").await.expect("a beat");
    let lease = begun(&mine, "a", "me", 1).await;
    let finished = begun(&mine, "b", "me", 2).await;
    mine.end(&finished, move || ended(3, b"")).await.expect("ended");
    drop(mine);
    let store = fixture.open().await;
    let gone = store.owner("a").await.expect("an answer").expect("an owner");
    let taken = store.take_over("home", gone, "other").await.expect("an answer");
    assert_eq!(taken, [Lease { run: "a".to_owned(), epoch: 2 }]);
    let late = [
        store.append(&lease, 0, vec![b"one".to_vec()]).await,
        store.append_now(&lease, 0, vec![b"one".to_vec()]).await,
        store.end(&lease, move || ended(3, b"")).await,
    ];
    assert!(late.iter().all(|late| matches!(late, Err(StoreError::TakenOver))), "{late:?}");
    store.append(&taken[0], 0, vec![b"one".to_vec()]).await.expect("appended");
}

async fn a_run_is_forgotten_by_its_owner_alone(fixture: &Fixture) {
    let store = fixture.open().await;
    let lease = begun(&store, "a", "me", 1).await;
    store.append(&lease, 0, vec![b"one".to_vec()]).await.expect("appended");
    let other = Lease { epoch: 2, ..lease.clone() };
    assert!(matches!(store.forget(&other).await, Err(StoreError::TakenOver)));
    for _ in 0..2 {
        store.forget(&lease).await.expect("forgotten");
        assert!(store.find("a").await.expect("an answer").is_none());
        assert!(store.journal("a").await.expect("an answer").is_empty());
    }
    assert!(matches!(store.append(&lease, 1, vec![b"two".to_vec()]).await, Err(StoreError::TakenOver)));
    let ended_one = begun(&store, "b", "me", 2).await;
    store.end(&ended_one, move || ended(3, b"")).await.expect("ended");
    assert!(matches!(store.forget(&ended_one).await, Err(StoreError::TakenOver)));
}

async fn what_an_owner_leaves_is_free_at_once(fixture: &Fixture) {
    let store = fixture.open().await;
    store.beat("me").await.expect("a beat");
    begun(&store, "a", "me", 1).await;
    store.leave("me").await.expect("it left");
    let gone = store.owner("a").await.expect("an answer").expect("an owner");
    assert_eq!(gone.beat, None);
    let lease = store.take("a", gone, "other").await.expect("taken");
    assert_eq!(lease.epoch, 2);
}

async fn a_list_shows_the_youngest_first_and_what_is_asked_for(fixture: &Fixture) {
    let store = fixture.open().await;
    for (name, started_ms) in [("a", 10), ("b", 30), ("c", 20)] {
        begun(&store, name, "me", started_ms).await;
    }
    let lease = begun(&store, "d", "me", 40).await;
    store.end(&lease, || ended(41, b"the record")).await.expect("ended");
    assert_eq!(names(&store, ALL).await, ["d", "b", "c", "a"]);
    assert_eq!(names(&store, Which { limit: 2, before_ms: Some(40), ..ALL }).await, ["b", "c"]);
    assert_eq!(names(&store, Which { outcome: Some(None), ..ALL }).await, ["b", "c", "a"]);
    let returned = Some(Some("returned".to_owned()));
    assert_eq!(names(&store, Which { outcome: returned, ..ALL }).await, ["d"]);
    assert_eq!(store.record("d").await.expect("an answer").as_deref(), Some(&b"the record"[..]));
    assert_eq!(store.record("a").await.expect("an answer"), None);
    assert!(
        matches!(store.begin(run("a", "me", 50), Vec::new()).await, Err(StoreError::TakenOver)),
        "a name is taken once"
    );
}

async fn the_oldest_are_forgotten_and_what_has_not_ended_never_is(fixture: &Fixture) {
    let store = fixture.open().await;
    let shared = vec![1; 20_000];
    for at in 0..6 {
        let lease = begun(&store, &format!("run {at}"), "me", at).await;
        store.append(&lease, 0, vec![shared.clone()]).await.expect("appended");
        if at != 1 {
            store.end(&lease, move || ended(10, b"")).await.expect("ended");
        }
    }
    let pruned = store.prune(Keep { since_ms: 3, bytes: i64::MAX }).await.expect("pruned");
    assert_eq!((pruned.runs, pruned.bytes), (2, 40_000));
    assert_eq!(names(&store, ALL).await, ["run 5", "run 4", "run 3", "run 1"]);
    let pruned = store.prune(Keep { since_ms: 0, bytes: 45_000 }).await.expect("pruned");
    assert_eq!((pruned.runs, pruned.bytes), (2, 40_000));
    assert_eq!(names(&store, ALL).await, ["run 5", "run 1"]);
    assert_eq!(store.prune(Keep { since_ms: 0, bytes: 45_000 }).await.expect("pruned").runs, 0);
    assert_eq!(
        store.journal("run 1").await.expect("a journal"),
        [shared],
        "what others shared is still there"
    );
    assert_eq!(store.journal("run 3").await.expect("a journal"), Vec::<Vec<u8>>::new());
}
