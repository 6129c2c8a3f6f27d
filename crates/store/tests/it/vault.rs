//! The pages that only their keeper can read, in a file and on a server.

use store::{Keep, Restoration, Store, VaultPage, VaultState, WhichRestorations};

use crate::fixture::{Fixture, on_both};

on_both! {
    a_page_is_added_under_a_number_once
    two_that_add_pages_at_once_agree
    what_is_forgotten_stays_as_an_empty_page
    a_page_is_replaced_once_as_it_was_seen
    what_was_given_back_is_listed_the_latest_first
}

fn page(number: i64, content: &str) -> VaultPage {
    let counts = format!("{{\"EMAIL\":{number}}}");
    VaultPage { number, version: 0, counts, content: Some(content.as_bytes().to_vec()) }
}

async fn a_page_is_added_under_a_number_once(fixture: &Fixture) {
    let store = fixture.open().await;
    assert_eq!(store.vault_state("default").await.expect("an answer"), VaultState::default());
    for (workspace, added, expect) in [
        ("default", page(1, "one"), true),
        ("default", page(1, "another"), false),
        ("other", page(1, "theirs"), true),
        ("default", page(2, "two"), true),
    ] {
        assert_eq!(store.add_vault_page(workspace, added).await.expect("an answer"), expect);
    }
    drop(store);
    let store = fixture.open().await;
    assert_eq!(store.vault_pages("default", 0).await.expect("pages"), [page(1, "one"), page(2, "two")]);
    assert_eq!(store.vault_pages("default", 1).await.expect("pages"), [page(2, "two")]);
    assert_eq!(store.vaults().await.expect("names"), ["default", "other"]);
    let state = store.vault_state("default").await.expect("an answer");
    assert_eq!(state, VaultState { pages: 2, changes: 0 });
}

async fn add_next(store: &Store) {
    loop {
        let next = store.vault_state("default").await.expect("an answer").pages + 1;
        if store.add_vault_page("default", page(next, "some")).await.expect("an answer") {
            return;
        }
    }
}

async fn two_that_add_pages_at_once_agree(fixture: &Fixture) {
    let (one, other) = (fixture.open().await, fixture.open().await);
    let adding = (0..20).map(|at| add_next(if at % 2 == 0 { &one } else { &other }));
    futures_util::future::join_all(adding).await;
    let numbers: Vec<_> = one.vault_pages("default", 0).await.expect("pages");
    let numbers: Vec<_> = numbers.into_iter().map(|page| page.number).collect();
    assert_eq!(numbers, (1..=20).collect::<Vec<_>>());
}

async fn what_is_forgotten_stays_as_an_empty_page(fixture: &Fixture) {
    let store = fixture.open().await;
    assert!(store.add_vault_page("default", page(1, "one")).await.expect("an answer"));
    for since_ms in [0, i64::MAX, i64::MAX] {
        store.prune(Keep { since_ms, bytes: i64::MAX }).await.expect("pruned");
    }
    let empty = VaultPage { version: 1, content: None, ..page(1, "") };
    assert_eq!(store.vault_pages("default", 0).await.expect("pages"), [empty]);
    assert!(!store.add_vault_page("default", page(1, "again")).await.expect("an answer"));
    let state = store.vault_state("default").await.expect("an answer");
    assert_eq!(state, VaultState { pages: 1, changes: 1 });
}

async fn a_page_is_replaced_once_as_it_was_seen(fixture: &Fixture) {
    let store = fixture.open().await;
    assert!(store.add_vault_page("default", page(1, "one")).await.expect("an answer"));
    assert!(store.replace_vault_page("default", page(1, "less")).await.expect("an answer"));
    assert!(!store.replace_vault_page("default", page(1, "lost")).await.expect("an answer"));
    let replaced = VaultPage { version: 1, ..page(1, "less") };
    assert_eq!(store.vault_pages("default", 0).await.expect("pages"), [replaced]);
}

async fn what_was_given_back_is_listed_the_latest_first(fixture: &Fixture) {
    let store = fixture.open().await;
    let note = |at_ms, run: &str| Restoration { at_ms, run: run.to_owned(), about: format!("at {at_ms}") };
    store.note_restorations(vec![note(1, "a"), note(2, "b"), note(3, "a")]).await.expect("noted");
    let which = |run: Option<&str>, limit| WhichRestorations { run: run.map(str::to_owned), limit };
    for (which, expect) in [
        (which(None, 2), vec![note(3, "a"), note(2, "b")]),
        (which(Some("a"), 9), vec![note(3, "a"), note(1, "a")]),
        (which(Some("c"), 9), vec![]),
    ] {
        assert_eq!(store.restorations(which).await.expect("a list"), expect);
    }
    store.prune(Keep { since_ms: 3, bytes: i64::MAX }).await.expect("pruned");
    assert_eq!(store.restorations(which(None, 9)).await.expect("a list"), [note(3, "a")]);
}
