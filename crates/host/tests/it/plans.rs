//! Runs that only list what they would send.

use host::{Action, ApplyError, Approve, ChangedRead, Counts, Outcome, RunId, RunRecord, RunRequest};
use store::StopAfter;

use crate::{
    durable::{
        background, ends_before_crash, killed_after, over, rule, taking_up, taking_up_by, undisturbed_after,
        value,
    },
    fixture::{Fixture, World},
};

/// Reads, and changes: one after the other and at once, by path and by name, of files too.
const SCRIPT: &str = r#"call servers/crm/look {"id":1}
wait
call servers/crm/echo {"id":2}
call servers/crm/echo {"id":3}
wait
call fs/appendFile {"path":"/workspace/log","text":"one "}
wait
call servers/crm/look {"id":4}
wait
call call {"server":"crm","name":"echo","input":{"id":5}}
wait
call servers/crm/echo {"text":"<planned:2>"}
wait
call fs/appendFile {"path":"/workspace/log","text":"two "}
wait
call fs/readFile {"path":"/workspace/log","encoding":"utf-8"}
wait
return-answers"#;

fn planned(code: &str) -> RunRequest {
    RunRequest { approve: Approve::Planned, ..background(code) }
}

/// The list, without the lines: number, arguments, whose stand-ins it holds, and whether any had been seen.
fn list(record: &RunRecord) -> Vec<String> {
    let plan = record.plan.as_ref().unwrap_or_else(|| panic!("no plan: {:?}", record.error));
    let one = |call: &host::PlannedCall| {
        let name = format!("{} {}/{} {}", call.call, call.server, call.tool, call.arguments);
        format!("{name} {:?} {}", call.stand_ins, call.step > 0)
    };
    plan.calls.iter().map(one).collect()
}

const LIST: [&str; 4] = [
    r#"2 crm/echo {"id":2} [] false"#,
    r#"3 crm/echo {"id":3} [] false"#,
    r#"6 crm/echo {"id":5} [] true"#,
    r#"7 crm/echo {"text":"<planned:2>"} [2] true"#,
];

fn as_planned(record: &RunRecord, why: &str) {
    assert_eq!(record.outcome, Outcome::Returned, "{why}: {:?}", record.error);
    assert_eq!(list(record), LIST, "{why}");
    let answers = value(record);
    let (read, held) = (serde_json::json!({"id": 1}), "<planned:2>");
    assert!(answers.contains(&read) && answers.contains(&held.into()), "{why}: {answers:?}");
    assert!(answers.contains(&"one two ".into()), "{why}: {answers:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_planned_run_reads_and_sends_nothing() {
    let world = World::new();
    for fixture in [Fixture::new(), taking_up(&world)] {
        fixture
            .run("call fs/writeFile {\"path\":\"/workspace/log\",\"text\":\"\"}\nwait\nreturn-answers")
            .await;
        let id = fixture.host.submit(planned(SCRIPT)).expect("it is admitted");
        let record = over(&fixture.host, &id).await;
        as_planned(&record, "undisturbed");
        let ends: Vec<_> = record.calls.iter().map(|call| call.outcome.to_string()).collect();
        assert_eq!(ends, ["answered", "planned", "planned", "answered", "planned", "planned"]);
        assert!(fixture.tools.calls.lock().is_empty(), "something was sent");
        let kept = fixture.told(
            "call fs/readFile {\"path\":\"/workspace/log\",\"encoding\":\"utf-8\"}\nwait\nreturn-answers",
        );
        assert_eq!(kept.await, r#"returned [""]"#, "the file is as it was");
        fixture.host.shutdown().await;
        let copies = fixture.folder.join("data/plans");
        assert_eq!(std::fs::read_dir(copies).expect("a folder").count(), 0, "the copy is gone");
    }
}

/// One crash after so many changes of the store. Whether there was one.
async fn crash_after(changes: usize) -> bool {
    let world = World::new();
    let stop = StopAfter::changes(changes);
    let first = killed_after(&world, &stop);
    let id = first.host.submit(planned(SCRIPT)).expect("it is admitted");
    let ended = ends_before_crash(&stop, over(&first.host, &id)).await;
    let second = taking_up(&world);
    as_planned(&*over(&second.host, &id).await, &format!("after {changes}"));
    assert!(world.tools.calls.lock().is_empty(), "something was sent");
    !ended
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_planned_run_goes_on_after_a_crash() {
    let changes = undisturbed_after(2, crash_after).await;
    assert!(changes > 2, "only {changes} changes were made");
}

/// What the calls of the list send.
const SENT: [&str; 4] = [r#"{"id":2}"#, r#"{"id":3}"#, r#"{"id":5}"#, r#"{"text":"<planned:2>"}"#];

/// Plans the script in a process that ends.
async fn planned_in(world: &World) -> RunId {
    let fixture = taking_up(world);
    let id = fixture.host.submit(planned(SCRIPT)).expect("it is admitted");
    as_planned(&*over(&fixture.host, &id).await, "planned");
    fixture.host.shutdown().await;
    id
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_plan_is_applied_once_and_as_it_was_approved() {
    let world = World::new();
    let plan = planned_in(&world).await;
    let fixture = taking_up(&world);
    let run = fixture.host.apply(&plan).await.expect("it is applied");
    let record = over(&fixture.host, &run).await;
    assert_eq!(record.outcome, Outcome::Returned, "{:?}", record.error);
    let applied = record.applied.as_ref().expect("a plan was applied");
    assert_eq!((&applied.plan, applied.sent, applied.not_sent.len()), (&plan, 4, 0));
    assert_eq!(applied.changed, []);
    let mut sent = world.tools.calls.lock().clone();
    // Two of them are made at once.
    sent[..2].sort_unstable();
    assert_eq!(sent, SENT);
    let again = fixture.host.apply(&plan).await.expect_err("it was applied").to_string();
    assert_eq!(again, format!("the plan `{plan}` was applied by run `{run}`; a plan is applied once"));
    for (id, expect) in [
        (&run, format!("run `{run}` was not a plan")),
        (&RunId::new("run_x"), "there is no run `run_x` that has ended".to_owned()),
    ] {
        let refused = loop {
            match fixture.host.apply(id).await.expect_err("it is no plan") {
                ApplyError::Unknown(unknown) if unknown == run => tokio::task::yield_now().await,
                error => break error.to_string(),
            }
        };
        assert_eq!(refused, expect);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_read_otherwise_than_in_the_plan_is_told() {
    let world = World::new();
    let plan = planned_in(&world).await;
    *world.tools.seen.lock() = Some("[7]");
    let fixture = taking_up(&world);
    let run = fixture.host.apply(&plan).await.expect("it is applied");
    let record = over(&fixture.host, &run).await;
    let applied = record.applied.as_ref().expect("a plan was applied");
    let changed = ChangedRead { server: "crm".to_owned(), tool: "look".to_owned(), line: None };
    let told: Vec<_> =
        applied.changed.iter().map(|read| ChangedRead { line: None, ..read.clone() }).collect();
    assert!(!told.is_empty() && told.iter().all(|read| *read == changed), "{told:?}");
    assert_eq!((applied.sent, world.tools.calls.lock().len()), (4, 4), "the calls are those of the list");
}

/// One crash of a run that applies a plan, after so many changes of the store. Whether there was one.
async fn apply_crashes_after(changes: usize) -> bool {
    let world = World::new();
    let plan = planned_in(&world).await;
    let stop = StopAfter::changes(changes);
    let first = killed_after(&world, &stop);
    let applied = async {
        let run = first.host.apply(&plan).await.expect("it is applied");
        over(&first.host, &run).await;
    };
    let ended = ends_before_crash(&stop, applied).await;
    let second = taking_up(&world);
    let run = match second.host.apply(&plan).await {
        Ok(run) | Err(ApplyError::Applied { run, .. }) => run,
        Err(error) => panic!("after {changes}: {error}"),
    };
    let record = over(&second.host, &run).await;
    assert_eq!(record.outcome, Outcome::Returned, "after {changes}: {:?}", record.error);
    let applied = record.applied.as_ref().expect("a plan was applied");
    assert_eq!((applied.sent, applied.not_sent.len()), (4, 0), "after {changes}");
    let unknown: Vec<_> = value(&record)
        .iter()
        .filter(|answer| answer["rejected"]["name"] == "UnknownOutcomeError")
        .map(|answer| answer["rejected"]["data"].to_string())
        .collect();
    for sent in SENT {
        let times = world.tools.calls.lock().iter().filter(|call| *call == sent).count();
        let may_be_missing = unknown.iter().any(|unknown| unknown == sent);
        assert!(times == 1 || times == 0 && may_be_missing, "after {changes}: {sent} was sent {times} times");
    }
    !ended
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_plan_that_is_applied_goes_on_after_a_crash() {
    let changes = undisturbed_after(0, apply_crashes_after).await;
    assert!(changes > 6, "only {changes} changes were made");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_goes_on_from_what_a_plan_was_answered() {
    let world = World::new();
    let plan = planned_in(&world).await;
    let fixture = taking_up(&world);
    let refused = format!("run `{plan}` was a plan: nothing can go on from what it did");
    let resuming = RunRequest { resume: Some(plan.clone()), ..background(SCRIPT) };
    let resumed = fixture.host.submit_resuming(resuming).await.expect_err("it was a plan");
    assert_eq!(resumed.to_string(), refused);
    let forked = fixture.host.fork(&plan, 2, None).await.expect_err("it was a plan");
    assert_eq!(forked.to_string(), refused);

    // What was approved was approved for one run.
    let run = fixture.host.apply(&plan).await.expect("it is applied");
    over(&fixture.host, &run).await;
    let forked = fixture.host.fork(&run, 3, None).await.expect("it goes on");
    let asked = fixture.host.asks(Some(&forked)).await;
    assert_eq!((asked.len(), asked[0].arguments.get()), (1, r#"{"id":5}"#));
    assert_eq!(world.tools.calls.lock().len(), 4, "nothing was sent again");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_who_approved_the_list_is_not_asked_again_and_a_plan_uses_up_nothing() {
    let asks = "the rule `echoes` (n.json:1:1) asks about it";
    let of_a_day = Counts { per_day: Some(4), ..Counts::default() };
    for (rules, asked_by) in
        [(rule(Action::Ask, Counts::default()), Some(asks)), (rule(Action::Allow, of_a_day), None)]
    {
        let world = World::new();
        let fixture = taking_up_by(&world, rules);
        let plan = fixture.host.submit(planned(SCRIPT)).expect("it is admitted");
        let record = over(&fixture.host, &plan).await;
        as_planned(&record, "planned");
        let listed = &record.plan.as_ref().expect("a plan").calls;
        assert!(listed.iter().all(|call| call.asked_by.as_deref() == asked_by), "{listed:?}");
        let run = loop {
            match fixture.host.apply(&plan).await {
                // It is answered before it is written down.
                Err(ApplyError::Unknown(_)) => tokio::task::yield_now().await,
                applied => break applied.expect("it is applied"),
            }
        };
        let applied = over(&fixture.host, &run).await;
        let failed: Vec<_> = applied.calls.iter().filter_map(|call| call.error.clone()).collect();
        assert_eq!((failed, world.tools.calls.lock().len()), (Vec::new(), 4));
    }
}
