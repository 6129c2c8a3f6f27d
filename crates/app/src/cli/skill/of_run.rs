//! A skill that is made of a run: with the recording of what the servers answered, and a test that does with the skill what the run did.

use host::{RunId, Skill, SkillFile};

use super::{Context, Failed, Gateway, refused};
use crate::cli::runs;

const RECORDING: &str = "recordings/run.json";
const TEST: &str = "tests/run.ts";

/// Names of functions that a script is begun with.
const ENTRIES: [&str; 3] = ["default", "main", "run"];

/// What the servers of a run answered. `None` where it used none, and where that cannot be recorded, which is told.
pub(super) async fn recording(run: &RunId, gateway: &Gateway, context: &Context<'_>) -> Option<SkillFile> {
    match runs::recording_of(run, gateway, context).await {
        Ok(json) => json.map(|json| file(RECORDING, json)),
        Err(failed) => {
            context.warn(format_args!("no recording of {run} is kept with the skill: {}", failed.message()));
            None
        }
    }
}

/// Keeps a recording with a skill, and a test where it has none for it. What else it has stays.
pub(super) fn keep(
    recording: SkillFile,
    run: &RunId,
    skill: &Skill,
    gateway: &Gateway,
) -> Result<(), Failed> {
    let refused = |error| refused(&error, gateway);
    let mut files = gateway.host.skill_files(&skill.name, None).map_err(refused)?;
    files.retain(|file| file.path != RECORDING);
    files.push(recording);
    if !files.iter().any(|file| file.path == TEST) {
        files.push(file(TEST, test(run, skill)));
    }
    gateway.host.save_skill_files(&skill.name, &files).map_err(refused)
}

fn file(path: &str, text: String) -> SkillFile {
    SkillFile { path: path.to_owned(), bytes: text.into_bytes() }
}

/// Imports the skill, and calls what the run began with, where that is known and needs no arguments.
fn test(run: &RunId, skill: &Skill) -> String {
    let Skill { name, saved, .. } = skill;
    let about = format!(
        "// Does with the skill what {run} did, and passes when that ends without an error. Write what else is to hold.\n"
    );
    let exports = saved.as_ref().map(|saved| saved.exports.as_slice()).unwrap_or_default();
    let entry = ENTRIES.into_iter().find(|entry| exports.iter().any(|export| export == entry));
    match (entry, exports) {
        (Some(entry), _) => format!("{about}{}", beginning_with(entry, name)),
        (None, [only]) => format!("{about}{}", beginning_with(only, name)),
        (None, _) => {
            format!("{about}import * as skill from './skills/{name}';\nreturn Object.keys(skill);\n")
        }
    }
}

fn beginning_with(export: &str, skill: &str) -> String {
    format!(
        "import {{ {export} as begin }} from './skills/{skill}';\n\
         return typeof begin === 'function' && begin.length === 0 ? await begin() : typeof begin;\n"
    )
}
