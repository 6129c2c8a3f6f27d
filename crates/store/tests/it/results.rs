//! Large results: read in parts, kept as long as a run that has not ended needs them.

use store::{Ended, Keep, NewResult, Store};

use crate::fixture::{Fixture, begun, ended, on_both};

on_both! {
    any_part_of_a_result_is_read_as_it_was_written
    a_result_goes_with_its_run_and_not_before_those_that_read_it_have_ended
    results_that_are_read_while_others_are_forgotten_are_whole_or_gone
}

async fn returned(store: &Store, run: &str, started_ms: i64, content: Vec<u8>) {
    let lease = begun(store, run, "me", started_ms).await;
    let result = NewResult { about: b"about it".to_vec(), content };
    let end = move || Ended { result: Some(result), ..ended(2, b"record") };
    store.end(&lease, end).await.expect("ended");
}

async fn any_part_of_a_result_is_read_as_it_was_written(fixture: &Fixture) {
    const PART: usize = 64 * 1024;
    let store = fixture.open().await;
    let content: Vec<_> = (0..PART * 2 + 7).map(|at| (at % 251) as u8).collect();
    returned(&store, "a", 1, content.clone()).await;
    let part = async |from, bytes| store.result_part("a", from, bytes).await.expect("an answer");
    for (from, bytes) in
        [(0, 5), (PART - 2, 4), (PART, PART), (3, usize::MAX), (PART * 2, 100), (PART * 2 + 7, 5)]
    {
        let expect = &content[from..from.saturating_add(bytes).min(content.len())];
        assert_eq!(part(from, bytes).await.as_deref(), Some(expect), "{from} {bytes}");
    }
    assert_eq!(part(PART * 3, 5).await, None, "there is no such part");
    assert_eq!(store.result("a").await.expect("an answer").as_deref(), Some(&b"about it"[..]));
    assert_eq!(store.result("b").await.expect("an answer"), None);
    assert_eq!(store.result_part("b", 0, 5).await.expect("an answer"), None);
    let listed = store.find("a").await.expect("a row").expect("the run");
    assert_eq!(listed.bytes, 6 + 8 + content.len() as i64, "it counts");
}

async fn a_result_goes_with_its_run_and_not_before_those_that_read_it_have_ended(fixture: &Fixture) {
    let store = fixture.open().await;
    for run in ["read", "other"] {
        returned(&store, run, 1, vec![1; 1_000]).await;
    }
    let waiting = begun(&store, "waiting", "me", 2).await;
    for result in ["read", "read", "unknown"] {
        store.use_result("waiting", result).await.expect("noted");
    }
    let none = Keep { since_ms: i64::MAX, bytes: 0 };
    let is_kept = async |run| store.result_part(run, 0, 1).await.expect("an answer").is_some();
    assert_eq!(store.prune(none).await.expect("pruned").runs, 1);
    assert_eq!((is_kept("read").await, is_kept("other").await), (true, false));
    store.end(&waiting, || ended(3, b"")).await.expect("ended");
    assert_eq!(store.prune(none).await.expect("pruned").runs, 2);
    assert_eq!(store.result("read").await.expect("an answer"), None);
    assert!(!is_kept("read").await, "its parts go with it");
}

/// One process forgets, another one reads.
async fn results_that_are_read_while_others_are_forgotten_are_whole_or_gone(fixture: &Fixture) {
    let (reader, pruner) = (fixture.open().await, fixture.open().await);
    for number in 0..20_u8 {
        returned(&reader, &format!("run {number}"), number.into(), vec![number; 200_000]).await;
    }
    let reading = async {
        for number in (0..20_u8).cycle().take(200) {
            let found = reader.result_part(&format!("run {number}"), 0, usize::MAX).await.expect("an answer");
            assert!(found.is_none_or(|found| found == vec![number; 200_000]), "run {number} is torn");
        }
    };
    let pruning = async {
        for since_ms in 1..=20 {
            pruner.prune(Keep { since_ms, bytes: i64::MAX }).await.expect("pruned");
        }
    };
    tokio::join!(reading, pruning);
    assert_eq!(reader.result_part("run 19", 0, 1).await.expect("an answer"), None);
}
