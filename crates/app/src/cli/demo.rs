//! `narrows demo`: five scripts over a simulated company, through the same host as everything else.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use ::tools::ServerName;
use demo::{SERVERS, USE_CASES, UseCase};
use host::{DefinitionTokens, Outcome, PrivacyMode, PrivacySettings, RunRecord, RunRequest};
use serde_json::{Value, json};
use upstream::Transport;

use super::Context;
use crate::{
    args::DemoServerArgs,
    config::{Config, ConfiguredServer, Surroundings},
    exit::{Failed, Status},
    gateway::Gateway,
    mcp,
    print::{self, Style},
    trust::Trust,
};

/// How much of each script is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scripts {
    /// The first lines.
    Begun,
    /// All of it.
    Whole,
}

pub(super) async fn demo(scripts: Scripts, context: &Context<'_>) -> Result<(), Failed> {
    // A fresh folder, so that every demo is like the first.
    let folder = tempfile::Builder::new().prefix("narrows-demo-").tempdir();
    let folder = folder.map_err(|error| Failed::internal("cannot make a temporary folder", error))?;
    let mut config = config(folder.path().to_owned(), context.around)?;
    config.privacy = PrivacySettings::new(PrivacyMode::Boundary);
    let gateway = Gateway::start(config, mcp::TOKENS)?;
    let ran = context.with(&gateway, use_cases(&gateway, scripts, context)).await;
    // What cannot be removed is the system's to clean.
    let _ = folder.close();
    let records = ran?;
    if context.common.json {
        print::json(&summary(&records));
    } else {
        totals(&records);
    }
    let all_fine = records.iter().all(|record| record.outcome == Outcome::Returned);
    if all_fine { Ok(()) } else { Err(Failed::told()) }
}

/// The company's servers, as if they were configured.
pub(super) fn config(data_dir: PathBuf, around: &Surroundings) -> Result<Config, Failed> {
    let mut config = Config::bare(data_dir, around);
    // The company's servers are part of this program, and change with it.
    config.trust = Trust::Always;
    let program = this_program()?;
    config.servers = SERVERS.iter().map(|name| server(name, &program)).collect();
    Ok(config)
}

/// Prints a configuration that makes any MCP program use the company's servers.
pub(super) fn print_config(state: Option<&Path>, context: &Context<'_>) -> Result<(), Failed> {
    let program = this_program()?;
    let state = state.map(|folder| context.around.cwd.join(folder).display().to_string());
    let servers = SERVERS.iter().map(|name| {
        let mut args = vec!["demo-server", name];
        if let Some(folder) = &state {
            args.extend(["--state", folder]);
        }
        ((*name).to_owned(), json!({"command": program, "args": args}))
    });
    let config = json!({"mcpServers": servers.collect::<serde_json::Map<_, _>>()});
    if context.common.json {
        print::json(&config);
    } else {
        print::out(format_args!("{config:#}"));
    }
    Ok(())
}

/// Is one of the company's servers, until its input ends.
pub(crate) fn serve(args: &DemoServerArgs) -> Result<(), Failed> {
    if !SERVERS.contains(&args.name.as_str()) {
        return Err(Failed::new(Status::Usage, format!("the company has no server `{}`", args.name))
            .hint(super::meant(&args.name, SERVERS.into_iter(), "its servers are")));
    }
    demo::serve(&args.name, std::io::stdin().lock(), std::io::stdout().lock(), args.state.as_deref())
        .map_err(|error| Failed::internal("the server failed", error))
}

fn server(name: &str, program: &str) -> ConfiguredServer {
    let args = vec!["demo-server".to_owned(), name.to_owned()];
    let shown = format!("narrows {}", args.join(" "));
    let transport = Transport::Stdio { command: program.to_owned(), args, env: Vec::new(), cwd: None };
    ConfiguredServer::own(ServerName::new(name), shown, transport)
}

fn this_program() -> Result<String, Failed> {
    let program =
        std::env::current_exe().map_err(|error| Failed::internal("cannot find this program", error))?;
    program.into_os_string().into_string().map_err(|path| {
        Failed::new(Status::Internal, format!("the path of this program is not UTF-8: {path:?}"))
    })
}

async fn use_cases(
    gateway: &Gateway,
    scripts: Scripts,
    context: &Context<'_>,
) -> Result<Vec<Arc<RunRecord>>, Failed> {
    context.settle(gateway).await;
    let catalog = gateway.surface().catalog().clone();
    if !context.common.json {
        print::out(format_args!(
            "A simulated company: {} servers with {} tools. An agent writes one script for each task.",
            catalog.servers().len(),
            catalog.tool_count()
        ));
    }
    let mut records = Vec::new();
    for (at, case) in USE_CASES.iter().enumerate() {
        let request =
            RunRequest { definition_tokens: DefinitionTokens::Awaited, ..RunRequest::new(case.script) };
        let record = gateway.host.run(request).await?;
        if !context.common.json {
            show(at + 1, case, scripts, &record);
        }
        records.push(record);
    }
    Ok(records)
}

fn show(number: usize, case: &UseCase, scripts: Scripts, record: &RunRecord) {
    print::out("");
    print::out(print::styled(Style::Bold, format_args!("{number}. {}", case.title)));
    print::out(format_args!("   {}.", case.what));
    let script = case.script.trim();
    let script = if scripts == Scripts::Whole { script.to_owned() } else { shortened(script, SCRIPT_LINES) };
    print::out(indented("script    ", &script));
    match (&record.outcome, &record.error, &record.value) {
        (Outcome::Returned, _, Some(value)) => {
            print::out(indented("result    ", &shortened(&print::json_indented(value), RESULT_LINES)));
        }
        (Outcome::Returned, _, None) => print::out("   result    nothing"),
        (outcome, Some(error), _) => {
            let text = format!("{outcome}: {}: {}", error.name, error.message);
            print::out(print::styled(Style::Red, indented("failed    ", &text)));
        }
        (outcome, None, _) => print::out(print::styled(Style::Red, format_args!("   {outcome}"))),
    }
    for printed in &record.printed {
        print::out(indented("printed   ", &printed.text));
    }
    print::out(format_args!("   calls     {}", calls(record)));
    print::out(format_args!("   time      {:.0} ms", record.duration_ms));
    let (without, with) = (record.tokens.without_narrows.unwrap_or_default(), record.tokens.with_narrows);
    print::out(format_args!("   tokens    {} without Narrows, {} with it", grouped(without), grouped(with)));
    print::out(print::styled(Style::Green, format_args!("   saved     {}", saved(without, with))));
}

fn totals(records: &[Arc<RunRecord>]) {
    let without = records.iter().filter_map(|record| record.tokens.without_narrows).sum();
    let with = records.iter().map(|record| record.tokens.with_narrows).sum();
    let calls: usize = records.iter().map(|record| record.calls.len()).sum();
    let encoding = records.first().map_or("", |record| &*record.tokens.encoding);
    print::out("");
    print::out(print::styled(Style::Bold, "Together"));
    print::out(format_args!("   {calls} tool calls in {} scripts", records.len()));
    print::out(format_args!(
        "   {} model tokens without Narrows, {} with it: {} saved",
        grouped(without),
        grouped(with),
        saved(without, with)
    ));
    print::out(format_args!(
        "   Without: the definitions of all tools, and every call's arguments and result. With: Narrows' three \
         tools,\n   the script and its result. Counted with {encoding}; other models differ a little."
    ));
    print::out("");
    print::out(
        "`narrows demo --scripts` shows the scripts whole, `narrows run -e CODE --demo` runs one of yours.",
    );
    print::out(
        "Next: `narrows demo config > narrows.json` makes a configuration to try with your own agent.",
    );
}

fn summary(records: &[Arc<RunRecord>]) -> Value {
    let cases = USE_CASES
        .iter()
        .zip(records)
        .map(|(case, record)| json!({"title": case.title, "what": case.what, "run": **record}));
    let without: u64 = records.iter().filter_map(|record| record.tokens.without_narrows).sum();
    let with: u64 = records.iter().map(|record| record.tokens.with_narrows).sum();
    json!({
        "use_cases": cases.collect::<Vec<_>>(),
        "totals": {
            "calls": records.iter().map(|record| record.calls.len()).sum::<usize>(),
            "without_narrows": without,
            "with_narrows": with,
            "saved_percent": percent(without, with),
        },
    })
}

/// `salesforce 12, slack 1`: calls by server.
fn calls(record: &RunRecord) -> String {
    let mut counts: Vec<(&str, usize)> = Vec::new();
    for call in &record.calls {
        match counts.iter_mut().find(|(server, _)| *server == call.server) {
            Some((_, count)) => *count += 1,
            None => counts.push((&call.server, 1)),
        }
    }
    let list: Vec<_> = counts.iter().map(|(server, count)| format!("{server} {count}")).collect();
    format!("{} ({})", record.calls.len(), list.join(", "))
}

/// Enough of a result to see what it is.
const RESULT_LINES: usize = 16;
/// Enough of a script to see how an agent writes one.
const SCRIPT_LINES: usize = 14;

/// A text for a person: the first lines of it.
fn shortened(text: &str, most: usize) -> String {
    let lines: Vec<_> = text.lines().collect();
    if lines.len() <= most {
        return text.to_owned();
    }
    format!("{}\n… {} more lines", lines[..most].join("\n"), lines.len() - most)
}

fn indented(label: &str, text: &str) -> String {
    let pad = " ".repeat(label.len() + 3);
    let mut lines = text.lines();
    let first = format!("   {label}{}", lines.next().unwrap_or_default());
    lines.fold(first, |all, line| format!("{all}\n{}", format!("{pad}{line}").trim_end()))
}

fn saved(without: u64, with: u64) -> String {
    format!("{:.1} %", percent(without, with))
}

fn percent(without: u64, with: u64) -> f64 {
    if without == 0 {
        return 0.0;
    }
    let saved = (without as f64 - with as f64) / without as f64 * 100.0;
    (saved * 10.0).round() / 10.0
}

/// `1234567` as `1,234,567`.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let groups: Vec<_> = digits.as_bytes().rchunks(3).rev().map(String::from_utf8_lossy).collect();
    groups.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_for_people() {
        assert_eq!(grouped(0), "0");
        assert_eq!(grouped(999), "999");
        assert_eq!(grouped(1_234_567), "1,234,567");
        assert_eq!(saved(1000, 5), "99.5 %");
        assert_eq!(saved(0, 5), "0.0 %");
        assert_eq!(indented("result    ", "a\nb"), "   result    a\n             b");
    }
}
