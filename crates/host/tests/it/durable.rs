//! Runs that go on after a crash: wherever it comes, what was done is done once, and the run ends as it would have.

use std::{path::Path, sync::Arc, time::Duration};

use host::{
    Action, Client, Counts, Decision, History, Host, Names, Outcome, QueueLimits, ResumeError, Rule, Rules,
    RunId, RunRecord, RunRequest, RunStatus, Settings, Stage, StorePlace, StoreSync, Urgency,
};
use store::{Owner, StopAfter, Store};
use tools::ServerName;

use crate::fixture::{Fixture, World};

/// Calls that read and that write, one after the other and at once, changes of files, a timer.
const SCRIPT: &str = r#"print begins
call servers/crm/look {"id":1}
wait
call servers/crm/echo {"id":2}
wait
call fs/appendFile {"path":"/workspace/log","text":"one "}
wait
call servers/crm/echo {"id":3}
call servers/crm/echo {"id":4}
call servers/crm/look {"id":5}
wait
call timer {"ms":3}
wait
call fs/appendFile {"path":"/workspace/log","text":"two "}
wait
call fs/writeFile {"path":"/workspace/note","text":"n"}
wait
call fs/rename {"from":"/workspace/note","to":"/workspace/kept"}
wait
call servers/crm/echo {"id":6}
wait
call fs/rm {"path":"/workspace/kept"}
wait
call fs/mkdir {"path":"/workspace/folder"}
wait
call servers/crm/echo {"id":7}
wait
call fs/readFile {"path":"/workspace/log","encoding":"utf-8"}
call fs/readdir {"path":"/workspace"}
wait
return-answers"#;

/// What happened in a world in which the run was not disturbed.
const ECHOED: [&str; 5] = [r#"{"id":2}"#, r#"{"id":3}"#, r#"{"id":4}"#, r#"{"id":6}"#, r#"{"id":7}"#];

const HOME: &str = "a home";

/// A beat that nobody waits for in vain, and one that never comes.
const SOON: Duration = Duration::from_millis(5);
const NEVER: Duration = Duration::from_secs(3_600);

pub(crate) fn place(folder: &Path) -> StorePlace {
    StorePlace::File { path: folder.join("store.sqlite"), sync: StoreSync::Normal }
}

/// A process that is killed when its store has made so many changes: it does nothing more that anybody could see.
pub(crate) fn killed_after(world: &World, stop: &Arc<StopAfter>) -> Fixture {
    killed_hibernating(world, stop, NEVER)
}

/// The same, whose runs leave their workers when they have waited for so long.
pub(crate) fn killed_hibernating(
    world: &World,
    stop: &Arc<StopAfter>,
    hibernates_after: Duration,
) -> Fixture {
    let (place, stop) = (place(world.folder.path()), stop.clone());
    let open = async move { Ok(Store::open(place).await?.stopping(stop)) };
    let history = History::over(open, HOME);
    Fixture::in_world(world, |settings| {
        keeps(settings, history, NEVER);
        settings.hibernates_after = hibernates_after;
    })
}

/// A process that finds what another left.
pub(crate) fn taking_up(world: &World) -> Fixture {
    taking_up_by(world, Arc::default())
}

/// The same, to which the tools are described otherwise.
pub(crate) fn taking_up_with_changed_tools(world: &World) -> Fixture {
    let history = History::new(place(world.folder.path()), HOME);
    Fixture::in_changed_world(world, |settings| {
        keeps(settings, history, SOON);
        settings.takes_up = true;
    })
}

/// The same, whose server `crm` is started from what has this fingerprint.
pub(crate) fn taking_up_with_server(world: &World, fingerprint: u64) -> Fixture {
    let history = History::new(place(world.folder.path()), HOME);
    Fixture::in_world(world, |settings| {
        keeps(settings, history, SOON);
        settings.takes_up = true;
        settings.server_fingerprints = [(ServerName::new("crm"), fingerprint)].into();
    })
}

/// The same with rules.
pub(crate) fn taking_up_by(world: &World, rules: Arc<Rules>) -> Fixture {
    let history = History::new(place(world.folder.path()), HOME);
    Fixture::in_world(world, |settings| {
        keeps(settings, history, SOON);
        settings.takes_up = true;
        settings.rules = rules;
    })
}

/// A process whose runs leave their workers as soon as they wait.
pub(crate) fn hibernating(world: &World) -> Fixture {
    let history = History::new(place(world.folder.path()), HOME);
    Fixture::in_world(world, |settings| {
        keeps(settings, history, SOON);
        settings.hibernates_after = Duration::ZERO;
    })
}

/// A process that others take for one that is gone, with rules.
pub(crate) fn unseen_by(world: &World, rules: Arc<Rules>) -> Fixture {
    let place = place(world.folder.path());
    let history = History::over(async move { Ok(Store::open(place).await?.unseen()) }, HOME);
    Fixture::in_world(world, |settings| {
        keeps(settings, history, NEVER);
        settings.rules = rules;
    })
}

/// One rule, about `echo`.
pub(crate) fn rule(action: Action, counts: Counts) -> Arc<Rules> {
    let rule = Rule { counts, ..about_echo(action) };
    Arc::new(Rules::new(vec![rule], Action::Allow, "n.json"))
}

fn about_echo(action: Action) -> Rule {
    Rule {
        name: "echoes".to_owned(),
        place: "n.json:1:1".to_owned(),
        action,
        servers: Names::all(),
        tools: Names::new(["echo"]).expect("a glob"),
        read_only: None,
        destructive: None,
        arguments: Vec::new(),
        counts: Counts::default(),
        unasked: false,
        repeatable: None,
    }
}

fn keeps(settings: &mut Settings, history: History, beat: Duration) {
    settings.history = Some(history);
    settings.beat = beat;
}

pub(crate) fn background(code: &str) -> RunRequest {
    RunRequest { urgency: Urgency::Background, client: Client::new("agent"), ..RunRequest::new(code) }
}

pub(crate) async fn over(host: &Host, id: &RunId) -> Arc<RunRecord> {
    let until_known = async {
        loop {
            match host.wait(id, Duration::from_secs(60)).await {
                Some(RunStatus::Done(record)) => return record,
                Some(RunStatus::Running) | None => tokio::task::yield_now().await,
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(60), until_known).await.expect("the run ends")
}

pub(crate) fn value(record: &RunRecord) -> Vec<serde_json::Value> {
    let value = record.value.as_ref().unwrap_or_else(|| panic!("no value: {:?}", record.error));
    serde_json::from_str(value.get()).expect("a list")
}

/// Waits for the end of what a process does, or for its crash. Whether it came to the end.
pub(crate) async fn ends_before_crash(stop: &StopAfter, work: impl Future) -> bool {
    let ended = tokio::select! {
        () = stop.stopped() => false,
        _ = work => true,
    };
    if !ended {
        // What needs no disk may go on for a moment, as it does before a real crash.
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    ended
}

/// Disturbs what is tested after so many changes of the store, then after one more, until that disturbs nothing any more. After how
/// many that was.
pub(crate) async fn undisturbed_after(first: usize, disturbs: impl AsyncFn(usize) -> bool) -> usize {
    let mut changes = first;
    while disturbs(changes).await {
        changes += 1;
    }
    changes
}

/// One crash, after so many changes of the store. Whether there was one: a run that needs no more changes ends.
async fn crash_after(changes: usize) -> bool {
    let world = World::new();
    let stop = StopAfter::changes(changes);
    let first = killed_after(&world, &stop);
    let id = first.host.submit(background(SCRIPT)).expect("it is admitted");
    let ended = ends_before_crash(&stop, over(&first.host, &id)).await;
    let second = taking_up(&world);
    let record = over(&second.host, &id).await;
    assert_eq!(record.outcome, Outcome::Returned, "after {changes}: {:?}", record.error);
    let answers = value(&record);
    let unknown: Vec<_> = answers
        .iter()
        .filter(|answer| answer["rejected"]["name"] == "UnknownOutcomeError")
        .map(|answer| answer["rejected"]["data"].to_string())
        .collect();
    for sent in ECHOED {
        let times = world.tools.calls.lock().iter().filter(|call| *call == sent).count();
        let may_be_missing = unknown.iter().any(|unknown| unknown == sent);
        assert!(
            times == 1 || times == 0 && may_be_missing,
            "after {changes}: {sent} was called {times} times"
        );
    }
    let tail = &answers[answers.len() - 2..];
    assert!(tail.contains(&"one two ".into()), "after {changes}: {tail:?}");
    assert!(tail.contains(&serde_json::json!(["folder", "log"])), "after {changes}: {tail:?}");
    assert_eq!(record.printed.len(), 1, "after {changes}");
    assert_eq!(record.calls.len(), 7, "after {changes}");
    !ended
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_goes_on_after_a_crash_at_any_change_of_the_store() {
    let changes = undisturbed_after(2, crash_after).await;
    assert!(changes > 10, "only {changes} changes were made");
}

/// A store fails after so many changes, so many times, and the process is killed when the run has ended. Whether it failed.
async fn failure_after(changes: usize, times: usize) -> bool {
    let world = World::new();
    let stop = StopAfter::failing(changes, times);
    let first = killed_after(&world, &stop);
    let id = first.host.submit(background(SCRIPT)).expect("it is admitted");
    let record = over(&first.host, &id).await;
    let failed = record.warnings.iter().any(|warning| warning.contains("kept no longer than Narrows runs"));
    let second = taking_up(&world);
    // Where the run is not known any more, nobody goes on with it.
    let until_over = async {
        while let Some(RunStatus::Running) = second.host.wait(&id, Duration::from_secs(60)).await {}
    };
    tokio::time::timeout(Duration::from_secs(60), until_over).await.expect("the run ends");
    for sent in ECHOED {
        let times = world.tools.calls.lock().iter().filter(|call| *call == sent).count();
        assert!(times <= 1, "after {changes}: {sent} was called {times} times");
    }
    failed
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_whose_store_fails_repeats_nothing_after_a_crash() {
    for times in [1, usize::MAX] {
        let changes = undisturbed_after(1, async |changes| failure_after(changes, times).await).await;
        assert!(changes > 8, "only {changes} changes were made");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_is_repeated_from_its_journal_alone() {
    let world = World::new();
    let fixture = taking_up(&world);
    for code in [SCRIPT, "call servers/crm/fail\nwait\nreturn-answers", "print x\nthrow Error no", "return 1"]
    {
        let id = fixture.host.submit(background(code)).expect("it is admitted");
        let record = over(&fixture.host, &id).await;
        let calls = world.tools.calls.lock().len();
        let again = loop {
            match fixture.host.replay(&id).await {
                Ok(again) => break again,
                Err(ResumeError::Unknown(_) | ResumeError::Unended(_)) => tokio::task::yield_now().await,
                Err(error) => panic!("{code}: {error}"),
            }
        };
        let told = |record: &RunRecord| {
            let value = record.value.as_ref().map(|value| value.get().to_owned());
            let calls: Vec<_> = record.calls.iter().map(|call| call.outcome).collect();
            (record.outcome, value, format!("{:?}", record.error), record.printed.clone(), calls)
        };
        assert_eq!(told(&again), told(&record), "{code}");
        assert_eq!(world.tools.calls.lock().len(), calls, "a server was asked");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stale_owner_does_nothing_more() {
    let world = World::new();
    let first = unseen_by(&world, Arc::default());
    let script =
        "call servers/crm/held {\"id\":1}\nwait\ncall servers/crm/echo {\"id\":2}\nwait\nreturn-answers";
    let id = first.host.submit(background(script)).expect("it is admitted");
    first.host.detach(&id).await;
    while world.tools.held.load(std::sync::atomic::Ordering::SeqCst) == 0 {
        tokio::task::yield_now().await;
    }
    let second = taking_up(&world);
    while second.host.progress(&id).is_none() {
        tokio::task::yield_now().await;
    }
    // The second waits for the same answer by now, or for what became of it.
    world.tools.release();
    let (stale, record) = tokio::join!(over(&first.host, &id), over(&second.host, &id));
    assert_eq!(record.outcome, Outcome::Returned, "{:?}", record.error);
    let refused = value(&stale).pop().expect("an answer");
    assert_eq!(refused["rejected"]["code"], "cancelled", "{refused}");
    assert_eq!(*world.tools.calls.lock(), [r#"{"id":2}"#], "the call was made once, by the owner");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_in_the_background_is_handed_on_when_its_host_ends() {
    let world = World::new();
    let first = taking_up(&world);
    let script = "call servers/crm/held {\"id\":1}\nwait\nreturn-answers";
    let id = first.host.submit(background(script)).expect("it is admitted");
    while world.tools.held.load(std::sync::atomic::Ordering::SeqCst) == 0 {
        tokio::task::yield_now().await;
    }
    first.host.shutdown().await;
    world.tools.release();
    let second = taking_up(&world);
    let record = over(&second.host, &id).await;
    assert_eq!((record.outcome, value(&record)), (Outcome::Returned, vec![serde_json::json!({"id": 1})]));
}

/// Bytes of the store for each run that waits, at most.
const ASLEEP_BYTES: u64 = 100 * 1024;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn runs_that_hibernate_wait_on_after_a_crash() {
    let world = World::new();
    let rules = rule(Action::Ask, Counts::default());
    let place = place(world.folder.path());
    let unseen = async move { Ok(Store::open(place).await?.unseen()) };
    let first = Fixture::in_world(&world, |settings| {
        keeps(settings, History::over(unseen, HOME), NEVER);
        settings.rules = rules.clone();
        settings.hibernates_after = Duration::ZERO;
    });
    let submit = |script: &str| first.host.submit(background(script)).expect("it is admitted");
    let asks = "call servers/crm/echo {\"id\":1}\nwait\nreturn-answers";
    let asking: Vec<_> = (0..4).map(|_| submit(asks)).collect();
    let sleeping =
        submit("call timer {\"ms\":2000}\nwait\ncall servers/crm/look {\"id\":2}\nwait\nreturn-answers");
    for id in &asking {
        first.host.asks(Some(id)).await;
    }
    while first.host.progress(&sleeping).is_none_or(|run| run.stage != Stage::Waiting)
        || first.host.workers().runs > 0
    {
        tokio::task::yield_now().await;
    }
    for id in asking.iter().chain([&sleeping]) {
        first.host.detach(id).await;
    }
    let files = std::fs::read_dir(world.folder.path()).expect("a folder").flatten();
    let stores = files.filter(|file| file.file_name().to_string_lossy().starts_with("store.sqlite"));
    let bytes: u64 = stores.map(|file| file.metadata().expect("metadata").len()).sum();
    assert!(bytes < 5 * ASLEEP_BYTES, "{bytes} bytes for 5 runs");

    let second = taking_up_by(&world, rules);
    let record = over(&second.host, &sleeping).await;
    assert_eq!(value(&record), [serde_json::json!("undefined"), serde_json::json!({"id": 2})]);
    for id in &asking {
        let asked = tokio::time::timeout(Duration::from_secs(60), second.host.asks(Some(id))).await;
        let asked = asked.expect("it is asked again");
        second.host.decide(&[asked[0].id.clone()], Decision::Approve, "ada").await;
        assert_eq!(value(&*over(&second.host, id).await), [serde_json::json!({"id": 1})]);
    }
    assert_eq!(world.tools.calls.lock().len(), asking.len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_run_is_given_up_because_the_queue_is_full() {
    let world = World::new();
    let first = unseen_by(&world, Arc::default());
    let script = "call servers/crm/held {\"id\":1}\nwait\nreturn-answers";
    let ids: Vec<_> =
        (0..4).map(|_| first.host.submit(background(script)).expect("it is admitted")).collect();
    while world.tools.held.load(std::sync::atomic::Ordering::SeqCst) < ids.len() {
        tokio::task::yield_now().await;
    }
    for id in &ids {
        first.host.detach(id).await;
    }
    let history = History::new(place(world.folder.path()), HOME);
    let second = Fixture::in_world(&world, |settings| {
        keeps(settings, history, SOON);
        settings.takes_up = true;
        settings.queue = QueueLimits { at_once: 1, queued: 1, queued_per_client: 1, ..settings.queue };
    });
    world.tools.release();
    for id in &ids {
        let record = over(&second.host, id).await;
        assert_eq!(record.outcome, Outcome::Returned, "{:?}", record.error);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_gone_on_with_ends_with_the_reason() {
    let world = World::new();
    let store = Store::open(place(world.folder.path())).await.expect("a store");
    let run = |id: &str| store::NewRun {
        run: id.to_owned(),
        home: HOME.to_owned(),
        owner: "gone".to_owned(),
        about: "{}".to_owned(),
        started_ms: 1,
    };
    for (id, entries) in [("run_empty", vec![]), ("run_strange", vec![b"what is this".to_vec()])] {
        store.begin(run(id), entries).await.expect("begun");
    }
    assert_eq!(store.owners(HOME).await.expect("owners"), [Owner { name: "gone".to_owned(), beat: None }]);
    drop(store);
    let fixture = taking_up(&world);
    for (id, reason) in [
        ("run_empty", "it had not begun"),
        ("run_strange", "the database is damaged: entry 0 of the journal of `run_strange`"),
    ] {
        let record = over(&fixture.host, &RunId::new(id)).await;
        let error = record.error.as_ref().expect("an error");
        assert_eq!(
            error.message,
            format!("Narrows was stopped while the run went on, and it cannot be taken up: {reason}")
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_that_nobody_expects_any_more_is_given_up() {
    let world = World::new();
    let first = unseen_by(&world, Arc::default());
    let script =
        "call servers/crm/echo {\"id\":1}\nwait\ncall servers/crm/held {\"id\":2}\nwait\nreturn-answers";
    let id = first.host.submit(background(script)).expect("it is admitted");
    while world.tools.held.load(std::sync::atomic::Ordering::SeqCst) == 0 {
        tokio::task::yield_now().await;
    }
    first.host.detach(&id).await;
    let second = Fixture::in_world(&world, |settings| {
        keeps(settings, History::new(place(world.folder.path()), HOME), SOON);
        settings.takes_up = true;
        settings.takes_up_within = Duration::ZERO;
    });
    let record = over(&second.host, &id).await;
    let error = record.error.as_ref().expect("an error");
    assert_eq!(
        error.message,
        "Narrows was stopped while the run went on, and it cannot be taken up: it did something last 0 days ago"
    );
    assert_eq!(*world.tools.calls.lock(), [r#"{"id":1}"#]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_rules_counted_before_a_crash_counts() {
    let world = World::new();
    let rules = rule(Action::Allow, Counts { per_run: Some(2), ..Counts::default() });
    let first = unseen_by(&world, rules.clone());
    let script = "call servers/crm/echo {\"id\":1}\nwait\ncall servers/crm/held {\"id\":2}\nwait\n\
        call servers/crm/echo {\"id\":3}\nwait\ncall servers/crm/echo {\"id\":4}\nwait\nreturn-answers";
    let id = first.host.submit(background(script)).expect("it is admitted");
    while world.tools.held.load(std::sync::atomic::Ordering::SeqCst) == 0 {
        tokio::task::yield_now().await;
    }
    first.host.detach(&id).await;
    let second = taking_up_by(&world, rules);
    while second.host.progress(&id).is_none() {
        tokio::task::yield_now().await;
    }
    world.tools.release();
    let record = over(&second.host, &id).await;
    let ends: Vec<_> = record.calls.iter().map(|call| (&*call.tool, call.outcome.to_string())).collect();
    let of_echo: Vec<_> = ends.iter().filter(|(tool, _)| *tool == "echo").map(|(_, end)| &**end).collect();
    assert_eq!(of_echo, ["answered", "answered", "not_allowed"], "{ends:?}");
    assert_eq!(*world.tools.calls.lock(), [r#"{"id":1}"#, r#"{"id":3}"#]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_that_waits_for_a_person_waits_on_after_a_crash() {
    for (decision, made, end) in [(Decision::Approve, 1, "answered"), (Decision::Refuse, 0, "refused")] {
        let world = World::new();
        let rules = rule(Action::Ask, Counts::default());
        let first = unseen_by(&world, rules.clone());
        let script =
            "call servers/crm/look {\"id\":1}\nwait\ncall servers/crm/echo {\"id\":2}\nwait\nreturn-answers";
        let id = first.host.submit(background(script)).expect("it is admitted");
        let asked = first.host.asks(Some(&id)).await;
        first.host.detach(&id).await;
        let second = taking_up_by(&world, rules);
        let again = tokio::time::timeout(Duration::from_secs(60), second.host.asks(Some(&id))).await;
        let again = again.expect("it is asked again");
        assert_eq!((again.len(), &again[0].id), (1, &asked[0].id));
        assert_eq!(again[0].asked_at_ms, asked[0].asked_at_ms, "it is the same question");
        second.host.decide(&[again[0].id.clone()], decision, "ada").await;
        let record = over(&second.host, &id).await;
        assert_eq!(record.calls[1].outcome.to_string(), end);
        let calls = world.tools.calls.lock().iter().filter(|call| *call == r#"{"id":2}"#).count();
        assert_eq!(calls, made);
    }
}

/// A call on its way when the process ends: the keys under which its server saw it, and how the script's call ended.
async fn left_on_its_way(tool: &str, repeatable: Option<bool>) -> (Vec<Option<String>>, String) {
    let world = World::new();
    let rule = Rule { tools: Names::new([tool]).expect("a glob"), repeatable, ..about_echo(Action::Allow) };
    let rules = Arc::new(Rules::new(vec![rule], Action::Allow, "n.json"));
    let first = unseen_by(&world, rules.clone());
    let script = format!(
        "call servers/crm/look {{}}\nwait\ncall servers/crm/{tool} {{\"id\":1}}\nwait\nreturn-answers"
    );
    let id = first.host.submit(background(&script)).expect("it is admitted");
    while world.tools.held.load(std::sync::atomic::Ordering::SeqCst) == 0 {
        tokio::task::yield_now().await;
    }
    first.host.detach(&id).await;
    let second = taking_up_by(&world, rules);
    // A run whose call is not made again may be over before it is seen.
    let is_over = async || matches!(second.host.wait(&id, Duration::ZERO).await, Some(RunStatus::Done(_)));
    while second.host.progress(&id).is_none() && !is_over().await {
        tokio::task::yield_now().await;
    }
    world.tools.release();
    let record = over(&second.host, &id).await;
    let named = |key: &Option<String>| key.as_ref().map(|key| key.replace(id.as_str(), "RUN"));
    let keys = world.tools.keys.lock().iter().skip(1).map(named).collect();
    (keys, record.calls[1].outcome.to_string())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_is_made_again_by_hint_or_by_rule_and_under_the_same_key() {
    let key = || Some("RUN.2".to_owned());
    for (tool, repeatable, keys, end) in [
        ("book", None, vec![key()], "unknown_outcome"),
        ("book", Some(true), vec![key(), key()], "answered"),
        ("held", None, vec![None, None], "answered"),
        ("held", Some(false), vec![None], "unknown_outcome"),
    ] {
        assert_eq!(left_on_its_way(tool, repeatable).await, (keys, end.to_owned()), "{tool} {repeatable:?}");
    }
}
