//! A plan in words: what would be sent, in order, and how much of it is certain.

use host::{Applied, ChangedRead, Plan, PlannedCall};

/// What a planned run says beside its result. Of calls that together are larger than this only the first are shown.
pub(crate) fn told(plan: &Plan, bytes_max: usize) -> Vec<String> {
    let count = plan.calls.len();
    if count == 0 {
        return vec!["Plan: no call would be sent that may change something.".to_owned()];
    }
    let calls = text::counted(count, "call");
    let mut lines = vec![format!(
        "Plan: {calls} would be sent, in this order. Nothing was sent, and no file was changed."
    )];
    lines.extend(listed(&plan.calls, bytes_max));
    lines.extend(uncertain(plan));
    lines
}

/// The calls, one a line.
pub(crate) fn listed(calls: &[PlannedCall], bytes_max: usize) -> Vec<String> {
    let mut bytes = 0;
    let mut lines: Vec<String> = Vec::new();
    for (at, planned) in calls.iter().enumerate() {
        let line = one(planned);
        bytes += line.len() + 1;
        if bytes > bytes_max {
            lines.push(format!("[{} more are not shown]", calls.len() - at));
            break;
        }
        lines.push(line);
    }
    lines
}

/// `3. slack/send_message {"text":"hi"} (line 7)`. The number is that of the call in the run: those that read are counted too.
fn one(planned: &PlannedCall) -> String {
    let PlannedCall { call, server, tool, arguments, line, stand_ins, .. } = planned;
    let at = line.map(|line| format!(" (line {line})")).unwrap_or_default();
    let holds = match stand_ins.as_slice() {
        [] => String::new(),
        calls => format!(" (with the stand-in of {})", numbers(calls)),
    };
    format!("{call}. {server}/{tool} {arguments}{at}{holds}")
}

/// From where on the list is not certain, and why.
fn uncertain(plan: &Plan) -> Option<String> {
    let first = plan.depends_from()?;
    Some(format!(
        "From {} on the script had been given stand-ins for answers (`<planned:NUMBER>`, 0, true), so those calls may come out \
         differently; calls that do are not sent before the user has approved them.",
        first.call
    ))
}

fn numbers(calls: &[u32]) -> String {
    calls.iter().map(u32::to_string).collect::<Vec<_>>().join(", ")
}

/// What became of a plan that was applied.
pub(crate) fn applied(applied: &Applied) -> Vec<String> {
    let mut lines = vec![format!(
        "Plan {}: {} of its list {} sent.",
        applied.plan,
        text::counted(applied.sent, "call"),
        if applied.sent == 1 { "was" } else { "were" }
    )];
    if !applied.not_sent.is_empty() {
        lines.push(format!("Not sent of its list: {}.", numbers(&applied.not_sent)));
    }
    if !applied.changed.is_empty() {
        let reads = text::named(applied.changed.iter().map(read));
        lines.push(format!("Read otherwise than in the plan: {reads}."));
    }
    lines
}

fn read(changed: &ChangedRead) -> String {
    let at = changed.line.map(|line| format!(" (line {line})")).unwrap_or_default();
    format!("{}/{}{at}", changed.server, changed.tool)
}

#[cfg(test)]
mod tests {
    use host::RunId;
    use serde_json::value::RawValue;

    use super::*;

    fn call(call: u32, arguments: &str, stand_ins: &[u32]) -> PlannedCall {
        PlannedCall {
            call,
            server: "crm".to_owned(),
            tool: "add".to_owned(),
            arguments: RawValue::from_string(arguments.to_owned()).expect("JSON"),
            line: Some(call + 1),
            stand_ins: stand_ins.to_vec(),
            step: 0,
            asked_by: None,
        }
    }

    #[test]
    fn a_list_is_shown_in_order_and_cut_where_it_is_long() {
        let calls = [call(2, r#"{"id":1}"#, &[]), call(5, r#"{"of":"<planned:2>"}"#, &[2])];
        let both = [
            r#"2. crm/add {"id":1} (line 3)"#,
            r#"5. crm/add {"of":"<planned:2>"} (line 6) (with the stand-in of 2)"#,
        ];
        assert_eq!(listed(&calls, 1_000), both);
        assert_eq!(listed(&calls, 40), [both[0], "[1 more are not shown]"]);
    }

    #[test]
    fn what_became_of_a_plan_is_told() {
        let changed = ChangedRead { server: "crm".to_owned(), tool: "look".to_owned(), line: Some(3) };
        let all =
            Applied { plan: RunId::new("run_1"), sent: 1, not_sent: vec![4, 6], changed: vec![changed] };
        assert_eq!(
            applied(&all),
            [
                "Plan run_1: 1 call of its list was sent.",
                "Not sent of its list: 4, 6.",
                "Read otherwise than in the plan: `crm/look (line 3)`.",
            ]
        );
    }
}
