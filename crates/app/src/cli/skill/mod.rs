//! `narrows skill`: scripts that others can import.

mod accept;
mod add;
mod of_run;
mod test;

use std::{
    path::Path,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use host::{Problem, SavedBy, Skill, SkillContent, SkillError, SkillState, UnreadableSkill};
use indicatif::HumanDuration;
use serde_json::{Value, json};

use super::{Context, Servers, allow, input, meant, read_input};
use crate::{
    args::{SkillArgs, SkillCommand},
    config::Config,
    exit::{Failed, Status},
    gateway::Gateway,
    mcp, print,
    typed::command,
};

pub(super) async fn skill(args: SkillArgs, context: &Context<'_>) -> Result<(), Failed> {
    let servers = if args.demo { Servers::Demo } else { Servers::Configured };
    match args.command {
        SkillCommand::Add(add) => add::add(&add, servers, context).await,
        SkillCommand::Accept(accept) => accept::accept(&accept, servers, context).await,
        SkillCommand::Ls => list(servers, context).await,
        SkillCommand::Show { name, version, workspace } => {
            show(&name, workspace.as_deref(), version.as_deref(), servers, context).await
        }
        SkillCommand::Test { name, workspace } => {
            test::test(&name, workspace.as_deref(), servers, context).await
        }
        SkillCommand::Export { name, folder } => export(&name, &folder, servers, context).await,
        SkillCommand::Import { folder } => add::import(&folder, servers, context).await,
        SkillCommand::Rm { name, workspace } => remove(&name, workspace.as_deref(), servers, context).await,
    }
}

async fn list(servers: Servers<'_>, context: &Context<'_>) -> Result<(), Failed> {
    let gateway = without_servers(bare(servers, context)?)?;
    let skills = async {
        let waiting = gateway.host.waiting_skills().into_iter().map(|waiting| waiting.skill);
        let of_workspaces = waiting.filter(|skill| skill.workspace.is_some());
        let skills: Vec<_> = gateway.host.skills().into_iter().chain(of_workspaces).collect();
        Ok((skills, gateway.host.unreadable_skills().map_err(|error| refused(&error, &gateway))?))
    };
    let (skills, unreadable) = context.with(&gateway, skills).await?;
    if context.common.json {
        let unreadable = unreadable.iter().map(unreadable_json);
        print::json(&skills.iter().map(|skill| json!(skill)).chain(unreadable).collect::<Vec<_>>());
    } else if skills.is_empty() && unreadable.is_empty() {
        let add = command("skill add NAME FILE");
        print::note(format_args!("there are no skills; keep one with {add}"));
    } else {
        print::out(print::table(
            &["skill", "path", "state", "versions", "saved", "description"],
            skills.iter().map(row).chain(unreadable.iter().map(unreadable_row)),
        ));
    }
    Ok(())
}

/// As one that can be read is listed, as far as that goes.
fn unreadable_json(skill: &UnreadableSkill) -> Value {
    let mut listed = json!(skill);
    listed["state"] = json!("unreadable");
    listed
}

fn unreadable_row(skill: &UnreadableSkill) -> Vec<String> {
    let UnreadableSkill { name, problem, workspace } = skill;
    let place = workspace.as_ref().map(|workspace| format!(" (of workspace {workspace})"));
    let state = format!("unreadable{}", place.unwrap_or_default());
    vec![print::one_line(name), String::new(), state, String::new(), String::new(), print::one_line(problem)]
}

fn row(skill: &Skill) -> Vec<String> {
    vec![
        skill.name.clone(),
        skill.path.clone(),
        match &skill.workspace {
            Some(workspace) => format!("of workspace {workspace}"),
            None => state(skill.state).to_owned(),
        },
        skill.versions.to_string(),
        skill.saved.as_ref().map(|saved| ago(saved.saved_at_ms)).unwrap_or_default(),
        skill.description.clone(),
    ]
}

fn state(state: SkillState) -> &'static str {
    match state {
        SkillState::Saved => "saved",
        SkillState::Changed => "changed",
        SkillState::New => "new",
    }
}

fn ago(at_ms: u64) -> String {
    let at = UNIX_EPOCH + Duration::from_millis(at_ms);
    format!("{} ago", HumanDuration(SystemTime::now().duration_since(at).unwrap_or_default()))
}

fn by(saved_by: &SavedBy) -> String {
    match saved_by {
        SavedBy::Person => "a person".to_owned(),
        SavedBy::Run { run, workspace } => format!("the run {run} in the workspace `{workspace}`"),
        SavedBy::Found => "an earlier Narrows".to_owned(),
    }
}

async fn show(
    name: &str,
    workspace: Option<&str>,
    version: Option<&str>,
    servers: Servers<'_>,
    context: &Context<'_>,
) -> Result<(), Failed> {
    let gateway = without_servers(bare(servers, context)?)?;
    let found = async {
        let versions =
            gateway.host.skill_versions(name, workspace).map_err(|error| refused(&error, &gateway))?;
        let shown = match version {
            Some(version) => gateway
                .host
                .skill_version(name, workspace, version)
                .map(|(version, content)| (json!({"name": name, "saved": version}), content)),
            None => gateway.host.skill(name, workspace).map(|(skill, content)| (json!(skill), content)),
        };
        Ok((versions, shown.map_err(|error| refused(&error, &gateway))?))
    };
    let (versions, (mut about, content)) = context.with(&gateway, found).await?;
    if context.common.json {
        about["source"] = content.source.into();
        about["about"] = content.about.into();
        about["history"] = json!(versions);
        print::json(&about);
        return Ok(());
    }
    for version in &versions {
        let tools = version.tools.as_ref().map(|tools| tools_named(tools)).unwrap_or_default();
        let (ago, by) = (ago(version.saved_at_ms), by(&version.saved_by));
        print::note(format_args!("version {} saved {ago} by {by}{tools}", version.version));
    }
    show_content(&content);
    Ok(())
}

/// What a skill may call, as the end of a line.
fn tools_named(tools: &[String]) -> String {
    match tools {
        [] => ", its source names no tools".to_owned(),
        [any] if any == "*" => ", may call any tool".to_owned(),
        tools => format!(", may call {}", tools.join(", ")),
    }
}

fn show_content(content: &SkillContent) {
    if let Some(about) = &content.about {
        print::out(about.trim_end());
        print::out("");
    }
    print::out(content.source.trim_end());
}

async fn export(
    name: &str,
    folder: &Path,
    servers: Servers<'_>,
    context: &Context<'_>,
) -> Result<(), Failed> {
    let gateway = without_servers(bare(servers, context)?)?;
    let exported = async {
        gateway.host.export_skill(name, folder).map_err(|error| match error {
            SkillError::Io(error) => {
                Failed::new(Status::Usage, format!("`{}` cannot be written: {error}", folder.display()))
            }
            error => refused(&error, &gateway),
        })
    };
    context.with(&gateway, exported).await?;
    if context.common.json {
        print::json(&json!({"exported": name, "folder": folder}));
    } else {
        print::out(format_args!("exported {name} to {}", folder.display()));
    }
    Ok(())
}

async fn remove(
    name: &str,
    workspace: Option<&str>,
    servers: Servers<'_>,
    context: &Context<'_>,
) -> Result<(), Failed> {
    let gateway = without_servers(bare(servers, context)?)?;
    let removed =
        async { gateway.host.remove_skill(name, workspace).map_err(|error| refused(&error, &gateway)) };
    context.with(&gateway, removed).await?;
    if context.common.json {
        print::json(&json!({"removed": name}));
    } else {
        print::out(format_args!("removed {name}"));
    }
    Ok(())
}

/// The configuration of a command that needs no server of it.
fn bare(servers: Servers<'_>, context: &Context<'_>) -> Result<Config, Failed> {
    match servers {
        Servers::Configured => context.config_or_bare(),
        Servers::Demo | Servers::Played(_) => context.config(servers),
    }
}

pub(super) fn without_servers(mut config: Config) -> Result<Gateway, Failed> {
    config.servers.clear();
    Gateway::start(config, mcp::TOKENS)
}

fn refused(error: &SkillError, gateway: &Gateway) -> Failed {
    if let SkillError::Problems(problems) = error {
        return not_saved(problems);
    }
    let status = match error {
        SkillError::BadName(_) | SkillError::Unknown(_) | SkillError::UnknownVersion { .. } => Status::Usage,
        _ => Status::Failed,
    };
    let failed = Failed::new(status, error.to_string());
    let skills = gateway.host.skills();
    match error {
        SkillError::Unknown(name) if !skills.is_empty() => {
            failed.hint(meant(name, skills.iter().map(|skill| skill.name.as_str()), "the skills are"))
        }
        _ => failed,
    }
}

/// All that is wrong with a source, and what helps against the first of it.
fn not_saved(problems: &[Problem]) -> Failed {
    let places = problems.iter().map(|problem| {
        let Problem { line, column, message, .. } = problem;
        format!("{line}:{column}: {message}")
    });
    let places: Vec<_> = places.collect();
    let failed = Failed::new(Status::Failed, format!("the skill was not saved: {}", places.join("; ")));
    match problems.iter().find_map(|problem| problem.hint.as_deref()) {
        Some(hint) => failed.hint(hint),
        None => failed,
    }
}
