//! Skills: scripts kept as modules, imported as `./skills/<name>`.
//!
//! A skill is one file of TypeScript in one folder. It is read again each time, because a person may edit it.

use std::{io, path::PathBuf};

use files::Folder;
use serde::Serialize;
use serde_json::{Value, json};
use surface::Detail;
use wire::Export;

use crate::record::Problem;

/// The longest name.
const NAME_MAX: usize = 64;

/// A skill may be as large as a script of ordinary limits.
const SOURCE_BYTES_MAX: u64 = 1024 * 1024;

/// Skills that are listed. A folder with more was not filled by skills.
const LISTED_MAX: usize = 10_000;

/// How much of a description is shown.
const DESCRIPTION_BYTES_MAX: usize = 200;

const ENDING: &str = ".ts";

/// A skill, as lists show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Skill {
    /// The name: `[A-Za-z0-9_-]{1,64}`.
    pub name: String,
    /// Its place in the tree: `/skills/<name>.ts`.
    pub path: String,
    /// The first comment of its source, one line.
    pub description: String,
    /// Bytes of its source.
    pub source_bytes: usize,
}

/// A skill that a search found, with what it exports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FoundSkill {
    pub(crate) skill: Skill,
    pub(crate) exports: Vec<Export>,
    pub(crate) source: String,
}

impl FoundSkill {
    /// The skill as compact text for a model: how it is imported, and what it exports, in the layout of a tool.
    pub(crate) fn text(&self, detail: Detail) -> String {
        let Skill { name, description, .. } = &self.skill;
        let names: Vec<&str> =
            self.exports.iter().map(|export| &*export.name).filter(|name| *name != "default").collect();
        let import = match (names.is_empty(), self.exports.is_empty()) {
            (false, _) => format!("import {{ {} }} from './skills/{name}'", names.join(", ")),
            (true, false) => format!("import skill from './skills/{name}'"),
            (true, true) => format!("import * as skill from './skills/{name}'"),
        };
        let about = if description.is_empty() { String::new() } else { format!("\n// {description}") };
        match detail {
            Detail::Names => format!("skills/{name}"),
            Detail::Signatures => {
                let signatures: String =
                    self.exports.iter().map(|export| format!("\n{}", export.signature)).collect();
                format!("{import}{signatures}{about}")
            }
            Detail::Full => format!("{import}\n{}", self.source.trim_end()),
        }
    }

    /// The skill beside tools, as a script and a program read it.
    pub(crate) fn value(&self, detail: Detail) -> Value {
        let Skill { name, description, .. } = &self.skill;
        let names: Vec<&str> = self.exports.iter().map(|export| &*export.name).collect();
        let mut value = json!({
            "skill": name,
            "path": format!("skills/{name}"),
            "description": description,
            "exports": names,
        });
        if detail != Detail::Names {
            let signatures: Vec<&str> = self.exports.iter().map(|export| &*export.signature).collect();
            value["signature"] = signatures.join("\n").into();
        }
        if detail == Detail::Full {
            value["typescript"] = self.source.as_str().into();
        }
        value
    }
}

/// Why a skill cannot be kept or read.
#[derive(Debug, thiserror::Error)]
pub enum SkillError {
    /// The name does not fit.
    #[error("`{0}` is not a name for a skill; use 1 to 64 letters, digits, `_` and `-`")]
    BadName(String),
    /// It does not parse, or imports what does not exist.
    #[error("the skill was not saved: {}", .0.first().map_or("it does not parse", |first| &first.message))]
    Problems(Vec<Problem>),
    /// It exports nothing, so nothing could be imported from it.
    #[error("the skill exports nothing; write `export` before what others may import")]
    NoExports,
    /// It is larger than a script may be.
    #[error("the skill has {0} bytes; at most {SOURCE_BYTES_MAX} are kept")]
    TooLarge(usize),
    /// There is no such skill.
    #[error("there is no skill `{0}`")]
    Unknown(String),
    /// Its file cannot be read.
    #[error("the skill `{name}` cannot be read: {source}")]
    Unreadable {
        /// Which.
        name: String,
        /// Why.
        source: io::Error,
    },
    /// The skills folder failed.
    #[error("the skills folder cannot be used: {0}")]
    Io(#[from] io::Error),
    /// The parser could not be reached.
    #[error("{0}")]
    Parser(String),
}

/// The folder of skills.
pub(crate) struct SkillStore {
    folder: PathBuf,
}

impl SkillStore {
    /// The folder is made when the first skill is saved.
    pub(crate) fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// The names of all skills, sorted.
    pub(crate) fn names(&self) -> Vec<String> {
        let Ok(entries) = std::fs::read_dir(&self.folder) else { return Vec::new() };
        let names = entries.take(LISTED_MAX).filter_map(|entry| {
            let name = entry.ok()?.file_name().into_string().ok()?;
            let name = name.strip_suffix(ENDING)?;
            is_name(name).then(|| name.to_owned())
        });
        let mut names: Vec<_> = names.collect();
        names.sort();
        names
    }

    /// All skills, sorted by name. Those that cannot be read are left out.
    pub(crate) fn list(&self) -> Vec<Skill> {
        let read = |name: String| self.source(&name).ok().map(|source| described(&name, &source));
        self.names().into_iter().filter_map(read).collect()
    }

    /// Those that share a word with a query, by name or description; sorted by name.
    pub(crate) fn find(&self, queries: &[String]) -> Vec<Skill> {
        let wanted: Vec<String> = queries.iter().flat_map(|query| words(query)).collect();
        if wanted.is_empty() {
            return Vec::new();
        }
        let fits = |skill: &Skill| words_of(skill).iter().any(|word| wanted.contains(word));
        self.list().into_iter().filter(fits).collect()
    }

    /// The source of a skill.
    pub(crate) fn source(&self, name: &str) -> Result<String, SkillError> {
        let file = file_of(name)?;
        let read = Folder::open(&self.folder).and_then(|folder| folder.read(&file, SOURCE_BYTES_MAX));
        match read.and_then(files::text) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                Err(SkillError::Unknown(name.to_owned()))
            }
            read => read.map_err(|source| SkillError::Unreadable { name: name.to_owned(), source }),
        }
    }

    /// Keeps a source under a name. It replaces the old one as a whole, or not at all.
    pub(crate) fn save(&self, name: &str, source: &str) -> Result<Skill, SkillError> {
        let file = file_of(name)?;
        Folder::make(&self.folder)?.lock()?.replace(&file, source.as_bytes())?;
        Ok(described(name, source))
    }

    /// Removes a skill.
    pub(crate) fn remove(&self, name: &str) -> Result<(), SkillError> {
        let file = file_of(name)?;
        let folder = Folder::make(&self.folder)?;
        match folder.lock()?.remove(&file) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                Err(SkillError::Unknown(name.to_owned()))
            }
            removed => Ok(removed?),
        }
    }
}

/// Refuses what cannot be a skill before it is parsed.
pub(crate) fn admit(name: &str, source: &str) -> Result<(), SkillError> {
    if !is_name(name) {
        return Err(SkillError::BadName(name.to_owned()));
    }
    if source.len() as u64 > SOURCE_BYTES_MAX {
        return Err(SkillError::TooLarge(source.len()));
    }
    Ok(())
}

/// Whether the generated code of a skill exports something of its own.
pub(crate) fn has_exports(javascript: &str) -> bool {
    let exports = javascript.lines().filter(|line| line.starts_with("export "));
    exports.into_iter().any(|line| !line.starts_with("export default async () =>"))
}

/// The file of a skill, in the folder of all.
fn file_of(name: &str) -> Result<String, SkillError> {
    if !is_name(name) {
        return Err(SkillError::BadName(name.to_owned()));
    }
    Ok(format!("{name}{ENDING}"))
}

fn is_name(name: &str) -> bool {
    (1..=NAME_MAX).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-')
}

fn described(name: &str, source: &str) -> Skill {
    Skill {
        name: name.to_owned(),
        path: format!("/skills/{name}{ENDING}"),
        description: first_comment(source),
        source_bytes: source.len(),
    }
}

fn words(text: &str) -> Vec<String> {
    let split = text.split(|c: char| !c.is_alphanumeric());
    split.filter(|word| word.len() > 2).map(str::to_lowercase).collect()
}

fn words_of(skill: &Skill) -> Vec<String> {
    let mut spaced = String::new();
    for c in skill.name.chars() {
        if c.is_uppercase() {
            spaced.push(' ');
        }
        spaced.push(c);
    }
    spaced.push(' ');
    words(&(spaced + &skill.description))
}

/// The first line of the comment a source begins with; empty when there is none.
fn first_comment(source: &str) -> String {
    let mut lines = source.trim_start().lines().map(str::trim);
    let first = lines.next().unwrap_or_default();
    let text = match (first.strip_prefix("//"), first.strip_prefix("/*")) {
        (Some(text), _) => text,
        (None, Some(text)) => {
            let text = text.trim_start_matches('*').trim();
            if text.is_empty() { lines.next().unwrap_or_default().trim_start_matches('*') } else { text }
        }
        (None, None) => "",
    };
    let text = text.trim_end_matches("*/").trim();
    text::beginning(text, DESCRIPTION_BYTES_MAX).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn skills_are_kept_listed_and_removed() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = SkillStore::new(folder.path().join("skills"));
        assert_eq!(store.list(), []);
        let saved = store.save("report", "// The weekly report\nexport const a = 1;").expect("saved");
        assert_eq!(
            (saved.description.as_str(), saved.path.as_str()),
            ("The weekly report", "/skills/report.ts")
        );
        store.save("helpers", "export const b = 2;").expect("saved");
        assert_eq!(store.names(), ["helpers", "report"]);
        store.save("report", "export const a = 2;").expect("replaced");
        assert_eq!(store.source("report").expect("there"), "export const a = 2;");
        store.remove("report").expect("removed");
        assert!(matches!(store.remove("report"), Err(SkillError::Unknown(_))));
        for name in ["", "../x", "a/b", "a.b", "ä"] {
            assert!(matches!(store.save(name, ""), Err(SkillError::BadName(_))), "{name}");
        }
    }

    #[test]
    fn a_skill_is_a_file_of_its_folder() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = SkillStore::new(folder.path().join("skills"));
        store.save("good", "export const a = 1;").expect("saved");
        let path = |name: &str| folder.path().join("skills").join(name);
        std::os::unix::fs::symlink("/etc/passwd", path("link.ts")).expect("linked");
        std::os::unix::fs::symlink("/dev/zero", path("zero.ts")).expect("linked");
        let pipe = std::process::Command::new("mkfifo").arg(path("pipe.ts")).status().expect("mkfifo starts");
        assert!(pipe.success());
        std::fs::write(path("large.ts"), " ".repeat(1024 * 1024 + 1)).expect("written");
        for (name, says) in [
            ("link", "link.ts` is a link, which is not followed: put what it leads to in its place"),
            ("zero", "zero.ts` is a link, which is not followed: put what it leads to in its place"),
            ("pipe", "the skill `pipe` cannot be read: it is a named pipe, not a regular file"),
            ("large", "the skill `large` cannot be read: it has more than 1048576 bytes"),
        ] {
            let said = store.source(name).expect_err("refused").to_string();
            assert!(said.ends_with(says), "{said}");
        }
        assert_eq!(store.list().iter().map(|skill| &*skill.name).collect::<Vec<_>>(), ["good"]);
    }

    #[test]
    fn skills_are_found_by_a_word_of_theirs() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = SkillStore::new(folder.path().join("skills"));
        store.save("weeklyReport", "// Sums up what was sold").expect("saved");
        store.save("deals", "// Sums up what was won").expect("saved");
        for (query, expect) in [
            ("make the weekly numbers", &["weeklyReport"][..]),
            ("Sums", &["deals", "weeklyReport"]),
            ("up", &[]),
            ("", &[]),
        ] {
            let found = store.find(&[query.to_owned()]);
            assert_eq!(found.iter().map(|skill| &*skill.name).collect::<Vec<_>>(), expect, "{query}");
        }
    }

    #[test]
    fn the_first_comment_describes_a_skill() {
        let cases = [
            ("// One line\nexport {}", "One line"),
            ("/** Doc comment. */\nexport {}", "Doc comment."),
            ("/**\n * Second line.\n */", "Second line."),
            ("export const a = 1; // no", ""),
            ("", ""),
        ];
        for (source, expect) in cases {
            assert_eq!(first_comment(source), expect, "{source}");
        }
    }
}
