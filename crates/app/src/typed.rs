//! Commands that a person is to type: with the configuration that this process was given, and with names as single words.

use std::{
    path::{Path, PathBuf},
    sync::OnceLock,
};

/// The `--config` of this process. There is one command line, and hints are made in all parts of the program.
static CONFIG: OnceLock<PathBuf> = OnceLock::new();

/// Has every command name this configuration.
pub(crate) fn with_config(file: &Path) {
    // A second one would be of a second command line.
    let _ = CONFIG.set(file.to_owned());
}

/// The command with these words, as code: `` `narrows trust slack --config my.json` ``.
pub(crate) fn command(words: &str) -> String {
    line(words, CONFIG.get().map(PathBuf::as_path))
}

fn line(words: &str, config: Option<&Path>) -> String {
    let config = config.map(|file| format!(" --config {}", quoted(&file.display().to_string())));
    format!("`narrows {words}{}`", config.unwrap_or_default())
}

/// A name as one word of a command line.
pub(crate) fn quoted(name: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-/@:".contains(c);
    if !name.is_empty() && !name.starts_with('-') && name.chars().all(plain) {
        return name.to_owned();
    }
    format!("'{}'", name.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_words_of_a_command_line() {
        assert_eq!(quoted("get_document"), "get_document");
        assert_eq!(quoted("a b'c"), r"'a b'\''c'");
        assert_eq!(quoted("--all"), "'--all'");
    }

    #[test]
    fn a_command_names_the_configuration() {
        assert_eq!(line("trust a", None), "`narrows trust a`");
        assert_eq!(line("trust a", Some(Path::new("../n.json"))), "`narrows trust a --config ../n.json`");
        assert_eq!(line("trust a", Some(Path::new("my n.json"))), "`narrows trust a --config 'my n.json'`");
    }
}
