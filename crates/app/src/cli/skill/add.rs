//! `narrows skill add`: a skill from a file, from a folder, or from a run that worked.

use std::path::Path;

use host::{RunId, SkillContent};
use upstream::Starts;

use super::{Context, Failed, Gateway, Servers, Status, mcp, print, read_input, refused};
use crate::{args::SkillAddArgs, cli::runs, config::Config};

pub(super) async fn add(
    args: &SkillAddArgs,
    servers: Servers<'_>,
    context: &Context<'_>,
) -> Result<(), Failed> {
    let config = context.config(servers)?;
    let content = match (&args.file, &args.run) {
        (Some(path), _) if path.is_dir() => of_folder(path)?,
        (Some(file), _) => read_input(file, &context.stop)?.as_str().into(),
        (None, Some(run)) => of_run(run, &config).await?,
        (None, None) => {
            return Err(Failed::new(Status::Usage, "a skill is made of a file, a folder or a run"));
        }
    };
    // Saving checks the skill's imports, so it needs the servers; the other commands do not.
    let gateway = Gateway::start(Config { starts: Starts::Unknown, ..config }, mcp::TOKENS)?;
    let name = &args.name;
    let is_known = gateway.host.skill(name, None).is_ok();
    let saved = context
        .with(&gateway, async {
            context.settle(&gateway).await;
            gateway.host.save_skill(name, content).await.map_err(|error| refused(&error, &gateway))
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

fn of_folder(path: &Path) -> Result<SkillContent, Failed> {
    SkillContent::read(path).map_err(|error| {
        Failed::new(Status::Usage, format!("`{}` cannot be read as a skill: {error}", path.display()))
            .hint("a skill is a folder with `index.ts`, and `SKILL.md` that says what it is for")
    })
}

async fn of_run(run: &str, config: &Config) -> Result<SkillContent, Failed> {
    Ok(runs::script_of(&RunId::new(run), config).await?.as_str().into())
}
