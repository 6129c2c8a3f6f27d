use std::{path::Path, sync::Arc};

use futures_util::future::{join_all, poll_immediate};
use serde_json::{json, value::RawValue};
use store::{Sync, Where};
use tools::{ServerName, ToolId};

use super::*;
use crate::{admission::Client, rules::Question};

/// Approvals on a store in this folder, or in memory.
fn approvals(folder: Option<&Path>, wait: Duration) -> Arc<Approvals> {
    let history = folder
        .map(|folder| History::new(Where::File { path: folder.join("narrows.db"), sync: Sync::Normal }, ""));
    let approvals = Arc::new(Approvals::new(history, wait, CancellationToken::new()));
    let watching = approvals.clone();
    tokio::spawn(async move { watching.watch().await });
    approvals
}

const LONG: Duration = Duration::from_secs(600);

/// Asks about a call of `mail/send` in the run `run_1`.
async fn ask(approvals: &Approvals, call: u32, text: &str) -> Result<(), NotApproved> {
    ask_in(approvals, &RunId::new("run_1"), call, text).await
}

async fn ask_in(approvals: &Approvals, run: &RunId, call: u32, text: &str) -> Result<(), NotApproved> {
    let arguments = RawValue::from_string(json!({"text": text}).to_string()).expect("JSON");
    let question = Question { rule: Some("mail".to_owned()), why: "the rule `mail` asks".to_owned() };
    let ask = ApprovalRequest {
        run: Some(run),
        call: Some(call),
        line: Some(7),
        client: &Client::local(),
        tool: &ToolId::new(ServerName::new("mail"), "send"),
        arguments: &arguments,
        question: &question,
    };
    match approvals.ask(ask).await? {
        Some(asking) => asking.approved().await,
        None => Ok(()),
    }
}

fn id(call: u32) -> ApprovalId {
    ApprovalId { run: RunId::new("run_1"), call }
}

/// The calls that wait, when there are so many.
async fn waiting(approvals: &Approvals, count: usize) -> Vec<Arc<Approval>> {
    let mut changes = approvals.changes();
    loop {
        let waiting = approvals.of_run(&RunId::new("run_1"));
        if waiting.len() == count {
            return waiting;
        }
        changes.changed().await.expect("it goes on");
    }
}

#[tokio::test]
async fn a_call_goes_on_when_a_person_has_decided() {
    let folder = tempfile::tempdir().expect("a folder");
    for folder in [None, Some(folder.path())] {
        let approvals = approvals(folder, LONG);
        let deciding = async {
            let batch = waiting(&approvals, 3).await;
            let shown: Vec<_> = batch.iter().map(|one| (one.id.call, one.arguments.get())).collect();
            assert_eq!(shown, [(1, r#"{"text":"a"}"#), (2, r#"{"text":"b"}"#), (3, r#"{"text":"c"}"#)]);
            assert_eq!((batch[0].about.line, batch[0].about.rule.as_deref()), (Some(7), Some("mail")));
            approvals.decide(&[id(2)], Decision::Refuse, "ada").await;
            approvals.decide(&[id(1), id(2), id(3)], Decision::Approve, "bob").await;
        };
        let asks = [(1, "a"), (2, "b"), (3, "c")].map(|(call, text)| ask(&approvals, call, text));
        let (outcomes, ()) = tokio::join!(join_all(asks), deciding);
        assert_eq!(outcomes, [Ok(()), Err(NotApproved::Refused), Ok(())], "the first decision stands");
        if folder.is_some() {
            let history = approvals.history.as_ref().expect("a history");
            let kept = history.approvals(ApprovalFilter { limit: 9, ..ApprovalFilter::default() }).await;
            let kept = kept.expect("a list");
            let kept: Vec<_> =
                kept.iter().map(|one| (one.id.call, one.state.as_str(), one.decided_by.as_deref())).collect();
            let expect =
                [(3, "approved", Some("bob")), (2, "refused", Some("ada")), (1, "approved", Some("bob"))];
            assert_eq!(kept, expect);
        }
    }
}

#[tokio::test]
async fn another_process_decides_through_the_store() {
    let folder = tempfile::tempdir().expect("a folder");
    let gateway = approvals(Some(folder.path()), LONG);
    let elsewhere =
        History::new(Where::File { path: folder.path().join("narrows.db"), sync: Sync::Normal }, "");
    let deciding = async {
        waiting(&gateway, 2).await;
        let waits = ApprovalFilter { waiting: true, limit: 9, ..ApprovalFilter::default() };
        let listed = elsewhere.approvals(waits).await.expect("a list");
        assert_eq!(listed.iter().map(|one| one.id.call).collect::<Vec<_>>(), [2, 1]);
        assert!(elsewhere.decide(&id(1), Decision::Approve, "ada").await.expect("decided"));
        assert!(!elsewhere.decide(&id(1), Decision::Refuse, "bob").await.expect("an answer"));
        assert!(!elsewhere.decide(&id(9), Decision::Approve, "ada").await.expect("an answer"));
        assert!(elsewhere.decide(&id(2), Decision::Refuse, "ada").await.expect("decided"));
    };
    let (first, second, ()) = tokio::join!(ask(&gateway, 1, "a"), ask(&gateway, 2, "b"), deciding);
    assert_eq!((first, second), (Ok(()), Err(NotApproved::Refused)));
}

#[tokio::test]
async fn what_waits_is_found_again_after_a_restart() {
    let folder = tempfile::tempdir().expect("a folder");
    {
        let killed = approvals(Some(folder.path()), LONG);
        let mut asks =
            Box::pin(join_all([(1, "a"), (2, "b"), (3, "c")].map(|(call, text)| ask(&killed, call, text))));
        while killed.of_run(&RunId::new("run_1")).len() < 3 {
            assert!(poll_immediate(&mut asks).await.is_none());
            tokio::task::yield_now().await;
        }
        killed.closing.cancel();
    }
    let history =
        History::new(Where::File { path: folder.path().join("narrows.db"), sync: Sync::Normal }, "");
    let before = history.approval(&id(2)).await.expect("an answer").expect("it is kept");
    assert_eq!(before.state, ApprovalState::Waiting);
    assert!(history.decide(&id(1), Decision::Approve, "ada").await.expect("decided"));
    let restarted = approvals(Some(folder.path()), LONG);
    assert_eq!(ask(&restarted, 1, "a").await, Ok(()), "it was decided while nobody ran");
    let deciding = async {
        let batch = waiting(&restarted, 2).await;
        assert_eq!(batch[0].asked_at_ms, before.asked_at_ms, "its time began when it was asked first");
        restarted.decide(&[id(2), id(3)], Decision::Approve, "ada").await;
    };
    let (second, other, ()) =
        tokio::join!(ask(&restarted, 2, "b"), ask(&restarted, 3, "another text"), deciding);
    assert_eq!((second, other), (Ok(()), Ok(())));
}

#[tokio::test]
async fn nobody_decides_in_time() {
    let folder = tempfile::tempdir().expect("a folder");
    for folder in [None, Some(folder.path())] {
        let approvals = approvals(folder, Duration::from_millis(20));
        let expired = ask(&approvals, 1, "a").await.expect_err("nobody is there");
        assert_eq!(expired.kind().to_string(), "refused");
        assert_eq!(
            expired.told(&ToolId::new(ServerName::new("mail"), "send")),
            "nobody decided about this call of `mail/send` within 0.02 s (`approvals.wait_seconds`)"
        );
        assert!(approvals.of_run(&RunId::new("run_1")).is_empty());
        if let Some(history) = &approvals.history {
            assert!(!history.decide(&id(1), Decision::Approve, "ada").await.expect("an answer"), "too late");
        }
    }
}

#[tokio::test]
async fn what_is_approved_for_a_run_is_not_asked_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let approvals = approvals(Some(folder.path()), LONG);
    let deciding = async {
        waiting(&approvals, 2).await;
        approvals.decide(&[id(1)], Decision::ApproveForRun, "ada").await;
    };
    let (first, second, ()) = tokio::join!(ask(&approvals, 1, "a"), ask(&approvals, 2, "b"), deciding);
    assert_eq!((first, second), (Ok(()), Ok(())), "what waits already goes on too");
    assert_eq!(ask(&approvals, 3, "c").await, Ok(()));
    let restarted = self::approvals(Some(folder.path()), LONG);
    assert_eq!(ask(&restarted, 4, "d").await, Ok(()), "it is known after a restart");
    restarted.over(&RunId::new("run_1")).await;
    assert!(restarted.runs.lock().grants.is_empty(), "nothing is left of a run that is over");
}

#[tokio::test]
async fn a_run_that_is_over_asks_nothing_more() {
    let folder = tempfile::tempdir().expect("a folder");
    let approvals = approvals(Some(folder.path()), LONG);
    let withdrawing = async {
        waiting(&approvals, 1).await;
        approvals.withdraw(&RunId::new("run_1")).await;
    };
    let (asked, ()) = tokio::join!(ask(&approvals, 1, "a"), withdrawing);
    assert_eq!(asked, Err(NotApproved::Withdrawn));
    approvals.over(&RunId::new("run_1")).await;
    let mut dropped = Box::pin(ask(&approvals, 2, "b"));
    while approvals.of_run(&RunId::new("run_1")).is_empty() {
        assert!(poll_immediate(&mut dropped).await.is_none());
        tokio::task::yield_now().await;
    }
    drop(dropped);
    let history = approvals.history.as_ref().expect("a history");
    // Changes are made in their order, so this one is behind the withdrawal.
    assert!(!history.decide(&id(2), Decision::Approve, "ada").await.is_ok_and(|decided| decided));
    let kept = history.approvals(ApprovalFilter { limit: 9, ..ApprovalFilter::default() }).await;
    let states: Vec<_> = kept.expect("a list").iter().map(|one| one.state).collect();
    assert_eq!(states, [ApprovalState::Withdrawn; 2]);
}

#[tokio::test]
async fn two_calls_of_one_number_are_not_made_for_one_approval() {
    let approvals = approvals(None, LONG);
    let deciding = async {
        waiting(&approvals, 1).await;
        approvals.decide(&[id(1)], Decision::Approve, "ada").await;
    };
    let (first, ()) = tokio::join!(ask(&approvals, 1, "a"), deciding);
    assert_eq!((first, ask(&approvals, 1, "a").await), (Ok(()), Err(NotApproved::Withdrawn)));
}

#[tokio::test]
async fn only_so_much_of_a_run_waits() {
    let approvals = approvals(None, LONG);
    let large = "x".repeat(WAITING_BYTES_MAX - 100);
    let deciding = async {
        waiting(&approvals, 1).await;
        let more = ask(&approvals, 2, &large).await.expect_err("too much");
        assert_eq!(more.kind().to_string(), "limit");
        assert_eq!(
            more.told(&ToolId::new(ServerName::new("mail"), "send")),
            "this call of `mail/send` cannot wait for a person: the arguments of all calls of a run that wait must not be \
             larger than 16 MB together"
        );
        approvals.decide(&[id(1)], Decision::Approve, "ada").await;
    };
    let (first, ()) = tokio::join!(ask(&approvals, 1, &large), deciding);
    assert_eq!(first, Ok(()));
}

#[tokio::test]
async fn many_runs_that_wait_over_a_restart_are_decided_each_for_itself() {
    let folder = tempfile::tempdir().expect("a folder");
    let runs: Vec<_> = (0..64).map(|at| RunId::new(format!("run_{at:02}"))).collect();
    {
        let killed = approvals(Some(folder.path()), LONG);
        let mut asks = Box::pin(join_all(runs.iter().map(|run| ask_in(&killed, run, 7, run.as_str()))));
        while killed.not_shown(None).len() < runs.len() {
            assert!(poll_immediate(&mut asks).await.is_none());
            tokio::task::yield_now().await;
        }
        killed.closing.cancel();
    }
    let decision = |at: usize| if at.is_multiple_of(3) { Decision::Refuse } else { Decision::Approve };
    let of_run = |at: usize| ApprovalId { run: runs[at].clone(), call: 7 };
    let history =
        History::new(Where::File { path: folder.path().join("narrows.db"), sync: Sync::Normal }, "");
    for at in 0..32 {
        assert!(history.decide(&of_run(at), decision(at), "ada").await.expect("decided"));
    }
    let restarted = approvals(Some(folder.path()), LONG);
    let deciding = async {
        let mut changes = restarted.changes();
        while restarted.not_shown(None).len() < 32 {
            changes.changed().await.expect("it goes on");
        }
        for at in 32..64 {
            assert!(history.decide(&of_run(at), decision(at), "ada").await.expect("decided"));
        }
    };
    let asks = runs.iter().map(|run| ask_in(&restarted, run, 7, run.as_str()));
    let (outcomes, ()) = tokio::join!(join_all(asks), deciding);
    for (at, outcome) in outcomes.into_iter().enumerate() {
        let expect = if at.is_multiple_of(3) { Err(NotApproved::Refused) } else { Ok(()) };
        assert_eq!(outcome, expect, "{at}");
    }
}
