//! What runs return, read by later ones: from the store, in the workspace it was made in, as long as it is kept.

use std::{path::Path, sync::Arc, time::Duration};

use host::{History, HistoryFilter, HistoryLimits, Host, Outcome, RunId, RunRecord, RunRequest};
use serde_json::{Value, json};
use store::StopAfter;

use crate::{
    durable::{
        background, ends_before_crash, killed_after, over, place, taking_up, undisturbed_after, value,
    },
    fixture::{Fixture, World},
};

/// A value that is kept beside its record, and the text it is.
const LARGE: &str = "return-large 40000";
const CHARACTERS: usize = 40_000;

fn reads(id: &RunId) -> String {
    format!(
        "call results/get {{\"key\":\"{id}\"}}\nwait\ncall servers/crm/echo {{\"id\":1}}\nwait\nreturn-answers"
    )
}

async fn run(host: &Host, request: RunRequest) -> Arc<RunRecord> {
    let record = host.run(request).await.expect("it is admitted");
    over(host, &record.id).await
}

fn is_read(record: &RunRecord) -> bool {
    value(record)[0].as_str().is_some_and(|text| text == "ä".repeat(CHARACTERS))
}

async fn crash_after(changes: usize) -> bool {
    let Kept { world, made, .. } = Kept::new().await;
    let stop = StopAfter::changes(changes);
    let first = killed_after(&world, &stop);
    let id = first.host.submit(background(&reads(&made.id))).expect("it is admitted");
    let ended = ends_before_crash(&stop, over(&first.host, &id)).await;
    let second = taking_up(&world);
    let record = over(&second.host, &id).await;
    assert_eq!(record.outcome, Outcome::Returned, "after {changes}: {:?}", record.error);
    assert!(is_read(&record), "after {changes}");
    !ended
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_reads_a_result_again_after_a_crash_at_any_change_of_the_store() {
    let disturbed = undisturbed_after(2, crash_after).await;
    assert!(disturbed > 3, "{disturbed} changes");
}

/// A run is answered before it is written down.
async fn until_kept(history: &History, id: &RunId) {
    while history.find(id).await.expect("an answer").is_none() {
        tokio::task::yield_now().await;
    }
}

async fn stored_bytes(history: &History, id: &RunId) -> u64 {
    until_kept(history, id).await;
    let listed = history.list(&HistoryFilter { limit: 10, outcome: None }).await.expect("a list");
    listed.iter().find(|run| run.id == *id).expect("it is kept").stored_bytes
}

/// Of what is kept, and what else knows of it.
struct Kept {
    world: World,
    fixture: Fixture,
    history: History,
    made: Arc<RunRecord>,
}

impl Kept {
    async fn new() -> Self {
        let world = World::new();
        let fixture = taking_up(&world);
        let made = run(&fixture.host, background(LARGE)).await;
        let history = History::new(place(world.folder.path()), "another home");
        until_kept(&history, &made.id).await;
        Self { world, fixture, history, made }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_result_is_kept_once_and_a_run_that_read_it_is_repeated_as_long_as_it_is() {
    let Kept { world: _world, fixture, history, made } = Kept::new().await;
    let host = &fixture.host;
    let read = run(host, background(&reads(&made.id))).await;
    assert!(is_read(&read));
    // Both returned it, and the journal names it.
    let bytes = stored_bytes(&history, &read.id).await;
    let returned = u64::try_from(read.value_bytes).expect("a number");
    assert!(bytes < returned + 10_000, "{bytes} for a value of {returned}");
    let again = host.replay(&read.id).await.expect("it is repeated");
    assert!(is_read(&again));

    let pruned = history.prune(HistoryLimits { age: Duration::MAX, bytes }).await.expect("pruned");
    assert_eq!(pruned.runs, 1);
    let again = host.replay(&read.id).await.expect("it is repeated").error.clone().expect("an error");
    assert_eq!(
        again.message,
        format!(
            "the run cannot be repeated without the result that it read: ENOENT: no value of a run `{}` is kept in the \
             workspace `default`",
            made.id
        )
    );
    assert_eq!(host.page(made.id.as_str(), 0, 10).await, None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_result_is_not_found_from_another_workspace() {
    let Kept { world: _world, fixture, made, .. } = Kept::new().await;
    let host = &fixture.host;
    let answer = async |id: &RunId, workspace: &str| {
        let request = RunRequest { workspace: workspace.to_owned(), ..background(&reads(id)) };
        value(&*run(host, request).await)[0].clone()
    };
    let not_found = |id: &RunId, workspace: &str| -> Value {
        let message = format!("ENOENT: no value of a run `{id}` is kept in the workspace `{workspace}`");
        json!({"rejected": {"name": "Error", "code": "ENOENT", "message": message}})
    };
    let unknown = RunId::new("run_0123456789abcdef");
    assert_eq!(answer(&made.id, "other").await, not_found(&made.id, "other"));
    assert_eq!(answer(&unknown, "default").await, not_found(&unknown, "default"));
    // Names of saved values are no handles.
    assert_eq!(answer(&RunId::new("run_today"), "default").await, Value::Null);
}

/// A run that waits is taken up, and needs what it has read.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_waiting_run_has_read_is_not_forgotten() {
    let Kept { world, fixture, history, made } = Kept::new().await;
    let script =
        format!("call results/get {{\"key\":\"{}\"}}\nwait\ncall timer {{\"ms\":3600000}}\nwait", made.id);
    let id = fixture.host.submit(background(&script)).expect("it is admitted");
    let all = HistoryLimits { age: Duration::ZERO, bytes: 0 };
    while !has_read(world.folder.path(), &id).await {
        tokio::task::yield_now().await;
    }
    assert_eq!(history.prune(all).await.expect("pruned").runs, 0);
    assert!(fixture.host.page(made.id.as_str(), 0, 10).await.is_some());
    fixture.host.cancel(&id);
    over(&fixture.host, &id).await;
    until_kept(&history, &id).await;
    assert_eq!(history.prune(all).await.expect("pruned").runs, 2);
}

async fn has_read(folder: &Path, id: &RunId) -> bool {
    let store = store::Store::open(place(folder)).await.expect("a store");
    store.journal(id.as_str()).await.is_ok_and(|entries| entries.len() > 3)
}
