//! What was learned of tools, in a file and on a server.

use store::{Keep, Learned, LearnedOf, Store};

use crate::fixture::{Fixture, on_both};

on_both! {
    what_was_learned_is_found_again_by_its_definition
    two_that_learn_at_once_lose_nothing
    what_was_learned_long_ago_is_forgotten
}

fn of(tool: &str, definition: i64) -> LearnedOf {
    LearnedOf { server: "crm".to_owned(), tool: tool.to_owned(), definition }
}

fn learned(results: i64) -> Learned {
    Learned { results, shape: vec![results as u8; 3] }
}

async fn what_was_learned_is_found_again_by_its_definition(fixture: &Fixture) {
    let store = fixture.open().await;
    assert_eq!(store.learned_of(&of("list", 1)).await.expect("an answer"), None);
    assert!(store.learn(of("list", 1), 0, learned(1)).await.expect("an answer"));
    assert!(store.learn(of("list", -1), 0, learned(5)).await.expect("an answer"), "another definition");
    assert!(store.learn(of("list", 1), 1, learned(2)).await.expect("an answer"));
    drop(store);
    let store = fixture.open().await;
    assert_eq!(store.learned_of(&of("list", 1)).await.expect("an answer"), Some(learned(2)));
    let mut all = store.learned().await.expect("an answer");
    all.sort_by_key(|(of, _)| of.definition);
    assert_eq!(all, [(of("list", -1), learned(5)), (of("list", 1), learned(2))]);
}

async fn add_one(store: &Store) {
    loop {
        let known = store.learned_of(&of("list", 1)).await.expect("an answer");
        let before = known.map_or(0, |known| known.results);
        if store.learn(of("list", 1), before, learned(before + 1)).await.expect("an answer") {
            return;
        }
    }
}

async fn two_that_learn_at_once_lose_nothing(fixture: &Fixture) {
    let (one, other) = (fixture.open().await, fixture.open().await);
    let adding = (0..20).map(|at| add_one(if at % 2 == 0 { &one } else { &other }));
    futures_util::future::join_all(adding).await;
    assert_eq!(one.learned_of(&of("list", 1)).await.expect("an answer"), Some(learned(20)));
}

async fn what_was_learned_long_ago_is_forgotten(fixture: &Fixture) {
    let store = fixture.open().await;
    assert!(store.learn(of("list", 1), 0, learned(1)).await.expect("an answer"));
    for (since_ms, left) in [(0, 1), (i64::MAX, 0)] {
        store.prune(Keep { since_ms, bytes: i64::MAX }).await.expect("pruned");
        assert_eq!(store.learned().await.expect("an answer").len(), left, "{since_ms}");
    }
}
