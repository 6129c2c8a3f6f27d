//! `narrows skill`: scripts that others can import.

use host::{Problem, SkillError};
use serde_json::json;
use upstream::Starts;

use super::{Context, Servers, meant, read_input};
use crate::{
    args::{SkillArgs, SkillCommand},
    config::Config,
    exit::{Failed, Status},
    gateway::Gateway,
    mcp, print,
    typed::command,
};

pub(super) async fn skill(args: SkillArgs, context: &Context<'_>) -> Result<(), Failed> {
    let needs_servers = matches!(args.command, SkillCommand::Save { .. });
    let config =
        if needs_servers { context.config(Servers::Configured)? } else { context.config_or_bare()? };
    match args.command {
        SkillCommand::Save { name, file } => {
            let source = read_input(&file, &context.stop)?;
            // Saving checks the skill's imports, so it needs the servers; the others do not.
            let config = Config { starts: Starts::Unknown, ..config };
            let gateway = Gateway::start(config, mcp::TOKENS)?;
            let is_known = gateway.host.skill_source(&name).is_ok();
            let saved = context
                .with(&gateway, async {
                    context.settle(&gateway).await;
                    gateway.host.save_skill(&name, &source).await.map_err(|error| refused(&error, &gateway))
                })
                .await?;
            if context.common.json {
                print::json(&saved);
            } else {
                let done = if is_known { "replaced" } else { "saved" };
                print::out(format_args!("{done} {}", saved.path));
            }
            Ok(())
        }
        SkillCommand::List => {
            let gateway = without_servers(config)?;
            let skills = context.with(&gateway, async { Ok(gateway.host.skills()) }).await?;
            if context.common.json {
                print::json(&skills);
            } else if skills.is_empty() {
                let save = command("skill save NAME FILE");
                print::note(format_args!("there are no skills; keep one with {save}"));
            } else {
                let rows = skills.into_iter().map(|skill| {
                    vec![skill.name, skill.path, skill.source_bytes.to_string(), skill.description]
                });
                print::out(print::table(&["skill", "path", "bytes", "description"], rows));
            }
            Ok(())
        }
        SkillCommand::Show { name } => {
            let gateway = without_servers(config)?;
            let shown = async { gateway.host.skill_source(&name).map_err(|error| refused(&error, &gateway)) };
            let source = context.with(&gateway, shown).await?;
            if context.common.json {
                print::json(&json!({"name": name, "source": source}));
            } else {
                print::out(source.trim_end());
            }
            Ok(())
        }
        SkillCommand::Remove { name } => {
            let gateway = without_servers(config)?;
            let removed =
                async { gateway.host.remove_skill(&name).map_err(|error| refused(&error, &gateway)) };
            context.with(&gateway, removed).await?;
            if context.common.json {
                print::json(&json!({"removed": name}));
            } else {
                print::out(format_args!("removed {name}"));
            }
            Ok(())
        }
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
        SkillError::BadName(_) | SkillError::Unknown(_) => Status::Usage,
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
