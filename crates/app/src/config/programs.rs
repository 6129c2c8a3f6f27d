//! Where a program is and where it starts, and what it gets of our environment.

use std::path::{Path, PathBuf};

use secrecy::SecretString;

use super::{Surroundings, paths::absolute, text::Source, variables::of_editor};

/// A program's command and the folder that it starts in: that of the file, or the project's around it, as in other
/// programs; relative paths count from there. The person's own file is for every folder, so its servers start where
/// Narrows does, and only the path of a program counts from the file.
pub(super) fn placed(
    command: String,
    cwd: Option<PathBuf>,
    source: &Source,
    around: &Surroundings,
) -> (String, Option<PathBuf>) {
    let is_user_file = around.user_file().is_some_and(|file| file == source.path);
    match cwd {
        Some(cwd) => (command, Some(cwd)),
        None if !is_user_file => (command, of_editor("workspaceFolder", source, around).map(PathBuf::from)),
        None if command.contains('/') => (absolute(&command, source, None).display().to_string(), None),
        None => (command, None),
    }
}

/// Text with a `~/` at its start put in, as a shell would.
pub(super) fn in_home(text: String, home: Option<&Path>) -> String {
    match (text.strip_prefix("~/"), home) {
        (Some(below), Some(home)) => home.join(below).display().to_string(),
        _ => text,
    }
}

/// Whether a command line names what lies in the folder that it starts in: `./server`, `node ../server.js`.
pub(super) fn are_of_folder(command: &str, args: &[String]) -> bool {
    let is_below = |word: &str| word.starts_with("./") || word.starts_with("../");
    let is_program_below = command.contains('/') && !command.starts_with('/');
    is_program_below || args.iter().any(|word| is_below(word))
}

/// The variables of our environment that go by these names, as far as they are set and not among `own`.
pub(super) fn passed<'n>(
    names: impl Iterator<Item = &'n String>,
    own: &[(String, SecretString)],
    around: &Surroundings,
) -> Vec<(String, SecretString)> {
    let names = names.filter(|name| own.iter().all(|(given, _)| given != *name));
    names.filter_map(|name| Some((name.clone(), (around.variable)(name)?.into()))).collect()
}
