//! `narrows skill add`: a skill from a file, from a folder, or from a run that worked.

use std::{io, path::Path};

use host::{RunId, SkillContent, SkillFile};
use upstream::Starts;

use super::{Context, Failed, Gateway, Servers, Status, mcp, print, read_input, refused};
use crate::{args::SkillAddArgs, cli::runs, config::Config};

/// What a skill is made of.
struct Made {
    content: SkillContent,
    /// Its tests and recordings; `None` where those it has are to stay.
    files: Option<Vec<SkillFile>>,
    /// What lies beside that in the folder, and is no part of a skill.
    left: Vec<String>,
}

pub(super) async fn add(
    args: &SkillAddArgs,
    servers: Servers<'_>,
    context: &Context<'_>,
) -> Result<(), Failed> {
    let config = context.config(servers)?;
    let made = match (&args.file, &args.run) {
        (Some(path), _) if path.is_dir() => of_folder(path)?,
        (Some(file), _) => {
            Made { content: read_input(file, &context.stop)?.as_str().into(), files: None, left: Vec::new() }
        }
        (None, Some(run)) => Made { content: of_run(run, &config).await?, files: None, left: Vec::new() },
        (None, None) => {
            return Err(Failed::new(Status::Usage, "a skill is made of a file, a folder or a run"));
        }
    };
    save(&args.name, made, config, context).await
}

/// Adds a folder under the name that it says itself.
pub(super) async fn import(folder: &Path, servers: Servers<'_>, context: &Context<'_>) -> Result<(), Failed> {
    let config = context.config(servers)?;
    let made = of_folder(folder)?;
    let Some(name) = made.content.name() else {
        let message = format!("`{}` has no `SKILL.md` that names the skill", folder.display());
        return Err(Failed::new(Status::Usage, message)
            .hint("write `---`, `name: …`, `description: …`, `---` at its beginning"));
    };
    save(&name, made, config, context).await
}

async fn save(name: &str, made: Made, config: Config, context: &Context<'_>) -> Result<(), Failed> {
    // Saving checks the skill's imports, so it needs the servers; the other commands do not.
    let gateway = Gateway::start(Config { starts: Starts::Unknown, ..config }, mcp::TOKENS)?;
    let host = &gateway.host;
    let is_known = host.skill(name, None).is_ok();
    let saving = async {
        context.settle(&gateway).await;
        let saved = host.save_skill(name, made.content).await;
        let saved = saved.map_err(|error| refused(&error, &gateway))?;
        if let Some(files) = &made.files {
            host.save_skill_files(name, files).map_err(|error| refused(&error, &gateway))?;
        }
        Ok(saved)
    };
    let saved = context.with(&gateway, saving).await?;
    if context.common.json {
        print::json(&saved);
    } else {
        let done = if is_known { "replaced" } else { "saved" };
        print::out(format_args!("{done} {}", saved.path));
        if !made.left.is_empty() {
            let left = text::named_first(&made.left, LEFT_SHOWN);
            print::note(format_args!("not taken of the folder, because it is no part of a skill: {left}"));
        }
    }
    Ok(())
}

/// Names that are shown of what is not taken.
const LEFT_SHOWN: usize = 5;

/// What a folder holds that is no part of a skill.
fn left(path: &Path) -> io::Result<Vec<String>> {
    let names = path.read_dir()?.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()));
    let mut names = names.collect::<io::Result<Vec<_>>>()?;
    names.retain(|name| !["SKILL.md", "index.ts", "tests", "recordings"].contains(&name.as_str()));
    names.sort();
    Ok(names)
}

fn of_folder(path: &Path) -> Result<Made, Failed> {
    let read = || {
        Ok(Made {
            content: SkillContent::read(path)?,
            files: Some(SkillFile::read_all(path)?),
            left: left(path)?,
        })
    };
    read().map_err(|error: io::Error| {
        Failed::new(Status::Usage, format!("`{}` cannot be read as a skill: {error}", path.display()))
            .hint("a skill is a folder with `index.ts`, and `SKILL.md` that says what it is for")
    })
}

async fn of_run(run: &str, config: &Config) -> Result<SkillContent, Failed> {
    Ok(runs::script_of(&RunId::new(run), config).await?.as_str().into())
}
