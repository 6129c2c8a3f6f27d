//! The runs as a list, and one of them as the events of its life.

use std::time::Duration;

use host::{HistoryFilter, Outcome, RunEvent, RunId, RunRequest, RunWatch};

use crate::{
    durable::{over, taking_up},
    fixture::{Fixture, World},
};

const SCRIPT: &str = "print hello\ncall servers/crm/held {\"id\":1}\ncall servers/crm/fail\nwait\nwait\nprint bye\nreturn-answers";

/// The next event that is not about the stage, in a few words.
async fn next(watch: &mut RunWatch) -> Option<String> {
    loop {
        let event = watch.next();
        let event = tokio::time::timeout(Duration::from_secs(60), event).await.expect("an event");
        return Some(match event? {
            RunEvent::Stage { .. } => continue,
            RunEvent::Printed(line) => format!("printed {}", line.text),
            RunEvent::Called(call) => format!("called {}", call.tool),
            RunEvent::Answered(call) => format!("answered {} {}", call.tool, call.outcome),
            RunEvent::Waits(call) => format!("waits {}", call.tool),
            RunEvent::Ended(record) => format!("ended {}", record.outcome),
        });
    }
}

async fn rest(mut watch: RunWatch) -> Vec<String> {
    let mut events = Vec::new();
    while let Some(event) = next(&mut watch).await {
        events.push(event);
    }
    events
}

async fn listed(fixture: &Fixture, filter: &HistoryFilter) -> Vec<(RunId, Option<Outcome>, String)> {
    let runs = fixture.host.runs(filter).await.expect("a list");
    runs.into_iter().map(|run| (run.id, run.outcome, run.about.title)).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_watches_a_run_sees_all_of_it() {
    let fixture = Fixture::new();
    let id = fixture.host.submit(RunRequest::new(SCRIPT)).expect("it is admitted");
    let mut watch = fixture.host.watch(&id).await.expect("it is known");
    let mut events = Vec::new();
    while !events.contains(&"called held".to_owned()) {
        events.push(next(&mut watch).await.expect("it goes on"));
    }
    fixture.tools.release();
    events.extend(rest(watch).await);
    assert_eq!(
        (events.first(), events.last()),
        (Some(&"printed hello".to_owned()), Some(&"ended returned".to_owned()))
    );
    for once in ["answered held answered", "answered fail tool_error", "printed bye"] {
        assert_eq!(events.iter().filter(|event| *event == once).count(), 1, "{once}: {events:?}");
    }
    let again = rest(fixture.host.watch(&id).await.expect("it is known")).await;
    let expect = [
        "printed hello",
        "printed bye",
        "answered held answered",
        "answered fail tool_error",
        "ended returned",
    ];
    assert_eq!(again, expect);
    assert!(fixture.host.watch(&RunId::new("run_of_nobody")).await.is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn runs_are_listed_from_their_beginning() {
    let world = World::new();
    let all = HistoryFilter { limit: 10, outcome: None };
    let failed = HistoryFilter { outcome: Some(Outcome::Threw), ..all.clone() };
    // Where nothing is kept, those under way are listed.
    for (fixture, keeps) in [(Fixture::new(), false), (taking_up(&world), true)] {
        let first = fixture.run("throw Error no").await.id.clone();
        let second = fixture.host.submit(RunRequest::new(SCRIPT)).expect("it is admitted");
        let under_way = (second.clone(), None, "print hello".to_owned());
        let ended = (first, Some(Outcome::Threw), "throw Error no".to_owned());
        if keeps {
            assert_eq!(listed(&fixture, &all).await, [under_way, ended.clone()]);
            assert_eq!(listed(&fixture, &failed).await, std::slice::from_ref(&ended));
            let one = HistoryFilter { limit: 1, ..all.clone() };
            assert_eq!(listed(&fixture, &one).await.len(), 1);
        } else {
            assert_eq!(listed(&fixture, &all).await.first(), Some(&under_way));
        }
        fixture.tools.release();
        over(&fixture.host, &second).await;
        if keeps {
            let returned = (second, Some(Outcome::Returned), "print hello".to_owned());
            assert_eq!(listed(&fixture, &all).await, [returned, ended]);
        }
    }
}
