//! Runs that go on in another runner: after theirs was lost, and after they hibernated.

use std::{sync::atomic::Ordering, time::Duration};

use host::{History, Outcome, RunId, RunRequest, RunStatus, Settings, Stage, StorePlace, StoreSync};
use wire::Limits;

use crate::fixture::{Fixture, World};

const FAILED: &str = "crashed WorkerError: the worker that ran this script failed: ";

fn keeps(world: &World, settings: &mut Settings) {
    let place = StorePlace::File { path: world.folder.path().join("store.sqlite"), sync: StoreSync::Normal };
    settings.history = Some(History::new(place, "a home"));
}

fn kept(world: &World) -> Fixture {
    Fixture::in_world(world, |settings| keeps(world, settings))
}

/// Leaves its runner at once when it waits.
fn hibernating(world: &World, limits: &Limits) -> Fixture {
    Fixture::in_world(world, |settings| {
        keeps(world, settings);
        settings.hibernates_after = Duration::ZERO;
        settings.limits = limits.clone();
    })
}

/// A step at which the runner is killed the first time a script comes to it.
fn killed_once(world: &World, at: u32) -> String {
    format!("killed-once {}", world.folder.path().join(format!("killed {at}")).display())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_runner_that_is_killed_before_it_said_anything_costs_no_run() {
    let world = World::new();
    let fixture = Fixture::in_world(&world, |_| {});
    let script = format!("{}\nprint x\nreturn 1", killed_once(&world, 1));
    assert_eq!(fixture.told(&script).await, "returned 1");
    assert_eq!(fixture.host.workers().replaced, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_whose_runner_is_killed_goes_on_in_another_and_does_nothing_twice() {
    let world = World::new();
    let fixture = Fixture::in_world(&world, |settings| {
        keeps(&world, settings);
        settings.limits = Limits { calls: 5, printed_bytes: 9, ..Limits::default() };
    });
    let [one, two, three] = [1, 2, 3].map(|at| killed_once(&world, at));
    let script = format!(
        "print one\ncall servers/crm/echo {{\"id\":1}}\nwait\nprint two\n{one}\n\
         call servers/crm/echo {{\"id\":2}}\ncall timer {{\"ms\":20}}\ncall servers/crm/look {{\"id\":3}}\n{two}\nwait\n\
         call fs/appendFile {{\"path\":\"/workspace/log\",\"text\":\"once\"}}\nwait\n{three}\nprint six\n\
         call servers/crm/echo {{\"id\":4}}\nwait\n\
         call fs/readFile {{\"path\":\"/workspace/log\",\"encoding\":\"utf-8\"}}\nwait\nreturn-answers"
    );
    let record = fixture.run(&script).await;
    assert_eq!(record.outcome, Outcome::Returned, "{:?}", record.error);
    let value = record.value.as_ref().expect("a value").get();
    assert!(value.starts_with("[{\"id\":1},") && value.ends_with(",{\"id\":4},\"once\"]"), "{value}");
    assert_eq!(*world.tools.calls.lock(), [r#"{"id":1}"#, r#"{"id":2}"#, r#"{"id":4}"#]);
    let printed: Vec<_> = record.printed.iter().map(|printed| printed.text.as_str()).collect();
    assert_eq!(printed, ["one", "two", "six"]);
    assert_eq!((record.calls.len(), record.limits.calls.used), (4, 4));
    assert_eq!(fixture.host.workers().replaced, 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_that_is_killed_wherever_it_is_ends() {
    let world = World::new();
    let told = kept(&world).told("call servers/crm/look\nwait\nkilled").await;
    assert_eq!(told, format!("{FAILED}the worker ended; signal: 9 (SIGKILL)"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_runner_that_breaks_costs_the_run_that_computed_and_none_that_waited() {
    let world = World::new();
    let fixture = kept(&world);
    let script = "print x\ncall servers/crm/held {\"id\":7}\nwait\nreturn-answers";
    let waiting = fixture.host.submit(RunRequest::new(script)).expect("it is admitted");
    while world.tools.held.load(Ordering::SeqCst) == 0 {
        tokio::task::yield_now().await;
    }
    let told = fixture.told("call servers/crm/look\nwait\ndie").await;
    assert_eq!(told, format!("{FAILED}the worker ended; exit status: 3"));
    world.tools.release();
    assert_eq!(ended(&fixture, &waiting).await, (r#"[{"id":7}]"#.to_owned(), 1));
    assert_eq!(world.tools.held.load(Ordering::SeqCst), 1, "the call was made once");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_that_waits_leaves_its_runner_and_comes_back() {
    let world = World::new();
    let limits = Limits { calls: 3, printed_bytes: 6, ..Limits::default() };
    let fixture = hibernating(&world, &limits);
    let script = "print one\ncall servers/crm/echo {\"id\":1}\nwait\ncall servers/crm/held {\"id\":2}\nwait\n\
        call timer {\"ms\":30}\nwait\nprint two\ncall servers/crm/echo {\"id\":3}\nwait\nreturn-answers";
    let ids: Vec<_> =
        (0..3).map(|_| fixture.host.submit(RunRequest::new(script)).expect("it is admitted")).collect();
    while world.tools.held.load(Ordering::SeqCst) < 3 || fixture.host.workers().runs > 0 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    assert!(ids.iter().all(|id| fixture.host.progress(id).is_some()), "they are under way");
    world.tools.release();
    for id in &ids {
        let value = r#"[{"id":1},{"id":2},"undefined",{"id":3}]"#;
        assert_eq!(ended(&fixture, id).await, (value.to_owned(), 2));
    }
    let calls = world.tools.calls.lock();
    let of = |arguments: &str| calls.iter().filter(|call| *call == arguments).count();
    assert_eq!((of(r#"{"id":1}"#), of(r#"{"id":3}"#)), (3, 3));
    assert_eq!(fixture.host.workers().replaced, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_stays_awake_whose_runner_had_not_read_the_last_answer_when_it_said_that_it_waits() {
    let world = World::new();
    let fixture = hibernating(&world, &Limits::default());
    let script = format!(
        "call servers/crm/look {{\"id\":1}}\ncall servers/crm/look {{\"id\":2}}\nspeak-late-once {}\nwait\n\
         call servers/crm/echo {{\"id\":3}}\nwait\nreturn 1",
        world.folder.path().join("late").display()
    );
    assert_eq!(fixture.told(&script).await, "returned 1");
    assert_eq!(*world.tools.calls.lock(), [r#"{"id":3}"#]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_runner_that_has_carried_a_crowd_is_replaced_when_it_is_idle() {
    let world = World::new();
    // Nothing is kept of its runs, so none of them hibernates.
    let fixture = Fixture::in_world(&world, |settings| settings.hibernates_after = Duration::ZERO);
    let script = "call servers/crm/held {\"id\":1}\nwait\nreturn-answers";
    let submit = |_| fixture.host.submit(RunRequest::new(script)).expect("it is admitted");
    let ids: Vec<_> = (0..65).map(submit).collect();
    while world.tools.held.load(Ordering::SeqCst) < ids.len() {
        tokio::task::yield_now().await;
    }
    assert_eq!(fixture.host.workers().replaced, 0);
    world.tools.release();
    for id in &ids {
        assert_eq!(ended(&fixture, id).await, (r#"[{"id":1}]"#.to_owned(), 0));
    }
    while fixture.host.workers().replaced == 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(fixture.told("return 1").await, "returned 1");
    assert_eq!(fixture.host.workers().last_error, None, "nothing has failed");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_that_hibernates_can_be_cancelled() {
    let world = World::new();
    let fixture = hibernating(&world, &Limits::default());
    let id = fixture.host.submit(RunRequest::new("call servers/crm/never\nwait")).expect("it is admitted");
    while world.tools.under_way.load(Ordering::SeqCst) == 0 || fixture.host.workers().runs > 0 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    assert!(fixture.host.cancel(&id));
    let Some(RunStatus::Done(record)) = fixture.host.wait(&id, Duration::from_secs(60)).await else {
        panic!("the run has not ended")
    };
    assert_eq!(record.outcome, Outcome::Cancelled);
    assert_eq!(world.tools.given_up.load(Ordering::SeqCst), 1, "the call was given up");
}

/// So many runs that wait for an answer which does not come before it is let, and have left their runner.
async fn asleep(fixture: &Fixture, world: &World, runs: usize) -> Vec<RunId> {
    let script = "call servers/crm/held {\"id\":1}\nwait\nprint x\nreturn-answers";
    let submit = |_| fixture.host.submit(RunRequest::new(script)).expect("it is admitted");
    let ids: Vec<_> = (0..runs).map(submit).collect();
    while world.tools.held.load(Ordering::SeqCst) < runs || fixture.host.workers().runs > 0 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    ids
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn runs_that_hibernate_leave_their_places_to_others() {
    let world = World::new();
    let fixture = Fixture::in_world(&world, |settings| {
        keeps(&world, settings);
        settings.hibernates_after = Duration::ZERO;
        settings.queue.at_once = 1;
    });
    let ids = asleep(&fixture, &world, 5).await;
    assert_eq!(fixture.told("call servers/crm/look\nwait\nreturn 1").await, "returned 1");
    world.tools.release();
    for id in &ids {
        assert_eq!(ended(&fixture, id).await, (r#"[{"id":1}]"#.to_owned(), 1));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_more_runs_hibernate_beside_others_than_may() {
    let world = World::new();
    let fixture = Fixture::in_world(&world, |settings| {
        keeps(&world, settings);
        settings.hibernates_after = Duration::ZERO;
        settings.queue.at_once = 1;
        settings.queue.hibernating = 1;
    });
    // The second keeps its place, so the third does not begin.
    let mut ids = asleep(&fixture, &world, 2).await;
    ids.push(fixture.host.submit(RunRequest::new("print x\nreturn 7")).expect("it is admitted"));
    let queued = fixture.host.wait(&ids[2], Duration::from_millis(50)).await;
    assert!(matches!(queued, Some(RunStatus::Running)), "{queued:?}");
    assert_eq!(fixture.host.progress(&ids[2]).expect("it is known").stage, Stage::Queued);
    world.tools.release();
    for (id, value) in ids.iter().zip([r#"[{"id":1}]"#, r#"[{"id":1}]"#, "7"]) {
        assert_eq!(ended(&fixture, id).await, (value.to_owned(), 1));
    }
}

/// The value of a run, and how many lines it printed.
async fn ended(fixture: &Fixture, id: &RunId) -> (String, usize) {
    let Some(RunStatus::Done(record)) = fixture.host.wait(id, Duration::from_secs(60)).await else {
        panic!("the run has not ended")
    };
    let value = record.value.as_ref().unwrap_or_else(|| panic!("{:?}", record.error));
    (value.get().to_owned(), record.printed.len())
}
