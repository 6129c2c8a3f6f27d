//! `narrows skill test`: the tests of a skill, against what servers answered once. None is started.

use host::{Outcome, RunRecord, RunRequest, SkillFile};
use serde_json::json;

use super::{Context, Failed, Gateway, Servers, Status, bare, mcp, print, refused, without_servers};
use crate::config::Config;

/// The workspace of tests of skills that all see: what they do to files is apart from those of others.
const WORKSPACE: &str = "skill-tests";

/// A test, and how its run ended.
struct Tested {
    name: String,
    recording: Option<String>,
    record: std::sync::Arc<RunRecord>,
}

impl Tested {
    fn passed(&self) -> bool {
        self.record.outcome == Outcome::Returned
    }

    fn error(&self) -> Option<&str> {
        self.record.error.as_ref().map(|error| &*error.message)
    }
}

pub(super) async fn test(
    name: &str,
    workspace: Option<&str>,
    servers: Servers<'_>,
    context: &Context<'_>,
) -> Result<(), Failed> {
    let config = bare(servers, context)?;
    let data_dir = config.data_dir.clone();
    let gateway = without_servers(config)?;
    let files = async {
        let files = gateway.host.skill_files(name, workspace).map_err(|error| refused(&error, &gateway))?;
        let folder = gateway.host.skill_folder(name, workspace).map_err(|error| refused(&error, &gateway))?;
        Ok((files, folder))
    };
    let (files, folder) = context.with(&gateway, files).await?;
    let mut tested = Vec::new();
    for file in &files {
        let Some(test) = file.test() else { continue };
        let recording = recording_of(test, &files);
        let config = match recording {
            Some(file) => Config { data_dir: data_dir.clone(), ..context.playing(&folder.join(&file.path))? },
            None => Config { servers: Vec::new(), ..bare(servers, context)? },
        };
        let record = run(file, config, workspace.unwrap_or(WORKSPACE), context).await?;
        let recording = recording.map(|file| file.path.clone());
        tested.push(Tested { name: test.to_owned(), recording, record });
    }
    if tested.is_empty() {
        return Err(Failed::new(Status::Failed, format!("the skill `{name}` has no tests")).hint(
            "put scripts that import it into `tests/` of its folder, and recordings into `recordings/`",
        ));
    }
    tell(&tested, context)
}

/// The recording that a test runs against: that of its name, or the only one.
fn recording_of<'f>(test: &str, files: &'f [SkillFile]) -> Option<&'f SkillFile> {
    let mut recordings = files.iter().filter(|file| file.recording().is_some());
    let same = recordings.clone().find(|file| file.recording() == Some(test));
    same.or_else(|| recordings.next().filter(|_| recordings.next().is_none()))
}

async fn run(
    test: &SkillFile,
    config: Config,
    workspace: &str,
    context: &Context<'_>,
) -> Result<std::sync::Arc<RunRecord>, Failed> {
    let code = String::from_utf8_lossy(&test.bytes).into_owned();
    let gateway = Gateway::start(config, mcp::TOKENS)?;
    let request = RunRequest { workspace: workspace.to_owned(), ..RunRequest::new(code) };
    let ended = async {
        gateway.host.run(request).await.map_err(|error| Failed::new(Status::Failed, error.to_string()))
    };
    context.with(&gateway, ended).await
}

fn tell(tested: &[Tested], context: &Context<'_>) -> Result<(), Failed> {
    if context.common.json {
        let all = tested.iter().map(|one| {
            json!({"test": one.name, "recording": one.recording, "passed": one.passed(), "error": one.error(), "run": one.record.id})
        });
        print::json(&all.collect::<Vec<_>>());
    } else {
        for one in tested {
            let end = if one.passed() { "passed" } else { "failed" };
            let why = one.error().map(|error| format!(": {}", print::one_line(error))).unwrap_or_default();
            print::out(format_args!("{end} {}{why}", one.name));
        }
    }
    if tested.iter().all(Tested::passed) { Ok(()) } else { Err(Failed::told()) }
}
