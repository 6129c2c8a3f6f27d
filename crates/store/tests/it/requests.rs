//! Requests that are sent twice, in a file and on a server.

use store::{Keep, KnownRequest, NewRequest, Store};

use crate::fixture::{Fixture, ended, on_both, run};

on_both! {
    a_key_begins_one_run
    keys_are_forgotten_with_their_runs
}

fn request(scope: &str, key: &str, fingerprint: u8) -> NewRequest {
    NewRequest { scope: scope.to_owned(), key: key.to_owned(), fingerprint: vec![fingerprint; 32] }
}

async fn begin(store: &Store, name: &str, request: NewRequest) -> Option<KnownRequest> {
    store.begin_once(request, run(name, name, 1), vec![b"first".to_vec()]).await.expect("an answer")
}

async fn a_key_begins_one_run(fixture: &Fixture) {
    let (one, other) = (fixture.open().await, fixture.open().await);
    let racing = [("a", &one), ("b", &other), ("c", &one)];
    let racing = racing.map(|(name, store)| begin(store, name, request("ada", "k", 1)));
    let known = futures_util::future::join_all(racing).await;
    let begun: Vec<_> =
        ["a", "b", "c"].into_iter().zip(&known).filter(|(_, known)| known.is_none()).collect();
    let [(first, _)] = begun[..] else { panic!("{known:?}") };
    let first = KnownRequest { run: first.to_owned(), fingerprint: vec![1; 32] };
    assert_eq!(known.iter().flatten().collect::<Vec<_>>(), [&first, &first]);
    assert_eq!(begin(&one, "d", request("ada", "k", 2)).await, Some(first.clone()), "what it asked then");
    assert_eq!(begin(&one, "e", request("bob", "k", 2)).await, None, "somebody else's key");
    assert_eq!(one.request("ada", "k").await.expect("an answer"), Some(first.run.clone()));
    assert_eq!(one.request("ada", "other").await.expect("an answer"), None);
    for (name, entries) in [(&*first.run, 1), ("d", 0), ("e", 1)] {
        let found = one.find(name).await.expect("an answer");
        assert_eq!(found.map_or(0, |found| found.entries), entries, "{name}");
    }
}

async fn keys_are_forgotten_with_their_runs(fixture: &Fixture) {
    let store = fixture.open().await;
    assert_eq!(begin(&store, "a", request("ada", "k", 1)).await, None);
    let lease = run("a", "me", 1).lease();
    store.end(&lease, || ended(2, b"record")).await.expect("ended");
    store.prune(Keep { since_ms: 10, bytes: i64::MAX }).await.expect("pruned");
    assert_eq!(store.request("ada", "k").await.expect("an answer"), None);
    assert_eq!(begin(&store, "b", request("ada", "k", 2)).await, None);
}
