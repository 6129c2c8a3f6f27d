//! `narrows runs show ID --call N`: one call of a run, whole.

use host::{History, ReachedAnswer, RecordedCall, RunId};

use super::{Context, Failed, Status, again::not_taken_up, command, print};

pub(super) async fn show(
    history: &History,
    id: &RunId,
    number: u32,
    context: &Context<'_>,
) -> Result<(), Failed> {
    let call = history.call(id, number).await.map_err(|error| not_taken_up(&error))?;
    let call = call.ok_or_else(|| {
        Failed::new(Status::Usage, format!("run `{id}` was answered no call {number}"))
            .hint(format!("{} lists the calls with their numbers", command(&format!("runs show {id}"))))
    })?;
    if context.common.json {
        print::json(&call);
    } else {
        tell(&call);
    }
    Ok(())
}

fn tell(call: &RecordedCall) {
    let RecordedCall { number, name, .. } = call;
    print::out(format_args!("call {number}: {}", print::printable(name)));
    if let Some(record) = &call.record {
        let line = record.line.map(|line| format!(", line {line}")).unwrap_or_default();
        print::out(format_args!(
            "{}/{}: {} in {:.0} ms{line}",
            record.server, record.tool, record.outcome, record.duration_ms
        ));
    }
    if !call.counted_by.is_empty() {
        print::out(format_args!("counted by: {}", call.counted_by.join(", ")));
    }
    print::out("arguments:");
    print::out(print::printable(&format!("{:#}", call.arguments)));
    print::out(if call.is_error { "error:" } else { "answer:" });
    print::out(print::printable(&format!("{:#}", call.answer)));
    if !call.in_reach.is_empty() {
        print::out("answers that the script had by then:");
        call.in_reach.iter().for_each(reached);
    }
}

fn reached(answer: &ReachedAnswer) {
    let found = match answer.in_arguments.as_slice() {
        [] => String::new(),
        values => format!(": holds {} of the arguments", values.join(", ")),
    };
    print::out(print::printable(&format!("  call {} {}{found}", answer.number, answer.name)));
}
