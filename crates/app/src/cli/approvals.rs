//! `narrows approvals`: the calls that wait for a person, and what the person decides.
//!
//! Works on the store alone: the process that runs the calls finds what was decided there.

use std::{
    collections::BTreeSet,
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use host::{
    Approval, ApprovalFilter, ApprovalId, ApprovalState, Decision, History, Host, Rule, RunId, StoreError,
};
use indicatif::HumanDuration;
use serde::Serialize;

use super::{Context, allow, input};
use crate::{
    args::{ApprovalsCommand, WhichCalls},
    config::Config,
    exit::{Failed, Status},
    gateway::{self, Gateway},
    print,
    progress::while_starting,
    typed::command,
};

/// Characters of arguments in a list.
const BRIEF_CHARS: usize = 60;

/// Bytes of one call's arguments that are shown on a terminal; all of them with `--json`.
const SHOWN_BYTES_MAX: usize = 64 * 1024;

/// Calls that one command decides about at most.
const CALLS_MAX: u32 = 10_000;

pub(super) async fn approvals(asked: ApprovalsCommand, context: &Context<'_>) -> Result<(), Failed> {
    let config = context.config_or_bare()?;
    let history = gateway::history(&config).ok_or_else(|| {
        let message = "calls that wait are kept in the memory of the Narrows that runs them: \
             `narrows.store.keep_days` is 0 in the configuration";
        Failed::new(Status::Usage, message)
            .hint("keep runs for a day or more, or decide where the agent asks you")
    })?;
    let work = async {
        match asked {
            ApprovalsCommand::Ls { all, limit } => list(&history, !all, limit, context).await,
            ApprovalsCommand::Show { ids } => show(&named(&history, &ids).await?, context),
            ApprovalsCommand::Approve { which, for_run, always } => {
                let calls = chosen(&history, &which).await?;
                if always {
                    write_rules(&calls, &config, context)?;
                }
                let decision = if for_run || always { Decision::ApproveForRun } else { Decision::Approve };
                decide(&history, &calls, decision, context).await
            }
            ApprovalsCommand::Refuse { which } => {
                decide(&history, &chosen(&history, &which).await?, Decision::Refuse, context).await
            }
        }
    };
    let interrupted = || Failed::new(Status::Interrupted, "interrupted");
    context.stop.run_until_cancelled(work).await.ok_or_else(interrupted)?
}

async fn list(history: &History, waiting: bool, limit: u32, context: &Context<'_>) -> Result<(), Failed> {
    let filter = ApprovalFilter { run: None, waiting, limit };
    let calls = history.approvals(filter).await.map_err(|error| failed(&error))?;
    if context.common.json {
        print::json(&calls);
    } else if calls.is_empty() {
        print::note("no call waits");
    } else {
        let head = ["call", "state", "asked", "tool", "line", "arguments"];
        print::out(print::table(&head, calls.iter().map(row)));
        if waiting {
            let words = "approvals show ID";
            print::note(format_args!("{} shows exactly what would be sent", command(words)));
        }
    }
    Ok(())
}

fn row(call: &Approval) -> Vec<String> {
    let arguments = text::cut(call.arguments.get(), BRIEF_CHARS);
    vec![
        call.id.to_string(),
        call.state.to_string(),
        print::ago(call.asked_at_ms),
        print::one_line(&format!("{}/{}", call.server, call.tool)),
        call.about.line.map(|line| line.to_string()).unwrap_or_default(),
        print::json_printable(&arguments).replace(['\n', '\t'], " "),
    ]
}

fn show(calls: &[Approval], context: &Context<'_>) -> Result<(), Failed> {
    if context.common.json {
        print::json(&calls);
        return Ok(());
    }
    for (at, call) in calls.iter().enumerate() {
        if at > 0 {
            print::out("");
        }
        print::out(heading(call));
        lines(call).into_iter().for_each(print::out);
        print::out(print::one_line(&state(call)));
    }
    Ok(())
}

fn heading(call: &Approval) -> String {
    let line = call.about.line.map(|line| format!(", line {line} of its script")).unwrap_or_default();
    print::one_line(&format!("{}: {}/{}{line}", call.id, call.server, call.tool))
}

/// What would be sent, why a person is asked, and for whom.
fn lines(call: &Approval) -> [String; 3] {
    [
        arguments(call),
        print::one_line(&format!("asked because {}", call.about.why)),
        print::one_line(&format!("for the client {}", call.about.client)),
    ]
}

/// The arguments as they would be sent, or their beginning, which is said.
fn arguments(call: &Approval) -> String {
    let whole = print::json_indented(&call.arguments);
    let shown = text::beginning(&whole, SHOWN_BYTES_MAX);
    match whole.len() - shown.len() {
        0 => whole,
        left => format!("{shown}\n[{left} bytes more are not shown; `--json` prints all]"),
    }
}

fn state(call: &Approval) -> String {
    let by = call.decided_by.as_deref().filter(|by| !by.is_empty());
    let by = by.map(|by| format!(" by {by}")).unwrap_or_default();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    match call.state {
        ApprovalState::Waiting => {
            let left = Duration::from_millis(call.expires_at_ms).saturating_sub(now);
            format!("waits; it is refused in {} if nobody decides", HumanDuration(left))
        }
        state => format!("{state}{by}"),
    }
}

/// What was decided about a call, as JSON.
#[derive(Serialize)]
struct Decided<'a> {
    id: &'a ApprovalId,
    state: &'static str,
}

async fn decide(
    history: &History,
    calls: &[Approval],
    decision: Decision,
    context: &Context<'_>,
) -> Result<(), Failed> {
    let by = person(context);
    let word = if decision == Decision::Refuse { "refused" } else { "approved" };
    let mut decided = Vec::new();
    let mut late = Vec::new();
    for call in calls {
        if history.decide(&call.id, decision, &by).await.map_err(|error| failed(&error))? {
            decided.push(Decided { id: &call.id, state: word });
            if !context.common.json {
                print::out(print::one_line(&format!("{word} {}: {}/{}", call.id, call.server, call.tool)));
            }
        } else {
            late.push(&call.id);
        }
    }
    if context.common.json {
        print::json(&decided);
    } else if calls.is_empty() {
        print::note("no call waits");
    }
    match late.as_slice() {
        [] => Ok(()),
        late => {
            let calls = text::named(late);
            let message = format!("{calls} did not wait any more");
            Err(Failed::new(Status::Failed, message)
                .hint(format!("{} shows what was decided", command("approvals ls --all"))))
        }
    }
}

/// The calls that the person means and that wait.
async fn chosen(history: &History, which: &WhichCalls) -> Result<Vec<Approval>, Failed> {
    if which.all {
        let all = ApprovalFilter { run: None, waiting: true, limit: CALLS_MAX };
        return history.approvals(all).await.map_err(|error| failed(&error));
    }
    named(history, &which.ids).await
}

/// The calls that these names mean: each a call, or a run for those of its calls that wait.
async fn named(history: &History, names: &[String]) -> Result<Vec<Approval>, Failed> {
    let mut calls = Vec::new();
    for name in names {
        let one = match name.parse() {
            Ok(id) => history.approval(&id).await.map_err(|error| failed(&error))?,
            Err(_) => None,
        };
        let of_run = ApprovalFilter { run: Some(RunId::new(name.as_str())), waiting: true, limit: CALLS_MAX };
        let found = match one {
            Some(one) => vec![one],
            None => history.approvals(of_run).await.map_err(|error| failed(&error))?,
        };
        if found.is_empty() {
            return Err(Failed::new(Status::Usage, format!("no call waits that `{name}` names"))
                .hint(format!("{} lists those that wait", command("approvals ls"))));
        }
        calls.extend(found);
    }
    // In the order in which their scripts asked for them.
    calls.sort_by(|one, other| one.id.cmp(&other.id));
    Ok(calls)
}

/// Writes rules into the configuration after which nobody is asked about the tools of these calls.
fn write_rules(calls: &[Approval], config: &Config, context: &Context<'_>) -> Result<(), Failed> {
    let by_run =
        calls.iter().find(|call| call.about.rule.is_none() && config.rules.otherwise() != host::Action::Ask);
    if let Some(call) = by_run {
        let message = format!("no rule asks about {}: {}", call.id, call.about.why);
        return Err(Failed::new(Status::Usage, message).hint("leave out `--always`"));
    }
    let Some(file) = &config.file else {
        return Err(Failed::new(
            Status::Config,
            "there is no configuration that a rule could be written into",
        ));
    };
    let mut rules = config.rules.clone();
    let tools: BTreeSet<_> = calls.iter().map(|call| (&call.server, &call.tool)).collect();
    for (server, tool) in tools {
        if let Some(rule) = rules.list().iter().find(|rule| is_unasked(rule, server, tool)) {
            print::note(format_args!("the rule `{}` ({}) says so already", rule.name, rule.place));
            continue;
        }
        let rule = rules.unasked_line(server, tool);
        let loaded = Config::add_rule(file, &rule, context.around)?;
        allow::agree_again(&loaded, context)?;
        rules = loaded.config.rules;
        let rule = print::json_printable(&rule);
        print::note(format_args!("added to `narrows.rules` in {}: {rule}", file.display()));
    }
    print::note("`narrows serve` goes by it from its next start on; until then this run is not asked again");
    Ok(())
}

/// Whether a rule says that nobody is asked about a tool, whatever its arguments and its marks.
fn is_unasked(rule: &Rule, server: &str, tool: &str) -> bool {
    let about_all = rule.arguments.is_empty() && rule.read_only.is_none() && rule.destructive.is_none();
    rule.unasked && about_all && rule.servers.take(server) && rule.tools.take(tool)
}

/// Does `work` with a gateway, and has the person of this terminal decide meanwhile about calls of a run, or of this process.
pub(super) async fn while_asking<T>(
    gateway: &Gateway,
    run: Option<&RunId>,
    context: &Context<'_>,
    work: impl Future<Output = T>,
) -> T {
    enum Woken<T> {
        Done(T),
        Asks(Vec<Arc<Approval>>),
    }
    let mut work = std::pin::pin!(work);
    loop {
        let woken = async {
            tokio::select! {
                biased;
                done = work.as_mut() => Woken::Done(done),
                calls = gateway.host.asks(run) => Woken::Asks(calls),
            }
        };
        let calls = match while_starting(gateway, woken, context.quiet()).await {
            Woken::Done(done) => return done,
            Woken::Asks(calls) => calls,
        };
        tokio::select! {
            // It may be decided elsewhere.
            done = work.as_mut() => return done,
            () = ask(&gateway.host, &calls, context) => {}
        }
    }
}

/// Has the person decide about calls: here where there is a terminal, and else says where.
async fn ask(host: &Host, calls: &[Arc<Approval>], context: &Context<'_>) {
    let ids: Vec<_> = calls.iter().map(|call| call.id.clone()).collect();
    host.show(&ids);
    if !allow::may_ask(context) {
        return tell(calls);
    }
    for call in calls {
        print::note(format_args!("{}\n{}", heading(call), lines(call).join("\n")));
    }
    let what = if calls.len() == 1 { "this call".to_owned() } else { format!("these {} calls", calls.len()) };
    let decision =
        input::answer(&format!("Send {what}? [y]es, and others like this in this [r]un, [N]o: ")).await;
    let decision = match decision.trim() {
        "y" | "Y" | "yes" => Decision::Approve,
        "r" | "R" | "run" => Decision::ApproveForRun,
        _ => Decision::Refuse,
    };
    host.decide(&ids, decision, &person(context)).await;
}

/// Says which calls wait. Nobody can know otherwise why it does not go on.
fn tell(calls: &[Arc<Approval>]) {
    for call in calls {
        let Approval { id, server, tool, .. } = &**call;
        print::note(print::one_line(&format!("{id} waits for your approval: {server}/{tool}")));
    }
    let runs: BTreeSet<_> = calls.iter().map(|call| &call.id.run).collect();
    for run in runs {
        let [show, approve, refuse] =
            ["show", "approve", "refuse"].map(|verb| command(&format!("approvals {verb} {run}")));
        print::note(format_args!(
            "in another terminal {show} shows exactly what would be sent, and {approve} or {refuse} decides"
        ));
    }
}

/// Who decides at this terminal, for those who look later.
fn person(context: &Context<'_>) -> String {
    (context.around.variable)("USER").unwrap_or_else(|| "the command line".to_owned())
}

fn failed(error: &StoreError) -> Failed {
    Failed::new(Status::Internal, error.to_string()).hint(
        "calls that wait are in the memory of the Narrows that runs them as long as the store cannot be used",
    )
}
