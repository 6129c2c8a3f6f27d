//! What is told of a run that is not over: the answer to a model that asks, and a line for a client that waits.

use std::sync::Arc;

use host::{Approval, CallEnd, CallRecord, Printed, RunId, RunProgress, Stage};

use serde_json::{Value, json};

use super::answers::{calls, line};
use crate::typed::command;

/// The word for a run that does not go on before a person has decided.
const WAITING: &str = "waiting_for_approval";

/// Calls that are named to a model.
const APPROVALS_MAX: usize = 20;

/// Bytes of arguments that go beside an answer, for a client to show.
const ABOUT_BYTES_MAX: usize = 64 * 1024;

/// Bytes of printed lines that are shown of a run that goes on: its latest. All of them are in its answer.
const PRINTED_BYTES_MAX: usize = 4_000;

/// The answer about a run that is not over.
pub(super) fn answer(id: &RunId, progress: Option<&RunProgress>) -> String {
    let mut text = format!("Run {id} is running");
    if let Some(progress) = progress {
        text.push_str(&format!(" since {:.1} s: {}", progress.elapsed.as_secs_f64(), doing(progress)));
        if !progress.calls.is_empty() {
            line(&mut text, &format!("Calls: {}", calls(&progress.calls)));
        }
        printed(&mut text, &progress.printed);
        approvals(&mut text, id, &progress.approvals);
    }
    line(&mut text, &format!("For its result: get_run {{\"run_id\":\"{id}\",\"wait_seconds\":50}}"));
    text
}

/// One line about a run, for people who watch.
pub(super) fn in_brief(progress: &RunProgress) -> String {
    let count = |many: usize, what: &str| match many {
        0 => String::new(),
        many => format!("; {} so far", text::counted(many, what)),
    };
    let calls = count(progress.calls.len(), "call");
    let printed = count(progress.printed.len(), "printed line");
    format!("{}{calls}{printed}", doing(progress))
}

/// What of a run that waits for its person is for people: clients keep it beside the answer and show it to no model.
pub(super) fn about(id: &RunId, progress: &RunProgress) -> Value {
    let mut bytes = 0;
    let whole = progress.approvals.iter().take_while(|approval| {
        bytes += approval.arguments.get().len();
        bytes <= ABOUT_BYTES_MAX
    });
    let approvals: Vec<&Approval> = whole.map(AsRef::as_ref).collect();
    json!({"narrows/run": {"id": id, "state": WAITING, "approvals": approvals}})
}

/// The calls that wait for a person. A model is told which, and not what they carry: that may have come from anywhere.
fn approvals(text: &mut String, id: &RunId, waiting: &[Arc<Approval>]) {
    if waiting.is_empty() {
        return;
    }
    line(text, &format!("State: {WAITING}. A person, not you, decides about:"));
    for approval in waiting.iter().take(APPROVALS_MAX) {
        let Approval { id, server, tool, about, .. } = &**approval;
        let at = about.line.map(|at| format!(", line {at}")).unwrap_or_default();
        line(text, &format!("- {server}/{tool} ({id}{at})"));
    }
    if waiting.len() > APPROVALS_MAX {
        line(text, &format!("- and {} more", waiting.len() - APPROVALS_MAX));
    }
    if waiting.iter().any(|approval| !approval.is_kept) {
        line(
            text,
            "They are in memory alone, so they can be decided in a client that shows forms, and nowhere else.",
        );
        return;
    }
    let (show, approve, refuse) = (
        command(&format!("approvals show {id}")),
        command(&format!("approvals approve {id}")),
        command(&format!("approvals refuse {id}")),
    );
    line(text, &format!("Ask the user to look at them with {show}, and then to type {approve} or {refuse}."));
}

fn doing(progress: &RunProgress) -> String {
    match progress.stage {
        Stage::Computing | Stage::Waiting if !progress.approvals.is_empty() => {
            format!("waiting for approval of {}", text::counted(progress.approvals.len(), "call"))
        }
        _ => working(progress),
    }
}

fn working(progress: &RunProgress) -> String {
    match progress.stage {
        Stage::Queued => "waiting for other runs".to_owned(),
        Stage::Preparing => "being prepared".to_owned(),
        Stage::Computing if progress.calls_under_way.is_empty() => "computing".to_owned(),
        Stage::Waiting if progress.calls_under_way.is_empty() => "waiting for a timer or a file".to_owned(),
        Stage::Computing | Stage::Waiting => format!("waiting for {}", names(&progress.calls_under_way)),
    }
}

/// `crm/get ×2, mail/send ×1`.
fn names(under_way: &[CallRecord]) -> String {
    // A call that has no answer is no failure yet.
    let answered = |call: &CallRecord| CallRecord { outcome: CallEnd::Answered, ..call.clone() };
    calls(&under_way.iter().map(answered).collect::<Vec<_>>())
}

fn printed(text: &mut String, printed: &[Printed]) {
    let mut bytes = 0;
    let latest = printed.iter().rev().take_while(|one| {
        bytes += one.text.len() + 1;
        bytes <= PRINTED_BYTES_MAX
    });
    let left_out = printed.len() - latest.count();
    if printed.is_empty() {
        return;
    }
    line(text, "Printed so far:");
    if left_out > 0 {
        line(text, &format!("[{left_out} earlier lines are not shown]"));
    }
    for one in &printed[left_out..] {
        line(text, &one.text);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tools::CallErrorKind;
    use wire::PrintLevel;

    use super::*;

    fn progress(stage: Stage, calls: &[&str], under_way: &[&str], lines: &[String]) -> RunProgress {
        let call = |tool: &&str, outcome| CallRecord {
            server: "a".to_owned(),
            outcome,
            ..CallRecord::unknown(tool)
        };
        RunProgress {
            elapsed: Duration::from_millis(12_340),
            stage,
            printed: lines
                .iter()
                .map(|text| Printed { level: PrintLevel::Log, text: text.clone() })
                .collect(),
            calls: calls.iter().map(|tool| call(tool, CallEnd::Answered)).collect(),
            calls_under_way: under_way
                .iter()
                .map(|tool| call(tool, CallEnd::Failed(CallErrorKind::Cancelled)))
                .collect(),
            approvals: Vec::new(),
        }
    }

    #[test]
    fn a_run_is_said_to_do_what_it_does() {
        let lines = ["one".to_owned(), "two".to_owned()];
        for (progress, expect) in [
            (progress(Stage::Preparing, &[], &[], &[]), "being prepared"),
            (
                progress(Stage::Computing, &["x"], &[], &lines),
                "computing; 1 call so far; 2 printed lines so far",
            ),
            (
                progress(Stage::Waiting, &[], &[], &lines[..1]),
                "waiting for a timer or a file; 1 printed line so far",
            ),
            (progress(Stage::Waiting, &["x", "y"], &["z", "z"], &[]), "waiting for a/z ×2; 2 calls so far"),
        ] {
            assert_eq!(in_brief(&progress), expect);
        }
    }

    #[test]
    fn the_latest_lines_of_a_run_are_shown() {
        let id = RunId::new("run_1");
        let end = "\nFor its result: get_run {\"run_id\":\"run_1\",\"wait_seconds\":50}";
        assert_eq!(answer(&id, None), format!("Run run_1 is running{end}"));
        let small = progress(Stage::Waiting, &["x"], &["y"], &["one".to_owned()]);
        let expect = format!(
            "Run run_1 is running since 12.3 s: waiting for a/y ×1\nCalls: a/x ×1\nPrinted so far:\none{end}"
        );
        assert_eq!(answer(&id, Some(&small)), expect);
        let many: Vec<_> = (0..1_000).map(|at| format!("line {at:04}")).collect();
        let text = answer(&id, Some(&progress(Stage::Computing, &[], &[], &many)));
        assert!(text.contains("[600 earlier lines are not shown]\nline 0600\n"), "{text}");
        assert!(text.contains("line 0999"), "{text}");
    }
}
