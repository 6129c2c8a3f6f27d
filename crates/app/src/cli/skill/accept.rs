//! `narrows skill accept`: what no person has agreed to yet, shown and taken.

use host::WaitingSkill;
use serde_json::json;
use upstream::Starts;

use super::{
    Context, Failed, Gateway, Servers, Status, ago, allow, bare, by, command, input, mcp, print, refused,
    show_content, state, tools_named, without_servers,
};
use crate::{args::SkillAcceptArgs, config::Config};

pub(super) async fn accept(
    args: &SkillAcceptArgs,
    servers: Servers<'_>,
    context: &Context<'_>,
) -> Result<(), Failed> {
    let Some(name) = &args.name else { return list(servers, context).await };
    let config = context.config(servers)?;
    let gateway = Gateway::start(Config { starts: Starts::Unknown, ..config }, mcp::TOKENS)?;
    let accepted = async {
        let waiting = one(name, args, &gateway)?;
        context.settle(&gateway).await;
        let Some(waiting) = waiting else { return Ok(None) };
        let facts = gateway.host.check_skill(name, &waiting.content).await;
        let facts = facts.map_err(|error| refused(&error, &gateway))?;
        if !agrees(&waiting, &facts.tools, args, servers, context).await? {
            return Err(Failed::new(Status::Failed, format!("the skill `{name}` is not accepted")));
        }
        gateway.host.accept_skill(&waiting).await.map(Some).map_err(|error| refused(&error, &gateway))
    };
    match context.with(&gateway, accepted).await? {
        saved if context.common.json => print::json(&saved),
        Some(saved) => print::out(format_args!("accepted {}", saved.path)),
        None => print::note(format_args!("the skill `{name}` is what was saved: there is nothing to accept")),
    }
    Ok(())
}

/// The one that is meant; `None` where nothing of that name waits.
fn one(name: &str, args: &SkillAcceptArgs, gateway: &Gateway) -> Result<Option<WaitingSkill>, Failed> {
    let mut waiting = gateway.host.waiting_skills();
    waiting.retain(|waiting| waiting.skill.name == *name);
    if waiting.is_empty() {
        return gateway.host.skill(name, None).map(|_| None).map_err(|error| refused(&error, gateway));
    }
    let fits = |waiting: &WaitingSkill| {
        let version = args.version.as_ref().is_none_or(|version| waiting.version() == *version);
        version
            && args
                .workspace
                .as_ref()
                .is_none_or(|workspace| waiting.skill.workspace.as_ref() == Some(workspace))
    };
    let mut fitting = waiting.iter().filter(|waiting| fits(waiting));
    match (fitting.next(), fitting.next()) {
        (Some(one), None) => Ok(Some(one.clone())),
        (None, _) => Err(Failed::new(
            Status::Failed,
            format!("the skill `{name}` is not, or not any more, what you name"),
        )
        .hint(format!("look at it again: {}", command(&format!("skill accept {name}"))))),
        (Some(_), Some(_)) => {
            let workspaces =
                waiting.iter().map(|waiting| waiting.skill.workspace.as_deref().unwrap_or("all"));
            Err(Failed::new(
                Status::Usage,
                format!("the skill `{name}` waits in several places: {}", text::named(workspaces)),
            )
            .hint("say which with `--workspace NAME`"))
        }
    }
}

/// Shows a skill, and asks whether it is accepted. One that is named by its version was shown before.
async fn agrees(
    waiting: &WaitingSkill,
    tools: &[String],
    args: &SkillAcceptArgs,
    servers: Servers<'_>,
    context: &Context<'_>,
) -> Result<bool, Failed> {
    if args.version.is_some() {
        return Ok(true);
    }
    let version = waiting.version();
    if context.common.json {
        print::json(
            &json!({"skill": waiting.skill, "version": version, "tools": tools, "content": waiting.content}),
        );
        return Err(Failed::told());
    }
    print::out(format_args!("skill {}, version {version}{}", waiting.skill.name, tools_named(tools)));
    print::out(format_args!("written by {}", origin(waiting)));
    print::out("");
    show_content(&waiting.content);
    if !allow::may_ask(context) {
        let demo = if servers == Servers::Demo { " --demo" } else { "" };
        let named = command(&format!("skill accept {} --version {version}{demo}", waiting.skill.name));
        return Err(Failed::new(
            Status::Failed,
            format!("the skill `{}` is not accepted", waiting.skill.name),
        )
        .hint(format!("look at what is shown, and accept it with {named}")));
    }
    let answer = input::answer("Accept this? [y/N] ").await;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes" | "Yes"))
}

fn origin(waiting: &WaitingSkill) -> String {
    match (&waiting.skill.workspace, &waiting.skill.saved) {
        (Some(_), Some(saved)) => format!("{}, {}", by(&saved.saved_by), ago(saved.saved_at_ms)),
        _ => format!("hand ({})", state(waiting.skill.state)),
    }
}

/// Lists what waits. While something does, this ends with 1.
async fn list(servers: Servers<'_>, context: &Context<'_>) -> Result<(), Failed> {
    let gateway = without_servers(bare(servers, context)?)?;
    let waiting = context.with(&gateway, async { Ok(gateway.host.waiting_skills()) }).await?;
    if context.common.json {
        print::json(&waiting.iter().map(|waiting| &waiting.skill).collect::<Vec<_>>());
    } else if waiting.is_empty() {
        print::note("no skill waits to be accepted");
    } else {
        let row = |waiting: &WaitingSkill| {
            vec![waiting.skill.name.clone(), origin(waiting), waiting.skill.description.clone()]
        };
        print::out(print::table(&["skill", "written by", "description"], waiting.iter().map(row)));
        print::hint(format_args!("{} shows one of them and asks", command("skill accept NAME")));
    }
    if waiting.is_empty() { Ok(()) } else { Err(Failed::told()) }
}
