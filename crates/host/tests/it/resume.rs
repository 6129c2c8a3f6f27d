//! Runs that go on from another run: what was answered then is not done again, everything else is.

use std::sync::Arc;

use host::{Client, Outcome, RunId, RunRecord, RunRequest};
use serde_json::{Value, json};
use store::StopAfter;

use crate::{
    durable::{
        background, ends_before_crash, hibernating, killed_after, over, taking_up,
        taking_up_with_changed_tools, taking_up_with_server, undisturbed_after, unseen_by, value,
    },
    fixture::{Fixture, World},
};

/// What a script that failed had done, in lines.
const FAILED: &str = r#"call servers/crm/look {"id":1}
wait
call servers/crm/echo {"id":2}
wait
call fs/appendFile {"path":"/workspace/log","text":"one "}
wait
call servers/crm/fail
wait
throw Error no"#;

/// The corrected script: the same, and more.
const CORRECTED: &str = r#"call servers/crm/look {"id":1}
wait
call servers/crm/echo {"id":2}
wait
call fs/appendFile {"path":"/workspace/log","text":"one "}
wait
call servers/crm/fail
wait
call servers/crm/echo {"id":3}
wait
call fs/appendFile {"path":"/workspace/log","text":"two "}
wait
call fs/readFile {"path":"/workspace/log","encoding":"utf-8"}
wait
return-answers"#;

async fn run(fixture: &Fixture, code: &str) -> Arc<RunRecord> {
    let id = fixture.host.submit(background(code)).expect("it is admitted");
    over(&fixture.host, &id).await
}

fn resuming(from: &RunId, code: &str) -> RunRequest {
    RunRequest { resume: Some(from.clone()), ..background(code) }
}

async fn going_on(fixture: &Fixture, from: &RunId, code: &str) -> Arc<RunRecord> {
    let id = fixture.host.submit_resuming(resuming(from, code)).await.expect("it goes on");
    over(&fixture.host, &id).await
}

/// The calls that were made since, in their order.
fn made(world: &World) -> Vec<String> {
    std::mem::take(&mut *world.tools.made.lock())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_answered_is_not_done_again() {
    let world = World::new();
    let fixture = taking_up(&world);
    let failed = run(&fixture, FAILED).await;
    assert_eq!((failed.outcome, failed.is_kept), (Outcome::Threw, true));
    assert_eq!(made(&world), [r#"look {"id":1}"#, r#"echo {"id":2}"#, "fail {}"]);

    let record = going_on(&fixture, &failed.id, CORRECTED).await;
    assert_eq!(made(&world), ["fail {}", r#"echo {"id":3}"#], "what failed is tried again");
    assert_eq!(record.outcome, Outcome::Returned, "{:?}", record.error);
    let answers = value(&record);
    assert_eq!((&answers[1], answers.last()), (&json!({"id": 2}), Some(&json!("one two "))));
    let calls: Vec<_> = record.calls.iter().map(|call| (&*call.tool, call.number)).collect();
    assert_eq!(calls, [("look", Some(1)), ("echo", Some(2)), ("fail", Some(4)), ("echo", Some(5))]);
    let note = format!("2 calls were answered from {} and not made again", failed.id);
    assert_eq!(record.warnings, [note]);

    // And once more, from the one that went on.
    let third = going_on(&fixture, &record.id, CORRECTED).await;
    assert_eq!((made(&world), value(&third)), (vec!["fail {}".to_owned()], answers));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn equal_requests_are_answered_in_their_order_and_no_more_of_them_than_there_were() {
    let world = World::new();
    let fixture = taking_up(&world);
    let twice = "call servers/crm/echo {\"id\":1,\"a\":2}\ncall servers/crm/echo {\"id\":1,\"a\":2}\nwait\n";
    let failed = run(&fixture, &format!("{twice}throw Error no")).await;
    made(&world);
    // The order of members and the name a tool is called by say nothing.
    let other = r#"call call {"server":"crm","name":"echo","input":{ "a": 2, "id": 1}}"#;
    let record = going_on(&fixture, &failed.id, &format!("{twice}{other}\nwait\nreturn-answers")).await;
    assert_eq!(made(&world), [r#"echo { "a": 2, "id": 1}"#]);
    assert_eq!(value(&record).len(), 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_that_came_after_a_failure_count() {
    let world = World::new();
    let fixture = taking_up(&world);
    let calls = "call servers/crm/book {\"id\":1}\ncall servers/crm/held {\"id\":2}\n";
    let throws = format!("{calls}wait-for-one\nthrow Error no");
    let id = fixture.host.submit(background(&throws)).expect("it is admitted");
    while world.tools.held.load(std::sync::atomic::Ordering::SeqCst) < 2 {
        tokio::task::yield_now().await;
    }
    world.tools.release();
    let failed = over(&fixture.host, &id).await;
    assert_eq!((failed.outcome, made(&world).len()), (Outcome::Threw, 2));
    // Not waited for this time either: they stay what this run has.
    let again = going_on(&fixture, &failed.id, &throws).await;
    assert_eq!((made(&world).len(), again.calls.len()), (0, 2));
    let record = going_on(&fixture, &again.id, &format!("{calls}{calls}wait\nreturn-answers")).await;
    let mut both = made(&world);
    both.sort();
    assert_eq!(both, [r#"book {"id":1}"#, r#"held {"id":2}"#], "no answer counts twice");
    assert_eq!(value(&record).len(), 4);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_sent_and_not_answered_is_not_known() {
    let world = World::new();
    let fixture = taking_up(&world);
    let script = "call servers/crm/never {\"id\":1}\nwait\nreturn-answers";
    let id = fixture.host.submit(background(script)).expect("it is admitted");
    while world.tools.under_way.load(std::sync::atomic::Ordering::SeqCst) == 0 {
        tokio::task::yield_now().await;
    }
    fixture.host.cancel(&id);
    let mut from = over(&fixture.host, &id).await.id.clone();
    for _ in 0..2 {
        let record = going_on(&fixture, &from, script).await;
        let answers = value(&record);
        assert_eq!(answers[0]["rejected"]["name"], "UnknownOutcomeError", "{answers:?}");
        assert_eq!(
            answers[0]["rejected"]["message"],
            "`crm/never` was called before, and its answer was lost: whether the call was carried out is not known"
        );
        assert_eq!(record.calls[0].wrote.as_deref(), Some(r#"{"id":1}"#));
        from = record.id.clone();
    }
    assert_eq!(made(&world), [r#"never {"id":1}"#], "it was never made again");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_only_reads_is_read_anew_after_a_change_that_was_not_made_before() {
    let world = World::new();
    let fixture = taking_up(&world);
    let read = "call servers/crm/look {\"id\":1}\nwait\ncall fs/exists {\"path\":\"/workspace/new\"}\nwait\n";
    let failed = run(&fixture, &format!("{read}{read}throw Error no")).await;
    made(&world);
    let write = "call fs/writeFile {\"path\":\"/workspace/new\",\"text\":\"n\"}\nwait\n";
    let record = going_on(&fixture, &failed.id, &format!("{read}{write}{read}return-answers")).await;
    assert_eq!(made(&world), [r#"look {"id":1}"#], "once, after the change");
    let answers = value(&record);
    assert_eq!((&answers[1], &answers[4]), (&json!(false), &json!(true)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_runs_of_the_same_client_and_workspace_are_gone_on_from() {
    let world = World::new();
    let fixture = taking_up(&world);
    let failed = run(&fixture, FAILED).await;
    let id = &failed.id;
    let refused = async |id: &RunId, request: RunRequest| {
        let request = RunRequest { resume: Some(id.clone()), ..request };
        fixture.host.submit_resuming(request).await.expect_err("it is refused").to_string()
    };
    let other = RunRequest { client: Client::new("another"), ..background(CORRECTED) };
    assert_eq!(refused(id, other).await, format!("there is no journal of a run `{id}`"));
    let elsewhere = RunRequest { workspace: "mine".to_owned(), ..background(CORRECTED) };
    assert_eq!(
        refused(id, elsewhere).await,
        format!(
            "run `{id}` ran in the workspace `default`; say `\"workspace\": \"default\"` to go on from it"
        )
    );
    let unknown = RunId::new("run_0");
    assert_eq!(refused(&unknown, background(CORRECTED)).await, "there is no journal of a run `run_0`");
    let waits = "call servers/crm/held {\"id\":1}\nwait\nreturn-answers";
    let waiting = fixture.host.submit(background(waits)).expect("it is admitted");
    fixture.host.detach(&waiting).await;
    assert_eq!(refused(&waiting, background(waits)).await, format!("run `{waiting}` has not ended"));
    world.tools.release();
    over(&fixture.host, &waiting).await;
}

/// What was read before, and is read again after a change that is still under way when the run leaves its engine.
const CHANGED_MEANWHILE: &str = r#"call servers/crm/look {"id":1}
wait
call servers/crm/book {"id":2}
call timer {"ms":50}
wait-for-one
call servers/crm/look {"id":1}
wait-for-one
call servers/crm/echo {"id":3}
wait
return 1"#;

/// A run that has read twice, and failed.
async fn read_twice(fixture: &Fixture) -> RunId {
    let read = "call servers/crm/look {\"id\":1}\nwait\n";
    run(fixture, &format!("{read}{read}throw Error no")).await.id.clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_read_anew_after_a_change_is_so_after_hibernation() {
    let world = World::new();
    let fixture = hibernating(&world);
    let from = read_twice(&fixture).await;
    made(&world);
    let id = fixture.host.submit_resuming(resuming(&from, CHANGED_MEANWHILE)).await.expect("it goes on");
    while world.tools.calls.lock().is_empty() {
        tokio::task::yield_now().await;
    }
    world.tools.release();
    assert_eq!(over(&fixture.host, &id).await.outcome, Outcome::Returned);
    assert_eq!(made(&world), [r#"book {"id":2}"#, r#"look {"id":1}"#, r#"echo {"id":3}"#]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_read_anew_after_a_change_is_so_after_a_crash() {
    let world = World::new();
    let first = unseen_by(&world, Arc::default());
    let from = read_twice(&first).await;
    made(&world);
    let id = first.host.submit_resuming(resuming(&from, CHANGED_MEANWHILE)).await.expect("it goes on");
    while world.tools.held.load(std::sync::atomic::Ordering::SeqCst) == 0 {
        tokio::task::yield_now().await;
    }
    first.host.detach(&id).await;
    made(&world);
    let second = taking_up(&world);
    assert_eq!(over(&second.host, &id).await.outcome, Outcome::Returned);
    world.tools.release();
    assert!(made(&world).contains(&r#"look {"id":1}"#.to_owned()), "it was read anew");
}

/// A run that goes on from another crashes after so many changes of the store, and is taken up. Whether it crashed.
async fn crash_after(changes: usize) -> bool {
    let world = World::new();
    let before = taking_up(&world);
    let failed = run(&before, FAILED).await;
    before.host.submit_resuming(resuming(&failed.id, "return 1")).await.expect("it is written down");
    before.host.shutdown().await;
    made(&world);

    let stop = StopAfter::changes(changes);
    let first = killed_after(&world, &stop);
    let id = first.host.submit_resuming(resuming(&failed.id, CORRECTED)).await.expect("it goes on");
    let ended = ends_before_crash(&stop, over(&first.host, &id)).await;
    let second = taking_up(&world);
    let record = over(&second.host, &id).await;
    assert_eq!(record.outcome, Outcome::Returned, "after {changes}: {:?}", record.error);
    let answers = value(&record);
    assert_eq!(answers.last(), Some(&Value::from("one two ")), "after {changes}");
    assert_eq!(record.calls.len(), 4, "after {changes}");
    let made = made(&world);
    let times = |call: &str| made.iter().filter(|made| *made == call).count();
    assert_eq!((times(r#"look {"id":1}"#), times(r#"echo {"id":2}"#)), (0, 0), "after {changes}");
    let unknown = answers.iter().any(|answer| answer["rejected"]["name"] == "UnknownOutcomeError");
    assert!(
        times(r#"echo {"id":3}"#) == 1 || times(r#"echo {"id":3}"#) == 0 && unknown,
        "after {changes}: {made:?}"
    );
    !ended
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_that_goes_on_from_another_goes_on_after_a_crash() {
    let changes = undisturbed_after(2, crash_after).await;
    assert!(changes > 3, "only {changes} changes were made");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_is_gone_on_with_from_a_point_of_the_past() {
    let world = World::new();
    let fixture = taking_up(&world);
    let failed = run(&fixture, FAILED).await;
    made(&world);
    for (call, expect) in [
        (0, vec![r#"look {"id":1}"#, r#"echo {"id":2}"#, "fail {}"]),
        (1, vec![r#"echo {"id":2}"#, "fail {}"]),
        (3, vec!["fail {}"]),
        (4, vec![]),
    ] {
        let id = fixture.host.fork(&failed.id, call, None).await.expect("it goes on");
        let record = over(&fixture.host, &id).await;
        assert_eq!(
            (record.outcome, made(&world)),
            (Outcome::Threw, expect.into_iter().map(str::to_owned).collect())
        );
    }
    let id = fixture.host.fork(&failed.id, 2, Some(CORRECTED.to_owned())).await.expect("it goes on");
    let record = over(&fixture.host, &id).await;
    assert_eq!(made(&world), ["fail {}", r#"echo {"id":3}"#]);
    assert_eq!(record.outcome, Outcome::Returned);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tool_that_has_changed_is_told_and_not_called_again() {
    let world = World::new();
    let before = taking_up(&world);
    let script =
        "call servers/crm/look {\"id\":1}\nwait\ncall servers/crm/never {\"id\":1}\nwait\nreturn-answers";
    let id = before.host.submit(background(script)).expect("it is admitted");
    while world.tools.under_way.load(std::sync::atomic::Ordering::SeqCst) == 0 {
        tokio::task::yield_now().await;
    }
    before.host.cancel(&id);
    let cancelled = over(&before.host, &id).await;
    before.host.shutdown().await;

    let after = taking_up_with_changed_tools(&world);
    let record = going_on(&after, &cancelled.id, script).await;
    let changed = "the definition of `crm/look` has changed since the answers of this run were recorded";
    assert_eq!(record.warnings[0], changed);
    assert_eq!(
        value(&record)[1]["rejected"]["message"],
        "`crm/never` was called before, and its answer was lost: whether the call was carried out is not known; its \
         definition, or the configuration of its server, has changed since"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_another_is_told_and_not_called_again() {
    let world = World::new();
    let script = "call servers/crm/look {\"id\":1}\nwait\ncall servers/crm/held {\"id\":2}\nwait\n\
                  call servers/crm/never {\"id\":1}\nwait\nreturn-answers";
    world.tools.release();
    let before = taking_up_with_server(&world, 1);
    let id = before.host.submit(background(script)).expect("it is admitted");
    while world.tools.under_way.load(std::sync::atomic::Ordering::SeqCst) == 0 {
        tokio::task::yield_now().await;
    }
    before.host.cancel(&id);
    let cancelled = over(&before.host, &id).await;
    before.host.shutdown().await;

    let after = taking_up_with_server(&world, 2);
    let record = going_on(&after, &cancelled.id, script).await;
    let changed =
        "the configuration of the server `crm` has changed since the answers of this run were recorded";
    let told = record.warnings.iter().filter(|warning| *warning == changed);
    assert_eq!(told.count(), 1, "{:?}", record.warnings);
    assert_eq!(
        value(&record)[2]["rejected"]["message"],
        "`crm/never` was called before, and its answer was lost: whether the call was carried out is not known; its \
         definition, or the configuration of its server, has changed since"
    );
    after.host.shutdown().await;
    made(&world);

    let same = taking_up_with_server(&world, 2);
    let record = going_on(&same, &record.id, "call servers/crm/look {\"id\":1}\nwait\nreturn-answers").await;
    assert_eq!(made(&world), Vec::<String>::new());
    assert!(record.warnings.iter().any(|warning| warning == changed), "its answers are of the first server");
}
