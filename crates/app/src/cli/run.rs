//! `narrows run`: one script, its result on stdout.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use host::{Approve, CallEnd, DefinitionTokens, Failure, Outcome, RunId, RunRecord, RunRequest, RunStatus};
use tokio_util::sync::CancellationToken;
use wire::PrintLevel;

use super::{Context, Needs, Servers, approvals, read_input, saved::saved};
use crate::{
    args::{ApproveArg, RunArgs, ScriptArgs},
    excerpt::Excerpt,
    exit::{Failed, Status},
    gateway::Gateway,
    mcp, planned, print,
    progress::Quiet,
    typed::command,
};

pub(super) async fn run(args: RunArgs, context: &Context<'_>) -> Result<(), Failed> {
    let approve = args.approve.map_or(Approve::Ruled, |ApproveArg::Writes| Approve::Writes);
    let Ran { record, code, file } = to_its_end(args.script, approve, context).await?;
    let record = match &args.save_data {
        Some(folder) => Arc::new(saved(&record, folder)?),
        None => record,
    };
    tell(&record, &code, &file, context)
}

/// A run of the command line that has ended, with its script.
pub(super) struct Ran {
    pub(super) record: Arc<RunRecord>,
    pub(super) code: String,
    pub(super) file: PathBuf,
}

/// Runs a script that was named or given, with the servers it is to have.
pub(super) async fn to_its_end(
    args: ScriptArgs,
    approve: Approve,
    context: &Context<'_>,
) -> Result<Ran, Failed> {
    let (file, code) = script(args.file, args.code, &context.stop)?;
    let gateway = start(Servers::asked(&args.servers), context)?;
    let request = RunRequest {
        workspace: args.workspace,
        args: Some(args.args),
        definition_tokens: DefinitionTokens::Awaited,
        approve,
        ..RunRequest::new(code.as_str())
    };
    let record = execute(&gateway, request, context).await;
    gateway.shutdown().await;
    Ok(Ran { record: record?, code, file })
}

/// Shows a run that has ended; how it ended is how the command ends.
pub(super) fn tell(record: &RunRecord, code: &str, file: &Path, context: &Context<'_>) -> Result<(), Failed> {
    if context.common.json {
        print::json(record);
    } else {
        show(record, code, file, context.quiet());
    }
    match record.outcome {
        Outcome::Returned => Ok(()),
        Outcome::Crashed => Err(Failed::new(Status::Internal, "").in_result()),
        Outcome::Cancelled => Err(Failed::new(Status::Interrupted, "").in_result()),
        _ => Err(Failed::told()),
    }
}

/// Which servers a script needs is known once it is parsed; where there is no configuration it may be one that needs none.
fn start(servers: Servers<'_>, context: &Context<'_>) -> Result<Gateway, Failed> {
    if servers != Servers::Configured || !context.has_none() {
        return context.start(servers, Needs::All);
    }
    if context.quiet() == Quiet::No {
        print::note("note: no configuration was found; the script has no servers");
    }
    Gateway::start(context.bare()?, mcp::TOKENS)
}

/// The script's name and text. Code of the command line is named like that of stdin.
fn script(
    file: Option<PathBuf>,
    code: Option<String>,
    stop: &CancellationToken,
) -> Result<(PathBuf, String), Failed> {
    let file = file.unwrap_or_else(|| PathBuf::from("-"));
    let code = code.map_or_else(|| read_input(&file, stop), Ok)?;
    Ok((file, code))
}

/// Runs the script to its end.
async fn execute(
    gateway: &Gateway,
    request: RunRequest,
    context: &Context<'_>,
) -> Result<Arc<RunRecord>, Failed> {
    let id = gateway.host.submit(request)?;
    until_it_ends(gateway, &id, context).await
}

/// Waits for a run, and asks at the terminal about its calls. When the process is asked to end the run is cancelled.
pub(super) async fn until_it_ends(
    gateway: &Gateway,
    id: &RunId,
    context: &Context<'_>,
) -> Result<Arc<RunRecord>, Failed> {
    let over = || gateway.host.wait(id, Duration::MAX);
    let waiting = approvals::while_asking(gateway, Some(id), context, over());
    if context.stop.run_until_cancelled(waiting).await.is_none() {
        gateway.host.cancel(id);
    }
    match over().await {
        Some(RunStatus::Done(record)) => Ok(record),
        Some(RunStatus::Running) | None => Err(Failed::new(Status::Internal, "the run was lost")),
    }
}

pub(super) fn show(record: &RunRecord, code: &str, file: &Path, quiet: Quiet) {
    for printed in &record.printed {
        let text = print::printable(&printed.text);
        if printed.level == PrintLevel::Log { print::out(text) } else { print::note(text) }
    }
    if let Some(value) = &record.value {
        print::out(print::json_indented(&host::naming_data(value, "`--save-data DIR` writes it to a file")));
    }
    if let Some(error) = &record.error {
        show_failure(error, code, file);
    } else if record.outcome != Outcome::Returned {
        print::error(format_args!("the run ended without a value: {}", record.outcome));
    }
    planned(record);
    for line in refusals(record) {
        print::hint(line);
    }
    if quiet == Quiet::Yes {
        return;
    }
    for warning in record.repairs.iter().chain(&record.warnings) {
        print::warning(warning);
    }
    if !record.missing_walls.is_empty() {
        let missing = text::named(record.missing_walls.iter().map(|wall| wall.name()));
        print::warning(format_args!("the script ran without {missing}; {} says why", command("doctor")));
    }
    print::note(summary(record));
}

/// What would have been sent, and what became of a plan.
fn planned(record: &RunRecord) {
    if let Some(plan) = &record.plan {
        planned::told(plan, usize::MAX).iter().for_each(|line| print::out(print::printable(line)));
        if !plan.calls.is_empty() {
            print::hint(format_args!("{} sends them", command(&format!("apply {}", record.id))));
        }
        for call in &plan.calls {
            if let Some(why) = &call.asked_by {
                print::note(print::printable(&format!("{}: {why}", call.call)));
            }
        }
    }
    let applied = record.applied.iter().flat_map(planned::applied);
    applied.for_each(|line| print::note(print::printable(&line)));
}

fn show_failure(error: &Failure, code: &str, file: &Path) {
    if error.problems.is_empty() {
        let place = place(code, file, error.line, error.column);
        print::error(format_args!("{}: {}{place}", error.name, print::printable(&error.message)));
        for frame in &error.stack {
            print::note(format_args!("  at {}", print::printable(&in_file(frame, file))));
        }
        if let Some(hint) = &error.hint {
            print::hint(hint);
        }
    }
    for problem in &error.problems {
        let place = place(code, file, Some(problem.line), Some(problem.column));
        print::error(format_args!("{}{place}", problem.message));
        if let Some(hint) = &problem.hint {
            print::hint(hint);
        }
    }
}

/// What was not allowed, why, and what would permit it, each once: for the person alone.
fn refusals(record: &RunRecord) -> Vec<String> {
    let problems = record.error.iter().flat_map(|error| &error.problems);
    let before = problems.filter_map(|problem| Some((problem.message.clone(), problem.refusal.as_ref()?)));
    let calls = record.calls.iter().filter_map(|call| {
        Some((format!("`{}/{}` is not allowed", call.server, call.tool), call.refusal.as_deref()?))
    });
    let mut lines: Vec<String> = Vec::new();
    for (what, refusal) in before.chain(calls) {
        let line = print::printable(&super::refused(&what, refusal));
        if !lines.contains(&line) {
            lines.push(line);
        }
    }
    lines
}

fn shown_name(file: &Path) -> String {
    if file == Path::new("-") { "script".to_owned() } else { file.display().to_string() }
}

/// A frame of a stack with the script's own name; a record knows only that it is the script.
fn in_file(frame: &str, file: &Path) -> String {
    let name = shown_name(file);
    match frame.strip_prefix("script.ts:") {
        Some(place) => format!("{name}:{place}"),
        None => frame.replace("(script.ts:", &format!("({name}:")),
    }
}

/// The place with its line and a caret, on lines of their own.
fn place(code: &str, file: &Path, line: Option<u32>, column: Option<u32>) -> String {
    let Some(line) = line else { return String::new() };
    let column = column.unwrap_or(1).max(1);
    let name = shown_name(file);
    let number = line.to_string();
    let pad = " ".repeat(number.len());
    let Some(text) = code.lines().nth(line.saturating_sub(1) as usize) else {
        return format!("\n{pad} --> {name}:{line}:{column}");
    };
    // Columns count UTF-16 units, carets stand below characters.
    let mut units = 0;
    let before = text.chars().take_while(|c| {
        units += c.len_utf16() as u32;
        units < column
    });
    let Excerpt { text, before } = Excerpt::new(&print::printable(text).replace('\t', " "), before.count());
    let caret = " ".repeat(before);
    format!("\n{pad} --> {name}:{line}:{column}\n{pad} |\n{number} | {text}\n{pad} | {caret}^")
}

fn summary(record: &RunRecord) -> String {
    let calls = match record.calls.len() {
        0 => "no calls".to_owned(),
        many => text::counted(many, "call"),
    };
    let failed = record.calls.iter().filter(|call| matches!(call.outcome, CallEnd::Failed(_))).count();
    let failed = if failed > 0 { format!(" ({failed} failed)") } else { String::new() };
    let tokens = &record.tokens;
    // A run that saved nothing has nothing to compare with.
    let without = tokens.without_narrows.filter(|without| *without > tokens.with_narrows);
    let instead = without.map(|without| format!(" instead of {without}")).unwrap_or_default();
    format!(
        "{} in {:.0} ms, {calls}{failed}, {} model tokens{instead} ({})",
        record.outcome, record.duration_ms, tokens.with_narrows, tokens.encoding
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_shows_its_line() {
        let code = "const a = 1;\nthrow 'ä😀x';";
        assert_eq!(
            place(code, Path::new("a.ts"), Some(2), Some(11)),
            "\n  --> a.ts:2:11\n  |\n2 | throw 'ä😀x';\n  |          ^"
        );
        assert_eq!(place(code, Path::new("-"), Some(9), None), "\n  --> script:9:1");
        assert_eq!(place(code, Path::new("-"), None, None), "");
        assert_eq!(in_file("script.ts:3:1", Path::new("a.ts")), "a.ts:3:1");
        assert_eq!(in_file("go (script.ts:3:1)", Path::new("a.ts")), "go (a.ts:3:1)");
        assert_eq!(in_file("go (/skills/script.ts:3:1)", Path::new("a.ts")), "go (/skills/script.ts:3:1)");
    }
}
