//! What an agent reads: short, exact, no decoration.

mod printed;
mod resumption;

use std::{fmt::Write, path::Path, sync::Arc};

use crate::{planned, typed::command};
use host::{CallEnd, CallRecord, Data, Outcome, Page, QueueFull, RunRecord};
use serde_json::{Value, json};
use surface::Surface;
use tools::{Catalog, Held, Server, ServerState, WithheldTool};

/// A finished run.
pub(super) fn run(record: &RunRecord, shown_bytes: usize) -> String {
    let mut text = String::new();
    match record.outcome {
        Outcome::Returned => result(&mut text, record),
        _ => failure(&mut text, record),
    }
    printed::add(&mut text, record, shown_bytes);
    plan(&mut text, record, shown_bytes);
    for note in record.repairs.iter().chain(&record.warnings) {
        line(&mut text, &format!("Note: {note}"));
    }
    let calls = calls(&record.calls);
    if !calls.is_empty() {
        let label = match record.outcome {
            Outcome::Returned => "Calls",
            // A model that repeats a script must know what has already happened.
            _ => "Calls made before the failure",
        };
        line(&mut text, &format!("{label}: {calls}"));
    }
    if record.outcome != Outcome::Returned {
        resumption::add(&mut text, record);
    }
    text
}

/// What would have been sent, and what became of a plan.
fn plan(text: &mut String, record: &RunRecord, shown_bytes: usize) {
    if let Some(plan) = &record.plan {
        planned::told(plan, shown_bytes).iter().for_each(|told| line(text, told));
        if !plan.calls.is_empty() {
            let apply = command(&format!("apply {}", record.id));
            line(text, &format!("You cannot send them. The user does, by typing {apply}."));
        }
    }
    let applied = record.applied.iter().flat_map(planned::applied);
    applied.for_each(|told| line(text, &told));
}

/// What of a run is for people: clients keep it beside the answer and show it to no model.
pub(super) fn about(record: &RunRecord) -> Value {
    json!({
        "narrows/run": {
            "id": record.id, "outcome": record.outcome, "duration_ms": record.duration_ms, "tokens": record.tokens
        }
    })
}

/// A run that was turned away.
pub(super) fn queue_full(full: QueueFull) -> String {
    format!("Not run: {full}.\n  Hint: wait until some of the runs have ended, then send it again")
}

/// A part of a large value.
pub(super) fn page(handle: &str, page: &Page) -> String {
    let mut text = String::new();
    part(&mut text, handle, page);
    text
}

/// A piece of data that a value holds.
pub(super) fn data(data: &Data<'_>) -> String {
    let size = format!("{}, {} bytes", data.mime, data.bytes);
    if data.is_image {
        return format!("{size}:");
    }
    format!(
        "{size}: not a kind that can be shown. A script can keep it: \
         `await fs.writeFile('/workspace/NAME', block.data, 'base64')`"
    )
}

/// The servers, one a line, with how many tools each has.
pub(super) fn servers(catalog: &Catalog) -> String {
    let lines = catalog.servers().iter().map(|server| format!("- {}", one_server(server)));
    lines.collect::<Vec<_>>().join("\n")
}

/// What a search cannot know now; nothing when everything is there.
pub(super) fn absent(catalog: &Catalog) -> Option<String> {
    let names = |pick: fn(&Server) -> bool| -> String {
        let servers = catalog.servers().iter().filter(|server| pick(server));
        servers.map(|server| server.name.as_str()).collect::<Vec<_>>().join(", ")
    };
    let unknown = names(Server::is_unknown);
    let failed =
        names(|server| server.needs_login.is_none() && matches!(server.state, ServerState::Failed { .. }));
    let held: Vec<_> = catalog.servers().iter().filter(|server| held_back(server) > 0).collect();
    let mut text = String::new();
    if !held.is_empty() {
        let each: Vec<_> =
            held.iter().map(|server| format!("{} ({})", server.name, held_back(server))).collect();
        line(
            &mut text,
            &format!("Held back until a person accepts them ({}): {}", command("trust"), each.join(", ")),
        );
    }
    if !unknown.is_empty() {
        line(&mut text, &format!("Still connecting, tools not known yet: {unknown}"));
    }
    if !failed.is_empty() {
        line(&mut text, &format!("Not available: {failed}"));
    }
    for server in catalog.servers() {
        if let Some(needs) = &server.needs_login {
            line(&mut text, &format!("{}: not available: {needs}", server.name));
        }
    }
    (!text.is_empty()).then_some(text)
}

/// What an agent is to tell its person of a configuration that is not used.
pub(super) fn not_agreed(file: &Path) -> String {
    let folder = file.parent().unwrap_or(file).display();
    format!(
        "The servers of `{}` are not started, because the user has not agreed to what this file does. If they are needed, \
         ask the user to type `narrows allow` in the folder `{folder}` and then to start this MCP server again.",
        file.display()
    )
}

/// The instructions: what this server is, what is connected, and all signatures where they fit. They stand in a conversation
/// until its end, so what may change says that it may.
pub(super) fn instructions(surface: &Surface, inline_tokens: usize, unused: Option<&Path>) -> String {
    let catalog = surface.catalog();
    if catalog.servers().is_empty() {
        let without =
            "No server is configured, so there is no tool to call; execute_code still runs TypeScript."
                .to_owned();
        return unused.map(not_agreed).into_iter().chain([without]).collect::<Vec<_>>().join("\n");
    }
    let mut text =
        "Write TypeScript that calls the tools of the servers below, and run it with execute_code; \
                    one script can call many tools and returns only what you need."
            .to_owned();
    // Before the rest: some clients keep only the first part of instructions.
    if let Some(file) = unused {
        line(&mut text, &not_agreed(file));
    }
    let signatures = (0 < catalog.tool_count() && catalog.tool_count() <= INLINE_TOOLS_MAX)
        .then(|| surface.inline_signatures(inline_tokens))
        .flatten();
    match signatures {
        Some(signatures) => {
            let all = if catalog.servers().iter().any(|server| server.is_unknown()) {
                "Tools known so far"
            } else {
                "All tools"
            };
            line(&mut text, &format!("{all}:"));
            line(&mut text, &signatures);
            if let Some(absent) = absent(catalog) {
                line(&mut text, &absent);
            }
        }
        None => {
            line(&mut text, "Find them with search_tools. Servers:");
            line(&mut text, &shortened(&servers(catalog)));
        }
    }
    let may_come =
        |server: &Arc<Server>| server.is_unknown() || matches!(server.state, ServerState::Failed { .. });
    if catalog.servers().iter().any(may_come) {
        line(&mut text, "This was so at the start; search_tools tells what is there now.");
    }
    text
}

/// The first lines of a list of servers, as many as clients keep of instructions.
fn shortened(list: &str) -> String {
    const BYTES_MAX: usize = 1_500;
    if list.len() <= BYTES_MAX {
        return list.to_owned();
    }
    let end = list[..list.floor_char_boundary(BYTES_MAX)].rfind('\n').unwrap_or(0);
    let more = list[end..].matches("\n- ").count();
    format!("{}\n- and {more} more: search_tools without a query lists all", &list[..end])
}

/// A signature costs about 23 tokens; more tools than this cannot fit the default budget, and counting them
/// would delay the first answer.
const INLINE_TOOLS_MAX: usize = 200;

/// Names of called tools are told up to so many bytes: a script makes up as many and as long ones as it likes.
const CALLS_BYTES_MAX: usize = 4_000;

fn result(text: &mut String, record: &RunRecord) {
    let Some(shown) = record.shown() else {
        line(text, "Result: undefined");
        return;
    };
    match &record.handle {
        Some(handle) => {
            let total_bytes = record.text().map_or(0, |whole| whole.len());
            let next_offset = Some(shown.len());
            part(text, handle, &Page { text: shown.into_owned(), offset: 0, next_offset, total_bytes });
            if let Some(outline) = &record.outline {
                line(text, &format!("Shape: {outline}"));
            }
            line(text, &format!("In a script: await results.get('{handle}')"));
        }
        // Nothing would stand there.
        None if shown.is_empty() => line(text, "Result: \"\""),
        None => {
            line(text, "Result:");
            line(text, &shown);
        }
    }
}

/// A part of a large value, and how to read on.
fn part(text: &mut String, handle: &str, page: &Page) {
    let Page { text: shown, offset, next_offset, total_bytes } = page;
    line(text, "Result:");
    line(text, shown);
    let end = offset + shown.len();
    let more = next_offset
        .map(|next| format!("; more: get_run {{\"handle\":\"{handle}\",\"offset\":{next}}}"))
        .unwrap_or_default();
    // A text may end with a line break of its own.
    line(text, &format!("[bytes {offset} to {end} of {total_bytes}{more}]"));
}

fn failure(text: &mut String, record: &RunRecord) {
    let word = match record.outcome {
        Outcome::Refused => "Not run",
        Outcome::Cancelled => "Cancelled",
        _ => "Failed",
    };
    let Some(error) = &record.error else {
        line(text, &format!("{word}: {}", record.outcome));
        return;
    };
    if error.problems.is_empty() {
        let place = place(error.line, error.column);
        line(text, &format!("{word}{place}: {}: {}", error.name, error.message));
        for frame in &error.stack {
            line(text, &format!("  at {frame}"));
        }
        hint(text, error.hint.as_deref());
    } else {
        line(text, &format!("{word}: {}", error.name));
    }
    for problem in &error.problems {
        let place = place(Some(problem.line), Some(problem.column));
        line(text, &format!("-{place}: {}", problem.message));
        hint(text, problem.hint.as_deref());
    }
    if let Some(data) = &error.data {
        line(text, &format!("Data: {data}"));
    }
}

fn place(at_line: Option<u32>, column: Option<u32>) -> String {
    match (at_line, column) {
        (Some(at_line), Some(column)) => format!(" at line {at_line}, column {column}"),
        (Some(at_line), None) => format!(" at line {at_line}"),
        _ => String::new(),
    }
}

fn hint(text: &mut String, hint: Option<&str>) {
    if let Some(hint) = hint {
        line(text, &format!("  Hint: {hint}"));
    }
}

/// `crm/getCustomer ×3, crm/update ×2 (1 timeout)`, in the order of their first call.
pub(super) fn calls(calls: &[CallRecord]) -> String {
    let mut counts: Vec<(String, usize, Vec<CallEnd>)> = Vec::new();
    for call in calls {
        let name =
            if call.server.is_empty() { call.tool.clone() } else { format!("{}/{}", call.server, call.tool) };
        let at = counts.iter().position(|(known, ..)| *known == name).unwrap_or_else(|| {
            counts.push((name, 0, Vec::new()));
            counts.len() - 1
        });
        counts[at].1 += 1;
        if call.outcome != CallEnd::Answered {
            counts[at].2.push(call.outcome);
        }
    }
    let mut text = String::new();
    for (at, (name, count, failed)) in counts.iter().enumerate() {
        if text.len() + name.len() > CALLS_BYTES_MAX {
            let _ = write!(text, " … and {} more names", counts.len() - at);
            break;
        }
        let comma = if at > 0 { ", " } else { "" };
        let _ = write!(text, "{comma}{name} ×{count}");
        if let Some(first) = failed.first() {
            let _ = write!(text, " ({} {first})", failed.len());
        }
    }
    text
}

/// How many of its tools wait for a person.
fn held_back(server: &Server) -> usize {
    let waits = |withheld: &&WithheldTool| withheld.held != Held::NotAllowed;
    server.withheld.iter().filter(waits).count()
}

fn one_server(server: &Server) -> String {
    match held_back(server) {
        0 => state_of(server),
        held => format!("{}, {held} held back until a person accepts them", state_of(server)),
    }
}

fn state_of(server: &Server) -> String {
    let tools = server.tools.len();
    match &server.state {
        ServerState::Idle => format!("{}: {tools} tools, not started yet", server.name),
        ServerState::Starting if server.is_unknown() => format!("{}: still connecting", server.name),
        ServerState::Starting => format!("{}: {tools} tools, still connecting", server.name),
        ServerState::Ready => format!("{}: {tools} tools", server.name),
        ServerState::Stale { .. } => format!("{}: {tools} tools, not reachable now", server.name),
        ServerState::Failed { .. } => match &server.needs_login {
            Some(needs) => format!("{}: not available: {needs}", server.name),
            None => format!("{}: not available", server.name),
        },
    }
}

pub(super) fn line(text: &mut String, line: &str) {
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    text.push_str(line);
}

#[cfg(test)]
mod tests {
    use tools::ServerName;

    use tools::CallErrorKind;

    use super::*;

    #[test]
    fn made_up_names_do_not_fill_an_answer() {
        let call = |tool: &str, outcome| CallRecord { outcome, ..CallRecord::unknown(tool) };
        let usual: Vec<_> = [CallEnd::Answered, CallEnd::Failed(CallErrorKind::Timeout)]
            .map(|outcome| call("a", outcome))
            .into();
        assert_eq!(calls(&usual), "a ×2 (1 timeout)");
        let long: Vec<_> = (0..9)
            .map(|at| {
                call(&format!("{at}{}", "x".repeat(1_000)), CallEnd::Failed(CallErrorKind::UnknownTool))
            })
            .collect();
        let told = calls(&long);
        assert!(told.len() < 4_200 && told.ends_with(" … and 6 more names"), "{} bytes: {told}", told.len());
    }

    #[test]
    fn a_server_is_said_to_be_what_it_is() {
        let tool = tools::Tool {
            name: "run".into(),
            title: None,
            description: String::new(),
            input_schema: serde_json::json!({}),
            output_schema: None,
            annotations: tools::Annotations::default(),
        };
        let known = |state| Server {
            state,
            tools: vec![Arc::new(tool.clone()), Arc::new(tool.clone())],
            ..Server::starting(ServerName::new("a"))
        };
        let reason = || "it ended".to_owned();
        for (server, expect) in [
            (Server::starting(ServerName::new("a")), "a: still connecting"),
            (known(ServerState::Starting), "a: 2 tools, still connecting"),
            (known(ServerState::Ready), "a: 2 tools"),
            (known(ServerState::Stale { reason: reason() }), "a: 2 tools, not reachable now"),
            (known(ServerState::Failed { reason: reason() }), "a: not available"),
            (
                Server {
                    needs_login: Some("it wants you to sign in".to_owned()),
                    ..known(ServerState::Failed { reason: reason() })
                },
                "a: not available: it wants you to sign in",
            ),
        ] {
            assert_eq!(state_of(&server), expect);
        }
    }

    #[test]
    fn instructions_without_servers_promise_none() {
        let none = instructions(&Surface::new(Arc::default()), 2_000, None);
        assert_eq!(
            none,
            "No server is configured, so there is no tool to call; execute_code still runs TypeScript."
        );
        let unused = instructions(&Surface::new(Arc::default()), 2_000, Some(Path::new("/p/narrows.json")));
        assert_eq!(unused, format!("{}\n{none}", not_agreed(Path::new("/p/narrows.json"))));
    }

    #[test]
    fn instructions_do_not_grow_with_the_number_of_servers() {
        let servers =
            (0..500).map(|at| Arc::new(Server::starting(ServerName::new(format!("server-{at:03}")))));
        let surface = Surface::new(Arc::new(Catalog::new(servers)));
        let text = instructions(&surface, 2_000, None);
        assert!(text.len() < 2_000, "{} bytes", text.len());
        let shown = text.matches("still connecting").count();
        let last: Vec<_> = text.lines().rev().take(2).collect();
        let more = format!("- and {} more: search_tools without a query lists all", 500 - shown);
        assert_eq!(last, ["This was so at the start; search_tools tells what is there now.", &more]);
    }
}
