//! `narrows skill add`: a skill from a file, from a folder, or from a run that worked.

use std::{io, path::Path};

use host::{RunId, SkillContent, SkillFile};
use upstream::Starts;

use super::{Context, Failed, Gateway, Servers, Status, command, mcp, of_run, print, read_input, refused};
use crate::{args::SkillAddArgs, cli::runs, config::Config};

/// What a skill is made of.
struct Made {
    content: SkillContent,
    /// Its tests and recordings; `None` where those it has are to stay.
    files: Option<Vec<SkillFile>>,
    /// What lies beside that in the folder, and is no part of a skill.
    left: Vec<String>,
    /// The run whose script it is.
    run: Option<RunId>,
}

impl Made {
    /// Of a source alone.
    fn of_source(source: &str) -> Self {
        Self { content: source.into(), files: None, left: Vec::new(), run: None }
    }
}

pub(super) async fn add(
    args: &SkillAddArgs,
    servers: Servers<'_>,
    context: &Context<'_>,
) -> Result<(), Failed> {
    let config = context.config(servers)?;
    let made = match (&args.file, &args.run) {
        (Some(path), _) if path.is_dir() => of_folder(path)?,
        (Some(file), _) => Made::of_source(&read_input(file, &context.stop)?),
        (None, Some(run)) => {
            let run = RunId::new(run);
            Made { run: Some(run.clone()), ..Made::of_source(&runs::script_of(&run, &config).await?) }
        }
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
    let known = host.skill(name, None).ok();
    let has_about = known.as_ref().is_some_and(|(_, content)| content.about.is_some());
    let saving = async {
        context.settle(&gateway).await;
        let recording = match &made.run {
            Some(run) => of_run::recording(run, &gateway, context).await.map(|recording| (run, recording)),
            None => None,
        };
        // Recordings lie in a folder; a `SKILL.md` that is there stays.
        let needs_about = recording.is_some() && !has_about;
        let content = if needs_about { made.content.in_folder(name) } else { made.content };
        let saved = host.save_skill(name, content).await.map_err(|error| refused(&error, &gateway))?;
        if let Some(files) = &made.files {
            host.save_skill_files(name, files).map_err(|error| refused(&error, &gateway))?;
        }
        let is_recorded = recording.is_some();
        if let Some((run, recording)) = recording {
            of_run::keep(recording, run, &saved, &gateway)?;
        }
        Ok((saved, is_recorded))
    };
    let (saved, is_recorded) = context.with(&gateway, saving).await?;
    if context.common.json {
        print::json(&saved);
    } else {
        let done = if known.is_some() { "replaced" } else { "saved" };
        print::out(format_args!("{done} {}", saved.path));
        if is_recorded {
            let test = command(&format!("skill test {name}"));
            print::note(format_args!(
                "{test} repeats the run; what its servers answered lies with the skill, so treat it as that data"
            ));
        }
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
            run: None,
        })
    };
    read().map_err(|error: io::Error| {
        Failed::new(Status::Usage, format!("`{}` cannot be read as a skill: {error}", path.display()))
            .hint("a skill is a folder with `index.ts`, and `SKILL.md` that says what it is for")
    })
}
