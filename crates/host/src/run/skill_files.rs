//! Skills that a script writes: skills of its workspace, which others see when a person has accepted them.

use std::sync::Arc;

use wire::Settlement;

use super::{Context, files::blocking};
use crate::{
    skills::{self, ABOUT, MODULE, SavedBy, SkillContent, SkillError, SkillStore},
    workspace::{FileError, SkillChange, Workspace},
};

/// Skills that the scripts of one workspace may save.
const SKILLS_MAX: usize = 50;

/// Bytes of all of them, without their earlier versions.
const BYTES_MAX: usize = 8 * 1024 * 1024;

/// The skills of a run's workspace, the first those it may change. Those of a plan go with its copy of the files.
pub(super) fn stores(workspace: &Workspace, name: &str) -> Vec<SkillStore> {
    let folders = workspace.skill_folders().into_iter();
    folders.map(|folder| SkillStore::of_workspace(folder, name)).collect()
}

/// Saves or removes a skill of the run's workspace.
pub(super) async fn change(run: &Arc<Context>, change: SkillChange) -> Result<Settlement, FileError> {
    match change {
        SkillChange::MakeFolder => {}
        SkillChange::Write { path, text } => write(run, &path, text).await?,
        SkillChange::Remove { path, force } => {
            blocking(run, move |run| remove(run, &path, force)).await?;
        }
    }
    Ok(Settlement::Undefined)
}

/// What of a skill a path means.
enum Part<'p> {
    Module(&'p str),
    About(&'p str),
}

fn part(path: &str) -> Result<Part<'_>, FileError> {
    let of_file = path.strip_suffix(".ts").filter(|name| !name.contains('/'));
    match (of_file, path.split_once('/')) {
        (Some(name), _) | (None, Some((name, MODULE))) => Ok(Part::Module(name)),
        (None, Some((name, ABOUT))) => Ok(Part::About(name)),
        _ => Err(FileError::Forbidden(format!(
            "'/skills/{path}' is no place for a file: a skill is `./skills/NAME.ts`, or `./skills/NAME/index.ts` beside \
             `./skills/NAME/SKILL.md`"
        ))),
    }
}

async fn write(run: &Arc<Context>, path: &str, text: String) -> Result<(), FileError> {
    let (name, content) = match part(path)? {
        Part::Module(name) => {
            let (of, name) = (name.to_owned(), name.to_owned());
            let about = blocking(run, move |run| about(run, &of)).await?;
            (name, SkillContent { source: text, about })
        }
        Part::About(name) => {
            let (of, name) = (name.to_owned(), name.to_owned());
            let source = blocking(run, move |run| Ok(source(run, &of))).await?;
            // Before its module there is nothing to check but itself.
            (name, SkillContent { source: source.unwrap_or_default(), about: Some(text) })
        }
    };
    skills::admit(&name, &content).map_err(|error| refused(&error))?;
    let (of, same) = (name.clone(), content.clone());
    let is_saved = blocking(run, move |run| Ok(run.skills.saved(&of).is_ok_and(|kept| kept.content == same)));
    if is_saved.await? {
        return Ok(());
    }
    if content.source.is_empty() && content.about.is_some() {
        return blocking(run, move |run| {
            let about = content.about.unwrap_or_default();
            own(run)?.save_about(&name, &about).map_err(|error| refused(&error))
        })
        .await;
    }
    let facts = skills::checked(&name, &content, &run.parts, &run.skills, run.surface()).await;
    let facts = facts.map_err(|error| refused(&error))?;
    blocking(run, move |run| {
        let own = own(run)?;
        within_quota(own, &name, &content)?;
        let by = SavedBy::Run {
            run: run.id.to_string(),
            workspace: own.workspace().unwrap_or_default().to_owned(),
        };
        own.save(&name, &content, by, Some(facts)).map(drop).map_err(|error| refused(&error))
    })
    .await
}

/// The `SKILL.md` beside which a module is written: that of the workspace, or of the skill that all see.
fn about(run: &Context, name: &str) -> Result<Option<String>, FileError> {
    let of_workspace = own(run)?.about(name).map_err(|error| refused(&error))?;
    Ok(of_workspace.or_else(|| run.skills.kept(name).ok().and_then(|kept| kept.content.about)))
}

fn source(run: &Context, name: &str) -> Option<String> {
    run.skills.kept(name).ok().map(|kept| kept.content.source)
}

fn remove(run: &Context, path: &str, force: bool) -> Result<(), FileError> {
    let name = path.strip_suffix(".ts").unwrap_or(path);
    match own(run)?.remove(name) {
        Err(SkillError::Unknown(_)) if run.skills.kept(name).is_ok() => Err(FileError::Forbidden(format!(
            "'/skills/{path}' is a skill that all workspaces see: only a person removes it"
        ))),
        Err(SkillError::Unknown(_)) if force => Ok(()),
        Err(SkillError::Unknown(_) | SkillError::BadName(_)) => {
            Err(FileError::missing(&format!("/skills/{path}")))
        }
        removed => removed.map_err(|error| refused(&error)),
    }
}

fn own(run: &Context) -> Result<&SkillStore, FileError> {
    // A copy is made whole before anything lies in it.
    run.workspace.open_files(&run.limits)?;
    run.skills.own().ok_or_else(|| FileError::Forbidden("skills cannot be saved here".to_owned()))
}

fn within_quota(own: &SkillStore, name: &str, content: &SkillContent) -> Result<(), FileError> {
    let others: Vec<_> = own.list().into_iter().filter(|kept| kept.name != name).collect();
    let bytes: usize = others.iter().map(|kept| kept.content.bytes()).sum();
    if others.len() >= SKILLS_MAX {
        return Err(FileError::Skill(format!(
            "a workspace keeps at most {SKILLS_MAX} skills; remove one with `fs.rm`"
        )));
    }
    if bytes + content.bytes() > BYTES_MAX {
        let most = BYTES_MAX >> 20;
        return Err(FileError::Skill(format!(
            "the skills of a workspace take at most {most} MB; remove one with `fs.rm`"
        )));
    }
    Ok(())
}

/// As the script is told it: what is wrong, where, and what helps.
fn refused(error: &SkillError) -> FileError {
    let SkillError::Problems(problems) = error else { return FileError::Skill(error.to_string()) };
    let told = problems.iter().map(|problem| {
        let hint = problem.hint.as_ref().map(|hint| format!(" ({hint})")).unwrap_or_default();
        format!("{}:{}: {}{hint}", problem.line, problem.column, problem.message)
    });
    FileError::Skill(format!("the skill was not saved: {}", told.collect::<Vec<_>>().join("; ")))
}
