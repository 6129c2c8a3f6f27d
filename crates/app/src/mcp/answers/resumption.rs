//! What a failure left behind, and how an agent goes on from it: which calls have changed something, and what to send.

use host::{CallEnd, CallRecord, RunRecord};
use text::cut;
use tools::CallErrorKind;

use super::line;

/// So many calls are listed, with so many characters of the arguments of each: enough to know which were made, few enough to
/// be read in every failure.
const CALLS_MAX: usize = 8;
const ARGUMENTS_CHARS: usize = 60;

/// Adds what was applied, what may have been, and the line to go on with.
pub(super) fn add(text: &mut String, record: &RunRecord) {
    told(text, "Already applied", record, |end| end == CallEnd::Answered);
    told(text, "Perhaps applied", record, may_have_been);
    // Nothing goes on from what a plan was answered.
    let may_go_on = record.is_kept && record.plan.is_none();
    if may_go_on && record.calls.iter().any(|call| call.outcome == CallEnd::Answered) {
        let id = &record.id;
        let go_on = format!(
            "To go on with corrected code: execute_code {{\"resume\":\"{id}\",\"code\":…}}; answered calls are not repeated"
        );
        line(text, &go_on);
    }
}

fn told(text: &mut String, label: &str, record: &RunRecord, has_ended: impl Fn(CallEnd) -> bool) {
    let writes: Vec<_> = record.calls.iter().filter_map(|call| written(call, &has_ended)).collect();
    if writes.is_empty() {
        return;
    }
    let more = writes.len().saturating_sub(CALLS_MAX);
    let more = if more > 0 { format!("; and {more} more") } else { String::new() };
    let shown: Vec<_> = writes.into_iter().take(CALLS_MAX).collect();
    line(text, &format!("{label}: {}{more}", shown.join("; ")));
}

fn written(call: &CallRecord, has_ended: impl Fn(CallEnd) -> bool) -> Option<String> {
    let arguments = call.wrote.as_ref().filter(|_| has_ended(call.outcome))?;
    Some(format!("{}/{} {}", call.server, call.tool, cut(arguments, ARGUMENTS_CHARS)))
}

/// Whether a call that was sent may have been carried out although it failed. A tool that says that it failed has not.
fn may_have_been(end: CallEnd) -> bool {
    !matches!(
        end,
        CallEnd::Answered
            | CallEnd::Failed(
                CallErrorKind::Tool
                    | CallErrorKind::Protocol(_)
                    | CallErrorKind::NeedsLogin
                    | CallErrorKind::NotRecorded
            )
    )
}
