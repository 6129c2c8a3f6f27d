//! Plans: what a script would send, and the word of a person that sends it.

use std::{path::Path, thread};

use serde_json::{Value, json};

use crate::{
    agent::Agent,
    narrows::Narrows,
    servers::{company, config, demo},
};

/// A job of the demo, by the name of its script.
fn job(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../demo/scripts").join(name);
    std::fs::read_to_string(path).expect("a script of the demo")
}

/// Plans a script: the record.
fn plan(narrows: &Narrows, script: &str) -> Value {
    narrows.write("script.ts", script);
    let planned = narrows.output(&["plan", "script.ts", "--json"]);
    assert_eq!(planned.code, Some(0), "{}", planned.stderr);
    planned.json()
}

fn id(record: &Value) -> &str {
    record["id"].as_str().expect("an id")
}

fn list(record: &Value) -> &[Value] {
    record["plan"]["calls"].as_array().expect("a list")
}

/// The entries of the list that the calls of a run were sent as.
fn applies(record: &Value) -> Vec<u64> {
    let calls = record["calls"].as_array().expect("calls");
    calls.iter().filter_map(|call| call["plan"]["applies"].as_u64()).collect()
}

/// Lets every call that waits go on, until a run is over.
fn approving_all<T>(narrows: &Narrows, work: impl FnOnce() -> T) -> (T, usize) {
    let done = std::sync::atomic::AtomicBool::new(false);
    thread::scope(|scope| {
        let approving = scope.spawn(|| {
            let mut approved = 0;
            while !done.load(std::sync::atomic::Ordering::SeqCst) {
                let decided = narrows.output(&["approvals", "approve", "--all", "--json"]).json();
                approved += decided.as_array().map_or(0, Vec::len);
            }
            approved
        });
        let worked = work();
        done.store(true, std::sync::atomic::Ordering::SeqCst);
        (worked, approving.join().expect("it ends"))
    })
}

#[test]
fn the_jobs_of_the_demo_send_what_was_planned() {
    let mut all = company();
    all["narrows"] = json!({});
    let narrows = Narrows::configured(&all);
    // How many calls are asked about because they hold what only a real answer says.
    for (script, asked) in
        [("meeting-notes.ts", 0), ("ticket-triage.ts", 0), ("qualified-leads.ts", 1), ("weekly-report.ts", 2)]
    {
        let planned = plan(&narrows, &job(script));
        assert_eq!(planned["outcome"], "returned", "{script}: {planned}");
        let calls = list(&planned).len();
        assert!(calls > 1, "{script}: {planned}");
        let apply = || narrows.output(&["apply", id(&planned), "--yes", "--json"]);
        let (output, approved) = match asked {
            0 => (apply(), 0),
            _ => approving_all(&narrows, apply),
        };
        let record = output.json();
        assert_eq!((output.code, &record["outcome"]), (Some(0), &json!("returned")), "{script}: {record}");
        assert_eq!(approved, asked, "{script}");
        let applied = &record["applied"];
        assert_eq!(applied["sent"], calls - asked, "{script}: {applied}");
        assert_eq!(applied["not_sent"].as_array().map(Vec::len), Some(asked), "{script}: {applied}");
        assert_eq!(applied["changed"], json!([]), "{script}");
        assert_eq!(applies(&record).len(), calls - asked, "{script}");
        let failed =
            record["calls"].as_array().expect("calls").iter().filter(|call| call["outcome"] != "answered");
        assert_eq!(failed.count(), 0, "{script}");
    }
}

/// Calls by what is known of them beforehand, in an order of their own: those that are made at once come in any.
fn sorted(calls: impl Iterator<Item = String>) -> Vec<String> {
    let mut calls: Vec<_> = calls.collect();
    calls.sort();
    calls
}

#[test]
fn the_list_is_what_a_plain_run_sends() {
    let mut all = company();
    all["narrows"] = json!({});
    let name = |call: &Value| {
        format!("{}/{}", call["server"].as_str().unwrap_or("?"), call["tool"].as_str().unwrap_or("?"))
    };
    for script in ["meeting-notes.ts", "ticket-triage.ts", "qualified-leads.ts", "weekly-report.ts"] {
        let planned = plan(&Narrows::configured(&all), &job(script));
        let ran = Narrows::configured(&all).record(&job(script), &[]);
        let calls = ran["calls"].as_array().expect("calls");
        // Records hold the beginning of what may have changed something.
        let sent: Vec<_> = calls.iter().filter(|call| call["wrote"].is_string()).collect();
        assert_eq!(
            sorted(list(&planned).iter().map(name)),
            sorted(sent.iter().map(|call| name(call))),
            "{script}"
        );
        let wrote = |call: &Value| format!("{} {}", name(call), call["wrote"].as_str().unwrap_or_default());
        let sent = sorted(sent.iter().map(|call| wrote(call)));
        // What is made after a stand-in was given may hold what was made of it.
        let exact: Vec<_> = list(&planned).iter().filter(|entry| entry["step"] == 0).collect();
        assert!(!exact.is_empty(), "{script}");
        for entry in exact {
            let arguments = entry["arguments"].to_string();
            let beginning = &arguments[..arguments.floor_char_boundary(200)];
            let expect = format!("{} {beginning}", name(entry));
            assert!(sent.contains(&expect), "{script}: {expect}");
        }
    }
}

/// A company that keeps its changes, with a script that answers what it reads.
fn tickets() -> Narrows {
    let narrows = Narrows::new();
    let state = narrows.home().join("state");
    let mut server = demo("zendesk");
    server["args"] = json!(["demo-server", "zendesk", "--state", state]);
    narrows.write(crate::narrows::CONFIG, &config([("zendesk", server)]).to_string());
    narrows
}

const CLOSING: &str = "import { getTickets, updateTicket } from './servers/zendesk';\n\
    const tickets = await getTickets({ status: 'new', limit: 2 });\n\
    for (const { id, priority } of tickets) {\n\
        await updateTicket({ ticketId: id, fields: { tags: [`was-${priority}`] } });\n\
    }\n\
    return tickets.length;";

#[test]
fn a_change_between_plan_and_apply_is_caught() {
    let narrows = tickets();
    let planned = plan(&narrows, CLOSING);
    let [first, second] = list(&planned) else { panic!("{planned}") };
    let ticket = first["arguments"]["ticketId"].clone();
    let change = json!({"ticketId": ticket, "fields": {"priority": "urgent"}}).to_string();
    assert_eq!(narrows.output(&["call", "zendesk", "update_ticket", &change]).code, Some(0));
    let apply = || narrows.output(&["apply", id(&planned), "--yes", "--json"]);
    let (output, approved) = approving_all(&narrows, apply);
    let record = output.json();
    assert_eq!(record["outcome"], "returned", "{record}");
    let changed = json!([{"server": "zendesk", "tool": "get_tickets", "line": 2}]);
    assert_eq!(record["applied"]["changed"], changed, "{record}");
    // The first call is another now, and then the second is not in its place.
    assert_eq!((approved, &record["applied"]["not_sent"]), (2, &json!([first["call"], second["call"]])));
    let decided = narrows.output(&["approvals", "ls", "--all", "--json"]).json();
    let why = format!("it is not on the list of the plan `{}`, or not where the list has it", id(&planned));
    assert!(
        decided.as_array().is_some_and(|all| all.iter().all(|one| one["why"] == json!(why))),
        "{decided}"
    );
}

#[test]
fn an_agent_plans_and_its_person_applies() {
    let narrows = tickets();
    let (mut agent, _) = Agent::legacy(&narrows, &[]);
    let (text, failed) = agent.call("execute_code", json!({"code": CLOSING, "mode": "plan"}));
    assert!(!failed, "{text}");
    let plan = text.split("`narrows apply ").nth(1).and_then(|rest| rest.split('`').next()).expect("an id");
    let lines: Vec<_> = text.lines().filter(|line| line.contains("zendesk/update_ticket {")).collect();
    assert_eq!(lines.len(), 2, "{text}");
    assert!(lines[0].starts_with("2. ") && lines[0].ends_with(" (line 4)"), "{text}");
    assert!(text.contains("Plan: 2 calls would be sent, in this order. Nothing was sent"), "{text}");
    assert!(text.contains("From 3 on the script had been given stand-ins"), "{text}");
    assert_eq!(agent.leave(), Some(0));

    let listed = narrows.output(&["apply", "--json"]).json();
    assert_eq!((&listed[0]["id"], &listed[0]["planned"]), (&json!(plan), &json!(2)));
    let unasked = narrows.output(&["apply", plan]);
    assert_eq!(unasked.code, Some(2));
    assert!(unasked.stderr.contains("nobody can be asked here"), "{}", unasked.stderr);
    let record = narrows.output(&["apply", plan, "--yes", "--json"]).json();
    assert_eq!(applies(&record), [2, 3], "{record}");
    let again = narrows.output(&["apply", plan, "--yes"]);
    assert!(again.stderr.contains("a plan is applied once"), "{}", again.stderr);
    assert_eq!((again.code, narrows.output(&["apply", "--json"]).json()), (Some(2), json!([])));
    let nothing = narrows.output(&["apply", id(&record), "--yes"]);
    assert!(nothing.stderr.contains(" was not a plan"), "{}", nothing.stderr);
}
